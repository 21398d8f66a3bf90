//! The parameters of a session: SET, SET LOCAL, RESET, SHOW, and what transactions undo.

mod table;

use crate::engine::{Severity, SqlError};
use std::collections::BTreeMap;
pub(crate) use table::REPORTED;

/// Values that differ from those of a fresh session, by name.
type Values = BTreeMap<String, String>;

/// The parameters of a session.
#[derive(Debug, Default)]
pub(crate) struct Settings {
    /// What RESET goes back to: the server's, then the startup packet's.
    start: Values,
    now: Layer,
    /// As it was when the transaction began, and when each of its subtransactions did.
    before: Vec<Layer>,
    /// What the frontend was told of last.
    told: Values,
}

#[derive(Clone, Debug, Default)]
struct Layer {
    /// What outlives the transaction.
    set: Values,
    /// What SET LOCAL set over it.
    local: Values,
}

impl Settings {
    /// The least grave notice that is told.
    pub(crate) fn client_min_messages(&self) -> Severity {
        match self.get("client_min_messages") {
            value if value.starts_with("debug") => Severity::Debug,
            "log" => Severity::Log,
            "warning" => Severity::Warning,
            "error" => Severity::Error,
            _ => Severity::Notice,
        }
    }

    /// The value of a known parameter, as SHOW gives it but for units.
    pub(crate) fn get(&self, name: &str) -> &str {
        let values = [&self.now.local, &self.now.set, &self.start];
        let set = values.into_iter().find_map(|values| values.get(name));
        let default = || table::find(name).map_or("", |row| row.default);
        set.map_or_else(default, String::as_str)
    }

    /// A transaction or subtransaction begins.
    pub(crate) fn begin(&mut self) {
        self.before.push(self.now.clone());
    }

    /// The subtransactions from `depth` on end (0: the transaction itself).
    pub(crate) fn end(&mut self, depth: usize, committed: bool) {
        let before = self.before.drain(depth.min(self.before.len())..).next();
        if let (Some(before), false) = (before, committed) {
            self.now = before;
        }
        if depth == 0 {
            self.now.local.clear();
        }
    }

    /// What the frontend is to be told of, because it has changed since it was told last.
    pub(crate) fn changes(&mut self) -> Result<Vec<(&'static str, String)>, SqlError> {
        let mut changes = Vec::new();
        for name in REPORTED {
            let value = self.get(name).to_owned();
            if self.told.get(name) != Some(&value) {
                self.told.insert(name.to_owned(), value.clone());
                changes.push((name, value));
            }
        }
        Ok(changes)
    }
}
