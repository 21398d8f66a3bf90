//! A server: what its sessions share. It is made from a profile, and behaves as the profile claims.

use crate::engine::Engine;
use crate::environment::Environment;
use crate::fault::{Fault, Faults};
use crate::spacetimedb;
use crate::token::Authority;
use pgconform_wire::profile::Profile;
use pgconform_wire::profile::claims::{self, Claims, Dialect};
use std::fmt;

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
    databases: Databases,
}

/// The databases, in the dialect of the product.
#[derive(Debug)]
enum Databases {
    SpacetimeDb(spacetimedb::Server),
}

/// Why no server can be made of a profile.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ServerError {
    /// The profile does not say how.
    NotPlayed(String),
    /// No such fault.
    UnknownFault(String),
    /// No such fixture.
    UnknownFixture(String),
}

impl fmt::Display for ServerError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotPlayed(profile) => {
                write!(f, "the reference server does not play the profile `{profile}`")
            }
            Self::UnknownFault(id) => write!(f, "there is no fault `{id}` (`pgconform faults` lists them)"),
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
        let named = |id: &String| Fault::named(id).ok_or_else(|| ServerError::UnknownFault(id.clone()));
        let quirks = server.quirks.iter().map(named).collect::<Result<Vec<_>, _>>()?;
        let authority = Authority::development();
        let fixtures: Vec<&str> = server.fixtures.iter().map(String::as_str).collect();
        let databases = match profile.claims.all::<Dialect>().first() {
            Some(Dialect::SpacetimeDb) => Databases::SpacetimeDb(
                spacetimedb::Server::with_fixtures(&fixtures, authority.owner())
                    .map_err(ServerError::UnknownFixture)?,
            ),
            Some(Dialect::PostgreSql | Dialect::CrateDb | Dialect::Other) | None => return Err(not_played()),
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
            databases,
        })
    }

    /// Whether this server has TLS at all.
    pub fn has_tls(&self) -> bool {
        !self.claims.claims(claims::Tls::Refused)
    }

    /// Opens `database` for the holder of a token.
    pub(crate) fn open(
        &self,
        database: &str,
        caller: spacetimedb::Identity,
        environment: &Environment,
    ) -> Option<Box<dyn Engine>> {
        match &self.databases {
            Databases::SpacetimeDb(server) => {
                let engine = server.connect(database, caller, &self.faults, environment)?;
                Some(Box::new(engine))
            }
        }
    }
}
