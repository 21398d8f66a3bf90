//! Where rows come from: tables, system tables, functions.

use super::super::context::Context;
use super::super::eval::eval;
use super::super::expr::{Expr, Node, Type};
use super::super::function::Body;
use super::super::query::Plan;
use super::super::stop::Stop;
use crate::postgresql::catalog::cell;
use crate::postgresql::database::Counter;
use crate::postgresql::storage::{Oid, Row, Versions, Xid};
use pgconform_wire::value::Value;

/// The rows of a table, as they were when its scan began.
pub(super) struct Scan {
    table: Oid,
    rows: std::vec::IntoIter<(usize, Row)>,
    last: Option<usize>,
}

impl Scan {
    pub(super) fn open(plan: &Plan, context: &mut Context<'_>) -> Result<Self, Stop> {
        let (table, rows) = match plan {
            Plan::Table(table) => (*table, seen(*table, false, context)),
            Plan::Extended(table) => (*table, seen(*table, true, context)),
            Plan::Current { table, cursor } => {
                let mut rows = seen(*table, true, context);
                let at = current(*table, cursor, context)?;
                rows.retain(|(place, _)| *place == at);
                (*table, rows)
            }
            Plan::Counter(sequence) => {
                let counter = context.database.counters.get(sequence);
                let row = |counter: &Counter| {
                    [Value::Int8(counter.last), Value::Int8(counter.logged), Value::Bool(counter.called)]
                };
                let rows = counter.into_iter().map(|counter| (0, row(counter).map(Some).into()));
                (*sequence, rows.collect())
            }
            Plan::System { table, extended } => {
                let rows = table.rows(context).into_iter().enumerate();
                let extend = |(place, row)| {
                    if *extended { (place, with_system(table.oid, place, &row, 1)) } else { (place, row) }
                };
                (table.oid, rows.map(extend).collect())
            }
            _ => (0, Vec::new()),
        };
        context.session.meter.spend(rows.len() / 4)?;
        Ok(Self { table, rows: rows.into_iter(), last: None })
    }

    pub(super) fn next(&mut self) -> Option<Row> {
        let (place, row) = self.rows.next()?;
        self.last = Some(place);
        Some(row)
    }

    pub(super) fn place(&self) -> Option<(Oid, usize)> {
        self.last.map(|place| (self.table, place))
    }
}

fn seen(table: Oid, extended: bool, context: &Context<'_>) -> Vec<(usize, Row)> {
    let Some(versions) = context.database.heaps.read(table) else { return Vec::new() };
    let rows = versions.seen(&context.snapshot, &context.database.transactions);
    if extended {
        let width =
            context.database.relation(table, &context.snapshot).map_or(0, |relation| relation.columns.len());
        return rows.map(|(place, row)| (place, extend(table, place, row, width, versions))).collect();
    }
    rows.map(|(place, row)| (place, row.clone())).collect()
}

/// A row of a table with its system columns. A row that is older than a column has NULL there.
pub(super) fn extend(table: Oid, place: usize, row: &Row, width: usize, versions: &Versions<Row>) -> Row {
    let mut wide: Vec<Option<Value>> = row.to_vec();
    wide.resize(width, None);
    with_system(table, place, &wide.into(), versions.maker(place).unwrap_or(0))
}

fn with_system(table: Oid, place: usize, row: &Row, maker: Xid) -> Row {
    let system = [
        cell::oid(table),
        cell::tid(place),
        cell::xid(maker),
        cell::cid(0),
        cell::xid(0),
        cell::cid(0),
        cell::int8(i64::try_from(place).unwrap_or(i64::MAX)),
    ];
    row.iter().cloned().chain(system).collect()
}

fn current(table: Oid, cursor: &str, context: &Context<'_>) -> Result<usize, Stop> {
    let found = context.session.cursors.iter().find(|known| known.name == cursor);
    let Some(found) = found else {
        return Err(Stop::error("34000", format!("cursor \"{cursor}\" does not exist")));
    };
    match found.at {
        Some((at, place)) if at == table => Ok(place),
        Some(_) => {
            let relation = context.database.relation(table, &context.snapshot);
            let name = relation.map_or_else(String::new, |relation| relation.name.clone());
            let message = format!("cursor \"{cursor}\" is not a simply updatable scan of table \"{name}\"");
            Err(Stop::error("24000", message))
        }
        None => Err(Stop::error("24000", format!("cursor \"{cursor}\" is not positioned on a row"))),
    }
}

/// The values of a function in FROM.
#[derive(Default)]
pub(super) struct Function {
    values: Option<std::vec::IntoIter<Option<Value>>>,
    given: i64,
}

impl Function {
    pub(super) fn next(
        &mut self,
        call: &Expr,
        ordinality: bool,
        fields: Option<&[Type]>,
        context: &mut Context<'_>,
    ) -> Result<Option<Row>, Stop> {
        if self.values.is_none() {
            self.values = Some(set_values(call, context)?.into_iter());
        }
        let Some(value) = self.values.as_mut().and_then(Iterator::next) else { return Ok(None) };
        let mut row = match fields {
            None => vec![value],
            Some(fields) => cell::fields(value, fields.len()),
        };
        self.given += 1;
        if ordinality {
            row.push(cell::int8(self.given));
        }
        Ok(Some(row.into()))
    }
}

/// The values of a set-returning call; of any other the one that it has.
pub(super) fn set_values(call: &Expr, context: &mut Context<'_>) -> Result<Vec<Option<Value>>, Stop> {
    match &call.node {
        Node::Call(function, arguments) => {
            if let Body::Set(body) = function.body {
                let arguments = super::values(arguments, context)?;
                return body(context, &arguments);
            }
        }
        Node::Relabel(inner) => return set_values(inner, context),
        _ => {}
    }
    Ok(vec![eval(call, context)?])
}
