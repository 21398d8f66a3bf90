//! A database: its definitions and rows, in all their versions, and how they are found.

use super::definition::{Relation, Schema, UserFunction, UserType};
use super::storage::{self, Heaps, Oid, Snapshot, Transactions, Versions};
use std::collections::BTreeMap;
use std::sync::Arc;

/// The schema of what is built in.
pub(crate) const PG_CATALOG: Oid = 11;

/// The schema `public`.
pub(crate) const PUBLIC: Oid = 2200;

/// The first object identifier that is not built in.
const FIRST_NORMAL_OID: Oid = 16_384;

/// Where a sequence is.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Counter {
    pub(crate) last: i64,
    /// How many values are logged ahead.
    pub(crate) logged: i64,
    /// Whether `last` was given out already.
    pub(crate) called: bool,
}

/// A database.
#[derive(Debug)]
pub(crate) struct Database {
    pub(crate) name: String,
    pub(crate) transactions: Transactions,
    pub(crate) schemas: Versions<Arc<Schema>>,
    pub(crate) relations: Versions<Arc<Relation>>,
    pub(crate) types: Versions<Arc<UserType>>,
    pub(crate) functions: Versions<Arc<UserFunction>>,
    pub(crate) heaps: Heaps,
    /// How many transactions are open, those that only read among them: each may still see what others have ended.
    pub(crate) open: usize,
    /// Where the sequences are: they do not go back with a transaction.
    pub(crate) counters: BTreeMap<Oid, Counter>,
    next_oid: Oid,
    /// How many transactions have written since what nobody sees was dropped last.
    writers: usize,
}

/// After how many transactions that write what nobody sees is dropped; more where there is more to look through.
const VACUUM_AFTER: usize = 50;

impl Database {
    /// An empty database.
    pub(crate) fn new(name: &str) -> Self {
        Self {
            name: name.to_owned(),
            transactions: Transactions::default(),
            schemas: Versions::default(),
            relations: Versions::default(),
            types: Versions::default(),
            functions: Versions::default(),
            heaps: Heaps::default(),
            open: 0,
            counters: BTreeMap::new(),
            next_oid: FIRST_NORMAL_OID,
            writers: 0,
        }
    }

    /// An object identifier that nothing has.
    pub(crate) fn new_oid(&mut self) -> Oid {
        let oid = self.next_oid;
        self.next_oid += 1;
        oid
    }

    /// The relation with this object identifier.
    pub(crate) fn relation(&self, oid: Oid, snapshot: &Snapshot) -> Option<Arc<Relation>> {
        let mut seen = self.relations.seen(snapshot, &self.transactions);
        seen.find(|(_, relation)| relation.oid == oid).map(|(_, relation)| relation.clone())
    }

    /// The type with this object identifier.
    pub(crate) fn user_type(&self, oid: Oid, snapshot: &Snapshot) -> Option<Arc<UserType>> {
        let mut seen = self.types.seen(snapshot, &self.transactions);
        seen.find(|(_, ty)| ty.oid == oid || ty.array == oid).map(|(_, ty)| ty.clone())
    }

    /// The function with this object identifier.
    pub(crate) fn function(&self, oid: Oid, snapshot: &Snapshot) -> Option<Arc<UserFunction>> {
        let mut seen = self.functions.seen(snapshot, &self.transactions);
        seen.find(|(_, function)| function.oid == oid).map(|(_, function)| function.clone())
    }

    /// A transaction that has written is over: what nobody can see any more is dropped once there may be enough of it.
    pub(crate) fn vacuum_if_due(&mut self) {
        self.writers += 1;
        if self.writers > VACUUM_AFTER + self.heaps.count() / 8 || self.heaps.is_half_full() {
            self.vacuum();
        }
    }

    /// Drops what nobody can see any more, if no transaction is open.
    pub(crate) fn vacuum(&mut self) {
        if self.open > 0 {
            return;
        }
        let log = &self.transactions;
        let idle = storage::vacuum(log, &mut self.schemas)
            && storage::vacuum(log, &mut self.relations)
            && storage::vacuum(log, &mut self.types)
            && storage::vacuum(log, &mut self.functions);
        if !idle {
            return;
        }
        let now = log.snapshot(None, 0);
        let alive: Vec<Oid> = self.relations.seen(&now, log).map(|(_, relation)| relation.oid).collect();
        self.writers = 0;
        self.heaps.vacuum(log, |oid| alive.contains(&oid));
        self.transactions.forget();
    }
}
