//! Fields of the text format.

use super::options::Options;
use super::reader::Field;
use crate::engine::SqlError;
use crate::postgresql::settings::encoding;

/// The fields of a line.
pub(super) fn split(line: &str, options: &Options) -> Result<Vec<Field>, SqlError> {
    let bytes = line.as_bytes();
    let mut fields = Vec::new();
    let mut start = 0;
    loop {
        let mut at = start;
        while at < bytes.len() && bytes[at] != options.delimiter {
            at += if bytes[at] == b'\\' { 2 } else { 1 };
        }
        let end = at.min(bytes.len());
        let raw = &bytes[start..end];
        fields.push(if raw == options.null.as_bytes() {
            Field::Null
        } else if options.default.as_ref().is_some_and(|default| raw == default.as_bytes()) {
            Field::Default
        } else {
            Field::Text(unescape(raw)?)
        });
        if end == bytes.len() {
            return Ok(fields);
        }
        start = end + 1;
    }
}

/// The value that escapes stand for.
fn unescape(raw: &[u8]) -> Result<String, SqlError> {
    let mut value = Vec::with_capacity(raw.len());
    let mut rest = raw;
    while let [first, behind @ ..] = rest {
        rest = behind;
        if *first != b'\\' {
            value.push(*first);
            continue;
        }
        let [escaped, behind @ ..] = rest else {
            // A backslash at the very end stands for nothing.
            break;
        };
        rest = behind;
        match escaped {
            b'b' => value.push(8),
            b'f' => value.push(12),
            b'n' => value.push(b'\n'),
            b'r' => value.push(b'\r'),
            b't' => value.push(b'\t'),
            b'v' => value.push(11),
            b'x' => match digits(rest, 16, 2) {
                (0, _) => value.push(b'x'),
                (count, byte) => {
                    value.push(byte);
                    rest = &rest[count..];
                }
            },
            b'0'..=b'7' => {
                let from = &raw[raw.len() - rest.len() - 1..];
                let (count, byte) = digits(from, 8, 3);
                value.push(byte);
                rest = &from[count..];
            }
            other => value.push(*other),
        }
    }
    encoding::utf8(&value).map(str::to_owned)
}

/// How many digits there are, so many at most, and the lowest byte of their number.
fn digits(bytes: &[u8], radix: u32, most: usize) -> (usize, u8) {
    let digits = bytes.iter().take(most).map_while(|byte| char::from(*byte).to_digit(radix));
    let (count, number) = digits.fold((0, 0), |(count, number), digit| (count + 1, number * radix + digit));
    (count, u8::try_from(number & 0xff).unwrap_or(0))
}

/// A value, with what would be misread escaped.
pub(super) fn escape(value: &str, delimiter: u8, out: &mut String) {
    for character in value.chars() {
        let letter = match character {
            '\u{8}' => 'b',
            '\u{c}' => 'f',
            '\n' => 'n',
            '\r' => 'r',
            '\t' => 't',
            '\u{b}' => 'v',
            '\\' => '\\',
            other if other == char::from(delimiter) => other,
            other => {
                out.push(other);
                continue;
            }
        };
        out.push('\\');
        out.push(letter);
    }
}
