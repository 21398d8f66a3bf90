//! What all sessions of a server share: its databases, who is connected, who listens, who holds which lock.

use super::database::Database;
use super::meter::Pool;
use crate::environment::{Bell, CancelFlag};
use std::collections::BTreeMap;
use std::sync::atomic::AtomicBool;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// A server's databases and sessions.
#[derive(Debug, Clone)]
pub(crate) struct Cluster {
    inner: Arc<Mutex<Inner>>,
    /// What its sessions keep.
    pub(crate) pool: Pool,
    /// Whether any statement so far nests so deeply that a thread's own stack may not do.
    pub(crate) deep: Arc<AtomicBool>,
}

/// What is behind the lock: the databases apart from the rest, because a command changes one of them and may look at all
/// of the rest.
#[derive(Debug)]
pub(crate) struct Inner {
    pub(crate) databases: BTreeMap<String, Database>,
    pub(crate) state: State,
}

/// The sessions, and what they share.
#[derive(Debug, Default)]
pub(crate) struct State {
    pub(crate) sessions: BTreeMap<i32, Peer>,
    pub(crate) locks: Vec<AdvisoryLock>,
    /// The roles, and whether each is a superuser.
    pub(crate) roles: BTreeMap<String, bool>,
}

/// A session, as the others see it.
#[derive(Debug)]
pub(crate) struct Peer {
    pub(crate) user: String,
    pub(crate) database: String,
    pub(crate) application_name: String,
    pub(crate) bell: Bell,
    /// Raised, it has the session cancel what it does.
    pub(crate) cancel: CancelFlag,
    /// Somebody wants it ended.
    pub(crate) terminated: bool,
    /// The channels that it listens to.
    pub(crate) channels: Vec<String>,
    /// What it was told and has not passed on yet.
    pub(crate) inbox: Vec<Notification>,
}

/// A notification.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Notification {
    /// The session that notified.
    pub(crate) process: i32,
    pub(crate) channel: String,
    pub(crate) payload: String,
}

/// An advisory lock that is held.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct AdvisoryLock {
    pub(crate) process: i32,
    /// The key: `classid`, `objid` and `objsubid` of `pg_locks` (1: one bigint; 2: two ints).
    pub(crate) key: (u32, u32, i16),
    pub(crate) shared: bool,
    /// It is released when the transaction ends.
    pub(crate) transactional: bool,
}

impl Cluster {
    /// A cluster with these databases and roles.
    pub(crate) fn new(databases: &[&str], roles: BTreeMap<String, bool>) -> Self {
        let databases = databases.iter().map(|name| ((*name).to_owned(), Database::new(name))).collect();
        let inner = Inner { databases, state: State { roles, ..State::default() } };
        Self { inner: Arc::new(Mutex::new(inner)), pool: Pool::default(), deep: Arc::default() }
    }

    /// Everything, for one command.
    pub(crate) fn lock(&self) -> MutexGuard<'_, Inner> {
        // A panic of another session cannot have left a half-done change that anybody sees: its transaction never commits.
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    /// Wakes every session but this one: what one of them waits for may have come.
    pub(crate) fn wake_others(&self, process: i32) {
        for (_, peer) in self.sessions.iter().filter(|(other, _)| **other != process) {
            peer.bell.ring();
        }
    }
}
