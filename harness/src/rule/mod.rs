//! Rules: what every transcript must satisfy, whatever the case does. They judge the backend alone, and stay silent where a
//! transcript does not tell.
//!
//! A new rule is a function in the file of its phase, its row in that file's table, and a fault of the reference server
//! that turns it red.

mod authentication;
mod copy;
mod encryption;
mod error;
mod extended_query;
mod framing;
mod session;
mod simple_query;
mod startup;
#[cfg(test)]
mod tests;

use crate::conversation::{Conversation, Item};
use crate::transcript::Transcript;
use pgconform_wire::profile::claims::Claims;
use std::sync::LazyLock;

/// A rule.
#[derive(Debug)]
pub struct Rule {
    /// Its id.
    pub id: &'static str,
    /// The clauses it stands on.
    pub clauses: &'static [&'static str],
    /// What it says, in a sentence.
    pub about: &'static str,
    /// Finds the first place where a conversation breaks it.
    pub check: fn(&Conversation<'_>) -> Result<(), Violation>,
}

/// Where a conversation breaks a rule.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Violation {
    /// The index of the event, on its connection.
    pub event: usize,
    /// What should have come.
    pub expected: String,
    /// What came.
    pub actual: String,
}

impl Violation {
    fn at(item: &Item<'_>, expected: impl Into<String>) -> Self {
        Self { event: item.event, expected: expected.into(), actual: item.show() }
    }
}

/// Every rule, by phase.
pub static ALL: LazyLock<Vec<&'static Rule>> = LazyLock::new(|| {
    let tables = [
        framing::RULES,
        encryption::RULES,
        startup::RULES,
        authentication::RULES,
        session::RULES,
        simple_query::RULES,
        extended_query::RULES,
        copy::RULES,
        error::RULES,
    ];
    tables.into_iter().flatten().collect()
});

/// Rules that hold only where the server claims this, and are about what it may have otherwise.
const WHERE_CLAIMED: &[(&str, (&str, &[&str]))] = &[
    ("extended-query.describe-without-rows", ("parameter-description", &["full"])),
    // Where executions are put off, many can be one operation, and the count of an item that fails is no count.
    ("command-complete.insert-count", ("extended-query", &["full", "rejected"])),
];

/// Every rule that `transcript` breaks, with the index of the connection and the place on it, for a server that makes these
/// claims.
pub fn judge(transcript: &Transcript, claims: &Claims) -> Vec<(&'static Rule, usize, Violation)> {
    let claimed = |rule: &&&Rule| {
        let restricted = WHERE_CLAIMED.iter().find(|(id, _)| *id == rule.id);
        restricted.is_none_or(|(_, (name, values))| values.iter().any(|value| claims.has(name, value)))
    };
    let rules: Vec<_> = ALL.iter().filter(claimed).collect();
    let mut broken = Vec::new();
    for (index, connection) in transcript.connections.iter().enumerate() {
        // What is missing might be what a rule asks for.
        if connection.dropped > 0 {
            continue;
        }
        let conversation = Conversation::of(connection);
        let violations =
            rules.iter().filter_map(|&&rule| Some((rule, index, (rule.check)(&conversation).err()?)));
        broken.extend(violations);
    }
    broken
}

/// Fails at the first of `items`.
fn none<'t>(items: impl IntoIterator<Item = Item<'t>>, expected: &str) -> Result<(), Violation> {
    match items.into_iter().next() {
        Some(item) => Err(Violation::at(&item, expected)),
        None => Ok(()),
    }
}
