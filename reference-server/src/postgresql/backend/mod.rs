//! A session's engine: what PostgreSQL calls a backend. It serves the messages of the protocol.
//!
//! - `statement` and `portal` are the extended query cycle, `script` the simple one, which uses the same portals.
//! - `block` is transactions; `command`, `cursor` and `copy` are the statements that are no queries; `call` is FunctionCall.
//! - `wait` is what happens while a statement waits, and how it is cancelled.

mod block;
mod call;
mod command;
mod copy;
mod cursor;
mod explain;
mod form;
mod malformed;
mod portal;
mod script;
mod statement;
mod wait;

use super::cluster::{Cluster, Inner, Peer};
use super::meter::{Meter, roomy_if};
use super::session::Session;
use super::settings::Settings;
use super::sql::context::Context;
use super::sql::stop::Stop;
use super::storage::Oid;
use super::transaction::Block;
use crate::engine::{Call, Engine, Named, SqlError, Step};
use crate::environment::{CancelFlag, Environment};
use crate::fault::Fault;
use crate::outbox::Outbox;
use copy::CopyIn;
use pgconform_wire::message::{
    Bind, FunctionCall, NoData, NoticeResponse, NotificationResponse, ParameterDescription, ParameterStatus,
    Parse,
};
use pgconform_wire::value::Value;
use pgconform_wire::{DecodeError, Text};
use portal::Portal;
use statement::Prepared;
use std::collections::BTreeMap;
use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::time::Duration;
use wait::Task;

/// A session's engine.
pub(crate) struct Backend {
    cluster: Cluster,
    session: Session,
    statements: BTreeMap<String, Arc<Prepared>>,
    portals: BTreeMap<String, Portal>,
    /// A transaction has begun.
    open: bool,
    /// Execute has run since the last Sync: what follows in the segment is in one block with it.
    pipelining: bool,
    /// The statement that ran last cannot be part of a transaction: it commits by itself.
    cannot_be_undone: bool,
    /// What is not finished yet.
    task: Option<Task>,
    copy: Option<CopyIn>,
    /// How much of `statement_timeout` is left.
    patience: Option<Duration>,
    /// What the timer that runs is for.
    timer: wait::Timer,
    /// Raised by whoever wants the statement cancelled.
    cancel: CancelFlag,
    running: Running,
}

/// The command that is being run.
#[derive(Debug, Default)]
struct Running {
    /// Where it stands in its query string.
    range: Range<usize>,
    /// The types of the parameters that it was given.
    types: Vec<Oid>,
    /// Their values.
    parameters: Vec<Option<Value>>,
}

impl Backend {
    /// A session of `user` in `database`, which must exist.
    pub(crate) fn new(
        cluster: Cluster,
        user: &str,
        database: &str,
        settings: Settings,
        environment: &Environment,
    ) -> Self {
        let process = environment.process;
        let peer = Peer {
            user: user.to_owned(),
            database: database.to_owned(),
            application_name: settings.get("application_name").to_owned(),
            bell: environment.bell.clone(),
            cancel: environment.cancel.clone(),
            terminated: false,
            channels: Vec::new(),
            inbox: Vec::new(),
        };
        cluster.lock().state.sessions.insert(process, peer);
        let mut session = Session::new(process, user, database, settings, environment.clock);
        session.meter = Meter::new(environment.cancel.clone(), environment.clock, cluster.pool.clone());
        Self {
            cluster,
            session,
            statements: BTreeMap::new(),
            portals: BTreeMap::new(),
            open: false,
            pipelining: false,
            cannot_be_undone: false,
            task: None,
            copy: None,
            patience: None,
            timer: wait::Timer::None,
            cancel: environment.cancel.clone(),
            running: Running::default(),
        }
    }

    /// Does something with the database at hand, on a new snapshot.
    fn with<T>(
        &mut self,
        parameters: &[Option<Value>],
        act: impl FnOnce(&mut Context<'_>) -> Result<T, Stop>,
    ) -> Result<T, Stop> {
        let deep = self.cluster.deep.load(Ordering::Relaxed);
        let mut inner = self.cluster.lock();
        let Inner { databases, state } = &mut *inner;
        let Some(database) = databases.get_mut(&self.session.database) else {
            let why = format!("database \"{}\" does not exist", self.session.database);
            return Err(Stop::error("3D000", why));
        };
        let snapshot = self.session.transaction.snapshot(database);
        let mut context = Context {
            database,
            session: &mut self.session,
            cluster: state,
            snapshot,
            parameters: parameters.to_vec(),
            rows: Vec::new(),
            common: BTreeMap::new(),
        };
        roomy_if(deep, || act(&mut context))
    }

    /// Sends what there is to tell beside results.
    fn tell(&mut self, out: &mut Outbox) {
        for notice in std::mem::take(&mut self.session.notices) {
            let fields = notice.fields(true);
            let fields: Vec<_> =
                fields.iter().map(|(code, value)| (*code, self.encode_lossy(value))).collect();
            let fields = fields.iter().map(|(code, value)| (*code, Text(value))).collect();
            out.send(NoticeResponse { fields });
        }
    }

    /// Refuses all but the end of a transaction that has failed.
    fn refuse_if_failed(&self, ends_block: bool) -> Result<(), Stop> {
        if self.session.transaction.block != Block::Failed || ends_block {
            return Ok(());
        }
        let why = "current transaction is aborted, commands ignored until end of transaction block";
        Err(Stop::error("25P02", why))
    }

    /// Shows the system tables what statements and cursors there are.
    fn publish(&mut self) {
        self.session.prepared =
            self.statements.values().filter(|s| !s.name.is_empty()).map(|s| s.shown()).collect();
        self.session.cursors =
            self.portals.values().filter(|portal| portal.is_shown()).map(Portal::shown).collect();
    }

    /// Serves a message of the extended query cycle.
    fn in_segment<T>(
        &mut self,
        out: &mut Outbox,
        act: impl FnOnce(&mut Self) -> Result<T, Stop>,
    ) -> Result<T, SqlError> {
        self.start_in_segment();
        self.session.meter.begin(None);
        let done = act(self);
        self.tell(out);
        done.map_err(wait::no_wait)
    }

    fn describe_statement(&mut self, name: &[u8], out: &mut Outbox) -> Result<(), Stop> {
        let name = self.name(name)?;
        let prepared = self.statement(&name)?;
        if prepared.columns.is_some() {
            self.refuse_if_failed(false)?;
        }
        out.send(ParameterDescription { types: prepared.types.clone() });
        if prepared.columns.is_some() {
            self.plan(&prepared)?;
        }
        match &prepared.columns {
            None => out.send(NoData),
            Some(columns) => self.describe_columns(columns, |_| 0, out),
        }
        Ok(())
    }

    fn describe_portal(&mut self, name: &[u8], out: &mut Outbox) -> Result<(), Stop> {
        let name = self.name(name)?;
        let Some(portal) = self.portals.remove(&name) else { return Err(no_portal(&name)) };
        let refused = if portal.columns.is_some() { self.refuse_if_failed(false) } else { Ok(()) };
        if refused.is_ok() {
            match &portal.columns {
                None => out.send(NoData),
                Some(columns) => self.describe_columns(columns, |column| portal.format(column), out),
            }
        }
        self.portals.insert(name, portal);
        refused
    }
}

/// No such portal.
fn no_portal(name: &str) -> Stop {
    Stop::error("34000", format!("portal \"{name}\" does not exist"))
}

impl Engine for Backend {
    fn parameters(&mut self) -> Option<Vec<(String, String)>> {
        let told = self.session.settings.changes();
        Some(told.into_iter().map(|(name, value)| (name.to_owned(), value)).collect())
    }

    fn query(&mut self, query: &[u8], out: &mut Outbox) -> Result<Step, SqlError> {
        self.begin_statement();
        self.begin_script(query, out)
    }

    fn malformed(&mut self, error: &DecodeError, frame: &[u8]) -> SqlError {
        self.told_malformed(error, frame)
    }

    fn resume(&mut self, why: Call, out: &mut Outbox) -> Result<Step, SqlError> {
        self.interrupted(why)?;
        match self.task.take() {
            None => Ok(Step::Done),
            Some(task) => self.go_on(task, out),
        }
    }

    fn parse(&mut self, parse: &Parse<'_>, out: &mut Outbox) -> Result<(), SqlError> {
        self.in_segment(out, |backend| backend.prepare(parse))
    }

    fn bind(&mut self, bind: &Bind<'_>, out: &mut Outbox) -> Result<(), SqlError> {
        self.in_segment(out, |backend| backend.make_portal(bind))
    }

    fn describe(&mut self, what: Named<'_>, out: &mut Outbox) -> Result<(), SqlError> {
        self.start_in_segment();
        self.session.meter.begin(None);
        let done = match what {
            Named::Statement(name) => self.describe_statement(name, out),
            Named::Portal(name) => self.describe_portal(name, out),
        };
        self.tell(out);
        done.map_err(wait::no_wait)
    }

    fn execute(&mut self, portal: &[u8], limit: i32, out: &mut Outbox) -> Result<Step, SqlError> {
        self.begin_statement();
        self.start_in_segment();
        let name = self.name(portal).map_err(wait::no_wait)?;
        let limit = u64::try_from(limit).unwrap_or_default();
        self.go_on(Task::Execute { portal: name, limit, sent: 0 }, out)
    }

    fn close(&mut self, what: Named<'_>) -> Result<(), SqlError> {
        match what {
            Named::Statement(name) => {
                let name = self.name(name).map_err(wait::no_wait)?;
                self.statements.remove(&name);
            }
            Named::Portal(name) => {
                let name = self.name(name).map_err(wait::no_wait)?;
                self.portals.remove(&name);
            }
        }
        self.publish();
        Ok(())
    }

    fn sync(&mut self, out: &mut Outbox) -> Result<Step, SqlError> {
        self.session.meter.begin(None);
        let done = self.finish();
        self.pipelining = false;
        self.tell(out);
        done.map(|()| Step::Done).map_err(wait::no_wait)
    }

    fn copy_data(&mut self, data: &[u8], out: &mut Outbox) -> Result<(), SqlError> {
        let done = self.take_copy_data(data);
        self.tell(out);
        done.map_err(wait::no_wait)
    }

    fn copy_end(&mut self, end: Result<(), SqlError>, out: &mut Outbox) -> Result<Step, SqlError> {
        self.end_copy(end, out)
    }

    fn call(&mut self, call: &FunctionCall<'_>, out: &mut Outbox) -> Result<Step, SqlError> {
        self.begin_statement();
        self.begin_call(call, out)
    }

    fn failed(&mut self, out: &mut Outbox) {
        self.task = None;
        self.copy = None;
        match self.session.transaction.block {
            Block::Explicit => {
                self.fail_block();
            }
            Block::Failed => {}
            Block::None | Block::Implicit if self.open => self.roll_back(),
            Block::None | Block::Implicit => {}
        }
        self.tell(out);
    }

    fn status(&mut self, out: &mut Outbox) -> u8 {
        if !self.open || out.has(Fault::NotificationWithinBlock) {
            self.notifications(out);
        }
        for (name, value) in self.session.settings.changes() {
            out.send(ParameterStatus { name: name.into(), value: Text(value.as_bytes()) });
        }
        match self.session.transaction.block {
            Block::None => b'I',
            Block::Implicit | Block::Explicit => b'T',
            Block::Failed => b'E',
        }
    }

    fn idle(&mut self, why: Call, out: &mut Outbox) -> Result<(), SqlError> {
        self.idle_interrupted(why).map_err(|error| self.in_copy(error))?;
        if !self.open || out.has(Fault::NotificationWithinBlock) {
            self.notifications(out);
        }
        Ok(())
    }

    fn patience(&self) -> Option<Duration> {
        self.idle_patience()
    }

    fn text(&self, text: &str) -> Vec<u8> {
        self.encode_lossy(text)
    }
}

impl Backend {
    fn notifications(&mut self, out: &mut Outbox) {
        let mut inner = self.cluster.lock();
        let Some(peer) = inner.state.sessions.get_mut(&self.session.process) else { return };
        for told in std::mem::take(&mut peer.inbox) {
            let (channel, payload) = (self.encode_lossy(&told.channel), self.encode_lossy(&told.payload));
            out.send(NotificationResponse {
                process: told.process,
                channel: Text(&channel),
                payload: Text(&payload),
            });
        }
    }
}

impl Drop for Backend {
    fn drop(&mut self) {
        if self.open {
            self.roll_back();
        }
        let mut inner = self.cluster.lock();
        let process = self.session.process;
        inner.state.sessions.remove(&process);
        inner.state.locks.retain(|lock| lock.process != process);
        inner.state.wake_others(process);
        if let Some(database) = inner.databases.get_mut(&self.session.database) {
            super::sql::ddl::drop_temporary(database, &mut self.session);
        }
    }
}
