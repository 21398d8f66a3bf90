//! Definitions: CREATE, ALTER, DROP and the like, constraints and triggers. Every change makes a new version, as with rows.

mod alter;
pub(crate) mod constraint;
mod dependents;
mod drop;
mod expression;
mod function;
mod name;
mod sequence;
mod table;
mod table_constraint;
pub(crate) mod trigger;
mod types;
mod view;

use crate::engine::SqlError;
use crate::postgresql::database::Database;
use crate::postgresql::definition::Relation;
use crate::postgresql::lookup::{Table, parts};
use crate::postgresql::session::Session;
use crate::postgresql::sql::context::Context;
use crate::postgresql::sql::stop::Stop;
use crate::postgresql::storage::Oid;
use name::Place;
use sqlparser::ast;
use std::sync::Arc;
pub(crate) use types::create_domain;

/// Runs a statement of the query string `text`; gives its command tag.
pub(crate) fn run(statement: &ast::Statement, text: &str, context: &mut Context<'_>) -> Result<String, Stop> {
    use ast::Statement as S;
    match statement {
        S::CreateTable(create) => table::create(create, text, context),
        S::CreateSequence { .. } => sequence::create(statement, text, context),
        S::CreateView(create) => view::create(create, text, context),
        S::AlterTable(alter) => alter::table(alter, text, context),
        S::CreateIndex(create) => table_constraint::create_index(create, text, context),
        S::Truncate(truncate) => table::truncate(truncate, context),
        S::CreateType { name, representation } => {
            types::create(name, representation.as_ref(), text, context)?;
            Ok("CREATE TYPE".to_owned())
        }
        S::AlterType(alter) => types::alter(alter, context),
        S::CreateSchema { schema_name, if_not_exists, .. } => {
            types::create_schema(schema_name, *if_not_exists, context)
        }
        S::CreateFunction(create) => function::create(create, text, context),
        S::CreateTrigger(create) => trigger::create(create, context),
        S::Drop { object_type, if_exists, names, cascade, .. } => {
            drop::objects(*object_type, names, *if_exists, *cascade, context)
        }
        S::DropDomain(domain) => {
            let cascade = domain.drop_behavior == Some(ast::DropBehavior::Cascade);
            drop::types("DROP DOMAIN", std::slice::from_ref(&domain.name), domain.if_exists, cascade, context)
        }
        S::DropFunction(functions) => drop::functions(functions, text, context),
        S::DropTrigger(trigger) => drop::trigger(trigger, context),
        S::Comment { object_type, object_name, .. } => comment(*object_type, object_name, context),
        S::Grant(ast::Grant { objects, grantees, .. }) => {
            granted(objects.as_ref(), grantees, context)?;
            Ok("GRANT".to_owned())
        }
        S::Revoke(ast::Revoke { objects, grantees, .. }) => {
            granted(objects.as_ref(), grantees, context)?;
            Ok("REVOKE".to_owned())
        }
        other => {
            let sql = other.to_string();
            let what: Vec<&str> = sql.split_whitespace().take(2).collect();
            Err(Stop::error("0A000", format!("{} is not supported by this server", what.join(" "))))
        }
    }
}

/// The table of this name that somebody made.
fn table_named(context: &Context<'_>, name: &ast::ObjectName) -> Result<Arc<Relation>, Stop> {
    let (schema, last) = parts(name);
    match context.lookup().table(schema.as_deref(), &last) {
        Some(Table::User(relation)) => Ok(relation),
        Some(Table::System(_)) => {
            Err(Stop::error("42501", format!("permission denied: \"{last}\" is a system catalog")))
        }
        None => Err(Stop::error("42P01", format!("relation \"{}\" does not exist", name::shown(name)))),
    }
}

/// Puts a new version of a table in the place of its last.
fn replace(context: &mut Context<'_>, relation: Relation) -> Result<(), Stop> {
    let seen = context.database.relations.seen(&context.snapshot, &context.database.transactions);
    let place = seen.filter(|(_, known)| known.oid == relation.oid).map(|(place, _)| place).last();
    if let Some(place) = place {
        name::end(context, place, |database| &mut database.relations)?;
    }
    let stamp = context.session.transaction.stamp(context.database);
    context.database.relations.insert(Arc::new(relation), stamp);
    Ok(())
}

/// COMMENT ON, which is checked and forgotten.
fn comment(
    kind: ast::CommentObject,
    object: &ast::ObjectName,
    context: &Context<'_>,
) -> Result<String, Stop> {
    match kind {
        ast::CommentObject::Table | ast::CommentObject::View => {
            let relation = table_named(context, object)?;
            let wanted = if kind == ast::CommentObject::View { "view" } else { "table" };
            if relation.kind.word() != wanted {
                return Err(Stop::error("42809", format!("\"{}\" is not a {wanted}", relation.name)));
            }
        }
        ast::CommentObject::Column => {
            let mut table = object.clone();
            let column = table.0.pop().and_then(|part| part.as_ident().map(crate::postgresql::lookup::name));
            let relation = table_named(context, &table)?;
            let column = column.unwrap_or_default();
            column_of(&relation, &column)?;
        }
        _ => {}
    }
    Ok("COMMENT".to_owned())
}

/// That what is granted, and to whom, exists; who may do what is not looked at beyond superusers.
fn granted(
    objects: Option<&ast::GrantObjects>,
    grantees: &[ast::Grantee],
    context: &Context<'_>,
) -> Result<(), Stop> {
    if let Some(ast::GrantObjects::Tables(tables)) = objects {
        for table in tables {
            table_named(context, table)?;
        }
    }
    for grantee in grantees {
        let Some(ast::GranteeName::ObjectName(object)) = &grantee.name else { continue };
        let name = name::shown(object);
        let public =
            grantee.grantee_type == ast::GranteesType::Public || name == "public" || name == "current_user";
        if !public && !context.cluster.roles.contains_key(&name) {
            return Err(Stop::error("42704", format!("role \"{name}\" does not exist")));
        }
    }
    Ok(())
}

/// The place of a column in its table.
fn column_of(relation: &Relation, column: &str) -> Result<usize, Stop> {
    let found = relation.columns.iter().position(|known| !known.dropped && known.name == column);
    found.ok_or_else(|| {
        let message = format!("column \"{column}\" of relation \"{}\" does not exist", relation.name);
        Stop::error("42703", message)
    })
}

/// Drops what is temporary to the session: DISCARD TEMP.
pub(crate) fn discard_temporary(context: &mut Context<'_>) -> Result<(), Stop> {
    forget(context.database, context.session, |relation| relation.temporary.is_some(), true);
    Ok(())
}

/// Drops what is temporary to a session that ends.
pub(crate) fn drop_temporary(database: &mut Database, session: &mut Session) {
    forget(database, session, |relation| relation.temporary.is_some(), true);
}

/// The transaction is about to commit: drops the tables that are ON COMMIT DROP.
pub(crate) fn on_commit(database: &mut Database, session: &mut Session) {
    forget(database, session, |relation| relation.drops_on_commit, false);
}

/// Drops the session's temporary tables that are `chosen`, and if `all` everything else that is temporary to it.
fn forget(database: &mut Database, session: &mut Session, chosen: impl Fn(&Relation) -> bool, all: bool) {
    let process = Some(session.process);
    let own = session.transaction.xid();
    let snapshot = database.transactions.snapshot(own, u32::MAX);
    let log = &database.transactions;
    let relations: Vec<(usize, Oid)> = database
        .relations
        .seen(&snapshot, log)
        .filter(|(_, relation)| relation.temporary == process && chosen(relation))
        .map(|(place, relation)| (place, relation.row_type))
        .collect();
    let types: Vec<usize> = database
        .types
        .seen(&snapshot, log)
        .filter(|(_, ty)| {
            let row_type = relations.iter().any(|(_, row_type)| *row_type == ty.oid);
            row_type || (all && ty.temporary == process)
        })
        .map(|(place, _)| place)
        .collect();
    let functions: Vec<usize> = database
        .functions
        .seen(&snapshot, log)
        .filter(|(_, function)| all && function.temporary == process)
        .map(|(place, _)| place)
        .collect();
    if relations.is_empty() && types.is_empty() && functions.is_empty() {
        return;
    }
    let stamp = session.transaction.stamp(database);
    let log = &database.transactions;
    // What another transaction has ended already needs no end; nobody else touches what is temporary anyway.
    for (place, _) in relations {
        _ = database.relations.end(place, stamp, log);
    }
    for place in types {
        _ = database.types.end(place, stamp, log);
    }
    for place in functions {
        _ = database.functions.end(place, stamp, log);
    }
}

/// The error for what is there already in this place.
fn exists(what: &str, name: &str, code: &'static str) -> SqlError {
    SqlError::error(code, format!("{what} \"{name}\" already exists"))
}

/// The error for a relation whose rows would have a type of a name that there is already.
fn type_of_relation(name: &str) -> SqlError {
    let hint = "A relation has an associated type of the same name, so you must use a name that doesn't conflict with any existing type.";
    exists("type", name, "42710").hint(hint)
}

/// Whether there is a table of this name in this place.
fn relation_in(context: &Context<'_>, place: Place, name: &str) -> bool {
    let mut seen = context.database.relations.seen(&context.snapshot, &context.database.transactions);
    seen.any(|(_, relation)| relation.name == name && place.has(relation.schema, relation.temporary))
}

/// Whether there is a type of this name in this place.
fn type_in(context: &Context<'_>, place: Place, name: &str) -> bool {
    let mut seen = context.database.types.seen(&context.snapshot, &context.database.transactions);
    seen.any(|(_, ty)| ty.name == name && place.has(ty.schema, ty.temporary))
}
