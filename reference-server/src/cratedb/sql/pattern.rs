//! LIKE and regular expressions.

use super::super::refusal::{Exception, Refusal};
use super::expr::Pattern;
use regex::RegexBuilder;

/// The largest compiled pattern, in bytes.
const LARGEST: usize = 1 << 20;

/// Whether all of a text matches a pattern.
pub(super) fn matches(text: &str, pattern: &str, kind: Pattern) -> Result<bool, Refusal> {
    let (regex, insensitive) = match kind {
        Pattern::Like { insensitive } => (spelt(pattern)?, insensitive),
        Pattern::Regex { insensitive } => (format!("^(?:{pattern})$"), insensitive),
    };
    RegexBuilder::new(&regex)
        .case_insensitive(insensitive)
        .dot_matches_new_line(true)
        .size_limit(LARGEST)
        .build()
        .map(|regex| regex.is_match(text))
        .map_err(|_| Refusal::new(Exception::IllegalArgument, format!("Invalid pattern: {pattern}")))
}

/// A LIKE pattern as a regular expression.
fn spelt(pattern: &str) -> Result<String, Refusal> {
    let mut regex = String::from("^");
    let mut characters = pattern.chars();
    while let Some(character) = characters.next() {
        match character {
            '%' => regex.push_str(".*"),
            '_' => regex.push('.'),
            '\\' => {
                let Some(escaped) = characters.next() else {
                    let message = "pattern must not end with escape character";
                    return Err(Refusal::new(Exception::IllegalArgument, message));
                };
                regex.push_str(&regex::escape(escaped.encode_utf8(&mut [0; 4])));
            }
            other => regex.push_str(&regex::escape(other.encode_utf8(&mut [0; 4]))),
        }
    }
    regex.push('$');
    Ok(regex)
}
