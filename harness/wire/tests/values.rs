//! Values of any type beside what PostgreSQL 18 makes of the same text: `values/*.tsv`, whose heads tell where they come
//! from and how they are written.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use pgconform_wire::value::modifier::{format_type, modifier_of};
use pgconform_wire::value::numeric::Numeric;
use pgconform_wire::value::{
    BuiltIn, DateOrder, DateOutput, DateStyle, Form, IntervalStyle, Invalid, Shape, Style, Types, Value,
    Zone, coerce, input, output, receive, send, types,
};

/// The zones that the vectors use.
#[derive(Clone, Copy)]
enum TestZone {
    Utc,
    Tokyo,
    /// By the rules since 2007, and before 1883 by the sun.
    NewYork,
}

const SECOND: i64 = 1_000_000;
const DAY: i64 = 86_400 * SECOND;

/// Microseconds from 2000-01-01 to the nth Sunday of a month of a year from 2000 on.
fn sunday(year: i64, month: i64, nth: i64) -> i64 {
    let leap = |year: i64| year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
    let mut days: i64 = (2000..year).map(|year| if leap(year) { 366 } else { 365 }).sum();
    let lengths = [31, if leap(year) { 29 } else { 28 }, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31];
    days += lengths.iter().zip(1..month).map(|(length, _)| length).sum::<i64>();
    // 2000-01-02 was a Sunday.
    let first = (1 - days).rem_euclid(7);
    (days + first + (nth - 1) * 7) * DAY
}

impl TestZone {
    fn of(name: &str) -> Option<Self> {
        match name.to_ascii_lowercase().as_str() {
            "utc" => Some(Self::Utc),
            "asia/tokyo" => Some(Self::Tokyo),
            "america/new_york" | "est5edt" => Some(Self::NewYork),
            _ => None,
        }
    }

    /// Whether it is summer in New York at this local standard time.
    fn summer(standard: i64) -> bool {
        let year = 2000 + standard.div_euclid(DAY) * 400 / 146_097;
        (year - 1..=year + 1).filter(|year| *year >= 2000).any(|year| {
            let (from, to) = (sunday(year, 3, 2) + 2 * 3600 * SECOND, sunday(year, 11, 1) + 3600 * SECOND);
            (from..to).contains(&standard)
        })
    }
}

impl Zone for TestZone {
    fn at(&self, utc: i64) -> (i32, String) {
        let (east, name) = match self {
            Self::Utc => (0, "UTC"),
            Self::Tokyo if utc < -110 * 365 * DAY => (9 * 3600 + 1139, "LMT"),
            Self::Tokyo => (9 * 3600, "JST"),
            Self::NewYork if utc < -110 * 365 * DAY => (-17_762, "LMT"),
            Self::NewYork if Self::summer(utc - 5 * 3600 * SECOND) => (-4 * 3600, "EDT"),
            Self::NewYork => (-5 * 3600, "EST"),
        };
        (east, name.to_owned())
    }

    fn of_local(&self, local: i64) -> i32 {
        // What is skipped or comes twice is read by standard time.
        let (standard, _) = self.at(local + 5 * 3600 * SECOND);
        match self {
            Self::NewYork if local > 0 && Self::summer(local - 3600 * SECOND) && Self::summer(local) => {
                -4 * 3600
            }
            Self::NewYork if local > 0 => -5 * 3600,
            _ => standard,
        }
    }

    fn named(&self, name: &str) -> Option<Box<dyn Zone>> {
        Self::of(name).map(|zone| Box::new(zone) as Box<dyn Zone>)
    }
}

/// The built-in types, and those of the vectors: `mood`, `pair` and `short`.
#[derive(Default)]
struct Session {
    /// The object identifier and the modifier of each type, by name.
    types: BTreeMap<String, (u32, i32)>,
}

impl Session {
    fn own(&self, oid: u32) -> Option<&str> {
        self.types
            .iter()
            .filter(|(name, _)| types::by_oid(oid).is_none() && !name.contains('('))
            .find(|(_, row)| row.0 == oid)
            .map(|(name, _)| name.as_str())
    }
}

impl Types for Session {
    fn shape(&self, oid: u32) -> Option<Shape> {
        let Some(name) = self.own(oid) else { return BuiltIn.shape(oid) };
        Some(match name {
            "mood" => Shape::Enum(["sad", "ok", "happy"].map(str::to_owned).to_vec()),
            "pair" => {
                Shape::Composite(vec![("a".to_owned(), types::INT4, -1), ("b".to_owned(), types::TEXT, -1)])
            }
            "short" => Shape::Domain { base: types::VARCHAR, modifier: 7 },
            array => Shape::Array { element: self.types[array.strip_suffix("[]").expect("an array")].0 },
        })
    }

    fn name(&self, oid: u32) -> String {
        self.own(oid).map_or_else(|| BuiltIn.name(oid), str::to_owned)
    }

    fn object_name(&self, class: u32, oid: u32) -> Option<String> {
        BuiltIn.object_name(class, oid)
    }

    fn object_named(&self, class: u32, name: &str) -> Result<u32, Invalid> {
        BuiltIn.object_named(class, name)
    }
}

fn style(settings: &BTreeMap<String, String>, zone: &TestZone) -> Style<'static> {
    let setting = |name: &str| settings.get(name).map_or("", String::as_str);
    let date = setting("DateStyle");
    Style {
        date: DateStyle {
            output: match date.split(',').next() {
                Some("SQL") => DateOutput::Sql,
                Some("Postgres") => DateOutput::Postgres,
                Some("German") => DateOutput::German,
                _ => DateOutput::Iso,
            },
            order: match date.split(", ").nth(1) {
                Some("DMY") => DateOrder::Dmy,
                Some("YMD") => DateOrder::Ymd,
                _ => DateOrder::Mdy,
            },
        },
        interval: match setting("IntervalStyle") {
            "postgres_verbose" => IntervalStyle::PostgresVerbose,
            "sql_standard" => IntervalStyle::SqlStandard,
            "iso_8601" => IntervalStyle::Iso8601,
            _ => IntervalStyle::Postgres,
        },
        zone: match zone {
            TestZone::Utc => &TestZone::Utc,
            TestZone::Tokyo => &TestZone::Tokyo,
            TestZone::NewYork => &TestZone::NewYork,
        },
        extra_float_digits: setting("extra_float_digits").parse().unwrap_or(1),
        bytea_hex: setting("bytea_output") != "escape",
        now: sunday(2026, 11, 3) + 12 * 3600 * SECOND,
    }
}

/// The fields of a line.
fn fields(line: &str) -> Vec<String> {
    let unescape = |field: &str| {
        let mut text = String::new();
        let mut characters = field.chars();
        while let Some(c) = characters.next() {
            text.push(match (c, c == '\\') {
                (_, false) => c,
                (_, true) => match characters.next() {
                    Some('t') => '\t',
                    Some('n') => '\n',
                    Some('r') => '\r',
                    Some('\\') => '\\',
                    other => panic!("{other:?} is no escape: {line}"),
                },
            });
        }
        text
    };
    line.split('\t').map(unescape).collect()
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

fn bytes_of(hexadecimal: &str) -> Vec<u8> {
    let pair = |at| u8::from_str_radix(&hexadecimal[at..at + 2], 16).expect("a vector's hexadecimal digits");
    (0..hexadecimal.len()).step_by(2).map(pair).collect()
}

fn told(invalid: &Invalid) -> String {
    let or_empty = |text: &Option<String>| text.clone().unwrap_or_default();
    format!("{}|{}|{}|{}", invalid.code, invalid.message, or_empty(&invalid.detail), or_empty(&invalid.hint))
}

/// Compares a line with what we make of it; an error is what differs.
fn check(session: &Session, style: &Style<'_>, line: &[&str]) -> Result<(), String> {
    let same = |what: &str, ours: String, theirs: &str| {
        if ours == theirs { Ok(()) } else { Err(format!("{what} is {ours:?} and not {theirs:?}")) }
    };
    let (oid, modifier) = session.types.get(line[1]).copied().unwrap_or_default();
    let read = |oid, modifier, text: &str| input(session, oid, modifier, text, style);
    match *line {
        ["in", _, given, text, binary] => {
            let value =
                read(oid, modifier, given).map_err(|invalid| format!("refused: {}", told(&invalid)))?;
            same("the text", output(session, oid, &value, style), text)?;
            let sent = send(session, oid, &value).map_err(|invalid| told(&invalid))?;
            same("the binary form", hexadecimal(&sent), binary)?;
            if given.is_empty() && matches!(oid, types::INT2VECTOR | types::OIDVECTOR) {
                // PostgreSQL does not take what it sends: see `binary.tsv`.
                return Ok(());
            }
            let received =
                receive(session, oid, modifier, &bytes_of(binary)).map_err(|invalid| told(&invalid))?;
            // NaN is not itself; what it is written as is.
            same("the text of what was received", output(session, oid, &received, style), text)?;
            if received != value && !text.contains("NaN") {
                return Err(format!("received {received:?} and not {value:?}"));
            }
            Ok(())
        }
        ["error", _, given, code, message, detail, hint] => match read(oid, modifier, given) {
            Ok(value) => Err(format!("taken for {value:?}, and not {code} {message:?}")),
            Err(invalid) => same("the error", told(&invalid), &format!("{code}|{message}|{detail}|{hint}")),
        },
        ["received", _, binary, text] => {
            let value =
                receive(session, oid, modifier, &bytes_of(binary)).map_err(|invalid| told(&invalid))?;
            same("the text", output(session, oid, &value, style), text)
        }
        ["refused", _, binary, code, message, detail] => {
            match receive(session, oid, modifier, &bytes_of(binary)) {
                Ok(value) => Err(format!("taken for {value:?}, and not {code} {message:?}")),
                Err(invalid) => same("the error", told(&invalid), &format!("{code}|{message}|{detail}|")),
            }
        }
        ["order", _, left, right, order] => {
            let read = |text| read(oid, modifier, text).map_err(|invalid| told(&invalid));
            let ours = match read(left)?.compare(&read(right)?) {
                Some(Ordering::Less) => "-1",
                Some(Ordering::Equal) => "0",
                Some(Ordering::Greater) => "1",
                None => "none",
            };
            same("the order", ours.to_owned(), order)
        }
        ["cast", _, from, text, result] => {
            let (base, base_modifier) = session.types[from];
            let value = read(base, base_modifier, text).map_err(|invalid| told(&invalid))?;
            // A cast between two types of strings is one to the other's value first.
            let value = match value {
                Value::Text(text) if oid == types::BPCHAR => {
                    read(oid, -1, &text).map_err(|invalid| told(&invalid))?
                }
                value => value,
            };
            let cast = coerce(session, oid, modifier, value, true).map_err(|invalid| told(&invalid))?;
            same("the result", output(session, oid, &cast, style), result)
        }
        ["numeric", operation, left, right, result] => {
            same("the result", arithmetic(operation, left, right, style), result)
        }
        ["format", oid, modifier, name] => {
            let (oid, modifier) = (oid.parse().expect("an oid"), modifier.parse().expect("a modifier"));
            same("the name", format_type(session, oid, modifier), name)
        }
        ["modifier", oid, arguments, result] => {
            let numbers = arguments.split(',').map(|number| number.parse().expect("a number"));
            let numbers: Vec<i32> = numbers.collect();
            let ours = match modifier_of(oid.parse().expect("an oid"), &numbers) {
                Ok(modifier) => modifier.to_string(),
                Err(invalid) => format!("{} {}", invalid.code, invalid.message),
            };
            same("the modifier", ours, result)
        }
        _ => Err("not a line of a vector file".to_owned()),
    }
}

fn arithmetic(operation: &str, left: &str, right: &str, style: &Style<'_>) -> String {
    let number = |text| Numeric::input(text, style).expect("a number");
    let a = number(left);
    let scale = || right.parse().expect("a scale");
    let result = match operation {
        "$1+$2" => a.add(&number(right)),
        "$1-$2" => a.sub(&number(right)),
        "$1*$2" => a.mul(&number(right)),
        "$1/$2" => a.div(&number(right)),
        "$1%$2" => a.rem(&number(right)),
        "-$1" => Ok(a.neg()),
        "abs($1)" => Ok(a.abs()),
        "floor($1)" => a.floor(),
        "ceil($1)" => a.ceil(),
        "round($1,$2)" => a.round(scale()),
        "trunc($1,$2)" => a.trunc(scale()),
        "$1::int8" => match a.to_i64() {
            Ok(value) => Ok(Numeric::from(value)),
            Err(invalid) => Err(invalid),
        },
        "$1::float8" => match a.to_f64() {
            Ok(value) => return value.output(style),
            Err(invalid) => Err(invalid),
        },
        other => panic!("no operation: {other}"),
    };
    match result {
        Ok(value) => value.output(style),
        Err(invalid) => format!("{} {}", invalid.code, invalid.message),
    }
}

/// Compares a vector file, line by line; at least `least` of them say something.
fn compare(vectors: &str, least: usize) {
    let mut session = Session::default();
    let mut settings = BTreeMap::new();
    let mut wrong = Vec::new();
    let mut count = 0;
    for (number, line) in vectors.lines().enumerate().filter(|(_, line)| !line.starts_with('#')) {
        let fields = fields(line);
        let line: Vec<&str> = fields.iter().map(String::as_str).collect();
        match line.as_slice() {
            ["set", name, value] => {
                settings.insert((*name).to_owned(), (*value).to_owned());
            }
            ["type", name, oid, modifier] => {
                let row = (oid.parse().expect("an oid"), modifier.parse().expect("a modifier"));
                session.types.insert((*name).to_owned(), row);
            }
            line => {
                let zone = settings.get("TimeZone").and_then(|name| TestZone::of(name));
                let style = style(&settings, &zone.unwrap_or(TestZone::Utc));
                count += 1;
                if let Err(difference) = check(&session, &style, line) {
                    wrong.push(format!("line {}: {line:?} with {settings:?}: {difference}", number + 1));
                }
            }
        }
    }
    assert!(wrong.is_empty(), "{} of {count} differ from PostgreSQL:\n{}", wrong.len(), wrong.join("\n"));
    assert!(count >= least, "only {count} lines");
}

#[test]
fn scalars_are_as_postgresql_has_them() {
    compare(include_str!("values/scalar.tsv"), 500);
}

#[test]
fn dates_and_times_are_as_postgresql_has_them() {
    compare(include_str!("values/datetime.tsv"), 900);
}

#[test]
fn binary_forms_are_taken_and_refused_as_postgresql_does() {
    compare(include_str!("values/binary.tsv"), 180);
}

#[test]
fn intervals_are_as_postgresql_has_them() {
    compare(include_str!("values/interval.tsv"), 250);
}

#[test]
fn arrays_records_and_ranges_are_as_postgresql_has_them() {
    compare(include_str!("values/nested.tsv"), 280);
}

#[test]
fn arithmetic_and_modifiers_are_as_postgresql_has_them() {
    compare(include_str!("values/arithmetic.tsv"), 3000);
}

#[test]
fn words_for_now_follow_the_clock_and_the_zone() {
    // 2026-11-15 20:00:00 UTC, which is the next day in Tokyo.
    let now = sunday(2026, 11, 3) + 20 * 3600 * SECOND;
    let read = |zone: &dyn Zone, oid, text: &str| {
        let style = Style { now, zone, ..style(&BTreeMap::new(), &TestZone::Utc) };
        output(&BuiltIn, oid, &input(&BuiltIn, oid, -1, text, &style).expect("a time"), &style)
    };
    assert_eq!(read(&TestZone::Utc, types::TIMESTAMPTZ, "now"), "2026-11-15 20:00:00+00");
    assert_eq!(read(&TestZone::Tokyo, types::TIMESTAMPTZ, "now"), "2026-11-16 05:00:00+09");
    assert_eq!(read(&TestZone::Tokyo, types::TIMESTAMPTZ, "today"), "2026-11-16 00:00:00+09");
    assert_eq!(read(&TestZone::Utc, types::TIMESTAMP, "tomorrow 12:30"), "2026-11-16 12:30:00");
    assert_eq!(read(&TestZone::Utc, types::DATE, "yesterday"), "2026-11-14");
    assert_eq!(read(&TestZone::Tokyo, types::DATE, "today"), "2026-11-16");
    assert_eq!(read(&TestZone::Tokyo, types::TIME, "now"), "05:00:00");
    assert_eq!(read(&TestZone::Tokyo, types::TIMETZ, "now"), "05:00:00+09");
}

#[test]
fn the_table_of_types_is_in_order_and_its_rows_name_each_other() {
    assert!(types::TYPES.is_sorted_by_key(|row| row.oid));
    for row in types::TYPES {
        if let Some(array) = types::by_oid(row.array) {
            assert!(array.is_array() && array.element == row.oid, "{}", row.name);
            assert_eq!(BuiltIn.shape(array.oid), Some(Shape::Array { element: row.oid }));
        }
        assert_eq!(types::by_name(row.name).map(|found| found.oid), Some(row.oid));
        assert_eq!(types::by_sql_name(row.sql_name).map(|found| found.oid), Some(row.oid));
    }
    for row in types::RANGES {
        assert_eq!(BuiltIn.shape(row.range), Some(Shape::Range { element: row.element }));
        assert_eq!(BuiltIn.shape(row.multirange), Some(Shape::Multirange { range: row.range }));
    }
}
