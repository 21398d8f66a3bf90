use crate::codec::{Fields, Text, Walk};

/// GSSAPI or SSPI authentication data.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct GSSResponse<'a> {
    /// The token.
    pub data: Text<'a>,
}

impl<'a> Fields<'a> for GSSResponse<'a> {
    fn fields<W: Walk<'a>>(&mut self, walk: &mut W) -> Result<(), W::Error> {
        walk.secret_rest("data", &mut self.data)
    }
}
