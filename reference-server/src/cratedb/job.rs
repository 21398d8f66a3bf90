//! A statement's row in `sys.jobs`, for as long as it runs, its suspended portal included.

use super::node::{Job, Node};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// A job that runs; it has ended when this is dropped.
#[derive(Debug)]
pub(super) struct Running {
    node: Arc<Mutex<Node>>,
    pub(super) job: Job,
}

impl Running {
    /// Begins a job.
    pub(super) fn begin(node: &Arc<Mutex<Node>>, job: Job) -> Self {
        lock(node).jobs.push(job.clone());
        Self { node: Arc::clone(node), job }
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        lock(&self.node).jobs.retain(|job| job.id != self.job.id);
    }
}

/// The node. A panic elsewhere cannot have left a half-done statement behind: tables change in one step.
pub(super) fn lock(node: &Mutex<Node>) -> MutexGuard<'_, Node> {
    node.lock().unwrap_or_else(PoisonError::into_inner)
}
