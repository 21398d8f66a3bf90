//! A query, analysed: what it reads and does, in the order in which it is done, and the columns that come out.

use super::expr::{Expr, Type};
use super::function::Function;
use crate::postgresql::storage::Oid;
use std::sync::Arc;

/// A query.
#[derive(Clone, Debug)]
pub(crate) struct Query {
    pub(crate) columns: Vec<Column>,
    pub(crate) plan: Plan,
}

/// A column of a result.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Column {
    pub(crate) name: String,
    pub(crate) ty: Type,
    /// The table and the number of the column that it shows unchanged.
    pub(crate) origin: Option<(Oid, i16)>,
}

/// What gives rows.
#[derive(Clone, Debug)]
pub(crate) enum Plan {
    /// One row without columns: what a SELECT without FROM reads.
    Unit,
    /// A VALUES list.
    Values(Vec<Vec<Expr>>),
    /// The rows of a table.
    Table(Oid),
    /// The rows of a system table, which are made when they are read.
    System(&'static crate::postgresql::catalog::SystemTable),
    /// A function's rows (`ordinality`: with their number behind).
    Function { call: Expr, ordinality: bool },
    /// The rows of a subquery; of a LATERAL one, for each row at hand.
    Subquery(Arc<Query>),
    /// Pairs of rows: for each row of the left those of the right for which the condition is true.
    Join {
        left: Box<Plan>,
        right: Box<Plan>,
        kind: JoinKind,
        on: Option<Expr>,
        /// How many columns each side has: what a side without a partner is filled up with.
        widths: (usize, usize),
    },
    /// The rows for which the condition is true.
    Filter(Box<Plan>, Expr),
    /// One row a group: the keys, then the aggregates.
    Aggregate { input: Box<Plan>, keys: Vec<Expr>, aggregates: Vec<Aggregate> },
    /// New columns from old (set-returning functions among them make several rows of one).
    Project(Box<Plan>, Vec<Expr>),
    /// In this order.
    Sort(Box<Plan>, Vec<SortKey>),
    /// Without those equal to an earlier one in these columns; in all if there are none.
    Distinct(Box<Plan>, Vec<usize>),
    /// UNION, INTERSECT, EXCEPT.
    Set { left: Box<Plan>, right: Box<Plan>, kind: SetKind, all: bool },
    /// OFFSET and LIMIT.
    Limit { input: Box<Plan>, offset: Option<Expr>, limit: Option<Expr> },
    /// The first columns only: the rest was for sorting.
    Truncate(Box<Plan>, usize),
    /// What a data-modifying statement returns.
    Modify(Arc<super::modify::Modify>),
}

/// How rows without a partner fare.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum JoinKind {
    Inner,
    Left,
    Right,
    Full,
}

/// Which rows of two sets come out.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum SetKind {
    Union,
    Intersect,
    Except,
}

/// An aggregate over the rows of a group.
#[derive(Clone, Debug)]
pub(crate) struct Aggregate {
    pub(crate) function: &'static Function,
    pub(crate) arguments: Vec<Expr>,
    pub(crate) distinct: bool,
    pub(crate) filter: Option<Expr>,
    pub(crate) order: Vec<SortKey>,
}

/// By what to sort.
#[derive(Clone, Debug)]
pub(crate) struct SortKey {
    pub(crate) by: Expr,
    pub(crate) descending: bool,
    pub(crate) nulls_first: bool,
}
