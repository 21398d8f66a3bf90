//! What evaluation has at hand: the database, the session, the parameters, and the rows that the queries around are at.

use super::known::Known;
use super::run::Shared;
use crate::postgresql::database::Database;
use crate::postgresql::lookup::Lookup;
use crate::postgresql::session::Session;
use crate::postgresql::storage::{Row, Snapshot};
use pgconform_wire::value::{self, Invalid, Style, Value};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

/// What evaluation has at hand.
pub(crate) struct Context<'a> {
    /// The database; nobody else changes it meanwhile.
    pub(crate) database: &'a mut Database,
    /// The session: settings, transaction, what it has to tell.
    pub(crate) session: &'a mut Session,
    /// The cluster: other sessions, locks, channels.
    pub(crate) cluster: &'a mut crate::postgresql::cluster::State,
    /// What the running command sees.
    pub(crate) snapshot: Snapshot,
    /// The values of `$1` and on.
    pub(crate) parameters: Vec<Option<Value>>,
    /// The rows that the queries around are at, the innermost last.
    pub(crate) rows: Vec<Row>,
    /// The WITH queries that are being run, by their number in the statement.
    pub(crate) common: BTreeMap<usize, Arc<Mutex<Shared>>>,
}

impl Context<'_> {
    /// Finds what names name.
    pub(crate) fn lookup(&self) -> Lookup<'_> {
        Lookup { database: self.database, session: self.session, snapshot: &self.snapshot }
    }

    /// What is known of types.
    pub(crate) fn known(&self) -> Known<'_> {
        Known(self.lookup())
    }

    /// The name of a type.
    pub(crate) fn known_name(&self, oid: u32) -> String {
        value::Types::name(&self.known(), oid)
    }

    /// What values' forms depend on.
    pub(crate) fn style(&self) -> Style<'_> {
        self.session.settings.style(self.now())
    }

    /// When the transaction began, in microseconds since 2000-01-01 UTC.
    pub(crate) fn now(&self) -> i64 {
        self.session.transaction.started.unwrap_or_else(|| self.session.clock.postgres_micros())
    }

    /// The text form of a value of this type.
    pub(crate) fn output(&self, oid: u32, value: &Value) -> String {
        value::output(&self.known(), oid, value, &self.style())
    }

    /// A value of this type, from its text form.
    pub(crate) fn input(&self, oid: u32, text: &str) -> Result<Value, Invalid> {
        value::input(&self.known(), oid, -1, text, &self.style())
    }
}
