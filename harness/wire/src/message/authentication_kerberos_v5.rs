use crate::codec::{Fields, Walk};

/// Asks for Kerberos V5. No longer in use.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct AuthenticationKerberosV5;

impl<'a> Fields<'a> for AuthenticationKerberosV5 {
    fn fields<W: Walk<'a>>(&mut self, _: &mut W) -> Result<(), W::Error> {
        Ok(())
    }
}
