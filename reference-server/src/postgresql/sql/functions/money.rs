//! Arithmetic on money with numbers.

use super::arithmetic::{division_by_zero, finite, mismatch, out_of_range};
use crate::postgresql::sql::context::Context;
use crate::postgresql::sql::stop::Stop;
use pgconform_wire::value::Value;
use pgconform_wire::value::money::Money;

type Answer = Result<Option<Value>, Stop>;

fn rounded(cents: f64) -> Answer {
    let cents = cents.round_ties_even();
    let text = format!("{cents:.0}");
    text.parse().map(|cents| Some(Value::Money(Money(cents)))).map_err(|_| out_of_range("money"))
}

/// Cents, exact below 2^53 as PostgreSQL computes with them.
fn float(cents: i64) -> Result<f64, Stop> {
    cents.to_string().parse().map_err(|_| mismatch())
}

/// Money times a number.
pub(super) fn scaled(_: &mut Context<'_>, values: &[Value]) -> Answer {
    let (amount, factor) = match values {
        [Value::Money(amount), factor] | [factor, Value::Money(amount)] => (amount.0, factor),
        _ => return Err(mismatch()),
    };
    match factor {
        Value::Float4(factor) => rounded(float(amount)? * f64::from(*factor)),
        Value::Float8(factor) => rounded(float(amount)? * factor),
        factor => {
            let product = amount.checked_mul(super::arithmetic::integer(factor)?);
            product.map(|cents| Some(Value::Money(Money(cents)))).ok_or_else(|| out_of_range("money"))
        }
    }
}

/// Money divided by a number.
pub(super) fn divided(_: &mut Context<'_>, values: &[Value]) -> Answer {
    let [Value::Money(amount), divisor] = values else { return Err(mismatch()) };
    match divisor {
        Value::Float4(0.0) | Value::Float8(0.0) => Err(division_by_zero()),
        Value::Float4(divisor) => rounded(float(amount.0)? / f64::from(*divisor)),
        Value::Float8(divisor) => rounded(float(amount.0)? / divisor),
        divisor => match super::arithmetic::integer(divisor)? {
            0 => Err(division_by_zero()),
            divisor => {
                let quotient = amount.0.checked_div(divisor);
                quotient.map(|cents| Some(Value::Money(Money(cents)))).ok_or_else(|| out_of_range("money"))
            }
        },
    }
}

/// Money divided by money.
pub(super) fn ratio(_: &mut Context<'_>, values: &[Value]) -> Answer {
    match values {
        [Value::Money(_), Value::Money(Money(0))] => Err(division_by_zero()),
        [Value::Money(left), Value::Money(right)] => {
            let (left, right) = (float(left.0)?, float(right.0)?);
            Ok(Some(Value::Float8(finite(left / right, &[left, right])?)))
        }
        _ => Err(mismatch()),
    }
}
