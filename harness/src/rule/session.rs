//! The session as a whole: ReadyForQuery, what may come at any time, the end.

use super::{Rule, Violation, none};
use crate::conversation::{Conversation, End, Item};
use pgconform_wire::message::ParameterStatus;
use pgconform_wire::{Backend, Frontend, Kind, Side};
use std::collections::BTreeMap;

pub(super) const RULES: &[Rule] = &[
    Rule {
        id: "ready-for-query.status",
        clauses: &["simple.transaction-status"],
        about: "The status in ReadyForQuery is `I`, `T` or `E`.",
        check: ready_status,
    },
    Rule {
        id: "ready-for-query.failed-by-error",
        clauses: &["simple.failed-transaction"],
        about: "Only an error brings a transaction block to the failed status.",
        check: failed_by_error,
    },
    Rule {
        id: "ready-for-query.error-fails-block",
        clauses: &["simple.transaction-status", "simple.failed-transaction"],
        about: "A transaction block that was open is not open any more once an error was told.",
        check: error_fails_block,
    },
    Rule {
        id: "ready-for-query.failed-until-ended",
        clauses: &["simple.transaction-status", "simple.failed-transaction"],
        about: "A failed transaction block stays failed until a command has ended it or gone back to a savepoint.",
        check: failed_until_ended,
    },
    Rule {
        id: "ready-for-query.one-per-query",
        clauses: &["simple.one-ready-per-query"],
        about: "A Query or FunctionCall is answered by one ReadyForQuery.",
        check: one_per_query,
    },
    Rule {
        id: "ready-for-query.one-per-sync",
        clauses: &["extended.sync", "extended.execute-no-ready"],
        about: "In an extended query, ReadyForQuery answers Sync and nothing else.",
        check: one_per_sync,
    },
    Rule {
        id: "session.idle-quiet",
        clauses: &["async.nothing-else-when-idle"],
        about: "A backend that was asked nothing sends only notices, notifications, parameter values and fatal errors.",
        check: idle_quiet,
    },
    Rule {
        id: "parameter-status.name",
        clauses: &["async.reported-parameters"],
        about: "ParameterStatus names a parameter.",
        check: parameter_name,
    },
    Rule {
        id: "parameter-status.fixed",
        clauses: &["async.fixed-parameters"],
        about: "server_version, server_encoding and integer_datetimes do not change within a session.",
        check: parameter_fixed,
    },
    Rule {
        id: "notification.only-when-listening",
        clauses: &["async.notification"],
        about: "NotificationResponse comes only to a session that has listened.",
        check: only_when_listening,
    },
    Rule {
        id: "notification.outside-block",
        clauses: &["async.notification-at-transaction-end"],
        about: "NotificationResponse does not come while a transaction block is open.",
        check: notification_outside_block,
    },
    Rule {
        id: "function-call.one-response",
        clauses: &["function.call"],
        about: "FunctionCall is answered by one FunctionCallResponse, or by an error.",
        check: function_call_answered,
    },
    Rule {
        id: "function-call.only-when-asked",
        clauses: &["function.only-when-asked"],
        about: "FunctionCallResponse answers FunctionCall and nothing else.",
        check: function_call_asked,
    },
    Rule {
        id: "terminate.no-reply",
        clauses: &["terminate.closes"],
        about: "Terminate is not answered.",
        check: terminate_no_reply,
    },
];

fn status(item: &Item<'_>) -> Option<u8> {
    match item.backend() {
        Some(Backend::ReadyForQuery(ready)) => Some(ready.status),
        _ => None,
    }
}

fn statuses<'t>(conversation: &Conversation<'t>) -> impl Iterator<Item = (Item<'t>, u8)> {
    conversation.all(Kind::ReadyForQuery).filter_map(|item| Some((item, status(&item)?)))
}

fn ready_status(conversation: &Conversation<'_>) -> Result<(), Violation> {
    let wrong = statuses(conversation).filter(|(_, status)| !b"ITE".contains(status));
    none(wrong.map(|(item, _)| item), "ReadyForQuery I, T or E")
}

fn failed_by_error(conversation: &Conversation<'_>) -> Result<(), Violation> {
    // A status that was `E` before stays so; what made it so has been looked at then.
    let mut failed = false;
    for item in &conversation.frames {
        if item.is(Kind::ErrorResponse) {
            failed = true;
        } else if item.is(Kind::ReadyForQuery) {
            let now = status(item) == Some(b'E');
            if now && !failed {
                return Err(Violation::at(item, "an error before a transaction block is failed"));
            }
            failed = now;
        }
    }
    Ok(())
}

/// Fails where one ReadyForQuery follows another with a `wrong` pair of states, given the answers in between.
fn each_state(
    conversation: &Conversation<'_>,
    expected: &str,
    wrong: impl Fn(u8, u8, &[Item<'_>]) -> bool,
) -> Result<(), Violation> {
    let mut before = None;
    let mut between = Vec::new();
    for item in conversation.sent_by(Side::Backend) {
        let Some(now) = status(item) else {
            between.push(*item);
            continue;
        };
        if before.is_some_and(|before| wrong(before, now, &between)) {
            return Err(Violation::at(item, expected));
        }
        before = Some(now);
        between.clear();
    }
    Ok(())
}

fn error_fails_block(conversation: &Conversation<'_>) -> Result<(), Violation> {
    each_state(conversation, "a failed transaction block, or none", |before, now, between| {
        // A command that succeeded may have ended the block, and begun another.
        let failed = between.iter().any(|item| item.is(Kind::ErrorResponse));
        let completed = between.iter().any(|item| item.is(Kind::CommandComplete));
        before == b'T' && now == b'T' && failed && !completed
    })
}

fn failed_until_ended(conversation: &Conversation<'_>) -> Result<(), Violation> {
    each_state(conversation, "ReadyForQuery E, as nothing has ended the block", |before, now, between| {
        before == b'E' && now != b'E' && !between.iter().any(|item| item.is(Kind::CommandComplete))
    })
}

fn one_per_query(conversation: &Conversation<'_>) -> Result<(), Violation> {
    let strays = conversation.strays.iter().copied();
    none(strays.filter(|item| item.is(Kind::ReadyForQuery)), "one ReadyForQuery for each Query")
}

fn one_per_sync(conversation: &Conversation<'_>) -> Result<(), Violation> {
    none(conversation.early_ready.iter().copied(), "one ReadyForQuery for each Sync, and none without it")
}

fn idle_quiet(conversation: &Conversation<'_>) -> Result<(), Violation> {
    // A ReadyForQuery too many, and what is no message, have rules of their own.
    let loud = |item: &Item<'_>| item.kind().is_some() && !item.is(Kind::ReadyForQuery);
    none(conversation.strays.iter().copied().filter(loud), "nothing but what may come at any time")
}

fn parameters<'t>(conversation: &Conversation<'t>) -> impl Iterator<Item = (Item<'t>, ParameterStatus<'t>)> {
    conversation.all(Kind::ParameterStatus).filter_map(|item| match item.backend() {
        Some(Backend::ParameterStatus(status)) => Some((item, status)),
        _ => None,
    })
}

fn parameter_name(conversation: &Conversation<'_>) -> Result<(), Violation> {
    let nameless = parameters(conversation).filter(|(_, status)| status.name.0.is_empty());
    none(nameless.map(|(item, _)| item), "the name of a parameter")
}

fn parameter_fixed(conversation: &Conversation<'_>) -> Result<(), Violation> {
    let mut told = BTreeMap::new();
    for (item, status) in parameters(conversation) {
        let fixed = matches!(status.name.0, b"server_version" | b"server_encoding" | b"integer_datetimes");
        let first = *told.entry(status.name).or_insert(status.value);
        if fixed && first != status.value {
            return Err(Violation::at(&item, format!("{} to stay as it was", status.name.lossy())));
        }
    }
    Ok(())
}

fn only_when_listening(conversation: &Conversation<'_>) -> Result<(), Violation> {
    let listens = |item: &&Item<'_>| match item.frontend() {
        Some(Frontend::Query(query)) => query.query.lossy().to_lowercase().contains("listen"),
        Some(Frontend::Parse(parse)) => parse.query.lossy().to_lowercase().contains("listen"),
        _ => false,
    };
    let since = conversation.sent_by(Side::Frontend).find(listens).map_or(usize::MAX, |item| item.event);
    let notified = conversation.all(Kind::NotificationResponse);
    none(notified.filter(|item| item.event < since), "notifications only after LISTEN")
}

fn notification_outside_block(conversation: &Conversation<'_>) -> Result<(), Violation> {
    let mut notified = None;
    let mut open = false;
    for item in conversation.sent_by(Side::Backend) {
        match (item.kind(), status(item)) {
            (Some(Kind::NotificationResponse), _) if open => {
                return Err(Violation::at(item, "no notification in a transaction block"));
            }
            (Some(Kind::NotificationResponse), _) => notified = Some(*item),
            (_, Some(status)) => {
                open = status != b'I';
                if let Some(notified) = notified.take().filter(|_| open) {
                    return Err(Violation::at(&notified, "no notification in a transaction block"));
                }
            }
            // What is answered from now on may end the block.
            _ if !item.is_asynchronous() => (open, notified) = (false, None),
            _ => {}
        }
    }
    Ok(())
}

fn function_call_answered(conversation: &Conversation<'_>) -> Result<(), Violation> {
    for call in conversation.exchanges.iter().filter(|exchange| exchange.asks() == Some(Kind::FunctionCall)) {
        none(call.answers_of(Kind::FunctionCallResponse).copied().skip(1), "one FunctionCallResponse")?;
        let answers = |item: &Item<'_>| item.is(Kind::FunctionCallResponse) || item.is(Kind::ErrorResponse);
        let Some(ready) = call.answers.last().filter(|_| call.end == End::Complete) else { continue };
        if !call.answers.iter().any(answers) {
            return Err(Violation::at(ready, "FunctionCallResponse before ReadyForQuery"));
        }
    }
    Ok(())
}

fn function_call_asked(conversation: &Conversation<'_>) -> Result<(), Violation> {
    let others = conversation.exchanges.iter().filter(|exchange| exchange.asks() != Some(Kind::FunctionCall));
    let answers = others.flat_map(|exchange| exchange.answers_of(Kind::FunctionCallResponse).copied());
    none(answers, "FunctionCallResponse only for FunctionCall")
}

fn terminate_no_reply(conversation: &Conversation<'_>) -> Result<(), Violation> {
    none(conversation.after_terminate.iter().copied(), "nothing but the end of the connection")
}
