//! A session's engine: simple queries, and what they have in common with extended ones, which [`extended`] serves and
//! [`deferred`] runs.

mod deferred;
mod extended;

use super::job::{Running, lock};
use super::node::{Job, Node};
use super::quirks::Quirks;
use super::refusal::{Exception, Refusal};
use super::sql::{self, Grammar, Outcome, Parsed, Plan, Ready, Scope, Session, Statement};
use super::value::{Forms, Row};
use crate::engine::{Engine, Named, SqlError, Step};
use crate::environment::Environment;
use crate::fault::{Fault, Faults};
use crate::outbox::Outbox;
use deferred::Deferred;
use extended::{Portal, Prepared};
use pgconform_wire::Text;
use pgconform_wire::message::{
    self, Bind, CommandComplete, DataRow, EmptyQueryResponse, FunctionCall, Parse, RowDescription,
};
use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

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
            jobs: 0,
        }
    }

    /// Runs the statements of a query string, up to the first that fails.
    fn script(&mut self, text: &str, out: &mut Outbox) -> Result<(), SqlError> {
        if self.quirks.one_by_one {
            return sql::pieces(text).into_iter().try_for_each(|piece| self.piece(&text[piece], out));
        }
        let parsed = self.parse_text(text)?;
        if parsed.is_empty() {
            out.send(EmptyQueryResponse);
        }
        parsed.iter().try_for_each(|parsed| self.simple(parsed, text, out))
    }

    /// Runs what stands between two semicolons; nothing else than those must stand in what is empty.
    fn piece(&mut self, text: &str, out: &mut Outbox) -> Result<(), SqlError> {
        if matches!(text, "" | ";") {
            out.send(EmptyQueryResponse);
            return Ok(());
        }
        match self.parse_text(text)?.first() {
            Some(parsed) => self.simple(parsed, text, out),
            None => {
                let message = format!("line 1:{}: mismatched input expecting a statement", text.len());
                Err(self.refuse(Refusal::new(Exception::SqlParse, message), text, Stage::Parsed))
            }
        }
    }

    fn parse_text(&self, text: &str) -> Result<Vec<Parsed>, SqlError> {
        sql::parse(text, self.grammar).map_err(|refusal| self.refuse(refusal, text, Stage::Parsed))
    }

    /// Runs a statement, and sends what it gives in text format.
    fn simple(&mut self, parsed: &Parsed, text: &str, out: &mut Outbox) -> Result<(), SqlError> {
        let statement = &parsed.statement;
        let own = &text[parsed.range.clone()];
        // What the tag is made of: the semicolon counts.
        let named = if self.quirks.one_by_one { text } else { own };
        let (plan, ready) = self
            .with(|scope| {
                let plan = Plan::new(statement, &[], scope)?;
                let ready = plan.ready(&[], scope)?;
                Ok((plan, ready))
            })
            .map_err(|refusal| self.refuse(refusal, text, Stage::Analysed))?;
        if !plan.parameters.is_empty() {
            let refusal = Refusal::new(Exception::NoParameter, "there is no parameter $1");
            return Err(self.refuse(refusal, text, Stage::Analysed));
        }
        let job = self.begin(own);
        let outcome = self.run(statement, ready);
        drop(job);
        match outcome.map_err(|refusal| self.refuse(refusal, text, Stage::Run))? {
            Outcome::Rows(rows) => {
                self.describe_columns(&plan, &[], out);
                rows.iter().for_each(|row| self.send_row(&plan, row, &[], out));
                self.complete(statement, named, rows.len() as u64, out);
            }
            Outcome::Count(count) => self.complete(statement, named, count, out),
        }
        Ok(())
    }

    /// Calls `then` with all that a statement sees and changes.
    fn with<T>(&mut self, then: impl FnOnce(&mut Scope<'_>) -> T) -> T {
        let now = i64::try_from(self.environment.clock.now()).unwrap_or(i64::MAX / 1000) * 1000;
        then(&mut Scope { node: &mut lock(&self.node), session: &mut self.session, now })
    }

    /// Runs a statement; what concerns the session's own statements, the SQL does not know.
    fn run(&mut self, statement: &Statement, ready: Ready) -> Result<Outcome, Refusal> {
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
        self.with(|scope| ready.run(scope))
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
        self.statements.remove(&b""[..]);
        self.portals.remove(&b""[..]);
        self.script(utf8(query)?, out)?;
        Ok(Step::Done)
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
        self.run_deferred(out)
    }

    fn flush(&mut self, out: &mut Outbox) -> Result<Step, SqlError> {
        if self.quirks.flush_executes {
            self.flush_deferred(out)?;
        }
        Ok(Step::Done)
    }

    fn close(&mut self, what: Named<'_>) -> Result<(), SqlError> {
        match what {
            Named::Statement(name) => self.close_statement(name),
            Named::Portal(name) => drop(self.portals.remove(name)),
        }
        Ok(())
    }

    fn sync(&mut self, out: &mut Outbox) -> Result<Step, SqlError> {
        self.run_deferred(out)?;
        Ok(Step::Done)
    }

    fn call(&mut self, _call: &FunctionCall<'_>, _out: &mut Outbox) -> Result<Step, SqlError> {
        Err(SqlError::error("0A000", "CrateDB has no function call sub-protocol"))
    }

    fn failed(&mut self, _out: &mut Outbox) {
        self.deferred.clear();
    }
}
