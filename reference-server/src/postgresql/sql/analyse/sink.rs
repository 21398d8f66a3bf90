//! WHERE conditions sink to the joins, and below them, whose rows they choose among: as PostgreSQL's planner lets them, for
//! otherwise a query over several tables would look at every combination of their rows.

use crate::postgresql::sql::expr::{Expr, Node};
use crate::postgresql::sql::function::Volatility;
use crate::postgresql::sql::query::{JoinKind, Plan};

/// A plan's rows for which the condition is true.
pub(super) fn filter(mut plan: Plan, condition: Expr) -> Plan {
    let (ty, at) = (condition.ty, condition.at);
    let mut kept: Vec<Expr> = Vec::new();
    for conjunct in conjuncts(condition) {
        // What must not be run more or less often than it is written stays, and with it all that stands behind it.
        if kept.is_empty() && is_free(&conjunct) {
            kept.extend(sink(&mut plan, conjunct));
        } else {
            kept.push(conjunct);
        }
    }
    match (kept.len(), kept.pop()) {
        (1, Some(only)) => Plan::Filter(Box::new(plan), only),
        (_, Some(last)) => {
            kept.push(last);
            Plan::Filter(Box::new(plan), Expr { ty, at, node: Node::And(kept) })
        }
        (_, None) => plan,
    }
}

/// What must all be true for a condition to be.
fn conjuncts(condition: Expr) -> Vec<Expr> {
    match condition.node {
        Node::And(parts) => parts.into_iter().flat_map(conjuncts).collect(),
        _ => vec![condition],
    }
}

/// Lets a condition sink into a join; gives it back if it cannot.
fn sink(plan: &mut Plan, condition: Expr) -> Option<Expr> {
    let Plan::Join { left, kind, on, widths, .. } = plan else { return Some(condition) };
    let of_left = highest(&condition).is_none_or(|index| index < widths.0);
    if of_left && matches!(kind, JoinKind::Inner | JoinKind::Left) {
        if let Some(condition) = sink(left, condition) {
            let input = std::mem::replace(&mut **left, Plan::Unit);
            **left = Plan::Filter(Box::new(input), condition);
        }
        return None;
    }
    if *kind != JoinKind::Inner {
        return Some(condition);
    }
    let (ty, at) = (condition.ty, condition.at);
    *on = Some(match on.take() {
        None => condition,
        Some(Expr { node: Node::And(mut conjuncts), ty, at }) => {
            conjuncts.push(condition);
            Expr { ty, at, node: Node::And(conjuncts) }
        }
        Some(other) => Expr { ty, at, node: Node::And(vec![other, condition]) },
    });
    None
}

/// The highest column of the row at hand that is read.
fn highest(expr: &Expr) -> Option<usize> {
    let own = match expr.node {
        Node::Column { depth: 0, index } => Some(index),
        _ => None,
    };
    expr.children().into_iter().map(highest).fold(own, Option::max)
}

/// Whether it does not matter how often this is evaluated.
fn is_free(expr: &Expr) -> bool {
    let own = match &expr.node {
        Node::Call(function, _) => function.volatility != Volatility::Volatile && !function.returns_set(),
        Node::Quantified { operator, .. } | Node::IsDistinct(operator, ..) => {
            operator.volatility != Volatility::Volatile
        }
        Node::UserCall(..)
        | Node::Scalar(_)
        | Node::Exists(_)
        | Node::ArrayOf(_)
        | Node::QuantifiedQuery { .. }
        | Node::Aggregate { .. }
        | Node::Window(_) => false,
        _ => true,
    };
    own && expr.children().into_iter().all(is_free)
}
