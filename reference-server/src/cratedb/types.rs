//! CrateDB's data types, and how PostgreSQL clients see them.

use std::fmt;

/// A data type of CrateDB 3.3.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Type {
    /// Of NULL, and of a parameter of which nothing is known.
    Undefined,
    /// `boolean`
    Boolean,
    /// `byte`: 8 bits
    Byte,
    /// `short`: 16 bits
    Short,
    /// `integer`: 32 bits
    Integer,
    /// `long`: 64 bits
    Long,
    /// `float`
    Float,
    /// `double`
    Double,
    /// `string`
    String,
    /// `ip`
    Ip,
    /// `timestamp`: milliseconds since 1970-01-01 00:00:00 UTC
    Timestamp,
    /// `object`
    Object,
    /// `geo_point`: longitude and latitude
    GeoPoint,
    /// `geo_shape`: GeoJSON
    GeoShape,
    /// `array(element)`
    Array(Box<Self>),
}

impl fmt::Display for Type {
    /// The type's name as CrateDB tells it: `integer`, `integer_array`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Undefined => "undefined",
            Self::Boolean => "boolean",
            Self::Byte => "byte",
            Self::Short => "short",
            Self::Integer => "integer",
            Self::Long => "long",
            Self::Float => "float",
            Self::Double => "double",
            Self::String => "string",
            Self::Ip => "ip",
            Self::Timestamp => "timestamp",
            Self::Object => "object",
            Self::GeoPoint => "geo_point",
            Self::GeoShape => "geo_shape",
            Self::Array(element) => return write!(f, "{element}_array"),
        })
    }
}
