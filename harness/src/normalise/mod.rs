//! Transcripts of different runs, made comparable: what varies from run to run holds a fixed value instead.
//!
//! A snapshot of a server that we do not seed needs this, and so does a comparison of two servers. What is masked is a
//! [table](MASKS) of messages and fields, each with its reason; everything else is compared byte for byte. Secrets are
//! masked wherever a transcript is shown, here as anywhere.

pub mod comparison;
mod walk;

use crate::case::{Action, Case};
use crate::transcript::{Connection, Event, Kept, Transcript};
use pgconform_wire::{Kind, Message, Side};
use std::collections::BTreeSet;
use walk::Masker;

/// A field that varies, and what stands in its place.
#[derive(Clone, Copy, Debug)]
pub struct Mask {
    /// The message.
    pub kind: Kind,
    /// The field; of ParameterStatus, the parameter.
    pub field: &'static str,
    /// What stands in its place.
    pub form: Form,
    /// Why it varies.
    pub why: &'static str,
}

/// What stands in the place of a field.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Form {
    /// 0, or zero bytes.
    Zero,
    /// `*`.
    Star,
    /// What comes before the first dot: of a version, its major.
    Major,
    /// `pg_temp_0` for every schema of temporary objects, which are numbered by session.
    Temporary,
    /// 0 where it is the process of BackendKeyData.
    Process,
    /// Of an object identifier that is not the system's own: the first of a transcript is 16384, the next 16385.
    Numbered,
    /// Its length alone, as of every secret.
    Secret,
}

const fn mask(kind: Kind, field: &'static str, form: Form, why: &'static str) -> Mask {
    Mask { kind, field, form, why }
}

const RANDOM: &str = "drawn anew for every session";
const SOURCE: &str = "a place in the server's own source, which every version moves";
const TEMPORARY: &str = "the schema of temporary objects has a session's number in its name";
const OBJECT: &str = "assigned in the order in which a database makes its objects";

/// Every mask.
pub const MASKS: &[Mask] = &[
    mask(Kind::AuthenticationMD5Password, "salt", Form::Zero, RANDOM),
    mask(Kind::BackendKeyData, "process", Form::Zero, "the operating system numbers processes"),
    mask(Kind::BackendKeyData, "key", Form::Secret, RANDOM),
    mask(Kind::CancelRequest, "process", Form::Zero, "it repeats that of BackendKeyData"),
    mask(Kind::CancelRequest, "key", Form::Secret, "it repeats that of BackendKeyData"),
    mask(Kind::NotificationResponse, "process", Form::Zero, "the operating system numbers processes"),
    mask(Kind::AuthenticationSASLContinue, "data", Form::Secret, "nonces and salts are random"),
    mask(Kind::AuthenticationSASLFinal, "data", Form::Secret, "it signs the nonces"),
    mask(Kind::SASLInitialResponse, "data", Form::Secret, "its nonce is random"),
    mask(Kind::SASLResponse, "data", Form::Secret, "it proves the nonces"),
    mask(Kind::PasswordMessage, "password", Form::Secret, "a secret, and in MD5 a hash with a random salt"),
    mask(Kind::ErrorResponse, "file", Form::Star, SOURCE),
    mask(Kind::ErrorResponse, "line", Form::Star, SOURCE),
    mask(Kind::ErrorResponse, "routine", Form::Star, SOURCE),
    mask(Kind::ErrorResponse, "schema", Form::Temporary, TEMPORARY),
    mask(Kind::ErrorResponse, "where", Form::Temporary, TEMPORARY),
    mask(Kind::FunctionCallResponse, "value", Form::Process, "what pg_backend_pid() returns"),
    mask(Kind::NoticeResponse, "where", Form::Temporary, TEMPORARY),
    mask(Kind::NoticeResponse, "file", Form::Star, SOURCE),
    mask(Kind::NoticeResponse, "line", Form::Star, SOURCE),
    mask(Kind::NoticeResponse, "routine", Form::Star, SOURCE),
    mask(Kind::RowDescription, "table", Form::Numbered, OBJECT),
    mask(Kind::RowDescription, "type", Form::Numbered, OBJECT),
    mask(Kind::ParameterStatus, "server_version", Form::Major, "minor versions change no protocol"),
];

/// A transcript in which every masked field holds its fixed value, and the names of those fields.
///
/// An end that no step of `case` waited for is left out, as is what came after its last step: how far the farewell gets
/// is chance. Whether a server's end arrives as a close or as a reset depends on what it had not read yet, in a TLS
/// handshake too.
pub fn normalise(transcript: &Transcript, case: &Case) -> (Transcript, Vec<String>) {
    let mut names = BTreeSet::new();
    let mut masker = Masker::default();
    let mut connections = Vec::new();
    for connection in &transcript.connections {
        let mut normal = Connection::named(&connection.name);
        let steps = connection.farewell.unwrap_or(connection.events.len());
        for (event, line) in connection.events.iter().zip(&connection.lines).take(steps) {
            match event {
                Event::Frame(kept) => normal.events.push(Event::Frame(masker.frame(kept, &mut names))),
                Event::Closed(Side::Backend) | Event::Reset(Side::Backend) => {
                    if waits_for_the_end(case, *line) {
                        normal.events.push(Event::Closed(Side::Backend));
                    }
                }
                Event::TlsFailed(why) if is_an_end(why) => {
                    normal.events.push(Event::TlsFailed("the backend closed".to_owned()));
                }
                Event::Tls(_) | Event::TlsFailed(_) | Event::Closed(_) | Event::Reset(_) => {
                    normal.events.push(event.clone());
                }
            }
            normal.lines.resize(normal.events.len(), *line);
        }
        normal.dropped = connection.dropped;
        connections.push(normal);
    }
    (Transcript { connections }, names.into_iter().collect())
}

/// Whether a handshake failed because the backend closed, perhaps before it began, and not by an alert that says why. Whether
/// there is an alert for what is no TLS at all is up to the TLS library.
fn is_an_end(why: &str) -> bool {
    let ends =
        ["handshake eof", "reset by peer", "Broken pipe", "refused before it began", "alert: DecodeError"];
    ends.iter().any(|end| why.contains(end))
}

fn waits_for_the_end(case: &Case, line: usize) -> bool {
    case.steps.iter().any(|step| step.line == line && step.action == Action::Closed)
}

/// The text of a snapshot: the names of the masks that were needed, and the transcript with the hexadecimal.
pub fn snapshot(transcript: &Transcript, case: &Case) -> String {
    let (normal, names) = normalise(transcript, case);
    let names = if names.is_empty() { "nothing".to_owned() } else { names.join(", ") };
    format!("masked: {names}\n{}", normal.with_hex())
}

/// The first line in which two snapshots differ.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Difference {
    /// The frame that the lines belong to, where they are of hexadecimal that the frame's own line does not tell apart.
    pub within: Option<String>,
    /// The line on the left; none where it has ended.
    pub left: Option<String>,
    /// The line on the right; none where it has ended.
    pub right: Option<String>,
}

/// Where two snapshots begin to differ; none if they are equal. Which masks each needed is no difference of its own.
pub fn difference(left: &str, right: &str) -> Option<Difference> {
    let lines = |text| str::lines(text).skip_while(|line| line.starts_with("masked: "));
    let (mut left, mut right) = (lines(left), lines(right));
    let mut within: Option<&str> = None;
    loop {
        let (a, b) = (left.next(), right.next());
        match (a, b) {
            (None, None) => return None,
            (Some(a), Some(b)) if a == b => {
                if !a.starts_with(' ') {
                    within = Some(a);
                }
            }
            (a, b) => {
                let is_hex = |line: Option<&str>| line.is_some_and(|line| line.starts_with(' '));
                let within = within.filter(|_| is_hex(a) || is_hex(b)).map(str::to_owned);
                return Some(Difference { within, left: a.map(str::to_owned), right: b.map(str::to_owned) });
            }
        }
    }
}

impl Masker {
    /// The frame with its masked fields replaced; one that is no message stays as it is.
    fn frame(&mut self, kept: &Kept, names: &mut BTreeSet<String>) -> Kept {
        let Some(Ok(message)) = kept.message() else { return kept.clone() };
        // What the replaced fields refer to lives here.
        let texts;
        let mut bytes = Vec::new();
        let encoded = match message {
            Message::Frontend(mut message) => {
                let Ok(()) = message.walk(&mut self.walk(message.kind(), &[], names));
                message.encode(&mut bytes)
            }
            Message::Backend(mut message) => {
                texts = walk::temporary(&message);
                let Ok(()) = message.walk(&mut self.walk(message.kind(), &texts, names));
                message.encode(&mut bytes)
            }
        };
        // What was decoded can be encoded: a field that is replaced hardly gets longer.
        if encoded.is_err() {
            return kept.clone();
        }
        Kept { bytes, ..*kept }
    }
}

#[cfg(test)]
mod tests;
