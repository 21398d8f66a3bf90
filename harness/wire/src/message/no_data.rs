use crate::codec::{Fields, Walk};

/// The statement or portal returns no rows.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct NoData;

impl<'a> Fields<'a> for NoData {
    fn fields<W: Walk<'a>>(&mut self, _: &mut W) -> Result<(), W::Error> {
        Ok(())
    }
}
