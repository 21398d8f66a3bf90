//! Window functions: `row_number() OVER (PARTITION BY ... ORDER BY ...)` and its like. Analysis leaves them where they stand;
//! when a SELECT is finished, they become columns of sorted rows.

use super::Analyser;
use super::from::column;
use super::order::comparable;
use crate::postgresql::sql::expr::{Expr, Node, Window};
use crate::postgresql::sql::function::Rank;
use crate::postgresql::sql::query::{Plan, SortKey};
use crate::postgresql::sql::stop::Stop;
use sqlparser::ast::{self, Spanned as _};

impl Analyser<'_> {
    /// The call of a window function over this window.
    pub(super) fn window(
        &mut self,
        rank: Rank,
        over: &ast::WindowType,
        at: Option<usize>,
    ) -> Result<Node, Stop> {
        let ast::WindowType::WindowSpec(spec) = over else {
            return Err(self.unsupported("a named window", at));
        };
        if spec.window_name.is_some() || spec.window_frame.is_some() {
            return Err(self.unsupported("the frame of a window", at));
        }
        if let Some(scope) = self.scopes.last()
            && !scope.clause.is_empty()
        {
            let message = format!("window functions are not allowed in {}", scope.clause);
            return Err(Stop::error("42P20", message).at(at));
        }
        let mut partition = Vec::new();
        for key in &spec.partition_by {
            let expr = self.expr(key)?;
            let expr = self.as_known(expr)?;
            comparable(self, expr.ty, self.position(key.span()))?;
            partition.push(expr);
        }
        let order = self.sort_keys(&spec.order_by)?;
        let mut parts = partition.iter().chain(order.iter().map(|key| &key.by));
        if let Some(inner) = parts.find_map(first_window) {
            let message = "window functions are not allowed in window definitions";
            return Err(Stop::error("42P20", message).at(inner));
        }
        Ok(Node::Window(Box::new(Window { rank, partition, order })))
    }
}

/// Where the first window function in an expression stands, if there is one.
pub(super) fn first_window(expr: &Expr) -> Option<Option<usize>> {
    match expr.node {
        Node::Window(_) => Some(expr.at),
        _ => expr.children().into_iter().find_map(first_window),
    }
}

/// Makes columns of the window functions in `exprs`, behind the `width` that the plan has; gives the new width.
pub(super) fn number(mut plan: Plan, mut width: usize, exprs: &mut [Expr]) -> (Plan, usize) {
    let mut windows = Vec::new();
    exprs.iter_mut().for_each(|expr| take(expr, width, &mut windows));
    for Window { rank, partition, order } in windows {
        let ascending = |by: &Expr| SortKey { by: by.clone(), descending: false, nulls_first: false };
        let keys: Vec<SortKey> = partition.iter().map(ascending).chain(order.iter().cloned()).collect();
        if !keys.is_empty() {
            plan = Plan::Sort(Box::new(plan), keys);
        }
        let order = order.into_iter().map(|key| key.by).collect();
        plan = Plan::Window { input: Box::new(plan), rank, partition, order };
        width += 1;
    }
    (plan, width)
}

fn take(expr: &mut Expr, width: usize, windows: &mut Vec<Window>) {
    if !matches!(expr.node, Node::Window(_)) {
        expr.children_mut().into_iter().for_each(|child| take(child, width, windows));
        return;
    }
    let read = Expr { at: expr.at, ..column(expr.ty, width + windows.len()) };
    if let Node::Window(window) = std::mem::replace(expr, read).node {
        windows.push(*window);
    }
}
