//! INSERT, UPDATE, DELETE.

use super::super::statement::{Assignment, Conflict, Delete, Insert, InsertSource, Statement, Update};
use super::Failure;
use super::words::Words;
use sqlparser::dialect::{Dialect, Precedence};
use sqlparser::parser::{Parser, ParserError};
use sqlparser::tokenizer::Token;

pub(super) fn insert(parser: &mut Parser<'_>) -> Result<Statement, Failure> {
    parser.need("insert")?;
    parser.need("into")?;
    let table = parser.table()?;
    let query_in_brackets = |parser: &Parser<'_>| {
        let next = &parser.peek_nth_token_ref(1).token;
        let word = |word: &str| {
            matches!(next, Token::Word(found)
                if found.quote_style.is_none() && found.value.eq_ignore_ascii_case(word))
        };
        word("select") || word("values") || word("with") || *next == Token::LParen
    };
    let columns = match parser.peek_token_ref().token {
        Token::LParen if !query_in_brackets(parser) => Some(parser.names()?),
        _ => None,
    };
    let source = if parser.eat(&["values"]) {
        InsertSource::Values(parser.parse_comma_separated(|parser| {
            parser.parse_parenthesized(|parser| parser.parse_comma_separated(Parser::parse_expr))
        })?)
    } else {
        InsertSource::Query(parser.parse_query()?)
    };
    let conflict = conflict(parser)?;
    Ok(Statement::Insert(Box::new(Insert { table, columns, source, conflict })))
}

fn conflict(parser: &mut Parser<'_>) -> Result<Conflict, ParserError> {
    if parser.eat(&["on", "duplicate", "key", "update"]) {
        return Ok(Conflict::Update { columns: None, assignments: assignments(parser)? });
    }
    if !parser.eat(&["on", "conflict"]) {
        return Ok(Conflict::Fails);
    }
    let columns = match parser.peek_token_ref().token {
        Token::LParen => Some(parser.names()?),
        _ => None,
    };
    parser.need("do")?;
    if parser.eat(&["nothing"]) {
        return Ok(Conflict::Nothing(columns));
    }
    if columns.is_none() {
        return parser.unexpected("NOTHING");
    }
    parser.need("update")?;
    parser.need("set")?;
    Ok(Conflict::Update { columns, assignments: assignments(parser)? })
}

fn assignments(parser: &mut Parser<'_>) -> Result<Vec<Assignment>, ParserError> {
    parser.parse_comma_separated(|parser| {
        // A target ends before its equals sign.
        let target = parser.parse_subexpr(super::CrateDb.prec_value(Precedence::Eq))?;
        parser.expect_token(&Token::Eq)?;
        Ok(Assignment { target, value: parser.parse_expr()? })
    })
}

/// A name for the table in the rest of the statement.
fn alias(parser: &mut Parser<'_>) -> Result<Option<String>, ParserError> {
    let named = parser.eat(&["as"])
        || (matches!(parser.peek_token_ref().token, Token::Word(_))
            && !parser.sees(&["set"])
            && !parser.sees(&["where"]));
    if named { parser.name().map(Some) } else { Ok(None) }
}

pub(super) fn update(parser: &mut Parser<'_>) -> Result<Statement, Failure> {
    parser.need("update")?;
    let table = parser.table()?;
    let alias = alias(parser)?;
    parser.need("set")?;
    let assignments = assignments(parser)?;
    let filter = if parser.eat(&["where"]) { Some(parser.parse_expr()?) } else { None };
    Ok(Statement::Update(Box::new(Update { table, alias, assignments, filter })))
}

pub(super) fn delete(parser: &mut Parser<'_>) -> Result<Statement, Failure> {
    parser.need("delete")?;
    parser.need("from")?;
    let table = parser.table()?;
    let alias = alias(parser)?;
    let filter = if parser.eat(&["where"]) { Some(parser.parse_expr()?) } else { None };
    Ok(Statement::Delete(Box::new(Delete { table, alias, filter })))
}
