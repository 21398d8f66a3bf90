//! COPY.

use super::statement::Statement;
use super::tokens::Tokens;
use crate::engine::SqlError;
use sqlparser::ast;

/// A COPY statement.
#[derive(Clone, Debug)]
pub(crate) struct Copy {
    pub(crate) source: CopySource,
    /// From the frontend to the table, and not out.
    pub(crate) from: bool,
    pub(crate) end: CopyEnd,
    /// Its options, in order.
    pub(crate) options: Vec<CopyOption>,
    /// COPY FROM ... WHERE.
    pub(crate) condition: Option<Box<ast::Expr>>,
}

/// An option of COPY.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct CopyOption {
    pub(crate) name: String,
    /// Its value, where one is given.
    pub(crate) value: Option<CopyValue>,
    /// Where it begins in the query string, in characters from 1.
    pub(crate) at: usize,
}

/// The value of an option.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum CopyValue {
    /// A word, a string, a number.
    Text(String),
    /// A list of columns.
    Columns(Vec<String>),
    /// `*`: all columns.
    All,
}

/// What is copied.
#[derive(Clone, Debug)]
pub(crate) enum CopySource {
    /// A table, or these columns of it.
    Table(ast::ObjectName, Vec<String>),
    /// What a statement gives.
    Query(Box<Statement>),
}

/// Where to or from.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum CopyEnd {
    /// STDIN or STDOUT: the frontend.
    Frontend,
    /// A file of the server, or a program: this server has neither.
    File(String),
    Program(String),
}

/// From behind COPY.
pub(super) fn parse(tokens: &mut Tokens<'_>) -> Result<Copy, SqlError> {
    tokens.expect("copy")?;
    let mut options = Vec::new();
    let at = tokens.position();
    if tokens.word("binary") {
        let value = Some(CopyValue::Text("binary".to_owned()));
        options.push(CopyOption { name: "format".to_owned(), value, at });
    }
    let source = if tokens.symbol("(") {
        let queries = ["select", "values", "table", "with", "insert", "update", "delete", "merge"];
        if tokens.keyword().is_some_and(|word| !queries.contains(&&*word)) {
            return Err(tokens.unexpected());
        }
        let query = super::query(tokens)?;
        tokens.expect_symbol(")")?;
        CopySource::Query(Box::new(query))
    } else {
        let table = tokens.sqlparser(|parser| parser.parse_object_name(false))?;
        let columns = if tokens.symbol("(") { columns(tokens)? } else { Vec::new() };
        CopySource::Table(table, columns)
    };
    let from = match &source {
        CopySource::Table(..) if tokens.word("from") => true,
        _ => {
            tokens.expect("to")?;
            false
        }
    };
    let end = if tokens.word("stdin") || tokens.word("stdout") {
        CopyEnd::Frontend
    } else if tokens.word("program") {
        CopyEnd::Program(tokens.string()?)
    } else {
        CopyEnd::File(tokens.string()?)
    };
    tokens.word("with");
    if tokens.symbol("(") {
        loop {
            options.push(option(tokens)?);
            if !tokens.symbol(",") {
                break;
            }
        }
        tokens.expect_symbol(")")?;
    } else {
        while let Some(option) = old_option(tokens)? {
            options.push(option);
        }
    }
    let condition = if from && tokens.word("where") {
        Some(Box::new(tokens.sqlparser(|parser| parser.parse_expr())?))
    } else {
        None
    };
    Ok(Copy { source, from, end, options, condition })
}

fn columns(tokens: &mut Tokens<'_>) -> Result<Vec<String>, SqlError> {
    let mut columns = vec![tokens.name()?];
    while tokens.symbol(",") {
        columns.push(tokens.name()?);
    }
    tokens.expect_symbol(")")?;
    Ok(columns)
}

/// NAME [VALUE], in parentheses.
fn option(tokens: &mut Tokens<'_>) -> Result<CopyOption, SqlError> {
    let at = tokens.position();
    let name = tokens.name()?;
    let value = if tokens.is_symbol(",") || tokens.is_symbol(")") {
        None
    } else if tokens.symbol("(") {
        Some(CopyValue::Columns(columns(tokens)?))
    } else if tokens.symbol("*") {
        Some(CopyValue::All)
    } else if let Ok(text) = tokens.string() {
        Some(CopyValue::Text(text))
    } else if let Ok(number) = tokens.integer() {
        Some(CopyValue::Text(number.to_string()))
    } else {
        Some(CopyValue::Text(tokens.name()?))
    };
    Ok(CopyOption { name, value, at })
}

/// An option as PostgreSQL before 9.0 had them: `CSV HEADER DELIMITER AS ';'`.
fn old_option(tokens: &mut Tokens<'_>) -> Result<Option<CopyOption>, SqlError> {
    let at = tokens.position();
    let word = tokens.keyword().unwrap_or_default();
    let text = |tokens: &mut Tokens<'_>| {
        tokens.skip(1);
        tokens.word("as");
        tokens.string().map(CopyValue::Text)
    };
    let found = match word.as_str() {
        "binary" | "csv" => {
            tokens.skip(1);
            ("format", Some(CopyValue::Text(word)))
        }
        "header" => {
            tokens.skip(1);
            ("header", None)
        }
        "delimiter" | "delimiters" => ("delimiter", Some(text(tokens)?)),
        "null" => ("null", Some(text(tokens)?)),
        "quote" => ("quote", Some(text(tokens)?)),
        "escape" => ("escape", Some(text(tokens)?)),
        "encoding" => ("encoding", Some(text(tokens)?)),
        "force" => {
            tokens.skip(1);
            let name = if tokens.words(&["not", "null"]) {
                "force_not_null"
            } else if tokens.word("null") {
                "force_null"
            } else {
                tokens.expect("quote")?;
                "force_quote"
            };
            if tokens.symbol("*") {
                (name, Some(CopyValue::All))
            } else {
                let mut columns = vec![tokens.name()?];
                while tokens.symbol(",") {
                    columns.push(tokens.name()?);
                }
                (name, Some(CopyValue::Columns(columns)))
            }
        }
        _ => return Ok(None),
    };
    Ok(Some(CopyOption { name: found.0.to_owned(), value: found.1, at }))
}
