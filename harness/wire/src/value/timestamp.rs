//! `timestamp without time zone`: microseconds since 2000-01-01.

use super::calendar::{DAY, UNIX_EPOCH, is_timestamp};
use super::datetime::{Moment, Want, decode, local, rounded, timestamp_text};
use super::{Form, Invalid, Reader, Style};

/// A date and a time, wherever.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamp(pub i64);

impl Timestamp {
    /// After every other.
    pub const INFINITY: Self = Self(i64::MAX);
    /// Before every other.
    pub const NEGATIVE_INFINITY: Self = Self(i64::MIN);

    /// Whether it is a time, and no infinity.
    pub fn is_finite(self) -> bool {
        self != Self::INFINITY && self != Self::NEGATIVE_INFINITY
    }

    /// Rounded to as many decimal digits of a second as a modifier tells.
    #[must_use]
    pub fn limited(self, modifier: i32) -> Self {
        if self.is_finite() { Self(rounded(self.0, modifier)) } else { self }
    }
}

impl Form for Timestamp {
    fn input(text: &str, style: &Style<'_>) -> Result<Self, Invalid> {
        match decode(text, style, Want::Date).map_err(|fault| fault.of("timestamp", text))? {
            Moment::Infinity => Ok(Self::INFINITY),
            Moment::NegativeInfinity => Ok(Self::NEGATIVE_INFINITY),
            Moment::Epoch => Ok(Self(i64::from(UNIX_EPOCH) * DAY)),
            Moment::At { date, clock, .. } => date
                .and_then(|(year, month, day)| local(year, month, day, clock))
                .filter(|timestamp| is_timestamp(*timestamp))
                .map(Self)
                .ok_or_else(|| Invalid::new("22008", format!("timestamp out of range: \"{text}\""))),
        }
    }

    fn output(&self, style: &Style<'_>) -> String {
        match *self {
            Self::INFINITY => "infinity".to_owned(),
            Self::NEGATIVE_INFINITY => "-infinity".to_owned(),
            Self(timestamp) => timestamp_text(timestamp, None, style.date),
        }
    }

    fn receive(bytes: &mut Reader<'_>) -> Result<Self, Invalid> {
        let timestamp = Self(bytes.i64()?);
        if timestamp.is_finite() && !is_timestamp(timestamp.0) {
            return Err(Invalid::new("22008", "timestamp out of range"));
        }
        Ok(timestamp)
    }

    fn send(&self, out: &mut Vec<u8>) {
        out.extend(self.0.to_be_bytes());
    }
}
