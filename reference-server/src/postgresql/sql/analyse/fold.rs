//! Planning: what does not depend on rows is computed before there are any, as PostgreSQL does, and so are the errors of
//! that.

use super::walk::{subquery, walk_plan};
use crate::postgresql::sql::context::Context;
use crate::postgresql::sql::eval::eval;
use crate::postgresql::sql::expr::{Expr, Node};
use crate::postgresql::sql::function::{Body, Function, Volatility};
use crate::postgresql::sql::known::Known;
use crate::postgresql::sql::query::Query;
use crate::postgresql::sql::stop::Stop;
use pgconform_wire::value::{Value, types};
use std::sync::Arc;

/// Replaces what is constant in a query by its value. Parameters count as constants: `context` has their values.
pub(crate) fn fold_query(query: &mut Query, context: &mut Context<'_>) -> Result<(), Stop> {
    walk_plan(&mut query.plan, 0, &mut |expr, _| fold(expr, context).map(|()| false))
}

/// The same for an expression.
pub(crate) fn fold(expr: &mut Expr, context: &mut Context<'_>) -> Result<(), Stop> {
    match &mut expr.node {
        Node::And(exprs) => fold_logic(exprs, false, context)?,
        Node::Or(exprs) => fold_logic(exprs, true, context)?,
        Node::Coalesce(exprs) => {
            let mut kept = Vec::new();
            for mut expr in std::mem::take(exprs) {
                fold(&mut expr, context)?;
                let last = matches!(expr.node, Node::Constant(Some(_)));
                if !matches!(expr.node, Node::Constant(None)) {
                    kept.push(expr);
                }
                if last {
                    break;
                }
            }
            *exprs = kept;
        }
        Node::Case(branches, otherwise) => {
            let mut kept = Vec::new();
            let mut decided = false;
            for (mut test, mut result) in std::mem::take(branches) {
                fold(&mut test, context)?;
                match test.node {
                    Node::Constant(Some(Value::Bool(true))) => {
                        fold(&mut result, context)?;
                        *otherwise = Some(Box::new(result));
                        decided = true;
                        break;
                    }
                    Node::Constant(_) => {}
                    _ => {
                        fold(&mut result, context)?;
                        kept.push((test, result));
                    }
                }
            }
            if let (Some(otherwise), false) = (otherwise.as_mut(), decided) {
                fold(otherwise, context)?;
            }
            *branches = kept;
        }
        _ => {
            for child in expr.children_mut() {
                fold(child, context)?;
            }
            if let Some(query) = subquery(expr) {
                fold_query(Arc::make_mut(query), context)?;
            }
        }
    }
    if is_foldable(expr, context) {
        let value = eval(expr, context)?;
        expr.node = Node::Constant(value);
    }
    Ok(())
}

/// AND (which `false` decides) and OR (which `true` decides): what follows a constant that decides is not looked at.
fn fold_logic(exprs: &mut Vec<Expr>, decides: bool, context: &mut Context<'_>) -> Result<(), Stop> {
    let mut kept = Vec::new();
    for mut expr in std::mem::take(exprs) {
        fold(&mut expr, context)?;
        match expr.node {
            Node::Constant(Some(Value::Bool(value))) if value == decides => {
                *exprs = vec![expr];
                return Ok(());
            }
            Node::Constant(Some(_)) => {}
            _ => kept.push(expr),
        }
    }
    *exprs = kept;
    Ok(())
}

/// Whether the value of an expression is known, now that what it consists of is folded.
fn is_foldable(expr: &Expr, context: &Context<'_>) -> bool {
    let ty = expr.ty.oid;
    let own = match &expr.node {
        Node::Constant(_)
        | Node::Column { .. }
        | Node::Aggregate { .. }
        | Node::Window(_)
        | Node::UserCall(..)
        | Node::Elements { .. }
        | Node::Scalar(_)
        | Node::Exists(_)
        | Node::ArrayOf(_)
        | Node::QuantifiedQuery { .. } => false,
        Node::Parameter(index) => *index < context.parameters.len(),
        Node::Call(function, arguments) => is_immutable(function) || is_null_call(function, arguments),
        Node::IsDistinct(function, ..) => is_immutable(function),
        Node::Quantified { operator, .. } => is_immutable(operator),
        Node::Convert(inner) => [ty, inner.ty.oid].into_iter().all(is_stable_text),
        Node::Coerce { .. } => Known(context.lookup()).base(ty) == ty,
        Node::And(_)
        | Node::Or(_)
        | Node::Not(_)
        | Node::IsNull(_)
        | Node::Is(..)
        | Node::Case(..)
        | Node::Coalesce(_)
        | Node::Extreme { .. }
        | Node::Array { .. }
        | Node::Row(_)
        | Node::Field(..)
        | Node::Subscript(..)
        | Node::Relabel(_) => true,
    };
    let null_call =
        matches!(&expr.node, Node::Call(function, arguments) if is_null_call(function, arguments));
    own && (null_call || expr.children().iter().all(|child| matches!(child.node, Node::Constant(_))))
}

fn is_immutable(function: &Function) -> bool {
    let plain = matches!(function.body, Body::Strict(_) | Body::Lax(_));
    plain && function.volatility == Volatility::Immutable
}

/// Whether a function has an argument that is NULL, and so is not called at all.
fn is_null_call(function: &Function, arguments: &[Expr]) -> bool {
    matches!(function.body, Body::Strict(_))
        && function.volatility != Volatility::Volatile
        && arguments.iter().any(|argument| matches!(argument.node, Node::Constant(None)))
}

/// Whether the text form of a type does not depend on settings, time and what else there is.
fn is_stable_text(oid: u32) -> bool {
    types::by_oid(oid).is_some_and(|row| {
        !matches!(row.category, 'D' | 'T' | 'A' | 'R' | 'P')
            && !row.name.starts_with("reg")
            && !matches!(row.name, "money" | "json" | "xml" | "timetz")
    })
}
