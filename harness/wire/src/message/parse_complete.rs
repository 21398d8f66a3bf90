use crate::codec::{Fields, Walk};

/// A Parse succeeded.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ParseComplete;

impl<'a> Fields<'a> for ParseComplete {
    fn fields<W: Walk<'a>>(&mut self, _: &mut W) -> Result<(), W::Error> {
        Ok(())
    }
}
