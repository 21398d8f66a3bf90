//! Functions by which tools describe other functions, and what this server never has any of: partitions, extended statistics.

use super::oid::{BOOL, OID, REGCLASS, TEXT};
use super::{STABLE, VOLATILE, row};
use crate::postgresql::catalog;
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
