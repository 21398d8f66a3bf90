use crate::codec::{Fields, Text, Walk};

/// Closes a prepared statement or a portal.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Close<'a> {
    /// `S` for a prepared statement, `P` for a portal.
    pub target: u8,
    /// Its name; empty names the unnamed one.
    pub name: Text<'a>,
}

impl<'a> Fields<'a> for Close<'a> {
    fn fields<W: Walk<'a>>(&mut self, walk: &mut W) -> Result<(), W::Error> {
        walk.byte("target", &mut self.target)?;
        walk.string("name", &mut self.name)
    }
}
