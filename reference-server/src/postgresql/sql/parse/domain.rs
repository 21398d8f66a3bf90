//! CREATE DOMAIN.

use super::tokens::Tokens;
use crate::engine::SqlError;
use sqlparser::ast;

/// A domain to be made.
#[derive(Clone, Debug)]
pub(crate) struct Domain {
    pub(crate) name: ast::ObjectName,
    pub(crate) data_type: ast::DataType,
    pub(crate) default: Option<ast::Expr>,
    pub(crate) not_null: bool,
    /// Checks, some with a name.
    pub(crate) checks: Vec<(Option<String>, ast::Expr)>,
}

/// From behind CREATE DOMAIN.
pub(super) fn parse(tokens: &mut Tokens<'_>) -> Result<Domain, SqlError> {
    let name = tokens.sqlparser(|parser| parser.parse_object_name(false))?;
    tokens.word("as");
    let data_type = tokens.sqlparser(|parser| parser.parse_data_type())?;
    let mut domain = Domain { name, data_type, default: None, not_null: false, checks: Vec::new() };
    loop {
        let name = if tokens.word("constraint") { Some(tokens.name()?) } else { None };
        if tokens.words(&["not", "null"]) {
            domain.not_null = true;
        } else if tokens.word("null") {
            domain.not_null = false;
        } else if tokens.word("default") {
            domain.default = Some(tokens.sqlparser(|parser| parser.parse_expr())?);
        } else if tokens.word("check") {
            tokens.expect_symbol("(")?;
            let check = tokens.sqlparser(|parser| parser.parse_expr())?;
            tokens.expect_symbol(")")?;
            domain.checks.push((name, check));
        } else if tokens.word("collate") {
            tokens.sqlparser(|parser| parser.parse_object_name(false))?;
        } else if name.is_some() {
            return Err(tokens.unexpected());
        } else {
            return Ok(domain);
        }
    }
}
