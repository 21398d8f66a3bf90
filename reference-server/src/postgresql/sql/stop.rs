//! Why evaluation stops before its end.

use crate::engine::SqlError;
use crate::postgresql::storage::Xid;
use pgconform_wire::value::Invalid;
use std::time::Duration;

/// Why evaluation stops before its end. What only waits is begun again when that is over: a query goes on with the row that
/// it was at, any other statement is undone and run again.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Stop {
    /// It has failed.
    Error(Box<SqlError>),
    /// It sleeps.
    Sleep(Duration),
    /// It waits for the end of another's transaction.
    Transaction(Xid),
    /// It waits for a lock that another session holds.
    Lock,
    /// It lets others have their turn: what it has sent so far goes out first.
    Yield,
    /// What it saw has changed meanwhile: it is run again at once, on a new snapshot.
    Again,
}

impl From<SqlError> for Stop {
    fn from(error: SqlError) -> Self {
        Self::Error(Box::new(error))
    }
}

impl From<Invalid> for Stop {
    #[track_caller]
    fn from(invalid: Invalid) -> Self {
        let mut error = SqlError::error(invalid.code, invalid.message);
        error.detail = invalid.detail;
        error.hint = invalid.hint;
        if invalid.context.is_some() {
            error.more().context = invalid.context;
        }
        error.into()
    }
}

impl Stop {
    /// An error.
    #[track_caller]
    pub(crate) fn error(code: &'static str, message: impl Into<std::borrow::Cow<'static, str>>) -> Self {
        SqlError::error(code, message).into()
    }

    /// The error, at this character of the query string unless it says already where.
    #[must_use]
    pub(crate) fn at(self, position: Option<usize>) -> Self {
        match self {
            Self::Error(error) => (*error).at(position).into(),
            other => other,
        }
    }
}
