use crate::codec::{Fields, Text, Walk};

/// A later step of a GSSAPI or SSPI exchange.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct AuthenticationGSSContinue<'a> {
    /// The token.
    pub data: Text<'a>,
}

impl<'a> Fields<'a> for AuthenticationGSSContinue<'a> {
    fn fields<W: Walk<'a>>(&mut self, walk: &mut W) -> Result<(), W::Error> {
        walk.secret_rest("data", &mut self.data)
    }
}
