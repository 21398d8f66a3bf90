use crate::codec::{Fields, Text, Walk};

/// A later step of a SASL exchange.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SASLResponse<'a> {
    /// The mechanism's data.
    pub data: Text<'a>,
}

impl<'a> Fields<'a> for SASLResponse<'a> {
    fn fields<W: Walk<'a>>(&mut self, walk: &mut W) -> Result<(), W::Error> {
        walk.secret_rest("data", &mut self.data)
    }
}
