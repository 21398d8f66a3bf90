//! The tokens of a `jsonpath`. Of what a text may begin with, the longest counts, as in PostgreSQL's scanner.

use super::Invalid;

/// A token.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Token {
    /// One or two special characters.
    Symbol(&'static str),
    /// A name; and which keyword it is, if it is one.
    Word(String, Option<&'static str>),
    String(String),
    Variable(String),
    /// A whole number: its digits, and their base.
    Integer(String, u32),
    /// Any other number.
    Decimal(String),
    End,
}

/// The keywords.
#[rustfmt::skip]
const KEYWORDS: [&str; 33] = [
    "is", "to", "abs", "lax", "date", "flag", "last", "null", "size", "time", "true", "type", "with", "false", "floor",
    "bigint", "double", "exists", "number", "starts", "strict", "string", "boolean", "ceiling", "decimal", "integer",
    "time_tz", "unknown", "datetime", "keyvalue", "timestamp", "like_regex", "timestamp_tz",
];

/// What stands for itself, the longer before the shorter.
#[rustfmt::skip]
const SYMBOLS: [&str; 32] = [
    "&&", "||", "**", "<=", "==", "<>", "!=", ">=", "?", "%", "$", ".", "[", "]", "{", "}", "(", ")", "|", "&", "!", "=",
    "<", ">", "@", "#", ",", "*", ":", "-", "+",
    "/",
];

fn is_blank(c: char) -> bool {
    matches!(c, ' ' | '\t' | '\n' | '\r' | '\x0c')
}

/// Whether a name may have this character without a backslash.
fn in_name(c: char) -> bool {
    !is_blank(c) && !"?%$.[]{}()|&!=<>@#,*:-+/\\\"".contains(c)
}

/// Cuts a text into tokens.
pub(crate) struct Lexer<'a> {
    rest: &'a str,
    /// The text that an error at the last token shows: what PostgreSQL's scanner read last.
    shown: &'a str,
}

impl<'a> Lexer<'a> {
    pub(crate) fn new(text: &'a str) -> Self {
        Self { rest: text, shown: "" }
    }

    /// That the text is wrong where the last token is.
    pub(crate) fn error(&self, what: &str) -> Invalid {
        let place = if self.shown.is_empty() {
            "at end".to_owned()
        } else {
            format!("at or near \"{}\"", self.shown)
        };
        Invalid::new("42601", format!("{what} {place} of jsonpath input"))
    }

    /// Takes so many bytes, which an error then shows.
    fn take(&mut self, count: usize) -> &'a str {
        (self.shown, self.rest) = self.rest.split_at(count);
        self.shown
    }

    fn fail<T>(&mut self, count: usize, what: &str) -> Result<T, Invalid> {
        self.take(count);
        Err(self.error(what))
    }

    fn run(&self, from: usize, wanted: impl Fn(char) -> bool) -> usize {
        let rest = &self.rest[from..];
        rest.len() - rest.trim_start_matches(wanted).len()
    }

    pub(crate) fn next(&mut self) -> Result<Token, Invalid> {
        loop {
            self.take(self.run(0, is_blank));
            if self.rest.starts_with("/*") {
                self.comment()?;
                continue;
            }
            let Some(first) = self.rest.chars().next() else {
                self.take(0);
                return Ok(Token::End);
            };
            if first == '"' {
                return self.quoted(1).map(Token::String);
            }
            if first == '$' {
                let name = self.run(1, in_name);
                if self.rest[1..].starts_with('"') {
                    return self.quoted(2).map(Token::Variable);
                }
                if name > 0 {
                    return Ok(Token::Variable(self.take(1 + name)[1..].to_owned()));
                }
            }
            if let Some(number) = self.number()? {
                return Ok(number);
            }
            if let Some(symbol) = SYMBOLS.iter().find(|symbol| self.rest.starts_with(**symbol)) {
                self.take(symbol.len());
                return Ok(Token::Symbol(symbol));
            }
            if let Some(word) = self.word()? {
                return Ok(word);
            }
        }
    }

    fn comment(&mut self) -> Result<(), Invalid> {
        let Some(end) = self.rest[2..].find("*/") else {
            self.take(self.rest.len());
            return self.fail(0, "unexpected end of comment");
        };
        self.take(2 + end + 2);
        Ok(())
    }

    /// A name, unless a comment follows at once: then PostgreSQL forgets it.
    fn word(&mut self) -> Result<Option<Token>, Invalid> {
        let mut name = String::new();
        loop {
            let run = self.run(0, in_name);
            name.push_str(self.take(run));
            if !self.rest.starts_with('\\') {
                break;
            }
            self.escape(&mut name)?;
        }
        if self.rest.starts_with("/*") {
            self.comment()?;
            return Ok(None);
        }
        // What ended the name is what an error shows, if it is white space.
        self.take(self.run(0, is_blank));
        let is_word = |word: &&&str| match **word {
            exact @ ("null" | "true" | "false") => name == exact,
            word => name.eq_ignore_ascii_case(word),
        };
        let keyword = KEYWORDS.iter().find(is_word).copied();
        Ok(Some(Token::Word(name, keyword)))
    }

    /// What stands in quotes, the first of which is the last of so many bytes.
    fn quoted(&mut self, start: usize) -> Result<String, Invalid> {
        let mut text = String::new();
        self.take(start);
        loop {
            let run = self.run(0, |c| !matches!(c, '"' | '\\'));
            text.push_str(self.take(run));
            match self.rest.chars().next() {
                None => return self.fail(0, "unterminated quoted string"),
                Some('"') => {
                    self.take(1);
                    return Ok(text);
                }
                Some(_) => self.escape(&mut text)?,
            }
        }
    }

    /// Reads what a backslash begins.
    fn escape(&mut self, out: &mut String) -> Result<(), Invalid> {
        let c = match self.rest[1..].chars().next() {
            None | Some('\n') => return self.fail(1, "unexpected end after backslash"),
            Some('u') => return self.unicode(out),
            Some('x') => return self.hexadecimal(out),
            Some('b') => '\x08',
            Some('f') => '\x0c',
            Some('n') => '\n',
            Some('r') => '\r',
            Some('t') => '\t',
            Some('v') => '\x0b',
            Some(c) => {
                self.take(1 + c.len_utf8());
                out.push(c);
                return Ok(());
            }
        };
        self.take(2);
        out.push(c);
        Ok(())
    }

    /// Reads `\x41`.
    fn hexadecimal(&mut self, out: &mut String) -> Result<(), Invalid> {
        let count = self.run(2, |c| c.is_ascii_hexdigit()).min(2);
        if count < 2 {
            return self.fail(2 + count, "invalid hexadecimal character sequence");
        }
        let code = u32::from_str_radix(&self.take(4)[2..], 16);
        push_code(code.unwrap_or(0), out)
    }

    /// Reads escapes of the forms `\u0041` and `\u{41}`, as many as there are.
    fn unicode(&mut self, out: &mut String) -> Result<(), Invalid> {
        let mut codes = Vec::new();
        let mut end = 0;
        while self.rest[end..].starts_with("\\u") {
            let braces = self.rest[end + 2..].starts_with('{');
            let start = end + 2 + usize::from(braces);
            let count = self.run(start, |c| c.is_ascii_hexdigit()).min(if braces { 6 } else { 4 });
            let closed =
                if braces { count > 0 && self.rest[start + count..].starts_with('}') } else { count == 4 };
            if !closed {
                return self.fail(start + count, "invalid Unicode escape sequence");
            }
            // Six digits always fit.
            codes.push(u32::from_str_radix(&self.rest[start..start + count], 16).unwrap_or(0));
            end = start + count + usize::from(braces);
        }
        self.take(end);
        let mut high = None;
        for code in codes {
            match (code, high) {
                (0xd800..=0xdbff, None) => high = Some(code),
                (0xd800..=0xdbff, Some(_)) => return Err(surrogate("high surrogate must not follow a high")),
                (0xdc00..=0xdfff, Some(first)) => {
                    push_code(0x1_0000 + ((first & 0x3ff) << 10) + (code & 0x3ff), out)?;
                    high = None;
                }
                (0xdc00..=0xdfff, None) | (_, Some(_)) => {
                    return Err(surrogate("low surrogate must follow a high"));
                }
                (_, None) => push_code(code, out)?,
            }
        }
        if high.is_some() { Err(surrogate("low surrogate must follow a high")) } else { Ok(()) }
    }

    /// The number at the start, if it is one. What is longer as a name is a name.
    fn number(&mut self) -> Result<Option<Token>, Invalid> {
        let text = self.rest.as_bytes();
        let whole = whole_length(text);
        let decimal = decimal_length(text, whole);
        let real = exponent_end(text, decimal).max(exponent_end(text, whole));
        let base = [("0x", 16), ("0o", 8), ("0b", 2)]
            .into_iter()
            .find(|(prefix, _)| self.rest.get(..2).is_some_and(|start| start.eq_ignore_ascii_case(prefix)));
        let based = base.map_or(0, |(_, radix)| based_length(text, radix));
        let longest = real.max(decimal).max(whole).max(based);
        let behind = |length: usize| match self.rest[length..].chars().next() {
            // PostgreSQL takes a byte, wherever in a character it is.
            Some(c) if length > 0 && in_name(c) => length + 1,
            _ => 0,
        };
        let junk = behind(whole).max(behind(decimal)).max(behind(real));
        let unfinished = sign_end(text, decimal).max(sign_end(text, whole));
        let name = self.run(0, in_name);
        if longest > 0 && longest >= name && longest >= junk && longest >= unfinished {
            let digits: String = self.take(longest).chars().filter(|c| *c != '_').collect();
            return Ok(Some(match base {
                Some((_, radix)) if longest == based => Token::Integer(digits[2..].to_owned(), radix),
                _ if longest == whole => Token::Integer(digits, 10),
                _ => Token::Decimal(digits),
            }));
        }
        if unfinished > 0 && unfinished >= name && unfinished >= junk {
            return self.fail(unfinished, "invalid numeric literal");
        }
        if junk > 0 && junk >= name {
            let shown = (junk..).find(|end| self.rest.is_char_boundary(*end)).unwrap_or(junk);
            return self.fail(shown, "trailing junk after numeric literal");
        }
        Ok(None)
    }
}

fn surrogate(what: &str) -> Invalid {
    let error = Invalid::new("22P02", "invalid input syntax for type jsonpath");
    error.detail(format!("Unicode {what} surrogate."))
}

/// Adds the character with this code.
fn push_code(code: u32, out: &mut String) -> Result<(), Invalid> {
    if code == 0 {
        let error = Invalid::new("22P05", "unsupported Unicode escape sequence");
        return Err(error.detail("\\u0000 cannot be converted to text."));
    }
    let c = char::from_u32(code).ok_or_else(|| Invalid::new("42601", "invalid Unicode code point"))?;
    out.push(c);
    Ok(())
}

/// How long the digits at the start are, of this base and with single underscores between them.
fn digits(text: &[u8], radix: u32) -> usize {
    let is_digit = |at: usize| text.get(at).is_some_and(|byte| char::from(*byte).is_digit(radix));
    let mut length = 0;
    loop {
        let next = length + usize::from(length > 0 && text.get(length) == Some(&b'_'));
        if !is_digit(next) {
            return length;
        }
        length = next + 1;
    }
}

/// How long the whole number at the start is: without zeros in front.
fn whole_length(text: &[u8]) -> usize {
    if text.first() == Some(&b'0') { 1 } else { digits(text, 10) }
}

/// How long the number with a point at the start is, whose part before the point is so long.
fn decimal_length(text: &[u8], whole: usize) -> usize {
    if text.get(whole) != Some(&b'.') {
        return 0;
    }
    let fraction = digits(&text[whole + 1..], 10);
    if whole + fraction > 0 { whole + 1 + fraction } else { 0 }
}

/// Where the exponent behind a number of this length ends, if there is one.
fn exponent_end(text: &[u8], number: usize) -> usize {
    if number == 0 || !matches!(text.get(number), Some(b'e' | b'E')) {
        return 0;
    }
    let start = number + 1 + usize::from(matches!(text.get(number + 1), Some(b'+' | b'-')));
    match digits(text.get(start..).unwrap_or_default(), 10) {
        0 => 0,
        count => start + count,
    }
}

/// Where the sign of an exponent behind a number of this length ends, if there is one.
fn sign_end(text: &[u8], number: usize) -> usize {
    let sign = matches!(text.get(number..), Some([b'e' | b'E', b'+' | b'-', ..]));
    if number > 0 && sign { number + 2 } else { 0 }
}

/// How long the number with a prefix of two characters is.
fn based_length(text: &[u8], radix: u32) -> usize {
    match digits(&text[2..], radix) {
        0 => 0,
        count => 2 + count,
    }
}
