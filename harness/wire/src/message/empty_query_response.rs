use crate::codec::{Fields, Walk};

/// Stands in for CommandComplete where the query string was empty.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct EmptyQueryResponse;

impl<'a> Fields<'a> for EmptyQueryResponse {
    fn fields<W: Walk<'a>>(&mut self, _: &mut W) -> Result<(), W::Error> {
        Ok(())
    }
}
