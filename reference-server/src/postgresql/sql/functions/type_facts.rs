//! Functions that tell about types, and find objects by name.

use super::arithmetic::mismatch;
use crate::postgresql::sql::context::Context;
use crate::postgresql::sql::stop::Stop;
use crate::postgresql::storage::Oid;
use pgconform_wire::value::array::Array;
use pgconform_wire::value::modifier::format_type as formatted;
use pgconform_wire::value::{Label, Shape, Types as _, Value, int, types};

type Answer = Result<Option<Value>, Stop>;

/// `pg_typeof`
pub(super) fn type_of(_: &mut Context<'_>, _: &[Option<Value>], given: &[Oid]) -> Answer {
    Ok(given.first().map(|oid| Value::Oid(int::Oid(*oid))))
}

/// `format_type`
pub(super) fn format_type(context: &mut Context<'_>, values: &[Option<Value>]) -> Answer {
    let known = context.known();
    Ok(match values {
        [Some(Value::Oid(oid)), Some(Value::Int4(modifier))] => Some(formatted(&known, oid.0, *modifier)),
        // Without a modifier at all, a type is called as the standard has it.
        [Some(Value::Oid(oid)), _] => Some(known.name(oid.0)),
        _ => None,
    }
    .map(Value::Text))
}

fn found(context: &Context<'_>, class: Oid, values: &[Value]) -> Answer {
    let [Value::Text(name)] = values else { return Err(mismatch()) };
    Ok(context.known().object_named(class, name).ok().map(|oid| Value::Oid(int::Oid(oid))))
}

/// `to_regclass`
pub(super) fn to_regclass(context: &mut Context<'_>, values: &[Value]) -> Answer {
    found(context, types::REGCLASS, values)
}

/// `to_regtype`
pub(super) fn to_regtype(context: &mut Context<'_>, values: &[Value]) -> Answer {
    found(context, types::REGTYPE, values)
}

/// `to_regproc`
pub(super) fn to_regproc(context: &mut Context<'_>, values: &[Value]) -> Answer {
    found(context, types::REGPROC, values)
}

/// `to_regnamespace`
pub(super) fn to_regnamespace(context: &mut Context<'_>, values: &[Value]) -> Answer {
    found(context, types::REGNAMESPACE, values)
}

/// `to_regrole`
pub(super) fn to_regrole(context: &mut Context<'_>, values: &[Value]) -> Answer {
    found(context, types::REGROLE, values)
}

fn labels(context: &Context<'_>, given: &[Oid]) -> Result<Vec<Value>, Stop> {
    let shape = given.first().and_then(|oid| context.known().shape(context.known().base(*oid)));
    let Some(Shape::Enum(labels)) = shape else { return Err(mismatch()) };
    Ok(labels.into_iter().enumerate().map(|(place, text)| Value::Enum(Label { place, text })).collect())
}

/// `enum_first`
pub(super) fn enum_first(context: &mut Context<'_>, _: &[Option<Value>], given: &[Oid]) -> Answer {
    Ok(labels(context, given)?.into_iter().next())
}

/// `enum_last`
pub(super) fn enum_last(context: &mut Context<'_>, _: &[Option<Value>], given: &[Oid]) -> Answer {
    Ok(labels(context, given)?.into_iter().next_back())
}

/// `enum_range`
pub(super) fn enum_range(context: &mut Context<'_>, _: &[Option<Value>], given: &[Oid]) -> Answer {
    let labels = labels(context, given)?.into_iter().map(Some).collect();
    Ok(Some(Value::Array(Array::new(given.first().copied().unwrap_or_default(), labels))))
}
