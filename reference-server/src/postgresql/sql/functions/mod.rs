//! The built-in functions, by theme. What they are is in tables, beside which is what they do.

mod aggregate_table;
mod aggregates;
mod arithmetic;
mod array;
mod array_table;
mod bit_math;
mod bytes;
mod catalog_table;
mod clock;
pub(crate) mod collation;
mod compare;
mod comparison_table;
mod conversion_table;
mod convert;
mod described;
mod json;
mod json_make;
mod json_table;
mod math;
mod moment;
mod money;
mod number_table;
mod objects;
pub(crate) mod oid;
mod part;
mod pattern;
mod range_table;
mod ranges;
mod records;
mod sequence;
mod session;
mod session_facts;
mod set_table;
mod sets;
mod span;
mod text;
mod text_table;
mod time_table;
mod type_facts;

use super::function::{Body, Function, Volatility};
use crate::postgresql::storage::Oid;
pub(crate) use records::columns;
use std::collections::BTreeMap;
use std::sync::LazyLock;

const IMMUTABLE: Volatility = Volatility::Immutable;
const VOLATILE: Volatility = Volatility::Volatile;
const STABLE: Volatility = Volatility::Stable;

/// The functions of each theme.
static THEMES: &[&[Function]] = &[
    comparison_table::FUNCTIONS,
    number_table::FUNCTIONS,
    conversion_table::FUNCTIONS,
    text_table::FUNCTIONS,
    time_table::FUNCTIONS,
    array_table::FUNCTIONS,
    range_table::FUNCTIONS,
    json_table::FUNCTIONS,
    aggregate_table::FUNCTIONS,
    set_table::FUNCTIONS,
    records::FUNCTIONS,
    catalog_table::FUNCTIONS,
    session::FUNCTIONS,
    sequence::FUNCTIONS,
    described::FUNCTIONS,
];

const fn row(
    oid: Oid,
    name: &'static str,
    arguments: &'static [Oid],
    returns: Oid,
    volatility: Volatility,
    body: Body,
) -> Function {
    Function { oid, name, arguments, variadic: None, returns, volatility, body }
}

const fn variadic(
    oid: Oid,
    name: &'static str,
    arguments: &'static [Oid],
    element: Oid,
    returns: Oid,
    volatility: Volatility,
    body: Body,
) -> Function {
    Function { oid, name, arguments, variadic: Some(element), returns, volatility, body }
}

static BY_OID: LazyLock<BTreeMap<Oid, &'static Function>> =
    LazyLock::new(|| all().map(|row| (row.oid, row)).collect());

static BY_NAME: LazyLock<BTreeMap<&'static str, Vec<&'static Function>>> = LazyLock::new(|| {
    let mut index: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for row in all() {
        index.entry(row.name).or_default().push(row);
    }
    index
});

/// All of them.
pub(crate) fn all() -> impl Iterator<Item = &'static Function> {
    THEMES.iter().copied().flatten()
}

/// The function with this object identifier.
pub(crate) fn by_oid(oid: Oid) -> Option<&'static Function> {
    BY_OID.get(&oid).copied()
}

/// The functions of this name.
pub(crate) fn named(name: &str) -> impl Iterator<Item = &'static Function> {
    BY_NAME.get(name).map_or(&[][..], Vec::as_slice).iter().copied()
}
