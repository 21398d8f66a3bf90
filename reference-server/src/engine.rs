//! What a session asks of an SQL engine, and what it gets back. A product's engine lives in the product's own module.

use crate::environment::Environment;
use std::borrow::Cow;

/// A column of a result, as RowDescription tells it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Column {
    /// Its name.
    pub name: String,
    /// The object identifier of its type.
    pub type_oid: u32,
    /// The size of the type in bytes; negative for a variable one.
    pub size: i16,
    /// The type modifier; -1 for none.
    pub modifier: i32,
}

/// A row: one value a column in text format; none stands for NULL.
pub type Row = Vec<Option<Vec<u8>>>;

/// What a statement gave.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answer {
    /// Rows, perhaps none, and the command tag.
    Rows {
        /// The columns.
        columns: Vec<Column>,
        /// The rows.
        rows: Vec<Row>,
        /// The command tag.
        tag: String,
    },
    /// No result set: the command tag.
    Done(String),
    /// The query string held no statement.
    Empty,
}

/// How far an error reaches.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Severity {
    /// The statement failed; the session goes on.
    Error,
    /// The session ends.
    Fatal,
}

/// An error as ErrorResponse tells it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SqlError {
    /// How far it reaches.
    pub severity: Severity,
    /// The SQLSTATE.
    pub code: &'static str,
    /// The primary message.
    pub message: Cow<'static, str>,
    /// A second sentence, where one helps.
    pub detail: Option<String>,
    /// What to do about it, where we know.
    pub hint: Option<String>,
    /// Where in the query string, in characters from 1.
    pub position: Option<usize>,
}

impl SqlError {
    /// An error of severity ERROR.
    pub fn error(code: &'static str, message: impl Into<Cow<'static, str>>) -> Self {
        Self {
            severity: Severity::Error,
            code,
            message: message.into(),
            detail: None,
            hint: None,
            position: None,
        }
    }

    /// An error of severity FATAL.
    pub fn fatal(code: &'static str, message: impl Into<Cow<'static, str>>) -> Self {
        Self { severity: Severity::Fatal, ..Self::error(code, message) }
    }
}

/// SQL for one session: its database, seen by its caller.
pub trait Engine: Send {
    /// Runs the statements of one query string, in order, up to the first that fails. One answer a statement;
    /// a string without statements gives one [`Answer::Empty`].
    fn simple_query(&mut self, query: &str, environment: &Environment) -> Vec<Result<Answer, SqlError>>;
}
