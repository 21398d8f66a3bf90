//! Triggers, fired.

use crate::postgresql::definition::Relation;
use crate::postgresql::sql::context::Context;
use crate::postgresql::sql::stop::Stop;
use crate::postgresql::storage::Row;

/// What a trigger is fired for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Event {
    Insert,
    Update,
    Delete,
}

/// Fires the triggers before a change of a row; gives the row to go on with (the old one for a DELETE), or none to leave it.
pub(crate) fn before(
    context: &mut Context<'_>,
    relation: &Relation,
    event: Event,
    old: Option<&Row>,
    new: Option<Row>,
) -> Result<Option<Row>, Stop> {
    _ = (context, relation, event);
    Ok(new.or_else(|| old.cloned()))
}

/// Fires the triggers after a change of a row.
pub(crate) fn after(
    context: &mut Context<'_>,
    relation: &Relation,
    event: Event,
    old: Option<&Row>,
    new: Option<&Row>,
) -> Result<(), Stop> {
    _ = (context, relation, event, old, new);
    Ok(())
}
