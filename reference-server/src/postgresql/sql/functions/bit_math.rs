//! Integers as bits.

use super::arithmetic::mismatch;
use crate::postgresql::sql::context::Context;
use crate::postgresql::sql::stop::Stop;
use pgconform_wire::value::Value;

type Answer = Result<Option<Value>, Stop>;

/// `&`
pub(super) fn and(_: &mut Context<'_>, values: &[Value]) -> Answer {
    Ok(Some(match values {
        [Value::Int2(left), Value::Int2(right)] => Value::Int2(left & right),
        [Value::Int4(left), Value::Int4(right)] => Value::Int4(left & right),
        [Value::Int8(left), Value::Int8(right)] => Value::Int8(left & right),
        _ => return Err(mismatch()),
    }))
}

/// `|`
pub(super) fn or(_: &mut Context<'_>, values: &[Value]) -> Answer {
    Ok(Some(match values {
        [Value::Int2(left), Value::Int2(right)] => Value::Int2(left | right),
        [Value::Int4(left), Value::Int4(right)] => Value::Int4(left | right),
        [Value::Int8(left), Value::Int8(right)] => Value::Int8(left | right),
        _ => return Err(mismatch()),
    }))
}

/// `#`
pub(super) fn xor(_: &mut Context<'_>, values: &[Value]) -> Answer {
    Ok(Some(match values {
        [Value::Int2(left), Value::Int2(right)] => Value::Int2(left ^ right),
        [Value::Int4(left), Value::Int4(right)] => Value::Int4(left ^ right),
        [Value::Int8(left), Value::Int8(right)] => Value::Int8(left ^ right),
        _ => return Err(mismatch()),
    }))
}

/// `~`
pub(super) fn not(_: &mut Context<'_>, values: &[Value]) -> Answer {
    Ok(Some(match values {
        [Value::Int2(value)] => Value::Int2(!value),
        [Value::Int4(value)] => Value::Int4(!value),
        [Value::Int8(value)] => Value::Int8(!value),
        _ => return Err(mismatch()),
    }))
}

/// `<<`: by the count modulo the width, as PostgreSQL's machines do it. A `smallint` is shifted as an integer.
pub(super) fn left(_: &mut Context<'_>, values: &[Value]) -> Answer {
    let [value, Value::Int4(count)] = values else { return Err(mismatch()) };
    let count = count.cast_unsigned();
    Ok(Some(match value {
        Value::Int2(value) => Value::Int2(low_half(i32::from(*value).wrapping_shl(count))),
        Value::Int4(value) => Value::Int4(value.wrapping_shl(count)),
        Value::Int8(value) => Value::Int8(value.wrapping_shl(count)),
        _ => return Err(mismatch()),
    }))
}

/// `>>`
pub(super) fn right(_: &mut Context<'_>, values: &[Value]) -> Answer {
    let [value, Value::Int4(count)] = values else { return Err(mismatch()) };
    let count = count.cast_unsigned();
    Ok(Some(match value {
        Value::Int2(value) => Value::Int2(low_half(i32::from(*value).wrapping_shr(count))),
        Value::Int4(value) => Value::Int4(value.wrapping_shr(count)),
        Value::Int8(value) => Value::Int8(value.wrapping_shr(count)),
        _ => return Err(mismatch()),
    }))
}

fn low_half(value: i32) -> i16 {
    let [_, _, high, low] = value.to_be_bytes();
    i16::from_be_bytes([high, low])
}
