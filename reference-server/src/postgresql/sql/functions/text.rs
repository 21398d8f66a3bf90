//! Functions of text.

use super::arithmetic::mismatch;
use crate::engine::SqlError;
use crate::postgresql::meter::fits;
use crate::postgresql::settings::list::quote_identifier;
use crate::postgresql::sql::context::Context;
use crate::postgresql::sql::eval::elements;
use crate::postgresql::sql::stop::Stop;
use crate::postgresql::storage::Oid;
use pgconform_wire::value::bytea::Bytea;
use pgconform_wire::value::{Value, types};

type Answer = Result<Option<Value>, Stop>;

/// The most bytes that a value may have.
const MOST: usize = 0x3fff_ffff;

fn text(text: impl Into<String>) -> Answer {
    Ok(Some(Value::Text(text.into())))
}

/// The text of a value of a text type.
pub(super) fn of(value: &Value) -> Result<&str, Stop> {
    match value {
        Value::Text(text) => Ok(text),
        Value::Bpchar(text) => Ok(&text.0),
        Value::Name(name) => Ok(name.as_str()),
        _ => Err(mismatch()),
    }
}

fn size(count: usize) -> Answer {
    Ok(Some(Value::Int4(i32::try_from(count).unwrap_or(i32::MAX))))
}

fn number(value: &Value) -> Result<i64, Stop> {
    super::arithmetic::integer(value)
}

/// As many as a count says, and none if that is below zero.
fn count(value: i64) -> usize {
    usize::try_from(value).unwrap_or(0)
}

/// `||` of texts
pub(super) fn concatenate(_: &mut Context<'_>, values: &[Value]) -> Answer {
    let [left, right] = values else { return Err(mismatch()) };
    text(format!("{}{}", of(left)?, of(right)?))
}

/// `||` of a text and anything
pub(super) fn concatenate_any(context: &mut Context<'_>, values: &[Option<Value>], types: &[Oid]) -> Answer {
    if values.iter().any(Option::is_none) {
        return Ok(None);
    }
    let each = values.iter().zip(types).map(|(value, oid)| match value {
        // As a cast to text has it: in full.
        Some(Value::Bool(value)) => value.to_string(),
        Some(value) => context.output(*oid, value),
        None => String::new(),
    });
    text(each.collect::<String>())
}

/// The text forms of values of any type.
fn texts(context: &Context<'_>, values: &[Option<Value>], types: &[Oid]) -> Vec<Option<String>> {
    let one = |(value, oid): (&Option<Value>, &Oid)| value.as_ref().map(|value| context.output(*oid, value));
    values.iter().zip(types).map(one).collect()
}

/// `concat`
pub(super) fn concat(context: &mut Context<'_>, values: &[Option<Value>], types: &[Oid]) -> Answer {
    text(texts(context, values, types).into_iter().flatten().collect::<String>())
}

/// `concat_ws`
pub(super) fn concat_ws(context: &mut Context<'_>, values: &[Option<Value>], types: &[Oid]) -> Answer {
    let all = texts(context, values, types);
    let Some((Some(separator), rest)) = all.split_first() else { return Ok(None) };
    text(rest.iter().flatten().cloned().collect::<Vec<_>>().join(separator))
}

/// `format`: `%s`, `%I` and `%L`, with positions and widths.
pub(super) fn format(context: &mut Context<'_>, values: &[Option<Value>], types: &[Oid]) -> Answer {
    let Some(Some(Value::Text(pattern))) = values.first() else { return Ok(None) };
    let arguments = texts(context, values, types);
    let mut result = String::new();
    let mut rest = pattern.as_str();
    let mut next = 1;
    while let Some(at) = rest.find('%') {
        result.push_str(&rest[..at]);
        rest = &rest[at + 1..];
        if let Some(after) = rest.strip_prefix('%') {
            result.push('%');
            rest = after;
            continue;
        }
        let digits = rest.len() - rest.trim_start_matches(|char: char| char.is_ascii_digit()).len();
        if rest[digits..].starts_with('$') {
            next = rest[..digits].parse().unwrap_or(0);
            if next == 0 {
                let message = "format specifies argument 0, but arguments are numbered from 1";
                return Err(Stop::error("22023", message));
            }
            rest = &rest[digits + 1..];
        }
        let left = rest.starts_with('-');
        rest = rest.trim_start_matches('-');
        let digits = rest.len() - rest.trim_start_matches(|char: char| char.is_ascii_digit()).len();
        let width: usize = rest[..digits].parse().unwrap_or(0);
        rest = &rest[digits..];
        let Some(kind) = rest.chars().next() else {
            let error = SqlError::error("22023", "unterminated format() type specifier");
            return Err(error.hint("For a single \"%\" use \"%%\".").into());
        };
        rest = &rest[kind.len_utf8()..];
        if !matches!(kind, 's' | 'I' | 'L') {
            let message = format!("unrecognized format() type specifier \"{kind}\"");
            return Err(SqlError::error("22023", message).hint("For a single \"%\" use \"%%\".").into());
        }
        let Some(argument) = arguments.get(next) else {
            return Err(Stop::error("22023", "too few arguments for format()"));
        };
        next += 1;
        let shown = match (kind, argument) {
            ('s', None) => String::new(),
            ('s', Some(text)) => text.clone(),
            ('I', None) => {
                return Err(Stop::error("22004", "null values cannot be formatted as an SQL identifier"));
            }
            ('I', Some(text)) => quote_identifier(text),
            (_, None) => "NULL".to_owned(),
            (_, Some(text)) => literal(text),
        };
        fits(result.len() + shown.len().max(width))?;
        let padding = std::iter::repeat_n(' ', width.saturating_sub(shown.chars().count()));
        if left {
            result.push_str(&shown);
            result.extend(padding);
        } else {
            result.extend(padding);
            result.push_str(&shown);
        }
    }
    result.push_str(rest);
    text(result)
}

/// `length`: in characters; of a `character`, without the spaces that fill it up.
pub(super) fn length(_: &mut Context<'_>, values: &[Value]) -> Answer {
    match values {
        [Value::Bpchar(text)] => size(text.trimmed().chars().count()),
        [value] => size(of(value)?.chars().count()),
        _ => Err(mismatch()),
    }
}

/// `octet_length`
pub(super) fn octets(_: &mut Context<'_>, values: &[Value]) -> Answer {
    match values {
        [Value::Bytea(bytes)] => size(bytes.0.len()),
        [value] => size(of(value)?.len()),
        _ => Err(mismatch()),
    }
}

fn changed(values: &[Value], change: impl FnOnce(&str) -> String) -> Answer {
    match values {
        [value] => text(change(of(value)?)),
        _ => Err(mismatch()),
    }
}

/// `upper`
pub(super) fn upper(_: &mut Context<'_>, values: &[Value]) -> Answer {
    changed(values, simple_upper)
}

/// `lower`
pub(super) fn lower(_: &mut Context<'_>, values: &[Value]) -> Answer {
    changed(values, |text| text.chars().map(|char| one(char.to_lowercase(), char)).collect())
}

/// Each character in upper case by itself: as long a text as before.
fn simple_upper(text: &str) -> String {
    text.chars().map(|char| one(char.to_uppercase(), char)).collect()
}

fn one(mut mapped: impl ExactSizeIterator<Item = char>, own: char) -> char {
    if mapped.len() == 1 { mapped.next().unwrap_or(own) } else { own }
}

/// `initcap`
pub(super) fn initcap(_: &mut Context<'_>, values: &[Value]) -> Answer {
    changed(values, |text| {
        let mut within = false;
        let each = |char: char| {
            let mapped = if within { one(char.to_lowercase(), char) } else { one(char.to_uppercase(), char) };
            within = char.is_alphanumeric();
            mapped
        };
        text.chars().map(each).collect()
    })
}

/// What of `length` things a part from place `from` (1: the first) is, for `count` of them.
fn part(length: usize, from: i64, count: Option<i64>) -> Result<std::ops::Range<usize>, Stop> {
    if count.is_some_and(|count| count < 0) {
        return Err(Stop::error("22011", "negative substring length not allowed"));
    }
    let end = count.map_or(i64::MAX, |count| from.saturating_add(count));
    let place = |at: i64| usize::try_from(at.max(1) - 1).unwrap_or(usize::MAX).min(length);
    let from = place(from);
    Ok(from..place(end).max(from))
}

/// `substring`
pub(super) fn substring(_: &mut Context<'_>, values: &[Value]) -> Answer {
    let [value, from, rest @ ..] = values else { return Err(mismatch()) };
    let length = rest.first().map(number).transpose()?;
    let from = number(from)?;
    if let Value::Bytea(bytes) = value {
        let range = part(bytes.0.len(), from, length)?;
        return Ok(Some(Value::Bytea(Bytea(bytes.0[range].to_vec()))));
    }
    let chars: Vec<char> = of(value)?.chars().collect();
    let range = part(chars.len(), from, length)?;
    text(chars[range].iter().collect::<String>())
}

/// `overlay`
pub(super) fn overlay(_: &mut Context<'_>, values: &[Value]) -> Answer {
    let [value, new, from, rest @ ..] = values else { return Err(mismatch()) };
    let (value, new, from) = (of(value)?, of(new)?, number(from)?);
    let length = match rest.first() {
        Some(length) => number(length)?,
        None => i64::try_from(new.chars().count()).unwrap_or(i64::MAX),
    };
    if from <= 0 {
        return Err(Stop::error("22011", "negative substring length not allowed"));
    }
    let chars: Vec<char> = value.chars().collect();
    let end = from.saturating_add(length);
    if i32::try_from(end).is_err() {
        return Err(Stop::error("22003", "integer out of range"));
    }
    let before = part(chars.len(), 1, Some(from - 1))?;
    let after = part(chars.len(), end, None)?;
    text(
        chars[before]
            .iter()
            .copied()
            .chain(new.chars())
            .chain(chars[after].iter().copied())
            .collect::<String>(),
    )
}

/// `replace`
pub(super) fn replace(_: &mut Context<'_>, values: &[Value]) -> Answer {
    let [value, from, to] = values else { return Err(mismatch()) };
    let from = of(from)?;
    let count = if from.is_empty() { 0 } else { of(value)?.matches(from).count() };
    fits(of(value)?.len() + count.saturating_mul(of(to)?.len()))?;
    text(if from.is_empty() { of(value)?.to_owned() } else { of(value)?.replace(from, of(to)?) })
}

/// `repeat`
pub(super) fn repeat(_: &mut Context<'_>, values: &[Value]) -> Answer {
    let [value, times] = values else { return Err(mismatch()) };
    let (value, times) = (of(value)?, count(number(times)?));
    if value.len().saturating_mul(times) > MOST {
        return Err(Stop::error("54000", "requested length too large"));
    }
    fits(value.len().saturating_mul(times))?;
    text(value.repeat(times))
}

/// How many of `length` characters the count of `left` and `right` means: below zero, all but so many.
fn kept(length: usize, wanted: i64) -> usize {
    if wanted >= 0 {
        count(wanted).min(length)
    } else {
        length.saturating_sub(count(wanted.saturating_neg()))
    }
}

/// `left`
pub(super) fn left(_: &mut Context<'_>, values: &[Value]) -> Answer {
    let [value, wanted] = values else { return Err(mismatch()) };
    let chars: Vec<char> = of(value)?.chars().collect();
    text(chars[..kept(chars.len(), number(wanted)?)].iter().collect::<String>())
}

/// `right`
pub(super) fn right(_: &mut Context<'_>, values: &[Value]) -> Answer {
    let [value, wanted] = values else { return Err(mismatch()) };
    let chars: Vec<char> = of(value)?.chars().collect();
    text(chars[chars.len() - kept(chars.len(), number(wanted)?)..].iter().collect::<String>())
}

/// The text cut to a length, and what fills it up to that.
fn padding(values: &[Value]) -> Result<(String, String), Stop> {
    let [value, length, fill @ ..] = values else { return Err(mismatch()) };
    let fill = fill.first().map_or(Ok(" "), of)?;
    let length = count(number(length)?);
    if length > MOST {
        return Err(Stop::error("54000", "requested length too large"));
    }
    fits(length)?;
    let value: String = of(value)?.chars().take(length).collect();
    let missing = length - value.chars().count();
    let filling = if fill.is_empty() { String::new() } else { fill.chars().cycle().take(missing).collect() };
    Ok((value, filling))
}

/// `lpad`
pub(super) fn lpad(_: &mut Context<'_>, values: &[Value]) -> Answer {
    let (value, filling) = padding(values)?;
    text(filling + &value)
}

/// `rpad`
pub(super) fn rpad(_: &mut Context<'_>, values: &[Value]) -> Answer {
    let (value, filling) = padding(values)?;
    text(value + &filling)
}

fn trimmed(values: &[Value], left: bool, right: bool) -> Answer {
    let (value, set) = match values {
        [value] => (of(value)?, " "),
        [value, set] => (of(value)?, of(set)?),
        _ => return Err(mismatch()),
    };
    let mut value = value;
    if left {
        value = value.trim_start_matches(|char| set.contains(char));
    }
    if right {
        value = value.trim_end_matches(|char| set.contains(char));
    }
    text(value)
}

/// `btrim`
pub(super) fn btrim(_: &mut Context<'_>, values: &[Value]) -> Answer {
    trimmed(values, true, true)
}

/// `ltrim`
pub(super) fn ltrim(_: &mut Context<'_>, values: &[Value]) -> Answer {
    trimmed(values, true, false)
}

/// `rtrim`
pub(super) fn rtrim(_: &mut Context<'_>, values: &[Value]) -> Answer {
    trimmed(values, false, true)
}

/// `position`, `strpos`
pub(super) fn position(_: &mut Context<'_>, values: &[Value]) -> Answer {
    let [value, part] = values else { return Err(mismatch()) };
    let value = of(value)?;
    size(value.find(of(part)?).map_or(0, |at| value[..at].chars().count() + 1))
}

/// `split_part`
pub(super) fn split_part(_: &mut Context<'_>, values: &[Value]) -> Answer {
    let [value, separator, place] = values else { return Err(mismatch()) };
    let (value, separator, place) = (of(value)?, of(separator)?, number(place)?);
    if place == 0 {
        return Err(Stop::error("22023", "field position must not be zero"));
    }
    let parts: Vec<&str> = match (value, separator) {
        ("", _) => Vec::new(),
        (value, "") => vec![value],
        (value, separator) => value.split(separator).collect(),
    };
    let at =
        if place > 0 { count(place) - 1 } else { parts.len().wrapping_sub(count(place.saturating_neg())) };
    text(parts.get(at).copied().unwrap_or_default())
}

/// A text as a literal of SQL.
pub(super) fn literal(text: &str) -> String {
    let doubled = text.replace('\'', "''");
    if doubled.contains('\\') {
        format!("E'{}'", doubled.replace('\\', "\\\\"))
    } else {
        format!("'{doubled}'")
    }
}

/// `quote_ident`
pub(super) fn quote_ident(_: &mut Context<'_>, values: &[Value]) -> Answer {
    changed(values, quote_identifier)
}

/// `quote_literal`
pub(super) fn quote_literal(_: &mut Context<'_>, values: &[Value]) -> Answer {
    changed(values, literal)
}

/// `quote_nullable`
pub(super) fn quote_nullable(_: &mut Context<'_>, values: &[Option<Value>]) -> Answer {
    match values {
        [Some(value)] => text(literal(of(value)?)),
        _ => text("NULL"),
    }
}

/// `quote_literal` and `quote_nullable` of a value of any type
pub(super) fn quote_any(context: &mut Context<'_>, values: &[Option<Value>], types: &[Oid]) -> Answer {
    let shown = texts(context, values, types).into_iter().next().flatten();
    Ok(shown.map(|shown| Value::Text(literal(&shown))))
}

/// The same, where NULL is told as that.
pub(super) fn quote_any_nullable(
    context: &mut Context<'_>,
    values: &[Option<Value>],
    types: &[Oid],
) -> Answer {
    Ok(quote_any(context, values, types)?.or_else(|| Some(Value::Text("NULL".to_owned()))))
}

/// `ascii`
pub(super) fn ascii(_: &mut Context<'_>, values: &[Value]) -> Answer {
    let [value] = values else { return Err(mismatch()) };
    let code = of(value)?.chars().next().map_or(0, u32::from);
    Ok(Some(Value::Int4(code.cast_signed())))
}

/// `chr`
pub(super) fn chr(_: &mut Context<'_>, values: &[Value]) -> Answer {
    let [value] = values else { return Err(mismatch()) };
    let code = number(value)?;
    if code < 0 {
        return Err(Stop::error("54000", "character number must be positive"));
    }
    if code == 0 {
        return Err(Stop::error("54000", "null character not permitted"));
    }
    let char = u32::try_from(code).ok().and_then(char::from_u32);
    match char {
        Some(char) => text(char),
        None if code > 0x10_ffff => {
            Err(Stop::error("54000", format!("requested character too large for encoding: {code}")))
        }
        None => Err(Stop::error("54000", format!("requested character not valid for encoding: {code}"))),
    }
}

/// `reverse`
pub(super) fn reverse(_: &mut Context<'_>, values: &[Value]) -> Answer {
    changed(values, |text| text.chars().rev().collect())
}

/// `translate`
pub(super) fn translate(_: &mut Context<'_>, values: &[Value]) -> Answer {
    let [value, from, to] = values else { return Err(mismatch()) };
    let from: Vec<char> = of(from)?.chars().collect();
    let to: Vec<char> = of(to)?.chars().collect();
    let each = |char: char| match from.iter().position(|from| *from == char) {
        Some(place) => to.get(place).copied(),
        None => Some(char),
    };
    text(of(value)?.chars().filter_map(each).collect::<String>())
}

/// `to_hex`
pub(super) fn to_hex(_: &mut Context<'_>, values: &[Value]) -> Answer {
    match values {
        [Value::Int4(value)] => text(format!("{value:x}")),
        [Value::Int8(value)] => text(format!("{value:x}")),
        _ => Err(mismatch()),
    }
}

/// `starts_with`, `^@`
pub(super) fn starts_with(_: &mut Context<'_>, values: &[Value]) -> Answer {
    let [value, start] = values else { return Err(mismatch()) };
    Ok(Some(Value::Bool(of(value)?.starts_with(of(start)?))))
}

/// The elements of a text array, as they are shown.
pub(super) fn shown(context: &Context<'_>, array: Value) -> Vec<Option<String>> {
    let element = match &array {
        Value::Array(array) => array.element,
        Value::Int2Vector(_) => types::INT2,
        _ => types::OID,
    };
    let each = |value: Option<Value>| value.map(|value| context.output(element, &value));
    elements(array).into_iter().map(each).collect()
}
