//! `timestamp`: milliseconds since 1970, which PostgreSQL counts in microseconds since 2000.

use super::STYLE;
use pgconform_wire::value::calendar::{DAY, HOUR, MINUTE, SECOND, UNIX_EPOCH, date_of, is_timestamp, split};
use pgconform_wire::value::{Form, timestamptz::Timestamptz};

/// Microseconds in a millisecond.
const MILLISECOND: i64 = 1000;

/// The microseconds since 2000; none where PostgreSQL has no such timestamp.
pub(in crate::cratedb) fn micros(millis: i64) -> Option<i64> {
    let micros = millis.checked_mul(MILLISECOND)?.checked_add(i64::from(UNIX_EPOCH) * DAY)?;
    is_timestamp(micros).then_some(micros)
}

/// The milliseconds since 1970; none for what is no time, or so late that CrateDB could not count it.
pub(super) fn millis(since: i64) -> Option<i64> {
    let millis = since.div_euclid(MILLISECOND) - i64::from(UNIX_EPOCH) * (DAY / MILLISECOND);
    micros(millis).filter(|_| is_timestamp(since)).map(|_| millis)
}

/// Reads a timestamp: milliseconds since 1970, or a date with or without a time, as ISO 8601 and PostgreSQL have it. Without
/// an offset it is UTC.
pub(in crate::cratedb) fn input(text: &str) -> Option<i64> {
    if let Ok(millis) = text.parse() {
        return micros(millis).map(|_| millis);
    }
    // What else PostgreSQL understands depends on the time of day.
    let digits = text.bytes().take_while(u8::is_ascii_digit).count();
    let time = text.strip_suffix(" BC").or_else(|| text.strip_suffix(" AD")).unwrap_or(text);
    let known = |byte: u8| byte.is_ascii_digit() || b"-:+. TtZz".contains(&byte);
    if digits < 4 || !text[digits..].starts_with('-') || !time.bytes().all(known) {
        return None;
    }
    Timestamptz::input(text, &STYLE).ok().and_then(|timestamp| millis(timestamp.0))
}

/// Writes `2016-06-28 00:00:00.000+00`: the milliseconds are always there.
pub(super) fn output(millis: i64) -> String {
    let bound = if millis < 0 { i64::MIN } else { i64::MAX };
    let (day, time) = split(micros(millis).unwrap_or(bound));
    let (year, month, day) = date_of(day);
    let (year, era) = if year > 0 { (year, "") } else { (1 - year, " BC") };
    let (hour, minute, second) = (time / HOUR, time / MINUTE % 60, time / SECOND % 60);
    let milli = time % SECOND / MILLISECOND;
    format!("{year:04}-{month:02}-{day:02} {hour:02}:{minute:02}:{second:02}.{milli:03}+00{era}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn timestamps_are_read_and_written() {
        let table = [
            ("2016-06-28 00:00:00.000+00", 1_467_072_000_000),
            ("1970-01-01 00:00:00.000+00", 0),
            ("1969-12-31 23:59:59.999+00", -1),
            ("0001-01-01 00:00:00.000+00", -62_135_596_800_000),
            ("1000-12-22 00:00:00.000+00 BC", -93_661_920_000_000),
            ("12345-01-01 00:00:00.000+00", 327_403_382_400_000),
        ];
        for (text, millis) in table {
            assert_eq!(output(millis), text);
            assert_eq!(input(text), Some(millis), "{text}");
        }
        let others = [
            ("2016-06-28", 1_467_072_000_000),
            ("2016-06-28T00:00:00Z", 1_467_072_000_000),
            ("2016-06-28T02:00:00.0009+02:00", 1_467_072_000_000),
            ("2016-06-27 19:30:00.123456-04:30", 1_467_072_000_123),
            ("1467072000000", 1_467_072_000_000),
        ];
        for (text, millis) in others {
            assert_eq!(input(text), Some(millis), "{text}");
        }
        for wrong in
            ["", "now", "infinity", "epoch", "12:00", "2016-13-01", "06-28-2016", "2016-06-28 now", "x"]
        {
            assert_eq!(input(wrong), None, "{wrong}");
        }
        assert_eq!(input("9223372036854775807"), None);
    }
}
