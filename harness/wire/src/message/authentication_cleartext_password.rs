use crate::codec::{Fields, Walk};

/// Asks for a password as it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct AuthenticationCleartextPassword;

impl<'a> Fields<'a> for AuthenticationCleartextPassword {
    fn fields<W: Walk<'a>>(&mut self, _: &mut W) -> Result<(), W::Error> {
        Ok(())
    }
}
