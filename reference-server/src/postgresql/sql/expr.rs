//! A typed expression: what analysis makes of SQL, with every name found, every overload chosen and every conversion
//! spelt out. Evaluation takes no decision any more.

use super::function::{Function, Rank};
use super::query::{Query, SortKey};
use crate::postgresql::storage::Oid;
use pgconform_wire::value::Value;
use std::sync::Arc;

/// A type with its modifier (-1: none).
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Type {
    pub(crate) oid: Oid,
    pub(crate) modifier: i32,
}

impl Type {
    /// A type without modifier.
    pub(crate) const fn plain(oid: Oid) -> Self {
        Self { oid, modifier: -1 }
    }
}

/// An expression.
#[derive(Clone, Debug)]
pub(crate) struct Expr {
    pub(crate) ty: Type,
    /// Where it stands in the query string, in characters from 1: what an error's position tells.
    pub(crate) at: Option<usize>,
    pub(crate) node: Node,
}

/// What an expression does.
#[derive(Clone, Debug)]
pub(crate) enum Node {
    /// A constant; none is NULL.
    Constant(Option<Value>),
    /// A parameter, from 0.
    Parameter(usize),
    /// A column of the current row (`depth` 0), or of the row that the enclosing query is at (1), and so on.
    Column { depth: usize, index: usize },
    /// A function, and so an operator and most casts.
    Call(&'static Function, Vec<Expr>),
    /// A function that a user made.
    UserCall(Oid, Vec<Expr>),
    /// AND of all.
    And(Vec<Expr>),
    /// OR of all.
    Or(Vec<Expr>),
    /// NOT.
    Not(Box<Expr>),
    /// IS NULL.
    IsNull(Box<Expr>),
    /// IS TRUE, IS FALSE: NULL is neither. (IS NOT TRUE is NOT of IS TRUE.)
    Is(bool, Box<Expr>),
    /// IS DISTINCT FROM: by this equality.
    IsDistinct(&'static Function, Box<Expr>, Box<Expr>),
    /// CASE: the first branch whose condition is true, or else the last expression.
    Case(Vec<(Expr, Expr)>, Option<Box<Expr>>),
    /// COALESCE.
    Coalesce(Vec<Expr>),
    /// GREATEST, LEAST: of those that are not NULL.
    Extreme { greatest: bool, values: Vec<Expr> },
    /// An aggregate of the query around (as `Column`): only until [grouping](super::analyse::Analyser::grouped) is analysed.
    Aggregate { depth: usize, index: usize },
    /// A window function: only until the SELECT that it is of is finished.
    Window(Box<Window>),
    /// ARRAY[...] of this element type; of arrays if `nested`.
    Array { elements: Vec<Expr>, nested: bool },
    /// ROW(...).
    Row(Vec<Expr>),
    /// A field of a row, from 0.
    Field(Box<Expr>, usize),
    /// An element of an array.
    Subscript(Box<Expr>, Vec<Expr>),
    /// LEFT operator ANY (array), ALL if not `any`.
    Quantified { any: bool, operator: &'static Function, left: Box<Expr>, array: Box<Expr> },
    /// The text form of one type read as another: what remains of a cast without a function.
    Convert(Box<Expr>),
    /// The value enforced to the modifier (`explicit`: a cast truncates, an assignment errs) or to the domain's checks.
    Coerce { explicit: bool, value: Box<Expr> },
    /// Each element of an array as another expression: of a row whose only column it is.
    Elements { array: Box<Expr>, each: Box<Expr> },
    /// The same value by another type's name.
    Relabel(Box<Expr>),
    /// (SELECT ...) as a value.
    Scalar(Arc<Query>),
    /// EXISTS (SELECT ...).
    Exists(Arc<Query>),
    /// ARRAY(SELECT ...).
    ArrayOf(Arc<Query>),
    /// LEFT operator ANY (SELECT ...), ALL if not `any`: `item` makes the right operand of each of the query's rows.
    QuantifiedQuery {
        any: bool,
        operator: &'static Function,
        left: Box<Expr>,
        item: Box<Expr>,
        query: Arc<Query>,
    },
}

/// The call of a window function: `row_number() OVER (PARTITION BY ... ORDER BY ...)`.
#[derive(Clone, Debug)]
pub(crate) struct Window {
    pub(crate) rank: Rank,
    pub(crate) partition: Vec<Expr>,
    pub(crate) order: Vec<SortKey>,
}

impl Expr {
    /// What it is made of; not the queries in it, nor what it does with each of their rows.
    pub(crate) fn children(&self) -> Vec<&Expr> {
        match &self.node {
            Node::Constant(_)
            | Node::Parameter(_)
            | Node::Column { .. }
            | Node::Aggregate { .. }
            | Node::Scalar(_)
            | Node::Exists(_)
            | Node::ArrayOf(_) => Vec::new(),
            Node::Call(_, list)
            | Node::UserCall(_, list)
            | Node::And(list)
            | Node::Or(list)
            | Node::Coalesce(list)
            | Node::Extreme { values: list, .. }
            | Node::Array { elements: list, .. }
            | Node::Row(list) => list.iter().collect(),
            Node::Not(one)
            | Node::IsNull(one)
            | Node::Is(_, one)
            | Node::Field(one, _)
            | Node::Convert(one)
            | Node::Coerce { value: one, .. }
            | Node::Elements { array: one, .. }
            | Node::Relabel(one)
            | Node::QuantifiedQuery { left: one, .. } => vec![one],
            Node::IsDistinct(_, one, two) | Node::Quantified { left: one, array: two, .. } => vec![one, two],
            Node::Case(branches, otherwise) => {
                let branches = branches.iter().flat_map(|(when, then)| [when, then]);
                branches.chain(otherwise.as_deref()).collect()
            }
            Node::Subscript(array, at) => std::iter::once(&**array).chain(at).collect(),
            Node::Window(window) => {
                window.partition.iter().chain(window.order.iter().map(|key| &key.by)).collect()
            }
        }
    }

    /// The same, to be changed.
    pub(crate) fn children_mut(&mut self) -> Vec<&mut Expr> {
        match &mut self.node {
            Node::Constant(_)
            | Node::Parameter(_)
            | Node::Column { .. }
            | Node::Aggregate { .. }
            | Node::Scalar(_)
            | Node::Exists(_)
            | Node::ArrayOf(_) => Vec::new(),
            Node::Call(_, list)
            | Node::UserCall(_, list)
            | Node::And(list)
            | Node::Or(list)
            | Node::Coalesce(list)
            | Node::Extreme { values: list, .. }
            | Node::Array { elements: list, .. }
            | Node::Row(list) => list.iter_mut().collect(),
            Node::Not(one)
            | Node::IsNull(one)
            | Node::Is(_, one)
            | Node::Field(one, _)
            | Node::Convert(one)
            | Node::Coerce { value: one, .. }
            | Node::Elements { array: one, .. }
            | Node::Relabel(one)
            | Node::QuantifiedQuery { left: one, .. } => vec![one],
            Node::IsDistinct(_, one, two) | Node::Quantified { left: one, array: two, .. } => vec![one, two],
            Node::Case(branches, otherwise) => {
                let branches = branches.iter_mut().flat_map(|(when, then)| [when, then]);
                branches.chain(otherwise.as_deref_mut()).collect()
            }
            Node::Subscript(array, at) => std::iter::once(&mut **array).chain(at).collect(),
            Node::Window(window) => {
                let order = window.order.iter_mut().map(|key| &mut key.by);
                window.partition.iter_mut().chain(order).collect()
            }
        }
    }
}
