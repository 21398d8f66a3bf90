//! CREATE TYPE, ALTER TYPE, CREATE DOMAIN, CREATE SCHEMA.

use super::name::{self, Place};
use super::{exists, expression, relation_in, table, type_in};
use crate::engine::SqlError;
use crate::postgresql::definition::{Schema, UserType};
use crate::postgresql::lookup::{self, parts};
use crate::postgresql::sql::context::Context;
use crate::postgresql::sql::known::Known;
use crate::postgresql::sql::parse::Domain;
use crate::postgresql::sql::stop::Stop;
use pgconform_wire::value::{Shape, Types as _};
use sqlparser::ast::{self, AlterTypeOperation, UserDefinedTypeRepresentation as Representation};
use std::ops::ControlFlow;
use std::sync::Arc;

/// The longest label of an enum, in bytes.
const LONGEST_LABEL: usize = 63;

/// CREATE TYPE.
pub(super) fn create(
    object: &ast::ObjectName,
    representation: Option<&Representation>,
    text: &str,
    context: &mut Context<'_>,
) -> Result<(), Stop> {
    let (place, name) = name::target(context, object, false, text)?;
    let shape = match representation {
        Some(Representation::Enum { labels }) => {
            refuse(context, place, &name)?;
            let mut known: Vec<String> = Vec::new();
            for label in labels {
                let label = label.value.clone();
                check_label(&label)?;
                if known.contains(&label) {
                    return Err(twice(context, &label));
                }
                known.push(label);
            }
            Shape::Enum(known)
        }
        Some(Representation::Composite { attributes }) => {
            if relation_in(context, place, &name) {
                return Err(exists("relation", &name, "42P07").into());
            }
            refuse(context, place, &name)?;
            let mut fields: Vec<(String, u32, i32)> = Vec::new();
            for attribute in attributes {
                let field = lookup::name(&attribute.name);
                if fields.iter().any(|(known, ..)| *known == field) {
                    return Err(Stop::error("42701", format!("column \"{field}\" specified more than once")));
                }
                let ty = expression::analyse(context, text, Vec::new(), |analyser| {
                    analyser.type_named(&attribute.data_type)
                })?;
                fields.push((field, ty.oid, ty.modifier));
            }
            Shape::Composite(fields)
        }
        _ => {
            return Err(Stop::error("0A000", "only enums and composite types can be created on this server"));
        }
    };
    store(context, place, name, shape, Vec::new(), false);
    Ok(())
}

fn refuse(context: &Context<'_>, place: Place, name: &str) -> Result<(), Stop> {
    if type_in(context, place, name) {
        return Err(exists("type", name, "42710").into());
    }
    Ok(())
}

fn check_label(label: &str) -> Result<(), Stop> {
    if label.len() <= LONGEST_LABEL {
        return Ok(());
    }
    let error = SqlError::error("42602", format!("invalid enum label \"{label}\""));
    Err(error.detail("Labels must be 63 bytes or less.").into())
}

/// A label that is there twice: PostgreSQL's own table of labels refuses it.
fn twice(context: &mut Context<'_>, label: &str) -> Stop {
    let constraint = "pg_enum_typid_label_index";
    let message = format!("duplicate key value violates unique constraint \"{constraint}\"");
    let oid = context.database.new_oid();
    let detail = format!("Key (enumtypid, enumlabel)=({oid}, {label}) already exists.");
    let mut error = SqlError::error("23505", message).detail(detail);
    let more = error.more();
    more.schema = Some("pg_catalog".to_owned());
    more.table = Some("pg_enum".to_owned());
    more.constraint = Some(constraint.to_owned());
    error.into()
}

fn store(
    context: &mut Context<'_>,
    place: Place,
    name: String,
    shape: Shape,
    checks: Vec<(String, String)>,
    not_null: bool,
) {
    let ty = UserType {
        oid: context.database.new_oid(),
        schema: place.schema,
        name,
        shape,
        array: context.database.new_oid(),
        temporary: place.temporary,
        checks,
        not_null,
    };
    let stamp = context.session.transaction.stamp(context.database);
    context.database.types.insert(Arc::new(ty), stamp);
}

/// The type of this name, with its place among the versions.
pub(super) fn named(context: &Context<'_>, object: &ast::ObjectName) -> Option<(usize, Arc<UserType>)> {
    let (schema, last) = parts(object);
    let oid = context.lookup().user_type(schema.as_deref(), &last)?;
    let mut seen = context.database.types.seen(&context.snapshot, &context.database.transactions);
    seen.find(|(_, ty)| ty.oid == oid).map(|(place, ty)| (place, ty.clone()))
}

/// ALTER TYPE.
pub(super) fn alter(alter: &ast::AlterType, context: &mut Context<'_>) -> Result<String, Stop> {
    let shown = name::shown(&alter.name);
    let (place, ty) = named(context, &alter.name)
        .ok_or_else(|| Stop::error("42704", format!("type \"{shown}\" does not exist")))?;
    let mut changed = (*ty).clone();
    let labels = match &mut changed.shape {
        Shape::Enum(labels) => Ok(labels),
        _ => Err(Stop::error("42809", format!("{shown} is not an enum"))),
    };
    let missing = |label: &str| Stop::error("22023", format!("\"{label}\" is not an existing enum label"));
    match &alter.operation {
        AlterTypeOperation::Rename(rename) => changed.name = lookup::name(&rename.new_name),
        AlterTypeOperation::AddValue(add) => {
            let labels = labels?;
            let label = add.value.value.clone();
            check_label(&label)?;
            if labels.contains(&label) {
                let message = format!("enum label \"{label}\" already exists");
                if add.if_not_exists {
                    name::skip(context, "42710", format!("{message}, skipping"));
                    return Ok("ALTER TYPE".to_owned());
                }
                return Err(Stop::error("42710", message));
            }
            let find =
                |wanted: &str| labels.iter().position(|known| known == wanted).ok_or_else(|| missing(wanted));
            let at = match &add.position {
                None => labels.len(),
                Some(ast::AlterTypeAddValuePosition::Before(other)) => find(&other.value)?,
                Some(ast::AlterTypeAddValuePosition::After(other)) => find(&other.value)? + 1,
            };
            labels.insert(at, label);
        }
        AlterTypeOperation::RenameValue(rename) => {
            let labels = labels?;
            if labels.contains(&rename.to.value) {
                return Err(exists("enum label", &rename.to.value, "42710").into());
            }
            let found = labels.iter_mut().find(|known| **known == rename.from.value);
            found.ok_or_else(|| missing(&rename.from.value))?.clone_from(&rename.to.value);
        }
    }
    name::end(context, place, |database| &mut database.types)?;
    let stamp = context.session.transaction.stamp(context.database);
    context.database.types.insert(Arc::new(changed), stamp);
    Ok("ALTER TYPE".to_owned())
}

/// CREATE DOMAIN.
pub(crate) fn create_domain(domain: &Domain, text: &str, context: &mut Context<'_>) -> Result<String, Stop> {
    let (place, name) = name::target(context, &domain.name, false, text)?;
    refuse(context, place, &name)?;
    let ty =
        expression::analyse(context, text, Vec::new(), |analyser| analyser.type_named(&domain.data_type))?;
    if matches!(Known(context.lookup()).shape(ty.oid), Some(Shape::Pseudo)) {
        let type_name = Known(context.lookup()).name(ty.oid);
        return Err(Stop::error("42804", format!("\"{type_name}\" is not a valid base type for a domain")));
    }
    if let Some(default) = &domain.default {
        let column = crate::postgresql::definition::Attribute {
            name: name.clone(),
            ty,
            not_null: false,
            default: None,
            dropped: false,
        };
        table::default(&column, default, text, context)?;
    }
    let mut checks: Vec<(String, String)> = Vec::new();
    for (given, check) in &domain.checks {
        let base = crate::postgresql::sql::expr::Type { oid: Known(context.lookup()).base(ty.oid), ..ty };
        let scope = vec![expression::column(None, "value", base, false)];
        expression::analyse(context, text, scope, |analyser| analyser.boolean(check, "CHECK"))?;
        let plain = format!("{name}_check");
        let numbered = (1..).map(|number: u32| format!("{plain}{number}"));
        let mut free = std::iter::once(plain.clone()).chain(numbered);
        let free = free.find(|name| !checks.iter().any(|(known, _)| known == name));
        checks.push((given.clone().or(free).unwrap_or(plain), shown(check)));
    }
    checks.sort();
    let shape = Shape::Domain { base: ty.oid, modifier: ty.modifier };
    store(context, place, name, shape, checks, domain.not_null);
    Ok("CREATE DOMAIN".to_owned())
}

/// A domain's check as catalogs tell it, where what it checks is `VALUE` however the statement wrote it.
fn shown(check: &ast::Expr) -> String {
    let mut check = check.clone();
    let _ = ast::visit_expressions_mut(&mut check, |expr| {
        if let ast::Expr::Identifier(ident) = expr
            && lookup::name(ident) == "value"
        {
            *ident = ast::Ident::new("VALUE");
        }
        ControlFlow::<()>::Continue(())
    });
    check.to_string()
}

/// CREATE SCHEMA.
pub(super) fn create_schema(
    schema: &ast::SchemaName,
    if_not_exists: bool,
    context: &mut Context<'_>,
) -> Result<String, Stop> {
    let name = match schema {
        ast::SchemaName::Simple(object) | ast::SchemaName::NamedAuthorization(object, _) => parts(object).1,
        ast::SchemaName::UnnamedAuthorization(role) => lookup::name(role),
    };
    if name.starts_with("pg_") {
        let error = SqlError::error("42939", format!("unacceptable schema name \"{name}\""));
        return Err(error.detail("The prefix \"pg_\" is reserved for system schemas.").into());
    }
    if context.lookup().schema(&name).is_some() {
        let error = exists("schema", &name, "42P06");
        if if_not_exists {
            name::skip(context, "42P06", format!("{}, skipping", error.message));
            return Ok("CREATE SCHEMA".to_owned());
        }
        return Err(error.into());
    }
    let oid = context.database.new_oid();
    let stamp = context.session.transaction.stamp(context.database);
    context.database.schemas.insert(Arc::new(Schema { oid, name }), stamp);
    Ok("CREATE SCHEMA".to_owned())
}
