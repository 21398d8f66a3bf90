//! Expressions and queries whose names and types are known.

use super::super::catalog::SystemTable;
use super::super::node::Column;
use super::super::refusal::Refusal;
use super::super::types::Type;
use super::super::value::Value;
use super::eval::Run;
use std::sync::Arc;

/// An expression over a row.
#[derive(Clone, Debug)]
pub(crate) enum Expr {
    Constant(Option<Value>),
    /// The row's value at this place.
    Column(usize),
    /// From 0.
    Parameter(usize),
    Cast {
        expr: Box<Self>,
        to: Type,
        /// TRY_CAST: what cannot be is NULL.
        lenient: bool,
    },
    Call(Call),
    Arithmetic(Arithmetic, Box<Self>, Box<Self>),
    Compare(Comparison, Box<Self>, Box<Self>),
    And(Box<Self>, Box<Self>),
    Or(Box<Self>, Box<Self>),
    Not(Box<Self>),
    IsNull(Box<Self>),
    Case {
        branches: Vec<(Self, Self)>,
        otherwise: Box<Self>,
    },
    Coalesce(Vec<Self>),
    Like {
        expr: Box<Self>,
        pattern: Box<Self>,
        kind: Pattern,
    },
    /// A comparison with the elements of an array: ANY, or ALL.
    Quantified {
        left: Box<Self>,
        comparison: Comparison,
        all: bool,
        array: Box<Self>,
    },
    Array(Vec<Self>),
    Object(Vec<(String, Self)>),
    /// `a[1]`, from 1.
    Element(Box<Self>, Box<Self>),
    /// `o['k']`
    Field(Box<Self>, String),
    Subquery(Arc<Query>, Subquery),
}

/// A call of a function with values.
#[derive(Clone, Debug)]
pub(crate) struct Call {
    pub(crate) run: Function,
    /// NULL of NULL.
    pub(crate) strict: bool,
    pub(crate) arguments: Vec<Expr>,
}

/// What a function does.
pub(crate) type Function = fn(&[Option<Value>], &Run<'_>) -> Result<Option<Value>, Refusal>;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Arithmetic {
    Add,
    Subtract,
    Multiply,
    Divide,
    Modulo,
    Power,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Comparison {
    Equal,
    Different,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
}

/// How a pattern is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Pattern {
    /// LIKE; ILIKE.
    Like { insensitive: bool },
    /// `~`; `~*`.
    Regex { insensitive: bool },
}

/// What a query in an expression is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Subquery {
    /// The value of its one row.
    Scalar,
    /// The values of its rows, as an array.
    Array,
    /// Whether it has rows.
    Exists,
}

/// A query.
#[derive(Clone, Debug)]
pub(crate) struct Query {
    pub(crate) body: Body,
    pub(crate) columns: Vec<Column>,
    pub(crate) order: Vec<Sort>,
    pub(crate) limit: Option<Expr>,
    pub(crate) offset: Option<Expr>,
}

#[derive(Clone, Debug)]
pub(crate) enum Body {
    Select(Box<Select>),
    Values(Vec<Vec<Expr>>),
    /// UNION ALL: the rows of each, made of the types of the whole.
    Union(Vec<Query>),
}

/// By which column of the rows, how.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Sort {
    pub(crate) column: usize,
    pub(crate) descending: bool,
    pub(crate) nulls_first: bool,
}

#[derive(Clone, Debug)]
pub(crate) struct Select {
    pub(crate) source: Source,
    pub(crate) filter: Option<Expr>,
    pub(crate) grouping: Option<Grouping>,
    pub(crate) having: Option<Expr>,
    /// The query's columns, and behind them what it is sorted by besides.
    pub(crate) outputs: Vec<Expr>,
    pub(crate) distinct: bool,
}

/// GROUP BY: rows become the keys and behind them the results of the aggregate functions.
#[derive(Clone, Debug)]
pub(crate) struct Grouping {
    pub(crate) keys: Vec<Expr>,
    pub(crate) calls: Vec<Aggregate>,
}

#[derive(Clone, Debug)]
pub(crate) struct Aggregate {
    pub(crate) kind: AggregateKind,
    /// None: `count(*)`.
    pub(crate) argument: Option<Expr>,
    pub(crate) distinct: bool,
    pub(crate) ty: Type,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum AggregateKind {
    Count,
    Sum,
    Average,
    Minimum,
    Maximum,
    Arbitrary,
    Collect,
}

/// Where rows come from.
#[derive(Clone, Debug)]
pub(crate) enum Source {
    /// One row without columns.
    Nothing,
    Table(TableRef),
    System(&'static SystemTable),
    Query(Box<Query>),
    /// `unnest(..)`: the arrays' elements, side by side.
    Unnest(Vec<Expr>),
    /// `generate_series(start, stop, step)`
    Series(Expr, Expr, Option<Expr>),
    Join(Box<Join>),
}

/// A table, and the columns that it had when it was looked up.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct TableRef {
    pub(crate) schema: String,
    pub(crate) name: String,
    pub(crate) columns: Vec<Column>,
}

#[derive(Clone, Debug)]
pub(crate) struct Join {
    pub(crate) left: Source,
    pub(crate) right: Source,
    /// How many columns each side has.
    pub(crate) widths: (usize, usize),
    /// Rows of the left, of the right without a partner are kept.
    pub(crate) keeps: (bool, bool),
    pub(crate) on: Option<Expr>,
}
