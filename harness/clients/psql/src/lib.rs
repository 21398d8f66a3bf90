//! Adapter of the program psql.
//!
//! `script` runs it once, as a user or a shell script would. `query` and its kin speak to one running psql per
//! connection, over its standard input, as through a pipe.

mod session;

use std::collections::BTreeMap;
use std::ffi::OsStr;
use std::path::{Path, PathBuf};
use std::process::Stdio;

use pgconform_client_contract::{Connect, Driver, MAIN, MAX_LINE, Reply, Request, Script};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWriteExt};
use tokio::process::Command;

use crate::session::Session;

/// The program, found and tried.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Program {
    /// Where it is.
    pub path: PathBuf,
    /// What it says it is, as `15.18`.
    pub version: String,
}

impl Program {
    /// Finds the program that `PGCONFORM_PSQL` names, or else the `psql` on `PATH`.
    ///
    /// # Errors
    /// Why there is none.
    pub fn find() -> Result<Self, String> {
        if let Some(path) = std::env::var_os("PGCONFORM_PSQL") {
            return Self::at(Path::new(&path)).map_err(|why| format!("PGCONFORM_PSQL: {why}"));
        }
        let path = std::env::var_os("PATH").unwrap_or_default();
        match std::env::split_paths(&path).map(|folder| folder.join("psql")).find(|program| program.is_file())
        {
            Some(path) => Self::at(&path),
            None => Err("psql: not found on PATH (Debian: postgresql-client; or ci/install)".to_owned()),
        }
    }

    /// The program at this path, if it is one.
    ///
    /// # Errors
    /// Why it is not.
    pub fn at(path: &Path) -> Result<Self, String> {
        let mut command = std::process::Command::new(path);
        isolate(&mut command);
        let output = command
            .arg("--version")
            .stdin(Stdio::null())
            .output()
            .map_err(|error| format!("{}: {error}", path.display()))?;
        // "psql (PostgreSQL) 15.18 (Debian 15.18-0+deb12u1)"
        let text = String::from_utf8_lossy(&output.stdout);
        match text.strip_prefix("psql (PostgreSQL) ").and_then(|rest| rest.split_whitespace().next()) {
            Some(version) => Ok(Self { path: path.to_owned(), version: version.to_owned() }),
            None => Err(format!("{}: does not say that it is psql", path.display())),
        }
    }

    /// The first part of the version.
    fn major(&self) -> u32 {
        let digits: String = self.version.chars().take_while(char::is_ascii_digit).collect();
        digits.parse().unwrap_or(0)
    }

    /// A command that runs the program for this connection. What it needs to know is in its environment, because a
    /// command line is for everyone to read.
    fn command(&self, connect: &Connect) -> Result<Command, Reply> {
        let mut command = std::process::Command::new(&self.path);
        isolate(&mut command);
        command.arg("-X").stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        // A home folder may hold certificates and settings. The encoding is the one that psql would set by itself on a
        // UTF-8 terminal.
        command.env("HOME", NOWHERE).env("PGCLIENTENCODING", "UTF8");
        for variable in ["PSQLRC", "PSQL_PAGER", "PAGER"] {
            command.env_remove(variable);
        }
        command.args(["-P", "pager=off"]);
        let mut set = |name: &str, value: Option<&str>| {
            if let Some(value) = value {
                command.env(name, value);
            }
        };
        let addresses = connect.addresses()?;
        let hosts: Option<Vec<&str>> = addresses.iter().map(|(host, _)| *host).collect();
        let ports: Option<Vec<String>> =
            addresses.iter().map(|(_, port)| port.map(|port| port.to_string())).collect();
        set("PGHOST", hosts.map(|hosts| hosts.join(",")).as_deref());
        set("PGPORT", ports.map(|ports| ports.join(",")).as_deref());
        set("PGUSER", connect.user.as_deref());
        set("PGDATABASE", connect.database.as_deref());
        set("PGPASSWORD", connect.password.as_ref().map(|password| password.reveal()));
        set("PGSSLMODE", connect.sslmode.as_deref());
        set("PGSSLROOTCERT", connect.sslrootcert.as_deref());
        set("PGSSLCERT", connect.sslcert.as_deref());
        set("PGSSLKEY", connect.sslkey.as_deref());
        if connect.verify.is_some() && matches!(connect.sslmode.as_deref(), Some("verify-ca" | "verify-full"))
        {
            return Err(Reply::broken("verify=none and a sslmode that verifies"));
        }
        match connect.sslnegotiation.as_deref() {
            // An older libpq would ignore the variable, and negotiate.
            Some(_) if self.major() < 17 => {
                return Err(Reply::unsupported(format!("psql {} has no sslnegotiation", self.version)));
            }
            sslnegotiation => set("PGSSLNEGOTIATION", sslnegotiation),
        }
        if !connect.options.is_empty() {
            return Err(Reply::unsupported("the options of psql are those of a script"));
        }
        if connect.autocommit == Some(false) {
            command.args(["-v", "AUTOCOMMIT=off"]);
        }
        let mut command = Command::from(command);
        command.kill_on_drop(true);
        Ok(command)
    }
}

/// A place where no file is.
const NOWHERE: &str = "/nonexistent";

/// Keeps what a user may have set up for libpq away from a program: its variables, and a file of passwords.
pub fn isolate(command: &mut std::process::Command) {
    for (name, _) in std::env::vars_os().filter(|(name, _)| name.as_encoded_bytes().starts_with(b"PG")) {
        command.env_remove(name);
    }
    command.env("PGPASSFILE", NOWHERE).env("LC_ALL", "C");
}

/// The driver and its open sessions.
pub struct Psql {
    program: Program,
    sessions: BTreeMap<String, Session>,
    /// What the last `connect` said, for a `script` that does not say where to.
    last: Option<Connect>,
}

impl Psql {
    /// A driver without sessions.
    #[must_use]
    pub fn new(program: Program) -> Self {
        Self { program, sessions: BTreeMap::new(), last: None }
    }

    async fn connect(&mut self, connect: Connect) -> Result<Reply, Reply> {
        // A second connection of the same name replaces the first, even if it fails.
        self.sessions.remove(&connect.name);
        self.last = Some(connect.clone());
        let session = Session::open(self.program.command(&connect)?).await?;
        self.sessions.insert(connect.name, session);
        Ok(Reply::ok())
    }

    async fn query(&mut self, name: &str, sql: &str) -> Result<Reply, Reply> {
        let session = self.sessions.get_mut(name).ok_or_else(|| Reply::no_connection(name))?;
        session.query(sql).await
    }

    async fn statement(&mut self, name: &str, sql: &str) -> Result<Reply, Reply> {
        self.query(name, sql).await.map(|reply| match reply {
            Reply::Done { .. } => Reply::ok(),
            other => other,
        })
    }

    async fn close(&mut self, name: &str) -> Result<Reply, Reply> {
        let session = self.sessions.remove(name).ok_or_else(|| Reply::no_connection(name))?;
        session.close().await;
        Ok(Reply::ok())
    }

    async fn script(&self, script: &Script) -> Result<Reply, Reply> {
        let connect = match (&script.connect.host, &self.last) {
            (None, Some(last)) => last,
            (None, None) => return Err(Reply::no_connection(MAIN)),
            (Some(_), _) => &script.connect,
        };
        let mut command = self.program.command(connect)?;
        let mut child =
            command.args(script.options.iter().map(OsStr::new)).spawn().map_err(does_not_start)?;
        let (stdin, stdout, stderr) = (child.stdin.take(), child.stdout.take(), child.stderr.take());
        let feed = async {
            // A program that ends without reading all of it is no failure: what it printed says why.
            if let Some(mut stdin) = stdin {
                let _ = stdin.write_all(script.text.as_bytes()).await;
                let _ = stdin.shutdown().await;
            }
        };
        // All at once: a program that waits for the one to be read while the other is, would wait for ever.
        let ((), stdout, stderr) = tokio::join!(feed, printed(stdout), printed(stderr));
        let exit = child.wait().await.map_err(does_not_start)?;
        Ok(Reply::Printed { stdout, stderr, exit: exit.code().unwrap_or(-1) })
    }
}

impl Driver for Psql {
    async fn perform(&mut self, request: Request) -> Reply {
        let reply = match request {
            Request::Hello => Ok(Reply::hello("psql", self.program.version.clone())),
            Request::Connect(connect) => self.connect(connect).await,
            Request::Query(statement) => match statement.plain() {
                Ok(()) => self.query(&statement.name, &statement.sql).await,
                Err(reply) => Ok(reply),
            },
            Request::Execute(_) => Ok(Reply::unsupported("psql has no parameters")),
            Request::Script(script) => self.script(&script).await,
            Request::Begin(begin) => match begin.plain() {
                Ok(()) => self.statement(&begin.name, "BEGIN").await,
                Err(reply) => Ok(reply),
            },
            Request::Commit { name } => self.statement(&name, "COMMIT").await,
            Request::Rollback { name } => self.statement(&name, "ROLLBACK").await,
            Request::Close { name } => self.close(&name).await,
            Request::Batch(_)
            | Request::Copy(_)
            | Request::Tables(_)
            | Request::Listen(_)
            | Request::Notified(_) => Ok(Reply::unsupported("psql has but statements and scripts")),
        };
        reply.unwrap_or_else(|reply| reply)
    }

    async fn end(&mut self) {
        while let Some((_, session)) = self.sessions.pop_first() {
            session.close().await;
        }
    }
}

/// What a program prints, up to a limit; the rest is read and forgotten, so that the program can end.
async fn printed(stream: Option<impl AsyncRead + Unpin>) -> String {
    let mut kept = Vec::new();
    if let Some(mut stream) = stream {
        // A failing pipe is the end of it, as for a shell.
        let _ = (&mut stream).take(MAX_LINE as u64 / 8).read_to_end(&mut kept).await;
        let _ = tokio::io::copy(&mut stream, &mut tokio::io::sink()).await;
    }
    String::from_utf8_lossy(&kept).into_owned()
}

fn does_not_start(error: std::io::Error) -> Reply {
    Reply::broken(format!("psql: {error}"))
}
