//! Whether a plan reads a row at hand: if not, its rows are the same whatever that row is.

use super::super::expr::{Expr, Node};
use super::super::modify::{Action, Deed};
use super::super::query::{Plan, SortKey};

/// Whether a plan reads the row that is at hand `level` rows out.
pub(super) fn reads(plan: &Plan, level: usize) -> bool {
    let inner = level + 1;
    let any = |exprs: &[Expr]| exprs.iter().any(|expr| expr_reads(expr, inner));
    let keys = |keys: &[SortKey]| keys.iter().any(|key| expr_reads(&key.by, inner));
    let maybe = |expr: &Option<Expr>| expr.as_ref().is_some_and(|expr| expr_reads(expr, inner));
    match plan {
        Plan::Unit
        | Plan::Table(_)
        | Plan::Counter(_)
        | Plan::Extended(_)
        | Plan::System { .. }
        | Plan::Current { .. }
        | Plan::Common(_) => false,
        Plan::Values(rows) => rows.iter().any(|row| any(row)),
        Plan::Function { call, .. } => expr_reads(call, level),
        Plan::Subquery(query) => reads(&query.plan, level),
        Plan::Join { left, right, on, .. } => reads(left, level) || reads(right, inner) || maybe(on),
        Plan::Filter(input, condition) => reads(input, level) || expr_reads(condition, inner),
        Plan::Project(input, exprs) | Plan::Sets(input, exprs) => reads(input, level) || any(exprs),
        Plan::Aggregate { input, keys: by, aggregates } => {
            let aggregate = aggregates.iter().any(|aggregate| {
                any(&aggregate.arguments) || maybe(&aggregate.filter) || keys(&aggregate.order)
            });
            reads(input, level) || any(by) || aggregate
        }
        Plan::Window { input, partition, order, .. } => reads(input, level) || any(partition) || any(order),
        Plan::Sort(input, by) => reads(input, level) || keys(by),
        Plan::Distinct(input, _) | Plan::Truncate(input, _) => reads(input, level),
        Plan::Set { left, right, .. } => reads(left, level) || reads(right, level),
        Plan::Limit { input, offset, limit } => reads(input, level) || maybe(offset) || maybe(limit),
        Plan::With { common, input } => {
            let steps = |step: &(std::sync::Arc<super::Query>, bool)| reads(&step.0.plan, level);
            let common = common
                .iter()
                .any(|common| reads(&common.query.plan, level) || common.step.as_ref().is_some_and(steps));
            common || reads(input, level)
        }
        Plan::Modify(modify) => {
            let sets = |sets: &[(usize, Expr)]| sets.iter().any(|(_, expr)| expr_reads(expr, inner));
            let action = match &modify.action {
                Action::Insert { source, conflict } => {
                    let update = conflict.as_ref().and_then(|conflict| conflict.update.as_ref());
                    reads(&source.plan, level)
                        || update.is_some_and(|(set, filter)| sets(set) || maybe(filter))
                }
                Action::Update { source, sets: set } => reads(source, level) || sets(set),
                Action::Delete { source } => reads(source, level),
                Action::Merge { source, branches } => {
                    let branch = branches.iter().any(|branch| {
                        let deed = match &branch.deed {
                            Deed::Insert(exprs) => any(exprs),
                            Deed::Update(set) => sets(set),
                            Deed::Delete | Deed::Nothing => false,
                        };
                        deed || maybe(&branch.condition)
                    });
                    reads(source, level) || branch
                }
            };
            action || modify.returning.as_ref().is_some_and(|exprs| any(exprs))
        }
    }
}

fn expr_reads(expr: &Expr, level: usize) -> bool {
    let own = match &expr.node {
        Node::Column { depth, .. } => *depth == level,
        Node::Scalar(query) | Node::Exists(query) | Node::ArrayOf(query) => reads(&query.plan, level),
        Node::QuantifiedQuery { query, item, .. } => reads(&query.plan, level) || expr_reads(item, level + 1),
        Node::Elements { each, .. } => expr_reads(each, level + 1),
        _ => false,
    };
    own || expr.children().into_iter().any(|child| expr_reads(child, level))
}
