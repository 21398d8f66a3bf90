//! Frames and their fields: section "Messaging Overview" and the chapter "Message Formats".

use super::{Rule, Violation, none};
use crate::conversation::{Conversation, Item};
use crate::transcript::Event;
use pgconform_wire::codec::Reason;
use pgconform_wire::{Content, Side, Why};

pub(super) const RULES: &[Rule] = &[
    Rule {
        id: "framing.length",
        clauses: &["framing.type-and-length"],
        about: "Every message has a length of at least 4, and not past PostgreSQL's limit.",
        check: length,
    },
    Rule {
        id: "framing.whole-messages",
        clauses: &["framing.whole-messages"],
        about: "A backend that closes the connection does not close it within a message.",
        check: whole_messages,
    },
    Rule {
        id: "framing.known-types",
        clauses: &["framing.known-backend-types"],
        about: "Every message is of a type that a backend sends.",
        check: known_types,
    },
    Rule {
        id: "framing.no-trailing-bytes",
        clauses: &["framing.type-and-length"],
        about: "No bytes follow the last field of a message.",
        check: no_trailing_bytes,
    },
    Rule {
        id: "framing.fields-present",
        clauses: &["framing.type-and-length"],
        about: "Every message holds all fields of its kind.",
        check: fields_present,
    },
    Rule {
        id: "framing.strings-terminated",
        clauses: &["types.string-terminated"],
        about: "A zero byte ends every string.",
        check: strings_terminated,
    },
];

/// The backend's frames whose fields do not decode for a reason that `is_it` knows.
fn undecodable<'t>(
    conversation: &Conversation<'t>,
    expected: &str,
    is_it: impl Fn(&Reason) -> bool,
) -> Result<(), Violation> {
    for item in conversation.sent_by(Side::Backend) {
        if let Some(error) = item.error().filter(|error| is_it(&error.reason)) {
            let expected = expected.to_owned();
            return Err(Violation { event: item.event, expected, actual: error.to_string() });
        }
    }
    Ok(())
}

fn length(conversation: &Conversation<'_>) -> Result<(), Violation> {
    let bad = |item: &&Item<'_>| matches!(item.kept.content, Content::Unframed(Why::Length(_)));
    none(
        conversation.sent_by(Side::Backend).copied().filter(|item| bad(&item)),
        "a message with a length that can be",
    )
}

fn whole_messages(conversation: &Conversation<'_>) -> Result<(), Violation> {
    // A frontend that goes away, or a reset, can cut any message.
    let over = |event: &&Event| matches!(event, Event::Closed(_) | Event::Reset(_));
    let closed = conversation.connection.events.iter().find(over) == Some(&Event::Closed(Side::Backend));
    let cut = |item: &Item<'_>| closed && item.kept.content == Content::Unframed(Why::Truncated);
    none(conversation.sent_by(Side::Backend).copied().filter(cut), "the rest of the message before the close")
}

fn known_types(conversation: &Conversation<'_>) -> Result<(), Violation> {
    let unknown = |item: &Item<'_>| matches!(item.kept.content, Content::UnknownType(_));
    none(
        conversation.sent_by(Side::Backend).copied().filter(unknown),
        "a message of a type that backends send",
    )
}

fn no_trailing_bytes(conversation: &Conversation<'_>) -> Result<(), Violation> {
    undecodable(conversation, "a message that ends with its last field", |reason| {
        matches!(reason, Reason::Trailing(_))
    })
}

fn fields_present(conversation: &Conversation<'_>) -> Result<(), Violation> {
    undecodable(conversation, "a message with all its fields", |reason| {
        matches!(reason, Reason::Short { .. } | Reason::Negative(_))
    })
}

fn strings_terminated(conversation: &Conversation<'_>) -> Result<(), Violation> {
    undecodable(conversation, "a string that a zero byte ends", |reason| *reason == Reason::Unterminated)
}
