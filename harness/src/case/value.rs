//! Arguments and their values, and what they stand for as bytes.

use pgconform_wire::version;
use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;

/// An argument: `"SELECT 1"`, `query="SELECT 1"`, `message~"*denied*"`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Arg {
    /// The name of its field, if it is given.
    pub name: Option<String>,
    /// Whether `*` in the value stands for anything. Only where something is compared.
    pub like: bool,
    /// The value.
    pub value: Value,
}

/// The value of an argument.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Value {
    /// `22012`, `I`, `3.0`: read as the field's type asks.
    Word(String),
    /// `"..."`.
    Text(Vec<u8>),
    /// `null`.
    Null,
    /// `[...]`; the items have no names.
    List(Vec<Arg>),
    /// `{...}`.
    Group(Vec<Arg>),
    /// `@name`, without the `@`.
    Input(String),
}

/// What a run gives to a case.
pub trait Inputs {
    /// The value of the input `name`, which has no `@`: `user`, `password.expired`, `sql.one-row`.
    fn get(&self, name: &str) -> Option<Vec<u8>>;
}

/// An input that the target does not have, by its name without `@`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Missing(pub String);

impl fmt::Display for Missing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "the target has no `@{}`", self.0)
    }
}

impl std::error::Error for Missing {}

/// Whether `text` fits `pattern`, in which `*` stands for anything.
pub fn like(pattern: &[u8], text: &[u8]) -> bool {
    let mut parts = pattern.split(|&b| b == b'*');
    let first = parts.next().unwrap_or_default();
    let Some(mut rest) = text.strip_prefix(first) else { return false };
    let Some(last) = parts.next_back() else { return rest.is_empty() };
    // The leftmost match of each part leaves the most to those behind it.
    for part in parts.filter(|part| !part.is_empty()) {
        let Some(at) = rest.windows(part.len()).position(|window| window == part) else { return false };
        rest = &rest[at + part.len()..];
    }
    rest.ends_with(last)
}

impl Arg {
    /// An argument without a name.
    pub(super) fn bare(value: Value) -> Self {
        Self { name: None, like: false, value }
    }

    /// The value as bytes; none for NULL.
    pub fn bytes(&self, inputs: &dyn Inputs) -> Result<Option<Vec<u8>>, Missing> {
        self.value.bytes(inputs)
    }

    /// Whether `actual`, in which none stands for NULL, is what the argument says.
    pub fn matches(&self, actual: Option<&[u8]>, inputs: &dyn Inputs) -> Result<bool, Missing> {
        let expected = self.value.bytes(inputs)?;
        Ok(match (expected.as_deref(), actual) {
            (Some(expected), Some(actual)) if self.like => like(expected, actual),
            (expected, actual) => expected == actual,
        })
    }

    /// Adds the names of the inputs in it to `names`.
    pub(super) fn inputs(&self, names: &mut BTreeSet<String>) {
        match &self.value {
            Value::Input(name) => {
                names.insert(name.clone());
            }
            Value::List(args) | Value::Group(args) => args.iter().for_each(|arg| arg.inputs(names)),
            Value::Word(_) | Value::Text(_) | Value::Null => {}
        }
    }

    /// The argument with the values of its inputs in their place.
    pub fn resolve(&self, inputs: &dyn Inputs) -> Result<Self, Missing> {
        Ok(Self { name: self.name.clone(), like: self.like, value: self.value.resolve(inputs)? })
    }
}

impl Value {
    /// The value as bytes; none for NULL. A list or a group is its text in the case language.
    pub fn bytes(&self, inputs: &dyn Inputs) -> Result<Option<Vec<u8>>, Missing> {
        Ok(match self {
            Self::Word(word) => Some(word.clone().into_bytes()),
            Self::Text(text) => Some(text.clone()),
            Self::Null => None,
            Self::List(_) | Self::Group(_) => Some(self.to_string().into_bytes()),
            Self::Input(name) => Some(input(name, inputs)?),
        })
    }

    /// The value with the values of its inputs in their place.
    pub fn resolve(&self, inputs: &dyn Inputs) -> Result<Self, Missing> {
        let all = |args: &[Arg]| args.iter().map(|arg| arg.resolve(inputs)).collect::<Result<Vec<_>, _>>();
        Ok(match self {
            // A word, where it can be one: a field may ask for a number.
            Self::Input(name) => match String::from_utf8(input(name, inputs)?) {
                Ok(text) if pgconform_wire::trace::is_word(&text) => Self::Word(text),
                Ok(text) => Self::Text(text.into_bytes()),
                Err(error) => Self::Text(error.into_bytes()),
            },
            Self::List(args) => Self::List(all(args)?),
            Self::Group(args) => Self::Group(all(args)?),
            Self::Word(_) | Self::Text(_) | Self::Null => self.clone(),
        })
    }

    /// The value, which has no inputs, as the text of a field.
    pub(super) fn text(&self) -> Result<&[u8], String> {
        match self {
            Self::Word(word) => Ok(word.as_bytes()),
            Self::Text(text) => Ok(text),
            Self::Null => Err("this is never NULL".to_owned()),
            Self::List(_) | Self::Group(_) | Self::Input(_) => Err(format!("`{self}` is no text")),
        }
    }

    /// As [`text`](Self::text), for a field that may be NULL.
    pub(super) fn nullable(&self) -> Result<Option<&[u8]>, String> {
        if *self == Self::Null { Ok(None) } else { self.text().map(Some) }
    }

    /// The value, which has no inputs, as a number; `what` says which, in the words of the documentation.
    pub(super) fn number<T: FromStr>(&self, what: &str) -> Result<T, String> {
        let number = if let Self::Word(word) = self { word.parse().ok() } else { None };
        number.ok_or_else(|| format!("`{self}` is no {what}"))
    }

    /// The value, which has no inputs, as a character: itself, or hexadecimal as in `0x00`.
    pub(super) fn byte(&self) -> Result<u8, String> {
        let byte = match self {
            Self::Word(word) => match word.strip_prefix("0x") {
                Some(digits) => super::lex::hex_byte(digits),
                None => only(word.as_bytes()),
            },
            Self::Text(text) => only(text),
            Self::Null | Self::List(_) | Self::Group(_) | Self::Input(_) => None,
        };
        byte.ok_or_else(|| format!("`{self}` is no single character"))
    }

    /// The value, which has no inputs, as four bytes.
    pub(super) fn bytes4(&self) -> Result<[u8; 4], String> {
        self.text()?.try_into().map_err(|_| format!("`{self}` is not four bytes"))
    }

    /// The value, which has no inputs, as a protocol version.
    pub(super) fn version(&self) -> Result<u32, String> {
        let version = if let Self::Word(word) = self { version::parse(word) } else { None };
        version.ok_or_else(|| format!("`{self}` is no protocol version such as 3.0"))
    }
}

fn only(bytes: &[u8]) -> Option<u8> {
    if let [byte] = bytes { Some(*byte) } else { None }
}

fn input(name: &str, inputs: &dyn Inputs) -> Result<Vec<u8>, Missing> {
    inputs.get(name).ok_or_else(|| Missing(name.to_owned()))
}

#[cfg(test)]
mod test {
    use super::like;

    #[test]
    fn a_star_stands_for_anything() {
        for (pattern, text) in [
            ("", ""),
            ("*", ""),
            ("*", "abc"),
            ("abc", "abc"),
            ("a*", "abc"),
            ("*c", "abc"),
            ("*b*", "abc"),
            ("a*c*e", "abcde"),
            ("*ab*ab", "abab"),
            ("**", "x"),
        ] {
            assert!(like(pattern.as_bytes(), text.as_bytes()), "{pattern} {text}");
        }
        for (pattern, text) in [
            ("", "a"),
            ("abc", "abcd"),
            ("a*", "ba"),
            ("*c", "cb"),
            ("ab*ba", "aba"),
            ("*ab*ab", "ab"),
            ("a", ""),
        ] {
            assert!(!like(pattern.as_bytes(), text.as_bytes()), "{pattern} {text}");
        }
    }
}
