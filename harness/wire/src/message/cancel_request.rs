use crate::codec::{Fields, Text, Walk};

/// Asks, on a connection of its own, that another connection's statement be stopped. Never answered.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CancelRequest<'a> {
    /// The process id that [`BackendKeyData`](super::BackendKeyData) told.
    pub process: i32,
    /// The secret key that it told: 4 bytes in protocol 3.0, up to 256 in 3.2.
    pub key: Text<'a>,
}

impl<'a> Fields<'a> for CancelRequest<'a> {
    fn fields<W: Walk<'a>>(&mut self, walk: &mut W) -> Result<(), W::Error> {
        walk.int32("process", &mut self.process)?;
        walk.secret_rest("key", &mut self.key)
    }
}
