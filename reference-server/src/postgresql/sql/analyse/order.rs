//! Which types can be sorted and compared, and how ORDER BY sorts.

use super::Analyser;
use crate::engine::SqlError;
use crate::postgresql::sql::expr::{Expr, Type};
use crate::postgresql::sql::query::SortKey;
use crate::postgresql::sql::stop::Stop;
use crate::postgresql::storage::Oid;
use sqlparser::ast;

/// Types without an order: json, xml, refcursor, the geometric ones, jsonpath, and those whose values only name a thing.
const UNORDERED: [Oid; 15] = [28, 29, 114, 142, 600, 601, 602, 603, 604, 628, 718, 1033, 1790, 2970, 4072];

/// Types of the above that can tell whether two values are equal.
const EQUAL_ONLY: [Oid; 3] = [28, 29, 1033];

/// How to sort, apart from by what.
#[derive(Clone, Copy)]
pub(crate) struct Direction {
    descending: bool,
    nulls_first: bool,
}

impl Direction {
    /// What the options of a key of ORDER BY say.
    pub(crate) fn of(options: &ast::OrderByOptions) -> Self {
        let descending = options.sort == Some(ast::OrderBySort::Desc);
        Self { descending, nulls_first: options.nulls_first.unwrap_or(descending) }
    }

    /// The key that sorts so by this.
    pub(crate) fn key(self, by: Expr) -> SortKey {
        SortKey { by, descending: self.descending, nulls_first: self.nulls_first }
    }
}

/// Refuses to sort by a type without order.
pub(crate) fn sortable(analyser: &Analyser<'_>, ty: Type, at: Option<usize>) -> Result<(), Stop> {
    if !UNORDERED.contains(&ty.oid) {
        return Ok(());
    }
    let name = analyser.type_name(ty.oid);
    let error = SqlError::error("42883", format!("could not identify an ordering operator for type {name}"))
        .hint("Use an explicit ordering operator or modify the query.");
    Err(error.at(at).into())
}

/// Refuses to look for equal values of a type that has no equality.
pub(crate) fn comparable(analyser: &Analyser<'_>, ty: Type, at: Option<usize>) -> Result<(), Stop> {
    if !UNORDERED.contains(&ty.oid) || EQUAL_ONLY.contains(&ty.oid) {
        return Ok(());
    }
    let name = analyser.type_name(ty.oid);
    Err(Stop::error("42883", format!("could not identify an equality operator for type {name}")).at(at))
}
