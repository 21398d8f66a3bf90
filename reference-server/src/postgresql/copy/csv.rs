//! Fields of CSV.

use super::options::Options;
use super::reader::Field;
use crate::engine::SqlError;

/// The fields of a line. `forced` tells of a column by its place whether FORCE_NOT_NULL and FORCE_NULL name it.
pub(super) fn split(
    line: &str,
    options: &Options,
    forced: impl Fn(usize) -> (bool, bool),
) -> Result<Vec<Field>, SqlError> {
    let bytes = line.as_bytes();
    let mut fields = Vec::new();
    let mut at = 0;
    loop {
        let start = at;
        let mut value = Vec::new();
        let (mut quoted, mut within) = (false, false);
        let more = loop {
            let Some(&byte) = bytes.get(at) else {
                if within {
                    return Err(SqlError::error("22P04", "unterminated CSV quoted field"));
                }
                break false;
            };
            at += 1;
            if !within && byte == options.delimiter {
                break true;
            }
            if !within && byte == options.quote {
                quoted = true;
                within = true;
                continue;
            }
            if within && byte == options.escape {
                let next = bytes.get(at).filter(|next| **next == options.escape || **next == options.quote);
                if let Some(next) = next {
                    value.push(*next);
                    at += 1;
                    continue;
                }
            }
            if within && byte == options.quote {
                within = false;
                continue;
            }
            value.push(byte);
        };
        let raw = &bytes[start..if more { at - 1 } else { at }];
        let (not_null, null) = forced(fields.len());
        let is_null = !quoted && raw == options.null.as_bytes();
        fields.push(if is_null && !not_null || null && value == options.null.as_bytes() {
            Field::Null
        } else if is_null {
            Field::Text(options.null.clone())
        } else if !quoted && options.default.as_ref().is_some_and(|default| raw == default.as_bytes()) {
            Field::Default
        } else {
            // Quotes, delimiters and escapes are ASCII: what is between them is text as it was.
            Field::Text(String::from_utf8_lossy(&value).into_owned())
        });
        if !more {
            return Ok(fields);
        }
    }
}

/// A value, in quotes where they must be, or if `force`.
pub(super) fn quote(value: &str, options: &Options, force: bool, alone: bool, out: &mut String) {
    let special = [options.delimiter, options.quote, b'\n', b'\r'];
    let must = value == options.null
        || (alone && value == "\\.")
        || value.bytes().any(|byte| special.contains(&byte));
    if !force && !must {
        out.push_str(value);
        return;
    }
    let (quote, escape) = (char::from(options.quote), char::from(options.escape));
    out.push(quote);
    for character in value.chars() {
        if character == quote || character == escape {
            out.push(escape);
        }
        out.push(character);
    }
    out.push(quote);
}
