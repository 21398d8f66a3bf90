//! Processes that end with the value that stands for them, whatever ends that: the end of a run, an error, a panic, or
//! Ctrl-C.

use super::file::Command;
use std::fs::File;
use std::io;
use std::process::{self, Child, ExitStatus, Stdio};
use std::time::{Duration, Instant};

/// How often a process is looked at.
const GLANCE: Duration = Duration::from_millis(10);

/// A process in a group of its own: Ctrl-C at the terminal reaches this program alone, which then stops it.
#[derive(Debug)]
pub(super) struct Process {
    child: Child,
    ended: Option<ExitStatus>,
    signal: String,
    patience: Duration,
}

impl Process {
    /// Starts a command whose placeholders are replaced; it writes to `log`.
    pub(super) fn start(command: &Command, folder: &std::path::Path, log: &File) -> io::Result<Self> {
        let (program, arguments) =
            command.run.split_first().ok_or_else(|| io::Error::other("it names no program"))?;
        let mut started = process::Command::new(program);
        started.args(arguments).envs(&command.environment).current_dir(folder);
        started.stdin(Stdio::null()).stdout(log.try_clone()?).stderr(log.try_clone()?);
        unix::set_up(&mut started, command.user.as_deref())?;
        let child = started.spawn()?;
        Ok(Self { child, ended: None, signal: "KILL".to_owned(), patience: Duration::ZERO })
    }

    /// It is asked to stop by this signal, and killed after `patience`.
    pub(super) fn stopped_by(mut self, signal: &str, patience: Duration) -> Self {
        signal.clone_into(&mut self.signal);
        self.patience = patience;
        self
    }

    /// How it ended; none while it runs.
    pub(super) fn ended(&mut self) -> io::Result<Option<ExitStatus>> {
        if self.ended.is_none() {
            self.ended = self.child.try_wait()?;
        }
        Ok(self.ended)
    }

    /// Waits for its end.
    pub(super) async fn end(&mut self) -> io::Result<ExitStatus> {
        loop {
            if let Some(status) = self.ended()? {
                return Ok(status);
            }
            tokio::time::sleep(GLANCE).await;
        }
    }
}

impl Drop for Process {
    /// Stops it and waits: what it leaves behind could hold its port or its files.
    fn drop(&mut self) {
        if self.ended().is_ok_and(|ended| ended.is_some()) {
            return;
        }
        let deadline = Instant::now() + self.patience;
        unix::signal(&self.child, &self.signal);
        while Instant::now() < deadline {
            if self.ended().is_ok_and(|ended| ended.is_some()) {
                return;
            }
            std::thread::sleep(GLANCE);
        }
        unix::kill_all(&mut self.child);
        // It is dead by now, or never was a process.
        _ = self.child.wait();
    }
}

/// Checks that there is such a signal.
pub(super) fn check_signal(name: &str) -> Result<(), String> {
    unix::check_signal(name)
}

#[cfg(unix)]
#[path = "unix.rs"]
pub(super) mod unix;

/// Where there are no signals, groups or users: a process is killed.
#[cfg(not(unix))]
pub(super) mod unix {
    use std::io;
    use std::path::Path;
    use std::process::{Child, Command};

    pub(super) fn set_up(_: &mut Command, _: Option<&str>) -> io::Result<()> {
        Ok(())
    }

    pub(super) fn signal(_: &Child, _: &str) {}

    pub(super) fn kill_all(child: &mut Child) {
        // If it has ended meanwhile, so much the better.
        _ = child.kill();
    }

    pub(super) fn check_signal(_: &str) -> Result<(), String> {
        Ok(())
    }

    pub(in super::super) fn open_to(_: &Path, _: Option<&str>) -> io::Result<()> {
        Ok(())
    }
}
