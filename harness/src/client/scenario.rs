//! Real clients: asks an adapter for the operations of a case's `C` lines, and compares what it reports. The words and
//! fields are those of `harness/clients/README.md`.

use super::wire::{Played, Stop};
use super::{line, pin};
use crate::case::{Action, Arg, Ask, Case, Inputs, Missing, Outcome, Value};
use crate::client::Adapter;
use crate::credentials::Credentials;
use crate::target::{Place, Seen};
use crate::tls::CERTIFICATES;
use crate::{client, tap};
use serde_json::{Map, Value as Json};
use std::io::Write as _;
use std::net::SocketAddr;
use std::time::Duration;
use tempfile::NamedTempFile;
use tokio::time::{Instant, sleep};

/// How long the connections of a client that has ended may take to end.
const FAREWELL: Duration = Duration::from_millis(500);

/// The fields of operations and outcomes that a case may give without their names, in order.
const POSITIONAL: &[(&str, &[&str])] = &[
    ("query", &["sql"]),
    ("execute", &["sql", "params"]),
    ("batch", &["sql", "params"]),
    ("script", &["text", "options"]),
    ("begin", &["isolation"]),
    ("copy", &["table", "columns", "rows"]),
    ("tables", &["pattern"]),
    ("listen", &["channel"]),
    ("rows", &["columns", "rows", "tag", "rowcount"]),
    ("done", &["tag", "rowcount"]),
    ("counts", &["counts"]),
    ("notified", &["channel", "payload"]),
    ("printed", &["stdout", "stderr", "exit"]),
    ("error", &["sqlstate", "severity", "message"]),
];

/// Why `client` cannot be asked; none if it can.
pub fn missing(client: &str) -> Option<String> {
    if client == crate::runner::WIRE { None } else { client::missing(client) }
}

/// Plays `case` with the real client `client`, no operation taking longer than `limit`.
pub async fn play(case: &Case, client: &str, place: &Place, limit: Duration) -> Played {
    let (end, seen) = match Scenario::start(client, place, case.timeout.unwrap_or(limit)).await {
        Ok(mut scenario) => {
            let end = scenario.play(case).await;
            (end, scenario.end().await)
        }
        Err(stop) => (Err(stop), Seen::default()),
    };
    let mut transcript = seen.take();
    if client.starts_with("tokio-postgres") {
        pin::statements(&mut transcript);
    }
    Played { transcript, end }
}

struct Scenario<'p> {
    adapter: Adapter,
    place: &'p Place,
    /// Where it connects: the server, or the tap in front of it.
    address: SocketAddr,
    /// What the `@names` of a case stand for.
    inputs: Credentials,
    seen: Seen,
    relay: Option<tokio::task::AbortHandle>,
    /// The authority's certificate, for drivers that read it from a file.
    authority: Option<NamedTempFile>,
    /// The certificates that a client can present, and their keys.
    _certificates: Vec<NamedTempFile>,
    limit: Duration,
}

impl<'p> Scenario<'p> {
    async fn start(client: &str, place: &'p Place, limit: Duration) -> Result<Self, Stop> {
        let broken = |error: std::io::Error| Stop::Broken(error.to_string());
        let (address, seen, relay) = match &place.seen {
            // The server tells what it sees, inside TLS.
            Some(seen) => (place.address, seen.clone(), None),
            None => {
                let (address, seen, relay) = tap::relay(place.address).await.map_err(broken)?;
                (address, seen, Some(relay))
            }
        };
        let mut inputs = place.credentials.clone();
        inputs.set("address", address.to_string());
        let authority = place.authority.as_ref().map(|pem| file(pem)).transpose().map_err(broken)?;
        let mut certificates = Vec::new();
        for (name, certificate, key) in CERTIFICATES {
            for (kind, pem) in [("certificate", certificate), ("key", key)] {
                let file = file(pem).map_err(broken)?;
                inputs.set(&format!("{kind}.{name}"), file.path().to_string_lossy().into_owned());
                certificates.push(file);
            }
        }
        let adapter = client::start(client, limit).await.map_err(|error| Stop::Broken(error.to_string()))?;
        Ok(Self {
            adapter,
            place,
            address,
            inputs,
            seen,
            relay,
            authority,
            _certificates: certificates,
            limit,
        })
    }

    async fn play(&mut self, case: &Case) -> Result<(), Stop> {
        let mut reply = Json::Null;
        for (index, step) in case.steps.iter().enumerate() {
            let unmet = |expected, actual| Stop::Unmet { line: step.line, expected, actual, about: None };
            match &step.action {
                Action::Ask(ask) => {
                    reply = self.ask(ask, step.line).await?;
                    let stated =
                        matches!(case.steps.get(index + 1).map(|s| &s.action), Some(Action::Outcome(_)));
                    if !stated && is_failure(&reply) {
                        return Err(unmet("the operation to succeed".to_owned(), show(&reply)));
                    }
                }
                Action::Outcome(outcome) => {
                    if !self.agrees(outcome, &reply)? {
                        return Err(unmet(outcome.to_string(), show(&reply)));
                    }
                }
                Action::Silence(duration) => sleep(*duration).await,
                _ => {
                    return Err(Stop::Broken(format!(
                        "line {}: a scenario for real clients has `C` and `=` lines",
                        step.line
                    )));
                }
            }
        }
        Ok(())
    }

    async fn ask(&mut self, ask: &Ask, line: usize) -> Result<Json, Stop> {
        let mut request = Map::new();
        request.insert("operation".to_owned(), ask.operation.clone().into());
        if matches!(ask.operation.as_str(), "connect" | "script") {
            self.defaults(&mut request);
        }
        for (name, arg) in named(&ask.operation, &ask.args)? {
            let value = json(&arg.value, &self.inputs).map_err(line::missing)?;
            request.insert(name, value);
        }
        // An empty path: none at all, although the harness would have one.
        if request.get("sslrootcert").is_some_and(|path| path == "") {
            request.remove("sslrootcert");
        }
        let reply = match self.adapter.ask(Json::Object(request)).await {
            Ok(reply) => reply,
            // The driver waits for a server that does not answer.
            Err(error) if error.timed_out() => {
                let expected = "the client to come to an end".to_owned();
                return Err(Stop::Unmet { line, expected, actual: error.to_string(), about: None });
            }
            Err(error) => return Err(Stop::Broken(error.to_string())),
        };
        let reason = || reply.get("reason").and_then(Json::as_str).unwrap_or("no reason given").to_owned();
        match reply.get("outcome").and_then(Json::as_str) {
            Some("unsupported") => Err(Stop::NotApplicable(format!("the client cannot: {}", reason()))),
            Some("broken") => Err(Stop::Broken(reason())),
            Some(_) => Ok(reply),
            None => Err(Stop::Broken("a reply without an outcome".to_owned())),
        }
    }

    /// Where to connect and as whom, unless the case says.
    fn defaults(&self, request: &mut Map<String, Json>) {
        request.insert("host".to_owned(), self.address.ip().to_string().into());
        request.insert("port".to_owned(), self.address.port().into());
        for name in ["user", "database", "password"] {
            if self.place.credentials.has(name) {
                request.insert(name.to_owned(), self.place.credentials.text(name).into());
            }
        }
        if let Some(file) = &self.authority {
            request.insert("sslrootcert".to_owned(), file.path().to_string_lossy().into());
        }
    }

    fn agrees(&self, outcome: &Outcome, reply: &Json) -> Result<bool, Stop> {
        if reply.get("outcome").and_then(Json::as_str) != Some(&outcome.word) {
            return Ok(false);
        }
        for (name, arg) in named(&outcome.word, &outcome.args)? {
            let actual = reply.get(&name).unwrap_or(&Json::Null);
            if !agrees(arg, actual, &self.inputs).map_err(line::missing)? {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Ends the client; waits for its connections to end, so that the transcript is whole.
    async fn end(self) -> Seen {
        let deadline = Instant::now() + self.limit.min(FAREWELL);
        // In an orderly way: with Terminate on every connection that is still open.
        self.adapter.end().await;
        while !self.seen.is_over() && Instant::now() < deadline {
            sleep(Duration::from_millis(1)).await;
        }
        if let Some(relay) = &self.relay {
            relay.abort();
        }
        self.seen
    }
}

/// A file with this text, which goes when it is dropped. Its owner alone can read it.
fn file(text: &str) -> std::io::Result<NamedTempFile> {
    let mut file = NamedTempFile::new()?;
    file.write_all(text.as_bytes())?;
    Ok(file)
}

/// Gives the arguments without names the names that the contract has for them.
fn named<'a>(word: &str, args: &'a [Arg]) -> Result<Vec<(String, &'a Arg)>, Stop> {
    let order = POSITIONAL.iter().find(|(known, _)| *known == word).map_or(&[][..], |(_, order)| *order);
    let mut order = order.iter();
    args.iter()
        .map(|arg| match &arg.name {
            Some(name) => Ok((name.clone(), arg)),
            None => match order.next() {
                Some(name) => Ok(((*name).to_owned(), arg)),
                None => Err(Stop::Broken(format!("`{word}` has no field without a name there"))),
            },
        })
        .collect()
}

/// A value as an adapter takes it.
fn json(value: &Value, inputs: &dyn Inputs) -> Result<Json, Missing> {
    Ok(match value {
        Value::Null => Json::Null,
        Value::Word(word) => match (word.as_str(), word.parse::<i64>()) {
            ("true", _) => true.into(),
            ("false", _) => false.into(),
            (_, Ok(number)) => number.into(),
            (word, Err(_)) => word.into(),
        },
        Value::List(items) => {
            items.iter().map(|item| json(&item.value, inputs)).collect::<Result<Vec<_>, _>>()?.into()
        }
        Value::Text(_) | Value::Input(_) | Value::Group(_) => {
            String::from_utf8_lossy(&value.bytes(inputs)?.unwrap_or_default()).into_owned().into()
        }
    })
}

/// Whether a reply's field is what the case says. Numbers are compared by their text.
fn agrees(arg: &Arg, actual: &Json, inputs: &dyn Inputs) -> Result<bool, Missing> {
    if let Value::List(items) = &arg.value {
        let Json::Array(actual) = actual else { return Ok(false) };
        if items.len() != actual.len() {
            return Ok(false);
        }
        for (item, actual) in items.iter().zip(actual) {
            if !agrees(item, actual, inputs)? {
                return Ok(false);
            }
        }
        return Ok(true);
    }
    let text = match actual {
        Json::Null => None,
        Json::String(text) => Some(text.clone()),
        other => Some(other.to_string()),
    };
    arg.matches(text.as_deref().map(str::as_bytes), inputs)
}

fn is_failure(reply: &Json) -> bool {
    !matches!(
        reply.get("outcome").and_then(Json::as_str),
        Some("ok" | "rows" | "done" | "counts" | "notified" | "printed")
    )
}

/// A reply as it is told in a finding. The contract keeps passwords out of replies.
fn show(reply: &Json) -> String {
    reply.to_string()
}
