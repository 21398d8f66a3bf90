//! Mathematical functions.

use super::arithmetic::{division_by_zero, finite, mismatch, out_of_range};
use crate::postgresql::sql::context::Context;
use crate::postgresql::sql::stop::Stop;
use pgconform_wire::value::Value;
use pgconform_wire::value::numeric::Numeric;
use std::cmp::Ordering;

type Answer = Result<Option<Value>, Stop>;

fn real(values: &[Value]) -> Result<f64, Stop> {
    match values {
        [Value::Float8(value)] => Ok(*value),
        _ => Err(mismatch()),
    }
}

fn float(value: f64) -> Answer {
    Ok(Some(Value::Float8(value)))
}

fn scale(values: &[Value]) -> Result<i32, Stop> {
    match values {
        [_] => Ok(0),
        [_, Value::Int4(scale)] => Ok(*scale),
        _ => Err(mismatch()),
    }
}

/// `floor`
pub(super) fn floor(_: &mut Context<'_>, values: &[Value]) -> Answer {
    match values {
        [Value::Numeric(value)] => Ok(Some(Value::Numeric(value.floor()?))),
        values => float(real(values)?.floor()),
    }
}

/// `ceil`
pub(super) fn ceil(_: &mut Context<'_>, values: &[Value]) -> Answer {
    match values {
        [Value::Numeric(value)] => Ok(Some(Value::Numeric(value.ceil()?))),
        values => float(real(values)?.ceil()),
    }
}

/// `round`: of floating-point numbers, to the even one of two that are equally near.
pub(super) fn round(_: &mut Context<'_>, values: &[Value]) -> Answer {
    match values {
        [Value::Numeric(value), ..] => Ok(Some(Value::Numeric(value.round(scale(values)?)?))),
        values => float(real(values)?.round_ties_even()),
    }
}

/// `trunc`
pub(super) fn trunc(_: &mut Context<'_>, values: &[Value]) -> Answer {
    match values {
        [Value::Numeric(value), ..] => Ok(Some(Value::Numeric(value.trunc(scale(values)?)?))),
        values => float(real(values)?.trunc()),
    }
}

/// `power` of floating-point numbers
pub(super) fn power(_: &mut Context<'_>, values: &[Value]) -> Answer {
    let [Value::Float8(base), Value::Float8(exponent)] = values else { return Err(mismatch()) };
    if *base == 0.0 && *exponent < 0.0 {
        return Err(Stop::error("2201F", "zero raised to a negative power is undefined"));
    }
    if *base < 0.0 && exponent.fract() != 0.0 && exponent.is_finite() {
        let message = "a negative number raised to a non-integer power yields a complex result";
        return Err(Stop::error("2201F", message));
    }
    let result = base.powf(*exponent);
    if result == 0.0 && *base != 0.0 && base.is_finite() && exponent.is_finite() {
        return Err(Stop::error("22003", "value out of range: underflow"));
    }
    float(finite(result, &[*base, *exponent])?)
}

/// `sqrt` of floating-point numbers
pub(super) fn sqrt(_: &mut Context<'_>, values: &[Value]) -> Answer {
    let value = real(values)?;
    if value < 0.0 {
        return Err(Stop::error("2201F", "cannot take square root of a negative number"));
    }
    float(value.sqrt())
}

/// `cbrt`
pub(super) fn cbrt(_: &mut Context<'_>, values: &[Value]) -> Answer {
    float(real(values)?.cbrt())
}

/// `exp`
pub(super) fn exp(_: &mut Context<'_>, values: &[Value]) -> Answer {
    let value = real(values)?;
    float(finite(value.exp(), &[value])?)
}

fn logarithm(values: &[Value], of: impl Fn(f64) -> f64) -> Answer {
    let value = real(values)?;
    if value == 0.0 {
        return Err(Stop::error("2201E", "cannot take logarithm of zero"));
    }
    if value < 0.0 {
        return Err(Stop::error("2201E", "cannot take logarithm of a negative number"));
    }
    float(of(value))
}

/// `ln`
pub(super) fn ln(_: &mut Context<'_>, values: &[Value]) -> Answer {
    logarithm(values, f64::ln)
}

/// `log`
pub(super) fn log10(_: &mut Context<'_>, values: &[Value]) -> Answer {
    logarithm(values, f64::log10)
}

/// `sin`
pub(super) fn sin(_: &mut Context<'_>, values: &[Value]) -> Answer {
    float(real(values)?.sin())
}

/// `cos`
pub(super) fn cos(_: &mut Context<'_>, values: &[Value]) -> Answer {
    float(real(values)?.cos())
}

/// `tan`
pub(super) fn tan(_: &mut Context<'_>, values: &[Value]) -> Answer {
    float(real(values)?.tan())
}

/// `degrees`
pub(super) fn degrees(_: &mut Context<'_>, values: &[Value]) -> Answer {
    float(real(values)? / (std::f64::consts::PI / 180.0))
}

/// `radians`
pub(super) fn radians(_: &mut Context<'_>, values: &[Value]) -> Answer {
    float(real(values)? * (std::f64::consts::PI / 180.0))
}

/// `pi`
pub(super) fn pi(_: &mut Context<'_>, _: &[Value]) -> Answer {
    float(std::f64::consts::PI)
}

/// `div`: the whole quotient.
pub(super) fn div(_: &mut Context<'_>, values: &[Value]) -> Answer {
    let [Value::Numeric(left), Value::Numeric(right)] = values else { return Err(mismatch()) };
    if right.compare(&Numeric::ZERO) == Ordering::Equal {
        return Err(division_by_zero());
    }
    Ok(Some(Value::Numeric(left.sub(&left.rem(right)?)?.div(right)?.trunc(0)?)))
}

/// `gcd`
pub(super) fn gcd(_: &mut Context<'_>, values: &[Value]) -> Answer {
    fn euclid(left: i128, right: i128) -> i128 {
        if right == 0 { left } else { euclid(right, left % right) }
    }
    Ok(Some(match values {
        [Value::Int4(left), Value::Int4(right)] => {
            let gcd = euclid(i128::from(*left), i128::from(*right)).abs();
            Value::Int4(i32::try_from(gcd).map_err(|_| out_of_range("integer"))?)
        }
        [Value::Int8(left), Value::Int8(right)] => {
            let gcd = euclid(i128::from(*left), i128::from(*right)).abs();
            Value::Int8(i64::try_from(gcd).map_err(|_| out_of_range("bigint"))?)
        }
        _ => return Err(mismatch()),
    }))
}

/// `factorial`
pub(super) fn factorial(_: &mut Context<'_>, values: &[Value]) -> Answer {
    let [Value::Int8(number)] = values else { return Err(mismatch()) };
    if *number < 0 {
        return Err(Stop::error("22003", "factorial of a negative number is undefined"));
    }
    if *number > 32_177 {
        return Err(Stop::error("22003", "value overflows numeric format"));
    }
    let mut product = Numeric::from(1);
    for factor in 2..=*number {
        product = product.mul(&Numeric::from(factor))?;
    }
    Ok(Some(Value::Numeric(product)))
}

/// `random`
pub(super) fn random(context: &mut Context<'_>, _: &[Value]) -> Answer {
    let high = u32::try_from(context.session.random() >> 32).unwrap_or_default();
    float(f64::from(high) / 4_294_967_296.0)
}

/// The greater of two.
pub(super) fn larger(_: &mut Context<'_>, values: &[Value]) -> Answer {
    extreme(values, Ordering::Greater)
}

/// The lesser of two.
pub(super) fn smaller(_: &mut Context<'_>, values: &[Value]) -> Answer {
    extreme(values, Ordering::Less)
}

fn extreme(values: &[Value], wanted: Ordering) -> Answer {
    let [left, right] = values else { return Err(mismatch()) };
    Ok(Some(if left.compare(right) == Some(wanted) { left.clone() } else { right.clone() }))
}

/// `power` of exact numbers, to whole exponents.
pub(super) fn numeric_power(_: &mut Context<'_>, values: &[Value]) -> Answer {
    let [Value::Numeric(base), Value::Numeric(exponent)] = values else { return Err(mismatch()) };
    let negative = exponent.compare(&Numeric::ZERO) == Ordering::Less;
    if base.compare(&Numeric::ZERO) == Ordering::Equal && negative {
        return Err(Stop::error("2201F", "zero raised to a negative power is undefined"));
    }
    let whole =
        exponent.to_i64().ok().filter(|whole| exponent.compare(&Numeric::from(*whole)) == Ordering::Equal);
    let Some(times @ -1000..=1000) = whole else {
        let message = "only whole exponents up to 1000 of numeric are supported by this server";
        return Err(Stop::error("0A000", message));
    };
    let mut product = Numeric::from(1);
    for _ in 0..times.abs() {
        product = product.mul(base)?;
    }
    let size = base.to_f64()?.abs().log10() * exponent.to_f64()?;
    if negative {
        product = Numeric::from(1).div(&product)?;
    }
    Ok(Some(Value::Numeric(product.round((16 - floor_i32(size)).clamp(0, 1000))?)))
}

/// `sqrt` of exact numbers
pub(super) fn numeric_sqrt(_: &mut Context<'_>, values: &[Value]) -> Answer {
    let [Value::Numeric(value)] = values else { return Err(mismatch()) };
    if value.compare(&Numeric::ZERO) == Ordering::Less {
        return Err(Stop::error("2201F", "cannot take square root of a negative number"));
    }
    let wide = value.to_f64()?;
    let root = wide.sqrt();
    // 16 significant digits, as far as groups of four tell how many there are before the point.
    let groups = if wide == 0.0 { 0 } else { floor_i32(wide.log10()).div_euclid(4) };
    let scale = (16 - ((groups + 1) * 2 - 1)).clamp(0, 1000);
    let guess = Numeric::from_f64(root);
    if root == 0.0 {
        return Ok(Some(Value::Numeric(guess.round(scale)?)));
    }
    // Newton's method from a start that is good to 15 digits: one step doubles that.
    let more = value.round(scale + 8)?;
    let better = guess.add(&more.div(&guess)?)?.div(&Numeric::from(2))?;
    Ok(Some(Value::Numeric(better.round(scale)?)))
}

/// The greatest integer that is not above a number of moderate size.
fn floor_i32(value: f64) -> i32 {
    format!("{:.0}", value.floor()).parse().unwrap_or(0)
}
