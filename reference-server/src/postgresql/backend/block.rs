//! Transactions: how they begin and end, and the commands that say so.

use super::Backend;
use crate::engine::{Severity, SqlError};
use crate::postgresql::cluster::{Notification, Peer, State};
use crate::postgresql::session::Listen;
use crate::postgresql::sql::ddl;
use crate::postgresql::sql::parse::Transaction as Command;
use crate::postgresql::sql::stop::Stop;
use crate::postgresql::storage::Outcome;
use crate::postgresql::transaction::{Block, Modes};
use std::collections::BTreeSet;

/// How many savepoints there may be at a time.
const MOST_SAVEPOINTS: usize = 100_000;

impl Backend {
    /// Begins a transaction, unless one has begun.
    pub(super) fn start(&mut self) {
        if self.open {
            return;
        }
        self.open = true;
        if let Some(database) = self.cluster.lock().databases.get_mut(&self.session.database) {
            database.open += 1;
        }
        self.pipelining = false;
        self.session.settings.begin();
        for effect in self.session.settings.transaction_defaults() {
            // A transaction that has not begun takes any mode.
            _ = self.session.take_effect(&effect);
        }
        self.session.now();
    }

    /// A message of the extended query cycle is being served: behind the first Execute of a segment, the segment is a
    /// block of its own.
    pub(super) fn start_in_segment(&mut self) {
        self.start();
        if self.pipelining && self.session.transaction.block == Block::None {
            self.session.transaction.block = Block::Implicit;
        }
    }

    /// The end of a statement outside any block, or of a segment: commits what is not in an explicit block.
    pub(super) fn finish(&mut self) -> Result<(), Stop> {
        match self.session.transaction.block {
            Block::None | Block::Implicit if self.open => self.commit(),
            Block::None | Block::Implicit | Block::Explicit | Block::Failed => Ok(()),
        }
    }

    /// Commits; what fails while doing so rolls back.
    pub(super) fn commit(&mut self) -> Result<(), Stop> {
        self.with(&[], ddl::constraint::check_deferred)?;
        self.hold_cursors()?;
        refuse_if_full(&self.cluster.lock().state, &self.session.database, &self.session.notifies)?;
        self.end(Outcome::Committed);
        Ok(())
    }

    /// Rolls all of it back.
    pub(super) fn roll_back(&mut self) {
        self.end(Outcome::Aborted);
    }

    /// A block has failed: what was done since its last savepoint is undone at once, although the block itself stays.
    pub(super) fn fail_block(&mut self) {
        if let Some((depth, name)) = self.session.transaction.last_savepoint() {
            self.pop(depth, Outcome::Aborted);
            self.session.push(Some(name));
        } else {
            // Its portals cannot be run any more, but they are there until it ends.
            let portals = std::mem::take(&mut self.portals);
            self.end(Outcome::Aborted);
            self.portals = portals;
            self.start();
        }
        self.session.transaction.block = Block::Failed;
    }

    fn end(&mut self, outcome: Outcome) {
        let committed = outcome == Outcome::Committed;
        let was_open = std::mem::take(&mut self.open);
        self.pipelining = false;
        self.portals.retain(|_, portal| portal.is_held());
        let mut inner = self.cluster.lock();
        let inner = &mut *inner;
        let Some(database) = inner.databases.get_mut(&self.session.database) else { return };
        database.open -= usize::from(was_open);
        if committed {
            ddl::on_commit(database, &mut self.session);
        }
        self.session.pop(0, outcome, database);
        let wrote = self.session.transaction.xid().is_some();
        self.session.transaction.end(outcome, database);
        self.session.settings.end(0, committed);
        let (listens, notifies) =
            (std::mem::take(&mut self.session.listens), std::mem::take(&mut self.session.notifies));
        let process = self.session.process;
        if committed {
            listen(&mut inner.state, process, listens);
            notify(&mut inner.state, process, &self.session.database, notifies);
        }
        let locks = inner.state.locks.len();
        inner.state.locks.retain(|lock| lock.process != process || !lock.transactional);
        if wrote || inner.state.locks.len() != locks {
            inner.state.wake_others(process);
        }
        if wrote {
            database.vacuum_if_due();
        }
    }

    /// A transaction command; gives its tag.
    pub(super) fn transaction(&mut self, command: &Command) -> Result<String, Stop> {
        match command {
            Command::Begin { modes, start } => {
                self.begin(modes)?;
                Ok(if *start { "START TRANSACTION" } else { "BEGIN" }.to_owned())
            }
            Command::Commit { chain } => self.end_block(true, *chain),
            Command::Rollback { chain } => self.end_block(false, *chain),
            Command::Savepoint(name) => {
                self.need_block("SAVEPOINT")?;
                if self.session.transaction.depth() >= MOST_SAVEPOINTS {
                    return Err(Stop::error("53200", "out of memory"));
                }
                self.session.push(Some(name.clone()));
                Ok("SAVEPOINT".to_owned())
            }
            Command::Release(name) => {
                self.need_block("RELEASE SAVEPOINT")?;
                let depth = self.savepoint(name)?;
                self.pop(depth, Outcome::Committed);
                Ok("RELEASE".to_owned())
            }
            Command::RollbackTo(name) => {
                self.need_block("ROLLBACK TO SAVEPOINT")?;
                let depth = self.savepoint(name)?;
                self.portals.retain(|_, portal| portal.depth <= depth);
                self.pop(depth, Outcome::Aborted);
                self.session.push(Some(name.clone()));
                self.session.transaction.block = Block::Explicit;
                Ok("ROLLBACK".to_owned())
            }
            Command::Set(modes) => {
                if self.session.transaction.block == Block::None {
                    let warning = "SET TRANSACTION can only be used in transaction blocks";
                    self.session.notice(SqlError::new(Severity::Warning, "25P01", warning));
                }
                self.session.transaction.set_modes(modes)?;
                Ok("SET".to_owned())
            }
            Command::TwoPhase(tag, name) => self.two_phase(tag, name),
        }
    }

    fn begin(&mut self, modes: &Modes) -> Result<(), Stop> {
        match self.session.transaction.block {
            Block::None | Block::Implicit => self.session.transaction.block = Block::Explicit,
            Block::Explicit | Block::Failed => {
                let warning = "there is already a transaction in progress";
                self.session.notice(SqlError::new(Severity::Warning, "25001", warning));
            }
        }
        Ok(self.session.transaction.set_modes(modes)?)
    }

    /// COMMIT and ROLLBACK.
    fn end_block(&mut self, commits: bool, chain: bool) -> Result<String, Stop> {
        let block = self.session.transaction.block;
        let tag = if commits && block != Block::Failed { "COMMIT" } else { "ROLLBACK" };
        if matches!(block, Block::None | Block::Implicit) {
            if chain {
                let what = if commits { "COMMIT AND CHAIN" } else { "ROLLBACK AND CHAIN" };
                return Err(needs_block(what));
            }
            let warning = "there is no transaction in progress";
            self.session.notice(SqlError::new(Severity::Warning, "25P01", warning));
        }
        let modes = {
            let transaction = &self.session.transaction;
            (transaction.isolation, transaction.read_only, transaction.deferrable)
        };
        if tag == "COMMIT" {
            self.session.transaction.block = Block::None;
            self.commit()?;
        } else {
            self.roll_back();
        }
        if chain {
            self.start();
            let transaction = &mut self.session.transaction;
            transaction.block = Block::Explicit;
            (transaction.isolation, transaction.read_only, transaction.deferrable) = modes;
        }
        Ok(tag.to_owned())
    }

    fn two_phase(&mut self, tag: &'static str, name: &str) -> Result<String, Stop> {
        if tag == "PREPARE TRANSACTION"
            && matches!(self.session.transaction.block, Block::None | Block::Implicit)
        {
            return self.end_block(false, false);
        }
        if tag == "PREPARE TRANSACTION" {
            let why = SqlError::error("55000", "prepared transactions are disabled")
                .hint("Set \"max_prepared_transactions\" to a nonzero value.");
            return Err(why.into());
        }
        if self.session.transaction.block != Block::None {
            return Err(not_within(tag));
        }
        Err(Stop::error("42704", format!("prepared transaction with identifier \"{name}\" does not exist")))
    }

    fn need_block(&self, what: &str) -> Result<(), Stop> {
        match self.session.transaction.block {
            Block::Explicit | Block::Failed => Ok(()),
            Block::None | Block::Implicit => Err(needs_block(what)),
        }
    }

    fn savepoint(&self, name: &str) -> Result<usize, Stop> {
        let found = self.session.transaction.savepoint(name);
        found.ok_or_else(|| Stop::error("3B001", format!("savepoint \"{name}\" does not exist")))
    }

    /// Ends the subtransactions from `depth` on.
    pub(super) fn pop(&mut self, depth: usize, outcome: Outcome) {
        let mut inner = self.cluster.lock();
        if let Some(database) = inner.databases.get_mut(&self.session.database) {
            self.session.pop(depth, outcome, database);
        }
        if outcome == Outcome::Committed {
            for portal in self.portals.values_mut() {
                portal.depth = portal.depth.min(depth);
            }
        }
    }

    /// Refuses a command that cannot be part of a transaction.
    pub(super) fn need_no_block(&mut self, what: &str) -> Result<(), Stop> {
        match self.session.transaction.block {
            Block::None => {
                self.cannot_be_undone = true;
                Ok(())
            }
            Block::Implicit | Block::Explicit | Block::Failed => Err(not_within(what)),
        }
    }
}

fn needs_block(what: &str) -> Stop {
    Stop::error("25P01", format!("{what} can only be used in transaction blocks"))
}

fn not_within(what: &str) -> Stop {
    Stop::error("25001", format!("{what} cannot run inside a transaction block"))
}

fn listen(state: &mut State, process: i32, changes: Vec<Listen>) {
    let Some(peer) = state.sessions.get_mut(&process) else { return };
    for change in changes {
        match change {
            Listen::To(channel) if !peer.channels.contains(&channel) => peer.channels.push(channel),
            Listen::To(_) => {}
            Listen::NotTo(channel) => peer.channels.retain(|known| *known != channel),
            Listen::ToNothing => peer.channels.clear(),
        }
    }
}

/// Tells everybody in the same database who listens, the same only once.
fn notify(state: &mut State, process: i32, database: &str, notifies: Vec<(String, String)>) {
    let mut told = BTreeSet::new();
    for (channel, payload) in notifies {
        if !told.insert((channel.clone(), payload.clone())) {
            continue;
        }
        for peer in state.sessions.values_mut().filter(|peer| peer.database == database) {
            if peer.channels.contains(&channel) {
                let (channel, payload) = (channel.clone(), payload.clone());
                peer.inbox.push(Notification { process, channel, payload });
                peer.bell.ring();
            }
        }
    }
}

/// The most that notifications take which a session was told and has not passed on, in bytes.
const MOST_TOLD: usize = 16 << 20;

/// Refuses notifications that somebody who listens would have to keep too many of.
fn refuse_if_full(state: &State, database: &str, notifies: &[(String, String)]) -> Result<(), Stop> {
    let full = |peer: &Peer| {
        let own = |(channel, payload): &(String, String)| {
            if peer.channels.contains(channel) { channel.len() + payload.len() } else { 0 }
        };
        let told = peer.inbox.iter().map(|told| told.channel.len() + told.payload.len()).sum::<usize>();
        told + notifies.iter().map(own).sum::<usize>() > MOST_TOLD
    };
    let listening = state.sessions.values().filter(|peer| peer.database == database);
    if !notifies.is_empty() && listening.filter(|peer| !peer.channels.is_empty()).any(full) {
        return Err(Stop::error("54000", "too many notifications in the NOTIFY queue"));
    }
    Ok(())
}
