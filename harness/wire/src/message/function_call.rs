use crate::codec::{Count, Fields, Text, Walk};

/// Calls a function by its object identifier. Legacy.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct FunctionCall<'a> {
    /// The function's object identifier.
    pub function: u32,
    /// Format codes of the arguments: none (all text), one (for all), or one each.
    pub formats: Vec<i16>,
    /// The arguments; none stands for NULL.
    pub arguments: Vec<Option<Text<'a>>>,
    /// The format code of the result.
    pub result_format: i16,
}

impl<'a> Fields<'a> for FunctionCall<'a> {
    fn fields<W: Walk<'a>>(&mut self, walk: &mut W) -> Result<(), W::Error> {
        walk.oid("function", &mut self.function)?;
        walk.list("formats", Count::Int16, &mut self.formats)?;
        walk.list("arguments", Count::Int16, &mut self.arguments)?;
        walk.int16("result_format", &mut self.result_format)
    }
}
