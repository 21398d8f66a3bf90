//! Comparisons: of each type as its B-tree has it, and across numbers, texts and times.

use crate::postgresql::sql::context::Context;
use crate::postgresql::sql::stop::Stop;
use pgconform_wire::value::calendar::DAY;
use pgconform_wire::value::{Value, float};
use std::cmp::Ordering;

type Answer = Result<Option<Value>, Stop>;

/// `=`
pub(super) fn equal(_: &mut Context<'_>, values: &[Value]) -> Answer {
    said(order(values)?, Ordering::is_eq)
}

/// `<>`
pub(super) fn unequal(_: &mut Context<'_>, values: &[Value]) -> Answer {
    said(order(values)?, Ordering::is_ne)
}

/// `<`
pub(super) fn less(_: &mut Context<'_>, values: &[Value]) -> Answer {
    said(order(values)?, Ordering::is_lt)
}

/// `<=`
pub(super) fn at_most(_: &mut Context<'_>, values: &[Value]) -> Answer {
    said(order(values)?, Ordering::is_le)
}

/// `>`
pub(super) fn greater(_: &mut Context<'_>, values: &[Value]) -> Answer {
    said(order(values)?, Ordering::is_gt)
}

/// `>=`
pub(super) fn at_least(_: &mut Context<'_>, values: &[Value]) -> Answer {
    said(order(values)?, Ordering::is_ge)
}

/// `=` of times of which one has a zone
pub(super) fn zoned_equal(context: &mut Context<'_>, values: &[Value]) -> Answer {
    said(order(&zoned(context, values))?, Ordering::is_eq)
}

/// `<>` of times of which one has a zone
pub(super) fn zoned_unequal(context: &mut Context<'_>, values: &[Value]) -> Answer {
    said(order(&zoned(context, values))?, Ordering::is_ne)
}

/// `<` of times of which one has a zone
pub(super) fn zoned_less(context: &mut Context<'_>, values: &[Value]) -> Answer {
    said(order(&zoned(context, values))?, Ordering::is_lt)
}

/// `<=` of times of which one has a zone
pub(super) fn zoned_at_most(context: &mut Context<'_>, values: &[Value]) -> Answer {
    said(order(&zoned(context, values))?, Ordering::is_le)
}

/// `>` of times of which one has a zone
pub(super) fn zoned_greater(context: &mut Context<'_>, values: &[Value]) -> Answer {
    said(order(&zoned(context, values))?, Ordering::is_gt)
}

/// `>=` of times of which one has a zone
pub(super) fn zoned_at_least(context: &mut Context<'_>, values: &[Value]) -> Answer {
    said(order(&zoned(context, values))?, Ordering::is_ge)
}

/// The order as a number: what a B-tree asks for.
pub(super) fn order_number(_: &mut Context<'_>, values: &[Value]) -> Answer {
    Ok(Some(Value::Int4(match order(values)? {
        Ordering::Less => -1,
        Ordering::Equal => 0,
        Ordering::Greater => 1,
    })))
}

/// `~=`
pub(super) fn same(_: &mut Context<'_>, values: &[Value]) -> Answer {
    Ok(Some(Value::Bool(is_same(values))))
}

/// `<>` of points
pub(super) fn not_same(_: &mut Context<'_>, values: &[Value]) -> Answer {
    Ok(Some(Value::Bool(!is_same(values))))
}

fn is_same(values: &[Value]) -> bool {
    match values {
        [Value::Point(left), Value::Point(right)] => left.same(right),
        [Value::Box(left), Value::Box(right)] => left.same(right),
        [Value::Polygon(left), Value::Polygon(right)] => left.same(right),
        [Value::Circle(left), Value::Circle(right)] => left.same(right),
        _ => false,
    }
}

fn said(order: Ordering, is: impl Fn(Ordering) -> bool) -> Answer {
    Ok(Some(Value::Bool(is(order))))
}

/// The order of two values.
fn order(values: &[Value]) -> Result<Ordering, Stop> {
    let [left, right] = values else { return Err(incomparable()) };
    if let Some(order) = left.compare(right) {
        return Ok(order);
    }
    if let (Some(left), Some(right)) = (integer(left), integer(right)) {
        return Ok(left.cmp(&right));
    }
    if let (Some(left), Some(right)) = (real(left), real(right)) {
        return Ok(float::compare(left, right));
    }
    if let (Some(left), Some(right)) = (micros(left), micros(right)) {
        return Ok(left.cmp(&right));
    }
    match (left, right) {
        (Value::Name(left), Value::Text(right)) => Ok(left.as_str().cmp(right)),
        (Value::Text(left), Value::Name(right)) => Ok(left.as_str().cmp(right.as_str())),
        // These are equal or not, and have no order beyond that.
        (Value::Lseg(left), Value::Lseg(right)) => {
            Ok(if left.same(right) { Ordering::Equal } else { Ordering::Less })
        }
        (Value::Line(left), Value::Line(right)) => {
            Ok(if left.same(right)? { Ordering::Equal } else { Ordering::Less })
        }
        (left, right) => Ok(if left == right { Ordering::Equal } else { Ordering::Less }),
    }
}

fn incomparable() -> Stop {
    Stop::error("XX000", "a comparison has two operands")
}

fn integer(value: &Value) -> Option<i64> {
    Some(match value {
        Value::Int2(value) => i64::from(*value),
        Value::Int4(value) => i64::from(*value),
        Value::Int8(value) => *value,
        Value::Xid(value) => i64::from(value.0),
        _ => return None,
    })
}

fn real(value: &Value) -> Option<f64> {
    Some(match value {
        Value::Float4(value) => f64::from(*value),
        Value::Float8(value) => *value,
        _ => return None,
    })
}

/// A date or a timestamp, in wider microseconds than a timestamp has.
fn micros(value: &Value) -> Option<i128> {
    Some(match value {
        Value::Date(date) if date.0 == i32::MAX => i128::from(i64::MAX),
        Value::Date(date) if date.0 == i32::MIN => i128::from(i64::MIN),
        Value::Date(date) => i128::from(date.0) * i128::from(DAY),
        Value::Timestamp(timestamp) => i128::from(timestamp.0),
        Value::Timestamptz(timestamp) => i128::from(timestamp.0),
        _ => return None,
    })
}

/// Times without a zone as they are in the session's zone.
fn zoned(context: &Context<'_>, values: &[Value]) -> Vec<Value> {
    let one =
        |value: &Value| super::convert::to_timestamptz(context, value).unwrap_or_else(|_| value.clone());
    values.iter().map(one).collect()
}
