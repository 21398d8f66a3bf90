//! Values of CrateDB's types. NULL is not a value: it is the absence of one.
//!
//! `text` and `binary` are how they are told to PostgreSQL clients, and understood from them; `array` is what both have in
//! common of arrays. `timestamp` and `float` are what is particular to these.

mod array;
mod binary;
mod float;
mod text;
pub(super) mod timestamp;

use super::refusal::{Exception, Refusal};
use super::types::Type;
pub(super) use float::{float4_text, float8_text};
use pgconform_wire::value::{
    DateOrder, DateOutput, DateStyle, IntervalStyle, Invalid, Style, Utc, float as wire,
};
use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::fmt;
use std::net::IpAddr;

/// A value.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Value {
    Boolean(bool),
    Byte(i8),
    Short(i16),
    Integer(i32),
    Long(i64),
    Float(f32),
    Double(f64),
    String(String),
    Ip(IpAddr),
    /// Milliseconds since 1970-01-01 00:00:00 UTC.
    Timestamp(i64),
    Object(Object),
    /// Longitude, latitude.
    GeoPoint(f64, f64),
    /// GeoJSON.
    GeoShape(Object),
    Array(Vec<Option<Self>>),
}

/// The fields of an object.
pub(crate) type Object = BTreeMap<String, Option<Value>>;

/// A row.
pub(crate) type Row = Vec<Option<Value>>;

/// How values are told to a client where it is not as PostgreSQL tells them.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Forms {
    /// In the text of an array every element but NULL is in quotes, and but for JSON nothing in them is escaped.
    pub(crate) arrays_quoted: bool,
    /// In the binary form of an array the lower bound is the number of elements, there always is a NULL, and without an
    /// element there still is a dimension.
    pub(crate) array_bounds: bool,
    /// Numbers with a fraction are written as Java writes them.
    pub(crate) java_floats: bool,
}

/// Nothing depends on a session's settings: it has none.
const STYLE: Style<'static> = Style {
    date: DateStyle { output: DateOutput::Iso, order: DateOrder::Ymd },
    interval: IntervalStyle::Postgres,
    zone: &Utc,
    extra_float_digits: 1,
    bytea_hex: true,
    now: 0,
};

impl Value {
    /// Its type; that of an array is told by its elements, as far as there are any.
    pub(crate) fn ty(&self) -> Type {
        match self {
            Self::Boolean(_) => Type::Boolean,
            Self::Byte(_) => Type::Byte,
            Self::Short(_) => Type::Short,
            Self::Integer(_) => Type::Integer,
            Self::Long(_) => Type::Long,
            Self::Float(_) => Type::Float,
            Self::Double(_) => Type::Double,
            Self::String(_) => Type::String,
            Self::Ip(_) => Type::Ip,
            Self::Timestamp(_) => Type::Timestamp,
            Self::Object(_) => Type::Object,
            Self::GeoPoint(..) => Type::GeoPoint,
            Self::GeoShape(_) => Type::GeoShape,
            Self::Array(elements) => {
                let types = elements.iter().flatten().map(Self::ty);
                types.reduce(|a, b| a.common(&b).unwrap_or(a)).unwrap_or(Type::Undefined).array()
            }
        }
    }

    /// The order of two values that can be compared: numbers of any type, and else values of one type. NULL in an array comes
    /// last, as do numbers that are none.
    pub(crate) fn compare(&self, other: &Self) -> Option<Ordering> {
        if let (Some(a), Some(b)) = (self.whole(), other.whole()) {
            return Some(a.cmp(&b));
        }
        if let (Some(a), Some(b)) = (self.real(), other.real()) {
            return Some(wire::compare(a, b));
        }
        match (self, other) {
            (Self::Boolean(a), Self::Boolean(b)) => Some(a.cmp(b)),
            (Self::String(a), Self::String(b)) => Some(a.cmp(b)),
            (Self::Ip(a), Self::Ip(b)) => Some(a.cmp(b)),
            (Self::GeoPoint(a, b), Self::GeoPoint(c, d)) => {
                Some(wire::compare(*a, *c).then(wire::compare(*b, *d)))
            }
            (Self::Array(a), Self::Array(b)) => {
                let elements = first_difference(a.iter().zip(b))?;
                Some(elements.then(a.len().cmp(&b.len())))
            }
            (Self::Object(a) | Self::GeoShape(a), Self::Object(b) | Self::GeoShape(b)) => {
                let names = a.keys().cmp(b.keys());
                Some(names.then(first_difference(a.values().zip(b.values()))?))
            }
            _ => None,
        }
    }

    /// The whole number that it is.
    pub(super) fn whole(&self) -> Option<i64> {
        match self {
            Self::Byte(value) => Some((*value).into()),
            Self::Short(value) => Some((*value).into()),
            Self::Integer(value) => Some((*value).into()),
            Self::Long(value) | Self::Timestamp(value) => Some(*value),
            _ => None,
        }
    }

    /// The number that it is, to within the precision of `double`.
    pub(super) fn real(&self) -> Option<f64> {
        match self {
            Self::Float(value) => Some((*value).into()),
            Self::Double(value) => Some(*value),
            #[expect(clippy::cast_precision_loss)]
            value => value.whole().map(|whole| whole as f64),
        }
    }
}

/// The first difference of pairs.
fn first_difference<'a>(
    pairs: impl Iterator<Item = (&'a Option<Value>, &'a Option<Value>)>,
) -> Option<Ordering> {
    for pair in pairs {
        let order = match pair {
            (Some(a), Some(b)) => a.compare(b)?,
            (a, b) => a.is_none().cmp(&b.is_none()),
        };
        if order.is_ne() {
            return Some(order);
        }
    }
    Some(Ordering::Equal)
}

impl fmt::Display for Value {
    /// As CrateDB tells it in messages and as names of columns: `1`, `'it''s'`, `[[1, 2], [3]]`, `{"a"=1}`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let element = |value: &Option<Self>, f: &mut fmt::Formatter<'_>| match value {
            Some(value) => value.fmt(f),
            None => f.write_str("NULL"),
        };
        match self {
            Self::Boolean(value) => value.fmt(f),
            Self::Byte(value) => value.fmt(f),
            Self::Short(value) => value.fmt(f),
            Self::Integer(value) => value.fmt(f),
            Self::Long(value) | Self::Timestamp(value) => value.fmt(f),
            Self::Float(value) => f.write_str(&float4_text(*value)),
            Self::Double(value) => f.write_str(&float8_text(*value)),
            Self::String(text) => write!(f, "'{}'", text.replace('\'', "''")),
            Self::Ip(address) => write!(f, "'{address}'"),
            Self::GeoPoint(longitude, latitude) => {
                write!(f, "[{}, {}]", float8_text(*longitude), float8_text(*latitude))
            }
            Self::Array(elements) => {
                f.write_str("[")?;
                for (at, value) in elements.iter().enumerate() {
                    f.write_str(if at > 0 { ", " } else { "" })?;
                    element(value, f)?;
                }
                f.write_str("]")
            }
            Self::Object(fields) | Self::GeoShape(fields) => {
                f.write_str("{")?;
                for (at, (name, value)) in fields.iter().enumerate() {
                    write!(f, "{}\"{name}\"=", if at > 0 { ", " } else { "" })?;
                    element(value, f)?;
                }
                f.write_str("}")
            }
        }
    }
}

/// That what a client sent is no value of the type, which PostgreSQL's own reading of it has found.
fn refused(invalid: &Invalid, shown: &str, ty: &Type) -> Refusal {
    let exception = match invalid.code {
        "22003" | "22008" => Exception::OutOfRange,
        "22P03" | "42804" | "54000" => Exception::BinaryForm,
        "08P01" => Exception::ShortForm,
        "22021" => Exception::Encoding,
        _ => Exception::Conversion,
    };
    match exception {
        Exception::OutOfRange | Exception::Conversion => {
            Refusal::new(exception, format!("Cannot cast '{shown}' to type {ty}"))
        }
        _ => Refusal::new(exception, invalid.message.clone()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_are_told_as_literals() {
        let array =
            |values: Vec<i64>| Some(Value::Array(values.into_iter().map(|n| Some(Value::Long(n))).collect()));
        let nested = Value::Array(vec![array(vec![1, 2, 3]), array(vec![1, 2]), None]);
        assert_eq!(nested.to_string(), "[[1, 2, 3], [1, 2], NULL]");
        assert_eq!(nested.ty(), Type::Long.array().array());
        assert_eq!(Value::Array(vec![None]).ty(), Type::Undefined.array());
        assert_eq!(Value::String("it's".to_owned()).to_string(), "'it''s'");
        let object = [("b".to_owned(), None), ("a".to_owned(), Some(Value::Double(1.0)))];
        assert_eq!(Value::Object(object.into()).to_string(), "{\"a\"=1.0, \"b\"=NULL}");
    }

    #[test]
    fn values_have_an_order() {
        use Ordering::{Equal, Greater, Less};
        let text = |text: &str| Value::String(text.to_owned());
        let array =
            |values: &[Option<i64>]| Value::Array(values.iter().map(|n| n.map(Value::Long)).collect());
        let object = |name: &str, n| Value::Object([(name.to_owned(), Some(Value::Long(n)))].into());
        let table = [
            (Value::Byte(1), Value::Long(2), Some(Less)),
            (Value::Long(i64::MAX), Value::Long(i64::MAX - 1), Some(Greater)),
            (Value::Integer(1), Value::Double(1.5), Some(Less)),
            (Value::Double(f64::NAN), Value::Float(f32::INFINITY), Some(Greater)),
            (Value::Double(f64::NAN), Value::Double(f64::NAN), Some(Equal)),
            (Value::Boolean(false), Value::Boolean(true), Some(Less)),
            (text("b"), text("a"), Some(Greater)),
            (text("1"), Value::Long(1), None),
            (array(&[Some(1), Some(2)]), array(&[Some(1), None]), Some(Less)),
            (array(&[Some(1)]), array(&[Some(1), Some(0)]), Some(Less)),
            (object("a", 1), object("a", 2), Some(Less)),
            (object("a", 1), object("b", 0), Some(Less)),
            (object("a", 1), object("a", 1), Some(Equal)),
        ];
        for (a, b, order) in table {
            assert_eq!(a.compare(&b), order, "{a}, {b}");
            assert_eq!(b.compare(&a), order.map(Ordering::reverse), "{b}, {a}");
        }
    }
}
