use crate::codec::{Fields, Text, Walk};

/// The value of a run-time parameter, at start and after each change.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ParameterStatus<'a> {
    /// The parameter.
    pub name: Text<'a>,
    /// Its value.
    pub value: Text<'a>,
}

impl<'a> Fields<'a> for ParameterStatus<'a> {
    fn fields<W: Walk<'a>>(&mut self, walk: &mut W) -> Result<(), W::Error> {
        walk.string("name", &mut self.name)?;
        walk.string("value", &mut self.value)
    }
}
