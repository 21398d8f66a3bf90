//! The binary forms. Those of `byte` and `object` have the name of PostgreSQL's types, but are a number and a text.

use super::super::json;
use super::super::refusal::{Exception, Refusal};
use super::super::types::{TEXT_ARRAY, Type};
use super::array::{flat, nested};
use super::text::json_input;
use super::{Forms, Value, refused, timestamp};
use pgconform_wire::value::array::{Array, Dimension};
use pgconform_wire::value::text::{Char, Json};
use pgconform_wire::value::timestamptz::Timestamptz;
use pgconform_wire::value::{self as wire, BuiltIn, types};

/// The longest binary form of an array, in bytes: an element may take a few only, and much more in memory.
const LONGEST_ARRAY: usize = 4 << 20;

impl Value {
    /// Writes the binary form of a value of this type.
    pub(crate) fn send(&self, ty: &Type, forms: Forms) -> Vec<u8> {
        let Some(array) = flat(self, ty) else { return send(ty, &self.wire(ty)) };
        let dimension = |length| {
            let length = i32::try_from(length).unwrap_or(i32::MAX);
            Dimension { length, lower: if forms.array_bounds { length } else { 1 } }
        };
        let mut dimensions: Vec<_> = array.lengths.into_iter().map(dimension).collect();
        if forms.array_bounds && dimensions.is_empty() {
            dimensions.push(dimension(0));
        }
        let element = &array.element;
        let values = array.values.iter().map(|value| value.as_ref().map(|value| value.wire(element)));
        let array = Array { element: element.oid(), dimensions, values: values.collect() };
        let mut bytes = send(ty, &wire::Value::Array(array));
        if let Some(flags) = bytes.get_mut(4..8).filter(|_| forms.array_bounds) {
            flags.copy_from_slice(&1i32.to_be_bytes());
        }
        bytes
    }

    /// The value of PostgreSQL's type that it is as one of `ty`.
    fn wire(&self, ty: &Type) -> wire::Value {
        match (self, ty) {
            (Self::Boolean(value), Type::Boolean) => wire::Value::Bool(*value),
            (Self::Byte(value), Type::Byte) => wire::Value::Char(Char(value.cast_unsigned())),
            (Self::Short(value), Type::Short) => wire::Value::Int2(*value),
            (Self::Integer(value), Type::Integer) => wire::Value::Int4(*value),
            (Self::Long(value), Type::Long) => wire::Value::Int8(*value),
            (Self::Float(value), Type::Float) => wire::Value::Float4(*value),
            (Self::Double(value), Type::Double) => wire::Value::Float8(*value),
            (Self::Timestamp(value), Type::Timestamp) => {
                let bound = if *value < 0 { i64::MIN } else { i64::MAX };
                wire::Value::Timestamptz(Timestamptz(timestamp::micros(*value).unwrap_or(bound)))
            }
            (value, ty) if ty.oid() == types::JSON => wire::Value::Json(Json(json::text(value))),
            (value, _) => wire::Value::Text(value.text(Forms::default())),
        }
    }

    /// Reads the binary form of a value of this type. Where JSON is announced as an object, it may be an array.
    pub(crate) fn receive(ty: &Type, bytes: &[u8]) -> Result<Self, Refusal> {
        // No JSON begins with a zero, but every array does.
        let is_array = matches!(ty, Type::Array(_)) && (ty.oid() != types::JSON || bytes.first() == Some(&0));
        let oid = match ty {
            _ if is_array => array_oid(&ty.leaf(), bytes),
            ty => ty.oid(),
        };
        if is_array && bytes.len() > LONGEST_ARRAY {
            return Err(Refusal::new(Exception::CircuitBreaking, "Data too large: the array is too long"));
        }
        let received = wire::receive(&BuiltIn, oid, -1, bytes);
        match received.map_err(|invalid| refused(&invalid, "", ty))? {
            wire::Value::Array(array) => {
                let leaf = ty.leaf();
                let mut values = Vec::new();
                for value in array.values {
                    values.push(value.map(|value| Self::from_wire(&leaf, value)).transpose()?);
                }
                nested(&array.dimensions, &mut values.into_iter()).shaped(ty)
            }
            value => Self::from_wire(ty, value),
        }
    }

    fn from_wire(ty: &Type, value: wire::Value) -> Result<Self, Refusal> {
        Ok(match value {
            wire::Value::Bool(value) => Self::Boolean(value),
            wire::Value::Char(Char(byte)) => Self::Byte(byte.cast_signed()),
            wire::Value::Int2(value) => Self::Short(value),
            wire::Value::Int4(value) => Self::Integer(value),
            wire::Value::Int8(value) => Self::Long(value),
            wire::Value::Float4(value) => Self::Float(value),
            wire::Value::Float8(value) => Self::Double(value),
            wire::Value::Timestamptz(Timestamptz(micros)) => match timestamp::millis(micros) {
                Some(millis) => Self::Timestamp(millis),
                None => return Err(Refusal::new(Exception::OutOfRange, "timestamp out of range")),
            },
            wire::Value::Json(Json(text)) => return json_input(ty, &text),
            wire::Value::Text(text) => return Self::String(text).cast(ty),
            _ => return Err(Refusal::new(Exception::BinaryForm, wire::TRAILING)),
        })
    }
}

fn send(ty: &Type, value: &wire::Value) -> Vec<u8> {
    // Every type that values are shown as has a binary form.
    wire::send(&BuiltIn, ty.oid(), value).unwrap_or_default()
}

/// PostgreSQL's array of which these are bytes: strings may be `text` or `varchar`.
fn array_oid(leaf: &Type, bytes: &[u8]) -> u32 {
    let text = types::TEXT.to_be_bytes();
    if leaf.oid() == types::VARCHAR && bytes.get(8..12) == Some(&text[..]) {
        return TEXT_ARRAY;
    }
    types::by_oid(leaf.oid()).map_or(0, |ty| ty.array)
}

#[cfg(test)]
mod tests {
    use super::*;
    use Type::{Boolean, Byte, Double, Float, GeoPoint, Integer, Ip, Long, Object, Short, Timestamp};

    fn bytes(hex: &str) -> Vec<u8> {
        let digits: Vec<u32> = hex.chars().filter_map(|c| c.to_digit(16)).collect();
        digits.chunks(2).map(|pair| u8::try_from(pair[0] * 16 + pair[1]).expect("a byte")).collect()
    }

    fn value(ty: &Type, text: &str) -> Value {
        Value::input(ty, text.as_bytes()).expect("it is one")
    }

    /// The bytes of CrateDB's own tests, with PostgreSQL's lower bounds and flags.
    #[test]
    fn binary_forms_go_and_come_back() {
        let table = [
            (Boolean, "t", "01"),
            (Byte, "-1", "ff"),
            (Short, "20", "0014"),
            (Integer, "-2", "fffffffe"),
            (Long, "1", "0000000000000001"),
            (Float, "1", "3f800000"),
            (Double, "1", "3ff0000000000000"),
            (Type::String, "ab", "6162"),
            (Ip, "::1", "3a3a31"),
            (Timestamp, "2016-06-28 00:00:00+00", "0001d94a1633a000"),
            (Object, "{\"a\":1}", "7b2261223a317d"),
            (
                Integer.array(),
                "{1,2,3}",
                "00000001 00000000 00000017 00000003 00000001 \
                 00000004 00000001 00000004 00000002 00000004 00000003",
            ),
            (Byte.array(), "{1,NULL}", "00000001 00000001 00000012 00000002 00000001 00000001 01 ffffffff"),
            (Type::String.array(), "{}", "00000000 00000000 00000413"),
            (Ip.array(), "{::1}", "00000001 00000000 00000413 00000001 00000001 00000003 3a3a31"),
            (
                GeoPoint,
                "{1,0}",
                "00000001 00000000 000002bd 00000002 00000001 00000008 3ff0000000000000 00000008 0000000000000000",
            ),
            (
                GeoPoint.array(),
                "{{1,0}}",
                "00000002 00000000 000002bd 00000001 00000001 00000002 00000001 \
                 00000008 3ff0000000000000 00000008 0000000000000000",
            ),
            (Long.array().array(), "[[1],[]]", "5b5b315d2c5b5d5d"),
        ];
        for (ty, text, hex) in table {
            let value = value(&ty, text);
            assert_eq!(value.send(&ty, Forms::default()), bytes(hex), "{ty} {text}");
            assert_eq!(Value::receive(&ty, &bytes(hex)), Ok(value), "{ty} {text}");
        }
        let text_array = bytes("00000001 00000000 00000019 00000001 00000001 00000001 61");
        assert_eq!(
            Value::receive(&Type::String.array(), &text_array),
            Ok(value(&Type::String.array(), "{a}"))
        );
        let json_array = bytes("00000001 00000000 00000072 00000001 00000001 00000002 7b7d");
        assert_eq!(Value::receive(&Object.array(), &json_array), Ok(value(&Object.array(), "[{}]")));
    }

    #[test]
    fn bounds_of_crate_3_3() {
        let forms = Forms { array_bounds: true, ..Forms::default() };
        let table = [
            (
                "{1,2,3}",
                "00000001 00000001 00000017 00000003 00000003 \
                 00000004 00000001 00000004 00000002 00000004 00000003",
            ),
            ("{}", "00000001 00000001 00000017 00000000 00000000"),
        ];
        for (text, hex) in table {
            let ty = Integer.array();
            let value = value(&ty, text);
            assert_eq!(value.send(&ty, forms), bytes(hex), "{text}");
            assert_eq!(Value::receive(&ty, &bytes(hex)), Ok(value), "{text}");
        }
    }

    #[test]
    fn what_is_no_binary_form_is_refused() {
        let table = [
            (Long, "00", Exception::ShortForm),
            (Short, "000000", Exception::BinaryForm),
            (Type::String, "ff", Exception::Encoding),
            (Ip, "61", Exception::Conversion),
            (Object, "7b", Exception::Conversion),
            (Timestamp, "7fffffffffffffff", Exception::OutOfRange),
            (Integer.array(), "00000001 00000000 00000014 00000000 00000001", Exception::BinaryForm),
            (Integer.array(), "7fffffff", Exception::BinaryForm),
            (Integer.array(), "00000001 00000000 00000017 7fffffff 00000001", Exception::BinaryForm),
            (Integer.array(), "00000001 00000000 00000017 00000002 00000001", Exception::ShortForm),
            (Object.array(), "00", Exception::ShortForm),
        ];
        for (ty, hex, exception) in table {
            let refusal = Value::receive(&ty, &bytes(hex)).expect_err(hex);
            assert_eq!(refusal.exception, exception, "{ty} {hex}");
        }
    }
}
