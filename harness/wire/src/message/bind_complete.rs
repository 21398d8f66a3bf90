use crate::codec::{Fields, Walk};

/// A Bind succeeded.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct BindComplete;

impl<'a> Fields<'a> for BindComplete {
    fn fields<W: Walk<'a>>(&mut self, _: &mut W) -> Result<(), W::Error> {
        Ok(())
    }
}
