//! PostgreSQL: what the profile `postgres` promises, as PostgreSQL 18 keeps it.
//!
//! - [`Cluster`] is what the sessions of a server share; `session`, `settings` and `transaction` are what each has.
//! - `storage` keeps every version of everything; `definition` and `database` are what there is; `catalog` shows it as tables.
//! - `sql` is the language: parsed, analysed into typed trees, run.
//! - `meter` is what a command may use up.
//! - `backend` serves the messages of the protocol: statements, portals, copies.

mod backend;
pub(crate) mod catalog;
pub(crate) mod cluster;
pub(crate) mod copy;
pub(crate) mod database;
pub(crate) mod definition;
pub(crate) mod lookup;
pub(crate) mod meter;
pub(crate) mod plpgsql;
mod server;
pub(crate) mod session;
pub(crate) mod settings;
pub(crate) mod sql;
pub(crate) mod storage;
pub(crate) mod transaction;

pub(crate) use server::Server;
