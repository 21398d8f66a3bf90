//! COPY: CrateDB's own, between tables and files.

use super::super::super::refusal::Refusal;
use super::super::statement::{CopyFrom, CopyTo, Statement};
use super::words::Words;
use super::{Failure, ddl};
use sqlparser::dialect::{Dialect, Precedence};
use sqlparser::parser::{Parser, ParserError};
use sqlparser::tokenizer::Token;

/// Why there is no COPY of PostgreSQL's.
const STREAM: &str =
    "CrateDB does not support the COPY sub-protocol: there is no COPY FROM STDIN and no COPY TO STDOUT";

/// COPY. What is none of CrateDB's, and speaks of STDIN or STDOUT, is PostgreSQL's.
pub(super) fn copy(parser: &mut Parser<'_>) -> Result<Statement, Failure> {
    parser.need("copy")?;
    let start = parser.index();
    match own(parser) {
        Err(Failure::Syntax(error)) => {
            while parser.index() > start {
                parser.prev_token();
            }
            let mut stream = false;
            while parser.peek_token_ref().token != Token::EOF {
                stream |= parser.sees(&["stdin"]) || parser.sees(&["stdout"]);
                parser.advance_token();
            }
            if stream { Err(Refusal::unsupported(STREAM).into()) } else { Err(error.into()) }
        }
        other => other,
    }
}

fn own(parser: &mut Parser<'_>) -> Result<Statement, Failure> {
    let table = parser.table()?;
    if parser.sees(&["partition"]) {
        return Err(Refusal::unsupported("COPY of a partition is not supported").into());
    }
    let statement = if parser.eat(&["from"]) {
        let uri = parser.parse_expr()?;
        let settings = if parser.eat(&["with"]) { ddl::properties(parser)? } else { Vec::new() };
        if parser.sees(&["return", "summary"]) {
            return Err(Refusal::unsupported("RETURN SUMMARY is not supported").into());
        }
        Statement::CopyFrom(Box::new(CopyFrom { table, uri, settings }))
    } else {
        let columns = match parser.peek_token_ref().token {
            Token::LParen => Some(parser.parse_parenthesized(|parser| parser.parse_comma_separated(column))?),
            _ => None,
        };
        let filter = if parser.eat(&["where"]) { Some(parser.parse_expr()?) } else { None };
        parser.need("to")?;
        let directory = parser.eat(&["directory"]);
        let uri = parser.parse_expr()?;
        let settings = if parser.eat(&["with"]) { ddl::properties(parser)? } else { Vec::new() };
        Statement::CopyTo(Box::new(CopyTo { table, columns, filter, directory, uri, settings }))
    };
    match parser.peek_token_ref().token {
        Token::EOF => Ok(statement),
        _ => Ok(parser.unexpected("the end of the statement")?),
    }
}

/// What a file is to hold: an expression without operators, but for a cast.
fn column(parser: &mut Parser<'_>) -> Result<sqlparser::ast::Expr, ParserError> {
    parser.parse_subexpr(super::CrateDb.prec_value(Precedence::DoubleColon) - 1)
}
