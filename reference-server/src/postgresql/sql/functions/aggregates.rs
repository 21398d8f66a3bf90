//! Aggregates.

use super::arithmetic::{mismatch, out_of_range};
use super::text::of;
use crate::postgresql::sql::context::Context;
use crate::postgresql::sql::stop::Stop;
use pgconform_wire::value::array::{Array, Dimension};
use pgconform_wire::value::bytea::Bytea;
use pgconform_wire::value::interval::Interval;
use pgconform_wire::value::money::Money;
use pgconform_wire::value::numeric::Numeric;
use pgconform_wire::value::{Value, float};
use std::cmp::Ordering;

type Answer = Result<Option<Value>, Stop>;
type Rows = [Vec<Option<Value>>];

/// The first arguments that are not NULL.
fn values(rows: &Rows) -> impl Iterator<Item = &Value> {
    rows.iter().filter_map(|row| row.first()?.as_ref())
}

fn number(count: usize) -> Result<i64, Stop> {
    i64::try_from(count).map_err(|_| out_of_range("bigint"))
}

/// `count(*)`
pub(super) fn count_rows(_: &mut Context<'_>, rows: &Rows) -> Answer {
    Ok(Some(Value::Int8(number(rows.len())?)))
}

/// `count`
pub(super) fn count(_: &mut Context<'_>, rows: &Rows) -> Answer {
    Ok(Some(Value::Int8(number(values(rows).count())?)))
}

fn plus(left: Value, right: &Value) -> Result<Value, Stop> {
    Ok(match (left, right) {
        (Value::Int8(left), Value::Int2(right)) => {
            Value::Int8(left.checked_add(i64::from(*right)).ok_or_else(|| out_of_range("bigint"))?)
        }
        (Value::Int8(left), Value::Int4(right)) => {
            Value::Int8(left.checked_add(i64::from(*right)).ok_or_else(|| out_of_range("bigint"))?)
        }
        (Value::Numeric(left), Value::Int8(right)) => Value::Numeric(left.add(&Numeric::from(*right))?),
        (Value::Numeric(left), Value::Numeric(right)) => Value::Numeric(left.add(right)?),
        (Value::Float4(left), Value::Float4(right)) => Value::Float4(left + right),
        (Value::Float8(left), Value::Float8(right)) => Value::Float8(left + right),
        (Value::Money(left), Value::Money(right)) => {
            Value::Money(Money(left.0.checked_add(right.0).ok_or_else(|| out_of_range("money"))?))
        }
        (Value::Interval(left), Value::Interval(right)) => Value::Interval(super::span::sum(left, *right)?),
        _ => return Err(mismatch()),
    })
}

/// Nothing, of the type that the sum of such values has.
fn zero(of: &Value) -> Result<Value, Stop> {
    Ok(match of {
        Value::Int2(_) | Value::Int4(_) => Value::Int8(0),
        Value::Int8(_) | Value::Numeric(_) => Value::Numeric(Numeric::ZERO),
        Value::Float4(_) => Value::Float4(0.0),
        Value::Float8(_) => Value::Float8(0.0),
        Value::Money(_) => Value::Money(Money(0)),
        Value::Interval(_) => Value::Interval(Interval::ZERO),
        _ => return Err(mismatch()),
    })
}

/// `sum`
pub(super) fn sum(_: &mut Context<'_>, rows: &Rows) -> Answer {
    let mut values = values(rows);
    let Some(first) = values.next() else { return Ok(None) };
    let start = plus(zero(first)?, first)?;
    values.try_fold(start, plus).map(Some)
}

/// `avg`
pub(super) fn avg(context: &mut Context<'_>, rows: &Rows) -> Answer {
    let count = values(rows).count();
    let wide: Vec<Vec<Option<Value>>> = values(rows)
        .map(|value| {
            vec![Some(match value {
                Value::Int2(value) => Value::Numeric(Numeric::from(i64::from(*value))),
                Value::Int4(value) => Value::Numeric(Numeric::from(i64::from(*value))),
                Value::Float4(value) => Value::Float8(f64::from(*value)),
                value => value.clone(),
            })]
        })
        .collect();
    let count = number(count)?;
    let real = || count.to_string().parse::<f64>().map_err(|_| mismatch());
    Ok(match sum(context, &wide)? {
        None => None,
        Some(Value::Numeric(sum)) => Some(Value::Numeric(sum.div(&Numeric::from(count))?)),
        Some(Value::Float8(sum)) => Some(Value::Float8(sum / real()?)),
        Some(Value::Interval(sum)) => Some(Value::Interval(super::span::scaled(sum, 1.0 / real()?)?)),
        Some(_) => return Err(mismatch()),
    })
}

fn extreme(rows: &Rows, wanted: Ordering) -> Answer {
    let better = |best: &Value, value: &Value| match (best, value) {
        (Value::Float8(best), Value::Float8(value)) => float::compare(*value, *best) == wanted,
        (best, value) => value.compare(best) == Some(wanted),
    };
    let pick = |best: &mut Option<Value>, value: &Value| {
        if best.as_ref().is_none_or(|best| better(best, value)) {
            *best = Some(value.clone());
        }
    };
    let mut best = None;
    values(rows).for_each(|value| pick(&mut best, value));
    Ok(best)
}

/// `min`
pub(super) fn min(_: &mut Context<'_>, rows: &Rows) -> Answer {
    extreme(rows, Ordering::Less)
}

/// `max`
pub(super) fn max(_: &mut Context<'_>, rows: &Rows) -> Answer {
    extreme(rows, Ordering::Greater)
}

/// `bool_and`, `every`
pub(super) fn all(_: &mut Context<'_>, rows: &Rows) -> Answer {
    let mut values = values(rows).peekable();
    let some = values.peek().is_some();
    Ok(some.then(|| Value::Bool(values.all(|value| *value == Value::Bool(true)))))
}

/// `bool_or`
pub(super) fn any(_: &mut Context<'_>, rows: &Rows) -> Answer {
    let mut values = values(rows).peekable();
    let some = values.peek().is_some();
    Ok(some.then(|| Value::Bool(values.any(|value| *value == Value::Bool(true)))))
}

/// `string_agg`: before each value but the first stands the delimiter of its own row.
pub(super) fn string(_: &mut Context<'_>, rows: &Rows) -> Answer {
    let mut result: Option<Value> = None;
    for row in rows {
        let [Some(value), delimiter] = row.as_slice() else { continue };
        result = Some(match (result, value) {
            (None, value) => value.clone(),
            (Some(Value::Bytea(before)), Value::Bytea(value)) => {
                let delimiter =
                    if let Some(Value::Bytea(delimiter)) = delimiter { delimiter.0.as_slice() } else { &[] };
                Value::Bytea(Bytea([before.0.as_slice(), delimiter, &value.0].concat()))
            }
            (Some(before), value) => {
                let delimiter = delimiter.as_ref().map_or(Ok(""), of)?;
                Value::Text(format!("{}{delimiter}{}", of(&before)?, of(value)?))
            }
        });
    }
    Ok(result)
}

/// `array_agg`
pub(super) fn array(_: &mut Context<'_>, rows: &Rows) -> Answer {
    if rows.is_empty() {
        return Ok(None);
    }
    let values: Vec<Option<Value>> = rows.iter().map(|row| row.first().cloned().flatten()).collect();
    let length = i32::try_from(values.len()).map_err(|_| out_of_range("integer"))?;
    // Of which type the elements are, the call knows.
    Ok(Some(Value::Array(Array { element: 0, dimensions: vec![Dimension { length, lower: 1 }], values })))
}
