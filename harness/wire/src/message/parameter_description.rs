use crate::codec::{Count, Fields, Walk};

/// The types of a prepared statement's parameters.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ParameterDescription {
    /// Their object identifiers.
    pub types: Vec<u32>,
}

impl<'a> Fields<'a> for ParameterDescription {
    fn fields<W: Walk<'a>>(&mut self, walk: &mut W) -> Result<(), W::Error> {
        walk.list("types", Count::Int16, &mut self.types)
    }
}
