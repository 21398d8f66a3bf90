//! What CrateDB writes in expressions and PostgreSQL does not: object literals, `array(T)`, `TRY_CAST`, `?`.

use super::words::Words;
use sqlparser::ast::{ArrayElemTypeDef, CastKind, DataType, DictionaryField, Expr, Ident, ObjectName};
use sqlparser::dialect::{Dialect, PostgreSqlDialect, Precedence};
use sqlparser::keywords::Keyword;
use sqlparser::parser::{Parser, ParserError};
use sqlparser::tokenizer::Token;
use std::any::TypeId;

/// CrateDB's SQL: `sqlparser` takes it for PostgreSQL's where that matters.
#[derive(Debug)]
pub(super) struct CrateDb;

impl Dialect for CrateDb {
    fn dialect(&self) -> TypeId {
        TypeId::of::<PostgreSqlDialect>()
    }

    fn identifier_quote_style(&self, _: &str) -> Option<char> {
        Some('"')
    }

    fn is_delimited_identifier_start(&self, ch: char) -> bool {
        ch == '"'
    }

    fn is_identifier_start(&self, ch: char) -> bool {
        PostgreSqlDialect {}.is_identifier_start(ch)
    }

    fn is_identifier_part(&self, ch: char) -> bool {
        PostgreSqlDialect {}.is_identifier_part(ch)
    }

    fn is_reserved_for_identifier(&self, keyword: Keyword) -> bool {
        PostgreSqlDialect {}.is_reserved_for_identifier(keyword)
    }

    fn supports_group_by_expr(&self) -> bool {
        true
    }

    fn supports_string_escape_constant(&self) -> bool {
        true
    }

    fn get_next_precedence(&self, parser: &Parser<'_>) -> Option<Result<u8, ParserError>> {
        PostgreSqlDialect {}.get_next_precedence(parser)
    }

    fn prec_value(&self, precedence: Precedence) -> u8 {
        PostgreSqlDialect {}.prec_value(precedence)
    }

    fn parse_prefix(&self, parser: &mut Parser<'_>) -> Option<Result<Expr, ParserError>> {
        if parser.peek_token_ref().token == Token::LBrace {
            return Some(object(parser));
        }
        if parser.peek_nth_token_ref(1).token == Token::LParen {
            if parser.eat(&["cast"]) {
                return Some(cast(parser, CastKind::Cast));
            }
            if parser.eat(&["try_cast"]) {
                return Some(cast(parser, CastKind::TryCast));
            }
        }
        None
    }

    fn parse_infix(
        &self,
        parser: &mut Parser<'_>,
        expr: &Expr,
        _precedence: u8,
    ) -> Option<Result<Expr, ParserError>> {
        if !parser.consume_token(&Token::DoubleColon) {
            return None;
        }
        let expr = Box::new(expr.clone());
        Some(data_type(parser).map(|data_type| Expr::Cast {
            kind: CastKind::DoubleColon,
            expr,
            data_type,
            format: None,
        }))
    }
}

/// `{key = value, "Key" = value}`
fn object(parser: &mut Parser<'_>) -> Result<Expr, ParserError> {
    parser.expect_token(&Token::LBrace)?;
    let fields = parser.parse_comma_separated0(
        |parser| {
            let key = parser.parse_identifier()?;
            parser.expect_token(&Token::Eq)?;
            Ok(DictionaryField { key, value: Box::new(parser.parse_expr()?) })
        },
        Token::RBrace,
    )?;
    parser.expect_token(&Token::RBrace)?;
    Ok(Expr::Dictionary(fields))
}

fn cast(parser: &mut Parser<'_>, kind: CastKind) -> Result<Expr, ParserError> {
    parser.parse_parenthesized(|parser| {
        let expr = Box::new(parser.parse_expr()?);
        parser.need("as")?;
        Ok(Expr::Cast { kind: kind.clone(), expr, data_type: data_type(parser)?, format: None })
    })
}

/// A type's name: one word, `array(T)`, `T[]`. Lengths are accepted and mean nothing.
pub(super) fn data_type(parser: &mut Parser<'_>) -> Result<DataType, ParserError> {
    let array = |element| DataType::Array(ArrayElemTypeDef::Parenthesis(Box::new(element)));
    let mut ty = if parser.sees(&["array"]) && parser.peek_nth_token_ref(1).token == Token::LParen {
        parser.advance_token();
        array(parser.parse_parenthesized(data_type)?)
    } else {
        let name = scalar(parser)?;
        DataType::Custom(ObjectName::from(vec![Ident::new(name)]), Vec::new())
    };
    while parser.consume_token(&Token::LBracket) {
        parser.expect_token(&Token::RBracket)?;
        ty = array(ty);
    }
    Ok(ty)
}

fn scalar(parser: &mut Parser<'_>) -> Result<String, ParserError> {
    let mut name = parser.name()?;
    match name.as_str() {
        "double" => {
            parser.eat(&["precision"]);
        }
        "timestamp" => {
            let _ = parser.eat(&["with", "time", "zone"]) || parser.eat(&["without", "time", "zone"]);
        }
        "character" => {
            name.clear();
            name.push_str(if parser.eat(&["varying"]) { "varchar" } else { "character" });
        }
        _ => {}
    }
    if parser.consume_token(&Token::LParen) {
        parser.parse_comma_separated(Parser::parse_literal_uint)?;
        parser.expect_token(&Token::RParen)?;
    }
    Ok(name)
}
