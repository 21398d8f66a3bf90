use crate::codec::{Count, Fields, Text, Walk};

/// The columns of a result.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RowDescription<'a> {
    /// The columns.
    pub columns: Vec<Column<'a>>,
}

impl<'a> Fields<'a> for RowDescription<'a> {
    fn fields<W: Walk<'a>>(&mut self, walk: &mut W) -> Result<(), W::Error> {
        walk.list("columns", Count::Int16, &mut self.columns)
    }
}

/// A column of a result.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Column<'a> {
    /// Its name.
    pub name: Text<'a>,
    /// The object identifier of the table it is a column of; 0 if of none.
    pub table: u32,
    /// Its number in that table; 0 if in none.
    pub number: i16,
    /// The object identifier of its type.
    pub type_oid: u32,
    /// The size of the type; negative for a variable one.
    pub size: i16,
    /// The type modifier; -1 for none.
    pub modifier: i32,
    /// Its format code; 0 where it is not yet known.
    pub format: i16,
}

impl<'a> Fields<'a> for Column<'a> {
    fn fields<W: Walk<'a>>(&mut self, walk: &mut W) -> Result<(), W::Error> {
        walk.string("name", &mut self.name)?;
        walk.oid("table", &mut self.table)?;
        walk.int16("number", &mut self.number)?;
        walk.oid("type", &mut self.type_oid)?;
        walk.int16("size", &mut self.size)?;
        walk.int32("modifier", &mut self.modifier)?;
        walk.int16("format", &mut self.format)
    }
}
