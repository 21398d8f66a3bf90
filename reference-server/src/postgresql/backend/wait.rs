//! Statements that wait: what they go on with, and what may end the waiting otherwise.

use super::portal::Finish;
use super::script::Script;
use super::{Backend, no_portal};
use crate::engine::{Call, SqlError, Step};
use crate::outbox::Outbox;
use crate::postgresql::meter::roomy_if;
use crate::postgresql::sql::stop::Stop;
use crate::postgresql::transaction::Block;
use std::sync::atomic::Ordering;
use std::time::Duration;

/// What is not finished yet.
pub(super) enum Task {
    /// A query string.
    Script(Box<Script>),
    /// An Execute message.
    Execute {
        portal: String,
        limit: u64,
        /// How many rows were sent already.
        sent: u64,
    },
    /// A FunctionCall message.
    Call(super::call::Pending),
}

/// What the timer that runs is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Timer {
    /// None runs, or it only says when to look again.
    None,
    /// A sleep of this length.
    Sleep(Duration),
    /// `statement_timeout`.
    Statement,
    /// `lock_timeout`.
    Lock,
}

impl Backend {
    /// A statement begins: what was asked of an earlier one does not concern it.
    pub(super) fn begin_statement(&mut self) {
        self.patience = self.milliseconds("statement_timeout");
        self.timer = Timer::None;
        self.session.sleeps = Default::default();
        self.cancel.take();
        self.session.meter.begin(self.patience);
    }

    /// Goes on with a task, until it is done or waits.
    pub(super) fn go_on(&mut self, task: Task, out: &mut Outbox) -> Result<Step, SqlError> {
        self.session.sleeps.begun = 0;
        self.session.meter.start();
        let deep = self.cluster.deep.load(Ordering::Relaxed);
        let step = roomy_if(deep, || match task {
            Task::Script(script) => self.run_script(*script, out),
            Task::Execute { portal, limit, sent } => self.run_execute(portal, limit, sent, out),
            Task::Call(pending) => self.run_call(pending, out),
        });
        self.tell(out);
        step
    }

    fn run_execute(
        &mut self,
        name: String,
        limit: u64,
        mut sent: u64,
        out: &mut Outbox,
    ) -> Result<Step, SqlError> {
        let Some(mut portal) = self.portals.remove(&name) else { return Err(no_wait(no_portal(&name))) };
        let refused = self.refuse_if_failed(portal.statement.ends_block());
        let finish = match refused {
            Ok(()) => self.run(&mut portal, limit, &mut sent, out),
            Err(stop) => Err(stop),
        };
        let ends_transaction = portal.statement.is_transaction();
        self.tell(out);
        // A command may have closed all portals, or ended the transaction that this one belonged to.
        if finish.is_err() || self.open || name.is_empty() {
            self.portals.entry(name.clone()).or_insert(portal);
        }
        match finish {
            Ok(Finish::CopyIn) => {
                self.task = Some(Task::Execute { portal: name, limit, sent });
                Ok(Step::CopyIn)
            }
            Ok(finish) => {
                if finish != Finish::Suspended && !ends_transaction {
                    self.session.transaction.next_command();
                    self.pipelining = true;
                }
                if std::mem::take(&mut self.cannot_be_undone) {
                    self.finish().map_err(no_wait)?;
                }
                self.tell_finish(&finish, out);
                Ok(Step::Done)
            }
            Err(stop) => self.wait(stop, Task::Execute { portal: name, limit, sent }),
        }
    }

    /// What stops a task fails it, or makes it wait.
    pub(super) fn wait(&mut self, stop: Stop, task: Task) -> Result<Step, SqlError> {
        if let Some(error) = self.session.interrupt.take() {
            return Err(error);
        }
        let (sleep, timer) = match stop {
            Stop::Error(error) => return Err(*error),
            Stop::Sleep(sleep) => (Some(sleep), Timer::Sleep(sleep)),
            // Whoever ends a transaction or releases a lock wakes all others.
            Stop::Lock => (self.milliseconds("lock_timeout"), Timer::Lock),
            Stop::Transaction(_) => (self.milliseconds("lock_timeout"), Timer::Lock),
            Stop::Again | Stop::Yield => (Some(Duration::ZERO), Timer::None),
        };
        self.task = Some(task);
        let (limit, timer) = match (sleep, self.patience) {
            (Some(sleep), Some(patience)) if patience <= sleep => (Some(patience), Timer::Statement),
            (None, Some(patience)) => (Some(patience), Timer::Statement),
            (sleep, _) => (sleep, timer),
        };
        self.timer = timer;
        Ok(Step::Wait(limit))
    }

    /// The session was called while a statement waited.
    pub(super) fn interrupted(&mut self, why: Call) -> Result<(), SqlError> {
        self.idle_interrupted(Call::Wake)?;
        if self.cancel.take() {
            self.session.interrupt = Some(cancelled());
            return Ok(());
        }
        if why == Call::Wake {
            return Ok(());
        }
        match std::mem::replace(&mut self.timer, Timer::None) {
            Timer::None => {}
            Timer::Sleep(slept) => {
                self.patience = self.patience.map(|patience| patience.saturating_sub(slept));
                self.session.sleeps.over += 1;
            }
            Timer::Statement => {
                let why = "canceling statement due to statement timeout";
                self.session.interrupt = Some(SqlError::error("57014", why));
            }
            Timer::Lock => {
                let why = "canceling statement due to lock timeout";
                self.session.interrupt = Some(SqlError::error("55P03", why));
            }
        }
        Ok(())
    }

    /// The session was called while it was idle.
    pub(super) fn idle_interrupted(&mut self, why: Call) -> Result<(), SqlError> {
        let terminated = {
            let inner = self.cluster.lock();
            inner.state.sessions.get(&self.session.process).is_some_and(|peer| peer.terminated)
        };
        if terminated {
            return Err(SqlError::fatal("57P01", "terminating connection due to administrator command"));
        }
        if why == Call::Time {
            let (code, what) = match self.session.transaction.block {
                Block::None => ("57P05", "idle-session timeout"),
                Block::Implicit | Block::Explicit | Block::Failed => ("25P03", "idle-in-transaction timeout"),
            };
            return Err(SqlError::fatal(code, format!("terminating connection due to {what}")));
        }
        Ok(())
    }

    /// How long the session may be idle as it is now.
    pub(super) fn idle_patience(&self) -> Option<Duration> {
        match self.session.transaction.block {
            Block::None => self.milliseconds("idle_session_timeout"),
            Block::Implicit | Block::Explicit | Block::Failed => {
                self.milliseconds("idle_in_transaction_session_timeout")
            }
        }
    }

    /// A parameter that is a time in milliseconds; 0 is none.
    fn milliseconds(&self, name: &str) -> Option<Duration> {
        let value: u64 = self.session.settings.get(name).parse().ok()?;
        (value > 0).then(|| Duration::from_millis(value))
    }
}

/// The error of what somebody cancelled.
pub(super) fn cancelled() -> SqlError {
    SqlError::error("57014", "canceling statement due to user request")
}

/// The error of what cannot wait: the messages that do not execute anything. Analysis and planning stop for nothing else.
pub(super) fn no_wait(stop: Stop) -> SqlError {
    match stop {
        Stop::Error(error) => *error,
        Stop::Again => SqlError::error("40001", "could not serialize access due to concurrent update"),
        Stop::Sleep(_) | Stop::Transaction(_) | Stop::Lock | Stop::Yield => {
            SqlError::error("0A000", "this message cannot wait for another session")
        }
    }
}
