//! What a session asks of a product's engine, and how the engine answers. The session knows the protocol's cycles: what is
//! refused, what is skipped, when it is ready. The engine knows SQL: statements, portals, transactions. It sends its
//! results itself, through the [`Outbox`]; an error it returns, and the session tells it.

use crate::outbox::Outbox;
use pgconform_wire::DecodeError;
use pgconform_wire::message::{Bind, FunctionCall, Parse};
use std::borrow::Cow;
use std::panic::Location;
use std::time::Duration;

/// How grave a report is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Severity {
    /// Told to those who ask for details.
    Debug,
    /// For the server's log, which this server does not have.
    Log,
    /// Asked for.
    Info,
    /// Worth knowing.
    Notice,
    /// Worth a look.
    Warning,
    /// The statement failed; the session goes on.
    Error,
    /// The session ends.
    Fatal,
}

impl Severity {
    /// As the fields `S` and `V` tell it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Debug => "DEBUG",
            Self::Log => "LOG",
            Self::Info => "INFO",
            Self::Notice => "NOTICE",
            Self::Warning => "WARNING",
            Self::Error => "ERROR",
            Self::Fatal => "FATAL",
        }
    }
}

/// An error or a notice, as ErrorResponse and NoticeResponse tell it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SqlError {
    /// How grave it is.
    pub severity: Severity,
    /// The SQLSTATE.
    pub code: Cow<'static, str>,
    /// The primary message.
    pub message: Cow<'static, str>,
    /// A second sentence, where one helps.
    pub detail: Option<String>,
    /// What to do about it, where we know.
    pub hint: Option<String>,
    /// Where in the query string, in characters from 1.
    pub position: Option<usize>,
    /// What is rarely told.
    pub more: Option<Box<More>>,
    /// Where in this program it was made.
    pub origin: Origin,
}

/// A place in a program, for the fields `F`, `L` and `R`. It is no part of what a report says: all places are equal.
#[derive(Clone, Copy, Debug)]
pub struct Origin {
    file: &'static str,
    line: u32,
    /// The routine by the product's name, where frontends look at it.
    routine: Option<&'static str>,
    /// It is told, whatever the product.
    always: bool,
}

impl PartialEq for Origin {
    fn eq(&self, _: &Self) -> bool {
        true
    }
}

impl Eq for Origin {}

impl Origin {
    /// The caller's, in this program.
    #[track_caller]
    fn here() -> Self {
        let place = Location::caller();
        Self { file: place.file(), line: place.line(), routine: None, always: false }
    }

    /// One in the program of the product that is played.
    pub fn elsewhere(file: &'static str, line: u32, routine: &'static str) -> Self {
        Self { file, line, routine: Some(routine), always: true }
    }

    /// The fields: the file, the line, and for the routine, which a program does not know of itself, mostly the module.
    fn fields(self) -> [(u8, Cow<'static, str>); 3] {
        let file = self.file.rsplit(['/', '\\']).next().unwrap_or_default();
        let routine = self.routine.unwrap_or_else(|| file.strip_suffix(".rs").unwrap_or(file));
        [(b'F', file.into()), (b'L', self.line.to_string().into()), (b'R', routine.into())]
    }
}

/// The fields of a report that few have.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct More {
    /// Where in [`query`](Self::query), in characters from 1.
    pub internal_position: Option<usize>,
    /// The query that the frontend did not send itself: a function's.
    pub query: Option<String>,
    /// The calls that led there, the innermost first, a line each.
    pub context: Option<String>,
    /// The schema of the object that it is about.
    pub schema: Option<String>,
    /// The table.
    pub table: Option<String>,
    /// The column.
    pub column: Option<String>,
    /// The data type.
    pub data_type: Option<String>,
    /// The constraint.
    pub constraint: Option<String>,
}

impl SqlError {
    /// A report.
    #[track_caller]
    pub fn new(
        severity: Severity,
        code: impl Into<Cow<'static, str>>,
        message: impl Into<Cow<'static, str>>,
    ) -> Self {
        Self {
            severity,
            code: code.into(),
            message: message.into(),
            detail: None,
            hint: None,
            position: None,
            more: None,
            origin: Origin::here(),
        }
    }

    /// An error of severity ERROR.
    #[track_caller]
    pub fn error(code: impl Into<Cow<'static, str>>, message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(Severity::Error, code, message)
    }

    /// An error of severity FATAL.
    #[track_caller]
    pub fn fatal(code: impl Into<Cow<'static, str>>, message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(Severity::Fatal, code, message)
    }

    /// With the name that PostgreSQL's routine has, for what frontends look at.
    #[must_use]
    pub fn routine(self, name: &'static str) -> Self {
        Self { origin: Origin { routine: Some(name), ..self.origin }, ..self }
    }

    /// With a detail.
    #[must_use]
    pub fn detail(self, detail: impl Into<String>) -> Self {
        Self { detail: Some(detail.into()), ..self }
    }

    /// With a hint.
    #[must_use]
    pub fn hint(self, hint: impl Into<String>) -> Self {
        Self { hint: Some(hint.into()), ..self }
    }

    /// At this character of the query string, unless it says already where.
    #[must_use]
    pub fn at(self, position: Option<usize>) -> Self {
        Self { position: self.position.or(position), ..self }
    }

    /// The fields that few reports have, to be set.
    pub fn more(&mut self) -> &mut More {
        self.more.get_or_insert_default()
    }

    /// The fields as they go over the wire, in PostgreSQL's order; with its origin, as PostgreSQL tells it, or without.
    pub fn fields(&self, origin: bool) -> Vec<(u8, Cow<'_, str>)> {
        let number = |value: Option<usize>| value.map(|value| Cow::from(value.to_string()));
        let text = |value: &'_ Option<String>| value.clone().map(Cow::from);
        let more = self.more.as_deref().cloned().unwrap_or_default();
        let fields = [
            (b'S', Some(self.severity.name().into())),
            (b'V', Some(self.severity.name().into())),
            (b'C', Some(Cow::from(&*self.code))),
            (b'M', Some(Cow::from(&*self.message))),
            (b'D', text(&self.detail)),
            (b'H', text(&self.hint)),
            (b'W', text(&more.context)),
            (b's', text(&more.schema)),
            (b't', text(&more.table)),
            (b'c', text(&more.column)),
            (b'd', text(&more.data_type)),
            (b'n', text(&more.constraint)),
            (b'P', number(self.position)),
            (b'p', number(more.internal_position)),
            (b'q', text(&more.query)),
        ];
        let mut fields: Vec<_> =
            fields.into_iter().filter_map(|(code, value)| value.map(|value| (code, value))).collect();
        if origin || self.origin.always {
            fields.extend(self.origin.fields());
        }
        fields
    }
}

/// How far what was asked has come.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Step {
    /// It is finished.
    Done,
    /// CopyInResponse was sent: [`copy_data`](Engine::copy_data) and [`copy_end`](Engine::copy_end) are next.
    CopyIn,
    /// It waits to be [resumed](Engine::resume): when it is woken, or when this much time has passed.
    Wait(Option<Duration>),
}

/// What a name names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Named<'a> {
    /// A prepared statement.
    Statement(&'a [u8]),
    /// A portal.
    Portal(&'a [u8]),
}

/// Why a session that waited is called.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Call {
    /// The time that it named has passed.
    Time,
    /// Something has happened elsewhere in the server that may concern it.
    Wake,
}

/// SQL for one session. Only a simple query is asked of every engine: where a profile claims more, its engine has more.
pub trait Engine: Send {
    /// Begins to run the statements of a query string.
    fn query(&mut self, query: &[u8], out: &mut Outbox) -> Result<Step, SqlError>;

    /// The parameters to tell at the start of the session; none: those of the profile.
    fn parameters(&mut self) -> Option<Vec<(String, String)>> {
        None
    }

    /// A text in the frontend's encoding, for the errors that the session tells.
    fn text(&self, text: &str) -> Vec<u8> {
        text.as_bytes().to_vec()
    }

    /// What to say to a message that does not decode.
    fn malformed(&mut self, error: &DecodeError, _frame: &[u8]) -> SqlError {
        SqlError::error("08P01", format!("invalid message format: {error}"))
    }

    /// Goes on with what waits.
    fn resume(&mut self, _why: Call, _out: &mut Outbox) -> Result<Step, SqlError> {
        Ok(Step::Done)
    }

    /// Makes a prepared statement.
    fn parse(&mut self, _parse: &Parse<'_>, _out: &mut Outbox) -> Result<(), SqlError> {
        Err(unsupported())
    }

    /// Makes a portal.
    fn bind(&mut self, _bind: &Bind<'_>, _out: &mut Outbox) -> Result<(), SqlError> {
        Err(unsupported())
    }

    /// Sends ParameterDescription, RowDescription, NoData.
    fn describe(&mut self, _what: Named<'_>, _out: &mut Outbox) -> Result<(), SqlError> {
        Err(unsupported())
    }

    /// Runs a portal, for at most this many rows if that is more than 0. It may [put that off](Outbox::hold) until
    /// [`sync`](Self::sync).
    fn execute(&mut self, _portal: &[u8], _limit: i32, _out: &mut Outbox) -> Result<Step, SqlError> {
        Err(unsupported())
    }

    /// Runs what [`execute`](Self::execute) has put off, before a message that is a cycle of its own.
    fn settle(&mut self, _out: &mut Outbox) -> Result<(), SqlError> {
        Ok(())
    }

    /// The frontend wants what there is by now.
    fn flush(&mut self, _out: &mut Outbox) -> Result<Step, SqlError> {
        Ok(Step::Done)
    }

    /// Forgets a statement or a portal.
    fn close(&mut self, _what: Named<'_>) -> Result<(), SqlError> {
        Err(unsupported())
    }

    /// The end of an extended-query segment: an implicit transaction ends.
    fn sync(&mut self, _out: &mut Outbox) -> Result<Step, SqlError> {
        Ok(Step::Done)
    }

    /// Takes what the frontend copies.
    fn copy_data(&mut self, _data: &[u8], _out: &mut Outbox) -> Result<(), SqlError> {
        Err(unsupported())
    }

    /// The frontend has copied all, or says why it cannot; the statement that copies goes on.
    fn copy_end(&mut self, _end: Result<(), SqlError>, _out: &mut Outbox) -> Result<Step, SqlError> {
        Err(unsupported())
    }

    /// Calls a function and sends FunctionCallResponse.
    fn call(&mut self, _call: &FunctionCall<'_>, _out: &mut Outbox) -> Result<Step, SqlError> {
        Err(SqlError::error("0A000", "function calls are not supported"))
    }

    /// An error was told: the transaction has failed, and nothing waits or copies any more.
    fn failed(&mut self, _out: &mut Outbox) {}

    /// The status that ReadyForQuery tells; what has piled up for when the session is idle is sent before.
    fn status(&mut self, _out: &mut Outbox) -> u8 {
        b'I'
    }

    /// Called while the session is idle: [woken](Call::Wake), or out of [patience](Self::patience).
    fn idle(&mut self, _why: Call, _out: &mut Outbox) -> Result<(), SqlError> {
        Ok(())
    }

    /// How long the session may stay idle as it is now.
    fn patience(&self) -> Option<Duration> {
        None
    }
}

fn unsupported() -> SqlError {
    SqlError::error("0A000", "the extended query protocol is not supported")
}
