//! The extended query cycle, where it is refused: an error at the first message, and nothing more up to Sync.

use super::Session;
use crate::engine::SqlError;
use pgconform_wire::Frontend;
use pgconform_wire::message::{BindComplete, CloseComplete, NoData, ParameterDescription, ParseComplete};

impl Session {
    pub(super) fn refuse_extended(&mut self, message: &Frontend<'_>) {
        let error = SqlError::error("0A000", "the extended query protocol is not supported")
            .hint("use the simple query protocol, without parameters");
        self.after(message.kind(), Err(error));
    }

    /// What a server on the `pgwire` crate without an extended-query handler does: everything succeeds, nothing is
    /// looked at, and Execute ends the session.
    pub(super) fn pretend(&mut self, message: &Frontend<'_>) {
        match message {
            Frontend::Parse(_) => self.out.send(ParseComplete),
            Frontend::Bind(_) => self.out.send(BindComplete),
            Frontend::Close(_) => self.out.send(CloseComplete),
            Frontend::Describe(describe) => {
                if describe.target == b'S' {
                    self.out.send(ParameterDescription { types: Vec::new() });
                }
                self.out.send(NoData);
            }
            _ => self.fail(SqlError::fatal("08P01", "This feature is not implemented.")),
        }
        // It sends each message by itself.
        self.out.flush();
    }
}
