//! What depends on what is dropped: it keeps it, or goes with it, if CASCADE says so.

use super::name::{self, Place};
use super::{replace, view};
use crate::engine::{Severity, SqlError};
use crate::postgresql::definition::{Kind, Relation, Rule, Sequence, View};
use crate::postgresql::sql::context::Context;
use crate::postgresql::sql::stop::Stop;
use crate::postgresql::storage::Oid;
use std::sync::Arc;

/// What depends on something, and is dropped with it or keeps it.
pub(super) struct Dependent {
    /// As messages tell it: `constraint u_a_fkey on table u`.
    pub(super) name: String,
    /// What it depends on, as messages tell it.
    pub(super) on: String,
    /// The relation that it is, or is a part of.
    pub(super) relation: Arc<Relation>,
    pub(super) part: Part,
}

/// What of a relation depends on something.
pub(super) enum Part {
    Constraint(Oid),
    Trigger(String),
    Column(usize),
    /// The default of a column.
    Default(usize),
    Whole,
}

/// Refuses to drop what others depend on, or drops those, too. `what` is dropped: one thing, or several.
pub(super) fn settle(
    context: &mut Context<'_>,
    what: &[String],
    dependents: Vec<Dependent>,
    cascade: bool,
) -> Result<(), Stop> {
    if dependents.is_empty() {
        return Ok(());
    }
    if !cascade {
        let detail: Vec<String> =
            dependents.iter().map(|one| format!("{} depends on {}", one.name, one.on)).collect();
        let message = match what {
            [what] => format!("cannot drop {what} because other objects depend on it"),
            _ => "cannot drop desired object(s) because other objects depend on them".to_owned(),
        };
        let error = SqlError::error("2BP01", message).detail(detail.join("\n"));
        return Err(error.hint("Use DROP ... CASCADE to drop the dependent objects too.").into());
    }
    match dependents.as_slice() {
        [one] => name::skip(context, "00000", format!("drop cascades to {}", one.name)),
        several => {
            let lines: Vec<String> =
                several.iter().map(|one| format!("drop cascades to {}", one.name)).collect();
            let message = format!("drop cascades to {} other objects", several.len());
            let notice = SqlError::new(Severity::Notice, "00000", message).detail(lines.join("\n"));
            context.session.notice(notice);
        }
    }
    let mut changed: Vec<Relation> = Vec::new();
    for dependent in dependents {
        if let Part::Whole = dependent.part {
            changed.retain(|known| known.oid != dependent.relation.oid);
            drop_relation(context, &dependent.relation)?;
            continue;
        }
        if !changed.iter().any(|known| known.oid == dependent.relation.oid) {
            changed.push((*dependent.relation).clone());
        }
        let Some(relation) = changed.iter_mut().find(|known| known.oid == dependent.relation.oid) else {
            continue;
        };
        match dependent.part {
            Part::Constraint(oid) => relation.constraints.retain(|known| known.oid != oid),
            Part::Trigger(name) => relation.triggers.retain(|known| known.name != name),
            Part::Column(place) => relation.columns[place].dropped = true,
            Part::Default(place) => relation.columns[place].default = None,
            Part::Whole => {}
        }
    }
    changed.into_iter().try_for_each(|relation| replace(context, relation))
}

/// Every relation that is seen, the oldest first.
pub(super) fn all(context: &Context<'_>) -> Vec<Arc<Relation>> {
    let seen = context.database.relations.seen(&context.snapshot, &context.database.transactions);
    let mut all: Vec<Arc<Relation>> = seen.map(|(_, relation)| relation.clone()).collect();
    all.sort_by_key(|relation| relation.oid);
    all
}

/// Adds what depends on a relation, and what depends on that.
pub(super) fn of_relation(context: &Context<'_>, relation: &Relation, found: &mut Vec<Dependent>) {
    let on = described(context, relation);
    for other in all(context) {
        for constraint in &other.constraints {
            if matches!(&constraint.rule, Rule::Foreign { table, .. } if *table == relation.oid)
                && other.oid != relation.oid
            {
                let name = format!("constraint {} on table {}", constraint.name, qualified(context, &other));
                let part = Part::Constraint(constraint.oid);
                found.push(Dependent { name, on: on.clone(), relation: other.clone(), part });
            }
        }
    }
    if let Kind::Sequence(Sequence { owner: Some((table, place)), .. }) = &relation.kind
        && let Some(table) = all(context).into_iter().find(|known| known.oid == *table)
        && table.columns.get(*place).is_some_and(|column| column.default.is_some())
    {
        let column = &table.columns[*place].name;
        let name = format!("default value for column {column} of {}", described(context, &table));
        found.push(Dependent { name, on: on.clone(), relation: table, part: Part::Default(*place) });
    }
    let reads = |view: &View| view.uses.tables.values().any(|source| source.table == relation.oid);
    views(context, &on, reads, found);
}

/// Adds the views that depend on a column of a table, and what depends on those.
pub(super) fn of_column(
    context: &Context<'_>,
    relation: &Relation,
    place: usize,
    found: &mut Vec<Dependent>,
) {
    let on = format!("column {} of {}", relation.columns[place].name, described(context, relation));
    views(context, &on, |view| view::uses_column(view, relation.oid, place), found);
}

/// Adds the views that depend on something, and what depends on those.
pub(super) fn views(
    context: &Context<'_>,
    on: &str,
    depends: impl Fn(&View) -> bool,
    found: &mut Vec<Dependent>,
) {
    for relation in all(context) {
        let known =
            found.iter().any(|one| one.relation.oid == relation.oid && matches!(one.part, Part::Whole));
        if known || !relation.view().is_some_and(|view| depends(view)) {
            continue;
        }
        let name = described(context, &relation);
        let dependent = Dependent { name, on: on.to_owned(), relation: relation.clone(), part: Part::Whole };
        found.push(dependent);
        of_relation(context, &relation, found);
    }
}

/// A relation as messages tell it: `table t`.
pub(super) fn described(context: &Context<'_>, relation: &Relation) -> String {
    format!("{} {}", relation.kind.word(), qualified(context, relation))
}

/// A relation's name, with its schema where it is not found without.
pub(super) fn qualified(context: &Context<'_>, relation: &Relation) -> String {
    if context.lookup().on_path(relation.schema, relation.temporary) {
        return relation.name.clone();
    }
    let place = Place { schema: relation.schema, temporary: relation.temporary };
    format!("{}.{}", place.schema_name(context), relation.name)
}

/// Ends a relation and the type of its rows.
pub(super) fn drop_relation(context: &mut Context<'_>, relation: &Relation) -> Result<(), Stop> {
    let log = &context.database.transactions;
    let seen = context.database.relations.seen(&context.snapshot, log);
    let place = seen.filter(|(_, known)| known.oid == relation.oid).map(|(place, _)| place).last();
    let seen = context.database.types.seen(&context.snapshot, log);
    let ty = seen.filter(|(_, known)| known.oid == relation.row_type).map(|(place, _)| place).last();
    if let Some(place) = place {
        name::end(context, place, |database| &mut database.relations)?;
    }
    drop_owned(context, relation.oid, None)?;
    if let Some(place) = ty {
        name::end(context, place, |database| &mut database.types)?;
    }
    Ok(())
}

/// Drops the sequences of a table's `serial` columns, or of one of them.
pub(super) fn drop_owned(context: &mut Context<'_>, table: Oid, column: Option<usize>) -> Result<(), Stop> {
    let owned = |relation: &Relation| match &relation.kind {
        Kind::Sequence(Sequence { owner: Some((owner, place)), .. }) => {
            *owner == table && column.is_none_or(|column| column == *place)
        }
        _ => false,
    };
    let owned: Vec<_> = all(context).into_iter().filter(|relation| owned(relation)).collect();
    owned.into_iter().try_for_each(|relation| drop_relation(context, &relation))
}
