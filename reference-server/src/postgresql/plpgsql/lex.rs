//! The words of PL/pgSQL, and where they stand.

use std::ops::Range;

/// A token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Token {
    /// A word, in lower case.
    Word(String),
    /// A name in quotes.
    Quoted(String),
    /// A string: its value.
    String(String),
    Number(String),
    /// Anything else: `:=`, `..`, `<<`, `>>`, or one character.
    Symbol(&'static str),
    Other(char),
}

/// A token and where it stands, in bytes.
#[derive(Clone, Debug)]
pub(super) struct Placed {
    pub(super) token: Token,
    pub(super) at: Range<usize>,
}

/// Cuts a body into tokens; the error is where something without an end begins.
pub(super) fn tokens(text: &str) -> Result<Vec<Placed>, usize> {
    let mut tokens = Vec::new();
    let mut at = 0;
    while let Some(first) = text[at..].chars().next() {
        let rest = &text[at..];
        let (token, length) = if first.is_whitespace() {
            (None, first.len_utf8())
        } else if rest.starts_with("--") {
            (None, rest.find('\n').unwrap_or(rest.len()))
        } else if rest.starts_with("/*") {
            (None, comment(rest).ok_or(at)?)
        } else if first == '\'' {
            let (value, length) = string(rest, false).ok_or(at)?;
            (Some(Token::String(value)), length)
        } else if (first == 'e' || first == 'E') && rest[1..].starts_with('\'') {
            let (value, length) = string(&rest[1..], true).ok_or(at)?;
            (Some(Token::String(value)), length + 1)
        } else if let Some((value, length)) = dollar(rest) {
            (Some(Token::String(value)), length)
        } else if first == '"' {
            let end = rest[1..].find('"').ok_or(at)? + 2;
            (Some(Token::Quoted(rest[1..end - 1].to_owned())), end)
        } else if first.is_alphabetic() || first == '_' {
            let word = |c: char| c.is_alphanumeric() || c == '_' || c == '$';
            let end = rest.find(|c| !word(c)).unwrap_or(rest.len());
            (Some(Token::Word(rest[..end].to_lowercase())), end)
        } else if first.is_ascii_digit() {
            let end = number(rest);
            (Some(Token::Number(rest[..end].to_owned())), end)
        } else {
            let symbol = [":=", "..", "<<", ">>"].into_iter().find(|symbol| rest.starts_with(symbol));
            match symbol {
                Some(symbol) => (Some(Token::Symbol(symbol)), symbol.len()),
                None => (Some(Token::Other(first)), first.len_utf8()),
            }
        };
        tokens.extend(token.map(|token| Placed { token, at: at..at + length }));
        at += length;
    }
    Ok(tokens)
}

/// The length of a comment, which may hold others.
fn comment(text: &str) -> Option<usize> {
    let mut depth = 0_usize;
    let mut at = 0;
    loop {
        let rest = text.get(at..)?;
        if rest.starts_with("/*") {
            depth += 1;
            at += 2;
        } else if rest.starts_with("*/") {
            depth -= 1;
            at += 2;
            if depth == 0 {
                return Some(at);
            }
        } else {
            at += rest.chars().next()?.len_utf8();
        }
    }
}

/// A string's value and length.
fn string(text: &str, escapes: bool) -> Option<(String, usize)> {
    let mut value = String::new();
    let mut characters = text.char_indices().skip(1).peekable();
    while let Some((at, character)) = characters.next() {
        match character {
            '\'' if characters.peek().is_some_and(|(_, next)| *next == '\'') => {
                characters.next();
                value.push('\'');
            }
            '\'' => return Some((value, at + 1)),
            '\\' if escapes => value.push(match characters.next()?.1 {
                'n' => '\n',
                't' => '\t',
                'r' => '\r',
                other => other,
            }),
            other => value.push(other),
        }
    }
    None
}

/// A string in dollars, with its length.
fn dollar(text: &str) -> Option<(String, usize)> {
    let tag = text.strip_prefix('$')?;
    let end = tag.find('$')?;
    if !tag[..end].chars().all(|c| c.is_alphanumeric() || c == '_')
        || tag.starts_with(|c: char| c.is_ascii_digit())
    {
        return None;
    }
    let quote = &text[..end + 2];
    let length = text[quote.len()..].find(quote)?;
    Some((text[quote.len()..quote.len() + length].to_owned(), length + 2 * quote.len()))
}

/// The length of a number; two dots behind it are no part of it.
fn number(text: &str) -> usize {
    let digits =
        |from: usize| text[from..].find(|c: char| !c.is_ascii_digit()).map_or(text.len(), |end| from + end);
    let end = digits(0);
    if text[end..].starts_with('.') && !text[end..].starts_with("..") { digits(end + 1) } else { end }
}
