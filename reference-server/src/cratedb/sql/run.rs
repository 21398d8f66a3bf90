//! From a query to its rows.

use super::super::node::{Column, Table};
use super::super::refusal::{Exception, Refusal};
use super::super::value::{Row, Value};
use super::Scope;
use super::aggregate::Accumulator;
use super::eval::{Run, row_weight, too_large};
use super::expr::{Body, Expr, Grouping, Join, Query, Select, Sort, Source, TableRef};
use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};

/// The most rows that a statement may give.
const ROWS: usize = 1_000_000;

impl Run<'_> {
    /// The rows of a query, of the types of its columns.
    pub(super) fn rows(&self, query: &Query) -> Result<Vec<Row>, Refusal> {
        let offset = self.count(query.offset.as_ref(), "OFFSET")?.unwrap_or(0);
        let limit = self.count(query.limit.as_ref(), "LIMIT")?.unwrap_or(usize::MAX);
        let wanted = if query.order.is_empty() { limit.saturating_add(offset) } else { usize::MAX };
        let mut rows = match &query.body {
            Body::Select(select) => self.select(select, wanted)?,
            Body::Values(lists) => {
                let list = |list: &Vec<Expr>| list.iter().map(|expr| self.value(expr, &[])).collect();
                lists.iter().map(list).collect::<Result<_, _>>()?
            }
            Body::Union(parts) => self.union(parts, &query.columns)?,
        };
        if !query.order.is_empty() {
            self.spend(sorting(&rows))?;
            sort(&mut rows, &query.order);
        }
        let rows = rows.into_iter().skip(offset).take(limit);
        Ok(rows
            .map(|mut row| {
                row.truncate(query.columns.len());
                row
            })
            .collect())
    }

    /// The number of LIMIT, OFFSET; NULL is none.
    fn count(&self, expr: Option<&Expr>, what: &str) -> Result<Option<usize>, Refusal> {
        let Some(expr) = expr else { return Ok(None) };
        match self.value(expr, &[])? {
            None => Ok(None),
            Some(Value::Long(number)) if number >= 0 => {
                Ok(Some(usize::try_from(number).unwrap_or(usize::MAX)))
            }
            Some(_) => {
                let message = format!("Invalid {what}: value must not be negative");
                Err(Refusal::new(Exception::IllegalArgument, message))
            }
        }
    }

    fn union(&self, parts: &[Query], columns: &[Column]) -> Result<Vec<Row>, Refusal> {
        let mut all = Vec::new();
        for part in parts {
            for row in self.rows(part)? {
                let cells = row.into_iter().zip(columns).zip(&part.columns);
                let cast = |((value, column), own): ((Option<Value>, &Column), &Column)| match value {
                    Some(value) if own.ty != column.ty => value.cast(&column.ty).map(Some),
                    other => Ok(other),
                };
                all.push(cells.map(cast).collect::<Result<Row, _>>()?);
                self.spend(columns.len())?;
            }
        }
        Ok(all)
    }

    /// The rows of a SELECT, of which no more than the first are wanted.
    fn select(&self, select: &Select, wanted: usize) -> Result<Vec<Row>, Refusal> {
        let mut rows = self.source(&select.source)?;
        if let Some(filter) = &select.filter {
            rows = self.filtered(rows, filter)?;
        }
        if let Some(grouping) = &select.grouping {
            rows = self.grouped(&rows, grouping)?;
        }
        if let Some(having) = &select.having {
            rows = self.filtered(rows, having)?;
        }
        let mut seen = BTreeSet::new();
        let mut out = Vec::new();
        for row in &rows {
            if out.len() >= wanted {
                break;
            }
            let given: Row =
                select.outputs.iter().map(|output| self.value(output, row)).collect::<Result<_, _>>()?;
            if select.distinct {
                let key = key(&given);
                self.keep_bytes(key.len())?;
                if !seen.insert(key) {
                    continue;
                }
            }
            self.keep(&given)?;
            if out.len() >= ROWS {
                return Err(too_large("the statement has too many rows"));
            }
            out.push(given);
        }
        Ok(out)
    }

    fn filtered(&self, rows: Vec<Row>, filter: &Expr) -> Result<Vec<Row>, Refusal> {
        let mut kept = Vec::new();
        for row in rows {
            if self.holds(filter, &row)? {
                kept.push(row);
            }
        }
        Ok(kept)
    }

    /// All rows of a source.
    pub(super) fn source(&self, source: &Source) -> Result<Vec<Row>, Refusal> {
        match source {
            Source::Nothing => Ok(vec![Vec::new()]),
            Source::Table(table) => {
                let (found, width) = (known(self.scope, table)?, table.columns.len());
                let mut rows = Vec::with_capacity(found.rows.len());
                for row in &found.rows {
                    self.keep(row)?;
                    rows.push(row[..width].to_vec());
                }
                Ok(rows)
            }
            Source::System(table) => {
                let rows = (table.rows)(self.scope);
                rows.iter().try_for_each(|row| self.keep(row))?;
                Ok(rows)
            }
            Source::Query(query) => self.rows(query),
            Source::Unnest(arrays) => self.unnest(arrays),
            Source::Series(start, stop, step) => self.series(start, stop, step.as_ref()),
            Source::Join(join) => self.join(join),
        }
    }

    fn unnest(&self, arrays: &[Expr]) -> Result<Vec<Row>, Refusal> {
        let mut columns = Vec::new();
        for array in arrays {
            columns.push(match self.value(array, &[])? {
                Some(Value::Array(elements)) => elements,
                _ => Vec::new(),
            });
        }
        let height = columns.iter().map(Vec::len).max().unwrap_or(0);
        let mut rows = Vec::new();
        for at in 0..height {
            let row: Row = columns.iter().map(|column| column.get(at).cloned().flatten()).collect();
            self.keep(&row)?;
            rows.push(row);
        }
        Ok(rows)
    }

    fn series(&self, start: &Expr, stop: &Expr, step: Option<&Expr>) -> Result<Vec<Row>, Refusal> {
        let step = match step {
            Some(step) => self.value(step, &[])?,
            None => Some(Value::Long(1)),
        };
        let bounds = (self.value(start, &[])?, self.value(stop, &[])?, step);
        let (Some(Value::Long(mut at)), Some(Value::Long(stop)), Some(Value::Long(step))) = bounds else {
            return Ok(Vec::new());
        };
        if step == 0 {
            return Err(Refusal::new(Exception::IllegalArgument, "step cannot be 0"));
        }
        let mut rows = Vec::new();
        while (step > 0 && at <= stop) || (step < 0 && at >= stop) {
            let row = vec![Some(Value::Long(at))];
            self.keep(&row)?;
            rows.push(row);
            match at.checked_add(step) {
                Some(next) => at = next,
                None => break,
            }
        }
        Ok(rows)
    }

    fn join(&self, join: &Join) -> Result<Vec<Row>, Refusal> {
        let (left, right) = (self.source(&join.left)?, self.source(&join.right)?);
        let mut rows = Vec::new();
        let mut met = vec![false; right.len()];
        let costs: Vec<usize> = right.iter().map(|right| row_weight(right) / 64).collect();
        for left in &left {
            let mut alone = true;
            let cost = row_weight(left) / 64;
            for ((right, more), met) in right.iter().zip(&costs).zip(&mut met) {
                self.spend(1 + cost + more)?;
                let row: Row = left.iter().chain(right).cloned().collect();
                let joined = match &join.on {
                    Some(on) => self.holds(on, &row)?,
                    None => true,
                };
                if joined {
                    (alone, *met) = (false, true);
                    self.keep(&row)?;
                    rows.push(row);
                }
            }
            if alone && join.keeps.0 {
                let nothing = std::iter::repeat_n(None, join.widths.1);
                let row = left.iter().cloned().chain(nothing).collect();
                self.keep(&row)?;
                rows.push(row);
            }
        }
        if join.keeps.1 {
            for (right, _) in right.iter().zip(met).filter(|(_, met)| !met) {
                let nothing = std::iter::repeat_n(None, join.widths.0);
                let row = nothing.chain(right.iter().cloned()).collect();
                self.keep(&row)?;
                rows.push(row);
            }
        }
        Ok(rows)
    }

    fn grouped(&self, rows: &[Row], grouping: &Grouping) -> Result<Vec<Row>, Refusal> {
        let mut places = BTreeMap::new();
        let mut groups: Vec<(Row, Vec<Accumulator>)> = Vec::new();
        let fresh = || grouping.calls.iter().map(Accumulator::new).collect::<Vec<_>>();
        if grouping.keys.is_empty() {
            places.insert(String::new(), 0);
            groups.push((Row::new(), fresh()));
        }
        for row in rows {
            let keys: Row = grouping.keys.iter().map(|key| self.value(key, row)).collect::<Result<_, _>>()?;
            let text = if keys.is_empty() { String::new() } else { key(&keys) };
            self.spend(1 + text.len() / 64 + grouping.calls.len())?;
            let length = text.len();
            let place = *places.entry(text).or_insert(groups.len());
            if place == groups.len() {
                self.keep(&keys)?;
                self.keep_bytes(length + grouping.calls.len() * size_of::<Accumulator>())?;
                groups.push((keys, fresh()));
            }
            for (accumulator, call) in groups[place].1.iter_mut().zip(&grouping.calls) {
                let value = match &call.argument {
                    Some(argument) => self.value(argument, row)?,
                    None => Some(Value::Boolean(true)),
                };
                if let Some(value) = value {
                    accumulator.add(value, self)?;
                }
            }
        }
        let finished = groups.into_iter().map(|(keys, calls)| {
            let mut row = keys;
            for (accumulator, call) in calls.into_iter().zip(&grouping.calls) {
                row.push(accumulator.result(&call.ty)?);
            }
            Ok(row)
        });
        finished.collect()
    }
}

/// A table that has been looked up before, if it is still what it was.
pub(super) fn known<'a>(scope: &'a Scope<'_>, table: &TableRef) -> Result<&'a Table, Refusal> {
    let name = (table.schema.clone(), table.name.clone());
    let found = scope.node.tables.get(&name).ok_or_else(|| {
        Refusal::new(Exception::RelationUnknown, format!("Relation '{}.{}' unknown", name.0, name.1))
    })?;
    if found.columns.starts_with(&table.columns) {
        return Ok(found);
    }
    let message = format!("The columns of '{}.{}' have changed", table.schema, table.name);
    Err(Refusal::new(Exception::RelationUnknown, message))
}

/// What two rows that are the same have in common.
pub(super) fn key(row: &[Option<Value>]) -> String {
    format!("{row:?}")
}

/// How many steps sorting rows takes at most.
fn sorting(rows: &[Row]) -> usize {
    let depth = rows.len().checked_ilog2().unwrap_or(0) as usize;
    rows.iter().map(|row| 1 + row_weight(row) / 256).sum::<usize>().saturating_mul(depth) / 4
}

/// Sorts rows.
fn sort(rows: &mut [Row], order: &[Sort]) {
    fn value<'a>(row: &'a Row, sort: &Sort) -> Option<&'a Value> {
        row.get(sort.column).and_then(Option::as_ref)
    }
    rows.sort_by(|left, right| {
        let by = |sort: &Sort| match (value(left, sort), value(right, sort)) {
            (None, None) => Ordering::Equal,
            (None, Some(_)) if sort.nulls_first => Ordering::Less,
            (None, Some(_)) => Ordering::Greater,
            (Some(_), None) if sort.nulls_first => Ordering::Greater,
            (Some(_), None) => Ordering::Less,
            (Some(left), Some(right)) => {
                let order = left.compare(right).unwrap_or(Ordering::Equal);
                if sort.descending { order.reverse() } else { order }
            }
        };
        order.iter().map(by).find(|order| *order != Ordering::Equal).unwrap_or(Ordering::Equal)
    });
}
