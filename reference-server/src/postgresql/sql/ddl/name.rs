//! Where what is created goes, and how what is dropped or altered is found.

use crate::engine::{Severity, SqlError};
use crate::postgresql::lookup::{self, parts, temporary_schema};
use crate::postgresql::sql::context::Context;
use crate::postgresql::sql::stop::Stop;
use crate::postgresql::storage::{Conflict, Oid, Versions};
use sqlparser::ast::{ObjectName, ObjectNamePart};

/// The number of the schema of what is temporary: which session's it is, is told beside it.
pub(super) const TEMPORARY: Oid = 0;

/// A schema, or what is temporary to a session.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct Place {
    pub(super) schema: Oid,
    pub(super) temporary: Option<i32>,
}

impl Place {
    /// The schema's name, as error fields tell it.
    pub(super) fn schema_name(self, context: &Context<'_>) -> String {
        match self.temporary {
            Some(process) => temporary_schema(process),
            None => context.lookup().schema_name(self.schema).unwrap_or_default(),
        }
    }

    /// Whether something is there.
    pub(super) fn has(self, schema: Oid, temporary: Option<i32>) -> bool {
        match self.temporary {
            Some(_) => temporary == self.temporary,
            None => temporary.is_none() && schema == self.schema,
        }
    }
}

fn of(context: &Context<'_>, place: lookup::Place) -> Place {
    match place {
        lookup::Place::Temporary => Place { schema: TEMPORARY, temporary: Some(context.session.process) },
        lookup::Place::Schema(schema) => Place { schema, temporary: None },
    }
}

/// Where something of this name is to be created, and its name there.
pub(super) fn target(
    context: &Context<'_>,
    name: &ObjectName,
    temporary: bool,
    text: &str,
) -> Result<(Place, String), Stop> {
    let lookup = context.lookup();
    let (schema, last) = parts(name);
    let place = match &schema {
        Some(schema) => lookup.place(schema).ok_or_else(|| no_schema(schema).at(position(text, name)))?,
        None if temporary => lookup::Place::Temporary,
        None => *lookup
            .path()
            .first()
            .ok_or_else(|| Stop::error("3F000", "no schema has been selected to create in"))?,
    };
    if temporary && place != lookup::Place::Temporary {
        let message = "cannot create temporary relation in non-temporary schema";
        return Err(Stop::error("42P16", message).at(position(text, name)));
    }
    Ok((of(context, place), last))
}

/// `schema "x" does not exist`
pub(super) fn no_schema(schema: &str) -> Stop {
    Stop::error("3F000", format!("schema \"{schema}\" does not exist"))
}

/// Where a name stands in the query string, in characters from 1.
pub(super) fn position(text: &str, name: &ObjectName) -> Option<usize> {
    let span = name.0.first().and_then(ObjectNamePart::as_ident)?.span;
    at(text, span)
}

/// Where a span begins in the query string, in characters from 1.
pub(super) fn at(text: &str, span: sqlparser::tokenizer::Span) -> Option<usize> {
    let line = usize::try_from(span.start.line.checked_sub(1)?).ok()?;
    let column = usize::try_from(span.start.column).ok()?;
    let before: usize = text.split_inclusive('\n').take(line).map(|line| line.chars().count()).sum();
    Some(before + column)
}

/// A name as messages tell it: with its schema if it was given so.
pub(super) fn shown(name: &ObjectName) -> String {
    match parts(name) {
        (Some(schema), last) => format!("{schema}.{last}"),
        (None, last) => last,
    }
}

/// A notice that something is passed over.
pub(super) fn skip(context: &mut Context<'_>, code: &'static str, message: String) {
    context.session.notice(SqlError::new(Severity::Notice, code, message));
}

/// Ends a version of a definition.
pub(super) fn end<T>(
    context: &mut Context<'_>,
    place: usize,
    kept: impl Fn(&mut crate::postgresql::database::Database) -> &mut Versions<T>,
) -> Result<(), Stop> {
    let stamp = context.session.transaction.stamp(context.database);
    // The log and what is kept are parts of the same database: the log is taken out for a moment.
    let log = std::mem::take(&mut context.database.transactions);
    let ended = kept(context.database).end(place, stamp, &log);
    context.database.transactions = log;
    ended.map_err(|conflict| match conflict {
        Conflict::Running(xid) => Stop::Transaction(xid),
        Conflict::Gone => Stop::Again,
    })
}
