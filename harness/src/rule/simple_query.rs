//! The simple query cycle, and results: section "Simple Query".

use super::{Rule, Violation, none};
use crate::conversation::{Conversation, End, Exchange, Item};
use pgconform_wire::message::DataRow;
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
        about: "Right before its ReadyForQuery, a Query has CommandComplete, EmptyQueryResponse or ErrorResponse.",
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
        clauses: &["simple.empty-query", "simple.empty-among-others"],
        about: "EmptyQueryResponse stands in for all results of a Query, and not beside one.",
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
        id: "command-complete.insert-tag",
        clauses: &["simple.insert-tag"],
        about: "The tag of INSERT has two numbers, of which the first is 0.",
        check: insert_tag,
    },
    Rule {
        id: "command-complete.insert-count",
        clauses: &["simple.insert-tag"],
        about: "The second number in the tag of INSERT is a number of rows.",
        check: insert_count,
    },
];

fn queries<'c, 't>(conversation: &'c Conversation<'t>) -> impl Iterator<Item = &'c Exchange<'t>> {
    conversation.exchanges.iter().filter(|exchange| exchange.asks() == Some(Kind::Query))
}

/// The answers to a Query or an Execute, cut behind each CommandComplete: a statement each.
fn statements<'e, 't>(exchange: &'e Exchange<'t>) -> impl Iterator<Item = &'e [Item<'t>]> {
    exchange.answers.split_inclusive(|item| item.is(Kind::CommandComplete))
}

fn row_description_first(conversation: &Conversation<'_>) -> Result<(), Violation> {
    for statement in queries(conversation).flat_map(statements) {
        let before = statement.iter().take_while(|item| !item.is(Kind::RowDescription));
        none(
            before.copied().filter(|item| item.is(Kind::DataRow)),
            "RowDescription before the first DataRow",
        )?;
    }
    Ok(())
}

fn completed(conversation: &Conversation<'_>) -> Result<(), Violation> {
    for query in queries(conversation).filter(|query| query.end == End::Complete) {
        let [before @ .., ready] = query.answers.as_slice() else { continue };
        let ends = |item: &Item<'_>| {
            matches!(
                item.kind(),
                Some(Kind::CommandComplete | Kind::EmptyQueryResponse | Kind::ErrorResponse)
            )
        };
        // An error has been the end of everything, whatever a server sends behind it.
        if !before.last().is_some_and(ends) && !before.iter().any(|item| item.is(Kind::ErrorResponse)) {
            return Err(Violation::at(ready, "CommandComplete before ReadyForQuery"));
        }
    }
    Ok(())
}

fn error_last(conversation: &Conversation<'_>) -> Result<(), Violation> {
    for query in queries(conversation) {
        let behind = query.answers.iter().skip_while(|item| !item.is(Kind::ErrorResponse)).skip(1);
        none(behind.copied().filter(|item| !item.is(Kind::ReadyForQuery)), "ReadyForQuery")?;
    }
    Ok(())
}

fn no_extended_replies(conversation: &Conversation<'_>) -> Result<(), Violation> {
    let extended = |item: &Item<'_>| {
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
    };
    let answers = queries(conversation).flat_map(|query| query.answers.iter().copied());
    none(answers.filter(extended), "an answer to a simple query")
}

fn statement_count(conversation: &Conversation<'_>) -> Result<(), Violation> {
    // Replication commands have as many results as they like.
    if conversation.asked().is_some_and(|(_, names)| names.iter().any(|name| name == "replication")) {
        return Ok(());
    }
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
    for query in queries(conversation) {
        let results = query.answers.iter().filter(|item| {
            matches!(item.kind(), Some(Kind::CommandComplete | Kind::DataRow | Kind::EmptyQueryResponse))
        });
        if query.answers_of(Kind::EmptyQueryResponse).next().is_some() {
            none(results.copied().skip(1), "EmptyQueryResponse and ReadyForQuery, and nothing else")?;
        }
    }
    Ok(())
}

/// Fails at the first row of a Query that is `wrong`, given the format codes of its columns.
fn each_row(
    conversation: &Conversation<'_>,
    expected: &str,
    wrong: impl Fn(&DataRow<'_>, &[i16]) -> bool,
) -> Result<(), Violation> {
    for statement in queries(conversation).flat_map(statements) {
        let mut formats = None;
        for item in statement {
            match (item.kind(), &formats) {
                (Some(Kind::RowDescription), _) => formats = self::formats(item),
                (Some(Kind::DataRow), Some(formats)) => {
                    if matches!(item.backend(), Some(Backend::DataRow(row)) if wrong(&row, formats)) {
                        return Err(Violation::at(item, expected));
                    }
                }
                _ => {}
            }
        }
    }
    Ok(())
}

/// The format codes in a RowDescription.
fn formats(item: &Item<'_>) -> Option<Vec<i16>> {
    match item.backend() {
        Some(Backend::RowDescription(rows)) => {
            Some(rows.columns.iter().map(|column| column.format).collect())
        }
        _ => None,
    }
}

fn column_count(conversation: &Conversation<'_>) -> Result<(), Violation> {
    each_row(conversation, "a value for each column of RowDescription", |row, formats| {
        row.values.len() != formats.len()
    })
}

fn text_without_nul(conversation: &Conversation<'_>) -> Result<(), Violation> {
    each_row(conversation, "text without a zero byte", |row, formats| {
        let texts = row.values.iter().zip(formats).filter(|(_, format)| **format == 0);
        texts.filter_map(|(value, _)| *value).any(|text| text.0.contains(&0))
    })
}

fn text_format(conversation: &Conversation<'_>) -> Result<(), Violation> {
    // FETCH from a cursor that was declared BINARY is the exception that the documentation makes.
    let declares = |item: Item<'_>| match item.frontend() {
        Some(Frontend::Query(query)) => query.query.lossy().to_lowercase().contains("binary"),
        Some(Frontend::Parse(parse)) => parse.query.lossy().to_lowercase().contains("binary"),
        _ => false,
    };
    if conversation.all(Kind::Query).any(declares) || conversation.all(Kind::Parse).any(declares) {
        return Ok(());
    }
    let described = queries(conversation).flat_map(|query| query.answers_of(Kind::RowDescription).copied());
    let binary = described.filter(|item| formats(item).is_some_and(|formats| formats.contains(&1)));
    none(binary, "columns in text format")
}

fn format_code(conversation: &Conversation<'_>) -> Result<(), Violation> {
    let known = |format: &i16| (0..=1).contains(format);
    let wrong = |item: &Item<'_>| formats(item).is_some_and(|formats| !formats.iter().all(known));
    none(conversation.all(Kind::RowDescription).filter(wrong), "a format code of 0 or 1")
}

fn command_tag(item: &Item<'_>) -> Option<String> {
    match item.backend() {
        Some(Backend::CommandComplete(complete)) => Some(complete.tag.lossy().into_owned()),
        _ => None,
    }
}

fn tag(conversation: &Conversation<'_>) -> Result<(), Violation> {
    let empty = |item: &Item<'_>| command_tag(item).is_some_and(|tag| tag.is_empty());
    none(conversation.all(Kind::CommandComplete).filter(empty), "a command tag")
}

fn row_count(conversation: &Conversation<'_>) -> Result<(), Violation> {
    // Whether the tag of a portal that was suspended counts all its rows or the last ones is not written down.
    let suspended = conversation.all(Kind::PortalSuspended).next().map_or(usize::MAX, |item| item.event);
    let counts = |exchange: &&Exchange<'_>| match exchange.asks() {
        Some(Kind::Query) => true,
        Some(Kind::Execute) => exchange.answers.last().is_some_and(|last| last.event < suspended),
        _ => false,
    };
    for statement in conversation.exchanges.iter().filter(counts).flat_map(statements) {
        let Some(complete) = statement.last() else { continue };
        let tag = command_tag(complete);
        let told = tag.as_deref().and_then(|tag| tag.strip_prefix("SELECT ")?.parse::<usize>().ok());
        let Some(told) = told else { continue };
        // CREATE TABLE AS has this tag as well, and shows no rows.
        let described = statement.iter().any(|item| item.is(Kind::RowDescription));
        let sent = statement.iter().filter(|item| item.is(Kind::DataRow)).count();
        if told != sent && (described || sent > 0) {
            return Err(Violation::at(complete, format!("the tag SELECT {sent}, as so many rows were sent")));
        }
    }
    Ok(())
}

fn insert_tag(conversation: &Conversation<'_>) -> Result<(), Violation> {
    let short = |item: &Item<'_>| {
        let tag = command_tag(item);
        let rest = tag.as_deref().and_then(|tag| tag.strip_prefix("INSERT"));
        rest.is_some_and(|rest| rest.strip_prefix(" 0 ").is_none_or(|count| count.parse::<i64>().is_err()))
    };
    none(conversation.all(Kind::CommandComplete).filter(short), "the tag INSERT 0, and the number of rows")
}

fn insert_count(conversation: &Conversation<'_>) -> Result<(), Violation> {
    let negative = |item: &Item<'_>| command_tag(item).is_some_and(|tag| tag.starts_with("INSERT 0 -"));
    none(conversation.all(Kind::CommandComplete).filter(negative), "a number of rows")
}
