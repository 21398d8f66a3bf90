//! Authentication requests and their order: section "Start-up" and the chapter on SASL.

use super::{Rule, Violation, none};
use crate::conversation::{Conversation, Item};
use crate::transcript::Event;
use pgconform_wire::{Backend, Content, Frontend, Kind, Side, Text};

pub(super) const RULES: &[Rule] = &[
    Rule {
        id: "authentication.before-session",
        clauses: &["auth.no-session-before-ok"],
        about: "Before AuthenticationOk come only authentication requests, NegotiateProtocolVersion, notices and errors.",
        check: before_session,
    },
    Rule {
        id: "authentication.known-codes",
        clauses: &["startup.authentication-request"],
        about: "Every authentication request has a code that the protocol has.",
        check: known_codes,
    },
    Rule {
        id: "authentication.ok-last",
        clauses: &["auth.ok-once"],
        about: "AuthenticationOk is the last authentication message.",
        check: ok_last,
    },
    Rule {
        id: "authentication.waits",
        clauses: &["auth.wait-for-response"],
        about: "AuthenticationOk does not come before the frontend has responded to the request.",
        check: waits,
    },
    Rule {
        id: "authentication.one-request",
        clauses: &["auth.one-exchange"],
        about: "One method is asked for, once.",
        check: one_request,
    },
    Rule {
        id: "authentication.continues-what-began",
        clauses: &["auth.sasl-flow"],
        about: "A SASL or GSSAPI exchange is continued only where one was begun.",
        check: continues_what_began,
    },
    Rule {
        id: "authentication.sasl-mechanisms",
        clauses: &["auth.sasl-mechanisms"],
        about: "AuthenticationSASL names at least one mechanism.",
        check: sasl_mechanisms,
    },
    Rule {
        id: "authentication.sasl-final",
        clauses: &["auth.sasl-final", "auth.scram-proof"],
        about: "After a SCRAM exchange, AuthenticationOk comes directly behind the server's own proof.",
        check: sasl_final,
    },
    Rule {
        id: "authentication.scram-nonce",
        clauses: &["auth.scram-nonce"],
        about: "The server's first SCRAM message continues the frontend's nonce, and gives salt and iteration count.",
        check: scram_nonce,
    },
    Rule {
        id: "authentication.scram-plus-over-tls",
        clauses: &["auth.scram-plus-only-over-tls"],
        about: "SCRAM-SHA-256-PLUS is not offered in plain text.",
        check: scram_plus_over_tls,
    },
];

/// Whether it is one of the authentication messages, AuthenticationOk included.
pub(super) fn is_request(item: &Item<'_>) -> bool {
    begins(item) || continues(item) || item.is(Kind::AuthenticationOk)
}

/// Whether it asks for a method.
fn begins(item: &Item<'_>) -> bool {
    matches!(
        item.kind(),
        Some(
            Kind::AuthenticationCleartextPassword
                | Kind::AuthenticationGSS
                | Kind::AuthenticationKerberosV5
                | Kind::AuthenticationMD5Password
                | Kind::AuthenticationSASL
                | Kind::AuthenticationSSPI
        )
    )
}

fn continues(item: &Item<'_>) -> bool {
    matches!(
        item.kind(),
        Some(
            Kind::AuthenticationGSSContinue
                | Kind::AuthenticationSASLContinue
                | Kind::AuthenticationSASLFinal
        )
    )
}

fn before_session(conversation: &Conversation<'_>) -> Result<(), Violation> {
    let belongs = |item: &Item<'_>| {
        is_request(item)
            || matches!(
                item.kind(),
                // An unframed or unknown one is another rule's.
                None | Some(
                    Kind::ErrorResponse
                        | Kind::GSSENCResponse
                        | Kind::NegotiateProtocolVersion
                        | Kind::NoticeResponse
                        | Kind::SSLResponse
                )
            )
    };
    let before = conversation.startup.iter().copied().take_while(|item| !item.is(Kind::AuthenticationOk));
    // What follows an error in startup is another rule's.
    let before = before.take_while(|item| !item.is(Kind::ErrorResponse));
    none(before.filter(|item| !belongs(item)), "an authentication request")
}

fn known_codes(conversation: &Conversation<'_>) -> Result<(), Violation> {
    let unknown = |item: &Item<'_>| matches!(item.kept.content, Content::UnknownAuthentication(_));
    none(
        conversation.frames.iter().copied().filter(unknown),
        "an authentication request that the protocol has",
    )
}

fn ok_last(conversation: &Conversation<'_>) -> Result<(), Violation> {
    let Some(ok) = conversation.all(Kind::AuthenticationOk).next() else { return Ok(()) };
    let behind = conversation.frames.iter().copied().filter(|item| item.event > ok.event && is_request(item));
    none(behind, "no authentication message behind AuthenticationOk")
}

fn waits(conversation: &Conversation<'_>) -> Result<(), Violation> {
    let mut owed = 0_usize;
    let mut responses = 0_usize;
    for item in &conversation.frames {
        match item.kept.side {
            Side::Frontend if item.kept.bytes.first() == Some(&b'p') => responses += 1,
            Side::Frontend => {}
            Side::Backend if item.is(Kind::AuthenticationOk) && responses < owed => {
                return Err(Violation::at(item, "to wait for the frontend's response"));
            }
            Side::Backend if begins(item) || item.is(Kind::AuthenticationSASLContinue) => owed += 1,
            // The last token of GSSAPI, and the last words of a SASL mechanism, ask for nothing.
            Side::Backend => {}
        }
    }
    Ok(())
}

fn one_request(conversation: &Conversation<'_>) -> Result<(), Violation> {
    none(conversation.frames.iter().copied().filter(begins).skip(1), "no second authentication request")
}

fn continues_what_began(conversation: &Conversation<'_>) -> Result<(), Violation> {
    let mut begun = None;
    for item in conversation.sent_by(Side::Backend) {
        if begins(item) {
            begun = item.kind();
        }
        let from: &[Kind] = match item.kind() {
            Some(Kind::AuthenticationSASLContinue | Kind::AuthenticationSASLFinal) => {
                &[Kind::AuthenticationSASL]
            }
            Some(Kind::AuthenticationGSSContinue) => &[Kind::AuthenticationGSS, Kind::AuthenticationSSPI],
            _ => continue,
        };
        if !begun.is_some_and(|kind| from.contains(&kind)) {
            return Err(Violation::at(item, "an exchange to be continued only where it was begun"));
        }
    }
    Ok(())
}

fn sasl_mechanisms(conversation: &Conversation<'_>) -> Result<(), Violation> {
    let empty = |item: &Item<'_>| matches!(item.backend(), Some(Backend::AuthenticationSASL(r)) if r.mechanisms.is_empty());
    none(conversation.all(Kind::AuthenticationSASL).filter(empty), "at least one mechanism")
}

/// The frontend's choice of a mechanism of the SCRAM family, if it made one, and its first data.
fn scram_chosen<'t>(conversation: &Conversation<'t>) -> Option<(Item<'t>, Option<Text<'t>>)> {
    conversation.sent_by(Side::Frontend).find_map(|item| match item.frontend() {
        Some(Frontend::SASLInitialResponse(first)) if first.mechanism.0.starts_with(b"SCRAM-") => {
            Some((*item, first.data))
        }
        _ => None,
    })
}

fn sasl_final(conversation: &Conversation<'_>) -> Result<(), Violation> {
    let Some(ok) = conversation.all(Kind::AuthenticationOk).next() else { return Ok(()) };
    let before = |item: &&Item<'_>| item.event < ok.event && !item.is_asynchronous();
    if scram_chosen(conversation).is_none_or(|(chosen, _)| chosen.event > ok.event) {
        return Ok(());
    }
    let last = conversation.sent_by(Side::Backend).filter(before).last();
    let proves = |item: &Item<'_>| matches!(item.backend(), Some(Backend::AuthenticationSASLFinal(proof)) if proof.data.0.starts_with(b"v="));
    if last.is_some_and(proves) {
        Ok(())
    } else {
        Err(Violation::at(&ok, "AuthenticationSASLFinal with the server's proof before AuthenticationOk"))
    }
}

fn scram_nonce(conversation: &Conversation<'_>) -> Result<(), Violation> {
    // Where the frontend began without data, its nonce is in a later message: left to cases.
    let Some((chosen, Some(first))) = scram_chosen(conversation) else { return Ok(()) };
    // Its first two fields are about channels and who acts for whom.
    let Some(nonce) = first.0.split(|&byte| byte == b',').skip(2).find_map(|part| part.strip_prefix(b"r="))
    else {
        return Ok(());
    };
    let answer = conversation.all(Kind::AuthenticationSASLContinue).find(|item| item.event > chosen.event);
    let Some((item, Some(Backend::AuthenticationSASLContinue(challenge)))) =
        answer.map(|item| (item, item.backend()))
    else {
        return Ok(());
    };
    let parts: Vec<_> = challenge.data.0.split(|&byte| byte == b',').collect();
    let continues = parts
        .first()
        .and_then(|part| part.strip_prefix(b"r="))
        .is_some_and(|whole| whole.starts_with(nonce) && whole.len() > nonce.len());
    let gives = |name: &[u8]| parts.iter().any(|part| part.len() > name.len() && part.starts_with(name));
    if continues && gives(b"s=") && gives(b"i=") {
        Ok(())
    } else {
        Err(Violation::at(
            &item,
            "the frontend's nonce continued by the server's, a salt, an iteration count",
        ))
    }
}

fn scram_plus_over_tls(conversation: &Conversation<'_>) -> Result<(), Violation> {
    let tls = conversation.connection.events.iter().position(|event| matches!(event, Event::Tls(_)));
    let in_plain_text = |item: &Item<'_>| tls.is_none_or(|tls| item.event < tls);
    let offers = |item: &Item<'_>| matches!(item.backend(), Some(Backend::AuthenticationSASL(r)) if r.mechanisms.iter().any(|name| name.0.ends_with(b"-PLUS")));
    let wrong = conversation.all(Kind::AuthenticationSASL).filter(|item| in_plain_text(item) && offers(item));
    none(wrong, "no mechanism that binds to a channel, as there is none")
}
