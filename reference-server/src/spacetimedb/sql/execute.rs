//! Runs planned statements. A statement changes its table in one step, at its end, or not at all.

use super::ast::{Comparison, Statement};
use super::plan::{At, Change, Output, Scope, Select, Source, Typed, What};
use crate::spacetimedb::answer::{self, Column};
use crate::spacetimedb::database::{Database, Session};
use crate::spacetimedb::refusal::{self, Refusal};
use crate::spacetimedb::rendering::Rendering;
use crate::spacetimedb::schema::{Schema, Table};
use crate::spacetimedb::types::Type;
use crate::spacetimedb::value::{Row, Value};
use std::cmp::Ordering;
use std::collections::BTreeSet;
use std::sync::Arc;

/// The most combinations of rows that a join looks at: what a server on a network does for one statement is bounded.
const MOST_COMBINATIONS: usize = 1_000_000;

/// The most rows of a table.
const MOST_ROWS: usize = 100_000;

/// What a statement gave.
#[derive(Debug)]
pub(crate) enum Outcome {
    Rows(Selected),
    Changed(Changed),
}

/// How many rows a statement changed.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Changed {
    pub(crate) inserted: usize,
    pub(crate) deleted: usize,
    pub(crate) updated: usize,
}

/// The rows that a query found.
#[derive(Debug)]
pub(crate) struct Selected {
    sources: Vec<Source>,
    output: Output,
    /// The place of a row in each source, one source after the other.
    found: Vec<usize>,
    limit: usize,
}

/// Runs a statement in a transaction of its own.
pub(crate) fn run(
    statement: &Statement,
    database: &mut Database,
    session: &Session,
    positional_insert: bool,
) -> Result<Outcome, Refusal> {
    let scope = Scope { database, session, sources: Vec::new() };
    let change = match statement {
        Statement::Select(query) => return select(scope.select(query)?).map(Outcome::Rows),
        Statement::Show { variable } => return select(scope.show(variable)?).map(Outcome::Rows),
        Statement::Set { variable, value } => scope.set(variable, value)?,
        Statement::Insert { table, columns, rows } => {
            scope.insert(table, columns, rows, positional_insert)?
        }
        Statement::Update { table, assignments, filter } => {
            scope.update(table, assignments, filter.as_ref())?
        }
        Statement::Delete { table, filter } => scope.delete(table, filter.as_ref())?,
    };
    let Change { table, what } = change;
    let table = &mut database.tables[table];
    match what {
        What::Insert(rows) => insert(table, rows),
        What::Update(values, filter) => update(table, &values, filter.as_ref()),
        What::Delete(filter) => Ok(delete(table, filter.as_ref())),
    }
    .map(Outcome::Changed)
}

fn select(select: Select) -> Result<Selected, Refusal> {
    let Select { sources, joins, filter, output, limit } = select;
    let mut found: Vec<usize> = (0..sources.first().map_or(0, |source| source.rows.len())).collect();
    let mut examined = 0_usize;
    for (width, on) in joins.iter().enumerate().map(|(at, on)| (at + 1, on)) {
        let joined = &sources[width];
        let mut wider = Vec::new();
        for left in found.chunks_exact(width) {
            examined = examined.saturating_add(joined.rows.len().saturating_add(1) * width);
            if examined > MOST_COMBINATIONS {
                return Err(Refusal::new(refusal::LIMIT_EXCEEDED, "the join has too many rows"));
            }
            for right in 0..joined.rows.len() {
                let start = wider.len();
                wider.extend_from_slice(left);
                wider.push(right);
                let value = |at: At| cell(&sources, &wider[start..], at);
                if on.is_some_and(|(a, b)| value(a) != value(b)) {
                    wider.truncate(start);
                }
            }
        }
        found = wider;
    }
    let width = sources.len();
    if let Some(filter) = &filter {
        let holds = |places: &&[usize]| filter.holds(&|at| cell(&sources, places, at));
        found = found.chunks_exact(width).filter(holds).flatten().copied().collect();
    }
    let limit = limit.map_or(usize::MAX, |limit| usize::try_from(limit).unwrap_or(usize::MAX));
    Ok(Selected { sources, output, found, limit })
}

/// A value of the combination of rows at `places`.
fn cell<'a>(sources: &'a [Source], places: &[usize], at: At) -> &'a Value {
    &sources[at.source].rows[places[at.source]][at.column]
}

impl Selected {
    /// The columns and the rows as a client sees them.
    pub(crate) fn render(&self, rendering: &Rendering) -> (Vec<Column>, Vec<answer::Row>) {
        let combinations = self.found.chunks_exact(self.sources.len());
        match &self.output {
            Output::Count(name) => {
                let count = Value::integer(combinations.len() as u64);
                let rows = std::iter::once(rendering.row([(&Type::U64, &count)])).take(self.limit);
                (vec![rendering.column(name, &Type::U64)], rows.collect())
            }
            Output::Columns(columns) => {
                let row = |places: &[usize]| {
                    rendering.row(columns.iter().map(|(_, ty, at)| (ty, cell(&self.sources, places, *at))))
                };
                let rows = combinations.take(self.limit).map(row).collect();
                (columns.iter().map(|(name, ty, _)| rendering.column(name, ty)).collect(), rows)
            }
        }
    }
}

impl Typed {
    fn holds<'a>(&'a self, value: &impl Fn(At) -> &'a Value) -> bool {
        match self {
            Self::Constant(constant) => *constant == Value::Bool(true),
            Self::Column(at) => *value(*at) == Value::Bool(true),
            Self::All(links) => links.iter().all(|link| link.holds(value)),
            Self::Any(links) => links.iter().any(|link| link.holds(value)),
            Self::Compare(comparison, left, right) => {
                let order = match (left.operand(value), right.operand(value)) {
                    (Some(left), Some(right)) => left.cmp(right),
                    // At least one side is a predicate.
                    _ => left.holds(value).cmp(&right.holds(value)),
                };
                match comparison {
                    Comparison::Equal => order == Ordering::Equal,
                    Comparison::NotEqual => order != Ordering::Equal,
                    Comparison::Less => order == Ordering::Less,
                    Comparison::LessOrEqual => order != Ordering::Greater,
                    Comparison::Greater => order == Ordering::Greater,
                    Comparison::GreaterOrEqual => order != Ordering::Less,
                }
            }
        }
    }

    fn operand<'a>(&'a self, value: &impl Fn(At) -> &'a Value) -> Option<&'a Value> {
        match self {
            Self::Constant(constant) => Some(constant),
            Self::Column(at) => Some(value(*at)),
            Self::Compare(..) | Self::All(_) | Self::Any(_) => None,
        }
    }
}

fn matches(filter: Option<&Typed>, row: &Row) -> bool {
    filter.is_none_or(|filter| filter.holds(&|at| &row[at.column]))
}

/// Tables are sets: a row that is there already is not inserted, and that is no error (facts, section 3).
fn insert(table: &mut Table, rows: Vec<Row>) -> Result<Changed, Refusal> {
    let new: Vec<Row> = {
        let mut known: BTreeSet<&Row> = table.rows.iter().collect();
        rows.iter().filter(|row| known.insert(row)).cloned().collect()
    };
    let inserted = new.len();
    if inserted == 0 {
        return Ok(Changed::default());
    }
    if table.rows.len() + inserted > MOST_ROWS {
        let message = format!("table `{}` is full: it holds at most {MOST_ROWS} rows", table.schema.name);
        return Err(Refusal::new(refusal::LIMIT_EXCEEDED, message));
    }
    check_unique(&table.schema, table.rows.iter().chain(&new))?;
    Arc::make_mut(&mut table.rows).extend(new);
    Ok(Changed { inserted, ..Changed::default() })
}

/// Every row that matches counts, changed or not. Rows that become equal become one.
fn update(table: &mut Table, values: &[(usize, Value)], filter: Option<&Typed>) -> Result<Changed, Refusal> {
    let mut updated = 0;
    let rows = table.rows.iter().map(|row| {
        let mut row = row.clone();
        if matches(filter, &row) {
            updated += 1;
            for (column, value) in values {
                row[*column] = value.clone();
            }
        }
        row
    });
    let rows: Vec<Row> = rows.collect();
    let kept: Vec<Row> = {
        let mut known = BTreeSet::new();
        rows.iter().filter(|row| known.insert(*row)).cloned().collect()
    };
    check_unique(&table.schema, kept.iter())?;
    if updated > 0 {
        table.rows = Arc::new(kept);
    }
    Ok(Changed { updated, ..Changed::default() })
}

fn delete(table: &mut Table, filter: Option<&Typed>) -> Changed {
    let kept: Vec<Row> = table.rows.iter().filter(|row| !matches(filter, row)).cloned().collect();
    let deleted = table.rows.len() - kept.len();
    if deleted > 0 {
        table.rows = Arc::new(kept);
    }
    Changed { deleted, ..Changed::default() }
}

fn check_unique<'a>(schema: &Schema, rows: impl Iterator<Item = &'a Row> + Clone) -> Result<(), Refusal> {
    for columns in &schema.unique {
        let mut known = BTreeSet::new();
        for row in rows.clone() {
            let key: Vec<&Value> = columns.iter().map(|column| &row[*column]).collect();
            let shown = || {
                let rendering = Rendering::default();
                let satn =
                    |(column, value): (&usize, &&Value)| rendering.satn(&schema.columns[*column].ty, value);
                columns.iter().zip(&key).map(satn).collect::<Vec<_>>().join(", ")
            };
            if known.contains(&key) {
                let message = format!(
                    "Unique constraint violation '{}' in table '{}': column(s): '{:?}' value: {}",
                    schema.index_name(columns),
                    schema.name,
                    schema.column_names(columns),
                    shown()
                );
                return Err(Refusal::new(refusal::UNIQUE_VIOLATION, message));
            }
            known.insert(key);
        }
    }
    Ok(())
}
