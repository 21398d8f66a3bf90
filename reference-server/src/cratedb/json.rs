//! JSON: how objects, and arrays that are no rectangles, are written.

use super::value::Value;
use serde::ser::{Serialize, Serializer};
use serde_json::Value as Json;

/// The value that a text of JSON is: numbers are `long` or `double`. The outer none where it is no JSON, the inner where it
/// is `null`.
pub(crate) fn parse(text: &str) -> Option<Option<Value>> {
    if !fits(text) {
        return None;
    }
    serde_json::from_str(text).ok().map(value)
}

/// Whether reading a text makes no more parts than a value may have: of each comma, one. Arrays are written like that, too.
pub(crate) fn fits(text: &str) -> bool {
    /// The most parts: as a value, twice and in both forms, they take less than 100 MiB.
    const MOST: usize = 1 << 19;
    text.bytes().filter(|byte| *byte == b',').count() <= MOST
}

fn value(json: Json) -> Option<Value> {
    Some(match json {
        Json::Null => return None,
        Json::Bool(value) => Value::Boolean(value),
        Json::Number(number) => match number.as_i64() {
            Some(value) => Value::Long(value),
            None => Value::Double(number.as_f64()?),
        },
        Json::String(text) => Value::String(text),
        Json::Array(elements) => Value::Array(elements.into_iter().map(value).collect()),
        Json::Object(fields) => {
            Value::Object(fields.into_iter().map(|(name, json)| (name, value(json))).collect())
        }
    })
}

/// A value as JSON, without needless spaces.
pub(crate) fn text(value: &Value) -> String {
    // Writing to memory does not fail, and names are strings.
    serde_json::to_string(value).unwrap_or_default()
}

impl Serialize for Value {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        match self {
            Self::Boolean(value) => to.serialize_bool(*value),
            Self::Byte(value) => to.serialize_i8(*value),
            Self::Short(value) => to.serialize_i16(*value),
            Self::Integer(value) => to.serialize_i32(*value),
            Self::Long(value) | Self::Timestamp(value) => to.serialize_i64(*value),
            Self::Float(value) => to.serialize_f32(*value),
            Self::Double(value) => to.serialize_f64(*value),
            Self::String(value) => to.serialize_str(value),
            Self::Ip(value) => to.collect_str(value),
            Self::Object(fields) | Self::GeoShape(fields) => to.collect_map(fields),
            Self::GeoPoint(longitude, latitude) => to.collect_seq([longitude, latitude]),
            Self::Array(elements) => to.collect_seq(elements),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn json_comes_back_without_spaces_and_in_order() {
        let table = [
            (r#"{"b": [1, 2.5, null], "a": {"c": "x\"y"}}"#, r#"{"a":{"c":"x\"y"},"b":[1,2.5,null]}"#),
            ("[[1,2,3],[1,2]]", "[[1,2,3],[1,2]]"),
            ("[1.0, 1e2, -0.0]", "[1.0,100.0,-0.0]"),
            ("9223372036854775808", "9.223372036854776e+18"),
            (r#""\u00e9\n""#, r#""é\n""#),
            ("{}", "{}"),
        ];
        for (given, written) in table {
            let value = parse(given).flatten().unwrap_or_else(|| panic!("{given} is JSON"));
            assert_eq!(text(&value), written, "{given}");
        }
        assert_eq!(parse("null"), Some(None));
        for wrong in ["", "{", "[1,]", "{a:1}", "1 2", "1e999", &"[".repeat(1000)] {
            assert_eq!(parse(wrong), None, "{wrong}");
        }
    }

    #[test]
    fn every_type_has_its_json() {
        let values = [
            Value::Float(42.3),
            Value::Timestamp(1_467_072_000_000),
            Value::Ip([127, 0, 0, 1].into()),
            Value::GeoPoint(9.7, 47.4),
            Value::Byte(-1),
        ];
        let values = Value::Array(values.map(Some).into());
        assert_eq!(text(&values), r#"[42.3,1467072000000,"127.0.0.1",[9.7,47.4],-1]"#);
    }
}
