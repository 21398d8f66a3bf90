//! Encryption requests, cancel requests and the startup packet: section "Start-up" of the protocol chapter.

use super::{Session, State, Wants};
use crate::engine::SqlError;
use crate::fault::Fault;
use pgconform_wire::message::{
    AuthenticationCleartextPassword, GSSENCResponse, NegotiateProtocolVersion, SSLResponse, StartupMessage,
    Tag,
};
use pgconform_wire::profile::claims::{self, Database, Tls};
use pgconform_wire::version::{self, V3_0};
use pgconform_wire::{Frontend, Kind, Text};

/// What a startup packet asks for.
pub(super) struct Request {
    pub(super) user: Option<String>,
    pub(super) database: String,
    pub(super) application_name: Option<String>,
}

impl Session {
    pub(super) fn startup_packet(&mut self, code: i32, frame: &[u8]) {
        let kind = Kind::tagged(pgconform_wire::Side::Frontend, Tag::Request(code));
        match kind {
            Some(Kind::CancelRequest) => {
                // Never answered, so that it tells nothing about the key. No dialect served so far can be cancelled.
                self.out.received(Kind::CancelRequest);
                self.close();
            }
            Some(Kind::SSLRequest) if !self.encryption.ssl_answered => self.ssl_request(),
            Some(Kind::GSSENCRequest) if !self.encryption.gss_answered => {
                self.encryption.gss_answered = true;
                self.out.received(Kind::GSSENCRequest);
                self.out.send(GSSENCResponse { answer: b'N' });
            }
            // A request that was answered already is taken as what its number says: protocol 1234.5679.
            _ => self.startup_message(code.cast_unsigned(), frame),
        }
    }

    fn ssl_request(&mut self) {
        self.encryption.ssl_answered = true;
        self.out.received(Kind::SSLRequest);
        if self.server.has_tls() && !self.encryption.on {
            self.out.send(SSLResponse { answer: b'S' });
            self.wants = Wants::Tls;
        } else {
            self.out.send(SSLResponse { answer: b'N' });
        }
    }

    fn startup_message(&mut self, asked: u32, frame: &[u8]) {
        self.out.received(Kind::StartupMessage);
        if version::major(asked) != version::major(V3_0) {
            if self.server.faults.has(Fault::MajorVersionClosesSilently) {
                return self.close();
            }
            let newest = self.server.newest;
            let message = format!(
                "unsupported frontend protocol {}: server supports {} to {}",
                version::name(asked),
                version::name(V3_0),
                version::name(newest),
            );
            return self.fail(SqlError::fatal("0A000", message));
        }
        let Ok(Frontend::StartupMessage(startup)) = Frontend::decode(Kind::StartupMessage, frame) else {
            let message = "invalid startup packet layout: expected terminator as last byte";
            return self.fail(SqlError::fatal("08P01", message));
        };
        if self.server.claims.claims(Tls::Required) && !self.encryption.on {
            let error = SqlError::fatal("28000", "connections without TLS are not accepted");
            return self.fail(error.hint("connect with sslmode=require"));
        }
        let request = match self.request(&startup) {
            Ok(request) => request,
            Err(error) => return self.fail(error),
        };
        self.negotiate(&startup);
        self.out.send(AuthenticationCleartextPassword);
        self.state = State::Authenticating(request);
    }

    /// Tells the frontend what of its request this server does not have: a minor version, protocol options.
    fn negotiate(&mut self, startup: &StartupMessage<'_>) {
        let newest = self.server.newest;
        let mut options: Vec<Text<'_>> = startup
            .parameters
            .iter()
            .map(|(name, _)| *name)
            .filter(|name| name.0.starts_with(b"_pq_."))
            .collect();
        let mut unknown_version = startup.version > newest;
        if self.server.faults.has(Fault::NegotiationByPgwire) {
            options.clear();
            unknown_version = startup.version != V3_0 && startup.version != version::V3_2;
        }
        if !unknown_version && options.is_empty() {
            return;
        }
        let version = if self.server.faults.has(Fault::NegotiationByPgwire) {
            u32::from(version::minor(version::V3_2))
        } else {
            newest.min(startup.version)
        };
        self.out.send(NegotiateProtocolVersion { version, options });
    }

    fn request(&self, startup: &StartupMessage<'_>) -> Result<Request, SqlError> {
        let find = |name: &str| {
            let found = startup.parameters.iter().rev().find(|(known, _)| *known == name);
            found.map(|(_, value)| value.lossy().into_owned()).filter(|value| !value.is_empty())
        };
        let user = find("user");
        if user.is_none() && self.server.claims.claims(claims::User::Role) {
            return Err(SqlError::fatal("28000", "no PostgreSQL user name specified in startup packet"));
        }
        let database = match self.server.claims.all::<Database>().first() {
            Some(Database::DefaultsToUser) => find("database").or_else(|| user.clone()),
            Some(Database::Required | Database::Schema) | None => find("database"),
        };
        let Some(database) = database else {
            return Err(SqlError::fatal("3D000", "Database name is required"));
        };
        Ok(Request { user, database, application_name: find("application_name") })
    }
}
