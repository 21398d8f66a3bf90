use crate::codec::{Fields, Walk};

/// The backend is ready for a new cycle.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ReadyForQuery {
    /// `I` idle, `T` in a transaction block, `E` in a failed one.
    pub status: u8,
}

impl<'a> Fields<'a> for ReadyForQuery {
    fn fields<W: Walk<'a>>(&mut self, walk: &mut W) -> Result<(), W::Error> {
        walk.byte("status", &mut self.status)
    }
}
