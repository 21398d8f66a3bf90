//! One connection of our own client: bytes out, frames in, and the steps that wait for them.

use super::by_hand::ByHand;
use super::wire::Stop;
use crate::case::{Arg, Expected, Missing, Outgoing, Tls};
use crate::credentials::Credentials;
use crate::target::Place;
use crate::tls;
use crate::transcript::{Connection, Event, Kept, LIMIT};
use pgconform_wire::trace::{self, Secrets};
use pgconform_wire::{Backend, Content, Framer, Kind, Message, Side};
use std::collections::VecDeque;
use std::io;
use std::time::Duration;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::{Instant, timeout_at};
use tokio_rustls::rustls::pki_types::ServerName;

/// How long a session that a case leaves idle has to end after Terminate. Not ending is not judged here. In so many turns,
/// because on a busy machine all of the time may pass without the server having had one.
const FAREWELL: Duration = Duration::from_millis(1);
const FAREWELLS: usize = 10;

/// One connection.
pub(super) struct Line {
    stream: Option<Box<dyn Stream>>,
    framer: Framer,
    inbox: VecDeque<Kept>,
    ended: Option<Event>,
    /// Frames that wait for the first step that is no `F`: they go out in one write, as a pipeline.
    outgoing: Vec<u8>,
    log: Connection,
    received: usize,
    /// What BackendKeyData told, until it is asked for: process id and key.
    key_data: Option<(i32, Vec<u8>)>,
    by_hand: ByHand,
    /// What the TLS channel is known by, for SCRAM to bind to.
    end_point: Option<Vec<u8>>,
    limit: Duration,
}

trait Stream: AsyncRead + AsyncWrite + Unpin + Send {
    /// Closes with a reset instead of the usual farewell.
    fn abort(self: Box<Self>);
    /// The bare TCP stream, unless TLS runs on it.
    fn into_tcp(self: Box<Self>) -> Option<TcpStream>;
}

impl Stream for TcpStream {
    fn abort(self: Box<Self>) {
        _ = self.set_zero_linger();
    }

    fn into_tcp(self: Box<Self>) -> Option<TcpStream> {
        Some(*self)
    }
}

impl Stream for tokio_rustls::client::TlsStream<TcpStream> {
    fn abort(self: Box<Self>) {
        _ = self.get_ref().0.set_zero_linger();
    }

    fn into_tcp(self: Box<Self>) -> Option<TcpStream> {
        None
    }
}

impl Line {
    pub(super) fn new(name: &str, limit: Duration) -> Self {
        Self {
            stream: None,
            framer: Framer::default(),
            inbox: VecDeque::new(),
            ended: None,
            outgoing: Vec::new(),
            log: Connection::named(name),
            received: 0,
            key_data: None,
            by_hand: ByHand::default(),
            end_point: None,
            limit,
        }
    }

    /// Its name in the case.
    pub(super) fn name(&self) -> &str {
        &self.log.name
    }

    /// The step at this line of the case begins.
    pub(super) fn begin(&mut self, line: usize) {
        self.log.at = line;
    }

    /// What BackendKeyData told since this was last asked.
    pub(super) fn take_key_data(&mut self) -> Option<(i32, Vec<u8>)> {
        self.key_data.take()
    }

    /// The inputs that an authentication by hand gives, since this was last asked.
    pub(super) fn take_answers(&mut self, credentials: &Credentials) -> Vec<(&'static str, Vec<u8>)> {
        self.by_hand.answers(credentials, self.end_point.as_deref())
    }

    /// What the TLS channel is known by; none without TLS, or where the certificate does not say how to tell.
    pub(super) fn end_point(&self) -> Option<&[u8]> {
        self.end_point.as_deref()
    }

    /// What the step expected, and what came instead.
    pub(super) fn unmet(&self, expected: impl Into<String>, actual: impl Into<String>) -> Stop {
        let about = self.log.events.len().checked_sub(1).map(|event| (self.log.name.clone(), event));
        Stop::Unmet { line: self.log.at, expected: expected.into(), actual: actual.into(), about }
    }

    pub(super) async fn connect(&mut self, place: &Place) -> Result<(), Stop> {
        if self.stream.is_some() {
            return Ok(());
        }
        if self.ended.is_some() {
            return Err(Stop::Broken(format!("line {}: this connection is closed already", self.log.at)));
        }
        let connected = tokio::time::timeout(self.limit, TcpStream::connect(place.address)).await;
        match connected {
            Ok(Ok(stream)) => {
                stream.set_nodelay(true).map_err(|error| Stop::Broken(error.to_string()))?;
                self.stream = Some(Box::new(stream));
                Ok(())
            }
            Ok(Err(error)) => Err(self.unmet("a connection", format!("none: {error}"))),
            Err(_) => Err(self.unmet("a connection", format!("none within {:?}", self.limit))),
        }
    }

    pub(super) async fn send(
        &mut self,
        outgoing: &Outgoing,
        place: &Place,
        inputs: &Credentials,
    ) -> Result<(), Stop> {
        let bytes = outgoing.encode(inputs).map_err(missing)?;
        self.connect(place).await?;
        if outgoing.cuts.is_empty() {
            self.outgoing.extend_from_slice(&bytes);
            return Ok(());
        }
        self.flush().await?;
        let mut from = 0;
        for &cut in outgoing.cuts.iter().chain([&bytes.len()]) {
            let cut = cut.clamp(from, bytes.len());
            self.write(&bytes[from..cut]).await?;
            // Long enough for the piece to arrive alone; a server that waits for it must not mind.
            tokio::time::sleep(Duration::from_millis(2)).await;
            from = cut;
        }
        Ok(())
    }

    /// Sends a message now.
    pub(super) async fn send_now(&mut self, bytes: &[u8]) -> Result<(), Stop> {
        self.outgoing.extend_from_slice(bytes);
        self.flush().await
    }

    pub(super) async fn flush(&mut self) -> Result<(), Stop> {
        let bytes = std::mem::take(&mut self.outgoing);
        self.write(&bytes).await
    }

    /// Writes, and reads what comes meanwhile: a server that answers before it has read everything must not be blocked.
    async fn write(&mut self, mut bytes: &[u8]) -> Result<(), Stop> {
        if bytes.is_empty() {
            return Ok(());
        }
        let deadline = Instant::now() + self.limit;
        self.log.push(Side::Frontend, bytes);
        let by_hand = &mut self.by_hand;
        self.framer.push(Side::Frontend, bytes, |frame| {
            if let Content::Message(kind) = frame.content
                && let Ok(message) = Message::decode(frame.side, kind, frame.bytes)
            {
                by_hand.sees(&message);
            }
        });
        let mut scratch = vec![0; 16 << 10];
        while !bytes.is_empty() {
            let Some(stream) = &mut self.stream else { return Ok(()) };
            let (mut reader, mut writer) = tokio::io::split(stream);
            enum Moved {
                Wrote(io::Result<usize>),
                Read(io::Result<usize>),
            }
            let moved = async {
                tokio::select! {
                    biased;
                    wrote = writer.write(bytes) => Moved::Wrote(wrote),
                    read = reader.read(&mut scratch), if self.ended.is_none() => Moved::Read(read),
                }
            };
            match timeout_at(deadline, moved).await {
                Ok(Moved::Wrote(Ok(wrote))) if wrote > 0 => bytes = &bytes[wrote..],
                // The peer has closed: what it said before is still to be read, and is what the case is about.
                Ok(Moved::Wrote(_)) => return Ok(()),
                Ok(Moved::Read(read)) => self.take(read, &scratch)?,
                Err(_) => return Err(self.unmet("the backend to read", "it read nothing")),
            }
        }
        if let Some(stream) = &mut self.stream {
            _ = timeout_at(deadline, stream.flush()).await;
        }
        Ok(())
    }

    /// Takes note of the outcome of a read.
    fn take(&mut self, read: io::Result<usize>, bytes: &[u8]) -> Result<(), Stop> {
        match read {
            Ok(0) => self.end(Event::Closed(Side::Backend)),
            Ok(length) => {
                self.received += length;
                if self.received > LIMIT {
                    return Err(
                        self.unmet("an answer of reasonable size", format!("more than {LIMIT} bytes"))
                    );
                }
                let inbox = &mut self.inbox;
                self.framer.push(Side::Backend, &bytes[..length], |frame| {
                    let (side, content) = (frame.side, frame.content);
                    inbox.push_back(Kept { side, content, bytes: frame.bytes.to_vec() });
                });
            }
            // A TLS peer that closes without close_notify, or a server that closes over unread bytes.
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => {
                self.end(Event::Closed(Side::Backend))
            }
            Err(_) => self.end(Event::Reset(Side::Backend)),
        }
        Ok(())
    }

    fn end(&mut self, event: Event) {
        let inbox = &mut self.inbox;
        self.framer.finish(Side::Backend, |frame| {
            let (side, content) = (frame.side, frame.content);
            inbox.push_back(Kept { side, content, bytes: frame.bytes.to_vec() });
        });
        self.ended = Some(event);
    }

    /// Waits until a frame is there, or the end, or the deadline.
    async fn wait(&mut self, deadline: Instant) -> Result<(), Stop> {
        let mut scratch = vec![0; 16 << 10];
        while self.inbox.is_empty() && self.ended.is_none() {
            let Some(stream) = &mut self.stream else { return Ok(()) };
            match timeout_at(deadline, stream.read(&mut scratch)).await {
                Ok(read) => self.take(read, &scratch)?,
                Err(_) => return Ok(()),
            }
        }
        Ok(())
    }

    /// The next frame, taken into the transcript; what is there instead where there is none.
    pub(super) async fn next(&mut self) -> Result<Result<Kept, String>, Stop> {
        self.wait(Instant::now() + self.limit).await?;
        match self.inbox.pop_front() {
            Some(kept) => {
                self.log.push(Side::Backend, &kept.bytes);
                if let Some(Ok(message)) = kept.message() {
                    self.by_hand.sees(&message);
                    if let Message::Backend(Backend::BackendKeyData(data)) = message {
                        self.key_data = Some((data.process, data.key.0.to_vec()));
                    }
                }
                Ok(Ok(kept))
            }
            None => Ok(Err(self.nothing())),
        }
    }

    fn nothing(&mut self) -> String {
        if self.stream.is_none() {
            return "there is no connection".to_owned();
        }
        match self.ended.clone() {
            Some(event) => {
                self.log.note(event.clone());
                match event {
                    Event::Reset(_) => "the connection was reset".to_owned(),
                    _ => "the connection was closed".to_owned(),
                }
            }
            None => match self.framer.pending(Side::Backend) {
                0 => format!("nothing for {:?}", self.limit),
                bytes => format!("{bytes} bytes of an incomplete message, then nothing for {:?}", self.limit),
            },
        }
    }

    pub(super) async fn expect(&mut self, expected: &Expected, inputs: &Credentials) -> Result<(), Stop> {
        loop {
            let kept = match self.next().await? {
                Ok(kept) => kept,
                Err(nothing) => return Err(self.unmet(expected.to_string(), nothing)),
            };
            match expected.check(&kept, inputs) {
                Ok(()) => return Ok(()),
                Err(_) if passes_over(&kept) && expected.kind() != kind(&kept) => {}
                // Which of them comes first is the server's choice.
                Err(_) if passes_over(&kept) && kind(&kept) == Some(Kind::ParameterStatus) => {}
                // Where it is another message altogether, its name says it all.
                Err(_) if expected.kind() != kind(&kept) => {
                    return Err(self.unmet(expected.to_string(), actual(&kept, "")));
                }
                Err(why) => return Err(self.unmet(expected.to_string(), actual(&kept, &why))),
            }
        }
    }

    pub(super) async fn optional(&mut self, expected: &Expected, inputs: &Credentials) -> Result<(), Stop> {
        self.wait(Instant::now() + self.limit).await?;
        let Some(kept) = self.inbox.front() else { return Ok(()) };
        if expected.check(kept, inputs).is_ok() {
            self.next().await?.ok();
        }
        Ok(())
    }

    /// Takes messages up to the one that `expected` names, and leaves that.
    pub(super) async fn until(&mut self, expected: &Expected, inputs: &Credentials) -> Result<(), Stop> {
        loop {
            self.wait(Instant::now() + self.limit).await?;
            let Some(kept) = self.inbox.front() else {
                let nothing = self.nothing();
                return Err(self.unmet(expected.to_string(), nothing));
            };
            let same_kind = expected.kind().is_some() && expected.kind() == kind(kept);
            if expected.check(kept, inputs).is_ok() || (same_kind && !passes_over(kept)) {
                return Ok(());
            }
            self.next().await?.ok();
        }
    }

    pub(super) async fn closed(&mut self) -> Result<(), Stop> {
        loop {
            match self.next().await? {
                Ok(kept) if passes_over(&kept) => {}
                Ok(kept) => return Err(self.unmet("the backend to close", actual(&kept, ""))),
                Err(_) if self.ended.is_some() => return Ok(()),
                Err(nothing) => return Err(self.unmet("the backend to close", nothing)),
            }
        }
    }

    pub(super) async fn silence(&mut self, duration: Duration) -> Result<(), Stop> {
        let deadline = Instant::now() + duration;
        let expected = format!("silence for {duration:?}");
        loop {
            self.wait(deadline).await?;
            match self.inbox.pop_front() {
                Some(kept) => {
                    self.log.push(Side::Backend, &kept.bytes);
                    if !passes_over(&kept) {
                        return Err(self.unmet(expected, actual(&kept, "")));
                    }
                }
                None if self.ended.is_some() => {
                    let nothing = self.nothing();
                    return Err(self.unmet(expected, nothing));
                }
                None => return Ok(()),
            }
        }
    }

    pub(super) async fn tls(&mut self, step: &Tls, place: &Place) -> Result<(), Stop> {
        self.connect(place).await?;
        if step.refused && self.inbox.front().is_some_and(|kept| kept.bytes.first() == Some(&tls::ALERT)) {
            // What was sent before was taken for a handshake, and refused as one.
            self.log.note(Event::TlsFailed("refused before it began".to_owned()));
            self.ended = Some(Event::Closed(Side::Backend));
            return Ok(());
        }
        if !self.inbox.is_empty() || self.framer.pending(Side::Backend) > 0 {
            return Err(self.unmet("a TLS handshake", "bytes that came before it"));
        }
        let broken = |why: String| Stop::Broken(format!("TLS: {why}"));
        if step.version.as_deref() == Some(tls::TOO_OLD) {
            return self.old_tls().await;
        }
        let connector =
            tls::connector(place.authority.as_deref(), step).map_err(|error| broken(error.to_string()))?;
        let name = ServerName::try_from(place.host.clone()).map_err(|error| broken(error.to_string()))?;
        let stream = self.tcp()?;
        let handshake = tokio::time::timeout(self.limit, connector.connect(name, stream)).await;
        match (handshake, step.refused) {
            (Ok(Ok(stream)), false) => {
                let version = stream.get_ref().1.protocol_version().and_then(|version| version.as_str());
                self.log.note(Event::Tls(version.unwrap_or("TLS").to_owned()));
                let certificate = stream.get_ref().1.peer_certificates().and_then(<[_]>::first);
                self.end_point = certificate.and_then(tls::end_point);
                self.stream = Some(Box::new(stream));
                Ok(())
            }
            (Ok(Ok(stream)), true) => {
                // In TLS 1.3 the client is done before it can know what the server thinks of it.
                self.stream = Some(Box::new(stream));
                self.wait(Instant::now() + self.limit).await?;
                match self.ended {
                    Some(_) if self.inbox.is_empty() => {
                        self.log.note(Event::TlsFailed("closed after the handshake".to_owned()));
                        Ok(())
                    }
                    _ => Err(self.unmet("the TLS handshake to fail", "it succeeded")),
                }
            }
            (Ok(Err(error)), refused) => {
                self.log.note(Event::TlsFailed(first_line(&error.to_string())));
                self.ended = Some(Event::Closed(Side::Backend));
                if refused {
                    Ok(())
                } else {
                    Err(self.unmet("a TLS handshake", format!("it failed: {error}")))
                }
            }
            (Err(_), _) => {
                self.ended = Some(Event::Closed(Side::Frontend));
                Err(self.unmet("a TLS handshake", format!("none within {:?}", self.limit)))
            }
        }
    }

    /// Begins a handshake in a version that no server should accept any more.
    async fn old_tls(&mut self) -> Result<(), Stop> {
        let mut stream = self.tcp()?;
        let answer = async {
            stream.write_all(tls::OLD_CLIENT_HELLO).await?;
            // The type of the first record: an alert, or the server's part of the handshake.
            stream.read_u8().await
        };
        match tokio::time::timeout(self.limit, answer).await {
            Ok(Ok(tls::HANDSHAKE)) => Err(self.unmet("the TLS handshake to fail", "it was taken up")),
            Ok(_) => {
                self.log.note(Event::TlsFailed("protocol version".to_owned()));
                self.ended = Some(Event::Closed(Side::Backend));
                Ok(())
            }
            Err(_) => Err(self.unmet("the TLS handshake to fail", "nothing came")),
        }
    }

    /// The bare TCP stream, for a handshake on it.
    fn tcp(&mut self) -> Result<TcpStream, Stop> {
        match self.stream.take().and_then(Stream::into_tcp) {
            Some(stream) => Ok(stream),
            None => Err(Stop::Broken(format!("line {}: this connection runs in TLS already", self.log.at))),
        }
    }

    pub(super) fn is_connected(&self) -> bool {
        self.stream.is_some()
    }

    pub(super) async fn close(&mut self) -> Result<(), Stop> {
        if let Some(mut stream) = self.stream.take() {
            _ = stream.shutdown().await;
            self.note_end(Event::Closed(Side::Frontend));
        }
        Ok(())
    }

    pub(super) async fn half_close(&mut self) -> Result<(), Stop> {
        if let Some(stream) = &mut self.stream {
            _ = stream.shutdown().await;
            self.log.note(Event::Closed(Side::Frontend));
        }
        Ok(())
    }

    pub(super) fn reset(&mut self) -> Result<(), Stop> {
        if let Some(stream) = self.stream.take() {
            stream.abort();
            self.note_end(Event::Reset(Side::Frontend));
        }
        Ok(())
    }

    fn note_end(&mut self, event: Event) {
        self.log.note(event.clone());
        self.ended = Some(event);
    }

    pub(super) async fn finish(mut self) -> Connection {
        self.log.farewell = Some(self.log.events.len());
        let idle = self.log.events.iter().rev().find_map(|event| match event {
            Event::Frame(kept) => Some(kind(kept) == Some(Kind::ReadyForQuery)),
            _ => None,
        });
        if idle == Some(true) && self.stream.is_some() && self.ended.is_none() && self.inbox.is_empty() {
            _ = self.write(b"X\x00\x00\x00\x04").await;
        }
        let (end, mut silent) = (Instant::now() + self.limit, 0);
        while self.stream.is_some() && self.ended.is_none() && silent < FAREWELLS && Instant::now() < end {
            if self.wait(Instant::now() + FAREWELL).await.is_err() {
                break;
            }
            silent += usize::from(self.inbox.is_empty());
            self.drain();
        }
        self.drain();
        if let Some(event) = self.ended.take() {
            self.log.note(event);
        }
        self.log.finish();
        self.log
    }

    fn drain(&mut self) {
        while let Some(kept) = self.inbox.pop_front() {
            self.log.push(Side::Backend, &kept.bytes);
        }
    }
}

/// The name of the message in a frame, where it has one.
pub(super) fn kind(kept: &Kept) -> Option<Kind> {
    match kept.content {
        Content::Message(kind) => Some(kind),
        _ => None,
    }
}

/// Whether it may come at any time.
pub(super) fn passes_over(kept: &Kept) -> bool {
    matches!(kind(kept), Some(Kind::NoticeResponse | Kind::ParameterStatus | Kind::NotificationResponse))
}

/// A frame as it is told in a finding.
pub(super) fn actual(kept: &Kept, why: &str) -> String {
    let line = trace::line(kept.frame(), Secrets::Mask);
    let line = line.splitn(3, ' ').nth(2).unwrap_or(&line).to_owned();
    if why.is_empty() { line } else { format!("{line} ({why})") }
}

/// The target lacks an input.
pub(super) fn missing(missing: Missing) -> Stop {
    Stop::NotApplicable(missing.to_string())
}

fn first_line(text: &str) -> String {
    text.lines().next().unwrap_or_default().to_owned()
}

/// Resolves the arguments of a `login` line to startup parameters.
pub(super) fn parameters(args: &[Arg], inputs: &Credentials) -> Result<Vec<(String, Vec<u8>)>, Stop> {
    args.iter()
        .map(|arg| {
            let name = arg.name.clone().unwrap_or_default();
            let value = arg.value.bytes(inputs).map_err(missing)?;
            Ok((name, value.unwrap_or_default()))
        })
        .collect()
}
