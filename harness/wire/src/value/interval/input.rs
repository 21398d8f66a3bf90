//! The input of an interval: words, the SQL standard's, and ISO 8601's.

use super::super::Invalid;
use super::super::calendar::{DAY, HOUR, MINUTE, SECOND};
use super::super::datetime::{Clock, Fault, Field, Kind, clock, fields};
use super::{Interval, field};

/// The units, in the order of their lengths.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Unit {
    Microsecond,
    Millisecond,
    Second,
    Minute,
    Hour,
    Day,
    Week,
    Month,
    Year,
    Decade,
    Century,
    Millennium,
}

fn unit(word: &str) -> Option<Unit> {
    // No more than the first ten letters of a word count.
    Some(match word.get(..10).unwrap_or(word) {
        "us" | "usec" | "usecs" | "usecond" | "useconds" | "microsecon" => Unit::Microsecond,
        "ms" | "msec" | "msecs" | "msecond" | "mseconds" | "millisecon" => Unit::Millisecond,
        "s" | "sec" | "secs" | "second" | "seconds" => Unit::Second,
        "m" | "min" | "mins" | "minute" | "minutes" => Unit::Minute,
        "h" | "hr" | "hrs" | "hour" | "hours" => Unit::Hour,
        "d" | "day" | "days" => Unit::Day,
        "w" | "week" | "weeks" => Unit::Week,
        "mon" | "mons" | "month" | "months" => Unit::Month,
        "y" | "yr" | "yrs" | "year" | "years" => Unit::Year,
        "dec" | "decs" | "decade" | "decades" => Unit::Decade,
        "c" | "cent" | "century" | "centuries" => Unit::Century,
        "mil" | "mils" | "millennium" | "millennia" => Unit::Millennium,
        _ => return None,
    })
}

/// The interval so far, and the units that have been told.
#[derive(Default)]
struct Sum {
    years: i32,
    months: i32,
    days: i32,
    micros: i64,
    told: Vec<Unit>,
    /// Whether every number is below zero, as the SQL standard's one sign says.
    negative: bool,
}

/// The whole part of a number of limited size.
#[expect(
    clippy::cast_possible_truncation,
    reason = "what does not fit is cut, and found too long when it is added"
)]
fn whole(value: f64) -> i64 {
    value as i64
}

impl Sum {
    fn tell(&mut self, units: &[Unit]) -> Result<(), Fault> {
        if units.iter().any(|unit| self.told.contains(unit)) {
            return Err(Fault::Format);
        }
        self.told.extend(units);
        Ok(())
    }

    fn add_micros(&mut self, value: i64, scale: i64) -> Result<(), Fault> {
        let product = value.checked_mul(scale).and_then(|product| self.micros.checked_add(product));
        self.micros = product.ok_or(Fault::Interval)?;
        Ok(())
    }

    fn add_days(&mut self, value: i64, scale: i64) -> Result<(), Fault> {
        let product = value.checked_mul(scale).and_then(|product| product.checked_add(self.days.into()));
        self.days = product.and_then(|days| i32::try_from(days).ok()).ok_or(Fault::Interval)?;
        Ok(())
    }

    fn add_months(&mut self, value: i64) -> Result<(), Fault> {
        let sum = value.checked_add(self.months.into()).and_then(|sum| i32::try_from(sum).ok());
        self.months = sum.ok_or(Fault::Interval)?;
        Ok(())
    }

    fn add_years(&mut self, value: i64, scale: i64) -> Result<(), Fault> {
        let product = value.checked_mul(scale).and_then(|product| product.checked_add(self.years.into()));
        self.years = product.and_then(|years| i32::try_from(years).ok()).ok_or(Fault::Interval)?;
        Ok(())
    }

    /// A fraction of so many microseconds, rounded.
    fn add_fraction(&mut self, fraction: f64, scale: i64) -> Result<(), Fault> {
        // Exact: no more than a day.
        #[expect(clippy::cast_precision_loss)]
        let scaled = fraction * scale as f64;
        let rest = scaled.fract();
        let nearest = i64::from(rest > 0.5) - i64::from(rest < -0.5);
        self.add_micros(whole(scaled) + nearest, 1)
    }

    /// A fraction of so many days.
    fn add_fraction_of_days(&mut self, fraction: f64, scale: f64) -> Result<(), Fault> {
        let scaled = fraction * scale;
        self.add_days(whole(scaled), 1)?;
        self.add_fraction(scaled.fract(), DAY)
    }

    /// Adds so much of a unit.
    fn add(&mut self, value: i64, fraction: f64, unit: Unit) -> Result<(), Fault> {
        match unit {
            Unit::Second if fraction != 0.0 => self.tell(&[unit, Unit::Millisecond, Unit::Microsecond])?,
            _ => self.tell(&[unit])?,
        }
        let micros = match unit {
            Unit::Microsecond => 1,
            Unit::Millisecond => 1000,
            Unit::Second => SECOND,
            Unit::Minute => MINUTE,
            Unit::Hour => HOUR,
            Unit::Day => {
                self.add_days(value, 1)?;
                return self.add_fraction(fraction, DAY);
            }
            Unit::Week => {
                self.add_days(value, 7)?;
                return self.add_fraction_of_days(fraction, 7.0);
            }
            Unit::Month => {
                self.add_months(value)?;
                return self.add_fraction_of_days(fraction, 30.0);
            }
            Unit::Year => return self.add_all_years(value, fraction, 1),
            Unit::Decade => return self.add_all_years(value, fraction, 10),
            Unit::Century => return self.add_all_years(value, fraction, 100),
            Unit::Millennium => return self.add_all_years(value, fraction, 1000),
        };
        self.add_micros(value, micros)?;
        self.add_fraction(fraction, micros)
    }

    fn add_all_years(&mut self, value: i64, fraction: f64, scale: i32) -> Result<(), Fault> {
        self.add_years(value, scale.into())?;
        self.add_months(whole((fraction * f64::from(scale) * 12.0).round_ties_even()))
    }

    /// A time of the day, which may be longer than a day.
    fn add_time(&mut self, text: &str, negative: bool, fields: i32) -> Result<(), Fault> {
        self.tell(&[Unit::Hour, Unit::Minute, Unit::Second, Unit::Millisecond, Unit::Microsecond])?;
        let mut time = clock(text)?;
        // Of two numbers, `minute to second` takes the second one for seconds.
        if fields == field::MINUTE | field::SECOND && text.matches(':').count() == 1 && !text.contains('.') {
            let minute = i32::try_from(time.hour).map_err(|_| Fault::Interval)?;
            time = Clock { hour: 0, minute, second: time.minute, micro: 0 };
        }
        let micros = time.checked_micros().ok_or(Fault::Interval)?;
        self.add_micros(if negative || self.negative { -micros } else { micros }, 1)
    }

    fn negated(self) -> Result<Self, Fault> {
        Ok(Self {
            years: self.years.checked_neg().ok_or(Fault::Interval)?,
            months: self.months.checked_neg().ok_or(Fault::Interval)?,
            days: self.days.checked_neg().ok_or(Fault::Interval)?,
            micros: self.micros.checked_neg().ok_or(Fault::Interval)?,
            ..self
        })
    }
}

/// The unit of a last number that tells none.
fn default_unit(fields: i32) -> Unit {
    let last = |names: &[i32], name: i32| fields & name != 0 && names.iter().all(|later| fields & later == 0);
    match fields {
        field::ALL => Unit::Second,
        field::YEAR => Unit::Year,
        _ if last(&[field::DAY, field::HOUR, field::MINUTE, field::SECOND], field::MONTH) => Unit::Month,
        _ if last(&[field::HOUR, field::MINUTE, field::SECOND], field::DAY) => Unit::Day,
        _ if last(&[field::MINUTE, field::SECOND], field::HOUR) => Unit::Hour,
        _ if last(&[field::SECOND], field::MINUTE) => Unit::Minute,
        _ => Unit::Second,
    }
}

/// A number with an optional sign: the whole, the sign, and what follows.
fn signed(text: &str) -> Result<(i64, bool, &str), Fault> {
    let negative = text.starts_with('-');
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    let end = digits.find(|c: char| !c.is_ascii_digit()).unwrap_or(digits.len());
    let value = match &digits[..end] {
        "" if digits.starts_with('.') => 0,
        "" => return Err(Fault::Format),
        number => number.parse().map_err(|_| Fault::Interval)?,
    };
    Ok((if negative { -value } else { value }, negative, &digits[end..]))
}

/// A fraction such as `.25`, with a sign.
fn fraction(text: &str, negative: bool) -> Result<f64, Fault> {
    let digits = text.strip_prefix('.').ok_or(Fault::Format)?;
    if !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(Fault::Format);
    }
    let value: f64 = if digits.is_empty() { 0.0 } else { text.parse().map_err(|_| Fault::Format)? };
    Ok(if negative { -value } else { value })
}

/// Adds a number; or years and months, as the SQL standard has them.
fn add_number(sum: &mut Sum, text: &str, unit: Unit) -> Result<(), Fault> {
    let (value, negative, rest) = signed(text)?;
    let (value, negative) = if sum.negative { (-value.saturating_abs(), true) } else { (value, negative) };
    if let Some(months) = rest.strip_prefix('-') {
        let months: i64 = match months {
            "" => 0,
            months => months.parse().map_err(|_| Fault::Format)?,
        };
        if !(0..12).contains(&months) {
            return Err(Fault::Interval);
        }
        let value = value.checked_mul(12).ok_or(Fault::Interval)?;
        return sum.add(value + if negative { -months } else { months }, 0.0, Unit::Month);
    }
    let fraction = if rest.is_empty() { 0.0 } else { fraction(rest, negative)? };
    sum.add(value, fraction, unit)
}

/// Reads numbers and units. A unit follows its number, so they are read from behind.
fn words(all: &[Field], sql_standard: bool, fields: i32) -> Result<Sum, Fault> {
    // The SQL standard has one sign, before the first field, for all of them.
    let sign = |field: &Field| field.text.starts_with(['-', '+']);
    let first = all.first().is_some_and(|field| field.text.starts_with('-'));
    let mut sum = Sum { negative: sql_standard && first && !all.iter().skip(1).any(sign), ..Sum::default() };
    let mut of = None;
    // A unit that waits for its number.
    let mut waiting = false;
    let mut ago = false;
    for (index, Field { kind, text }) in all.iter().enumerate().rev() {
        match kind {
            Kind::Time => {
                sum.add_time(text, false, fields)?;
                (of, waiting) = (Some(Unit::Day), false);
            }
            Kind::Signed if text.contains(':') => {
                sum.add_time(&text[1..], text.starts_with('-'), fields)?;
                (of, waiting) = (Some(Unit::Day), false);
            }
            Kind::Signed | Kind::Number | Kind::Date => {
                let months = text.trim_start_matches(['-', '+']).contains('-');
                if ago && of.is_none() && !months {
                    return Err(Fault::Format);
                }
                add_number(&mut sum, text, *of.get_or_insert_with(|| default_unit(fields)))?;
                if months {
                    of = Some(Unit::Month);
                }
                waiting = false;
            }
            Kind::Word | Kind::Special => match text.as_str() {
                "ago" if index + 1 == all.len() => ago = true,
                _ if waiting => return Err(Fault::Format),
                word => {
                    of = Some(unit(word).ok_or(Fault::Format)?);
                    waiting = true;
                }
            },
        }
    }
    if sum.told.is_empty() || waiting {
        return Err(Fault::Format);
    }
    if ago { sum.negated() } else { Ok(sum) }
}

/// A number of ISO 8601's: the whole, the fraction, and what follows.
fn iso_number(text: &str) -> Result<(i64, f64, &str), Fault> {
    let sign = usize::from(text.starts_with(['-', '+']));
    let end =
        text[sign..].find(|c: char| !c.is_ascii_digit() && c != '.').map_or(text.len(), |end| end + sign);
    let (value, negative, rest) = signed(&text[..end])?;
    let fraction = if rest.is_empty() { 0.0 } else { fraction(rest, negative)? };
    Ok((value, fraction, &text[end..]))
}

/// Reads what ISO 8601 has: `P1Y2M3DT4H5M6S`, or `P0001-02-03T04:05:06`.
fn iso_8601(text: &str) -> Result<Sum, Fault> {
    let mut rest = text.strip_prefix('P').filter(|rest| !rest.is_empty()).ok_or(Fault::Format)?;
    let mut sum = Sum::default();
    let mut date = true;
    let mut told = false;
    while !rest.is_empty() {
        if let Some(time) = rest.strip_prefix('T').filter(|_| date) {
            (date, told, rest) = (false, false, time);
            continue;
        }
        let (value, fraction, after) = iso_number(rest)?;
        let alternative = if date {
            after.is_empty() || after.starts_with(['-', 'T'])
        } else {
            after.is_empty() || after.starts_with(':')
        };
        if alternative {
            if told {
                return Err(Fault::Format);
            }
            rest = iso_alternative(&mut sum, rest, date)?;
            told = true;
            continue;
        }
        let unit = match (after.as_bytes().first(), date) {
            (Some(b'Y'), true) => Unit::Year,
            (Some(b'M'), true) => Unit::Month,
            (Some(b'W'), true) => Unit::Week,
            (Some(b'D'), true) => Unit::Day,
            (Some(b'H'), false) => Unit::Hour,
            (Some(b'M'), false) => Unit::Minute,
            (Some(b'S'), false) => Unit::Second,
            _ => return Err(Fault::Format),
        };
        // The same unit may come twice here.
        sum.told.clear();
        sum.add(value, fraction, unit)?;
        told = true;
        rest = &after[1..];
    }
    Ok(sum)
}

/// The alternative format: the numbers of a date or of a time, with something between them or run together.
fn iso_alternative<'a>(sum: &mut Sum, text: &'a str, date: bool) -> Result<&'a str, Fault> {
    let (between, units, widths) = if date {
        ('-', [Unit::Year, Unit::Month, Unit::Day], [4, 6, 8])
    } else {
        (':', [Unit::Hour, Unit::Minute, Unit::Second], [2, 4, 6])
    };
    let digits = text.find(|c: char| !c.is_ascii_digit()).unwrap_or(text.len());
    if digits == widths[2] {
        for (index, unit) in units.into_iter().enumerate() {
            let start = if index == 0 { 0 } else { widths[index - 1] };
            let value = text[start..widths[index]].parse().map_err(|_| Fault::Format)?;
            sum.add(value, 0.0, unit)?;
        }
        let rest = &text[digits..];
        let Some(end) = rest.strip_prefix('.') else { return Ok(rest) };
        let end = end.find(|c: char| !c.is_ascii_digit()).map_or(rest.len(), |end| end + 1);
        // PostgreSQL takes it for a fraction of a microsecond.
        sum.add_fraction(fraction(&rest[..end], false)?, 1)?;
        return Ok(&rest[end..]);
    }
    let mut rest = text;
    for unit in units {
        let (value, fraction, after) = iso_number(rest)?;
        sum.add(value, fraction, unit)?;
        rest = after;
        match after.strip_prefix(between) {
            Some(next) if unit != units[2] => rest = next,
            _ => break,
        }
    }
    Ok(rest)
}

/// Reads an interval. `fields` is the mask of a modifier.
pub(super) fn read(text: &str, sql_standard: bool, mask: i32) -> Result<Interval, Invalid> {
    let all = fields(text);
    if let Ok([Field { text, .. }]) = all.as_deref() {
        match text.as_str() {
            "infinity" | "+infinity" => return Ok(Interval::INFINITY),
            "-infinity" => return Ok(Interval::NEGATIVE_INFINITY),
            _ => {}
        }
    }
    let read = match all.and_then(|all| words(&all, sql_standard, mask)) {
        Err(Fault::Format) => iso_8601(text),
        other => other,
    };
    let sum = read.map_err(|fault| match fault {
        Fault::Overflow => Fault::Interval.of("interval", text),
        fault => fault.of("interval", text),
    })?;
    let months = i64::from(sum.years) * 12 + i64::from(sum.months);
    let months = i32::try_from(months).map_err(|_| Invalid::new("22008", "interval out of range"))?;
    Ok(Interval { months, days: sum.days, micros: sum.micros })
}
