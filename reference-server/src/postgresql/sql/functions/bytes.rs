//! Functions of bytes and bit strings, and of text as bytes.

use super::arithmetic::mismatch;
use super::text::of;
use crate::engine::SqlError;
use crate::postgresql::sql::context::Context;
use crate::postgresql::sql::stop::Stop;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use md5::{Digest as _, Md5};
use pgconform_wire::value::bytea::Bytea;
use pgconform_wire::value::{Form as _, Value, types};
use std::fmt::Write as _;

type Answer = Result<Option<Value>, Stop>;

fn bytes(bytes: Vec<u8>) -> Answer {
    Ok(Some(Value::Bytea(Bytea(bytes))))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut hex, byte| {
        let written = write!(hex, "{byte:02x}");
        debug_assert!(written.is_ok(), "a String takes everything");
        hex
    })
}

/// `||` of bytes, and of bit strings
pub(super) fn concatenate(context: &mut Context<'_>, values: &[Value]) -> Answer {
    match values {
        [Value::Bytea(left), Value::Bytea(right)] => bytes([left.0.as_slice(), &right.0].concat()),
        [Value::Bit(left), Value::Bit(right)] => {
            let style = context.style();
            let digits = left.output(&style) + &right.output(&style);
            Ok(Some(context.input(types::VARBIT, &digits)?))
        }
        _ => Err(mismatch()),
    }
}

/// `length` of a bit string
pub(super) fn bit_length(_: &mut Context<'_>, values: &[Value]) -> Answer {
    match values {
        [Value::Bit(bits)] => Ok(Some(Value::Int4(i32::try_from(bits.length()).unwrap_or(i32::MAX)))),
        _ => Err(mismatch()),
    }
}

/// `get_byte`
pub(super) fn get_byte(_: &mut Context<'_>, values: &[Value]) -> Answer {
    let [Value::Bytea(bytes), Value::Int4(place)] = values else { return Err(mismatch()) };
    let byte = usize::try_from(*place).ok().and_then(|place| bytes.0.get(place));
    byte.map(|byte| Some(Value::Int4(i32::from(*byte)))).ok_or_else(|| {
        let last = i64::try_from(bytes.0.len()).unwrap_or(i64::MAX) - 1;
        Stop::error("2202E", format!("index {place} out of valid range, 0..{last}"))
    })
}

/// `md5`
pub(super) fn md5(_: &mut Context<'_>, values: &[Value]) -> Answer {
    let digest = match values {
        [Value::Bytea(bytes)] => Md5::digest(&bytes.0),
        [value] => Md5::digest(of(value)?.as_bytes()),
        _ => return Err(mismatch()),
    };
    Ok(Some(Value::Text(hex(&digest))))
}

fn unrecognized(format: &str) -> Stop {
    let error = SqlError::error("22023", format!("unrecognized encoding: \"{format}\""));
    error.into()
}

/// `encode`
pub(super) fn encode(_: &mut Context<'_>, values: &[Value]) -> Answer {
    let [Value::Bytea(bytes), format] = values else { return Err(mismatch()) };
    let encoded = match of(format)?.to_ascii_lowercase().as_str() {
        "hex" => hex(&bytes.0),
        "base64" => {
            let whole = STANDARD.encode(&bytes.0);
            // In lines of 76 characters, as MIME has them.
            let lines: Vec<&str> =
                whole.as_bytes().chunks(76).filter_map(|line| std::str::from_utf8(line).ok()).collect();
            lines.join("\n")
        }
        "escape" => bytes.0.iter().fold(String::new(), |mut text, byte| {
            let written = match byte {
                b'\\' => write!(text, "\\\\"),
                0 | 0x80.. => write!(text, "\\{byte:03o}"),
                byte => write!(text, "{}", char::from(*byte)),
            };
            debug_assert!(written.is_ok(), "a String takes everything");
            text
        }),
        _ => return Err(unrecognized(of(format)?)),
    };
    Ok(Some(Value::Text(encoded)))
}

/// `decode`
pub(super) fn decode(context: &mut Context<'_>, values: &[Value]) -> Answer {
    let [value, format] = values else { return Err(mismatch()) };
    let value = of(value)?;
    match of(format)?.to_ascii_lowercase().as_str() {
        "hex" => Ok(Some(context.input(types::BYTEA, &format!("\\x{value}"))?)),
        "base64" => {
            let dense: String = value.chars().filter(|char| !char.is_ascii_whitespace()).collect();
            let decoded = STANDARD.decode(&dense).map_err(|_| {
                let known = |char: &char| char.is_ascii_alphanumeric() || "+/=".contains(*char);
                match dense.chars().find(|char| !known(char)) {
                    Some(bad) => {
                        let message =
                            format!("invalid symbol \"{bad}\" found while decoding base64 sequence");
                        Stop::from(SqlError::error("22023", message))
                    }
                    None => {
                        let error = SqlError::error("22023", "invalid base64 end sequence");
                        let hint = "Input data is missing padding, is truncated, or is otherwise corrupted.";
                        error.hint(hint).into()
                    }
                }
            })?;
            bytes(decoded)
        }
        "escape" if !value.starts_with("\\x") => Ok(Some(context.input(types::BYTEA, value)?)),
        "escape" => Err(Stop::error("22P02", "invalid input syntax for type bytea")),
        _ => Err(unrecognized(of(format)?)),
    }
}

/// `convert_to`, of the encoding UTF8
pub(super) fn convert_to(_: &mut Context<'_>, values: &[Value]) -> Answer {
    let [value, encoding] = values else { return Err(mismatch()) };
    utf8(of(encoding)?)?;
    bytes(of(value)?.as_bytes().to_vec())
}

/// `convert_from`, of the encoding UTF8
pub(super) fn convert_from(_: &mut Context<'_>, values: &[Value]) -> Answer {
    let [Value::Bytea(bytes), encoding] = values else { return Err(mismatch()) };
    utf8(of(encoding)?)?;
    let text = crate::postgresql::settings::encoding::utf8(&bytes.0)?;
    Ok(Some(Value::Text(text.to_owned())))
}

fn utf8(encoding: &str) -> Result<(), Stop> {
    let known = encoding.replace(['-', '_'], "").eq_ignore_ascii_case("utf8");
    if known {
        Ok(())
    } else {
        Err(Stop::error("0A000", format!("encoding \"{encoding}\" is not converted to")))
    }
}
