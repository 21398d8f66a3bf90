//! What a built-in function is: its row in `pg_proc`, and what it does. The rows themselves are in `functions/`.

use super::context::Context;
use super::stop::Stop;
use crate::postgresql::storage::Oid;
use pgconform_wire::value::Value;
use std::fmt;

/// A built-in function, overloads apart. Operators and casts are functions as well, as in PostgreSQL.
pub(crate) struct Function {
    /// Its `pg_proc.oid`.
    pub(crate) oid: Oid,
    pub(crate) name: &'static str,
    pub(crate) arguments: &'static [Oid],
    /// The type of each argument from the last of `arguments` on, where there may be any number.
    pub(crate) variadic: Option<Oid>,
    pub(crate) returns: Oid,
    pub(crate) volatility: Volatility,
    pub(crate) body: Body,
}

/// Whether the same arguments give the same result.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Volatility {
    /// Always: calls on constants are replaced by their result before execution, as PostgreSQL does.
    Immutable,
    /// Within one statement.
    Stable,
    /// Not at all.
    Volatile,
}

/// What a function gives: NULL is no value.
pub(crate) type Given = Result<Option<Value>, Stop>;

/// A function of values.
pub(crate) type Strict = fn(&mut Context<'_>, &[Value]) -> Given;

/// A function of arguments of which any may be NULL.
pub(crate) type Lax = fn(&mut Context<'_>, &[Option<Value>]) -> Given;

/// A function for which the types of its arguments matter.
pub(crate) type Typed = fn(&mut Context<'_>, &[Option<Value>], &[Oid]) -> Given;

/// A function that gives rows of one column.
pub(crate) type Set = fn(&mut Context<'_>, &[Option<Value>]) -> Result<Vec<Option<Value>>, Stop>;

/// A function of all rows' arguments.
pub(crate) type Aggregate = fn(&mut Context<'_>, &[Vec<Option<Value>>]) -> Given;

/// What a function does.
#[derive(Clone, Copy)]
pub(crate) enum Body {
    /// A result from values; NULL if any argument is NULL.
    Strict(Strict),
    /// A result from arguments of which any may be NULL.
    Lax(Lax),
    /// The same, for which the types of the arguments matter.
    Typed(Typed),
    /// Rows of one column.
    Set(Set),
    /// An aggregate: a result from all the rows' arguments.
    Aggregate(Aggregate),
    /// A window function: the place of a row in its partition.
    Window(Rank),
}

/// How the place of a row in its partition is counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Rank {
    /// By rows: `row_number`.
    Row,
    /// By the rows before it and its equals: `rank`.
    Sparse,
    /// By the groups of equals: `dense_rank`.
    Dense,
}

impl fmt::Debug for Function {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}({:?})", self.name, self.arguments)
    }
}

impl Function {
    /// Whether it gives rows and not one value.
    pub(crate) fn returns_set(&self) -> bool {
        matches!(self.body, Body::Set(_))
    }

    /// The schema that it is in.
    pub(crate) fn schema(&self) -> &'static str {
        if self.name.starts_with("_pg_") { "information_schema" } else { "pg_catalog" }
    }
}
