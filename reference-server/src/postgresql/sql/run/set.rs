//! UNION, INTERSECT and EXCEPT.

use super::super::context::Context;
use super::super::query::{Plan, SetKind};
use super::super::stop::Stop;
use super::State;
use super::group::Key;
use crate::postgresql::storage::Row;
use std::collections::{BTreeMap, BTreeSet};

/// How far a set operation has come.
pub(super) struct SetRows {
    left: State,
    right: State,
    /// The left of a UNION, or the right of another, is at its end.
    half: bool,
    given: BTreeSet<Key>,
    /// How often each row of the right is there.
    counts: BTreeMap<Key, usize>,
}

impl SetRows {
    pub(super) fn new(left: State, right: State) -> Self {
        Self { left, right, half: false, given: BTreeSet::new(), counts: BTreeMap::new() }
    }

    pub(super) fn next(
        &mut self,
        (left, right): (&Plan, &Plan),
        kind: SetKind,
        all: bool,
        context: &mut Context<'_>,
    ) -> Result<Option<Row>, Stop> {
        if kind == SetKind::Union {
            return self.union((left, right), all, context);
        }
        while !self.half {
            match self.right.next(right, context)? {
                Some(row) => {
                    context.session.meter.keep_row(&row)?;
                    *self.counts.entry(Key(row.to_vec())).or_default() += 1;
                }
                None => self.half = true,
            }
        }
        while let Some(row) = self.left.next(left, context)? {
            let key = Key(row.to_vec());
            let there = match self.counts.get_mut(&key) {
                Some(count) if all && *count > 0 => {
                    *count -= 1;
                    true
                }
                Some(count) => *count > 0,
                None => false,
            };
            let wanted = there == (kind == SetKind::Intersect);
            if wanted && (all || self.given.insert(key)) {
                if !all {
                    context.session.meter.keep_row(&row)?;
                }
                return Ok(Some(row));
            }
        }
        Ok(None)
    }

    fn union(
        &mut self,
        (left, right): (&Plan, &Plan),
        all: bool,
        context: &mut Context<'_>,
    ) -> Result<Option<Row>, Stop> {
        loop {
            let (state, plan) = if self.half { (&mut self.right, right) } else { (&mut self.left, left) };
            match state.next(plan, context)? {
                Some(row) if all => return Ok(Some(row)),
                Some(row) if self.given.insert(Key(row.to_vec())) => {
                    context.session.meter.keep_row(&row)?;
                    return Ok(Some(row));
                }
                Some(_) => {}
                None if self.half => return Ok(None),
                None => self.half = true,
            }
        }
    }
}
