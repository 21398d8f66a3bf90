//! Arithmetic on numbers and money.

use crate::postgresql::sql::context::Context;
use crate::postgresql::sql::stop::Stop;
use pgconform_wire::value::Value;
use pgconform_wire::value::money::Money;
use pgconform_wire::value::numeric::Numeric;

type Answer = Result<Option<Value>, Stop>;

/// Two operands, widened to one type.
enum Pair {
    Int2(i16, i16),
    Int4(i32, i32),
    Int8(i64, i64),
    Float4(f32, f32),
    Float8(f64, f64),
    Numeric(Numeric, Numeric),
    Money(i64, i64),
}

pub(super) fn out_of_range(name: &str) -> Stop {
    Stop::error("22003", format!("{name} out of range"))
}

pub(super) fn division_by_zero() -> Stop {
    Stop::error("22012", "division by zero")
}

pub(super) fn mismatch() -> Stop {
    Stop::error("XX000", "a function was called with arguments that it does not take")
}

fn pair(values: &[Value]) -> Result<Pair, Stop> {
    let [left, right] = values else { return Err(mismatch()) };
    Ok(match (left, right) {
        (Value::Int2(left), Value::Int2(right)) => Pair::Int2(*left, *right),
        (Value::Float4(left), Value::Float4(right)) => Pair::Float4(*left, *right),
        (Value::Numeric(left), Value::Numeric(right)) => Pair::Numeric(left.clone(), right.clone()),
        (Value::Money(left), Value::Money(right)) => Pair::Money(left.0, right.0),
        (Value::Float4(_) | Value::Float8(_), _) => Pair::Float8(real(left)?, real(right)?),
        (Value::Int8(_), _) | (_, Value::Int8(_)) => Pair::Int8(integer(left)?, integer(right)?),
        _ => {
            let narrow = |value: i64| i32::try_from(value).map_err(|_| out_of_range("integer"));
            Pair::Int4(narrow(integer(left)?)?, narrow(integer(right)?)?)
        }
    })
}

/// An integer of any width.
pub(super) fn integer(value: &Value) -> Result<i64, Stop> {
    match value {
        Value::Int2(value) => Ok(i64::from(*value)),
        Value::Int4(value) => Ok(i64::from(*value)),
        Value::Int8(value) => Ok(*value),
        _ => Err(mismatch()),
    }
}

/// A floating-point number of any width.
pub(super) fn real(value: &Value) -> Result<f64, Stop> {
    match value {
        Value::Float4(value) => Ok(f64::from(*value)),
        Value::Float8(value) => Ok(*value),
        _ => Err(mismatch()),
    }
}

/// A result that is infinite only if an operand was.
pub(super) fn finite(result: f64, operands: &[f64]) -> Result<f64, Stop> {
    if result.is_infinite() && operands.iter().all(|operand| operand.is_finite()) {
        return Err(Stop::error("22003", "value out of range: overflow"));
    }
    Ok(result)
}

/// The same for a narrow result.
fn finite4(result: f32, operands: [f32; 2]) -> Answer {
    if result.is_infinite() && operands.iter().all(|operand| operand.is_finite()) {
        return Err(Stop::error("22003", "value out of range: overflow"));
    }
    Ok(Some(Value::Float4(result)))
}

fn finite8(result: f64, operands: [f64; 2]) -> Answer {
    finite(result, &operands).map(|result| Some(Value::Float8(result)))
}

/// A product or quotient that is zero only if it must be.
fn not_vanished(result: f64, vanishes: bool) -> Result<(), Stop> {
    if result == 0.0 && !vanishes {
        Err(Stop::error("22003", "value out of range: underflow"))
    } else {
        Ok(())
    }
}

fn int2(result: Option<i16>) -> Answer {
    result.map(|result| Some(Value::Int2(result))).ok_or_else(|| out_of_range("smallint"))
}

fn int4(result: Option<i32>) -> Answer {
    result.map(|result| Some(Value::Int4(result))).ok_or_else(|| out_of_range("integer"))
}

fn int8(result: Option<i64>) -> Answer {
    result.map(|result| Some(Value::Int8(result))).ok_or_else(|| out_of_range("bigint"))
}

fn money(result: Option<i64>) -> Answer {
    result.map(|result| Some(Value::Money(Money(result)))).ok_or_else(|| out_of_range("money"))
}

/// `+`
pub(super) fn add(_: &mut Context<'_>, values: &[Value]) -> Answer {
    match pair(values)? {
        Pair::Int2(left, right) => int2(left.checked_add(right)),
        Pair::Int4(left, right) => int4(left.checked_add(right)),
        Pair::Int8(left, right) => int8(left.checked_add(right)),
        Pair::Float4(left, right) => finite4(left + right, [left, right]),
        Pair::Float8(left, right) => finite8(left + right, [left, right]),
        Pair::Numeric(left, right) => Ok(Some(Value::Numeric(left.add(&right)?))),
        Pair::Money(left, right) => money(left.checked_add(right)),
    }
}

/// `-`
pub(super) fn subtract(_: &mut Context<'_>, values: &[Value]) -> Answer {
    match pair(values)? {
        Pair::Int2(left, right) => int2(left.checked_sub(right)),
        Pair::Int4(left, right) => int4(left.checked_sub(right)),
        Pair::Int8(left, right) => int8(left.checked_sub(right)),
        Pair::Float4(left, right) => finite4(left - right, [left, right]),
        Pair::Float8(left, right) => finite8(left - right, [left, right]),
        Pair::Numeric(left, right) => Ok(Some(Value::Numeric(left.sub(&right)?))),
        Pair::Money(left, right) => money(left.checked_sub(right)),
    }
}

/// `*`
pub(super) fn multiply(_: &mut Context<'_>, values: &[Value]) -> Answer {
    match pair(values)? {
        Pair::Int2(left, right) => int2(left.checked_mul(right)),
        Pair::Int4(left, right) => int4(left.checked_mul(right)),
        Pair::Int8(left, right) => int8(left.checked_mul(right)),
        Pair::Float4(left, right) => {
            not_vanished(f64::from(left * right), left == 0.0 || right == 0.0)?;
            finite4(left * right, [left, right])
        }
        Pair::Float8(left, right) => {
            not_vanished(left * right, left == 0.0 || right == 0.0)?;
            finite8(left * right, [left, right])
        }
        Pair::Numeric(left, right) => Ok(Some(Value::Numeric(left.mul(&right)?))),
        Pair::Money(..) => Err(mismatch()),
    }
}

/// `/`
pub(super) fn divide(_: &mut Context<'_>, values: &[Value]) -> Answer {
    match pair(values)? {
        Pair::Int2(_, 0) | Pair::Int4(_, 0) | Pair::Int8(_, 0) => Err(division_by_zero()),
        Pair::Int2(left, right) => int2(left.checked_div(right)),
        Pair::Int4(left, right) => int4(left.checked_div(right)),
        Pair::Int8(left, right) => int8(left.checked_div(right)),
        Pair::Float4(left, 0.0) if !left.is_nan() => Err(division_by_zero()),
        Pair::Float8(left, 0.0) if !left.is_nan() => Err(division_by_zero()),
        Pair::Float4(left, right) => {
            not_vanished(f64::from(left / right), left == 0.0 || right.is_infinite())?;
            finite4(left / right, [left, right])
        }
        Pair::Float8(left, right) => {
            not_vanished(left / right, left == 0.0 || right.is_infinite())?;
            finite8(left / right, [left, right])
        }
        Pair::Numeric(left, right) => Ok(Some(Value::Numeric(left.div(&right)?))),
        Pair::Money(..) => Err(mismatch()),
    }
}

/// `%`
pub(super) fn remainder(_: &mut Context<'_>, values: &[Value]) -> Answer {
    match pair(values)? {
        Pair::Int2(_, 0) | Pair::Int4(_, 0) | Pair::Int8(_, 0) => Err(division_by_zero()),
        Pair::Int2(left, right) => Ok(Some(Value::Int2(left.wrapping_rem(right)))),
        Pair::Int4(left, right) => Ok(Some(Value::Int4(left.wrapping_rem(right)))),
        Pair::Int8(left, right) => Ok(Some(Value::Int8(left.wrapping_rem(right)))),
        Pair::Numeric(left, right) => Ok(Some(Value::Numeric(left.rem(&right)?))),
        Pair::Float4(..) | Pair::Float8(..) | Pair::Money(..) => Err(mismatch()),
    }
}

/// `-` before a number
pub(super) fn negate(_: &mut Context<'_>, values: &[Value]) -> Answer {
    match values {
        [Value::Int2(value)] => int2(value.checked_neg()),
        [Value::Int4(value)] => int4(value.checked_neg()),
        [Value::Int8(value)] => int8(value.checked_neg()),
        [Value::Float4(value)] => Ok(Some(Value::Float4(-value))),
        [Value::Float8(value)] => Ok(Some(Value::Float8(-value))),
        [Value::Numeric(value)] => Ok(Some(Value::Numeric(value.neg()))),
        _ => Err(mismatch()),
    }
}

/// `+` before a number
pub(super) fn same(_: &mut Context<'_>, values: &[Value]) -> Answer {
    Ok(values.first().cloned())
}

/// `@`, and `abs`
pub(super) fn absolute(_: &mut Context<'_>, values: &[Value]) -> Answer {
    match values {
        [Value::Int2(value)] => int2(value.checked_abs()),
        [Value::Int4(value)] => int4(value.checked_abs()),
        [Value::Int8(value)] => int8(value.checked_abs()),
        [Value::Float4(value)] => Ok(Some(Value::Float4(value.abs()))),
        [Value::Float8(value)] => Ok(Some(Value::Float8(value.abs()))),
        [Value::Numeric(value)] => Ok(Some(Value::Numeric(value.abs()))),
        _ => Err(mismatch()),
    }
}

/// `sign`
pub(super) fn sign(_: &mut Context<'_>, values: &[Value]) -> Answer {
    match values {
        [Value::Float8(value)] if *value == 0.0 || value.is_nan() => Ok(Some(Value::Float8(*value))),
        [Value::Float8(value)] => Ok(Some(Value::Float8(value.signum()))),
        [Value::Numeric(Numeric::NaN)] => Ok(Some(Value::Numeric(Numeric::NaN))),
        [Value::Numeric(value)] => {
            let sign = match value.compare(&Numeric::ZERO) {
                std::cmp::Ordering::Less => -1,
                std::cmp::Ordering::Equal => 0,
                std::cmp::Ordering::Greater => 1,
            };
            Ok(Some(Value::Numeric(Numeric::from(sign))))
        }
        _ => Err(mismatch()),
    }
}
