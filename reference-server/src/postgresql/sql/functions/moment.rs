//! Arithmetic on dates and times.

use super::arithmetic::mismatch;
use super::convert::{instant, local};
use super::span::negated;
use super::text::of;
use crate::postgresql::sql::context::Context;
use crate::postgresql::sql::stop::Stop;
use pgconform_wire::value::calendar::{self, DAY, HOUR, MINUTE};
use pgconform_wire::value::date::Date;
use pgconform_wire::value::interval::Interval;
use pgconform_wire::value::time::Time;
use pgconform_wire::value::timestamp::Timestamp;
use pgconform_wire::value::timestamptz::Timestamptz;
use pgconform_wire::value::timetz::TimeTz;
use pgconform_wire::value::{Invalid, Value};

type Answer = Result<Option<Value>, Stop>;

fn out_of_range(what: &str) -> Stop {
    Stop::error("22008", format!("{what} out of range"))
}

fn infinite(micros: i64) -> bool {
    micros == i64::MAX || micros == i64::MIN
}

/// `date + integer`
fn date_plus(date: Date, days: i32) -> Answer {
    if !date.is_finite() {
        return Ok(Some(Value::Date(date)));
    }
    let day = date.0.checked_add(days).filter(|day| calendar::is_date(*day));
    day.map(|day| Some(Value::Date(Date(day)))).ok_or_else(|| out_of_range("date"))
}

/// `date + integer`
pub(super) fn date_plus_days(_: &mut Context<'_>, values: &[Value]) -> Answer {
    let [Value::Date(date), Value::Int4(days)] = values else { return Err(mismatch()) };
    date_plus(*date, *days)
}

/// `integer + date`
pub(super) fn days_plus_date(_: &mut Context<'_>, values: &[Value]) -> Answer {
    let [Value::Int4(days), Value::Date(date)] = values else { return Err(mismatch()) };
    date_plus(*date, *days)
}

/// `date - integer`
pub(super) fn date_minus_days(_: &mut Context<'_>, values: &[Value]) -> Answer {
    let [Value::Date(date), Value::Int4(days)] = values else { return Err(mismatch()) };
    date_plus(*date, days.checked_neg().ok_or_else(|| out_of_range("date"))?)
}

/// `date - date`
pub(super) fn date_minus_date(_: &mut Context<'_>, values: &[Value]) -> Answer {
    let [Value::Date(left), Value::Date(right)] = values else { return Err(mismatch()) };
    if !left.is_finite() || !right.is_finite() {
        return Err(Stop::error("22008", "cannot subtract infinite dates"));
    }
    Ok(Some(Value::Int4(left.0 - right.0)))
}

/// `date + time`
fn at_time(date: Date, micros: i64) -> Answer {
    if !date.is_finite() {
        let end = if date == Date::INFINITY { Timestamp::INFINITY } else { Timestamp::NEGATIVE_INFINITY };
        return Ok(Some(Value::Timestamp(end)));
    }
    let total = i64::from(date.0).checked_mul(DAY).and_then(|day| day.checked_add(micros));
    let total = total.filter(|total| calendar::is_timestamp(*total));
    total.map(|total| Some(Value::Timestamp(Timestamp(total)))).ok_or_else(|| out_of_range("timestamp"))
}

/// `date + time`
pub(super) fn date_plus_time(_: &mut Context<'_>, values: &[Value]) -> Answer {
    let [Value::Date(date), Value::Time(time)] = values else { return Err(mismatch()) };
    at_time(*date, time.0)
}

/// `time + date`
pub(super) fn time_plus_date(_: &mut Context<'_>, values: &[Value]) -> Answer {
    let [Value::Time(time), Value::Date(date)] = values else { return Err(mismatch()) };
    at_time(*date, time.0)
}

/// A local time some months and days later: on the last day of a month that is too short.
fn later(micros: i64, months: i32, days: i32) -> Result<i64, Stop> {
    let failed = || out_of_range("timestamp");
    let (mut day, time) = calendar::split(micros);
    if months != 0 {
        let (year, month, of_month) = calendar::date_of(day);
        let total = i64::from(year) * 12 + i64::from(month) - 1 + i64::from(months);
        let year = i32::try_from(total.div_euclid(12)).map_err(|_| failed())?;
        let month = i32::try_from(total.rem_euclid(12)).map_err(|_| failed())? + 1;
        let of_month = of_month.min(calendar::days_in_month(year, month));
        day = calendar::day_of(year, month, of_month).ok_or_else(failed)?;
    }
    let day = i64::from(day) + i64::from(days);
    day.checked_mul(DAY).and_then(|day| day.checked_add(time)).ok_or_else(failed)
}

/// A time, an interval later.
pub(super) fn shifted(context: &Context<'_>, value: &Value, interval: Interval) -> Result<Value, Stop> {
    let limits = |micros: i64| {
        if calendar::is_timestamp(micros) { Ok(micros) } else { Err(out_of_range("timestamp")) }
    };
    let own = match value {
        Value::Timestamp(timestamp) => Some(timestamp.0),
        Value::Timestamptz(timestamp) => Some(timestamp.0),
        Value::Date(date) if date.is_finite() => {
            Some(i64::from(date.0).checked_mul(DAY).ok_or_else(|| out_of_range("date"))?)
        }
        Value::Date(date) => Some(if *date == Date::INFINITY { i64::MAX } else { i64::MIN }),
        _ => None,
    };
    let Some(own) = own else { return time_shifted(value, interval) };
    let again = |micros: i64| match value {
        Value::Timestamptz(_) => Value::Timestamptz(Timestamptz(micros)),
        _ => Value::Timestamp(Timestamp(micros)),
    };
    if !interval.is_finite() {
        let end = if interval == Interval::INFINITY { i64::MAX } else { i64::MIN };
        if infinite(own) && own != end {
            return Err(out_of_range("timestamp"));
        }
        return Ok(again(end));
    }
    if infinite(own) {
        return Ok(again(own));
    }
    let zoned = matches!(value, Value::Timestamptz(_));
    let calendar_moved = if interval.months == 0 && interval.days == 0 {
        own
    } else if zoned {
        instant(context, later(local(context, own), interval.months, interval.days)?)?
    } else {
        later(own, interval.months, interval.days)?
    };
    let moved = calendar_moved.checked_add(interval.micros).ok_or_else(|| out_of_range("timestamp"))?;
    limits(moved).map(again)
}

/// A time of the day, an interval later: around midnight.
fn time_shifted(value: &Value, interval: Interval) -> Result<Value, Stop> {
    if !interval.is_finite() {
        return Err(Stop::error("22008", "cannot add infinite interval to time"));
    }
    Ok(match value {
        Value::Time(time) => Value::Time(Time(time.0.wrapping_add(interval.micros).rem_euclid(DAY))),
        Value::TimeTz(time) => Value::TimeTz(TimeTz {
            micros: time.micros.wrapping_add(interval.micros).rem_euclid(DAY),
            ..*time
        }),
        _ => return Err(mismatch()),
    })
}

/// `+` of a time and an interval
pub(super) fn plus_interval(context: &mut Context<'_>, values: &[Value]) -> Answer {
    let [value, Value::Interval(interval)] = values else { return Err(mismatch()) };
    shifted(context, value, *interval).map(Some)
}

/// `+` of an interval and a time
pub(super) fn interval_plus(context: &mut Context<'_>, values: &[Value]) -> Answer {
    let [Value::Interval(interval), value] = values else { return Err(mismatch()) };
    shifted(context, value, *interval).map(Some)
}

/// `-` of a time and an interval
pub(super) fn minus_interval(context: &mut Context<'_>, values: &[Value]) -> Answer {
    let [value, Value::Interval(interval)] = values else { return Err(mismatch()) };
    shifted(context, value, negated(*interval)?).map(Some)
}

/// Two timestamps of one kind.
fn pair(values: &[Value]) -> Result<(i64, i64), Stop> {
    match values {
        [Value::Timestamp(left), Value::Timestamp(right)] => Ok((left.0, right.0)),
        [Value::Timestamptz(left), Value::Timestamptz(right)] => Ok((left.0, right.0)),
        [Value::Time(left), Value::Time(right)] => Ok((left.0, right.0)),
        _ => Err(mismatch()),
    }
}

/// `-` of two times: in days and less.
pub(super) fn difference(_: &mut Context<'_>, values: &[Value]) -> Answer {
    let (left, right) = pair(values)?;
    if matches!(values, [Value::Time(_), _]) {
        return Ok(Some(Value::Interval(Interval { months: 0, days: 0, micros: left - right })));
    }
    if infinite(left) || infinite(right) {
        return match (left, right) {
            (left, right) if left == right => Err(Stop::error("22008", "interval out of range")),
            (i64::MAX, _) | (_, i64::MIN) => Ok(Some(Value::Interval(Interval::INFINITY))),
            _ => Ok(Some(Value::Interval(Interval::NEGATIVE_INFINITY))),
        };
    }
    let micros = left.checked_sub(right).ok_or_else(super::span::out_of_range)?;
    let days = i32::try_from(micros / DAY).map_err(|_| super::span::out_of_range())?;
    Ok(Some(Value::Interval(Interval { months: 0, days, micros: micros % DAY })))
}

/// The years, months, days and time between two local times.
fn between(left: i64, right: i64) -> Result<Interval, Stop> {
    if left < right {
        return negated(between(right, left)?);
    }
    let (left_day, left_time) = calendar::split(left);
    let (right_day, right_time) = calendar::split(right);
    let (left_date, right_date) = (calendar::date_of(left_day), calendar::date_of(right_day));
    let mut micros = left_time - right_time;
    let mut days = left_date.2 - right_date.2;
    let mut months = (left_date.0 - right_date.0) * 12 + left_date.1 - right_date.1;
    if micros < 0 {
        micros += DAY;
        days -= 1;
    }
    // A month that is not over is counted by the days of the earlier one.
    while days < 0 {
        days += calendar::days_in_month(right_date.0, right_date.1);
        months -= 1;
    }
    Ok(Interval { months, days, micros })
}

/// `age`
pub(super) fn age(context: &mut Context<'_>, values: &[Value]) -> Answer {
    let (left, right) = pair(values)?;
    if infinite(left) || infinite(right) {
        return difference(context, values);
    }
    let zoned = matches!(values, [Value::Timestamptz(_), _]);
    let here = |micros: i64| if zoned { local(context, micros) } else { micros };
    Ok(Some(Value::Interval(between(here(left), here(right))?)))
}

/// `age` at the midnight that began this day
pub(super) fn age_now(context: &mut Context<'_>, values: &[Value]) -> Answer {
    let today = local(context, context.now());
    let midnight = today - today.rem_euclid(DAY);
    match values {
        [Value::Timestamp(then)] => Ok(Some(Value::Interval(between(midnight, then.0)?))),
        [Value::Timestamptz(then)] => Ok(Some(Value::Interval(between(midnight, local(context, then.0))?))),
        _ => Err(mismatch()),
    }
}

/// `isfinite`
pub(super) fn is_finite(_: &mut Context<'_>, values: &[Value]) -> Answer {
    let finite = match values {
        [Value::Date(date)] => date.is_finite(),
        [Value::Timestamp(timestamp)] => !infinite(timestamp.0),
        [Value::Timestamptz(timestamp)] => !infinite(timestamp.0),
        [Value::Interval(interval)] => interval.is_finite(),
        _ => return Err(mismatch()),
    };
    Ok(Some(Value::Bool(finite)))
}

fn day(year: i32, month: i32, of_month: i32) -> Result<i32, Stop> {
    let failed =
        || Stop::error("22008", format!("date field value out of range: {year}-{month:02}-{of_month:02}"));
    // A negative year is one before Christ: there is no year 0 between.
    let counted = match year {
        0 => return Err(failed()),
        year if year < 0 => year + 1,
        year => year,
    };
    let exists =
        (1..=12).contains(&month) && (1..=calendar::days_in_month(counted, month)).contains(&of_month);
    let day = calendar::day_of(counted, month, of_month).filter(|day| exists && calendar::is_date(*day));
    day.ok_or_else(failed)
}

fn time(hour: i32, minute: i32, second: f64) -> Result<i64, Stop> {
    let failed =
        || Stop::error("22008", format!("time field value out of range: {hour}:{minute:02}:{second:02}"));
    if !(0..=24).contains(&hour) || !(0..60).contains(&minute) || !(0.0..=60.0).contains(&second) {
        return Err(failed());
    }
    let micros = i64::from(hour) * HOUR + i64::from(minute) * MINUTE + super::span::seconds(second)?;
    if micros > DAY { Err(failed()) } else { Ok(micros) }
}

/// `make_date`
pub(super) fn make_date(_: &mut Context<'_>, values: &[Value]) -> Answer {
    let [Value::Int4(year), Value::Int4(month), Value::Int4(of_month)] = values else {
        return Err(mismatch());
    };
    Ok(Some(Value::Date(Date(day(*year, *month, *of_month)?))))
}

/// `make_time`
pub(super) fn make_time(_: &mut Context<'_>, values: &[Value]) -> Answer {
    let [Value::Int4(hour), Value::Int4(minute), Value::Float8(second)] = values else {
        return Err(mismatch());
    };
    Ok(Some(Value::Time(Time(time(*hour, *minute, *second)?))))
}

/// `make_timestamp`
pub(super) fn make_timestamp(_: &mut Context<'_>, values: &[Value]) -> Answer {
    match values {
        [
            Value::Int4(year),
            Value::Int4(month),
            Value::Int4(of_month),
            Value::Int4(hour),
            Value::Int4(minute),
            Value::Float8(second),
        ] => at_time(Date(day(*year, *month, *of_month)?), time(*hour, *minute, *second)?),
        _ => Err(mismatch()),
    }
}

/// `timezone`: a local time somewhere as an instant, or the local time somewhere of an instant.
pub(super) fn at_zone(context: &mut Context<'_>, values: &[Value]) -> Answer {
    let [zone, value] = values else { return Err(mismatch()) };
    let name = of(zone)?;
    let style = context.style();
    let unknown = || Invalid::new("22023", format!("time zone \"{name}\" not recognized"));
    let zone = style.zone.named(name).ok_or_else(unknown)?;
    Ok(Some(match value {
        Value::Timestamptz(instant) if infinite(instant.0) => Value::Timestamp(Timestamp(instant.0)),
        Value::Timestamp(there) if infinite(there.0) => Value::Timestamptz(Timestamptz(there.0)),
        Value::Timestamptz(instant) => {
            Value::Timestamp(Timestamp(instant.0 + i64::from(zone.at(instant.0).0) * 1_000_000))
        }
        Value::Timestamp(there) => {
            Value::Timestamptz(Timestamptz(there.0 - i64::from(zone.of_local(there.0)) * 1_000_000))
        }
        _ => return Err(mismatch()),
    }))
}

/// `to_timestamp`: of seconds since 1970.
pub(super) fn from_epoch(_: &mut Context<'_>, values: &[Value]) -> Answer {
    let [Value::Float8(seconds)] = values else { return Err(mismatch()) };
    if seconds.is_nan() {
        return Err(Stop::error("22008", "timestamp cannot be NaN"));
    }
    if seconds.is_infinite() {
        let end = if *seconds > 0.0 { i64::MAX } else { i64::MIN };
        return Ok(Some(Value::Timestamptz(Timestamptz(end))));
    }
    let failed = || Stop::error("22008", format!("timestamp out of range: \"{seconds}\""));
    let micros = super::span::seconds(*seconds).map_err(|_| failed())?;
    let micros = micros.checked_add(i64::from(calendar::UNIX_EPOCH) * DAY);
    let micros = micros.filter(|micros| calendar::is_timestamp(*micros)).ok_or_else(failed)?;
    Ok(Some(Value::Timestamptz(Timestamptz(micros))))
}
