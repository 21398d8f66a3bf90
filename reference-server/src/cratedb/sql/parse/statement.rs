//! Statements: which it is, and those that need no more than a few words.

use super::super::super::refusal::Refusal;
use super::super::statement::Statement;
use super::words::Words;
use super::{Failure, Grammar, copy, ddl, modify, show};
use sqlparser::parser::{Parser, ParserError};
use sqlparser::tokenizer::{Location, Token};

/// What stands between two places of the query string.
pub(super) type Text<'a> = &'a dyn Fn(Location, Location) -> String;

/// One statement, from the tokens at hand.
pub(super) fn statement(
    parser: &mut Parser<'_>,
    grammar: Grammar,
    text: Text<'_>,
) -> Result<Statement, Failure> {
    let first = match &parser.peek_token_ref().token {
        Token::Word(word) if word.quote_style.is_none() => word.value.to_lowercase(),
        _ => String::new(),
    };
    match first.as_str() {
        "select" | "values" | "with" => Ok(Statement::Query(parser.parse_query()?)),
        "" if parser.peek_token_ref().token == Token::LParen => Ok(Statement::Query(parser.parse_query()?)),
        "insert" => modify::insert(parser),
        "update" => modify::update(parser),
        "delete" => modify::delete(parser),
        "create" => ddl::create(parser),
        "drop" => ddl::drop(parser),
        "alter" => ddl::alter(parser),
        "refresh" | "optimize" => tables(parser),
        "begin" | "start" | "commit" | "end" | "rollback" | "abort" => transaction(parser, &first, grammar),
        "set" => set(parser),
        "reset" => reset(parser),
        "show" => show::show(parser, text),
        "deallocate" => deallocate(parser),
        "kill" => kill(parser),
        "copy" => copy::copy(parser),
        "explain" | "grant" | "revoke" | "deny" | "analyze" => {
            let message = format!("{} is not supported by this server", first.to_uppercase());
            Err(Refusal::unsupported(message).into())
        }
        _ => match without(&first) {
            Some(name) => Err(Refusal::unsupported(format!("CrateDB has no {name} statement")).into()),
            None => Ok(parser.unexpected("a statement")?),
        },
    }
}

/// What PostgreSQL has and CrateDB has not.
fn without(first: &str) -> Option<String> {
    const WORDS: [&str; 21] = [
        "savepoint",
        "release",
        "prepare",
        "execute",
        "listen",
        "unlisten",
        "notify",
        "declare",
        "fetch",
        "move",
        "close",
        "lock",
        "truncate",
        "vacuum",
        "comment",
        "discard",
        "do",
        "call",
        "merge",
        "checkpoint",
        "cluster",
    ];
    WORDS.contains(&first).then(|| first.to_uppercase())
}

/// BEGIN and its like: accepted, and without effect.
fn transaction(parser: &mut Parser<'_>, first: &str, grammar: Grammar) -> Result<Statement, Failure> {
    let strict = grammar.strict_transactions;
    if strict && !matches!(first, "begin" | "commit") {
        return Ok(parser.unexpected("a statement")?);
    }
    parser.advance_token();
    let work = |parser: &mut Parser<'_>| {
        let _ = parser.eat(&["work"]) || parser.eat(&["transaction"]);
    };
    match first {
        "begin" => {
            work(parser);
            modes(parser, strict)?;
            Ok(Statement::Begin)
        }
        "start" => {
            parser.need("transaction")?;
            modes(parser, strict)?;
            Ok(Statement::StartTransaction)
        }
        "commit" | "end" => {
            if parser.sees(&["prepared"]) {
                return Err(Refusal::unsupported("CrateDB has no COMMIT PREPARED statement").into());
            }
            if !strict {
                work(parser);
                chain(parser)?;
            }
            Ok(Statement::Commit)
        }
        _ => {
            if parser.sees(&["prepared"]) {
                return Err(Refusal::unsupported("CrateDB has no ROLLBACK PREPARED statement").into());
            }
            work(parser);
            if parser.eat(&["to"]) {
                return Err(Refusal::unsupported("CrateDB has no ROLLBACK TO SAVEPOINT statement").into());
            }
            chain(parser)?;
            Ok(Statement::Rollback)
        }
    }
}

/// `AND [NO] CHAIN`
fn chain(parser: &mut Parser<'_>) -> Result<(), ParserError> {
    if parser.eat(&["and"]) {
        parser.eat(&["no"]);
        parser.need("chain")?;
    }
    Ok(())
}

/// Transaction modes, with commas between them or, if that is not demanded, without.
fn modes(parser: &mut Parser<'_>, commas: bool) -> Result<(), ParserError> {
    const MODES: [&[&str]; 8] = [
        &["isolation", "level", "serializable"],
        &["isolation", "level", "repeatable", "read"],
        &["isolation", "level", "read", "committed"],
        &["isolation", "level", "read", "uncommitted"],
        &["read", "only"],
        &["read", "write"],
        &["not", "deferrable"],
        &["deferrable"],
    ];
    let mut first = true;
    loop {
        let comma = !first && parser.consume_token(&Token::Comma);
        let demanded = comma || (commas && !first);
        if demanded && !comma {
            return Ok(());
        }
        if !MODES.iter().any(|mode| parser.eat(mode)) {
            return if comma { parser.unexpected("a transaction mode") } else { Ok(()) };
        }
        first = false;
    }
}

/// SET: only `search_path` has effect.
fn set(parser: &mut Parser<'_>) -> Result<Statement, Failure> {
    parser.advance_token();
    if parser.eat(&["global"]) {
        return Err(Refusal::unsupported("This server has no cluster settings to SET GLOBAL").into());
    }
    if parser.eat(&["session", "characteristics", "as", "transaction"]) || parser.eat(&["transaction"]) {
        modes(parser, false)?;
        return Ok(Statement::Set);
    }
    if !(parser.eat(&["session"]) || parser.eat(&["local"])) && parser.eat(&["time", "zone"]) {
        setting_values(parser)?;
        return Ok(Statement::Set);
    }
    let name = setting_name(parser)?;
    if !parser.consume_token(&Token::Eq) && !parser.eat(&["to"]) {
        return Ok(parser.unexpected("'=' or TO")?);
    }
    let values = setting_values(parser)?;
    Ok(match name.as_str() {
        "search_path" => Statement::SetPath(values),
        _ => Statement::Set,
    })
}

/// A setting's name, which may have dots.
fn setting_name(parser: &mut Parser<'_>) -> Result<String, ParserError> {
    let mut name = parser.name()?;
    while parser.consume_token(&Token::Period) {
        name = format!("{name}.{}", parser.name()?);
    }
    Ok(name)
}

/// What a setting is set to; none: DEFAULT.
fn setting_values(parser: &mut Parser<'_>) -> Result<Option<Vec<String>>, ParserError> {
    if parser.eat(&["default"]) {
        return Ok(None);
    }
    parser.parse_comma_separated(setting_value).map(Some)
}

fn setting_value(parser: &mut Parser<'_>) -> Result<String, ParserError> {
    let negative = parser.consume_token(&Token::Minus);
    let found = parser.peek_token();
    match found.token {
        Token::Number(digits, _) => {
            parser.advance_token();
            Ok(if negative { format!("-{digits}") } else { digits })
        }
        _ if negative => parser.unexpected("a number"),
        Token::Word(word) if word.quote_style.is_none() => {
            parser.advance_token();
            Ok(word.value.to_lowercase())
        }
        Token::Word(_) => parser.name(),
        _ => parser.string(),
    }
}

fn reset(parser: &mut Parser<'_>) -> Result<Statement, Failure> {
    parser.advance_token();
    if parser.eat(&["global"]) {
        return Err(Refusal::unsupported("This server has no cluster settings to RESET GLOBAL").into());
    }
    let name = setting_name(parser)?;
    Ok(Statement::Reset { path: matches!(name.as_str(), "search_path" | "all") })
}

fn deallocate(parser: &mut Parser<'_>) -> Result<Statement, Failure> {
    parser.advance_token();
    parser.eat(&["prepare"]);
    if parser.eat(&["all"]) {
        return Ok(Statement::Deallocate(None));
    }
    let name = match &parser.peek_token_ref().token {
        Token::SingleQuotedString(_) => parser.string()?,
        _ => parser.name()?,
    };
    Ok(Statement::Deallocate(Some(name)))
}

fn kill(parser: &mut Parser<'_>) -> Result<Statement, Failure> {
    parser.advance_token();
    if parser.eat(&["all"]) {
        return Ok(Statement::Kill(None));
    }
    Ok(Statement::Kill(Some(Box::new(parser.parse_expr()?))))
}

/// REFRESH TABLE, OPTIMIZE TABLE.
fn tables(parser: &mut Parser<'_>) -> Result<Statement, Failure> {
    let refresh = parser.eat(&["refresh"]);
    if !refresh {
        parser.need("optimize")?;
    }
    parser.need("table")?;
    let names = parser.parse_comma_separated(Words::table)?;
    if refresh {
        return Ok(Statement::Refresh(names));
    }
    if parser.eat(&["with"]) {
        ddl::properties(parser)?;
    }
    Ok(Statement::Optimize(names))
}
