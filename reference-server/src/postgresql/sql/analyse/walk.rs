//! Walks through expressions and the queries in them.

use crate::postgresql::sql::expr::{Expr, Node};
use crate::postgresql::sql::modify::{Action, Deed, Modify};
use crate::postgresql::sql::query::{Aggregate, Plan, Query, SortKey};
use crate::postgresql::sql::stop::Stop;
use std::sync::Arc;

/// What a walk does with an expression, given how many rows further in it is than where the walk began. It says whether to
/// walk on inside.
pub(super) type Visit<'v> = dyn FnMut(&mut Expr, usize) -> Result<bool, Stop> + 'v;

/// Visits an expression, and then what is inside it.
pub(super) fn walk(expr: &mut Expr, depth: usize, visit: &mut Visit<'_>) -> Result<(), Stop> {
    if visit(expr, depth)? {
        for child in expr.children_mut() {
            walk(child, depth, visit)?;
        }
        if let Some(query) = subquery(expr) {
            walk_plan(&mut Arc::make_mut(query).plan, depth + 1, visit)?;
        }
    }
    Ok(())
}

/// The query that an expression runs.
pub(super) fn subquery(expr: &mut Expr) -> Option<&mut Arc<Query>> {
    match &mut expr.node {
        Node::Scalar(query)
        | Node::Exists(query)
        | Node::ArrayOf(query)
        | Node::QuantifiedQuery { query, .. } => Some(query),
        _ => None,
    }
}

fn walk_all<'e>(
    exprs: impl IntoIterator<Item = &'e mut Expr>,
    depth: usize,
    visit: &mut Visit<'_>,
) -> Result<(), Stop> {
    exprs.into_iter().try_for_each(|expr| walk(expr, depth, visit))
}

fn walk_keys(keys: &mut [SortKey], depth: usize, visit: &mut Visit<'_>) -> Result<(), Stop> {
    walk_all(keys.iter_mut().map(|key| &mut key.by), depth, visit)
}

/// Visits the expressions of an aggregate.
pub(super) fn walk_aggregate(
    aggregate: &mut Aggregate,
    depth: usize,
    visit: &mut Visit<'_>,
) -> Result<(), Stop> {
    walk_all(aggregate.arguments.iter_mut().chain(&mut aggregate.filter), depth, visit)?;
    walk_keys(&mut aggregate.order, depth, visit)
}

/// Visits the expressions of a plan. `depth` is what they have, where they have a row of the plan itself at hand.
pub(super) fn walk_plan(plan: &mut Plan, depth: usize, visit: &mut Visit<'_>) -> Result<(), Stop> {
    match plan {
        Plan::Unit
        | Plan::Table(_)
        | Plan::Counter(_)
        | Plan::Extended(_)
        | Plan::System { .. }
        | Plan::Current { .. }
        | Plan::Common(_) => Ok(()),
        Plan::Values(rows) => walk_all(rows.iter_mut().flatten(), depth, visit),
        Plan::Function { call, .. } => walk(call, depth.saturating_sub(1), visit),
        Plan::Subquery(query) => walk_query(query, depth, visit),
        Plan::Join { left, right, on, .. } => {
            walk_plan(left, depth, visit)?;
            walk_plan(right, depth + 1, visit)?;
            walk_all(on, depth, visit)
        }
        Plan::Filter(input, condition) => {
            walk_plan(input, depth, visit)?;
            walk(condition, depth, visit)
        }
        Plan::Aggregate { input, keys, aggregates } => {
            walk_plan(input, depth, visit)?;
            walk_all(keys, depth, visit)?;
            aggregates.iter_mut().try_for_each(|aggregate| walk_aggregate(aggregate, depth, visit))
        }
        Plan::Project(input, exprs) | Plan::Sets(input, exprs) => {
            walk_plan(input, depth, visit)?;
            walk_all(exprs, depth, visit)
        }
        Plan::Window { input, partition, order, .. } => {
            walk_plan(input, depth, visit)?;
            walk_all(partition.iter_mut().chain(order), depth, visit)
        }
        Plan::Sort(input, keys) => {
            walk_plan(input, depth, visit)?;
            walk_keys(keys, depth, visit)
        }
        Plan::Distinct(input, _) | Plan::Truncate(input, _) => walk_plan(input, depth, visit),
        Plan::Set { left, right, .. } => {
            walk_plan(left, depth, visit)?;
            walk_plan(right, depth, visit)
        }
        Plan::Limit { input, offset, limit } => {
            walk_plan(input, depth, visit)?;
            walk_all(offset.iter_mut().chain(limit), depth, visit)
        }
        Plan::Modify(modify) => walk_modify(Arc::make_mut(modify), depth, visit),
        Plan::With { common, input } => {
            for one in common {
                walk_query(&mut one.query, depth, visit)?;
                if let Some((step, _)) = &mut one.step {
                    walk_query(step, depth, visit)?;
                }
            }
            walk_plan(input, depth, visit)
        }
    }
}

fn walk_query(query: &mut Arc<Query>, depth: usize, visit: &mut Visit<'_>) -> Result<(), Stop> {
    walk_plan(&mut Arc::make_mut(query).plan, depth, visit)
}

/// Visits the expressions of a data-modifying statement.
fn walk_modify(modify: &mut Modify, depth: usize, visit: &mut Visit<'_>) -> Result<(), Stop> {
    let set = |sets: &mut Vec<(usize, Expr)>, visit: &mut Visit<'_>| {
        walk_all(sets.iter_mut().map(|(_, expr)| expr), depth, visit)
    };
    match &mut modify.action {
        Action::Insert { source, conflict } => {
            walk_query(source, depth, visit)?;
            if let Some((sets, condition)) = conflict.as_mut().and_then(|conflict| conflict.update.as_mut()) {
                set(sets, visit)?;
                walk_all(condition, depth, visit)?;
            }
        }
        Action::Update { source, sets } => {
            walk_plan(source, depth, visit)?;
            set(sets, visit)?;
        }
        Action::Delete { source } => walk_plan(source, depth, visit)?,
        Action::Merge { source, branches } => {
            walk_plan(source, depth, visit)?;
            for branch in branches {
                walk_all(&mut branch.condition, depth, visit)?;
                match &mut branch.deed {
                    Deed::Insert(exprs) => walk_all(exprs, depth, visit)?,
                    Deed::Update(sets) => set(sets, visit)?,
                    Deed::Delete | Deed::Nothing => {}
                }
            }
        }
    }
    walk_all(modify.returning.iter_mut().flatten(), depth, visit)
}
