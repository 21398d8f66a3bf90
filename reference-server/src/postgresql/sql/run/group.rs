//! What must see all rows, or remember those before: grouping, sorting, DISTINCT.

use super::super::context::Context;
use super::super::eval::eval;
use super::super::expr::Expr;
use super::super::query::{self, Plan, SortKey};
use super::super::stop::Stop;
use super::{State, is_true, over, pending, values};
use crate::postgresql::meter::weight_of;
use crate::postgresql::storage::Row;
use pgconform_wire::value::Value;
use std::cmp::Ordering;
use std::collections::{BTreeMap, BTreeSet};

/// Values as they are sorted and told apart: NULL is equal to NULL, and greater than all else.
#[derive(Clone, Debug)]
pub(super) struct Key(pub(super) Vec<Option<Value>>);

impl Ord for Key {
    fn cmp(&self, other: &Self) -> Ordering {
        let pairs = self.0.iter().zip(&other.0);
        pairs
            .map(|(left, right)| order(left.as_ref(), right.as_ref()))
            .find(|order| order.is_ne())
            .unwrap_or(Ordering::Equal)
    }
}

impl PartialOrd for Key {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl PartialEq for Key {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other).is_eq()
    }
}

impl Eq for Key {}

fn order(left: Option<&Value>, right: Option<&Value>) -> Ordering {
    match (left, right) {
        (Some(left), Some(right)) => left.compare(right).unwrap_or(Ordering::Equal),
        (left, right) => left.is_none().cmp(&right.is_none()),
    }
}

/// Groups, in the order of their first rows.
pub(super) struct Aggregate {
    input: State,
    row: Option<Row>,
    places: BTreeMap<Key, usize>,
    groups: Vec<Group>,
    /// All rows are in; the group that is next.
    next: Option<usize>,
}

/// The keys of a group, and for each aggregate the arguments of its rows with what they are to be sorted by.
struct Group {
    keys: Vec<Option<Value>>,
    arguments: Vec<Vec<Argument>>,
}

struct Argument {
    values: Vec<Option<Value>>,
    order: Vec<Option<Value>>,
}

impl Aggregate {
    pub(super) fn new(input: State) -> Self {
        Self { input, row: None, places: BTreeMap::new(), groups: Vec::new(), next: None }
    }

    pub(super) fn next(
        &mut self,
        plan: &Plan,
        keys: &[Expr],
        aggregates: &[query::Aggregate],
        context: &mut Context<'_>,
    ) -> Result<Option<Row>, Stop> {
        while self.next.is_none() {
            match pending(&mut self.row, &mut self.input, plan, context)? {
                Some(row) => {
                    let (keys, arguments) = over(context, &row, |context| {
                        let keys = values(keys, context)?;
                        let arguments: Result<Vec<_>, Stop> =
                            aggregates.iter().map(|aggregate| argument(aggregate, context)).collect();
                        Ok::<_, Stop>((keys, arguments?))
                    })?;
                    self.row = None;
                    context.session.meter.keep_row(&keys)?;
                    for argument in arguments.iter().flatten() {
                        context
                            .session
                            .meter
                            .keep(weight_of(&argument.values) + weight_of(&argument.order))?;
                    }
                    self.add(keys, arguments);
                }
                None => {
                    if keys.is_empty() && self.groups.is_empty() {
                        let arguments = aggregates.iter().map(|_| Vec::new()).collect();
                        self.groups.push(Group { keys: Vec::new(), arguments });
                    }
                    self.next = Some(0);
                }
            }
        }
        let Some(next) = self.next else { return Ok(None) };
        let Some(group) = self.groups.get(next) else { return Ok(None) };
        let mut row = group.keys.clone();
        for (aggregate, arguments) in aggregates.iter().zip(&group.arguments) {
            row.push(result(aggregate, arguments, context)?);
        }
        self.next = Some(next + 1);
        Ok(Some(row.into()))
    }

    fn add(&mut self, keys: Vec<Option<Value>>, arguments: Vec<Option<Argument>>) {
        let fresh = self.groups.len();
        let place = *self.places.entry(Key(keys.clone())).or_insert(fresh);
        if place == fresh {
            let arguments = arguments.iter().map(|_| Vec::new()).collect();
            self.groups.push(Group { keys, arguments });
        }
        for (all, new) in self.groups[place].arguments.iter_mut().zip(arguments) {
            all.extend(new);
        }
    }
}

/// What a row gives to an aggregate; nothing if FILTER leaves it out.
fn argument(aggregate: &query::Aggregate, context: &mut Context<'_>) -> Result<Option<Argument>, Stop> {
    if let Some(filter) = &aggregate.filter
        && !is_true(filter, context)?
    {
        return Ok(None);
    }
    let order = aggregate.order.iter().map(|key| eval(&key.by, context)).collect::<Result<_, _>>()?;
    Ok(Some(Argument { values: values(&aggregate.arguments, context)?, order }))
}

fn result(
    aggregate: &query::Aggregate,
    arguments: &[Argument],
    context: &mut Context<'_>,
) -> Result<Option<Value>, Stop> {
    let mut arguments: Vec<&Argument> = arguments.iter().collect();
    if aggregate.distinct {
        let mut seen = BTreeSet::new();
        arguments.retain(|argument| seen.insert(Key(argument.values.clone())));
        // DISTINCT sorts, as PostgreSQL does it.
        arguments.sort_by_cached_key(|argument| Key(argument.values.clone()));
    }
    arguments.sort_by(|left, right| compare(&aggregate.order, &left.order, &right.order));
    let rows: Vec<Vec<Option<Value>>> =
        arguments.into_iter().map(|argument| argument.values.clone()).collect();
    crate::postgresql::sql::eval::aggregate(aggregate, &rows, context)
}

fn compare(keys: &[SortKey], left: &[Option<Value>], right: &[Option<Value>]) -> Ordering {
    for (key, (left, right)) in keys.iter().zip(left.iter().zip(right)) {
        let ordering = match (left, right) {
            (None, None) => Ordering::Equal,
            (None, Some(_)) => {
                if key.nulls_first {
                    Ordering::Less
                } else {
                    Ordering::Greater
                }
            }
            (Some(_), None) => {
                if key.nulls_first {
                    Ordering::Greater
                } else {
                    Ordering::Less
                }
            }
            (left, right) => {
                let ordering = order(left.as_ref(), right.as_ref());
                if key.descending { ordering.reverse() } else { ordering }
            }
        };
        if ordering.is_ne() {
            return ordering;
        }
    }
    Ordering::Equal
}

/// All rows, sorted once they are in.
pub(super) struct Sort {
    input: State,
    row: Option<Row>,
    rows: Vec<(Vec<Option<Value>>, Row)>,
    sorted: Option<std::vec::IntoIter<(Vec<Option<Value>>, Row)>>,
}

impl Sort {
    pub(super) fn new(input: State) -> Self {
        Self { input, row: None, rows: Vec::new(), sorted: None }
    }

    pub(super) fn next(
        &mut self,
        plan: &Plan,
        keys: &[SortKey],
        context: &mut Context<'_>,
    ) -> Result<Option<Row>, Stop> {
        while self.sorted.is_none() {
            match pending(&mut self.row, &mut self.input, plan, context)? {
                Some(row) => {
                    let by: Result<Vec<_>, Stop> = over(context, &row, |context| {
                        keys.iter().map(|key| eval(&key.by, context)).collect()
                    });
                    context.session.meter.keep_row(&row)?;
                    self.rows.push((by?, row));
                    self.row = None;
                }
                None => {
                    let mut rows = std::mem::take(&mut self.rows);
                    rows.sort_by(|(left, _), (right, _)| compare(keys, left, right));
                    self.sorted = Some(rows.into_iter());
                }
            }
        }
        Ok(self.sorted.as_mut().and_then(Iterator::next).map(|(_, row)| row))
    }
}

/// The rows that were given already.
pub(super) struct Distinct {
    input: State,
    seen: BTreeSet<Key>,
}

impl Distinct {
    pub(super) fn new(input: State) -> Self {
        Self { input, seen: BTreeSet::new() }
    }

    pub(super) fn next(
        &mut self,
        plan: &Plan,
        by: &[usize],
        context: &mut Context<'_>,
    ) -> Result<Option<Row>, Stop> {
        while let Some(row) = self.input.next(plan, context)? {
            let key = if by.is_empty() {
                row.to_vec()
            } else {
                by.iter().map(|place| row[*place].clone()).collect()
            };
            if self.seen.insert(Key(key)) {
                context.session.meter.keep_row(&row)?;
                return Ok(Some(row));
            }
        }
        Ok(None)
    }
}
