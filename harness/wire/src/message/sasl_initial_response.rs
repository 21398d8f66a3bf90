use crate::codec::{Fields, Text, Walk};

/// Chooses a SASL mechanism and opens its exchange.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SASLInitialResponse<'a> {
    /// The mechanism chosen.
    pub mechanism: Text<'a>,
    /// The mechanism's first data, if it begins with any.
    pub data: Option<Text<'a>>,
}

impl<'a> Fields<'a> for SASLInitialResponse<'a> {
    fn fields<W: Walk<'a>>(&mut self, walk: &mut W) -> Result<(), W::Error> {
        walk.string("mechanism", &mut self.mechanism)?;
        walk.secret_value("data", &mut self.data)
    }
}
