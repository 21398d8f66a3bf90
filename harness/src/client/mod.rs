//! Real clients: drivers that are asked for operations and tell what they reported.
//!
//! `harness/clients/README.md` has the contract. The table of clients is in `registry.rs`; this file is what the runner
//! sees of any of them.

mod built;
mod by_hand;
mod line;
mod login;
mod pin;
mod process;
mod registry;
pub mod scenario;
pub mod wire;

use std::error::Error;
use std::fmt;
use std::io;
use std::time::Duration;

use serde_json::{Value, json};
use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, BufReader};
use tokio::task::JoinHandle;
use tokio::time::{Instant, timeout_at};

use pgconform_client_contract::MAX_LINE;

pub use registry::{Client, Missing, all, find, missing, start, version};

use crate::client::process::Tail;

/// A running adapter. Dropping it ends it, and with it the connections that it holds.
pub struct Adapter {
    client: &'static str,
    time_limit: Duration,
    requests: Box<dyn AsyncWrite + Send + Unpin>,
    replies: BufReader<Box<dyn AsyncRead + Send + Unpin>>,
    running: Running,
    /// What the run's passwords are, so that no error shows one even if a server or a driver should.
    secrets: Vec<String>,
    /// Set once a request got no reply: what comes next could be the reply to that one.
    lost: bool,
}

/// What carries out an adapter's work.
enum Running {
    /// A task of this program.
    Task(Task),
    /// A process, and the end of what it prints on standard error.
    Process { child: tokio::process::Child, stderr: Tail },
}

/// A task that ends when nobody holds it any more.
struct Task(JoinHandle<()>);

impl Drop for Task {
    fn drop(&mut self) {
        self.0.abort();
    }
}

impl Adapter {
    /// An adapter within this program, which serves the other end of a pipe.
    fn in_process<F, W>(client: &'static str, time_limit: Duration, serve: F) -> Self
    where
        F: FnOnce(tokio::io::DuplexStream) -> W,
        W: Future<Output = io::Result<()>> + Send + 'static,
    {
        let (ours, theirs) = tokio::io::duplex(64 << 10);
        let served = serve(theirs);
        let task = Task(tokio::spawn(async move {
            // It ends with its pipe, which is what `ask` then reports.
            let _ = served.await;
        }));
        let (replies, requests) = tokio::io::split(ours);
        Self::new(client, time_limit, Box::new(requests), Box::new(replies), Running::Task(task))
    }

    fn new(
        client: &'static str,
        time_limit: Duration,
        requests: Box<dyn AsyncWrite + Send + Unpin>,
        replies: Box<dyn AsyncRead + Send + Unpin>,
        running: Running,
    ) -> Self {
        let replies = BufReader::new(replies);
        Self { client, time_limit, requests, replies, running, secrets: Vec::new(), lost: false }
    }

    /// The client's id.
    #[must_use]
    pub fn client(&self) -> &'static str {
        self.client
    }

    /// Hands over one request and waits for its reply.
    ///
    /// # Errors
    /// If there is no reply within the time limit, or none that can be read. The adapter is then of no more use.
    pub async fn ask(&mut self, request: Value) -> Result<Value, AdapterError> {
        if self.lost {
            return Err(self.error(Problem::Ended).await);
        }
        if let Some(password) = request.get("password").and_then(Value::as_str) {
            self.secrets.push(password.to_owned());
        }
        let mut line = request.to_string();
        line.push('\n');
        self.lost = true;
        let deadline = Instant::now() + self.time_limit;
        let reply = match timeout_at(deadline, self.exchange(line.as_bytes())).await {
            Err(_) => return Err(self.error(Problem::TimedOut).await),
            Ok(Err(error)) => return Err(self.error(Problem::Pipe(error)).await),
            Ok(Ok(reply)) if reply.is_empty() => return Err(self.error(Problem::Ended).await),
            Ok(Ok(reply)) => reply,
        };
        match serde_json::from_slice::<Value>(&reply) {
            Ok(mut reply) if reply.get("outcome").is_some_and(Value::is_string) => {
                self.lost = false;
                for field in ["message", "reason", "stderr"] {
                    if let Some(Value::String(text)) = reply.get_mut(field) {
                        *text = mask(text, &self.secrets);
                    }
                }
                Ok(reply)
            }
            _ => Err(self.error(Problem::Garbled).await),
        }
    }

    /// Ends it in an orderly way: its drivers say goodbye on the connections that they hold. Merely dropped, it is gone
    /// at once, and its connections with it.
    pub async fn end(mut self) {
        // An adapter that does not end in time is then ended.
        let _ = self.requests.shutdown().await;
        drop(self.requests);
        let end = async {
            match &mut self.running {
                Running::Task(task) => _ = (&mut task.0).await,
                Running::Process { child, .. } => _ = child.wait().await,
            }
        };
        let _ = timeout_at(Instant::now() + self.time_limit, end).await;
    }

    async fn exchange(&mut self, request: &[u8]) -> io::Result<Vec<u8>> {
        // If it does not take the request, its last words tell more than the pipe does.
        if self.requests.write_all(request).await.is_ok() {
            let _ = self.requests.flush().await;
        }
        let mut reply = Vec::new();
        (&mut self.replies).take(MAX_LINE as u64).read_until(b'\n', &mut reply).await?;
        Ok(reply)
    }

    /// Ends the adapter and says what was wrong with it.
    async fn error(&mut self, problem: Problem) -> AdapterError {
        let stderr = match &mut self.running {
            Running::Task(task) => {
                task.0.abort();
                String::new()
            }
            Running::Process { child, stderr } => {
                // It may be gone already; then this fails, and that is as well.
                let _ = child.start_kill();
                let _ = child.wait().await;
                mask(&stderr.text().await, &self.secrets)
            }
        };
        AdapterError { client: self.client, time_limit: self.time_limit, problem, stderr }
    }

    /// The request that every adapter gets first: is anyone there?
    async fn greet(mut self) -> Result<Self, AdapterError> {
        self.ask(json!({"operation": "hello"})).await?;
        Ok(self)
    }
}

/// Hides secrets in a text. One that is short is a word that may stand there for any reason: hiding it would tell more
/// than it hides.
fn mask(text: &str, secrets: &[String]) -> String {
    const SHORT: usize = 8;
    let secrets = secrets.iter().filter(|secret| secret.len() > SHORT);
    secrets.fold(text.to_owned(), |text, secret| text.replace(secret.as_str(), "********"))
}

/// An adapter did not do its part: the harness's fault, not the server's. (A server that lets a client wait makes its
/// request time out, though, and that is for the runner to judge.)
#[derive(Debug)]
pub struct AdapterError {
    client: &'static str,
    time_limit: Duration,
    problem: Problem,
    stderr: String,
}

#[derive(Debug)]
enum Problem {
    TimedOut,
    Ended,
    Garbled,
    Pipe(io::Error),
}

impl AdapterError {
    /// Whether there was no reply within the time limit.
    #[must_use]
    pub fn timed_out(&self) -> bool {
        matches!(self.problem, Problem::TimedOut)
    }
}

impl fmt::Display for AdapterError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "client {}: ", self.client)?;
        match &self.problem {
            Problem::TimedOut => write!(f, "no reply within {:?}", self.time_limit)?,
            Problem::Ended => f.write_str("its adapter has ended")?,
            Problem::Garbled => f.write_str("its adapter's reply is not one line of JSON with an outcome")?,
            Problem::Pipe(error) => write!(f, "its adapter cannot be listened to: {error}")?,
        }
        if self.stderr.is_empty() { Ok(()) } else { write!(f, "; it printed: {}", self.stderr.trim_end()) }
    }
}

impl Error for AdapterError {}

#[cfg(test)]
mod tests;
