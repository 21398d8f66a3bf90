//! The extended query cycle: section "Extended Query".

use super::{Rule, Violation, none};
use crate::conversation::{Conversation, End, Exchange, Item};
use pgconform_wire::{Frontend, Kind};

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
        about: "Describe of a statement is answered by one ParameterDescription and then RowDescription or NoData; of a portal, without the first.",
        check: describe,
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
                Some(Kind::RowDescription | Kind::NoData) if statement && parameters == 0 => {
                    return Err(Violation::at(item, "ParameterDescription first"));
                }
                _ => {}
            }
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
