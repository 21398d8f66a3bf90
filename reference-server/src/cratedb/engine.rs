//! A session's engine: what simple queries and extended ones have in common. [`work`] runs what a message asks for, a turn at a
//! time: the statements of a simple query here, the executions of an extended one in [`deferred`]; [`extended`] serves the
//! messages before.

mod deferred;
mod extended;
mod work;

use super::job::{Running, lock};
use super::node::{Job, Node};
use super::quirks::Quirks;
use super::refusal::{Exception, Refusal};
use super::sql::{self, Grammar, Outcome, Parsed, Plan, Ready, Scope, Session, Statement};
use super::value::{Forms, Row};
use crate::engine::{Call, Engine, Named, SqlError, Step};
use crate::environment::Environment;
use crate::fault::{Fault, Faults};
use crate::memory::{Full, Kept};
use crate::outbox::Outbox;
use crate::postgresql::meter::roomy_if;
use deferred::Deferred;
use extended::{Portal, Prepared};
use pgconform_wire::Text;
use pgconform_wire::message::{self, Bind, CommandComplete, DataRow, FunctionCall, Parse, RowDescription};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};
use work::{Rows, Work};

/// SQL for one session.
pub(crate) struct SqlSession {
    node: Arc<Mutex<Node>>,
    session: Session,
    parameters: Vec<(String, String)>,
    environment: Environment,
    quirks: Quirks,
    forms: Forms,
    grammar: Grammar,
    statements: BTreeMap<Vec<u8>, Arc<Prepared>>,
    /// The portals that have a name, by it.
    portals: BTreeMap<Vec<u8>, Arc<Mutex<Portal>>>,
    /// What was executed since the last Sync, in order.
    deferred: Vec<Deferred>,
    /// What is being done.
    work: Work,
    /// What the session keeps is counted with it.
    memory: Kept,
    /// How many jobs the session has begun.
    jobs: u64,
}

/// How far a statement had come when it failed; 3.3 tells errors otherwise by that.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Stage {
    /// It is no statement.
    Parsed,
    /// It means nothing.
    Analysed,
    /// It was run.
    Run,
    /// It is one of an extended query.
    Extended,
}

impl SqlSession {
    pub(crate) fn new(
        node: Arc<Mutex<Node>>,
        memory: Kept,
        session: Session,
        parameters: Vec<(String, String)>,
        faults: &Faults,
        environment: Environment,
    ) -> Self {
        Self {
            node,
            session,
            parameters,
            environment,
            quirks: Quirks::new(faults),
            forms: Forms {
                arrays_quoted: faults.has(Fault::ArrayElementsQuoted),
                array_bounds: faults.has(Fault::ArrayBoundsAsLength),
                java_floats: faults.has(Fault::JavaFloats),
            },
            grammar: Grammar { strict_transactions: faults.has(Fault::StrictTransactions) },
            statements: BTreeMap::new(),
            portals: BTreeMap::new(),
            deferred: Vec::new(),
            work: Work::default(),
            memory,
            jobs: 0,
        }
    }

    fn parse_text(&self, text: &str) -> Result<Vec<Parsed>, SqlError> {
        sql::parse(text, self.grammar).map_err(|refusal| self.refuse(refusal, text, Stage::Parsed))
    }

    /// Runs a statement of a query string, and begins to send what it gives, in text format.
    fn simple(&mut self, parsed: Parsed, text: &str, out: &mut Outbox) -> Result<(), SqlError> {
        let Parsed { statement, range, deep, .. } = parsed;
        let (plan, ready) = self
            .with_room(deep, |scope| {
                let plan = Plan::new(&statement, &[], scope)?;
                let ready = plan.ready(&[], scope)?;
                Ok((plan, ready))
            })
            .map_err(|refusal| self.refuse(refusal, text, Stage::Analysed))?;
        if !plan.parameters.is_empty() {
            let refusal = Refusal::new(Exception::NoParameter, "there is no parameter $1");
            return Err(self.refuse(refusal, text, Stage::Analysed));
        }
        let own = &text[range];
        // What the tag is made of: the semicolon counts.
        let named = if self.quirks.one_by_one { text } else { own };
        let job = self.begin(own);
        let outcome = self.run(&statement, ready, deep);
        drop(job);
        let refuse = |refusal| self.refuse(refusal, text, Stage::Run);
        match outcome.map_err(refuse)? {
            Outcome::Rows(rows) => {
                let rows = Rows::new(rows, &self.memory).map_err(refuse)?;
                self.describe_columns(&plan, &[], out);
                self.work.send(plan, statement, named, rows);
            }
            Outcome::Count(count) => self.complete(&statement, named, count, out),
        }
        Ok(())
    }

    /// Calls `then` with all that a statement sees and changes.
    fn with<T>(&mut self, then: impl FnOnce(&mut Scope<'_>) -> T) -> T {
        let now = i64::try_from(self.environment.clock.now()).unwrap_or(i64::MAX / 1000) * 1000;
        then(&mut Scope { node: &mut lock(&self.node), session: &mut self.session, now })
    }

    /// The same for a statement that may nest deeply.
    fn with_room<T>(&mut self, deep: bool, then: impl FnOnce(&mut Scope<'_>) -> T) -> T {
        roomy_if(deep, || self.with(then))
    }

    /// Runs a statement; what concerns the session's own statements, the SQL does not know.
    fn run(&mut self, statement: &Statement, ready: Ready, deep: bool) -> Result<Outcome, Refusal> {
        if let Statement::Deallocate(name) = statement {
            match name {
                Some(name) => {
                    let message = format!("No statement found with name: {name}");
                    let refusal = || Refusal::new(Exception::IllegalArgument, message);
                    self.statements.remove(name.as_bytes()).ok_or_else(refusal)?;
                }
                None => self.statements.clear(),
            }
        }
        self.with_room(deep, |scope| ready.run(scope))
    }

    /// Begins a job for a statement of this text.
    fn begin(&mut self, text: &str) -> Running {
        self.jobs += 1;
        let purpose = format!("job {}", self.jobs);
        // A machine without random bytes still has jobs: their names are no secrets.
        let bytes =
            self.environment.random.bytes(&purpose).unwrap_or_else(|_| u128::from(self.jobs).to_be_bytes());
        let hex = format!("{:032x}", u128::from_be_bytes(bytes));
        let id = format!("{}-{}-{}-{}-{}", &hex[..8], &hex[8..12], &hex[12..16], &hex[16..20], &hex[20..]);
        let started = self.with(|scope| scope.now);
        self.session.job = Some(id.clone());
        Running::begin(&self.node, Job::new(id, self.session.user.clone(), text.to_owned(), started))
    }

    /// Keeps so many bytes, for as long as what is returned.
    fn keep(&self, bytes: usize) -> Result<Kept, SqlError> {
        let refused = |Full| self.refuse(work::out_of_memory(), "", Stage::Extended);
        self.memory.reserve(bytes).map_err(refused)
    }

    /// An error, as the frontend is told of it.
    fn refuse(&self, refusal: Refusal, text: &str, stage: Stage) -> SqlError {
        if self.quirks.java_errors {
            refusal.into_java(stage != Stage::Analysed)
        } else {
            refusal.into_proper(text)
        }
    }

    /// Sends RowDescription; `formats` are as in Bind.
    fn describe_columns(&self, plan: &Plan, formats: &[i16], out: &mut Outbox) {
        let columns = plan.columns.iter().flatten().enumerate().map(|(place, column)| message::Column {
            name: column.name.as_str().into(),
            type_oid: column.ty.oid(),
            size: column.ty.size(),
            modifier: -1,
            format: format(formats, place),
            ..message::Column::default()
        });
        out.send(RowDescription { columns: columns.collect() });
    }

    fn send_row(&self, plan: &Plan, row: &Row, formats: &[i16], out: &mut Outbox) {
        let columns = plan.columns.iter().flatten();
        let values = row.iter().zip(columns).enumerate().map(|(place, (value, column))| {
            value.as_ref().map(|value| match format(formats, place) {
                0 => value.output(&column.ty, self.forms),
                _ => value.send(&column.ty, self.forms),
            })
        });
        let values: Vec<_> = values.collect();
        out.send(DataRow { values: values.iter().map(|value| value.as_deref().map(Text)).collect() });
    }

    /// Sends CommandComplete of a statement that stands in the query string as `text`.
    fn complete(&self, statement: &Statement, text: &str, count: u64, out: &mut Outbox) {
        let tag = if self.quirks.word_based_tags { word_based(text, count) } else { statement.tag(count) };
        out.send(CommandComplete { tag: tag.as_str().into() });
    }
}

/// The format of a column: there is one for each, or one for all, or none, which is text.
fn format(formats: &[i16], place: usize) -> i16 {
    match formats {
        [one] => *one,
        many => many.get(place).copied().unwrap_or(0),
    }
}

/// 3.3's command tag: the first word in upper case, and the count; BEGIN alone has none.
fn word_based(text: &str, count: impl std::fmt::Display) -> String {
    let word = text.trim().split(' ').next().unwrap_or_default().to_uppercase();
    match word.as_str() {
        "BEGIN" => word,
        "INSERT" => format!("INSERT 0 {count}"),
        _ => format!("{word} {count}"),
    }
}

/// A text that the frontend sent.
fn utf8(bytes: &[u8]) -> Result<&str, SqlError> {
    std::str::from_utf8(bytes)
        .map_err(|_| SqlError::error("22021", "invalid byte sequence for encoding \"UTF8\""))
}

impl Engine for SqlSession {
    fn parameters(&mut self) -> Option<Vec<(String, String)>> {
        Some(std::mem::take(&mut self.parameters))
    }

    fn query(&mut self, query: &[u8], out: &mut Outbox) -> Result<Step, SqlError> {
        self.work.then_script(query);
        self.go_on(out)
    }

    fn resume(&mut self, _why: Call, out: &mut Outbox) -> Result<Step, SqlError> {
        self.go_on(out)
    }

    fn parse(&mut self, parse: &Parse<'_>, _out: &mut Outbox) -> Result<(), SqlError> {
        self.prepare(parse)
    }

    fn bind(&mut self, bind: &Bind<'_>, _out: &mut Outbox) -> Result<(), SqlError> {
        self.make_portal(bind)
    }

    fn describe(&mut self, what: Named<'_>, out: &mut Outbox) -> Result<(), SqlError> {
        match what {
            Named::Statement(name) => self.describe_statement(name, out),
            Named::Portal(name) => self.describe_portal(name, out),
        }
    }

    fn execute(&mut self, portal: &[u8], limit: i32, out: &mut Outbox) -> Result<Step, SqlError> {
        self.defer(portal, limit, out)?;
        Ok(Step::Done)
    }

    fn settle(&mut self, out: &mut Outbox) -> Result<(), SqlError> {
        self.settle_deferred(out)
    }

    fn flush(&mut self, out: &mut Outbox) -> Result<Step, SqlError> {
        if !self.quirks.flush_executes {
            return Ok(Step::Done);
        }
        self.begin_deferred(out)?;
        self.work.flushes();
        self.go_on(out)
    }

    fn close(&mut self, what: Named<'_>) -> Result<(), SqlError> {
        match what {
            Named::Statement(name) => self.close_statement(name),
            Named::Portal(name) => drop(self.portals.remove(name)),
        }
        Ok(())
    }

    fn sync(&mut self, out: &mut Outbox) -> Result<Step, SqlError> {
        self.begin_deferred(out)?;
        self.go_on(out)
    }

    fn call(&mut self, _call: &FunctionCall<'_>, _out: &mut Outbox) -> Result<Step, SqlError> {
        Err(SqlError::error("0A000", "CrateDB has no function call sub-protocol"))
    }

    fn failed(&mut self, _out: &mut Outbox) {
        self.deferred.clear();
        self.work = Work::default();
    }
}
