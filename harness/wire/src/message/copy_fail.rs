use crate::codec::{Fields, Text, Walk};

/// Ends a copy-in with failure.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CopyFail<'a> {
    /// What the backend reports as the cause.
    pub reason: Text<'a>,
}

impl<'a> Fields<'a> for CopyFail<'a> {
    fn fields<W: Walk<'a>>(&mut self, walk: &mut W) -> Result<(), W::Error> {
        walk.string("reason", &mut self.reason)
    }
}
