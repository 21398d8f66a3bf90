//! The state of a session that SQL sees and changes.

use super::settings::Settings;
use super::storage::Oid;
use super::transaction::Transaction;
use crate::engine::{Severity, SqlError};
use crate::environment::Clock;

/// The state of a session that SQL sees and changes.
#[derive(Debug)]
pub(crate) struct Session {
    pub(crate) process: i32,
    pub(crate) user: String,
    pub(crate) database: String,
    pub(crate) settings: Settings,
    pub(crate) transaction: Transaction,
    pub(crate) clock: Clock,
    /// What is to be told with the next message, in this order.
    pub(crate) notices: Vec<SqlError>,
    /// What NOTIFY will tell once the transaction commits: channel and payload.
    pub(crate) notifies: Vec<(String, String)>,
    /// What LISTEN and UNLISTEN will do once the transaction commits.
    pub(crate) listens: Vec<Listen>,
    /// The prepared statements: what `pg_prepared_statements` shows.
    pub(crate) prepared: Vec<PreparedFacts>,
    /// The cursors and portals: what `pg_cursors` shows.
    pub(crate) cursors: Vec<CursorFacts>,
    /// The sleeps of the running command: how many were begun in this attempt, and how many are over.
    pub(crate) sleeps: Sleeps,
}

/// A change of what a session listens to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Listen {
    To(String),
    NotTo(String),
    ToNothing,
}

/// The sleeps of a command, which is run again after each: those that are over are not slept again.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Sleeps {
    pub(crate) begun: usize,
    pub(crate) over: usize,
}

impl Session {
    /// Tells a notice, unless `client_min_messages` keeps it back.
    pub(crate) fn notice(&mut self, notice: SqlError) {
        if notice.severity == Severity::Info || notice.severity >= self.settings.client_min_messages() {
            self.notices.push(notice);
        }
    }

    /// What `now()` says: when the transaction began.
    pub(crate) fn now(&mut self) -> i64 {
        let clock = self.clock;
        *self.transaction.started.get_or_insert_with(|| clock.postgres_micros())
    }
}

/// A prepared statement, as `pg_prepared_statements` tells it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct PreparedFacts {
    pub(crate) name: String,
    pub(crate) statement: String,
    /// When it was prepared, in microseconds since 2000-01-01 UTC.
    pub(crate) prepared: i64,
    pub(crate) parameters: Vec<Oid>,
    /// The types of its rows, where it has any.
    pub(crate) results: Option<Vec<Oid>>,
    /// By PREPARE, and not by a Parse message.
    pub(crate) from_sql: bool,
}

/// A cursor or a portal, as `pg_cursors` tells it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct CursorFacts {
    pub(crate) name: String,
    pub(crate) statement: String,
    pub(crate) holdable: bool,
    pub(crate) binary: bool,
    pub(crate) scrollable: bool,
    /// When it was made, in microseconds since 2000-01-01 UTC.
    pub(crate) created: i64,
    /// The table and the place of the row that it is at, where WHERE CURRENT OF may mean that.
    pub(crate) at: Option<(Oid, usize)>,
}
