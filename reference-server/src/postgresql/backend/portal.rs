//! Portals: statements being run, for Bind, for DECLARE, and for each statement of a query string.

use super::command::Done;
use super::copy::CopyOut;
use super::statement::{Plan, Prepared};
use super::{Backend, Running};
use crate::engine::Call;
use crate::outbox::Outbox;
use crate::postgresql::meter::{Kept, weight_of};
use crate::postgresql::sql::analyse::fold_query;
use crate::postgresql::sql::parse::Statement;
use crate::postgresql::sql::query::{Column, Query};
use crate::postgresql::sql::run::Rows;
use crate::postgresql::sql::stop::Stop;
use crate::postgresql::storage::{Oid, Outcome, Row};
use pgconform_wire::Text;
use pgconform_wire::message::{Bind, CommandComplete, DataRow, EmptyQueryResponse, PortalSuspended};
use pgconform_wire::value::Value;
use std::sync::Arc;

/// How much a statement sends before others have their turn, in bytes: what it sends is held in memory until then.
pub(super) const MOST_UNSENT: usize = 256 << 10;

/// A portal.
pub(crate) struct Portal {
    pub(crate) name: String,
    pub(crate) statement: Arc<Prepared>,
    pub(crate) plan: Plan,
    pub(crate) parameters: Vec<Option<Value>>,
    /// The formats of its columns: none (all text), one for all, or one each.
    pub(crate) formats: Vec<i16>,
    pub(crate) columns: Option<Vec<Column>>,
    pub(crate) state: State,
    /// The cursor that DECLARE made it.
    pub(crate) cursor: Option<CursorOptions>,
    /// How many subtransactions were open when it was made: it goes with the last of them, if that is undone.
    pub(crate) depth: usize,
    /// When it was made, in microseconds since 2000-01-01 UTC.
    pub(crate) made: i64,
    /// Its columns are to be told before its first row: a simple query's.
    pub(crate) describes: bool,
    /// The memory that it takes, if it is kept.
    pub(crate) memory: Option<Kept>,
}

/// What DECLARE said.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct CursorOptions {
    pub(crate) binary: bool,
    pub(crate) scroll: bool,
    pub(crate) hold: bool,
}

/// How far a portal has come.
pub(crate) enum State {
    /// It has not been run.
    Ready,
    /// It changes rows.
    Changing(Change),
    /// Its rows are being read.
    Reading(Box<Feed>),
    /// Its rows are being copied to the frontend.
    Copying(Box<CopyOut>),
    /// It is done, and is not run again; what it returned is left to be read, and the tag without its number of rows.
    Done,
}

/// A data-modifying statement that others have had a turn in between of: how many subtransactions were open before its
/// own, and what it has returned so far.
pub(crate) struct Change {
    rows: Rows,
    depth: usize,
    returned: Vec<Row>,
}

/// Rows, and the place that reading has come to: 0 is before the first, n is on the n-th; one more is behind the last.
pub(crate) struct Feed {
    /// Where more rows come from; none: all are there.
    rows: Option<Rows>,
    /// Those read so far, if reading may go back; otherwise those to be read again.
    kept: Vec<Row>,
    keeps: bool,
    pub(crate) place: usize,
    /// The number of the first row in `kept`, less 1.
    base: usize,
    /// Where each of `kept` is in its table, where it is of one.
    spots: Vec<Option<(Oid, usize)>>,
    /// What its command tag will be.
    pub(crate) tag: Tag,
    /// The memory that all this takes.
    memory: Option<Kept>,
}

/// A command tag.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Tag {
    /// This, and behind it how many rows were sent.
    Counted(&'static str),
    /// This.
    Whole(String),
}

impl Tag {
    /// The tag once so many rows were sent.
    fn after(&self, sent: u64) -> String {
        match self {
            Self::Counted(word) => format!("{word} {sent}"),
            Self::Whole(tag) => tag.clone(),
        }
    }
}

impl Feed {
    /// The rows of a query as they come; `keeps`: for a cursor that may go back.
    pub(crate) fn lazy(rows: Rows, keeps: bool) -> Self {
        Self {
            rows: Some(rows),
            kept: Vec::new(),
            keeps,
            place: 0,
            base: 0,
            spots: Vec::new(),
            memory: None,
            tag: Tag::Counted("SELECT"),
        }
    }

    /// Rows that are there.
    pub(crate) fn stored(kept: Vec<Row>, tag: Tag) -> Self {
        Self { rows: None, kept, keeps: true, place: 0, base: 0, spots: Vec::new(), memory: None, tag }
    }

    /// Goes to the next row.
    pub(crate) fn forward(
        &mut self,
        backend: &mut Backend,
        parameters: &[Option<Value>],
    ) -> Result<Option<Row>, Stop> {
        if let Some(row) = self.kept.get(self.place - self.base.min(self.place)) {
            let row = row.clone();
            self.place += 1;
            return Ok(Some(row));
        }
        let next = match &mut self.rows {
            None => None,
            Some(rows) => {
                let around = backend.session.meter.keep_with(self.memory.take());
                // The rows stay where they are, whenever it is that they go on.
                let before = backend.session.meter.set_yields(true);
                let keeps = self.keeps;
                let next = backend.with(parameters, |context| {
                    let next = rows.next(context)?;
                    if let Some(row) = next.as_ref().filter(|_| keeps) {
                        context.session.meter.keep_row(row)?;
                    }
                    Ok(next)
                });
                backend.session.meter.set_yields(before);
                self.memory = Some(backend.session.meter.keep_with(Some(around)));
                next?
            }
        };
        match &next {
            Some(row) => {
                if self.keeps {
                    self.kept.push(row.clone());
                    self.spots.push(self.rows.as_ref().and_then(Rows::place));
                } else {
                    self.kept.clear();
                    self.base = self.place + 1;
                }
                self.place += 1;
            }
            None => {
                self.rows = None;
                self.place = self.end();
            }
        }
        Ok(next)
    }

    /// Goes to the row before.
    pub(crate) fn backward(&mut self) -> Option<Row> {
        self.place = self.place.saturating_sub(1);
        self.current()
    }

    /// The row that it is on.
    pub(crate) fn current(&self) -> Option<Row> {
        self.kept.get(self.place.checked_sub(self.base + 1)?).cloned()
    }

    /// Where the row that it is on is in its table, where it is of one: what WHERE CURRENT OF means.
    pub(crate) fn spot(&self) -> Option<(Oid, usize)> {
        self.spots.get(self.place.checked_sub(self.base + 1)?).copied().flatten()
    }

    /// The place behind the last row; only where all rows have been read.
    fn end(&self) -> usize {
        if self.keeps { self.kept.len() + 1 } else { self.place + 1 }
    }

    /// Reads all rows that are left, to be kept: the portal outlives its transaction.
    pub(crate) fn store(&mut self, backend: &mut Backend, parameters: &[Option<Value>]) -> Result<(), Stop> {
        let Some(mut rows) = self.rows.take() else { return Ok(()) };
        let around = backend.session.meter.keep_with(self.memory.take());
        let stored = self.store_all(&mut rows, backend, parameters);
        self.memory = Some(backend.session.meter.keep_with(Some(around)));
        stored
    }

    fn store_all(
        &mut self,
        rows: &mut Rows,
        backend: &mut Backend,
        parameters: &[Option<Value>],
    ) -> Result<(), Stop> {
        while let Some(row) = backend.with(parameters, |context| rows.next(context))? {
            backend.session.meter.keep_row(&row)?;
            self.kept.push(row);
        }
        Ok(())
    }
}

/// How a portal's run ended.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Finish {
    /// All done: the command tag.
    Complete(String),
    /// There was nothing to run.
    Empty,
    /// The row limit was reached.
    Suspended,
    /// It copies from the frontend from now on.
    CopyIn,
}

impl Portal {
    /// A portal for one run of a statement.
    pub(crate) fn new(
        name: String,
        statement: Arc<Prepared>,
        plan: Plan,
        columns: Option<Vec<Column>>,
    ) -> Self {
        Self {
            name,
            statement,
            plan,
            parameters: Vec::new(),
            formats: Vec::new(),
            columns,
            state: State::Ready,
            cursor: None,
            depth: 0,
            made: 0,
            describes: false,
            memory: None,
        }
    }

    /// Whether it outlives its transaction.
    pub(crate) fn is_held(&self) -> bool {
        self.cursor.is_some_and(|cursor| cursor.hold)
            && matches!(&self.state, State::Reading(feed) if feed.rows.is_none())
    }

    /// The format of a column.
    pub(crate) fn format(&self, column: usize) -> i16 {
        match self.formats.as_slice() {
            [] => 0,
            [one] => *one,
            many => many.get(column).copied().unwrap_or_default(),
        }
    }
}

impl Backend {
    /// Bind.
    pub(super) fn make_portal(&mut self, bind: &Bind<'_>) -> Result<(), Stop> {
        let name = self.name(bind.portal.0)?;
        let statement = self.name(bind.statement.0)?;
        let prepared = self.statement(&statement)?;
        check_counts(bind.formats.len(), bind.values.len(), &prepared)?;
        self.refuse_if_failed(prepared.ends_block() && prepared.types.is_empty())?;
        self.refuse_portal(&name)?;
        if name.is_empty() {
            self.portals.remove("");
        }
        let mut parameters = Vec::with_capacity(bind.values.len());
        for (place, (value, oid)) in bind.values.iter().zip(&prepared.types).enumerate() {
            let bytes = value.as_ref().map(|bytes| bytes.0);
            parameters.push(self.parameter(&name, &bind.formats, place, *oid, bytes)?);
        }
        let plan = self.plan(&prepared)?;
        let columns = prepared.columns.clone();
        let width = columns.as_ref().map_or(0, Vec::len);
        let formats = bind.result_formats.clone();
        // The parameters are in its query, too, where they are constants.
        let weight = 1000 + prepared.text.len() + 2 * weight_of(&parameters);
        let mut portal = Portal::new(name.clone(), prepared, plan, columns);
        portal.memory = Some(self.session.meter.reserve(weight)?);
        portal.parameters = parameters;
        portal.depth = self.session.transaction.depth();
        portal.made = self.session.clock.postgres_micros();
        self.open(&mut portal)?;
        if portal.columns.is_some() && formats.len() > 1 && formats.len() != width {
            let why =
                format!("bind message has {} result formats but query has {width} columns", formats.len());
            return Err(Stop::error("08P01", why));
        }
        portal.formats = formats;
        self.portals.insert(name, portal);
        self.publish();
        Ok(())
    }

    /// Refuses the name of a portal that there is.
    pub(super) fn refuse_portal(&self, name: &str) -> Result<(), Stop> {
        if !name.is_empty() && self.portals.contains_key(name) {
            return Err(Stop::error("42P03", format!("cursor \"{name}\" already exists")));
        }
        Ok(())
    }

    /// A parameter's value, from what Bind gives.
    pub(super) fn parameter(
        &mut self,
        portal: &str,
        formats: &[i16],
        place: usize,
        oid: Oid,
        bytes: Option<&[u8]>,
    ) -> Result<Option<Value>, Stop> {
        let Some(bytes) = bytes else { return Ok(None) };
        let format = match formats {
            [] => 0,
            [one] => *one,
            many => many.get(place).copied().unwrap_or_default(),
        };
        if format == 0 {
            // The text is not known before it is converted, and so not told if it cannot be.
            self.decode(bytes).map_err(|stop| in_parameter(stop, portal, place, None))?;
        }
        let told = (format == 0).then_some(bytes);
        let value = self.input(oid, format, bytes, place);
        value.map(Some).map_err(|stop| in_parameter(stop, portal, place, told))
    }

    /// Prepares a portal to be read, if reading is what it is for; finds what EXECUTE executes.
    pub(super) fn open(&mut self, portal: &mut Portal) -> Result<(), Stop> {
        self.resolve_execute(portal)?;
        if let Plan::Query(query) = &portal.plan {
            let keeps = portal.cursor.is_some();
            let query = query.clone();
            let rows = self.with(&portal.parameters, |context| {
                let mut query = Query::clone(&query);
                fold_query(&mut query, context)?;
                Rows::open(Arc::new(query), context)
            })?;
            portal.state = State::Reading(Box::new(Feed::lazy(rows, keeps)));
        }
        Ok(())
    }

    /// Runs a portal, for `limit` rows at most (0: all); `sent` counts those sent already, in an earlier attempt.
    pub(super) fn run(
        &mut self,
        portal: &mut Portal,
        limit: u64,
        sent: &mut u64,
        out: &mut Outbox,
    ) -> Result<Finish, Stop> {
        if let State::Ready | State::Changing(_) = portal.state {
            match portal.plan.clone() {
                Plan::Empty => {
                    out.send(EmptyQueryResponse);
                    return Ok(Finish::Empty);
                }
                Plan::Query(_) => self.open(portal)?,
                Plan::Modify(query, tag) => {
                    let (rows, affected) = self.change(portal, &query)?;
                    portal.state =
                        State::Reading(Box::new(Feed::stored(rows, Tag::Whole(format!("{tag} {affected}")))));
                }
                Plan::Command(statement) => {
                    let text = portal.statement.text.clone();
                    let done = match statement.as_ref() {
                        // It has its own ways with subtransactions.
                        Statement::Transaction(command) => Done::tag(self.transaction(command)?),
                        Statement::Copy(copy) if copy.from => {
                            self.begin_copy_in(copy, &text, out)?;
                            portal.state = State::Done;
                            return Ok(Finish::CopyIn);
                        }
                        Statement::Copy(copy) => {
                            portal.state = State::Copying(Box::new(self.begin_copy_out(copy, &text)?));
                            return self.run(portal, limit, sent, out);
                        }
                        other => {
                            self.running = Running {
                                range: portal.statement.range(),
                                types: portal.statement.types.clone(),
                                parameters: portal.parameters.clone(),
                            };
                            self.whole(|backend| backend.command(other, &text))?
                        }
                    };
                    portal.state = State::Reading(Box::new(Feed::stored(done.rows, done.tag)));
                }
            }
        }
        match std::mem::replace(&mut portal.state, State::Done) {
            State::Copying(mut copy) => {
                let done = self.copy_out(&mut copy, out);
                if done.is_err() {
                    portal.state = State::Copying(copy);
                }
                done.map(Finish::Complete)
            }
            State::Ready | State::Changing(_) | State::Done if portal.columns.is_none() => {
                Err(Stop::error("55000", format!("portal \"{}\" cannot be run", portal.name)))
            }
            State::Ready | State::Changing(_) | State::Done => Ok(Finish::Complete(format!("SELECT {sent}"))),
            State::Reading(mut feed) => {
                if let Some(columns) = portal.columns.as_ref().filter(|_| portal.describes) {
                    self.describe_columns(columns, |column| portal.format(column), out);
                }
                portal.describes = false;
                let finish = self.send_rows(portal, &mut feed, limit, sent, out);
                let again = portal.columns.is_some();
                portal.state = if again { State::Reading(feed) } else { State::Done };
                finish
            }
        }
    }

    fn send_rows(
        &mut self,
        portal: &Portal,
        feed: &mut Feed,
        limit: u64,
        sent: &mut u64,
        out: &mut Outbox,
    ) -> Result<Finish, Stop> {
        let Some(columns) = &portal.columns else {
            return Ok(Finish::Complete(feed.tag.after(*sent)));
        };
        loop {
            if limit > 0 && *sent >= limit {
                return Ok(Finish::Suspended);
            }
            let next = feed.forward(self, &portal.parameters);
            self.tell(out);
            let Some(row) = next? else { break };
            self.send_row(columns, &row, |column| portal.format(column), out)?;
            self.session.sleeps = Default::default();
            *sent += 1;
            if self.session.ended {
                self.idle_interrupted(Call::Wake).map_err(Stop::from)?;
            }
            if out.len() > MOST_UNSENT {
                return Err(Stop::Yield);
            }
        }
        Ok(Finish::Complete(feed.tag.after(*sent)))
    }

    /// Sends a row, in these formats.
    pub(super) fn send_row(
        &mut self,
        columns: &[Column],
        row: &Row,
        format: impl Fn(usize) -> i16,
        out: &mut Outbox,
    ) -> Result<(), Stop> {
        let mut values = Vec::with_capacity(columns.len());
        for (place, (column, value)) in columns.iter().zip(row.iter()).enumerate() {
            values.push(match value {
                None => None,
                Some(value) => Some(self.output(column.ty.oid, format(place), value)?),
            });
        }
        out.send(DataRow { values: values.iter().map(|value| value.as_deref().map(Text)).collect() });
        Ok(())
    }

    /// Changes rows, as a whole or not at all; gives what it returns, and how many rows it has changed.
    fn change(&mut self, portal: &mut Portal, query: &Arc<Query>) -> Result<(Vec<Row>, u64), Stop> {
        let mut change = match std::mem::replace(&mut portal.state, State::Ready) {
            State::Changing(change) => change,
            _ => {
                let depth = self.session.transaction.depth();
                self.session.sleeps.begun = 0;
                self.session.push(None);
                match self.with(&portal.parameters, |context| Rows::open(query.clone(), context)) {
                    Ok(rows) => Change { rows, depth, returned: Vec::new() },
                    Err(stop) => return Err(self.undo(depth, stop)),
                }
            }
        };
        // What sleeps is run again from its beginning, and what it has slept already must not be forgotten.
        let yields = self.session.sleeps.over == 0;
        let before = self.session.meter.set_yields(yields);
        let done = self.with(&portal.parameters, |context| {
            while let Some(row) = change.rows.next(context)? {
                context.session.meter.keep_row(&row)?;
                change.returned.push(row);
            }
            Ok(change.rows.affected().unwrap_or_default())
        });
        self.session.meter.set_yields(before);
        match done {
            Ok(affected) => {
                self.pop(change.depth, Outcome::Committed);
                Ok((change.returned, affected))
            }
            Err(Stop::Yield) => {
                portal.state = State::Changing(change);
                Err(Stop::Yield)
            }
            Err(stop) => Err(self.undo(change.depth, stop)),
        }
    }

    /// Undoes what stops before its end, unless the error is to undo more.
    fn undo(&mut self, depth: usize, stop: Stop) -> Stop {
        if !matches!(stop, Stop::Error(_)) {
            self.pop(depth, Outcome::Aborted);
        }
        stop
    }

    /// Does something that is done as a whole or not at all: what it did is undone if it stops before its end.
    pub(super) fn whole<T>(&mut self, act: impl FnOnce(&mut Self) -> Result<T, Stop>) -> Result<T, Stop> {
        let depth = self.session.transaction.depth();
        let notices = self.session.notices.len();
        self.session.sleeps.begun = 0;
        self.session.push(None);
        let done = act(self);
        match &done {
            Ok(_) => self.pop(depth, Outcome::Committed),
            Err(Stop::Error(_)) => {}
            Err(_) => {
                self.session.notices.truncate(notices);
                self.pop(depth, Outcome::Aborted);
            }
        }
        done
    }

    /// Tells how a run ended.
    pub(super) fn tell_finish(&mut self, finish: &Finish, out: &mut Outbox) {
        match finish {
            Finish::Complete(tag) => out.send(CommandComplete { tag: Text(tag.as_bytes()) }),
            Finish::Suspended => out.send(PortalSuspended),
            Finish::Empty | Finish::CopyIn => {}
        }
    }
}

/// That there are as many parameters and formats as the statement takes.
pub(super) fn check_counts(formats: usize, values: usize, prepared: &Prepared) -> Result<(), Stop> {
    if formats > 1 && formats != values {
        let why = format!("bind message has {formats} parameter formats but {values} parameters");
        return Err(Stop::error("08P01", why));
    }
    if values != prepared.types.len() {
        let why = format!(
            "bind message supplies {values} parameters, but prepared statement \"{}\" requires {}",
            prepared.name,
            prepared.types.len()
        );
        return Err(Stop::error("08P01", why));
    }
    Ok(())
}

/// Adds to an error in whose parameter it is. A text is left out but for that there is one, as with PostgreSQL's
/// `log_parameter_max_length_on_error = 0`.
pub(super) fn in_parameter(stop: Stop, portal: &str, place: usize, text: Option<&[u8]>) -> Stop {
    let Stop::Error(mut error) = stop else { return stop };
    let whose = if portal.is_empty() { "unnamed portal".to_owned() } else { format!("portal \"{portal}\"") };
    let told = match text {
        None => "",
        Some([]) => " = ''",
        Some(_) => " = '...'",
    };
    let mut context = format!("{whose} parameter ${}{told}", place + 1);
    if let Some(within) = error.more().context.take() {
        context = format!("{within}\n{context}");
    }
    error.more().context = Some(context);
    Stop::Error(error)
}
