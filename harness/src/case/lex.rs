//! Cuts a line into tokens.

/// A token and where it stands.
#[derive(Clone, Debug, PartialEq)]
pub(super) struct Token {
    pub(super) what: What,
    /// Where it begins, in characters from 1.
    pub(super) column: usize,
    /// Its bytes in the line.
    pub(super) span: std::ops::Range<usize>,
    /// Whether white space, or the line's start, is before it.
    pub(super) spaced: bool,
}

/// What a token is.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum What {
    Word(String),
    Text(Vec<u8>),
    Input(String),
    Is,
    Like,
    Times,
    ListOpen,
    ListClose,
    GroupOpen,
    GroupClose,
}

/// The tokens of `line` from byte `from` on.
pub(super) fn tokens(line: &str, from: usize) -> Result<Vec<Token>, String> {
    let mut tokens = Vec::new();
    let mut at = from;
    let mut spaced = true;
    while let Some(c) = line[at..].chars().next() {
        if c.is_whitespace() {
            spaced = true;
            at += c.len_utf8();
            continue;
        }
        let column = line[..at].chars().count() + 1;
        let (what, length) = token(&line[at..], c).map_err(|error| format!("column {column}: {error}"))?;
        tokens.push(Token { what, column, span: at..at + length, spaced });
        at += length;
        spaced = false;
    }
    Ok(tokens)
}

/// The token at the start of `rest`, whose first character is `c`, and its length in bytes.
fn token(rest: &str, c: char) -> Result<(What, usize), String> {
    let simple = match c {
        '=' => What::Is,
        '~' => What::Like,
        '*' => What::Times,
        '[' => What::ListOpen,
        ']' => What::ListClose,
        '{' => What::GroupOpen,
        '}' => What::GroupClose,
        '"' => return text(rest),
        '@' => {
            let name = word(&rest[1..]);
            return match name {
                "" => Err("`@` begins the name of an input".to_owned()),
                name => Ok((What::Input(name.to_owned()), 1 + name.len())),
            };
        }
        '#' => return Err("a comment is a line of its own".to_owned()),
        '<' if rest.starts_with(pgconform_wire::trace::MASK) => {
            return Err("a transcript masks secrets: say what is meant, or leave the field out".to_owned());
        }
        '<' => return Err("`<...>` names a column of `examples`, and there is none of this name".to_owned()),
        _ => {
            return match word(rest) {
                "" => Err(format!("`{c}` begins no word: text stands in quotes")),
                word => Ok((What::Word(word.to_owned()), word.len())),
            };
        }
    };
    Ok((simple, 1))
}

fn word(rest: &str) -> &str {
    let end = rest.bytes().position(|b| !(b.is_ascii_alphanumeric() || b"_.-".contains(&b)));
    &rest[..end.unwrap_or(rest.len())]
}

/// The quoted text at the start of `rest`, and how many bytes it takes there.
fn text(rest: &str) -> Result<(What, usize), String> {
    let mut text = Vec::new();
    let mut chars = rest.char_indices().skip(1);
    while let Some((at, c)) = chars.next() {
        let escaped = match c {
            '"' => return Ok((What::Text(text), at + 1)),
            '\\' => chars.next(),
            c => {
                text.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes());
                continue;
            }
        };
        match escaped {
            Some((_, c @ ('"' | '\\'))) => text.extend_from_slice(c.encode_utf8(&mut [0; 4]).as_bytes()),
            Some((_, 'n')) => text.push(b'\n'),
            Some((_, 'r')) => text.push(b'\r'),
            Some((_, 't')) => text.push(b'\t'),
            Some((_, 'x')) => {
                let digits: String = chars.by_ref().take(2).map(|(_, c)| c).collect();
                text.push(hex_byte(&digits).ok_or("`\\x` takes two hexadecimal digits")?);
            }
            Some((_, c)) => {
                return Err(format!(
                    "no escape is `\\{c}`: one of `\\\"`, `\\\\`, `\\n`, `\\r`, `\\t`, `\\x00`"
                ));
            }
            None => break,
        }
    }
    Err("the quote is not closed".to_owned())
}

/// How many bytes the quoted text at the start of `rest` takes; none if it is not closed.
pub(super) fn text_length(rest: &str) -> Option<usize> {
    text(rest).ok().map(|(_, length)| length)
}

/// The byte that two hexadecimal digits tell.
pub(super) fn hex_byte(digits: &str) -> Option<u8> {
    // from_str_radix would take a sign.
    let plain = digits.len() == 2 && digits.bytes().all(|b| b.is_ascii_hexdigit());
    if plain { u8::from_str_radix(digits, 16).ok() } else { None }
}
