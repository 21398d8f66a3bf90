//! From a query string to statements. `sqlparser` cuts it into tokens and parses queries and expressions, with what is
//! CrateDB's own in `dialect`; statements are parsed here. All of the string is parsed before any of it runs.

mod copy;
mod ddl;
mod dialect;
mod modify;
mod pieces;
mod show;
mod statement;
mod words;

use super::super::refusal::{Exception, Refusal};
use super::statement::{Parsed, Statement};
use crate::postgresql::sql::parse::nesting_depth;
use dialect::CrateDb;
pub(crate) use pieces::pieces;
use sqlparser::parser::{Parser, ParserError};
use sqlparser::tokenizer::{Location, Token, TokenWithSpan, Tokenizer};
use std::borrow::Cow;
pub(crate) use words::folded;

/// The deepest tree that is taken: brackets and operators.
const DEEPEST: usize = 300;

/// The most tokens that a query string may have.
const LONGEST: usize = 1_000_000;

/// How the language is read.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Grammar {
    /// Modes of BEGIN must have commas between them, COMMIT stands alone, and there are no ROLLBACK, ABORT, END, START
    /// TRANSACTION.
    pub(crate) strict_transactions: bool,
}

/// Why a text is no statement.
enum Failure {
    Syntax(ParserError),
    Refusal(Refusal),
}

impl From<ParserError> for Failure {
    fn from(error: ParserError) -> Self {
        Self::Syntax(error)
    }
}

impl From<Refusal> for Failure {
    fn from(refusal: Refusal) -> Self {
        Self::Refusal(refusal)
    }
}

/// The statements of a query string. As in CrateDB since 4.6, all of it is parsed before any of it runs. Empty statements are
/// none.
pub(crate) fn parse(text: &str, grammar: Grammar) -> Result<Vec<Parsed>, Refusal> {
    let source = Source::new(text);
    let mut tokens = Tokenizer::new(&CrateDb, text)
        .tokenize_with_location()
        .map_err(|error| source.wrong(error.location, &error.message))?;
    tokens.retain(|token| !matches!(token.token, Token::Whitespace(_) | Token::EOF));
    if tokens.len() > LONGEST {
        return Err(Refusal::new(
            Exception::CircuitBreaking,
            "Data too large: the statement has too many tokens",
        ));
    }
    let mut unnamed = 0;
    for token in &mut tokens {
        // `?` is the next parameter.
        if token.token == Token::Placeholder("?".to_owned()) {
            unnamed += 1;
            token.token = Token::Placeholder(format!("${unnamed}"));
        }
    }
    let mut parsed = Vec::new();
    let statements = tokens.split(|token| token.token == Token::SemiColon);
    for tokens in statements.filter(|tokens| !tokens.is_empty()) {
        if nesting_depth(tokens) > DEEPEST {
            return Err(too_deep());
        }
        let range = source.range(tokens);
        let statement = source.statement(tokens, grammar).map_err(|failure| match failure {
            Failure::Syntax(error) => source.syntax(&error, range.end),
            Failure::Refusal(refusal) => Refusal { at: refusal.at.or(Some(range.start)), ..refusal },
        })?;
        parsed.push(Parsed { statement, range });
    }
    Ok(parsed)
}

/// A query that this server itself asks.
fn parse_query(text: &str) -> Result<Box<sqlparser::ast::Query>, Failure> {
    Ok(Parser::new(&CrateDb).try_with_sql(text)?.parse_query()?)
}

fn too_deep() -> Refusal {
    Refusal::new(Exception::CircuitBreaking, "Data too large: the statement nests too deeply")
}

/// A query string, and where its lines begin.
struct Source<'a> {
    text: &'a str,
    lines: Vec<usize>,
}

impl<'a> Source<'a> {
    fn new(text: &'a str) -> Self {
        let starts = text.match_indices('\n').map(|(at, _)| at + 1);
        Self { text, lines: std::iter::once(0).chain(starts).collect() }
    }

    fn statement(&self, tokens: &[TokenWithSpan], grammar: Grammar) -> Result<Statement, Failure> {
        let mut parser = Parser::new(&CrateDb).with_tokens_with_locations(tokens.to_vec());
        let statement = statement::statement(&mut parser, grammar, &|from, to| {
            self.text.get(self.offset(from)..self.offset(to)).unwrap_or_default().to_owned()
        })?;
        match parser.peek_token() {
            TokenWithSpan { token: Token::EOF, .. } => Ok(statement),
            other => Ok(parser.expected("the end of the statement", other)?),
        }
    }

    /// Where a token's place is, in bytes.
    fn offset(&self, place: Location) -> usize {
        let index = |number: u64| usize::try_from(number.saturating_sub(1)).unwrap_or(usize::MAX);
        let Some(start) = self.lines.get(index(place.line)).copied() else { return self.text.len() };
        let line = &self.text[start..];
        start + line.char_indices().nth(index(place.column)).map_or(line.len(), |(at, _)| at)
    }

    fn range(&self, tokens: &[TokenWithSpan]) -> std::ops::Range<usize> {
        let (Some(first), Some(last)) = (tokens.first(), tokens.last()) else { return 0..0 };
        self.offset(first.span.start)..self.offset(last.span.end)
    }

    /// A syntax error, as CrateDB tells it.
    fn syntax(&self, error: &ParserError, end: usize) -> Refusal {
        let message = match error {
            ParserError::RecursionLimitExceeded => return too_deep(),
            ParserError::ParserError(message) | ParserError::TokenizerError(message) => message,
        };
        let (what, place) = location(message);
        let what = match what.strip_prefix("Expected: ").and_then(|what| what.rsplit_once(", found: ")) {
            Some((expected, "EOF")) => Cow::from(format!("mismatched input '<EOF>' expecting {expected}")),
            Some((expected, found)) => format!("mismatched input '{found}' expecting {expected}").into(),
            None => what.into(),
        };
        match place {
            Some(place) => self.wrong(place, &what),
            None => {
                let line = self.lines.partition_point(|start| *start <= end).max(1);
                let column = self.text[self.lines[line - 1]..end].chars().count() + 1;
                Refusal { at: Some(end), ..told(line, column, &what) }
            }
        }
    }

    /// A syntax error at this place.
    fn wrong(&self, place: Location, what: &str) -> Refusal {
        Refusal { at: Some(self.offset(place)), ..told(place.line, place.column, what) }
    }
}

fn told(line: impl std::fmt::Display, column: impl std::fmt::Display, what: &str) -> Refusal {
    Refusal::new(Exception::SqlParse, format!("line {line}:{column}: {what}"))
}

/// What `sqlparser` says, and where: it has no field for that, only the end of its message.
fn location(message: &str) -> (&str, Option<Location>) {
    let place = || {
        let (what, tail) = message.rsplit_once(" at Line: ")?;
        let (line, column) = tail.split_once(", Column: ")?;
        let place = Location { line: line.trim().parse().ok()?, column: column.trim().parse().ok()? };
        Some((what, (place.line > 0).then_some(place)))
    };
    place().unwrap_or((message, None))
}
