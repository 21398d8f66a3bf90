//! The tokens of a query string, and where they stand in it.

use crate::engine::{Severity, SqlError};
use sqlparser::dialect::PostgreSqlDialect;
use sqlparser::tokenizer::{Location, Token, TokenWithSpan, Tokenizer};
use std::borrow::Cow;
use std::ops::Range;

/// A query string and its tokens, white space and comments apart.
pub(crate) struct Source<'a> {
    text: &'a str,
    tokens: Vec<TokenWithSpan>,
    /// Where each token stands, in bytes.
    ranges: Vec<Range<usize>>,
}

/// Some tokens in a row: a statement's, without its semicolon.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Cut {
    start: usize,
    end: usize,
}

impl<'a> Source<'a> {
    /// Cuts a query string into tokens.
    pub(crate) fn new(
        text: &'a str,
        standard_strings: bool,
        warnings: &mut Vec<SqlError>,
    ) -> Result<Self, SqlError> {
        let all = Tokenizer::new(&PostgreSqlDialect {}, text)
            .tokenize_with_location()
            .map_err(|error| unterminated(text, error.location))?;
        let mut tokens: Vec<_> =
            all.into_iter().filter(|token| !matches!(token.token, Token::Whitespace(_))).collect();
        let ranges: Vec<_> = ranges(text, &tokens);
        for (token, range) in tokens.iter_mut().zip(&ranges) {
            check(token, text, range)?;
            match &mut token.token {
                Token::SingleQuotedString(_) if !standard_strings => {
                    warnings.extend(nonstandard(text, range));
                    token.token = escaped(&text[range.clone()]);
                }
                Token::Word(word) if word.value.len() > LONGEST_NAME => {
                    let short = cut(&word.value).to_owned();
                    let notice = format!("identifier \"{}\" will be truncated to \"{short}\"", word.value);
                    warnings.push(SqlError::new(Severity::Notice, "42622", notice));
                    word.value = short;
                }
                _ => {}
            }
        }
        Ok(Self { text, tokens, ranges })
    }

    /// The statements: what stands between semicolons.
    pub(crate) fn statements(&self) -> Vec<Cut> {
        let mut cuts = Vec::new();
        let (mut start, mut depth) = (0, 0_usize);
        for (at, token) in self.tokens.iter().enumerate() {
            match token.token {
                Token::LParen => depth += 1,
                Token::RParen => depth = depth.saturating_sub(1),
                Token::SemiColon if depth == 0 => {
                    cuts.push(Cut { start, end: at });
                    start = at + 1;
                }
                _ => {}
            }
        }
        cuts.push(Cut { start, end: self.tokens.len() });
        cuts.retain(|cut| cut.start < cut.end);
        cuts
    }

    /// Where tokens stand in the query string, in bytes.
    pub(crate) fn range(&self, cut: Cut) -> Range<usize> {
        self.ranges[cut.start].start..self.ranges[cut.end - 1].end
    }

    /// A syntax error at this place; without one, at the end of the statement.
    pub(crate) fn syntax_error(&self, location: Option<Location>, cut: Cut) -> SqlError {
        let place = location.filter(|location| location.line > 0);
        let at = place.and_then(|place| self.tokens.iter().position(|token| token.span.start >= place));
        self.error_at(at.unwrap_or(cut.end))
    }

    /// A syntax error at a token, or at the end of input.
    fn error_at(&self, at: usize) -> SqlError {
        match self.ranges.get(at) {
            None => {
                let position = self.text.chars().count() + 1;
                SqlError::error("42601", "syntax error at end of input").at(Some(position))
            }
            Some(range) => {
                let near = format!("syntax error at or near \"{}\"", &self.text[range.clone()]);
                SqlError::error("42601", near).at(Some(self.position(range.start)))
            }
        }
    }

    fn position(&self, byte: usize) -> usize {
        self.text[..byte].chars().count() + 1
    }
}

/// Where tokens stand, in bytes; they come in order.
fn ranges(text: &str, tokens: &[TokenWithSpan]) -> Vec<Range<usize>> {
    let mut here = Location { line: 1, column: 1 };
    let mut byte = 0;
    let mut chars = text.chars();
    let mut to = |target: Location| {
        while (here.line, here.column) < (target.line, target.column) {
            let Some(next) = chars.next() else { break };
            byte += next.len_utf8();
            if next == '\n' {
                here = Location { line: here.line + 1, column: 1 };
            } else {
                here.column += 1;
            }
        }
        byte
    };
    tokens.iter().map(|token| to(token.span.start)..to(token.span.end)).collect()
}

/// What the tokenizer takes although PostgreSQL does not.
fn check(token: &TokenWithSpan, text: &str, range: &Range<usize>) -> Result<(), SqlError> {
    let position = || Some(text[..range.start].chars().count() + 1);
    match &token.token {
        // The escapes of ODBC, which other products have.
        Token::LBrace | Token::RBrace => {
            let why = format!("syntax error at or near \"{}\"", token.token);
            Err(SqlError::error("42601", why).at(position()))
        }
        Token::Word(word) if word.quote_style.is_some() && word.value.is_empty() => {
            let why = "zero-length delimited identifier at or near \"\"\"\"";
            Err(SqlError::error("42601", why).at(position()))
        }
        Token::Number(..) => {
            let follows =
                text[range.end..].chars().next().filter(|next| next.is_alphabetic() || *next == '_');
            if follows.is_none() {
                return Ok(());
            }
            let junk: String = text[range.start..]
                .chars()
                .take_while(|char| char.is_alphanumeric() || *char == '_' || *char == '.')
                .collect();
            let why = format!("trailing junk after numeric literal at or near \"{junk}\"");
            Err(SqlError::error("42601", why).at(position()))
        }
        _ => Ok(()),
    }
}

/// What is said of a plain string with a backslash, where that begins an escape.
fn nonstandard(text: &str, range: &Range<usize>) -> Option<SqlError> {
    let escape = text[range.clone()].split_once('\\')?.1.chars().next()?;
    let (what, hint) = match escape {
        '\'' => (
            r"nonstandard use of \' in a string literal",
            "Use '' to write quotes in strings, or use the escape string syntax (E'...').",
        ),
        '\\' => (
            r"nonstandard use of \\ in a string literal",
            r"Use the escape string syntax for backslashes, e.g., E'\\'.",
        ),
        _ => (
            "nonstandard use of escape in a string literal",
            r"Use the escape string syntax for escapes, e.g., E'\r\n'.",
        ),
    };
    let position = text[..range.start].chars().count() + 1;
    Some(SqlError::new(Severity::Warning, "22P06", what).hint(hint).at(Some(position)))
}

/// A plain string, read as one with escapes: what `standard_conforming_strings = off` asks for.
fn escaped(literal: &str) -> Token {
    let text = format!("E{literal}");
    let tokens = Tokenizer::new(&PostgreSqlDialect {}, &text).tokenize().unwrap_or_default();
    tokens.into_iter().next().unwrap_or(Token::EOF)
}

/// In how many places the beginning of what has no end is looked for: each costs as much as reading all before it.
const MOST_TRIED: usize = 16;

/// The error for a string, identifier or comment without its end: where that begins, the tokenizer does not always say.
fn unterminated(text: &str, location: Location) -> SqlError {
    let token = TokenWithSpan::at(Token::EOF, location, location);
    let told = ranges(text, std::slice::from_ref(&token)).first().map_or(0, |range| range.start);
    let starts = [
        ("/*", "/* comment"),
        ("$", "dollar-quoted string"),
        ("'", "quoted string"),
        ("\"", "quoted identifier"),
    ];
    let begins = |start: &str, at: usize| {
        let tag =
            |rest: &str| rest.find('$').is_some_and(|end| rest[..end].chars().all(char::is_alphanumeric));
        at <= told && (start != "$" || tag(&text[at + 1..]))
    };
    let whole = |at: usize| Tokenizer::new(&PostgreSqlDialect {}, &text[..at]).tokenize().is_ok();
    let open = starts.iter().filter_map(|(start, what)| {
        let places = text.rmatch_indices(start).map(|(at, _)| at);
        places.filter(|at| begins(start, *at)).take(MOST_TRIED).find(|at| whole(*at)).map(|at| (at, *what))
    });
    let (start, what) = open.max_by_key(|(at, _)| *at).unwrap_or((told, "quoted string"));
    let position = text[..start].chars().count() + 1;
    SqlError::error("42601", format!("unterminated {what} at or near \"{}\"", &text[start..]))
        .at(Some(position))
}

/// Reads the tokens of a statement.
pub(crate) struct Tokens<'a> {
    source: &'a Source<'a>,
    cut: Cut,
    at: usize,
}

impl<'a> Tokens<'a> {
    /// Reads these tokens.
    pub(crate) fn new(source: &'a Source<'a>, cut: Cut) -> Self {
        Self { source, cut, at: cut.start }
    }

    /// Where they come from.
    pub(crate) fn source(&self) -> &'a Source<'a> {
        self.source
    }

    /// Which they are.
    pub(crate) fn cut(&self) -> Cut {
        self.cut
    }

    /// Those not read yet.
    pub(crate) fn rest(&self) -> &'a [TokenWithSpan] {
        &self.source.tokens[self.at.min(self.cut.end)..self.cut.end]
    }

    /// Passes over some.
    pub(crate) fn skip(&mut self, count: usize) {
        self.at = (self.at + count).min(self.cut.end);
    }

    /// Where the next one begins, in bytes of the query string.
    pub(crate) fn here(&self) -> usize {
        let end = || self.source.range(self.cut).end;
        if self.at < self.cut.end { self.source.ranges[self.at].start } else { end() }
    }

    /// The same, in characters from 1.
    pub(crate) fn position(&self) -> usize {
        self.source.position(self.here())
    }

    /// Refuses what is left.
    pub(crate) fn end(&self) -> Result<(), SqlError> {
        if self.rest().is_empty() { Ok(()) } else { Err(self.unexpected()) }
    }

    /// A syntax error at the next token.
    pub(crate) fn unexpected(&self) -> SqlError {
        self.source.error_at(self.at)
    }

    /// The next token.
    pub(crate) fn peek(&self) -> Option<&'a Token> {
        self.rest().first().map(|token| &token.token)
    }

    /// The next token, which is passed over.
    pub(crate) fn next(&mut self) -> Option<&'a Token> {
        let next = self.peek();
        self.skip(1);
        next
    }

    /// The next token, if it is an unquoted word, in lower case.
    pub(crate) fn keyword(&self) -> Option<String> {
        match self.peek() {
            Some(Token::Word(word)) if word.quote_style.is_none() => Some(word.value.to_lowercase()),
            _ => None,
        }
    }

    /// Whether the next token is this symbol.
    pub(crate) fn is_symbol(&self, symbol: &str) -> bool {
        self.peek().is_some_and(|token| !matches!(token, Token::Word(_)) && token.to_string() == symbol)
    }

    /// Takes this symbol, if it is next.
    pub(crate) fn symbol(&mut self, symbol: &str) -> bool {
        let found = self.is_symbol(symbol);
        self.skip(usize::from(found));
        found
    }

    /// Takes this symbol, which must be next.
    pub(crate) fn expect_symbol(&mut self, symbol: &str) -> Result<(), SqlError> {
        if self.symbol(symbol) { Ok(()) } else { Err(self.unexpected()) }
    }

    /// Takes these words, if they are next.
    pub(crate) fn words(&mut self, words: &[&str]) -> bool {
        let rest = self.rest();
        let matches = |(token, word): (&TokenWithSpan, &&str)| {
            matches!(&token.token, Token::Word(found)
                if found.quote_style.is_none() && found.value.eq_ignore_ascii_case(word))
        };
        let found = rest.len() >= words.len() && rest.iter().zip(words).all(matches);
        self.skip(if found { words.len() } else { 0 });
        found
    }

    /// Takes this word, if it is next.
    pub(crate) fn word(&mut self, word: &str) -> bool {
        self.words(&[word])
    }

    /// Takes this word, which must be next.
    pub(crate) fn expect(&mut self, word: &str) -> Result<(), SqlError> {
        if self.word(word) { Ok(()) } else { Err(self.unexpected()) }
    }

    /// Takes a name.
    pub(crate) fn name(&mut self) -> Result<String, SqlError> {
        match self.peek() {
            Some(Token::Word(word)) => {
                self.skip(1);
                Ok(identifier(&word.value, word.quote_style.is_some()))
            }
            _ => Err(self.unexpected()),
        }
    }

    /// Takes a string.
    pub(crate) fn string(&mut self) -> Result<String, SqlError> {
        match self.peek() {
            Some(
                Token::SingleQuotedString(text)
                | Token::EscapedStringLiteral(text)
                | Token::UnicodeStringLiteral(text)
                | Token::NationalStringLiteral(text),
            ) => {
                self.skip(1);
                Ok(text.clone())
            }
            Some(Token::DollarQuotedString(text)) => {
                self.skip(1);
                Ok(text.value.clone())
            }
            _ => Err(self.unexpected()),
        }
    }

    /// Takes a whole number, perhaps with its sign.
    pub(crate) fn integer(&mut self) -> Result<i64, SqlError> {
        let negative = self.symbol("-");
        if !negative {
            self.symbol("+");
        }
        match self.peek() {
            Some(Token::Number(digits, _)) => {
                let Ok(number) = digits.parse::<i64>() else { return Err(self.unexpected()) };
                self.skip(1);
                Ok(if negative { -number } else { number })
            }
            _ => Err(self.unexpected()),
        }
    }
}

/// The longest name, in bytes: `max_identifier_length`.
pub(crate) const LONGEST_NAME: usize = 63;

/// A name as it is meant: unquoted ones have no case (of ASCII letters, as in every encoding of several bytes), and no name is
/// longer than 63 bytes.
pub(crate) fn identifier(word: &str, quoted: bool) -> String {
    let folded = if quoted { Cow::Borrowed(word) } else { Cow::Owned(word.to_ascii_lowercase()) };
    cut(&folded).to_owned()
}

/// The part of a name that counts.
pub(crate) fn cut(name: &str) -> &str {
    let end = (0..=LONGEST_NAME.min(name.len())).rev().find(|end| name.is_char_boundary(*end));
    &name[..end.unwrap_or(0)]
}
