//! A server in a container: `container:IMAGE[:PORT]`.
//!
//! It is started when the first case asks for it, its port published on a free one, and removed when the target goes
//! away. What PostgreSQL's own image wants to be told is told to every image: the user, and the password or that none is
//! needed.

use super::command::takes_connections;
use super::{Options, Place, TargetError};
use crate::credentials::Credentials;
use pgconform_wire::profile::Profile;
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;
use std::time::{Duration, Instant};
use testcontainers::core::IntoContainerPort;
use testcontainers::runners::AsyncRunner;
use testcontainers::{ContainerAsync, GenericImage, ImageExt};
use tokio::sync::OnceCell;

/// The port that servers listen on, where the target does not say.
const PORT: u16 = 5432;

/// The numbers below this are tags: nobody serves the protocol there.
const FIRST_PORT: u16 = 1024;

/// How long a server may take from its start until it answers.
const PATIENCE: Duration = Duration::from_secs(60);

/// An image, and the server that is started from it. Clones stand for the same server.
#[derive(Clone, Debug)]
pub struct Container {
    image: String,
    tag: String,
    port: u16,
    running: Arc<OnceCell<(ContainerAsync<GenericImage>, std::net::SocketAddr)>>,
}

impl PartialEq for Container {
    fn eq(&self, other: &Self) -> bool {
        (&self.image, &self.tag, self.port) == (&other.image, &other.tag, other.port)
    }
}

impl Eq for Container {}

impl fmt::Display for Container {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "container:{}:{}:{}", self.image, self.tag, self.port)
    }
}

impl FromStr for Container {
    type Err = TargetError;

    /// `IMAGE`, `IMAGE:TAG`, `IMAGE:PORT` or `IMAGE:TAG:PORT`. One number alone is a port from 1024 on, and a tag below.
    fn from_str(text: &str) -> Result<Self, TargetError> {
        // A colon before the last slash belongs to the registry's address.
        let name = text.rfind('/').map_or(0, |slash| slash + 1);
        let mut parts = text[name..].split(':');
        let image = format!("{}{}", &text[..name], parts.next().unwrap_or_default());
        let port = |text: &str| text.parse().ok().filter(|port| *port >= FIRST_PORT);
        let (tag, port) = match (parts.next(), parts.next(), parts.next()) {
            (None, _, _) => (None, Some(PORT)),
            (Some(only), None, _) => port(only).map_or((Some(only), Some(PORT)), |port| (None, Some(port))),
            (Some(tag), Some(last), None) => (Some(tag), port(last)),
            (Some(_), Some(_), Some(_)) => (None, None),
        };
        match port {
            Some(port) if !image.is_empty() && !image.ends_with('/') && tag != Some("") => {
                let tag = tag.unwrap_or("latest").to_owned();
                Ok(Self { image, tag, port, running: Arc::default() })
            }
            _ => Err(TargetError::Usage(format!(
                "no target `container:{text}`: it is container:IMAGE[:TAG][:PORT]"
            ))),
        }
    }
}

impl Container {
    pub(super) async fn open(&self, profile: &Profile, options: &Options) -> Result<Place, TargetError> {
        let mut credentials = Credentials::of(profile);
        for (name, value) in
            [("user", &options.user), ("database", &options.database), ("password", &options.password)]
        {
            if let Some(value) = value {
                credentials.set(name, value.as_str());
            }
        }
        let start = || async { self.start(&credentials.text("user"), options.password.as_deref()).await };
        let (_, address) = self
            .running
            .get_or_try_init(start)
            .await
            // What an engine says may have several lines.
            .map_err(|why| TargetError::Unreachable(format!("{self}: {why}")))?;
        let (host, authority) = ("localhost".to_owned(), options.authority.clone());
        Ok(Place { address: *address, host, credentials, authority, seen: None, task: None })
    }

    async fn start(
        &self,
        user: &str,
        password: Option<&str>,
    ) -> Result<(ContainerAsync<GenericImage>, std::net::SocketAddr), String> {
        let (name, value) = password
            .map_or(("POSTGRES_HOST_AUTH_METHOD", "trust"), |password| ("POSTGRES_PASSWORD", password));
        let container = GenericImage::new(&self.image, &self.tag)
            .with_exposed_port(self.port.tcp())
            .with_env_var("POSTGRES_USER", user)
            .with_env_var(name, value)
            .start()
            .await
            .map_err(|error| error.to_string())?;
        let host = container.get_host().await.map_err(|error| error.to_string())?;
        let port = container.get_host_port_ipv4(self.port).await.map_err(|error| error.to_string())?;
        let mut addresses =
            tokio::net::lookup_host((host.to_string(), port)).await.map_err(|error| error.to_string())?;
        let address = addresses.find(std::net::SocketAddr::is_ipv4).ok_or("its host has no address")?;
        let deadline = Instant::now() + PATIENCE;
        while !takes_connections(address).await {
            if Instant::now() > deadline {
                return Err(format!("no server at {address} within {PATIENCE:?}"));
            }
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        Ok((container, address))
    }
}

#[cfg(test)]
mod test {
    use super::*;

    #[test]
    fn images_tags_and_ports() {
        let read = |text: &str| {
            let container: Container = text.parse().ok()?;
            Some((container.image, container.tag, container.port))
        };
        let some = |image: &str, tag: &str, port| Some((image.to_owned(), tag.to_owned(), port));
        assert_eq!(read("postgres"), some("postgres", "latest", 5432));
        assert_eq!(read("postgres:18"), some("postgres", "18", 5432));
        assert_eq!(read("crate:6543"), some("crate", "latest", 6543));
        assert_eq!(read("postgres:18-alpine:6543"), some("postgres", "18-alpine", 6543));
        assert_eq!(read("localhost:5000/a/b"), some("localhost:5000/a/b", "latest", 5432));
        for wrong in ["", ":18", "a/", "postgres:18:80", "postgres:18:5432:1", "postgres::5432"] {
            assert_eq!(read(wrong), None, "{wrong}");
        }
    }
}
