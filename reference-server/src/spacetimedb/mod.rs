//! SpacetimeDB: its SQL, its types, its system tables.
//!
//! The document "PostgreSQL Wire Protocol (PGWire) Compatibility" is kept where it speaks; where it is silent,
//! PostgreSQL's rules hold; what the real product does otherwise is a fault.
//!
//! - [`Server`] is the set of databases; [`Identity`] is who a caller is.
//! - `types`, `value`, `number` and `time` are SpacetimeDB's type system; `rendering` is how PostgreSQL clients see it.
//! - `schema`, `database`, `catalog` and `fixtures` are what there is to query.
//! - `sql` is the language; `engine` runs it for a session; `refusal` is how it says no.

mod answer;
mod catalog;
mod database;
mod engine;
mod fixtures;
mod identity;
mod number;
mod refusal;
mod rendering;
mod schema;
mod sql;
mod time;
mod types;
mod value;

pub use identity::Identity;

use crate::environment::Environment;
use crate::fault::Faults;
use database::{Database, Session};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};

/// The databases of a server. Its sessions see each other's writes.
#[derive(Debug)]
pub struct Server {
    databases: Vec<(String, Arc<Mutex<Database>>)>,
    sessions: AtomicU64,
}

impl Server {
    /// A server with one database a fixture, of the same name, all owned by `owner`. Errs with the first fixture there
    /// is not. Cheap: fixtures are built once, and a database copies what it changes.
    pub fn with_fixtures(names: &[&str], owner: Identity) -> Result<Self, String> {
        let database = |name: &&str| {
            let tables = fixtures::named(name).ok_or_else(|| {
                format!("SpacetimeDB has no fixture `{name}`; it has {}", fixtures::NAMES.join(", "))
            })?;
            let database = Database::new(name, owner, tables);
            Ok((name.to_lowercase(), Arc::new(Mutex::new(database))))
        };
        let databases = names.iter().map(database).collect::<Result<_, String>>()?;
        Ok(Self { databases, sessions: AtomicU64::new(0) })
    }

    /// Opens a session of `caller` in `database`, whose name has no case, as in the product. None: there is no such
    /// database.
    pub(crate) fn connect(
        &self,
        database: &str,
        caller: Identity,
        faults: &Faults,
        environment: &Environment,
    ) -> Option<engine::SqlSession> {
        let name = database.to_lowercase();
        let (_, database) = self.databases.iter().find(|(known, _)| *known == name)?;
        let number = self.sessions.fetch_add(1, Ordering::Relaxed) + 1;
        let session = Session { caller, number };
        Some(engine::SqlSession::new(Arc::clone(database), session, faults, environment.clone()))
    }
}
