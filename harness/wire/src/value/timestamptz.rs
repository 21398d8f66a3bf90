//! `timestamp with time zone`: an instant, as microseconds since 2000-01-01 in UTC. The zone of the input is not kept.

use super::calendar::{DAY, SECOND, UNIX_EPOCH, is_timestamp};
use super::datetime::{Moment, Want, decode, local, offset, timestamp_text};
use super::timestamp::Timestamp;
use super::{Form, Invalid, Reader, Style};

/// An instant.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Timestamptz(pub i64);

impl Timestamptz {
    /// Rounded to as many decimal digits of a second as a modifier tells.
    #[must_use]
    pub fn limited(self, modifier: i32) -> Self {
        Self(Timestamp(self.0).limited(modifier).0)
    }
}

impl Form for Timestamptz {
    fn input(text: &str, style: &Style<'_>) -> Result<Self, Invalid> {
        let moment = decode(text, style, Want::Date);
        match moment.map_err(|fault| fault.of("timestamp with time zone", text))? {
            Moment::Infinity => Ok(Self(i64::MAX)),
            Moment::NegativeInfinity => Ok(Self(i64::MIN)),
            Moment::Epoch => Ok(Self(i64::from(UNIX_EPOCH) * DAY)),
            Moment::At { date, clock, zone } => date
                .and_then(|(year, month, day)| local(year, month, day, clock))
                .and_then(|at| {
                    let east = zone.map_or_else(|| style.zone.of_local(at), |zone| offset(&zone, at));
                    at.checked_sub(i64::from(east) * SECOND)
                })
                .filter(|timestamp| is_timestamp(*timestamp))
                .map(Self)
                .ok_or_else(|| Invalid::new("22008", format!("timestamp out of range: \"{text}\""))),
        }
    }

    fn output(&self, style: &Style<'_>) -> String {
        if !Timestamp(self.0).is_finite() {
            return Timestamp(self.0).output(style);
        }
        let (east, abbreviation) = style.zone.at(self.0);
        // An instant at the end of the range may be beyond it in local time; it is shown all the same.
        let local = self.0.saturating_add(i64::from(east) * SECOND);
        timestamp_text(local, Some((east, &abbreviation)), style.date)
    }

    fn receive(bytes: &mut Reader<'_>) -> Result<Self, Invalid> {
        Timestamp::receive(bytes).map(|timestamp| Self(timestamp.0))
    }

    fn send(&self, out: &mut Vec<u8>) {
        out.extend(self.0.to_be_bytes());
    }
}
