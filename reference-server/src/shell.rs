//! The thin shell around [`Session`]: sockets, TLS, time limits. Everything that a hostile or slow peer can use up is
//! bounded here or in the session.

use crate::engine::Call;
use crate::environment::{Bell, CancelFlag, Clock, Environment, Random};
use crate::server::Server;
use crate::session::{Session, Wants};
use crate::tls::Tls;
use pgconform_wire::Side;
use std::io;
use std::net::IpAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Notify, Semaphore};
use tokio::time::{Instant, sleep_until, timeout, timeout_at};

/// The most sessions at a time: PostgreSQL's `max_connections`.
const MAX_CONNECTIONS: usize = 100;

/// How many more connections are served to be told that there are too many. Further ones wait in the listener's queue.
const MAX_SURPLUS: usize = 100;

/// How much output waits for more: as much as with PostgreSQL.
const BUFFER: usize = 8 << 10;

/// How much, and for how long, a peer that is being refused may still send before its connection is cut.
const LINGER: (usize, Duration) = (256 << 10, Duration::from_millis(500));

/// Sees what goes over a connection, inside TLS, a message at a time: first what the frontend sent, then what the
/// session answered to just that. So the order is the protocol's, and not that of network packets.
pub trait Observer: Send {
    /// Bytes went over the connection.
    fn bytes(&mut self, from: Side, bytes: &[u8]);
    /// A TLS handshake succeeded (with this version) or failed (for this reason).
    fn tls(&mut self, outcome: Result<&str, &str>);
    /// A side closed.
    fn closed(&mut self, side: Side);
}

/// Sees nothing.
impl Observer for () {
    fn bytes(&mut self, _: Side, _: &[u8]) {}
    fn tls(&mut self, _: Result<&str, &str>) {}
    fn closed(&mut self, _: Side) {}
}

/// A server and the world it runs in: makes a session for each connection.
#[derive(Debug)]
pub struct Host {
    /// The server.
    pub server: Arc<Server>,
    /// Its TLS, where it has any.
    pub tls: Option<Tls>,
    /// Its clock.
    pub clock: Clock,
    /// Where process ids and cancel keys come from: this seed, or chance.
    pub seed: Option<u64>,
    connections: AtomicU32,
}

impl Host {
    /// A host for `server`.
    pub fn new(server: Arc<Server>, tls: Option<Tls>, clock: Clock, seed: Option<u64>) -> Self {
        Self { server, tls, clock, seed, connections: AtomicU32::new(0) }
    }

    /// A session for the next connection.
    fn session(&self, peer: IpAddr) -> io::Result<(Session, Arc<Notify>)> {
        let number = self.connections.fetch_add(1, Ordering::Relaxed);
        let random = match self.seed {
            Some(seed) => Random::Seeded { seed, connection: number },
            None => Random::System,
        };
        let process = 1000_i32.wrapping_add_unsigned(number);
        let wake = Arc::new(Notify::new());
        let ring = Arc::downgrade(&wake);
        let bell = Bell::new(move || {
            if let Some(wake) = ring.upgrade() {
                wake.notify_one();
            }
        });
        let key = random.bytes::<32>("cancel key").map_err(|_| io::Error::other("no randomness"))?.to_vec();
        let environment = Environment {
            clock: self.clock,
            process,
            key,
            random,
            peer,
            bell,
            cancel: CancelFlag::default(),
        };
        Ok((Session::new(self.server.clone(), environment), wake))
    }

    /// Serves connections that `listener` accepts, until the task is dropped.
    pub async fn serve(
        self: Arc<Self>,
        listener: TcpListener,
        observe: impl Fn() -> Box<dyn Observer>,
    ) -> io::Result<()> {
        let places = Arc::new(Semaphore::new(MAX_CONNECTIONS));
        let surplus = Arc::new(Semaphore::new(MAX_SURPLUS));
        loop {
            let (place, is_surplus) = match places.clone().try_acquire_owned() {
                Ok(place) => (place, false),
                Err(_) => match surplus.clone().acquire_owned().await {
                    Ok(place) => (place, true),
                    Err(_) => return Ok(()),
                },
            };
            let (stream, _) = match listener.accept().await {
                Ok(accepted) => accepted,
                // Out of descriptors, or the peer was gone already: neither is a reason to stop serving others.
                Err(_) => {
                    tokio::time::sleep(Duration::from_millis(10)).await;
                    continue;
                }
            };
            // Places may have come free while nobody asked for one.
            let (place, is_surplus) = match places.clone().try_acquire_owned() {
                Ok(free) if is_surplus => (free, false),
                _ => (place, is_surplus),
            };
            let (host, observer) = (self.clone(), observe());
            tokio::spawn(async move {
                // A connection that breaks is its peer's business.
                _ = host.converse(stream, observer, is_surplus).await;
                drop(place);
            });
        }
    }

    /// Serves one connection to its end.
    pub async fn connection(&self, stream: TcpStream, observer: Box<dyn Observer>) -> io::Result<()> {
        self.converse(stream, observer, false).await
    }

    async fn converse(
        &self,
        stream: TcpStream,
        mut observer: Box<dyn Observer>,
        surplus: bool,
    ) -> io::Result<()> {
        stream.set_nodelay(true)?;
        let (mut session, wake) = self.session(stream.peer_addr()?.ip())?;
        if surplus {
            session = session.surplus();
        }
        let deadline = Instant::now() + self.server.authentication_timeout;
        let served = self.serve_session(stream, &mut session, &wake, observer.as_mut(), deadline).await;
        if served.is_err() {
            // The peer is gone without a farewell, and so the connection is over for both.
            observer.closed(Side::Frontend);
            observer.closed(Side::Backend);
        }
        served
    }

    async fn serve_session(
        &self,
        stream: TcpStream,
        session: &mut Session,
        wake: &Notify,
        observer: &mut dyn Observer,
        deadline: Instant,
    ) -> io::Result<()> {
        let Some((stream, begun)) = converse(stream, session, wake, observer, deadline).await? else {
            return Ok(());
        };
        let Some(tls) = &self.tls else { return Ok(()) };
        match timeout_at(deadline, tls.accept(begun, stream)).await {
            Ok(Ok((stream, handshake))) => {
                let version = stream.get_ref().1.protocol_version().and_then(|version| version.as_str());
                observer.tls(Ok(version.unwrap_or("TLS")));
                session.tls_started(handshake);
                converse(stream, session, wake, observer, deadline).await?;
            }
            Ok(Err(error)) => observer.tls(Err(&error.to_string())),
            Err(_) => observer.tls(Err("timed out")),
        }
        Ok(())
    }
}

/// Moves bytes between `stream` and `session` until the connection ends, or the session wants TLS: then gives the
/// stream back, with what of the handshake was read already.
async fn converse<S: AsyncRead + AsyncWrite + Unpin>(
    mut stream: S,
    session: &mut Session,
    wake: &Notify,
    observer: &mut dyn Observer,
    deadline: Instant,
) -> io::Result<Option<(S, Vec<u8>)>> {
    let mut input: Vec<u8> = Vec::with_capacity(8 << 10);
    let mut output: Vec<u8> = Vec::new();
    let mut alarm: Option<(Duration, Instant)> = None;
    loop {
        let mut at = 0;
        loop {
            let taken = session.receive(&input[at..]);
            if taken > 0 {
                observer.bytes(Side::Frontend, &input[at..at + taken]);
                at += taken;
                // Others may have something to say, too, however much this frontend has sent.
                tokio::task::yield_now().await;
            }
            let answer = session.output();
            if !answer.is_empty() {
                observer.bytes(Side::Backend, &answer);
                output.extend_from_slice(&answer);
            }
            if session.flushes() || output.len() >= BUFFER {
                stream.write_all(&output).await?;
                output.clear();
            }
            if taken == 0 || session.wants() != Wants::Bytes {
                break;
            }
        }
        stream.flush().await?;
        input.drain(..at);
        match session.wants() {
            Wants::Bytes | Wants::Call => {}
            Wants::Close => {
                observer.closed(Side::Backend);
                return close(stream).await.map(|()| None);
            }
            // Bytes behind the SSLRequest were sent before the encryption that should protect them: somebody may have
            // put them there (CVE-2021-23214). They are not looked at.
            Wants::Tls { begun: false } if !input.is_empty() => {
                observer.closed(Side::Backend);
                return Ok(None);
            }
            Wants::Tls { .. } => return Ok(Some((stream, input))),
        }
        let reads = session.wants() == Wants::Bytes;
        // A session that is called for another reason goes on waiting for the same time, not for as long again.
        alarm = session.timer().map(|time| match alarm {
            Some((same, at)) if same == time => (same, at),
            _ => (time, Instant::now() + time),
        });
        let event = tokio::select! {
            read = stream.read_buf(&mut input), if reads => Event::Read(read?),
            () = wake.notified() => Event::Call(Call::Wake),
            () = sleep_until(alarm.map_or(deadline, |(_, at)| at)), if alarm.is_some() => Event::Call(Call::Time),
            () = sleep_until(deadline), if !session.is_authenticated() => {
                observer.closed(Side::Backend);
                return Ok(None);
            }
        };
        let read = match event {
            Event::Read(read) => read,
            Event::Call(why) => {
                if why == Call::Time {
                    alarm = None;
                }
                session.call(why);
                continue;
            }
        };
        if read == 0 {
            if !input.is_empty() {
                observer.bytes(Side::Frontend, &input);
            }
            observer.closed(Side::Frontend);
            session.gone();
            let farewell = session.output();
            if !farewell.is_empty() {
                observer.bytes(Side::Backend, &farewell);
                stream.write_all(&farewell).await?;
            }
            stream.shutdown().await?;
            observer.closed(Side::Backend);
            return Ok(None);
        }
    }
}

/// What ends a pause of the conversation.
enum Event {
    /// The frontend sent so many bytes; 0: it is gone.
    Read(usize),
    /// The session is to be called.
    Call(Call),
}

/// Closes so that what was written last arrives: a socket closed over unread bytes would send a reset, which can
/// overtake it.
async fn close<S: AsyncRead + AsyncWrite + Unpin>(mut stream: S) -> io::Result<()> {
    stream.shutdown().await?;
    let (mut left, time) = LINGER;
    let drain = async {
        let mut scratch = vec![0; 8 << 10];
        while left > 0 {
            match stream.read(&mut scratch).await {
                Ok(0) | Err(_) => return,
                Ok(read) => left = left.saturating_sub(read),
            }
        }
    };
    _ = timeout(time, drain).await;
    Ok(())
}
