//! What the text and the binary form of arrays have in common: values in a rectangle.

use super::super::refusal::Refusal;
use super::super::types::Type;
use super::Value;
use pgconform_wire::value::array::Dimension;

/// Values as PostgreSQL's arrays have them: one after the other.
pub(super) struct Flat {
    /// How many there are in each dimension; no dimension where there are none.
    pub(super) lengths: Vec<usize>,
    pub(super) element: Type,
    pub(super) values: Vec<Option<Value>>,
}

/// The array that a value of this type is to PostgreSQL; none where it is none.
pub(super) fn flat(value: &Value, ty: &Type) -> Option<Flat> {
    let element = ty.element()?;
    let (mut lengths, values) = match value {
        Value::GeoPoint(..) => (vec![2], point(Some(value)).to_vec()),
        Value::Array(elements) if *ty == Type::GeoPoint.array() => {
            (vec![elements.len(), 2], elements.iter().flat_map(|value| point(value.as_ref())).collect())
        }
        Value::Array(elements) => (vec![elements.len()], elements.clone()),
        _ => return None,
    };
    if values.is_empty() {
        lengths.clear();
    }
    Some(Flat { lengths, element, values })
}

/// A point as two numbers; that there is none is two NULLs, since all must be of one length.
fn point(value: Option<&Value>) -> [Option<Value>; 2] {
    match value {
        Some(Value::GeoPoint(longitude, latitude)) => {
            [Some(Value::Double(*longitude)), Some(Value::Double(*latitude))]
        }
        _ => [None, None],
    }
}

/// The array of these dimensions, and of arrays where there is more than one.
pub(super) fn nested(dimensions: &[Dimension], values: &mut impl Iterator<Item = Option<Value>>) -> Value {
    let Some((dimension, inner)) = dimensions.split_first() else { return Value::Array(Vec::new()) };
    let next = |_| if inner.is_empty() { values.next().flatten() } else { Some(nested(inner, values)) };
    Value::Array((0..dimension.length).map(next).collect())
}

impl Value {
    /// An array that was read as one of numbers, if it is to be of points.
    pub(super) fn shaped(self, ty: &Type) -> Result<Self, Refusal> {
        if matches!(ty, Type::GeoPoint) || *ty == Type::GeoPoint.array() { self.cast(ty) } else { Ok(self) }
    }
}
