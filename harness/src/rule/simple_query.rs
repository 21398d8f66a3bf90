//! The simple query cycle, and results: section "Simple Query".

use super::{Rule, Violation, none};
use crate::conversation::{Conversation, End, Exchange, Item};
use pgconform_wire::message::RowDescription;
use pgconform_wire::{Backend, Frontend, Kind};

pub(super) const RULES: &[Rule] = &[
    Rule {
        id: "simple-query.row-description-first",
        clauses: &["simple.row-description-first"],
        about: "In a simple query, RowDescription comes before the rows.",
        check: row_description_first,
    },
    Rule {
        id: "simple-query.completed",
        clauses: &["simple.command-complete"],
        about: "Before its ReadyForQuery, a Query has CommandComplete, EmptyQueryResponse or ErrorResponse.",
        check: completed,
    },
    Rule {
        id: "simple-query.error-last",
        clauses: &["simple.error-ends-query"],
        about: "In a simple query, nothing but ReadyForQuery follows an error.",
        check: error_last,
    },
    Rule {
        id: "simple-query.no-extended-replies",
        clauses: &["simple.select"],
        about: "A Query is not answered by messages of the extended query.",
        check: no_extended_replies,
    },
    Rule {
        id: "simple-query.statement-count",
        clauses: &["simple.command-complete", "simple.multi-statement"],
        about: "A Query has no more CommandCompletes than statements.",
        check: statement_count,
    },
    Rule {
        id: "empty-query.alone",
        clauses: &["simple.empty-query"],
        about: "EmptyQueryResponse stands in for CommandComplete, and not beside it.",
        check: empty_alone,
    },
    Rule {
        id: "data-row.column-count",
        clauses: &["simple.data-row-column-count"],
        about: "DataRow has as many values as RowDescription has columns.",
        check: column_count,
    },
    Rule {
        id: "data-row.text-without-nul",
        clauses: &["format.text-no-terminator"],
        about: "A value in text format holds no zero byte.",
        check: text_without_nul,
    },
    Rule {
        id: "row-description.text-format",
        clauses: &["simple.text-format"],
        about: "In a simple query, the columns are in text format.",
        check: text_format,
    },
    Rule {
        id: "row-description.format-code",
        clauses: &["format.codes"],
        about: "A format code is 0 or 1.",
        check: format_code,
    },
    Rule {
        id: "command-complete.tag",
        clauses: &["simple.command-tag"],
        about: "A command tag is not empty.",
        check: tag,
    },
    Rule {
        id: "command-complete.row-count",
        clauses: &["simple.row-count"],
        about: "The number in the tag `SELECT n` is that of the rows sent.",
        check: row_count,
    },
    Rule {
        id: "copy.formats",
        clauses: &["copy.text-columns-text"],
        about: "Where a copy is textual as a whole, so are its columns.",
        check: copy_formats,
    },
    Rule {
        id: "copy.data-within-copy",
        clauses: &["copy.out-response"],
        about: "CopyData and CopyDone come only after CopyOutResponse or CopyBothResponse.",
        check: copy_data,
    },
];

fn queries<'c, 't>(conversation: &'c Conversation<'t>) -> impl Iterator<Item = &'c Exchange<'t>> {
    conversation.exchanges.iter().filter(|exchange| exchange.asks() == Some(Kind::Query))
}

/// Fails at the first answer to a Query that `wrong` finds, given those before it.
fn each_answer(
    conversation: &Conversation<'_>,
    expected: &str,
    wrong: impl Fn(&[Item<'_>], &Item<'_>) -> bool,
) -> Result<(), Violation> {
    for query in queries(conversation) {
        for (at, item) in query.answers.iter().enumerate() {
            if wrong(&query.answers[..at], item) {
                return Err(Violation::at(item, expected));
            }
        }
    }
    Ok(())
}

/// What came since the statement before was completed.
fn this_statement<'s, 't>(before: &'s [Item<'t>]) -> &'s [Item<'t>] {
    let from = before.iter().rposition(|item| item.is(Kind::CommandComplete)).map_or(0, |at| at + 1);
    &before[from..]
}

fn row_description_first(conversation: &Conversation<'_>) -> Result<(), Violation> {
    each_answer(conversation, "RowDescription before the first DataRow", |before, item| {
        item.is(Kind::DataRow) && !this_statement(before).iter().any(|item| item.is(Kind::RowDescription))
    })
}

fn completed(conversation: &Conversation<'_>) -> Result<(), Violation> {
    let ended = |item: &Item<'_>| {
        matches!(item.kind(), Some(Kind::CommandComplete | Kind::EmptyQueryResponse | Kind::ErrorResponse))
    };
    let complete = queries(conversation).filter(|query| query.end == End::Complete);
    let without = complete.filter(|query| !query.answers.iter().any(ended));
    none(without.filter_map(|query| query.answers.last().copied()), "CommandComplete before ReadyForQuery")
}

fn error_last(conversation: &Conversation<'_>) -> Result<(), Violation> {
    each_answer(conversation, "ReadyForQuery", |before, item| {
        !item.is(Kind::ReadyForQuery) && before.iter().any(|item| item.is(Kind::ErrorResponse))
    })
}

fn no_extended_replies(conversation: &Conversation<'_>) -> Result<(), Violation> {
    each_answer(conversation, "an answer to a simple query", |_, item| {
        matches!(
            item.kind(),
            Some(
                Kind::BindComplete
                    | Kind::CloseComplete
                    | Kind::NoData
                    | Kind::ParameterDescription
                    | Kind::ParseComplete
                    | Kind::PortalSuspended
            )
        )
    })
}

fn statement_count(conversation: &Conversation<'_>) -> Result<(), Violation> {
    for query in queries(conversation) {
        let Some(Frontend::Query(text)) = query.request.frontend() else { continue };
        // Semicolons within strings make this too many, which is on the safe side.
        let most = text.query.0.iter().filter(|&&byte| byte == b';').count() + 1;
        none(
            query.answers_of(Kind::CommandComplete).copied().skip(most),
            "one CommandComplete for each statement",
        )?;
    }
    Ok(())
}

fn empty_alone(conversation: &Conversation<'_>) -> Result<(), Violation> {
    each_answer(conversation, "EmptyQueryResponse and ReadyForQuery, and nothing else", |before, item| {
        let empty = before.iter().any(|item| item.is(Kind::EmptyQueryResponse));
        empty && matches!(item.kind(), Some(Kind::CommandComplete | Kind::DataRow | Kind::EmptyQueryResponse))
    })
}

/// The description of the rows that come now.
fn description<'t>(before: &[Item<'t>]) -> Option<RowDescription<'t>> {
    this_statement(before).iter().rev().find_map(|item| match item.backend() {
        Some(Backend::RowDescription(description)) => Some(description),
        _ => None,
    })
}

fn column_count(conversation: &Conversation<'_>) -> Result<(), Violation> {
    each_answer(conversation, "a value for each column of RowDescription", |before, item| {
        match (item.backend(), description(before)) {
            (Some(Backend::DataRow(row)), Some(columns)) => row.values.len() != columns.columns.len(),
            _ => false,
        }
    })
}

fn text_without_nul(conversation: &Conversation<'_>) -> Result<(), Violation> {
    each_answer(conversation, "text without a zero byte", |before, item| {
        let (Some(Backend::DataRow(row)), Some(columns)) = (item.backend(), description(before)) else {
            return false;
        };
        let cells = row.values.iter().zip(&columns.columns);
        cells
            .filter(|(_, column)| column.format == 0)
            .any(|(value, _)| value.is_some_and(|text| text.0.contains(&0)))
    })
}

fn text_format(conversation: &Conversation<'_>) -> Result<(), Violation> {
    // FETCH from a cursor that was declared BINARY is the exception that the documentation makes.
    let binary = queries(conversation).any(|query| match query.request.frontend() {
        Some(Frontend::Query(query)) => query.query.lossy().to_lowercase().contains("binary"),
        _ => false,
    });
    each_answer(conversation, "columns in text format", |_, item| match item.backend() {
        Some(Backend::RowDescription(d)) => !binary && d.columns.iter().any(|column| column.format == 1),
        _ => false,
    })
}

fn format_code(conversation: &Conversation<'_>) -> Result<(), Violation> {
    let wrong = |item: &Item<'_>| match item.backend() {
        Some(Backend::RowDescription(d)) => d.columns.iter().any(|column| !(0..=1).contains(&column.format)),
        _ => false,
    };
    none(conversation.frames.iter().copied().filter(wrong), "a format code of 0 or 1")
}

fn tag(conversation: &Conversation<'_>) -> Result<(), Violation> {
    let empty =
        |item: &Item<'_>| matches!(item.backend(), Some(Backend::CommandComplete(c)) if c.tag.0.is_empty());
    none(conversation.frames.iter().copied().filter(empty), "a command tag")
}

fn row_count(conversation: &Conversation<'_>) -> Result<(), Violation> {
    for exchange in &conversation.exchanges {
        if !matches!(exchange.asks(), Some(Kind::Query | Kind::Execute)) {
            continue;
        }
        for (at, item) in exchange.answers.iter().enumerate() {
            let Some(Backend::CommandComplete(complete)) = item.backend() else { continue };
            let tag = complete.tag.lossy();
            let Some(told) = tag.strip_prefix("SELECT ").and_then(|count| count.parse::<usize>().ok()) else {
                continue;
            };
            let statement = this_statement(&exchange.answers[..at]);
            // CREATE TABLE AS has this tag as well, and shows no rows.
            let described = statement.iter().any(|item| item.is(Kind::RowDescription));
            let sent = statement.iter().filter(|item| item.is(Kind::DataRow)).count();
            if told != sent && (described || sent > 0) {
                return Err(Violation::at(item, format!("the tag SELECT {sent}, as so many rows were sent")));
            }
        }
    }
    Ok(())
}

fn copy_formats(conversation: &Conversation<'_>) -> Result<(), Violation> {
    let mixed = |item: &Item<'_>| match item.backend() {
        Some(Backend::CopyInResponse(r)) => r.format == 0 && r.formats.iter().any(|format| *format != 0),
        Some(Backend::CopyOutResponse(r)) => r.format == 0 && r.formats.iter().any(|format| *format != 0),
        Some(Backend::CopyBothResponse(r)) => r.format == 0 && r.formats.iter().any(|format| *format != 0),
        _ => false,
    };
    none(conversation.frames.iter().copied().filter(mixed), "text columns in a textual copy")
}

fn copy_data(conversation: &Conversation<'_>) -> Result<(), Violation> {
    for exchange in &conversation.exchanges {
        for (at, item) in exchange.answers.iter().enumerate() {
            let copies = item.is(Kind::CopyData) || item.is(Kind::CopyDone);
            let begun = exchange.answers[..at]
                .iter()
                .any(|item| item.is(Kind::CopyOutResponse) || item.is(Kind::CopyBothResponse));
            if copies && !begun {
                return Err(Violation::at(item, "CopyOutResponse before it"));
            }
        }
    }
    Ok(())
}
