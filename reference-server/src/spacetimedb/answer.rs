//! What a statement gave, and how the frontend is told.

use crate::outbox::Outbox;
use pgconform_wire::Text;
use pgconform_wire::message::{self, CommandComplete, DataRow, EmptyQueryResponse, RowDescription};

/// A column of a result, as RowDescription tells it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Column {
    pub(crate) name: String,
    /// The object identifier of its type.
    pub(crate) type_oid: u32,
    /// The size of the type in bytes; negative for a variable one.
    pub(crate) size: i16,
    /// The type modifier; -1 for none.
    pub(crate) modifier: i32,
}

/// A row: one value a column in text format; none stands for NULL.
pub(crate) type Row = Vec<Option<Vec<u8>>>;

/// What a statement gave.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Answer {
    /// Rows, perhaps none, and the command tag.
    Rows { columns: Vec<Column>, rows: Vec<Row>, tag: String },
    /// No result set: the command tag.
    Done(String),
    /// The query string held no statement.
    Empty,
}

pub(crate) fn send(answer: Answer, out: &mut Outbox) {
    match answer {
        Answer::Rows { columns, rows, tag } => {
            out.send(RowDescription { columns: columns.iter().map(describe).collect() });
            for row in rows {
                out.send(DataRow { values: row.iter().map(|value| value.as_deref().map(Text)).collect() });
            }
            out.send(CommandComplete { tag: Text(tag.as_bytes()) });
        }
        Answer::Done(tag) => out.send(CommandComplete { tag: Text(tag.as_bytes()) }),
        Answer::Empty => out.send(EmptyQueryResponse),
    }
}

fn describe(column: &Column) -> message::Column<'_> {
    message::Column {
        name: Text(column.name.as_bytes()),
        type_oid: column.type_oid,
        size: column.size,
        modifier: column.modifier,
        ..message::Column::default()
    }
}
