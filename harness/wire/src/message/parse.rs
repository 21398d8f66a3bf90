use crate::codec::{Count, Fields, Text, Walk};

/// Makes a prepared statement.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Parse<'a> {
    /// Its name; empty names the unnamed one.
    pub statement: Text<'a>,
    /// The query text, with `$1`, `$2`, … for parameters.
    pub query: Text<'a>,
    /// Object identifiers of the parameters' types, where the frontend states them; 0 leaves one open.
    pub types: Vec<u32>,
}

impl<'a> Fields<'a> for Parse<'a> {
    fn fields<W: Walk<'a>>(&mut self, walk: &mut W) -> Result<(), W::Error> {
        walk.string("statement", &mut self.statement)?;
        walk.string("query", &mut self.query)?;
        walk.list("types", Count::Int16, &mut self.types)
    }
}
