use crate::codec::{Fields, Text, Walk};

/// The outcome of a SASL exchange.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct AuthenticationSASLFinal<'a> {
    /// The mechanism's additional data.
    pub data: Text<'a>,
}

impl<'a> Fields<'a> for AuthenticationSASLFinal<'a> {
    fn fields<W: Walk<'a>>(&mut self, walk: &mut W) -> Result<(), W::Error> {
        walk.secret_rest("data", &mut self.data)
    }
}
