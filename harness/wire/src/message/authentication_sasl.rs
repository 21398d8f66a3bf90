use crate::codec::{Count, Fields, Text, Walk};

/// Asks for SASL authentication.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct AuthenticationSASL<'a> {
    /// The mechanisms on offer, the preferred one first.
    pub mechanisms: Vec<Text<'a>>,
}

impl<'a> Fields<'a> for AuthenticationSASL<'a> {
    fn fields<W: Walk<'a>>(&mut self, walk: &mut W) -> Result<(), W::Error> {
        walk.list("mechanisms", Count::UntilZero, &mut self.mechanisms)
    }
}
