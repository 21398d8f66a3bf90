//! Which sessions can be cancelled, and by which key.

use crate::access::equal;
use std::collections::BTreeMap;
use std::fmt;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// The sessions of a server that can be cancelled, by process id.
#[derive(Clone, Default)]
pub(crate) struct Cancels(Arc<Mutex<BTreeMap<i32, Entry>>>);

struct Entry {
    key: Vec<u8>,
    hook: Arc<dyn Fn() + Send + Sync>,
}

/// Keeps a session's entry; dropped with the session.
pub(crate) struct Cancellable {
    cancels: Cancels,
    process: i32,
}

impl Cancels {
    /// Has `hook` called when a request with this process id and key comes.
    pub(crate) fn register(
        &self,
        process: i32,
        key: &[u8],
        hook: impl Fn() + Send + Sync + 'static,
    ) -> Cancellable {
        self.lock().insert(process, Entry { key: key.to_vec(), hook: Arc::new(hook) });
        Cancellable { cancels: self.clone(), process }
    }

    /// Takes a request. A key of another length is another key; what it shares with the right one cannot be found out by
    /// the time that the comparison takes.
    pub(crate) fn cancel(&self, process: i32, key: &[u8]) {
        let entries = self.lock();
        let entry = entries.get(&process).filter(|entry| equal(&entry.key, key));
        let hook = entry.map(|entry| entry.hook.clone());
        drop(entries);
        if let Some(hook) = hook {
            hook();
        }
    }

    fn lock(&self) -> MutexGuard<'_, BTreeMap<i32, Entry>> {
        // A panic elsewhere does not make the entries untrue.
        self.0.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Drop for Cancellable {
    fn drop(&mut self) {
        self.cancels.lock().remove(&self.process);
    }
}

/// Keys are secrets.
impl fmt::Debug for Cancels {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.lock().keys()).finish()
    }
}

#[cfg(test)]
mod test {
    use super::*;
    use std::sync::atomic::{AtomicU32, Ordering};

    #[test]
    fn only_the_right_key_cancels() {
        let cancels = Cancels::default();
        let count = Arc::new(AtomicU32::new(0));
        let counted = count.clone();
        let kept = cancels.register(7, b"key!", move || {
            counted.fetch_add(1, Ordering::Relaxed);
        });
        for (process, key) in [(7, &b"key?"[..]), (7, b"key"), (7, b"key!!"), (7, b""), (8, b"key!")] {
            cancels.cancel(process, key);
        }
        assert_eq!(count.load(Ordering::Relaxed), 0);
        cancels.cancel(7, b"key!");
        assert_eq!(count.load(Ordering::Relaxed), 1);
        drop(kept);
        cancels.cancel(7, b"key!");
        assert_eq!(count.load(Ordering::Relaxed), 1);
    }
}
