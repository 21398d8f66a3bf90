//! SSLRequest and GSSENCRequest: sections "SSL Session Encryption" and "GSSAPI Session Encryption"; CancelRequest.

use super::{Rule, Violation, none};
use crate::conversation::{Conversation, Item};
use pgconform_wire::{Frontend, Kind, Side};

pub(super) const RULES: &[Rule] = &[
    Rule {
        id: "encryption.ssl-answer",
        clauses: &["ssl.one-byte-answer"],
        about: "The byte that answers SSLRequest is `S` or `N`.",
        check: ssl_answer,
    },
    Rule {
        id: "encryption.gss-answer",
        clauses: &["gss.one-byte-answer"],
        about: "The byte that answers GSSENCRequest is `G` or `N`.",
        check: gss_answer,
    },
    Rule {
        id: "encryption.nothing-behind-answer",
        clauses: &["ssl.no-bytes-behind-answer", "gss.no-bytes-behind-answer"],
        about: "Nothing follows the answer to an encryption request before the frontend goes on.",
        check: nothing_behind_answer,
    },
    Rule {
        id: "cancel.no-reply",
        clauses: &["cancel.no-reply"],
        about: "CancelRequest is answered by no byte.",
        check: cancel_no_reply,
    },
];

fn ssl_answer(conversation: &Conversation<'_>) -> Result<(), Violation> {
    let wrong = |item: &Item<'_>| !b"SN".contains(&item.kept.bytes[0]);
    none(conversation.all(Kind::SSLResponse).filter(wrong), "SSLResponse S or N")
}

fn gss_answer(conversation: &Conversation<'_>) -> Result<(), Violation> {
    let wrong = |item: &Item<'_>| !b"GN".contains(&item.kept.bytes[0]);
    none(conversation.all(Kind::GSSENCResponse).filter(wrong), "GSSENCResponse G or N")
}

fn nothing_behind_answer(conversation: &Conversation<'_>) -> Result<(), Violation> {
    // A frontend may not wait for the answer: then what follows can be the answer to what it sent meanwhile.
    let mut unanswered = 0_usize;
    let mut answered = false;
    for item in &conversation.frames {
        match item.kept.side {
            Side::Frontend => unanswered += 1,
            // Bytes may have come that are no whole packet yet: an error refuses them, and so does an alert of TLS.
            Side::Backend if item.kind().is_none_or(|kind| kind == Kind::ErrorResponse) => return Ok(()),
            Side::Backend if answered && unanswered == 0 => {
                return Err(Violation::at(item, "nothing before the frontend goes on"));
            }
            Side::Backend => {
                answered = item.is(Kind::SSLResponse) || item.is(Kind::GSSENCResponse);
                if !answered {
                    return Ok(());
                }
                unanswered = unanswered.saturating_sub(1);
            }
        }
    }
    Ok(())
}

fn cancel_no_reply(conversation: &Conversation<'_>) -> Result<(), Violation> {
    // One that is too short or too long may be told so.
    let sound = |item: &Item<'_>| match item.frontend() {
        Some(Frontend::CancelRequest(request)) => (4..=256).contains(&request.key.0.len()),
        _ => false,
    };
    let Some(request) = conversation.all(Kind::CancelRequest).find(sound) else { return Ok(()) };
    let behind = conversation.sent_by(Side::Backend).copied().filter(|item| item.event > request.event);
    let behind: Vec<_> = behind.collect();
    // It did not wait for the answer to an encryption request: then it is nobody's, and may be refused.
    if behind.iter().any(|item| item.is(Kind::SSLResponse) || item.is(Kind::GSSENCResponse)) {
        return Ok(());
    }
    none(behind, "no byte, and the end of the connection")
}
