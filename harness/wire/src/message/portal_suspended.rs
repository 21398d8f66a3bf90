use crate::codec::{Fields, Walk};

/// An Execute reached its row limit; the portal has more.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct PortalSuspended;

impl<'a> Fields<'a> for PortalSuspended {
    fn fields<W: Walk<'a>>(&mut self, _: &mut W) -> Result<(), W::Error> {
        Ok(())
    }
}
