//! From a query string to statements of the subset.

use super::ast::Statement;
use super::check::check;
use crate::spacetimedb::refusal::{self, Refusal};
use sqlparser::dialect::PostgreSqlDialect;
use sqlparser::keywords::Keyword;
use sqlparser::parser::{Parser, ParserError};
use sqlparser::tokenizer::{Location, Token, TokenWithSpan, Tokenizer};

/// How deep a statement may nest. This is `sqlparser`'s own default; it counts a step or more a level.
const DEEPEST: usize = 50;

/// How many operators and keywords an expression may chain. `a OR b OR c` is a tree that leans left, as deep as it is
/// long, and is dropped and printed recursively.
const LONGEST_CHAIN: usize = 3000;

/// What is within these needs less than half of the stack that a thread has. `sqlparser` can take 100 KiB a level in a
/// debug build, but ordinary statements need few levels.
const SHALLOW: usize = 8;
const SHORT_CHAIN: usize = 100;
const FEW_JOINS: usize = 2;

/// The stack for everything else: more than the deepest statement can take.
const ROOMY: usize = 32 << 20;

/// Commands of PostgreSQL that are not in the subset and that `sqlparser` does not know, or reads as another one.
const COMMANDS: &[&str] = &[
    "ABORT",
    "CHECKPOINT",
    "CLUSTER",
    "COMMENT",
    "COPY",
    "DO",
    "IMPORT",
    "LISTEN",
    "LOAD",
    "LOCK",
    "MOVE",
    "NOTIFY",
    "REASSIGN",
    "REFRESH",
    "REINDEX",
    "RESET",
    "SECURITY",
    "UNLISTEN",
    "VACUUM",
];

/// Those that the parser of the real product (sqlparser 0.38) takes all the same.
const PRODUCT_PARSES: &[&str] = &["COMMENT", "COPY"];

/// A well-formed statement. It may still be outside of the subset, which is said when its turn comes.
pub(crate) type Parsed = Result<Statement, Refusal>;

/// All statements of a query string. Empty ones do not count.
pub(crate) fn parse(query: &str) -> Result<Vec<Parsed>, Refusal> {
    let tokens = Tokenizer::new(&PostgreSqlDialect {}, query)
        .tokenize_with_location()
        .map_err(|error| syntax_error(&error.message, Some(error.location)))?;
    tokens
        .split(|token| token.token == Token::SemiColon)
        .filter(|tokens| tokens.iter().any(is_code))
        .map(parse_one)
        .collect()
}

fn is_code(token: &TokenWithSpan) -> bool {
    !matches!(token.token, Token::Whitespace(_) | Token::EOF)
}

fn is_keyword(token: &TokenWithSpan, keyword: Keyword) -> bool {
    matches!(&token.token, Token::Word(word) if word.keyword == keyword)
}

fn parse_one(tokens: &[TokenWithSpan]) -> Result<Parsed, Refusal> {
    if let Some(TokenWithSpan { token: Token::Word(word), span }) = tokens.iter().find(|token| is_code(token))
    {
        let command = word.value.to_uppercase();
        if word.quote_style.is_none() && COMMANDS.contains(&command.as_str()) {
            return Ok(Err(refused_command(&command, span.start)));
        }
    }
    let chain = longest_chain(tokens);
    // `sqlparser` does not count the levels of joins that wait for their ON.
    let joins = tokens.iter().filter(|token| is_keyword(token, Keyword::JOIN)).count();
    if chain > LONGEST_CHAIN || joins > DEEPEST {
        return Err(too_deep());
    }
    if chain <= SHORT_CHAIN
        && joins <= FEW_JOINS
        && let Ok(parsed) = parse_within(tokens, SHALLOW)
    {
        return Ok(parsed);
    }
    // Deep, or wrong: `sqlparser` tries other readings where one is too deep, so that only more room can tell.
    std::thread::scope(|scope| {
        let parser = std::thread::Builder::new().stack_size(ROOMY);
        let parser = parser.spawn_scoped(scope, || parse_within(tokens, DEEPEST)).map_err(|_| too_deep())?;
        parser.join().unwrap_or_else(|_| Err(Refusal::new(refusal::INTERNAL, "the parser failed")))
    })
}

fn parse_within(tokens: &[TokenWithSpan], deepest: usize) -> Result<Parsed, Refusal> {
    let mut parser = Parser::new(&PostgreSqlDialect {})
        .with_recursion_limit(deepest)
        .with_tokens_with_locations(tokens.to_vec());
    let statement = parser.parse_statement().and_then(|statement| match parser.peek_token() {
        TokenWithSpan { token: Token::EOF, .. } => Ok(statement),
        found => parser.expected("end of statement", found),
    });
    match statement {
        Ok(statement) => Ok(check(&statement)),
        Err(ParserError::RecursionLimitExceeded) => Err(too_deep()),
        Err(ParserError::ParserError(message) | ParserError::TokenizerError(message)) => {
            let (message, location) = split_location(&message);
            // What ends too early is wrong at its end.
            let end = tokens.iter().rfind(|token| is_code(token)).map(|token| token.span.end);
            Err(Refusal { at: location.or(end), ..syntax_error(message, location) })
        }
    }
}

/// A command that is refused without a look at the rest of it.
fn refused_command(command: &str, at: Location) -> Refusal {
    let detail = (command == "ABORT").then_some(refusal::TRANSACTIONS);
    let refusal = Refusal { detail, ..Refusal::unsupported(command).at(Some(at)) };
    if PRODUCT_PARSES.contains(&command) {
        return refusal;
    }
    refusal.in_the_products_words(format!(
        "sql parser error: Expected an SQL statement, found: {command} at Line: {}, Column {}",
        at.line, at.column
    ))
}

/// Operators and keywords, without those that begin an item of a list or a parenthesis: an upper bound of how deep a
/// tree can lean.
fn longest_chain(tokens: &[TokenWithSpan]) -> usize {
    let mut begins = true;
    let mut chain = 0;
    for token in tokens.iter().filter(|token| is_code(token)) {
        let links = match &token.token {
            Token::LParen | Token::Comma => {
                begins = true;
                continue;
            }
            Token::Word(word) => word.keyword != Keyword::NoKeyword,
            Token::RParen | Token::Period | Token::Number(..) | Token::SingleQuotedString(_) => false,
            _ => true,
        };
        chain += usize::from(links && !begins);
        begins = false;
    }
    chain
}

pub(super) fn too_deep() -> Refusal {
    Refusal::new(refusal::TOO_COMPLEX, "Recursion limit exceeded, `sql-parser::parse_expr`")
}

/// A syntax error in the words of the product, whose parser is an older one.
fn syntax_error(message: &str, location: Option<Location>) -> Refusal {
    let message = message.replacen("Expected: ", "Expected ", 1);
    let place = match location {
        Some(Location { line, column }) if line > 0 => format!(" at Line: {line}, Column {column}"),
        _ => String::new(),
    };
    Refusal::new(refusal::SYNTAX, format!("sql parser error: {message}{place}")).at(location)
}

/// Takes ` at Line: 1, Column: 8` off the end of a message.
fn split_location(message: &str) -> (&str, Option<Location>) {
    let location = || {
        let (before, place) = message.rsplit_once(" at Line: ")?;
        let (line, column) = place.split_once(", Column: ")?;
        Some((before, Location { line: line.parse().ok()?, column: column.parse().ok()? }))
    };
    match location() {
        Some((message, location)) => (message, Some(location)),
        None => (message, None),
    }
}
