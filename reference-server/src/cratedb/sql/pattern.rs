//! LIKE and regular expressions.

use super::super::refusal::{Exception, Refusal};
use super::eval::too_large;
use super::expr::Pattern;
use regex::{Regex, RegexBuilder};

/// The longest pattern, in bytes.
const LONGEST: usize = 32 << 10;

/// How large a pattern may become when it is compiled, in bytes; and how many steps each byte of a text may take then. Matching
/// is linear in the text, but each part of the pattern may have to be looked at for each of its bytes.
const SIZES: [(usize, usize); 3] = [(4 << 10, 4), (32 << 10, 64), (512 << 10, 1024)];

/// How many steps compiling a pattern takes.
pub(super) const COMPILING: usize = 20_000;

/// A pattern that is ready to be looked for.
#[derive(Debug)]
pub(super) struct Compiled {
    pub(super) regex: Regex,
    /// The steps that each byte of a text may take.
    cost: usize,
}

impl Compiled {
    /// How many steps looking for it in a text may take.
    pub(super) fn cost(&self, text: &str) -> usize {
        text.len().saturating_mul(self.cost)
    }
}

/// A pattern that matches all of a text or nothing. It cannot go back and try again.
pub(super) fn compiled(pattern: &str, kind: Pattern) -> Result<Compiled, Refusal> {
    let (regex, insensitive) = match kind {
        _ if pattern.len() > LONGEST => return Err(too_large("the pattern is too long")),
        Pattern::Like { insensitive } => (spelt(pattern)?, insensitive),
        Pattern::Regex { insensitive } => (format!("^(?:{pattern})$"), insensitive),
    };
    let mut builder = RegexBuilder::new(&regex);
    builder.case_insensitive(insensitive).dot_matches_new_line(true);
    built(&mut builder, pattern)
}

/// A pattern that is looked for in a text.
pub(super) fn searched(pattern: &str) -> Result<Compiled, Refusal> {
    if pattern.len() > LONGEST {
        return Err(too_large("the pattern is too long"));
    }
    built(&mut RegexBuilder::new(pattern), pattern)
}

fn built(builder: &mut RegexBuilder, pattern: &str) -> Result<Compiled, Refusal> {
    let sized = |(size, cost): (usize, usize)| {
        builder.size_limit(size).build().ok().map(|regex| Compiled { regex, cost })
    };
    let wrong = || Refusal::new(Exception::IllegalArgument, format!("Invalid pattern: {pattern}"));
    SIZES.into_iter().find_map(sized).ok_or_else(wrong)
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
