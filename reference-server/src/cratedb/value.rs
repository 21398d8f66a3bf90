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

#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Forms {
    pub(crate) arrays_quoted: bool,
    pub(crate) array_bounds: bool,
}
use super::refusal::Refusal;
use super::types::Type;
impl Value {
    pub(crate) fn output(&self, _t: &Type, _f: Forms) -> Vec<u8> {
        Vec::new()
    }
    pub(crate) fn send(&self, _t: &Type, _f: Forms) -> Vec<u8> {
        Vec::new()
    }
    pub(crate) fn input(_t: &Type, _b: &[u8]) -> Result<Self, Refusal> {
        Ok(Self::Boolean(true))
    }
    pub(crate) fn receive(_t: &Type, _b: &[u8]) -> Result<Self, Refusal> {
        Ok(Self::Boolean(true))
    }
}
impl Type {
    pub(crate) fn oid(&self) -> u32 {
        0
    }
    pub(crate) fn size(&self) -> i16 {
        0
    }
    pub(crate) fn of_oid(_o: u32) -> Option<Self> {
        None
    }
}
