use crate::codec::{Fields, Walk};

/// Ends a copied data stream with success.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CopyDone;

impl<'a> Fields<'a> for CopyDone {
    fn fields<W: Walk<'a>>(&mut self, _: &mut W) -> Result<(), W::Error> {
        Ok(())
    }
}
