//! Functions by which tools describe other functions, and what this server never has any of: partitions, extended statistics.

use super::oid::{BOOL, INT8, OID, REGCLASS, TEXT};
use super::{IMMUTABLE, STABLE, VOLATILE, row};
use crate::postgresql::catalog;
use crate::postgresql::definition::{Kind, Relation};
use crate::postgresql::settings::list::quote_identifier;
use crate::postgresql::sql::context::Context;
use crate::postgresql::sql::function::{
    Body::{Set, Strict},
    Function,
};
use crate::postgresql::sql::stop::Stop;
use crate::postgresql::storage::Oid;
use pgconform_wire::value::{Types as _, Value};

type Answer = Result<Option<Value>, Stop>;

/// The rows.
pub(super) static FUNCTIONS: &[Function] = &[
    row(2162, "pg_get_function_arguments", &[OID], TEXT, STABLE, Strict(arguments)),
    row(2232, "pg_get_function_identity_arguments", &[OID], TEXT, STABLE, Strict(arguments)),
    row(6197, "pg_get_function_sqlbody", &[OID], TEXT, STABLE, Strict(nothing)),
    row(2098, "pg_get_functiondef", &[OID], TEXT, STABLE, Strict(definition)),
    row(1665, "pg_get_serial_sequence", &[TEXT, TEXT], TEXT, STABLE, Strict(serial_sequence)),
    row(2288, "pg_size_pretty", &[INT8], TEXT, IMMUTABLE, Strict(size)),
    row(3778, "pg_tablespace_location", &[OID], TEXT, STABLE, Strict(location)),
    row(2165, "pg_get_function_result", &[OID], TEXT, STABLE, Strict(result)),
    row(6174, "pg_get_statisticsobjdef_columns", &[OID], TEXT, STABLE, Strict(nothing)),
    row(1662, "pg_get_triggerdef", &[OID], TEXT, STABLE, Strict(trigger)),
    row(2730, "pg_get_triggerdef", &[OID, BOOL], TEXT, STABLE, Strict(trigger)),
    row(6121, "pg_relation_is_publishable", &[REGCLASS], BOOL, STABLE, Strict(is_publishable)),
    row(3425, "pg_partition_ancestors", &[REGCLASS], REGCLASS, VOLATILE, Set(none)),
];

/// The arguments of a function (names and types), what it returns, and whether that is a set.
type Signature = (Vec<(Option<String>, Oid)>, Oid, bool);

fn signature(context: &Context<'_>, values: &[Value]) -> Option<Signature> {
    let [Value::Oid(oid)] = values else { return None };
    if let Some(function) = super::by_oid(oid.0) {
        let arguments = function.arguments.iter().map(|ty| (None, *ty)).collect();
        return Some((arguments, function.returns, function.returns_set()));
    }
    let function = context.database.function(oid.0, &context.snapshot)?;
    let arguments = function.arguments.iter().map(|(name, ty)| (name.clone(), ty.oid)).collect();
    Some((arguments, function.returns.oid, function.returns_set))
}

fn arguments(context: &mut Context<'_>, values: &[Value]) -> Answer {
    let Some((arguments, ..)) = signature(context, values) else { return Ok(None) };
    let known = context.known();
    let argument = |(name, ty): (Option<String>, Oid)| match name {
        Some(name) => format!("{name} {}", known.name(ty)),
        None => known.name(ty),
    };
    Ok(Some(Value::Text(arguments.into_iter().map(argument).collect::<Vec<_>>().join(", "))))
}

fn result(context: &mut Context<'_>, values: &[Value]) -> Answer {
    let Some((_, returns, set)) = signature(context, values) else { return Ok(None) };
    let name = context.known().name(returns);
    Ok(Some(Value::Text(if set { format!("SETOF {name}") } else { name })))
}

/// The statement that makes a function.
fn definition(context: &mut Context<'_>, values: &[Value]) -> Answer {
    let [Value::Oid(oid)] = values else { return Ok(None) };
    let Some(function) = context.database.function(oid.0, &context.snapshot) else { return Ok(None) };
    let schema = context.lookup().schema_name(function.schema).unwrap_or_default();
    let (Some(Value::Text(arguments)), Some(Value::Text(result))) =
        (arguments(context, values)?, result(context, values)?)
    else {
        return Ok(None);
    };
    let (schema, name) = (quote_identifier(&schema), quote_identifier(&function.name));
    let (language, body) = (&function.language, &function.body);
    let strict = if function.strict { " STRICT\n" } else { "" };
    // The quotes must not be in what they quote.
    let mut tag = "function".to_owned();
    while body.contains(&format!("${tag}$")) {
        tag.push('x');
    }
    Ok(Some(Value::Text(format!(
        "CREATE OR REPLACE FUNCTION {schema}.{name}({arguments})\n RETURNS {result}\n LANGUAGE {language}\n{strict}AS ${tag}${body}${tag}$\n"
    ))))
}

/// `pg_get_serial_sequence`: the sequence that a serial column counts with.
fn serial_sequence(context: &mut Context<'_>, values: &[Value]) -> Answer {
    let [Value::Text(table), Value::Text(column)] = values else { return Ok(None) };
    let oid = context.known().object_named(REGCLASS, table)?;
    let Some(relation) = context.database.relation(oid, &context.snapshot) else { return Ok(None) };
    let Some(place) = relation.columns.iter().position(|own| own.name == *column && !own.dropped) else {
        let message = format!("column \"{column}\" of relation \"{}\" does not exist", relation.name);
        return Err(Stop::error("42703", message));
    };
    let owner = (relation.oid, place);
    let mut relations = context.database.relations.seen(&context.snapshot, &context.database.transactions);
    let own = relations.find_map(|(_, other)| match &other.kind {
        Kind::Sequence(sequence) if sequence.owner == Some(owner) => Some(other.clone()),
        _ => None,
    });
    let name = |own: std::sync::Arc<Relation>| {
        let schema = context.lookup().schema_name(own.schema).unwrap_or_default();
        Value::Text(format!("{}.{}", quote_identifier(&schema), quote_identifier(&own.name)))
    };
    Ok(own.map(name))
}

/// `pg_size_pretty`: halves are rounded away from zero.
fn size(_: &mut Context<'_>, values: &[Value]) -> Answer {
    let [Value::Int8(bytes)] = values else { return Ok(None) };
    const UNITS: [&str; 5] = ["kB", "MB", "GB", "TB", "PB"];
    if bytes.unsigned_abs() < 10 * 1024 {
        return Ok(Some(Value::Text(format!("{bytes} bytes"))));
    }
    // In halves of the unit, of which the last is rounded.
    let mut halves = bytes / 512;
    let mut unit = 0;
    while halves.unsigned_abs() >= 20 * 1024 - 1 && unit + 1 < UNITS.len() {
        halves /= 1024;
        unit += 1;
    }
    let rounded = (halves + halves.signum()) / 2;
    Ok(Some(Value::Text(format!("{rounded} {}", UNITS[unit]))))
}

/// `pg_tablespace_location`: those that are built in have none of their own.
fn location(_: &mut Context<'_>, _: &[Value]) -> Answer {
    Ok(Some(Value::Text(String::new())))
}

/// A table that lasts and that somebody made: publications can have it.
fn is_publishable(context: &mut Context<'_>, values: &[Value]) -> Answer {
    let [Value::Oid(oid)] = values else { return Ok(None) };
    if catalog::by_oid(oid.0).is_some() {
        return Ok(Some(Value::Bool(false)));
    }
    let relation = context.database.relation(oid.0, &context.snapshot);
    Ok(relation.map(|relation| Value::Bool(relation.temporary.is_none())))
}

fn trigger(context: &mut Context<'_>, values: &[Value]) -> Answer {
    let Some(Value::Oid(oid)) = values.first() else { return Ok(None) };
    Ok(catalog::trigger_definition(context, oid.0).map(Value::Text))
}

fn nothing(_: &mut Context<'_>, _: &[Value]) -> Answer {
    Ok(None)
}

fn none(_: &mut Context<'_>, _: &[Option<Value>]) -> Result<Vec<Option<Value>>, Stop> {
    Ok(Vec::new())
}
