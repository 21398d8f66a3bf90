//! Records: a value of each column, of a composite type or of an anonymous one.

use std::cmp::Ordering;

use super::scan::is_blank;
use super::{Invalid, Reader, Style, Types, Value};

/// A record. Its columns know their types, since an anonymous one has no other place for them.
#[derive(Clone, Debug, PartialEq)]
pub struct Record {
    /// The columns: the type and the value; none is NULL.
    pub columns: Vec<(u32, Option<Value>)>,
}

impl Record {
    /// The order: column by column, NULL last.
    pub fn compare(&self, other: &Self) -> Option<Ordering> {
        for ((_, left), (_, right)) in self.columns.iter().zip(&other.columns) {
            let order = match (left, right) {
                (Some(left), Some(right)) => left.compare(right)?,
                (left, right) => left.is_none().cmp(&right.is_none()),
            };
            if order != Ordering::Equal {
                return Some(order);
            }
        }
        Some(self.columns.len().cmp(&other.columns.len()))
    }
}

/// What the columns of a composite type are: name, type, modifier.
type Columns = [(String, u32, i32)];

fn malformed(text: &str, detail: &str) -> Invalid {
    Invalid::new("22P02", format!("malformed record literal: \"{text}\"")).detail(detail)
}

/// Reads the text of a part of a record or of a range, up to what `ends` it: quotes may be anywhere in it, doubled inside
/// them, and a backslash escapes. Gives the text and what follows; none at the end of the input.
pub(super) fn part(text: &str, ends: impl Fn(char) -> bool) -> Option<(String, &str)> {
    let mut part = String::new();
    let mut quoted = false;
    let mut rest = text;
    loop {
        let c = rest.chars().next()?;
        if !quoted && ends(c) {
            return Some((part, rest));
        }
        rest = &rest[c.len_utf8()..];
        match c {
            '\\' => {
                let escaped = rest.chars().next()?;
                part.push(escaped);
                rest = &rest[escaped.len_utf8()..];
            }
            '"' if quoted && rest.starts_with('"') => {
                part.push('"');
                rest = &rest[1..];
            }
            '"' => quoted = !quoted,
            _ => part.push(c),
        }
    }
}

/// Appends a part, in quotes where it would be read as something else without them.
pub(super) fn push_part(out: &mut String, text: &str, special: &[char]) {
    if !text.is_empty()
        && !text.contains(|c| special.contains(&c) || matches!(c, '"' | '\\' | ',') || is_blank(c))
    {
        out.push_str(text);
        return;
    }
    out.push('"');
    for c in text.chars() {
        if matches!(c, '"' | '\\') {
            out.push(c);
        }
        out.push(c);
    }
    out.push('"');
}

/// Reads the text form.
pub(super) fn input(
    types: &dyn Types,
    columns: &Columns,
    text: &str,
    style: &Style<'_>,
) -> Result<Record, Invalid> {
    let missing = || malformed(text, "Missing left parenthesis.");
    let mut rest = text.trim_start_matches(is_blank).strip_prefix('(').ok_or_else(missing)?;
    let mut read = Vec::new();
    for (index, (_, oid, modifier)) in columns.iter().enumerate() {
        if index > 0 {
            rest = rest.strip_prefix(',').ok_or_else(|| malformed(text, "Too few columns."))?;
        }
        // Nothing at all is NULL.
        if rest.starts_with([',', ')']) {
            read.push((*oid, None));
            continue;
        }
        let end = || malformed(text, "Unexpected end of input.");
        let (column, after) = part(rest, |c| matches!(c, ',' | ')')).ok_or_else(end)?;
        read.push((*oid, Some(super::input(types, *oid, *modifier, &column, style)?)));
        rest = after;
    }
    rest = rest.strip_prefix(')').ok_or_else(|| malformed(text, "Too many columns."))?;
    if !rest.trim_start_matches(is_blank).is_empty() {
        return Err(malformed(text, "Junk after right parenthesis."));
    }
    Ok(Record { columns: read })
}

/// Writes the text form.
pub(super) fn output(types: &dyn Types, record: &Record, style: &Style<'_>) -> String {
    let mut out = "(".to_owned();
    for (index, (oid, value)) in record.columns.iter().enumerate() {
        if index > 0 {
            out.push(',');
        }
        if let Some(value) = value {
            push_part(&mut out, &super::output(types, *oid, value, style), &['(', ')']);
        }
    }
    out + ")"
}

/// Reads the binary form; of an anonymous record without `columns`, the columns that it tells.
pub(super) fn receive(
    types: &dyn Types,
    columns: &Columns,
    bytes: &mut Reader<'_>,
) -> Result<Record, Invalid> {
    let count = bytes.i32()?;
    if i32::try_from(columns.len()) != Ok(count) {
        let message = format!("wrong number of columns: {count}, expected {}", columns.len());
        return Err(Invalid::new("42804", message));
    }
    let mut read = Vec::new();
    for (index, (_, oid, modifier)) in columns.iter().enumerate() {
        let number = index + 1;
        let sent = bytes.i32()?.cast_unsigned();
        if sent != *oid {
            let message = format!(
                "binary data has type {sent} ({}) instead of expected {oid} ({}) in record column {number}",
                types.name(sent),
                types.name(*oid)
            );
            return Err(Invalid::new("42804", message));
        }
        let what = || format!("record column {number}");
        read.push((*oid, super::receive_part(types, *oid, *modifier, bytes, &what)?));
    }
    Ok(Record { columns: read })
}

/// Writes the binary form.
pub(super) fn send(types: &dyn Types, record: &Record, out: &mut Vec<u8>) -> Result<(), Invalid> {
    out.extend(u32::try_from(record.columns.len()).unwrap_or(u32::MAX).to_be_bytes());
    for (oid, value) in &record.columns {
        out.extend(oid.to_be_bytes());
        super::send_part(types, *oid, value.as_ref(), out)?;
    }
    Ok(())
}
