//! Values of PostgreSQL's types, and their two forms on the wire: text (format 0) and binary (format 1).
//!
//! One file per type. Each type has its value as a Rust type that implements [`Form`]: text and binary, in and out, side
//! by side. [`Value`] is a value of any of them; which of its forms a type has is told by its object identifier, in
//! [`types`]. NULL is not a value: it is the absence of one.
//!
//! Sources: the chapter "Data Types" of the PostgreSQL 18 documentation, and for the binary forms, which it does not tell,
//! what PostgreSQL 18 sends.

mod any;
pub mod array;
pub mod bit;
mod boolean;
pub mod box_;
pub mod bytea;
pub mod calendar;
pub mod circle;
pub mod date;
mod datetime;
pub mod float;
pub mod float_text;
mod geometry;
pub mod inet;
mod inet_text;
pub mod int;
pub mod interval;
pub mod json;
pub mod jsonb;
mod jsonb_number;
pub mod jsonpath;
mod jsonpath_lexer;
mod jsonpath_parser;
pub mod line;
pub mod lseg;
pub mod macaddr;
pub mod macaddr8;
pub mod modifier;
pub mod money;
pub mod numeric;
pub mod path;
pub mod pg_lsn;
pub mod point;
pub mod polygon;
pub mod range;
pub mod record;
mod scan;
mod shape;
pub mod text;
pub mod tid;
pub mod time;
pub mod timestamp;
pub mod timestamptz;
pub mod timetz;
mod ts_word;
pub mod tsquery;
pub mod tsvector;
pub mod txid_snapshot;
pub mod types;
pub mod uuid;
pub mod vector;
mod weight;

pub use any::{Label, TRAILING, Value, coerce, input, output, receive, send};
use any::{receive_from, receive_part, send_part};
pub use shape::{BuiltIn, Shape, Types, no_object};
pub use weight::weight;

/// A value of one type: its forms.
pub trait Form: Sized {
    /// Reads the text form.
    fn input(text: &str, style: &Style<'_>) -> Result<Self, Invalid>;
    /// Writes the text form.
    fn output(&self, style: &Style<'_>) -> String;
    /// Reads the binary form, all of it.
    fn receive(bytes: &mut Reader<'_>) -> Result<Self, Invalid>;
    /// Writes the binary form.
    fn send(&self, out: &mut Vec<u8>);
}

/// The settings of a session on which forms depend.
#[derive(Clone, Copy)]
pub struct Style<'a> {
    /// The order and look of dates: `DateStyle`.
    pub date: DateStyle,
    /// `IntervalStyle`.
    pub interval: IntervalStyle,
    /// `TimeZone`.
    pub zone: &'a dyn Zone,
    /// `extra_float_digits`.
    pub extra_float_digits: i32,
    /// `bytea_output`.
    pub bytea_hex: bool,
    /// The time, in microseconds since 2000-01-01 00:00:00 UTC: for input such as `now` and `today`.
    pub now: i64,
}

/// The look of a date.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct DateStyle {
    /// The output.
    pub output: DateOutput,
    /// The order of day, month and year in ambiguous input, and in output other than ISO.
    pub order: DateOrder,
}

/// The look of dates in output.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DateOutput {
    /// `2024-02-29`
    Iso,
    /// `02/29/2024`
    Sql,
    /// `02-29-2024`, `Thu Feb 29 12:34:56 2024`
    Postgres,
    /// `29.02.2024`
    German,
}

/// The order of the parts of a date.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum DateOrder {
    /// Month, day, year.
    Mdy,
    /// Day, month, year.
    Dmy,
    /// Year, month, day.
    Ymd,
}

/// The look of intervals in output.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum IntervalStyle {
    /// `1 day 02:03:04`
    Postgres,
    /// `@ 1 day 2 hours 3 mins 4 secs`
    PostgresVerbose,
    /// `1 2:03:04`
    SqlStandard,
    /// `P1DT2H3M4S`
    Iso8601,
}

/// A time zone. This crate knows only offsets: rules and names belong to whoever has a database of them.
pub trait Zone {
    /// The offset east of UTC in seconds at this instant (microseconds since 2000-01-01 00:00:00 UTC), and the zone's
    /// abbreviation then.
    fn at(&self, utc: i64) -> (i32, String);
    /// The offset east of UTC in seconds at this local time (microseconds since 2000-01-01 00:00:00 there).
    fn of_local(&self, local: i64) -> i32;
    /// The zone of this name (`Asia/Tokyo`), where there is one.
    fn named(&self, name: &str) -> Option<Box<dyn Zone>>;
}

/// UTC, which knows no other zone.
#[derive(Clone, Copy, Debug)]
pub struct Utc;

impl Zone for Utc {
    fn at(&self, _: i64) -> (i32, String) {
        (0, "UTC".to_owned())
    }

    fn of_local(&self, _: i64) -> i32 {
        0
    }

    fn named(&self, name: &str) -> Option<Box<dyn Zone>> {
        let known = ["utc", "gmt", "z", "zulu", "etc/utc"];
        known.contains(&name.to_ascii_lowercase().as_str()).then(|| Box::new(Utc) as Box<dyn Zone>)
    }
}

/// Why a form is not one of the type: PostgreSQL's SQLSTATE and words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invalid {
    /// The SQLSTATE.
    pub code: &'static str,
    /// The primary message.
    pub message: String,
    /// The detail, where PostgreSQL gives one.
    pub detail: Option<String>,
    /// The hint, where PostgreSQL gives one.
    pub hint: Option<String>,
    /// Where in a longer text it is, where PostgreSQL tells it.
    pub context: Option<String>,
}

impl Invalid {
    /// Says no.
    pub fn new(code: &'static str, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), detail: None, hint: None, context: None }
    }

    /// `invalid input syntax for type NAME: "TEXT"`
    pub fn syntax(type_name: &str, text: &str) -> Self {
        Self::new("22P02", format!("invalid input syntax for type {type_name}: \"{text}\""))
    }

    /// `value "TEXT" is out of range for type NAME`
    pub fn range(type_name: &str, text: &str) -> Self {
        Self::new("22003", format!("value \"{text}\" is out of range for type {type_name}"))
    }

    /// A binary form that ends too early.
    pub fn short() -> Self {
        Self::new("08P01", "insufficient data left in message")
    }

    /// With a detail.
    #[must_use]
    pub fn detail(self, detail: impl Into<String>) -> Self {
        Self { detail: Some(detail.into()), ..self }
    }
}

/// How deep a value may be nested. PostgreSQL goes by the size of its stack, which is good for some thousands; here it must do
/// for a thread's stack of 2 MiB, of which a level takes up to 5 KiB without optimisation.
pub(crate) const DEEPEST: usize = 200;

/// A value that is nested too deep.
pub(crate) fn too_deep() -> Invalid {
    let hint = "Increase the configuration parameter \"max_stack_depth\" (currently 2048kB), after ensuring the platform's \
                stack depth limit is adequate.";
    Invalid { hint: Some(hint.to_owned()), ..Invalid::new("54001", "stack depth limit exceeded") }
}

impl std::fmt::Display for Invalid {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{}: {}", self.code, self.message)
    }
}

impl std::error::Error for Invalid {}

/// Reads a binary form from its start.
#[derive(Clone, Copy, Debug)]
pub struct Reader<'a> {
    bytes: &'a [u8],
}

impl<'a> Reader<'a> {
    /// Reads `bytes`.
    pub fn new(bytes: &'a [u8]) -> Self {
        Self { bytes }
    }

    /// The next `count` bytes.
    pub fn take(&mut self, count: usize) -> Result<&'a [u8], Invalid> {
        let (taken, rest) = self.bytes.split_at_checked(count).ok_or_else(Invalid::short)?;
        self.bytes = rest;
        Ok(taken)
    }

    /// The next `N` bytes.
    pub fn array<const N: usize>(&mut self) -> Result<[u8; N], Invalid> {
        let taken = self.take(N)?;
        <[u8; N]>::try_from(taken).map_err(|_| Invalid::short())
    }

    /// The next byte. PostgreSQL has words of its own where it asks for bytes one by one.
    pub fn byte(&mut self) -> Result<u8, Invalid> {
        self.array().map(u8::from_be_bytes).map_err(|_| Invalid::new("08P01", "no data left in message"))
    }

    /// The next `N` bytes, asked for one by one.
    pub(crate) fn each<const N: usize>(&mut self) -> Result<[u8; N], Invalid> {
        let mut bytes = [0; N];
        for byte in &mut bytes {
            *byte = self.byte()?;
        }
        Ok(bytes)
    }

    /// All that is left.
    pub fn rest(&mut self) -> &'a [u8] {
        std::mem::take(&mut self.bytes)
    }

    /// How many bytes are left.
    pub fn left(&self) -> usize {
        self.bytes.len()
    }

    /// An Int16.
    pub fn i16(&mut self) -> Result<i16, Invalid> {
        self.array().map(i16::from_be_bytes)
    }

    /// An Int32.
    pub fn i32(&mut self) -> Result<i32, Invalid> {
        self.array().map(i32::from_be_bytes)
    }

    /// An Int64.
    pub fn i64(&mut self) -> Result<i64, Invalid> {
        self.array().map(i64::from_be_bytes)
    }

    /// A float8.
    pub fn f64(&mut self) -> Result<f64, Invalid> {
        self.array().map(f64::from_be_bytes)
    }
}
