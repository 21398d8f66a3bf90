//! What statements are made of: words, names, lists.

use super::super::statement::Name;
use sqlparser::ast;
use sqlparser::parser::{Parser, ParserError};
use sqlparser::tokenizer::Token;

/// A name as it is meant: without quotes it has no case.
pub(crate) fn folded(name: &ast::Ident) -> String {
    if name.quote_style.is_some() { name.value.clone() } else { name.value.to_lowercase() }
}

/// Taking words from the tokens of a statement.
pub(super) trait Words {
    /// Whether these words are next.
    fn sees(&self, words: &[&str]) -> bool;
    /// Takes these words, if they are next.
    fn eat(&mut self, words: &[&str]) -> bool;
    /// Takes this word, which must be next.
    fn need(&mut self, word: &str) -> Result<(), ParserError>;
    /// Takes a name.
    fn name(&mut self) -> Result<String, ParserError>;
    /// Takes the name of a table.
    fn table(&mut self) -> Result<Name, ParserError>;
    /// Takes names in brackets.
    fn names(&mut self) -> Result<Vec<String>, ParserError>;
    /// Takes a string.
    fn string(&mut self) -> Result<String, ParserError>;
    /// Says that something else should be next.
    fn unexpected<T>(&self, expected: &str) -> Result<T, ParserError>;
}

impl Words for Parser<'_> {
    fn sees(&self, words: &[&str]) -> bool {
        words.iter().enumerate().all(|(at, word)| {
            matches!(&self.peek_nth_token_ref(at).token, Token::Word(found)
                if found.quote_style.is_none() && found.value.eq_ignore_ascii_case(word))
        })
    }

    fn eat(&mut self, words: &[&str]) -> bool {
        let found = self.sees(words);
        if found {
            words.iter().for_each(|_| self.advance_token());
        }
        found
    }

    fn need(&mut self, word: &str) -> Result<(), ParserError> {
        if self.eat(&[word]) { Ok(()) } else { self.unexpected(&word.to_uppercase()) }
    }

    fn name(&mut self) -> Result<String, ParserError> {
        self.parse_identifier().map(|name| folded(&name))
    }

    fn table(&mut self) -> Result<Name, ParserError> {
        let first = self.name()?;
        if !self.consume_token(&Token::Period) {
            return Ok(Name { schema: None, name: first });
        }
        Ok(Name { schema: Some(first), name: self.name()? })
    }

    fn names(&mut self) -> Result<Vec<String>, ParserError> {
        self.parse_parenthesized(|parser| parser.parse_comma_separated(Self::name))
    }

    fn string(&mut self) -> Result<String, ParserError> {
        match self.peek_token().token {
            Token::SingleQuotedString(text) | Token::EscapedStringLiteral(text) => {
                self.advance_token();
                Ok(text)
            }
            _ => self.unexpected("a string"),
        }
    }

    fn unexpected<T>(&self, expected: &str) -> Result<T, ParserError> {
        self.expected_ref(expected, self.peek_token_ref())
    }
}
