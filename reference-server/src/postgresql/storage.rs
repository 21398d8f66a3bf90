//! What the server keeps: every version of every row and every definition, and which transaction made and ended it.
//!
//! As in PostgreSQL, nothing is changed in place: a change ends a version and makes another. Who sees which is decided by
//! a [`Snapshot`] alone, so rolling back is forgetting, and definitions are as transactional as rows.

use super::meter::weight_of;
use crate::engine::SqlError;
use pgconform_wire::value::Value;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// An object identifier.
pub(crate) type Oid = u32;

/// A transaction or subtransaction.
pub(crate) type Xid = u64;

/// A row: NULL is the absence of a value.
pub(crate) type Row = Arc<[Option<Value>]>;

/// By whom, and by which command of theirs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Stamp {
    pub(crate) xid: Xid,
    pub(crate) command: u32,
}

/// A version of a thing.
#[derive(Clone, Debug)]
pub(crate) struct Version<T> {
    pub(crate) item: T,
    made: Stamp,
    ended: Option<Stamp>,
}

/// What became of a transaction.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Outcome {
    Running,
    Committed,
    Aborted,
}

/// Every transaction that some version still names.
#[derive(Debug, Default)]
pub(crate) struct Transactions {
    last: Xid,
    log: BTreeMap<Xid, (Outcome, Option<Xid>)>,
}

impl Transactions {
    /// Begins a transaction, or a subtransaction of `parent`.
    pub(crate) fn begin(&mut self, parent: Option<Xid>) -> Xid {
        self.last += 1;
        self.log.insert(self.last, (Outcome::Running, parent));
        self.last
    }

    /// Ends one; what becomes of a subtransaction that commits is up to its parent.
    pub(crate) fn end(&mut self, xid: Xid, outcome: Outcome) {
        if let Some(entry) = self.log.get_mut(&xid) {
            entry.0 = outcome;
        }
    }

    /// What became of it, its parents considered.
    pub(crate) fn outcome(&self, xid: Xid) -> Outcome {
        match self.log.get(&xid) {
            None => Outcome::Committed,
            Some((Outcome::Aborted, _)) => Outcome::Aborted,
            Some((own, None)) => *own,
            Some((_, Some(parent))) => self.outcome(*parent),
        }
    }

    /// The transaction that it belongs to.
    pub(crate) fn root(&self, xid: Xid) -> Xid {
        match self.log.get(&xid) {
            Some((_, Some(parent))) => self.root(*parent),
            _ => xid,
        }
    }

    /// What is seen now, by a transaction that may have no number yet.
    pub(crate) fn snapshot(&self, own: Option<Xid>, command: u32) -> Snapshot {
        let running = |(xid, (outcome, parent)): (&Xid, &(Outcome, Option<Xid>))| {
            (*outcome == Outcome::Running && parent.is_none()).then_some(*xid)
        };
        let running = self.log.iter().filter_map(running).collect();
        Snapshot { own, command, last: self.last, running }
    }

    /// Whether any transaction runs.
    fn busy(&self) -> bool {
        self.log.values().any(|(outcome, parent)| *outcome == Outcome::Running && parent.is_none())
    }
}

/// What a command sees: what was committed when the snapshot was taken, and what its own transaction did before.
#[derive(Clone, Debug)]
pub(crate) struct Snapshot {
    own: Option<Xid>,
    command: u32,
    last: Xid,
    running: BTreeSet<Xid>,
}

impl Snapshot {
    /// Whether what is stamped so has happened, as this snapshot sees it.
    fn sees(&self, stamp: Stamp, log: &Transactions) -> bool {
        let root = log.root(stamp.xid);
        if Some(root) == self.own {
            return stamp.command < self.command && log.outcome(stamp.xid) != Outcome::Aborted;
        }
        root <= self.last && !self.running.contains(&root) && log.outcome(stamp.xid) == Outcome::Committed
    }

    /// The same, after the transaction's own commands so far.
    pub(crate) fn after(&self, own: Option<Xid>, command: u32) -> Self {
        Self { own, command, ..self.clone() }
    }
}

/// Why a version cannot be ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Conflict {
    /// Another transaction, still running, has ended it.
    Running(Xid),
    /// Somebody has ended it meanwhile.
    Gone,
}

/// All versions of things of one kind.
#[derive(Clone, Debug)]
pub(crate) struct Versions<T>(Vec<Version<T>>);

impl<T> Default for Versions<T> {
    fn default() -> Self {
        Self(Vec::new())
    }
}

impl<T> Versions<T> {
    /// Those that a snapshot sees, with their places.
    pub(crate) fn seen<'a>(
        &'a self,
        snapshot: &'a Snapshot,
        log: &'a Transactions,
    ) -> impl Iterator<Item = (usize, &'a T)> {
        let seen = |version: &Version<T>| {
            let ended = version.ended.is_some_and(|stamp| snapshot.sees(stamp, log));
            snapshot.sees(version.made, log) && !ended
        };
        self.0
            .iter()
            .enumerate()
            .filter(move |(_, version)| seen(version))
            .map(|(place, version)| (place, &version.item))
    }

    /// Those that exist or may yet exist, whoever sees them: a unique key must differ from all of these. With each, the
    /// running transaction on which that depends.
    pub(crate) fn dirty<'a>(
        &'a self,
        own: Option<Xid>,
        log: &'a Transactions,
    ) -> impl Iterator<Item = (usize, &'a T, Option<Xid>)> {
        let other = move |stamp: Stamp| {
            let root = log.root(stamp.xid);
            (log.outcome(stamp.xid) == Outcome::Running && Some(root) != own).then_some(root)
        };
        self.0.iter().enumerate().filter_map(move |(place, version)| {
            if log.outcome(version.made.xid) == Outcome::Aborted {
                return None;
            }
            let made = other(version.made);
            match version.ended.filter(|stamp| log.outcome(stamp.xid) != Outcome::Aborted) {
                None => Some((place, &version.item, made)),
                Some(ended) => other(ended).map(|running| (place, &version.item, Some(running))),
            }
        })
    }

    /// Makes a version.
    pub(crate) fn insert(&mut self, item: T, made: Stamp) -> usize {
        self.0.push(Version { item, made, ended: None });
        self.0.len() - 1
    }

    /// Ends a version.
    pub(crate) fn end(&mut self, place: usize, by: Stamp, log: &Transactions) -> Result<(), Conflict> {
        let Some(version) = self.0.get_mut(place) else { return Err(Conflict::Gone) };
        match version.ended {
            Some(ended) if log.outcome(ended.xid) != Outcome::Aborted => {
                let running = log.outcome(ended.xid) == Outcome::Running;
                let root = log.root(ended.xid);
                let other = running && root != log.root(by.xid);
                Err(if other { Conflict::Running(root) } else { Conflict::Gone })
            }
            _ => {
                version.ended = Some(by);
                Ok(())
            }
        }
    }

    /// The transaction that made the version at a place.
    pub(crate) fn maker(&self, place: usize) -> Option<Xid> {
        self.0.get(place).map(|version| version.made.xid)
    }

    /// Drops what nobody can see any more; only for when no transaction runs.
    fn vacuum(&mut self, log: &Transactions) {
        let gone = |stamp: Stamp| log.outcome(stamp.xid) == Outcome::Committed;
        self.0.retain(|version| gone(version.made) && !version.ended.is_some_and(gone));
        for version in &mut self.0 {
            version.ended = None;
        }
    }
}

/// Rows by relation.
#[derive(Debug, Default)]
pub(crate) struct Heaps {
    tables: BTreeMap<Oid, Versions<Row>>,
    /// What all rows take in memory, in bytes.
    bytes: usize,
}

/// The most that the rows of a database take in memory, in bytes.
const MOST_OF_DATABASE: usize = 256 << 20;

impl Heaps {
    /// The rows of a relation.
    pub(crate) fn of(&mut self, relation: Oid) -> &mut Versions<Row> {
        self.tables.entry(relation).or_default()
    }

    /// The rows of a relation, to be read.
    pub(crate) fn read(&self, relation: Oid) -> Option<&Versions<Row>> {
        self.tables.get(&relation)
    }

    /// Makes a version of a row of a relation, if there is room for it.
    pub(crate) fn insert(&mut self, relation: Oid, row: Row, made: Stamp) -> Result<usize, SqlError> {
        let bytes = weight_of(&row);
        if self.bytes + bytes > MOST_OF_DATABASE {
            let why = format!("could not extend relation {relation}: No space left on device");
            return Err(SqlError::error("53100", why).hint("Check free disk space."));
        }
        self.bytes += bytes;
        Ok(self.of(relation).insert(row, made))
    }

    /// How many versions of rows there are.
    pub(crate) fn count(&self) -> usize {
        self.tables.values().map(|versions| versions.0.len()).sum()
    }

    /// Whether half of the room is taken.
    pub(crate) fn is_half_full(&self) -> bool {
        self.bytes > MOST_OF_DATABASE / 2
    }

    /// Drops what nobody can see any more, and the rows of relations that `lives` does not know.
    pub(crate) fn vacuum(&mut self, log: &Transactions, lives: impl Fn(Oid) -> bool) {
        self.tables.retain(|relation, _| lives(*relation));
        self.tables.values_mut().for_each(|rows| rows.vacuum(log));
        let rows = self.tables.values().flat_map(|versions| &versions.0);
        self.bytes = rows.map(|version| weight_of(&version.item)).sum();
    }
}

/// Drops from `kept` and the log what nobody can see any more; says whether it could.
pub(crate) fn vacuum<T>(log: &Transactions, kept: &mut Versions<T>) -> bool {
    let idle = !log.busy();
    if idle {
        kept.vacuum(log);
    }
    idle
}

impl Transactions {
    /// Forgets every transaction: only for when none runs and no version names one that was rolled back.
    pub(crate) fn forget(&mut self) {
        if !self.busy() {
            self.log.clear();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen(versions: &Versions<u8>, snapshot: &Snapshot, log: &Transactions) -> Vec<u8> {
        versions.seen(snapshot, log).map(|(_, item)| *item).collect()
    }

    #[test]
    fn a_transaction_sees_its_own_earlier_commands_and_what_was_committed() {
        let mut log = Transactions::default();
        let mut versions = Versions::default();
        let (a, b) = (log.begin(None), log.begin(None));
        versions.insert(1, Stamp { xid: a, command: 0 });
        assert_eq!(seen(&versions, &log.snapshot(Some(a), 0), &log), [0_u8; 0]);
        assert_eq!(seen(&versions, &log.snapshot(Some(a), 1), &log), [1]);
        let before = log.snapshot(Some(b), 0);
        log.end(a, Outcome::Committed);
        assert_eq!(seen(&versions, &before, &log), [0_u8; 0], "committed after the snapshot");
        assert_eq!(seen(&versions, &log.snapshot(Some(b), 0), &log), [1]);
    }

    #[test]
    fn a_subtransaction_rolls_back_alone_and_commits_with_its_parent() {
        let mut log = Transactions::default();
        let mut versions = Versions::default();
        let top = log.begin(None);
        let (kept, undone) = (log.begin(Some(top)), log.begin(Some(top)));
        versions.insert(1, Stamp { xid: kept, command: 0 });
        versions.insert(2, Stamp { xid: undone, command: 1 });
        let place = 0;
        assert_eq!(versions.end(place, Stamp { xid: undone, command: 2 }, &log), Ok(()));
        assert_eq!(seen(&versions, &log.snapshot(Some(top), 9), &log), [2]);
        log.end(undone, Outcome::Aborted);
        log.end(kept, Outcome::Committed);
        assert_eq!(seen(&versions, &log.snapshot(Some(top), 9), &log), [1]);
        assert_eq!(seen(&versions, &log.snapshot(None, 0), &log), [0_u8; 0]);
        log.end(top, Outcome::Committed);
        assert_eq!(seen(&versions, &log.snapshot(None, 0), &log), [1]);
    }

    #[test]
    fn two_cannot_end_the_same_version() {
        let mut log = Transactions::default();
        let mut versions = Versions::default();
        let maker = log.begin(None);
        let place = versions.insert(1, Stamp { xid: maker, command: 0 });
        log.end(maker, Outcome::Committed);
        let (a, b) = (log.begin(None), log.begin(None));
        assert_eq!(versions.end(place, Stamp { xid: a, command: 0 }, &log), Ok(()));
        let late = Stamp { xid: b, command: 0 };
        assert_eq!(versions.end(place, late, &log), Err(Conflict::Running(a)));
        log.end(a, Outcome::Committed);
        assert_eq!(versions.end(place, late, &log), Err(Conflict::Gone));
    }

    #[test]
    fn vacuum_keeps_what_lives() {
        let mut log = Transactions::default();
        let mut versions = Versions::default();
        let (a, b) = (log.begin(None), log.begin(None));
        let place = versions.insert(1, Stamp { xid: a, command: 0 });
        versions.insert(2, Stamp { xid: a, command: 0 });
        versions.insert(3, Stamp { xid: b, command: 0 });
        assert!(!vacuum(&log, &mut versions));
        _ = versions.end(place, Stamp { xid: a, command: 1 }, &log);
        log.end(a, Outcome::Committed);
        log.end(b, Outcome::Aborted);
        assert!(vacuum(&log, &mut versions));
        log.forget();
        assert_eq!(seen(&versions, &log.snapshot(None, 0), &log), [2]);
    }
}
