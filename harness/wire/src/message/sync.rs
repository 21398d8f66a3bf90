use crate::codec::{Fields, Walk};

/// Ends a series of extended-query messages: the point to which an error skips.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Sync;

impl<'a> Fields<'a> for Sync {
    fn fields<W: Walk<'a>>(&mut self, _: &mut W) -> Result<(), W::Error> {
        Ok(())
    }
}
