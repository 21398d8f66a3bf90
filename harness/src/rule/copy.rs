//! Copies: section "COPY Operations".

use super::{Rule, Violation, none};
use crate::conversation::{Conversation, Exchange, Item};
use pgconform_wire::{Backend, Kind};

pub(super) const RULES: &[Rule] = &[
    Rule {
        id: "copy.formats",
        clauses: &["copy.text-columns-text"],
        about: "Where a copy is textual as a whole, so are its columns.",
        check: text_formats,
    },
    Rule {
        id: "copy.binary-formats",
        clauses: &["copy.binary-formats"],
        about: "Where a copy is binary as a whole, so are its columns.",
        check: binary_formats,
    },
    Rule {
        id: "copy.data-within-copy",
        clauses: &["copy.out-response"],
        about: "CopyData and CopyDone come only after CopyOutResponse or CopyBothResponse.",
        check: data_within_copy,
    },
    Rule {
        id: "copy.out-done",
        clauses: &["copy.out-response"],
        about: "A copy-out that is completed has its CopyDone before.",
        check: out_done,
    },
    Rule {
        id: "copy.nothing-behind-done",
        clauses: &["copy.out-response"],
        about: "No CopyData follows the CopyDone of a copy-out.",
        check: nothing_behind_done,
    },
    Rule {
        id: "copy.no-end-marker",
        clauses: &["copy.out-no-end-marker"],
        about: "The last CopyData of a textual copy-out is not a backslash and a dot.",
        check: no_end_marker,
    },
];

/// What begins a copy: its overall format, and those of its columns.
fn begins(item: &Item<'_>) -> Option<(i8, Vec<i16>)> {
    match item.backend() {
        Some(Backend::CopyInResponse(copy)) => Some((copy.format, copy.formats)),
        Some(Backend::CopyOutResponse(copy)) => Some((copy.format, copy.formats)),
        Some(Backend::CopyBothResponse(copy)) => Some((copy.format, copy.formats)),
        _ => None,
    }
}

/// Fails where a copy of this overall format has a column of another.
fn uniform(conversation: &Conversation<'_>, overall: i8, expected: &str) -> Result<(), Violation> {
    let mixed = |item: &Item<'_>| {
        begins(item).is_some_and(|(format, formats)| {
            format == overall && formats.iter().any(|format| *format != i16::from(overall))
        })
    };
    none(conversation.frames.iter().copied().filter(mixed), expected)
}

fn text_formats(conversation: &Conversation<'_>) -> Result<(), Violation> {
    uniform(conversation, 0, "text columns in a textual copy")
}

fn binary_formats(conversation: &Conversation<'_>) -> Result<(), Violation> {
    uniform(conversation, 1, "binary columns in a binary copy")
}

fn data_within_copy(conversation: &Conversation<'_>) -> Result<(), Violation> {
    for exchange in &conversation.exchanges {
        let begun = |item: &&Item<'_>| item.is(Kind::CopyOutResponse) || item.is(Kind::CopyBothResponse);
        let before = exchange.answers.iter().take_while(|item| !begun(item));
        let data = before.copied().filter(|item| item.is(Kind::CopyData) || item.is(Kind::CopyDone));
        none(data, "CopyOutResponse before it")?;
    }
    Ok(())
}

/// What was sent of each copy-out, up to and with the CommandComplete of its statement; one that fails has none.
fn copies_out<'c, 't>(conversation: &'c Conversation<'t>) -> impl Iterator<Item = &'c [Item<'t>]> {
    let of = |exchange: &'c Exchange<'t>| {
        exchange.answers.split_inclusive(|item| item.is(Kind::CommandComplete)).filter_map(|statement| {
            let start = statement.iter().position(|item| item.is(Kind::CopyOutResponse))?;
            Some(&statement[start..])
        })
    };
    conversation.exchanges.iter().flat_map(of)
}

fn out_done(conversation: &Conversation<'_>) -> Result<(), Violation> {
    for copy in copies_out(conversation) {
        let complete = copy.last().filter(|last| last.is(Kind::CommandComplete));
        let Some(complete) = complete else { continue };
        if !copy.iter().any(|item| item.is(Kind::CopyDone)) {
            return Err(Violation::at(complete, "CopyDone before CommandComplete"));
        }
    }
    Ok(())
}

fn nothing_behind_done(conversation: &Conversation<'_>) -> Result<(), Violation> {
    for copy in copies_out(conversation) {
        let behind = copy.iter().skip_while(|item| !item.is(Kind::CopyDone));
        none(behind.copied().filter(|item| item.is(Kind::CopyData)), "no CopyData behind CopyDone")?;
    }
    Ok(())
}

fn no_end_marker(conversation: &Conversation<'_>) -> Result<(), Violation> {
    let textual = |copy: &&[Item<'_>]| copy.first().and_then(begins).is_some_and(|(format, _)| format == 0);
    let marks = |item: &Item<'_>| matches!(item.backend(), Some(Backend::CopyData(data)) if matches!(data.data.0, b"\\." | b"\\.\n"));
    for copy in copies_out(conversation).filter(textual) {
        let data = copy.iter().take_while(|item| !item.is(Kind::CopyDone));
        none(
            data.filter(|item| item.is(Kind::CopyData)).last().copied().filter(marks),
            "CopyDone, and no marker",
        )?;
    }
    Ok(())
}
