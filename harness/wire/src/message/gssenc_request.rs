use crate::codec::{Fields, Walk};

/// Asks, before the startup packet, for GSSAPI encryption.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct GSSENCRequest;

impl<'a> Fields<'a> for GSSENCRequest {
    fn fields<W: Walk<'a>>(&mut self, _: &mut W) -> Result<(), W::Error> {
        Ok(())
    }
}
