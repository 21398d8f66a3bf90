use crate::codec::{Fields, Text, Walk};

/// The result of a FunctionCall.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct FunctionCallResponse<'a> {
    /// The result; none stands for NULL.
    pub value: Option<Text<'a>>,
}

impl<'a> Fields<'a> for FunctionCallResponse<'a> {
    fn fields<W: Walk<'a>>(&mut self, walk: &mut W) -> Result<(), W::Error> {
        walk.value("value", &mut self.value)
    }
}
