//! A server: what its sessions share. It is made from a profile, and behaves as the profile claims.

use crate::access::Access;
use crate::cancel::{Cancellable, Cancels};
use crate::cratedb;
use crate::engine::{Engine, SqlError};
use crate::environment::Environment;
use crate::fault::{self, Fault, Faults};
use crate::postgresql;
use crate::session::Request;
use crate::spacetimedb;
use crate::tls::TlsKind;
use crate::token::Authority;
use pgconform_wire::profile::claims::{self, Auth, Claims, Dialect};
use pgconform_wire::profile::roles::{HbaEntry, HbaMethod, HbaTls};
use pgconform_wire::profile::{Certificate, Profile, Quirk};
use std::fmt;
use std::time::Duration;

/// PostgreSQL's `authentication_timeout`.
const AUTHENTICATION_TIMEOUT: Duration = Duration::from_secs(60);

/// What the sessions of one server share.
#[derive(Debug)]
pub struct Server {
    /// What it claims, and so does.
    pub(crate) claims: Claims,
    /// The newest protocol version it speaks.
    pub(crate) newest: u32,
    /// The parameters it reports at the start of a session.
    pub(crate) parameters: Vec<(String, String)>,
    /// The faults that are on.
    pub(crate) faults: Faults,
    /// Who signs the tokens it accepts.
    pub(crate) authority: Authority,
    /// How long a frontend may take from connecting to its first ReadyForQuery.
    pub(crate) authentication_timeout: Duration,
    /// The certificate it has, if it has TLS.
    certificate: Certificate,
    /// Who may connect, and how.
    pub(crate) access: Access,
    cancels: Cancels,
    databases: Databases,
}

/// Who a session is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Caller {
    /// The holder of a token.
    Token(spacetimedb::Identity),
    /// A role.
    Role {
        /// Its name.
        name: String,
        /// Whether it may do everything.
        superuser: bool,
    },
}

/// The databases, in the dialect of the product.
#[derive(Debug)]
enum Databases {
    SpacetimeDb(spacetimedb::Server),
    CrateDb(cratedb::Server),
    PostgreSql(postgresql::Server),
}

/// Why no server can be made of a profile.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ServerError {
    /// The profile does not say how.
    NotPlayed(String),
    /// No such quirk.
    UnknownQuirk(Quirk),
    /// A quirk of a server that speaks another dialect.
    ForeignQuirk(Quirk),
    /// No such fixture.
    UnknownFixture(String),
}

impl fmt::Display for ServerError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotPlayed(profile) => {
                write!(f, "the reference server does not play the profile `{profile}`")
            }
            Self::UnknownQuirk(Quirk { id, file, line, .. }) => {
                write!(f, "{file}:{line}: there is no fault `{id}` (`pgconform faults` lists them)")
            }
            Self::ForeignQuirk(Quirk { id, file, line, .. }) => {
                write!(f, "{file}:{line}: the fault `{id}` is one of another dialect")
            }
            Self::UnknownFixture(why) => f.write_str(why),
        }
    }
}

impl std::error::Error for ServerError {}

impl Server {
    /// A fresh server that plays `profile`, with `faults` on besides the profile's quirks.
    pub fn new(profile: &Profile, faults: impl IntoIterator<Item = Fault>) -> Result<Self, ServerError> {
        let not_played = || ServerError::NotPlayed(profile.name.clone());
        let server = profile.server.as_ref().ok_or_else(not_played)?;
        let dialect = profile.claims.all::<Dialect>().first().copied().ok_or_else(not_played)?;
        let named = |quirk: &Quirk| match fault::ALL.iter().find(|row| row.id == quirk.id) {
            None => Err(ServerError::UnknownQuirk(quirk.clone())),
            Some(row) if !row.acts_on(dialect) => Err(ServerError::ForeignQuirk(quirk.clone())),
            Some(row) => Ok(row.fault),
        };
        let quirks = server.quirks.iter().map(named).collect::<Result<Vec<_>, _>>()?;
        let authority = Authority::development();
        let fixtures: Vec<&str> = server.fixtures.iter().map(String::as_str).collect();
        let databases = match dialect {
            Dialect::SpacetimeDb => Databases::SpacetimeDb(
                spacetimedb::Server::with_fixtures(&fixtures, authority.owner())
                    .map_err(ServerError::UnknownFixture)?,
            ),
            Dialect::PostgreSql => Databases::PostgreSql(postgresql::Server::new(&profile.roles)),
            Dialect::CrateDb => Databases::CrateDb(cratedb::Server::new(&profile.parameters)),
            Dialect::Other => return Err(not_played()),
        };
        let versions = profile.claims.values("protocol");
        Ok(Self {
            claims: profile.claims.clone(),
            newest: versions
                .iter()
                .filter_map(|version| pgconform_wire::version::parse(version))
                .max()
                .unwrap_or(pgconform_wire::version::V3_0),
            parameters: profile.parameters.clone(),
            faults: quirks.into_iter().chain(faults).collect(),
            authority,
            authentication_timeout: server
                .authentication_timeout
                .map_or(AUTHENTICATION_TIMEOUT, Duration::from_secs),
            certificate: server.certificate,
            access: Access::new(&entries(profile), &profile.roles),
            cancels: Cancels::default(),
            databases,
        })
    }

    /// Whether this server has TLS at all.
    pub(crate) fn has_tls(&self) -> bool {
        !self.claims.claims(claims::Tls::Refused)
    }

    /// What its TLS is to be like; none where it has no TLS.
    pub fn tls(&self) -> Option<TlsKind> {
        let kind =
            TlsKind { certificate: self.certificate, verifies_clients: self.claims.claims(Auth::Cert) };
        self.has_tls().then_some(kind)
    }

    /// What the product calls its host-based authentication.
    pub(crate) fn hba_name(&self) -> &'static str {
        match self.databases {
            Databases::CrateDb(_) => cratedb::HOST_BASED_AUTHENTICATION,
            Databases::PostgreSql(_) | Databases::SpacetimeDb(_) => "pg_hba.conf",
        }
    }

    /// Opens the database that `request` names.
    pub(crate) fn open(
        &self,
        request: &Request,
        caller: Caller,
        environment: &Environment,
    ) -> Result<Box<dyn Engine>, SqlError> {
        let database = request.database.as_str();
        let engine: Option<Box<dyn Engine>> = match (&self.databases, caller) {
            (Databases::SpacetimeDb(server), Caller::Token(identity)) => server
                .connect(database, identity, &self.faults, environment)
                .map(|engine| Box::new(engine) as Box<dyn Engine>),
            (Databases::PostgreSql(server), Caller::Role { name, .. }) => {
                let parameters = request.settings.iter().cloned().collect::<Result<Vec<_>, _>>()?;
                Some(Box::new(server.connect(&name, database, &parameters, environment)?))
            }
            (Databases::CrateDb(server), Caller::Role { name, .. }) => {
                // Where users mean nothing, nobody is who he says.
                let user = if self.claims.claims(claims::User::Ignored) { "" } else { name.as_str() };
                Some(Box::new(server.connect(user, database, &self.faults, environment)))
            }
            // Roles mean nothing there, and tokens nothing here.
            (Databases::SpacetimeDb(_), Caller::Role { .. })
            | (Databases::PostgreSql(_) | Databases::CrateDb(_), Caller::Token(_)) => None,
        };
        engine.ok_or_else(|| SqlError::fatal("3D000", format!("database \"{database}\" does not exist")))
    }

    /// Has `hook` called when a CancelRequest for this session comes, for as long as what this returns is kept.
    pub(crate) fn cancellable(
        &self,
        process: i32,
        key: &[u8],
        hook: impl Fn() + Send + Sync + 'static,
    ) -> Cancellable {
        self.cancels.register(process, key, hook)
    }

    /// Cancels what the session with this process id and key is doing, if there is one.
    pub(crate) fn cancel(&self, process: i32, key: &[u8]) {
        self.cancels.cancel(process, key);
    }
}

/// How each user is asked to prove who it is. A profile without such entries has one for all: the first method it claims.
fn entries(profile: &Profile) -> Vec<HbaEntry> {
    if !profile.hba.is_empty() {
        return profile.hba.clone();
    }
    let method = match profile.claims.all::<Auth>().first() {
        Some(Auth::Trust) | None => HbaMethod::Trust,
        Some(Auth::Cleartext) => HbaMethod::Password,
        Some(Auth::Token) => HbaMethod::Token,
        Some(Auth::Md5) => HbaMethod::Md5,
        Some(Auth::Scram | Auth::ScramPlus) => HbaMethod::ScramSha256,
        Some(Auth::Cert) => HbaMethod::Cert,
    };
    vec![HbaEntry { user: "all".to_owned(), method, tls: HbaTls::Any, address: None }]
}
