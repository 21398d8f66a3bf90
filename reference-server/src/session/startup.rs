//! Encryption requests, cancel requests and the startup packet: section "Start-up" of the protocol chapter.

use super::options::{self, Setting};
use super::{Session, Wants};
use crate::engine::SqlError;
use crate::fault::Fault;
use pgconform_wire::message::{GSSENCResponse, NegotiateProtocolVersion, SSLResponse, StartupMessage, Tag};
use pgconform_wire::profile::claims::{self, Database, Dialect, DirectTls, Tls};
use pgconform_wire::version::{self, V3_0};
use pgconform_wire::{Frontend, Kind, Text};

/// The longest name of a user or a database, in bytes; what is longer is cut. PostgreSQL's `NAMEDATALEN`, less one.
const MAX_NAME: usize = 63;

/// What a startup packet asks for.
pub(crate) struct Request {
    pub(crate) user: Option<String>,
    pub(crate) database: String,
    pub(crate) application_name: Option<String>,
    pub(crate) replication: Replication,
    /// The run-time parameters in the order in which they apply: those of `options`, then the packet's own.
    pub(crate) settings: Vec<Setting>,
    /// The version that is spoken: the one asked for, or the newest that there is.
    pub(crate) version: u32,
}

/// Whether the session is to take replication commands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Replication {
    /// No.
    None,
    /// Yes, and nothing else.
    Physical,
    /// Yes, besides those of a session.
    Logical,
}

impl Request {
    /// The user; empty where there is none, as where users mean nothing.
    pub(crate) fn user(&self) -> &str {
        self.user.as_deref().unwrap_or_default()
    }
}

impl Session {
    /// Serves a packet; `more` has come behind it.
    pub(super) fn startup_packet(&mut self, code: i32, frame: &[u8], more: bool) {
        let kind = Kind::tagged(pgconform_wire::Side::Frontend, Tag::Request(code));
        let begins_with_ssl = kind == Some(Kind::SSLRequest) && !self.encryption.ssl_answered;
        if self.server.faults.has(Fault::StartupCodeIgnored) && !begins_with_ssl {
            self.out.received(Kind::StartupMessage);
            return self.start(&whatever_decodes(frame));
        }
        match kind {
            Some(Kind::CancelRequest) => {
                // Never answered, so that it tells nothing about the key.
                self.out.received(Kind::CancelRequest);
                if let Ok(Frontend::CancelRequest(request)) = Frontend::decode(Kind::CancelRequest, frame)
                    && !self.server.faults.has(Fault::CancelIgnored)
                {
                    self.server.cancel(request.process, request.key.0);
                }
                self.close();
            }
            Some(Kind::SSLRequest) if !self.encryption.ssl_answered => self.ssl_request(more),
            Some(Kind::GSSENCRequest) if !self.encryption.gss_answered => {
                self.encryption.gss_answered = true;
                self.out.received(Kind::GSSENCRequest);
                self.out.send(GSSENCResponse { answer: b'N' });
                self.refused(more, "GSSAPI encryption");
            }
            // A request that was answered already is taken as what its number says: protocol 1234.5679.
            _ => self.startup_message(code.cast_unsigned(), frame),
        }
    }

    fn ssl_request(&mut self, more: bool) {
        self.encryption.ssl_answered = true;
        self.out.received(Kind::SSLRequest);
        if self.server.has_tls() && self.tls.is_none() {
            self.out.send(SSLResponse { answer: b'S' });
            // The handshake may have begun already; PostgreSQL before 17 does not expect that.
            self.wants = Wants::Tls { begun: self.server.claims.claims(DirectTls::Accepted) };
        } else {
            self.out.send(SSLResponse { answer: b'N' });
            self.refused(more, "SSL");
        }
    }

    /// After a refusal. Who has sent `more` with its request wanted that encrypted, or somebody else has put it there.
    /// PostgreSQL does not look at it, although nothing will be encrypted.
    fn refused(&mut self, more: bool, what: &str) {
        if more && self.server.claims.claims(Dialect::PostgreSql) {
            let message = format!("received unencrypted data after {what} request");
            let detail = "This could be either a client-software bug or evidence of an attempted man-in-the-middle attack.";
            self.fail(SqlError::fatal("08P01", message).detail(detail));
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
            let error = SqlError::fatal("0A000", message);
            // PostgreSQL's past, which PostgreSQL still speaks to say that it is over.
            if matches!(version::major(asked), 1 | 2) && self.server.claims.claims(Dialect::PostgreSql) {
                self.out.send_old_error(&error);
                return self.close();
            }
            return self.fail(error);
        }
        let Ok(Frontend::StartupMessage(startup)) = Frontend::decode(Kind::StartupMessage, frame) else {
            let message = "invalid startup packet layout: expected terminator as last byte";
            return self.fail(SqlError::fatal("08P01", message));
        };
        self.start(&startup);
    }

    /// Does what a startup message asks for.
    fn start(&mut self, startup: &StartupMessage<'_>) {
        if self.server.claims.claims(Tls::Required) && self.tls.is_none() {
            let error = SqlError::fatal("28000", "connections without TLS are not accepted");
            return self.fail(error.hint("connect with sslmode=require"));
        }
        let replication = match self.replication(startup) {
            Ok(replication) => replication,
            Err(error) => return self.fail(error),
        };
        // Whatever else is wrong with its request, a frontend is first told in which version.
        self.negotiate(startup);
        if self.surplus {
            return self.fail(SqlError::fatal("53300", "sorry, too many clients already"));
        }
        let request = match self.request(startup, replication) {
            Ok(request) => request,
            Err(error) => return self.fail(error),
        };
        self.authenticate(request);
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

    /// Whether the frontend wants to replicate. Where there is no such thing, it gets a session like others.
    fn replication(&self, startup: &StartupMessage<'_>) -> Result<Replication, SqlError> {
        match find(startup, "replication") {
            Some(value) if self.server.claims.claims(Dialect::PostgreSql) => replication(&text(value)),
            _ => Ok(Replication::None),
        }
    }

    fn request(&self, startup: &StartupMessage<'_>, replication: Replication) -> Result<Request, SqlError> {
        let find = |name| find(startup, name);
        let name = |value: &[u8]| text(&value[..value.len().min(MAX_NAME)]);
        let user = find("user").map(name);
        if user.is_none() && self.server.claims.claims(claims::User::Role) {
            return Err(SqlError::fatal("28000", "no PostgreSQL user name specified in startup packet"));
        }
        let database = match self.server.claims.all::<Database>().first() {
            Some(Database::DefaultsToUser) => find("database").map(name).or_else(|| user.clone()),
            // Which schema it is where none is named, the engine knows.
            Some(Database::Schema) => Some(find("database").map(name).unwrap_or_default()),
            Some(Database::Required) | None => find("database").map(name),
        };
        let Some(database) = database else {
            return Err(SqlError::fatal("3D000", "Database name is required"));
        };
        let mut settings =
            find("options").map(|options| options::settings(&text(options))).unwrap_or_default();
        let own = startup.parameters.iter().filter(|(name, _)| is_setting(name.0));
        settings.extend(own.map(|(name, value)| Ok((text(name.0), text(value.0)))));
        let version = startup.version.min(self.server.newest);
        let application_name = find("application_name").map(text);
        Ok(Request { user, database, application_name, replication, settings, version })
    }
}

/// What can be read as names and values in a packet that may be none with any. Its version is taken for one that is spoken.
fn whatever_decodes(frame: &[u8]) -> StartupMessage<'_> {
    let mut texts = frame[8..].split_inclusive(|byte| *byte == 0).filter_map(|text| text.strip_suffix(b"\0"));
    let mut parameters = Vec::new();
    while let (Some(name), Some(value)) = (texts.next(), texts.next()) {
        if !name.is_empty() && !value.is_empty() && !name.starts_with(b"_pq_.") {
            parameters.push((Text(name), Text(value)));
        }
    }
    StartupMessage { version: V3_0, parameters }
}

/// The last value of a parameter of the packet; none where that is empty.
fn find<'a>(startup: &StartupMessage<'a>, name: &str) -> Option<&'a [u8]> {
    let found = startup.parameters.iter().rev().find(|(known, _)| *known == name);
    found.map(|(_, value)| value.0).filter(|value| !value.is_empty())
}

fn text(value: &[u8]) -> String {
    Text(value).lossy().into_owned()
}

/// Whether a parameter of the startup packet is a run-time parameter, and not one of the protocol's own.
fn is_setting(name: &[u8]) -> bool {
    !matches!(name, b"user" | b"database" | b"options" | b"replication") && !name.starts_with(b"_pq_.")
}

/// `database`, or what PostgreSQL takes for a boolean: a word, or as much of its beginning as tells which.
fn replication(value: &str) -> Result<Replication, SqlError> {
    let lower = value.to_ascii_lowercase();
    let begins = |word: &str, least: usize| lower.len() >= least && word.starts_with(&lower);
    if value == "database" {
        Ok(Replication::Logical)
    } else if lower == "1" || lower == "on" || begins("true", 1) || begins("yes", 1) {
        Ok(Replication::Physical)
    } else if lower == "0" || begins("off", 2) || begins("false", 1) || begins("no", 1) {
        Ok(Replication::None)
    } else {
        let message = format!("invalid value for parameter \"replication\": \"{value}\"");
        let hint = "Valid values are: \"false\", 0, \"true\", 1, \"database\".";
        Err(SqlError::fatal("22023", message).hint(hint))
    }
}

#[cfg(test)]
mod test {
    use super::*;

    #[test]
    fn what_decodes_of_any_packet() {
        for (body, expected) in [
            (&b""[..], &[][..]),
            (b"user\0any\0\0", &[("user", "any")][..]),
            (b"user\0any\0database\0doc\0\0", &[("user", "any"), ("database", "doc")]),
            // Without an end, without a value, without a name, cut.
            (b"user\0any\0", &[("user", "any")]),
            (b"user\0any\0database\0", &[("user", "any")]),
            (b"user\0\0database\0doc\0\0", &[("database", "doc")]),
            (b"\0any\0user\0any\0\0", &[("user", "any")]),
            (b"user\0an", &[]),
            // What is asked of the protocol, and the process and key of a CancelRequest.
            (b"_pq_.any\0on\0user\0any\0\0", &[("user", "any")]),
            (b"\0\0\0\x01\0\0\0\x01", &[]),
        ] {
            let frame = [&b"\0\0\0\0\0\0\0\0"[..], body].concat();
            let decoded = whatever_decodes(&frame);
            let expected: Vec<_> =
                expected.iter().map(|(name, value)| (Text::from(*name), Text::from(*value))).collect();
            assert_eq!((decoded.version, decoded.parameters), (V3_0, expected), "{body:?}");
        }
    }
}
