//! Literals: their text read as a type.

use super::ast::{Kind, Literal};
use crate::spacetimedb::number::{self, Integer, NotInteger};
use crate::spacetimedb::refusal::{self, Refusal};
use crate::spacetimedb::time;
use crate::spacetimedb::types::Type;
use crate::spacetimedb::value::Value;

/// Reads a literal of a predicate. There, the type of the other side decides, and quotes make no difference
/// (facts, section 6).
pub(crate) fn compared(literal: &Literal, ty: &Type) -> Result<Value, Refusal> {
    match &literal.kind {
        Kind::Bool(value) if *ty == Type::Bool => Ok(Value::Bool(*value)),
        Kind::Bool(_) => Err(unexpected(&Type::Bool, ty).at(literal.at)),
        Kind::Number(text) | Kind::String(text) | Kind::Hex(text) => read(text, ty, literal),
    }
}

/// Reads a literal that is stored. There, a string is only a string and a Boolean only a Boolean.
pub(crate) fn stored(literal: &Literal, ty: &Type) -> Result<Value, Refusal> {
    match &literal.kind {
        Kind::Bool(value) if *ty == Type::Bool => Ok(Value::Bool(*value)),
        Kind::String(value) if *ty == Type::String => Ok(Value::String(value.clone())),
        Kind::Bool(_) => Err(unexpected(&Type::Bool, ty).at(literal.at)),
        Kind::String(_) => Err(unexpected(&Type::String, ty).at(literal.at)),
        Kind::Number(text) | Kind::Hex(text) => read(text, ty, literal),
    }
}

/// Two types that should be one.
pub(crate) fn unexpected(expected: &Type, inferred: &Type) -> Refusal {
    let message = format!("Unexpected type: (expected) {expected} != {inferred} (inferred)");
    Refusal::new(refusal::DATATYPE_MISMATCH, message)
}

fn read(text: &str, ty: &Type, literal: &Literal) -> Result<Value, Refusal> {
    parse(text, ty).map_err(|code| {
        Refusal::new(code, format!("The literal expression `{text}` cannot be parsed as type `{ty}`"))
            .at(literal.at)
    })
}

/// The value, or the SQLSTATE of why there is none.
fn parse(text: &str, ty: &Type) -> Result<Value, &'static str> {
    let decimal = number::is_decimal(text);
    let value = match ty {
        Type::Integer { signed, bits } => {
            return match number::parse_integer(text) {
                Ok(value) if fits(value, *signed, *bits) => Ok(Value::Integer(value)),
                Ok(_) | Err(NotInteger::OutOfRange) => Err(refusal::OUT_OF_RANGE),
                Err(NotInteger::Malformed) => Err(refusal::INVALID_TEXT),
            };
        }
        // Too large a float is an infinity, as in the product's tests.
        Type::F32 => text.parse().ok().filter(|_| decimal).map(Value::F32),
        Type::F64 => text.parse().ok().filter(|_| decimal).map(Value::F64),
        Type::String => Some(Value::string(text)),
        Type::Timestamp => time::parse_timestamp(text).map(Value::Micros),
        Type::Bytes => hex(text, None).map(Value::Bytes),
        Type::Identity => hex(text, Some(32)).map(Value::Bytes),
        Type::ConnectionId => hex(text, Some(16)).map(Value::Bytes),
        Type::Uuid => uuid(text).map(Value::Bytes),
        // There are no literals of these.
        Type::Bool | Type::Duration | Type::Array(_) | Type::Product(_) | Type::Sum(_) => {
            return Err(refusal::DATATYPE_MISMATCH);
        }
    };
    value.ok_or(refusal::INVALID_TEXT)
}

fn fits(value: Integer, signed: bool, bits: u32) -> bool {
    (Integer::bound(signed, bits, true)..=Integer::bound(signed, bits, false)).contains(&value)
}

/// Hexadecimal digits, perhaps after `0x`.
fn hex(text: &str, length: Option<usize>) -> Option<Vec<u8>> {
    let digits = text.strip_prefix("0x").unwrap_or(text);
    let nibble = |digit: char| digit.to_digit(16).and_then(|digit| u8::try_from(digit).ok());
    let nibbles: Vec<u8> = digits.chars().map(nibble).collect::<Option<_>>()?;
    let (pairs, rest) = nibbles.as_chunks::<2>();
    let sound = rest.is_empty() && length.is_none_or(|length| length == pairs.len());
    sound.then(|| pairs.iter().map(|[high, low]| high << 4 | low).collect())
}

/// A UUID, with its four hyphens or without any.
fn uuid(text: &str) -> Option<Vec<u8>> {
    let groups: Vec<usize> = text.split('-').map(str::len).collect();
    matches!(groups.as_slice(), [32] | [8, 4, 4, 4, 12])
        .then(|| hex(&text.replace('-', ""), Some(16)))
        .flatten()
}

/// The number of a LIMIT or of a variable.
pub(crate) fn count(literal: &Literal) -> Result<u64, Refusal> {
    match compared(literal, &Type::U64)? {
        Value::Integer(value) => value.to_u64(),
        _ => None,
    }
    .ok_or_else(|| unexpected(&Type::U64, &Type::Bool).at(literal.at))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn literals_of_each_type() {
        assert_eq!(parse("1e3", &Type::U32), Ok(Value::integer(1000)));
        assert_eq!(parse("255", &Type::U8), Ok(Value::integer(255)));
        assert_eq!(parse("256", &Type::U8), Err("22003"));
        assert_eq!(parse("-1", &Type::U8), Err("22003"));
        assert_eq!(parse("-128", &Type::I8), Ok(Value::integer(-128)));
        assert_eq!(parse("abc", &Type::U8), Err("22P02"));
        assert_eq!(parse("1.5", &Type::I32), Err("22P02"));
        assert_eq!(parse("1e40", &Type::F32), Ok(Value::F32(f32::INFINITY)));
        assert_eq!(parse("NaN", &Type::F64), Err("22P02"));
        assert_eq!(parse(".5", &Type::F64), Ok(Value::F64(0.5)));
        assert_eq!(parse("0x0aFF", &Type::Bytes), Ok(Value::Bytes(vec![10, 255])));
        assert_eq!(parse("abc", &Type::Bytes), Err("22P02"));
        assert_eq!(parse("00", &Type::Identity), Err("22P02"));
        assert_eq!(parse(&"0".repeat(32), &Type::ConnectionId), Ok(Value::Bytes(vec![0; 16])));
        let nil = "00000000-0000-0000-0000-000000000000";
        assert_eq!(parse(nil, &Type::Uuid), Ok(Value::Bytes(vec![0; 16])));
        assert_eq!(parse("0-0", &Type::Uuid), Err("22P02"));
        assert_eq!(parse("1970-01-01T00:00:00Z", &Type::Timestamp), Ok(Value::Micros(0)));
        assert_eq!(parse("true", &Type::Bool), Err("42804"));
    }
}
