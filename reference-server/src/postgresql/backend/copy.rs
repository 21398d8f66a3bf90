//! COPY: rows to the frontend as CopyData, and from it.

use super::Backend;
use super::portal::MOST_UNSENT;
use super::wait::{cancelled, no_wait};
use crate::engine::{Severity, SqlError, Step};
use crate::outbox::Outbox;
use crate::postgresql::copy::{Field, Format, Options, Reader, Record, Verbosity, Writer};
use crate::postgresql::definition::{Kind, Relation};
use crate::postgresql::lookup::{self, Table};
use crate::postgresql::sql::analyse::{Analyser, Parameters, Scope, fold_query, user_table};
use crate::postgresql::sql::context::Context;
use crate::postgresql::sql::expr::{Expr, Node};
use crate::postgresql::sql::known::Known;
use crate::postgresql::sql::modify::{Action, Modify};
use crate::postgresql::sql::parse::{Copy, CopyEnd, CopySource, Statement};
use crate::postgresql::sql::query::{Column, Plan, Query};
use crate::postgresql::sql::run::Rows;
use crate::postgresql::sql::stop::Stop;
use crate::postgresql::storage::Row;
use pgconform_wire::Text;
use pgconform_wire::message::{CopyData, CopyDone, CopyInResponse, CopyOutResponse};
use pgconform_wire::value::{self, Value};
use sqlparser::ast;
use std::sync::Arc;

/// Rows being copied to the frontend.
pub(crate) struct CopyOut {
    query: Arc<Query>,
    rows: Rows,
    writer: Writer,
    binary: bool,
    sent: u64,
    begun: bool,
}

/// Rows being copied from the frontend.
pub(crate) struct CopyIn {
    reader: Reader,
    relation: Arc<Relation>,
    /// The places in the table of the columns that are copied.
    places: Vec<usize>,
    /// What each column of the table is set to, if it is not copied.
    defaults: Vec<Expr>,
    condition: Option<Expr>,
    rows: u64,
    /// How many rows were skipped because a value was none of its column's type.
    skipped: u64,
    /// The row that was read last.
    last: Option<Record>,
    /// How many subtransactions were open before it.
    depth: usize,
}

/// What became of a row that was copied in.
enum Taken {
    Inserted,
    /// WHERE does not want it.
    Left,
    /// A value is none of its column's type, and that is to be ignored.
    Skipped,
}

impl CopyIn {
    fn skip(&mut self) -> Result<(), Stop> {
        self.skipped += 1;
        let limit = self.reader.options().reject_limit.and_then(|limit| u64::try_from(limit).ok());
        match limit.filter(|limit| self.skipped > *limit) {
            None => Ok(()),
            Some(limit) => {
                let why =
                    format!("skipped more than REJECT_LIMIT ({limit}) rows due to data type incompatibility");
                Err(self.reader.at_end(SqlError::error("22P02", why)).into())
            }
        }
    }

    /// What is told at the end of rows that were skipped.
    fn skips(&self) -> Option<SqlError> {
        let rows = if self.skipped == 1 { "row was" } else { "rows were" };
        let why = format!("{} {rows} skipped due to data type incompatibility", self.skipped);
        let tells = self.skipped > 0 && self.reader.options().verbosity != Verbosity::Silent;
        tells.then(|| SqlError::new(Severity::Notice, "00000", why))
    }
}

impl Backend {
    /// Begins to copy out: analyses and plans, and sends nothing yet.
    pub(super) fn begin_copy_out(&mut self, copy: &Copy, text: &Arc<str>) -> Result<CopyOut, Stop> {
        let options = Options::parse(&copy.options, false)?;
        refuse_files(copy)?;
        let client = self.session.settings.encoding();
        let query = match &copy.source {
            CopySource::Table(table, columns) => {
                let query = self.with(&[], |context| copied_table(table, columns, text, context))?;
                let names: Vec<_> = query.columns.iter().map(|column| column.name.clone()).collect();
                options.check_columns(&lookup::parts(table).1, Some(&names), &names)?;
                query
            }
            CopySource::Query(statement) => {
                let query = self.copied_query(statement, text)?;
                let names: Vec<_> = query.columns.iter().map(|column| column.name.clone()).collect();
                options.check_columns("", None, &names)?;
                query
            }
        };
        let query = Arc::new(query);
        let names = query.columns.iter().map(|column| column.name.clone()).collect();
        let rows = self.with(&[], |context| {
            let mut query = Query::clone(&query);
            fold_query(&mut query, context)?;
            Rows::open(Arc::new(query), context)
        })?;
        let binary = options.format == Format::Binary;
        Ok(CopyOut {
            query,
            rows,
            writer: Writer::new(options, names, client),
            binary,
            sent: 0,
            begun: false,
        })
    }

    fn copied_query(&mut self, statement: &Statement, text: &str) -> Result<Query, Stop> {
        let mut parameters = Parameters::default();
        self.with(&[], |context| {
            let mut analyser = Analyser::new(context.lookup(), text, &mut parameters);
            match statement {
                Statement::Query(query) => analyser.query(query),
                Statement::Modify(modify) => {
                    let query = analyser.modification(modify)?;
                    if query.columns.is_empty() {
                        return Err(Stop::error("0A000", "COPY query must have a RETURNING clause"));
                    }
                    Ok(query)
                }
                _ => Err(Stop::error("0A000", "COPY query must be a query")),
            }
        })
    }

    /// Copies out; gives the command tag.
    pub(super) fn copy_out(&mut self, copy: &mut CopyOut, out: &mut Outbox) -> Result<String, Stop> {
        if !copy.begun {
            copy.begun = true;
            let format = i8::from(copy.binary);
            out.send(CopyOutResponse { format, formats: vec![format.into(); copy.query.columns.len()] });
            if let Some(start) = copy.writer.start()? {
                out.send(CopyData { data: Text(&start) });
            }
        }
        loop {
            let before = self.session.meter.set_yields(true);
            let next = self.with(&[], |context| copy.rows.next(context));
            self.session.meter.set_yields(before);
            self.tell(out);
            let Some(row) = next? else { break };
            let line = self.copied_row(copy, &row)?;
            out.send(CopyData { data: Text(&line) });
            copy.sent += 1;
            if out.len() > MOST_UNSENT {
                return Err(Stop::Yield);
            }
            self.session.sleeps = Default::default();
        }
        if let Some(end) = copy.writer.end() {
            out.send(CopyData { data: Text(&end) });
        }
        out.send(CopyDone);
        Ok(format!("COPY {}", copy.sent))
    }

    fn copied_row(&mut self, copy: &mut CopyOut, row: &Row) -> Result<Vec<u8>, Stop> {
        let columns = &copy.query.columns;
        if copy.binary {
            let mut fields = Vec::with_capacity(columns.len());
            for (column, value) in columns.iter().zip(row.iter()) {
                fields.push(match value {
                    None => None,
                    Some(value) => Some(self.output(column.ty.oid, 1, value)?),
                });
            }
            return Ok(copy.writer.binary(&fields));
        }
        let fields = self.with(&[], |context| {
            let (types, style) = (Known(context.lookup()), context.style());
            let text = |(column, value): (&Column, &Option<Value>)| {
                value.as_ref().map(|value| value::output(&types, column.ty.oid, value, &style))
            };
            Ok(columns.iter().zip(row.iter()).map(text).collect::<Vec<_>>())
        })?;
        Ok(copy.writer.text(&fields)?)
    }

    /// Begins to copy in.
    pub(super) fn begin_copy_in(
        &mut self,
        copy: &Copy,
        text: &Arc<str>,
        out: &mut Outbox,
    ) -> Result<(), Stop> {
        let CopySource::Table(table, columns) = &copy.source else {
            return Err(Stop::error("0A000", "COPY FROM needs a table"));
        };
        let options = Options::parse(&copy.options, true)?;
        refuse_files(copy)?;
        let client = self.session.settings.encoding();
        let begun = self.with(&[], |context| {
            let (relation, places) = copied_columns(table, columns, text, context)?;
            if let Kind::Sequence(_) = relation.kind {
                let why = format!("cannot copy to sequence \"{}\"", relation.name);
                return Err(Stop::error("42809", why));
            }
            if relation.view().is_some() {
                let error = SqlError::error("42809", format!("cannot copy to view \"{}\"", relation.name));
                let hint = "To enable copying to a view, provide an INSTEAD OF INSERT trigger.";
                return Err(error.hint(hint).into());
            }
            if context.session.transaction.read_only && relation.temporary.is_none() {
                return Err(Stop::error("25006", "cannot execute COPY FROM in a read-only transaction"));
            }
            let mut parameters = Parameters::default();
            let mut analyser = Analyser::new(context.lookup(), text, &mut parameters);
            let columns = relation.columns.iter();
            let defaults = columns.map(|column| analyser.default_of(column)).collect::<Result<_, Stop>>()?;
            let condition = match &copy.condition {
                Some(condition) => Some(copied_if(&mut analyser, &relation, condition)?),
                None => None,
            };
            let named = |place: &usize| relation.columns[*place].name.clone();
            let names: Vec<String> = places.iter().map(named).collect();
            let all: Vec<String> = relation.columns.iter().map(|column| column.name.clone()).collect();
            options.check_columns(&relation.name, Some(&all), &names)?;
            let reader = Reader::new(options, &relation.name, names, client);
            Ok(CopyIn {
                reader,
                relation,
                places,
                defaults,
                condition,
                rows: 0,
                skipped: 0,
                last: None,
                depth: 0,
            })
        })?;
        let format = i8::from(begun.reader.options().format == Format::Binary);
        out.send(CopyInResponse { format, formats: vec![format.into(); begun.places.len()] });
        let depth = self.session.transaction.depth();
        self.session.push(None);
        self.copy = Some(CopyIn { depth, ..begun });
        Ok(())
    }

    /// What interrupts a copy from the frontend, and where that has come to.
    pub(super) fn in_copy(&self, error: SqlError) -> SqlError {
        match &self.copy {
            None => error,
            Some(copy) => match &copy.last {
                Some(record) => copy.reader.of_record(record, error),
                None => copy.reader.at_end(error),
            },
        }
    }

    /// Takes CopyData.
    pub(super) fn take_copy_data(&mut self, data: &[u8]) -> Result<(), Stop> {
        let Some(mut copy) = self.copy.take() else { return Ok(()) };
        copy.reader.push(data);
        let taken = self.insert_copied(&mut copy);
        self.copy = Some(copy);
        taken
    }

    /// Ends a copy, and with it the statement.
    pub(super) fn end_copy(&mut self, end: Result<(), SqlError>, out: &mut Outbox) -> Result<Step, SqlError> {
        let Some(mut copy) = self.copy.take() else { return Ok(Step::Done) };
        let ended = match end {
            Ok(()) => {
                copy.reader.finish();
                self.insert_copied(&mut copy)
            }
            Err(error) => Err(copy.reader.at_end(error).into()),
        };
        if let Some(notice) = copy.skips().filter(|_| ended.is_ok()) {
            self.session.notice(notice);
        }
        self.tell(out);
        ended.map_err(no_wait)?;
        self.pop(copy.depth, crate::postgresql::storage::Outcome::Committed);
        self.copied(format!("COPY {}", copy.rows), out)
    }

    fn insert_copied(&mut self, copy: &mut CopyIn) -> Result<(), Stop> {
        while let Some(record) = copy.reader.next()? {
            // As with PostgreSQL, a cancel request waits for data.
            if self.cancel.take() {
                return Err(copy.reader.of_record(&record, cancelled()).into());
            }
            let calls = self.session.calls.len();
            self.session.calls.push(copy.reader.context(&record));
            let inserted = self.with(&[], |context| insert_record(copy, &record, context));
            self.session.calls.truncate(calls);
            copy.last = Some(record);
            match inserted? {
                Taken::Inserted => copy.rows += 1,
                Taken::Left => {}
                Taken::Skipped => copy.skip()?,
            }
            self.session.transaction.next_command();
        }
        Ok(())
    }
}

/// This server has neither files nor programs.
fn refuse_files(copy: &Copy) -> Result<(), Stop> {
    match &copy.end {
        CopyEnd::Frontend => Ok(()),
        CopyEnd::File(_) => Err(Stop::error("0A000", "this server has no files to copy to or from")),
        CopyEnd::Program(_) => Err(Stop::error("0A000", "this server has no programs to copy to or from")),
    }
}

/// The query that a COPY of a table is.
fn copied_table(
    table: &ast::ObjectName,
    columns: &[String],
    text: &str,
    context: &mut Context<'_>,
) -> Result<Query, Stop> {
    let (relation, places) = copied_columns(table, columns, text, context)?;
    if let Kind::Sequence(_) = relation.kind {
        return Err(Stop::error("42809", format!("cannot copy from sequence \"{}\"", relation.name)));
    }
    if relation.view().is_some() {
        let error = SqlError::error("42809", format!("cannot copy from view \"{}\"", relation.name));
        return Err(error.hint("Try the COPY (SELECT ...) TO variant.").into());
    }
    let column = |place: &usize| {
        let attribute = &relation.columns[*place];
        Column { name: attribute.name.clone(), ty: attribute.ty, origin: None }
    };
    let expr = |place: &usize| Expr {
        ty: relation.columns[*place].ty,
        at: None,
        node: Node::Column { depth: 0, index: *place },
    };
    let exprs = places.iter().map(expr).collect();
    let plan = Plan::Project(Box::new(Plan::Table(relation.oid)), exprs);
    Ok(Query { columns: places.iter().map(column).collect(), plan })
}

/// The table, and the places in it of the columns that are copied.
fn copied_columns(
    table: &ast::ObjectName,
    columns: &[String],
    text: &str,
    context: &mut Context<'_>,
) -> Result<(Arc<Relation>, Vec<usize>), Stop> {
    let mut parameters = Parameters::default();
    let analyser = Analyser::new(context.lookup(), text, &mut parameters);
    let relation = match analyser.table_named(table)? {
        Table::User(relation) => relation,
        Table::System(system) => {
            return Err(Stop::error("42809", format!("cannot copy system table \"{}\"", system.name)));
        }
    };
    if columns.is_empty() {
        let all = relation.columns.iter().enumerate().filter(|(_, column)| !column.dropped);
        let places = all.map(|(place, _)| place).collect();
        return Ok((relation, places));
    }
    let mut places = Vec::with_capacity(columns.len());
    for name in columns {
        let place = relation.columns.iter().position(|column| !column.dropped && column.name == *name);
        let Some(place) = place else {
            let why = format!("column \"{name}\" of relation \"{}\" does not exist", relation.name);
            return Err(Stop::error("42703", why));
        };
        if places.contains(&place) {
            return Err(Stop::error("42701", format!("column \"{name}\" specified more than once")));
        }
        places.push(place);
    }
    Ok((relation, places))
}

/// The condition of COPY FROM ... WHERE.
fn copied_if(analyser: &mut Analyser<'_>, relation: &Relation, condition: &ast::Expr) -> Result<Expr, Stop> {
    analyser.scopes.push(Scope { columns: user_table(relation, false).columns, ..Scope::default() });
    let condition = analyser.boolean(condition, "WHERE");
    analyser.scopes.pop();
    condition
}

/// Inserts a row that was copied in.
fn insert_record(copy: &CopyIn, record: &Record, context: &mut Context<'_>) -> Result<Taken, Stop> {
    let constant = |place: usize, value: Option<Value>| Expr {
        ty: copy.relation.columns[place].ty,
        at: None,
        node: Node::Constant(value),
    };
    let mut exprs = copy.defaults.clone();
    for (column, place) in copy.places.iter().enumerate() {
        let ty = copy.relation.columns[*place].ty;
        let (types, style) = (Known(context.lookup()), context.style());
        let value = match copy.reader.field(record, column)? {
            Field::Null => None,
            Field::Default if copy.relation.columns[*place].default.is_some() => continue,
            Field::Default => return Err(copy.reader.no_default(record, column).into()),
            Field::Text(text) => Some(value::input(&types, ty.oid, ty.modifier, text, &style)),
            Field::Binary(bytes) => Some(value::receive(&types, ty.oid, ty.modifier, bytes)),
        };
        match value.transpose() {
            Ok(value) => exprs[*place] = constant(*place, value),
            Err(_) if copy.reader.options().skips_errors => {
                if copy.reader.options().verbosity == Verbosity::Verbose {
                    context.session.notice(copy.reader.skipped(record, column));
                }
                return Ok(Taken::Skipped);
            }
            Err(invalid) => {
                let error = no_wait(invalid.into());
                return Err(copy.reader.of_field(record, column, error).into());
            }
        }
    }
    let values = Plan::Values(vec![exprs]);
    let plan = match &copy.condition {
        Some(condition) => Plan::Filter(Box::new(values), condition.clone()),
        None => values,
    };
    let columns = copy.relation.columns.iter();
    let columns = columns.map(|column| Column { name: column.name.clone(), ty: column.ty, origin: None });
    let source = Arc::new(Query { columns: columns.collect(), plan });
    let modify = Modify {
        relation: copy.relation.oid,
        action: Action::Insert { source, conflict: None },
        returning: None,
    };
    let query = Arc::new(Query { columns: Vec::new(), plan: Plan::Modify(Arc::new(modify)) });
    let inserted = Rows::open(query, context).and_then(|mut rows| {
        while rows.next(context)?.is_some() {}
        Ok(if rows.affected() == Some(0) { Taken::Left } else { Taken::Inserted })
    });
    inserted.map_err(|stop| match stop {
        // Keys are checked when several rows have been read: the row itself is not told any more.
        Stop::Error(error) if matches!(&*error.code, "23503" | "23505" | "23P01") => {
            copy.reader.of_line(record, *error).into()
        }
        Stop::Error(error) => copy.reader.of_record(record, *error).into(),
        other => other,
    })
}
