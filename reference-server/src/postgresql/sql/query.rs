//! A query, analysed: what it reads and does, in the order in which it is done, and the columns that come out.

use super::expr::{Expr, Type};
use super::function::{Function, Rank};
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
    /// The one row of a sequence.
    Counter(Oid),
    /// The rows of a table with their system columns behind, the last of which is the row's place.
    Extended(Oid),
    /// The rows of a system table, which are made when they are read; `extended` with system columns.
    System { table: &'static crate::postgresql::catalog::SystemTable, extended: bool },
    /// The row that a cursor is at, as `Extended` gives it.
    Current { table: Oid, cursor: String },
    /// A function's rows (`ordinality`: with their number behind). If `fields` says so, its values are rows of these types.
    Function { call: Expr, ordinality: bool, fields: Option<Vec<Type>> },
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
    /// New columns from old.
    Project(Box<Plan>, Vec<Expr>),
    /// Each row as often as the longest of these sets has values, which stand behind its columns.
    Sets(Box<Plan>, Vec<Expr>),
    /// Each row, and behind it its place among those with the same values of `partition`: in the order in which they come,
    /// which is by `partition` and then by `order`.
    Window { input: Box<Plan>, rank: Rank, partition: Vec<Expr>, order: Vec<Expr> },
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
    /// A query that the WITH queries in `common` are run for.
    With { common: Vec<Common>, input: Box<Plan> },
    /// The rows of a WITH query; in its own recursive step, those of the step before.
    Common(usize),
}

/// What gives further rows of a recursive query from the last ones, and whether equal ones are kept.
pub(crate) type Step = (Arc<Query>, bool);

/// A WITH query.
#[derive(Clone, Debug)]
pub(crate) struct Common {
    /// By what it is known, in the whole statement.
    pub(crate) id: usize,
    pub(crate) query: Arc<Query>,
    /// Where it is recursive.
    pub(crate) step: Option<Step>,
    /// It modifies data: it is run to its end, once, whether it is read or not.
    pub(crate) modifies: bool,
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
