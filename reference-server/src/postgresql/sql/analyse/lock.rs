//! FOR UPDATE and FOR SHARE, which lock nothing here: commands run one at a time. They are checked all the same.

use super::Analyser;
use crate::postgresql::lookup::{name, parts};
use crate::postgresql::sql::stop::Stop;
use sqlparser::ast::{self, Spanned};

impl Analyser<'_> {
    /// That what a query locks can be locked.
    pub(super) fn locks(&self, query: &ast::Query) -> Result<(), Stop> {
        for lock in &query.locks {
            let clause = format!("FOR {}", lock.lock_type);
            let refused = match &*query.body {
                ast::SetExpr::Select(select) => refusal(select),
                ast::SetExpr::SetOperation { .. } => Some("is not allowed with UNION/INTERSECT/EXCEPT"),
                ast::SetExpr::Values(_) => Some("cannot be applied to VALUES"),
                _ => None,
            };
            if let Some(why) = refused {
                return Err(Stop::error("0A000", format!("{clause} {why}")));
            }
            let (Some(of), ast::SetExpr::Select(select)) = (&lock.of, &*query.body) else { continue };
            let wanted = parts(of).1;
            let mut items = select.from.iter().flat_map(factors);
            if !items.any(|item| item_name(item).is_some_and(|own| own == wanted)) {
                let why = format!("relation \"{wanted}\" in {clause} clause not found in FROM clause");
                return Err(Stop::error("42P01", why).at(self.position(of.span())));
            }
        }
        Ok(())
    }
}

/// Why the rows of a SELECT cannot be locked.
fn refusal(select: &ast::Select) -> Option<&'static str> {
    let grouped = !matches!(&select.group_by, ast::GroupByExpr::Expressions(keys, _) if keys.is_empty());
    if select.distinct.is_some() {
        Some("is not allowed with DISTINCT clause")
    } else if grouped {
        Some("is not allowed with GROUP BY clause")
    } else if select.having.is_some() {
        Some("is not allowed with HAVING clause")
    } else {
        None
    }
}

/// The items of a join.
fn factors(item: &ast::TableWithJoins) -> Vec<&ast::TableFactor> {
    std::iter::once(&item.relation).chain(item.joins.iter().map(|join| &join.relation)).collect()
}

fn item_name(item: &ast::TableFactor) -> Option<String> {
    use ast::TableFactor as Factor;
    match item {
        Factor::Table { alias: Some(alias), .. }
        | Factor::Derived { alias: Some(alias), .. }
        | Factor::Function { alias: Some(alias), .. }
        | Factor::NestedJoin { alias: Some(alias), .. } => Some(name(&alias.name)),
        Factor::Table { name: table, .. } => Some(parts(table).1),
        _ => None,
    }
}
