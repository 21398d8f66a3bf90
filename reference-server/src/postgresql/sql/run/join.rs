//! Joins: for each row of the left those of the right.

use super::super::context::Context;
use super::super::expr::{Expr, Node};
use super::super::query::{JoinKind, Plan};
use super::super::stop::Stop;
use super::group::Key;
use super::reads::reads;
use super::{State, is_true, over, pending};
use crate::postgresql::storage::Row;
use std::collections::BTreeMap;

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
    Kept(Box<Kept>),
}

/// The rows of a right side that are the same for every row of the left.
struct Kept {
    state: State,
    rows: Vec<Row>,
    whole: bool,
    next: usize,
    index: Option<Index>,
}

/// Where the rows of the right are, by columns that must be equal to some of the left.
struct Index {
    /// Columns of the left, and of the right.
    columns: Vec<(usize, usize)>,
    places: Option<BTreeMap<Key, Vec<usize>>>,
    /// The places of those for the row of the left that it is at.
    found: Option<Vec<usize>>,
}

impl Join {
    pub(super) fn open(
        (left, right): (&Plan, &Plan),
        on: Option<&Expr>,
        widths: (usize, usize),
        context: &mut Context<'_>,
    ) -> Result<Self, Stop> {
        let right = if reads(right, 0) {
            Right::Lateral { state: None, row: None }
        } else {
            // What is opened for a row must find one at hand, though it reads nothing of it.
            let state = over(context, &Row::from([]), |context| State::open(right, context))?;
            let columns = on.map_or_else(Vec::new, |on| equal_columns(on, widths.0));
            let index = (!columns.is_empty()).then_some(Index { columns, places: None, found: None });
            Right::Kept(Box::new(Kept { state, rows: Vec::new(), whole: false, next: 0, index }))
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
            context.session.meter.turn()?;
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
        let (Some(rest), Right::Kept(kept)) = (&mut self.rest, &mut self.right) else { return Ok(None) };
        if matches!(kind, JoinKind::Inner | JoinKind::Left) {
            return Ok(None);
        }
        while let Some(row) = kept.at(*rest, right, context)? {
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
            Self::Kept(kept) => {
                kept.next = 0;
                if let Some(index) = &mut kept.index {
                    index.found = None;
                }
            }
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
            Self::Kept(kept) => {
                let Some(place) = kept.place(plan, left, context)? else { return Ok(None) };
                Ok(kept.at(place, plan, context)?.map(|row| (place, row)))
            }
        }
    }

    /// It goes to its next row.
    fn step(&mut self) {
        match self {
            Self::Lateral { row, .. } => *row = None,
            Self::Kept(kept) => kept.next += 1,
        }
    }
}

impl Kept {
    /// The place of the row that is next for this row of the left.
    fn place(&mut self, plan: &Plan, left: &Row, context: &mut Context<'_>) -> Result<Option<usize>, Stop> {
        if self.index.is_none() {
            return Ok(Some(self.next));
        }
        // An index is made of all rows.
        self.at(usize::MAX, plan, context)?;
        let Some(index) = &mut self.index else { return Ok(None) };
        let columns = &index.columns;
        let places = index.places.get_or_insert_with(|| {
            let mut places: BTreeMap<Key, Vec<usize>> = BTreeMap::new();
            for (place, row) in self.rows.iter().enumerate() {
                let key = columns.iter().map(|(_, right)| row[*right].clone()).collect();
                places.entry(Key(key)).or_default().push(place);
            }
            places
        });
        let found = index.found.get_or_insert_with(|| {
            let key: Vec<_> = columns.iter().map(|(left_column, _)| left[*left_column].clone()).collect();
            // NULL is equal to nothing.
            let known = key.iter().all(Option::is_some);
            known.then(|| places.get(&Key(key)).cloned()).flatten().unwrap_or_default()
        });
        Ok(found.get(self.next).copied())
    }

    fn at(&mut self, place: usize, plan: &Plan, context: &mut Context<'_>) -> Result<Option<Row>, Stop> {
        while self.rows.len() <= place && !self.whole {
            match over(context, &Row::from([]), |context| self.state.next(plan, context))? {
                Some(row) => {
                    context.session.meter.keep_row(&row)?;
                    self.rows.push(row);
                }
                None => self.whole = true,
            }
        }
        Ok(self.rows.get(place).cloned())
    }
}

/// The columns of the left and of the right that a condition demands to be equal, by equalities that are those of sorting.
fn equal_columns(on: &Expr, width: usize) -> Vec<(usize, usize)> {
    const EQUALITIES: [&str; 8] =
        ["booleq", "chareq", "int2eq", "int4eq", "int8eq", "nameeq", "oideq", "texteq"];
    match &on.node {
        Node::And(conjuncts) => {
            conjuncts.iter().flat_map(|conjunct| equal_columns(conjunct, width)).collect()
        }
        Node::Call(function, sides) if EQUALITIES.contains(&function.name) => {
            let [left, right] = sides.as_slice() else { return Vec::new() };
            match (plain_column(left), plain_column(right)) {
                (Some(left), Some(right)) if left < width && right >= width => vec![(left, right - width)],
                (Some(left), Some(right)) if right < width && left >= width => vec![(right, left - width)],
                _ => Vec::new(),
            }
        }
        _ => Vec::new(),
    }
}

fn plain_column(expr: &Expr) -> Option<usize> {
    match &expr.node {
        Node::Column { depth: 0, index } => Some(*index),
        Node::Relabel(inner) => plain_column(inner),
        _ => None,
    }
}
