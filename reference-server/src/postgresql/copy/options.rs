//! The options of COPY.

use crate::engine::SqlError;
use crate::postgresql::settings::encoding::Encoding;
use crate::postgresql::sql::parse::{CopyOption, CopyValue};

/// A format.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Format {
    #[default]
    Text,
    Csv,
    Binary,
}

/// What the first line is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Header {
    /// A row.
    #[default]
    No,
    /// The names of the columns.
    Yes,
    /// The names of the columns, which must be right.
    Match,
}

/// Some of the columns.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) enum Columns {
    #[default]
    None,
    All,
    Named(Vec<String>),
}

impl Columns {
    /// Whether this column is among them.
    pub(crate) fn has(&self, column: &str) -> bool {
        match self {
            Self::None => false,
            Self::All => true,
            Self::Named(names) => names.iter().any(|name| name == column),
        }
    }
}

/// How much is told of rows that are skipped.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) enum Verbosity {
    Silent,
    /// How many.
    #[default]
    Default,
    /// Each.
    Verbose,
}

/// The options of a COPY.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Options {
    pub(crate) format: Format,
    pub(crate) header: Header,
    pub(crate) delimiter: u8,
    pub(crate) null: String,
    /// What stands for the column's default.
    pub(crate) default: Option<String>,
    pub(crate) quote: u8,
    pub(crate) escape: u8,
    pub(crate) force_quote: Columns,
    pub(crate) force_not_null: Columns,
    pub(crate) force_null: Columns,
    /// The client's if none.
    pub(crate) encoding: Option<Encoding>,
    /// Rows whose values are none of their column's type are skipped.
    pub(crate) skips_errors: bool,
    /// So many at most.
    pub(crate) reject_limit: Option<i64>,
    pub(crate) verbosity: Verbosity,
}

/// The options as they were given.
#[derive(Default)]
struct Given<'a> {
    format: Option<Format>,
    freeze: Option<bool>,
    delimiter: Option<&'a str>,
    null: Option<&'a str>,
    default: Option<&'a str>,
    header: Option<Header>,
    quote: Option<&'a str>,
    escape: Option<&'a str>,
    force_quote: Option<Columns>,
    force_not_null: Option<Columns>,
    force_null: Option<Columns>,
    encoding: Option<Encoding>,
    on_error: Option<bool>,
    reject_limit: Option<i64>,
    verbosity: Option<Verbosity>,
}

fn syntax(message: impl Into<String>) -> SqlError {
    SqlError::error("42601", message.into())
}

fn invalid(message: impl Into<String>) -> SqlError {
    SqlError::error("22023", message.into())
}

fn unsupported(message: impl Into<String>) -> SqlError {
    SqlError::error("0A000", message.into())
}

impl Options {
    /// Checks the options of a COPY FROM (`from`) or COPY TO.
    pub(crate) fn parse(options: &[CopyOption], from: bool) -> Result<Self, SqlError> {
        let mut given = Given::default();
        for option in options {
            given.take(option, from)?;
        }
        given.check(from)
    }

    /// That the columns which options name are copied. `table` is all columns of the table, none where a query is copied.
    pub(crate) fn check_columns(
        &self,
        relation: &str,
        table: Option<&[String]>,
        copied: &[String],
    ) -> Result<(), SqlError> {
        let options = [
            ("FORCE_QUOTE", &self.force_quote),
            ("FORCE_NOT_NULL", &self.force_not_null),
            ("FORCE_NULL", &self.force_null),
        ];
        for (option, columns) in options {
            let Columns::Named(names) = columns else { continue };
            for (place, name) in names.iter().enumerate() {
                let within = match table {
                    Some(table) if !table.contains(name) => {
                        let message = format!("column \"{name}\" of relation \"{relation}\" does not exist");
                        return Err(SqlError::error("42703", message));
                    }
                    None if !copied.contains(name) => {
                        return Err(SqlError::error("42703", format!("column \"{name}\" does not exist")));
                    }
                    _ => copied.contains(name),
                };
                if names[..place].contains(name) {
                    let message = format!("column \"{name}\" specified more than once");
                    return Err(SqlError::error("42701", message));
                }
                if !within {
                    let message = format!("{option} column \"{name}\" not referenced by COPY");
                    return Err(SqlError::error("42P10", message));
                }
            }
        }
        Ok(())
    }
}

fn once<T>(slot: &mut Option<T>, value: T, at: Option<usize>) -> Result<(), SqlError> {
    if slot.replace(value).is_some() {
        return Err(syntax("conflicting or redundant options").at(at));
    }
    Ok(())
}

impl<'a> Given<'a> {
    /// Takes an option.
    fn take(&mut self, option: &'a CopyOption, from: bool) -> Result<(), SqlError> {
        let (name, value) = (option.name.as_str(), option.value.as_ref());
        // Of what is wrong with a value's type, PostgreSQL does not tell where.
        let at = Some(option.at);
        let text = || match value {
            Some(CopyValue::Text(text)) => Ok(text.as_str()),
            _ => Err(syntax(format!("{name} requires a parameter"))),
        };
        let columns = || match value {
            Some(CopyValue::Columns(names)) => Ok(Columns::Named(names.clone())),
            Some(CopyValue::All) => Ok(Columns::All),
            _ => Err(invalid(format!("argument to option \"{name}\" must be a list of column names")).at(at)),
        };
        match name {
            "format" => {
                let format = match text()? {
                    "text" => Format::Text,
                    "csv" => Format::Csv,
                    "binary" => Format::Binary,
                    other => return Err(invalid(format!("COPY format \"{other}\" not recognized")).at(at)),
                };
                once(&mut self.format, format, at)
            }
            "freeze" => {
                let freeze = boolean(value).ok_or_else(|| syntax("freeze requires a Boolean value"))?;
                once(&mut self.freeze, freeze, at)
            }
            "delimiter" => once(&mut self.delimiter, text()?, at),
            "null" => once(&mut self.null, text()?, at),
            "default" => once(&mut self.default, text()?, at),
            "header" => once(&mut self.header, header(value, from)?, at),
            "quote" => once(&mut self.quote, text()?, at),
            "escape" => once(&mut self.escape, text()?, at),
            "force_quote" => once(&mut self.force_quote, columns()?, at),
            "force_not_null" => once(&mut self.force_not_null, columns()?, at),
            "force_null" => once(&mut self.force_null, columns()?, at),
            "encoding" => {
                let encoding = text().ok().and_then(|name| Encoding::named(name).ok());
                let wrong = "argument to option \"encoding\" must be a valid encoding name";
                once(&mut self.encoding, encoding.ok_or_else(|| invalid(wrong).at(at))?, at)
            }
            "on_error" => {
                if !from {
                    return Err(invalid("COPY ON_ERROR cannot be used with COPY TO").at(at));
                }
                let skips = match text()? {
                    word if word.eq_ignore_ascii_case("stop") => false,
                    word if word.eq_ignore_ascii_case("ignore") => true,
                    other => return Err(invalid(format!("COPY ON_ERROR \"{other}\" not recognized")).at(at)),
                };
                once(&mut self.on_error, skips, at)
            }
            "log_verbosity" => {
                let verbosity = match text()?.to_ascii_lowercase().as_str() {
                    "silent" => Verbosity::Silent,
                    "default" => Verbosity::Default,
                    "verbose" => Verbosity::Verbose,
                    other => {
                        return Err(invalid(format!("COPY LOG_VERBOSITY \"{other}\" not recognized")).at(at));
                    }
                };
                once(&mut self.verbosity, verbosity, at)
            }
            "reject_limit" => {
                let text = || text().map_err(|_| syntax("reject_limit requires a numeric value"));
                let limit: i64 = text()?.parse().map_err(|_| {
                    SqlError::error(
                        "22P02",
                        format!("invalid input syntax for type bigint: \"{}\"", text().unwrap_or_default()),
                    )
                })?;
                if limit <= 0 {
                    return Err(invalid(format!("REJECT_LIMIT ({limit}) must be greater than zero")));
                }
                once(&mut self.reject_limit, limit, at)
            }
            other => Err(syntax(format!("option \"{other}\" not recognized")).at(at)),
        }
    }

    /// Looks at them all, in PostgreSQL's order.
    fn check(self, from: bool) -> Result<Options, SqlError> {
        let format = self.format.unwrap_or_default();
        let csv = format == Format::Csv;
        if format == Format::Binary {
            let refused = [
                (self.delimiter.is_some(), syntax("cannot specify DELIMITER in BINARY mode")),
                (self.null.is_some(), syntax("cannot specify NULL in BINARY mode")),
                (self.default.is_some(), syntax("cannot specify DEFAULT in BINARY mode")),
            ];
            if let Some((_, error)) = refused.into_iter().find(|(given, _)| *given) {
                return Err(error);
            }
        }
        let delimiter = match self.delimiter {
            None => {
                if csv {
                    b','
                } else {
                    b'\t'
                }
            }
            Some(text) => one_byte("delimiter", text)?,
        };
        if matches!(delimiter, b'\n' | b'\r') {
            return Err(invalid("COPY delimiter cannot be newline or carriage return"));
        }
        let null = self.null.unwrap_or(if csv { "" } else { "\\N" });
        if null.contains(['\n', '\r']) {
            return Err(invalid("COPY null representation cannot use newline or carriage return"));
        }
        if self.default.is_some_and(|default| default.contains(['\n', '\r'])) {
            return Err(invalid("COPY default representation cannot use newline or carriage return"));
        }
        if !csv
            && (b"\\.".contains(&delimiter) || delimiter.is_ascii_lowercase() || delimiter.is_ascii_digit())
        {
            return Err(invalid(format!("COPY delimiter cannot be \"{}\"", char::from(delimiter))));
        }
        let header = self.header.unwrap_or_default();
        if format == Format::Binary && header != Header::No {
            return Err(unsupported("cannot specify HEADER in BINARY mode"));
        }
        let quote = match self.quote {
            Some(_) if !csv => return Err(unsupported("COPY QUOTE requires CSV mode")),
            Some(text) => one_byte("quote", text)?,
            None => b'"',
        };
        if csv && delimiter == quote {
            return Err(invalid("COPY delimiter and quote must be different"));
        }
        let escape = match self.escape {
            Some(_) if !csv => return Err(unsupported("COPY ESCAPE requires CSV mode")),
            Some(text) => one_byte("escape", text)?,
            None => quote,
        };
        let forced = [
            ("FORCE_QUOTE", &self.force_quote, false, "0A000", "COPY FROM"),
            ("FORCE_NOT_NULL", &self.force_not_null, true, "22023", "COPY TO"),
            ("FORCE_NULL", &self.force_null, true, "22023", "COPY TO"),
        ];
        for (option, columns, of_from, code, other) in forced {
            if columns.is_some() && !csv {
                return Err(unsupported(format!("COPY {option} requires CSV mode")));
            }
            if columns.is_some() && of_from != from {
                return Err(SqlError::error(code, format!("COPY {option} cannot be used with {other}")));
            }
        }
        let marker = |option: &str, text: &str, code: &'static str| {
            if text.as_bytes().contains(&delimiter) {
                let message =
                    format!("COPY delimiter character must not appear in the {option} specification");
                return Err(SqlError::error(code, message));
            }
            if csv && text.as_bytes().contains(&quote) {
                let message = format!("CSV quote character must not appear in the {option} specification");
                return Err(SqlError::error(code, message));
            }
            Ok(())
        };
        marker("NULL", null, "22023")?;
        if self.freeze == Some(true) && !from {
            return Err(invalid("COPY FREEZE cannot be used with COPY TO"));
        }
        if let Some(default) = self.default {
            if !from {
                return Err(unsupported("COPY DEFAULT cannot be used with COPY TO"));
            }
            marker("DEFAULT", default, "0A000")?;
            if default == null {
                return Err(unsupported("NULL specification and DEFAULT specification cannot be the same"));
            }
        }
        let skips_errors = self.on_error.unwrap_or(false);
        if format == Format::Binary && skips_errors {
            return Err(syntax("only ON_ERROR STOP is allowed in BINARY mode"));
        }
        if self.reject_limit.is_some() && !skips_errors {
            return Err(invalid("COPY REJECT_LIMIT requires ON_ERROR to be set to IGNORE"));
        }
        Ok(Options {
            format,
            header,
            delimiter,
            null: null.to_owned(),
            default: self.default.map(str::to_owned),
            quote,
            escape,
            force_quote: self.force_quote.unwrap_or_default(),
            force_not_null: self.force_not_null.unwrap_or_default(),
            force_null: self.force_null.unwrap_or_default(),
            encoding: self.encoding,
            skips_errors,
            reject_limit: self.reject_limit,
            verbosity: self.verbosity.unwrap_or_default(),
        })
    }
}

/// A character that must be one byte.
fn one_byte(what: &str, text: &str) -> Result<u8, SqlError> {
    match text.as_bytes() {
        [byte] => Ok(*byte),
        _ => Err(unsupported(format!("COPY {what} must be a single one-byte character"))),
    }
}

/// A boolean as options have them; without a value it is true.
fn boolean(value: Option<&CopyValue>) -> Option<bool> {
    let Some(value) = value else { return Some(true) };
    let CopyValue::Text(text) = value else { return None };
    match text.to_ascii_lowercase().as_str() {
        "true" | "on" | "1" => Some(true),
        "false" | "off" | "0" => Some(false),
        _ => None,
    }
}

fn header(value: Option<&CopyValue>, from: bool) -> Result<Header, SqlError> {
    match (boolean(value), value) {
        (Some(true), _) => Ok(Header::Yes),
        (Some(false), _) => Ok(Header::No),
        (None, Some(CopyValue::Text(text))) if text.eq_ignore_ascii_case("match") => match from {
            true => Ok(Header::Match),
            false => Err(unsupported("cannot use \"match\" with HEADER in COPY TO")),
        },
        (None, _) => Err(syntax("header requires a Boolean value or \"match\"")),
    }
}
