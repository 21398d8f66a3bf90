//! Constraints: what a row must satisfy, at once or when the transaction commits.

use super::expression;
use super::name::Place;
use crate::engine::SqlError;
use crate::postgresql::definition::{Constraint, Relation, Rule};
use crate::postgresql::sql::context::Context;
use crate::postgresql::sql::stop::Stop;
use crate::postgresql::storage::{Oid, Row, Xid};
use pgconform_wire::value::Value;
use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// What a transaction has put off until it commits.
#[derive(Debug, Default)]
pub(crate) struct Deferred {
    /// The transaction that the rest is about.
    transaction: Option<Xid>,
    /// What SET CONSTRAINTS said of all constraints, and then of some.
    all: Option<bool>,
    named: BTreeMap<Oid, bool>,
    /// The constraints to be checked, each with its table.
    pending: BTreeSet<(Oid, Oid)>,
}

/// How much of a value the description of a row shows, in bytes.
const MOST_SHOWN: usize = 64;

/// Checks a row that is to be inserted; `replaced` is the place of the row that it replaces.
pub(crate) fn check_row(
    context: &mut Context<'_>,
    relation: &Relation,
    row: &Row,
    replaced: Option<usize>,
) -> Result<(), Stop> {
    check_columns(context, relation, row)?;
    for constraint in &relation.constraints {
        match &constraint.rule {
            Rule::Unique { .. } | Rule::Exclude(_) | Rule::Foreign { .. }
                if is_deferred(context, constraint) =>
            {
                put_off(context, relation.oid, constraint.oid);
            }
            Rule::Unique { columns, .. } => unique(context, relation, constraint, columns, row, replaced)?,
            Rule::Exclude(elements) => exclude(context, relation, constraint, elements, row, replaced)?,
            Rule::Foreign { columns, table, referenced } => {
                foreign(context, relation, constraint, (columns, *table, referenced), row)?;
            }
            Rule::Check(_) => {}
        }
    }
    Ok(())
}

/// Checks what a row alone can tell: no NULL where there must be none, and the check constraints, by name.
pub(crate) fn check_columns(context: &mut Context<'_>, relation: &Relation, row: &Row) -> Result<(), Stop> {
    for (place, column) in relation.columns.iter().enumerate() {
        if column.not_null && !column.dropped && row.get(place).is_none_or(Option::is_none) {
            let (table, name) = (&relation.name, &column.name);
            let message = format!(
                "null value in column \"{name}\" of relation \"{table}\" violates not-null constraint"
            );
            let mut error = SqlError::error("23502", message).detail(failing(context, relation, row));
            error.more().column = Some(name.clone());
            return Err(about(context, relation, None, error));
        }
    }
    let mut checks: Vec<_> =
        relation.constraints.iter().filter(|c| matches!(c.rule, Rule::Check(_))).collect();
    checks.sort_by(|one, other| one.name.cmp(&other.name));
    for constraint in checks {
        let Rule::Check(sql) = &constraint.rule else { continue };
        if !holds(context, relation, sql, row)? {
            let (table, name) = (&relation.name, &constraint.name);
            let message = format!("new row for relation \"{table}\" violates check constraint \"{name}\"");
            let error = SqlError::error("23514", message).detail(failing(context, relation, row));
            return Err(about(context, relation, Some(constraint), error));
        }
    }
    Ok(())
}

/// Whether a check is not false for a row.
pub(super) fn holds(
    context: &mut Context<'_>,
    relation: &Relation,
    sql: &str,
    row: &Row,
) -> Result<bool, Stop> {
    let syntax = expression::parse(sql)?;
    let columns = expression::columns(&relation.name, &relation.columns);
    let check = expression::analyse(context, sql, columns, |analyser| analyser.boolean(&syntax, "CHECK"))?;
    Ok(!matches!(expression::value(context, &check, row)?, Some(Value::Bool(false))))
}

/// Checks that no row of another table needs `gone`, which was deleted, or replaced by `by`.
pub(crate) fn check_gone(
    context: &mut Context<'_>,
    relation: &Relation,
    gone: &Row,
    by: Option<&Row>,
) -> Result<(), Stop> {
    let snapshot = current(context);
    let seen = context.database.relations.seen(&snapshot, &context.database.transactions);
    let others: Vec<Arc<Relation>> = seen.map(|(_, other)| other.clone()).collect();
    for other in &others {
        for constraint in &other.constraints {
            let Rule::Foreign { columns, table, referenced } = &constraint.rule else { continue };
            let key = values(gone, referenced);
            if *table != relation.oid || key.iter().any(Option::is_none) {
                continue;
            }
            if by.is_some_and(|by| equal(&values(by, referenced), &key)) {
                continue;
            }
            if is_deferred(context, constraint) {
                put_off(context, other.oid, constraint.oid);
                continue;
            }
            if is_there(context, other.oid, columns, &key, None)? {
                return Err(still_referenced(context, relation, other, constraint, referenced, &key));
            }
        }
    }
    Ok(())
}

/// What SET CONSTRAINTS says, of these or of all; constraints that become immediate are checked.
pub(crate) fn set(names: Option<&[String]>, deferred: bool, context: &mut Context<'_>) -> Result<(), Stop> {
    let found: Option<Vec<Constraint>> = match names {
        None => None,
        Some(names) => {
            let seen = context.database.relations.seen(&context.snapshot, &context.database.transactions);
            let all: Vec<Constraint> = seen.flat_map(|(_, relation)| relation.constraints.clone()).collect();
            let mut found = Vec::new();
            for name in names {
                let named: Vec<_> =
                    all.iter().filter(|constraint| constraint.name == *name).cloned().collect();
                if named.is_empty() {
                    return Err(Stop::error("42704", format!("constraint \"{name}\" does not exist")));
                }
                if named.iter().all(|constraint| !constraint.deferrable) {
                    return Err(Stop::error("42809", format!("constraint \"{name}\" is not deferrable")));
                }
                found.extend(named);
            }
            Some(found)
        }
    };
    let state = of_transaction(context);
    match &found {
        None => {
            state.all = Some(deferred);
            state.named.clear();
        }
        Some(found) => state.named.extend(found.iter().map(|constraint| (constraint.oid, deferred))),
    }
    if deferred {
        return Ok(());
    }
    let chosen =
        |oid: Oid| found.as_ref().is_none_or(|found| found.iter().any(|constraint| constraint.oid == oid));
    let pending: Vec<_> = state.pending.iter().filter(|(_, oid)| chosen(*oid)).copied().collect();
    for entry in pending {
        check_table(context, entry)?;
        of_transaction(context).pending.remove(&entry);
    }
    Ok(())
}

/// Checks what was put off: the transaction is about to commit.
pub(crate) fn check_deferred(context: &mut Context<'_>) -> Result<(), Stop> {
    let deferred = std::mem::take(&mut context.session.deferred);
    if deferred.transaction.is_none() || deferred.transaction != context.session.transaction.xid() {
        return Ok(());
    }
    for entry in deferred.pending {
        check_table(context, entry)?;
    }
    Ok(())
}

/// Checks a constraint for the whole table.
fn check_table(context: &mut Context<'_>, (table, constraint): (Oid, Oid)) -> Result<(), Stop> {
    let snapshot = current(context);
    let Some(relation) = context.database.relation(table, &snapshot) else { return Ok(()) };
    let Some(constraint) = relation.constraints.iter().find(|known| known.oid == constraint) else {
        return Ok(());
    };
    let rows: Vec<(usize, Row)> = match context.database.heaps.read(table) {
        Some(heap) => {
            let seen = heap.seen(&snapshot, &context.database.transactions);
            seen.map(|(place, row)| (place, row.clone())).collect()
        }
        None => Vec::new(),
    };
    for (place, row) in &rows {
        check_whole(context, &relation, constraint, row, *place)?;
    }
    Ok(())
}

/// Checks a constraint for a row that is in the table.
pub(super) fn check_whole(
    context: &mut Context<'_>,
    relation: &Relation,
    constraint: &Constraint,
    row: &Row,
    place: usize,
) -> Result<(), Stop> {
    match &constraint.rule {
        Rule::Unique { columns, .. } => unique(context, relation, constraint, columns, row, Some(place)),
        Rule::Exclude(elements) => exclude(context, relation, constraint, elements, row, Some(place)),
        Rule::Foreign { columns, table, referenced } => {
            foreign(context, relation, constraint, (columns, *table, referenced), row)
        }
        Rule::Check(_) => Ok(()),
    }
}

/// What is seen now, with all that the transaction has done, also by the command that runs.
fn current(context: &mut Context<'_>) -> crate::postgresql::storage::Snapshot {
    let own = context.session.transaction.xid();
    context.database.transactions.snapshot(own, u32::MAX)
}

fn of_transaction<'a>(context: &'a mut Context<'_>) -> &'a mut Deferred {
    // The transaction's number tells whether what was put off is its own, and not that of one rolled back since.
    context.session.transaction.stamp(context.database);
    let xid = context.session.transaction.xid();
    let deferred = &mut context.session.deferred;
    if deferred.transaction != xid {
        *deferred = Deferred { transaction: xid, ..Deferred::default() };
    }
    deferred
}

fn is_deferred(context: &mut Context<'_>, constraint: &Constraint) -> bool {
    if !constraint.deferrable {
        return false;
    }
    let state = of_transaction(context);
    let said = state.named.get(&constraint.oid).copied().or(state.all);
    said.unwrap_or(constraint.initially_deferred)
}

fn put_off(context: &mut Context<'_>, relation: Oid, constraint: Oid) {
    of_transaction(context).pending.insert((relation, constraint));
}

fn values(row: &Row, columns: &[usize]) -> Vec<Option<Value>> {
    columns.iter().map(|column| row.get(*column).cloned().flatten()).collect()
}

fn equal(one: &[Option<Value>], other: &[Option<Value>]) -> bool {
    let same = |(one, other): (&Option<Value>, &Option<Value>)| match (one, other) {
        (Some(one), Some(other)) => one.compare(other) == Some(Ordering::Equal),
        _ => false,
    };
    one.len() == other.len() && one.iter().zip(other).all(same)
}

/// Whether a table has a row with these values, that of `except` apart; a row that hangs on another transaction is waited for.
fn is_there(
    context: &mut Context<'_>,
    table: Oid,
    columns: &[usize],
    key: &[Option<Value>],
    except: Option<usize>,
) -> Result<bool, Stop> {
    let own = context.session.transaction.xid();
    let Some(heap) = context.database.heaps.read(table) else { return Ok(false) };
    let mut waits = None;
    for (place, row, running) in heap.dirty(own, &context.database.transactions) {
        if Some(place) == except || !equal(&values(row, columns), key) {
            continue;
        }
        match running {
            None => return Ok(true),
            Some(xid) => waits = Some(xid),
        }
    }
    waits.map_or(Ok(false), |xid| Err(Stop::Transaction(xid)))
}

fn unique(
    context: &mut Context<'_>,
    relation: &Relation,
    constraint: &Constraint,
    columns: &[usize],
    row: &Row,
    except: Option<usize>,
) -> Result<(), Stop> {
    let key = values(row, columns);
    if !is_there(context, relation.oid, columns, &key, except)? {
        return Ok(());
    }
    let detail = format!("Key {} already exists.", described(context, relation, columns, &key));
    let message = format!("duplicate key value violates unique constraint \"{}\"", constraint.name);
    let error = SqlError::error("23505", message).detail(detail);
    Err(about(context, relation, Some(constraint), error))
}

fn exclude(
    context: &mut Context<'_>,
    relation: &Relation,
    constraint: &Constraint,
    elements: &[(usize, String)],
    row: &Row,
    except: Option<usize>,
) -> Result<(), Stop> {
    let columns: Vec<usize> = elements.iter().map(|(column, _)| *column).collect();
    let key = values(row, &columns);
    if key.iter().any(Option::is_none) {
        return Ok(());
    }
    let condition = |(column, operator): &(usize, String)| {
        let name = relation.columns[*column].name.replace('"', "\"\"");
        format!("\"new\".\"{name}\" {operator} \"old\".\"{name}\"")
    };
    let sql = elements.iter().map(condition).collect::<Vec<_>>().join(" AND ");
    let syntax = expression::parse(&sql)?;
    let mut scope = expression::columns("new", &relation.columns);
    scope.extend(expression::columns("old", &relation.columns));
    let conflict =
        expression::analyse(context, &sql, scope, |analyser| analyser.boolean(&syntax, "EXCLUDE"))?;
    let own = context.session.transaction.xid();
    let others: Vec<(Row, Option<Xid>)> = match context.database.heaps.read(relation.oid) {
        None => Vec::new(),
        Some(heap) => {
            let dirty = heap.dirty(own, &context.database.transactions);
            dirty
                .filter(|(place, ..)| Some(*place) != except)
                .map(|(_, row, xid)| (row.clone(), xid))
                .collect()
        }
    };
    let padded =
        |row: &Row| row.iter().cloned().chain(std::iter::repeat(None)).take(relation.columns.len()).collect();
    for (other, running) in others {
        let both: Vec<Option<Value>> =
            [padded(row), padded(&other)].into_iter().flat_map(|row: Vec<_>| row).collect();
        if !matches!(expression::value(context, &conflict, &both.into())?, Some(Value::Bool(true))) {
            continue;
        }
        if let Some(xid) = running {
            return Err(Stop::Transaction(xid));
        }
        let new = described(context, relation, &columns, &key);
        let old = described(context, relation, &columns, &values(&other, &columns));
        let message = format!("conflicting key value violates exclusion constraint \"{}\"", constraint.name);
        let detail = format!("Key {new} conflicts with existing key {old}.");
        return Err(about(
            context,
            relation,
            Some(constraint),
            SqlError::error("23P01", message).detail(detail),
        ));
    }
    Ok(())
}

fn foreign(
    context: &mut Context<'_>,
    relation: &Relation,
    constraint: &Constraint,
    (columns, table, referenced): (&[usize], Oid, &[usize]),
    row: &Row,
) -> Result<(), Stop> {
    let key = values(row, columns);
    if key.iter().any(Option::is_none) {
        return Ok(());
    }
    // A row may reference itself.
    if table == relation.oid && equal(&values(row, referenced), &key) {
        return Ok(());
    }
    if is_there(context, table, referenced, &key, None)? {
        return Ok(());
    }
    let snapshot = current(context);
    let other =
        context.database.relation(table, &snapshot).map_or_else(String::new, |other| other.name.clone());
    let detail =
        format!("Key {} is not present in table \"{other}\".", described(context, relation, columns, &key));
    let (name, table) = (&constraint.name, &relation.name);
    let message = format!("insert or update on table \"{table}\" violates foreign key constraint \"{name}\"");
    Err(about(context, relation, Some(constraint), SqlError::error("23503", message).detail(detail)))
}

fn still_referenced(
    context: &mut Context<'_>,
    relation: &Relation,
    other: &Relation,
    constraint: &Constraint,
    referenced: &[usize],
    key: &[Option<Value>],
) -> Stop {
    let message = format!(
        "update or delete on table \"{}\" violates foreign key constraint \"{}\" on table \"{}\"",
        relation.name, constraint.name, other.name
    );
    let key = described(context, relation, referenced, key);
    let detail = format!("Key {key} is still referenced from table \"{}\".", other.name);
    about(context, other, Some(constraint), SqlError::error("23503", message).detail(detail))
}

/// `(a, b)=(1, x)`
fn described(
    context: &mut Context<'_>,
    relation: &Relation,
    columns: &[usize],
    key: &[Option<Value>],
) -> String {
    let names: Vec<&str> = columns.iter().map(|column| relation.columns[*column].name.as_str()).collect();
    let value = |(column, value): (&usize, &Option<Value>)| {
        let text = expression::text(context, relation.columns[*column].ty, value.as_ref());
        text.unwrap_or_else(|| "null".to_owned())
    };
    let values: Vec<String> = columns.iter().zip(key).map(value).collect();
    format!("({})=({})", names.join(", "), values.join(", "))
}

/// `Failing row contains (1, null).`
fn failing(context: &mut Context<'_>, relation: &Relation, row: &Row) -> String {
    let mut shown = Vec::new();
    for (place, column) in relation.columns.iter().enumerate().filter(|(_, column)| !column.dropped) {
        let value = row.get(place).and_then(Option::as_ref);
        let text = expression::text(context, column.ty, value).unwrap_or_else(|| "null".to_owned());
        if text.len() > MOST_SHOWN {
            shown.push(format!("{}...", &text[..text.floor_char_boundary(MOST_SHOWN)]));
        } else {
            shown.push(text);
        }
    }
    format!("Failing row contains ({}).", shown.join(", "))
}

/// The error, with the fields that say which table and which constraint it is about.
pub(super) fn about(
    context: &Context<'_>,
    relation: &Relation,
    constraint: Option<&Constraint>,
    mut error: SqlError,
) -> Stop {
    let place = Place { schema: relation.schema, temporary: relation.temporary };
    let more = error.more();
    more.schema = Some(place.schema_name(context));
    more.table = Some(relation.name.clone());
    more.constraint = constraint.map(|constraint| constraint.name.clone());
    error.into()
}
