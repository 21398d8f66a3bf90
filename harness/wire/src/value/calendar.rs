//! The Gregorian calendar, which PostgreSQL uses for all times: days are counted from 2000-01-01, microseconds from the
//! midnight that begins it. The year 0 is 1 BC.

/// Microseconds in a second.
pub const SECOND: i64 = 1_000_000;
/// Microseconds in a minute.
pub const MINUTE: i64 = 60 * SECOND;
/// Microseconds in an hour.
pub const HOUR: i64 = 60 * MINUTE;
/// Microseconds in a day.
pub const DAY: i64 = 24 * HOUR;
/// 1970-01-01.
pub const UNIX_EPOCH: i32 = -10_957;
/// 2000-01-01 as a Julian day.
pub const JULIAN: i32 = 2_451_545;
/// The first timestamp: 4714-11-24 BC, where Julian days begin.
const FIRST: i64 = -(JULIAN as i64) * DAY;
/// The first instant behind the last timestamp: 294277-01-01.
const END: i64 = 9_223_371_331_200_000_000;
/// The day behind the last date: 5874898-01-01.
const LAST_DAY: i32 = 2_147_483_494 - JULIAN;

/// The months as dates are written.
pub const MONTHS: [&str; 12] =
    ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
/// The days of the week.
const WEEKDAYS: [&str; 7] = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];

/// How many days a month has.
pub fn days_in_month(year: i32, month: i32) -> i32 {
    match month {
        2 if year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) => 29,
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}

/// The day that this date is; none beyond what an integer counts.
pub fn day_of(year: i32, month: i32, day: i32) -> Option<i32> {
    // Years that begin in March end with the leap day.
    let (year, month) =
        if month > 2 { (i64::from(year), month - 3) } else { (i64::from(year) - 1, month + 9) };
    let (era, of_era) = (year.div_euclid(400), year.rem_euclid(400));
    let of_year = (153 * i64::from(month) + 2) / 5 + i64::from(day) - 1;
    let days = era * 146_097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year;
    // Counted from 0000-03-01.
    i32::try_from(days - 730_425).ok()
}

/// The date that this day is: year, month, day.
pub fn date_of(day: i32) -> (i32, i32, i32) {
    let days = i64::from(day) + 730_425;
    let (era, of_era) = (days.div_euclid(146_097), days.rem_euclid(146_097));
    let year = (of_era - of_era / 1460 + of_era / 36_524 - of_era / 146_096) / 365;
    let of_year = of_era - (365 * year + year / 4 - year / 100);
    let month = (5 * of_year + 2) / 153;
    let day = of_year - (153 * month + 2) / 5 + 1;
    let (month, next) = if month < 10 { (month + 3, 0) } else { (month - 9, 1) };
    let small = |value: i64| i32::try_from(value).unwrap_or(i32::MAX);
    (small(era * 400 + year + next), small(month), small(day))
}

/// The weekday's name.
pub fn weekday(day: i32) -> &'static str {
    // 2000-01-01 was a Saturday.
    let index = usize::try_from((i64::from(day) + 6).rem_euclid(7)).unwrap_or(0);
    WEEKDAYS[index]
}

/// The day, and the microseconds in it.
pub fn split(timestamp: i64) -> (i32, i64) {
    (i32::try_from(timestamp.div_euclid(DAY)).unwrap_or(i32::MAX), timestamp.rem_euclid(DAY))
}

/// Whether a `date` can be this day.
pub fn is_date(day: i32) -> bool {
    (-JULIAN..LAST_DAY).contains(&day)
}

/// Whether a `timestamp` can be this.
pub fn is_timestamp(timestamp: i64) -> bool {
    (FIRST..END).contains(&timestamp)
}
