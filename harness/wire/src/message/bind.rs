use crate::codec::{Count, Fields, Text, Walk};

/// Binds values to a statement's parameters and makes a portal of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Bind<'a> {
    /// The portal to make; empty names the unnamed one.
    pub portal: Text<'a>,
    /// The prepared statement; empty names the unnamed one.
    pub statement: Text<'a>,
    /// Format codes of the values: none (all text), one (for all), or one each.
    pub formats: Vec<i16>,
    /// The values; none stands for NULL.
    pub values: Vec<Option<Text<'a>>>,
    /// Format codes of the result columns: none (all text), one (for all), or one each.
    pub result_formats: Vec<i16>,
}

impl<'a> Fields<'a> for Bind<'a> {
    fn fields<W: Walk<'a>>(&mut self, walk: &mut W) -> Result<(), W::Error> {
        walk.string("portal", &mut self.portal)?;
        walk.string("statement", &mut self.statement)?;
        walk.list("formats", Count::Int16, &mut self.formats)?;
        walk.list("values", Count::Int16, &mut self.values)?;
        walk.list("result_formats", Count::Int16, &mut self.result_formats)
    }
}
