//! `time without time zone`: microseconds since midnight.

use super::calendar::DAY;
use super::datetime::{Moment, Want, decode, push_time, rounded};
use super::{Form, Invalid, Reader, Style};

/// A time of the day, up to 24:00:00.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Time(pub i64);

impl Time {
    /// Rounded to as many decimal digits of a second as a modifier tells.
    #[must_use]
    pub fn limited(self, modifier: i32) -> Self {
        Self(rounded(self.0, modifier))
    }
}

impl Form for Time {
    fn input(text: &str, style: &Style<'_>) -> Result<Self, Invalid> {
        let name = "time";
        match decode(text, style, Want::Time).map_err(|fault| fault.of(name, text))? {
            Moment::At { clock, .. } => Ok(Self(clock.micros())),
            // A time knows none of these.
            Moment::Epoch | Moment::Infinity | Moment::NegativeInfinity => {
                Err(super::datetime::Fault::Format.of(name, text))
            }
        }
    }

    fn output(&self, _: &Style<'_>) -> String {
        let mut text = String::new();
        push_time(&mut text, self.0);
        text
    }

    fn receive(bytes: &mut Reader<'_>) -> Result<Self, Invalid> {
        received(bytes).map(Self)
    }

    fn send(&self, out: &mut Vec<u8>) {
        out.extend(self.0.to_be_bytes());
    }
}

/// The microseconds of a binary form.
pub(super) fn received(bytes: &mut Reader<'_>) -> Result<i64, Invalid> {
    let micros = bytes.i64()?;
    if (0..=DAY).contains(&micros) { Ok(micros) } else { Err(Invalid::new("22008", "time out of range")) }
}
