use crate::codec::{Fields, Walk};

/// Asks for GSSAPI authentication.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct AuthenticationGSS;

impl<'a> Fields<'a> for AuthenticationGSS {
    fn fields<W: Walk<'a>>(&mut self, _: &mut W) -> Result<(), W::Error> {
        Ok(())
    }
}
