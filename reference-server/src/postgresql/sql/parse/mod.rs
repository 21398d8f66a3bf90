//! From a query string to statements. `sqlparser` cuts it into tokens and parses what is SQL of any product; `utility` and
//! `copy` parse what only PostgreSQL has. As in PostgreSQL, all of the string is parsed before any of it runs.

mod copy;
mod domain;
mod nesting;
mod respell;
mod sequence;
mod statement;
mod tokens;
mod utility;

use crate::engine::SqlError;
pub(crate) use copy::{Copy, CopyEnd, CopyOption, CopySource, CopyValue};
pub(crate) use domain::Domain;
pub(crate) use nesting::{check as check_nesting, depth as nesting_depth};
pub(crate) use respell::{ALL_FIELDS, CURRENT_OF, NO_COLUMNS, restored};
use sqlparser::ast;
use sqlparser::ast::helpers::stmt_create_table::CreateTableBuilder;
use sqlparser::dialect::PostgreSqlDialect;
use sqlparser::parser::{Parser, ParserError};
use sqlparser::tokenizer::Location;
pub(crate) use statement::{Cursor, Direction, SetValue, Statement, Transaction};
use std::ops::Range;
pub(crate) use tokens::{Source, Tokens, cut, identifier};

/// A statement and where it stands in the query string.
#[derive(Clone, Debug)]
pub(crate) struct Parsed {
    pub(crate) statement: Statement,
    /// In bytes of the query string, without the semicolon.
    pub(crate) range: Range<usize>,
    /// It nests so deeply that a thread's own stack may not do.
    pub(crate) deep: bool,
}

/// The statements of a query string that the server has from elsewhere than the frontend.
pub(crate) fn parse(text: &str, standard_strings: bool) -> Result<Vec<Parsed>, SqlError> {
    parse_telling(text, standard_strings, &mut Vec::new())
}

/// The statements of a query string; `standard_strings` is `standard_conforming_strings`. What is taken although it may not
/// be meant is told in `warnings`.
pub(crate) fn parse_telling(
    text: &str,
    standard_strings: bool,
    warnings: &mut Vec<SqlError>,
) -> Result<Vec<Parsed>, SqlError> {
    let source = Source::new(text, standard_strings, warnings)?;
    let mut parsed = Vec::new();
    for cut in source.statements() {
        let mut tokens = Tokens::new(&source, cut);
        let deep = nesting::check(tokens.rest())?;
        let statement = statement(&mut tokens)?;
        tokens.end()?;
        parsed.push(Parsed { statement, range: source.range(cut), deep });
    }
    Ok(parsed)
}

/// One statement, from the tokens at hand to their end.
fn statement(tokens: &mut Tokens<'_>) -> Result<Statement, SqlError> {
    let first = tokens.keyword().unwrap_or_default();
    if first == "create"
        && let Some(sequence) = sequence::parse(tokens)?
    {
        return Ok(Statement::Definition(Box::new(sequence)));
    }
    match first.as_str() {
        "select" | "values" | "table" | "with" | "insert" | "update" | "delete" | "merge" => query(tokens),
        "create" if tokens.words(&["create", "domain"]) => {
            domain::parse(tokens).map(|domain| Statement::CreateDomain(Box::new(domain)))
        }
        "alter" if tokens.words(&["alter", "system"]) => {
            tokens.skip(tokens.rest().len());
            Ok(Statement::AlterSystem)
        }
        "drop" if tokens.words(&["drop", "database"]) => {
            let if_exists = tokens.words(&["if", "exists"]);
            let name = tokens.name()?;
            tokens.skip(tokens.rest().len());
            Ok(Statement::DropDatabase { name, if_exists })
        }
        "alter" if tokens.words(&["alter", "database"]) => {
            let name = tokens.name()?;
            tokens.skip(tokens.rest().len());
            Ok(Statement::AlterDatabase(name))
        }
        "create" | "alter" | "drop" | "truncate" | "comment" | "grant" | "revoke" | "refresh" => {
            let statement = tokens.sqlparser(|parser| parser.parse_statement())?;
            Ok(Statement::Definition(Box::new(statement)))
        }
        "copy" => copy::parse(tokens).map(|copy| Statement::Copy(Box::new(copy))),
        "" if tokens.is_symbol("(") => query(tokens),
        _ => utility::parse(&first, tokens),
    }
}

/// A query or a data-modifying statement.
fn query(tokens: &mut Tokens<'_>) -> Result<Statement, SqlError> {
    let reads = matches!(tokens.keyword().as_deref(), None | Some("select" | "values" | "table" | "with"));
    let parsed = tokens.sqlparser(|parser| {
        if reads { parser.parse_query().map(ast::Statement::Query) } else { parser.parse_statement() }
    });
    match parsed? {
        ast::Statement::Query(mut query) => match &mut *query.body {
            ast::SetExpr::Select(select) if select.into.is_some() => {
                let into = select.into.take();
                into_table(into, query).ok_or_else(|| tokens.unexpected())
            }
            // WITH before INSERT and the like is syntax of the query in `sqlparser`.
            ast::SetExpr::Insert(_)
            | ast::SetExpr::Update(_)
            | ast::SetExpr::Delete(_)
            | ast::SetExpr::Merge(_) => Ok(Statement::Modify(Box::new(ast::Statement::Query(query)))),
            _ => Ok(Statement::Query(query)),
        },
        other => Ok(Statement::Modify(Box::new(other))),
    }
}

/// SELECT INTO is CREATE TABLE AS.
fn into_table(into: Option<ast::SelectInto>, query: Box<ast::Query>) -> Option<Statement> {
    let into = into?;
    let name: Vec<ast::Ident> = match into.targets.into_iter().next()? {
        ast::Expr::Identifier(name) => vec![name],
        ast::Expr::CompoundIdentifier(names) => names,
        _ => return None,
    };
    let create = CreateTableBuilder::new(name.into()).temporary(into.temporary).query(Some(query)).build();
    Some(Statement::Definition(Box::new(create.into())))
}

/// What the command tag of a data-modifying statement begins with.
pub(crate) fn modify_tag(statement: &ast::Statement) -> &'static str {
    let of_body = |query: &ast::Query| match query.body.as_ref() {
        ast::SetExpr::Insert(_) => "INSERT 0",
        ast::SetExpr::Update(_) => "UPDATE",
        ast::SetExpr::Delete(_) => "DELETE",
        _ => "MERGE",
    };
    match statement {
        ast::Statement::Query(query) => of_body(query),
        ast::Statement::Insert(_) => "INSERT 0",
        ast::Statement::Update(_) => "UPDATE",
        ast::Statement::Delete(_) => "DELETE",
        _ => "MERGE",
    }
}

impl Tokens<'_> {
    /// Has `sqlparser` parse from here to the end.
    pub(crate) fn sqlparser<T>(
        &mut self,
        parse: impl FnOnce(&mut Parser<'_>) -> Result<T, ParserError>,
    ) -> Result<T, SqlError> {
        let dialect = PostgreSqlDialect {};
        let (tokens, added) = respell::respell(self.rest());
        let mut parser = Parser::new(&dialect).with_tokens_with_locations(tokens);
        match parse(&mut parser) {
            Ok(parsed) => {
                let read = parser.index();
                self.skip(read - added.iter().filter(|place| **place < read).count());
                Ok(parsed)
            }
            Err(ParserError::RecursionLimitExceeded) => {
                Err(SqlError::error("54001", "stack depth limit exceeded"))
            }
            Err(ParserError::ParserError(why) | ParserError::TokenizerError(why)) => {
                Err(self.source().syntax_error(location(&why), self.cut()))
            }
        }
    }
}

/// Where `sqlparser` says that an error is: it has no field for that, only the end of its message.
fn location(message: &str) -> Option<Location> {
    let (_, tail) = message.rsplit_once("at Line: ")?;
    let (line, column) = tail.split_once(", Column: ")?;
    Some(Location { line: line.trim().parse().ok()?, column: column.trim().parse().ok()? })
}

#[cfg(test)]
#[path = "tests.rs"]
mod tests;
