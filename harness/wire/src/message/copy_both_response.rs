use crate::codec::{Count, Fields, Walk};

/// Starts copying in both directions. Replication only.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct CopyBothResponse {
    /// The overall format: 0 text, 1 binary.
    pub format: i8,
    /// The format code of each column.
    pub formats: Vec<i16>,
}

impl<'a> Fields<'a> for CopyBothResponse {
    fn fields<W: Walk<'a>>(&mut self, walk: &mut W) -> Result<(), W::Error> {
        walk.int8("format", &mut self.format)?;
        walk.list("formats", Count::Int16, &mut self.formats)
    }
}
