//! The parts of dates and times.

use super::arithmetic::mismatch;
use super::convert::{instant, local};
use super::text::of;
use crate::postgresql::sql::context::Context;
use crate::postgresql::sql::stop::Stop;
use pgconform_wire::value::calendar::{self, DAY, HOUR, JULIAN, MINUTE, SECOND};
use pgconform_wire::value::interval::Interval;
use pgconform_wire::value::numeric::Numeric;
use pgconform_wire::value::timestamp::Timestamp;
use pgconform_wire::value::timestamptz::Timestamptz;
use pgconform_wire::value::{Value, types};

type Answer = Result<Option<Value>, Stop>;

/// What is taken apart.
enum Given {
    /// A local time, and how far its zone is east of UTC, where it has one.
    Local {
        micros: i64,
        east: Option<i32>,
    },
    Date(i32),
    Time {
        micros: i64,
        east: Option<i32>,
    },
    Interval(Interval),
    /// What has no end: forward or not.
    Infinite(bool),
}

fn given(context: &Context<'_>, value: &Value) -> Result<(Given, u32), Stop> {
    let ends = |micros: i64| match micros {
        i64::MAX => Some(Given::Infinite(true)),
        i64::MIN => Some(Given::Infinite(false)),
        _ => None,
    };
    Ok(match value {
        Value::Date(date) if !date.is_finite() => (Given::Infinite(date.0 > 0), types::DATE),
        Value::Date(date) => (Given::Date(date.0), types::DATE),
        Value::Timestamp(timestamp) => {
            let given = ends(timestamp.0).unwrap_or(Given::Local { micros: timestamp.0, east: None });
            (given, types::TIMESTAMP)
        }
        Value::Timestamptz(timestamp) => {
            let here = || {
                let micros = local(context, timestamp.0);
                let east = i32::try_from((micros - timestamp.0) / SECOND).unwrap_or_default();
                Given::Local { micros, east: Some(east) }
            };
            (ends(timestamp.0).unwrap_or_else(here), types::TIMESTAMPTZ)
        }
        Value::Time(time) => (Given::Time { micros: time.0, east: None }, types::TIME),
        Value::TimeTz(time) => (Given::Time { micros: time.micros, east: Some(-time.west) }, types::TIMETZ),
        Value::Interval(interval) if !interval.is_finite() => {
            (Given::Infinite(*interval == Interval::INFINITY), types::INTERVAL)
        }
        Value::Interval(interval) => (Given::Interval(*interval), types::INTERVAL),
        _ => return Err(mismatch()),
    })
}

/// The units, by the names that they may have.
fn unit(name: &str) -> Option<&'static str> {
    let units: &[(&str, &[&str])] = &[
        ("microseconds", &["microsecond", "us", "usec", "usecs", "usecond", "useconds", "microsecon"]),
        ("milliseconds", &["millisecond", "ms", "msec", "msecs", "msecond", "mseconds", "millisecon"]),
        ("second", &["seconds", "s", "sec", "secs"]),
        ("minute", &["minutes", "m", "min", "mins"]),
        ("hour", &["hours", "h", "hr", "hrs"]),
        ("day", &["days", "d"]),
        ("week", &["weeks", "w"]),
        ("month", &["months", "mon", "mons"]),
        ("quarter", &["qtr"]),
        ("year", &["years", "y", "yr", "yrs"]),
        ("decade", &["decades", "dec", "decs"]),
        ("century", &["centuries", "c", "cent"]),
        ("millennium", &["millennia", "mil", "mils"]),
        ("dow", &[]),
        ("isodow", &[]),
        ("doy", &[]),
        ("isoyear", &[]),
        ("epoch", &[]),
        ("julian", &["jd", "j"]),
        ("timezone", &[]),
        ("timezone_hour", &["timezone_h"]),
        ("timezone_minute", &["timezone_m"]),
    ];
    let name = name.to_ascii_lowercase();
    units
        .iter()
        .find(|(unit, others)| *unit == name || others.contains(&name.as_str()))
        .map(|(unit, _)| *unit)
}

/// A number that has some of its digits behind the point.
fn decimal(value: i64, digits: u32) -> Result<Numeric, Stop> {
    let divisor = Numeric::from(10_i64.pow(digits));
    Ok(Numeric::from(value).div(&divisor)?.round(i32::try_from(digits).unwrap_or_default())?)
}

fn whole(value: i64) -> Result<Numeric, Stop> {
    Ok(Numeric::from(value))
}

/// The week of the year as ISO 8601 counts, and the year that it belongs to.
fn iso_week(day: i32) -> (i32, i32) {
    // Weeks belong to the year of their Thursday.
    let weekday = (day + 5).rem_euclid(7);
    let thursday = day - weekday + 3;
    let (year, ..) = calendar::date_of(thursday);
    let first = calendar::day_of(year, 1, 1).unwrap_or(thursday);
    ((thursday - first) / 7 + 1, year)
}

/// A year as it is called: there is none between 1 BC and 1 AD.
fn called(year: i32) -> i64 {
    i64::from(if year > 0 { year } else { year - 1 })
}

/// Hundreds or thousands of years, which begin with the year 1.
fn years_by(year: i32, count: i32) -> i64 {
    i64::from(if year > 0 { (year + count - 1) / count } else { -((count - 1 - (year - 1)) / count) })
}

fn of_day(unit: &str, day: i32) -> Option<i64> {
    let (year, month, of_month) = calendar::date_of(day);
    Some(match unit {
        "day" => i64::from(of_month),
        "month" => i64::from(month),
        "quarter" => i64::from((month - 1) / 3 + 1),
        "year" => called(year),
        "decade" => i64::from(year.div_euclid(10)),
        "century" => years_by(year, 100),
        "millennium" => years_by(year, 1000),
        "week" => i64::from(iso_week(day).0),
        "isoyear" => called(iso_week(day).1),
        "dow" => i64::from((day + 6).rem_euclid(7)),
        "isodow" => i64::from((day + 5).rem_euclid(7)) + 1,
        "doy" => i64::from(day - calendar::day_of(year, 1, 1)? + 1),
        _ => return None,
    })
}

fn of_time(unit: &str, micros: i64, east: Option<i32>) -> Option<Result<Numeric, Stop>> {
    let east = |of: fn(i64) -> i64| east.map(|east| whole(of(i64::from(east))));
    Some(match unit {
        "microseconds" => whole(micros % MINUTE),
        "milliseconds" => decimal(micros % MINUTE, 3),
        "second" => decimal(micros % MINUTE, 6),
        "minute" => whole(micros / MINUTE % 60),
        "hour" => whole(micros / HOUR),
        "timezone" => return east(|east| east),
        "timezone_hour" => return east(|east| east / 3600),
        "timezone_minute" => return east(|east| east / 60 % 60),
        _ => return None,
    })
}

/// The part of this name; none where what is taken apart has no end, and the part goes round.
fn part(context: &Context<'_>, values: &[Value]) -> Result<Option<Numeric>, Stop> {
    let [name, value] = values else { return Err(mismatch()) };
    let name = of(name)?;
    let (given, ty) = given(context, value)?;
    let ty = context.known_name(ty);
    let lower = name.to_ascii_lowercase();
    let unknown = || Stop::error("22023", format!("unit \"{lower}\" not recognized for type {ty}"));
    let unsupported = || Stop::error("0A000", format!("unit \"{lower}\" not supported for type {ty}"));
    let unit = unit(name).ok_or_else(unknown)?;
    let part = match given {
        Given::Infinite(forward) => {
            let grows =
                ["epoch", "year", "decade", "century", "millennium", "julian", "isoyear", "day", "hour"];
            let end = if forward { Numeric::Infinity } else { Numeric::NegativeInfinity };
            let interval = matches!(value, Value::Interval(_));
            let grows = grows[..7].contains(&unit) || (interval && grows.contains(&unit));
            return Ok(grows.then_some(end));
        }
        Given::Date(day) => match unit {
            "epoch" => whole((i64::from(day) - i64::from(calendar::UNIX_EPOCH)) * 86_400),
            "julian" => whole(i64::from(day) + i64::from(JULIAN)),
            unit => of_day(unit, day).map_or_else(|| Err(unsupported()), whole),
        },
        Given::Local { micros, east } => {
            let (day, time) = calendar::split(micros);
            match unit {
                "epoch" => {
                    let utc = micros - i64::from(east.unwrap_or_default()) * SECOND;
                    decimal(utc - i64::from(calendar::UNIX_EPOCH) * DAY, 6)
                }
                "julian" => {
                    let fraction = Numeric::from(time).div(&Numeric::from(DAY))?;
                    Ok(Numeric::from(i64::from(day) + i64::from(JULIAN)).add(&fraction)?)
                }
                unit => of_day(unit, day)
                    .map(whole)
                    .or_else(|| of_time(unit, time, east))
                    .unwrap_or_else(|| Err(unsupported())),
            }
        }
        Given::Time { micros, east } => match unit {
            "epoch" => decimal(micros - i64::from(east.unwrap_or_default()) * SECOND, 6),
            unit => of_time(unit, micros, east).unwrap_or_else(|| Err(unsupported())),
        },
        Given::Interval(interval) => {
            let years = interval.months / 12;
            match unit {
                "epoch" => {
                    let months = i64::from(interval.months % 12) * 30 * 86_400;
                    // A year has 365.25 days here.
                    let seconds = i64::from(years) * 31_557_600 + months + i64::from(interval.days) * 86_400;
                    Ok(Numeric::from(seconds).add(&decimal(interval.micros, 6)?)?)
                }
                "day" => whole(i64::from(interval.days)),
                "week" => whole(i64::from(interval.days / 7)),
                "month" => whole(i64::from(interval.months % 12)),
                "quarter" => whole(i64::from(interval.months % 12 / 3 + 1)),
                "year" => whole(i64::from(years)),
                "decade" => whole(i64::from(years / 10)),
                "century" => whole(i64::from(years / 100)),
                "millennium" => whole(i64::from(years / 1000)),
                unit => of_time(unit, interval.micros, None).unwrap_or_else(|| Err(unsupported())),
            }
        }
    };
    part.map(Some)
}

/// `extract`
pub(super) fn extract(context: &mut Context<'_>, values: &[Value]) -> Answer {
    Ok(part(context, values)?.map(Value::Numeric))
}

/// `date_part`
pub(super) fn date_part(context: &mut Context<'_>, values: &[Value]) -> Answer {
    // A date is taken apart as the midnight that begins it.
    let values: Vec<Value> = match values {
        [name, date @ Value::Date(_)] => {
            let midnight = super::convert::timestamp(context, std::slice::from_ref(date))?;
            std::iter::once(name.clone()).chain(midnight).collect()
        }
        values => values.to_vec(),
    };
    let part = part(context, &values)?;
    Ok(part.map(|part| part.to_f64()).transpose()?.map(Value::Float8))
}

/// A local time without what is less than this unit.
fn truncated(unit: &str, micros: i64) -> Option<i64> {
    let down = |step: i64| Some(micros - micros.rem_euclid(step));
    let (day, _) = calendar::split(micros);
    let (year, month, _) = calendar::date_of(day);
    let at = |year: i32, month: i32| calendar::day_of(year, month, 1).map(|day| i64::from(day) * DAY);
    let begun = |count: i32| (year - 1).div_euclid(count) * count + 1;
    match unit {
        "microseconds" => Some(micros),
        "milliseconds" => down(1000),
        "second" => down(SECOND),
        "minute" => down(MINUTE),
        "hour" => down(HOUR),
        "day" => down(DAY),
        "week" => Some(i64::from(day - (day + 5).rem_euclid(7)) * DAY),
        "month" => at(year, month),
        "quarter" => at(year, (month - 1) / 3 * 3 + 1),
        "year" => at(year, 1),
        "decade" => at(year.div_euclid(10) * 10, 1),
        "century" => at(begun(100), 1),
        "millennium" => at(begun(1000), 1),
        _ => None,
    }
}

/// `date_trunc`
pub(super) fn date_trunc(context: &mut Context<'_>, values: &[Value]) -> Answer {
    let [name, value] = values else { return Err(mismatch()) };
    let name = of(name)?;
    let (given, ty) = given(context, value)?;
    let ty = context.known_name(ty);
    let lower = name.to_ascii_lowercase();
    let unit = unit(name);
    let refusal = || {
        let (code, what) = if unit.is_some() { ("0A000", "supported") } else { ("22023", "recognized") };
        Stop::error(code, format!("unit \"{lower}\" not {what} for type {ty}"))
    };
    let unit = unit.ok_or_else(refusal)?;
    Ok(Some(match given {
        Given::Infinite(_) => value.clone(),
        Given::Local { micros, east } => {
            let truncated = truncated(unit, micros).ok_or_else(refusal)?;
            match east {
                None => Value::Timestamp(Timestamp(truncated)),
                Some(_) => Value::Timestamptz(Timestamptz(instant(context, truncated)?)),
            }
        }
        Given::Interval(interval) => {
            let months =
                |count: i32| Interval { months: interval.months / count * count, days: 0, micros: 0 };
            let micros = |step: i64| Interval { micros: interval.micros / step * step, ..interval };
            Value::Interval(match unit {
                "microseconds" => interval,
                "milliseconds" => micros(1000),
                "second" => micros(SECOND),
                "minute" => micros(MINUTE),
                "hour" => micros(HOUR),
                "day" => Interval { micros: 0, ..interval },
                "month" => months(1),
                "quarter" => months(3),
                "year" => months(12),
                "decade" => months(120),
                "century" => months(1200),
                "millennium" => months(12_000),
                _ => return Err(refusal()),
            })
        }
        Given::Date(_) | Given::Time { .. } => return Err(mismatch()),
    }))
}
