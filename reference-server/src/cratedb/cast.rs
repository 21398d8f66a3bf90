//! One value made of another. [`Type::casts_to`] tells which types there is a way between.

use super::refusal::{Exception, Refusal};
use super::types::Type;
use super::value::{Object, Value, float4_text, float8_text, timestamp};
use pgconform_wire::value::float_text::{parse_float4, parse_float8};
use std::net::{IpAddr, Ipv4Addr};

/// Why there is no such value.
enum Fault {
    /// It makes no sense.
    Meaningless,
    /// It is too large or too small.
    Range,
}

impl Value {
    /// This value as one of the type.
    pub(crate) fn cast(&self, to: &Type) -> Result<Self, Refusal> {
        self.cast_to(to).map_err(|fault| {
            let exception = match fault {
                Fault::Meaningless => Exception::Conversion,
                Fault::Range => Exception::OutOfRange,
            };
            Refusal::new(exception, format!("Cannot cast {self} to type {to}"))
        })
    }

    fn cast_to(&self, to: &Type) -> Result<Self, Fault> {
        match (self, to) {
            (value, Type::Undefined) => Ok(value.clone()),
            (Self::Array(elements), Type::Array(element)) => {
                let cast =
                    |value: &Option<Self>| value.as_ref().map(|value| value.cast_to(element)).transpose();
                elements.iter().map(cast).collect::<Result<_, _>>().map(Self::Array)
            }
            (Self::Array(elements), Type::GeoPoint) => match elements.as_slice() {
                [Some(longitude), Some(latitude)] => geo_point(longitude.real(), latitude.real()),
                _ => Err(Fault::Meaningless),
            },
            (Self::GeoPoint(longitude, latitude), Type::Array(element)) if element.is_number() => {
                let cast = |number: &f64| Self::Double(*number).cast_to(element).map(Some);
                [longitude, latitude].into_iter().map(cast).collect::<Result<_, _>>().map(Self::Array)
            }
            (Self::Object(fields), Type::GeoShape) => geo_shape(fields.clone()),
            (Self::GeoShape(fields), Type::Object) => Ok(Self::Object(fields.clone())),
            (Self::Ip(address), Type::String) => Ok(Self::String(address.to_string())),
            (Self::Boolean(value), Type::String) => {
                Ok(Self::String(if *value { "t" } else { "f" }.to_owned()))
            }
            (Self::String(text), to) => parsed(text, to),
            (value, to) if value.ty() == *to => Ok(value.clone()),
            (Self::Timestamp(millis), Type::Long | Type::Double | Type::String) => {
                Self::Long(*millis).cast_to(to)
            }
            (Self::Timestamp(_), _) => Err(Fault::Meaningless),
            (value, to) => match (value.whole(), value.real()) {
                (Some(whole), _) => of_whole(whole, to),
                (None, Some(real)) => of_real(value, real, to),
                (None, None) => Err(Fault::Meaningless),
            },
        }
    }
}

/// A whole number as another type.
fn of_whole(whole: i64, to: &Type) -> Result<Value, Fault> {
    let range = |_| Fault::Range;
    Ok(match to {
        Type::Boolean => Value::Boolean(whole > 0),
        Type::Byte => Value::Byte(whole.try_into().map_err(range)?),
        Type::Short => Value::Short(whole.try_into().map_err(range)?),
        Type::Integer => Value::Integer(whole.try_into().map_err(range)?),
        Type::Long => Value::Long(whole),
        #[expect(clippy::cast_precision_loss)]
        Type::Float => Value::Float(whole as f32),
        #[expect(clippy::cast_precision_loss)]
        Type::Double => Value::Double(whole as f64),
        Type::String => Value::String(whole.to_string()),
        Type::Ip => Value::Ip(Ipv4Addr::from_bits(whole.try_into().map_err(range)?).into()),
        Type::Timestamp => timestamp::micros(whole).map(|_| Value::Timestamp(whole)).ok_or(Fault::Range)?,
        _ => return Err(Fault::Meaningless),
    })
}

/// A number with a fraction as another type. Seconds become a timestamp.
fn of_real(value: &Value, real: f64, to: &Type) -> Result<Value, Fault> {
    Ok(match to {
        Type::Boolean => Value::Boolean(real > 0.0),
        // It may lose precision, but not become infinite.
        #[expect(clippy::cast_possible_truncation)]
        Type::Float if !real.is_finite() || (real as f32).is_finite() => Value::Float(real as f32),
        Type::Float => return Err(Fault::Range),
        Type::Double => Value::Double(real),
        Type::String => Value::String(match value {
            Value::Float(value) => float4_text(*value),
            _ => float8_text(real),
        }),
        Type::Timestamp => return of_whole(truncated(real * 1000.0)?, to),
        Type::Byte | Type::Short | Type::Integer | Type::Long | Type::Ip => {
            return of_whole(truncated(real)?, to);
        }
        _ => return Err(Fault::Meaningless),
    })
}

/// A number without its fraction.
fn truncated(real: f64) -> Result<i64, Fault> {
    /// 2 to the power of 63.
    const END: f64 = 9_223_372_036_854_775_808.0;
    if !(-END..END).contains(&real) {
        return Err(Fault::Range);
    }
    // It was just looked at.
    #[expect(clippy::cast_possible_truncation)]
    Ok(real as i64)
}

/// A string as another type.
fn parsed(text: &str, to: &Type) -> Result<Value, Fault> {
    let meaningless = Fault::Meaningless;
    match to {
        Type::String => Ok(Value::String(text.to_owned())),
        Type::Boolean => match text.to_ascii_lowercase().as_str() {
            "t" | "true" => Ok(Value::Boolean(true)),
            "f" | "false" => Ok(Value::Boolean(false)),
            _ => Err(meaningless),
        },
        Type::Byte | Type::Short | Type::Integer | Type::Long => {
            let digits = text.strip_prefix(['+', '-']).unwrap_or(text);
            if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
                return Err(meaningless);
            }
            of_whole(text.parse().map_err(|_| Fault::Range)?, to)
        }
        Type::Float => parse_float4(text).map(Value::Float).map_err(|invalid| number_fault(invalid.code)),
        Type::Double => parse_float8(text).map(Value::Double).map_err(|invalid| number_fault(invalid.code)),
        Type::Ip => text.parse::<IpAddr>().map(Value::Ip).map_err(|_| meaningless),
        Type::Timestamp => timestamp::input(text).map(Value::Timestamp).ok_or(meaningless),
        Type::Object => match super::json::parse(text) {
            Some(Some(value @ Value::Object(_))) => Ok(value),
            _ => Err(meaningless),
        },
        Type::GeoShape => match super::json::parse(text) {
            Some(Some(Value::Object(fields))) => geo_shape(fields),
            _ => {
                let (longitude, latitude) = well_known_point(text).ok_or(meaningless)?;
                let coordinates = [longitude, latitude].map(|number| Some(Value::Double(number)));
                let fields = [
                    ("coordinates".to_owned(), Some(Value::Array(coordinates.into()))),
                    ("type".to_owned(), Some(Value::String("Point".to_owned()))),
                ];
                geo_shape(fields.into())
            }
        },
        Type::GeoPoint => {
            let (longitude, latitude) = well_known_point(text).ok_or(meaningless)?;
            geo_point(Some(longitude), Some(latitude))
        }
        Type::Undefined | Type::Array(_) => Err(meaningless),
    }
}

/// What is wrong with a number that PostgreSQL refuses.
fn number_fault(code: &str) -> Fault {
    if code == "22003" { Fault::Range } else { Fault::Meaningless }
}

/// The longitude and latitude of `POINT (lon lat)`.
fn well_known_point(text: &str) -> Option<(f64, f64)> {
    let text = text.trim();
    let name = text.get(..5).filter(|name| name.eq_ignore_ascii_case("point"))?;
    let inside = text[name.len()..].trim_start().strip_prefix('(')?.strip_suffix(')')?;
    let (longitude, latitude) = inside.trim().split_once(' ')?;
    Some((parse_float8(longitude).ok()?, parse_float8(latitude.trim()).ok()?))
}

/// A place on earth.
fn geo_point(longitude: Option<f64>, latitude: Option<f64>) -> Result<Value, Fault> {
    match (longitude, latitude) {
        (Some(longitude), Some(latitude))
            if (-180.0..=180.0).contains(&longitude) && (-90.0..=90.0).contains(&latitude) =>
        {
            Ok(Value::GeoPoint(longitude, latitude))
        }
        _ => Err(Fault::Meaningless),
    }
}

/// An object that is a shape of GeoJSON.
fn geo_shape(fields: Object) -> Result<Value, Fault> {
    const SHAPES: [&str; 6] =
        ["point", "multipoint", "linestring", "multilinestring", "polygon", "multipolygon"];
    let part = |name: &str| fields.get(name).and_then(Option::as_ref);
    let Some(Value::String(shape)) = part("type") else { return Err(Fault::Meaningless) };
    let shape = shape.to_ascii_lowercase();
    let inside = if SHAPES.contains(&shape.as_str()) {
        "coordinates"
    } else if shape == "geometrycollection" {
        "geometries"
    } else {
        return Err(Fault::Meaningless);
    };
    match part(inside) {
        Some(Value::Array(_)) => Ok(Value::GeoShape(fields)),
        _ => Err(Fault::Meaningless),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn string(text: &str) -> Value {
        Value::String(text.to_owned())
    }

    fn numbers(numbers: &[f64]) -> Value {
        Value::Array(numbers.iter().map(|number| Some(Value::Double(*number))).collect())
    }

    #[test]
    fn values_become_values_of_other_types() {
        use Type::{Boolean, Byte, Double, Float, GeoPoint, Integer, Ip, Long, Object, Timestamp};
        let table = [
            (string("12"), Integer, Value::Integer(12)),
            (string("+12"), Long, Value::Long(12)),
            (string("1.5"), Float, Value::Float(1.5)),
            (string("TRUE"), Boolean, Value::Boolean(true)),
            (string("::1"), Ip, Value::Ip("::1".parse().expect("an address"))),
            (string("2016-06-28"), Timestamp, Value::Timestamp(1_467_072_000_000)),
            (string("POINT (9.7 47.4)"), GeoPoint, Value::GeoPoint(9.7, 47.4)),
            (string("{}"), Object, Value::Object(super::Object::new())),
            (Value::Long(127), Byte, Value::Byte(127)),
            (Value::Long(0), Boolean, Value::Boolean(false)),
            (Value::Long(2_130_706_433), Ip, Value::Ip([127, 0, 0, 1].into())),
            (Value::Double(-2.9), Integer, Value::Integer(-2)),
            (Value::Double(1.5), Timestamp, Value::Timestamp(1500)),
            (Value::Integer(3), Double, Value::Double(3.0)),
            (Value::Double(1.0), Type::String, string("1.0")),
            (Value::Boolean(true), Type::String, string("t")),
            (Value::Timestamp(5), Long, Value::Long(5)),
            (Value::Timestamp(5), Type::String, string("5")),
            (numbers(&[9.7, 47.4]), GeoPoint, Value::GeoPoint(9.7, 47.4)),
            (
                Value::GeoPoint(1.0, 2.0),
                Long.array(),
                Value::Array(vec![Some(Value::Long(1)), Some(Value::Long(2))]),
            ),
            (numbers(&[1.0]), Long.array(), Value::Array(vec![Some(Value::Long(1))])),
        ];
        for (value, to, cast) in table {
            assert_eq!(value.cast(&to), Ok(cast), "{value} to {to}");
        }
        let shape = string("POINT (1 2)").cast(&Type::GeoShape).expect("it is a shape");
        assert_eq!(shape.to_string(), "{\"coordinates\"=[1.0, 2.0], \"type\"='Point'}");
    }

    #[test]
    fn what_cannot_be_cast_is_told() {
        use Type::{Boolean, Byte, Float, GeoPoint, GeoShape, Integer, Ip, Long, Timestamp};
        let table = [
            (string("x"), Integer, Exception::Conversion, "Cannot cast 'x' to type integer"),
            (string(" 1"), Integer, Exception::Conversion, "Cannot cast ' 1' to type integer"),
            (
                string("9223372036854775808"),
                Long,
                Exception::OutOfRange,
                "Cannot cast '9223372036854775808' to type long",
            ),
            (string("yes"), Boolean, Exception::Conversion, "Cannot cast 'yes' to type boolean"),
            (
                string("POINT (1)"),
                GeoPoint,
                Exception::Conversion,
                "Cannot cast 'POINT (1)' to type geo_point",
            ),
            (
                string("{\"type\":\"x\"}"),
                GeoShape,
                Exception::Conversion,
                "Cannot cast '{\"type\":\"x\"}' to type geo_shape",
            ),
            (string("1"), Long.array(), Exception::Conversion, "Cannot cast '1' to type long_array"),
            (Value::Long(1234), Byte, Exception::OutOfRange, "Cannot cast 1234 to type byte"),
            (Value::Long(-1), Ip, Exception::OutOfRange, "Cannot cast -1 to type ip"),
            (
                Value::Long(i64::MAX),
                Timestamp,
                Exception::OutOfRange,
                "Cannot cast 9223372036854775807 to type timestamp",
            ),
            (Value::Double(f64::NAN), Long, Exception::OutOfRange, "Cannot cast NaN to type long"),
            (Value::Double(1e300), Float, Exception::OutOfRange, "Cannot cast 1.0E300 to type float"),
            (Value::Boolean(true), Long, Exception::Conversion, "Cannot cast true to type long"),
            (Value::Timestamp(1), Integer, Exception::Conversion, "Cannot cast 1 to type integer"),
            (
                numbers(&[200.0, 0.0]),
                GeoPoint,
                Exception::Conversion,
                "Cannot cast [200.0, 0.0] to type geo_point",
            ),
            (numbers(&[1.0]), Type::String, Exception::Conversion, "Cannot cast [1.0] to type string"),
        ];
        for (value, to, exception, message) in table {
            let refusal = value.cast(&to).expect_err(message);
            assert_eq!((refusal.exception, &*refusal.message), (exception, message));
        }
    }

    /// Which types there is a way between is told once for types, and once by what is done.
    #[test]
    fn types_and_values_agree() {
        let values = [
            Value::Boolean(true),
            Value::Byte(1),
            Value::Short(1),
            Value::Integer(1),
            Value::Long(1),
            Value::Float(1.0),
            Value::Double(1.0),
            Value::Ip([127, 0, 0, 1].into()),
            Value::Timestamp(1),
            string("{\"type\":\"Point\",\"coordinates\":[1,2]}")
                .cast(&Type::GeoShape)
                .expect("it is a shape"),
            Value::GeoPoint(1.0, 2.0),
            numbers(&[1.0, 2.0]),
        ];
        for from in &values {
            for to in values.iter().map(Value::ty).chain([Type::String, Type::Object]) {
                assert_eq!(from.cast(&to).is_ok(), from.ty().casts_to(&to), "{from} to {to}");
            }
        }
    }
}
