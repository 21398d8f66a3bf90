//! What the types of dates and times share: their input, which takes almost any way to write a time, and parts of their
//! output.

mod abbreviations;
mod decode;
mod field;
mod words;

use std::cmp::Ordering;

pub(crate) use decode::{Moment, Want, clock, decode};
pub(crate) use field::{Field, Kind, fields};

use super::calendar::{HOUR, MINUTE, SECOND, date_of, day_of};
use super::{DateOrder, DateOutput, DateStyle, Invalid, Zone};

/// Why a text is no date or time.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// Not understood.
    Format,
    /// Beyond what a field may be.
    Overflow,
    /// A month or a day beyond what it may be: perhaps they are the other way round.
    MonthDay,
    /// Beyond what an interval holds.
    Interval,
    /// An offset of more than 15:59:59.
    Displacement,
    /// A time zone that is not known.
    Zone(String),
}

impl Fault {
    /// The error: what `text` of this type is.
    pub(crate) fn of(self, type_name: &str, text: &str) -> Invalid {
        let out_of_range = || format!("date/time field value out of range: \"{text}\"");
        match self {
            Self::Format => {
                Invalid::new("22007", format!("invalid input syntax for type {type_name}: \"{text}\""))
            }
            Self::Overflow => Invalid::new("22008", out_of_range()),
            Self::MonthDay => Invalid {
                hint: Some("Perhaps you need a different \"DateStyle\" setting.".to_owned()),
                ..Invalid::new("22008", out_of_range())
            },
            Self::Interval => Invalid::new("22015", format!("interval field value out of range: \"{text}\"")),
            Self::Displacement => {
                Invalid::new("22009", format!("time zone displacement out of range: \"{text}\""))
            }
            Self::Zone(name) => Invalid::new("22023", format!("time zone \"{name}\" not recognized")),
        }
    }
}

/// Hours, minutes, seconds and microseconds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub(crate) struct Clock {
    pub(crate) hour: i64,
    pub(crate) minute: i32,
    pub(crate) second: i32,
    pub(crate) micro: i32,
}

impl Clock {
    /// The microseconds since midnight, of a time that does not overflow.
    pub(crate) fn micros(self) -> i64 {
        self.checked_micros().unwrap_or(i64::MAX)
    }

    /// The microseconds that this many hours and so on are.
    pub(crate) fn checked_micros(self) -> Option<i64> {
        let rest = i64::from(self.minute) * MINUTE + i64::from(self.second) * SECOND + i64::from(self.micro);
        self.hour.checked_mul(HOUR)?.checked_add(rest)
    }

    /// Whether a field, or all of it, is more than a day.
    fn overflows(self) -> bool {
        !(0..=24).contains(&self.hour)
            || !(0..60).contains(&self.minute)
            || !(0..=60).contains(&self.second)
            || !(0..=1_000_000).contains(&self.micro)
            || self.micros() > super::calendar::DAY
    }
}

/// Rounds microseconds to as many decimal digits of a second as `modifier` tells, a half away from zero.
pub(crate) fn rounded(micros: i64, modifier: i32) -> i64 {
    let Ok(precision @ 0..6) = u32::try_from(modifier) else { return micros };
    let unit = 10i64.pow(6 - precision);
    let half = if micros < 0 { -unit / 2 } else { unit / 2 };
    micros.saturating_add(half) / unit * unit
}

/// Appends `12:34:56.789`: a time of the day.
pub(crate) fn push_time(out: &mut String, micros: i64) {
    let (hour, minute) = (micros / HOUR, micros / MINUTE % 60);
    out.push_str(&format!("{hour:02}:{minute:02}:{:02}", micros / SECOND % 60));
    push_fraction(out, micros % SECOND);
}

/// Appends a fraction of a second without its last zeros.
pub(crate) fn push_fraction(out: &mut String, micros: i64) {
    if micros != 0 {
        let fraction = format!(".{:06}", micros.unsigned_abs());
        out.push_str(fraction.trim_end_matches('0'));
    }
}

/// Appends `+05:30`: an offset east of UTC, in seconds.
pub(crate) fn push_offset(out: &mut String, east: i32) {
    let (sign, seconds) = (if east < 0 { '-' } else { '+' }, east.unsigned_abs());
    out.push_str(&format!("{sign}{:02}", seconds / 3600));
    if !seconds.is_multiple_of(3600) {
        out.push_str(&format!(":{:02}", seconds / 60 % 60));
    }
    if !seconds.is_multiple_of(60) {
        out.push_str(&format!(":{:02}", seconds % 60));
    }
}

/// The year as it is written, and whether it is before Christ.
fn era(year: i32) -> (i32, bool) {
    if year > 0 { (year, false) } else { (1 - year, true) }
}

/// A date without a time.
pub(crate) fn date_text(day: i32, style: DateStyle) -> String {
    let (year, month, day) = date_of(day);
    let (year, bc) = era(year);
    let order = |between: char| match style.order {
        DateOrder::Dmy => format!("{day:02}{between}{month:02}{between}{year:04}"),
        DateOrder::Mdy | DateOrder::Ymd => format!("{month:02}{between}{day:02}{between}{year:04}"),
    };
    let text = match style.output {
        DateOutput::Iso => format!("{year:04}-{month:02}-{day:02}"),
        DateOutput::German => format!("{day:02}.{month:02}.{year:04}"),
        DateOutput::Sql => order('/'),
        DateOutput::Postgres => order('-'),
    };
    if bc { text + " BC" } else { text }
}

/// A date with a time, and with the offset and the abbreviation of a zone.
pub(crate) fn timestamp_text(timestamp: i64, zone: Option<(i32, &str)>, style: DateStyle) -> String {
    let (number, micros) = super::calendar::split(timestamp);
    let mut text = match style.output {
        DateOutput::Postgres => {
            let (_, month, day) = date_of(number);
            let month = super::calendar::MONTHS[usize::try_from(month - 1).unwrap_or(0)];
            let weekday = super::calendar::weekday(number);
            match style.order {
                DateOrder::Dmy => format!("{weekday} {day:02} {month}"),
                DateOrder::Mdy | DateOrder::Ymd => format!("{weekday} {month} {day:02}"),
            }
        }
        _ => date_text(number, style).trim_end_matches(" BC").to_owned(),
    };
    text.push(' ');
    push_time(&mut text, micros);
    let (year, bc) = era(date_of(number).0);
    if style.output == DateOutput::Postgres {
        text.push_str(&format!(" {year:04}"));
    }
    if let Some((east, abbreviation)) = zone {
        match style.output {
            DateOutput::Iso => push_offset(&mut text, east),
            _ if !abbreviation.is_empty() => text.push_str(&format!(" {abbreviation}")),
            DateOutput::Postgres => {
                text.push(' ');
                push_offset(&mut text, east);
            }
            DateOutput::Sql | DateOutput::German => push_offset(&mut text, east),
        }
    }
    if bc { text + " BC" } else { text }
}

/// The time zone that an input tells.
pub(crate) enum ZoneOf {
    /// An offset east of UTC, in seconds.
    Offset(i32),
    /// A zone with rules.
    Named(Box<dyn Zone>),
}

/// The offset at this local time.
pub(crate) fn offset(zone: &ZoneOf, local: i64) -> i32 {
    match zone {
        ZoneOf::Offset(east) => *east,
        ZoneOf::Named(zone) => zone.of_local(local),
    }
}

/// The local time that a date and a clock are: none beyond what a timestamp holds.
pub(crate) fn local(year: i32, month: i32, day: i32, clock: Clock) -> Option<i64> {
    let day = day_of(year, month, day)?;
    i64::from(day).checked_mul(super::calendar::DAY)?.checked_add(clock.micros())
}

/// The order of a time with its zone: by the instant, and where that is the same, by the zone.
pub(crate) fn compare_zoned(left: (i64, i32), right: (i64, i32)) -> Ordering {
    let instant = |(micros, west): (i64, i32)| micros + i64::from(west) * SECOND;
    instant(left).cmp(&instant(right)).then(left.1.cmp(&right.1))
}
