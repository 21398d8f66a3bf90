//! CREATE TABLE, DROP TABLE, ALTER TABLE.

use super::super::super::refusal::Refusal;
use super::super::super::types::Type;
use super::super::analyse::resolve_type;
use super::super::statement::{ColumnDefinition, CreateTable, Setting, Statement};
use super::Failure;
use super::dialect::data_type;
use super::words::Words;
use sqlparser::parser::{Parser, ParserError};
use sqlparser::tokenizer::Token;

/// The most shards that a table has, as in CrateDB.
const SHARDS: u64 = 1024;

pub(super) fn create(parser: &mut Parser<'_>) -> Result<Statement, Failure> {
    parser.need("create")?;
    if !parser.eat(&["table"]) {
        return Err(refused("CREATE", parser));
    }
    let if_not_exists = parser.eat(&["if", "not", "exists"]);
    let name = parser.table()?;
    let mut table = CreateTable {
        name,
        if_not_exists,
        columns: Vec::new(),
        primary_key: Vec::new(),
        shards: None,
        named: Vec::new(),
    };
    parser.expect_token(&Token::LParen)?;
    loop {
        element(parser, &mut table)?;
        if !parser.consume_token(&Token::Comma) {
            break;
        }
    }
    parser.expect_token(&Token::RParen)?;
    options(parser, &mut table)?;
    Ok(Statement::CreateTable(Box::new(table)))
}

/// What CrateDB or this server cannot create, drop or alter.
fn refused(verb: &str, parser: &Parser<'_>) -> Failure {
    let what = parser.peek_token_ref().token.to_string().to_uppercase();
    Refusal::unsupported(format!("{verb} {what} is not supported")).into()
}

/// What stands in the brackets of CREATE TABLE.
fn element(parser: &mut Parser<'_>, table: &mut CreateTable) -> Result<(), Failure> {
    if parser.eat(&["constraint"]) {
        parser.name()?;
        parser.need("primary")?;
        parser.need("key")?;
        table.primary_key = parser.names()?;
    } else if parser.eat(&["primary", "key"]) {
        table.primary_key = parser.names()?;
    } else if parser.eat(&["index"]) {
        parser.name()?;
        parser.need("using")?;
        parser.name()?;
        table.named.extend(parser.names()?);
        if parser.eat(&["with"]) {
            properties(parser)?;
        }
    } else {
        table.columns.push(column(parser)?);
    }
    Ok(())
}

/// A column: its name, its type, its constraints.
fn column(parser: &mut Parser<'_>) -> Result<ColumnDefinition, Failure> {
    let name = parser.name()?;
    let (ty, fields, strict) = column_type(parser)?;
    let mut column = ColumnDefinition { name, ty, fields, strict, primary_key: false, not_null: false };
    loop {
        if parser.eat(&["primary", "key"]) {
            column.primary_key = true;
        } else if parser.eat(&["not", "null"]) {
            column.not_null = true;
        } else if parser.eat(&["index", "off"]) {
        } else if parser.eat(&["index", "using"]) {
            parser.name()?;
            if parser.eat(&["with"]) {
                properties(parser)?;
            }
        } else if parser.eat(&["storage", "with"]) {
            properties(parser)?;
        } else if parser.sees(&["default"]) || parser.sees(&["generated"]) || parser.sees(&["as"]) {
            return Err(Refusal::unsupported("Default values and generated columns are not supported").into());
        } else {
            return Ok(column);
        }
    }
}

/// The type of a column, the fields it has if it is an object, and whether it has no others.
fn column_type(parser: &mut Parser<'_>) -> Result<(Type, Vec<ColumnDefinition>, bool), Failure> {
    if parser.sees(&["array"]) && parser.peek_nth_token_ref(1).token == Token::LParen {
        parser.advance_token();
        parser.advance_token();
        let (element, fields, strict) = column_type(parser)?;
        parser.expect_token(&Token::RParen)?;
        return Ok((Type::Array(Box::new(element)), fields, strict));
    }
    if !parser.eat(&["object"]) {
        let at = parser.peek_token_ref().span.start;
        let written = data_type(parser)?;
        let ty = resolve_type(&written)?;
        if ty == Type::Undefined {
            return Err(ParserError::ParserError(format!("no column is of type undefined{at}")).into());
        }
        return Ok((ty, Vec::new(), false));
    }
    let mut strict = false;
    if parser.consume_token(&Token::LParen) {
        strict = parser.eat(&["strict"]);
        if !strict && !parser.eat(&["dynamic"]) && !parser.eat(&["ignored"]) {
            return Ok(parser.unexpected("STRICT, DYNAMIC or IGNORED")?);
        }
        parser.expect_token(&Token::RParen)?;
    }
    let mut fields = Vec::new();
    if parser.eat(&["as"]) {
        parser.expect_token(&Token::LParen)?;
        loop {
            fields.push(column(parser)?);
            if !parser.consume_token(&Token::Comma) {
                break;
            }
        }
        parser.expect_token(&Token::RParen)?;
    }
    Ok((Type::Object, fields, strict))
}

/// CLUSTERED, PARTITIONED, WITH.
fn options(parser: &mut Parser<'_>, table: &mut CreateTable) -> Result<(), Failure> {
    loop {
        if parser.eat(&["clustered"]) {
            if parser.eat(&["by"]) {
                table.named.extend(parser.names()?);
            }
            if parser.eat(&["into"]) {
                let shards = parser.parse_literal_uint()?;
                if shards > SHARDS {
                    let message = format!(
                        "Failed to parse value [{shards}] for setting [index.number_of_shards] must be <= {SHARDS}"
                    );
                    return Err(Refusal::new(super::Exception::IllegalArgument, message).into());
                }
                table.shards =
                    Some(i32::try_from(shards).ok().filter(|shards| *shards > 0).ok_or_else(|| {
                        Refusal::new(
                            super::Exception::IllegalArgument,
                            "num_shards in CLUSTERED clause must be greater than 0",
                        )
                    })?);
                parser.need("shards")?;
            }
        } else if parser.eat(&["partitioned", "by"]) {
            table.named.extend(parser.names()?);
        } else if parser.eat(&["with"]) {
            properties(parser)?;
        } else {
            return Ok(());
        }
    }
}

/// `(name = value, ..)`
pub(super) fn properties(parser: &mut Parser<'_>) -> Result<Vec<Setting>, ParserError> {
    parser.parse_parenthesized(|parser| {
        parser.parse_comma_separated(|parser| {
            let mut name = match parser.peek_token_ref().token {
                Token::SingleQuotedString(_) => parser.string()?,
                _ => parser.name()?,
            };
            while parser.consume_token(&Token::Period) {
                name = format!("{name}.{}", parser.name()?);
            }
            parser.expect_token(&Token::Eq)?;
            Ok(Setting { name, value: parser.parse_expr()? })
        })
    })
}

pub(super) fn drop(parser: &mut Parser<'_>) -> Result<Statement, Failure> {
    parser.need("drop")?;
    if !parser.eat(&["table"]) {
        return Err(refused("DROP", parser));
    }
    let if_exists = parser.eat(&["if", "exists"]);
    Ok(Statement::DropTable { name: parser.table()?, if_exists })
}

pub(super) fn alter(parser: &mut Parser<'_>) -> Result<Statement, Failure> {
    parser.need("alter")?;
    if !parser.eat(&["table"]) {
        return Err(refused("ALTER", parser));
    }
    let name = parser.table()?;
    if !parser.eat(&["add"]) {
        return Err(refused("ALTER TABLE", parser));
    }
    parser.eat(&["column"]);
    Ok(Statement::AddColumn(name, Box::new(column(parser)?)))
}
