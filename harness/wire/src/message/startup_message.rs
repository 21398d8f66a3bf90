use crate::codec::{Fields, Text, Walk};

/// Opens a session.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct StartupMessage<'a> {
    /// The protocol version asked for.
    pub version: u32,
    /// Names and values: `user`, `database`, run-time parameters, `_pq_.` options.
    pub parameters: Vec<(Text<'a>, Text<'a>)>,
}

impl<'a> Fields<'a> for StartupMessage<'a> {
    fn fields<W: Walk<'a>>(&mut self, walk: &mut W) -> Result<(), W::Error> {
        walk.version("version", &mut self.version)?;
        walk.parameters(&mut self.parameters)
    }
}
