//! The words in a date or a time, and those in an interval.

/// What a word in a date or a time means.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Word {
    /// `jan`: from 1.
    Month(i32),
    /// `mon`: the day of the week, which tells nothing.
    Weekday,
    /// `am`, `pm`: whether it is the latter.
    Meridiem(bool),
    /// `ad`, `bc`: whether it is the latter.
    Era(bool),
    /// `at`, `on`.
    Filler,
    /// `t`: a time follows.
    Time,
    /// `j`: a Julian day follows.
    Julian,
    /// `y`, `m`, `d`, `h`, `s`: units, which no date takes.
    Unit,
    /// `now`
    Now,
    /// `today`, or as many days later.
    Today(i32),
    /// `allballs`: midnight in UTC.
    Midnight,
    /// `epoch`: 1970-01-01.
    Epoch,
    /// `infinity`
    Infinity,
    /// `-infinity`
    NegativeInfinity,
}

/// The meaning of a word in a date or a time.
pub(crate) fn word(text: &str) -> Option<Word> {
    Some(match text {
        "jan" | "january" => Word::Month(1),
        "feb" | "february" => Word::Month(2),
        "mar" | "march" => Word::Month(3),
        "apr" | "april" => Word::Month(4),
        "may" => Word::Month(5),
        "jun" | "june" => Word::Month(6),
        "jul" | "july" => Word::Month(7),
        "aug" | "august" => Word::Month(8),
        "sep" | "sept" | "september" => Word::Month(9),
        "oct" | "october" => Word::Month(10),
        "nov" | "november" => Word::Month(11),
        "dec" | "december" => Word::Month(12),
        "sun" | "sunday" | "mon" | "monday" | "tue" | "tues" | "tuesday" | "wed" | "weds" | "wednesday"
        | "thu" | "thur" | "thurs" | "thursday" | "fri" | "friday" | "sat" | "saturday" => Word::Weekday,
        "am" => Word::Meridiem(false),
        "pm" => Word::Meridiem(true),
        "ad" => Word::Era(false),
        "bc" => Word::Era(true),
        "at" | "on" => Word::Filler,
        "t" => Word::Time,
        "j" | "jd" | "julian" => Word::Julian,
        "y" | "mm" | "m" | "d" | "h" | "s" | "dow" | "doy" | "isodow" | "isoyear" => Word::Unit,
        "now" => Word::Now,
        "yesterday" => Word::Today(-1),
        "today" => Word::Today(0),
        "tomorrow" => Word::Today(1),
        "allballs" => Word::Midnight,
        "epoch" => Word::Epoch,
        "infinity" | "+infinity" => Word::Infinity,
        "-infinity" => Word::NegativeInfinity,
        _ => return None,
    })
}
