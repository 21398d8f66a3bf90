//! ErrorResponse and NoticeResponse: section "Error and Notice Message Fields".

use super::{Rule, Violation, none};
use crate::conversation::{Conversation, Item};
use pgconform_wire::{Backend, Kind, Side, Text, report};

pub(super) const RULES: &[Rule] = &[
    Rule {
        id: "error.mandatory-fields",
        clauses: &["error.mandatory-fields"],
        about: "An error or notice has a severity, an SQLSTATE and a message.",
        check: mandatory_fields,
    },
    Rule {
        id: "error.nonlocalized-severity",
        clauses: &["error.severity-nonlocalized"],
        about: "An error or notice has its severity in the field that is never translated, too.",
        check: nonlocalized_severity,
    },
    Rule {
        id: "error.severity",
        clauses: &["error.severity-values"],
        about: "The severity of an error is ERROR, FATAL or PANIC; of a notice WARNING, NOTICE, DEBUG, INFO or LOG.",
        check: severity,
    },
    Rule {
        id: "error.sqlstate",
        clauses: &["error.sqlstate-form"],
        about: "An SQLSTATE has five characters, digits and upper-case letters.",
        check: sqlstate,
    },
    Rule {
        id: "error.sqlstate-not-success",
        clauses: &["error.sqlstate-not-success"],
        about: "The SQLSTATE of an error is not of the class of success.",
        check: sqlstate_not_success,
    },
    Rule {
        id: "error.fields-once",
        clauses: &["error.field-once"],
        about: "A field stands in an error or notice at most once.",
        check: fields_once,
    },
    Rule {
        id: "error.position",
        clauses: &["error.position"],
        about: "A position is a decimal number from 1.",
        check: position,
    },
    Rule {
        id: "error.fatal-last",
        clauses: &["terminate.fatal-closes"],
        about: "Nothing follows a fatal error.",
        check: fatal_last,
    },
];

/// Errors and notices, and their fields.
fn reports<'t>(conversation: &Conversation<'t>) -> impl Iterator<Item = (Item<'t>, Vec<(u8, Text<'t>)>)> {
    let reports = conversation
        .frames
        .iter()
        .filter(|item| item.is(Kind::ErrorResponse) || item.is(Kind::NoticeResponse));
    reports.filter_map(|item| match item.backend() {
        Some(Backend::ErrorResponse(error)) => Some((*item, error.fields)),
        Some(Backend::NoticeResponse(notice)) => Some((*item, notice.fields)),
        _ => None,
    })
}

fn first(
    conversation: &Conversation<'_>,
    expected: &str,
    wrong: impl Fn(&Item<'_>, &[(u8, Text<'_>)]) -> bool,
) -> Result<(), Violation> {
    none(reports(conversation).filter(|(item, fields)| wrong(item, fields)).map(|(item, _)| item), expected)
}

fn mandatory_fields(conversation: &Conversation<'_>) -> Result<(), Violation> {
    first(conversation, "severity, code and message", |_, fields| {
        // A message can be empty: whoever raises an error or a notice by SQL chooses it.
        let told = |code| report::find(fields, code).is_some_and(|value| code == b'M' || !value.0.is_empty());
        !b"SCM".iter().all(|code| told(*code))
    })
}

fn nonlocalized_severity(conversation: &Conversation<'_>) -> Result<(), Violation> {
    first(conversation, "severity_nonlocalized", |_, fields| report::find(fields, b'V').is_none())
}

fn severity(conversation: &Conversation<'_>) -> Result<(), Violation> {
    first(conversation, "a severity that there is", |item, fields| {
        // Only this field is never translated.
        let Some(severity) = report::find(fields, b'V') else { return false };
        let known: &[&[u8]] = if item.is(Kind::ErrorResponse) {
            &[b"ERROR", b"FATAL", b"PANIC"]
        } else {
            &[b"WARNING", b"NOTICE", b"DEBUG", b"INFO", b"LOG"]
        };
        !known.contains(&severity.0)
    })
}

fn sqlstate(conversation: &Conversation<'_>) -> Result<(), Violation> {
    first(conversation, "five digits and upper-case letters", |_, fields| {
        let plain = |byte: &u8| byte.is_ascii_digit() || byte.is_ascii_uppercase();
        report::find(fields, b'C').is_some_and(|code| code.0.len() != 5 || !code.0.iter().all(plain))
    })
}

fn sqlstate_not_success(conversation: &Conversation<'_>) -> Result<(), Violation> {
    first(conversation, "an SQLSTATE of an error", |item, fields| {
        let code = report::find(fields, b'C').unwrap_or_default();
        item.is(Kind::ErrorResponse) && code.0.starts_with(b"00")
    })
}

fn fields_once(conversation: &Conversation<'_>) -> Result<(), Violation> {
    first(conversation, "each field once", |_, fields| {
        fields.iter().enumerate().any(|(at, (code, _))| fields[..at].iter().any(|(before, _)| before == code))
    })
}

fn position(conversation: &Conversation<'_>) -> Result<(), Violation> {
    first(conversation, "a position in characters, from 1", |_, fields| {
        b"Pp".iter().filter_map(|code| report::find(fields, *code)).any(|position| {
            let number = position.as_str().and_then(|text| text.parse::<u32>().ok());
            number.is_none_or(|number| number == 0)
        })
    })
}

fn fatal_last(conversation: &Conversation<'_>) -> Result<(), Violation> {
    let Some(fatal) = conversation.errors().find(|item| item.is_fatal()) else { return Ok(()) };
    let behind = conversation.sent_by(Side::Backend).copied().filter(|item| item.event > fatal.event);
    none(behind, "nothing but the end of the connection")
}
