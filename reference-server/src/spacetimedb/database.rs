//! A database, and who may see what of it.

use super::catalog;
use super::identity::Identity;
use super::schema::{Schema, Table};
use super::value::{Row, Value};
use std::sync::Arc;

/// A database.
#[derive(Debug)]
pub(crate) struct Database {
    pub(crate) name: String,
    pub(crate) owner: Identity,
    /// The fixture's tables, and last `st_var`, the one system table that statements write.
    pub(crate) tables: Vec<Table>,
}

/// Who asks.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Session {
    pub(crate) caller: Identity,
    /// Counts the sessions of a server, from 1. It is the connection id that `st_client` tells.
    pub(crate) number: u64,
}

impl Database {
    pub(crate) fn new(name: &str, owner: Identity, tables: &[Table]) -> Self {
        let mut tables = tables.to_vec();
        tables.extend(catalog::schema(catalog::ST_VAR).map(|schema| Table { schema, rows: Arc::default() }));
        Self { name: name.to_owned(), owner, tables }
    }

    pub(crate) fn is_owner(&self, session: &Session) -> bool {
        self.owner == session.caller
    }

    /// Where the table is among [`Database::tables`]. A private table does not exist for others than the owner.
    pub(crate) fn stored(&self, name: &str, session: &Session) -> Option<usize> {
        let at = self.tables.iter().position(|table| table.schema.name == name)?;
        (self.tables[at].schema.public || self.is_owner(session)).then_some(at)
    }

    /// The table's schema, and the rows of it that `session` may see.
    pub(crate) fn read(&self, name: &str, session: &Session) -> Option<(Arc<Schema>, Arc<Vec<Row>>)> {
        let Some(at) = self.stored(name, session) else {
            let schema = catalog::schema(name).filter(|schema| schema.public || self.is_owner(session))?;
            let rows = catalog::rows(&schema, self, session);
            return Some((schema, Arc::new(rows)));
        };
        let Table { schema, rows } = &self.tables[at];
        let rows = match schema.visible_to {
            Some(column) if !self.is_owner(session) => {
                let caller = Value::Bytes(session.caller.0.to_vec());
                Arc::new(rows.iter().filter(|row| row.get(column) == Some(&caller)).cloned().collect())
            }
            _ => Arc::clone(rows),
        };
        Some((Arc::clone(schema), rows))
    }

    /// `row_limit`, if it is set: how many rows others than the owner may scan.
    pub(crate) fn row_limit(&self) -> Option<u64> {
        let variables = self.tables.last()?;
        let row =
            variables.rows.iter().find(|row| row.first() == Some(&Value::string(catalog::ROW_LIMIT)))?;
        match row.get(1)? {
            Value::Sum(_, value) => match **value {
                Value::Integer(limit) => limit.to_u64(),
                _ => None,
            },
            _ => None,
        }
    }
}
