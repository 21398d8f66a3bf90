use crate::codec::{Fields, Walk};

/// The frontend is who it says.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct AuthenticationOk;

impl<'a> Fields<'a> for AuthenticationOk {
    fn fields<W: Walk<'a>>(&mut self, _: &mut W) -> Result<(), W::Error> {
        Ok(())
    }
}
