//! What COPY FROM reads: rows of fields.

use super::binary::Tuples;
use super::lines::Lines;
use super::options::{Format, Header, Options};
use super::{csv, text};
use crate::engine::SqlError;
use crate::postgresql::settings::encoding::Encoding;

/// A field of a row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Field {
    Null,
    /// The column's default.
    Default,
    /// A value in its text form.
    Text(String),
    /// A value in its binary form.
    Binary(Vec<u8>),
}

/// A row, as it was read, and where: what errors about it tell.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Record {
    pub(crate) fields: Vec<Field>,
    line: u64,
    /// The line itself, where there are lines.
    text: Option<String>,
}

/// Reads what the frontend copies in.
#[derive(Debug)]
pub(crate) struct Reader {
    options: Options,
    relation: String,
    columns: Vec<String>,
    source: Source,
    headed: bool,
}

#[derive(Debug)]
enum Source {
    Lines(Box<Lines>),
    Tuples(Tuples),
}

/// How much of a line or a value a context shows, in bytes.
const MOST_SHOWN: usize = 100;

fn shown(text: &str) -> String {
    if text.len() <= MOST_SHOWN {
        return text.to_owned();
    }
    format!("{}...", &text[..text.floor_char_boundary(MOST_SHOWN)])
}

fn bad(message: impl Into<String>) -> SqlError {
    SqlError::error("22P04", message.into())
}

impl Reader {
    /// Reads rows of these columns of a table, as a client of this encoding sends them.
    pub(crate) fn new(options: Options, relation: &str, columns: Vec<String>, client: Encoding) -> Self {
        let encoding = options.encoding.unwrap_or(client);
        let source = match options.format {
            Format::Text | Format::Csv => Source::Lines(Box::new(Lines::new(&options, encoding))),
            Format::Binary => Source::Tuples(Tuples::default()),
        };
        let headed = options.header == Header::No;
        Self { options, relation: relation.to_owned(), columns, source, headed }
    }

    /// Takes what came in.
    pub(crate) fn push(&mut self, bytes: &[u8]) {
        match &mut self.source {
            Source::Lines(lines) => lines.push(bytes),
            Source::Tuples(tuples) => tuples.push(bytes),
        }
    }

    /// Nothing more comes in.
    pub(crate) fn finish(&mut self) {
        match &mut self.source {
            Source::Lines(lines) => lines.finish(),
            Source::Tuples(tuples) => tuples.finish(),
        }
    }

    /// The options.
    pub(crate) fn options(&self) -> &Options {
        &self.options
    }

    /// The next row; none if more must come in, or if there is none. A row may have fewer fields than columns:
    /// [`field`](Self::field) tells.
    pub(crate) fn next(&mut self) -> Result<Option<Record>, SqlError> {
        loop {
            let Some(record) = self.record()? else { return Ok(None) };
            if self.headed {
                return Ok(Some(record));
            }
            self.headed = true;
            if self.options.header == Header::Match {
                self.check_header(&record).map_err(|error| self.of_record(&record, error))?;
            }
        }
    }

    fn record(&mut self) -> Result<Option<Record>, SqlError> {
        let columns = &self.columns;
        match &mut self.source {
            Source::Lines(lines) => {
                let read = lines.next();
                let line = lines.number();
                let text = match read {
                    Ok(Some(text)) => text,
                    Ok(None) => return Ok(None),
                    Err(error) => {
                        let record = Record { fields: Vec::new(), line, text: None };
                        return Err(self.of_record(&record, error));
                    }
                };
                let options = &self.options;
                let forced = |place: usize| {
                    let name = columns.get(place).map_or("", String::as_str);
                    (options.force_not_null.has(name), options.force_null.has(name))
                };
                let is_header = !self.headed;
                let fields = match options.format {
                    Format::Csv if is_header => csv::split(&text, options, |_| (false, false)),
                    Format::Csv => csv::split(&text, options, forced),
                    Format::Text | Format::Binary => text::split(&text, options),
                };
                let mut record = Record { fields: Vec::new(), line, text: Some(text) };
                record.fields = fields.map_err(|error| self.of_record(&record, error))?;
                // Where there are no columns, an empty line is a row without fields.
                if columns.is_empty() && record.text.as_deref() == Some("") {
                    record.fields.clear();
                }
                if !is_header && record.fields.len() > columns.len() {
                    let error = bad("extra data after last expected column");
                    return Err(self.of_record(&record, error));
                }
                Ok(Some(record))
            }
            Source::Tuples(tuples) => match tuples.next(columns.len()) {
                Ok(None) => Ok(None),
                Ok(Some(fields)) => Ok(Some(Record { fields, line: tuples.number(), text: None })),
                Err(bad) => {
                    let record = Record { fields: Vec::new(), line: tuples.number(), text: None };
                    Err(match bad.column {
                        _ if record.line == 0 => bad.error,
                        None => self.of_record(&record, bad.error),
                        Some(column) => {
                            let context = format!("{}, column {}", self.place(&record), columns[column]);
                            with_context(bad.error, context)
                        }
                    })
                }
            },
        }
    }

    fn check_header(&self, record: &Record) -> Result<(), SqlError> {
        let (got, expected) = (record.fields.len(), self.columns.len());
        if got != expected {
            return Err(bad(format!(
                "wrong number of fields in header line: got {got}, expected {expected}"
            )));
        }
        for (number, (field, column)) in (1..).zip(record.fields.iter().zip(&self.columns)) {
            let got = match field {
                Field::Text(text) if text == column => continue,
                Field::Text(text) => format!("\"{text}\""),
                Field::Null | Field::Default | Field::Binary(_) => {
                    format!("null value (\"{}\")", self.options.null)
                }
            };
            let message = format!(
                "column name mismatch in header line field {number}: got {got}, expected \"{column}\""
            );
            return Err(bad(message));
        }
        Ok(())
    }

    /// The field of a column, by its place among those that are copied.
    pub(crate) fn field<'a>(&self, record: &'a Record, column: usize) -> Result<&'a Field, SqlError> {
        record.fields.get(column).ok_or_else(|| {
            let error = bad(format!("missing data for column \"{}\"", self.columns[column]));
            self.of_record(record, error)
        })
    }

    /// What to say where a field asks for a default that its column does not have.
    pub(crate) fn no_default(&self, record: &Record, column: usize) -> SqlError {
        let detail = format!("Column \"{}\" has no default value.", self.columns[column]);
        self.of_record(record, bad("unexpected default marker in COPY data").detail(detail))
    }

    /// An error about a row: the context shows the line.
    pub(crate) fn of_record(&self, record: &Record, error: SqlError) -> SqlError {
        with_context(error, self.context(record))
    }

    /// The context of what happens while a row is taken: the line.
    pub(crate) fn context(&self, record: &Record) -> String {
        let place = self.place(record);
        match &record.text {
            Some(text) => format!("{place}: \"{}\"", shown(text)),
            None => place,
        }
    }

    /// An error about a row that is found after it was read: a key that is there already.
    pub(crate) fn of_line(&self, record: &Record, error: SqlError) -> SqlError {
        with_context(error, self.place(record))
    }

    /// An error about a field: the context shows its value.
    pub(crate) fn of_field(&self, record: &Record, column: usize, error: SqlError) -> SqlError {
        let place = format!("{}, column {}", self.place(record), self.columns[column]);
        let context = match record.fields.get(column) {
            Some(Field::Text(text)) => format!("{place}: \"{}\"", shown(text)),
            Some(Field::Binary(_)) => place,
            Some(Field::Null | Field::Default) | None => format!("{place}: null input"),
        };
        with_context(error, context)
    }

    /// An error about no row but the place that was come to: the frontend has given up.
    pub(crate) fn at_end(&self, error: SqlError) -> SqlError {
        let line = match &self.source {
            Source::Lines(lines) => lines.current(),
            Source::Tuples(tuples) if tuples.is_headed() => tuples.number() + 1,
            Source::Tuples(_) => return error,
        };
        self.of_line(&Record { fields: Vec::new(), line, text: None }, error)
    }

    fn place(&self, record: &Record) -> String {
        format!("COPY {}, line {}", self.relation, record.line)
    }

    /// Where a row is that is skipped, for `log_verbosity verbose`.
    pub(crate) fn skipped(&self, record: &Record, column: usize) -> SqlError {
        use crate::engine::Severity;
        let value = match record.fields.get(column) {
            Some(Field::Text(text)) => format!("\"{}\"", shown(text)),
            _ => "null input".to_owned(),
        };
        let message = format!(
            "skipping row due to data type incompatibility at line {} for column \"{}\": {value}",
            record.line, self.columns[column]
        );
        with_context(SqlError::new(Severity::Notice, "00000", message), format!("COPY {}", self.relation))
    }
}

/// The error, with this line behind its context.
fn with_context(mut error: SqlError, context: String) -> SqlError {
    let whole = match error.more().context.take() {
        Some(inner) => format!("{inner}\n{context}"),
        None => context,
    };
    error.more().context = Some(whole);
    error
}
