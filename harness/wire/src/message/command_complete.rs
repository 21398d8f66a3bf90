use crate::codec::{Fields, Text, Walk};

/// A statement has run.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct CommandComplete<'a> {
    /// The command tag: which command, and how many rows.
    pub tag: Text<'a>,
}

impl<'a> Fields<'a> for CommandComplete<'a> {
    fn fields<W: Walk<'a>>(&mut self, walk: &mut W) -> Result<(), W::Error> {
        walk.string("tag", &mut self.tag)
    }
}
