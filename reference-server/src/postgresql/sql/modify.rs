//! INSERT, UPDATE, DELETE and MERGE, analysed.

use super::expr::Expr;
use super::query::{Column, Query};
use crate::postgresql::storage::Oid;
use std::sync::Arc;

/// A data-modifying statement. It is run as a whole; what it returns is read afterwards.
#[derive(Clone, Debug)]
pub(crate) struct Modify {
    pub(crate) relation: Oid,
    pub(crate) action: Action,
    /// RETURNING: over the new row (the old one of a DELETE).
    pub(crate) returning: Option<(Vec<Column>, Vec<Expr>)>,
}

/// What a data-modifying statement does.
#[derive(Clone, Debug)]
pub(crate) enum Action {
    /// Inserts the rows of this query, whose columns are the table's.
    Insert(Arc<Query>),
}
