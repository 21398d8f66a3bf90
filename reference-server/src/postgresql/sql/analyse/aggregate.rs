//! Aggregates: where they are allowed, and what an expression over groups reads.

use super::Analyser;
use super::walk::{walk, walk_aggregate};
use crate::postgresql::sql::expr::{Expr, Node, Type};
use crate::postgresql::sql::query::{Aggregate, SortKey};
use crate::postgresql::sql::stop::Stop;
use sqlparser::ast::OrderByExpr;
use std::sync::Arc;

impl Analyser<'_> {
    /// An aggregate was met: the query that it belongs to gets it.
    pub(super) fn aggregate(
        &mut self,
        aggregate: Aggregate,
        ty: Type,
        at: Option<usize>,
    ) -> Result<Expr, Stop> {
        let mut aggregate = aggregate;
        let level = level(&mut aggregate)?;
        let level = level.unwrap_or_default();
        if level > 0 {
            walk_aggregate(&mut aggregate, 0, &mut |expr, depth| {
                if let Node::Column { depth: own, .. } = &mut expr.node
                    && *own >= depth
                {
                    *own -= level;
                }
                Ok(true)
            })?;
        }
        let place = self.scopes.len().checked_sub(level + 1);
        let scope = place.and_then(|place| self.scopes.get_mut(place));
        let clause = scope.as_ref().map_or("", |scope| &scope.clause).to_owned();
        let Some(aggregates) = scope.and_then(|scope| scope.aggregates.as_mut()) else {
            let message = match clause.as_str() {
                "" => "aggregate functions are not allowed here".to_owned(),
                clause => format!("aggregate functions are not allowed in {clause}"),
            };
            return Err(Stop::error("42803", message).at(at));
        };
        aggregates.push(aggregate);
        let index = aggregates.len() - 1;
        Ok(Expr { ty, at, node: Node::Aggregate { depth: level, index } })
    }

    /// ORDER BY within a call.
    pub(super) fn sort_keys(&mut self, order: &[OrderByExpr]) -> Result<Vec<SortKey>, Stop> {
        let key = |order: &OrderByExpr| {
            let by = self.expr(&order.expr)?;
            let by = self.as_known(by)?;
            Ok(super::order::Direction::of(&order.options).key(by))
        };
        order.iter().map(key).collect()
    }

    /// An expression over rows as one over groups: it reads the keys and, behind them, the aggregates.
    pub(crate) fn grouped(&mut self, expr: Expr, keys: &[Expr]) -> Result<Expr, Stop> {
        let mut expr = expr;
        walk(&mut expr, 0, &mut |expr, depth| {
            if let Node::Aggregate { depth: own, index } = expr.node
                && own == depth
            {
                expr.node = Node::Column { depth, index: keys.len() + index };
                return Ok(false);
            }
            if let Some(index) = keys.iter().position(|key| alike(expr, key, depth)) {
                expr.node = Node::Column { depth, index };
                return Ok(false);
            }
            match expr.node {
                Node::Column { depth: own, index } if own == depth => {
                    Err(self.ungrouped(index, depth > 0).at(expr.at))
                }
                _ => Ok(true),
            }
        })?;
        Ok(expr)
    }

    fn ungrouped(&self, index: usize, within: bool) -> Stop {
        let visible = self.scopes.last().and_then(|scope| scope.columns.get(index));
        let table = visible
            .and_then(|visible| visible.table.as_ref())
            .map_or(String::new(), |table| format!("{table}."));
        let name = visible.map_or("", |visible| &visible.column.name);
        Stop::error(
            "42803",
            if within {
                format!("subquery uses ungrouped column \"{table}{name}\" from outer query")
            } else {
                format!(
                    "column \"{table}{name}\" must appear in the GROUP BY clause or be used in an aggregate function"
                )
            },
        )
    }
}

/// How many queries further out the one is that an aggregate belongs to: the innermost whose columns it reads.
fn level(aggregate: &mut Aggregate) -> Result<Option<usize>, Stop> {
    let mut level: Option<usize> = None;
    walk_aggregate(aggregate, 0, &mut |expr, depth| {
        match expr.node {
            Node::Column { depth: own, .. } if own >= depth => {
                level = Some(level.map_or(own - depth, |level| level.min(own - depth)));
            }
            Node::Aggregate { depth: own, .. } if own == depth => {
                return Err(Stop::error("42803", "aggregate function calls cannot be nested").at(expr.at));
            }
            _ => {}
        }
        Ok(true)
    })?;
    Ok(level)
}

/// Whether an expression that is `depth` rows further in is the same as `other`, wherever they stand.
fn alike(expr: &Expr, other: &Expr, depth: usize) -> bool {
    if expr.ty != other.ty {
        return false;
    }
    let same = match (&expr.node, &other.node) {
        (Node::Column { depth: own, index }, Node::Column { depth: wanted, index: place }) => {
            return *own == wanted + depth && index == place;
        }
        (Node::Constant(one), Node::Constant(two)) => one == two,
        (Node::Parameter(one), Node::Parameter(two)) => one == two,
        (Node::Call(one, _), Node::Call(two, _)) => one.oid == two.oid,
        (Node::UserCall(one, _), Node::UserCall(two, _)) => one == two,
        (Node::Is(one, _), Node::Is(two, _)) => one == two,
        (Node::IsDistinct(one, ..), Node::IsDistinct(two, ..)) => one.oid == two.oid,
        (Node::Case(one, _), Node::Case(two, _)) => one.len() == two.len(),
        (Node::Extreme { greatest: one, .. }, Node::Extreme { greatest: two, .. }) => one == two,
        (Node::Array { nested: one, .. }, Node::Array { nested: two, .. }) => one == two,
        (Node::Field(_, one), Node::Field(_, two)) => one == two,
        (Node::Quantified { any: one, operator, .. }, Node::Quantified { any: two, operator: other, .. }) => {
            one == two && operator.oid == other.oid
        }
        (Node::Coerce { explicit: one, .. }, Node::Coerce { explicit: two, .. }) => one == two,
        (Node::Scalar(one), Node::Scalar(two))
        | (Node::Exists(one), Node::Exists(two))
        | (Node::ArrayOf(one), Node::ArrayOf(two)) => Arc::ptr_eq(one, two),
        (Node::Elements { .. } | Node::QuantifiedQuery { .. } | Node::Aggregate { .. }, _) => false,
        (one, two) => std::mem::discriminant(one) == std::mem::discriminant(two),
    };
    let (mine, theirs) = (expr.children(), other.children());
    same && mine.len() == theirs.len()
        && mine.into_iter().zip(theirs).all(|(one, two)| alike(one, two, depth))
}
