//! LIKE and regular expressions.

use super::arithmetic::mismatch;
use super::text::of;
use crate::postgresql::meter::fits;
use crate::postgresql::sql::context::Context;
use crate::postgresql::sql::stop::Stop;
use pgconform_wire::value::Value;
use regex::{Regex, RegexBuilder};

type Answer = Result<Option<Value>, Stop>;

/// A part of a pattern of LIKE.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Part {
    /// `%`
    Any,
    /// `_`
    One,
    /// A character that stands for itself.
    Char(char),
}

/// The parts of a pattern of LIKE.
fn parts(pattern: &str) -> Result<Vec<Part>, Stop> {
    let mut parts = Vec::new();
    let mut chars = pattern.chars();
    while let Some(char) = chars.next() {
        parts.push(match char {
            '%' => Part::Any,
            '_' => Part::One,
            '\\' => match chars.next() {
                Some(char) => Part::Char(char),
                None => return Err(Stop::error("22025", "LIKE pattern must not end with escape character")),
            },
            char => Part::Char(char),
        });
    }
    Ok(parts)
}

/// Whether a text is like a pattern. What an earlier `%` takes need not be looked at again once a later one is reached, so
/// this takes no more steps than the one has characters times the other.
fn is_like(text: &[char], parts: &[Part]) -> bool {
    let (mut at, mut part) = (0, 0);
    // The last `%`, and how far it reaches.
    let mut any: Option<(usize, usize)> = None;
    while at < text.len() {
        match parts.get(part) {
            Some(Part::Any) => {
                any = Some((part, at));
                part += 1;
            }
            Some(Part::One) => (at, part) = (at + 1, part + 1),
            Some(Part::Char(char)) if *char == text[at] => (at, part) = (at + 1, part + 1),
            _ => {
                let Some((wildcard, reach)) = any else { return false };
                any = Some((wildcard, reach + 1));
                (at, part) = (reach + 1, wildcard + 1);
            }
        }
    }
    parts[part..].iter().all(|part| *part == Part::Any)
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

fn likes(context: &mut Context<'_>, values: &[Value], insensitive: bool, wanted: bool) -> Answer {
    let (value, pattern) = operands(values)?;
    let (value, pattern) = match insensitive {
        true => (value.to_lowercase(), pattern.to_lowercase()),
        false => (value.to_owned(), pattern.to_owned()),
    };
    let (text, parts): (Vec<char>, _) = (value.chars().collect(), parts(&pattern)?);
    let wildcards = parts.iter().filter(|part| **part == Part::Any).count();
    context.session.meter.spend(text.len().saturating_mul(wildcards) / 100)?;
    Ok(Some(Value::Bool(is_like(&text, &parts) == wanted)))
}

/// `~~`
pub(super) fn like(context: &mut Context<'_>, values: &[Value]) -> Answer {
    likes(context, values, false, true)
}

/// `!~~`
pub(super) fn not_like(context: &mut Context<'_>, values: &[Value]) -> Answer {
    likes(context, values, false, false)
}

/// `~~*`
pub(super) fn ilike(context: &mut Context<'_>, values: &[Value]) -> Answer {
    likes(context, values, true, true)
}

/// `!~~*`
pub(super) fn not_ilike(context: &mut Context<'_>, values: &[Value]) -> Answer {
    likes(context, values, true, false)
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
    let limit = if flags.contains('g') { usize::MAX } else { 1 };
    let (mut result, mut from) = (String::new(), 0);
    for captures in regex.captures_iter(value).take(limit) {
        let Some(found) = captures.get(0) else { continue };
        result.push_str(&value[from..found.start()]);
        captures.expand(&replacement, &mut result);
        fits(result.len())?;
        from = found.end();
    }
    result.push_str(&value[from..]);
    Ok(Some(Value::Text(result)))
}

/// `substring` of a pattern: what its first group matches, or all of it.
pub(super) fn substring(_: &mut Context<'_>, values: &[Value]) -> Answer {
    let (value, pattern) = operands(values)?;
    let regex = compiled(pattern, false, true)?;
    let group = usize::from(regex.captures_len() > 1);
    let found = regex.captures(value).and_then(|captures| captures.get(group));
    Ok(found.map(|found| Value::Text(found.as_str().to_owned())))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn like_is_what_postgresql_says() {
        for (text, pattern, like) in [
            ("", "", true),
            ("", "%", true),
            ("", "_", false),
            ("abc", "abc", true),
            ("abc", "a%", true),
            ("abc", "%b%", true),
            ("abc", "_b_", true),
            ("abc", "%c_", false),
            ("abcbc", "%bc", true),
            ("abcbcd", "%bc", false),
            ("a%c", r"a\%c", true),
            ("abc", r"a\%c", false),
            ("aXbXc", "a%X%c", true),
            ("é\n", "__", true),
        ] {
            let chars: Vec<char> = text.chars().collect();
            assert_eq!(is_like(&chars, &parts(pattern).unwrap()), like, "{text:?} LIKE {pattern:?}");
        }
    }
}
