//! From syntax to typed trees. `expr` analyses expressions, `query` SELECT and what is like it, `modify` INSERT, UPDATE and
//! DELETE; `resolve` chooses among overloads, `scope` knows which columns are in sight.

mod aggregate;
mod call;
mod coerce;
mod column;
mod expr;
mod fold;
mod from;
mod lock;
mod merge;
mod modify;
mod name;
mod operator;
mod order;
mod polymorphic;
mod query;
mod resolve;
mod select;
mod sink;
mod special;
mod types;
mod view;
mod walk;
mod window;

use super::expr::Type;
use super::query::{Aggregate, Column};
use crate::postgresql::database::Database;
use crate::postgresql::definition::Uses;
use crate::postgresql::lookup::Lookup;
use crate::postgresql::session::Session;
use crate::postgresql::storage::{Oid, Snapshot};
pub(crate) use coerce::How;
pub(crate) use fold::{fold, fold_query};
pub(crate) use from::SYSTEM_COLUMNS;
pub(crate) use from::user_table;
pub(crate) use modify::width as extended_width;
pub(crate) use name::column_name;
use sqlparser::tokenizer::Span;

/// Analyses one statement.
pub(crate) struct Analyser<'a> {
    pub(crate) database: &'a Database,
    pub(crate) session: &'a Session,
    pub(crate) snapshot: &'a Snapshot,
    /// The whole query string: positions are told in it.
    pub(crate) text: &'a str,
    pub(crate) parameters: &'a mut Parameters,
    /// What columns are in sight: the innermost query's last.
    pub(crate) scopes: Vec<Scope>,
    /// The WITH queries in sight: the innermost last.
    pub(crate) visible: Vec<Cte>,
    /// How many WITH queries the statement has had so far.
    pub(crate) common: usize,
    /// The columns of the functions called that give rows: a `record` has its number here for a modifier.
    pub(crate) records: Vec<Vec<(String, Type)>>,
    /// What of the users it has met.
    pub(crate) uses: Uses,
    /// What names of tables stand for, if that is settled: in the query of a view.
    pub(crate) settled: Option<&'a Uses>,
}

/// A WITH query in sight.
#[derive(Clone, Debug)]
pub(crate) struct Cte {
    name: String,
    id: usize,
    columns: Vec<Column>,
    /// It has rows at all: a data-modifying one without RETURNING has none.
    returns: bool,
}

/// The parameters of a statement, whose types analysis finds out where they were not given.
#[derive(Clone, Debug, Default)]
pub(crate) struct Parameters {
    /// The type of each, 0: not known yet.
    pub(crate) types: Vec<Oid>,
    /// Whether there may be more than were given, and of types that were not: not so for SQL's PREPARE with types and
    /// outside prepared statements.
    pub(crate) open: bool,
}

/// The columns that a query has in sight, in the order of the row at hand.
#[derive(Clone, Debug, Default)]
pub(crate) struct Scope {
    pub(crate) columns: Vec<Visible>,
    /// Its columns are not in sight: what stands left in FROM of what is not LATERAL. It counts as a row at hand all the same.
    pub(crate) hidden: bool,
    /// The aggregates met so far; none where they are not allowed.
    pub(crate) aggregates: Option<Vec<Aggregate>>,
    /// What is analysed now, where neither aggregates nor sets are allowed: `WHERE`, `JOIN conditions`. Empty elsewhere.
    pub(crate) clause: String,
}

/// A column in sight.
#[derive(Clone, Debug)]
pub(crate) struct Visible {
    /// The name or alias of the table that it is of.
    pub(crate) table: Option<String>,
    pub(crate) column: Column,
    /// It is only found with its table's name: the other half of a join's USING column.
    pub(crate) qualified_only: bool,
    /// It is no part of `*`: a system column, or one that was dropped.
    pub(crate) system: bool,
}

impl<'a> Analyser<'a> {
    /// Analyses a statement of the query string `text`.
    pub(crate) fn new(lookup: Lookup<'a>, text: &'a str, parameters: &'a mut Parameters) -> Self {
        let Lookup { database, session, snapshot } = lookup;
        Self {
            database,
            session,
            snapshot,
            text,
            parameters,
            scopes: Vec::new(),
            visible: Vec::new(),
            common: 0,
            records: Vec::new(),
            uses: Uses::default(),
            settled: None,
        }
    }
}

impl Analyser<'_> {
    /// Finds what names name.
    pub(crate) fn lookup(&self) -> Lookup<'_> {
        Lookup { database: self.database, session: self.session, snapshot: self.snapshot }
    }

    /// Where a span begins in the query string, in characters from 1.
    pub(crate) fn position(&self, span: Span) -> Option<usize> {
        let line = usize::try_from(span.start.line.checked_sub(1)?).ok()?;
        let column = usize::try_from(span.start.column.checked_sub(1)?).ok()?;
        let before: usize = self.text.split_inclusive('\n').take(line).map(|line| line.chars().count()).sum();
        Some(before + column + 1)
    }

    /// The type that the statement's result columns of unknown type get.
    pub(crate) const TEXT: Type = Type::plain(25);
}
