use crate::codec::{Fields, Text, Walk};

/// A password, as it is or hashed as [`AuthenticationMD5Password`](super::AuthenticationMD5Password) asks.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PasswordMessage<'a> {
    /// The password.
    pub password: Text<'a>,
}

impl<'a> Fields<'a> for PasswordMessage<'a> {
    fn fields<W: Walk<'a>>(&mut self, walk: &mut W) -> Result<(), W::Error> {
        walk.secret_string("password", &mut self.password)
    }
}
