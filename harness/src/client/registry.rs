//! The table of clients: one row each.

use std::error::Error;
use std::fmt;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::sync::OnceLock;
use std::time::Duration;

use pgconform_client_contract::serve;
use pgconform_client_psql::{Program, Psql};

use super::{Adapter, built, process};

/// A client, here or not.
pub struct Client {
    /// Its name, as in a case's `client` line.
    pub id: &'static str,
    /// The language that it is written in.
    pub language: &'static str,
    look: fn(&'static str) -> Result<Found, String>,
    start: fn(&'static str, Duration, &Found) -> Result<Adapter, String>,
    /// What looking for it found; a process may have to be run for that, once is enough.
    found: OnceLock<Result<Found, String>>,
}

/// A client that is here.
pub(super) struct Found {
    pub(super) version: String,
    /// Its program, or the one that runs its adapter; empty if it is linked in.
    pub(super) program: PathBuf,
}

static CLIENTS: [Client; 10] = [
    client("tokio-postgres", "Rust", rust::tokio_postgres, rust::start_tokio_postgres),
    client("tokio-postgres-rustls", "Rust", rust::tokio_postgres_rustls, rust::start_tokio_postgres_rustls),
    client("psql", "C", psql, start_psql),
    client("psycopg2", "Python", python, start_psycopg2),
    client("psycopg", "Python", python, start_psycopg),
    client("pgjdbc-9.4.1209", "Java", built::pgjdbc, built::start_pgjdbc),
    client("pgjdbc-9.4.1210", "Java", built::pgjdbc, built::start_pgjdbc),
    client("pgjdbc", "Java", built::pgjdbc, built::start_pgjdbc),
    client("lib-pq", "Go", built::lib_pq, built::start_go),
    client("pgx", "Go", built::pgx, built::start_go),
];

const fn client(
    id: &'static str,
    language: &'static str,
    look: fn(&'static str) -> Result<Found, String>,
    start: fn(&'static str, Duration, &Found) -> Result<Adapter, String>,
) -> Client {
    Client { id, language, look, start, found: OnceLock::new() }
}

impl Client {
    fn found(&self) -> Result<&Found, &str> {
        self.found.get_or_init(|| (self.look)(self.id)).as_ref().map_err(String::as_str)
    }

    /// Why it cannot be used, if it cannot.
    #[must_use]
    pub fn missing(&self) -> Option<&str> {
        self.found().err()
    }

    /// Its version, if it is here.
    #[must_use]
    pub fn version(&self) -> Option<&str> {
        self.found().ok().map(|found| found.version.as_str())
    }
}

/// All clients that there are adapters for.
#[must_use]
pub fn all() -> &'static [Client] {
    &CLIENTS
}

/// The client with this id.
#[must_use]
pub fn find(id: &str) -> Option<&'static Client> {
    CLIENTS.iter().find(|client| client.id == id)
}

/// Why a client cannot be used, if it cannot.
#[must_use]
pub fn missing(id: &str) -> Option<String> {
    match find(id) {
        Some(client) => client.missing().map(str::to_owned),
        None => Some(unknown()),
    }
}

/// A client's version, if it is here.
#[must_use]
pub fn version(id: &str) -> Option<String> {
    find(id)?.version().map(str::to_owned)
}

fn unknown() -> String {
    let known: Vec<&str> = CLIENTS.iter().map(|client| client.id).collect();
    format!("no client has this name; there are {}", known.join(", "))
}

/// Starts a client's adapter. Every request to it must be answered within the time limit.
///
/// # Errors
/// If the client is not here, or its adapter does not start.
pub async fn start(id: &str, time_limit: Duration) -> Result<Adapter, Missing> {
    let because = |reason: String| Missing { client: id.to_owned(), reason };
    let client = find(id).ok_or_else(|| because(unknown()))?;
    let found = client.found().map_err(|reason| because(reason.to_owned()))?;
    let adapter = (client.start)(client.id, time_limit, found).map_err(because)?;
    adapter.greet().await.map_err(|error| because(format!("its adapter does not start: {error}")))
}

/// A client that cannot be used.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Missing {
    /// The client.
    pub client: String,
    /// Why.
    pub reason: String,
}

impl fmt::Display for Missing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "client {}: {}", self.client, self.reason)
    }
}

impl Error for Missing {}

#[cfg(feature = "rust-clients")]
mod rust {
    use std::path::PathBuf;
    use std::time::Duration;

    use pgconform_client_contract::serve;
    use pgconform_client_tokio_postgres::{RUSTLS_VERSION, Tls, TokioPostgres, VERSION};

    use super::{Adapter, Found};

    pub(super) fn tokio_postgres(_: &str) -> Result<Found, String> {
        Ok(Found { version: VERSION.to_owned(), program: PathBuf::new() })
    }

    pub(super) fn tokio_postgres_rustls(_: &str) -> Result<Found, String> {
        Ok(Found { version: RUSTLS_VERSION.to_owned(), program: PathBuf::new() })
    }

    pub(super) fn start_tokio_postgres(
        id: &'static str,
        limit: Duration,
        _: &Found,
    ) -> Result<Adapter, String> {
        Ok(start(id, limit, Tls::None))
    }

    pub(super) fn start_tokio_postgres_rustls(
        id: &'static str,
        limit: Duration,
        _: &Found,
    ) -> Result<Adapter, String> {
        Ok(start(id, limit, Tls::Rustls))
    }

    fn start(id: &'static str, limit: Duration, tls: Tls) -> Adapter {
        Adapter::in_process(id, limit, |pipe| async move {
            let (requests, replies) = tokio::io::split(pipe);
            serve(TokioPostgres::new(tls), requests, replies).await
        })
    }
}

#[cfg(not(feature = "rust-clients"))]
mod rust {
    use std::time::Duration;

    use super::{Adapter, Found};

    fn absent<T>() -> Result<T, String> {
        Err("built without the feature rust-clients".to_owned())
    }

    pub(super) fn tokio_postgres(_: &str) -> Result<Found, String> {
        absent()
    }

    pub(super) fn tokio_postgres_rustls(_: &str) -> Result<Found, String> {
        absent()
    }

    pub(super) fn start_tokio_postgres(_: &'static str, _: Duration, _: &Found) -> Result<Adapter, String> {
        absent()
    }

    pub(super) fn start_tokio_postgres_rustls(
        _: &'static str,
        _: Duration,
        _: &Found,
    ) -> Result<Adapter, String> {
        absent()
    }
}

fn psql(_: &str) -> Result<Found, String> {
    Program::find().map(|program| Found { version: program.version, program: program.path })
}

fn start_psql(id: &'static str, limit: Duration, found: &Found) -> Result<Adapter, String> {
    let program = Program { path: found.program.clone(), version: found.version.clone() };
    Ok(Adapter::in_process(id, limit, |pipe| async move {
        let (requests, replies) = tokio::io::split(pipe);
        serve(Psql::new(program), requests, replies).await
    }))
}

/// Carried along, so that a pgconform that was installed has them too.
const PSYCOPG2_ADAPTER: &str = include_str!("../../clients/psycopg2/adapter.py");
const PSYCOPG_ADAPTER: &str = include_str!("../../clients/psycopg/adapter.py");

/// A driver for Python, by the name of its module.
fn python(id: &'static str) -> Result<Found, String> {
    let asked = format!("import {id}; print({id}.__version__)");
    for program in [installed(id).map(|folder| folder.join("bin/python")), Some(PathBuf::from("python3"))] {
        let Some(program) = program else { continue };
        let Ok(output) = Command::new(&program).args(["-c", &asked]).stdin(Stdio::null()).output() else {
            continue;
        };
        // "2.9.13 (dt dec pq3 ext lo64)"
        let text = String::from_utf8_lossy(&output.stdout);
        if let (true, Some(version)) = (output.status.success(), text.split_whitespace().next()) {
            return Ok(Found { version: version.to_owned(), program });
        }
    }
    Err(format!("neither in target/clients/{id} (ci/install puts it there) nor in the python3 on PATH"))
}

fn start_psycopg2(id: &'static str, limit: Duration, found: &Found) -> Result<Adapter, String> {
    start_python(id, limit, found, PSYCOPG2_ADAPTER)
}

fn start_psycopg(id: &'static str, limit: Duration, found: &Found) -> Result<Adapter, String> {
    start_python(id, limit, found, PSYCOPG_ADAPTER)
}

fn start_python(id: &'static str, limit: Duration, found: &Found, adapter: &str) -> Result<Adapter, String> {
    let mut command = Command::new(&found.program);
    command.args(["-u", "-c", adapter]);
    process::start(id, limit, command).map_err(|error| format!("{}: {error}", found.program.display()))
}

/// Where a client's own environment is: below the folder that `PGCONFORM_CLIENTS` names, or else in `target/clients`
/// of this folder or one above it.
pub(super) fn installed(client: &str) -> Option<PathBuf> {
    if let Some(folder) = std::env::var_os("PGCONFORM_CLIENTS") {
        return Some(PathBuf::from(folder).join(client));
    }
    let here = std::env::current_dir().ok()?;
    here.ancestors().map(|folder| folder.join("target/clients").join(client)).find(|folder| folder.is_dir())
}
