use crate::codec::{Fields, Text, Walk};

/// An error. The [field codes](crate::report) say what each field is.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ErrorResponse<'a> {
    /// Field codes and their values, as sent.
    pub fields: Vec<(u8, Text<'a>)>,
}

impl<'a> Fields<'a> for ErrorResponse<'a> {
    fn fields<W: Walk<'a>>(&mut self, walk: &mut W) -> Result<(), W::Error> {
        walk.report(&mut self.fields)
    }
}
