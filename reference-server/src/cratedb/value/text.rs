//! The text forms.

use super::super::json;
use super::super::refusal::{Exception, Refusal};
use super::super::types::{TEXT_ARRAY, Type};
use super::array::{flat, nested};
use super::{Forms, STYLE, Value, float4_text, float8_text, refused, timestamp};
use pgconform_wire::value::array::{Array, Dimension};
use pgconform_wire::value::text::utf8;
use pgconform_wire::value::{self as wire, BuiltIn, Form, Invalid, types};

impl Value {
    /// Writes the text form of a value of this type.
    pub(crate) fn output(&self, ty: &Type, forms: Forms) -> Vec<u8> {
        let Some(array) = flat(self, ty) else { return self.text(forms).into_bytes() };
        let texts = array.values.into_iter().map(|value| value.map(|value| value.text(forms)));
        if forms.arrays_quoted {
            // Only in JSON are quotes escaped.
            let escape = array.element.oid() == types::JSON;
            let quote =
                |text: String| format!("\"{}\"", if escape { text.replace('"', "\\\"") } else { text });
            return quoted(&array.lengths, &mut texts.map(|text| text.map(quote))).into_bytes();
        }
        let dimension = |length| Dimension { length: i32::try_from(length).unwrap_or(i32::MAX), lower: 1 };
        let texts = Array {
            element: types::TEXT,
            dimensions: array.lengths.into_iter().map(dimension).collect(),
            values: texts.map(|text| text.map(wire::Value::Text)).collect(),
        };
        wire::output(&BuiltIn, TEXT_ARRAY, &wire::Value::Array(texts), &STYLE).into_bytes()
    }

    /// The text form of one that is no array to PostgreSQL.
    pub(super) fn text(&self, forms: Forms) -> String {
        match self {
            Self::Boolean(value) => value.output(&STYLE),
            Self::Byte(value) => value.to_string(),
            Self::Short(value) => value.to_string(),
            Self::Integer(value) => value.to_string(),
            Self::Long(value) => value.to_string(),
            Self::Float(value) if forms.java_floats => float4_text(*value),
            Self::Float(value) => value.output(&STYLE),
            Self::Double(value) if forms.java_floats => float8_text(*value),
            Self::Double(value) => value.output(&STYLE),
            Self::String(text) => text.clone(),
            Self::Ip(address) => address.to_string(),
            Self::Timestamp(millis) => timestamp::output(*millis),
            Self::Object(_) | Self::GeoShape(_) | Self::GeoPoint(..) | Self::Array(_) => json::text(self),
        }
    }

    /// Reads the text form of a value of this type. Where JSON is announced as an object, it may be an array.
    pub(crate) fn input(ty: &Type, text: &[u8]) -> Result<Self, Refusal> {
        let text = utf8(text).map_err(|invalid| refused(&invalid, "", ty))?;
        let read = |value: Result<Self, Invalid>| value.map_err(|invalid| refused(&invalid, text, ty));
        match ty {
            Type::Boolean => read(bool::input(text, &STYLE).map(Self::Boolean)),
            Type::Short => read(i16::input(text, &STYLE).map(Self::Short)),
            Type::Integer => read(i32::input(text, &STYLE).map(Self::Integer)),
            Type::Long => read(i64::input(text, &STYLE).map(Self::Long)),
            Type::Float => read(f32::input(text, &STYLE).map(Self::Float)),
            Type::Double => read(f64::input(text, &STYLE).map(Self::Double)),
            Type::Object | Type::GeoShape => json_input(ty, text),
            Type::GeoPoint if text.starts_with('{') => array_input(ty, text),
            Type::Array(_) if text.trim_start().starts_with('[') && ty.oid() == types::JSON => {
                json_input(ty, text)
            }
            Type::Array(_) => array_input(ty, text),
            ty => Self::String(text.to_owned()).cast(ty),
        }
    }
}

/// Reads JSON as a value of a type that is shown as JSON.
pub(super) fn json_input(ty: &Type, text: &str) -> Result<Value, Refusal> {
    if !json::fits(text) {
        return Err(Refusal::new(
            Exception::CircuitBreaking,
            "Data too large: the object has too many parts",
        ));
    }
    match (ty, json::parse(text).flatten()) {
        (Type::Object, Some(value @ (Value::Object(_) | Value::Array(_)))) => Ok(value),
        (_, Some(value)) if *ty != Type::Object => value.cast(ty),
        _ => Err(Refusal::new(Exception::Conversion, format!("Cannot cast '{text}' to type {ty}"))),
    }
}

/// Reads PostgreSQL's text form of an array. It may have more dimensions than the type tells.
fn array_input(ty: &Type, text: &str) -> Result<Value, Refusal> {
    if !json::fits(text) {
        return Err(Refusal::new(
            Exception::CircuitBreaking,
            "Data too large: the array has too many elements",
        ));
    }
    let read = wire::input(&BuiltIn, TEXT_ARRAY, -1, text, &STYLE);
    let wire::Value::Array(array) = read.map_err(|invalid| refused(&invalid, text, ty))? else {
        return Err(Refusal::new(Exception::Conversion, format!("Cannot cast '{text}' to type {ty}")));
    };
    let leaf = ty.leaf();
    let mut values = Vec::new();
    for value in array.values {
        values.push(match value {
            Some(wire::Value::Text(text)) => Some(Value::input(&leaf, text.as_bytes())?),
            _ => None,
        });
    }
    nested(&array.dimensions, &mut values.into_iter()).shaped(ty)
}

/// An array with every element in quotes; `lengths` are the dimensions. 3.3 forgets the commas between arrays but for the first.
fn quoted(lengths: &[usize], texts: &mut dyn Iterator<Item = Option<String>>) -> String {
    let (length, inner) = lengths.split_first().map_or((0, lengths), |(length, inner)| (*length, inner));
    let mut out = String::from("{");
    for at in 0..length {
        if inner.is_empty() {
            out.push_str(if at > 0 { "," } else { "" });
            out.push_str(&texts.next().flatten().unwrap_or_else(|| "NULL".to_owned()));
        } else {
            out.push_str(&quoted(inner, texts));
            out.push_str(if at == 0 { "," } else { "" });
        }
    }
    out.push('}');
    out
}

#[cfg(test)]
mod tests {
    use super::*;
    use Type::{
        Boolean, Byte, Double, Float, GeoPoint, GeoShape, Integer, Ip, Long, Object, Short, Timestamp,
    };

    fn input(ty: &Type, text: &str) -> Value {
        Value::input(ty, text.as_bytes()).unwrap_or_else(|refusal| panic!("{ty} {text}: {refusal:?}"))
    }

    fn output(value: &Value, ty: &Type, forms: Forms) -> String {
        String::from_utf8(value.output(ty, forms)).expect("text is UTF-8")
    }

    #[test]
    fn texts_come_back_as_postgresql_writes_them() {
        let table = [
            (Boolean, "t", "t"),
            (Boolean, "no", "f"),
            (Byte, "-1", "-1"),
            (Short, "20", "20"),
            (Integer, " 7 ", "7"),
            (Long, "9223372036854775807", "9223372036854775807"),
            (Float, "42.3", "42.3"),
            (Double, "1e10", "10000000000"),
            (Double, "NaN", "NaN"),
            (Type::String, "it's", "it's"),
            (Type::Undefined, "x", "x"),
            (Ip, "127.0.0.1", "127.0.0.1"),
            (Timestamp, "2016-06-28T00:00:00Z", "2016-06-28 00:00:00.000+00"),
            (Object, r#"{"b": 1, "a": [true]}"#, r#"{"a":[true],"b":1}"#),
            (Object, r#"[{"a": 1}]"#, r#"[{"a":1}]"#),
            (GeoPoint, "{1.1,2.2}", "{1.1,2.2}"),
            (GeoPoint, "POINT (1.1 2.2)", "{1.1,2.2}"),
            (GeoShape, r#"{"type":"Point","coordinates":[1,2]}"#, r#"{"coordinates":[1,2],"type":"Point"}"#),
            (Byte.array(), r#"{"10",NULL,20}"#, "{10,NULL,20}"),
            (Integer.array(), "{}", "{}"),
            (
                Type::String.array(),
                r#"{"a b",N,null,"null","",c\"d,"{"}"#,
                r#"{"a b",N,NULL,"null","","c\"d","{"}"#,
            ),
            (Timestamp.array(), "{2016-06-28}", r#"{"2016-06-28 00:00:00.000+00"}"#),
            (Ip.array(), "{::1}", "{::1}"),
            (GeoPoint.array(), "{{1,2},{3,4},{5,6}}", "{{1,2},{3,4},{5,6}}"),
            (Object.array(), r#"[{"a": 1}]"#, r#"[{"a":1}]"#),
            (Object.array(), r#"{"{\"a\": 1}",NULL}"#, r#"[{"a":1},null]"#),
            (Long.array().array(), "[[1,2,3],[1,2]]", "[[1,2,3],[1,2]]"),
            (Long.array().array(), "{{1,2},{3,4}}", "[[1,2],[3,4]]"),
        ];
        for (ty, given, written) in table {
            assert_eq!(output(&input(&ty, given), &ty, Forms::default()), written, "{ty} {given}");
        }
        // An array may be deeper than it was announced.
        assert_eq!(input(&Long.array(), "{{1},{2}}").ty(), Long.array().array());
    }

    #[test]
    fn texts_of_crate_3_3() {
        let forms = Forms { arrays_quoted: true, java_floats: true, ..Forms::default() };
        let table = [
            (Integer.array(), "{10,NULL,20}", r#"{"10",NULL,"20"}"#),
            (Integer.array(), "{}", "{}"),
            (Type::String.array(), r#"{"a\"b"}"#, r#"{"a"b"}"#),
            (GeoPoint, "{1.1,2.2}", r#"{"1.1","2.2"}"#),
            (GeoPoint.array(), "{{1,2},{3,4},{5,6}}", r#"{{"1.0","2.0"},{"3.0","4.0"}{"5.0","6.0"}}"#),
            (
                GeoShape.array(),
                r#"{"{\"type\":\"Point\",\"coordinates\":[1,2]}"}"#,
                r#"{"{\"coordinates\":[1,2],\"type\":\"Point\"}"}"#,
            ),
            (Double, "1", "1.0"),
            (Float, "1e10", "1.0E10"),
        ];
        for (ty, given, written) in table {
            assert_eq!(output(&input(&ty, given), &ty, forms), written, "{ty} {given}");
        }
    }

    #[test]
    fn what_is_no_value_is_refused() {
        let table = [
            (Boolean, "maybe", Exception::Conversion, "Cannot cast 'maybe' to type boolean"),
            (Byte, "128", Exception::OutOfRange, "Cannot cast '128' to type byte"),
            (Integer, "2147483648", Exception::OutOfRange, "Cannot cast '2147483648' to type integer"),
            (Integer, "x", Exception::Conversion, "Cannot cast 'x' to type integer"),
            (Timestamp, "now", Exception::Conversion, "Cannot cast 'now' to type timestamp"),
            (Ip, "1.2.3", Exception::Conversion, "Cannot cast '1.2.3' to type ip"),
            (Object, "{", Exception::Conversion, "Cannot cast '{' to type object"),
            (Object, "null", Exception::Conversion, "Cannot cast 'null' to type object"),
            (GeoPoint, "{181,0}", Exception::Conversion, "Cannot cast [181.0, 0.0] to type geo_point"),
            (Integer.array(), "{1,x}", Exception::Conversion, "Cannot cast 'x' to type integer"),
            (Integer.array(), "1", Exception::Conversion, "Cannot cast '1' to type integer_array"),
            (
                Long.array().array(),
                "[[1],2]",
                Exception::Conversion,
                "Cannot cast [[1], 2] to type long_array_array",
            ),
        ];
        for (ty, text, exception, message) in table {
            let refusal = Value::input(&ty, text.as_bytes()).expect_err(text);
            assert_eq!((refusal.exception, &*refusal.message), (exception, message));
        }
        let refusal = Value::input(&Type::String, b"a\xff").expect_err("it is no UTF-8");
        assert_eq!(refusal.exception, Exception::Encoding);
        assert_eq!(refusal.message, "invalid byte sequence for encoding \"UTF8\": 0xff");
    }
}
