//! DROP: what depends on what is dropped goes with it, if CASCADE says so.

use super::dependents::{Dependent, Part, all, described, drop_relation, qualified, settle};
use super::types::named;
use super::{dependents, expression, name, replace};
use crate::engine::SqlError;
use crate::postgresql::definition::{Relation, View};
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
        ObjectType::Table | ObjectType::View | ObjectType::Sequence => {
            return relations(kind, names, if_exists, cascade, context);
        }
        ObjectType::Type => return types("DROP TYPE", names, if_exists, cascade, context),
        ObjectType::Schema => return schemas(names, if_exists, cascade, context),
        ObjectType::Index => return indexes(names, if_exists, context),
        ObjectType::MaterializedView => ("DROP MATERIALIZED VIEW", "materialized view", "42P01"),
        ObjectType::Role | ObjectType::User => ("DROP ROLE", "role", "42704"),
        ObjectType::Database => ("DROP DATABASE", "database", "3D000"),
        other => return Err(Stop::error("0A000", format!("DROP {other} is not supported by this server"))),
    };
    // There are none of these: nothing makes them.
    for object in names {
        if what.ends_with("view") {
            let (schema, last) = parts(object);
            if let Some(Table::User(relation)) = context.lookup().table(schema.as_deref(), &last) {
                return Err(wrong_kind(&last, what, relation.kind.word()));
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

/// DROP TABLE, DROP VIEW and DROP SEQUENCE.
fn relations(
    kind: ObjectType,
    names: &[ObjectName],
    if_exists: bool,
    cascade: bool,
    context: &mut Context<'_>,
) -> Result<String, Stop> {
    let (tag, word) = match kind {
        ObjectType::Table => ("DROP TABLE", "table"),
        ObjectType::View => ("DROP VIEW", "view"),
        _ => ("DROP SEQUENCE", "sequence"),
    };
    let mut found: Vec<Arc<Relation>> = Vec::new();
    for object in names {
        let (schema, last) = parts(object);
        match context.lookup().table(schema.as_deref(), &last) {
            Some(Table::User(relation)) if relation.kind.word() == word => found.push(relation),
            Some(Table::User(relation)) => return Err(wrong_kind(&last, word, relation.kind.word())),
            Some(Table::System(system)) if word != if system.is_view { "view" } else { "table" } => {
                return Err(wrong_kind(&last, word, if system.is_view { "view" } else { "table" }));
            }
            Some(Table::System(_)) => {
                return Err(Stop::error(
                    "42501",
                    format!("permission denied: \"{last}\" is a system catalog"),
                ));
            }
            None => missing(context, word, object, "42P01", if_exists)?,
        }
    }
    let what: Vec<String> = found.iter().map(|relation| described(context, relation)).collect();
    let mut dependents = Vec::new();
    for relation in &found {
        dependents::of_relation(context, relation, &mut dependents);
    }
    dependents.retain(|one| !found.iter().any(|relation| relation.oid == one.relation.oid));
    settle(context, &what, dependents, cascade)?;
    for relation in found {
        drop_relation(context, &relation)?;
    }
    Ok(tag.to_owned())
}

/// `"x" is not a view`, and what is to be said instead.
fn wrong_kind(name: &str, wanted: &str, actual: &str) -> Stop {
    let article = |word: &str| if word.starts_with('i') { "an" } else { "a" };
    let message = format!("\"{name}\" is not {} {wanted}", article(wanted));
    let hint = format!("Use DROP {} to remove {} {actual}.", actual.to_uppercase(), article(actual));
    SqlError::error("42809", message).hint(hint).into()
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
            let owner = described(context, owner);
            let error = SqlError::error("2BP01", format!("cannot drop {what} because {owner} requires it"));
            return Err(error.hint(format!("You can drop {owner} instead.")).into());
        }
        if tag == "DROP DOMAIN" && !matches!(ty.shape, pgconform_wire::value::Shape::Domain { .. }) {
            return Err(Stop::error("42809", format!("\"{last}\" is not a domain")));
        }
        let mut dependents = Vec::new();
        for relation in relations.into_iter().filter(|relation| relation.view().is_none()) {
            for (place, column) in relation.columns.iter().enumerate() {
                if !column.dropped && (column.ty.oid == ty.oid || column.ty.oid == ty.array) {
                    let name = format!("column {} of table {}", column.name, qualified(context, &relation));
                    dependents.push(Dependent {
                        name,
                        on: what.clone(),
                        relation: relation.clone(),
                        part: Part::Column(place),
                    });
                    dependents::of_column(context, &relation, place, &mut dependents);
                }
            }
        }
        settle(context, &[what], dependents, cascade)?;
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
        let what = format!("schema {name}");
        let mut dependents: Vec<Dependent> = Vec::new();
        for relation in inside {
            if dependents.iter().any(|known| known.relation.oid == relation.oid) {
                continue;
            }
            dependents.push(Dependent {
                name: described(context, &relation),
                on: what.clone(),
                relation: relation.clone(),
                part: Part::Whole,
            });
            dependents::of_relation(context, &relation, &mut dependents);
        }
        settle(context, &[what], dependents, cascade)?;
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
            None => {
                let (schema, last) = parts(object);
                if let Some(Table::User(relation)) = context.lookup().table(schema.as_deref(), &last) {
                    return Err(wrong_kind(&last, "index", relation.kind.word()));
                }
                missing(context, "index", object, "42704", if_exists)?;
            }
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
                dependents.push(Dependent { name, on: what.clone(), relation: relation.clone(), part });
            }
        }
        let calls = |view: &View| view.uses.functions.contains(&function.oid);
        dependents::views(context, &what, calls, &mut dependents);
        settle(context, &[what], dependents, cascade)?;
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
