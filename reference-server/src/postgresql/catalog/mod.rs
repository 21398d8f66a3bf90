//! The system tables: what there is, as rows. `definitions` has their columns, `tables` lists them; the other files make
//! their rows, by theme.

pub(crate) mod cell;
mod cluster;
mod constraints;
mod definitions;
mod functions;
mod information;
mod io;
mod io_functions;
mod relations;
mod session;
mod tables;
mod types;

use super::sql::context::Context;
use super::sql::expr::Type;
use super::sql::query::Column;
use super::storage::{Oid, Row};
use cell::Cell;
pub(crate) use constraints::{domain_check, trigger_definition};
pub(crate) use io_functions::{name as io_function, named as io_function_named};
use pgconform_wire::value::types as built_in;
pub(crate) use relations::{other_relation, other_relation_name, other_relation_visible};
use std::fmt;
pub(crate) use tables::TABLES;

/// The owner of all that is built in: the first superuser.
pub(crate) const OWNER: Oid = 10;

/// A system table or view, whose rows are made when they are read.
pub(crate) struct SystemTable {
    pub(crate) oid: Oid,
    pub(crate) schema: Oid,
    pub(crate) name: &'static str,
    /// It is a view, and not a table.
    pub(crate) is_view: bool,
    /// The type of its rows.
    pub(crate) row_type: Oid,
    /// Its columns: name, type, and `!` where NOT NULL.
    definition: &'static str,
    rows: fn(&mut Context<'_>) -> Vec<Vec<Cell>>,
}

/// A column of a system table.
pub(crate) struct SystemColumn {
    pub(crate) name: &'static str,
    pub(crate) ty: Oid,
    pub(crate) not_null: bool,
}

impl SystemTable {
    /// Its columns.
    pub(crate) fn attributes(&self) -> impl Iterator<Item = SystemColumn> {
        self.definition.split(", ").map(|column| {
            let not_null = column.ends_with('!');
            let (name, ty) = column.trim_end_matches('!').split_once(' ').unwrap_or((column, "text"));
            SystemColumn { name, ty: built_in::by_name(ty).map_or(25, |ty| ty.oid), not_null }
        })
    }

    /// Its columns, as those of a query.
    pub(crate) fn columns(&self) -> Vec<Column> {
        let column = |(attribute, number): (SystemColumn, i16)| Column {
            name: attribute.name.to_owned(),
            ty: Type::plain(attribute.ty),
            origin: Some((self.oid, number)),
        };
        self.attributes().zip(1..).map(column).collect()
    }

    /// Its rows, as `context` sees what there is.
    pub(crate) fn rows(&self, context: &mut Context<'_>) -> Vec<Row> {
        (self.rows)(context).into_iter().map(Row::from).collect()
    }
}

impl fmt::Debug for SystemTable {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name)
    }
}

/// The system table of this name in this schema.
pub(crate) fn find(schema: Oid, name: &str) -> Option<&'static SystemTable> {
    TABLES.iter().find(|table| table.schema == schema && table.name == name)
}

/// The system table with this object identifier.
pub(crate) fn by_oid(oid: Oid) -> Option<&'static SystemTable> {
    TABLES.iter().find(|table| table.oid == oid)
}

#[cfg(test)]
mod tests;
