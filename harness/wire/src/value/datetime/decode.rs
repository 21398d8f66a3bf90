//! What the fields of a date or a time mean. A field's meaning depends on what has been found before it.

use super::super::{DateOrder, Style};
use super::abbreviations::abbreviation;
use super::words::{Word, word};
use super::{Clock, Fault, Field, Kind, ZoneOf, fields};
use crate::value::calendar::{DAY, SECOND, date_of, day_of, days_in_month, split};

/// What an input is to tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Want {
    /// A date, with or without a time.
    Date,
    /// A time, with or without a date.
    Time,
}

/// What an input tells.
pub(crate) enum Moment {
    /// A date, a time, a zone.
    At {
        /// Year, month, day.
        date: Option<(i32, i32, i32)>,
        /// The time; midnight where none is told.
        clock: Clock,
        /// The zone.
        zone: Option<ZoneOf>,
    },
    /// 1970-01-01.
    Epoch,
    /// `infinity`
    Infinity,
    /// `-infinity`
    NegativeInfinity,
}

/// What a field before this one announces.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Announced {
    Time,
    Julian,
}

/// What has been found so far.
#[derive(Default)]
struct Found {
    year: Option<i32>,
    month: Option<i32>,
    day: Option<i32>,
    day_of_year: Option<i32>,
    clock: Option<Clock>,
    zone: Option<ZoneOf>,
    meridiem: Option<bool>,
    /// Whether an era is told, and whether it is before Christ.
    before_christ: Option<bool>,
    weekday: bool,
    text_month: bool,
    short_year: bool,
    julian: bool,
    announced: Option<Announced>,
    special: Option<Word>,
}

/// Sets what has not been set yet.
fn set<T>(place: &mut Option<T>, value: T) -> Result<(), Fault> {
    if place.is_some() {
        return Err(Fault::Format);
    }
    *place = Some(value);
    Ok(())
}

/// A number all of whose characters are digits.
fn number(text: &str) -> Result<i32, Fault> {
    if text.is_empty() || !text.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(Fault::Format);
    }
    text.parse().map_err(|_| Fault::Overflow)
}

/// A number of hours, of which an interval may have many.
fn hours(text: &str) -> Result<i64, Fault> {
    number(text).map(i64::from).or_else(|fault| match fault {
        Fault::Overflow => text.parse().map_err(|_| Fault::Overflow),
        fault => Err(fault),
    })
}

/// The microseconds that a fraction such as `.25` is, rounded.
pub(crate) fn fraction(text: &str) -> Result<i32, Fault> {
    let digits = text.strip_prefix('.').ok_or(Fault::Format)?;
    if !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return Err(Fault::Format);
    }
    if digits.is_empty() {
        return Ok(0);
    }
    let fraction: f64 = text.parse().map_err(|_| Fault::Format)?;
    // Between 0 and 1000000.
    #[expect(clippy::cast_possible_truncation)]
    Ok((fraction * 1_000_000.0).round_ties_even() as i32)
}

/// A time: hours, minutes, and perhaps seconds with a fraction. With one colon and a fraction, minutes and seconds.
pub(crate) fn clock(text: &str) -> Result<Clock, Fault> {
    let (whole, micro) = match text.find('.') {
        Some(point) => (&text[..point], Some(fraction(&text[point..])?)),
        None => (text, None),
    };
    // A number that is left out is zero.
    let number = |text: &str| if text.is_empty() { Ok(0) } else { number(text) };
    let parts: Vec<&str> = whole.split(':').collect();
    let (hour, minute, second) = match (parts.as_slice(), micro) {
        ([minute, second], Some(_)) => (0, number(minute)?, number(second)?),
        ([hour, minute], None) => (hours(hour)?, number(minute)?, 0),
        ([hour, minute, second], _) => (hours(hour)?, number(minute)?, number(second)?),
        _ => return Err(Fault::Format),
    };
    if minute > 59 || second > 60 {
        return Err(Fault::Overflow);
    }
    Ok(Clock { hour, minute, second, micro: micro.unwrap_or(0) })
}

/// An offset such as `+5`, `-0530`, `+05:30:15`: seconds east of UTC.
fn displacement(text: &str) -> Result<i32, Fault> {
    let (sign, text) = match text.as_bytes().first() {
        Some(b'+') => (1, &text[1..]),
        Some(b'-') => (-1, &text[1..]),
        _ => return Err(Fault::Format),
    };
    // What else follows counts only when the numbers are right.
    let end = text.find(|c: char| !c.is_ascii_digit() && c != ':').unwrap_or(text.len());
    let parts: Vec<&str> = text[..end].split(':').collect();
    let (hour, minute, second) = match parts.as_slice() {
        [all] if all.len() > 2 && end == text.len() => (number(all)? / 100, number(all)? % 100, 0),
        [hour] => (number(hour)?, 0, 0),
        [hour, minute] => (number(hour)?, number(minute)?, 0),
        [hour, minute, second, ..] => (number(hour)?, number(minute)?, number(second)?),
        [] => return Err(Fault::Format),
    };
    if hour > 15 || minute > 59 || second > 59 {
        return Err(Fault::Displacement);
    }
    if end < text.len() || parts.len() > 3 {
        return Err(Fault::Format);
    }
    Ok(sign * (hour * 3600 + minute * 60 + second))
}

impl Found {
    fn any_date(&self) -> bool {
        self.year.is_some() || self.month.is_some() || self.day.is_some() || self.day_of_year.is_some()
    }

    fn all_date(&self) -> bool {
        self.day_of_year.is_some() && self.year.is_some()
            || self.year.is_some() && self.month.is_some() && self.day.is_some()
    }

    /// A number with a place of its own in the date that has been found so far.
    fn number(&mut self, text: &str, order: DateOrder, dated: bool) -> Result<(), Fault> {
        let whole = text.find('.').unwrap_or(text.len());
        let value = number(&text[..whole])?;
        if whole < text.len() {
            if whole > 2 {
                // A date or a time that is run together.
                return self.together(text, dated || self.all_date());
            }
            // What is behind the point does not count here.
            fraction(&text[whole..])?;
        }
        let long = text.len() >= 3;
        if dated {
            return self.together(text, true);
        }
        let parts = (self.year.is_some(), self.month.is_some(), self.day.is_some());
        if text.len() == 3 && parts == (true, false, false) && (1..=366).contains(&value) {
            return set(&mut self.day_of_year, value);
        }
        enum Part {
            Year,
            Month,
            Day,
        }
        let part = match parts {
            _ if self.day_of_year.is_some() => return self.together(text, true),
            (true, true, true) => return self.together(text, true),
            (false, false, false) if long || order == DateOrder::Ymd => Part::Year,
            (false, false, false) if order == DateOrder::Dmy => Part::Day,
            (false, false, false) | (true, false, false) | (false, false, true) => Part::Month,
            (false, true, false) if self.text_month && (long || order == DateOrder::Ymd) => Part::Year,
            (false, true, false) => Part::Day,
            (true, true, false) => {
                if self.text_month && long && self.short_year {
                    // The number before was the day after all.
                    self.day = self.year;
                    self.year = Some(value);
                    self.short_year = false;
                    return Ok(());
                }
                Part::Day
            }
            (false, true, true) => Part::Year,
            (true, false, true) => return Err(Fault::Format),
        };
        match part {
            Part::Year => {
                self.short_year = text.len() <= 2;
                set(&mut self.year, value)
            }
            Part::Month => set(&mut self.month, value),
            Part::Day => set(&mut self.day, value),
        }
    }

    /// A number that is a date or a time run together: `20240229`, `123456.789`.
    fn together(&mut self, text: &str, dated: bool) -> Result<(), Fault> {
        let (digits, micro) = match text.find('.') {
            Some(point) => (&text[..point], Some(fraction(&text[point..])?)),
            None => (text, None),
        };
        number(digits).or_else(|fault| if fault == Fault::Overflow { Ok(0) } else { Err(fault) })?;
        let pair = |at: usize| number(&digits[at..at + 2]);
        if micro.is_none() && !dated && digits.len() >= 6 {
            let year = digits.len() - 4;
            self.short_year = year == 2;
            set(&mut self.year, number(&digits[..year])?)?;
            set(&mut self.month, pair(year)?)?;
            return set(&mut self.day, pair(year + 2)?);
        }
        let micro = micro.unwrap_or(0);
        let clock = match digits.len() {
            6 => Clock { hour: pair(0)?.into(), minute: pair(2)?, second: pair(4)?, micro },
            4 => Clock { hour: pair(0)?.into(), minute: pair(2)?, second: 0, micro },
            _ => return Err(Fault::Format),
        };
        set(&mut self.clock, clock)
    }

    /// A date with something between its parts.
    fn date(&mut self, text: &str, order: DateOrder) -> Result<(), Fault> {
        let is_digit = |part: &&str| part.starts_with(|c: char| c.is_ascii_digit());
        let mut parts = Vec::new();
        let mut rest = text;
        while let Some(start) = rest.find(|c: char| c.is_ascii_alphanumeric()) {
            rest = &rest[start..];
            let digits = is_digit(&rest);
            let end = rest.find(|c: char| !c.is_ascii_alphanumeric() || c.is_ascii_digit() != digits);
            let (part, after) = rest.split_at(end.unwrap_or(rest.len()));
            parts.push(part);
            rest = after;
        }
        // Only a month in this field counts as text here.
        let text_month = std::mem::take(&mut self.text_month);
        for part in parts.iter().filter(|part| !is_digit(part)) {
            match word(part) {
                Some(Word::Month(month)) => {
                    set(&mut self.month, month)?;
                    self.text_month = true;
                }
                Some(Word::Filler) => {}
                _ => return Err(Fault::Format),
            }
        }
        for part in parts.iter().filter(|part| is_digit(part)) {
            self.number(part, order, false)?;
        }
        self.text_month = text_month;
        // Besides a zone nothing comes before a date in one piece.
        let told = self.weekday || self.before_christ.is_some() || self.meridiem.is_some();
        if told || self.clock.is_some() || !self.all_date() { Err(Fault::Format) } else { Ok(()) }
    }

    /// A time that is run together, and its zone: `040506-08`.
    fn time_and_zone(&mut self, text: &str) -> Result<(), Fault> {
        let sign = text.find('-').filter(|_| self.clock.is_none()).ok_or(Fault::Format)?;
        let east = displacement(&text[sign..])?;
        self.together(&text[..sign], true)?;
        set(&mut self.zone, ZoneOf::Offset(east))
    }

    fn julian_day(&mut self, text: &str) -> Result<(), Fault> {
        let whole = text.find('.').unwrap_or(text.len());
        let day = number(&text[..whole])? - crate::value::calendar::JULIAN;
        let (year, month, day) = date_of(day);
        if self.any_date() {
            return Err(Fault::Format);
        }
        (self.year, self.month, self.day, self.julian) = (Some(year), Some(month), Some(day), true);
        if whole < text.len() {
            let of_day: f64 = text[whole..].parse().map_err(|_| Fault::Format)?;
            #[expect(clippy::cast_possible_truncation)]
            let micros = (of_day * 86_400_000_000.0) as i64;
            set(&mut self.clock, clock_of(micros))?;
        }
        Ok(())
    }

    fn word(&mut self, text: &str, style: &Style<'_>, want: Want, last: bool) -> Result<(), Fault> {
        // A zone's abbreviation goes before a word of the same letters.
        let session = word(text).is_none().then(|| {
            let (east, name) = style.zone.at(style.now);
            (name.to_ascii_lowercase() == text).then_some(east)
        });
        if let Some(east) = session.flatten().or_else(|| abbreviation(text)) {
            return set(&mut self.zone, ZoneOf::Offset(east));
        }
        let Some(word) = word(text) else {
            let zone = style.zone.named(text).ok_or(Fault::Format)?;
            return set(&mut self.zone, ZoneOf::Named(zone));
        };
        match word {
            Word::Month(_) | Word::Weekday if want == Want::Time => Err(Fault::Format),
            Word::Month(month) => {
                let numeric = self.month.filter(|_| !self.text_month && self.day.is_none());
                if let Some(day) = numeric.filter(|day| (1..=31).contains(day)) {
                    // The number before was the day.
                    self.day = Some(day);
                    self.month = None;
                }
                self.text_month = true;
                set(&mut self.month, month)
            }
            Word::Weekday if self.weekday => Err(Fault::Format),
            Word::Weekday => {
                self.weekday = true;
                Ok(())
            }
            Word::Meridiem(afternoon) => set(&mut self.meridiem, afternoon),
            Word::Era(before) => set(&mut self.before_christ, before),
            Word::Filler => Ok(()),
            Word::Unit => Err(Fault::Format),
            Word::Time if last || want == Want::Date && !self.all_date() => Err(Fault::Format),
            Word::Time => set(&mut self.announced, Announced::Time),
            Word::Julian if last => Err(Fault::Format),
            Word::Julian => set(&mut self.announced, Announced::Julian),
            Word::Now => {
                let (east, _) = style.zone.at(style.now);
                let (day, micros) = split(style.now + i64::from(east) * SECOND);
                self.today(day)?;
                set(&mut self.clock, clock_of(micros))?;
                set(&mut self.zone, ZoneOf::Offset(east))
            }
            Word::Midnight => {
                set(&mut self.clock, Clock::default())?;
                set(&mut self.zone, ZoneOf::Offset(0))
            }
            _ if want == Want::Time => Err(Fault::Format),
            Word::Today(later) => {
                let (east, _) = style.zone.at(style.now);
                self.today(split(style.now + i64::from(east) * SECOND).0 + later)
            }
            Word::Epoch | Word::Infinity | Word::NegativeInfinity => {
                if self.any_date() || self.clock.is_some() || self.zone.is_some() {
                    return Err(Fault::Format);
                }
                set(&mut self.special, word)
            }
        }
    }

    fn today(&mut self, day: i32) -> Result<(), Fault> {
        if self.any_date() {
            return Err(Fault::Format);
        }
        let (year, month, day) = date_of(day);
        (self.year, self.month, self.day) = (Some(year), Some(month), Some(day));
        Ok(())
    }

    fn field(&mut self, at: usize, all: &[Field], style: &Style<'_>, want: Want) -> Result<(), Fault> {
        let Field { kind, text } = &all[at];
        let order = style.date.order;
        let last = at + 1 == all.len();
        let digits = text.starts_with(|c: char| c.is_ascii_digit());
        if self.special.is_some() {
            return Err(Fault::Format);
        }
        match kind {
            Kind::Date if self.announced == Some(Announced::Julian) => Err(Fault::Format),
            Kind::Date => {
                let announced = self.announced.take().is_some();
                // A time may have a date before it, or behind all else.
                let dated = match want {
                    Want::Date => self.month.is_some() && self.day.is_some() || self.day_of_year.is_some(),
                    Want::Time => {
                        let date_last = all[all.len() - 1].kind == Kind::Date;
                        at > 0 || all.len() < 2 || !(date_last || all[1].kind == Kind::Time)
                    }
                };
                if announced || digits && dated {
                    return self.time_and_zone(text);
                }
                if dated {
                    let zone = style.zone.named(text).or_else(|| posix(text));
                    let zone = zone.ok_or_else(|| Fault::Zone(text.clone()))?;
                    return set(&mut self.zone, ZoneOf::Named(zone));
                }
                self.date(text, order)
            }
            Kind::Time => {
                if self.announced.take() == Some(Announced::Julian) {
                    return Err(Fault::Format);
                }
                let clock = clock(text)?;
                if clock.overflows() {
                    return Err(Fault::Overflow);
                }
                set(&mut self.clock, clock)
            }
            Kind::Signed => set(&mut self.zone, ZoneOf::Offset(displacement(text)?)),
            Kind::Number => match self.announced.take() {
                Some(Announced::Julian) => self.julian_day(text),
                Some(Announced::Time) => self.together(text, true),
                None => {
                    let point = text.find('.');
                    let dated = self.any_date();
                    if want == Want::Time {
                        let short = point.is_some_and(|point| point <= 2);
                        return if short { Err(Fault::Format) } else { self.together(text, true) };
                    }
                    if point.is_some() && !dated {
                        return self.date(text, order);
                    }
                    let long = point.is_none() && text.len() >= 6;
                    if point.is_some_and(|point| point > 2)
                        || long && (!self.any_date() || self.clock.is_none())
                    {
                        let complete = self.all_date();
                        return self.together(text, complete);
                    }
                    self.number(text, order, false)
                }
            },
            Kind::Word | Kind::Special => self.word(text, style, want, last),
        }
    }

    /// Checks what there is of a date, and makes of a short year the one that it means. None where it is not a whole date.
    fn finished_date(&self) -> Result<Option<(i32, i32, i32)>, Fault> {
        let year = match self.year {
            Some(year) if self.julian => Some(year),
            Some(year) if self.before_christ == Some(true) => Some(1 - year),
            Some(year) if self.short_year => Some(year + if year < 70 { 2000 } else { 1900 }),
            other => other,
        };
        // There is no year 0, and a short one is never before Christ.
        let told =
            self.year.filter(|_| !self.julian && (!self.short_year || self.before_christ == Some(true)));
        if told.is_some_and(|year| year <= 0) {
            return Err(Fault::Overflow);
        }
        if let (Some(year), Some(number)) = (year, self.day_of_year) {
            return Ok(Some(date_of(day_of(year, 1, 1).ok_or(Fault::Overflow)? + number - 1)));
        }
        let outside = |value: Option<i32>, most| value.is_some_and(|value| !(1..=most).contains(&value));
        if outside(self.month, 12) || outside(self.day, 31) {
            return Err(Fault::MonthDay);
        }
        let (Some(year), Some(month), Some(day)) = (year, self.month, self.day) else { return Ok(None) };
        if day > days_in_month(year, month) {
            return Err(Fault::Overflow);
        }
        Ok(Some((year, month, day)))
    }

    /// The time by the clock of twelve hours, where `am` or `pm` says so.
    fn finished_clock(&self, want: Want) -> Result<Clock, Fault> {
        let mut clock = self.clock.unwrap_or_default();
        if let Some(afternoon) = self.meridiem {
            if clock.hour > 12 {
                return Err(Fault::Overflow);
            }
            clock.hour = clock.hour % 12 + if afternoon { 12 } else { 0 };
        }
        // Beside a date, digits that are run together may be more than a day.
        if want == Want::Time && clock.overflows() { Err(Fault::Overflow) } else { Ok(clock) }
    }
}

/// The time of the day that these microseconds are.
fn clock_of(micros: i64) -> Clock {
    let part = |value: i64| i32::try_from(value).unwrap_or(0);
    Clock {
        hour: micros / (DAY / 24),
        minute: part(micros / (60 * SECOND) % 60),
        second: part(micros / SECOND % 60),
        micro: part(micros % SECOND),
    }
}

/// A zone that is told by the rules of POSIX: an abbreviation and an offset west of UTC, as in `EST+5`.
fn posix(text: &str) -> Option<Box<dyn super::super::Zone>> {
    let end = text.find(|c: char| !c.is_ascii_alphabetic()).filter(|end| *end >= 3)?;
    let signed = if text[end..].starts_with(['+', '-']) {
        text[end..].to_owned()
    } else {
        format!("+{}", &text[end..])
    };
    // Digits that are run together are no offset here.
    if signed[1..].bytes().take_while(u8::is_ascii_digit).count() > 2 {
        return None;
    }
    let west = displacement(&signed).ok()?;
    Some(Box::new(Fixed { east: -west, abbreviation: text[..end].to_ascii_uppercase() }))
}

/// A zone without rules.
struct Fixed {
    east: i32,
    abbreviation: String,
}

impl super::super::Zone for Fixed {
    fn at(&self, _: i64) -> (i32, String) {
        (self.east, self.abbreviation.clone())
    }

    fn of_local(&self, _: i64) -> i32 {
        self.east
    }

    fn named(&self, _: &str) -> Option<Box<dyn super::super::Zone>> {
        None
    }
}

/// Whether a zone has had more than one offset from 1850 to 2050.
fn has_rules(zone: &dyn super::super::Zone) -> bool {
    let halves = |half: i64| half * (DAY * 365 / 2);
    let (now, _) = zone.at(0);
    (-300..100).any(|half| zone.at(halves(half)).0 != now)
}

/// What the text of a date or a time tells.
pub(crate) fn decode(text: &str, style: &Style<'_>, want: Want) -> Result<Moment, Fault> {
    let all = fields(text)?;
    let mut found = Found::default();
    for at in 0..all.len() {
        found.field(at, &all, style, want)?;
    }
    match found.special {
        Some(Word::Infinity) => return Ok(Moment::Infinity),
        Some(Word::NegativeInfinity) => return Ok(Moment::NegativeInfinity),
        Some(_) => return Ok(Moment::Epoch),
        None => {}
    }
    if found.announced.is_some() {
        return Err(Fault::Format);
    }
    let date = found.finished_date()?;
    let clock = found.finished_clock(want)?;
    if date.is_none() && found.any_date() {
        return Err(Fault::Format);
    }
    if want == Want::Date && date.is_none() || want == Want::Time && found.clock.is_none() {
        return Err(Fault::Format);
    }
    // A time alone does not tell the offset of a zone that has had more than one.
    if let (None, Some(ZoneOf::Named(zone))) = (date, &found.zone)
        && has_rules(zone.as_ref())
    {
        return Err(Fault::Format);
    }
    Ok(Moment::At { date, clock, zone: found.zone })
}
