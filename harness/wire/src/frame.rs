//! Cuts a conversation into frames; keeps every byte and never fails.
//!
//! The concatenation of all frames of one side is, byte for byte, what that side sent, however it was split. Once a
//! length makes no sense, the rest of that side is kept as [`Content::Unframed`]: nothing behind it can be named.

use crate::message::Tag;
use crate::phase::{Head, Phase};
use crate::{Kind, Side};

/// The longest startup packet: PostgreSQL's `MAX_STARTUP_PACKET_LENGTH`.
pub const MAX_STARTUP_LENGTH: i32 = 10_000;

/// The longest message: PostgreSQL's `MaxAllocSize`, less one.
pub const MAX_LENGTH: i32 = 0x3fff_fffe;

/// What a frame holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Content {
    /// A message of this kind, by its head; whether its fields decode is another matter.
    Message(Kind),
    /// A frame with a type byte that this side does not send.
    UnknownType(u8),
    /// A frame of type `R` whose authentication code the protocol does not have.
    UnknownAuthentication(i32),
    /// Bytes that are no frame.
    Unframed(Why),
}

/// Why bytes are no frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Why {
    /// Their length field cannot be.
    Length(i32),
    /// The stream ended inside the frame.
    Truncated,
    /// They look like TLS.
    Tls,
    /// They follow bytes that are no frame.
    Lost,
}

/// A frame, borrowed from the bytes it was cut from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Frame<'b> {
    /// Who sent it.
    pub side: Side,
    /// What it holds.
    pub content: Content,
    /// Its bytes, head included.
    pub bytes: &'b [u8],
}

/// Cuts both directions of one conversation.
#[derive(Debug, Default)]
pub struct Framer {
    phase: Phase,
    frontend: Half,
    backend: Half,
}

#[derive(Debug, Default)]
struct Half {
    /// The beginning of a frame whose end has not come yet.
    partial: Vec<u8>,
    lost: bool,
}

/// What the first bytes of a side are.
enum Cut {
    /// A frame of this many bytes.
    Frame(usize, Content),
    /// Not enough bytes to tell, or not all of the frame.
    Incomplete,
    /// No frame begins here.
    None(Why),
}

impl Framer {
    /// Takes bytes that `side` sent; hands each frame that they complete to `each`.
    pub fn push(&mut self, side: Side, bytes: &[u8], mut each: impl FnMut(Frame<'_>)) {
        let mut partial = std::mem::take(&mut self.half(side).partial);
        if partial.is_empty() {
            let used = self.cut(side, bytes, &mut each);
            partial.extend_from_slice(&bytes[used..]);
        } else {
            partial.extend_from_slice(bytes);
            let used = self.cut(side, &partial, &mut each);
            partial.drain(..used);
        }
        self.half(side).partial = partial;
    }

    /// Ends a side: hands over the bytes of a frame whose end never came.
    pub fn finish(&mut self, side: Side, mut each: impl FnMut(Frame<'_>)) {
        let partial = std::mem::take(&mut self.half(side).partial);
        if !partial.is_empty() {
            each(Frame { side, content: Content::Unframed(Why::Truncated), bytes: &partial });
        }
    }

    /// Bytes held of a frame whose end has not come yet.
    pub fn pending(&self, side: Side) -> usize {
        match side {
            Side::Frontend => self.frontend.partial.len(),
            Side::Backend => self.backend.partial.len(),
        }
    }

    fn half(&mut self, side: Side) -> &mut Half {
        match side {
            Side::Frontend => &mut self.frontend,
            Side::Backend => &mut self.backend,
        }
    }

    /// Cuts as many frames as `bytes` has; returns how many bytes they take.
    fn cut(&mut self, side: Side, bytes: &[u8], each: &mut impl FnMut(Frame<'_>)) -> usize {
        let mut at = 0;
        while at < bytes.len() {
            let rest = &bytes[at..];
            let (length, content) = if self.half(side).lost {
                (rest.len(), Content::Unframed(Why::Lost))
            } else {
                match first(&self.phase, side, rest) {
                    Cut::Frame(length, content) => (length, content),
                    Cut::Incomplete => break,
                    Cut::None(why) => {
                        self.half(side).lost = true;
                        (rest.len(), Content::Unframed(why))
                    }
                }
            };
            if let Content::Message(kind) = content {
                self.phase.observe(side, kind);
            }
            each(Frame { side, content, bytes: &rest[..length] });
            at += length;
        }
        at
    }
}

fn first(phase: &Phase, side: Side, bytes: &[u8]) -> Cut {
    match phase.head(side) {
        Head::Untyped => untyped(bytes),
        Head::Reply(kind) if bytes[0] != b'E' => Cut::Frame(1, Content::Message(kind)),
        Head::Reply(_) | Head::Typed => typed(phase, side, bytes),
    }
}

fn int32(bytes: &[u8], at: usize) -> Option<i32> {
    let bytes = bytes.get(at..at + 4)?;
    Some(i32::from_be_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]))
}

fn untyped(bytes: &[u8]) -> Cut {
    // The content type of a TLS handshake record. As a length it would announce a packet of 352 MiB or more.
    if bytes[0] == 0x16 {
        return Cut::None(Why::Tls);
    }
    let Some(length) = int32(bytes, 0) else { return Cut::Incomplete };
    if !(8..=MAX_STARTUP_LENGTH).contains(&length) {
        return Cut::None(Why::Length(length));
    }
    let whole = length.unsigned_abs() as usize;
    if bytes.len() < whole {
        return Cut::Incomplete;
    }
    let kind = int32(bytes, 4).and_then(|code| Kind::tagged(Side::Frontend, Tag::Request(code)));
    Cut::Frame(whole, Content::Message(kind.unwrap_or(Kind::StartupMessage)))
}

fn typed(phase: &Phase, side: Side, bytes: &[u8]) -> Cut {
    let Some(length) = int32(bytes, 1) else { return Cut::Incomplete };
    if !(4..=MAX_LENGTH).contains(&length) {
        return Cut::None(Why::Length(length));
    }
    let whole = 1 + length.unsigned_abs() as usize;
    if bytes.len() < whole {
        return Cut::Incomplete;
    }
    Cut::Frame(whole, name(phase, side, bytes))
}

fn name(phase: &Phase, side: Side, frame: &[u8]) -> Content {
    let byte = frame[0];
    if side == Side::Frontend && byte == b'p' {
        return Content::Message(phase.password());
    }
    if side == Side::Backend && byte == b'R' {
        // A code that is not there decodes, and fails, as the message that needs nothing else.
        let code = if frame.len() < 9 { 0 } else { int32(frame, 5).unwrap_or(0) };
        let kind = Kind::tagged(side, Tag::Authentication(code));
        return kind.map_or(Content::UnknownAuthentication(code), Content::Message);
    }
    Kind::tagged(side, Tag::Byte(byte)).map_or(Content::UnknownType(byte), Content::Message)
}
