//! `json`: text that PostgreSQL keeps as it is, once it has found it to be JSON. The parser is that of `jsonb` too.

use super::jsonb::Jsonb;
use super::{DEEPEST, Invalid, jsonb_number, too_deep};

/// Whether `text` is JSON; else what PostgreSQL says.
pub fn validate_json(text: &str) -> Result<(), Invalid> {
    parse(text, false).map(drop)
}

/// Reads JSON. Without `decode` only its syntax counts: strings and numbers may mean nothing, and come out empty.
pub(crate) fn parse(text: &str, decode: bool) -> Result<Jsonb, Invalid> {
    let lexer = Lexer { text, end: 0, line: 1, line_start: 0, decode };
    let mut parser = Parser { lexer, token: Token::End, start: 0 };
    parser.whole().map_err(|invalid| match invalid.code {
        SYNTAX | UNTRANSLATABLE => Invalid { context: Some(parser.lexer.context()), ..invalid },
        _ => invalid,
    })
}

/// `invalid_text_representation`
const SYNTAX: &str = "22P02";

/// `untranslatable_character`
const UNTRANSLATABLE: &str = "22P05";

/// That the text is not JSON, and why.
fn syntax(detail: impl Into<String>) -> Invalid {
    Invalid::new(SYNTAX, "invalid input syntax for type json").detail(detail)
}

#[derive(Debug, PartialEq)]
enum Token<'a> {
    /// One of `{}[],:`.
    Mark(u8),
    String(String),
    /// As it is written.
    Number(&'a str),
    True,
    False,
    Null,
    End,
}

/// Cuts the text into tokens.
struct Lexer<'a> {
    text: &'a str,
    /// Where the last token ended, or what is wrong with it.
    end: usize,
    /// The line that it is in, from 1, and where that begins.
    line: usize,
    line_start: usize,
    decode: bool,
}

impl<'a> Lexer<'a> {
    fn byte(&self, at: usize) -> Option<u8> {
        self.text.as_bytes().get(at).copied()
    }

    /// The next token, and where it starts.
    fn next(&mut self) -> Result<(Token<'a>, usize), Invalid> {
        while let Some(space @ (b' ' | b'\t' | b'\n' | b'\r')) = self.byte(self.end) {
            self.end += 1;
            if space == b'\n' {
                self.line += 1;
                self.line_start = self.end;
            }
        }
        let start = self.end;
        let token = match self.byte(start) {
            None => Token::End,
            Some(mark @ (b'{' | b'}' | b'[' | b']' | b',' | b':')) => {
                self.end += 1;
                Token::Mark(mark)
            }
            Some(b'"') => self.string()?,
            Some(b'-' | b'0'..=b'9') => self.number()?,
            Some(_) => self.word()?,
        };
        Ok((token, start))
    }

    /// The line up to where it has come, or as much of its end as PostgreSQL shows.
    fn context(&self) -> String {
        const LONGEST: usize = 50;
        const ELLIPSIS: usize = 3;
        let mut start = self.line_start;
        while self.end - start >= LONGEST {
            start += self.text[start..].chars().next().map_or(1, char::len_utf8);
        }
        if start - self.line_start <= ELLIPSIS {
            start = self.line_start;
        }
        let before = if start > self.line_start { "..." } else { "" };
        let after = if matches!(self.byte(self.end), None | Some(b'\n' | b'\r')) { "" } else { "..." };
        format!("JSON data, line {}: {before}{}{after}", self.line, &self.text[start..self.end])
    }

    /// Where a run of what may stand in a word ends, if it begins at `from`.
    fn word_end(&self, from: usize) -> usize {
        let in_word = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'_' || !byte.is_ascii();
        from + self.text.as_bytes()[from..].iter().take_while(|byte| in_word(byte)).count()
    }

    /// That the token from `start` on is none.
    fn invalid(&mut self, start: usize, end: usize) -> Invalid {
        self.end = end;
        syntax(format!("Token \"{}\" is invalid.", &self.text[start..end]))
    }

    fn word(&mut self) -> Result<Token<'a>, Invalid> {
        let start = self.end;
        self.end = self.word_end(start);
        match &self.text[start..self.end] {
            "true" => Ok(Token::True),
            "false" => Ok(Token::False),
            "null" => Ok(Token::Null),
            "" => Err(self.invalid(start, start + 1)),
            _ => Err(self.invalid(start, self.end)),
        }
    }

    fn number(&mut self) -> Result<Token<'a>, Invalid> {
        let start = self.end;
        let digits = |from: usize| {
            let rest = self.text.as_bytes().get(from..).unwrap_or_default();
            rest.iter().take_while(|byte| byte.is_ascii_digit()).count()
        };
        let mut at = start + usize::from(self.byte(start) == Some(b'-'));
        let whole = if self.byte(at) == Some(b'0') { 1 } else { digits(at) };
        let mut valid = whole > 0;
        at += whole;
        if self.byte(at) == Some(b'.') {
            let count = digits(at + 1);
            valid &= count > 0;
            at += 1 + count;
        }
        if let Some(b'e' | b'E') = self.byte(at) {
            at += 1 + usize::from(matches!(self.byte(at + 1), Some(b'+' | b'-')));
            let count = digits(at);
            valid &= count > 0;
            at += count;
        }
        self.end = self.word_end(at);
        if !valid || self.end > at {
            return Err(self.invalid(start, self.end));
        }
        Ok(Token::Number(&self.text[start..self.end]))
    }

    fn string(&mut self) -> Result<Token<'a>, Invalid> {
        let start = self.end;
        let mut characters = self.text[start + 1..].char_indices().map(|(at, c)| (start + 1 + at, c));
        let mut out = String::new();
        // The first half of a character beyond the basic plane, once it was told.
        let mut high: Option<u32> = None;
        let low_alone = || syntax("Unicode low surrogate must follow a high surrogate.");
        while let Some((at, c)) = characters.next() {
            // Whatever is wrong, it is with what was read so far.
            self.end = at + c.len_utf8();
            if high.is_some() && c != '\\' {
                return Err(low_alone());
            }
            match c {
                '"' => return Ok(Token::String(if self.decode { out } else { String::new() })),
                '\\' => match characters.next() {
                    None => break,
                    Some((at, 'u')) => {
                        let unit = self.code_unit(start, at + 1)?;
                        characters.nth(3);
                        if self.decode {
                            high = decode(unit, high, &mut out)?;
                        }
                    }
                    Some((at, escape)) => {
                        self.end = at + escape.len_utf8();
                        if high.is_some() {
                            return Err(low_alone());
                        }
                        out.push(unescaped(escape)?);
                    }
                },
                '\0'..'\x20' => {
                    self.end = at;
                    return Err(syntax(format!(
                        "Character with value 0x{:02x} must be escaped.",
                        u32::from(c)
                    )));
                }
                _ => out.push(c),
            }
        }
        Err(self.invalid(start, self.text.len()))
    }

    /// Reads the four digits of `\u` at `at`, in the string that begins at `start`.
    fn code_unit(&mut self, start: usize, at: usize) -> Result<u32, Invalid> {
        let mut unit = 0;
        self.end = at;
        for c in self.text[at..].chars().take(4) {
            self.end += c.len_utf8();
            let digit = c.to_digit(16);
            unit = unit << 4
                | digit.ok_or_else(|| syntax("\"\\u\" must be followed by four hexadecimal digits."))?;
        }
        if self.end < at + 4 {
            return Err(self.invalid(start, self.text.len()));
        }
        Ok(unit)
    }
}

/// Takes a code unit behind the one before, if that needs another; gives it back if it needs another itself.
fn decode(unit: u32, high: Option<u32>, out: &mut String) -> Result<Option<u32>, Invalid> {
    let code = match (unit, high) {
        (0xd800..=0xdbff, None) => return Ok(Some(unit)),
        (0xd800..=0xdbff, Some(_)) => {
            return Err(syntax("Unicode high surrogate must not follow a high surrogate."));
        }
        (0xdc00..=0xdfff, Some(high)) => 0x1_0000 + ((high & 0x3ff) << 10) + (unit & 0x3ff),
        (0xdc00..=0xdfff, None) | (_, Some(_)) => {
            return Err(syntax("Unicode low surrogate must follow a high surrogate."));
        }
        (0, None) => {
            let error = Invalid::new(UNTRANSLATABLE, "unsupported Unicode escape sequence");
            return Err(error.detail("\\u0000 cannot be converted to text."));
        }
        (_, None) => unit,
    };
    // Surrogates are gone by now, and nothing else is no character.
    out.extend(char::from_u32(code));
    Ok(None)
}

fn unescaped(escape: char) -> Result<char, Invalid> {
    Ok(match escape {
        '"' | '\\' | '/' => escape,
        'b' => '\x08',
        'f' => '\x0c',
        'n' => '\n',
        'r' => '\r',
        't' => '\t',
        _ => return Err(syntax(format!("Escape sequence \"\\{escape}\" is invalid."))),
    })
}

/// Reads values from tokens, of which it looks at one.
struct Parser<'a> {
    lexer: Lexer<'a>,
    token: Token<'a>,
    /// Where the token starts.
    start: usize,
}

impl<'a> Parser<'a> {
    /// The value that is the whole text.
    fn whole(&mut self) -> Result<Jsonb, Invalid> {
        self.advance()?;
        let value = self.value(0)?;
        self.expect(&Token::End, "end of input")?;
        Ok(value)
    }

    fn advance(&mut self) -> Result<Token<'a>, Invalid> {
        let (token, start) = self.lexer.next()?;
        self.start = start;
        Ok(std::mem::replace(&mut self.token, token))
    }

    /// That something else was expected.
    fn unexpected(&self, expected: &str) -> Invalid {
        if self.token == Token::End {
            return syntax("The input string ended unexpectedly.");
        }
        let found = &self.lexer.text[self.start..self.lexer.end];
        syntax(format!("Expected {expected}, but found \"{found}\"."))
    }

    fn expect(&mut self, token: &Token<'_>, expected: &str) -> Result<(), Invalid> {
        if self.token != *token {
            return Err(self.unexpected(expected));
        }
        self.advance().map(drop)
    }

    fn value(&mut self, depth: usize) -> Result<Jsonb, Invalid> {
        match self.token {
            Token::Mark(b'{' | b'[') if depth > DEEPEST => Err(too_deep()),
            Token::Mark(b'{') => self.object(depth),
            Token::Mark(b'[') => self.array(depth),
            Token::Mark(_) | Token::End => Err(self.unexpected("JSON value")),
            Token::String(_) | Token::Number(_) | Token::True | Token::False | Token::Null => {
                Ok(match self.advance()? {
                    Token::String(text) => Jsonb::String(text),
                    Token::Number(text) if self.lexer.decode => Jsonb::Number(jsonb_number::canonical(text)?),
                    Token::Number(_) => Jsonb::Number(String::new()),
                    Token::True => Jsonb::Bool(true),
                    Token::False => Jsonb::Bool(false),
                    Token::Null | Token::Mark(_) | Token::End => Jsonb::Null,
                })
            }
        }
    }

    fn array(&mut self, depth: usize) -> Result<Jsonb, Invalid> {
        self.advance()?;
        let mut elements = Vec::new();
        if self.token != Token::Mark(b']') {
            elements.push(self.value(depth + 1)?);
            while self.token == Token::Mark(b',') {
                self.advance()?;
                elements.push(self.value(depth + 1)?);
            }
        }
        self.expect(&Token::Mark(b']'), "\",\" or \"]\"")?;
        Ok(Jsonb::Array(elements))
    }

    fn object(&mut self, depth: usize) -> Result<Jsonb, Invalid> {
        self.advance()?;
        let mut members = Vec::new();
        match self.token {
            Token::Mark(b'}') => {}
            Token::String(_) => {
                members.push(self.member(depth)?);
                while self.token == Token::Mark(b',') {
                    self.advance()?;
                    members.push(self.member(depth)?);
                }
            }
            _ => return Err(self.unexpected("string or \"}\"")),
        }
        self.expect(&Token::Mark(b'}'), "\",\" or \"}\"")?;
        Ok(Jsonb::object(members))
    }

    fn member(&mut self, depth: usize) -> Result<(String, Jsonb), Invalid> {
        if !matches!(self.token, Token::String(_)) {
            return Err(self.unexpected("string"));
        }
        let Token::String(key) = self.advance()? else { return Err(self.unexpected("string")) };
        self.expect(&Token::Mark(b':'), "\":\"")?;
        Ok((key, self.value(depth + 1)?))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// As PostgreSQL 18 tells it.
    #[test]
    fn an_error_tells_the_line_that_it_is_in() {
        let long = format!("{{\"a\":1\n,\n\"b\":{}x,\"c\":4}}", "1".repeat(80));
        let table = [
            ("{a", "1: {a"),
            ("{\"a\" 1}", "1: {\"a\" 1..."),
            ("{\"a\":\n  b}", "2:   b..."),
            ("[1,\n2,\n3,\nx]", "4: x..."),
            ("", "1: "),
            ("\n\n", "3: "),
            ("\"\\q\"", "1: \"\\q..."),
            (long.as_str(), "3: ...111111111111111111111111111111111111111111111111x..."),
        ];
        for (text, line) in table {
            let context = validate_json(text).expect_err("it is no JSON").context;
            assert_eq!(context, Some(format!("JSON data, line {line}")), "{text}");
        }
        assert_eq!(validate_json("1e999999"), Ok(()));
    }
}
