//! Values of system tables and columns.

use crate::postgresql::storage::{Oid, Xid};
use pgconform_wire::value::{Value, int, text, tid, timestamptz};

/// A cell of a row.
pub(crate) type Cell = Option<Value>;

/// An `oid`, or one of the types that show what it names.
pub(crate) fn oid(oid: Oid) -> Cell {
    Some(Value::Oid(int::Oid(oid)))
}

/// A `name`.
pub(crate) fn name(value: &str) -> Cell {
    Some(Value::Name(text::Name::new(value)))
}

/// A `text`.
pub(crate) fn text(value: impl Into<String>) -> Cell {
    Some(Value::Text(value.into()))
}

/// A `bool`.
pub(crate) fn bool(value: bool) -> Cell {
    Some(Value::Bool(value))
}

/// An `int2`.
pub(crate) fn int2(value: i16) -> Cell {
    Some(Value::Int2(value))
}

/// An `int4`.
pub(crate) fn int4(value: i32) -> Cell {
    Some(Value::Int4(value))
}

/// An `int8`.
pub(crate) fn int8(value: i64) -> Cell {
    Some(Value::Int8(value))
}

/// A `float4`.
pub(crate) fn float4(value: f32) -> Cell {
    Some(Value::Float4(value))
}

/// A `"char"`.
pub(crate) fn char(value: char) -> Cell {
    u8::try_from(value).ok().map(|byte| Value::Char(text::Char(byte)))
}

/// An `xid`: the low half of a transaction's number.
pub(crate) fn xid(xid: Xid) -> Cell {
    u32::try_from(xid & u64::from(u32::MAX)).ok().map(|xid| Value::Xid(int::Xid(xid)))
}

/// A `cid`.
pub(crate) fn cid(command: u32) -> Cell {
    Some(Value::Cid(int::Cid(command)))
}

/// A `tid`: where a row is, as if there were so many in a block.
pub(crate) fn tid(place: usize) -> Cell {
    const IN_BLOCK: usize = 200;
    let block = u32::try_from(place / IN_BLOCK).ok()?;
    let offset = u16::try_from(place % IN_BLOCK + 1).ok()?;
    Some(Value::Tid(tid::Tid { block, offset }))
}

/// The fields of a row value; so many NULLs for NULL.
pub(crate) fn fields(value: Cell, count: usize) -> Vec<Cell> {
    match value {
        Some(Value::Record(record)) => record
            .columns
            .into_iter()
            .map(|(_, value)| value)
            .chain(std::iter::repeat(None))
            .take(count)
            .collect(),
        other => std::iter::once(other).chain(std::iter::repeat(None)).take(count).collect(),
    }
}

/// A `timestamptz`: microseconds since 2000-01-01 UTC.
pub(crate) fn timestamptz(micros: i64) -> Cell {
    Some(Value::Timestamptz(timestamptz::Timestamptz(micros)))
}
