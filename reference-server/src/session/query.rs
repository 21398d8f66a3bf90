//! The simple query cycle.

use super::{Session, State};
use crate::engine::{Answer, Column, Row, Severity, SqlError};
use pgconform_wire::Text;
use pgconform_wire::message::{self, CommandComplete, DataRow, EmptyQueryResponse, RowDescription};

impl Session {
    pub(super) fn query(&mut self, query: message::Query<'_>) {
        let State::Ready(ready) = &mut self.state else { return };
        let answers = match query.query.as_str() {
            Some(query) => ready.engine.simple_query(query, &self.environment),
            None => vec![Err(SqlError::error("22021", "invalid byte sequence for encoding \"UTF8\""))],
        };
        for answer in answers {
            match answer {
                Ok(Answer::Rows { columns, rows, tag }) => self.rows(&columns, &rows, &tag),
                Ok(Answer::Done(tag)) => self.out.send(CommandComplete { tag: Text(tag.as_bytes()) }),
                Ok(Answer::Empty) => self.out.send(EmptyQueryResponse),
                Err(error) => {
                    let fatal = error.severity == Severity::Fatal;
                    self.fail(error);
                    if fatal {
                        return;
                    }
                }
            }
        }
        self.ready_for_query();
    }

    fn rows(&mut self, columns: &[Column], rows: &[Row], tag: &str) {
        self.out.send(RowDescription { columns: columns.iter().map(describe).collect() });
        for row in rows {
            let values = row.iter().map(|value| value.as_deref().map(Text)).collect();
            self.out.send(DataRow { values });
        }
        self.out.send(CommandComplete { tag: Text(tag.as_bytes()) });
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
