use crate::codec::{Fields, Walk};

/// A Close succeeded.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CloseComplete;

impl<'a> Fields<'a> for CloseComplete {
    fn fields<W: Walk<'a>>(&mut self, _: &mut W) -> Result<(), W::Error> {
        Ok(())
    }
}
