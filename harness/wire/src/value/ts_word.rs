//! The words of text search, in a `tsvector` and in a `tsquery`: how they are read, quoted, and what stands behind them.

use super::scan::is_space;
use super::{Invalid, Reader};

/// The longest a word may be, in bytes.
pub(crate) const LONGEST: usize = (1 << 11) - 2;

/// A word of a `tsvector`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Word {
    /// The word.
    pub text: String,
    /// Where it stands in the document, in order.
    pub positions: Vec<Position>,
}

/// Where a word stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Position {
    /// The place, from 1 on.
    pub place: u16,
    /// Its weight: 3 is A, the highest, and 0 is D.
    pub weight: u8,
}

impl std::fmt::Display for Position {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let weight = match self.weight {
            0 => "",
            1 => "C",
            2 => "B",
            _ => "A",
        };
        write!(f, "{}{weight}", self.place)
    }
}

/// A word in quotes.
pub(crate) fn quoted(word: &str) -> String {
    format!("'{}'", word.replace('\\', "\\\\").replace('\'', "''"))
}

/// Reads text up to its NUL, in binary.
pub(crate) fn receive_text(bytes: &mut Reader<'_>) -> Result<String, Invalid> {
    let length = Reader::clone(bytes).rest().iter().position(|byte| *byte == 0);
    let length = length.ok_or_else(|| Invalid::new("08P01", "invalid string in message"))?;
    let text = valid_text(bytes.take(length)?)?.to_owned();
    bytes.take(1)?;
    Ok(text)
}

/// Text that must be UTF-8, without the character zero.
pub(crate) fn valid_text(bytes: &[u8]) -> Result<&str, Invalid> {
    let valid = bytes.utf8_chunks().next().map_or("", |chunk| chunk.valid());
    let end = valid.find('\0').unwrap_or(valid.len());
    let wrong = &bytes[end..];
    // PostgreSQL shows as many bytes as the first of them announces.
    let announced = match wrong.first() {
        None => return Ok(valid),
        Some(0xf0..=0xf7) => 4,
        Some(0xe0..=0xef) => 3,
        Some(0xc0..=0xdf) => 2,
        Some(_) => 1,
    };
    let shown: Vec<String> = wrong.iter().take(announced).map(|byte| format!("0x{byte:02x}")).collect();
    Err(Invalid::new("22021", format!("invalid byte sequence for encoding \"UTF8\": {}", shown.join(" "))))
}

/// Reads words from a text.
pub(crate) struct WordReader<'a> {
    /// All of the text, which errors show.
    whole: &'a str,
    /// What is not read yet.
    rest: &'a str,
    /// Whether it is a query: there, operators end a word, and places do not follow it.
    query: bool,
}

impl<'a> WordReader<'a> {
    /// Reads the words of a `tsvector`.
    pub(crate) fn of_tsvector(whole: &'a str) -> Self {
        Self { whole, rest: whole, query: false }
    }

    /// Reads the word of a `tsquery` at the start of `rest`.
    pub(crate) fn of_tsquery(whole: &'a str, rest: &'a str) -> Self {
        Self { whole, rest, query: true }
    }

    /// What is not read yet.
    pub(crate) fn rest(&self) -> &'a str {
        self.rest
    }

    fn error(&self, what: &str) -> Invalid {
        Invalid::new("42601", format!("{what}: \"{}\"", self.whole))
    }

    fn syntax(&self) -> Invalid {
        self.error(if self.query { "syntax error in tsquery" } else { "syntax error in tsvector" })
    }

    fn peek(&self) -> Option<char> {
        self.rest.chars().next()
    }

    fn next(&mut self) -> Option<char> {
        let mut characters = self.rest.chars();
        let next = characters.next();
        self.rest = characters.as_str();
        next
    }

    /// The character behind a backslash.
    fn escaped(&mut self) -> Result<char, Invalid> {
        self.next().ok_or_else(|| self.error("there is no escaped character"))
    }

    /// Whether `c` ends a word that has no quotes.
    fn ends_word(&self, c: char) -> bool {
        space(c) || (self.query && matches!(c, '!' | '&' | '|' | '<' | '(' | ')'))
    }

    /// The next word, if there is one.
    pub(crate) fn word(&mut self) -> Result<Option<Word>, Invalid> {
        self.rest = self.rest.trim_start_matches(space);
        match self.peek() {
            None => Ok(None),
            Some('\'') => {
                let text = self.in_quotes()?;
                let positions =
                    if !self.query && self.peek() == Some(':') { self.positions()? } else { Vec::new() };
                Ok(Some(Word { text, positions }))
            }
            Some(c) if self.ends_word(c) => Err(self.syntax()),
            Some(_) => {
                let text = self.bare()?;
                let positions =
                    if !self.query && self.peek() == Some(':') { self.positions()? } else { Vec::new() };
                Ok(Some(Word { text, positions }))
            }
        }
    }

    fn in_quotes(&mut self) -> Result<String, Invalid> {
        let mut text = String::new();
        self.next();
        loop {
            match self.next() {
                None => return Err(self.syntax()),
                Some('\\') => text.push(self.escaped()?),
                Some('\'') if self.peek() == Some('\'') => text.extend(self.next()),
                Some('\'') if text.is_empty() => return Err(self.syntax()),
                Some('\'') => return Ok(text),
                Some(c) => text.push(c),
            }
        }
    }

    fn bare(&mut self) -> Result<String, Invalid> {
        let mut text = String::new();
        while let Some(c) = self.peek() {
            // The first character is part of the word even if it is a colon.
            if !text.is_empty() && (c == ':' || self.ends_word(c)) {
                break;
            }
            self.next();
            text.push(if c == '\\' { self.escaped()? } else { c });
        }
        Ok(text)
    }

    /// Reads `:1A,2`.
    fn positions(&mut self) -> Result<Vec<Position>, Invalid> {
        let mut positions = Vec::new();
        loop {
            self.next();
            let count = self.rest.bytes().take_while(u8::is_ascii_digit).count();
            if count == 0 {
                return Err(self.syntax());
            }
            let place = place(&self.rest[..count]);
            if place == 0 {
                return Err(self.error("wrong position info in tsvector"));
            }
            self.rest = &self.rest[count..];
            positions.push(Position { place, weight: self.weight()? });
            if self.peek() != Some(',') {
                return Ok(positions);
            }
        }
    }

    /// Reads the letter of a weight. PostgreSQL passes over digits behind it, and takes a letter that means nothing twice.
    fn weight(&mut self) -> Result<u8, Invalid> {
        let mut weight = 0;
        loop {
            let letter = match self.peek() {
                None | Some(',') => return Ok(weight),
                Some(c) if space(c) => return Ok(weight),
                Some('a' | 'A' | '*') => Some(3),
                Some('b' | 'B') => Some(2),
                Some('c' | 'C') => Some(1),
                Some('d' | 'D') => Some(0),
                Some('0'..='9') => None,
                Some(_) => return Err(self.syntax()),
            };
            match letter {
                Some(_) if weight != 0 => return Err(self.syntax()),
                Some(letter) => weight = letter,
                None => {}
            }
            self.next();
        }
    }
}

/// A place of at most 14 bits. What does not fit is the last place, unless its low 32 bits, which is what PostgreSQL looks at,
/// are below zero: then it is the lowest bits of those.
fn place(digits: &str) -> u16 {
    let [.., a, b, c, d] = digits.parse().unwrap_or(i64::MAX).to_be_bytes();
    let number = i32::from_be_bytes([a, b, c, d]);
    const LAST: u16 = (1 << 14) - 1;
    if number > i32::from(LAST) { LAST } else { u16::from_be_bytes([c, d]) & LAST }
}

/// White space as C's `isspace` has it.
pub(crate) fn space(c: char) -> bool {
    u8::try_from(c).is_ok_and(is_space)
}
