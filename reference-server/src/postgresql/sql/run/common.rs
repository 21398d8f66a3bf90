//! WITH queries: run once, as far as they are read, and shared by all who read them.

use super::super::context::Context;
use super::super::query::{Common, Plan, Query};
use super::super::stop::Stop;
use super::group::Key;
use super::{Rows, State};
use crate::postgresql::storage::Row;
use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};

/// A WITH query being run.
pub(crate) struct Shared {
    id: usize,
    source: Rows,
    /// How many rows are at hand for it: what its readers have at hand besides is not for it.
    depth: usize,
    rows: Vec<Row>,
    /// There are no more.
    whole: bool,
    recursion: Option<Recursion>,
}

/// How a recursive query goes on.
struct Recursion {
    step: Arc<Query>,
    /// The rows given so far, where equal ones are not given again.
    given: Option<BTreeSet<Key>>,
    /// How many of the rows the steps so far have read.
    turns: usize,
    /// What the current step reads: the rows of the step before.
    working: Option<Arc<Mutex<Shared>>>,
}

/// A query with the WITH queries that it reads.
pub(super) struct With {
    input: State,
    shared: Vec<(usize, Arc<Mutex<Shared>>)>,
    /// Those that modify data and have not been run to their end.
    modifying: Vec<usize>,
}

impl With {
    pub(super) fn open(common: &[Common], input: &Plan, context: &mut Context<'_>) -> Result<Self, Stop> {
        let mut shared = Vec::new();
        for common in common {
            let recursion = common.step.as_ref().map(|(step, all)| Recursion {
                step: step.clone(),
                given: (!all).then(BTreeSet::new),
                turns: 0,
                working: None,
            });
            let own = Shared {
                id: common.id,
                source: Rows::open(common.query.clone(), context)?,
                depth: context.rows.len(),
                rows: Vec::new(),
                whole: false,
                recursion,
            };
            shared.push((common.id, Arc::new(Mutex::new(own))));
        }
        let modifying = common.iter().filter(|common| common.modifies).map(|common| common.id).collect();
        Ok(Self { input: State::open(input, context)?, shared, modifying })
    }

    pub(super) fn next(&mut self, input: &Plan, context: &mut Context<'_>) -> Result<Option<Row>, Stop> {
        let before = context.common.clone();
        context.common.extend(self.shared.iter().cloned());
        let row = self.next_within(input, context);
        context.common = before;
        row
    }

    fn next_within(&mut self, input: &Plan, context: &mut Context<'_>) -> Result<Option<Row>, Stop> {
        while let Some(id) = self.modifying.first() {
            finish(*id, context)?;
            self.modifying.remove(0);
        }
        self.input.next(input, context)
    }

    pub(super) fn affected(&self) -> Option<u64> {
        self.input.affected()
    }
}

/// Runs a WITH query to its end.
fn finish(id: usize, context: &mut Context<'_>) -> Result<(), Stop> {
    let Some(shared) = context.common.get(&id).cloned() else { return Ok(()) };
    let mut shared = shared.lock().unwrap_or_else(PoisonError::into_inner);
    while !shared.whole {
        shared.read(context)?;
    }
    Ok(())
}

/// The row of a WITH query with this number.
pub(super) fn row(id: usize, number: usize, context: &mut Context<'_>) -> Result<Option<Row>, Stop> {
    let Some(shared) = context.common.get(&id).cloned() else { return Ok(None) };
    // Only a recursive step reads what is being run, and it finds the rows that it reads in a place of its own.
    let mut shared = shared.lock().unwrap_or_else(PoisonError::into_inner);
    while shared.rows.len() <= number && !shared.whole {
        shared.read(context)?;
    }
    Ok(shared.rows.get(number).cloned())
}

impl Shared {
    /// Reads on by a row.
    fn read(&mut self, context: &mut Context<'_>) -> Result<(), Stop> {
        let besides = context.rows.split_off(self.depth.min(context.rows.len()));
        let read = self.read_alone(context);
        context.rows.extend(besides);
        read
    }

    fn read_alone(&mut self, context: &mut Context<'_>) -> Result<(), Stop> {
        let working = self.recursion.as_ref().and_then(|recursion| recursion.working.clone());
        let row = match working {
            Some(working) => {
                let outer = context.common.insert(self.id, working);
                let row = self.source.next(context);
                context.common.extend(outer.map(|outer| (self.id, outer)));
                row?
            }
            None => self.source.next(context)?,
        };
        match row {
            Some(row) => self.add(row, context)?,
            None => self.turn(context)?,
        }
        Ok(())
    }

    fn add(&mut self, row: Row, context: &mut Context<'_>) -> Result<(), Stop> {
        let given = self.recursion.as_mut().and_then(|recursion| recursion.given.as_mut());
        if given.is_none_or(|given| given.insert(Key(row.to_vec()))) {
            context.session.meter.keep_row(&row)?;
            self.rows.push(row);
        }
        Ok(())
    }

    /// The source is at its end: a recursive query goes on with the rows that it gave, if it gave any.
    fn turn(&mut self, context: &mut Context<'_>) -> Result<(), Stop> {
        let count = self.rows.len();
        match &mut self.recursion {
            Some(recursion) if recursion.turns < count => {
                context.session.meter.spend(count - recursion.turns)?;
                let working = Self {
                    id: self.id,
                    source: Rows::open(self.source.query.clone(), context)?,
                    depth: self.depth,
                    rows: self.rows[recursion.turns..].to_vec(),
                    whole: true,
                    recursion: None,
                };
                recursion.working = Some(Arc::new(Mutex::new(working)));
                recursion.turns = count;
                self.source = Rows::open(recursion.step.clone(), context)?;
            }
            _ => self.whole = true,
        }
        Ok(())
    }
}
