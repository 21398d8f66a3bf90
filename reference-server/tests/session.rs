//! The session as a peer meets it: any bytes, in any pieces.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use pgconform_reference_server::environment::{Clock, Environment};
use pgconform_reference_server::server::Server;
use pgconform_reference_server::session::{Session, Wants};
use pgconform_reference_server::token::{Authority, OWNER};
use pgconform_wire::message::{PasswordMessage, Query, StartupMessage, Terminate};
use pgconform_wire::profile::Profile;
use pgconform_wire::version::V3_0;
use pgconform_wire::{Content, Framer, Frontend, Kind, Side, Text};
use proptest::prelude::*;
use std::sync::Arc;
use std::time::Duration;

const NOW: u64 = 1_700_000_000;

fn server() -> Arc<Server> {
    let text = include_str!("../../cases/profiles/spacetimedb-standalone.toml");
    let profile = Profile::parse("spacetimedb-standalone", "standalone.toml", text, &|_| None).unwrap();
    Arc::new(Server::new(&profile, []).unwrap())
}

fn session(server: &Arc<Server>) -> Session {
    let clock = Clock::Fixed { now: NOW, statement: Duration::from_micros(1720) };
    Session::new(server.clone(), Environment::fixed(clock, 1, vec![1, 2, 3, 4]))
}

/// Feeds `pieces` as a shell would; returns what came back and what the session wants in the end.
fn feed<'b>(session: &mut Session, pieces: impl IntoIterator<Item = &'b [u8]>) -> (Vec<u8>, Wants) {
    let (mut buffer, mut output) = (Vec::new(), Vec::new());
    for piece in pieces {
        buffer.extend_from_slice(piece);
        loop {
            let taken = session.receive(&buffer);
            buffer.drain(..taken);
            output.extend(session.output());
            if taken == 0 {
                break;
            }
        }
    }
    (output, session.wants())
}

fn bytes(messages: Vec<Frontend<'_>>) -> Vec<u8> {
    let mut out = Vec::new();
    for message in messages {
        message.encode(&mut out).unwrap();
    }
    out
}

fn login() -> Vec<u8> {
    let token = Authority::development().mint(OWNER, NOW, None).unwrap();
    let parameters = vec![("user".into(), "any".into()), ("database".into(), "quickstart-chat".into())];
    bytes(vec![
        StartupMessage { version: V3_0, parameters }.into(),
        PasswordMessage { password: Text(token.as_bytes()) }.into(),
    ])
}

fn kinds(output: &[u8]) -> Vec<Kind> {
    let mut kinds = Vec::new();
    Framer::default().push(Side::Backend, output, |frame| match frame.content {
        Content::Message(kind) => kinds.push(kind),
        other => panic!("{other:?}"),
    });
    kinds
}

#[test]
fn the_documents_session() {
    let mut session = session(&server());
    let (output, wants) = feed(&mut session, [login().as_slice()]);
    assert_eq!(wants, Wants::Bytes);
    assert_eq!(kinds(&output).last(), Some(&Kind::ReadyForQuery));
    let query = bytes(vec![Query { query: "select * from message".into() }.into()]);
    let (output, _) = feed(&mut session, [query.as_slice()]);
    assert_eq!(
        kinds(&output),
        [Kind::RowDescription, Kind::DataRow, Kind::CommandComplete, Kind::ReadyForQuery]
    );
    let (output, wants) = feed(&mut session, [bytes(vec![Terminate.into()]).as_slice()]);
    assert_eq!((output.as_slice(), wants), (&[][..], Wants::Close));
}

#[test]
fn a_message_longer_than_any_is_refused_before_it_is_there() {
    // Longer than this server takes, and longer than any message of the protocol can be.
    for (head, told) in [(b"Q\x3f\xff\xff\xfe", vec![Kind::ErrorResponse]), (b"Q\x3f\xff\xff\xff", vec![])] {
        let mut session = session(&server());
        feed(&mut session, [login().as_slice()]);
        let (output, wants) = feed(&mut session, [&head[..]]);
        assert_eq!((kinds(&output), wants), (told, Wants::Close));
    }
}

#[test]
fn two_sessions_of_one_server_do_not_share_identity() {
    let server = server();
    let (mut one, mut other) = (session(&server), session(&server));
    feed(&mut one, [login().as_slice()]);
    // Another connection's login does not let this one in.
    let query = bytes(vec![Query { query: "select * from message".into() }.into()]);
    let startup = &login()[..40.min(login().len())];
    let (output, _) = feed(&mut other, [startup, query.as_slice()]);
    assert!(!kinds(&output).contains(&Kind::DataRow));
}

proptest! {
    /// Whatever comes, before or after the login, the session answers in frames and does not panic.
    #[test]
    fn garbage(garbage in proptest::collection::vec(any::<u8>(), 0..400), after_login: bool) {
        let mut session = session(&server());
        if after_login {
            feed(&mut session, [login().as_slice()]);
        }
        let (output, _) = feed(&mut session, [garbage.as_slice()]);
        if after_login {
            kinds(&output);
        }
    }

    /// How the bytes are cut changes nothing.
    #[test]
    fn any_split(cuts in proptest::collection::vec(0..300_usize, 0..12), tail in proptest::collection::vec(any::<u8>(), 0..40)) {
        let mut all = login();
        all.extend(bytes(vec![Query { query: "select text from message".into() }.into()]));
        all.extend(tail);
        let server = server();
        let whole = feed(&mut session(&server), [all.as_slice()]);
        let mut cuts: Vec<_> = cuts.into_iter().map(|cut| cut.min(all.len())).chain([0, all.len()]).collect();
        cuts.sort_unstable();
        let pieces: Vec<_> = cuts.windows(2).map(|cut| &all[cut[0]..cut[1]]).collect();
        prop_assert_eq!(feed(&mut session(&server), pieces), whole);
    }
}
