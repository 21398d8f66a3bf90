//! Texts: `text` and what is written like it (`varchar`, `unknown`, `cstring`, `refcursor`), `character`, `name`, `"char"`
//! and `xml`.

use std::cmp::Ordering;

use super::{Form, Invalid, Reader, Style};

/// The text that bytes are in UTF-8. PostgreSQL's text has no zero byte.
pub fn utf8(bytes: &[u8]) -> Result<&str, Invalid> {
    let valid = match std::str::from_utf8(bytes) {
        Ok(text) => text,
        Err(error) => std::str::from_utf8(&bytes[..error.valid_up_to()]).unwrap_or_default(),
    };
    let end = valid.find('\0').unwrap_or(valid.len());
    if end == bytes.len() {
        return Ok(valid);
    }
    // As many bytes as the first of them announces.
    let announced = match bytes[end] {
        0xc0..0xe0 => 2,
        0xe0..0xf0 => 3,
        0xf0..0xf8 => 4,
        _ => 1,
    };
    let bad: Vec<String> = bytes[end..].iter().take(announced).map(|byte| format!("0x{byte:02x}")).collect();
    Err(Invalid::new("22021", format!("invalid byte sequence for encoding \"UTF8\": {}", bad.join(" "))))
}

/// `text` to at most `limit` characters. What is cut off must be spaces, but for an explicit cast.
fn limited<'a>(text: &'a str, limit: usize, explicit: bool, type_name: &str) -> Result<&'a str, Invalid> {
    let Some((end, _)) = text.char_indices().nth(limit) else { return Ok(text) };
    if explicit || text[end..].bytes().all(|byte| byte == b' ') {
        return Ok(&text[..end]);
    }
    Err(Invalid::new("22001", format!("value too long for type {type_name}({limit})")))
}

/// The length that the modifier of a `varchar` or `bpchar` tells; none where it has none.
fn length(modifier: i32) -> Option<usize> {
    usize::try_from(modifier - 4).ok()
}

/// A `varchar` under its modifier.
pub fn varchar(text: &str, modifier: i32, explicit: bool) -> Result<String, Invalid> {
    match length(modifier) {
        Some(limit) => limited(text, limit, explicit, "character varying").map(str::to_owned),
        None => Ok(text.to_owned()),
    }
}

impl Form for String {
    fn input(text: &str, _: &Style<'_>) -> Result<Self, Invalid> {
        Ok(text.to_owned())
    }

    fn output(&self, _: &Style<'_>) -> String {
        self.clone()
    }

    fn receive(bytes: &mut Reader<'_>) -> Result<Self, Invalid> {
        utf8(bytes.rest()).map(str::to_owned)
    }

    fn send(&self, out: &mut Vec<u8>) {
        out.extend(self.bytes());
    }
}

/// `character`: padded with spaces, which do not count when it is compared.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bpchar(pub String);

impl Bpchar {
    /// Under a modifier: cut or padded.
    pub fn limited(&self, modifier: i32, explicit: bool) -> Result<Self, Invalid> {
        let Some(limit) = length(modifier) else { return Ok(self.clone()) };
        let text = limited(&self.0, limit, explicit, "character")?;
        Ok(Self(format!("{text:limit$}")))
    }

    /// The text without the padding.
    pub fn trimmed(&self) -> &str {
        self.0.trim_end_matches(' ')
    }

    /// The order: padding does not count.
    pub fn compare(&self, other: &Self) -> Ordering {
        self.trimmed().cmp(other.trimmed())
    }
}

impl Form for Bpchar {
    fn input(text: &str, _: &Style<'_>) -> Result<Self, Invalid> {
        Ok(Self(text.to_owned()))
    }

    fn output(&self, _: &Style<'_>) -> String {
        self.0.clone()
    }

    fn receive(bytes: &mut Reader<'_>) -> Result<Self, Invalid> {
        String::receive(bytes).map(Self)
    }

    fn send(&self, out: &mut Vec<u8>) {
        self.0.send(out);
    }
}

/// `name`: an identifier, of at most 63 bytes.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Name(String);

impl Name {
    /// How many bytes a name has at most.
    const MOST: usize = 63;

    /// The name that `text` is, cut.
    pub fn new(text: &str) -> Self {
        let end = (0..=Self::MOST.min(text.len())).rfind(|end| text.is_char_boundary(*end)).unwrap_or(0);
        Self(text[..end].to_owned())
    }

    /// Its text.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl Form for Name {
    fn input(text: &str, _: &Style<'_>) -> Result<Self, Invalid> {
        Ok(Self::new(text))
    }

    fn output(&self, _: &Style<'_>) -> String {
        self.0.clone()
    }

    fn receive(bytes: &mut Reader<'_>) -> Result<Self, Invalid> {
        let text = String::receive(bytes)?;
        if text.len() > Self::MOST {
            let invalid = Invalid::new("42622", "identifier too long");
            return Err(invalid.detail("Identifier must be less than 64 characters."));
        }
        Ok(Self(text))
    }

    fn send(&self, out: &mut Vec<u8>) {
        self.0.send(out);
    }
}

/// `"char"`: one byte.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Char(pub u8);

impl Form for Char {
    fn input(text: &str, _: &Style<'_>) -> Result<Self, Invalid> {
        Ok(Self(match text.as_bytes() {
            [b'\\', a @ b'0'..=b'7', b @ b'0'..=b'7', c @ b'0'..=b'7'] => {
                // Three octal digits are nine bits, of which the first is lost.
                ((a - b'0') & 3) << 6 | (b - b'0') << 3 | (c - b'0')
            }
            [first, ..] => *first,
            [] => 0,
        }))
    }

    fn output(&self, _: &Style<'_>) -> String {
        match self.0 {
            0 => String::new(),
            byte if byte.is_ascii() => char::from(byte).to_string(),
            byte => format!("\\{byte:03o}"),
        }
    }

    fn receive(bytes: &mut Reader<'_>) -> Result<Self, Invalid> {
        bytes.byte().map(Self)
    }

    fn send(&self, out: &mut Vec<u8>) {
        out.push(self.0);
    }
}

/// `xml`: the text as it is. That it is well-formed is for an XML parser to say.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Xml(pub String);

impl Form for Xml {
    fn input(text: &str, _: &Style<'_>) -> Result<Self, Invalid> {
        Ok(Self(text.to_owned()))
    }

    fn output(&self, _: &Style<'_>) -> String {
        self.0.clone()
    }

    fn receive(bytes: &mut Reader<'_>) -> Result<Self, Invalid> {
        String::receive(bytes).map(Self)
    }

    fn send(&self, out: &mut Vec<u8>) {
        self.0.send(out);
    }
}

/// `json`: the text as it is, once it has been found to be JSON.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Json(pub String);

impl Form for Json {
    fn input(text: &str, _: &Style<'_>) -> Result<Self, Invalid> {
        super::json::validate_json(text)?;
        Ok(Self(text.to_owned()))
    }

    fn output(&self, _: &Style<'_>) -> String {
        self.0.clone()
    }

    fn receive(bytes: &mut Reader<'_>) -> Result<Self, Invalid> {
        let text = String::receive(bytes)?;
        super::json::validate_json(&text)?;
        Ok(Self(text))
    }

    fn send(&self, out: &mut Vec<u8>) {
        self.0.send(out);
    }
}
