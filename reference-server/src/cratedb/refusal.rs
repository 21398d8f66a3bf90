//! How CrateDB says no: the exception that its own code throws, and what a frontend is told of it.

use crate::engine::{Origin, SqlError};
use std::borrow::Cow;

/// Which of CrateDB's exceptions it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Exception {
    /// The text is no statement.
    SqlParse,
    /// There is no such table or view.
    RelationUnknown,
    /// There is no such schema.
    SchemaUnknown,
    /// A name that no schema can have.
    InvalidSchemaName,
    /// There is no such column.
    ColumnUnknown,
    /// Two columns have this name.
    AmbiguousColumn,
    /// Two relations of a statement have this name.
    AmbiguousColumnAlias,
    /// There is such a table already.
    RelationExists,
    /// There is no such prepared statement.
    StatementUnknown,
    /// There is no such portal.
    PortalUnknown,
    /// There is such a row already.
    DuplicateKey,
    /// A value that a column cannot have: NULL where there must be one, a wrong primary key.
    ColumnValidation,
    /// A value cannot be made one of another type.
    Conversion,
    /// A value is beyond what its type can hold.
    OutOfRange,
    /// Bytes that are no binary form of the type.
    BinaryForm,
    /// Bytes that end before the binary form does.
    ShortForm,
    /// Bytes that are no text.
    Encoding,
    /// There is no such function, or not with such arguments.
    UnknownFunction,
    /// A parameter for which there is no value.
    NoParameter,
    /// What CrateDB does not do.
    Unsupported,
    /// An argument that means nothing.
    IllegalArgument,
    /// Arithmetic without a result.
    Arithmetic,
    /// Arithmetic with a result that its type cannot hold.
    Overflow,
    /// The statement was killed.
    JobKilled,
    /// A portal that gives no rows has run already.
    PortalEnded,
    /// It takes more than there is.
    CircuitBreaking,
}

impl Exception {
    /// The SQLSTATE: what CrateDB tells today where it tells a proper one, and PostgreSQL's otherwise.
    fn code(self) -> &'static str {
        match self {
            Self::SqlParse => "42601",
            Self::RelationUnknown => "42P01",
            Self::SchemaUnknown | Self::InvalidSchemaName => "3F000",
            Self::ColumnUnknown => "42703",
            Self::AmbiguousColumn => "42702",
            Self::AmbiguousColumnAlias => "42712",
            Self::RelationExists => "42P07",
            Self::StatementUnknown => "26000",
            Self::PortalUnknown => "34000",
            Self::DuplicateKey => "23505",
            Self::ColumnValidation => "23502",
            Self::Conversion => "22P02",
            Self::OutOfRange | Self::Overflow => "22003",
            Self::BinaryForm => "22P03",
            Self::ShortForm => "08P01",
            Self::Encoding => "22021",
            Self::UnknownFunction => "42883",
            Self::NoParameter => "42P02",
            Self::Unsupported => "0A000",
            Self::IllegalArgument => "22023",
            Self::Arithmetic => "22012",
            Self::JobKilled => "57014",
            Self::PortalEnded => "55000",
            Self::CircuitBreaking => "53200",
        }
    }

    /// The class, as 3.3 names it before the message of an error that has passed through another thread.
    fn class(self) -> &'static str {
        match self {
            Self::SqlParse => "SQLParseException",
            Self::RelationUnknown => "RelationUnknown",
            Self::SchemaUnknown => "SchemaUnknownException",
            Self::InvalidSchemaName => "InvalidSchemaNameException",
            Self::ColumnUnknown => "ColumnUnknownException",
            Self::AmbiguousColumn => "AmbiguousColumnException",
            Self::AmbiguousColumnAlias => "AmbiguousColumnAliasException",
            Self::RelationExists => "RelationAlreadyExists",
            Self::StatementUnknown | Self::PortalUnknown => "IllegalArgumentException",
            Self::DuplicateKey => "DuplicateKeyException",
            Self::ColumnValidation => "ColumnValidationException",
            Self::Conversion | Self::OutOfRange => "ConversionException",
            Self::Unsupported | Self::UnknownFunction => "UnsupportedFeatureException",
            Self::IllegalArgument
            | Self::NoParameter
            | Self::BinaryForm
            | Self::ShortForm
            | Self::Encoding => "SQLParseException",
            Self::PortalEnded => "IllegalStateException",
            Self::Arithmetic | Self::Overflow => "ArithmeticException",
            Self::JobKilled => "JobKilledException",
            Self::CircuitBreaking => "CircuitBreakingException",
        }
    }
}

/// Why a statement does not run, or does not end.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Refusal {
    pub(crate) exception: Exception,
    pub(crate) message: Cow<'static, str>,
    /// Where in the query string, in bytes from 0.
    pub(crate) at: Option<usize>,
}

impl Refusal {
    pub(crate) fn new(exception: Exception, message: impl Into<Cow<'static, str>>) -> Self {
        Self { exception, message: message.into(), at: None }
    }

    /// What CrateDB does not do.
    pub(crate) fn unsupported(message: impl Into<Cow<'static, str>>) -> Self {
        Self::new(Exception::Unsupported, message)
    }

    /// Told as 3.3 tells it. What has passed through another thread has the class before the message, and no SQLSTATE.
    pub(crate) fn into_java(self, wrapped: bool) -> SqlError {
        let class = self.exception.class();
        let error = match self.exception {
            _ if wrapped => SqlError::error("XX000", format!("{class}: {}", self.message)),
            Exception::Unsupported | Exception::UnknownFunction | Exception::IllegalArgument => {
                SqlError::error("0A000", self.message)
            }
            _ => SqlError::error("XX000", self.message),
        };
        // Which line it is, nobody can depend on.
        SqlError { origin: Origin::elsewhere("Session.java", 1, "process"), ..error }
    }

    /// Told as PostgreSQL's protocol has it: a SQLSTATE that means something, and where in the query string.
    pub(crate) fn into_proper(self, query: &str) -> SqlError {
        let characters = |at: usize| query.get(..at).map(|before| before.chars().count() + 1);
        SqlError::error(self.exception.code(), self.message).at(self.at.and_then(characters))
    }
}
