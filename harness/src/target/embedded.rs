//! The reference server in this process: fresh for every case, on a loopback port of its own, its clock standing still.

use super::{Options, Place, Seen, TargetError};
use crate::credentials::Credentials;
use crate::transcript::Event;
use pgconform_reference_server::environment::Clock;
use pgconform_reference_server::fault::Fault;
use pgconform_reference_server::server::Server;
use pgconform_reference_server::shell::{Host, Observer};
use pgconform_reference_server::tls::{Tls, TlsKind};
use pgconform_reference_server::token::{self, Authority};
use pgconform_wire::Side;
use pgconform_wire::profile::Profile;
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;
use tokio::net::TcpListener;

/// When it is: the moment after the document's example row was sent.
const NOW: u64 = 1_759_184_955;

/// How long every statement takes: what the document's example tag says.
const STATEMENT: Duration = Duration::from_micros(1720);

pub(super) async fn open(profile: &Profile, options: &Options) -> Result<Place, TargetError> {
    let usage = |why: &dyn std::fmt::Display| TargetError::Usage(why.to_string());
    let named = |id: &String| {
        Fault::named(id)
            .ok_or_else(|| usage(&format!("there is no fault `{id}` (`pgconform faults` lists them)")))
    };
    let faults = options.faults.iter().map(named).collect::<Result<Vec<_>, _>>()?;
    let server = Arc::new(Server::new(profile, faults).map_err(|error| usage(&error))?);
    let tls = server.tls().map(tls).transpose()?;
    let authority = tls.as_ref().map(|tls| tls.authority.clone());
    let clock = Clock::Fixed { now: NOW, statement: STATEMENT };
    let host = Arc::new(Host::new(server, tls, clock, Some(options.seed)));

    let unreachable = |error: std::io::Error| TargetError::Unreachable(format!("embedded: {error}"));
    let listener = TcpListener::bind("127.0.0.1:0").await.map_err(unreachable)?;
    let address = listener.local_addr().map_err(unreachable)?;
    let seen = Seen::default();
    let watched = seen.clone();
    let observe =
        move || Box::new(Watcher { connection: watched.open(), seen: watched.clone() }) as Box<dyn Observer>;
    let task = tokio::spawn(host.serve(listener, observe)).abort_handle();
    let host = "localhost".to_owned();
    let credentials = credentials(profile, options);
    Ok(Place { address, host, credentials, authority, seen: Some(seen), task: Some(task) })
}

/// Made once of a kind: a key takes longer than a case.
fn tls(kind: TlsKind) -> Result<Tls, TargetError> {
    static MADE: Mutex<BTreeMap<TlsKind, Tls>> = Mutex::new(BTreeMap::new());
    let mut made = MADE.lock().unwrap_or_else(PoisonError::into_inner);
    if let Some(tls) = made.get(&kind) {
        return Ok(tls.clone());
    }
    let tls = Tls::fresh(kind).map_err(|error| TargetError::Usage(error.to_string()))?;
    made.insert(kind, tls.clone());
    Ok(tls)
}

/// Right and wrong passwords: tokens of the authority that the server trusts, and of others.
pub(super) fn credentials(profile: &Profile, options: &Options) -> Credentials {
    let mut all = Credentials::of(profile);
    let authority = Authority::development();
    let hour = 3600;
    let tokens = [
        ("password", authority.mint(token::OWNER, NOW - hour, Some(NOW + hour))),
        ("password.other", authority.mint("somebody else", NOW - hour, Some(NOW + hour))),
        ("password.expired", authority.mint(token::OWNER, NOW - 2 * hour, Some(NOW - hour))),
        (
            "password.foreign",
            Authority::new(token::ISSUER, b"a key of somebody else").mint(token::OWNER, NOW, None),
        ),
        ("password.issuer", Authority::new("https://elsewhere.invalid", b"").mint(token::OWNER, NOW, None)),
        ("password.oversized", authority.mint(&"x".repeat(10_000), NOW - hour, Some(NOW + hour))),
        ("password.malformed", Some("not.a.token".to_owned())),
        // {"alg":"none"} and the owner's claims, with no signature at all.
        ("password.unsigned", Some(unsigned(&authority))),
    ];
    for (name, token) in tokens {
        all.set(name, token.unwrap_or_default());
    }
    for (name, value) in
        [("user", &options.user), ("database", &options.database), ("password", &options.password)]
    {
        if let Some(value) = value {
            all.set(name, value.as_str());
        }
    }
    all
}

/// The owner's token with `{"alg":"none","typ":"JWT"}` for its head and nothing for its signature.
fn unsigned(authority: &Authority) -> String {
    let signed = authority.mint(token::OWNER, NOW, None).unwrap_or_default();
    let claims = signed.split('.').nth(1).unwrap_or_default();
    format!("eyJhbGciOiJub25lIiwidHlwIjoiSldUIn0.{claims}.")
}

/// Writes what one connection's server sees into the transcript.
struct Watcher {
    seen: Seen,
    connection: usize,
}

impl Observer for Watcher {
    fn bytes(&mut self, from: Side, bytes: &[u8]) {
        self.seen.with(self.connection, |connection| connection.push(from, bytes));
    }

    fn tls(&mut self, outcome: Result<&str, &str>) {
        let event = match outcome {
            Ok(version) => Event::Tls(version.to_owned()),
            Err(why) => Event::TlsFailed(why.to_owned()),
        };
        self.seen.with(self.connection, |connection| connection.note(event));
    }

    fn closed(&mut self, side: Side) {
        self.seen.with(self.connection, |connection| connection.note(Event::Closed(side)));
    }
}
