//! The names of columns that nobody named.

use super::call::plain_name;
use super::types::grammar_name;
use crate::postgresql::lookup::name;
use sqlparser::ast::{self, AccessExpr, DataType, FunctionArguments, ObjectName, SetExpr, TrimWhereField};

/// The name of a result column that has no alias.
pub(crate) fn column_name(expr: &ast::Expr) -> String {
    named(expr).map_or_else(|| "?column?".to_owned(), |(name, _)| name)
}

/// The name that an expression suggests, and whether that of a cast or a CASE around it does not count against it.
fn named(expr: &ast::Expr) -> Option<(String, bool)> {
    let strong = |name: &str| Some((name.to_owned(), true));
    match expr {
        ast::Expr::Nested(inner) => named(inner),
        ast::Expr::Identifier(ident) => Some((name(ident), true)),
        ast::Expr::CompoundIdentifier(parts) => parts.last().map(|ident| (name(ident), true)),
        ast::Expr::CompoundFieldAccess { root, access_chain } => {
            let field = access_chain.iter().rev().find_map(|access| match access {
                AccessExpr::Dot(ast::Expr::Identifier(ident)) => Some(name(ident)),
                _ => None,
            });
            field.map(|field| (field, true)).or_else(|| named(root))
        }
        ast::Expr::Cast { expr, data_type, .. } => weak(named(expr), || type_name(data_type)),
        ast::Expr::TypedString(typed) => Some((type_name(&typed.data_type), false)),
        ast::Expr::Interval(_) => Some(("interval".to_owned(), false)),
        ast::Expr::Collate { expr, .. } => named(expr),
        ast::Expr::Function(call) if is_array(call) => strong("array"),
        ast::Expr::Function(call) => Some((last(&call.name), true)),
        ast::Expr::Exists { .. } => strong("exists"),
        ast::Expr::Subquery(query) => match &*query.body {
            SetExpr::Select(select) => match select.projection.first()? {
                ast::SelectItem::UnnamedExpr(inner) => named(inner),
                ast::SelectItem::ExprWithAlias { alias, .. } => Some((name(alias), true)),
                _ => None,
            },
            _ => None,
        },
        ast::Expr::Case { else_result, .. } => {
            weak(else_result.as_deref().and_then(named), || "case".to_owned())
        }
        ast::Expr::Array(_) => strong("array"),
        ast::Expr::Tuple(_) => strong("row"),
        ast::Expr::Extract { .. } => strong("extract"),
        ast::Expr::Ceil { .. } => strong("ceil"),
        ast::Expr::Floor { .. } => strong("floor"),
        ast::Expr::Position { .. } => strong("position"),
        ast::Expr::Substring { .. } => strong("substring"),
        ast::Expr::Overlay { .. } => strong("overlay"),
        ast::Expr::AtTimeZone { .. } => strong("timezone"),
        ast::Expr::Trim { trim_where, .. } => strong(match trim_where {
            Some(TrimWhereField::Leading) => "ltrim",
            Some(TrimWhereField::Trailing) => "rtrim",
            Some(TrimWhereField::Both) | None => "btrim",
        }),
        _ => None,
    }
}

/// A name from within, unless that is only a weak one itself.
fn weak(inner: Option<(String, bool)>, own: impl FnOnce() -> String) -> Option<(String, bool)> {
    inner.filter(|(_, strong)| *strong).or_else(|| Some((own(), false)))
}

fn is_array(call: &ast::Function) -> bool {
    matches!(call.args, FunctionArguments::Subquery(_)) && plain_name(&call.name).as_deref() == Some("array")
}

fn last(object: &ObjectName) -> String {
    crate::postgresql::lookup::parts(object).1
}

fn type_name(data_type: &DataType) -> String {
    match data_type {
        DataType::Array(
            ast::ArrayElemTypeDef::SquareBracket(element, _) | ast::ArrayElemTypeDef::Qualified(element, _),
        ) => type_name(element),
        DataType::Custom(object, _) => last(object),
        other => grammar_name(other).map_or_else(|| other.to_string().to_lowercase(), str::to_owned),
    }
}
