//! Time zones, for the values that depend on them: by name, by offset and by POSIX's rules.

use jiff::civil;
use jiff::tz::{AmbiguousOffset, Offset, TimeZone};
use jiff::{Span, Timestamp};
use pgconform_wire::value::Zone as Rules;

/// A time zone.
#[derive(Clone, Debug)]
pub(crate) struct Zone {
    /// As SHOW tells it.
    name: String,
    rules: TimeZone,
    /// What it is called in short, where the rules do not tell.
    abbreviation: Option<String>,
}

/// Seconds from 1970 to 2000.
const EPOCH: i64 = 946_684_800;

/// Seconds in 400 years, after which dates and days of the week repeat.
const CYCLE: i64 = 146_097 * 86_400;

/// Seconds since 1970 of 0001-01-01 and of 9000-01-01: the times for which the rules are asked.
const ASKED: std::ops::Range<i64> = -62_135_596_800..221_845_392_000;

impl Zone {
    /// UTC, by the name that a fresh server on a machine without a zone of its own has for it.
    pub(crate) fn utc() -> Self {
        Self { name: "Etc/UTC".to_owned(), rules: TimeZone::UTC, abbreviation: None }
    }

    /// The zone that a value of the parameter TimeZone means; an error may tell why there is none.
    pub(crate) fn parse(value: &str) -> Result<Self, Option<String>> {
        if let Some(interval) = strip_prefix(value, "interval") {
            let quoted = interval.trim().strip_prefix('\'').and_then(|rest| rest.strip_suffix('\''));
            let seconds = seconds_of(quoted.ok_or(None)?)?;
            return Self::offset(seconds);
        }
        if let Ok(hours) = value.trim_start().parse::<f64>()
            && hours.is_finite()
        {
            return match whole(hours * 3600.0) {
                Some(seconds) => Self::offset(seconds),
                None => Err(Some(OUT_OF_RANGE.to_owned())),
            };
        }
        // The database that the server is built with lacks what these are: the machine's own, and a placeholder.
        let named = || TimeZone::get(value).ok().filter(|_| !value.eq_ignore_ascii_case("localtime"));
        if let Some(rules) = named() {
            let name = rules.iana_name().unwrap_or("UTC").to_owned();
            return Ok(Self { name, rules, abbreviation: None });
        }
        let posix = value.to_ascii_uppercase();
        let with_rules = format!("{posix},M3.2.0,M11.1.0");
        let rules = TimeZone::posix(&posix).or_else(|_| TimeZone::posix(&with_rules)).map_err(|_| None)?;
        Ok(Self { name: posix, rules, abbreviation: None })
    }

    /// A fixed number of seconds east of UTC.
    fn offset(east: i32) -> Result<Self, Option<String>> {
        let sign = if east < 0 { '-' } else { '+' };
        let other = if east < 0 { '+' } else { '-' };
        let (hours, minutes, seconds) = (east.abs() / 3600, east.abs() / 60 % 60, east.abs() % 60);
        let mut text = format!("{hours:02}");
        if minutes != 0 || seconds != 0 {
            text += &format!(":{minutes:02}");
        }
        if seconds != 0 {
            text += &format!(":{seconds:02}");
        }
        let name = format!("<{sign}{text}>{other}{text}");
        Ok(Self { name, rules: fixed(east), abbreviation: Some(format!("{sign}{text}")) })
    }

    /// As SHOW tells it.
    pub(crate) fn name(&self) -> &str {
        &self.name
    }
}

/// The rules of a fixed offset; the calendar's library goes no further than a day.
fn fixed(east: i32) -> TimeZone {
    const MOST: i32 = 93_599;
    TimeZone::fixed(Offset::from_seconds(east.clamp(-MOST, MOST)).unwrap_or(Offset::UTC))
}

const OUT_OF_RANGE: &str = "UTC timezone offset is out of range.";

/// What comes behind a word, whatever its case.
fn strip_prefix<'a>(text: &'a str, word: &str) -> Option<&'a str> {
    let (head, rest) = text.split_at_checked(word.len())?;
    head.eq_ignore_ascii_case(word).then_some(rest)
}

/// A number of seconds that an offset can have.
fn whole(seconds: f64) -> Option<i32> {
    const MOST: f64 = 168.0 * 3600.0;
    #[expect(clippy::cast_possible_truncation, reason = "it was just compared with what fits")]
    (seconds.abs() < MOST).then_some(seconds as i32)
}

/// The seconds in `[+-]hours[:minutes[:seconds]]`.
fn seconds_of(text: &str) -> Result<i32, Option<String>> {
    let text = text.trim();
    let (negative, digits) = match text.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, text.strip_prefix('+').unwrap_or(text)),
    };
    let mut seconds = 0.0;
    let mut unit = 3600.0;
    for part in digits.split(':') {
        let number: u32 = part.parse().map_err(|_| None)?;
        seconds += f64::from(number) * unit;
        unit /= 60.0;
    }
    let seconds = if negative { -seconds } else { seconds };
    whole(seconds).ok_or_else(|| Some(OUT_OF_RANGE.to_owned()))
}

/// Whole seconds since 1970, brought by whole cycles of the calendar to where the rules can be asked.
fn asked(micros: i64) -> i64 {
    let seconds = micros.div_euclid(1_000_000) + EPOCH;
    if seconds >= ASKED.end {
        ASKED.end - CYCLE + (seconds - ASKED.end).rem_euclid(CYCLE)
    } else {
        seconds.max(ASKED.start)
    }
}

impl Rules for Zone {
    fn at(&self, utc: i64) -> (i32, String) {
        let at = Timestamp::from_second(asked(utc)).unwrap_or(Timestamp::UNIX_EPOCH);
        let info = self.rules.to_offset_info(at);
        let abbreviation = self.abbreviation.as_deref().unwrap_or(info.abbreviation());
        (info.offset().seconds(), abbreviation.to_owned())
    }

    fn of_local(&self, local: i64) -> i32 {
        let start = civil::date(1970, 1, 1).at(0, 0, 0, 0);
        let at = start.checked_add(Span::new().seconds(asked(local))).unwrap_or(start);
        let offset = match self.rules.to_ambiguous_timestamp(at).offset() {
            AmbiguousOffset::Unambiguous { offset } => offset,
            // As PostgreSQL: in a gap the rules before it, in a fold those after it.
            AmbiguousOffset::Gap { before, .. } => before,
            AmbiguousOffset::Fold { after, .. } => after,
        };
        offset.seconds()
    }

    fn named(&self, name: &str) -> Option<Box<dyn Rules>> {
        let abbreviation = ABBREVIATIONS.iter().find(|(known, _)| known.eq_ignore_ascii_case(name));
        if let Some((_, minutes)) = abbreviation {
            let name = name.to_ascii_uppercase();
            let abbreviation = Some(name.clone());
            return Some(Box::new(Self { name, rules: fixed(minutes * 60), abbreviation }));
        }
        let zone = Self::parse(name).ok()?;
        Some(Box::new(zone))
    }
}

/// The abbreviations that PostgreSQL takes for offsets from UTC, in minutes (`pg_timezone_abbrevs`).
#[rustfmt::skip]
const ABBREVIATIONS: &[(&str, i32)] = &[
    ("ACDT", 630), ("ACSST", 630), ("ACST", 570), ("ACT", -300), ("ACWST", 525), ("ADT", -180),
    ("AEDT", 660), ("AESST", 660), ("AEST", 600), ("AFT", 270), ("AKDT", -480), ("AKST", -540),
    ("ALMST", 420), ("ALMT", 360), ("AMST", 240), ("AMT", -240), ("ANAST", 720), ("ANAT", 720),
    ("ARST", -180), ("ART", -180), ("AST", -240), ("AWSST", 540), ("AWST", 480), ("AZOST", 0),
    ("AZOT", -60), ("AZST", 240), ("AZT", 240), ("BDST", 120), ("BDT", 360), ("BNT", 480), ("BORT", 480),
    ("BOT", -240), ("BRA", -180), ("BRST", -120), ("BRT", -180), ("BST", 60), ("BTT", 360), ("CADT", 630),
    ("CAST", 570), ("CCT", 480), ("CDT", -300), ("CEST", 120), ("CET", 60), ("CETDST", 120), ("CHADT", 825),
    ("CHAST", 765), ("CHUT", 600), ("CKT", -600), ("CLST", -180), ("CLT", -180), ("COT", -300),
    ("CST", -360), ("CXT", 420), ("DAVT", 420), ("DDUT", 600), ("EASST", -300), ("EAST", -300),
    ("EAT", 180), ("EDT", -240), ("EEST", 180), ("EET", 120), ("EETDST", 180), ("EGST", 0), ("EGT", -60),
    ("EST", -300), ("FET", 180), ("FJST", 780), ("FJT", 720), ("FKST", -180), ("FKT", -180), ("FNST", -60),
    ("FNT", -120), ("GALT", -360), ("GAMT", -540), ("GEST", 240), ("GET", 240), ("GFT", -180),
    ("GILT", 720), ("GMT", 0), ("GYT", -240), ("HKT", 480), ("HST", -600), ("ICT", 420), ("IDT", 180),
    ("IOT", 360), ("IRKST", 480), ("IRKT", 480), ("IRT", 210), ("IST", 120), ("JAYT", 540), ("JST", 540),
    ("KDT", 600), ("KGST", 360), ("KGT", 360), ("KOST", 660), ("KRAST", 420), ("KRAT", 420), ("KST", 540),
    ("LHDT", 660), ("LHST", 630), ("LIGT", 600), ("LINT", 840), ("LKT", 330), ("MAGST", 660), ("MAGT", 660),
    ("MART", -570), ("MAWT", 300), ("MDT", -360), ("MEST", 120), ("MESZ", 120), ("MET", 60),
    ("METDST", 120), ("MEZ", 60), ("MHT", 720), ("MMT", 390), ("MPT", 600), ("MSD", 240), ("MSK", 180),
    ("MST", -420), ("MUST", 300), ("MUT", 240), ("MVT", 300), ("MYT", 480), ("NDT", -150), ("NFT", -210),
    ("NOVST", 420), ("NOVT", 420), ("NPT", 345), ("NST", -210), ("NUT", -660), ("NZDT", 780), ("NZST", 720),
    ("NZT", 720), ("OMSST", 360), ("OMST", 360), ("PDT", -420), ("PET", -300), ("PETST", 720),
    ("PETT", 720), ("PGT", 600), ("PHT", 480), ("PKST", 360), ("PKT", 300), ("PMDT", -120), ("PMST", -180),
    ("PONT", 660), ("PST", -480), ("PWT", 540), ("PYST", -180), ("PYT", -180), ("RET", 240), ("SADT", 630),
    ("SAST", 120), ("SCT", 240), ("SGT", 480), ("TAHT", -600), ("TFT", 300), ("TJT", 300), ("TKT", 780),
    ("TMT", 300), ("TOT", 780), ("TRUT", 600), ("TVT", 720), ("UCT", 0), ("ULAST", 540), ("ULAT", 480),
    ("UT", 0), ("UTC", 0), ("UYST", -120), ("UYT", -180), ("UZST", 360), ("UZT", 300), ("VET", -240),
    ("VLAST", 600), ("VLAT", 600), ("VOLT", 180), ("VUT", 660), ("WADT", 480), ("WAKT", 720), ("WAST", 420),
    ("WAT", 60), ("WDT", 540), ("WET", 0), ("WETDST", 60), ("WFT", 720), ("WGST", -120), ("WGT", -180),
    ("XJT", 360), ("YAKST", 540), ("YAKT", 540), ("YAPT", 600), ("YEKST", 360), ("YEKT", 300), ("Z", 0),
    ("ZULU", 0),
];

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn zones_are_told_as_postgresql_tells_them() {
        let out_of_range = Err(Some(OUT_OF_RANGE.to_owned()));
        for (value, name) in [
            ("utc", Ok("UTC")),
            ("etc/utc", Ok("Etc/UTC")),
            ("asia/tokyo", Ok("Asia/Tokyo")),
            ("zulu", Ok("Zulu")),
            ("est5edt", Ok("EST5EDT")),
            ("+2", Ok("<+02>-02")),
            ("-3.5", Ok("<-03:30>+03:30")),
            ("3.7525", Ok("<+03:45:09>-03:45:09")),
            ("INTERVAL '-05:30'", Ok("<-05:30>+05:30")),
            ("foo3", Ok("FOO3")),
            ("FOO3BAR", Ok("FOO3BAR")),
            ("<+03>-3", Ok("<+03>-3")),
            ("1000", out_of_range),
            ("nowhere", Err(None)),
            ("localtime", Err(None)),
            ("z", Err(None)),
            ("", Err(None)),
        ] {
            assert_eq!(Zone::parse(value).map(|zone| zone.name), name.map(str::to_owned), "{value}");
        }
    }

    #[test]
    fn offsets_follow_the_rules() {
        let berlin = Zone::parse("Europe/Berlin").expect("a zone of the database");
        let hours = |hours: i64| hours * 3_600_000_000;
        let winter = hours(24);
        let summer = hours(24 * 180);
        assert_eq!(berlin.at(winter), (3600, "CET".to_owned()));
        assert_eq!(berlin.at(summer), (7200, "CEST".to_owned()));
        assert_eq!(berlin.of_local(summer), 7200);
        // 2000-03-26 02:30 did not exist, 2000-10-29 02:30 was there twice.
        assert_eq!(berlin.of_local(hours(24 * 85 + 2)), 3600);
        assert_eq!(berlin.of_local(hours(24 * 302 + 2)), 3600);
        assert_eq!(berlin.at(hours(24 * 365 * 200_000)).0, 3600);
        assert_eq!(berlin.at(-hours(24 * 365 * 6000)), (3208, "LMT".to_owned()));
    }
}
