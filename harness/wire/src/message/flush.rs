use crate::codec::{Fields, Walk};

/// Asks the backend to send what it has buffered.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Flush;

impl<'a> Fields<'a> for Flush {
    fn fields<W: Walk<'a>>(&mut self, _: &mut W) -> Result<(), W::Error> {
        Ok(())
    }
}
