//! Every byte of a run in both directions, framed, with what happened between the bytes.
//!
//! A transcript is bounded: past [`LIMIT`] bytes a connection's frames are counted and no longer kept, and the run that
//! filled it is stopped.

use pgconform_wire::trace::{self, Secrets};
use pgconform_wire::{Content, DecodeError, Frame, Framer, Message, Side, Why};
use std::fmt::Write as _;

/// The most bytes kept of one connection.
pub const LIMIT: usize = 16 << 20;

/// A conversation over one connection, or over several.
#[derive(Debug, Default)]
pub struct Transcript {
    /// The connections, in the order in which they were opened.
    pub connections: Vec<Connection>,
}

/// One connection.
#[derive(Debug, Default)]
pub struct Connection {
    /// Its name in the case; empty for the main one.
    pub name: String,
    /// What happened, in the order in which the tap saw it.
    pub events: Vec<Event>,
    /// The line of the case that is being played; 0 where none is.
    pub at: usize,
    /// For each event, the line of the case at which it happened.
    pub lines: Vec<usize>,
    /// The first event after the case's last step, once it has ended.
    pub farewell: Option<usize>,
    framer: Framer,
    kept: usize,
    /// Bytes that came after the limit, and were not kept.
    pub dropped: usize,
}

/// Something that happened on a connection.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// A frame went by.
    Frame(Kept),
    /// A TLS handshake succeeded; what follows was tapped inside it. The protocol version, as `TLSv1.3`.
    Tls(String),
    /// A TLS handshake failed; why, in one line.
    TlsFailed(String),
    /// This side closed its sending side, or the whole connection.
    Closed(Side),
    /// The connection was aborted by this side.
    Reset(Side),
}

/// A frame that is kept.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept {
    /// Who sent it.
    pub side: Side,
    /// What it holds.
    pub content: Content,
    /// Its bytes.
    pub bytes: Vec<u8>,
}

impl Kept {
    /// The frame, borrowed.
    pub fn frame(&self) -> Frame<'_> {
        Frame { side: self.side, content: self.content, bytes: &self.bytes }
    }

    /// The message in it; none where its bytes are no message of a known kind.
    pub fn message(&self) -> Option<Result<Message<'_>, DecodeError>> {
        match self.content {
            Content::Message(kind) => Some(Message::decode(self.side, kind, &self.bytes)),
            Content::UnknownType(_) | Content::UnknownAuthentication(_) | Content::Unframed(_) => None,
        }
    }
}

impl Connection {
    /// A connection with this name.
    pub fn named(name: &str) -> Self {
        Self { name: name.to_owned(), ..Self::default() }
    }

    /// Takes bytes that `side` sent. Returns false once the limit is passed.
    pub fn push(&mut self, side: Side, bytes: &[u8]) -> bool {
        if self.kept + self.framer.pending(side) + bytes.len() > LIMIT {
            self.dropped += bytes.len();
            return false;
        }
        let (events, kept) = (&mut self.events, &mut self.kept);
        self.framer.push(side, bytes, |frame| {
            *kept += frame.bytes.len();
            keep(events, frame);
        });
        self.lines.resize(self.events.len(), self.at);
        true
    }

    /// Takes note of something other than bytes. The end of a side ends the frame it was in.
    pub fn note(&mut self, event: Event) {
        if let Event::Closed(side) | Event::Reset(side) = event {
            self.flush(side);
        }
        if self.events.last() != Some(&event) {
            self.events.push(event);
        }
        self.lines.resize(self.events.len(), self.at);
    }

    /// Ends both sides: bytes of a frame whose end never came become events.
    pub fn finish(&mut self) {
        self.flush(Side::Frontend);
        self.flush(Side::Backend);
    }

    fn flush(&mut self, side: Side) {
        let events = &mut self.events;
        self.framer.finish(side, |frame| keep(events, frame));
        self.lines.resize(self.events.len(), self.at);
    }

    /// The frames that `side` sent.
    pub fn frames(&self, side: Side) -> impl Iterator<Item = &Kept> {
        self.events.iter().filter_map(move |event| match event {
            Event::Frame(kept) if kept.side == side => Some(kept),
            _ => None,
        })
    }
}

/// Keeps a frame. Bytes that are no frame join those before them: how the network cut them means nothing.
fn keep(events: &mut Vec<Event>, frame: Frame<'_>) {
    if let (Content::Unframed(_), Some(Event::Frame(last))) = (frame.content, events.last_mut())
        && matches!(last.content, Content::Unframed(_))
        && last.side == frame.side
    {
        last.bytes.extend_from_slice(frame.bytes);
        return;
    }
    events.push(Event::Frame(Kept { side: frame.side, content: frame.content, bytes: frame.bytes.to_vec() }));
}

impl Event {
    /// The event as one line, secrets masked.
    pub fn line(&self) -> String {
        match self {
            Self::Frame(kept) => trace::line(kept.frame(), Secrets::Mask),
            Self::Tls(version) => format!("- {version}"),
            Self::TlsFailed(why) => format!("- TLS handshake failed: {why}"),
            Self::Closed(side) => format!("{} closed", side.letter()),
            Self::Reset(side) => format!("{} reset", side.letter()),
        }
    }
}

impl Transcript {
    /// The transcript as lines, without hexadecimal. Lines of a named connection begin with its name.
    pub fn lines(&self) -> Vec<String> {
        let lines = |connection: &Connection| {
            let prefix =
                if connection.name.is_empty() { String::new() } else { format!("[{}] ", connection.name) };
            let mut lines: Vec<_> =
                connection.events.iter().map(|event| format!("{prefix}{}", event.line())).collect();
            if connection.dropped > 0 {
                lines.push(format!("{prefix}- {} more bytes, past the limit of {LIMIT}", connection.dropped));
            }
            lines
        };
        self.connections.iter().flat_map(lines).collect()
    }

    /// The transcript as lines with, under each frame, the hexadecimal of its bytes.
    pub fn with_hex(&self) -> String {
        let mut out = String::new();
        for connection in &self.connections {
            if !connection.name.is_empty() {
                writeln!(out, "[{}]", connection.name).unwrap_or_default();
            }
            for event in &connection.events {
                writeln!(out, "{}", event.line()).unwrap_or_default();
                if let Event::Frame(kept) = event {
                    let hex = trace::hex(kept.frame(), Secrets::Mask);
                    // A TLS handshake is random by design: the head of its first record says what it is.
                    let random = kept.content == Content::Unframed(Why::Tls);
                    let (shown, rest) =
                        if random { (hex.get(..11), "    (and random bytes)\n") } else { (None, "") };
                    // Sixteen bytes a line: four groups of eight digits and a space.
                    for line in shown.unwrap_or(&hex).as_bytes().chunks(4 * 9) {
                        writeln!(out, "    {}", String::from_utf8_lossy(line).trim_end()).unwrap_or_default();
                    }
                    out.push_str(rest);
                }
            }
        }
        out
    }
}
