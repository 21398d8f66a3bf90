//! SSLRequest and GSSENCRequest: sections "SSL Session Encryption" and "GSSAPI Session Encryption"; CancelRequest.

use super::{Rule, Violation, none};
use crate::conversation::{Conversation, Item};
use pgconform_wire::{Backend, Kind, Side};

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
    let wrong = |item: &Item<'_>| matches!(item.backend(), Some(Backend::SSLResponse(r)) if !b"SN".contains(&r.answer));
    none(conversation.frames.iter().copied().filter(wrong), "SSLResponse S or N")
}

fn gss_answer(conversation: &Conversation<'_>) -> Result<(), Violation> {
    let wrong = |item: &Item<'_>| matches!(item.backend(), Some(Backend::GSSENCResponse(r)) if !b"GN".contains(&r.answer));
    none(conversation.frames.iter().copied().filter(wrong), "GSSENCResponse G or N")
}

fn nothing_behind_answer(conversation: &Conversation<'_>) -> Result<(), Violation> {
    // A frontend may not wait for the answer: then what follows can be the answer to what it sent meanwhile.
    let mut unanswered = 0_usize;
    let mut answered = false;
    for item in &conversation.frames {
        match item.kept.side {
            Side::Frontend => unanswered += 1,
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
    let Some(request) = conversation.frames.iter().find(|item| item.is(Kind::CancelRequest)) else {
        return Ok(());
    };
    // What was asked for before it on the same connection may still be answered.
    let answer = |item: &Item<'_>| item.is(Kind::SSLResponse) || item.is(Kind::GSSENCResponse);
    let behind = conversation.sent_by(Side::Backend).copied().filter(|item| item.event > request.event);
    let behind = behind.filter(|item| !answer(item));
    none(behind, "no byte, and the end of the connection")
}
