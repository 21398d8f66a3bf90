//! Values on their way through the driver: parameters in, binary results out.

use std::error::Error;
use std::fmt::Write;

use bytes::BytesMut;
use serde_json::Value;
use tokio_postgres::types::{Format, FromSql, IsNull, ToSql, Type, to_sql_checked};

type Refused = Box<dyn Error + Sync + Send>;

/// A parameter. It becomes what the server's type asks for, as a program's own variable would have.
#[derive(Debug)]
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
        if BINARY.contains(ty) { Format::Binary } else { Format::Text }
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
            _ => format!("\\x{}", hex(raw)),
        };
        Ok(Self(text))
    }

    fn accepts(_: &Type) -> bool {
        true
    }
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
        assert!(matches!(Param(Value::Null).to_sql(&Type::INT4, &mut BytesMut::new()), Ok(IsNull::Yes)));
        assert!(matches!(Param("1".into()).encode_format(&Type::NUMERIC), Format::Text));
    }

    #[test]
    fn a_result_is_written_as_postgresql_writes_it() {
        let decode = |ty: &Type, raw: &[u8]| Binary::from_sql(ty, raw).unwrap().0;
        assert_eq!(decode(&Type::BOOL, &[0]), "f");
        assert_eq!(decode(&Type::BYTEA, &[0xc2, 0]), "\\xc200");
        assert_eq!(decode(&Type::UUID, &[0x11; 16]), "11111111-1111-1111-1111-111111111111");
    }
}
