//! The PostgreSQL frontend/backend protocol, 3.0 and 3.2, without I/O, clock or randomness.
//!
//! The layers, lowest first:
//!
//! - [`frame`] cuts a conversation into frames. It keeps every byte and never fails: what cannot be framed is still
//!   there, in full, with the reason.
//! - [`phase`] knows where a conversation stands, as far as naming the next frame needs it.
//! - [`codec`] and [`message`] give a frame its fields, or refuse it with the field, the offset and the reason.
//! - [`trace`] prints a frame as one line, in the words of the case language, secrets masked.
//! - [`profile`] is what a server claims of all this.
//! - [`report`] names the fields of errors and notices; [`version`] holds the protocol's version numbers.
//!
//! The source of every message is the chapter "Frontend/Backend Protocol" of the PostgreSQL 18 documentation.

pub mod codec;
pub mod frame;
pub mod message;
pub mod phase;
pub mod profile;
pub mod report;
pub mod trace;
pub mod value;
pub mod version;

pub use codec::{DecodeError, Text};
pub use frame::{Content, Frame, Framer, Why};
pub use message::{Backend, Frontend, Kind};

/// Who sends: the frontend is the client, the backend the server.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Side {
    /// The client.
    Frontend,
    /// The server.
    Backend,
}

impl Side {
    /// The letter that traces and cases use: `F` or `B`.
    pub fn letter(self) -> char {
        match self {
            Self::Frontend => 'F',
            Self::Backend => 'B',
        }
    }

    /// The peer.
    #[must_use]
    pub fn other(self) -> Self {
        match self {
            Self::Frontend => Self::Backend,
            Self::Backend => Self::Frontend,
        }
    }
}

/// A message from either side.
#[derive(Clone, Debug, PartialEq)]
pub enum Message<'a> {
    /// From the frontend.
    Frontend(Frontend<'a>),
    /// From the backend.
    Backend(Backend<'a>),
}

impl<'a> Message<'a> {
    /// Decodes a whole frame of a known kind.
    pub fn decode(side: Side, kind: Kind, frame: &'a [u8]) -> Result<Self, DecodeError> {
        match side {
            Side::Frontend => Frontend::decode(kind, frame).map(Self::Frontend),
            Side::Backend => Backend::decode(kind, frame).map(Self::Backend),
        }
    }

    /// The message of this kind with every field zero; none where `side` does not send it.
    pub fn zero(side: Side, kind: Kind) -> Option<Self> {
        match side {
            Side::Frontend => Frontend::zero(kind).map(Self::Frontend),
            Side::Backend => Backend::zero(kind).map(Self::Backend),
        }
    }

    /// Tells the fields to `walk`.
    pub fn walk<W: codec::Walk<'a>>(&mut self, walk: &mut W) -> Result<(), W::Error> {
        match self {
            Self::Frontend(message) => message.walk(walk),
            Self::Backend(message) => message.walk(walk),
        }
    }

    /// Appends the message's frame to `out`; on error `out` is as before.
    pub fn encode(self, out: &mut Vec<u8>) -> Result<(), codec::TooLong> {
        match self {
            Self::Frontend(message) => message.encode(out),
            Self::Backend(message) => message.encode(out),
        }
    }
}
