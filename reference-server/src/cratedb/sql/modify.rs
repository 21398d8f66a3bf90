//! What changes rows.

use super::super::node::{Column, Table};
use super::super::refusal::{Exception, Refusal};
use super::super::types::Type;
use super::super::value::{Object, Row, Value};
use super::Scope;
use super::analyse::{Assigned, Conflicting, DeletePlan, InsertPlan, Rows, UpdatePlan};
use super::define::{DEEPEST, FIELD, FIELDS, LONGEST_NAME, field_weight, full};
use super::eval::{Run, row_weight, too_large};
use super::expr::{Expr, TableRef};
use super::plan::Outcome;
use super::run::known;
use std::collections::BTreeMap;

/// New fields of objects, and their types.
pub(super) type Fields = BTreeMap<Vec<String>, Type>;

/// The rows of INSERT VALUES.
pub(super) fn values(
    table: &TableRef,
    targets: &[usize],
    lists: &[Vec<Expr>],
    run: &Run<'_>,
) -> Result<Vec<Row>, Refusal> {
    let found = known(run.scope, table)?;
    let mut rows = Vec::new();
    for list in lists {
        let given = list.iter().map(|expr| run.value(expr, &[])).collect::<Result<Vec<_>, _>>()?;
        let row = completed(given, targets, found)?;
        run.keep(&row)?;
        rows.push(row);
    }
    Ok(rows)
}

/// A whole row of some of its values, each of its column's type.
fn completed(given: Vec<Option<Value>>, targets: &[usize], table: &Table) -> Result<Row, Refusal> {
    let mut row: Row = vec![None; table.columns.len()];
    for (value, target) in given.into_iter().zip(targets) {
        let ty = &table.columns[*target].ty;
        row[*target] = match value {
            Some(value) if value.ty() != *ty => Some(value.cast(ty)?),
            other => other,
        };
    }
    checked(&row, table)?;
    Ok(row)
}

/// Refuses a row that a table cannot have.
fn checked(row: &Row, table: &Table) -> Result<(), Refusal> {
    let missing = |places: &[usize]| places.iter().find(|place| row[**place].is_none()).copied();
    if let Some(place) = missing(&table.primary_key) {
        let message = format!("Primary key value must not be NULL: \"{}\"", table.columns[place].name);
        return Err(Refusal::new(Exception::ColumnValidation, message));
    }
    if let Some(place) = missing(&table.not_null) {
        let message = format!("\"{}\" must not be null", table.columns[place].name);
        return Err(Refusal::new(Exception::ColumnValidation, message));
    }
    Ok(())
}

/// Makes the objects of a row what their fields are to be, and notes fields that are new.
pub(super) fn shaped(row: &mut Row, table: &Table, new: &mut Fields) -> Result<(), Refusal> {
    for (value, column) in row.iter_mut().zip(&table.columns) {
        if let Some(value) = value {
            shape(value, &mut vec![column.name.clone()], 1, table, new)?;
        }
    }
    if table.columns.len() + table.fields.len() + new.len() > FIELDS {
        let message = format!("Limit of total fields [{FIELDS}] has been exceeded");
        return Err(Refusal::new(Exception::IllegalArgument, message));
    }
    Ok(())
}

/// `depth` is how many objects and arrays the value is in.
fn shape(
    value: &mut Value,
    path: &mut Vec<String>,
    depth: usize,
    table: &Table,
    new: &mut Fields,
) -> Result<(), Refusal> {
    if depth > DEEPEST {
        return Err(too_large("the object nests too deeply"));
    }
    match value {
        Value::Array(elements) => {
            elements.iter_mut().flatten().try_for_each(|element| shape(element, path, depth + 1, table, new))
        }
        Value::Object(fields) => {
            for (name, value) in fields {
                if name.len() > LONGEST_NAME {
                    return Err(Refusal::new(Exception::IllegalArgument, "The name of a field is too long"));
                }
                path.push(name.clone());
                shape_field(value, path, depth, table, new)?;
                path.pop();
            }
            Ok(())
        }
        _ => Ok(()),
    }
}

fn shape_field(
    value: &mut Option<Value>,
    path: &mut Vec<String>,
    depth: usize,
    table: &Table,
    new: &mut Fields,
) -> Result<(), Refusal> {
    let Some(given) = value else { return Ok(()) };
    match table.fields.get(path).or_else(|| new.get(path)) {
        Some(ty) if given.ty() != *ty => *given = given.cast(ty)?,
        Some(_) => {}
        None => {
            let (name, object) =
                path.split_last().map_or(("", &[] as &[_]), |(name, rest)| (name.as_str(), rest));
            if table.strict.contains(object) {
                let message = format!(
                    "mapping set to strict, dynamic introduction of [{name}] within [{}] is not allowed",
                    object.join(".")
                );
                return Err(Refusal::new(Exception::IllegalArgument, message));
            }
            let ty = given.ty();
            if ty.leaf() != Type::Undefined {
                new.insert(path.clone(), ty);
            }
        }
    }
    shape(given, path, depth + 1, table, new)
}

/// Runs an INSERT.
pub(super) fn insert(
    plan: &InsertPlan,
    ready: Vec<Row>,
    parameters: &[Option<Value>],
    scope: &mut Scope<'_>,
) -> Result<Outcome, Refusal> {
    let run = Run::new(scope, parameters);
    let table = known(run.scope, &plan.table)?;
    let rows = match &plan.rows {
        Rows::Values(_) => ready,
        Rows::Query(query) => {
            let given = run.rows(query)?.into_iter();
            given.map(|row| completed(row, &plan.targets, table)).collect::<Result<_, _>>()?
        }
    };
    let mut new = Fields::new();
    let mut added: Vec<Row> = Vec::new();
    let mut changed: BTreeMap<usize, Row> = BTreeMap::new();
    let mut count = 0;
    for mut row in rows {
        // A column may have come since the values were made ready.
        row.resize(table.columns.len(), None);
        shaped(&mut row, table, &mut new)?;
        if !table.primary_key.is_empty() {
            run.spend((table.rows.len() + added.len()) / 16)?;
        }
        let Some(place) = clashing(&row, table, &added) else {
            run.keep(&row)?;
            added.push(row);
            count += 1;
            continue;
        };
        match &plan.conflict {
            Conflicting::Fails => {
                let message = "A document with the same primary key exists already";
                return Err(Refusal::new(Exception::DuplicateKey, message));
            }
            Conflicting::Nothing => {}
            Conflicting::Update(assigned) => {
                let old = changed.get(&place).or_else(|| table.rows.get(place));
                let old = old.or_else(|| added.get(place.wrapping_sub(table.rows.len())));
                let old = old.cloned().unwrap_or_default();
                let both: Row = old.iter().cloned().chain(row).collect();
                let mut result = assign(&old, &both, assigned, table, &run)?;
                shaped(&mut result, table, &mut new)?;
                run.keep(&result)?;
                match place.checked_sub(table.rows.len()) {
                    Some(place) => added[place] = result,
                    None => {
                        changed.insert(place, result);
                    }
                }
                count += 1;
            }
        }
    }
    apply(&plan.table, scope, new, changed, added)?;
    Ok(Outcome::Count(count))
}

/// The place of the row that has the same primary key; those that are added come behind the table's.
pub(super) fn clashing(row: &Row, table: &Table, added: &[Row]) -> Option<usize> {
    if table.primary_key.is_empty() {
        return None;
    }
    let same = |other: &Row| table.primary_key.iter().all(|place| row[*place] == other[*place]);
    table.rows.iter().chain(added).position(same)
}

/// A row with some of its columns set anew; `row` is what the values are computed of.
fn assign(
    old: &Row,
    row: &[Option<Value>],
    assigned: &[Assigned],
    table: &Table,
    run: &Run<'_>,
) -> Result<Row, Refusal> {
    let mut result = old.clone();
    for Assigned { column, path, value } in assigned {
        let value = run.value(value, row)?;
        match path.as_slice() {
            [] => {
                let ty = &table.columns[*column].ty;
                result[*column] = match value {
                    Some(value) if value.ty() != *ty => Some(value.cast(ty)?),
                    other => other,
                };
            }
            path => place(&mut result[*column], path, value),
        }
    }
    checked(&result, table)?;
    Ok(result)
}

/// Sets a field of an object; objects on the way to it are made.
fn place(target: &mut Option<Value>, path: &[String], value: Option<Value>) {
    let Some((name, rest)) = path.split_first() else {
        *target = value;
        return;
    };
    let object = target.get_or_insert_with(|| Value::Object(Object::new()));
    if let Value::Object(fields) = object {
        place(fields.entry(name.clone()).or_insert(None), rest, value);
    }
}

/// Changes a table, all at once.
pub(super) fn apply(
    name: &TableRef,
    scope: &mut Scope<'_>,
    new: Fields,
    changed: BTreeMap<usize, Row>,
    added: Vec<Row>,
) -> Result<(), Refusal> {
    let rows = changed.values().chain(&added).map(row_weight).sum::<usize>();
    let table = known(scope, name)?;
    let fresh = new.keys().filter(|path| !table.fields.contains_key(*path));
    let more = rows + fresh.map(|path| field_weight(path)).sum::<usize>();
    full(more, scope)?;
    if let Some(table) = scope.node.tables.get_mut(&(name.schema.clone(), name.name.clone())) {
        table.fields.extend(new);
        for (place, row) in changed {
            table.weight = table.weight.saturating_sub(row_weight(&table.rows[place]));
            table.rows[place] = row;
        }
        table.rows.extend(added);
        table.weight += more;
    }
    Ok(())
}

/// Gives a table more columns: they are NULL in the rows that there are.
pub(super) fn widen(name: &TableRef, columns: Vec<Column>, scope: &mut Scope<'_>) -> Result<(), Refusal> {
    let room = scope.node.room();
    let Some(table) = scope.node.tables.get_mut(&(name.schema.clone(), name.name.clone())) else {
        return Ok(());
    };
    let more = columns.len().saturating_sub(table.columns.len());
    let each = FIELD + table.rows.len() * size_of::<Option<Value>>();
    let more = more.saturating_mul(each);
    if more > room {
        return Err(too_large("the tables are full"));
    }
    table.rows.iter_mut().for_each(|row| row.resize(columns.len(), None));
    table.weight += more;
    table.columns = columns;
    Ok(())
}

/// Runs an UPDATE.
pub(super) fn update(
    plan: &UpdatePlan,
    parameters: &[Option<Value>],
    scope: &mut Scope<'_>,
) -> Result<Outcome, Refusal> {
    let run = Run::new(scope, parameters);
    let table = known(run.scope, &plan.table)?;
    let mut new = Fields::new();
    let mut changed = BTreeMap::new();
    for (place, row) in table.rows.iter().enumerate() {
        if !meant(plan.filter.as_ref(), row, &run)? {
            continue;
        }
        let mut result = assign(row, row, &plan.assigned, table, &run)?;
        shaped(&mut result, table, &mut new)?;
        run.keep(&result)?;
        changed.insert(place, result);
    }
    let count = changed.len().try_into().unwrap_or(u64::MAX);
    apply(&plan.table, scope, new, changed, Vec::new())?;
    Ok(Outcome::Count(count))
}

fn meant(filter: Option<&Expr>, row: &Row, run: &Run<'_>) -> Result<bool, Refusal> {
    run.spend(1)?;
    filter.map_or(Ok(true), |filter| run.holds(filter, row))
}

/// Runs a DELETE.
pub(super) fn delete(
    plan: &DeletePlan,
    parameters: &[Option<Value>],
    scope: &mut Scope<'_>,
) -> Result<Outcome, Refusal> {
    let run = Run::new(scope, parameters);
    let table = known(run.scope, &plan.table)?;
    let mut gone = Vec::with_capacity(table.rows.len());
    for row in &table.rows {
        gone.push(meant(plan.filter.as_ref(), row, &run)?);
    }
    let count = gone.iter().filter(|gone| **gone).count().try_into().unwrap_or(u64::MAX);
    let key = (plan.table.schema.clone(), plan.table.name.clone());
    if let Some(table) = scope.node.tables.get_mut(&key) {
        let mut gone = gone.into_iter();
        let weight = &mut table.weight;
        table.rows.retain(|row| {
            let stays = !gone.next().unwrap_or(false);
            *weight = weight.saturating_sub(if stays { 0 } else { row_weight(row) });
            stays
        });
    }
    Ok(Outcome::Count(count))
}
