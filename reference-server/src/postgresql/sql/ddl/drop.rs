//! DROP: what depends on what is dropped goes with it, if CASCADE says so.

use super::name::{self, Place};
use super::types::named;
use super::{expression, replace};
use crate::engine::SqlError;
use crate::postgresql::definition::{Relation, Rule};
use crate::postgresql::lookup::{BUILT_IN_SCHEMAS, Table, parts};
use crate::postgresql::sql::context::Context;
use crate::postgresql::sql::known::Known;
use crate::postgresql::sql::stop::Stop;
use crate::postgresql::storage::Oid;
use pgconform_wire::value::{Types as _, types as built_in};
use sqlparser::ast::{self, ObjectName, ObjectType};
use std::sync::Arc;

/// DROP of objects that have a name and nothing else.
pub(super) fn objects(
    kind: ObjectType,
    names: &[ObjectName],
    if_exists: bool,
    cascade: bool,
    context: &mut Context<'_>,
) -> Result<String, Stop> {
    let (tag, what, code) = match kind {
        ObjectType::Table => return tables(names, if_exists, cascade, context),
        ObjectType::Type => return types("DROP TYPE", names, if_exists, cascade, context),
        ObjectType::Schema => return schemas(names, if_exists, cascade, context),
        ObjectType::Index => return indexes(names, if_exists, context),
        ObjectType::View => ("DROP VIEW", "view", "42P01"),
        ObjectType::MaterializedView => ("DROP MATERIALIZED VIEW", "materialized view", "42P01"),
        ObjectType::Sequence => ("DROP SEQUENCE", "sequence", "42P01"),
        ObjectType::Role | ObjectType::User => ("DROP ROLE", "role", "42704"),
        ObjectType::Database => ("DROP DATABASE", "database", "3D000"),
        other => return Err(Stop::error("0A000", format!("DROP {other} is not supported by this server"))),
    };
    // There are none of these: nothing makes them.
    for object in names {
        if what.ends_with("view") || what == "sequence" {
            let (schema, last) = parts(object);
            if let Some(Table::User(_)) = context.lookup().table(schema.as_deref(), &last) {
                let error = SqlError::error("42809", format!("\"{last}\" is not a {what}"));
                return Err(error.hint("Use DROP TABLE to remove a table.").into());
            }
        }
        missing(context, what, object, code, if_exists)?;
    }
    Ok(tag.to_owned())
}

/// What does not exist is passed over, if IF EXISTS says so.
fn missing(
    context: &mut Context<'_>,
    what: &str,
    object: &ObjectName,
    code: &'static str,
    if_exists: bool,
) -> Result<(), Stop> {
    let (schema, _) = parts(object);
    let unknown = schema.filter(|schema| context.lookup().place(schema).is_none());
    let message = match &unknown {
        Some(schema) => format!("schema \"{schema}\" does not exist"),
        None => format!("{what} \"{}\" does not exist", name::shown(object)),
    };
    if if_exists {
        name::skip(context, "00000", format!("{message}, skipping"));
        return Ok(());
    }
    Err(Stop::error(if unknown.is_some() { "3F000" } else { code }, message))
}

/// What depends on something, and is dropped with it or keeps it.
struct Dependent {
    /// As messages tell it: `constraint u_a_fkey on table u`.
    name: String,
    /// The table, and the constraint, trigger or column of it; or the table as a whole.
    relation: Arc<Relation>,
    part: Part,
}

enum Part {
    Constraint(Oid),
    Trigger(String),
    Column(usize),
    Whole,
}

/// Refuses to drop what others depend on, or drops those, too.
fn settle(
    context: &mut Context<'_>,
    what: &str,
    dependents: Vec<Dependent>,
    cascade: bool,
) -> Result<(), Stop> {
    if dependents.is_empty() {
        return Ok(());
    }
    if !cascade {
        let detail: Vec<String> =
            dependents.iter().map(|one| format!("{} depends on {what}", one.name)).collect();
        let error =
            SqlError::error("2BP01", format!("cannot drop {what} because other objects depend on it"));
        let error = error.detail(detail.join("\n"));
        return Err(error.hint("Use DROP ... CASCADE to drop the dependent objects too.").into());
    }
    match dependents.as_slice() {
        [one] => name::skip(context, "00000", format!("drop cascades to {}", one.name)),
        several => {
            let lines: Vec<String> =
                several.iter().map(|one| format!("drop cascades to {}", one.name)).collect();
            let message = format!("drop cascades to {} other objects", several.len());
            let notice =
                SqlError::new(crate::engine::Severity::Notice, "00000", message).detail(lines.join("\n"));
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
            Part::Whole => {}
        }
    }
    changed.into_iter().try_for_each(|relation| replace(context, relation))
}

fn all(context: &Context<'_>) -> Vec<Arc<Relation>> {
    let seen = context.database.relations.seen(&context.snapshot, &context.database.transactions);
    seen.map(|(_, relation)| relation.clone()).collect()
}

fn tables(
    names: &[ObjectName],
    if_exists: bool,
    cascade: bool,
    context: &mut Context<'_>,
) -> Result<String, Stop> {
    let mut found: Vec<Arc<Relation>> = Vec::new();
    for object in names {
        let (schema, last) = parts(object);
        match context.lookup().table(schema.as_deref(), &last) {
            Some(Table::User(relation)) => found.push(relation),
            Some(Table::System(_)) => {
                return Err(Stop::error(
                    "42501",
                    format!("permission denied: \"{last}\" is a system catalog"),
                ));
            }
            None => missing(context, "table", object, "42P01", if_exists)?,
        }
    }
    let dropped: Vec<Oid> = found.iter().map(|relation| relation.oid).collect();
    for relation in found {
        let mut dependents = Vec::new();
        for other in all(context).into_iter().filter(|other| !dropped.contains(&other.oid)) {
            for constraint in &other.constraints {
                if matches!(&constraint.rule, Rule::Foreign { table, .. } if *table == relation.oid) {
                    let name =
                        format!("constraint {} on table {}", constraint.name, qualified(context, &other));
                    let part = Part::Constraint(constraint.oid);
                    dependents.push(Dependent { name, relation: other.clone(), part });
                }
            }
        }
        let what = format!("table {}", qualified(context, &relation));
        settle(context, &what, dependents, cascade)?;
        drop_relation(context, &relation)?;
    }
    Ok("DROP TABLE".to_owned())
}

/// A table's name, with its schema where it is not found without.
fn qualified(context: &Context<'_>, relation: &Relation) -> String {
    if context.lookup().on_path(relation.schema, relation.temporary) {
        return relation.name.clone();
    }
    let place = Place { schema: relation.schema, temporary: relation.temporary };
    format!("{}.{}", place.schema_name(context), relation.name)
}

fn drop_relation(context: &mut Context<'_>, relation: &Relation) -> Result<(), Stop> {
    let log = &context.database.transactions;
    let seen = context.database.relations.seen(&context.snapshot, log);
    let place = seen.filter(|(_, known)| known.oid == relation.oid).map(|(place, _)| place).last();
    let seen = context.database.types.seen(&context.snapshot, log);
    let ty = seen.filter(|(_, known)| known.oid == relation.row_type).map(|(place, _)| place).last();
    if let Some(place) = place {
        name::end(context, place, |database| &mut database.relations)?;
    }
    if let Some(place) = ty {
        name::end(context, place, |database| &mut database.types)?;
    }
    Ok(())
}

/// DROP TYPE and DROP DOMAIN.
pub(super) fn types(
    tag: &str,
    names: &[ObjectName],
    if_exists: bool,
    cascade: bool,
    context: &mut Context<'_>,
) -> Result<String, Stop> {
    for object in names {
        let (schema, last) = parts(object);
        let Some((place, ty)) = named(context, object) else {
            let system = schema.as_deref().is_none_or(|schema| schema == "pg_catalog");
            if let Some(row) = built_in::by_name(&last).filter(|_| system) {
                let name = Known(context.lookup()).name(row.oid);
                let message =
                    format!("cannot drop type {name} because it is required by the database system");
                return Err(Stop::error("2BP01", message));
            }
            missing(context, "type", object, "42704", if_exists)?;
            continue;
        };
        let relations = all(context);
        let what = format!("type {}", Known(context.lookup()).name(ty.oid));
        if let Some(owner) = relations.iter().find(|relation| relation.row_type == ty.oid) {
            let table = qualified(context, owner);
            let error =
                SqlError::error("2BP01", format!("cannot drop {what} because table {table} requires it"));
            return Err(error.hint(format!("You can drop table {table} instead.")).into());
        }
        if tag == "DROP DOMAIN" && !matches!(ty.shape, pgconform_wire::value::Shape::Domain { .. }) {
            return Err(Stop::error("42809", format!("\"{last}\" is not a domain")));
        }
        let mut dependents = Vec::new();
        for relation in relations {
            for (place, column) in relation.columns.iter().enumerate() {
                if !column.dropped && (column.ty.oid == ty.oid || column.ty.oid == ty.array) {
                    let name = format!("column {} of table {}", column.name, qualified(context, &relation));
                    dependents.push(Dependent {
                        name,
                        relation: relation.clone(),
                        part: Part::Column(place),
                    });
                }
            }
        }
        settle(context, &what, dependents, cascade)?;
        name::end(context, place, |database| &mut database.types)?;
    }
    Ok(tag.to_owned())
}

fn schemas(
    names: &[ObjectName],
    if_exists: bool,
    cascade: bool,
    context: &mut Context<'_>,
) -> Result<String, Stop> {
    for object in names {
        let name = parts(object).1;
        let seen = context.database.schemas.seen(&context.snapshot, &context.database.transactions);
        let found =
            seen.filter(|(_, schema)| schema.name == name).map(|(place, schema)| (place, schema.oid)).last();
        let Some((place, schema)) = found else {
            if BUILT_IN_SCHEMAS.iter().any(|(_, built_in)| *built_in == name) {
                let message =
                    format!("cannot drop schema {name} because it is required by the database system");
                return Err(Stop::error("2BP01", message));
            }
            let message = format!("schema \"{name}\" does not exist");
            if !if_exists {
                return Err(Stop::error("3F000", message));
            }
            name::skip(context, "00000", format!("{message}, skipping"));
            continue;
        };
        let inside =
            all(context).into_iter().filter(|known| known.temporary.is_none() && known.schema == schema);
        let dependent = |relation: Arc<Relation>| Dependent {
            name: format!("table {name}.{}", relation.name),
            relation,
            part: Part::Whole,
        };
        let dependents: Vec<Dependent> = inside.map(dependent).collect();
        settle(context, &format!("schema {name}"), dependents, cascade)?;
        name::end(context, place, |database| &mut database.schemas)?;
    }
    Ok("DROP SCHEMA".to_owned())
}

/// DROP INDEX: of a unique one, which is a constraint here.
fn indexes(names: &[ObjectName], if_exists: bool, context: &mut Context<'_>) -> Result<String, Stop> {
    for object in names {
        let name = parts(object).1;
        let owner =
            all(context).into_iter().find(|relation| relation.constraints.iter().any(|c| c.name == name));
        match owner {
            Some(owner) => {
                let mut relation = (*owner).clone();
                relation.constraints.retain(|constraint| constraint.name != name);
                replace(context, relation)?;
            }
            None => missing(context, "index", object, "42704", if_exists)?,
        }
    }
    Ok("DROP INDEX".to_owned())
}

/// DROP FUNCTION.
pub(super) fn functions(
    drop: &ast::DropFunction,
    text: &str,
    context: &mut Context<'_>,
) -> Result<String, Stop> {
    let cascade = drop.drop_behavior == Some(ast::DropBehavior::Cascade);
    for description in &drop.func_desc {
        let (schema, last) = parts(&description.name);
        let wanted: Option<Vec<Oid>> = match &description.args {
            None => None,
            Some(arguments) => {
                let named = |argument: &ast::OperateFunctionArg| {
                    expression::analyse(context, text, Vec::new(), |analyser| {
                        analyser.type_named(&argument.data_type).map(|ty| ty.oid)
                    })
                };
                Some(arguments.iter().map(named).collect::<Result<_, _>>()?)
            }
        };
        let mut found = context.lookup().functions(schema.as_deref(), &last);
        if let Some(wanted) = &wanted {
            found.retain(|function| {
                function.arguments.iter().map(|(_, ty)| ty.oid).eq(wanted.iter().copied())
            });
        }
        let shown = name::shown(&description.name);
        let function = match found.as_slice() {
            [function] => function.clone(),
            [] => {
                let message = match &wanted {
                    Some(wanted) => {
                        let known = Known(context.lookup());
                        let types: Vec<String> = wanted.iter().map(|oid| known.name(*oid)).collect();
                        let separator = if drop.if_exists { "," } else { ", " };
                        format!("function {shown}({}) does not exist", types.join(separator))
                    }
                    None if drop.if_exists => format!("function {shown}() does not exist"),
                    None => format!("could not find a function named \"{shown}\""),
                };
                if drop.if_exists {
                    name::skip(context, "00000", format!("{message}, skipping"));
                    continue;
                }
                return Err(Stop::error("42883", message));
            }
            _ => {
                let error = SqlError::error("42725", format!("function name \"{shown}\" is not unique"));
                let hint = "Specify the argument list to select the function unambiguously.";
                return Err(error.hint(hint).into());
            }
        };
        let known = Known(context.lookup());
        let types: Vec<String> = function.arguments.iter().map(|(_, ty)| known.name(ty.oid)).collect();
        let what = format!("function {}({})", function.name, types.join(","));
        let mut dependents = Vec::new();
        for relation in all(context) {
            for trigger in relation.triggers.iter().filter(|trigger| trigger.function == function.oid) {
                let name = format!("trigger {} on table {}", trigger.name, qualified(context, &relation));
                let part = Part::Trigger(trigger.name.clone());
                dependents.push(Dependent { name, relation: relation.clone(), part });
            }
        }
        settle(context, &what, dependents, cascade)?;
        let seen = context.database.functions.seen(&context.snapshot, &context.database.transactions);
        let place = seen.filter(|(_, known)| known.oid == function.oid).map(|(place, _)| place).last();
        if let Some(place) = place {
            name::end(context, place, |database| &mut database.functions)?;
        }
    }
    Ok("DROP FUNCTION".to_owned())
}

/// DROP TRIGGER.
pub(super) fn trigger(drop: &ast::DropTrigger, context: &mut Context<'_>) -> Result<String, Stop> {
    let wanted = parts(&drop.trigger_name).1;
    let Some(table) = &drop.table_name else {
        return Err(Stop::error("42601", "syntax error at end of input"));
    };
    let tag = "DROP TRIGGER".to_owned();
    let (schema, last) = parts(table);
    let Some(Table::User(found)) = context.lookup().table(schema.as_deref(), &last) else {
        missing(context, "relation", table, "42P01", drop.if_exists)?;
        return Ok(tag);
    };
    let mut relation = (*found).clone();
    relation.triggers.retain(|trigger| trigger.name != wanted);
    if relation.triggers.len() == found.triggers.len() {
        if drop.if_exists {
            let message = format!("trigger \"{wanted}\" for relation \"{last}\" does not exist, skipping");
            name::skip(context, "00000", message);
            return Ok(tag);
        }
        return Err(Stop::error(
            "42704",
            format!("trigger \"{wanted}\" for table \"{last}\" does not exist"),
        ));
    }
    replace(context, relation)?;
    Ok(tag)
}
