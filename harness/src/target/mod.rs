//! Where the server under test runs.

mod command;
#[cfg(feature = "container")]
mod container;
#[cfg(feature = "embedded")]
mod embedded;

pub use command::Command;
#[cfg(feature = "container")]
pub use container::Container;

use crate::credentials::Credentials;
use crate::transcript::{Connection, Event, Transcript};
use crate::waiver::Waivers;
use pgconform_wire::profile::Profile;
use std::fmt;
use std::net::SocketAddr;
use std::path::Path;
use std::str::FromStr;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};
use tokio::task::AbortHandle;

/// What the runs on the embedded server log in with, right and wrong passwords included.
#[cfg(feature = "embedded")]
pub fn embedded_credentials(profile: &Profile) -> Credentials {
    embedded::credentials(profile, &Options::default())
}

/// Where the server under test runs.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Target {
    /// In this process: the reference server, fresh for every case.
    Embedded,
    /// At an address.
    Address(Address),
    /// Started by a command, as a file says.
    Command(Command),
    /// In a container of its own.
    #[cfg(feature = "container")]
    Container(Container),
}

/// A server at an address, and what its address says of whom to log in as.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Address {
    /// The host.
    pub host: String,
    /// The port.
    pub port: u16,
    /// The user, where the target names one.
    pub user: Option<String>,
    /// The database, where the target names one.
    pub database: Option<String>,
}

/// What the command line says of the target.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Instead of the profile's user.
    pub user: Option<String>,
    /// Instead of the profile's database.
    pub database: Option<String>,
    /// The password.
    pub password: Option<String>,
    /// The authority to trust, PEM.
    pub authority: Option<String>,
    /// Faults that the embedded server has.
    pub faults: Vec<String>,
    /// The seed of the embedded server.
    pub seed: u64,
}

/// Why there is no server.
#[derive(Debug)]
pub enum TargetError {
    /// The command line names none that can be.
    Usage(String),
    /// It does not answer.
    Unreachable(String),
}

impl fmt::Display for TargetError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Usage(message) | Self::Unreachable(message) => f.write_str(message),
        }
    }
}

impl std::error::Error for TargetError {}

/// A server that is ready for one case.
#[derive(Debug)]
pub struct Place {
    /// Its address.
    pub address: SocketAddr,
    /// The host name that its certificate should be for.
    pub host: String,
    /// What the `@names` of a case stand for.
    pub credentials: Credentials,
    /// The authority to trust, PEM.
    pub authority: Option<String>,
    /// What the server itself saw; none where it runs elsewhere.
    pub seen: Option<Seen>,
    /// Its task, which ends with it.
    task: Option<AbortHandle>,
}

impl Drop for Place {
    fn drop(&mut self) {
        if let Some(task) = &self.task {
            task.abort();
        }
    }
}

/// The transcript that an observer inside a server, or a tap before one, fills.
#[derive(Clone, Debug, Default)]
pub struct Seen(Arc<Mutex<Transcript>>);

impl Seen {
    /// A new connection; its index.
    pub fn open(&self) -> usize {
        let mut transcript = self.lock();
        let index = transcript.connections.len();
        let name = if index == 0 { String::new() } else { (index + 1).to_string() };
        transcript.connections.push(Connection::named(&name));
        index
    }

    /// Does something with a connection.
    pub fn with<T>(&self, index: usize, act: impl FnOnce(&mut Connection) -> T) -> Option<T> {
        self.lock().connections.get_mut(index).map(act)
    }

    /// Whether every connection has been closed by both sides, or cut.
    pub fn is_over(&self) -> bool {
        let over = |connection: &Connection| {
            connection.events.iter().rev().take(2).any(|event| {
                matches!(
                    event,
                    Event::Closed(pgconform_wire::Side::Backend) | Event::Reset(_) | Event::TlsFailed(_)
                )
            })
        };
        self.lock().connections.iter().all(over)
    }

    /// The transcript so far.
    pub fn take(&self) -> Transcript {
        let mut transcript = std::mem::take(&mut *self.lock());
        for connection in &mut transcript.connections {
            connection.finish();
        }
        transcript
    }

    fn lock(&self) -> MutexGuard<'_, Transcript> {
        // A panic elsewhere does not make what was seen untrue.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Target {
    /// A server for one case: fresh where the target is ours to start, the same where it is not.
    pub async fn open(&self, profile: &Profile, options: &Options) -> Result<Place, TargetError> {
        match self {
            #[cfg(feature = "embedded")]
            Self::Embedded => embedded::open(profile, options).await,
            #[cfg(not(feature = "embedded"))]
            Self::Embedded => {
                Err(TargetError::Usage("this pgconform was built without the embedded server".to_owned()))
            }
            Self::Address(address) => address.open(profile, options).await,
            Self::Command(command) => command.open(profile, options).await,
            #[cfg(feature = "container")]
            Self::Container(container) => container.open(profile, options).await,
        }
    }

    /// The failures that are known of this target, whatever it is taken for.
    pub fn waivers(&self) -> Result<Waivers, TargetError> {
        match self {
            Self::Command(command) => command.waivers(),
            Self::Embedded | Self::Address(_) => Ok(Waivers::default()),
            #[cfg(feature = "container")]
            Self::Container(_) => Ok(Waivers::default()),
        }
    }

    /// Why this target cannot play `profile`; none if it can.
    pub fn refuses(&self, profile: &Profile) -> Option<String> {
        match self {
            Self::Embedded if profile.server.is_none() => {
                Some(format!("the reference server does not play `{}`: certify a real one", profile.name))
            }
            Self::Embedded | Self::Address(_) | Self::Command(_) => None,
            #[cfg(feature = "container")]
            Self::Container(_) => None,
        }
    }
}

impl Address {
    async fn open(&self, profile: &Profile, options: &Options) -> Result<Place, TargetError> {
        let unreachable = |why: String| TargetError::Unreachable(format!("{self}: {why}"));
        let address = tokio::net::lookup_host((self.host.as_str(), self.port))
            .await
            .map_err(|error| unreachable(error.to_string()))?
            .next()
            .ok_or_else(|| unreachable("the name has no address".to_owned()))?;
        let mut credentials = Credentials::of(profile);
        let user = options.user.as_ref().or(self.user.as_ref());
        let database = options.database.as_ref().or(self.database.as_ref());
        for (name, value) in [("user", user), ("database", database), ("password", options.password.as_ref())]
        {
            if let Some(value) = value {
                credentials.set(name, value.as_str());
            }
        }
        let authority = options.authority.clone();
        Ok(Place { address, host: self.host.clone(), credentials, authority, seen: None, task: None })
    }
}

impl fmt::Display for Address {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.host.contains(':') {
            write!(f, "[{}]:{}", self.host, self.port)
        } else {
            write!(f, "{}:{}", self.host, self.port)
        }
    }
}

impl fmt::Display for Target {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Embedded => f.write_str("embedded"),
            Self::Address(address) => address.fmt(f),
            Self::Command(command) => command.fmt(f),
            #[cfg(feature = "container")]
            Self::Container(container) => container.fmt(f),
        }
    }
}

impl FromStr for Target {
    type Err = TargetError;

    fn from_str(text: &str) -> Result<Self, TargetError> {
        if text == "embedded" {
            return Ok(Self::Embedded);
        }
        if let Some(path) = text.strip_prefix("command:") {
            return Command::read(Path::new(path)).map(Self::Command);
        }
        let url = text.strip_prefix("postgres://").or_else(|| text.strip_prefix("postgresql://"));
        let (user, rest) = match url.unwrap_or(text).rsplit_once('@') {
            // Not repeated: it would stand in a log.
            Some((user, _)) if user.contains(':') => {
                let why = "a password does not belong on a command line: use --password-env";
                return Err(TargetError::Usage(why.to_owned()));
            }
            Some((user, rest)) => (Some(user.to_owned()), rest),
            None => (None, url.unwrap_or(text)),
        };
        let usage = |why: &str| TargetError::Usage(format!("no target `{text}`: {why}"));
        if let Some(image) = text.strip_prefix("container:") {
            #[cfg(feature = "container")]
            return image.parse().map(Self::Container);
            #[cfg(not(feature = "container"))]
            return Err(usage(&format!(
                "this pgconform was built without `--features container`; start {image} and give its HOST:PORT"
            )));
        }
        let (place, database) = match rest.split_once('/') {
            Some((place, database)) => (place, Some(database.to_owned()).filter(|name| !name.is_empty())),
            None => (rest, None),
        };
        let (host, port) = match place.rsplit_once(':') {
            Some((host, port)) => {
                (host, port.parse().map_err(|_| usage("its port is no number up to 65535"))?)
            }
            None if url.is_some() => (place, 5432),
            None => {
                let forms = "embedded, HOST:PORT, postgres://USER@HOST:PORT/DATABASE, command:FILE.toml, container:IMAGE";
                return Err(usage(&format!("one of {forms}")));
            }
        };
        let host = host.trim_start_matches('[').trim_end_matches(']').to_owned();
        if host.is_empty() {
            return Err(usage("it names no host"));
        }
        Ok(Self::Address(Address { host, port, user, database }))
    }
}

#[cfg(test)]
mod test {
    use super::*;

    fn address(host: &str, port: u16, user: Option<&str>, database: Option<&str>) -> Target {
        let (user, database) = (user.map(str::to_owned), database.map(str::to_owned));
        Target::Address(Address { host: host.to_owned(), port, user, database })
    }

    #[test]
    fn targets() {
        let target = |text: &str| text.parse::<Target>().map_err(|error| error.to_string());
        assert_eq!(target("embedded"), Ok(Target::Embedded));
        assert_eq!(target("127.0.0.1:5432"), Ok(address("127.0.0.1", 5432, None, None)));
        assert_eq!(target("[::1]:5433"), Ok(address("::1", 5433, None, None)));
        let url = target("postgres://any@localhost:6000/quickstart-chat");
        assert_eq!(url, Ok(address("localhost", 6000, Some("any"), Some("quickstart-chat"))));
        assert_eq!(target("postgresql://localhost"), Ok(address("localhost", 5432, None, None)));
        for secret in ["postgres://u:secret@h/d", "u:secret@h:5432", "postgres://u:sec@ret@h/d"] {
            let error = target(secret).unwrap_err();
            assert!(error.contains("--password-env") && !error.contains("sec"), "{error}");
        }
        for wrong in ["", "localhost", ":5432", "localhost:70000", "container:"] {
            let error = target(wrong).unwrap_err();
            assert!(error.starts_with(&format!("no target `{wrong}`: ")), "{error}");
        }
    }
}
