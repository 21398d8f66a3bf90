//! A frame as one line: direction, length, name, fields, in the columns of libpq's `PQtrace` and the words of the case
//! language, so that a line of a transcript can be pasted into a case.
//!
//! ```text
//! F 13 Query "SELECT 1"
//! B 5 ReadyForQuery I
//! ```
//!
//! The length is that of the length field, as in `PQtrace`; a frame without one shows its size. Secrets show as
//! `<masked>` unless [`Secrets::Show`] asks for them.

use crate::codec::{Count, Fields, Text, Walk};
use crate::frame::{Content, Frame, Why};
use crate::message::Tag;
use crate::{Kind, Message, Side, message, report, version};
use std::convert::Infallible;
use std::fmt::Write as _;
use std::ops::Range;

/// What stands for a secret.
pub const MASK: &str = "<masked>";

/// Whether secrets are printed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Secrets {
    /// Print `<masked>` in their place.
    #[default]
    Mask,
    /// Print them.
    Show,
}

/// The line for a frame.
pub fn line(frame: Frame<'_>, secrets: Secrets) -> String {
    let side = frame.side.letter();
    let whole = frame.bytes.len();
    match frame.content {
        Content::Message(kind) => {
            let length = match kind.tag() {
                Tag::Byte(_) | Tag::Authentication(_) => whole.saturating_sub(1),
                Tag::Request(_) | Tag::Startup | Tag::Reply => whole,
            };
            let fields = match Message::decode(frame.side, kind, frame.bytes) {
                Ok(message) => fields(message, secrets),
                Err(error) => format!(" ! {error}"),
            };
            format!("{side} {length} {}{fields}", kind.name())
        }
        Content::UnknownType(byte) => {
            format!("{side} {} ! unknown message type {}", whole.saturating_sub(1), byte_name(byte))
        }
        Content::UnknownAuthentication(code) => {
            format!("{side} {} ! unknown authentication code {code}", whole.saturating_sub(1))
        }
        Content::Unframed(why) => format!("{side} {whole} ! unframed: {}", why_name(why)),
    }
}

/// The frame's bytes as lowercase hexadecimal in groups of four, the secret ones as `xx`.
pub fn hex(frame: Frame<'_>, secrets: Secrets) -> String {
    let masked = match secrets {
        Secrets::Show => Vec::new(),
        Secrets::Mask => secret_bytes(frame),
    };
    let mut out = String::with_capacity(frame.bytes.len() * 9 / 4);
    for (at, byte) in frame.bytes.iter().enumerate() {
        if at > 0 && at % 4 == 0 {
            out.push(' ');
        }
        if masked.iter().any(|range| range.contains(&at)) {
            out.push_str("xx");
        } else {
            write!(out, "{byte:02x}").unwrap_or_default();
        }
    }
    out
}

/// Which bytes of a frame may not be shown. Where its fields cannot be told apart, more than need be.
pub fn secret_bytes(frame: Frame<'_>) -> Vec<Range<usize>> {
    let whole = frame.bytes.len();
    let from = match frame.content {
        Content::Message(kind) => return message::secrets(kind, frame.bytes),
        Content::UnknownType(_) | Content::Unframed(Why::Tls) => whole,
        // Whatever that authentication is, its data is not for showing.
        Content::UnknownAuthentication(_) => 9,
        Content::Unframed(Why::Truncated) => secrets_of_a_beginning(frame),
        // Enough to see what it is. Behind it may be whole messages, passwords among them.
        Content::Unframed(Why::Length(_)) => secrets_of_a_beginning(frame).min(16),
        Content::Unframed(Why::Gss | Why::Lost) => 0,
    };
    if from < whole { std::iter::once(from..whole).collect() } else { Vec::new() }
}

/// Where the secrets of a frame begin of which only the beginning makes sense.
fn secrets_of_a_beginning(frame: Frame<'_>) -> usize {
    match (frame.side, frame.bytes) {
        (Side::Frontend, [b'p', ..]) | (Side::Backend, [b'K', ..]) => 1,
        (Side::Backend, [b'R', ..]) => 9,
        (Side::Frontend, [_, _, _, _, a, b, c, d, ..])
            if Tag::Request(i32::from_be_bytes([*a, *b, *c, *d])) == Kind::CancelRequest.tag() =>
        {
            8
        }
        _ => frame.bytes.len(),
    }
}

/// The fields of a message, each with a space before it.
pub fn fields(mut message: Message<'_>, secrets: Secrets) -> String {
    let mut printer = Printer::new(secrets);
    let Ok(()) = message.walk(&mut printer);
    printer.finish()
}

/// A text as the case language quotes it.
pub fn quote(text: Text<'_>) -> String {
    let mut out = String::from("\"");
    for chunk in text.0.utf8_chunks() {
        for c in chunk.valid().chars() {
            match c {
                '"' => out.push_str("\\\""),
                '\\' => out.push_str("\\\\"),
                '\n' => out.push_str("\\n"),
                '\r' => out.push_str("\\r"),
                '\t' => out.push_str("\\t"),
                c if c.is_control() || is_invisible(c) => {
                    for byte in c.to_string().bytes() {
                        write!(out, "\\x{byte:02x}").unwrap_or_default();
                    }
                }
                c => out.push(c),
            }
        }
        for byte in chunk.invalid() {
            write!(out, "\\x{byte:02x}").unwrap_or_default();
        }
    }
    out.push('"');
    out
}

/// Whether a character has no ink of its own but moves or hides that of others: a line must read as what it holds.
fn is_invisible(c: char) -> bool {
    matches!(c, '\u{ad}' | '\u{61c}' | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}')
        || matches!(c, '\u{2060}'..='\u{206f}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}')
}

/// A byte as the case language writes it: the character itself, or hexadecimal.
pub fn byte_name(byte: u8) -> String {
    if byte.is_ascii_alphanumeric() { char::from(byte).to_string() } else { format!("0x{byte:02x}") }
}

fn why_name(why: Why) -> String {
    match why {
        Why::Length(length) => format!("a length of {length}"),
        Why::Truncated => "the stream ends inside the frame".to_owned(),
        Why::Tls => "TLS".to_owned(),
        Why::Gss => "GSSAPI encryption".to_owned(),
        Why::Lost => "behind bytes that are no frame".to_owned(),
    }
}

struct Printer {
    fields: Vec<(String, Printed)>,
    secrets: Secrets,
    /// Whether even a single field shows its name, because the name is data.
    named: bool,
}

enum Printed {
    One(String),
    Many(Vec<String>),
}

impl Printer {
    fn new(secrets: Secrets) -> Self {
        Self { fields: Vec::new(), secrets, named: false }
    }

    fn one(&mut self, name: &str, value: String) -> Result<(), Infallible> {
        self.fields.push((name.to_owned(), Printed::One(value)));
        Ok(())
    }

    fn secret(&mut self, name: &str, value: Text<'_>) -> Result<(), Infallible> {
        let shown = match self.secrets {
            Secrets::Mask => MASK.to_owned(),
            Secrets::Show => quote(value),
        };
        self.one(name, shown)
    }

    /// A message of one field needs no name for it.
    fn finish(self) -> String {
        let alone = self.fields.len() == 1 && !self.named;
        let mut out = String::new();
        for (name, value) in self.fields {
            out.push(' ');
            match value {
                Printed::One(value) if alone => out.push_str(&value),
                Printed::One(value) => write!(out, "{name}={value}").unwrap_or_default(),
                Printed::Many(items) if alone => out.push_str(&items.join(" ")),
                Printed::Many(items) => write!(out, "{name}=[{}]", items.join(" ")).unwrap_or_default(),
            }
        }
        if out == " " { String::new() } else { out }
    }

    /// An item of a list: bare if it is one value, in braces if it has fields of its own.
    fn item(self) -> String {
        match self.fields.as_slice() {
            [(name, Printed::One(value))] if name.is_empty() => value.clone(),
            _ => {
                let text = self.finish();
                format!("{{{}}}", text.trim_start())
            }
        }
    }
}

impl<'a> Walk<'a> for Printer {
    type Error = Infallible;

    fn byte(&mut self, name: &'static str, value: &mut u8) -> Result<(), Infallible> {
        self.one(name, byte_name(*value))
    }

    fn int8(&mut self, name: &'static str, value: &mut i8) -> Result<(), Infallible> {
        self.one(name, value.to_string())
    }

    fn int16(&mut self, name: &'static str, value: &mut i16) -> Result<(), Infallible> {
        self.one(name, value.to_string())
    }

    fn int32(&mut self, name: &'static str, value: &mut i32) -> Result<(), Infallible> {
        self.one(name, value.to_string())
    }

    fn oid(&mut self, name: &'static str, value: &mut u32) -> Result<(), Infallible> {
        self.one(name, value.to_string())
    }

    fn version(&mut self, name: &'static str, value: &mut u32) -> Result<(), Infallible> {
        self.one(name, version::name(*value))
    }

    fn string(&mut self, name: &'static str, value: &mut Text<'a>) -> Result<(), Infallible> {
        self.one(name, quote(*value))
    }

    fn secret_string(&mut self, name: &'static str, value: &mut Text<'a>) -> Result<(), Infallible> {
        self.secret(name, *value)
    }

    fn rest(&mut self, name: &'static str, value: &mut Text<'a>) -> Result<(), Infallible> {
        self.one(name, quote(*value))
    }

    fn secret_rest(&mut self, name: &'static str, value: &mut Text<'a>) -> Result<(), Infallible> {
        self.secret(name, *value)
    }

    fn bytes4(&mut self, name: &'static str, value: &mut [u8; 4]) -> Result<(), Infallible> {
        self.one(name, quote(Text(value)))
    }

    fn value(&mut self, name: &'static str, value: &mut Option<Text<'a>>) -> Result<(), Infallible> {
        self.one(name, value.map_or_else(|| "null".to_owned(), quote))
    }

    fn secret_value(&mut self, name: &'static str, value: &mut Option<Text<'a>>) -> Result<(), Infallible> {
        match value {
            Some(value) => self.secret(name, *value),
            None => self.one(name, "null".to_owned()),
        }
    }

    fn list<T: Fields<'a>>(
        &mut self,
        name: &'static str,
        _: Count,
        items: &mut Vec<T>,
    ) -> Result<(), Infallible> {
        let mut printed = Vec::with_capacity(items.len());
        for item in items {
            let mut printer = Printer::new(self.secrets);
            item.fields(&mut printer)?;
            printed.push(printer.item());
        }
        self.fields.push((name.to_owned(), Printed::Many(printed)));
        Ok(())
    }

    fn parameters(&mut self, pairs: &mut Vec<(Text<'a>, Text<'a>)>) -> Result<(), Infallible> {
        self.named = true;
        for (name, value) in pairs {
            let plain = name.as_str().filter(|name| is_word(name));
            let name = plain.map_or_else(|| quote(*name), str::to_owned);
            self.one(&name, quote(*value))?;
        }
        Ok(())
    }

    fn report(&mut self, fields: &mut Vec<(u8, Text<'a>)>) -> Result<(), Infallible> {
        self.named = true;
        for (code, value) in fields {
            let name = report::name(*code).map_or_else(|| byte_name(*code), str::to_owned);
            let plain = value.as_str().filter(|value| value.bytes().all(|b| b.is_ascii_alphanumeric()));
            let value = plain.filter(|value| !value.is_empty()).map_or_else(|| quote(*value), str::to_owned);
            self.one(&name, value)?;
        }
        Ok(())
    }
}

/// Whether the case language writes `name` without quotes.
pub fn is_word(name: &str) -> bool {
    !name.is_empty() && name.bytes().all(|b| b.is_ascii_alphanumeric() || b"_.-".contains(&b))
}
