//! `time with time zone`: microseconds since midnight, and the zone as seconds west of UTC.

use std::cmp::Ordering;

use super::calendar::{DAY, SECOND};
use super::datetime::{
    Fault, Moment, Want, compare_zoned, decode, local, offset, push_offset, push_time, rounded,
};
use super::{Form, Invalid, Reader, Style};

/// A time of the day somewhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct TimeTz {
    /// Microseconds since midnight there.
    pub micros: i64,
    /// Seconds west of UTC.
    pub west: i32,
}

impl TimeTz {
    /// The order: by the instant, and where that is the same, by the zone.
    pub fn compare(&self, other: &Self) -> Ordering {
        compare_zoned((self.micros, self.west), (other.micros, other.west))
    }

    /// Rounded to as many decimal digits of a second as a modifier tells.
    #[must_use]
    pub fn limited(self, modifier: i32) -> Self {
        Self { micros: rounded(self.micros, modifier), ..self }
    }
}

impl Form for TimeTz {
    fn input(text: &str, style: &Style<'_>) -> Result<Self, Invalid> {
        let invalid = |fault: Fault| fault.of("time with time zone", text);
        let moment = decode(text, style, Want::Time).map_err(invalid)?;
        let Moment::At { date, clock, zone } = moment else { return Err(invalid(Fault::Format)) };
        // A zone with rules has no offset without a date: today's, where none is told.
        let at = match date {
            Some((year, month, day)) => {
                local(year, month, day, clock).ok_or_else(|| invalid(Fault::Format))?
            }
            None => {
                let now = style.now + i64::from(style.zone.at(style.now).0) * SECOND;
                now.div_euclid(DAY) * DAY + clock.micros()
            }
        };
        let east = zone.map_or_else(|| style.zone.of_local(at), |zone| offset(&zone, at));
        Ok(Self { micros: clock.micros(), west: -east })
    }

    fn output(&self, _: &Style<'_>) -> String {
        let mut text = String::new();
        push_time(&mut text, self.micros);
        push_offset(&mut text, -self.west);
        text
    }

    fn receive(bytes: &mut Reader<'_>) -> Result<Self, Invalid> {
        let micros = super::time::received(bytes)?;
        let west = bytes.i32()?;
        if west.unsigned_abs() >= 16 * 3600 {
            return Err(Invalid::new("22009", "time zone displacement out of range"));
        }
        Ok(Self { micros, west })
    }

    fn send(&self, out: &mut Vec<u8>) {
        out.extend(self.micros.to_be_bytes());
        out.extend(self.west.to_be_bytes());
    }
}
