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
use crate::postgresql::meter::roomy_if;
use crate::postgresql::sql::parse::nesting_depth;
use dialect::CrateDb;
pub(crate) use pieces::piece;
use sqlparser::parser::{Parser, ParserError};
use sqlparser::tokenizer::{Location, Token, TokenWithSpan, Tokenizer};
use std::borrow::Cow;
use std::cell::Cell;
pub(crate) use words::folded;

/// The deepest tree that is taken: brackets and operators.
const DEEPEST: usize = 300;

/// The deepest tree that a thread's own stack will do for.
const SHALLOW: usize = 10;

/// The most tokens that a query string may have: enough for 65,535 parameters.
const LONGEST: usize = 300_000;

/// The most pieces that it may have: words, and characters besides, white space included. The tokenizer makes something of each.
const MOST_PIECES: usize = 1_000_000;

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
    let mut tokens = source.tokens()?;
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
        let depth = nesting_depth(tokens);
        if depth > DEEPEST {
            return Err(too_deep());
        }
        let deep = depth > SHALLOW;
        let range = source.range(tokens);
        let statement = roomy_if(deep, || source.statement(tokens, grammar));
        let statement = statement.map_err(|failure| match failure {
            Failure::Syntax(error) => source.syntax(&error, range.end),
            Failure::Refusal(refusal) => Refusal { at: refusal.at.or(Some(range.start)), ..refusal },
        })?;
        parsed.push(Parsed { statement, range, tokens: tokens.len(), deep });
    }
    Ok(parsed)
}

/// A query that this server itself asks.
fn parse_query(text: &str) -> Result<Box<sqlparser::ast::Query>, Failure> {
    Ok(Parser::new(&CrateDb).try_with_sql(text)?.parse_query()?)
}

/// How many tokens a text can be at most, strings not counted as one.
fn most_tokens(text: &str) -> usize {
    let is_word = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_' || !byte.is_ascii();
    let starts = |(before, byte): (u8, u8)| !is_word(byte) || !is_word(before);
    let before = std::iter::once(b' ').chain(text.bytes());
    before.zip(text.bytes()).filter(|pair| starts(*pair)).count()
}

fn too_long() -> Refusal {
    Refusal::new(Exception::CircuitBreaking, "Data too large: the statement has too many tokens")
}

fn too_deep() -> Refusal {
    Refusal::new(Exception::CircuitBreaking, "Data too large: the statement nests too deeply")
}

/// A query string, and where its lines begin.
struct Source<'a> {
    text: &'a str,
    lines: Vec<usize>,
    /// A place that was looked for, and its offset: the next is mostly behind it, on the same line.
    last: Cell<(Location, usize)>,
}

impl<'a> Source<'a> {
    fn new(text: &'a str) -> Self {
        let starts = text.match_indices('\n').map(|(at, _)| at + 1);
        let lines = std::iter::once(0).chain(starts).collect();
        Self { text, lines, last: Cell::new((Location { line: 1, column: 1 }, 0)) }
    }

    /// The tokens, as far as they mean something.
    fn tokens(&self) -> Result<Vec<TokenWithSpan>, Refusal> {
        if most_tokens(self.text) > MOST_PIECES {
            return Err(too_long());
        }
        let mut tokens = Tokenizer::new(&CrateDb, self.text)
            .tokenize_with_location()
            .map_err(|error| self.wrong(error.location, &error.message))?;
        tokens.retain(|token| !matches!(token.token, Token::Whitespace(_) | Token::EOF));
        if tokens.len() > LONGEST { Err(too_long()) } else { Ok(tokens) }
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
        let (last, offset) = self.last.get();
        let (from, columns) = match place.column.checked_sub(last.column) {
            Some(columns) if place.line == last.line => (offset, columns),
            _ => (start, place.column.saturating_sub(1)),
        };
        let rest = &self.text[from..];
        let columns = usize::try_from(columns).unwrap_or(usize::MAX);
        let offset = from + rest.char_indices().nth(columns).map_or(rest.len(), |(at, _)| at);
        self.last.set((place, offset));
        offset
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
