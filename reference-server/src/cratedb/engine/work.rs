//! What a message asks for, done a turn at a time. Between two turns others are served, and what was sent is written: a
//! frontend that asks for much and reads little has no more in memory than it may.

use super::super::job::Running;
use super::super::refusal::{Exception, Refusal};
use super::super::sql::{self, Parsed, Plan, Statement, row_weight};
use super::super::value::Row;
use super::deferred::{Ended, Execution};
use super::{SqlSession, Stage, utf8};
use crate::engine::{SqlError, Step};
use crate::memory::Kept;
use crate::outbox::Outbox;
use pgconform_wire::message::{EmptyQueryResponse, ReadyForQuery};
use std::collections::{VecDeque, vec_deque};
use std::sync::Arc;
use std::time::Duration;

/// After how many steps of computing others have their turn.
const TURN: u64 = 200_000;

/// What a statement costs at least, in steps.
const STATEMENT: u64 = 200;

/// How much is sent at a turn, in bytes.
const SENT: usize = 256 << 10;

/// How much is sent where there are no turns.
const SENT_AT_ONCE: usize = 16 << 20;

/// What there is to do yet, in this order.
#[derive(Debug, Default)]
pub(super) struct Work {
    sending: Option<Sending>,
    pub(super) executions: VecDeque<Execution>,
    /// How the last execution ended.
    pub(super) end: Option<Ended>,
    /// It is Flush that asks.
    flushing: bool,
    script: Script,
}

/// A query string.
#[derive(Debug, Default)]
enum Script {
    #[default]
    Nothing,
    /// Nobody has looked at it.
    Bytes(Vec<u8>),
    /// It has no statements.
    Empty,
    Statements(Arc<str>, vec_deque::IntoIter<Parsed>),
    /// 3.3 parses what stands between two semicolons when it is its turn; this is where the next begins.
    Pieces(Arc<str>, usize),
}

/// Rows to send.
#[derive(Debug)]
pub(super) struct Rows {
    pub(super) rows: VecDeque<Row>,
    _memory: Kept,
}

impl Rows {
    pub(super) fn new(rows: Vec<Row>, memory: &Kept) -> Result<Self, Refusal> {
        let bytes = rows.iter().map(row_weight).sum();
        let memory = memory.reserve(bytes).map_err(|_| out_of_memory())?;
        Ok(Self { rows: rows.into(), _memory: memory })
    }
}

pub(super) fn out_of_memory() -> Refusal {
    Refusal::new(Exception::CircuitBreaking, "Data too large: the session keeps too much")
}

/// What a statement has given, on its way to the frontend.
#[derive(Debug)]
struct Sending {
    plan: Arc<Plan>,
    formats: Vec<i16>,
    rows: Rows,
    /// How many of the rows are wanted still.
    left: usize,
    sent: usize,
    then: Then,
}

/// What follows the rows.
#[derive(Debug)]
enum Then {
    /// CommandComplete of this statement, whose text this is.
    Complete(Box<Statement>, String),
    /// What follows the rows of a portal.
    Portal(Box<Execution>, Running),
}

impl Work {
    /// A statement of a query string has given these rows.
    pub(super) fn send(&mut self, plan: Plan, statement: Statement, text: &str, rows: Rows) {
        let then = Then::Complete(Box::new(statement), text.to_owned());
        let left = rows.rows.len();
        let plan = Arc::new(plan);
        self.sending = Some(Sending { plan, formats: Vec::new(), rows, left, sent: 0, then });
    }

    /// An execution has given these rows.
    pub(super) fn send_portal(
        &mut self,
        (plan, formats): (Arc<Plan>, Vec<i16>),
        rows: Rows,
        execution: Execution,
        job: Running,
    ) {
        let limit = execution.deferred.limit;
        let left = if limit == 0 { rows.rows.len() } else { limit.min(rows.rows.len()) };
        let then = Then::Portal(Box::new(execution), job);
        self.sending = Some(Sending { plan, formats, rows, left, sent: 0, then });
    }

    /// Then there is a query string to run.
    pub(super) fn then_script(&mut self, query: &[u8]) {
        self.script = Script::Bytes(query.to_vec());
    }

    /// It is Flush that asks, as in 3.3, which then says that it is ready behind PortalSuspended.
    pub(super) fn flushes(&mut self) {
        self.flushing = true;
    }
}

impl SqlSession {
    /// Does at once what was put off.
    pub(super) fn settle_deferred(&mut self, out: &mut Outbox) -> Result<(), SqlError> {
        self.begin_deferred(out)?;
        while self.go_on_until(SENT_AT_ONCE, out)? != Step::Done {
            if out.len() >= SENT_AT_ONCE {
                return Err(self.refuse(out_of_memory(), "", Stage::Extended));
            }
        }
        Ok(())
    }

    /// Goes on with the work, for a turn.
    pub(super) fn go_on(&mut self, out: &mut Outbox) -> Result<Step, SqlError> {
        self.go_on_until(SENT, out)
    }

    fn go_on_until(&mut self, sent: usize, out: &mut Outbox) -> Result<Step, SqlError> {
        self.session.steps.set(0);
        loop {
            if out.len() >= sent || self.session.steps.get() >= TURN {
                return Ok(Step::Wait(Some(Duration::ZERO)));
            }
            if let Some(sending) = self.work.sending.take() {
                self.send_some(sending, sent, out);
            } else if let Some(execution) = self.work.executions.pop_front() {
                self.computed(STATEMENT);
                self.execute_deferred(execution, out)?;
            } else if !self.go_on_with_script(out)? {
                break;
            }
        }
        let work = std::mem::take(&mut self.work);
        if work.flushing && work.end == Some(Ended::Suspended) {
            out.send(ReadyForQuery { status: b'I' });
        }
        Ok(Step::Done)
    }

    fn computed(&self, steps: u64) {
        self.session.steps.set(self.session.steps.get() + steps);
    }

    /// Runs the next statement of the query string; says whether there was anything to do.
    fn go_on_with_script(&mut self, out: &mut Outbox) -> Result<bool, SqlError> {
        self.computed(STATEMENT);
        match std::mem::take(&mut self.work.script) {
            Script::Nothing => return Ok(false),
            Script::Empty => out.send(EmptyQueryResponse),
            Script::Bytes(query) => {
                self.statements.remove(&b""[..]);
                self.portals.remove(&b""[..]);
                let text: Arc<str> = utf8(&query)?.into();
                self.work.script = if self.quirks.one_by_one {
                    Script::Pieces(text, 0)
                } else {
                    match self.parse_text(&text)? {
                        none if none.is_empty() => Script::Empty,
                        parsed => Script::Statements(text, VecDeque::from(parsed).into_iter()),
                    }
                };
            }
            Script::Statements(text, mut statements) => {
                let Some(parsed) = statements.next() else { return Ok(false) };
                self.work.script = Script::Statements(Arc::clone(&text), statements);
                self.simple(parsed, &text, out)?;
            }
            Script::Pieces(text, at) => {
                let Some((range, next)) = sql::piece(&text, at) else { return Ok(false) };
                self.work.script = Script::Pieces(Arc::clone(&text), next);
                self.piece(&text[range], out)?;
            }
        }
        Ok(true)
    }

    /// Runs what stands between two semicolons; nothing else than those must stand in what is empty.
    fn piece(&mut self, text: &str, out: &mut Outbox) -> Result<(), SqlError> {
        if matches!(text, "" | ";") {
            out.send(EmptyQueryResponse);
            return Ok(());
        }
        match self.parse_text(text)?.into_iter().next() {
            Some(parsed) => self.simple(parsed, text, out),
            None => {
                let message = format!("line 1:{}: mismatched input expecting a statement", text.len());
                Err(self.refuse(Refusal::new(Exception::SqlParse, message), text, Stage::Parsed))
            }
        }
    }

    /// Sends rows, as many as a turn has room for, and what follows the last.
    fn send_some(&mut self, mut sending: Sending, most: usize, out: &mut Outbox) {
        while sending.left > 0 && out.len() < most {
            let Some(row) = sending.rows.rows.pop_front() else { break };
            self.send_row(&sending.plan, &row, &sending.formats, out);
            sending.sent += 1;
            sending.left -= 1;
        }
        if sending.left > 0 {
            self.work.sending = Some(sending);
            return;
        }
        match sending.then {
            Then::Complete(statement, text) => self.complete(&statement, &text, sending.sent as u64, out),
            Then::Portal(execution, job) => {
                let end = self.end_portal(&execution, sending.sent, sending.rows, job, out);
                self.after_execution(*execution, end, out);
            }
        }
    }

    /// An error of an execution, as the frontend is told of it.
    pub(super) fn refuse_execution(&self, refusal: Refusal, source: &str) -> SqlError {
        self.refuse(refusal, source, Stage::Extended)
    }
}
