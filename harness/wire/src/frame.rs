//! Cuts a conversation into frames; keeps every byte and never fails.
//!
//! The concatenation of all frames of one side is, byte for byte, what that side sent, however it was split. Once a
//! length makes no sense, the rest of that side is kept as [`Content::Unframed`]: nothing behind it can be named.

use crate::message::Tag;
use crate::phase::{Head, Phase};
use crate::{Kind, Side};

/// The most that the length field of a startup packet may say: PostgreSQL's `MAX_STARTUP_PACKET_LENGTH`, which does not
/// count the field itself, and the field.
pub const MAX_STARTUP_LENGTH: i32 = 10_000 + 4;

/// The most that the length field of a frontend's message may say: PostgreSQL's `MaxAllocSize`, less one.
pub const MAX_LENGTH: i32 = 0x3fff_fffe;

/// The same for the backend, which counts what it allocates without the length field.
pub const MAX_BACKEND_LENGTH: i32 = MAX_LENGTH + 4;

/// A frame that came in pieces is put together in a buffer; one that grew beyond this is not kept.
const KEEP: usize = 1 << 16;

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
    /// They follow a GSSENCRequest that was granted.
    Gss,
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
    /// Why what follows is no frame, once that is so.
    lost: Option<Why>,
}

/// What the first bytes of a side are.
enum Cut {
    /// A frame of this many bytes.
    Frame(usize, Content),
    /// Not enough bytes to tell, or not all of the frame: at least this many are missing.
    Incomplete(usize),
    /// No frame begins here.
    None(Why),
}

impl Framer {
    /// Takes bytes that `side` sent; hands each frame that they complete to `each`.
    pub fn push(&mut self, side: Side, mut bytes: &[u8], mut each: impl FnMut(Frame<'_>)) {
        let mut partial = std::mem::take(&mut self.half(side).partial);
        // A frame under way gets what it lacks and no more; the frames behind it are cut where they are, uncopied.
        while !partial.is_empty() && !bytes.is_empty() {
            let lacks = match self.first(side, &partial) {
                Cut::Incomplete(lacks) => lacks.min(bytes.len()),
                Cut::Frame(..) | Cut::None(_) => 0,
            };
            partial.extend_from_slice(&bytes[..lacks]);
            bytes = &bytes[lacks..];
            let used = self.cut(side, &partial, &mut each);
            partial.drain(..used);
        }
        if partial.is_empty() {
            if partial.capacity() > KEEP {
                partial = Vec::new();
            }
            let used = self.cut(side, bytes, &mut each);
            partial.extend_from_slice(&bytes[used..]);
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
            let (length, content) = match self.first(side, rest) {
                Cut::Frame(length, content) => (length, content),
                Cut::Incomplete(_) => break,
                Cut::None(why) => {
                    // Encryption stays what it is; behind a bad length anything may follow.
                    let next = if matches!(why, Why::Tls | Why::Gss) { why } else { Why::Lost };
                    self.half(side).lost = Some(next);
                    (rest.len(), Content::Unframed(why))
                }
            };
            let bytes = &rest[..length];
            match content {
                Content::Message(Kind::GSSENCResponse) if bytes == b"G" => {
                    self.phase.observe(side, Kind::GSSENCResponse);
                    self.frontend.lost = Some(Why::Gss);
                    self.backend.lost = Some(Why::Gss);
                }
                Content::Message(kind) => self.phase.observe(side, kind),
                Content::UnknownType(_) | Content::UnknownAuthentication(_) | Content::Unframed(_) => {}
            }
            each(Frame { side, content, bytes });
            at += length;
        }
        at
    }

    /// What `bytes`, of which there is at least one, begin with.
    fn first(&self, side: Side, bytes: &[u8]) -> Cut {
        let half = match side {
            Side::Frontend => &self.frontend,
            Side::Backend => &self.backend,
        };
        if let Some(why) = half.lost {
            return Cut::None(why);
        }
        match self.phase.head(side) {
            Head::Untyped => untyped(bytes),
            Head::Reply(kind) if bytes[0] != b'E' => Cut::Frame(1, Content::Message(kind)),
            Head::Reply(_) | Head::Typed => typed(&self.phase, side, bytes),
        }
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
    let Some(length) = int32(bytes, 0) else { return Cut::Incomplete(4 - bytes.len()) };
    if !(8..=MAX_STARTUP_LENGTH).contains(&length) {
        return Cut::None(Why::Length(length));
    }
    let whole = length.unsigned_abs() as usize;
    if bytes.len() < whole {
        return Cut::Incomplete(whole - bytes.len());
    }
    let kind = int32(bytes, 4).and_then(|code| Kind::tagged(Side::Frontend, Tag::Request(code)));
    Cut::Frame(whole, Content::Message(kind.unwrap_or(Kind::StartupMessage)))
}

fn typed(phase: &Phase, side: Side, bytes: &[u8]) -> Cut {
    // The answer to a ClientHello, or encrypted data seen from outside. As a message it would have an unknown type and
    // 48 MiB or more, and everything up to there would be held back.
    if matches!(bytes, [0x14..=0x17, 0x03, ..]) {
        return Cut::None(Why::Tls);
    }
    let Some(length) = int32(bytes, 1) else { return Cut::Incomplete(5 - bytes.len()) };
    let most = if side == Side::Frontend { MAX_LENGTH } else { MAX_BACKEND_LENGTH };
    if !(4..=most).contains(&length) {
        return Cut::None(Why::Length(length));
    }
    let whole = 1 + length.unsigned_abs() as usize;
    if bytes.len() < whole {
        return Cut::Incomplete(whole - bytes.len());
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
