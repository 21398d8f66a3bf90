//! Values on their way through the driver: parameters in, binary results out.

use std::error::Error;
use std::fmt::Write;

use bytes::BytesMut;
use serde_json::Value;
use tokio_postgres::types::{Format, FromSql, IsNull, Kind, ToSql, Type, to_sql_checked};

type Refused = Box<dyn Error + Sync + Send>;

/// A parameter. It becomes what the server's type asks for, as a program's own variable would have.
#[derive(Debug, Clone)]
pub(crate) struct Param(pub(crate) Value);

impl Param {
    /// The value as text, as it would stand in a literal.
    fn text(&self) -> String {
        match &self.0 {
            Value::String(text) => text.clone(),
            other => other.to_string(),
        }
    }
}

/// The types that have an encoding here; the rest travels as text, which every type can read.
const BINARY: [Type; 9] = [
    Type::BOOL,
    Type::INT2,
    Type::INT4,
    Type::INT8,
    Type::FLOAT4,
    Type::FLOAT8,
    Type::TEXT,
    Type::VARCHAR,
    Type::BPCHAR,
];

impl ToSql for Param {
    fn to_sql(&self, ty: &Type, out: &mut BytesMut) -> Result<IsNull, Refused> {
        if self.0.is_null() {
            return Ok(IsNull::Yes);
        }
        if let (Value::Array(items), Kind::Array(element)) = (&self.0, ty.kind()) {
            if !BINARY.contains(element) {
                return Err(format!("its adapter has no lists of {element}").into());
            }
            return items.iter().cloned().map(Param).collect::<Vec<_>>().to_sql(ty, out);
        }
        let text = self.text();
        match *ty {
            Type::BOOL => text.parse::<bool>()?.to_sql(ty, out),
            Type::INT2 => text.parse::<i16>()?.to_sql(ty, out),
            Type::INT4 => text.parse::<i32>()?.to_sql(ty, out),
            Type::INT8 => text.parse::<i64>()?.to_sql(ty, out),
            Type::FLOAT4 => text.parse::<f32>()?.to_sql(ty, out),
            Type::FLOAT8 => text.parse::<f64>()?.to_sql(ty, out),
            _ => {
                out.extend_from_slice(text.as_bytes());
                Ok(IsNull::No)
            }
        }
    }

    fn accepts(_: &Type) -> bool {
        true
    }

    fn encode_format(&self, ty: &Type) -> Format {
        let list = self.0.is_array() && matches!(ty.kind(), Kind::Array(_));
        if list || BINARY.contains(ty) { Format::Binary } else { Format::Text }
    }

    to_sql_checked!();
}

/// A value of a result, written as text.
pub(crate) struct Binary(pub(crate) String);

impl<'a> FromSql<'a> for Binary {
    fn from_sql(ty: &Type, raw: &'a [u8]) -> Result<Self, Refused> {
        let text = match *ty {
            Type::BOOL => if bool::from_sql(ty, raw)? { "t" } else { "f" }.to_owned(),
            Type::INT2 => i16::from_sql(ty, raw)?.to_string(),
            Type::INT4 => i32::from_sql(ty, raw)?.to_string(),
            Type::INT8 => i64::from_sql(ty, raw)?.to_string(),
            Type::OID => u32::from_sql(ty, raw)?.to_string(),
            Type::FLOAT4 => f32::from_sql(ty, raw)?.to_string(),
            Type::FLOAT8 => f64::from_sql(ty, raw)?.to_string(),
            Type::TEXT | Type::VARCHAR | Type::BPCHAR | Type::NAME | Type::UNKNOWN => {
                <&str>::from_sql(ty, raw)?.to_owned()
            }
            Type::JSON => std::str::from_utf8(raw)?.to_owned(),
            Type::UUID if raw.len() == 16 => {
                let digits = hex(raw);
                let part = |from: usize, to: usize| digits.get(from..to).unwrap_or_default();
                [part(0, 8), part(8, 12), part(12, 16), part(16, 20), part(20, 32)].join("-")
            }
            _ => match ty.kind() {
                // An array of arrays is nothing that the driver reads.
                Kind::Array(_) => match Vec::<Option<Self>>::from_sql(ty, raw) {
                    Ok(elements) => array(&elements),
                    Err(_) => unread(raw),
                },
                _ => unread(raw),
            },
        };
        Ok(Self(text))
    }

    fn accepts(_: &Type) -> bool {
        true
    }
}

/// Elements as PostgreSQL writes them, each in quotes that is not NULL.
fn array(elements: &[Option<Binary>]) -> String {
    let quoted = |Binary(text): &Binary| format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""));
    let elements: Vec<String> =
        elements.iter().map(|element| element.as_ref().map_or_else(|| "NULL".to_owned(), quoted)).collect();
    format!("{{{}}}", elements.join(","))
}

/// What nothing is made of.
fn unread(raw: &[u8]) -> String {
    format!("\\x{}", hex(raw))
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut digits, byte| {
        let _ = write!(digits, "{byte:02x}");
        digits
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_parameter_takes_the_form_that_its_type_has() {
        let encode = |value: Value, ty: &Type| {
            let mut out = BytesMut::new();
            Param(value).to_sql(ty, &mut out).map(|_| out.to_vec())
        };
        assert_eq!(encode("42".into(), &Type::INT4).unwrap(), [0, 0, 0, 42]);
        assert_eq!(encode(42.into(), &Type::TEXT).unwrap(), b"42");
        assert_eq!(encode("1.5".into(), &Type::NUMERIC).unwrap(), b"1.5");
        assert_eq!(encode(true.into(), &Type::BOOL).unwrap(), [1]);
        assert!(encode("forty".into(), &Type::INT4).is_err());
        let array = serde_json::json!([1, null]);
        assert_eq!(
            encode(array.clone(), &Type::INT4_ARRAY).unwrap(),
            [0, 0, 0, 1, 0, 0, 0, 1, 0, 0, 0, 23, 0, 0, 0, 2, 0, 0, 0, 1, 0, 0, 0, 4, 0, 0, 0, 1]
                .into_iter()
                .chain([0xff; 4])
                .collect::<Vec<u8>>()
        );
        assert!(encode(array, &Type::DATE_ARRAY).is_err());
        assert!(matches!(Param(Value::Null).to_sql(&Type::INT4, &mut BytesMut::new()), Ok(IsNull::Yes)));
        assert!(matches!(Param("1".into()).encode_format(&Type::NUMERIC), Format::Text));
        assert!(matches!(Param("{1}".into()).encode_format(&Type::INT4_ARRAY), Format::Text));
        assert!(matches!(Param(serde_json::json!([1])).encode_format(&Type::INT4_ARRAY), Format::Binary));
    }

    #[test]
    fn a_result_is_written_as_postgresql_writes_it() {
        let decode = |ty: &Type, raw: &[u8]| Binary::from_sql(ty, raw).unwrap().0;
        assert_eq!(decode(&Type::BOOL, &[0]), "f");
        assert_eq!(decode(&Type::BYTEA, &[0xc2, 0]), "\\xc200");
        let mut array = BytesMut::new();
        Param(serde_json::json!(["q\"", null])).to_sql(&Type::TEXT_ARRAY, &mut array).unwrap();
        assert_eq!(decode(&Type::TEXT_ARRAY, &array), r#"{"q\"",NULL}"#);
        assert_eq!(decode(&Type::TEXT_ARRAY, &[0; 2]), "\\x0000");
        assert_eq!(decode(&Type::UUID, &[0x11; 16]), "11111111-1111-1111-1111-111111111111");
    }
}
