//! Where a conversation stands, as far as naming the next frame needs it.
//!
//! Three things cannot be told from a frame alone: whether the frontend still sends packets without a type byte, whether
//! the backend owes the single byte that answers an encryption request, and which of four messages a `p` is.

use crate::{Kind, Side};
use std::collections::VecDeque;

/// What the next bytes of one side look like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Head {
    /// A length and a request code or protocol version.
    Untyped,
    /// A single byte; or an ErrorResponse, which servers older than the request's invention send.
    Reply(Kind),
    /// A type byte and a length.
    Typed,
}

/// Follows a conversation.
#[derive(Clone, Debug)]
pub struct Phase {
    started: bool,
    replies_due: VecDeque<Kind>,
    password: Kind,
}

impl Default for Phase {
    fn default() -> Self {
        Self { started: false, replies_due: VecDeque::new(), password: Kind::PasswordMessage }
    }
}

impl Phase {
    /// What the next bytes of `side` look like.
    pub fn head(&self, side: Side) -> Head {
        match side {
            Side::Frontend if !self.started => Head::Untyped,
            Side::Backend => self.replies_due.front().map_or(Head::Typed, |kind| Head::Reply(*kind)),
            Side::Frontend => Head::Typed,
        }
    }

    /// Which message a `p` from the frontend is.
    pub fn password(&self) -> Kind {
        self.password
    }

    /// Takes note of a frame.
    pub fn observe(&mut self, side: Side, kind: Kind) {
        match (side, kind) {
            (Side::Frontend, Kind::SSLRequest) => self.replies_due.push_back(Kind::SSLResponse),
            (Side::Frontend, Kind::GSSENCRequest) => self.replies_due.push_back(Kind::GSSENCResponse),
            (Side::Frontend, Kind::StartupMessage) => self.started = true,
            (Side::Frontend, Kind::SASLInitialResponse) => self.password = Kind::SASLResponse,
            (Side::Backend, Kind::SSLResponse | Kind::GSSENCResponse | Kind::ErrorResponse) => {
                self.replies_due.pop_front();
            }
            (Side::Backend, Kind::AuthenticationCleartextPassword | Kind::AuthenticationMD5Password) => {
                self.password = Kind::PasswordMessage;
            }
            (Side::Backend, Kind::AuthenticationSASL) => self.password = Kind::SASLInitialResponse,
            (Side::Backend, Kind::AuthenticationSASLContinue) => self.password = Kind::SASLResponse,
            (Side::Backend, Kind::AuthenticationGSS | Kind::AuthenticationSSPI) => {
                self.password = Kind::GSSResponse;
            }
            _ => {}
        }
    }
}
