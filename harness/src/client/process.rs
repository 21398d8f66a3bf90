//! Adapters that are processes.

use std::process::Stdio;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncReadExt};
use tokio::task::JoinHandle;

use super::{Adapter, Running};

/// Starts a process that is an adapter.
///
/// # Errors
/// If it does not start.
pub(super) fn start(
    client: &'static str,
    time_limit: Duration,
    mut command: std::process::Command,
) -> std::io::Result<Adapter> {
    pgconform_client_psql::isolate(&mut command);
    let mut command = tokio::process::Command::from(command);
    command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).kill_on_drop(true);
    let mut child = command.spawn()?;
    let (Some(requests), Some(replies), Some(stderr)) =
        (child.stdin.take(), child.stdout.take(), child.stderr.take())
    else {
        return Err(std::io::Error::other("it has no pipes"));
    };
    let running = Running::Process { child, stderr: Tail::of(stderr) };
    Ok(Adapter::new(client, time_limit, Box::new(requests), Box::new(replies), running))
}

/// The end of what a process prints, read all the time so that it never waits for us.
pub(super) struct Tail {
    kept: Arc<Mutex<Vec<u8>>>,
    reader: JoinHandle<()>,
}

/// How much of it is kept: a traceback and then some.
const KEPT: usize = 16 << 10;

impl Tail {
    fn of(mut stream: impl AsyncRead + Send + Unpin + 'static) -> Self {
        let kept = Arc::new(Mutex::new(Vec::new()));
        let shared = Arc::clone(&kept);
        let reader = tokio::spawn(async move {
            let mut piece = vec![0; 4096];
            while let Ok(length @ 1..) = stream.read(&mut piece).await {
                let mut kept = shared.lock().unwrap_or_else(PoisonError::into_inner);
                kept.extend_from_slice(piece.get(..length).unwrap_or_default());
                let surplus = kept.len().saturating_sub(KEPT);
                kept.drain(..surplus);
            }
        });
        Self { kept, reader }
    }

    /// What was printed. To be called once the process has ended; what it may have left behind is not waited for.
    pub(super) async fn text(&mut self) -> String {
        // A second error asks again, and a task that has ended must not be waited for twice.
        if !self.reader.is_finished() {
            let _ = tokio::time::timeout(Duration::from_millis(200), &mut self.reader).await;
        }
        let kept = self.kept.lock().unwrap_or_else(PoisonError::into_inner);
        String::from_utf8_lossy(&kept).into_owned()
    }
}

impl Drop for Tail {
    fn drop(&mut self) {
        self.reader.abort();
    }
}
