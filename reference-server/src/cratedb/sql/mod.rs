//! CrateDB's SQL, as far as its clients' document and their drivers need it: from text to statements (`parse`), from statements
//! to plans, whose names and types are known before anything runs (`analyse`), and from plans to rows (`run`, `eval`,
//! `modify`, `copy`, `define`).

mod aggregate;
mod analyse;
mod copy;
mod define;
mod eval;
mod expr;
mod functions;
mod modify;
mod moment;
mod parse;
mod pattern;
mod plan;
mod run;
mod show;
mod statement;
#[cfg(test)]
mod testing;
#[cfg(test)]
mod tests;

use super::node::Node;
pub(crate) use eval::row_weight;
pub(crate) use parse::{Grammar, parse, piece};
pub(crate) use plan::{Outcome, Plan, Ready};
pub(crate) use statement::{Kind, Parsed, Statement};
use std::cell::Cell;

/// What a session's statements can see and change besides the [`Node`].
#[derive(Clone, Debug, Default)]
pub(crate) struct Session {
    pub(crate) user: String,
    /// The schemas in which names without one are looked for, `pg_catalog` before them. The first is where tables are made.
    pub(crate) search_path: Vec<String>,
    /// The job that runs now, which KILL spares.
    pub(crate) job: Option<String>,
    /// How many steps its statements have taken since others had their turn.
    pub(crate) steps: Cell<u64>,
}

/// All that a statement sees and changes.
pub(crate) struct Scope<'a> {
    pub(crate) node: &'a mut Node,
    pub(crate) session: &'a mut Session,
    /// Milliseconds since 1970.
    pub(crate) now: i64,
}
