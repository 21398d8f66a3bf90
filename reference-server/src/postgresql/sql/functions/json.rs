//! Functions that take JSON apart.

use super::arithmetic::{integer, mismatch};
use super::text::of;
use crate::postgresql::sql::context::Context;
use crate::postgresql::sql::eval::elements as items;
use crate::postgresql::sql::known::PLAIN;
use crate::postgresql::sql::stop::Stop;
use pgconform_wire::value::jsonb::Jsonb;
use pgconform_wire::value::text::Json as Text;
use pgconform_wire::value::{Form as _, Value};

type Answer = Result<Option<Value>, Stop>;

/// A value of JSON: as it is written, or by its meaning.
#[derive(Clone, Debug)]
pub(super) enum Json {
    Written(String),
    Meant(Jsonb),
}

/// The JSON that a value is.
pub(super) fn given(value: &Value) -> Result<Json, Stop> {
    match value {
        Value::Json(Text(text)) => Ok(Json::Written(text.clone())),
        Value::Jsonb(json) => Ok(Json::Meant(json.clone())),
        _ => Err(mismatch()),
    }
}

/// The parts of an array or object between commas, as they are written; none of what is neither.
fn parts(text: &str) -> Vec<&str> {
    let inner = text.trim();
    let inner = match (inner.chars().next(), inner.chars().next_back()) {
        (Some('['), Some(']')) | (Some('{'), Some('}')) => &inner[1..inner.len() - 1],
        _ => return Vec::new(),
    };
    let mut parts = Vec::new();
    let mut start = 0;
    for at in outside(inner, ',') {
        parts.push(inner[start..at].trim());
        start = at + 1;
    }
    let last = inner[start..].trim();
    if !(parts.is_empty() && last.is_empty()) {
        parts.push(last);
    }
    parts
}

/// Where a character stands outside of strings and containers.
fn outside(text: &str, wanted: char) -> Vec<usize> {
    let mut depth = 0_usize;
    let mut quoted = false;
    let mut escaped = false;
    let mut found = Vec::new();
    for (at, char) in text.char_indices() {
        match char {
            _ if escaped => escaped = false,
            '\\' if quoted => escaped = true,
            '"' => quoted = !quoted,
            _ if quoted => {}
            '[' | '{' => depth += 1,
            ']' | '}' => depth = depth.saturating_sub(1),
            char if char == wanted && depth == 0 => found.push(at),
            _ => {}
        }
    }
    found
}

/// The members of an object, as they are written.
fn members(text: &str) -> Vec<(String, &str)> {
    let member = |part: &'_ str| {
        let colon = *outside(part, ':').first()?;
        let key = Jsonb::input(&part[..colon], &PLAIN).ok()?.text()?;
        Some((key, colon))
    };
    parts(text)
        .into_iter()
        .filter_map(|part| member(part).map(|(key, colon)| (key, part[colon + 1..].trim())))
        .collect()
}

impl Json {
    /// Its meaning.
    pub(super) fn value(&self) -> Jsonb {
        match self {
            Self::Written(text) => Jsonb::input(text, &PLAIN).unwrap_or(Jsonb::Null),
            Self::Meant(json) => json.clone(),
        }
    }

    /// The value that it is.
    pub(super) fn into_value(self) -> Value {
        match self {
            Self::Written(text) => Value::Json(Text(text)),
            Self::Meant(json) => Value::Jsonb(json),
        }
    }

    /// The text of a string, or the value as it is written; none of `null`.
    pub(super) fn text(&self) -> Option<String> {
        match self {
            Self::Written(text) if text.starts_with(['[', '{']) => Some(text.clone()),
            Self::Written(text) if text.starts_with(|char: char| char.is_ascii_digit() || char == '-') => {
                Some(text.clone())
            }
            Self::Written(_) => self.value().text(),
            Self::Meant(json) => json.text(),
        }
    }

    /// The elements of an array.
    pub(super) fn elements(&self) -> Vec<Self> {
        match self {
            Self::Written(text) if text.trim().starts_with('[') => {
                parts(text).into_iter().map(|part| Self::Written(part.to_owned())).collect()
            }
            Self::Meant(Jsonb::Array(elements)) => elements.iter().cloned().map(Self::Meant).collect(),
            _ => Vec::new(),
        }
    }

    /// The names in an object.
    pub(super) fn keys(&self) -> Vec<String> {
        match self {
            Self::Written(text) => members(text).into_iter().map(|(key, _)| key).collect(),
            Self::Meant(Jsonb::Object(members)) => members.iter().map(|(key, _)| key.clone()).collect(),
            Self::Meant(_) => Vec::new(),
        }
    }

    /// The member of an object of this name: of several, the last.
    fn get(&self, key: &str) -> Option<Self> {
        match self {
            Self::Written(text) if text.trim().starts_with('{') => {
                let found = members(text).into_iter().rfind(|(name, _)| name == key);
                found.map(|(_, value)| Self::Written(value.to_owned()))
            }
            Self::Written(_) => None,
            Self::Meant(json) => json.get(key).cloned().map(Self::Meant),
        }
    }

    /// The element of an array at this place, from its end if below zero.
    fn at(&self, place: i64) -> Option<Self> {
        if let Self::Meant(json) = self {
            return json.element(place).cloned().map(Self::Meant);
        }
        let elements = self.elements();
        let place = match usize::try_from(place) {
            Ok(place) => place,
            Err(_) => elements.len().checked_sub(usize::try_from(place.unsigned_abs()).ok()?)?,
        };
        elements.into_iter().nth(place)
    }

    /// What a path of names and places leads to.
    fn path(&self, path: &[String]) -> Option<Self> {
        path.iter().try_fold(self.clone(), |json, step| match json.value() {
            Jsonb::Object(_) => json.get(step),
            Jsonb::Array(_) => json.at(step.trim().parse().ok()?),
            _ => None,
        })
    }
}

fn json_value(json: Option<Json>) -> Answer {
    Ok(json.map(Json::into_value))
}

fn json_text(json: Option<Json>) -> Answer {
    Ok(json.and_then(|json| json.text()).map(Value::Text))
}

fn field_of(values: &[Value]) -> Result<Option<Json>, Stop> {
    let [json, key] = values else { return Err(mismatch()) };
    Ok(given(json)?.get(of(key)?))
}

/// `->` with a name
pub(super) fn field(_: &mut Context<'_>, values: &[Value]) -> Answer {
    json_value(field_of(values)?)
}

/// `->>` with a name
pub(super) fn field_text(_: &mut Context<'_>, values: &[Value]) -> Answer {
    json_text(field_of(values)?)
}

fn element_of(values: &[Value]) -> Result<Option<Json>, Stop> {
    let [json, place] = values else { return Err(mismatch()) };
    Ok(given(json)?.at(integer(place)?))
}

/// `->` with a place
pub(super) fn element(_: &mut Context<'_>, values: &[Value]) -> Answer {
    json_value(element_of(values)?)
}

/// `->>` with a place
pub(super) fn element_text(_: &mut Context<'_>, values: &[Value]) -> Answer {
    json_text(element_of(values)?)
}

fn path_of(values: &[Value]) -> Result<Option<Json>, Stop> {
    let [json, steps] = values else { return Err(mismatch()) };
    let steps: Option<Vec<String>> = items(steps.clone())
        .into_iter()
        .map(|step| if let Some(Value::Text(step)) = step { Some(step) } else { None })
        .collect();
    let json = given(json)?;
    Ok(steps.and_then(|steps| json.path(&steps)))
}

/// `#>`
pub(super) fn path(_: &mut Context<'_>, values: &[Value]) -> Answer {
    json_value(path_of(values)?)
}

/// `#>>`
pub(super) fn path_text(_: &mut Context<'_>, values: &[Value]) -> Answer {
    json_text(path_of(values)?)
}

/// `@>`
pub(super) fn contains(_: &mut Context<'_>, values: &[Value]) -> Answer {
    let [Value::Jsonb(left), Value::Jsonb(right)] = values else { return Err(mismatch()) };
    Ok(Some(Value::Bool(left.contains(right))))
}

/// `<@`
pub(super) fn contained(_: &mut Context<'_>, values: &[Value]) -> Answer {
    let [Value::Jsonb(left), Value::Jsonb(right)] = values else { return Err(mismatch()) };
    Ok(Some(Value::Bool(right.contains(left))))
}

/// `?`
pub(super) fn exists(_: &mut Context<'_>, values: &[Value]) -> Answer {
    let [Value::Jsonb(json), key] = values else { return Err(mismatch()) };
    Ok(Some(Value::Bool(json.exists(of(key)?))))
}

fn existing(values: &[Value]) -> Result<Vec<bool>, Stop> {
    let [Value::Jsonb(json), keys] = values else { return Err(mismatch()) };
    let exists = |key: Option<Value>| match key {
        Some(Value::Text(key)) => Some(json.exists(&key)),
        _ => None,
    };
    Ok(items(keys.clone()).into_iter().filter_map(exists).collect())
}

/// `?|`
pub(super) fn exists_any(_: &mut Context<'_>, values: &[Value]) -> Answer {
    Ok(Some(Value::Bool(existing(values)?.contains(&true))))
}

/// `?&`
pub(super) fn exists_all(_: &mut Context<'_>, values: &[Value]) -> Answer {
    Ok(Some(Value::Bool(!existing(values)?.contains(&false))))
}

/// `||`
pub(super) fn concatenate(_: &mut Context<'_>, values: &[Value]) -> Answer {
    let [Value::Jsonb(left), Value::Jsonb(right)] = values else { return Err(mismatch()) };
    let list =
        |json: &Jsonb| if let Jsonb::Array(elements) = json { elements.clone() } else { vec![json.clone()] };
    Ok(Some(Value::Jsonb(match (left, right) {
        (Jsonb::Object(left), Jsonb::Object(right)) => Jsonb::object([left.clone(), right.clone()].concat()),
        (left, right) => Jsonb::Array([list(left), list(right)].concat()),
    })))
}

/// `-` with a name
pub(super) fn delete(_: &mut Context<'_>, values: &[Value]) -> Answer {
    let [Value::Jsonb(json), key] = values else { return Err(mismatch()) };
    let key = of(key)?;
    Ok(Some(Value::Jsonb(match json {
        Jsonb::Object(members) => {
            Jsonb::Object(members.iter().filter(|(name, _)| name != key).cloned().collect())
        }
        Jsonb::Array(elements) => {
            let other = |element: &&Jsonb| !matches!(element, Jsonb::String(text) if text == key);
            Jsonb::Array(elements.iter().filter(other).cloned().collect())
        }
        _ => return Err(Stop::error("22023", "cannot delete from scalar")),
    })))
}

/// `json_typeof`
pub(super) fn kind(_: &mut Context<'_>, values: &[Value]) -> Answer {
    let [json] = values else { return Err(mismatch()) };
    let kind = match given(json)?.value() {
        Jsonb::Null => "null",
        Jsonb::Bool(_) => "boolean",
        Jsonb::Number(_) => "number",
        Jsonb::String(_) => "string",
        Jsonb::Array(_) => "array",
        Jsonb::Object(_) => "object",
    };
    Ok(Some(Value::Text(kind.to_owned())))
}

/// `json_array_length`
pub(super) fn array_length(_: &mut Context<'_>, values: &[Value]) -> Answer {
    let [json] = values else { return Err(mismatch()) };
    match given(json)?.value() {
        Jsonb::Array(elements) => Ok(Some(Value::Int4(i32::try_from(elements.len()).unwrap_or(i32::MAX)))),
        Jsonb::Object(_) => Err(Stop::error("22023", "cannot get array length of a non-array")),
        _ => Err(Stop::error("22023", "cannot get array length of a scalar")),
    }
}
