//! A server, and clients of it that see bytes.

use pgconform_reference_server::environment::Clock;
use pgconform_reference_server::server::Server;
use pgconform_reference_server::shell::Host;
use pgconform_wire::message::{CancelRequest, Query, StartupMessage};
use pgconform_wire::profile::Profile;
use pgconform_wire::version::V3_0;
use pgconform_wire::{Backend, Content, Framer, Frontend, Kind, Side, Text};
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Mutex, MutexGuard};
use tokio::time::timeout;

/// How long anything may take that is not meant to wait.
pub(crate) const PATIENCE: Duration = Duration::from_secs(20);

/// How many panics there were in this process: those of a task are nobody else's to notice.
static PANICS: AtomicUsize = AtomicUsize::new(0);

/// A server of its own, on a loopback port.
pub(crate) struct Served {
    pub(crate) address: SocketAddr,
    panics: usize,
    /// What was in memory before, in bytes: what other servers have used is not all given back.
    before: usize,
    /// One at a time: what this process has in memory is to be this server's.
    _alone: MutexGuard<'static, ()>,
    task: tokio::task::JoinHandle<()>,
}

impl Served {
    pub(crate) async fn start() -> Self {
        Self::of("postgres").await
    }

    /// A server that plays this profile.
    pub(crate) async fn of(name: &str) -> Self {
        static ALONE: Mutex<()> = Mutex::const_new(());
        let alone = ALONE.lock().await;
        static HOOK: std::sync::Once = std::sync::Once::new();
        HOOK.call_once(|| {
            let before = std::panic::take_hook();
            std::panic::set_hook(Box::new(move |panic| {
                if panic.location().is_some_and(|place| !place.file().contains("tests/")) {
                    PANICS.fetch_add(1, Ordering::SeqCst);
                }
                before(panic);
            }));
        });
        let read = |name: &str| {
            let file = format!("{}/../cases/profiles/{name}.toml", env!("CARGO_MANIFEST_DIR"));
            std::fs::read_to_string(&file).ok().map(|text| (file, text))
        };
        let (file, text) = read(name).unwrap();
        let profile = Profile::parse(name, &file, &text, &read).unwrap();
        let server = Arc::new(Server::new(&profile, []).unwrap());
        let host = Arc::new(Host::new(server, None, Clock::System, None));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let task = tokio::spawn(async move {
            host.serve(listener, || Box::new(())).await.unwrap();
        });
        Self { address, panics: PANICS.load(Ordering::SeqCst), before: resident(), _alone: alone, task }
    }

    /// A session that is ready.
    pub(crate) async fn login(&self) -> Peer {
        let mut peer = Peer::connect(self.address).await;
        peer.send(&startup()).await;
        peer.until_ready().await;
        peer
    }

    /// What this process has in memory since it began, in bytes.
    pub(crate) fn grown(&self) -> usize {
        resident().saturating_sub(self.before)
    }

    /// Ends it; nothing may have panicked.
    pub(crate) fn stop(self) {
        self.task.abort();
        assert_eq!(PANICS.load(Ordering::SeqCst), self.panics, "the server has panicked");
    }
}

pub(crate) fn startup<'a>() -> Frontend<'a> {
    let parameters = [("user", "postgres"), ("database", "postgres")];
    let parameters = parameters.map(|(name, value)| (name.into(), value.into())).into();
    StartupMessage { version: V3_0, parameters }.into()
}

/// A client.
pub(crate) struct Peer {
    address: SocketAddr,
    pub(crate) stream: TcpStream,
    framer: Framer,
    /// What was told to cancel by.
    key: (i32, Vec<u8>),
}

/// What came up to ReadyForQuery.
#[derive(Debug, Default)]
pub(crate) struct Told {
    /// The SQLSTATEs of errors.
    pub(crate) codes: Vec<String>,
    pub(crate) rows: usize,
    /// The first value of the last row.
    pub(crate) value: Vec<u8>,
    /// The server has closed the connection.
    pub(crate) closed: bool,
}

impl Peer {
    pub(crate) async fn connect(address: SocketAddr) -> Self {
        let stream = timeout(PATIENCE, TcpStream::connect(address)).await.unwrap().unwrap();
        Self { address, stream, framer: Framer::default(), key: (0, Vec::new()) }
    }

    pub(crate) async fn send(&mut self, message: &Frontend<'_>) {
        let mut bytes = Vec::new();
        message.clone().encode(&mut bytes).unwrap();
        self.bytes(&bytes).await;
    }

    /// Sends bytes; that the server has hung up is for the answer to tell.
    pub(crate) async fn bytes(&mut self, bytes: &[u8]) {
        _ = timeout(PATIENCE, self.stream.write_all(bytes)).await.expect("the server reads on");
    }

    pub(crate) async fn ask(&mut self, sql: &str) {
        self.send(&Query { query: Text(sql.as_bytes()) }.into()).await;
    }

    pub(crate) async fn query(&mut self, sql: &str) -> Told {
        self.ask(sql).await;
        self.until_ready().await
    }

    /// Reads up to ReadyForQuery or the end.
    pub(crate) async fn until_ready(&mut self) -> Told {
        let mut told = Told::default();
        let mut ready = false;
        let mut buffer = vec![0; 64 << 10];
        while !ready {
            let read = timeout(PATIENCE, self.stream.read(&mut buffer)).await;
            let read = read.expect("the server answers in time").unwrap_or(0);
            if read == 0 {
                told.closed = true;
                return told;
            }
            let key = &mut self.key;
            self.framer.push(Side::Backend, &buffer[..read], |frame| {
                let Content::Message(kind) = frame.content else { return };
                match Backend::decode(kind, frame.bytes) {
                    Ok(Backend::ErrorResponse(error)) => {
                        let code = error.fields.iter().find(|(field, _)| *field == b'C');
                        told.codes.extend(code.map(|(_, code)| code.lossy().into_owned()));
                    }
                    Ok(Backend::DataRow(row)) => {
                        told.rows += 1;
                        told.value =
                            row.values.first().copied().flatten().map_or(Vec::new(), |value| value.0.into());
                    }
                    Ok(Backend::BackendKeyData(data)) => *key = (data.process, data.key.0.to_vec()),
                    _ => {}
                }
                ready |= kind == Kind::ReadyForQuery;
            });
        }
        told
    }

    /// Asks on another connection to cancel what runs.
    pub(crate) async fn cancel(&self) {
        let mut other = Self::connect(self.address).await;
        let request = CancelRequest { process: self.key.0, key: Text(&self.key.1) };
        other.send(&request.into()).await;
        _ = other.stream.read(&mut [0]).await;
    }
}

/// What this process has in memory, in bytes; 0 where the system does not tell.
fn resident() -> usize {
    status("VmRSS:")
}

/// The most that it has had.
pub(crate) fn peak() -> usize {
    status("VmHWM:")
}

fn status(name: &str) -> usize {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix(name));
    line.and_then(|line| line.trim().strip_suffix(" kB")?.parse::<usize>().ok()).map_or(0, |kib| kib << 10)
}
