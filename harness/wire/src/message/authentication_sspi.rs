use crate::codec::{Fields, Walk};

/// Asks for SSPI authentication.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct AuthenticationSSPI;

impl<'a> Fields<'a> for AuthenticationSSPI {
    fn fields<W: Walk<'a>>(&mut self, _: &mut W) -> Result<(), W::Error> {
        Ok(())
    }
}
