//! `date`: days since 2000-01-01.

use super::calendar::{UNIX_EPOCH, day_of, is_date};
use super::datetime::{Moment, Want, date_text, decode};
use super::{Form, Invalid, Reader, Style};

/// A date.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Date(pub i32);

impl Date {
    /// After every date.
    pub const INFINITY: Self = Self(i32::MAX);
    /// Before every date.
    pub const NEGATIVE_INFINITY: Self = Self(i32::MIN);

    /// Whether it is a day, and no infinity.
    pub fn is_finite(self) -> bool {
        self != Self::INFINITY && self != Self::NEGATIVE_INFINITY
    }
}

impl Form for Date {
    fn input(text: &str, style: &Style<'_>) -> Result<Self, Invalid> {
        match decode(text, style, Want::Date).map_err(|fault| fault.of("date", text))? {
            Moment::Infinity => Ok(Self::INFINITY),
            Moment::NegativeInfinity => Ok(Self::NEGATIVE_INFINITY),
            Moment::Epoch => Ok(Self(UNIX_EPOCH)),
            Moment::At { date, .. } => date
                .and_then(|(year, month, day)| day_of(year, month, day))
                .filter(|day| is_date(*day))
                .map(Self)
                .ok_or_else(|| Invalid::new("22008", format!("date out of range: \"{text}\""))),
        }
    }

    fn output(&self, style: &Style<'_>) -> String {
        match *self {
            Self::INFINITY => "infinity".to_owned(),
            Self::NEGATIVE_INFINITY => "-infinity".to_owned(),
            Self(day) => date_text(day, style.date),
        }
    }

    fn receive(bytes: &mut Reader<'_>) -> Result<Self, Invalid> {
        let date = Self(bytes.i32()?);
        if date.is_finite() && !is_date(date.0) {
            return Err(Invalid::new("22008", "date out of range"));
        }
        Ok(date)
    }

    fn send(&self, out: &mut Vec<u8>) {
        out.extend(self.0.to_be_bytes());
    }
}
