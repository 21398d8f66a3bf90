//! Our own client: plays the frames of a case itself.
//!
//! What the backend sends enters the transcript when a step takes it, not when it arrives: so the order between the
//! directions is the case's, and a transcript does not depend on how the network cut the bytes.

use super::line::Line;
use super::login;
use crate::case::{Action, Case, Step};
use crate::credentials::Credentials;
use crate::target::Place;
use crate::transcript::{Connection, Transcript};
use pgconform_wire::profile::Profile;
use pgconform_wire::{Backend, Message, Side};
use std::sync::Arc;
use std::time::Duration;

/// How a case ended.
#[derive(Debug)]
pub struct Played {
    /// What went over the wire.
    pub transcript: Transcript,
    /// What was not as expected, if something was not.
    pub end: Result<(), Stop>,
}

/// Why a case did not come to its end.
#[derive(Debug)]
pub enum Stop {
    /// The backend did something else than expected.
    Unmet {
        /// The line of the step.
        line: usize,
        /// What should have come.
        expected: String,
        /// What came.
        actual: String,
        /// The connection and the event on it that this is about, where there is one.
        about: Option<(String, usize)>,
    },
    /// The target or the client has not what the case needs; what that is.
    NotApplicable(String),
    /// The case or the harness is at fault.
    Broken(String),
}

/// Plays `case` against the server at `place`; no step takes longer than `limit`.
pub async fn play(case: &Case, profile: &Profile, place: &Place, limit: Duration) -> Played {
    let inputs = Arc::new(place.credentials.clone());
    let mut player =
        Player { profile, place, inputs, limit: case.timeout.unwrap_or(limit), lines: Vec::new() };
    let mut end = Ok(());
    let mut steps = case.steps.iter().peekable();
    while let Some(step) = steps.next() {
        let next = steps.peek().copied();
        end = player.step(step, next).await;
        player.learn();
        if end.is_err() {
            break;
        }
    }
    if end.is_ok() {
        end = player.flush(None).await;
    }
    let transcript = Transcript { connections: player.finish().await };
    Played { transcript, end }
}

struct Player<'r> {
    profile: &'r Profile,
    place: &'r Place,
    inputs: Arc<Credentials>,
    limit: Duration,
    lines: Vec<Line>,
}

impl Player<'_> {
    async fn step(&mut self, step: &Step, next: Option<&Step>) -> Result<(), Stop> {
        let (profile, place, inputs) = (self.profile, self.place, self.inputs.clone());
        // Frames in a row on one connection are a pipeline and go out together; anything else sends them first.
        let pipelined = matches!(step.action, Action::Send(_)).then_some(step.connection.as_str());
        self.flush(pipelined).await?;
        let line = self.line(step);
        match &step.action {
            Action::Send(outgoing) => line.send(outgoing, place, &inputs).await,
            Action::Expect(expected) => line.expect(expected, &inputs).await,
            Action::Optional(expected) => line.optional(expected, &inputs).await,
            Action::Until => match next.map(|step| &step.action) {
                Some(Action::Expect(expected)) => line.until(expected, &inputs).await,
                _ => Err(Stop::Broken(format!("line {}: `B ...` needs a `B` line after it", step.line))),
            },
            Action::Login(args) => login::login(line, profile, place, args).await,
            Action::Tls(tls) => line.tls(tls, place).await,
            Action::Closed => line.closed().await,
            Action::Silence(duration) => line.silence(*duration).await,
            Action::Connect => login::open(line, profile, place).await,
            Action::Close => line.close().await,
            Action::HalfClose => line.half_close().await,
            Action::Reset => line.reset(),
            Action::Ask(_) | Action::Outcome(_) => {
                Err(Stop::Broken(format!("line {}: the wire client takes no `C` or `=` lines", step.line)))
            }
        }
    }

    /// What authentication by hand needs on the main connection is `@md5.answer` and `@scram...`; what its BackendKeyData told is `@backend.process` and `@backend.key` from now on.
    fn learn(&mut self) {
        let Some(main) = self.lines.iter_mut().find(|line| line.name().is_empty()) else { return };
        if let Some((process, key)) = main.take_key_data() {
            let inputs = Arc::make_mut(&mut self.inputs);
            inputs.set("backend.process", process.to_string());
            inputs.set("backend.key", key);
        }
        for (name, answer) in main.take_answers(&self.inputs) {
            Arc::make_mut(&mut self.inputs).set(name, answer);
        }
    }

    fn line(&mut self, step: &Step) -> &mut Line {
        let known = self.lines.iter().position(|line| line.name() == step.connection);
        let index = known.unwrap_or_else(|| {
            self.lines.push(Line::new(&step.connection, self.limit));
            self.lines.len() - 1
        });
        let line = &mut self.lines[index];
        line.begin(step.line);
        line
    }

    /// Sends what waits to be sent, on every connection but `except`.
    async fn flush(&mut self, except: Option<&str>) -> Result<(), Stop> {
        for line in self.lines.iter_mut().filter(|line| Some(line.name()) != except) {
            line.flush().await?;
        }
        Ok(())
    }

    /// Says goodbye on every connection, and takes note of what still comes.
    async fn finish(self) -> Vec<Connection> {
        let mut connections = Vec::new();
        for line in self.lines {
            connections.push(line.finish().await);
        }
        connections
    }
}

/// The version that the server reports when the run logs in; none where it does not come to that.
pub async fn server_version(profile: &Profile, place: &Place, limit: Duration) -> Option<String> {
    let mut line = Line::new("", limit);
    login::login(&mut line, profile, place, &[]).await.ok()?;
    let connection = line.finish().await;
    connection.frames(Side::Backend).find_map(|kept| match kept.message() {
        Some(Ok(Message::Backend(Backend::ParameterStatus(status)))) if status.name == "server_version" => {
            Some(status.value.lossy().into_owned())
        }
        _ => None,
    })
}
