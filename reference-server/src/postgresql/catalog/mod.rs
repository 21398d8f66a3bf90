//! The system tables: what there is, as rows.

pub(crate) mod cell;

use super::sql::context::Context;
use super::sql::query::Column;
use super::storage::{Oid, Row};
use std::fmt;

/// A system table or view, whose rows are made when they are read.
pub(crate) struct SystemTable {
    pub(crate) oid: Oid,
    pub(crate) schema: Oid,
    pub(crate) name: &'static str,
    /// It is a view, and not a table.
    pub(crate) is_view: bool,
    pub(crate) columns: fn() -> Vec<Column>,
    pub(crate) rows: fn(&mut Context<'_>) -> Vec<Row>,
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

/// Every system table.
pub(crate) const TABLES: &[SystemTable] = &[];
