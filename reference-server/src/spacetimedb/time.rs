//! Timestamps and durations as text. Both are microseconds.

const SECOND: i64 = 1_000_000;
const DAY: i64 = 86_400;

/// RFC 3339 with `T` and `+00:00`, as in the document's example `2025-09-29T22:29:14.271647+00:00`; a fraction of 0, 3 or
/// 6 digits; years beyond 9999 with a sign (facts, section 5).
pub(crate) fn timestamp(micros: i64) -> String {
    let (seconds, fraction) = (micros.div_euclid(SECOND), micros.rem_euclid(SECOND));
    let (days, second) = (seconds.div_euclid(DAY), seconds.rem_euclid(DAY));
    let (year, month, day) = date(days);
    let year = if (0..=9999).contains(&year) { format!("{year:04}") } else { format!("{year:+05}") };
    let fraction = match (fraction / 1000, fraction % 1000) {
        (0, 0) => String::new(),
        (millis, 0) => format!(".{millis:03}"),
        (millis, micros) => format!(".{millis:03}{micros:03}"),
    };
    let (hour, minute, second) = (second / 3600, second / 60 % 60, second % 60);
    format!("{year}-{month:02}-{day:02}T{hour:02}:{minute:02}:{second:02}{fraction}+00:00")
}

/// Reads an RFC 3339 timestamp.
pub(crate) fn parse_timestamp(text: &str) -> Option<i64> {
    let (date, rest) = text.split_at_checked(10)?;
    let mut date = date.split('-');
    let year = number(date.next()?, 4)?;
    let month = number(date.next()?, 2)?;
    let day = number(date.next()?, 2)?;
    let rest = rest.strip_prefix(['T', 't', ' '])?;
    let (time, rest) = rest.split_at_checked(8)?;
    let mut time = time.split(':');
    let hour = number(time.next()?, 2)?;
    let minute = number(time.next()?, 2)?;
    let second = number(time.next()?, 2)?;
    let (fraction, zone) = match rest.strip_prefix('.') {
        None => (0, rest),
        Some(rest) => {
            let length = rest.bytes().take_while(u8::is_ascii_digit).count();
            let (digits, zone) = rest.split_at_checked(length)?;
            let kept = digits.get(..6).unwrap_or(digits);
            (number(&format!("{kept:0<6}"), 6).filter(|_| length > 0)?, zone)
        }
    };
    let offset = match zone {
        "Z" | "z" => 0,
        _ => {
            let (sign, zone) = match zone.split_at_checked(1)? {
                ("+", zone) => (1, zone),
                ("-", zone) => (-1, zone),
                _ => return None,
            };
            let (hours, minutes) = zone.split_once(':')?;
            let (hours, minutes) = (number(hours, 2)?, number(minutes, 2)?);
            (hours < 24 && minutes < 60).then_some(sign * (hours * 3600 + minutes * 60))?
        }
    };
    if !(1..=12).contains(&month) || !(1..=days_in(year, month)).contains(&day) {
        return None;
    }
    if hour > 23 || minute > 59 || second > 59 {
        return None;
    }
    let seconds = days(year, month, day) * DAY + hour * 3600 + minute * 60 + second - offset;
    Some(seconds * SECOND + fraction)
}

fn number(text: &str, digits: usize) -> Option<i64> {
    let sound = text.len() == digits && text.bytes().all(|byte| byte.is_ascii_digit());
    if sound { text.parse().ok() } else { None }
}

fn days_in(year: i64, month: i64) -> i64 {
    let leap = year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    match month {
        2 => 28 + i64::from(leap),
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// Days since 1970-01-01. Years are counted from March, so that the leap day is the last of its year.
fn days(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let (era, of_era) = (year.div_euclid(400), year.rem_euclid(400));
    let of_year = (153 * ((month + 9) % 12) + 2) / 5 + day - 1;
    era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719_468
}

/// The reverse of [`days`].
fn date(days: i64) -> (i64, i64, i64) {
    let days = days + 719_468;
    let (era, of_era) = (days.div_euclid(146_097), days.rem_euclid(146_097));
    let year = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let from_march = (5 * of_year + 2) / 153;
    let day = of_year - (153 * from_march + 2) / 5 + 1;
    let month = if from_march < 10 { from_march + 3 } else { from_march - 9 };
    (year + era * 400 + i64::from(month <= 2), month, day)
}

/// Sign, whole seconds, and the fraction as text without trailing zeros.
fn split(micros: i64) -> (&'static str, u64, String) {
    let sign = if micros < 0 { "-" } else { "" };
    let micros = micros.unsigned_abs();
    let (seconds, fraction) = (micros / 1_000_000, micros % 1_000_000);
    let fraction = match fraction {
        0 => String::new(),
        _ => format!(".{}", format!("{fraction:06}").trim_end_matches('0')),
    };
    (sign, seconds, fraction)
}

/// An interval in PostgreSQL's IntervalStyle `postgres`: `00:00:10`. Days are never given, so hours go on counting.
pub(crate) fn interval(micros: i64) -> String {
    let (sign, seconds, fraction) = split(micros);
    format!("{sign}{:02}:{:02}:{:02}{fraction}", seconds / 3600, seconds / 60 % 60, seconds % 60)
}

/// A duration in ISO 8601, in seconds only: `PT10S`, `-PT1.5S`, `P0D` (facts, section 5).
pub(crate) fn iso_8601(micros: i64) -> String {
    match split(micros) {
        (_, 0, fraction) if fraction.is_empty() => "P0D".to_owned(),
        (sign, seconds, fraction) => format!("{sign}PT{seconds}{fraction}S"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn timestamps_of_the_document_and_the_facts() {
        for (micros, text) in [
            (1_759_184_954_271_647, "2025-09-29T22:29:14.271647+00:00"),
            (0, "1970-01-01T00:00:00+00:00"),
            (1_622_545_800_000, "1970-01-19T18:42:25.800+00:00"),
            (-1, "1969-12-31T23:59:59.999999+00:00"),
            (951_782_400_000_000, "2000-02-29T00:00:00+00:00"),
            (-62_167_219_200_000_000, "0000-01-01T00:00:00+00:00"),
        ] {
            assert_eq!(timestamp(micros), text);
            assert_eq!(parse_timestamp(text), Some(micros));
        }
        assert_eq!(timestamp(253_402_300_800_000_000), "+10000-01-01T00:00:00+00:00");
        assert_eq!(timestamp(i64::MAX), "+294247-01-10T04:00:54.775807+00:00");
        assert_eq!(timestamp(i64::MIN), "-290308-12-21T19:59:05.224192+00:00");
    }

    #[test]
    fn timestamps_that_are_none() {
        for text in [
            "",
            "2025-09-29",
            "2025-02-29T00:00:00Z",
            "2025-09-29T24:00:00Z",
            "2025-09-29T22:29:14",
            "2025-09-29T22:29:14.Z",
            "é025-09-29T22:29:14Z",
            "2025-09-29T22:29:14+1:00",
        ] {
            assert_eq!(parse_timestamp(text), None, "{text}");
        }
        assert_eq!(parse_timestamp("1970-01-01T01:00:00.5+01:00"), Some(500_000));
    }

    #[test]
    fn durations() {
        for (micros, postgres, iso) in [
            (0, "00:00:00", "P0D"),
            (10_000_000, "00:00:10", "PT10S"),
            (1_500_000, "00:00:01.5", "PT1.5S"),
            (1, "00:00:00.000001", "PT0.000001S"),
            (86_400_000_000, "24:00:00", "PT86400S"),
            (-10_000_000, "-00:00:10", "-PT10S"),
            (i64::MIN, "-2562047788:00:54.775808", "-PT9223372036854.775808S"),
        ] {
            assert_eq!(interval(micros), postgres);
            assert_eq!(iso_8601(micros), iso);
        }
    }
}
