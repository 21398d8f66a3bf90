//! What the sessions of one server share: its tables, and what is running.

use super::types::Type;
use super::value::Row;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// The most that all tables and files may weigh, in bytes.
const BYTES: usize = 256 << 20;

/// A column of a table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Column {
    pub(crate) name: String,
    pub(crate) ty: Type,
}

/// A table that somebody made.
#[derive(Clone, Debug, Default)]
pub(crate) struct Table {
    pub(crate) columns: Vec<Column>,
    /// The places of the columns that must not be NULL.
    pub(crate) not_null: Vec<usize>,
    /// The places of the columns by which no two rows are the same; none: every row is of its own.
    pub(crate) primary_key: Vec<usize>,
    /// Over how many shards it is said to be spread.
    pub(crate) shards: i32,
    pub(crate) rows: Vec<Row>,
    /// The types of the fields of its objects, as far as they are known, by column and keys.
    pub(crate) fields: BTreeMap<Vec<String>, Type>,
    /// The objects, by column and keys, that have no other fields.
    pub(crate) strict: BTreeSet<Vec<String>>,
    /// What the rows weigh, in bytes.
    pub(crate) weight: usize,
}

/// How much of a statement's text is shown, in bytes.
pub(crate) const LONGEST_SHOWN: usize = 10_000;

impl Table {
    /// The table without its rows.
    pub(crate) fn bare(&self) -> Self {
        Self {
            columns: self.columns.clone(),
            not_null: self.not_null.clone(),
            primary_key: self.primary_key.clone(),
            shards: self.shards,
            rows: Vec::new(),
            fields: self.fields.clone(),
            strict: self.strict.clone(),
            weight: 0,
        }
    }
}

/// A statement that runs, or whose portal is suspended: a row of `sys.jobs`.
#[derive(Clone, Debug)]
pub(crate) struct Job {
    /// Its name, a UUID.
    pub(crate) id: String,
    pub(crate) user: String,
    pub(crate) statement: String,
    /// In milliseconds since 1970.
    pub(crate) started: i64,
    /// Somebody has killed it.
    killed: Arc<AtomicBool>,
}

impl Job {
    pub(crate) fn new(id: String, user: String, mut statement: String, started: i64) -> Self {
        statement.truncate((0..=LONGEST_SHOWN).rev().find(|at| statement.is_char_boundary(*at)).unwrap_or(0));
        statement.shrink_to_fit();
        Self { id, user, statement, started, killed: Arc::default() }
    }

    pub(crate) fn kill(&self) {
        self.killed.store(true, Ordering::Release);
    }

    pub(crate) fn is_killed(&self) -> bool {
        self.killed.load(Ordering::Acquire)
    }
}

/// The one node of the cluster.
#[derive(Debug, Default)]
pub(crate) struct Node {
    /// The tables by schema and name.
    pub(crate) tables: BTreeMap<(String, String), Table>,
    /// What COPY has written, by path. They are in memory: this server does no I/O. Every directory is there.
    pub(crate) files: BTreeMap<String, String>,
    /// What runs, in the order in which it began.
    pub(crate) jobs: Vec<Job>,
}

impl Node {
    /// How many bytes more the tables and files may weigh.
    pub(crate) fn room(&self) -> usize {
        let tables = self.tables.values().map(|table| table.weight).sum::<usize>();
        let files = self.files.iter().map(|(path, text)| path.len() + text.len()).sum::<usize>();
        BYTES.saturating_sub(tables).saturating_sub(files)
    }
}
