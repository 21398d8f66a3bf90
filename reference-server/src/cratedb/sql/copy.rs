//! COPY between tables and the node's files, which hold a row a line, as JSON.

use super::super::json;
use super::super::node::Table;
use super::super::refusal::{Exception, Refusal};
use super::super::types::Type;
use super::super::value::{Object, Row, Value};
use super::Scope;
use super::analyse::{CopyFromPlan, CopyToPlan, Output};
use super::define::define;
use super::eval::{Run, too_large};
use super::expr::Expr;
use super::modify::{Fields, apply, clashing, shaped, widen};
use super::plan::Outcome;
use super::run::known;
use super::statement::ColumnDefinition;
use regex::Regex;
use std::collections::BTreeMap;

/// The most files that there are.
const FILES: usize = 10_000;

/// The longest path, in bytes.
const LONGEST: usize = 4096;

/// Runs COPY TO: a file for each shard, named as CrateDB names it.
pub(super) fn to(
    plan: &CopyToPlan,
    parameters: &[Option<Value>],
    scope: &mut Scope<'_>,
) -> Result<Outcome, Refusal> {
    let run = Run::new(scope, parameters);
    let table = known(run.scope, &plan.table)?;
    let directory = match run.value(&plan.uri, &[])? {
        Some(Value::String(uri)) => path(&uri, true)?,
        _ => return Err(Refusal::new(Exception::IllegalArgument, "The directory must not be NULL")),
    };
    let shards = usize::try_from(table.shards).unwrap_or(1);
    let name = |shard: usize| format!("{directory}/{}_{shard}_.json", plan.table.name);
    let old = |shard: usize| run.scope.node.files.get(&name(shard));
    // What is there already gives way.
    let room = run.scope.node.room() + (0..shards).filter_map(old).map(String::len).sum::<usize>();
    let more = (0..shards).filter(|shard| old(*shard).is_none()).count();
    if run.scope.node.files.len() + more > FILES {
        return Err(too_large("there are too many files"));
    }
    run.spend(shards)?;
    let mut texts = vec![String::new(); shards];
    let mut written: usize = (0..shards).map(|shard| name(shard).len()).sum();
    let mut count = 0;
    for (place, row) in table.rows.iter().enumerate() {
        run.spend(1)?;
        if !plan.filter.as_ref().map_or(Ok(true), |filter| run.holds(filter, row))? {
            continue;
        }
        let line = line(&plan.output, row, table, &run)?;
        run.spend(1 + line.len() / 256)?;
        written += line.len() + 1;
        if written > room {
            return Err(too_large("the files are full"));
        }
        let text = &mut texts[place % shards];
        text.push_str(&line);
        text.push('\n');
        count += 1;
    }
    let names: Vec<_> = (0..shards).map(name).collect();
    scope.node.files.extend(names.into_iter().zip(texts));
    Ok(Outcome::Count(count))
}

/// A row as a line of a file.
fn line(output: &Output, row: &Row, table: &Table, run: &Run<'_>) -> Result<String, Refusal> {
    let value = |expr: &Expr| run.value(expr, row);
    Ok(match output {
        Output::Row => {
            let cells = table.columns.iter().zip(row).filter(|(_, cell)| cell.is_some());
            let fields = cells.map(|(column, cell)| (column.name.clone(), cell.clone()));
            json::text(&Value::Object(fields.collect()))
        }
        Output::Object(fields) => {
            let field = |(name, expr): &(String, Expr)| Ok((name.clone(), value(expr)?));
            json::text(&Value::Object(fields.iter().map(field).collect::<Result<_, Refusal>>()?))
        }
        Output::Array(exprs) => json::text(&Value::Array(exprs.iter().map(value).collect::<Result<_, _>>()?)),
    })
}

/// Runs COPY FROM. Lines that are no row of the table are left out, without a word.
pub(super) fn from(
    plan: &CopyFromPlan,
    parameters: &[Option<Value>],
    scope: &mut Scope<'_>,
) -> Result<Outcome, Refusal> {
    let run = Run::new(scope, parameters);
    let table = known(run.scope, &plan.table)?;
    let mut model = table.bare();
    let mut added: Vec<Row> = Vec::new();
    let mut changed: BTreeMap<usize, Row> = BTreeMap::new();
    let mut count = 0;
    for file in files(plan, &run)? {
        for line in file.lines() {
            run.spend(1 + line.len() / 64)?;
            let Some(row) = taken(line, &mut model, &run)? else { continue };
            run.keep(&row)?;
            if !table.primary_key.is_empty() {
                run.spend((table.rows.len() + added.len()) / 16)?;
            }
            match clashing(&row, table, &added) {
                None => added.push(row),
                Some(_) if !plan.overwrite => continue,
                Some(place) => match place.checked_sub(table.rows.len()) {
                    Some(place) => added[place] = row,
                    None => {
                        changed.insert(place, row);
                    }
                },
            }
            count += 1;
        }
    }
    let Table { columns, fields, .. } = model;
    added.iter_mut().chain(changed.values_mut()).for_each(|row| row.resize(columns.len(), None));
    widen(&plan.table, columns, scope)?;
    apply(&plan.table, scope, fields, changed, added)?;
    Ok(Outcome::Count(count))
}

/// The row that a line is; none: it is none. Columns and fields that are new come to the table.
fn taken(line: &str, model: &mut Table, run: &Run<'_>) -> Result<Option<Row>, Refusal> {
    let Some(Some(Value::Object(given))) = json::parse(line) else { return Ok(None) };
    run.spend(given.len() * model.columns.len() / 16)?;
    let known = model.columns.len();
    let mut new = Fields::new();
    let row = row(given, model, &mut new);
    match row {
        Some(_) => model.fields.extend(new),
        None => model.columns.truncate(known),
    }
    Ok(row)
}

fn row(given: Object, model: &mut Table, new: &mut Fields) -> Option<Row> {
    let mut row: Row = vec![None; model.columns.len()];
    for (name, value) in given {
        let Some(value) = value else { continue };
        if let Some(place) = model.columns.iter().position(|column| column.name == name) {
            row[place] = Some(fitting(&value, &model.columns[place].ty)?);
            continue;
        }
        let ty = value.ty();
        if ty.leaf() == Type::Undefined {
            continue;
        }
        row.push(Some(value.cast(&ty).ok()?));
        define(&ColumnDefinition::of(name, ty), model).ok()?;
    }
    // NOT NULL is not looked at, as in CrateDB 3.3.
    if model.primary_key.iter().any(|place| row[*place].is_none()) {
        return None;
    }
    shaped(&mut row, model, new).ok()?;
    Some(row)
}

/// A value as one of the column's type. What SQL would cast, but the store does not take, is none.
fn fitting(value: &Value, ty: &Type) -> Option<Value> {
    let refused = match (value, ty) {
        (Value::Long(_) | Value::Double(_), Type::Boolean | Type::Ip) => true,
        (Value::String(_), Type::GeoPoint | Type::Object) => true,
        (Value::String(text), Type::Boolean) => text != "true" && text != "false",
        _ => false,
    };
    if refused { None } else { value.cast(ty).ok() }
}

/// The files that are meant, in the order in which they are; one that is not there is none.
fn files<'a>(plan: &CopyFromPlan, run: &Run<'a>) -> Result<Vec<&'a str>, Refusal> {
    let uris = match run.value(&plan.uri, &[])? {
        Some(Value::Array(uris)) => uris,
        uri => vec![uri],
    };
    let all = &run.scope.node.files;
    let mut files = Vec::new();
    for uri in uris {
        let Some(Value::String(uri)) = uri else {
            return Err(Refusal::new(Exception::IllegalArgument, "fileUri must not be NULL"));
        };
        let path = path(&uri, false)?;
        run.spend(1)?;
        if !path.contains('*') {
            files.extend(all.get(&path).map(String::as_str));
            continue;
        }
        let pattern = globbed(&path)?;
        for (path, text) in all {
            run.spend(1 + path.len() / 16)?;
            if pattern.is_match(path) {
                files.push(text);
            }
        }
    }
    Ok(files)
}

/// A path in which `*` is anything within a name.
fn globbed(path: &str) -> Result<Regex, Refusal> {
    let pieces: Vec<_> = path.split('*').map(regex::escape).collect();
    let invalid = |_| Refusal::new(Exception::IllegalArgument, "Invalid fileURI");
    Regex::new(&format!("^{}$", pieces.join("[^/]*"))).map_err(invalid)
}

/// The path of a URI, without `.` and `..`; `lax` is COPY TO, which takes `file:/` as well.
fn path(uri: &str, lax: bool) -> Result<String, Refusal> {
    let illegal = |message| Err(Refusal::new(Exception::IllegalArgument, message));
    let path = match uri.split_once(':') {
        _ if uri.starts_with('/') => uri,
        None => return illegal("relative fileURIs are not allowed"),
        Some(("file", path)) if path.contains('%') => {
            return Err(Refusal::unsupported("Escapes in a fileURI are not supported"));
        }
        Some(("file", path)) if path.starts_with("///") => path,
        Some(("file", path)) if lax && path.starts_with('/') && !path.starts_with("//") => path,
        Some(("file", _)) => return illegal("Invalid fileURI"),
        Some((scheme, _)) => return Err(Refusal::unsupported(format!("Unknown scheme '{scheme}'"))),
    };
    if path.len() > LONGEST {
        return illegal("The path is too long");
    }
    let mut names = Vec::new();
    for name in path.split('/') {
        match name {
            "" | "." => {}
            ".." => {
                names.pop();
            }
            name => names.push(name),
        }
    }
    Ok(names.iter().map(|name| format!("/{name}")).collect())
}
