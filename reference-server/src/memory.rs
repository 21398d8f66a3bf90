//! What sessions keep in memory, counted: for each, and for all of a server together.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// What one session keeps at most, in bytes.
pub(crate) const MOST_OF_SESSION: usize = 128 << 20;

/// What all sessions together keep at most.
const MOST_OF_ALL: usize = 512 << 20;

/// What a session may keep however much others do.
pub(crate) const LITTLE: usize = 256 << 10;

/// What the sessions of a server keep, in bytes.
#[derive(Clone, Debug, Default)]
pub(crate) struct Pool(Arc<AtomicUsize>);

/// Memory that a session keeps for something, for as long as this is.
#[derive(Debug)]
pub(crate) struct Kept {
    bytes: usize,
    of_session: Arc<AtomicUsize>,
    pool: Pool,
}

/// Too much is kept already.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Full;

impl Kept {
    /// Nothing yet, of a new session.
    pub(crate) fn of_session(pool: Pool) -> Self {
        Self { bytes: 0, of_session: Arc::default(), pool }
    }

    /// Nothing yet, of the same session.
    pub(crate) fn nothing(&self) -> Self {
        Self { bytes: 0, of_session: self.of_session.clone(), pool: self.pool.clone() }
    }

    /// So many bytes of the same session.
    pub(crate) fn reserve(&self, bytes: usize) -> Result<Self, Full> {
        let mut kept = self.nothing();
        kept.add(bytes).map(|()| kept)
    }

    /// So many bytes are kept, too. They count even if they are too many.
    pub(crate) fn add(&mut self, bytes: usize) -> Result<(), Full> {
        self.bytes += bytes;
        let own = self.of_session.fetch_add(bytes, Ordering::Relaxed).saturating_add(bytes);
        let all = self.pool.0.fetch_add(bytes, Ordering::Relaxed).saturating_add(bytes);
        let fits = own <= LITTLE || own <= MOST_OF_SESSION && all <= MOST_OF_ALL;
        if fits { Ok(()) } else { Err(Full) }
    }
}

impl Drop for Kept {
    fn drop(&mut self) {
        self.of_session.fetch_sub(self.bytes, Ordering::Relaxed);
        self.pool.0.fetch_sub(self.bytes, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sessions_share_what_they_may_keep() {
        let pool = Pool::default();
        let session = || Kept::of_session(pool.clone());
        let mut sessions: Vec<Kept> = (0..5).map(|_| session()).collect();
        for session in &mut sessions[..4] {
            assert_eq!(session.add(MOST_OF_SESSION), Ok(()));
        }
        assert_eq!(sessions[4].add(LITTLE), Ok(()), "a little is always left");
        assert_eq!(sessions[4].add(1), Err(Full), "all is taken");
        drop(sessions);
        let alone = session();
        let part = alone.reserve(MOST_OF_SESSION);
        assert!(part.is_ok());
        assert_eq!(alone.reserve(1).err(), Some(Full), "its own part is taken");
        drop(part);
        assert!(alone.reserve(1).is_ok());
    }
}
