//! Executions that are put off until Sync: so that many of one statement can be one operation.
//!
//! What follows an Execute is answered in its turn: the outbox holds the answers back until the execution has had its own.
//! If it never has one, because an error came first, neither have they.

use super::super::job::Running;
use super::super::refusal::{Exception, Refusal};
use super::super::sql::{Kind, Outcome, Statement};
use super::extended::{self, Portal, Prepared, State};
use super::work::Rows;
use super::{SqlSession, Stage, word_based};
use crate::engine::SqlError;
use crate::outbox::Outbox;
use pgconform_wire::message::{CommandComplete, EmptyQueryResponse, PortalSuspended};
use std::sync::{Arc, Mutex};

/// How many executions may be put off.
const MAX_DEFERRED: usize = 100_000;

/// What JDBC calls `EXECUTE_FAILED`: the count of an item of a bulk operation that has failed.
const FAILED: i64 = -3;

/// An Execute that waits for Sync.
#[derive(Debug)]
pub(super) struct Deferred {
    portal: Arc<Mutex<Portal>>,
    pub(super) limit: usize,
}

/// An Execute whose turn comes.
#[derive(Debug)]
pub(super) struct Execution {
    pub(super) deferred: Deferred,
    /// It is one of several by the same statement, which are one operation.
    is_bulk: bool,
    /// What was held back until it is done.
    held: Vec<u8>,
}

/// How an execution ended that did not fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ended {
    Complete,
    Suspended,
}

/// What became of a portal that was run.
enum Ran {
    Complete,
    Rows(Rows, Running),
}

impl Deferred {
    /// Its statement, if it changes rows.
    fn written(&self) -> Option<Arc<Prepared>> {
        let portal = extended::lock(&self.portal);
        let statement = portal.prepared.statement.as_ref();
        statement.filter(|statement| statement.kind() == Kind::Write).map(|_| Arc::clone(&portal.prepared))
    }
}

impl SqlSession {
    /// Execute.
    pub(super) fn defer(&mut self, portal: &[u8], limit: i32, out: &mut Outbox) -> Result<(), SqlError> {
        let portal = self.portal(portal)?;
        if self.deferred.len() >= MAX_DEFERRED {
            return Err(SqlError::error("53200", "too many executions before a Sync"));
        }
        let limit = usize::try_from(limit).unwrap_or(0);
        if self.quirks.overtake && is_never_put_off(&portal) {
            let mut portal = extended::lock(&portal);
            let done = self.run_portal(&mut portal, out);
            return done
                .map(|_| ())
                .map_err(|refusal| self.refuse_execution(refusal, &portal.prepared.source));
        }
        self.deferred.push(Deferred { portal, limit });
        if !self.quirks.overtake {
            out.hold();
        }
        Ok(())
    }

    /// The turn of all that was put off has come.
    pub(super) fn begin_deferred(&mut self, out: &mut Outbox) -> Result<(), SqlError> {
        let deferred = std::mem::take(&mut self.deferred);
        let mut held = out.take_held();
        let written: Vec<_> = deferred.iter().map(Deferred::written).collect();
        if self.quirks.only_writes_in_batches && written.len() > 1 && written.iter().any(Option::is_none) {
            let message = "Only write operations are allowed in Batch statements";
            return Err(self.refuse(Refusal::unsupported(message), "", Stage::Analysed));
        }
        let bulks = bulks(&written, |left, right| left.is_same(right));
        self.work.executions = deferred
            .into_iter()
            .zip(bulks)
            .map(|(deferred, is_bulk)| Execution {
                deferred,
                is_bulk,
                held: held.pop_front().unwrap_or_default(),
            })
            .collect();
        Ok(())
    }

    /// Runs a portal that was put off, and begins to send what it gives.
    pub(super) fn execute_deferred(
        &mut self,
        execution: Execution,
        out: &mut Outbox,
    ) -> Result<(), SqlError> {
        let portal = Arc::clone(&execution.deferred.portal);
        let mut portal = extended::lock(&portal);
        let ran = match self.run_portal(&mut portal, out) {
            Err(_) if execution.is_bulk => {
                self.fail_item(&portal, out);
                Ran::Complete
            }
            done => done.map_err(|refusal| self.refuse_execution(refusal, &portal.prepared.source))?,
        };
        match (ran, &portal.plan) {
            (Ran::Rows(rows, job), Some(plan)) => {
                let shown = (Arc::clone(plan), portal.formats.clone());
                self.work.send_portal(shown, rows, execution, job);
            }
            _ => self.after_execution(execution, Ended::Complete, out),
        }
        Ok(())
    }

    /// An execution is over: what was to follow it follows.
    pub(super) fn after_execution(&mut self, execution: Execution, end: Ended, out: &mut Outbox) {
        self.work.end = Some(end);
        out.send_held(&execution.held);
    }

    /// A portal has given as many rows as were wanted.
    pub(super) fn end_portal(
        &self,
        execution: &Execution,
        sent: usize,
        rows: Rows,
        job: Running,
        out: &mut Outbox,
    ) -> Ended {
        let mut portal = extended::lock(&execution.deferred.portal);
        // As in PostgreSQL, a limit that is just reached suspends, though nothing may be left.
        if sent > 0 && sent == execution.deferred.limit {
            portal.state = State::Suspended(rows, job);
            out.send(PortalSuspended);
            return Ended::Suspended;
        }
        if let Some(statement) = &portal.prepared.statement {
            self.complete(statement, &portal.prepared.source, sent as u64, out);
        }
        Ended::Complete
    }

    /// An item of a bulk operation has failed: the others go on, and its count says so.
    fn fail_item(&self, portal: &Portal, out: &mut Outbox) {
        let Some(statement) = &portal.prepared.statement else { return };
        let tag = if self.quirks.word_based_tags {
            word_based(&portal.prepared.source, FAILED)
        } else {
            let tag = statement.tag(0);
            let words = tag.strip_suffix('0').unwrap_or(&tag);
            format!("{words}{FAILED}")
        };
        out.send(CommandComplete { tag: tag.as_str().into() });
    }

    /// Runs a portal, unless it has run already: then there may be rows left.
    fn run_portal(&mut self, portal: &mut Portal, out: &mut Outbox) -> Result<Ran, Refusal> {
        let prepared = Arc::clone(&portal.prepared);
        let Some(statement) = &prepared.statement else {
            out.send(EmptyQueryResponse);
            return Ok(Ran::Complete);
        };
        let state = std::mem::replace(&mut portal.state, State::Ended);
        let (outcome, job) = match state {
            State::Suspended(rows, job) => {
                if job.job.is_killed() {
                    return Err(Refusal::new(Exception::JobKilled, "Job killed"));
                }
                return Ok(Ran::Rows(rows, job));
            }
            State::Bound(ready) => {
                let job = self.begin(prepared.text());
                let Some(ready) = ready else { return Ok(Ran::Complete) };
                (self.run(statement, ready, prepared.deep)?, job)
            }
            State::Ended => {
                let outcome = self.run_again(portal, statement)?;
                (outcome.unwrap_or(Outcome::Rows(Vec::new())), self.begin(prepared.text()))
            }
        };
        match outcome {
            Outcome::Rows(_) if job.job.is_killed() => Err(Refusal::new(Exception::JobKilled, "Job killed")),
            Outcome::Rows(rows) => Ok(Ran::Rows(Rows::new(rows, &self.memory)?, job)),
            Outcome::Count(count) => {
                self.complete(statement, &prepared.source, count, out);
                Ok(Ran::Complete)
            }
        }
    }

    /// What a portal that has ended gives: nothing more; and if it gave no rows, it cannot run twice.
    fn run_again(&mut self, portal: &Portal, statement: &Statement) -> Result<Option<Outcome>, Refusal> {
        if self.quirks.portal_runs_again
            && let Some(plan) = &portal.plan
        {
            let deep = portal.prepared.deep;
            let ready = self.with_room(deep, |scope| plan.ready(&portal.parameters, scope))?;
            return self.run(statement, ready, deep).map(Some);
        }
        match statement.kind() {
            Kind::Rows => Ok(None),
            _ => Err(Refusal::new(Exception::PortalEnded, "portal cannot be run anymore")),
        }
    }
}

/// Whether 3.3 runs it at once: BEGIN, DEALLOCATE and nothing at all. So they may stand before a statement that gives rows.
fn is_never_put_off(portal: &Mutex<Portal>) -> bool {
    let statement = &extended::lock(portal).prepared.statement;
    matches!(statement, None | Some(Statement::Begin | Statement::Deallocate(_)))
}

/// Which executions are one operation with a neighbour: those that write by the same statement.
fn bulks<T>(written: &[Option<T>], same: impl Fn(&T, &T) -> bool) -> Vec<bool> {
    let with_next: Vec<bool> = written
        .windows(2)
        .map(|pair| matches!(pair, [Some(left), Some(right)] if same(left, right)))
        .collect();
    let is_one = |at: usize| with_next.get(at).copied().unwrap_or(false);
    (0..written.len()).map(|at| is_one(at) || at.checked_sub(1).is_some_and(is_one)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn neighbours_that_write_by_the_same_statement_are_one_operation() {
        let table: [(&[Option<u8>], &[bool]); 5] = [
            (&[], &[]),
            (&[Some(1)], &[false]),
            (&[None, None], &[false, false]),
            (&[Some(1), Some(1), Some(2)], &[true, true, false]),
            (&[Some(1), None, Some(1), Some(1), Some(1)], &[false, false, true, true, true]),
        ];
        for (written, expected) in table {
            assert_eq!(bulks(written, PartialEq::eq), expected, "{written:?}");
        }
    }
}
