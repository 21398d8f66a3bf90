//! Joins: for each row of the left those of the right.

use super::super::context::Context;
use super::super::expr::Expr;
use super::super::query::{JoinKind, Plan};
use super::super::stop::Stop;
use super::reads::reads;
use super::{State, is_true, over, pending};
use crate::postgresql::storage::Row;

/// How far a join has come.
pub(super) struct Join {
    left: State,
    /// The row of the left that it is at, and whether that has found a partner.
    at: Option<(Row, bool)>,
    right: Right,
    /// Which rows of the right have found a partner, where that matters.
    partners: Vec<bool>,
    /// The left is at its end: which row of the right is looked at for not having found a partner.
    rest: Option<usize>,
}

/// The right side.
enum Right {
    /// Run anew for each row of the left, which it reads; and the row that it is at.
    Lateral { state: Option<State>, row: Option<Row> },
    /// Read once, as far as it was needed.
    Kept { state: State, rows: Vec<Row>, whole: bool, next: usize },
}

impl Join {
    pub(super) fn open(left: &Plan, right: &Plan, context: &mut Context<'_>) -> Result<Self, Stop> {
        let right = if reads(right, 0) {
            Right::Lateral { state: None, row: None }
        } else {
            // What is opened for a row must find one at hand, though it reads nothing of it.
            let state = over(context, &Row::from([]), |context| State::open(right, context))?;
            Right::Kept { state, rows: Vec::new(), whole: false, next: 0 }
        };
        Ok(Self { left: State::open(left, context)?, at: None, right, partners: Vec::new(), rest: None })
    }

    pub(super) fn next(
        &mut self,
        (left, right): (&Plan, &Plan),
        kind: JoinKind,
        on: Option<&Expr>,
        widths: (usize, usize),
        context: &mut Context<'_>,
    ) -> Result<Option<Row>, Stop> {
        while self.rest.is_none() {
            let Some((row, partnered)) = &mut self.at else {
                match self.left.next(left, context)? {
                    Some(row) => {
                        self.right.restart();
                        self.at = Some((row, false));
                    }
                    None => self.rest = Some(0),
                }
                continue;
            };
            let row = row.clone();
            let Some((place, other)) = self.right.peek(right, &row, context)? else {
                let alone = !*partnered && matches!(kind, JoinKind::Left | JoinKind::Full);
                self.at = None;
                if alone {
                    return Ok(Some(
                        row.iter().cloned().chain(std::iter::repeat_n(None, widths.1)).collect(),
                    ));
                }
                continue;
            };
            let pair: Row = row.iter().chain(other.iter()).cloned().collect();
            let fits = match on {
                None => true,
                Some(on) => over(context, &pair, |context| is_true(on, context))?,
            };
            self.right.step();
            if fits {
                *partnered = true;
                if matches!(kind, JoinKind::Right | JoinKind::Full) {
                    self.partners.resize(self.partners.len().max(place + 1), false);
                    self.partners[place] = true;
                }
                return Ok(Some(pair));
            }
        }
        self.unpartnered(right, kind, widths, context)
    }

    /// The rows of the right that have found no partner.
    fn unpartnered(
        &mut self,
        right: &Plan,
        kind: JoinKind,
        widths: (usize, usize),
        context: &mut Context<'_>,
    ) -> Result<Option<Row>, Stop> {
        let Some(rest) = &mut self.rest else { return Ok(None) };
        if matches!(kind, JoinKind::Inner | JoinKind::Left) {
            return Ok(None);
        }
        while let Some(row) = self.right.at(*rest, right, context)? {
            let place = *rest;
            *rest += 1;
            if !self.partners.get(place).copied().unwrap_or(false) {
                return Ok(Some(std::iter::repeat_n(None, widths.0).chain(row.iter().cloned()).collect()));
            }
        }
        Ok(None)
    }
}

impl Right {
    /// The left has come to another row.
    fn restart(&mut self) {
        match self {
            Self::Lateral { state, row } => (*state, *row) = (None, None),
            Self::Kept { next, .. } => *next = 0,
        }
    }

    /// The row that it is at, and its place.
    fn peek(
        &mut self,
        plan: &Plan,
        left: &Row,
        context: &mut Context<'_>,
    ) -> Result<Option<(usize, Row)>, Stop> {
        match self {
            Self::Lateral { state, row } => over(context, left, |context| {
                let state = match state {
                    Some(state) => state,
                    None => state.insert(State::open(plan, context)?),
                };
                Ok(pending(row, state, plan, context)?.map(|row| (0, row)))
            }),
            Self::Kept { next, .. } => {
                let place = *next;
                Ok(self.at(place, plan, context)?.map(|row| (place, row)))
            }
        }
    }

    /// It goes to its next row.
    fn step(&mut self) {
        match self {
            Self::Lateral { row, .. } => *row = None,
            Self::Kept { next, .. } => *next += 1,
        }
    }

    fn at(&mut self, place: usize, plan: &Plan, context: &mut Context<'_>) -> Result<Option<Row>, Stop> {
        let Self::Kept { state, rows, whole, .. } = self else { return Ok(None) };
        while rows.len() <= place && !*whole {
            match over(context, &Row::from([]), |context| state.next(plan, context))? {
                Some(row) => rows.push(row),
                None => *whole = true,
            }
        }
        Ok(rows.get(place).cloned())
    }
}
