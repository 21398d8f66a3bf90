use crate::codec::{Fields, Text, Walk};

/// A piece of a copied data stream.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CopyData<'a> {
    /// The piece; its borders mean nothing where a frontend sends it.
    pub data: Text<'a>,
}

impl<'a> Fields<'a> for CopyData<'a> {
    fn fields<W: Walk<'a>>(&mut self, walk: &mut W) -> Result<(), W::Error> {
        walk.rest("data", &mut self.data)
    }
}
