//! A session's transaction: the block that it is in, its savepoints, its number once it writes.

use super::database::Database;
use super::storage::{Outcome, Snapshot, Stamp, Xid};
use crate::engine::SqlError;

/// Where a session stands in respect of transaction blocks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Block {
    /// In none: a query string or an extended-query segment is a transaction of its own.
    #[default]
    None,
    /// In one that a query string with several statements, or a segment, makes by itself.
    Implicit,
    /// Between BEGIN and COMMIT.
    Explicit,
    /// In one that has failed.
    Failed,
}

/// How isolated a transaction is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Isolation {
    /// Each command sees what was committed before it.
    #[default]
    ReadCommitted,
    /// All commands see what was committed before the first.
    RepeatableRead,
    /// As `RepeatableRead`: this server does not look for dangerous patterns.
    Serializable,
    /// As `ReadCommitted`.
    ReadUncommitted,
}

/// The modes of a transaction, as far as they are given.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Modes {
    pub(crate) isolation: Option<Isolation>,
    pub(crate) read_only: Option<bool>,
    pub(crate) deferrable: Option<bool>,
    pub(crate) snapshot: Option<String>,
}

/// A subtransaction.
#[derive(Clone, Debug)]
struct Sub {
    /// The savepoint's name; none for one that a command makes by itself.
    name: Option<String>,
    xid: Option<Xid>,
}

/// A transaction, or that there is none.
#[derive(Clone, Debug, Default)]
pub(crate) struct Transaction {
    pub(crate) block: Block,
    pub(crate) isolation: Isolation,
    pub(crate) read_only: bool,
    pub(crate) deferrable: bool,
    /// When it began, in microseconds since 2000-01-01 UTC: what `now()` says.
    pub(crate) started: Option<i64>,
    top: Option<Xid>,
    subs: Vec<Sub>,
    command: u32,
    /// What all its commands see, where it is isolated.
    first: Option<Snapshot>,
}

impl Transaction {
    /// What the next command sees.
    pub(crate) fn snapshot(&mut self, database: &Database) -> Snapshot {
        let fresh = || database.transactions.snapshot(self.top, self.command);
        match self.isolation {
            Isolation::ReadCommitted | Isolation::ReadUncommitted => fresh(),
            Isolation::RepeatableRead | Isolation::Serializable => {
                let first = self.first.get_or_insert_with(fresh);
                first.after(self.top, self.command)
            }
        }
    }

    /// Sets its modes, as far as they are given.
    pub(crate) fn set_modes(&mut self, modes: &Modes) -> Result<(), SqlError> {
        let begun = self.has_begun();
        let error = |why: &'static str| Err(SqlError::error("25001", why));
        if let Some(isolation) = modes.isolation.filter(|isolation| *isolation != self.isolation) {
            if begun {
                return error("SET TRANSACTION ISOLATION LEVEL must be called before any query");
            }
            if self.subs.iter().any(|sub| sub.name.is_some()) {
                return error("SET TRANSACTION ISOLATION LEVEL must not be called in a subtransaction");
            }
            self.isolation = isolation;
        }
        if let Some(read_only) = modes.read_only {
            if self.read_only && !read_only && begun {
                return error("transaction read-write mode must be set before any query");
            }
            self.read_only = read_only;
        }
        if let Some(deferrable) = modes.deferrable {
            if begun {
                return error("SET TRANSACTION [NOT] DEFERRABLE must be called before any query");
            }
            self.deferrable = deferrable;
        }
        match &modes.snapshot {
            None => Ok(()),
            Some(snapshot) => {
                Err(SqlError::error("22023", format!("invalid snapshot identifier: \"{snapshot}\"")))
            }
        }
    }

    /// Whether it has seen or written anything yet.
    pub(crate) fn has_begun(&self) -> bool {
        self.top.is_some() || self.first.is_some() || self.command > 0
    }

    /// The stamp of what the current command makes and ends; the transaction gets its number now, if it has none.
    pub(crate) fn stamp(&mut self, database: &mut Database) -> Stamp {
        let log = &mut database.transactions;
        let mut xid = *self.top.get_or_insert_with(|| log.begin(None));
        for sub in &mut self.subs {
            xid = *sub.xid.get_or_insert_with(|| log.begin(Some(xid)));
        }
        Stamp { xid, command: self.command }
    }

    /// The number of the whole transaction, where it has one.
    pub(crate) fn xid(&self) -> Option<Xid> {
        self.top
    }

    /// A command is done: the next one sees what it did.
    pub(crate) fn next_command(&mut self) {
        self.command += 1;
    }

    /// Begins a subtransaction.
    pub(crate) fn push(&mut self, name: Option<String>) {
        self.subs.push(Sub { name, xid: None });
    }

    /// The depth of the innermost savepoint of this name.
    pub(crate) fn savepoint(&self, name: &str) -> Option<usize> {
        self.subs.iter().rposition(|sub| sub.name.as_deref() == Some(name))
    }

    /// The innermost savepoint: its depth and its name.
    pub(crate) fn last_savepoint(&self) -> Option<(usize, String)> {
        let depth = self.subs.iter().rposition(|sub| sub.name.is_some())?;
        Some((depth, self.subs[depth].name.clone()?))
    }

    /// How many subtransactions are open.
    pub(crate) fn depth(&self) -> usize {
        self.subs.len()
    }

    /// Ends the subtransactions from `depth` on.
    pub(crate) fn pop(&mut self, depth: usize, outcome: Outcome, database: &mut Database) {
        for sub in self.subs.drain(depth.min(self.subs.len())..).rev() {
            if let Some(xid) = sub.xid {
                database.transactions.end(xid, outcome);
            }
        }
    }

    /// Ends it all.
    pub(crate) fn end(&mut self, outcome: Outcome, database: &mut Database) {
        self.pop(0, outcome, database);
        if let Some(xid) = self.top {
            database.transactions.end(xid, outcome);
        }
        *self = Self::default();
    }
}
