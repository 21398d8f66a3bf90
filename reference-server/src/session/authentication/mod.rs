//! How a frontend proves who it is, and what follows when it has: sections "Start-up" and "SASL Authentication" of the
//! protocol chapter. One file a method.

mod cleartext;
mod md5;
mod scram;
mod token;

use super::ready::Ready;
use super::startup::{Replication, Request};
use super::{Session, State, int32};
use crate::engine::{Engine, SqlError};
use crate::server::Caller;
use pgconform_wire::message::{AuthenticationOk, BackendKeyData, ParameterStatus};
use pgconform_wire::profile::claims;
use pgconform_wire::profile::roles::HbaMethod;
use pgconform_wire::{Kind, Text, version};
use scram::Exchange;

/// The longest password message: PostgreSQL's `PG_MAX_AUTH_TOKEN_LENGTH`.
const MAX_PASSWORD: usize = 65_535;

/// The longest SASL message: PostgreSQL's `PG_MAX_SASL_MESSAGE_LENGTH`.
const MAX_SASL: usize = 1024;

/// How many bytes of cancel key protocol 3.0 has.
const KEY_LENGTH_3_0: usize = 4;

/// A session whose frontend was asked to prove who it is.
pub(super) struct Authenticating {
    request: Request,
    method: Method,
}

/// What the frontend was asked for.
enum Method {
    Token,
    Cleartext,
    Md5([u8; 4]),
    Scram(Box<Exchange>),
}

impl Method {
    /// The longest message taken, and the kind of it. As PostgreSQL's, the limit is on the length field.
    fn takes(&self) -> (usize, Kind) {
        match self {
            Self::Token => (super::MAX_UNAUTHENTICATED, Kind::PasswordMessage),
            Self::Cleartext | Self::Md5(_) => (MAX_PASSWORD, Kind::PasswordMessage),
            Self::Scram(exchange) if exchange.has_begun() => (MAX_SASL, Kind::SASLResponse),
            Self::Scram(_) => (MAX_SASL, Kind::SASLInitialResponse),
        }
    }
}

impl Session {
    /// Asks the frontend to prove who it is, as host-based authentication says.
    pub(super) fn authenticate(&mut self, request: Request) {
        let user = request.user();
        // No entry is about replication.
        let method = match request.replication {
            Replication::Physical => None,
            Replication::None | Replication::Logical => {
                self.server.access.method(user, self.tls.is_some(), self.environment.peer)
            }
        };
        let method = match method {
            None => {
                let why = format!("no {} entry for", self.server.hba_name());
                return self.fail(self.not_admitted(&why, &request));
            }
            Some(HbaMethod::Reject) => {
                let why = format!("{} rejects connection for", self.server.hba_name());
                return self.fail(self.not_admitted(&why, &request));
            }
            Some(HbaMethod::Trust) => return self.authenticated(request),
            Some(HbaMethod::Cert) => return self.certificate(request),
            Some(HbaMethod::Token) => Ok(self.ask_for_token()),
            Some(HbaMethod::Password) => Ok(self.ask_for_password()),
            Some(HbaMethod::Md5) => self.ask_for_md5(user),
            Some(HbaMethod::ScramSha256) => self.ask_for_scram(user),
        };
        match method {
            Ok(method) => self.state = State::Authenticating(Authenticating { request, method }),
            Err(ring::error::Unspecified) => {
                self.fail(SqlError::fatal("XX000", "could not generate random nonce"))
            }
        }
    }

    fn not_admitted(&self, why: &str, request: &Request) -> SqlError {
        let user = request.user();
        let host = self.environment.peer;
        let encryption = if self.tls.is_some() { "SSL encryption" } else { "no encryption" };
        let message = match request.replication {
            Replication::Physical => {
                format!("{why} replication connection from host \"{host}\", user \"{user}\", {encryption}")
            }
            Replication::None | Replication::Logical => {
                let database = &request.database;
                format!("{why} host \"{host}\", user \"{user}\", database \"{database}\", {encryption}")
            }
        };
        SqlError::fatal("28000", message)
    }

    /// Takes at most one response from the head of `bytes`; returns how many bytes it took.
    pub(super) fn receive_response(&mut self, bytes: &[u8]) -> usize {
        let State::Authenticating(Authenticating { method, .. }) = &self.state else { return 0 };
        let (longest, kind) = method.takes();
        if bytes[0] != b'p' {
            let what = if matches!(method, Method::Scram(_)) { "SASL" } else { "password" };
            let message = format!("expected {what} response, got message type {}", bytes[0]);
            self.fail(SqlError::fatal("08P01", message));
            return bytes.len();
        }
        let Some(length) = int32(bytes, 1) else { return 0 };
        let whole = usize::try_from(length).ok().filter(|length| (4..=longest).contains(length));
        let Some(whole) = whole.map(|length| 1 + length) else {
            self.wrong_length(length);
            return bytes.len();
        };
        let Some(frame) = bytes.get(..whole) else { return 0 };
        self.out.received(kind);
        let State::Authenticating(asked) = std::mem::replace(&mut self.state, State::Startup) else {
            return whole;
        };
        match asked.method {
            Method::Token => self.token(asked.request, frame),
            Method::Cleartext => self.password(asked.request, frame),
            Method::Md5(salt) => self.md5(asked.request, salt, frame),
            Method::Scram(exchange) => self.scram(asked.request, exchange, &frame[5..]),
        }
        whole
    }

    /// A response of a length that none has. PostgreSQL takes a bad SASL message for a wrong answer, and a bad password
    /// message for a frontend that has gone away.
    fn wrong_length(&mut self, length: i32) {
        let State::Authenticating(asked) = &self.state else { return };
        match &asked.method {
            Method::Token if length >= 4 => {
                self.fail(SqlError::fatal("28P01", "Invalid token: it is too long"));
            }
            Method::Token | Method::Cleartext | Method::Md5(_) => self.close(),
            Method::Scram(_) => {
                let error = wrong_password(asked.request.user());
                self.fail(error);
            }
        }
    }

    /// A client certificate proves who the frontend is: its common name is the user.
    fn certificate(&mut self, request: Request) {
        let presented = self.tls.as_ref().and_then(|tls| tls.client.as_ref());
        let Some(certificate) = presented else {
            return self.fail(SqlError::fatal("28000", "connection requires a valid client certificate"));
        };
        let user = request.user();
        if certificate.common_name.as_deref() != Some(user) {
            let message = format!("certificate authentication failed for user \"{user}\"");
            return self.fail(SqlError::fatal("28000", message));
        }
        self.authenticated(request);
    }

    /// The frontend is who it says: AuthenticationOk, and then whether such a user may have such a session.
    fn authenticated(&mut self, request: Request) {
        self.out.send(AuthenticationOk);
        let opened =
            self.caller(&request).and_then(|caller| self.server.open(&request, caller, &self.environment));
        match opened {
            Ok(engine) => self.begin(&request, engine),
            Err(error) => self.fail(error),
        }
    }

    /// The role that the user is; where users mean nothing, anybody may do everything.
    fn caller(&self, request: &Request) -> Result<Caller, SqlError> {
        let user = request.user();
        if self.server.claims.claims(claims::User::Ignored) {
            return Ok(Caller::Role { name: user.to_owned(), superuser: true });
        }
        let Some(role) = self.server.access.role(user) else {
            return Err(SqlError::fatal("28000", format!("role \"{user}\" does not exist")));
        };
        if !role.login {
            return Err(SqlError::fatal("28000", format!("role \"{user}\" is not permitted to log in")));
        }
        if request.replication == Replication::Logical && !role.superuser {
            let detail = "Only roles with the REPLICATION attribute may start a WAL sender process.";
            return Err(SqlError::fatal("42501", "permission denied to start WAL sender").detail(detail));
        }
        Ok(Caller::Role { name: role.name.clone(), superuser: role.superuser })
    }

    /// Begins the session: what there is to tell of it, and ReadyForQuery.
    fn begin(&mut self, request: &Request, mut engine: Box<dyn Engine>) {
        match engine.parameters() {
            None => self.report_parameters(request),
            Some(told) => {
                for (name, value) in &told {
                    self.out
                        .send(ParameterStatus { name: name.as_str().into(), value: value.as_str().into() });
                }
            }
        }
        if self.server.claims.claims(claims::BackendKeyData::Sent) {
            let key = self.environment.key.as_slice();
            let told = if request.version < version::V3_2 { KEY_LENGTH_3_0 } else { key.len() };
            let key = key[..told.min(key.len())].to_vec();
            let process = self.environment.process;
            self.out.send(BackendKeyData { process, key: Text(&key) });
            if self.server.claims.claims(claims::Cancel::Honoured) {
                let (flag, bell) = (self.environment.cancel.clone(), self.environment.bell.clone());
                self.cancellable = Some(self.server.cancellable(process, &key, move || {
                    flag.raise();
                    bell.ring();
                }));
            }
        }
        self.state = State::Ready(Ready::new(engine));
        self.ready_for_query();
    }

    fn report_parameters(&mut self, request: &Request) {
        let asked = [
            ("session_authorization", request.user.as_deref()),
            ("application_name", request.application_name.as_deref()),
        ];
        let told = self.server.parameters.iter().map(|(name, value)| (name.as_str(), value.as_str()));
        let asked = asked.into_iter().filter_map(|(name, value)| value.map(|value| (name, value)));
        for (name, value) in told.chain(asked) {
            self.out.send(ParameterStatus { name: name.into(), value: value.into() });
        }
    }
}

fn wrong_password(user: &str) -> SqlError {
    SqlError::fatal("28P01", format!("password authentication failed for user \"{user}\""))
}
