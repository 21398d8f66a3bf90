//! The parameters of a session: SET, SET LOCAL, RESET, SHOW, and what transactions undo.

mod check;
pub(crate) mod encoding;
pub(crate) mod list;
mod number;
mod startup;
pub(crate) mod table;
mod zone;

use crate::engine::{Severity, SqlError};
use crate::postgresql::transaction::{Isolation, Transaction};
use encoding::Encoding;
use pgconform_wire::value::{DateOrder, DateOutput, DateStyle, IntervalStyle, Style};
use std::collections::{BTreeMap, BTreeSet};
use table::REPORTED;
pub(crate) use table::{Context, Kind, Row};
use zone::Zone;

/// Values that differ from those of a fresh session, by name.
type Values = BTreeMap<String, String>;

/// Whether there is a role of this name, and if so whether it is a superuser.
pub(crate) type Roles<'a> = &'a dyn Fn(&str) -> Option<bool>;

/// What is left to do for the one who sets.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Effect {
    /// Nothing.
    Done,
    /// The transaction is to have this isolation.
    Isolation(Isolation),
    /// The transaction is to be read-only or not.
    ReadOnly(bool),
    /// The transaction is to be deferrable or not.
    Deferrable(bool),
    /// `random()` is to start here.
    Seed(f64),
}

/// The parameters of a session.
#[derive(Debug)]
pub(crate) struct Settings {
    /// What RESET goes back to: the server's, then the startup packet's.
    start: Values,
    now: Layer,
    /// As it was when the transaction began, and when each of its subtransactions did.
    before: Vec<Layer>,
    /// What the transaction has set, in the order in which it did so first.
    touched: Vec<String>,
    /// What is not as in a fresh cluster, in the order in which it came to be so.
    changed: Vec<String>,
    /// What the frontend was told of last.
    told: Values,
    /// What may have changed since then: the first to change is the last to be told, as PostgreSQL has it.
    pending: Vec<&'static str>,
    /// The parameters with a dot that were ever set.
    custom: BTreeSet<String>,
    zone: Zone,
}

#[derive(Clone, Debug, Default)]
struct Layer {
    /// What outlives the transaction.
    set: Values,
    /// What SET LOCAL set over it.
    local: Values,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            start: Values::default(),
            now: Layer::default(),
            before: Vec::new(),
            touched: Vec::new(),
            // The configuration file of a fresh cluster sets these.
            changed: vec!["DateStyle".to_owned(), "TimeZone".to_owned()],
            told: Values::default(),
            pending: Vec::new(),
            custom: BTreeSet::new(),
            zone: Zone::utc(),
        }
    }
}

/// Where a value is put.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Place {
    Start,
    Session,
    Transaction,
}

/// What RESET ALL leaves alone.
const NO_RESET_ALL: [&str; 6] = [
    "role",
    "session_authorization",
    "is_superuser",
    "transaction_isolation",
    "transaction_read_only",
    "transaction_deferrable",
];

/// What SET takes a list of names for.
const LISTS_OF_NAMES: [&str; 5] = [
    "search_path",
    "temp_tablespaces",
    "session_preload_libraries",
    "local_preload_libraries",
    "shared_preload_libraries",
];

fn unrecognized(name: &str) -> SqlError {
    SqlError::error("42704", format!("unrecognized configuration parameter \"{name}\""))
}

impl Settings {
    /// The least grave notice that is told.
    pub(crate) fn client_min_messages(&self) -> Severity {
        match self.get("client_min_messages") {
            value if value.starts_with("debug") => Severity::Debug,
            "log" => Severity::Log,
            "info" => Severity::Info,
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

    /// The user whose rights count: the role that was set, or else the session's user.
    pub(crate) fn current_user(&self) -> &str {
        match self.get("role") {
            "none" => self.get("session_authorization"),
            role => role,
        }
    }

    /// Whether that user is a superuser.
    pub(crate) fn is_superuser(&self) -> bool {
        self.get("is_superuser") == "on"
    }

    /// The client's encoding.
    pub(crate) fn encoding(&self) -> Encoding {
        Encoding::named(self.get("client_encoding")).unwrap_or(Encoding::utf8())
    }

    /// What values' forms depend on, at this time (microseconds since 2000-01-01 UTC).
    pub(crate) fn style(&self, now: i64) -> Style<'_> {
        let interval = match self.get("IntervalStyle") {
            "postgres_verbose" => IntervalStyle::PostgresVerbose,
            "sql_standard" => IntervalStyle::SqlStandard,
            "iso_8601" => IntervalStyle::Iso8601,
            _ => IntervalStyle::Postgres,
        };
        Style {
            date: self.date_style(),
            interval,
            zone: &self.zone,
            extra_float_digits: self.get("extra_float_digits").parse().unwrap_or(1),
            bytea_hex: self.get("bytea_output") == "hex",
            now,
        }
    }

    /// DateStyle.
    fn date_style(&self) -> DateStyle {
        let (output, order) = self.get("DateStyle").split_once(", ").unwrap_or(("ISO", "MDY"));
        let output = match output {
            "SQL" => DateOutput::Sql,
            "Postgres" => DateOutput::Postgres,
            "German" => DateOutput::German,
            _ => DateOutput::Iso,
        };
        let order = match order {
            "DMY" => DateOrder::Dmy,
            "YMD" => DateOrder::Ymd,
            _ => DateOrder::Mdy,
        };
        DateStyle { output, order }
    }

    /// SET and SET LOCAL, with the values as they stand there.
    pub(crate) fn set(
        &mut self,
        name: &str,
        values: &[String],
        local: bool,
        roles: Roles<'_>,
    ) -> Result<Effect, SqlError> {
        let names = LISTS_OF_NAMES.contains(&&*name.to_ascii_lowercase());
        if values.len() > 1 && !names && !name.eq_ignore_ascii_case("DateStyle") {
            return Err(SqlError::error("22023", format!("SET {name} takes only one argument")));
        }
        let number = |value: &str| value.parse::<f64>().is_ok_and(f64::is_finite);
        let written = |value: &String| match names && !number(value) {
            true => list::quote_identifier(value),
            false => value.clone(),
        };
        let values: Vec<String> = values.iter().map(written).collect();
        self.set_text(name, &values.join(", "), local, roles)
    }

    /// `set_config`: the same with the value as one text.
    pub(crate) fn set_text(
        &mut self,
        name: &str,
        value: &str,
        local: bool,
        roles: Roles<'_>,
    ) -> Result<Effect, SqlError> {
        let place = if local { Place::Transaction } else { Place::Session };
        let Some(row) = table::find(name) else {
            check::custom_name(name)?;
            self.custom.insert(name.to_ascii_lowercase());
            self.put(&name.to_ascii_lowercase(), value.to_owned(), place);
            return Ok(Effect::Done);
        };
        self.permitted(row, place)?;
        let value = self.checked(row, value)?;
        match row.name {
            "transaction_isolation" => return Ok(Effect::Isolation(isolation(&value))),
            "transaction_read_only" => return Ok(Effect::ReadOnly(value == "on")),
            "transaction_deferrable" => return Ok(Effect::Deferrable(value == "on")),
            "seed" => return Ok(Effect::Seed(value.parse().unwrap_or(0.0))),
            "role" | "session_authorization" => self.set_user(row.name, &value, place, roles)?,
            _ => self.put(row.name, value, place),
        }
        Ok(Effect::Done)
    }

    /// RESET, and SET with DEFAULT.
    pub(crate) fn reset(&mut self, name: &str, local: bool, roles: Roles<'_>) -> Result<(), SqlError> {
        let place = if local { Place::Transaction } else { Place::Session };
        let name = match table::find(name) {
            Some(row) => {
                self.permitted(row, place)?;
                row.name.to_owned()
            }
            None => {
                check::custom_name(name)?;
                self.custom.insert(name.to_ascii_lowercase());
                name.to_ascii_lowercase()
            }
        };
        if name == "session_authorization" {
            // PostgreSQL tells `is_superuser` behind the session's user: it is noted before.
            self.changed_to_be_told("is_superuser");
            self.back("role", place);
        }
        self.back(&name, place);
        if name == "session_authorization" || name == "role" {
            self.tell_superuser(place, roles);
        }
        Ok(())
    }

    /// RESET ALL.
    pub(crate) fn reset_all(&mut self) {
        for name in self.changed.clone() {
            let set = self.now.set.contains_key(&name) || self.now.local.contains_key(&name);
            if set && !NO_RESET_ALL.contains(&&*name) {
                self.back(&name, Place::Session);
            }
        }
    }

    /// The value as SHOW tells it.
    pub(crate) fn show(&self, name: &str, transaction: &Transaction) -> Result<String, SqlError> {
        let Some(row) = table::find(name) else {
            let name_ = name.to_ascii_lowercase();
            let known = self.custom.contains(&name_) || self.start.contains_key(&name_);
            return if known { Ok(self.get(&name_).to_owned()) } else { Err(unrecognized(name)) };
        };
        Ok(match row.name {
            "transaction_isolation" => isolation_name(transaction.isolation).to_owned(),
            "transaction_read_only" => on_or_off(transaction.read_only).to_owned(),
            "transaction_deferrable" => on_or_off(transaction.deferrable).to_owned(),
            "seed" => "unavailable".to_owned(),
            // These ask the system, which knows no units.
            name if name.starts_with("tcp_") => self.get(name).to_owned(),
            name => number::with_unit(row.kind, self.get(name)),
        })
    }

    /// SHOW's name for a parameter: as the table spells it.
    pub(crate) fn spelling(name: &str) -> String {
        table::find(name).map_or_else(|| name.to_ascii_lowercase(), |row| row.name.to_owned())
    }

    /// The parameters that SHOW ALL and `pg_settings` list, with their values as `pg_settings.setting` has them.
    pub(crate) fn all(&self, transaction: &Transaction) -> Vec<(&'static Row, String)> {
        let hidden = ["is_superuser", "role", "session_authorization", "seed"];
        let shown = table::ALL.iter().filter(|row| !hidden.contains(&row.name));
        let value = |row: &'static Row| match row.name.starts_with("transaction_") {
            true => self.show(row.name, transaction).unwrap_or_default(),
            false => self.get(row.name).to_owned(),
        };
        shown.map(|row| (row, value(row))).collect()
    }

    /// A transaction or subtransaction begins.
    pub(crate) fn begin(&mut self) {
        self.before.push(self.now.clone());
    }

    /// The subtransactions from `depth` on end (0: the transaction itself).
    pub(crate) fn end(&mut self, depth: usize, committed: bool) {
        let was = self.now.clone();
        let before = self.before.drain(depth.min(self.before.len())..).next();
        if let (Some(before), false) = (before, committed) {
            self.now = before;
        }
        if depth == 0 {
            self.now.local.clear();
        }
        let value = |layer: &Layer, name: &str| layer.local.get(name).or(layer.set.get(name)).cloned();
        for name in self.touched.clone().iter().rev() {
            if value(&was, name) != value(&self.now, name) {
                self.changed_to_be_told(name);
            }
        }
        if depth == 0 {
            self.touched.clear();
        }
    }

    /// What the frontend is to be told of, because it has changed since it was told last.
    pub(crate) fn changes(&mut self) -> Vec<(&'static str, String)> {
        let first = self.told.is_empty();
        let names = std::mem::take(&mut self.pending);
        let names = if first { REPORTED.to_vec() } else { names.into_iter().rev().collect() };
        let mut changes = Vec::new();
        for name in names {
            let value = self.get(name).to_owned();
            if self.told.get(name) != Some(&value) {
                self.told.insert(name.to_owned(), value.clone());
                changes.push((name, value));
            }
        }
        changes
    }

    /// Whether this may be set there.
    fn permitted(&self, row: &Row, place: Place) -> Result<(), SqlError> {
        let cannot =
            |why: &str| Err(SqlError::error("55P02", format!("parameter \"{}\" cannot be {why}", row.name)));
        let denied = || {
            let message = format!("permission denied to set parameter \"{}\"", row.name);
            Err(SqlError::error("42501", message))
        };
        match row.context {
            Context::Internal => cannot("changed"),
            Context::Server => cannot("changed without restarting the server"),
            Context::Reload => cannot("changed now"),
            Context::Backend | Context::SuperuserBackend if place != Place::Start => {
                cannot("set after connection start")
            }
            Context::Superuser | Context::SuperuserBackend if !self.is_superuser() => denied(),
            Context::Backend | Context::SuperuserBackend | Context::Superuser | Context::User => Ok(()),
        }
    }

    /// The value as the parameter holds it.
    fn checked(&self, row: &Row, value: &str) -> Result<String, SqlError> {
        let invalid =
            || SqlError::error("22023", format!("invalid value for parameter \"{}\": \"{value}\"", row.name));
        match row.kind {
            Kind::Bool => check::boolean(value).map(|value| on_or_off(value).to_owned()).ok_or_else(|| {
                SqlError::error("22023", format!("parameter \"{}\" requires a Boolean value", row.name))
            }),
            Kind::Enum(values) => {
                let known = values.iter().find(|known| known.eq_ignore_ascii_case(value)).copied();
                let known = known.or_else(|| table::other_spelling(row.name, value));
                let hint = || invalid().hint(format!("Available values: {}.", values.join(", ")));
                known.map(str::to_owned).ok_or_else(hint)
            }
            Kind::Integer { .. } | Kind::Real { .. } => {
                number::parse(row.kind, value).map_err(|wrong| match wrong {
                    number::Wrong::Form(hint) => SqlError { hint: hint.map(str::to_owned), ..invalid() },
                    number::Wrong::Range(value, range) => {
                        let name = row.name;
                        let message =
                            format!("{value} is outside the valid range for parameter \"{name}\" ({range})");
                        SqlError::error("22023", message)
                    }
                })
            }
            Kind::Text => check::text(row.name, value, self.get(row.name), invalid),
        }
    }

    /// SET ROLE and SET SESSION AUTHORIZATION.
    fn set_user(
        &mut self,
        name: &'static str,
        value: &str,
        place: Place,
        roles: Roles<'_>,
    ) -> Result<(), SqlError> {
        let resets = name == "role" && value == "none";
        if !resets && roles(value).is_none() {
            return Err(SqlError::error("22023", format!("role \"{value}\" does not exist")));
        }
        let login = self.start.get("session_authorization").cloned().unwrap_or_default();
        let authenticated = if name == "role" { self.get("session_authorization").to_owned() } else { login };
        if !resets && value != authenticated && roles(&authenticated) != Some(true) && place != Place::Start {
            let what = name.replace('_', " ");
            return Err(SqlError::error("42501", format!("permission denied to set {what} \"{value}\"")));
        }
        if name == "session_authorization" {
            self.put("role", "none".to_owned(), place);
        }
        // PostgreSQL tells `is_superuser` behind the session's user: it is noted before.
        if name == "session_authorization" {
            let superuser = on_or_off(roles(value) == Some(true)).to_owned();
            self.put("is_superuser", superuser, place);
        }
        self.put(name, value.to_owned(), place);
        self.tell_superuser(place, roles);
        Ok(())
    }

    /// `is_superuser` follows the current user.
    fn tell_superuser(&mut self, place: Place, roles: Roles<'_>) {
        let superuser = roles(self.current_user()) == Some(true);
        self.put("is_superuser", on_or_off(superuser).to_owned(), place);
    }

    /// Gives a parameter a value.
    fn put(&mut self, name: &str, value: String, place: Place) {
        match place {
            Place::Start => {
                self.start.insert(name.to_owned(), value);
            }
            Place::Session => {
                self.now.local.remove(name);
                self.now.set.insert(name.to_owned(), value);
            }
            Place::Transaction => {
                self.now.local.insert(name.to_owned(), value);
            }
        }
        self.note(name);
    }

    /// Gives a parameter the value back that it had at the start.
    fn back(&mut self, name: &str, place: Place) {
        if place == Place::Transaction {
            let start = self.start.get(name).cloned();
            let default = || table::find(name).map_or("", |row| row.default).to_owned();
            self.now.local.insert(name.to_owned(), start.unwrap_or_else(default));
        } else {
            self.now.local.remove(name);
            self.now.set.remove(name);
        }
        self.note(name);
    }

    /// A parameter was set.
    fn note(&mut self, name: &str) {
        for list in [&mut self.touched, &mut self.changed] {
            if !list.iter().any(|listed| listed == name) {
                list.push(name.to_owned());
            }
        }
        self.changed_to_be_told(name);
    }

    /// A parameter has another value now, perhaps.
    fn changed_to_be_told(&mut self, name: &str) {
        if let Some(name) = REPORTED.iter().find(|reported| **reported == name)
            && !self.pending.contains(name)
        {
            self.pending.push(name);
        }
        if name == "TimeZone" && self.zone.name() != self.get(name) {
            self.zone = Zone::parse(self.get(name)).unwrap_or(Zone::utc());
        }
    }
}

fn on_or_off(value: bool) -> &'static str {
    if value { "on" } else { "off" }
}

fn isolation(name: &str) -> Isolation {
    match name {
        "serializable" => Isolation::Serializable,
        "repeatable read" => Isolation::RepeatableRead,
        "read uncommitted" => Isolation::ReadUncommitted,
        _ => Isolation::ReadCommitted,
    }
}

fn isolation_name(isolation: Isolation) -> &'static str {
    match isolation {
        Isolation::Serializable => "serializable",
        Isolation::RepeatableRead => "repeatable read",
        Isolation::ReadUncommitted => "read uncommitted",
        Isolation::ReadCommitted => "read committed",
    }
}

#[cfg(test)]
mod tests;
