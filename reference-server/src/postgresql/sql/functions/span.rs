//! Arithmetic on intervals.

use super::arithmetic::{division_by_zero, mismatch};
use crate::postgresql::sql::context::Context;
use crate::postgresql::sql::stop::Stop;
use pgconform_wire::value::Value;
use pgconform_wire::value::calendar::{DAY, SECOND};
use pgconform_wire::value::interval::Interval;

type Answer = Result<Option<Value>, Stop>;

pub(super) fn out_of_range() -> Stop {
    Stop::error("22008", "interval out of range")
}

/// The sum of two intervals.
pub(super) fn sum(left: Interval, right: Interval) -> Result<Interval, Stop> {
    match (left.is_finite(), right.is_finite()) {
        (false, false) if left != right => return Err(out_of_range()),
        (false, _) => return Ok(left),
        (_, false) => return Ok(right),
        (true, true) => {}
    }
    let months = left.months.checked_add(right.months).ok_or_else(out_of_range)?;
    let days = left.days.checked_add(right.days).ok_or_else(out_of_range)?;
    let micros = left.micros.checked_add(right.micros).ok_or_else(out_of_range)?;
    Ok(Interval { months, days, micros })
}

/// The interval the other way round.
pub(super) fn negated(interval: Interval) -> Result<Interval, Stop> {
    if !interval.is_finite() {
        let positive = interval == Interval::INFINITY;
        return Ok(if positive { Interval::NEGATIVE_INFINITY } else { Interval::INFINITY });
    }
    Ok(Interval {
        months: interval.months.checked_neg().ok_or_else(out_of_range)?,
        days: interval.days.checked_neg().ok_or_else(out_of_range)?,
        micros: interval.micros.checked_neg().ok_or_else(out_of_range)?,
    })
}

/// A floating-point number as the integer that it is rounded to.
fn whole<T: std::str::FromStr>(value: f64) -> Result<T, Stop> {
    format!("{value:.0}").parse().map_err(|_| out_of_range())
}

/// An interval times a factor: what is left of months goes to days, and of days to the time.
pub(super) fn scaled(interval: Interval, factor: f64) -> Result<Interval, Stop> {
    if factor.is_nan() || !interval.is_finite() || factor.is_infinite() {
        return Err(out_of_range());
    }
    let months = f64::from(interval.months) * factor;
    let days = f64::from(interval.days) * factor;
    // To the microsecond, as it would be lost further on.
    let rounded = |value: f64| (value * 1e6).round_ties_even() / 1e6;
    let more_days = rounded((months - months.trunc()) * 30.0);
    let seconds = rounded((days - days.trunc() + more_days - more_days.trunc()) * 86_400.0);
    let (extra_days, seconds) = if seconds.abs() >= 86_400.0 {
        ((seconds / 86_400.0).trunc(), seconds % 86_400.0)
    } else {
        (0.0, seconds)
    };
    let micros: f64 = interval.micros.to_string().parse().map_err(|_| mismatch())?;
    Ok(Interval {
        months: whole(months.trunc())?,
        days: whole(days.trunc() + more_days.trunc() + extra_days)?,
        micros: whole((micros * factor + seconds * 1e6).round_ties_even())?,
    })
}

/// `+`
pub(super) fn add(_: &mut Context<'_>, values: &[Value]) -> Answer {
    let [Value::Interval(left), Value::Interval(right)] = values else { return Err(mismatch()) };
    Ok(Some(Value::Interval(sum(*left, *right)?)))
}

/// `-`
pub(super) fn subtract(_: &mut Context<'_>, values: &[Value]) -> Answer {
    let [Value::Interval(left), Value::Interval(right)] = values else { return Err(mismatch()) };
    Ok(Some(Value::Interval(sum(*left, negated(*right)?)?)))
}

/// `-` before an interval
pub(super) fn negate(_: &mut Context<'_>, values: &[Value]) -> Answer {
    let [Value::Interval(interval)] = values else { return Err(mismatch()) };
    Ok(Some(Value::Interval(negated(*interval)?)))
}

/// `*`
pub(super) fn multiply(_: &mut Context<'_>, values: &[Value]) -> Answer {
    match values {
        [Value::Interval(interval), Value::Float8(factor)]
        | [Value::Float8(factor), Value::Interval(interval)] => {
            Ok(Some(Value::Interval(scaled(*interval, *factor)?)))
        }
        _ => Err(mismatch()),
    }
}

/// `/`
pub(super) fn divide(_: &mut Context<'_>, values: &[Value]) -> Answer {
    let [Value::Interval(interval), Value::Float8(divisor)] = values else { return Err(mismatch()) };
    if *divisor == 0.0 {
        return Err(division_by_zero());
    }
    Ok(Some(Value::Interval(scaled(*interval, 1.0 / divisor)?)))
}

/// `justify_days`: months for 30 days each.
pub(super) fn justify_days(_: &mut Context<'_>, values: &[Value]) -> Answer {
    let [Value::Interval(interval)] = values else { return Err(mismatch()) };
    let total = i64::from(interval.months) * 30 + i64::from(interval.days);
    let narrow = |value: i64| i32::try_from(value).map_err(|_| out_of_range());
    let same_sign =
        (interval.months >= 0) == (interval.days >= 0) || interval.months == 0 || interval.days == 0;
    let (months, days) = if same_sign {
        (narrow(i64::from(interval.months) + i64::from(interval.days / 30))?, interval.days % 30)
    } else {
        (narrow(total / 30)?, narrow(total % 30)?)
    };
    Ok(Some(Value::Interval(Interval { months, days, ..*interval })))
}

/// `justify_hours`: days for 24 hours each.
pub(super) fn justify_hours(_: &mut Context<'_>, values: &[Value]) -> Answer {
    let [Value::Interval(interval)] = values else { return Err(mismatch()) };
    let total = i128::from(interval.days) * i128::from(DAY) + i128::from(interval.micros);
    let days = i32::try_from(total / i128::from(DAY)).map_err(|_| out_of_range())?;
    let micros = i64::try_from(total % i128::from(DAY)).map_err(|_| out_of_range())?;
    Ok(Some(Value::Interval(Interval { days, micros, ..*interval })))
}

/// Seconds as microseconds.
pub(super) fn seconds(value: f64) -> Result<i64, Stop> {
    let factor = f64::from(i32::try_from(SECOND).map_err(|_| mismatch())?);
    whole((value * factor).round_ties_even())
}
