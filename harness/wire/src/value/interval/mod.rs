//! `interval`: months, days and microseconds, each with a sign of its own.

mod input;
mod output;

use std::cmp::Ordering;

use super::calendar::{DAY, HOUR, MINUTE};
use super::datetime::rounded;
use super::{Form, IntervalStyle, Invalid, Reader, Style};

/// An interval.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct Interval {
    /// Months.
    pub months: i32,
    /// Days, which need not be of 24 hours.
    pub days: i32,
    /// Microseconds.
    pub micros: i64,
}

/// A field that the modifier of an interval may name, as a bit of its mask.
pub mod field {
    /// `MONTH`
    pub const MONTH: i32 = 1 << 1;
    /// `YEAR`
    pub const YEAR: i32 = 1 << 2;
    /// `DAY`
    pub const DAY: i32 = 1 << 3;
    /// `HOUR`
    pub const HOUR: i32 = 1 << 10;
    /// `MINUTE`
    pub const MINUTE: i32 = 1 << 11;
    /// `SECOND`
    pub const SECOND: i32 = 1 << 12;
    /// All of them.
    pub const ALL: i32 = 0x7fff;
}

/// The precision of a modifier that limits none.
const ANY_PRECISION: i32 = 0xffff;

impl Interval {
    /// Nothing.
    pub const ZERO: Self = Self { months: 0, days: 0, micros: 0 };
    /// Longer than every other.
    pub const INFINITY: Self = Self { months: i32::MAX, days: i32::MAX, micros: i64::MAX };
    /// Its opposite.
    pub const NEGATIVE_INFINITY: Self = Self { months: i32::MIN, days: i32::MIN, micros: i64::MIN };

    /// Whether it is no infinity.
    pub fn is_finite(self) -> bool {
        self != Self::INFINITY && self != Self::NEGATIVE_INFINITY
    }

    /// The mask of fields and the precision that a modifier tells.
    pub fn limits(modifier: i32) -> (i32, Option<i32>) {
        if modifier < 0 {
            return (field::ALL, None);
        }
        let precision = modifier & 0xffff;
        (modifier >> 16 & 0x7fff, (precision != ANY_PRECISION).then_some(precision))
    }

    /// The modifier of these fields and this precision.
    pub fn modifier(fields: i32, precision: Option<i32>) -> i32 {
        if fields == field::ALL && precision.is_none() {
            return -1;
        }
        fields << 16 | precision.unwrap_or(ANY_PRECISION)
    }

    /// Cut to the fields that a modifier allows, and rounded to its precision.
    #[must_use]
    pub fn limited(self, modifier: i32) -> Self {
        if !self.is_finite() {
            return self;
        }
        let (fields, precision) = Self::limits(modifier);
        let mut cut = self;
        // The last field tells what is kept.
        if fields & field::SECOND == 0 {
            cut.micros = match fields {
                _ if fields & field::MINUTE != 0 => cut.micros / MINUTE * MINUTE,
                _ if fields & field::HOUR != 0 => cut.micros / HOUR * HOUR,
                _ => 0,
            };
            if fields & (field::MINUTE | field::HOUR | field::DAY) == 0 {
                cut.days = 0;
                if fields & field::MONTH == 0 {
                    cut.months = cut.months / 12 * 12;
                }
            }
        }
        Self { micros: rounded(cut.micros, precision.unwrap_or(6)), ..cut }
    }

    /// The order: a month is 30 days, and a day 24 hours.
    pub fn compare(&self, other: &Self) -> Ordering {
        let length = |interval: &Self| {
            (i128::from(interval.months) * 30 + i128::from(interval.days)) * i128::from(DAY)
                + i128::from(interval.micros)
        };
        length(self).cmp(&length(other))
    }

    /// Reads the text form under a modifier, which also tells what a number without a unit is.
    pub fn parse(text: &str, style: &Style<'_>, modifier: i32) -> Result<Self, Invalid> {
        let (fields, _) = Self::limits(modifier);
        Ok(input::read(text, style.interval == IntervalStyle::SqlStandard, fields)?.limited(modifier))
    }
}

impl Form for Interval {
    fn input(text: &str, style: &Style<'_>) -> Result<Self, Invalid> {
        Self::parse(text, style, -1)
    }

    fn output(&self, style: &Style<'_>) -> String {
        output::write(*self, style.interval)
    }

    fn receive(bytes: &mut Reader<'_>) -> Result<Self, Invalid> {
        let micros = bytes.i64()?;
        let days = bytes.i32()?;
        Ok(Self { months: bytes.i32()?, days, micros })
    }

    fn send(&self, out: &mut Vec<u8>) {
        out.extend(self.micros.to_be_bytes());
        out.extend(self.days.to_be_bytes());
        out.extend(self.months.to_be_bytes());
    }
}
