//! The extended query cycle: section "Extended Query".

use super::{Rule, Violation, none};
use crate::conversation::{Conversation, End, Exchange, Item};
use pgconform_wire::message::{Column, DataRow};
use pgconform_wire::{Backend, Frontend, Kind, Text};
use std::collections::BTreeMap;

pub(super) const RULES: &[Rule] = &[
    Rule {
        id: "extended-query.all-answered",
        clauses: &["extended.parse", "extended.bind", "extended.execute", "extended.close"],
        about: "Every message of an extended query is answered before the ReadyForQuery of its Sync, up to an error.",
        check: all_answered,
    },
    Rule {
        id: "extended-query.answers-in-order",
        clauses: &["extended.responses-in-order"],
        about: "The messages of an extended query are answered in their order, each by what answers its kind.",
        check: answers_in_order,
    },
    Rule {
        id: "extended-query.describe",
        clauses: &["extended.describe-statement", "extended.describe-portal"],
        about: "Describe of a statement is answered by one ParameterDescription, before RowDescription; of a portal, without it.",
        check: describe,
    },
    Rule {
        id: "extended-query.describe-without-rows",
        clauses: &["extended.describe-statement"],
        about: "Where a statement gives no rows, ParameterDescription comes before NoData.",
        check: describe_without_rows,
    },
    Rule {
        id: "extended-query.execute-without-row-description",
        clauses: &["extended.execute-no-row-description"],
        about: "Execute is not answered by RowDescription.",
        check: execute_without_row_description,
    },
    Rule {
        id: "extended-query.suspended-at-limit",
        clauses: &["extended.execute-row-limit", "extended.execute-limit-zero"],
        about: "PortalSuspended comes only for a row limit, once that many rows were sent.",
        check: suspended_at_limit,
    },
    Rule {
        id: "extended-query.suspends-at-limit",
        clauses: &["extended.execute-row-limit"],
        about: "An Execute that has sent as many rows as its limit ends with PortalSuspended.",
        check: suspends_at_limit,
    },
    Rule {
        id: "extended-query.statement-formats",
        clauses: &["extended.describe-formats"],
        about: "The description of a statement has zeros for the formats.",
        check: statement_formats,
    },
    Rule {
        id: "extended-query.portal-formats",
        clauses: &["extended.describe-formats", "format.result-codes-zero-one-many"],
        about: "The description of a portal has the formats that Bind asked for.",
        check: portal_formats,
    },
    Rule {
        id: "extended-query.column-count",
        clauses: &["simple.data-row-column-count"],
        about: "The rows of a portal have as many values as its description has columns.",
        check: column_count,
    },
    Rule {
        id: "data-row.binary-size",
        clauses: &["format.binary-representation", "format.value-in-announced-format"],
        about: "A binary value of a type of fixed size has that size.",
        check: binary_size,
    },
    Rule {
        id: "extended-query.error-last",
        clauses: &["extended.error-once"],
        about: "Nothing but ReadyForQuery follows an error in an extended query, and that only for Sync.",
        check: error_last,
    },
];

fn extended<'c, 't>(conversation: &'c Conversation<'t>) -> impl Iterator<Item = &'c Exchange<'t>> {
    conversation.exchanges.iter().filter(|exchange| {
        matches!(
            exchange.asks(),
            Some(Kind::Parse | Kind::Bind | Kind::Describe | Kind::Execute | Kind::Close)
        )
    })
}

fn all_answered(conversation: &Conversation<'_>) -> Result<(), Violation> {
    let silent = extended(conversation).find(|exchange| exchange.end == End::PassedOver);
    let Some(silent) = silent else { return Ok(()) };
    let name = silent.asks().map_or("message", Kind::name);
    let actual = "ReadyForQuery without it".to_owned();
    Err(Violation { event: silent.request.event, expected: format!("an answer to {name}"), actual })
}

fn answers_in_order(conversation: &Conversation<'_>) -> Result<(), Violation> {
    let simple = |exchange: &&Exchange<'_>| matches!(exchange.asks(), Some(Kind::Query | Kind::FunctionCall));
    for exchange in conversation.exchanges.iter().filter(|exchange| !simple(exchange)) {
        let fits = |item: &Item<'_>| match (exchange.asks(), item.kind()) {
            // An unframed or unknown one is another rule's, and so is RowDescription for Execute.
            (_, None | Some(Kind::ErrorResponse)) | (Some(Kind::Execute), Some(Kind::RowDescription)) => true,
            (Some(Kind::Parse), Some(Kind::ParseComplete)) | (Some(Kind::Bind), Some(Kind::BindComplete)) => {
                true
            }
            (Some(Kind::Close), Some(Kind::CloseComplete))
            | (Some(Kind::Sync), Some(Kind::ReadyForQuery)) => true,
            (
                Some(Kind::Describe),
                Some(Kind::ParameterDescription | Kind::RowDescription | Kind::NoData),
            ) => true,
            (
                Some(Kind::Execute),
                Some(
                    Kind::DataRow
                    | Kind::CommandComplete
                    | Kind::EmptyQueryResponse
                    | Kind::PortalSuspended
                    | Kind::CopyInResponse
                    | Kind::CopyOutResponse
                    | Kind::CopyBothResponse
                    | Kind::CopyData
                    | Kind::CopyDone,
                ),
            ) => true,
            _ => false,
        };
        let name = exchange.asks().map_or("the message", Kind::name);
        none(exchange.answers.iter().copied().filter(|item| !fits(item)), &format!("the answer to {name}"))?;
    }
    Ok(())
}

fn describe(conversation: &Conversation<'_>) -> Result<(), Violation> {
    for exchange in extended(conversation) {
        let Some(Frontend::Describe(request)) = exchange.request.frontend() else { continue };
        let statement = request.target == b'S';
        let mut parameters = 0;
        for item in &exchange.answers {
            match item.kind() {
                Some(Kind::ParameterDescription) if statement && parameters == 0 => parameters += 1,
                Some(Kind::ParameterDescription) => {
                    return Err(Violation::at(item, "RowDescription or NoData"));
                }
                Some(Kind::RowDescription) if statement && parameters == 0 => {
                    return Err(Violation::at(item, "ParameterDescription first"));
                }
                _ => {}
            }
        }
    }
    Ok(())
}

fn describe_without_rows(conversation: &Conversation<'_>) -> Result<(), Violation> {
    for exchange in extended(conversation) {
        let Some(Frontend::Describe(request)) = exchange.request.frontend() else { continue };
        if request.target == b'S' && exchange.answers_of(Kind::ParameterDescription).next().is_none() {
            none(exchange.answers_of(Kind::NoData).copied(), "ParameterDescription first")?;
        }
    }
    Ok(())
}

fn execute_without_row_description(conversation: &Conversation<'_>) -> Result<(), Violation> {
    let executes = extended(conversation).filter(|exchange| exchange.asks() == Some(Kind::Execute));
    let described = executes.flat_map(|exchange| exchange.answers_of(Kind::RowDescription).copied());
    none(described, "rows, or the end of the command")
}

fn suspended_at_limit(conversation: &Conversation<'_>) -> Result<(), Violation> {
    for exchange in extended(conversation) {
        let Some(Frontend::Execute(execute)) = exchange.request.frontend() else { continue };
        let rows = exchange.answers_of(Kind::DataRow).count();
        let limit = usize::try_from(execute.max_rows).unwrap_or(0);
        if let Some(suspended) = exchange.answers_of(Kind::PortalSuspended).next() {
            if limit == 0 {
                return Err(Violation::at(suspended, "every row, as there is no limit"));
            }
            if rows != limit {
                return Err(Violation::at(suspended, format!("{limit} rows before it, not {rows}")));
            }
        }
    }
    Ok(())
}

fn suspends_at_limit(conversation: &Conversation<'_>) -> Result<(), Violation> {
    for exchange in extended(conversation) {
        let Some(Frontend::Execute(execute)) = exchange.request.frontend() else { continue };
        let limit = usize::try_from(execute.max_rows).unwrap_or(0);
        let reached = limit > 0 && exchange.answers_of(Kind::DataRow).count() == limit;
        if let Some(complete) = exchange.answers_of(Kind::CommandComplete).next().filter(|_| reached) {
            return Err(Violation::at(complete, "PortalSuspended, as the limit is reached"));
        }
    }
    Ok(())
}

/// The columns of a RowDescription.
fn columns<'t>(exchange: &Exchange<'t>) -> Option<(Item<'t>, Vec<Column<'t>>)> {
    exchange.answers.iter().find_map(|item| match item.backend() {
        Some(Backend::RowDescription(description)) => Some((*item, description.columns)),
        _ => None,
    })
}

fn statement_formats(conversation: &Conversation<'_>) -> Result<(), Violation> {
    for exchange in extended(conversation) {
        let Some(Frontend::Describe(describe)) = exchange.request.frontend() else { continue };
        let Some((item, columns)) = columns(exchange).filter(|_| describe.target == b'S') else { continue };
        if columns.iter().any(|column| column.format != 0) {
            return Err(Violation::at(&item, "formats that are not known yet: 0"));
        }
    }
    Ok(())
}

fn portal_formats(conversation: &Conversation<'_>) -> Result<(), Violation> {
    let mut asked: BTreeMap<Text<'_>, Vec<i16>> = BTreeMap::new();
    for exchange in &conversation.exchanges {
        match exchange.request.frontend() {
            Some(Frontend::Bind(bind)) => {
                asked.insert(bind.portal, bind.result_formats);
            }
            Some(Frontend::Describe(describe)) if describe.target == b'P' => {
                let Some((formats, (item, columns))) = asked.get(&describe.name).zip(columns(exchange))
                else {
                    continue;
                };
                let told: Vec<i16> = columns.iter().map(|column| column.format).collect();
                let wanted = match formats.as_slice() {
                    [] => vec![0; told.len()],
                    [one] => vec![*one; told.len()],
                    many => many.to_vec(),
                };
                if told != wanted {
                    return Err(Violation::at(
                        &item,
                        format!("the formats {wanted:?}, which Bind asked for"),
                    ));
                }
            }
            // SQL may make another portal of that name, and a transaction's end ends all.
            Some(Frontend::Query(_) | Frontend::Sync(_) | Frontend::Execute(_)) => asked.clear(),
            _ => {}
        }
    }
    Ok(())
}

/// Fails at the first row of a portal, described in the same segment, that is `wrong` for its columns.
fn each_row(
    conversation: &Conversation<'_>,
    expected: &str,
    wrong: impl Fn(&DataRow<'_>, &[Column<'_>]) -> bool,
) -> Result<(), Violation> {
    let mut described: BTreeMap<Text<'_>, Vec<Column<'_>>> = BTreeMap::new();
    for exchange in &conversation.exchanges {
        match exchange.request.frontend() {
            Some(Frontend::Describe(describe)) if describe.target == b'P' => {
                if let Some((_, columns)) = columns(exchange) {
                    described.insert(describe.name, columns);
                }
            }
            Some(Frontend::Execute(execute)) => {
                let Some(columns) = described.get(&execute.portal) else { continue };
                let bad = |item: &&Item<'_>| matches!(item.backend(), Some(Backend::DataRow(row)) if wrong(&row, columns));
                none(exchange.answers_of(Kind::DataRow).filter(bad).copied(), expected)?;
            }
            Some(Frontend::Query(_) | Frontend::Sync(_) | Frontend::Bind(_)) => described.clear(),
            _ => {}
        }
    }
    Ok(())
}

fn column_count(conversation: &Conversation<'_>) -> Result<(), Violation> {
    each_row(conversation, "a value for each column of RowDescription", |row, columns| {
        row.values.len() != columns.len()
    })
}

fn binary_size(conversation: &Conversation<'_>) -> Result<(), Violation> {
    each_row(conversation, "binary values of the size of their type", |row, columns| {
        let binary = row.values.iter().zip(columns).filter(|(_, column)| column.format == 1);
        binary
            .filter_map(|(value, column)| Some(((*value)?, size(column.type_oid)?)))
            .any(|(value, size)| value.0.len() != size)
    })
}

/// How many bytes a value of this type has in binary format, where they all have as many.
fn size(oid: u32) -> Option<usize> {
    const BOOL: u32 = 16;
    const CHAR: u32 = 18;
    const INT8: u32 = 20;
    const INT2: u32 = 21;
    const INT4: u32 = 23;
    const OID: u32 = 26;
    const FLOAT4: u32 = 700;
    const FLOAT8: u32 = 701;
    const DATE: u32 = 1082;
    const TIME: u32 = 1083;
    const TIMESTAMP: u32 = 1114;
    const TIMESTAMPTZ: u32 = 1184;
    const INTERVAL: u32 = 1186;
    const TIMETZ: u32 = 1266;
    const UUID: u32 = 2950;
    Some(match oid {
        BOOL | CHAR => 1,
        INT2 => 2,
        INT4 | OID | FLOAT4 | DATE => 4,
        INT8 | FLOAT8 | TIME | TIMESTAMP | TIMESTAMPTZ => 8,
        TIMETZ => 12,
        INTERVAL | UUID => 16,
        _ => return None,
    })
}

fn error_last(conversation: &Conversation<'_>) -> Result<(), Violation> {
    let expected = "nothing before the ReadyForQuery of the next Sync";
    none(conversation.after_error.iter().copied().filter(|item| item.kind().is_some()), expected)?;
    for sync in conversation.exchanges.iter().filter(|exchange| exchange.asks() == Some(Kind::Sync)) {
        // Sync can fail itself, as COMMIT can; but where an error has come already, there is nothing left to fail.
        let errors = usize::from(!sync.after_error);
        none(sync.answers_of(Kind::ErrorResponse).copied().skip(errors), expected)?;
    }
    Ok(())
}
