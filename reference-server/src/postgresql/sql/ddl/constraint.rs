//! Constraints, checked.

use crate::postgresql::definition::Relation;
use crate::postgresql::sql::context::Context;
use crate::postgresql::sql::stop::Stop;
use crate::postgresql::storage::Row;

/// Checks a row that is to be inserted; `replaced` is the place of the row that it replaces.
pub(crate) fn check_row(
    context: &mut Context<'_>,
    relation: &Relation,
    row: &Row,
    replaced: Option<usize>,
) -> Result<(), Stop> {
    _ = (context, relation, row, replaced);
    Ok(())
}

/// Checks that no row of another table needs `gone`, which was deleted, or replaced by `by`.
pub(crate) fn check_gone(
    context: &mut Context<'_>,
    relation: &Relation,
    gone: &Row,
    by: Option<&Row>,
) -> Result<(), Stop> {
    _ = (context, relation, gone, by);
    Ok(())
}
