use crate::codec::{Fields, Walk};

/// Asks for a password hashed with MD5.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct AuthenticationMD5Password {
    /// The salt of the hash.
    pub salt: [u8; 4],
}

impl<'a> Fields<'a> for AuthenticationMD5Password {
    fn fields<W: Walk<'a>>(&mut self, walk: &mut W) -> Result<(), W::Error> {
        walk.bytes4("salt", &mut self.salt)
    }
}
