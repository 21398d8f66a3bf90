//! Executions that are put off until Sync: so that many of one statement can be one operation.
//!
//! What follows an Execute is answered in its turn: the outbox holds the answers back until the execution has had its own.
//! If it never has one, because an error came first, neither have they.

use super::super::refusal::{Exception, Refusal};
use super::super::sql::{Kind, Outcome, Statement};
use super::extended::{self, Portal, State};
use super::{SqlSession, Stage, word_based};
use crate::engine::SqlError;
use crate::outbox::Outbox;
use pgconform_wire::message::{CommandComplete, EmptyQueryResponse, PortalSuspended, ReadyForQuery};
use std::collections::VecDeque;
use std::ops::Range;
use std::sync::{Arc, Mutex};

/// How many executions may be put off.
const MAX_DEFERRED: usize = 100_000;

/// What JDBC calls `EXECUTE_FAILED`: the count of an item of a bulk operation that has failed.
const FAILED: i64 = -3;

/// An Execute that waits for Sync.
#[derive(Debug)]
pub(super) struct Deferred {
    portal: Arc<Mutex<Portal>>,
    limit: usize,
}

/// How an execution ended that did not fail.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum End {
    Complete,
    Suspended,
}

impl Deferred {
    /// Its statement, if it changes rows.
    fn written(&self) -> Option<String> {
        let portal = extended::lock(&self.portal);
        let statement = portal.prepared.statement.as_ref();
        statement
            .filter(|statement| statement.kind() == Kind::Write)
            .map(|_| portal.prepared.text().to_owned())
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
            let done = self.run_portal(&mut portal, limit, out);
            return done
                .map(|_| ())
                .map_err(|refusal| self.refuse(refusal, &portal.prepared.source, Stage::Extended));
        }
        self.deferred.push(Deferred { portal, limit });
        if !self.quirks.overtake {
            out.hold();
        }
        Ok(())
    }

    /// Sync: runs what was put off.
    pub(super) fn run_deferred(&mut self, out: &mut Outbox) -> Result<(), SqlError> {
        self.run_all(out).map(|_| ())
    }

    /// Flush in 3.3: runs what was put off, and tells of a suspended portal that the session is ready.
    pub(super) fn flush_deferred(&mut self, out: &mut Outbox) -> Result<(), SqlError> {
        if self.run_all(out)? == Some(End::Suspended) && self.quirks.ready_after_suspended {
            out.send(ReadyForQuery { status: b'I' });
        }
        Ok(())
    }

    /// Runs what was put off, in order; tells how the last ended.
    fn run_all(&mut self, out: &mut Outbox) -> Result<Option<End>, SqlError> {
        let deferred = std::mem::take(&mut self.deferred);
        let mut held = out.take_held();
        let written: Vec<_> = deferred.iter().map(Deferred::written).collect();
        if self.quirks.only_writes_in_batches && written.len() > 1 && written.contains(&None) {
            let message = "Only write operations are allowed in Batch statements";
            return Err(self.refuse(Refusal::unsupported(message), "", Stage::Analysed));
        }
        let mut end = None;
        for bulk in bulks(&written) {
            let is_bulk = bulk.len() > 1;
            for Deferred { portal, limit } in &deferred[bulk] {
                let mut portal = extended::lock(portal);
                end = Some(match self.run_portal(&mut portal, *limit, out) {
                    Err(_) if is_bulk => self.failed_item(&portal, out),
                    done => done
                        .map_err(|refusal| self.refuse(refusal, &portal.prepared.source, Stage::Extended))?,
                });
                out.send_held(&held.pop_front().unwrap_or_default());
            }
        }
        Ok(end)
    }

    /// An item of a bulk operation that has failed: the others go on, and its count says so.
    fn failed_item(&self, portal: &Portal, out: &mut Outbox) -> End {
        let Some(statement) = &portal.prepared.statement else { return End::Complete };
        let tag = if self.quirks.word_based_tags {
            word_based(&portal.prepared.source, FAILED)
        } else {
            let tag = statement.tag(0);
            let words = tag.strip_suffix('0').unwrap_or(&tag);
            format!("{words}{FAILED}")
        };
        out.send(CommandComplete { tag: tag.as_str().into() });
        End::Complete
    }

    /// Runs a portal, or goes on with it, for `limit` rows; 0: for all.
    fn run_portal(&mut self, portal: &mut Portal, limit: usize, out: &mut Outbox) -> Result<End, Refusal> {
        let prepared = Arc::clone(&portal.prepared);
        let (Some(statement), Some(plan)) = (&prepared.statement, portal.plan.clone()) else {
            out.send(EmptyQueryResponse);
            return Ok(End::Complete);
        };
        let state = std::mem::replace(&mut portal.state, State::Ended);
        let (mut rows, job) = match state {
            State::Suspended(rows, job) => (rows, job),
            State::Bound(ready) => {
                let job = self.begin(prepared.text());
                let Some(ready) = ready else { return Ok(End::Complete) };
                match self.run(statement, ready)? {
                    Outcome::Rows(rows) => (VecDeque::from(rows), job),
                    Outcome::Count(count) => {
                        self.complete(statement, &prepared.source, count, out);
                        return Ok(End::Complete);
                    }
                }
            }
            State::Ended => match self.run_again(portal, statement)? {
                Some(Outcome::Rows(rows)) => (VecDeque::from(rows), self.begin(prepared.text())),
                Some(Outcome::Count(count)) => {
                    self.complete(statement, &prepared.source, count, out);
                    return Ok(End::Complete);
                }
                None => (VecDeque::new(), self.begin(prepared.text())),
            },
        };
        if job.job.is_killed() {
            return Err(Refusal::new(Exception::JobKilled, "Job killed"));
        }
        let count = if limit == 0 { rows.len() } else { limit.min(rows.len()) };
        for row in rows.drain(..count) {
            self.send_row(&plan, &row, &portal.formats, out);
        }
        // As in PostgreSQL, a limit that is just reached suspends, though nothing may be left.
        if limit > 0 && count == limit {
            portal.state = State::Suspended(rows, job);
            out.send(PortalSuspended);
            return Ok(End::Suspended);
        }
        self.complete(statement, &prepared.source, count as u64, out);
        Ok(End::Complete)
    }

    /// What a portal that has ended gives: nothing more; and if it gave no rows, it cannot run twice.
    fn run_again(&mut self, portal: &Portal, statement: &Statement) -> Result<Option<Outcome>, Refusal> {
        if self.quirks.portal_runs_again
            && let Some(plan) = &portal.plan
        {
            let ready = self.with(|scope| plan.ready(&portal.parameters, scope))?;
            return self.run(statement, ready).map(Some);
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

/// The executions that are one operation each: neighbours that write by the same statement.
fn bulks(written: &[Option<String>]) -> Vec<Range<usize>> {
    let mut bulks: Vec<Range<usize>> = Vec::new();
    for (place, statement) in written.iter().enumerate() {
        match bulks.last_mut() {
            Some(bulk) if statement.is_some() && written[bulk.start] == *statement => bulk.end = place + 1,
            _ => bulks.push(place..place + 1),
        }
    }
    bulks
}
