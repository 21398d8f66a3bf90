//! The values that rows of system tables are made of.

use crate::cratedb::value::{Object, Value};

/// What a field of a row holds.
pub(super) type Cell = Option<Value>;

pub(super) const NULL: Cell = None;

pub(super) fn text(text: impl Into<String>) -> Cell {
    Some(Value::String(text.into()))
}

pub(super) fn flag(flag: bool) -> Cell {
    Some(Value::Boolean(flag))
}

pub(super) fn short(number: i16) -> Cell {
    Some(Value::Short(number))
}

pub(super) fn int(number: i32) -> Cell {
    Some(Value::Integer(number))
}

pub(super) fn long(number: i64) -> Cell {
    Some(Value::Long(number))
}

pub(super) fn object<const N: usize>(fields: [(&str, Cell); N]) -> Cell {
    Some(Value::Object(fields.map(|(name, cell)| (name.to_owned(), cell)).into_iter().collect::<Object>()))
}
