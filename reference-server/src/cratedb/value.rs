//! Values of CrateDB's types. NULL is not a value: it is the absence of one.

use std::collections::BTreeMap;
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
