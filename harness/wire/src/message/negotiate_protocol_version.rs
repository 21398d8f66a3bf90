use crate::codec::{Count, Fields, Text, Walk};

/// The backend does not have the version or the protocol options that the frontend asked for.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NegotiateProtocolVersion<'a> {
    /// The newest version that the backend has for the major version asked for.
    pub version: u32,
    /// The protocol options that it does not know.
    pub options: Vec<Text<'a>>,
}

impl<'a> Fields<'a> for NegotiateProtocolVersion<'a> {
    fn fields<W: Walk<'a>>(&mut self, walk: &mut W) -> Result<(), W::Error> {
        walk.version("version", &mut self.version)?;
        walk.list("options", Count::Int32, &mut self.options)
    }
}
