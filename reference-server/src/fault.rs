//! Named, switchable misbehaviour. A fault shows that the rule which watches for it can turn red; a quirk is a fault
//! that a real product really has.
//!
//! A new fault is its variant, its row, and the place that misbehaves.

use std::collections::BTreeSet;

macro_rules! faults {
    ($($(#[$doc:meta])* $name:ident = $id:literal, rules [$($rule:literal),*], quirk of [$($product:literal),*];)*) => {
        /// A misbehaviour.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Fault { $($(#[$doc])* $name,)* }

        /// Every fault, in the order of the table.
        pub const ALL: &[Row] = &[$(Row {
            fault: Fault::$name,
            id: $id,
            rules: &[$($rule),*],
            quirk_of: &[$($product),*],
        },)*];
    };
}

/// A row of the table of faults.
#[derive(Clone, Copy, Debug)]
pub struct Row {
    /// The fault.
    pub fault: Fault,
    /// Its name in commands and profiles.
    pub id: &'static str,
    /// The rules that it turns red.
    pub rules: &'static [&'static str],
    /// The products that really do this.
    pub quirk_of: &'static [&'static str],
}

faults! {
    /// U8 columns are smallint, not bytea.
    U8AsInt2 = "u8-as-int2", rules [], quirk of ["spacetimedb"];
    /// Strings inside JSON values are not escaped.
    JsonUnescaped = "json-unescaped", rules [], quirk of ["spacetimedb"];
    /// Interval values are ISO 8601 although IntervalStyle says postgres.
    IntervalIso8601 = "interval-iso8601", rules [], quirk of ["spacetimedb"];
    /// Floats print as Rust prints them: `inf`, never an exponent.
    FloatRustDisplay = "float-rust-display", rules [], quirk of ["spacetimedb"];
    /// The elements of an array column become fields of the row.
    ArrayElementsAsFields = "array-elements-as-fields", rules ["data-row.column-count"], quirk of ["spacetimedb"];
    /// Every SQL error is XX000 with `(Sql) ` before its text.
    ErrorsAsInternal = "errors-as-internal", rules [], quirk of ["spacetimedb"];
    /// A query string of two statements is refused.
    OneStatementPerQuery = "one-statement-per-query", rules [], quirk of ["spacetimedb"];
    /// A query string of comments or several semicolons is an error, not an empty query.
    EmptyQueryIsError = "empty-query-is-error", rules [], quirk of ["spacetimedb"];
    /// RowDescription tells size 0 and modifier 0 for every column.
    ZeroTypeSize = "zero-type-size", rules [], quirk of ["spacetimedb"];
}

impl Fault {
    /// The fault with this name.
    pub fn named(id: &str) -> Option<Self> {
        ALL.iter().find(|row| row.id == id).map(|row| row.fault)
    }
}

/// The faults that are on.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Faults(BTreeSet<Fault>);

impl Faults {
    /// Whether `fault` is on.
    pub fn has(&self, fault: Fault) -> bool {
        self.0.contains(&fault)
    }
}

impl FromIterator<Fault> for Faults {
    fn from_iter<T: IntoIterator<Item = Fault>>(faults: T) -> Self {
        Self(faults.into_iter().collect())
    }
}
