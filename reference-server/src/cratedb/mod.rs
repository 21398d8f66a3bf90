//! CrateDB 3.3: its SQL, its types, its system tables.
//!
//! The document "PostgreSQL Wire Protocol" is kept where it speaks; where it is silent, PostgreSQL's rules hold; what the
//! real product does otherwise is a fault.
//!
//! - [`Server`] is a cluster of one node; `node` is what its sessions share.
//! - `types` and `value` are CrateDB's type system, and how PostgreSQL clients see it; `cast` makes one value of another;
//!   `json` is how objects are written.
//! - COPY moves rows between tables and files of the node, which are in memory as the tables are: the server does no I/O, and
//!   reaches no files of the machine it is on. Each directory is there, and `s3://` or `http://` lead nowhere.
//! - `catalog` is what there is to query besides tables.
//! - `sql` is the language; `engine` runs it for a session; `refusal` is how it says no.

mod cast;
mod catalog;
mod engine;
mod job;
mod json;
mod node;
mod quirks;
mod refusal;
mod sql;
mod types;
mod value;

use crate::environment::Environment;
use crate::fault::Faults;
use crate::memory::{Kept, Pool};
use node::Node;
use sql::Session;
use std::sync::{Arc, Mutex};

/// The user that everybody is where users mean nothing.
const SUPERUSER: &str = "crate";

/// The setting that says who may connect.
pub(crate) const HOST_BASED_AUTHENTICATION: &str = "auth.host_based";

/// The default schema of who names none.
const SCHEMA: &str = "doc";

/// A cluster of one node. Its sessions see each other's writes.
#[derive(Debug)]
pub(crate) struct Server {
    node: Arc<Mutex<Node>>,
    pool: Pool,
    parameters: Vec<(String, String)>,
}

impl Server {
    /// A fresh cluster, whose sessions tell these parameters, and no others.
    pub(crate) fn new(parameters: &[(String, String)]) -> Self {
        Self { node: Arc::default(), pool: Pool::default(), parameters: parameters.to_vec() }
    }

    /// Opens a session of `user` whose default schema is `schema`; either may be empty.
    pub(crate) fn connect(
        &self,
        user: &str,
        schema: &str,
        faults: &Faults,
        environment: &Environment,
    ) -> engine::SqlSession {
        let named = |name: &str, else_: &str| if name.is_empty() { else_ } else { name }.to_owned();
        let session = Session {
            user: named(user, SUPERUSER),
            search_path: vec![named(schema, SCHEMA)],
            ..Session::default()
        };
        engine::SqlSession::new(
            Arc::clone(&self.node),
            Kept::of_session(self.pool.clone()),
            session,
            self.parameters.clone(),
            faults,
            environment.clone(),
        )
    }
}
