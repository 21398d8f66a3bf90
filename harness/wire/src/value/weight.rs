//! How much memory values take.

use super::jsonb::Jsonb;
use super::range::{Bound, Range};
use super::{Value, numeric::Numeric};
use std::mem::size_of;

/// How many bytes a value takes beside its own place, about: what it has elsewhere in memory.
pub fn weight(value: &Value) -> usize {
    match value {
        Value::Text(text) => text.len(),
        Value::Bpchar(text) => text.0.len(),
        Value::Xml(text) => text.0.len(),
        Value::Json(text) => text.0.len(),
        Value::Bytea(bytes) => bytes.0.len(),
        Value::Name(_) => 64,
        Value::Bit(bits) => bits.length() / 8,
        Value::Numeric(Numeric::Finite(decimal)) => decimal.size(),
        Value::Jsonb(json) => of_json(json),
        Value::Array(array) => array.dimensions.len() * 8 + array.values.iter().map(cell).sum::<usize>(),
        Value::Record(record) => record.columns.iter().map(|(_, value)| 8 + cell(value)).sum(),
        Value::Range(range) => size_of::<Range>() + of_range(range),
        Value::Multirange(ranges) => ranges.iter().map(|range| size_of::<Range>() + of_range(range)).sum(),
        Value::Path(path) => path.points.len() * 16,
        Value::Polygon(polygon) => polygon.0.len() * 16,
        Value::Int2Vector(vector) => vector.0.len() * 2,
        Value::OidVector(vector) => vector.0.len() * 4,
        Value::TxidSnapshot(snapshot) => snapshot.in_progress.len() * 8,
        // The others are small, or as long as the text that they were read from.
        _ => 0,
    }
}

/// The same of a column of a row, with its place.
fn cell(value: &Option<Value>) -> usize {
    size_of::<Option<Value>>() + value.as_ref().map_or(0, weight)
}

fn of_range(range: &Range) -> usize {
    let bound = |bound: &Bound| bound.value.as_ref().map_or(0, weight);
    match range {
        Range::Empty => 0,
        Range::Between(from, to) => bound(from) + bound(to),
    }
}

fn of_json(json: &Jsonb) -> usize {
    let own = size_of::<Jsonb>();
    match json {
        Jsonb::Null | Jsonb::Bool(_) => own,
        Jsonb::Number(text) | Jsonb::String(text) => own + text.len(),
        Jsonb::Array(elements) => own + elements.iter().map(of_json).sum::<usize>(),
        Jsonb::Object(members) => {
            own + members
                .iter()
                .map(|(key, value)| size_of::<String>() + key.len() + of_json(value))
                .sum::<usize>()
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::value::array::Array;

    #[test]
    fn what_is_long_weighs_more() {
        let text = |length| Value::Text("x".repeat(length));
        assert_eq!(weight(&Value::Int8(1)), 0);
        assert_eq!(weight(&text(1000)), 1000);
        let array = Value::Array(Array::new(25, vec![Some(text(1000)), None, Some(text(500))]));
        assert!(weight(&array) > 1500 + 2 * size_of::<Value>());
    }
}
