//! `jsonb`: JSON by its meaning.

use std::cmp::Ordering;

use super::{Form, Invalid, Reader, Style, json, jsonb_number, ts_word::valid_text};

/// A value of JSON.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Jsonb {
    /// `null`
    Null,
    /// `true` or `false`
    Bool(bool),
    /// A number, as PostgreSQL's `numeric` writes it.
    Number(String),
    /// A string.
    String(String),
    /// An array.
    Array(Vec<Jsonb>),
    /// An object: names and values, in the order of [`Jsonb::object`].
    Object(Vec<(String, Jsonb)>),
}

/// The order of names in an object: the shorter first, and then by their bytes.
fn compare_keys(a: &str, b: &str) -> Ordering {
    a.len().cmp(&b.len()).then_with(|| a.as_bytes().cmp(b.as_bytes()))
}

impl Jsonb {
    /// An object with these members in PostgreSQL's order; of those with the same name, it has the last.
    pub fn object(mut members: Vec<(String, Jsonb)>) -> Self {
        members.reverse();
        members.sort_by(|(a, _), (b, _)| compare_keys(a, b));
        members.dedup_by(|(later, _), (earlier, _)| later == earlier);
        Self::Object(members)
    }

    /// The member of an object with this name: the operator `->` with text.
    pub fn get(&self, key: &str) -> Option<&Jsonb> {
        let Self::Object(members) = self else { return None };
        let at = members.binary_search_by(|(name, _)| compare_keys(name, key)).ok()?;
        Some(&members[at].1)
    }

    /// The element of an array at this place, from its end if below zero: the operator `->` with a number. A value that is
    /// no container is in PostgreSQL an array of one.
    pub fn element(&self, index: i64) -> Option<&Jsonb> {
        let elements = match self {
            Self::Array(elements) => elements.as_slice(),
            Self::Object(_) => return None,
            scalar => std::slice::from_ref(scalar),
        };
        element(elements, index)
    }

    /// What a path of names and places leads to: the operator `#>`.
    pub fn at_path(&self, path: &[&str]) -> Option<&Jsonb> {
        path.iter().try_fold(self, |value, step| match value {
            Self::Object(_) => value.get(step),
            Self::Array(elements) => {
                let number = step.trim_start_matches(|c| u8::try_from(c).is_ok_and(super::scan::is_space));
                element(elements, i64::from(number.parse::<i32>().ok()?))
            }
            _ => None,
        })
    }

    /// The value as text: of the operators `->>` and `#>>`. Null has none, and a string has no quotes.
    pub fn text(&self) -> Option<String> {
        match self {
            Self::Null => None,
            Self::String(text) => Some(text.clone()),
            value => Some(value.to_string()),
        }
    }

    /// Whether an object has a member of this name, or an array this string: the operator `?`.
    pub fn exists(&self, key: &str) -> bool {
        let is_key = |value: &Jsonb| matches!(value, Self::String(text) if text == key);
        match self {
            Self::Object(_) => self.get(key).is_some(),
            Self::Array(elements) => elements.iter().any(is_key),
            scalar => is_key(scalar),
        }
    }

    /// Whether all that `other` has is here too: the operator `@>`.
    pub fn contains(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Object(_) | Self::Array(_), Self::Object(_) | Self::Array(_)) => self.has_all_of(other),
            // An array contains each of its elements, though else only containers contain anything.
            (Self::Array(elements), scalar) if !matches!(scalar, Self::Object(_)) => {
                elements.iter().any(|element| element.compare(scalar).is_eq())
            }
            (Self::Object(_) | Self::Array(_), _) | (_, Self::Object(_) | Self::Array(_)) => false,
            (a, b) => a.compare(b).is_eq(),
        }
    }

    /// [`Jsonb::contains`] inside a value, where an array does not contain what is none.
    fn has_all_of(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Object(_), Self::Object(members)) => members
                .iter()
                .all(|(key, wanted)| self.get(key).is_some_and(|value| value.has_all_of(wanted))),
            (Self::Array(elements), Self::Array(wanted)) => {
                wanted.iter().all(|wanted| elements.iter().any(|element| element.has_all_of(wanted)))
            }
            (Self::Object(_) | Self::Array(_), _) | (_, Self::Object(_) | Self::Array(_)) => false,
            (a, b) => a.compare(b).is_eq(),
        }
    }

    /// The order of PostgreSQL's `<`, where strings go by their bytes; `=` is where it is equal, so `1.0` and `1.00` are.
    pub fn compare(&self, other: &Self) -> Ordering {
        // A value that is no container is in PostgreSQL an array of one, which is why it is above an array without any.
        match (self, other) {
            (Self::Array(_), Self::Array(_)) | (Self::Object(_), _) | (_, Self::Object(_)) => {
                self.compare_inside(other)
            }
            (Self::Array(elements), _) => elements.len().cmp(&1).then(Ordering::Greater),
            (_, Self::Array(elements)) => 1.cmp(&elements.len()).then(Ordering::Less),
            (a, b) => a.compare_inside(b),
        }
    }

    /// [`Jsonb::compare`] inside a value.
    fn compare_inside(&self, other: &Self) -> Ordering {
        match (self, other) {
            (Self::Bool(a), Self::Bool(b)) => a.cmp(b),
            (Self::Number(a), Self::Number(b)) => jsonb_number::compare(a, b),
            (Self::String(a), Self::String(b)) => a.as_bytes().cmp(b.as_bytes()),
            (Self::Array(a), Self::Array(b)) => {
                let elements = a.iter().zip(b).map(|(a, b)| a.compare_inside(b));
                a.len().cmp(&b.len()).then_with(|| first_difference(elements))
            }
            (Self::Object(a), Self::Object(b)) => {
                let members = a.iter().zip(b).map(|((key_a, a), (key_b, b))| {
                    key_a.as_bytes().cmp(key_b.as_bytes()).then_with(|| a.compare_inside(b))
                });
                a.len().cmp(&b.len()).then_with(|| first_difference(members))
            }
            (a, b) => a.rank().cmp(&b.rank()),
        }
    }

    /// The order of the kinds of values.
    fn rank(&self) -> u8 {
        match self {
            Self::Null => 0,
            Self::String(_) => 1,
            Self::Number(_) => 2,
            Self::Bool(_) => 3,
            Self::Array(_) => 4,
            Self::Object(_) => 5,
        }
    }

    fn write(&self, out: &mut String) {
        match self {
            Self::Null => out.push_str("null"),
            Self::Bool(value) => out.push_str(if *value { "true" } else { "false" }),
            Self::Number(text) => out.push_str(text),
            Self::String(text) => write_string(text, out),
            Self::Array(elements) => {
                out.push('[');
                for (at, element) in elements.iter().enumerate() {
                    out.push_str(if at > 0 { ", " } else { "" });
                    element.write(out);
                }
                out.push(']');
            }
            Self::Object(members) => {
                out.push('{');
                for (at, (key, value)) in members.iter().enumerate() {
                    out.push_str(if at > 0 { ", " } else { "" });
                    write_string(key, out);
                    out.push_str(": ");
                    value.write(out);
                }
                out.push('}');
            }
        }
    }
}

fn first_difference(mut orders: impl Iterator<Item = Ordering>) -> Ordering {
    orders.find(|order| order.is_ne()).unwrap_or(Ordering::Equal)
}

fn element(elements: &[Jsonb], index: i64) -> Option<&Jsonb> {
    let from_end = || elements.len().checked_sub(usize::try_from(index.unsigned_abs()).ok()?);
    elements.get(usize::try_from(index).ok().or_else(from_end)?)
}

/// Writes a string in quotes, with no more escapes than PostgreSQL gives it.
pub(crate) fn write_string(text: &str, out: &mut String) {
    out.push('"');
    for c in text.chars() {
        match c {
            '"' => out.push_str("\\\""),
            '\\' => out.push_str("\\\\"),
            '\x08' => out.push_str("\\b"),
            '\x0c' => out.push_str("\\f"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            '\0'..' ' => out.push_str(&format!("\\u{:04x}", u32::from(c))),
            _ => out.push(c),
        }
    }
    out.push('"');
}

impl std::fmt::Display for Jsonb {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        let mut out = String::new();
        self.write(&mut out);
        f.write_str(&out)
    }
}

impl Form for Jsonb {
    fn input(text: &str, _: &Style<'_>) -> Result<Self, Invalid> {
        json::parse(text, true)
    }

    fn output(&self, _: &Style<'_>) -> String {
        self.to_string()
    }

    fn receive(bytes: &mut Reader<'_>) -> Result<Self, Invalid> {
        match bytes.array()? {
            [1] => json::parse(valid_text(bytes.rest())?, true),
            [version] => Err(Invalid::new("XX000", format!("unsupported jsonb version number {version}"))),
        }
    }

    fn send(&self, out: &mut Vec<u8>) {
        out.push(1);
        out.extend(self.to_string().as_bytes());
    }
}
