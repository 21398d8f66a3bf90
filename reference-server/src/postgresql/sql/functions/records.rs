//! Functions that give rows of several columns, and the window functions.

use super::oid::{ANYARRAY, ANYELEMENT, BOOL, CHAR, INT2, INT4, INT8, OID, RECORD, TEXT};
use super::{IMMUTABLE, STABLE, row};
use crate::postgresql::catalog::cell;
use crate::postgresql::sql::context::Context;
use crate::postgresql::sql::eval::elements;
use crate::postgresql::sql::function::Body::{Set, Window};
use crate::postgresql::sql::function::{Function, Rank};
use crate::postgresql::sql::stop::Stop;
use crate::postgresql::storage::Oid;
use pgconform_wire::value::Value;
use pgconform_wire::value::record::Record;

/// As those of all in the information schema, it is another number in each build of PostgreSQL.
const EXPAND_ARRAY: Oid = 13_145;
const KEYWORDS: Oid = 1686;

/// The rows.
pub(super) static FUNCTIONS: &[Function] = &[
    row(EXPAND_ARRAY, "_pg_expandarray", &[ANYARRAY], RECORD, IMMUTABLE, Set(expand_array)),
    row(KEYWORDS, "pg_get_keywords", &[], RECORD, STABLE, Set(keywords)),
    row(3100, "row_number", &[], INT8, IMMUTABLE, Window(Rank::Row)),
    row(3101, "rank", &[], INT8, IMMUTABLE, Window(Rank::Sparse)),
    row(3102, "dense_rank", &[], INT8, IMMUTABLE, Window(Rank::Dense)),
];

/// The columns of the rows that a function gives, where it says so itself.
pub(crate) fn columns(function: &Function) -> Option<&'static [(&'static str, Oid)]> {
    match function.oid {
        EXPAND_ARRAY => Some(&[("x", ANYELEMENT), ("n", INT4)]),
        KEYWORDS => Some(&[
            ("word", TEXT),
            ("catcode", CHAR),
            ("barelabel", BOOL),
            ("catdesc", TEXT),
            ("baredesc", TEXT),
        ]),
        _ => None,
    }
}

type Rows = Result<Vec<Option<Value>>, Stop>;

/// `_pg_expandarray`: the elements, numbered from 1.
fn expand_array(context: &mut Context<'_>, values: &[Option<Value>]) -> Rows {
    let Some(Some(array)) = values.first() else { return Ok(Vec::new()) };
    let element = match array {
        Value::Array(array) => array.element,
        Value::Int2Vector(_) => INT2,
        _ => OID,
    };
    let elements = elements(array.clone());
    context.session.meter.spend(elements.len())?;
    let pair = |(value, number)| {
        Value::Record(Record { columns: vec![(element, value), (INT4, cell::int4(number))] })
    };
    Ok(elements.into_iter().zip(1..).map(pair).map(Some).collect())
}

/// `pg_get_keywords`: each keyword of PostgreSQL 18 with its category; `+` behind that: it is a column label only after AS.
fn keywords(_: &mut Context<'_>, _: &[Option<Value>]) -> Rows {
    let keyword = |line: &str| {
        let (word, kind) = line.split_once(' ')?;
        let (code, needs_as) = (kind.chars().next()?, kind.ends_with('+'));
        let category = match code {
            'U' => "unreserved",
            'C' => "unreserved (cannot be function or type name)",
            'T' => "reserved (can be function or type name)",
            _ => "reserved",
        };
        let label = if needs_as { "requires AS" } else { "can be bare label" };
        let columns = vec![
            (TEXT, cell::text(word)),
            (CHAR, cell::char(code)),
            (BOOL, cell::bool(!needs_as)),
            (TEXT, cell::text(category)),
            (TEXT, cell::text(label)),
        ];
        Some(Value::Record(Record { columns }))
    };
    Ok(include_str!("keywords.txt").lines().filter_map(keyword).map(Some).collect())
}
