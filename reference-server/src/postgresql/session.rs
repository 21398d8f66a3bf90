//! The state of a session that SQL sees and changes.

use super::database::Database;
use super::meter::Meter;
use super::settings::{Effect, Settings};
use super::sql::ddl::constraint::Deferred;
use super::storage::{Oid, Outcome};
use super::transaction::{Modes, Transaction};
use crate::engine::{Severity, SqlError};
use crate::environment::Clock;
use std::collections::BTreeMap;

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
    /// Why what waits is not to wait any longer: the function that waits says it, so that it is told where.
    pub(crate) interrupt: Option<SqlError>,
    /// It has asked for its own end, which comes with the next row.
    pub(crate) ended: bool,
    /// Where `random()` is.
    pub(crate) seed: u64,
    /// The last value that it has had of each sequence, and which sequence gave it one last.
    pub(crate) counted: BTreeMap<Oid, i64>,
    pub(crate) counted_last: Option<Oid>,
    /// What led to where it is, the outermost first: the lines of a notice's context.
    pub(crate) calls: Vec<String>,
    /// What it uses up.
    pub(crate) meter: Meter,
    /// The constraints that the transaction checks when it commits.
    pub(crate) deferred: Deferred,
    /// What to forget when a subtransaction is undone, for each that is open.
    marks: Vec<Mark>,
}

/// The longest name of a channel, in bytes.
const LONGEST_CHANNEL: usize = 63;

/// The longest payload of a notification, in bytes.
const LONGEST_PAYLOAD: usize = 7999;

/// How much there was to do at commit when a subtransaction began.
#[derive(Clone, Copy, Debug)]
struct Mark {
    notifies: usize,
    listens: usize,
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
    /// Begins a subtransaction: of a savepoint, or without a name of a command's own.
    pub(crate) fn push(&mut self, savepoint: Option<String>) {
        self.transaction.push(savepoint);
        self.settings.begin();
        let sizes = Mark { notifies: self.notifies.len(), listens: self.listens.len() };
        self.marks.push(sizes);
    }

    /// Ends the subtransactions from `depth` on.
    pub(crate) fn pop(&mut self, depth: usize, outcome: Outcome, database: &mut Database) {
        self.transaction.pop(depth, outcome, database);
        // The settings' first layer is the transaction's own.
        self.settings.end(depth + 1, outcome == Outcome::Committed);
        let mark = self.marks.drain(depth.min(self.marks.len())..).next();
        if let (Some(mark), Outcome::Aborted) = (mark, outcome) {
            self.notifies.truncate(mark.notifies);
            self.listens.truncate(mark.listens);
        }
    }

    /// A session of `user` in `database`.
    pub(crate) fn new(process: i32, user: &str, database: &str, settings: Settings, clock: Clock) -> Self {
        Self {
            process,
            user: user.to_owned(),
            database: database.to_owned(),
            settings,
            transaction: Transaction::default(),
            clock,
            notices: Vec::new(),
            notifies: Vec::new(),
            listens: Vec::new(),
            sleeps: Sleeps::default(),
            interrupt: None,
            ended: false,
            prepared: Vec::new(),
            cursors: Vec::new(),
            seed: 0,
            counted: BTreeMap::new(),
            counted_last: None,
            calls: Vec::new(),
            meter: Meter::default(),
            deferred: Deferred::default(),
            marks: Vec::new(),
        }
    }

    /// Tells a notice, unless `client_min_messages` keeps it back.
    pub(crate) fn notice(&mut self, notice: SqlError) {
        if notice.severity == Severity::Info || notice.severity >= self.settings.client_min_messages() {
            self.notices.push(notice);
        }
    }

    /// NOTIFY: told when the transaction commits.
    pub(crate) fn notify(&mut self, channel: &str, payload: &str) -> Result<(), SqlError> {
        if channel.is_empty() {
            return Err(SqlError::error("22023", "channel name cannot be empty"));
        }
        if channel.len() > LONGEST_CHANNEL {
            return Err(SqlError::error("22023", "channel name too long"));
        }
        if payload.len() > LONGEST_PAYLOAD {
            return Err(SqlError::error("22023", "payload string too long"));
        }
        self.notifies.push((channel.to_owned(), payload.to_owned()));
        Ok(())
    }

    /// Does what setting a parameter of the transaction, or of `random()`, is to do.
    pub(crate) fn take_effect(&mut self, effect: &Effect) -> Result<(), SqlError> {
        let modes = match effect {
            Effect::Done => return Ok(()),
            Effect::Isolation(isolation) => Modes { isolation: Some(*isolation), ..Modes::default() },
            Effect::ReadOnly(read_only) => Modes { read_only: Some(*read_only), ..Modes::default() },
            Effect::Deferrable(deferrable) => Modes { deferrable: Some(*deferrable), ..Modes::default() },
            Effect::Seed(seed) => {
                self.seed = seed.to_bits();
                return Ok(());
            }
        };
        self.transaction.set_modes(&modes)
    }

    /// The next number of the session's random sequence, which begins with its seed.
    pub(crate) fn random(&mut self) -> u64 {
        self.seed = self.seed.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        self.seed
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
