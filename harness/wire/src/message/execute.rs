use crate::codec::{Fields, Text, Walk};

/// Runs a portal.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Execute<'a> {
    /// The portal; empty names the unnamed one.
    pub portal: Text<'a>,
    /// The most rows to return before suspending the portal; 0 means all.
    pub max_rows: i32,
}

impl<'a> Fields<'a> for Execute<'a> {
    fn fields<W: Walk<'a>>(&mut self, walk: &mut W) -> Result<(), W::Error> {
        walk.string("portal", &mut self.portal)?;
        walk.int32("max_rows", &mut self.max_rows)
    }
}
