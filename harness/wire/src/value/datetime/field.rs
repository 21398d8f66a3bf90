//! Cuts the input of a date or a time into fields.

use super::super::scan::is_space;
use super::{Fault, words};

/// What a field looks like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// `2024`, `20240229`, `12.5`
    Number,
    /// `2024-02-29`, `Feb-29-2024`, and names of zones such as `America/New_York`.
    Date,
    /// `12:34:56.789`
    Time,
    /// `+02:30`: a number with a sign.
    Signed,
    /// A word.
    Word,
    /// A word with a sign: `-infinity`.
    Special,
}

/// A field: lower case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Field {
    pub(crate) kind: Kind,
    pub(crate) text: String,
}

/// More fields than this are no date.
const MOST: usize = 25;
/// A text longer than this is no date.
const LONGEST: usize = 128;

/// What is left of the input.
struct Rest<'a>(&'a [u8]);

impl Rest<'_> {
    fn peek(&self) -> Option<u8> {
        self.0.first().copied()
    }

    fn next_is(&self, test: impl Fn(u8) -> bool) -> bool {
        self.peek().is_some_and(test)
    }

    /// Moves bytes to `field` as long as they pass.
    fn collect(&mut self, field: &mut String, test: impl Fn(u8) -> bool) {
        let count = self.0.iter().take_while(|byte| test(**byte)).count();
        field.extend(self.0[..count].iter().map(|byte| char::from(byte.to_ascii_lowercase())));
        self.0 = &self.0[count..];
    }

    /// Moves a byte.
    fn take(&mut self, field: &mut String) {
        if let Some((byte, rest)) = self.0.split_first() {
            field.push(char::from(byte.to_ascii_lowercase()));
            self.0 = rest;
        }
    }
}

/// The fields of `text`.
pub(crate) fn fields(text: &str) -> Result<Vec<Field>, Fault> {
    if !text.is_ascii() || text.len() > LONGEST {
        return Err(Fault::Format);
    }
    let mut rest = Rest(text.as_bytes());
    let mut fields = Vec::new();
    while let Some(byte) = rest.peek() {
        let mut text = String::new();
        let kind = match byte {
            _ if is_space(byte) => {
                rest.0 = &rest.0[1..];
                continue;
            }
            b'0'..=b'9' => number(&mut rest, &mut text),
            b'.' => {
                rest.take(&mut text);
                rest.collect(&mut text, |byte| byte.is_ascii_digit());
                Kind::Number
            }
            _ if byte.is_ascii_alphabetic() => word(&mut rest, &mut text),
            b'+' | b'-' => {
                rest.take(&mut text);
                rest.collect(&mut String::new(), is_space);
                match rest.peek() {
                    Some(b'0'..=b'9') => {
                        rest.collect(&mut text, |byte| {
                            byte.is_ascii_digit() || matches!(byte, b':' | b'.' | b'-')
                        });
                        Kind::Signed
                    }
                    Some(byte) if byte.is_ascii_alphabetic() => {
                        rest.collect(&mut text, |byte| byte.is_ascii_alphabetic());
                        Kind::Special
                    }
                    _ => return Err(Fault::Format),
                }
            }
            _ if byte.is_ascii_punctuation() => {
                rest.0 = &rest.0[1..];
                continue;
            }
            _ => return Err(Fault::Format),
        };
        if fields.len() == MOST {
            return Err(Fault::Format);
        }
        fields.push(Field { kind, text });
    }
    Ok(fields)
}

/// A field that begins with a digit.
fn number(rest: &mut Rest<'_>, text: &mut String) -> Kind {
    let digit = |byte: u8| byte.is_ascii_digit();
    rest.collect(text, digit);
    match rest.peek() {
        Some(b':') => {
            rest.collect(text, |byte| digit(byte) || matches!(byte, b':' | b'.'));
            Kind::Time
        }
        Some(between @ (b'-' | b'/' | b'.')) => {
            rest.take(text);
            if !rest.next_is(digit) {
                rest.collect(text, |byte| byte.is_ascii_alphanumeric() || byte == between);
                // A number may end with its point.
                return if between == b'.' && text.ends_with('.') { Kind::Number } else { Kind::Date };
            }
            rest.collect(text, digit);
            // A third part makes it a date.
            if rest.next_is(|byte| byte == between) {
                rest.collect(text, |byte| digit(byte) || byte == between);
                return Kind::Date;
            }
            if between == b'.' { Kind::Number } else { Kind::Date }
        }
        _ => Kind::Number,
    }
}

/// A field that begins with a letter.
fn word(rest: &mut Rest<'_>, text: &mut String) -> Kind {
    rest.collect(text, |byte| byte.is_ascii_alphabetic());
    // Dates may have names of months in them, and zones signs and digits.
    let more = match rest.peek() {
        Some(b'-' | b'/' | b'.') => true,
        Some(byte) if byte == b'+' || byte.is_ascii_digit() => words::word(text).is_none(),
        _ => false,
    };
    if !more {
        return Kind::Word;
    }
    rest.collect(text, |byte| {
        byte.is_ascii_alphanumeric() || matches!(byte, b'+' | b'-' | b'/' | b'_' | b'.' | b':')
    });
    Kind::Date
}
