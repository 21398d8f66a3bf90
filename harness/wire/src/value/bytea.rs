//! `bytea`: any bytes.

use super::{Form, Invalid, Reader, Style};

/// Bytes.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Bytea(pub Vec<u8>);

impl Form for Bytea {
    fn input(text: &str, _: &Style<'_>) -> Result<Self, Invalid> {
        match text.strip_prefix("\\x") {
            Some(digits) => hexadecimal(digits),
            None => escaped(text.as_bytes()),
        }
        .map(Self)
    }

    fn output(&self, style: &Style<'_>) -> String {
        let mut text = String::with_capacity(self.0.len() * 2 + 2);
        if style.bytea_hex {
            text.push_str("\\x");
        }
        for byte in &self.0 {
            match byte {
                _ if style.bytea_hex => text.push_str(&format!("{byte:02x}")),
                b'\\' => text.push_str("\\\\"),
                b' '..=b'~' => text.push(char::from(*byte)),
                _ => text.push_str(&format!("\\{byte:03o}")),
            }
        }
        text
    }

    fn receive(bytes: &mut Reader<'_>) -> Result<Self, Invalid> {
        Ok(Self(bytes.rest().to_vec()))
    }

    fn send(&self, out: &mut Vec<u8>) {
        out.extend(&self.0);
    }
}

/// Pairs of digits, with white space between them.
fn hexadecimal(digits: &str) -> Result<Vec<u8>, Invalid> {
    let digit = |c: char| {
        let value = c.to_digit(16).and_then(|digit| u8::try_from(digit).ok());
        value.ok_or_else(|| Invalid::new("22023", format!("invalid hexadecimal digit: \"{c}\"")))
    };
    let mut bytes = Vec::with_capacity(digits.len() / 2);
    let mut rest = digits.chars();
    while let Some(c) = rest.next() {
        if matches!(c, ' ' | '\n' | '\t' | '\r') {
            continue;
        }
        let high = digit(c)?;
        let odd = || Invalid::new("22023", "invalid hexadecimal data: odd number of digits");
        let low = digit(rest.next().ok_or_else(odd)?)?;
        bytes.push(high << 4 | low);
    }
    Ok(bytes)
}

/// Bytes as they are, `\\`, and `\ooo`.
fn escaped(mut text: &[u8]) -> Result<Vec<u8>, Invalid> {
    let mut bytes = Vec::with_capacity(text.len());
    loop {
        match text {
            [] => return Ok(bytes),
            [b'\\', b'\\', rest @ ..] => {
                bytes.push(b'\\');
                text = rest;
            }
            [b'\\', a @ b'0'..=b'3', b @ b'0'..=b'7', c @ b'0'..=b'7', rest @ ..] => {
                bytes.push((a - b'0') << 6 | (b - b'0') << 3 | (c - b'0'));
                text = rest;
            }
            [b'\\', ..] => return Err(Invalid::new("22P02", "invalid input syntax for type bytea")),
            [byte, rest @ ..] => {
                bytes.push(*byte);
                text = rest;
            }
        }
    }
}
