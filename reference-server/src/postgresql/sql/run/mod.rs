//! The rows of a query, one at a time: what a portal reads. Each kind of [`Plan`] has its [`State`]: how far it has come.
//!
//! Whatever a state has taken from its input and not finished with stays in it, so that after a [`Stop`] that only waits the
//! same row is gone on with.

mod common;
mod group;
mod join;
mod modify;
mod reads;
mod scan;
mod set;
mod window;

use super::context::Context;
use super::eval::eval;
use super::expr::Expr;
use super::query::{Plan, Query};
use super::stop::Stop;
use crate::postgresql::storage::{Oid, Row, Snapshot};
pub(crate) use common::Shared;
use common::With;
use group::{Aggregate, Distinct, Sort};
use join::Join;
use modify::Modifying;
use pgconform_wire::value::Value;
use scan::{Function, Scan};
use set::SetRows;
use std::sync::Arc;
use window::Window;

/// A query being run. It holds no lock between two rows; a [`Stop`] that only waits leaves it at the row that it was at.
pub(crate) struct Rows {
    query: Arc<Query>,
    state: State,
    snapshot: Snapshot,
}

impl Rows {
    /// Begins to run a query, on the snapshot that `context` has now.
    pub(crate) fn open(query: Arc<Query>, context: &mut Context<'_>) -> Result<Self, Stop> {
        let state = State::open(&query.plan, context)?;
        Ok(Self { query, state, snapshot: context.snapshot.clone() })
    }

    /// The next row.
    pub(crate) fn next(&mut self, context: &mut Context<'_>) -> Result<Option<Row>, Stop> {
        std::mem::swap(&mut self.snapshot, &mut context.snapshot);
        let row = self.state.next(&self.query.plan, context);
        std::mem::swap(&mut self.snapshot, &mut context.snapshot);
        row
    }

    /// How many rows a data-modifying statement has inserted, updated or deleted.
    pub(crate) fn affected(&self) -> Option<u64> {
        self.state.affected()
    }

    /// The table and the place of the row that was read last: what WHERE CURRENT OF means. None where that is not simple.
    pub(crate) fn place(&self) -> Option<(Oid, usize)> {
        self.state.place(&self.query.plan)
    }
}

/// How far a plan has come: used only with the plan that it was made for.
enum State {
    Unit {
        done: bool,
    },
    Values {
        next: usize,
    },
    Scan(Scan),
    Function(Function),
    Subquery(Box<State>),
    Join(Box<Join>),
    /// Filter and Project: the row that they are at.
    Each {
        input: Box<State>,
        row: Option<Row>,
    },
    Sets(Box<Sets>),
    Aggregate(Box<Aggregate>),
    Window(Box<Window>),
    Sort(Box<Sort>),
    Distinct(Box<Distinct>),
    Set(Box<SetRows>),
    Limit {
        input: Box<State>,
        bounds: Option<Bounds>,
    },
    Truncate(Box<State>),
    Modify(Box<Modifying>),
    With(Box<With>),
    Common {
        next: usize,
    },
}

/// What is left to skip and to give.
struct Bounds {
    skip: u64,
    left: Option<u64>,
}

/// The values of sets for one input row.
struct Sets {
    input: State,
    row: Option<Row>,
    values: Vec<Vec<Option<Value>>>,
    next: usize,
}

impl State {
    fn open(plan: &Plan, context: &mut Context<'_>) -> Result<Self, Stop> {
        let open = |input: &Plan, context: &mut Context<'_>| Self::open(input, context).map(Box::new);
        Ok(match plan {
            Plan::Unit => Self::Unit { done: false },
            Plan::Values(_) => Self::Values { next: 0 },
            Plan::Table(_)
            | Plan::Counter(_)
            | Plan::Extended(_)
            | Plan::System { .. }
            | Plan::Current { .. } => Self::Scan(Scan::open(plan, context)?),
            Plan::Function { .. } => Self::Function(Function::default()),
            Plan::Subquery(query) => Self::Subquery(open(&query.plan, context)?),
            Plan::Join { left, right, on, widths, .. } => {
                Self::Join(Box::new(Join::open((left, right), on.as_ref(), *widths, context)?))
            }
            Plan::Filter(input, _) | Plan::Project(input, _) => {
                Self::Each { input: open(input, context)?, row: None }
            }
            Plan::Sets(input, _) => {
                let input = Self::open(input, context)?;
                Self::Sets(Box::new(Sets { input, row: None, values: Vec::new(), next: 0 }))
            }
            Plan::Aggregate { input, .. } => {
                Self::Aggregate(Box::new(Aggregate::new(Self::open(input, context)?)))
            }
            Plan::Window { input, .. } => Self::Window(Box::new(Window::new(Self::open(input, context)?))),
            Plan::Sort(input, _) => Self::Sort(Box::new(Sort::new(Self::open(input, context)?))),
            Plan::Distinct(input, _) => Self::Distinct(Box::new(Distinct::new(Self::open(input, context)?))),
            Plan::Set { left, right, .. } => {
                let (left, right) = (Self::open(left, context)?, Self::open(right, context)?);
                Self::Set(Box::new(SetRows::new(left, right)))
            }
            Plan::Limit { input, .. } => Self::Limit { input: open(input, context)?, bounds: None },
            Plan::Truncate(input, _) => Self::Truncate(open(input, context)?),
            Plan::Modify(modify) => Self::Modify(Box::new(Modifying::open(modify, context)?)),
            Plan::With { common, input } => Self::With(Box::new(With::open(common, input, context)?)),
            Plan::Common(_) => Self::Common { next: 0 },
        })
    }

    fn next(&mut self, plan: &Plan, context: &mut Context<'_>) -> Result<Option<Row>, Stop> {
        context.session.meter.turn()?;
        match (self, plan) {
            (Self::Unit { done }, Plan::Unit) => Ok((!std::mem::replace(done, true)).then(|| Row::from([]))),
            (Self::Values { next }, Plan::Values(rows)) => {
                let Some(exprs) = rows.get(*next) else { return Ok(None) };
                let row = over(context, &Row::from([]), |context| values(exprs, context))?;
                *next += 1;
                Ok(Some(row.into()))
            }
            (Self::Scan(scan), _) => Ok(scan.next()),
            (Self::Function(function), Plan::Function { call, ordinality, fields }) => {
                function.next(call, *ordinality, fields.as_deref(), context)
            }
            (Self::Subquery(state), Plan::Subquery(query)) => state.next(&query.plan, context),
            (Self::Join(join), Plan::Join { left, right, kind, on, widths }) => {
                join.next((left, right), *kind, on.as_ref(), *widths, context)
            }
            (Self::Each { input, row }, Plan::Filter(inner, condition)) => {
                while let Some(current) = pending(row, input, inner, context)? {
                    let kept = over(context, &current, |context| is_true(condition, context))?;
                    *row = None;
                    if kept {
                        return Ok(Some(current));
                    }
                }
                Ok(None)
            }
            (Self::Each { input, row }, Plan::Project(inner, exprs)) => {
                let Some(current) = pending(row, input, inner, context)? else { return Ok(None) };
                let projected = over(context, &current, |context| values(exprs, context))?;
                *row = None;
                Ok(Some(projected.into()))
            }
            (Self::Sets(sets), Plan::Sets(inner, calls)) => sets.next(inner, calls, context),
            (Self::Aggregate(state), Plan::Aggregate { input, keys, aggregates }) => {
                state.next(input, keys, aggregates, context)
            }
            (Self::Window(state), Plan::Window { input, rank, partition, order }) => {
                state.next(input, *rank, (partition, order), context)
            }
            (Self::Sort(state), Plan::Sort(input, keys)) => state.next(input, keys, context),
            (Self::Distinct(state), Plan::Distinct(input, by)) => state.next(input, by, context),
            (Self::Set(state), Plan::Set { left, right, kind, all }) => {
                state.next((left, right), *kind, *all, context)
            }
            (Self::Limit { input, bounds }, Plan::Limit { input: inner, offset, limit }) => {
                if bounds.is_none() {
                    *bounds = Some(Bounds::of(offset.as_ref(), limit.as_ref(), context)?);
                }
                let Some(bounds) = bounds else { return Ok(None) };
                while bounds.left != Some(0) {
                    let Some(row) = input.next(inner, context)? else { return Ok(None) };
                    if bounds.skip == 0 {
                        bounds.left = bounds.left.map(|left| left - 1);
                        return Ok(Some(row));
                    }
                    bounds.skip -= 1;
                }
                Ok(None)
            }
            (Self::Truncate(input), Plan::Truncate(inner, width)) => {
                Ok(input.next(inner, context)?.map(|row| Row::from(&row[..*width])))
            }
            (Self::Modify(state), Plan::Modify(modify)) => state.next(modify, context),
            (Self::With(state), Plan::With { input, .. }) => state.next(input, context),
            (Self::Common { next }, Plan::Common(id)) => {
                let row = common::row(*id, *next, context)?;
                *next += usize::from(row.is_some());
                Ok(row)
            }
            _ => unreachable!("a state is used with the plan that it was made for"),
        }
    }

    fn affected(&self) -> Option<u64> {
        match self {
            Self::Modify(state) => Some(state.affected()),
            Self::With(state) => state.affected(),
            _ => None,
        }
    }

    fn place(&self, plan: &Plan) -> Option<(Oid, usize)> {
        match (self, plan) {
            (Self::Scan(scan), _) => scan.place(),
            (Self::Each { input, .. }, Plan::Filter(inner, _) | Plan::Project(inner, _))
            | (Self::Truncate(input), Plan::Truncate(inner, _)) => input.place(inner),
            (Self::Limit { input, .. }, Plan::Limit { input: inner, .. }) => input.place(inner),
            _ => None,
        }
    }
}

impl Bounds {
    fn of(offset: Option<&Expr>, limit: Option<&Expr>, context: &mut Context<'_>) -> Result<Self, Stop> {
        let skip = Self::count(offset, context)?
            .map_err(|()| Stop::error("2201X", "OFFSET must not be negative"))?
            .unwrap_or(0);
        let left =
            Self::count(limit, context)?.map_err(|()| Stop::error("2201W", "LIMIT must not be negative"))?;
        Ok(Self { skip, left })
    }

    fn count(expr: Option<&Expr>, context: &mut Context<'_>) -> Result<Result<Option<u64>, ()>, Stop> {
        let Some(expr) = expr else { return Ok(Ok(None)) };
        let value = over(context, &Row::from([]), |context| eval(expr, context))?;
        Ok(match value {
            Some(Value::Int8(count)) => u64::try_from(count).map(Some).map_err(|_| ()),
            _ => Ok(None),
        })
    }
}

impl Sets {
    fn next(&mut self, plan: &Plan, calls: &[Expr], context: &mut Context<'_>) -> Result<Option<Row>, Stop> {
        loop {
            if let Some(row) = &self.row {
                let count = self.values.iter().map(Vec::len).max().unwrap_or(0);
                if self.values.len() == calls.len() && self.next < count {
                    let cells = self.values.iter().map(|values| values.get(self.next).cloned().flatten());
                    let wide: Row = row.iter().cloned().chain(cells).collect();
                    self.next += 1;
                    return Ok(Some(wide));
                }
            }
            if self.row.is_none() || self.values.len() == calls.len() {
                self.values.clear();
                self.next = 0;
                self.row = None;
                self.row = self.input.next(plan, context)?;
            }
            let Some(row) = self.row.clone() else { return Ok(None) };
            while let Some(call) = calls.get(self.values.len()) {
                let values = over(context, &row, |context| scan::set_values(call, context))?;
                self.values.push(values);
            }
        }
    }
}

/// Does something with this row at hand.
fn over<T>(context: &mut Context<'_>, row: &Row, act: impl FnOnce(&mut Context<'_>) -> T) -> T {
    context.rows.push(row.clone());
    let done = act(context);
    context.rows.pop();
    done
}

/// The row that is not finished with, or the next one.
fn pending(
    row: &mut Option<Row>,
    input: &mut State,
    plan: &Plan,
    context: &mut Context<'_>,
) -> Result<Option<Row>, Stop> {
    if row.is_none() {
        *row = input.next(plan, context)?;
    }
    Ok(row.clone())
}

fn values(exprs: &[Expr], context: &mut Context<'_>) -> Result<Vec<Option<Value>>, Stop> {
    exprs.iter().map(|expr| eval(expr, context)).collect()
}

fn is_true(condition: &Expr, context: &mut Context<'_>) -> Result<bool, Stop> {
    Ok(eval(condition, context)? == Some(Value::Bool(true)))
}

#[cfg(test)]
#[path = "tests.rs"]
mod tests;
