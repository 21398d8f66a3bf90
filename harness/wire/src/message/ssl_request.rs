use crate::codec::{Fields, Walk};

/// Asks, before the startup packet, for TLS.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct SSLRequest;

impl<'a> Fields<'a> for SSLRequest {
    fn fields<W: Walk<'a>>(&mut self, _: &mut W) -> Result<(), W::Error> {
        Ok(())
    }
}
