//! Values of SpacetimeDB's types. A value does not know its type; whoever reads it does.

use super::number::Integer;
use std::cmp::Ordering;

/// A value.
#[derive(Clone, Debug)]
pub(crate) enum Value {
    Bool(bool),
    Integer(Integer),
    F32(f32),
    F64(f64),
    String(String),
    /// Bytes, an identity, a connection id, or a UUID; the most significant byte first.
    Bytes(Vec<u8>),
    /// A timestamp or a duration.
    Micros(i64),
    Array(Vec<Value>),
    Product(Vec<Value>),
    /// The variant, and what it carries.
    Sum(usize, Box<Value>),
}

/// A row of a table.
pub(crate) type Row = Vec<Value>;

impl Value {
    pub(crate) const UNIT: Self = Self::Product(Vec::new());

    pub(crate) fn integer(value: impl Into<i128>) -> Self {
        Self::Integer(Integer::from(value.into()))
    }

    pub(crate) fn string(value: &str) -> Self {
        Self::String(value.to_owned())
    }

    pub(crate) fn some(value: Self) -> Self {
        Self::Sum(0, Box::new(value))
    }

    pub(crate) fn none() -> Self {
        Self::Sum(1, Box::new(Self::UNIT))
    }

    /// A variant that carries nothing.
    pub(crate) fn variant(tag: usize) -> Self {
        Self::Sum(tag, Box::new(Self::UNIT))
    }

    /// Keeps the order total where two values of different types meet, which typing rules out.
    fn rank(&self) -> u8 {
        match self {
            Self::Bool(_) => 0,
            Self::Integer(_) => 1,
            Self::F32(_) => 2,
            Self::F64(_) => 3,
            Self::String(_) => 4,
            Self::Bytes(_) => 5,
            Self::Micros(_) => 6,
            Self::Array(_) => 7,
            Self::Product(_) => 8,
            Self::Sum(..) => 9,
        }
    }
}

/// Floats have PostgreSQL's order, which is also the product's: NaN equals itself and is the greatest, -0 equals 0.
fn float(a: f64, b: f64) -> Ordering {
    a.partial_cmp(&b).unwrap_or_else(|| a.is_nan().cmp(&b.is_nan()))
}

impl Ord for Value {
    fn cmp(&self, other: &Self) -> Ordering {
        match (self, other) {
            (Self::Bool(a), Self::Bool(b)) => a.cmp(b),
            (Self::Integer(a), Self::Integer(b)) => a.cmp(b),
            (Self::F32(a), Self::F32(b)) => float(f64::from(*a), f64::from(*b)),
            (Self::F64(a), Self::F64(b)) => float(*a, *b),
            (Self::String(a), Self::String(b)) => a.cmp(b),
            (Self::Bytes(a), Self::Bytes(b)) => a.cmp(b),
            (Self::Micros(a), Self::Micros(b)) => a.cmp(b),
            (Self::Array(a), Self::Array(b)) | (Self::Product(a), Self::Product(b)) => a.cmp(b),
            (Self::Sum(a, x), Self::Sum(b, y)) => a.cmp(b).then_with(|| x.cmp(y)),
            _ => self.rank().cmp(&other.rank()),
        }
    }
}

impl PartialOrd for Value {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Value {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Value {}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn floats_have_postgresqls_order() {
        assert_eq!(Value::F64(f64::NAN), Value::F64(f64::NAN));
        assert_eq!(Value::F64(-0.0), Value::F64(0.0));
        assert!(Value::F64(f64::NAN) > Value::F64(f64::INFINITY));
        assert!(Value::F32(1.0) < Value::F32(2.0));
    }
}
