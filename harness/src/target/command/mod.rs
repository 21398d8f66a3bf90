//! A server that a target file says how to start: `command:FILE.toml`.
//!
//! It is prepared and started when the first case asks for it, in a fresh directory and on a free loopback port, and
//! stopped when the target goes away. `ci/targets/README.md` teaches the format.

mod file;
mod process;
mod setup;

use super::{Options, Place, TargetError};
use crate::credentials::Credentials;
use crate::waiver::Waivers;
use file::{File, Names, Sourced};
use pgconform_wire::message::StartupMessage;
use pgconform_wire::profile::Profile;
use pgconform_wire::version::V3_0;
use pgconform_wire::{Backend, Content, Framer, Frontend, Message, Side, Text, report};
use process::Process;
use std::fmt;
use std::fs;
use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::OnceCell;

/// How long one look at a server that starts may take.
const GLANCE: Duration = Duration::from_millis(500);

/// What a server says that does not take connections yet.
const CANNOT_CONNECT_NOW: &str = "57P03";

/// A server that is started by a command. Clones stand for the same server.
#[derive(Clone, Debug)]
pub struct Command {
    path: PathBuf,
    file: Arc<File>,
    running: Arc<OnceCell<Running>>,
}

/// The server, while it runs. The process goes before its directory does.
#[derive(Debug)]
struct Running {
    _process: Process,
    _dir: TempDir,
    address: SocketAddr,
    host: String,
    authority: Option<String>,
    credentials: Vec<(String, String)>,
}

impl PartialEq for Command {
    fn eq(&self, other: &Self) -> bool {
        self.path == other.path
    }
}

impl Eq for Command {}

impl fmt::Display for Command {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "command:{}", self.path.display())
    }
}

impl Command {
    /// Reads a target file. Nothing is started yet.
    pub fn read(path: &Path) -> Result<Self, TargetError> {
        let file = File::read(path).map_err(TargetError::Usage)?;
        process::check_signal(&file.stop.signal)
            .map_err(|why| TargetError::Usage(format!("{}: [stop] {why}", path.display())))?;
        Ok(Self { path: path.to_owned(), file: Arc::new(file), running: Arc::default() })
    }

    /// The failures that its file knows.
    pub fn waivers(&self) -> Result<Waivers, TargetError> {
        let mut waivers = Waivers::default();
        for path in &self.file.waivers {
            waivers.read(path).map_err(|error| TargetError::Usage(error.to_string()))?;
        }
        Ok(waivers)
    }

    pub(super) async fn open(&self, profile: &Profile, options: &Options) -> Result<Place, TargetError> {
        let start = || async { self.start(profile).await.map_err(TargetError::Unreachable) };
        let running = self.running.get_or_try_init(start).await?;
        let mut credentials = Credentials::of(profile);
        for (name, value) in &running.credentials {
            credentials.set(name, value.as_str());
        }
        for (name, value) in
            [("user", &options.user), ("database", &options.database), ("password", &options.password)]
        {
            if let Some(value) = value {
                credentials.set(name, value.as_str());
            }
        }
        Ok(Place {
            address: running.address,
            host: running.host.clone(),
            credentials,
            authority: options.authority.clone().or_else(|| running.authority.clone()),
            seen: None,
            task: None,
        })
    }

    async fn start(&self, profile: &Profile) -> Result<Running, String> {
        let wrong = |error: std::io::Error| format!("{self}: {error}");
        let Some(start) = &self.file.start else { return Err(format!("{self}: it has no [start]")) };
        let dir = tempfile::Builder::new().prefix("pgconform-").tempdir().map_err(wrong)?;
        process::unix::open_to(dir.path(), start.value.user.as_deref())
            .map_err(|error| start.at.error(error))?;
        let port = free_port().await.map_err(wrong)?;
        let (roles, hba) = (dir.path().join("roles.sql"), dir.path().join("pg_hba.conf"));
        fs::write(&roles, setup::roles(profile)).map_err(wrong)?;
        fs::write(&hba, setup::hba(profile)).map_err(wrong)?;
        let here = self.path.parent().filter(|path| !path.as_os_str().is_empty()).unwrap_or(Path::new("."));
        let here = fs::canonicalize(here).map_err(wrong)?;
        let mut names = Names::default();
        names.set("dir", dir.path().to_string_lossy());
        names.set("port", port.to_string());
        names.set("here", here.to_string_lossy());
        names.set("roles", roles.to_string_lossy());
        names.set("hba", hba.to_string_lossy());
        names.add(&self.file.vars)?;

        let log = dir.path().join("log");
        let out = fs::File::create(&log).map_err(wrong)?;
        for step in &self.file.prepare {
            let mut process = spawn(step, &names, dir.path(), &out)?;
            let status = process.end().await.map_err(|error| step.at.error(error))?;
            if !status.success() {
                return Err(step.at.error(format!("this step ended with {status}{}", end_of(&log))));
            }
        }
        let stop = &self.file.stop;
        let mut process = spawn(start, &names, dir.path(), &out)?
            .stopped_by(&stop.signal, Duration::from_secs(stop.seconds));
        let address = SocketAddr::from(([127, 0, 0, 1], port));
        let deadline = Instant::now() + self.file.patience();
        while !takes_connections(address).await {
            if let Some(status) = process.ended().map_err(|error| start.at.error(error))? {
                return Err(start.at.error(format!("the server ended with {status}{}", end_of(&log))));
            }
            if Instant::now() > deadline {
                let limit = self.file.patience();
                return Err(start
                    .at
                    .error(format!("no server at {address} within {limit:?}{}", end_of(&log))));
            }
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
        let (host, authority) = self.tls(&names)?;
        let credentials = self.credentials(&names)?;
        Ok(Running { _process: process, _dir: dir, address, host, authority, credentials })
    }

    fn tls(&self, names: &Names) -> Result<(String, Option<String>), String> {
        let Some(Sourced { value: tls, at }) = &self.file.tls else {
            return Ok(("localhost".to_owned(), None));
        };
        let path = names.fill(&tls.authority).map_err(|why| at.error(why))?;
        let authority = fs::read_to_string(&path).map_err(|error| at.error(format!("{path}: {error}")))?;
        Ok((tls.host.clone(), Some(authority)))
    }

    fn credentials(&self, names: &Names) -> Result<Vec<(String, String)>, String> {
        let mut all = Vec::new();
        if let Some(Sourced { value, at }) = &self.file.login {
            for (name, value) in
                [("user", &value.user), ("database", &value.database), ("password", &value.password)]
            {
                if let Some(value) = value {
                    all.push((name.to_owned(), names.fill(value).map_err(|why| at.error(why))?));
                }
            }
        }
        for (name, Sourced { value, at }) in &self.file.credentials {
            all.push((name.clone(), names.fill(value).map_err(|why| at.error(why))?));
        }
        Ok(all)
    }
}

/// Starts a command of a target file.
fn spawn(
    command: &Sourced<file::Command>,
    names: &Names,
    dir: &Path,
    log: &fs::File,
) -> Result<Process, String> {
    let fill = |text: &String| names.fill(text).map_err(|why| command.at.error(why));
    let filled = file::Command {
        run: command.value.run.iter().map(fill).collect::<Result<_, _>>()?,
        user: command.value.user.clone(),
        environment: command
            .value
            .environment
            .iter()
            .map(|(name, value)| Ok((name.clone(), fill(value)?)))
            .collect::<Result<_, String>>()?,
    };
    let program = filled.run.first().cloned().unwrap_or_default();
    Process::start(&filled, dir, log).map_err(|error| command.at.error(format!("{program}: {error}")))
}

async fn free_port() -> std::io::Result<u16> {
    Ok(TcpListener::bind("127.0.0.1:0").await?.local_addr()?.port())
}

/// The last lines of a log, for an error of one line.
fn end_of(log: &Path) -> String {
    let text = fs::read(log).unwrap_or_default();
    let text = String::from_utf8_lossy(&text);
    let lines: Vec<_> = text.lines().map(str::trim).filter(|line| !line.is_empty()).collect();
    let last = lines[lines.len().saturating_sub(3)..].join(" / ");
    if last.is_empty() { String::new() } else { format!("; the end of its log: {last}") }
}

/// Whether a server answers a startup packet, and with something else than that it cannot serve yet.
pub(super) async fn takes_connections(address: SocketAddr) -> bool {
    let look = async {
        let mut stream = TcpStream::connect(address).await.ok()?;
        let parameters = vec![(Text::from("user"), Text::from("pgconform"))];
        let mut bytes = Vec::new();
        Frontend::from(StartupMessage { version: V3_0, parameters }).encode(&mut bytes).ok()?;
        stream.write_all(&bytes).await.ok()?;
        let mut framer = Framer::default();
        framer.push(Side::Frontend, &bytes, |_| ());
        let (mut answer, mut read) = (None, vec![0; 4096]);
        while answer.is_none() {
            let length = stream.read(&mut read).await.ok()?;
            if length == 0 {
                // Closed without a word: one that wants TLS first, perhaps. It is there, and the cases say what it lacks.
                return Some(true);
            }
            framer.push(Side::Backend, &read[..length], |frame| {
                answer = answer.or(Some(!cannot_yet(frame.content, frame.bytes)));
            });
        }
        answer
    };
    tokio::time::timeout(GLANCE, look).await.ok().flatten().unwrap_or(false)
}

fn cannot_yet(content: Content, bytes: &[u8]) -> bool {
    let Content::Message(kind) = content else { return false };
    match Message::decode(Side::Backend, kind, bytes) {
        Ok(Message::Backend(Backend::ErrorResponse(error))) => {
            report::find(&error.fields, b'C').is_some_and(|code| code == CANNOT_CONNECT_NOW)
        }
        _ => false,
    }
}

#[cfg(unix)]
#[cfg(test)]
mod test {
    use super::*;
    use crate::corpus;

    fn target(text: &str) -> (TempDir, Command) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("t.toml");
        fs::write(&path, text).unwrap();
        let command = Command::read(&path).unwrap();
        (folder, command)
    }

    async fn open(command: &Command) -> Result<Place, String> {
        let profile = corpus::profile("postgres").unwrap();
        command.open(&profile, &Options::default()).await.map_err(|error| error.to_string())
    }

    #[tokio::test]
    async fn a_step_that_fails_is_told_with_its_line_and_its_last_words() {
        let (_folder, command) = target(
            "[start]\nrun = [\"true\"]\n\n[[prepare]]\nrun = [\"sh\", \"-c\", \"echo why; exit 3\"]\n",
        );
        let error = open(&command).await.unwrap_err();
        assert!(
            error.ends_with("t.toml:4: this step ended with exit status: 3; the end of its log: why"),
            "{error}"
        );
    }

    #[tokio::test]
    async fn a_server_that_ends_is_no_server() {
        let (_folder, command) = target("[start]\nrun = [\"sh\", \"-c\", \"echo {port} is taken >&2\"]\n");
        let error = open(&command).await.unwrap_err();
        assert!(error.contains("t.toml:1: the server ended with exit status: 0; "), "{error}");
        assert!(error.ends_with(" is taken"), "{error}");
    }

    #[tokio::test]
    async fn a_program_that_is_not_there() {
        let (_folder, command) = target("[start]\nrun = [\"/nowhere/postgres\"]\n");
        let error = open(&command).await.unwrap_err();
        assert!(error.contains("t.toml:1: /nowhere/postgres: "), "{error}");
    }

    /// One that does not stop when asked is killed, and what it started with it.
    #[test]
    fn a_process_ends_with_its_value() {
        let folder = tempfile::tempdir().unwrap();
        let log = fs::File::create(folder.path().join("log")).unwrap();
        let script = "trap '' TERM; sleep 60 & echo $! > child; echo $$ > own; wait; wait";
        let command = file::Command {
            run: vec!["sh".to_owned(), "-c".to_owned(), script.to_owned()],
            user: None,
            environment: Default::default(),
        };
        let process = Process::start(&command, folder.path(), &log).unwrap();
        let own = folder.path().join("own");
        while !own.exists() || fs::read_to_string(&own).unwrap().is_empty() {
            std::thread::sleep(Duration::from_millis(5));
        }
        drop(process.stopped_by("TERM", Duration::from_millis(50)));
        for file in ["own", "child"] {
            let pid = fs::read_to_string(folder.path().join(file)).unwrap();
            // A child of a dead parent is nobody's to reap here: a zombie is dead enough. A kill may take its time to arrive.
            let gone = || {
                let status = fs::read_to_string(format!("/proc/{}/stat", pid.trim())).unwrap_or_default();
                status.is_empty() || status.contains(") Z ")
            };
            let deadline = std::time::Instant::now() + Duration::from_secs(10);
            while !gone() && std::time::Instant::now() < deadline {
                std::thread::sleep(Duration::from_millis(5));
            }
            assert!(gone(), "{file} still runs");
        }
    }
}
