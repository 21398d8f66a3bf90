use crate::codec::{Fields, Walk};

/// Ends the session.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Terminate;

impl<'a> Fields<'a> for Terminate {
    fn fields<W: Walk<'a>>(&mut self, _: &mut W) -> Result<(), W::Error> {
        Ok(())
    }
}
