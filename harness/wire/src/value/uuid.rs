//! `uuid`: 16 bytes.

use super::{Form, Invalid, Reader, Style};

/// A universally unique identifier.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Uuid(pub [u8; 16]);

impl Form for Uuid {
    fn input(text: &str, _: &Style<'_>) -> Result<Self, Invalid> {
        let syntax = || Invalid::syntax("uuid", text);
        let digits = match text.strip_prefix('{') {
            Some(rest) => rest.strip_suffix('}').ok_or_else(syntax)?,
            None => text,
        };
        let mut bytes = [0; 16];
        let mut rest = digits.as_bytes();
        for (index, byte) in bytes.iter_mut().enumerate() {
            let (pair, after) = rest.split_at_checked(2).ok_or_else(syntax)?;
            let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok());
            let (Some(high), Some(low)) = (digit(pair[0]), digit(pair[1])) else { return Err(syntax()) };
            *byte = high << 4 | low;
            // A hyphen may stand behind every fourth digit, but for the last.
            let hyphen = index % 2 == 1 && index < 15;
            rest = after.strip_prefix(b"-").filter(|_| hyphen).unwrap_or(after);
        }
        if rest.is_empty() { Ok(Self(bytes)) } else { Err(syntax()) }
    }

    fn output(&self, _: &Style<'_>) -> String {
        let mut text = String::with_capacity(36);
        for (index, byte) in self.0.iter().enumerate() {
            if matches!(index, 4 | 6 | 8 | 10) {
                text.push('-');
            }
            text.push_str(&format!("{byte:02x}"));
        }
        text
    }

    fn receive(bytes: &mut Reader<'_>) -> Result<Self, Invalid> {
        bytes.array().map(Self)
    }

    fn send(&self, out: &mut Vec<u8>) {
        out.extend(self.0);
    }
}
