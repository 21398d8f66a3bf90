use crate::codec::{Fields, Text, Walk};

/// A simple query: one string of statements.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Query<'a> {
    /// The statements.
    pub query: Text<'a>,
}

impl<'a> Fields<'a> for Query<'a> {
    fn fields<W: Walk<'a>>(&mut self, walk: &mut W) -> Result<(), W::Error> {
        walk.string("query", &mut self.query)
    }
}
