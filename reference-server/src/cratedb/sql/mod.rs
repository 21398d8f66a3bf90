//! CrateDB's SQL, as far as its clients' document and their drivers need it: from text to statements, from statements to
//! plans, whose types are known before anything runs, and from plans to rows.

use super::node::{Column, Node};
use super::refusal::Refusal;
use super::types::Type;
use super::value::{Row, Value};
use std::ops::Range;

/// A statement, and where it stands in the query string, in bytes, without its semicolon.
#[derive(Clone, Debug)]
pub(crate) struct Parsed {
    pub(crate) statement: Statement,
    pub(crate) range: Range<usize>,
}

/// A statement.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Statement {
    /// BEGIN, START TRANSACTION.
    Begin,
    /// COMMIT, END.
    Commit,
    /// ROLLBACK, ABORT.
    Rollback,
    /// DEALLOCATE: a prepared statement, or all.
    Deallocate(Option<String>),
}

/// What kind of thing a statement does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// It gives rows: SELECT, SHOW, EXPLAIN.
    Rows,
    /// It changes rows: INSERT, UPDATE, DELETE.
    Write,
    Definition,
    /// Anything else: it defines, it sets, it is ignored.
    Other,
}

/// What a session's statements can see and change besides the [`Node`].
#[derive(Clone, Debug)]
pub(crate) struct Session {
    pub(crate) user: String,
    /// The schemas in which names without one are looked for, `pg_catalog` before them. The first is where tables are made.
    pub(crate) search_path: Vec<String>,
}

/// All that a statement sees and changes.
pub(crate) struct Scope<'a> {
    pub(crate) node: &'a mut Node,
    pub(crate) session: &'a mut Session,
    /// Milliseconds since 1970.
    pub(crate) now: i64,
}

/// A statement whose names and types are known.
#[derive(Clone, Debug)]
pub(crate) struct Plan {
    /// The types of its parameters.
    pub(crate) parameters: Vec<Type>,
    /// The columns of its rows; none: it gives no rows.
    pub(crate) columns: Option<Vec<Column>>,
}

/// A plan with its parameters: the values of an INSERT are what they are to be, and nothing has run.
#[derive(Clone, Debug)]
pub(crate) struct Ready {}

/// What became of a statement.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Outcome {
    /// The rows of the plan's columns.
    Rows(Vec<Row>),
    /// So many rows, tables or jobs are concerned.
    Count(u64),
}

impl Statement {
    pub(crate) fn kind(&self) -> Kind {
        Kind::Other
    }

    /// The command tag, as PostgreSQL has it.
    pub(crate) fn tag(&self, _count: u64) -> String {
        String::new()
    }
}

/// The statements of a query string. As in CrateDB since 4.6, all of it is parsed before any of it runs. Empty statements are
/// none.
pub(crate) fn pieces(_t: &str) -> Vec<Range<usize>> {
    Vec::new()
}
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Grammar {
    pub(crate) strict_transactions: bool,
}
pub(crate) fn parse(_text: &str, _g: Grammar) -> Result<Vec<Parsed>, Refusal> {
    Ok(Vec::new())
}

impl Plan {
    /// Analyses a statement; `declared` are the types that the frontend has given the first parameters.
    pub(crate) fn new(
        _statement: &Statement,
        _declared: &[Option<Type>],
        _scope: &mut Scope<'_>,
    ) -> Result<Self, Refusal> {
        Ok(Self { parameters: Vec::new(), columns: None })
    }

    /// Evaluates what does not depend on rows: what fails here has changed nothing.
    pub(crate) fn ready(
        &self,
        _parameters: &[Option<Value>],
        _scope: &mut Scope<'_>,
    ) -> Result<Ready, Refusal> {
        Ok(Ready {})
    }
}

impl Ready {
    /// Runs it.
    pub(crate) fn run(self, _scope: &mut Scope<'_>) -> Result<Outcome, Refusal> {
        Ok(Outcome::Count(0))
    }
}
