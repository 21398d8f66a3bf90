//! Functions that tell about tables, constraints and who may do what with them.

use super::arithmetic::mismatch;
use crate::postgresql::catalog;
use crate::postgresql::database::PG_CATALOG;
use crate::postgresql::definition::{Constraint, Relation, Rule};
use crate::postgresql::settings::list::quote_identifier;
use crate::postgresql::sql::context::Context;
use crate::postgresql::sql::functions;
use crate::postgresql::sql::stop::Stop;
use crate::postgresql::storage::Oid;
use pgconform_wire::value::text::Name;
use pgconform_wire::value::{Types as _, Value, types};
use std::sync::Arc;

type Answer = Result<Option<Value>, Stop>;

fn number(values: &[Value]) -> Result<Oid, Stop> {
    match values.first() {
        Some(Value::Oid(oid)) => Ok(oid.0),
        _ => Err(mismatch()),
    }
}

fn truth(value: bool) -> Answer {
    Ok(Some(Value::Bool(value)))
}

/// `pg_table_is_visible`
pub(super) fn table_visible(context: &mut Context<'_>, values: &[Value]) -> Answer {
    let oid = number(values)?;
    if let Some(table) = catalog::by_oid(oid) {
        return truth(table.schema == PG_CATALOG);
    }
    let relation = context.database.relation(oid, &context.snapshot);
    let visible = |relation: Arc<Relation>| context.lookup().on_path(relation.schema, relation.temporary);
    let visible = relation.map(visible).or_else(|| catalog::other_relation_visible(context.lookup(), oid));
    Ok(visible.map(Value::Bool))
}

/// `pg_type_is_visible`
pub(super) fn type_visible(context: &mut Context<'_>, values: &[Value]) -> Answer {
    let oid = number(values)?;
    if types::by_oid(oid).is_some() {
        return truth(true);
    }
    let ty = context.database.user_type(oid, &context.snapshot);
    Ok(ty.map(|ty| Value::Bool(context.lookup().on_path(ty.schema, ty.temporary))))
}

/// `pg_function_is_visible`, and of what there is only in `pg_catalog`
pub(super) fn function_visible(context: &mut Context<'_>, values: &[Value]) -> Answer {
    let oid = number(values)?;
    match context.database.function(oid, &context.snapshot) {
        Some(function) => {
            let temporary = function.temporary.is_some();
            truth(!temporary && context.lookup().on_path(function.schema, None))
        }
        None => Ok(functions::by_oid(oid).map(|_| Value::Bool(true))),
    }
}

/// `pg_operator_is_visible`, `pg_collation_is_visible`: all of them are.
pub(super) fn always_visible(_: &mut Context<'_>, values: &[Value]) -> Answer {
    number(values)?;
    truth(true)
}

/// `obj_description`: comments are not kept.
pub(super) fn no_comment(_: &mut Context<'_>, _: &[Value]) -> Answer {
    Ok(None)
}

/// `pg_get_userbyid`
pub(super) fn user_name(context: &mut Context<'_>, values: &[Value]) -> Answer {
    let oid = number(values)?;
    let name = context.known().object_name(types::REGROLE, oid);
    Ok(Some(Value::Name(Name::new(&name.unwrap_or_else(|| format!("unknown (OID={oid})"))))))
}

/// `pg_encoding_to_char`: by the numbers that PostgreSQL gives to encodings.
pub(super) fn encoding_name(_: &mut Context<'_>, values: &[Value]) -> Answer {
    let name = match values {
        [Value::Int4(0)] => "SQL_ASCII",
        [Value::Int4(6)] => "UTF8",
        [Value::Int4(8)] => "LATIN1",
        _ => "",
    };
    Ok(Some(Value::Name(Name::new(name))))
}

/// `pg_get_expr`: what is stored is the SQL already.
pub(super) fn expression(_: &mut Context<'_>, values: &[Value]) -> Answer {
    match values {
        [Value::Text(sql), ..] => Ok(Some(Value::Text(sql.clone()))),
        _ => Err(mismatch()),
    }
}

/// The constraint of this number, with its table.
fn constraint_of(context: &Context<'_>, oid: Oid) -> Option<(Arc<Relation>, Constraint)> {
    let mut seen = context.database.relations.seen(&context.snapshot, &context.database.transactions);
    seen.find_map(|(_, relation)| {
        let constraint = relation.constraints.iter().find(|constraint| constraint.oid == oid)?;
        Some((relation.clone(), constraint.clone()))
    })
}

fn columns(relation: &Relation, places: &[usize]) -> String {
    let names = places.iter().filter_map(|place| relation.columns.get(*place));
    names.map(|column| quote_identifier(&column.name)).collect::<Vec<_>>().join(", ")
}

/// `pg_get_constraintdef`
pub(super) fn constraint(context: &mut Context<'_>, values: &[Value]) -> Answer {
    let oid = number(values)?;
    // What is told prettily has no parentheses but those that are needed.
    let pretty = matches!(values.last(), Some(Value::Bool(true)));
    let check = |sql: &str| if pretty { format!("CHECK ({sql})") } else { format!("CHECK (({sql}))") };
    let Some((relation, constraint)) = constraint_of(context, oid) else {
        return Ok(catalog::domain_check(context, oid).map(|sql| Value::Text(check(&sql))));
    };
    let mut text = match &constraint.rule {
        Rule::Unique { columns: places, primary: true } => {
            format!("PRIMARY KEY ({})", columns(&relation, places))
        }
        Rule::Unique { columns: places, primary: false } => {
            format!("UNIQUE ({})", columns(&relation, places))
        }
        Rule::Check(sql) => check(sql),
        Rule::Foreign { columns: places, table, referenced } => {
            let target = context.database.relation(*table, &context.snapshot);
            let name = context.known().object_name(types::REGCLASS, *table).unwrap_or_default();
            let theirs = target.map_or(String::new(), |target| columns(&target, referenced));
            format!("FOREIGN KEY ({}) REFERENCES {name}({theirs})", columns(&relation, places))
        }
        Rule::Exclude(parts) => {
            let part = |(place, operator): &(usize, String)| {
                format!("{} WITH {operator}", columns(&relation, std::slice::from_ref(place)))
            };
            format!("EXCLUDE USING gist ({})", parts.iter().map(part).collect::<Vec<_>>().join(", "))
        }
    };
    if constraint.deferrable {
        text.push_str(" DEFERRABLE");
    }
    if constraint.initially_deferred {
        text.push_str(" INITIALLY DEFERRED");
    }
    Ok(Some(Value::Text(text)))
}

/// `pg_get_indexdef`: an index has the number of the constraint that it is for.
pub(super) fn index(context: &mut Context<'_>, values: &[Value]) -> Answer {
    let Some((relation, constraint)) = constraint_of(context, number(values)?) else { return Ok(None) };
    let (unique, method, places) = match &constraint.rule {
        Rule::Unique { columns: places, .. } => ("UNIQUE ", "btree", places.clone()),
        Rule::Exclude(parts) => ("", "gist", parts.iter().map(|(place, _)| *place).collect()),
        Rule::Check(_) | Rule::Foreign { .. } => return Ok(None),
    };
    if let Some(Value::Int4(number @ 1..)) = values.get(1) {
        let place = usize::try_from(*number).ok().and_then(|number| places.get(number - 1));
        return Ok(Some(Value::Text(place.map_or_else(String::new, |place| columns(&relation, &[*place])))));
    }
    let columns = columns(&relation, &places);
    let schema = match relation.temporary {
        Some(process) => crate::postgresql::lookup::temporary_schema(process),
        None => context.lookup().schema_name(relation.schema).unwrap_or_default(),
    };
    let (name, table) = (quote_identifier(&constraint.name), quote_identifier(&relation.name));
    // What is told prettily leaves out the schema where it is found without.
    let pretty = matches!(values.last(), Some(Value::Bool(true)));
    let found = pretty && context.lookup().on_path(relation.schema, relation.temporary);
    let schema = if found { String::new() } else { format!("{}.", quote_identifier(&schema)) };
    Ok(Some(Value::Text(format!(
        "CREATE {unique}INDEX {name} ON {schema}{table} USING {method} ({columns})"
    ))))
}

/// `has_..._privilege`: there is one user, who may do everything.
pub(super) fn privilege(_: &mut Context<'_>, _: &[Value]) -> Answer {
    truth(true)
}

/// `pg_relation_size` and its like: rows are not kept in files.
pub(super) fn size(_: &mut Context<'_>, _: &[Value]) -> Answer {
    Ok(Some(Value::Int8(0)))
}
