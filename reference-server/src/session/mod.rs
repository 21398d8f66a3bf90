//! A session: what one connection says and is told, from its first byte to its last. No I/O, no clock, no randomness:
//! bytes go in, bytes come out, and [`Wants`] says what the shell should do next.
//!
//! One file per phase, as the protocol chapter has them: [`startup`], [`authentication`], and [`ready`] for all that
//! follows; [`options`] reads the settings of a startup packet; [`extended`] is the extended query cycle where it is refused.

mod authentication;
mod extended;
mod options;
mod ready;
mod startup;

pub(crate) use startup::Request;

use crate::cancel::Cancellable;
use crate::engine::{Call, Severity, SqlError};
use crate::environment::Environment;
use crate::outbox::Outbox;
use crate::server::Server;
use authentication::Authenticating;
use pgconform_wire::frame::MAX_STARTUP_LENGTH;
use pgconform_wire::message::{ErrorResponse, Tag};
use pgconform_wire::profile::claims::Dialect;
use pgconform_wire::profile::claims::DirectTls;
use pgconform_wire::{Kind, Side, Text};
use ready::{Cycle, Ready};
use std::sync::Arc;
use std::time::Duration;

/// The longest message taken before the frontend has authenticated itself. As PostgreSQL's, these limits are on the
/// length field, which does not count the type byte.
const MAX_UNAUTHENTICATED: usize = 10_000;

/// The longest message taken at all. PostgreSQL takes a gibibyte; this server holds a message in memory.
const MAX_MESSAGE: usize = 16 << 20;

/// The longest message that there can be at all: PostgreSQL's `PQ_LARGE_MESSAGE_LIMIT`.
const LARGEST: usize = 0x3fff_fffe;

/// The longest message of a kind that holds a name or nothing: PostgreSQL's `PQ_SMALL_MESSAGE_LIMIT`.
const MAX_SMALL: usize = 10_000;

/// One connection.
pub struct Session {
    server: Arc<Server>,
    environment: Environment,
    out: Outbox,
    state: State,
    encryption: Encryption,
    /// What the handshake told, if the connection runs in TLS.
    tls: Option<Handshake>,
    /// There are too many sessions already.
    surplus: bool,
    /// Lets CancelRequests find the session.
    cancellable: Option<Cancellable>,
    wants: Wants,
}

/// What the session wants of the shell, once the output is written.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Wants {
    /// More bytes.
    Bytes,
    /// To be [called](Session::call): a statement waits, and nothing is read meanwhile.
    Call,
    /// A TLS handshake. If it may have begun, bytes that were not taken are its; otherwise there must be none.
    Tls {
        /// Whether it may have begun.
        begun: bool,
    },
    /// The connection to be closed.
    Close,
}

/// Where the session stands.
enum State {
    /// No startup packet yet.
    Startup,
    /// The frontend was asked to prove who it is.
    Authenticating(Authenticating),
    /// Queries are served.
    Ready(Ready),
}

/// What became of requests for encryption.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Encryption {
    /// SSLRequest was answered: a second one is no request any more.
    ssl_answered: bool,
    /// The same of GSSENCRequest.
    gss_answered: bool,
}

/// What a TLS handshake told.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Handshake {
    /// Whether the ALPN protocol `postgresql` was agreed on.
    pub alpn: bool,
    /// What SCRAM binds to: the hash of the server's certificate, where its signature algorithm has one.
    pub end_point: Option<Vec<u8>>,
    /// The client's certificate, if it presented one; the handshake has verified it.
    pub client: Option<ClientCertificate>,
}

/// A client's certificate.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ClientCertificate {
    /// The common name of its subject, if it has one.
    pub common_name: Option<String>,
}

impl Session {
    /// A session of `server` in `environment`.
    pub fn new(server: Arc<Server>, environment: Environment) -> Self {
        let out = Outbox::new(server.faults.clone());
        Self {
            server,
            environment,
            out,
            state: State::Startup,
            encryption: Encryption::default(),
            tls: None,
            surplus: false,
            cancellable: None,
            wants: Wants::Bytes,
        }
    }

    /// There are too many sessions already: this one is refused as soon as it asks for one.
    #[must_use]
    pub fn surplus(self) -> Self {
        Self { surplus: true, ..self }
    }

    /// Takes at most one message from the head of `bytes`; returns how many bytes it took. 0 means that the message is
    /// not complete yet, or that the session [wants](Self::wants) something other than bytes.
    pub fn receive(&mut self, bytes: &[u8]) -> usize {
        if self.wants() != Wants::Bytes || bytes.is_empty() {
            return 0;
        }
        match self.state {
            State::Startup => self.receive_untyped(bytes),
            State::Authenticating(_) => self.receive_response(bytes),
            State::Ready(_) => self.receive_typed(bytes),
        }
    }

    /// The frontend has closed its side of the connection.
    pub fn gone(&mut self) {
        if self.is_copying() {
            self.broken();
        }
    }

    /// The bytes to write now.
    pub fn output(&mut self) -> Vec<u8> {
        self.out.take()
    }

    /// Whether the [`output`](Self::output) so far is not to wait for more.
    pub fn flushes(&mut self) -> bool {
        self.out.take_urgency() || self.wants() != Wants::Bytes && self.wants() != Wants::Call
    }

    /// What the session wants once [`output`](Self::output) is written.
    pub fn wants(&self) -> Wants {
        match &self.state {
            State::Ready(Ready { cycle: Cycle::Waiting { .. }, .. }) if self.wants == Wants::Bytes => {
                Wants::Call
            }
            _ => self.wants,
        }
    }

    /// After how long the session is to be [called](Self::call) although nothing has happened.
    pub fn timer(&self) -> Option<Duration> {
        match &self.state {
            State::Ready(ready) => ready.timer(),
            State::Startup | State::Authenticating(_) => None,
        }
    }

    /// Tells the session that its [timer](Self::timer) has run out, or that its server [woke](crate::environment::Bell)
    /// it.
    pub fn call(&mut self, why: Call) {
        if matches!(self.state, State::Ready(_)) && self.wants == Wants::Bytes {
            self.called(why);
        }
    }

    /// The TLS handshake that the session wanted has succeeded.
    pub fn tls_started(&mut self, handshake: Handshake) {
        // After SSLRequest, GSSENCRequest is none any more. Where TLS was not asked for, PostgreSQL still refuses each once.
        let asked_for = self.encryption.ssl_answered;
        self.encryption.gss_answered |= asked_for;
        self.wants = Wants::Bytes;
        // TLS that nobody asked for has to say what it is for: else a server of another protocol could be meant.
        if !asked_for && !handshake.alpn {
            self.close();
        }
        self.tls = Some(handshake);
    }

    /// Whether the frontend has proved who it is.
    pub fn is_authenticated(&self) -> bool {
        matches!(self.state, State::Ready(_))
    }

    fn receive_untyped(&mut self, bytes: &[u8]) -> usize {
        // The first byte of a TLS record: the frontend tries TLS without asking.
        if bytes[0] == 0x16 {
            let first = self.encryption == Encryption::default();
            if first && self.server.has_tls() && self.server.claims.claims(DirectTls::Accepted) {
                self.wants = Wants::Tls { begun: true };
                return 0;
            }
            self.close();
            return bytes.len();
        }
        let Some(length) = int32(bytes, 0) else { return 0 };
        if !(8..=MAX_STARTUP_LENGTH).contains(&length) {
            // PostgreSQL closes without a word: whoever sent this does not speak the protocol.
            self.close();
            return bytes.len();
        }
        let whole = length.unsigned_abs() as usize;
        let (Some(frame), Some(code)) = (bytes.get(..whole), int32(bytes, 4)) else { return 0 };
        self.startup_packet(code, frame, bytes.len() > whole);
        whole
    }

    fn receive_typed(&mut self, bytes: &[u8]) -> usize {
        if self.refuses(bytes[0]) {
            return bytes.len();
        }
        let Some(kind) = kind(bytes[0]) else {
            self.fail(SqlError::fatal("08P01", unexpected(bytes[0])));
            return bytes.len();
        };
        let Some(length) = int32(bytes, 1) else { return 0 };
        if length < 4 {
            // PostgreSQL closes without a word; a message that cannot be skipped cannot be answered either.
            self.broken();
            return bytes.len();
        }
        let length = length.unsigned_abs() as usize;
        if length > LARGEST || length > longest(kind) {
            self.too_long(kind, length);
            return bytes.len();
        }
        let whole = 1 + length;
        let Some(frame) = bytes.get(..whole) else { return 0 };
        self.message(kind, frame);
        whole
    }

    fn too_long(&mut self, kind: Kind, length: usize) {
        if length <= LARGEST && longest(kind) == MAX_MESSAGE {
            let message = format!("{} exceeds the limit of {MAX_MESSAGE} bytes", kind.name());
            self.fail(SqlError::fatal("54000", message));
        } else {
            // As PostgreSQL: no such message can be that long.
            self.broken();
        }
    }

    /// Tells an error; a fatal one ends the session.
    fn fail(&mut self, error: SqlError) {
        self.error(&error);
        if error.severity == Severity::Fatal {
            self.close();
        }
    }

    fn error(&mut self, error: &SqlError) {
        let fields = error.fields(self.server.claims.claims(Dialect::PostgreSql));
        let encode = |value: &str| match &self.state {
            State::Ready(ready) => ready.engine.text(value),
            State::Startup | State::Authenticating(_) => value.as_bytes().to_vec(),
        };
        let fields: Vec<_> = fields.iter().map(|(code, value)| (*code, encode(value))).collect();
        let fields = fields.iter().map(|(code, value)| (*code, Text(value))).collect();
        self.out.send(ErrorResponse { fields });
    }

    fn close(&mut self) {
        self.out.closing();
        if !self.out.keep_open() {
            self.wants = Wants::Close;
        }
    }
}

fn unexpected(byte: u8) -> String {
    format!("invalid frontend message type {byte}")
}

fn longest(kind: Kind) -> usize {
    match kind {
        Kind::Query | Kind::Parse | Kind::Bind | Kind::FunctionCall | Kind::CopyData => MAX_MESSAGE,
        _ => MAX_SMALL,
    }
}

/// The kind of message that a type byte announces. A `p` is a password, and has no place in a session.
fn kind(byte: u8) -> Option<Kind> {
    match byte {
        b'p' => Some(Kind::PasswordMessage),
        _ => Kind::tagged(Side::Frontend, Tag::Byte(byte)),
    }
}

fn int32(bytes: &[u8], at: usize) -> Option<i32> {
    let bytes = bytes.get(at..at + 4)?;
    Some(i32::from_be_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]))
}
