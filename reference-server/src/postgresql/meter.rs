//! What a command may use up: steps of computing while it holds the cluster's lock, and memory for what it keeps.
//!
//! Whatever loops over rows, elements or iterations calls [`spend`](Meter::spend), which notices a cancellation and
//! `statement_timeout`, too; a plan's states call [`turn`](Meter::turn) instead, where stopping in between is harmless:
//! then others have their turn. Whatever is kept beyond a row calls [`keep`](Meter::keep).

use super::sql::stop::Stop;
use super::storage::Row;
use crate::environment::{CancelFlag, Clock};
use crate::memory::Full;
pub(crate) use crate::memory::{Kept, Pool};
use pgconform_wire::value::{Value, weight};
use std::mem::size_of;
use std::time::Duration;

/// After how many steps others have their turn, where that is harmless.
const TURN: u64 = 10_000;

/// How many steps are made at a stretch where it is not.
const STRETCH: u64 = 2_000_000;

/// How often a cancellation and the time are looked for, in steps.
const LOOK: u64 = 500;

/// The largest value, in bytes: as long as the longest message that a frontend may send one in.
const MOST_OF_VALUE: usize = 16 << 20;

/// The largest value of many parts.
const MOST_OF_PARTS: usize = 64 << 20;

/// How deep functions may call each other.
const DEEPEST: usize = 100;

/// Counts what a session uses up.
#[derive(Debug)]
pub(crate) struct Meter {
    cancel: CancelFlag,
    clock: Clock,
    /// Steps since others had their turn.
    steps: u64,
    /// Steps since a cancellation and the time were looked for.
    unseen: u64,
    /// Whether to stop now and go on later is harmless.
    yields: bool,
    /// When `statement_timeout` is over, in microseconds since 2000-01-01 UTC.
    deadline: Option<i64>,
    /// What is kept for whatever runs.
    kept: Kept,
    depth: usize,
}

impl Default for Meter {
    fn default() -> Self {
        Self::new(CancelFlag::default(), Clock::System, Pool::default())
    }
}

impl Meter {
    /// A meter of a session that this flag cancels.
    pub(crate) fn new(cancel: CancelFlag, clock: Clock, pool: Pool) -> Self {
        let kept = Kept::of_session(pool);
        Self { cancel, clock, steps: 0, unseen: 0, yields: false, deadline: None, kept, depth: 0 }
    }

    /// Something begins that may take so long; what was kept for what ran before is gone.
    pub(crate) fn begin(&mut self, limit: Option<Duration>) {
        let micros = |limit: Duration| i64::try_from(limit.as_micros()).unwrap_or(i64::MAX);
        self.deadline = limit.map(|limit| self.clock.postgres_micros().saturating_add(micros(limit)));
        self.kept = self.kept.nothing();
        self.start();
    }

    /// Others have had their turn.
    pub(crate) fn start(&mut self) {
        (self.steps, self.depth) = (0, 0);
    }

    /// Says whether to stop now and go on later is harmless from now on; gives what was said before.
    pub(crate) fn set_yields(&mut self, yields: bool) -> bool {
        std::mem::replace(&mut self.yields, yields)
    }

    /// So many steps are made.
    #[track_caller]
    pub(crate) fn spend(&mut self, steps: usize) -> Result<(), Stop> {
        let steps = u64::try_from(steps).unwrap_or(u64::MAX);
        self.steps = self.steps.saturating_add(steps);
        self.unseen = self.unseen.saturating_add(steps);
        if self.unseen < LOOK {
            return Ok(());
        }
        self.unseen = 0;
        if self.cancel.take() {
            return Err(Stop::error("57014", "canceling statement due to user request"));
        }
        if self.deadline.is_some_and(|deadline| self.clock.postgres_micros() > deadline) {
            return Err(Stop::error("57014", "canceling statement due to statement timeout"));
        }
        if self.steps > STRETCH {
            let why = format!("statement computes more than {STRETCH} steps at a stretch");
            return Err(Stop::error("54000", why));
        }
        Ok(())
    }

    /// A step is made by what can stop here and go on later.
    pub(crate) fn turn(&mut self) -> Result<(), Stop> {
        self.spend(1)?;
        if self.yields && self.steps > TURN { Err(Stop::Yield) } else { Ok(()) }
    }

    /// So many bytes are kept for what runs.
    #[track_caller]
    pub(crate) fn keep(&mut self, bytes: usize) -> Result<(), Stop> {
        match self.kept.add(bytes) {
            Ok(()) => Ok(()),
            Err(Full) => Err(out_of_memory(bytes)),
        }
    }

    /// A row is kept.
    #[track_caller]
    pub(crate) fn keep_row(&mut self, row: &[Option<Value>]) -> Result<(), Stop> {
        self.keep(weight_of(row))
    }

    /// So many bytes are kept for as long as what is returned.
    #[track_caller]
    pub(crate) fn reserve(&self, bytes: usize) -> Result<Kept, Stop> {
        match self.kept.reserve(bytes) {
            Ok(kept) => Ok(kept),
            Err(Full) => Err(out_of_memory(bytes)),
        }
    }

    /// From now on what is kept is kept with `kept`; gives what it was kept with before.
    pub(crate) fn keep_with(&mut self, kept: Option<Kept>) -> Kept {
        let kept = kept.unwrap_or_else(|| self.kept.nothing());
        std::mem::replace(&mut self.kept, kept)
    }

    /// A function is called.
    #[track_caller]
    pub(crate) fn enter(&mut self) -> Result<(), Stop> {
        if self.depth >= DEEPEST {
            return Err(too_deep().into());
        }
        self.depth += 1;
        Ok(())
    }

    /// It has returned.
    pub(crate) fn leave(&mut self) {
        self.depth = self.depth.saturating_sub(1);
    }
}

/// What a row takes in memory, about.
pub(crate) fn weight_of(row: &[Option<Value>]) -> usize {
    let cell = |value: &Option<Value>| size_of::<Option<Value>>() + value.as_ref().map_or(0, weight);
    size_of::<Row>() + 16 + row.iter().map(cell).sum::<usize>()
}

/// Refuses bytes or text that would be too long.
#[track_caller]
pub(crate) fn fits(bytes: usize) -> Result<(), Stop> {
    if bytes > MOST_OF_VALUE { Err(out_of_memory(bytes)) } else { Ok(()) }
}

/// Refuses a value that is too large. One of many parts, of which each has a place of its own, may take more memory.
#[track_caller]
pub(crate) fn value_fits(value: &Value) -> Result<(), Stop> {
    match value {
        Value::Array(_) | Value::Record(_) | Value::Jsonb(_) | Value::Multirange(_) => {
            parts_fit(weight(value))
        }
        value => fits(weight(value)),
    }
}

/// Refuses a text of which reading makes too much: of each comma, a part.
#[track_caller]
pub(crate) fn fits_read(text: &str) -> Result<(), Stop> {
    const SHORT: usize = 64 << 10;
    if text.len() < SHORT {
        return Ok(());
    }
    let parts = text.bytes().filter(|byte| *byte == b',').count();
    parts_fit(text.len() + parts.saturating_mul(2 * size_of::<Option<Value>>()))
}

/// Refuses a value of many parts that would be too large.
#[track_caller]
pub(crate) fn parts_fit(bytes: usize) -> Result<(), Stop> {
    if bytes > MOST_OF_PARTS { Err(out_of_memory(bytes)) } else { Ok(()) }
}

#[track_caller]
fn out_of_memory(bytes: usize) -> Stop {
    let detail = format!("Failed on request of size {bytes} in memory context \"ExecutorState\".");
    crate::engine::SqlError::error("53200", "out of memory").detail(detail).into()
}

/// Does something that may need more than a thread's own stack, if it does.
pub(crate) fn roomy_if<T>(deep: bool, act: impl FnOnce() -> T) -> T {
    const NEEDED: usize = 16 << 20;
    if deep { stacker::maybe_grow(NEEDED, 2 * NEEDED, act) } else { act() }
}

/// What nests too deeply.
#[track_caller]
pub(crate) fn too_deep() -> crate::engine::SqlError {
    let hint = "Increase the configuration parameter \"max_stack_depth\" (currently 2048kB), after ensuring the \
        platform's stack depth limit is adequate.";
    crate::engine::SqlError::error("54001", "stack depth limit exceeded").hint(hint)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::engine::SqlError;
    use crate::memory::MOST_OF_SESSION;

    fn code<T: std::fmt::Debug>(stopped: Result<T, Stop>) -> String {
        match stopped.unwrap_err() {
            Stop::Error(error) => SqlError::clone(&error).code.into_owned(),
            other => format!("{other:?}"),
        }
    }

    #[test]
    fn what_can_yield_does_and_what_cannot_is_refused() {
        let mut meter = Meter::default();
        let mut run = |yields| {
            meter.start();
            meter.set_yields(yields);
            code((0..=STRETCH + LOOK).try_for_each(|_| meter.turn()))
        };
        assert_eq!(run(true), "Yield");
        assert_eq!(run(false), "54000");
    }

    #[test]
    fn a_cancellation_and_the_time_are_noticed_while_it_computes() {
        let cancel = CancelFlag::default();
        let mut meter = Meter::new(cancel.clone(), Clock::System, Pool::default());
        cancel.raise();
        assert_eq!(code((0..LOOK).try_for_each(|_| meter.spend(1))), "57014");
        meter.begin(Some(Duration::ZERO));
        std::thread::sleep(Duration::from_millis(1));
        assert_eq!(code((0..LOOK).try_for_each(|_| meter.spend(1))), "57014");
    }

    #[test]
    fn what_is_kept_is_bounded_until_the_next_begins() {
        let mut meter = Meter::default();
        assert_eq!(meter.keep(MOST_OF_SESSION), Ok(()));
        assert_eq!(code(meter.keep(1)), "53200");
        meter.begin(None);
        assert_eq!(meter.keep(1), Ok(()));
    }
}
