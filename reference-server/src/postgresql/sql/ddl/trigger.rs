//! Triggers: made, and fired.

use super::{name, replace, table_named};
use crate::engine::SqlError;
use crate::postgresql::definition::{Relation, Trigger};
use crate::postgresql::lookup::parts;
use crate::postgresql::plpgsql;
use crate::postgresql::sql::context::Context;
use crate::postgresql::sql::stop::Stop;
use crate::postgresql::storage::Row;
use sqlparser::ast::{self, TriggerEvent, TriggerPeriod};

/// What a trigger is fired for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Event {
    Insert,
    Update,
    Delete,
}

/// The pseudo-type that trigger functions return.
const TRIGGER: u32 = 2279;

/// CREATE TRIGGER.
pub(super) fn create(create: &ast::CreateTrigger, context: &mut Context<'_>) -> Result<String, Stop> {
    let found = table_named(context, &create.table_name)?;
    if found.view().is_some() && create.period != Some(TriggerPeriod::InsteadOf) {
        let error = SqlError::error("42809", format!("\"{}\" is a view", found.name));
        return Err(error.detail("Views cannot have row-level BEFORE or AFTER triggers.").into());
    }
    if !found.is_table() && found.view().is_none() {
        let error = SqlError::error("42809", format!("relation \"{}\" cannot have triggers", found.name));
        return Err(error.detail("This operation is not supported for sequences.").into());
    }
    let unsupported =
        |what: &str| Err(Stop::error("0A000", format!("{what} are not supported by this server")));
    let before = match create.period {
        Some(TriggerPeriod::Before) => true,
        Some(TriggerPeriod::After) => false,
        _ => return unsupported("INSTEAD OF triggers"),
    };
    let row = match &create.trigger_object {
        Some(ast::TriggerObjectKind::For(object) | ast::TriggerObjectKind::ForEach(object)) => {
            *object == ast::TriggerObject::Row
        }
        None => false,
    };
    if !row {
        return unsupported("triggers for statements");
    }
    if create.condition.is_some() {
        return unsupported("conditions of triggers");
    }
    let Some(execute) = &create.exec_body else {
        return Err(Stop::error("42601", "syntax error at end of input"));
    };
    let (schema, last) = parts(&execute.func_desc.name);
    let lookup = context.lookup();
    // A trigger may have a function of the temporary schema only by that schema's name, as everybody.
    let functions = lookup.functions(schema.as_deref(), &last);
    let Some(function) = functions.iter().find(|function| function.arguments.is_empty()) else {
        let shown = name::shown(&execute.func_desc.name);
        return Err(Stop::error("42883", format!("function {shown}() does not exist")));
    };
    if function.returns.oid != TRIGGER {
        return Err(Stop::error("42P17", format!("function {last} must return type trigger")));
    }
    let trigger_name = parts(&create.name).1;
    let mut trigger = Trigger {
        name: trigger_name.clone(),
        before,
        insert: false,
        update: false,
        delete: false,
        function: function.oid,
    };
    for event in &create.events {
        match event {
            TriggerEvent::Insert => trigger.insert = true,
            TriggerEvent::Update(_) => trigger.update = true,
            TriggerEvent::Delete => trigger.delete = true,
            TriggerEvent::Truncate => return unsupported("triggers of TRUNCATE"),
        }
    }
    let mut relation = (*found).clone();
    if relation.triggers.iter().any(|known| known.name == trigger_name) {
        if !create.or_replace {
            let table = &relation.name;
            let message = format!("trigger \"{trigger_name}\" for relation \"{table}\" already exists");
            return Err(Stop::error("42710", message));
        }
        relation.triggers.retain(|known| known.name != trigger_name);
    }
    relation.triggers.push(trigger);
    // They fire by name.
    relation.triggers.sort_by(|one, other| one.name.cmp(&other.name));
    replace(context, relation)?;
    Ok("CREATE TRIGGER".to_owned())
}

fn fired(relation: &Relation, event: Event, before: bool) -> Vec<Trigger> {
    let fires = |trigger: &&Trigger| {
        trigger.before == before
            && match event {
                Event::Insert => trigger.insert,
                Event::Update => trigger.update,
                Event::Delete => trigger.delete,
            }
    };
    relation.triggers.iter().filter(fires).cloned().collect()
}

/// Fires the triggers before a change of a row; gives the row to go on with (the old one for a DELETE), or none to leave it.
pub(crate) fn before(
    context: &mut Context<'_>,
    relation: &Relation,
    event: Event,
    old: Option<&Row>,
    mut new: Option<Row>,
) -> Result<Option<Row>, Stop> {
    for trigger in fired(relation, event, true) {
        let result = plpgsql::fire(context, relation, &trigger, event, old, new.as_ref())?;
        match (result, event) {
            (None, _) => return Ok(None),
            (Some(_), Event::Delete) => {}
            (Some(row), Event::Insert | Event::Update) => new = Some(row),
        }
    }
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
    for trigger in fired(relation, event, false) {
        plpgsql::fire(context, relation, &trigger, event, old, new)?;
    }
    Ok(())
}
