use crate::codec::{Count, Fields, Text, Walk};

/// A row of a result.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DataRow<'a> {
    /// The column values; none stands for NULL.
    pub values: Vec<Option<Text<'a>>>,
}

impl<'a> Fields<'a> for DataRow<'a> {
    fn fields<W: Walk<'a>>(&mut self, walk: &mut W) -> Result<(), W::Error> {
        walk.list("values", Count::Int16, &mut self.values)
    }
}
