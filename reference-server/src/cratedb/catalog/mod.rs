//! The tables that every CrateDB has: a file for each of the schemas `pg_catalog`, `information_schema` and `sys`.
//!
//! As in 3.3, their columns are in the order of their names. `relation` is what they have to tell of; `oid` numbers it.

mod cell;
mod information_schema;
mod oid;
mod pg_catalog;
mod relation;
mod sys;

use super::node::Column;
use super::sql::Scope;
use super::types::Type;
use super::value::Row;
use std::collections::BTreeSet;
use std::sync::LazyLock;

/// A table that the server fills when it is asked.
#[derive(Debug)]
pub(crate) struct SystemTable {
    pub(crate) schema: &'static str,
    pub(crate) name: &'static str,
    /// Its columns, in the order in which `*` gives them.
    pub(crate) columns: Vec<Column>,
    /// The places of the columns that are never NULL.
    pub(crate) not_null: Vec<usize>,
    /// The places of the columns that are its primary key.
    pub(crate) primary_key: Vec<usize>,
    /// Its rows.
    pub(crate) rows: fn(&Scope<'_>) -> Vec<Row>,
}

/// The schemas that there are even without a table.
const SCHEMAS: [&str; 5] = ["blob", "doc", "information_schema", "pg_catalog", "sys"];

/// Every system table, by schema and name.
static TABLES: LazyLock<Vec<SystemTable>> = LazyLock::new(|| {
    let mut tables = information_schema::tables();
    tables.extend(pg_catalog::tables());
    tables.extend(sys::tables());
    tables.sort_by_key(|table| (table.schema, table.name));
    tables
});

/// The system table of this name.
pub(crate) fn table(schema: &str, name: &str) -> Option<&'static SystemTable> {
    tables().find(|table| table.schema == schema && table.name == name)
}

/// Every system table, by schema and name.
pub(crate) fn tables() -> impl Iterator<Item = &'static SystemTable> {
    TABLES.iter()
}

/// The names of all schemas.
pub(crate) fn schemas<'a>(scope: &'a Scope<'_>) -> BTreeSet<&'a str> {
    SCHEMAS.into_iter().chain(scope.node.tables.keys().map(|(schema, _)| schema.as_str())).collect()
}

impl SystemTable {
    /// A table with these columns: name and type, `!` behind what is never NULL, `#` behind what is of the primary key.
    fn new(
        schema: &'static str,
        name: &'static str,
        columns: &str,
        rows: fn(&Scope<'_>) -> Vec<Row>,
    ) -> Self {
        let mut table =
            Self { schema, name, columns: Vec::new(), not_null: Vec::new(), primary_key: Vec::new(), rows };
        for (place, column) in columns.split(',').enumerate() {
            let (name, ty) = column.trim().split_once(' ').unwrap_or((column, "string"));
            if ty.contains('!') {
                table.not_null.push(place);
            }
            if ty.contains('#') {
                table.primary_key.push(place);
            }
            let ty = ty.trim_end_matches(['!', '#']);
            let base = ty.trim_end_matches("_array");
            let element = Type::named(base).unwrap_or(Type::Undefined);
            let ty = if base == ty { element } else { element.array() };
            table.columns.push(Column { name: name.to_owned(), ty });
        }
        table
    }
}

/// What there is none of.
fn none(_: &Scope<'_>) -> Vec<Row> {
    Vec::new()
}

#[cfg(test)]
mod tests;
