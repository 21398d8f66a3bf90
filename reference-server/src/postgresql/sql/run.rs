//! The rows of a query, one at a time: what a portal reads.

use super::context::Context;
use super::query::Query;
use super::stop::Stop;
use crate::postgresql::storage::Row;
use std::sync::Arc;

/// A query being run. It holds no lock between two rows; a [`Stop`] that only waits leaves it at the row that it was at.
pub(crate) struct Rows {
    query: Arc<Query>,
}

impl Rows {
    /// Begins to run a query, on the snapshot that `context` has now.
    pub(crate) fn open(query: Arc<Query>, context: &mut Context<'_>) -> Result<Self, Stop> {
        _ = context;
        Ok(Self { query })
    }

    /// The next row.
    pub(crate) fn next(&mut self, context: &mut Context<'_>) -> Result<Option<Row>, Stop> {
        _ = (context, &self.query);
        Ok(None)
    }
}
