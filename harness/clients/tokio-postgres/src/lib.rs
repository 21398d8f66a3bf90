//! Adapter of the drivers tokio-postgres (`NoTls`) and tokio-postgres-rustls.
//!
//! It does what users of the drivers do: `Config::connect`, a spawned connection, `simple_query`, `prepare` and
//! `query_raw` (which is what `query` does with a text).

mod tls;
mod value;

use std::collections::BTreeMap;
use std::error::Error as _;
use std::io;

use futures_util::{StreamExt, pin_mut};
use pgconform_client_contract::{Connect, Driver, Reply, Request, Statement};
use tokio::task::JoinHandle;
use tokio_postgres::config::{SslMode, SslNegotiation};
use tokio_postgres::{Client, Config, Error, NoTls, SimpleQueryMessage};
use tokio_postgres_rustls::MakeRustlsConnect;

use crate::value::{Binary, Param};

/// The version of tokio-postgres that is linked in.
pub const VERSION: &str = "0.7.18";
/// The version of tokio-postgres-rustls that is linked in.
pub const RUSTLS_VERSION: &str = "0.14.0";

/// What the driver uses for TLS.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tls {
    /// Nothing: `NoTls`.
    None,
    /// tokio-postgres-rustls.
    Rustls,
}

/// The driver and its open connections.
pub struct TokioPostgres {
    tls: Tls,
    sessions: BTreeMap<String, Session>,
}

struct Session {
    client: Client,
    connection: Connection,
}

impl Session {
    /// The driver says goodbye when its client is dropped, and then its connection ends.
    async fn close(mut self) {
        drop(self.client);
        let _ = (&mut self.connection.0).await;
    }
}

/// The task that drives a connection.
struct Connection(JoinHandle<()>);

impl Drop for Connection {
    fn drop(&mut self) {
        // A server that reads nothing must not keep the task, which still wants to say goodbye to it.
        self.0.abort();
    }
}

impl TokioPostgres {
    /// A driver without connections.
    #[must_use]
    pub fn new(tls: Tls) -> Self {
        Self { tls, sessions: BTreeMap::new() }
    }

    async fn connect(&mut self, connect: Connect) -> Reply {
        // A second connection of the same name replaces the first, even if it fails.
        self.sessions.remove(&connect.name);
        let config = match config(&connect, self.tls) {
            Ok(config) => config,
            Err(reply) => return reply,
        };
        let session = match self.tls {
            Tls::None => config.connect(NoTls).await.map(|(client, connection)| (client, spawn(connection))),
            Tls::Rustls => {
                let tls = match tls::config(&connect) {
                    Ok(tls) => MakeRustlsConnect::new(tls),
                    Err(reply) => return reply,
                };
                config.connect(tls).await.map(|(client, connection)| (client, spawn(connection)))
            }
        };
        match session {
            Ok((client, connection)) => {
                self.sessions.insert(connect.name, Session { client, connection });
                Reply::ok()
            }
            Err(error) => failure(&error),
        }
    }

    fn client(&self, name: &str) -> Result<&Client, Reply> {
        self.sessions.get(name).map(|session| &session.client).ok_or_else(|| Reply::no_connection(name))
    }

    async fn batch(&self, name: &str, sql: &str) -> Result<Reply, Reply> {
        self.client(name)?.batch_execute(sql).await.map(|()| Reply::ok()).map_err(|error| failure(&error))
    }

    async fn query(&self, statement: &Statement) -> Result<Reply, Reply> {
        statement.plain()?;
        let client = self.client(&statement.name)?;
        let messages = client.simple_query(&statement.sql).await.map_err(|error| failure(&error))?;
        Ok(last_result(&messages))
    }

    async fn execute(&self, statement: Statement) -> Result<Reply, Reply> {
        statement.plain()?;
        let Statement { name, sql, params, .. } = statement;
        let client = self.client(&name)?;
        let failed = |error: Error| failure(&error);
        let statement = client.prepare(&sql).await.map_err(failed)?;
        let params: Vec<Param> = params.into_iter().map(Param).collect();
        let stream = client.query_raw(&statement, &params).await.map_err(failed)?;
        pin_mut!(stream);
        let mut rows = Vec::new();
        while let Some(row) = stream.next().await {
            let row = row.map_err(failed)?;
            let values: Result<Vec<Option<String>>, Error> = (0..row.len())
                .map(|index| Ok(row.try_get::<_, Option<Binary>>(index)?.map(|value| value.0)))
                .collect();
            rows.push(values.map_err(failed)?);
        }
        let rowcount = stream.rows_affected().and_then(|count| i64::try_from(count).ok());
        let columns: Vec<String> =
            statement.columns().iter().map(|column| column.name().to_owned()).collect();
        // A statement that returns nothing has no columns, as far as the driver tells.
        if columns.is_empty() && rows.is_empty() {
            return Ok(Reply::Done { tag: None, rowcount });
        }
        Ok(Reply::Rows { columns, rows, tag: None, rowcount })
    }

    async fn close(&mut self, name: &str) -> Reply {
        let Some(session) = self.sessions.remove(name) else { return Reply::no_connection(name) };
        session.close().await;
        Reply::ok()
    }
}

impl Driver for TokioPostgres {
    async fn perform(&mut self, request: Request) -> Reply {
        let reply = match request {
            Request::Hello => Ok(match self.tls {
                Tls::None => Reply::hello("tokio-postgres", VERSION),
                Tls::Rustls => Reply::hello(
                    "tokio-postgres-rustls",
                    format!("{RUSTLS_VERSION} (tokio-postgres {VERSION})"),
                ),
            }),
            Request::Connect(connect) => Ok(self.connect(connect).await),
            Request::Query(statement) => self.query(&statement).await,
            Request::Execute(statement) => self.execute(statement).await,
            // What the driver's own `transaction()` and its `commit` and `rollback` send.
            Request::Begin(begin) => match begin.plain() {
                Ok(()) => self.batch(&begin.name, "BEGIN").await,
                Err(reply) => Ok(reply),
            },
            Request::Commit { name } => self.batch(&name, "COMMIT").await,
            Request::Rollback { name } => self.batch(&name, "ROLLBACK").await,
            Request::Close { name } => Ok(self.close(&name).await),
            Request::Script(_) => Ok(Reply::unsupported("it is no command-line program")),
            Request::Batch(_)
            | Request::Copy(_)
            | Request::Tables(_)
            | Request::Listen(_)
            | Request::Notified(_) => Ok(Reply::unsupported("its adapter has but statements")),
        };
        reply.unwrap_or_else(|reply| reply)
    }

    async fn end(&mut self) {
        while let Some((_, session)) = self.sessions.pop_first() {
            session.close().await;
        }
    }
}

/// Drives a connection until it ends. How it ends is what the next query learns.
fn spawn<S, T>(connection: tokio_postgres::Connection<S, T>) -> Connection
where
    S: tokio::io::AsyncRead + tokio::io::AsyncWrite + Unpin + Send + 'static,
    T: tokio_postgres::tls::TlsStream + Unpin + Send + 'static,
{
    Connection(tokio::spawn(async move {
        let _ = connection.await;
    }))
}

/// The driver's configuration for these fields, or that it has none for them.
fn config(connect: &Connect, tls: Tls) -> Result<Config, Reply> {
    let mut config = Config::new();
    for (host, port) in connect.addresses()? {
        if let Some(host) = host {
            config.host(host);
        }
        if let Some(port) = port {
            config.port(port);
        }
    }
    if !connect.options.is_empty() {
        return Err(Reply::unsupported("its adapter has no further options"));
    }
    if let Some(user) = &connect.user {
        config.user(user);
    }
    if let Some(database) = &connect.database {
        config.dbname(database);
    }
    if let Some(password) = &connect.password {
        config.password(password.reveal());
    }
    match connect.sslmode.as_deref() {
        None => {}
        Some("disable") => _ = config.ssl_mode(SslMode::Disable),
        Some("prefer") => _ = config.ssl_mode(SslMode::Prefer),
        Some("require") => _ = config.ssl_mode(SslMode::Require),
        // tokio-postgres-rustls verifies whatever it encrypts, name and all.
        Some("verify-full") if tls == Tls::Rustls => _ = config.ssl_mode(SslMode::Require),
        Some(other) => return Err(Reply::unsupported(format!("the driver has no sslmode={other}"))),
    }
    match connect.sslnegotiation.as_deref() {
        None | Some("postgres") => {}
        Some("direct") => _ = config.ssl_negotiation(SslNegotiation::Direct),
        Some(other) => return Err(Reply::unsupported(format!("the driver has no sslnegotiation={other}"))),
    }
    if connect.autocommit == Some(false) {
        return Err(Reply::unsupported("the driver opens no transaction by itself"));
    }
    Ok(config)
}

/// What came of the last statement of a simple query.
fn last_result(messages: &[SimpleQueryMessage]) -> Reply {
    let mut columns: Option<Vec<String>> = None;
    let mut rows = Vec::new();
    let mut rowcount = None;
    let mut complete = false;
    for message in messages {
        // What follows the completion of a statement belongs to the next.
        if std::mem::take(&mut complete) {
            columns = None;
            rows.clear();
        }
        match message {
            SimpleQueryMessage::RowDescription(described) => {
                columns = Some(described.iter().map(|column| column.name().to_owned()).collect());
            }
            SimpleQueryMessage::Row(row) => {
                rows.push((0..row.len()).map(|index| row.get(index).map(str::to_owned)).collect());
            }
            SimpleQueryMessage::CommandComplete(count) => {
                rowcount = i64::try_from(*count).ok();
                complete = true;
            }
            // The enumeration may grow; today this is all of it.
            _ => {}
        }
    }
    match columns {
        Some(columns) => Reply::Rows { columns, rows, tag: None, rowcount },
        None => Reply::Done { tag: None, rowcount },
    }
}

/// The outcome that an error of the driver is.
fn failure(error: &Error) -> Reply {
    if let Some(error) = error.as_db_error() {
        return Reply::Error {
            sqlstate: Some(error.code().code().to_owned()),
            severity: Some(error.severity().to_owned()),
            message: error.message().to_owned(),
        };
    }
    let mut message = error.to_string();
    let mut kind = None;
    let mut source = error.source();
    while let Some(cause) = source {
        let text = cause.to_string();
        if !message.ends_with(&text) {
            message = format!("{message}: {text}");
        }
        kind = kind.or_else(|| cause.downcast_ref::<io::Error>().map(io::Error::kind));
        source = cause.source();
    }
    let lost = [
        io::ErrorKind::UnexpectedEof,
        io::ErrorKind::ConnectionReset,
        io::ErrorKind::ConnectionAborted,
        io::ErrorKind::BrokenPipe,
    ];
    // The driver keeps the kind of its errors to itself; this is how it prints the one for "no TCP connection".
    if message.starts_with("error connecting to server") {
        Reply::Unreachable { message }
    } else if error.is_closed() || kind.is_some_and(|kind| lost.contains(&kind)) {
        Reply::Closed { message }
    } else {
        Reply::failed(message)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_versions_that_are_told_are_those_that_are_linked() {
        let lock = include_str!("../../../../Cargo.lock");
        for (name, version) in [("tokio-postgres", VERSION), ("tokio-postgres-rustls", RUSTLS_VERSION)] {
            let linked = format!("name = \"{name}\"\nversion = \"{version}\"");
            assert!(lock.contains(&linked), "{name} is not {version}");
        }
    }
}
