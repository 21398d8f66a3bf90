//! LIKE and regular expressions.

use super::arithmetic::mismatch;
use super::text::of;
use crate::postgresql::sql::context::Context;
use crate::postgresql::sql::stop::Stop;
use pgconform_wire::value::Value;
use regex::{Regex, RegexBuilder};

type Answer = Result<Option<Value>, Stop>;

/// A pattern of LIKE as a regular expression.
fn like_regex(pattern: &str, insensitive: bool) -> Result<Regex, Stop> {
    let mut regex = String::from("^");
    let mut chars = pattern.chars();
    while let Some(char) = chars.next() {
        match char {
            '%' => regex.push_str(".*"),
            '_' => regex.push('.'),
            '\\' => match chars.next() {
                Some(char) => regex.push_str(&regex::escape(char.encode_utf8(&mut [0; 4]))),
                None => return Err(Stop::error("22025", "LIKE pattern must not end with escape character")),
            },
            char => regex.push_str(&regex::escape(char.encode_utf8(&mut [0; 4]))),
        }
    }
    regex.push('$');
    compiled(&regex, insensitive, true)
}

/// A regular expression as PostgreSQL has them: without multi-line modes, `.` being any character.
fn compiled(pattern: &str, insensitive: bool, any_character: bool) -> Result<Regex, Stop> {
    let regex =
        RegexBuilder::new(pattern).case_insensitive(insensitive).dot_matches_new_line(any_character).build();
    regex.map_err(|error| {
        let text = error.to_string();
        let reason = match text.as_str() {
            text if text.contains("unclosed group") || text.contains("unopened group") => {
                "parentheses () not balanced"
            }
            text if text.contains("unclosed character class") => "brackets [] not balanced",
            text if text.contains("repetition operator missing expression") => "quantifier operand invalid",
            text if text.contains("invalid escape") || text.contains("unrecognized escape") => {
                "invalid escape \\ sequence"
            }
            _ => "invalid regexp",
        };
        Stop::error("2201B", format!("invalid regular expression: {reason}"))
    })
}

fn operands(values: &[Value]) -> Result<(&str, &str), Stop> {
    let [value, pattern] = values else { return Err(mismatch()) };
    Ok((of(value)?, of(pattern)?))
}

fn likes(values: &[Value], insensitive: bool, wanted: bool) -> Answer {
    let (value, pattern) = operands(values)?;
    Ok(Some(Value::Bool(like_regex(pattern, insensitive)?.is_match(value) == wanted)))
}

/// `~~`
pub(super) fn like(_: &mut Context<'_>, values: &[Value]) -> Answer {
    likes(values, false, true)
}

/// `!~~`
pub(super) fn not_like(_: &mut Context<'_>, values: &[Value]) -> Answer {
    likes(values, false, false)
}

/// `~~*`
pub(super) fn ilike(_: &mut Context<'_>, values: &[Value]) -> Answer {
    likes(values, true, true)
}

/// `!~~*`
pub(super) fn not_ilike(_: &mut Context<'_>, values: &[Value]) -> Answer {
    likes(values, true, false)
}

/// `like_escape`: a pattern with another escape character, as one with a backslash.
pub(super) fn escape(_: &mut Context<'_>, values: &[Value]) -> Answer {
    let (pattern, escape) = operands(values)?;
    let mut escapes = escape.chars();
    let escape = escapes.next();
    if escapes.next().is_some() {
        let error = crate::engine::SqlError::error("22025", "invalid escape string");
        return Err(error.hint("Escape string must be empty or one character.").into());
    }
    let mut result = String::new();
    let mut chars = pattern.chars();
    while let Some(char) = chars.next() {
        if Some(char) == escape {
            result.push('\\');
            result.extend(chars.next());
        } else if char == '\\' {
            result.push_str("\\\\");
        } else {
            result.push(char);
        }
    }
    Ok(Some(Value::Text(result)))
}

fn matching(values: &[Value], insensitive: bool, wanted: bool) -> Answer {
    let (value, pattern) = operands(values)?;
    let pattern = pattern.strip_prefix("***:").unwrap_or(pattern);
    Ok(Some(Value::Bool(compiled(pattern, insensitive, true)?.is_match(value) == wanted)))
}

/// `~`
pub(super) fn matches(_: &mut Context<'_>, values: &[Value]) -> Answer {
    matching(values, false, true)
}

/// `!~`
pub(super) fn not_matches(_: &mut Context<'_>, values: &[Value]) -> Answer {
    matching(values, false, false)
}

/// `~*`
pub(super) fn imatches(_: &mut Context<'_>, values: &[Value]) -> Answer {
    matching(values, true, true)
}

/// `!~*`
pub(super) fn not_imatches(_: &mut Context<'_>, values: &[Value]) -> Answer {
    matching(values, true, false)
}

/// `regexp_replace`: the first match, or with the flag `g` all.
pub(super) fn regexp_replace(_: &mut Context<'_>, values: &[Value]) -> Answer {
    let [value, pattern, new, flags @ ..] = values else { return Err(mismatch()) };
    let flags = flags.first().map_or(Ok(""), of)?;
    if let Some(unknown) = flags.chars().find(|flag| !matches!(flag, 'g' | 'i')) {
        return Err(Stop::error("22023", format!("invalid regular expression option: \"{unknown}\"")));
    }
    let regex = compiled(of(pattern)?, flags.contains('i'), true)?;
    // `\1` and `\&` name what was matched; `$` means nothing.
    let mut replacement = String::new();
    let mut chars = of(new)?.chars();
    while let Some(char) = chars.next() {
        match (char, if char == '\\' { chars.next() } else { None }) {
            ('\\', Some('&')) => replacement.push_str("${0}"),
            ('\\', Some(digit)) if digit.is_ascii_digit() => replacement.push_str(&format!("${{{digit}}}")),
            ('\\', Some(other)) => replacement.push(other),
            ('$', _) => replacement.push_str("$$"),
            (char, _) => replacement.push(char),
        }
    }
    let value = of(value)?;
    let limit = usize::from(!flags.contains('g'));
    Ok(Some(Value::Text(regex.replacen(value, limit, replacement).into_owned())))
}

/// `substring` of a pattern: what its first group matches, or all of it.
pub(super) fn substring(_: &mut Context<'_>, values: &[Value]) -> Answer {
    let (value, pattern) = operands(values)?;
    let regex = compiled(pattern, false, true)?;
    let group = usize::from(regex.captures_len() > 1);
    let found = regex.captures(value).and_then(|captures| captures.get(group));
    Ok(found.map(|found| Value::Text(found.as_str().to_owned())))
}
