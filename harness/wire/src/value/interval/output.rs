//! The text of an interval, in four styles.

use super::super::IntervalStyle;
use super::super::calendar::{HOUR, MINUTE, SECOND};
use super::super::datetime::push_fraction;
use super::Interval;

/// An interval as it is written: each part with its sign.
struct Parts {
    year: i64,
    month: i64,
    day: i64,
    hour: i64,
    minute: i64,
    /// Microseconds, of less than a minute.
    micros: i64,
}

impl Parts {
    fn of(interval: Interval) -> Self {
        Self {
            year: i64::from(interval.months / 12),
            month: i64::from(interval.months % 12),
            day: i64::from(interval.days),
            hour: interval.micros / HOUR,
            minute: interval.micros / MINUTE % 60,
            micros: interval.micros % MINUTE,
        }
    }

    fn all(&self) -> [i64; 6] {
        [self.year, self.month, self.day, self.hour, self.minute, self.micros]
    }

    /// Whether the time, which has one sign, is below zero.
    fn negative_time(&self) -> bool {
        self.hour < 0 || self.minute < 0 || self.micros < 0
    }

    fn has_time(&self) -> bool {
        self.hour != 0 || self.minute != 0 || self.micros != 0
    }

    /// `2:03:04.5` without a sign, and with at least `width` digits of hours.
    fn time(&self, width: usize) -> String {
        let (hour, minute) = (self.hour.unsigned_abs(), self.minute.unsigned_abs());
        format!("{hour:0width$}:{minute:02}:{}", seconds(self.micros, 2))
    }
}

/// Seconds without a sign, and with at least `width` digits before the point.
fn seconds(micros: i64, width: usize) -> String {
    let mut text = format!("{:0width$}", micros.unsigned_abs() / SECOND.unsigned_abs());
    push_fraction(&mut text, micros % SECOND);
    text
}

/// The text of `interval`.
pub(super) fn write(interval: Interval, style: IntervalStyle) -> String {
    match interval {
        Interval::INFINITY => return "infinity".to_owned(),
        Interval::NEGATIVE_INFINITY => return "-infinity".to_owned(),
        _ => {}
    }
    let parts = Parts::of(interval);
    match style {
        IntervalStyle::Postgres => postgres(&parts),
        IntervalStyle::PostgresVerbose => verbose(&parts),
        IntervalStyle::SqlStandard => sql_standard(parts),
        IntervalStyle::Iso8601 => iso_8601(&parts),
    }
}

/// `1 year 2 mons -3 days +04:05:06`: a plus tells that the part before was below zero and this one is not.
fn postgres(parts: &Parts) -> String {
    let mut words = Vec::new();
    let mut before = false;
    for (value, unit) in [(parts.year, "year"), (parts.month, "mon"), (parts.day, "day")] {
        if value == 0 {
            continue;
        }
        let sign = if before && value > 0 { "+" } else { "" };
        let plural = if value == 1 { "" } else { "s" };
        words.push(format!("{sign}{value} {unit}{plural}"));
        before = value < 0;
    }
    if words.is_empty() || parts.has_time() {
        let sign = match parts.negative_time() {
            true => "-",
            false if before => "+",
            false => "",
        };
        words.push(format!("{sign}{}", parts.time(2)));
    }
    words.join(" ")
}

/// `@ 1 year 2 mons -3 days 4 hours 5 mins 6 secs ago`: the first part's sign is told by `ago`.
fn verbose(parts: &Parts) -> String {
    let mut text = "@".to_owned();
    let mut ago = None;
    let units = [
        (parts.year, "year"),
        (parts.month, "mon"),
        (parts.day, "day"),
        (parts.hour, "hour"),
        (parts.minute, "min"),
        (parts.micros, "sec"),
    ];
    for (value, unit) in units {
        if value == 0 {
            continue;
        }
        let opposite = *ago.get_or_insert(value < 0);
        let sign = if (value < 0) == opposite { "" } else { "-" };
        let (number, one) = if unit == "sec" {
            (seconds(value, 1), value.abs() == SECOND)
        } else {
            (value.unsigned_abs().to_string(), value == if opposite { -1 } else { 1 })
        };
        text.push_str(&format!(" {sign}{number} {unit}{}", if one { "" } else { "s" }));
    }
    match ago {
        None => text.push_str(" 0"),
        Some(true) => text.push_str(" ago"),
        Some(false) => {}
    }
    text
}

/// `1-2`, `3 4:05:06`, and with both or with mixed signs `+1-2 -3 +4:05:06`, which is not the standard's any more.
fn sql_standard(parts: Parts) -> String {
    let negative = parts.all().iter().any(|part| *part < 0);
    let positive = parts.all().iter().any(|part| *part > 0);
    let months = parts.year != 0 || parts.month != 0;
    let days = parts.day != 0 || parts.has_time();
    if !negative && !positive {
        return "0".to_owned();
    }
    let (year, month, day) = (parts.year.abs(), parts.month.abs(), parts.day.abs());
    if negative && positive || months && days {
        let sign = |negative| if negative { '-' } else { '+' };
        let of_months = sign(parts.year < 0 || parts.month < 0);
        let (of_days, of_time) = (sign(parts.day < 0), sign(parts.negative_time()));
        return format!("{of_months}{year}-{month} {of_days}{day} {of_time}{}", parts.time(1));
    }
    let sign = if negative { "-" } else { "" };
    match () {
        () if months => format!("{sign}{year}-{month}"),
        () if parts.day != 0 => format!("{sign}{day} {}", parts.time(1)),
        () => format!("{sign}{}", parts.time(1)),
    }
}

/// `P1Y2M-3DT4H5M6S`
fn iso_8601(parts: &Parts) -> String {
    let part = |value: i64, unit| if value == 0 { String::new() } else { format!("{value}{unit}") };
    let mut text = format!("P{}{}{}", part(parts.year, 'Y'), part(parts.month, 'M'), part(parts.day, 'D'));
    if parts.has_time() {
        text.push_str(&format!("T{}{}", part(parts.hour, 'H'), part(parts.minute, 'M')));
        if parts.micros != 0 {
            let sign = if parts.micros < 0 { "-" } else { "" };
            text.push_str(&format!("{sign}{}S", seconds(parts.micros, 1)));
        }
    }
    if text == "P" { "PT0S".to_owned() } else { text }
}
