//! INSERT, UPDATE, DELETE and MERGE, analysed.

use super::expr::Expr;
use super::query::{Plan, Query};
use crate::postgresql::storage::Oid;
use std::sync::Arc;

/// A data-modifying statement. It is run as a whole; what it returns is read afterwards.
#[derive(Clone, Debug)]
pub(crate) struct Modify {
    pub(crate) relation: Oid,
    pub(crate) action: Action,
    /// RETURNING: over the new row (the old one of a DELETE) as `Plan::Extended` gives it, then the columns of FROM, then
    /// the old row, then the new row.
    pub(crate) returning: Option<Vec<Expr>>,
}

/// An assignment of SET: the place of the column, and what it becomes.
pub(crate) type Set = (usize, Expr);

/// What a data-modifying statement does.
#[derive(Clone, Debug)]
pub(crate) enum Action {
    /// Inserts the rows of this query, whose columns are the table's.
    Insert { source: Arc<Query>, conflict: Option<Conflict> },
    /// Sets columns of the rows that this gives: the table's as `Plan::Extended` gives them, then those of FROM.
    Update { source: Plan, sets: Vec<Set> },
    /// Deletes the rows that this gives, as for `Update`.
    Delete { source: Plan },
    /// For each pair of this outer join, does the first of these things that applies. Behind the table's columns are those
    /// of the source, and behind these whether there is a source row.
    Merge { source: Plan, branches: Vec<Branch> },
}

impl Action {
    /// Its name in messages and tags.
    pub(crate) fn name(&self) -> &'static str {
        match self {
            Self::Insert { .. } => "INSERT",
            Self::Update { .. } => "UPDATE",
            Self::Delete { .. } => "DELETE",
            Self::Merge { .. } => "MERGE",
        }
    }
}

/// What to do where a row like the one to be inserted is there already.
#[derive(Clone, Debug)]
pub(crate) struct Conflict {
    /// The columns that must not be the same; none: those of any unique constraint.
    pub(crate) columns: Option<Vec<usize>>,
    /// DO UPDATE: what to set, and for which rows. At hand are the row that is there, and behind it the one proposed.
    pub(crate) update: Option<(Vec<Set>, Option<Expr>)>,
}

/// WHEN ... THEN.
#[derive(Clone, Debug)]
pub(crate) struct Branch {
    pub(crate) kind: Matched,
    pub(crate) condition: Option<Expr>,
    pub(crate) deed: Deed,
}

/// Which rows a branch of MERGE is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Matched {
    /// Those of both.
    Both,
    /// Those of the source alone.
    Source,
    /// Those of the target alone.
    Target,
}

/// What a branch of MERGE does.
#[derive(Clone, Debug)]
pub(crate) enum Deed {
    /// Inserts a row of these columns.
    Insert(Vec<Expr>),
    Update(Vec<Set>),
    Delete,
    Nothing,
}
