//! From the startup packet to the first ReadyForQuery, without authentication: section "Start-up".

use super::{Rule, Violation, none};
use crate::conversation::{Conversation, Item};
use pgconform_wire::message::NegotiateProtocolVersion;
use pgconform_wire::version::{self, V3_0, V3_2};
use pgconform_wire::{Backend, Kind, Side};

pub(super) const RULES: &[Rule] = &[
    Rule {
        id: "startup.frontend-first",
        clauses: &["startup.frontend-first"],
        about: "The backend sends nothing before the frontend has, unless it cannot serve at all.",
        check: frontend_first,
    },
    Rule {
        id: "negotiate.once",
        clauses: &["version.negotiate-once"],
        about: "NegotiateProtocolVersion is sent at most once.",
        check: negotiate_once,
    },
    Rule {
        id: "negotiate.before-authentication",
        clauses: &["version.negotiate-once"],
        about: "NegotiateProtocolVersion comes before any authentication request.",
        check: negotiate_before_authentication,
    },
    Rule {
        id: "negotiate.only-when-needed",
        clauses: &["version.negotiate-only-when-needed"],
        about: "NegotiateProtocolVersion is sent only where a newer version or a protocol option was asked for.",
        check: negotiate_only_when_needed,
    },
    Rule {
        id: "negotiate.version",
        clauses: &["version.negotiated-version"],
        about: "NegotiateProtocolVersion tells a whole version number, of the major version asked for and not newer.",
        check: negotiate_version,
    },
    Rule {
        id: "negotiate.options",
        clauses: &["version.only-unknown-options-listed"],
        about: "NegotiateProtocolVersion lists only protocol options that were asked for.",
        check: negotiate_options,
    },
    Rule {
        id: "negotiate.not-silent",
        clauses: &["version.minor-negotiated", "version.unknown-options-listed"],
        about: "A version or protocol option that does not exist is not accepted without NegotiateProtocolVersion.",
        check: negotiate_not_silent,
    },
    Rule {
        id: "startup.only-status",
        clauses: &["startup.after-authentication-ok"],
        about: "Between AuthenticationOk and ReadyForQuery come only ParameterStatus, BackendKeyData, notices and errors.",
        check: only_status,
    },
    Rule {
        id: "startup.error-fatal",
        clauses: &["startup.error-fatal"],
        about: "An error before the first ReadyForQuery has severity FATAL or PANIC.",
        check: error_fatal,
    },
    Rule {
        id: "startup.error-last",
        clauses: &["startup.error-closes"],
        about: "Nothing follows an error before the first ReadyForQuery.",
        check: error_last,
    },
    Rule {
        id: "startup.ready-idle",
        clauses: &["startup.ready-idle"],
        about: "The first ReadyForQuery says idle.",
        check: ready_idle,
    },
    Rule {
        id: "backend-key-data.once",
        clauses: &["startup.backend-key-data"],
        about: "BackendKeyData is sent at most once.",
        check: key_data_once,
    },
    Rule {
        id: "backend-key-data.length",
        clauses: &["version.key-length-3-0", "version.key-length-3-2"],
        about: "The secret key has 4 bytes in protocol 3.0, and 4 to 256 in 3.2.",
        check: key_data_length,
    },
];

fn frontend_first(conversation: &Conversation<'_>) -> Result<(), Violation> {
    let first = conversation.frames.first().copied().filter(|item| item.kept.side == Side::Backend);
    none(first.filter(|item| !item.is(Kind::ErrorResponse)), "nothing before the frontend speaks")
}

fn negotiations<'t>(
    conversation: &Conversation<'t>,
) -> impl Iterator<Item = (Item<'t>, NegotiateProtocolVersion<'t>)> {
    conversation.all(Kind::NegotiateProtocolVersion).filter_map(|item| match item.backend() {
        Some(Backend::NegotiateProtocolVersion(negotiation)) => Some((item, negotiation)),
        _ => None,
    })
}

fn negotiate_once(conversation: &Conversation<'_>) -> Result<(), Violation> {
    none(negotiations(conversation).skip(1).map(|(item, _)| item), "no second NegotiateProtocolVersion")
}

fn negotiate_before_authentication(conversation: &Conversation<'_>) -> Result<(), Violation> {
    let Some(request) = conversation.startup.iter().find(|item| super::authentication::is_request(item))
    else {
        return Ok(());
    };
    let late = negotiations(conversation).map(|(item, _)| item).filter(|item| item.event > request.event);
    none(late, "NegotiateProtocolVersion before the authentication request")
}

fn negotiate_only_when_needed(conversation: &Conversation<'_>) -> Result<(), Violation> {
    let Some((asked, parameters)) = conversation.asked() else { return Ok(()) };
    let options = parameters.iter().any(|name| name.starts_with("_pq_."));
    // Nor does a negotiation make sense, to libpq for one, that changes nothing.
    let idle = |told: &NegotiateProtocolVersion<'_>| told.version == asked && told.options.is_empty();
    let unneeded = |told: &NegotiateProtocolVersion<'_>| idle(told) || version::minor(asked) == 0 && !options;
    let unneeded = negotiations(conversation).filter(|(_, told)| unneeded(told)).map(|(item, _)| item);
    none(unneeded, "no NegotiateProtocolVersion")
}

fn negotiate_version(conversation: &Conversation<'_>) -> Result<(), Violation> {
    let Some((asked, _)) = conversation.asked() else { return Ok(()) };
    let wrong = |told: u32| version::major(told) != version::major(asked) || told > asked;
    let wrong = negotiations(conversation).filter(|(_, told)| wrong(told.version)).map(|(item, _)| item);
    none(wrong, &format!("a version from {} to {}", version::name(V3_0), version::name(asked)))
}

fn negotiate_options(conversation: &Conversation<'_>) -> Result<(), Violation> {
    let Some((_, parameters)) = conversation.asked() else { return Ok(()) };
    let unknown = |told: &NegotiateProtocolVersion<'_>| {
        told.options.iter().any(|option| {
            !option.0.starts_with(b"_pq_.") || !parameters.iter().any(|asked| *option == asked.as_str())
        })
    };
    let wrong = negotiations(conversation).filter(|(_, told)| unknown(told)).map(|(item, _)| item);
    none(wrong, "only protocol options that the startup packet has")
}

fn negotiate_not_silent(conversation: &Conversation<'_>) -> Result<(), Violation> {
    let Some((asked, parameters)) = conversation.asked() else { return Ok(()) };
    // 3.2 is the newest there is; no protocol option exists so far. Another major version is refused, not negotiated.
    let version = version::major(asked) == version::major(V3_0) && asked > V3_2;
    let options = parameters.iter().any(|name| name.starts_with("_pq_."));
    if !(version || options) || negotiations(conversation).next().is_some() {
        return Ok(());
    }
    let accepted = conversation.startup.iter().copied().find(super::authentication::is_request);
    none(accepted, "NegotiateProtocolVersion before the authentication request")
}

fn only_status(conversation: &Conversation<'_>) -> Result<(), Violation> {
    let Some(ok) = conversation.startup.iter().find(|item| item.is(Kind::AuthenticationOk)) else {
        return Ok(());
    };
    let belongs = |item: &Item<'_>| {
        item.is_asynchronous()
            || super::authentication::is_request(item)
            || matches!(
                item.kind(),
                // An unframed or unknown one is another rule's.
                None | Some(
                    Kind::BackendKeyData
                        | Kind::ErrorResponse
                        | Kind::NegotiateProtocolVersion
                        | Kind::ReadyForQuery
                )
            )
    };
    let wrong = conversation.startup.iter().copied().filter(|item| item.event > ok.event && !belongs(item));
    none(wrong, "ParameterStatus, BackendKeyData, a notice, an error or ReadyForQuery")
}

/// The errors before the first ReadyForQuery.
fn errors<'t>(conversation: &Conversation<'t>) -> impl Iterator<Item = Item<'t>> {
    conversation.startup.iter().copied().filter(|item| item.is(Kind::ErrorResponse))
}

fn error_fatal(conversation: &Conversation<'_>) -> Result<(), Violation> {
    // Without a severity, or with one that does not exist, it is another rule that is broken; and old servers translate
    // the only one they have.
    let mild = |item: &Item<'_>| item.severity().as_deref() == Some("ERROR");
    none(errors(conversation).filter(mild), "an error of severity FATAL")
}

fn error_last(conversation: &Conversation<'_>) -> Result<(), Violation> {
    let Some(error) = errors(conversation).next() else { return Ok(()) };
    let behind = conversation.sent_by(Side::Backend).copied().filter(|item| item.event > error.event);
    none(behind, "nothing behind the error but the end of the connection")
}

fn ready_idle(conversation: &Conversation<'_>) -> Result<(), Violation> {
    let wrong =
        |item: &Item<'_>| matches!(item.backend(), Some(Backend::ReadyForQuery(r)) if r.status != b'I');
    none(conversation.startup.last().copied().filter(wrong), "ReadyForQuery I")
}

fn key_data_once(conversation: &Conversation<'_>) -> Result<(), Violation> {
    none(conversation.all(Kind::BackendKeyData).skip(1), "no second BackendKeyData")
}

fn key_data_length(conversation: &Conversation<'_>) -> Result<(), Violation> {
    let Some((asked, _)) = conversation.asked() else { return Ok(()) };
    let told = negotiations(conversation).next().map(|(_, told)| told.version);
    let longest = if told.unwrap_or(asked) >= V3_2 { 256 } else { 4 };
    let wrong = |item: &Item<'_>| match item.backend() {
        Some(Backend::BackendKeyData(data)) => !(4..=longest).contains(&data.key.0.len()),
        _ => false,
    };
    none(conversation.all(Kind::BackendKeyData).filter(wrong), &format!("a key of 4 to {longest} bytes"))
}
