//! Expressions that definitions hold as SQL: defaults and checks.

use crate::postgresql::definition::Attribute;
use crate::postgresql::sql::analyse::{Analyser, Parameters, Scope, Visible};
use crate::postgresql::sql::context::Context;
use crate::postgresql::sql::eval::eval;
use crate::postgresql::sql::expr::{Expr, Type};
use crate::postgresql::sql::parse::identifier;
use crate::postgresql::sql::query::Column;
use crate::postgresql::sql::stop::Stop;
use crate::postgresql::storage::Row;
use pgconform_wire::value::{Types as _, Value, output};
use sqlparser::ast;
use sqlparser::dialect::PostgreSqlDialect;
use sqlparser::parser::Parser;
use sqlparser::tokenizer::{Token, Tokenizer};
use std::collections::BTreeSet;

/// A table's columns in sight.
pub(super) fn columns(table: &str, columns: &[Attribute]) -> Vec<Visible> {
    let visible = |column: &Attribute| self::column(Some(table), &column.name, column.ty, column.dropped);
    columns.iter().map(visible).collect()
}

/// A column in sight; one that was dropped has its place in the row and no name.
pub(super) fn column(table: Option<&str>, name: &str, ty: Type, dropped: bool) -> Visible {
    Visible {
        table: table.map(str::to_owned),
        column: Column { name: name.to_owned(), ty, origin: None },
        qualified_only: false,
        system: dropped,
    }
}

/// Parses what a definition holds.
pub(super) fn parse(sql: &str) -> Result<ast::Expr, Stop> {
    let parsed =
        Parser::new(&PostgreSqlDialect {}).try_with_sql(sql).and_then(|mut parser| parser.parse_expr());
    parsed.map_err(|error| Stop::error("XX000", format!("a definition holds what is no expression: {error}")))
}

/// The words in an expression that may be names.
pub(super) fn names(sql: &str) -> BTreeSet<String> {
    let tokens = Tokenizer::new(&PostgreSqlDialect {}, sql).tokenize().unwrap_or_default();
    let name = |token: Token| match token {
        Token::Word(word) => Some(identifier(&word.value, word.quote_style.is_some())),
        _ => None,
    };
    tokens.into_iter().filter_map(name).collect()
}

/// Analyses with these columns in sight.
pub(super) fn analyse<T>(
    context: &Context<'_>,
    text: &str,
    columns: Vec<Visible>,
    what: impl FnOnce(&mut Analyser<'_>) -> Result<T, Stop>,
) -> Result<T, Stop> {
    let mut parameters = Parameters::default();
    let mut analyser = Analyser::new(context.lookup(), text, &mut parameters);
    analyser.scopes.push(Scope { columns, ..Scope::default() });
    what(&mut analyser)
}

/// The value of an expression for this row.
pub(super) fn value(context: &mut Context<'_>, expr: &Expr, row: &Row) -> Result<Option<Value>, Stop> {
    context.rows.push(row.clone());
    let value = eval(expr, context);
    context.rows.pop();
    value
}

/// A value in its text form; none: NULL.
pub(super) fn text(context: &mut Context<'_>, ty: Type, value: Option<&Value>) -> Option<String> {
    let now = context.session.now();
    let lookup = context.lookup();
    let known = crate::postgresql::sql::known::Known(lookup);
    let oid = if known.shape(ty.oid).is_some() { ty.oid } else { 25 };
    value.map(|value| output(&known, oid, value, &context.session.settings.style(now)))
}
