//! Data-modifying statements: run to their end when their first row is asked for, then read like a query.

use super::super::context::Context;
use super::super::ddl::constraint;
use super::super::ddl::trigger::{self, Event};
use super::super::eval::eval;
use super::super::expr::Expr;
use super::super::modify::{Action, Conflict, Deed, Matched, Modify};
use super::super::stop::Stop;
use super::scan::extend;
use super::{State, is_true, over, pending, values};
use crate::engine::SqlError;
use crate::postgresql::definition::{Relation, Rule};
use crate::postgresql::storage::{self, Row, Xid};
use crate::postgresql::transaction::Isolation;
use pgconform_wire::value::Value;
use std::collections::BTreeSet;
use std::sync::Arc;

/// How far a data-modifying statement has come.
pub(super) struct Modifying {
    relation: Option<Arc<Relation>>,
    input: State,
    row: Option<Row>,
    /// The places of rows that this statement has made or ended.
    touched: BTreeSet<usize>,
    affected: u64,
    returned: Vec<Row>,
    /// All is done: the row to be returned next.
    next: Option<usize>,
}

/// A row that was changed, as RETURNING sees it.
struct Change<'a> {
    shown: &'a Row,
    place: usize,
    others: &'a [Option<Value>],
    old: Option<&'a Row>,
    new: Option<&'a Row>,
}

impl Modifying {
    pub(super) fn open(modify: &Modify, context: &mut Context<'_>) -> Result<Self, Stop> {
        let input = match &modify.action {
            Action::Insert { source, .. } => State::open(&source.plan, context)?,
            Action::Update { source, .. } | Action::Delete { source } | Action::Merge { source, .. } => {
                State::open(source, context)?
            }
        };
        let relation = context.database.relation(modify.relation, &context.snapshot);
        Ok(Self {
            relation,
            input,
            row: None,
            touched: BTreeSet::new(),
            affected: 0,
            returned: Vec::new(),
            next: None,
        })
    }

    pub(super) fn affected(&self) -> u64 {
        self.affected
    }

    pub(super) fn next(&mut self, modify: &Modify, context: &mut Context<'_>) -> Result<Option<Row>, Stop> {
        if self.next.is_none() {
            self.run(modify, context)?;
            self.next = Some(0);
        }
        let Some(next) = &mut self.next else { return Ok(None) };
        let row = self.returned.get(*next).cloned();
        *next += 1;
        Ok(row)
    }

    fn run(&mut self, modify: &Modify, context: &mut Context<'_>) -> Result<(), Stop> {
        let Some(relation) = self.relation.clone() else {
            return Err(Stop::error(
                "XX000",
                format!("could not open relation with OID {}", modify.relation),
            ));
        };
        if context.session.transaction.read_only && relation.temporary.is_none() {
            let name = modify.action.name();
            return Err(Stop::error("25006", format!("cannot execute {name} in a read-only transaction")));
        }
        let plan = match &modify.action {
            Action::Insert { source, .. } => &source.plan,
            Action::Update { source, .. } | Action::Delete { source } | Action::Merge { source, .. } => {
                source
            }
        };
        while let Some(row) = pending(&mut self.row, &mut self.input, plan, context)? {
            // A row is changed at once; between two, others may have their turn.
            let before = context.session.meter.set_yields(false);
            let done = self.one(modify, &relation, &row, context);
            context.session.meter.set_yields(before);
            done?;
            self.row = None;
            context.session.meter.spend(20)?;
        }
        Ok(())
    }

    fn one(
        &mut self,
        modify: &Modify,
        relation: &Relation,
        row: &Row,
        context: &mut Context<'_>,
    ) -> Result<(), Stop> {
        let width = relation.columns.len();
        match &modify.action {
            Action::Insert { conflict, .. } => {
                self.insert(modify, relation, row, &[], conflict.as_ref(), context)
            }
            Action::Update { sets, .. } => {
                let Some((place, old, others)) = target(row, width) else { return Ok(()) };
                self.update(modify, relation, (place, &old), row, others, sets, context)
            }
            Action::Delete { .. } => {
                let Some((place, old, others)) = target(row, width) else { return Ok(()) };
                self.delete(modify, relation, place, &old, others, context)
            }
            Action::Merge { branches, .. } => {
                let found = target(row, width);
                let sourced = row.last().is_some_and(Option::is_some);
                let kind = match (&found, sourced) {
                    (Some(_), true) => Matched::Both,
                    (Some(_), false) => Matched::Target,
                    (None, _) => Matched::Source,
                };
                for branch in branches.iter().filter(|branch| branch.kind == kind) {
                    let applies = match &branch.condition {
                        None => true,
                        Some(condition) => over(context, row, |context| is_true(condition, context))?,
                    };
                    if !applies {
                        continue;
                    }
                    return match (&branch.deed, found) {
                        (Deed::Nothing, _) | (Deed::Update(_) | Deed::Delete, None) => Ok(()),
                        (Deed::Insert(exprs), _) => {
                            let new: Row = over(context, row, |context| values(exprs, context))?.into();
                            let others = &row[super::super::analyse::extended_width(relation)..];
                            self.insert(modify, relation, &new, others, None, context)
                        }
                        (Deed::Update(sets), Some((place, old, others))) => {
                            self.once(place)?;
                            self.update(modify, relation, (place, &old), row, others, sets, context)
                        }
                        (Deed::Delete, Some((place, old, others))) => {
                            self.once(place)?;
                            self.delete(modify, relation, place, &old, others, context)
                        }
                    };
                }
                Ok(())
            }
        }
    }

    /// MERGE changes a row only once.
    fn once(&self, place: usize) -> Result<(), Stop> {
        if !self.touched.contains(&place) {
            return Ok(());
        }
        let error = SqlError::error("21000", "MERGE command cannot affect row a second time");
        Err(error.hint("Ensure that not more than one source row matches any one target row.").into())
    }

    fn insert(
        &mut self,
        modify: &Modify,
        relation: &Relation,
        row: &Row,
        others: &[Option<Value>],
        conflict: Option<&Conflict>,
        context: &mut Context<'_>,
    ) -> Result<(), Stop> {
        let Some(row) = trigger::before(context, relation, Event::Insert, None, Some(row.clone()))? else {
            return Ok(());
        };
        if let Some(conflict) = conflict
            && let Some((place, there)) = rival(relation, &row, conflict, context)?
        {
            let Some((sets, filter)) = &conflict.update else { return Ok(()) };
            if self.touched.contains(&place) {
                let error =
                    SqlError::error("21000", "ON CONFLICT DO UPDATE command cannot affect row a second time");
                let hint = "Ensure that no rows proposed for insertion within the same command have duplicate constrained values.";
                return Err(error.hint(hint).into());
            }
            let wide = widened(relation, place, &there, context);
            let both: Row = wide.iter().chain(row.iter()).cloned().collect();
            if let Some(filter) = filter
                && !over(context, &both, |context| is_true(filter, context))?
            {
                return Ok(());
            }
            return self.update(modify, relation, (place, &there), &both, others, sets, context);
        }
        constraint::check_row(context, relation, &row, None)?;
        let stamp = context.session.transaction.stamp(context.database);
        let place = context.database.heaps.insert(relation.oid, row.clone(), stamp)?;
        self.touched.insert(place);
        self.affected += 1;
        trigger::after(context, relation, Event::Insert, None, Some(&row))?;
        self.show(
            modify,
            relation,
            &Change { shown: &row, place, others, old: None, new: Some(&row) },
            context,
        )
    }

    #[expect(
        clippy::too_many_arguments,
        reason = "the target, what is at hand for it, and what is shown of it"
    )]
    fn update(
        &mut self,
        modify: &Modify,
        relation: &Relation,
        (place, old): (usize, &Row),
        at_hand: &Row,
        others: &[Option<Value>],
        sets: &[(usize, Expr)],
        context: &mut Context<'_>,
    ) -> Result<(), Stop> {
        if self.touched.contains(&place) {
            return Ok(());
        }
        let mut new: Vec<Option<Value>> = old.to_vec();
        over(context, at_hand, |context| {
            for (column, expr) in sets {
                new[*column] = eval(expr, context)?;
            }
            Ok::<_, Stop>(())
        })?;
        let Some(new) = trigger::before(context, relation, Event::Update, Some(old), Some(new.into()))?
        else {
            return Ok(());
        };
        constraint::check_row(context, relation, &new, Some(place))?;
        self.end(relation, place, "update", context)?;
        let stamp = context.session.transaction.stamp(context.database);
        let made = context.database.heaps.insert(relation.oid, new.clone(), stamp)?;
        self.touched.insert(made);
        constraint::check_gone(context, relation, old, Some(&new))?;
        self.affected += 1;
        trigger::after(context, relation, Event::Update, Some(old), Some(&new))?;
        let change = Change { shown: &new, place: made, others, old: Some(old), new: Some(&new) };
        self.show(modify, relation, &change, context)
    }

    fn delete(
        &mut self,
        modify: &Modify,
        relation: &Relation,
        place: usize,
        old: &Row,
        others: &[Option<Value>],
        context: &mut Context<'_>,
    ) -> Result<(), Stop> {
        if self.touched.contains(&place) {
            return Ok(());
        }
        if trigger::before(context, relation, Event::Delete, Some(old), None)?.is_none() {
            return Ok(());
        }
        self.end(relation, place, "delete", context)?;
        constraint::check_gone(context, relation, old, None)?;
        self.affected += 1;
        trigger::after(context, relation, Event::Delete, Some(old), None)?;
        self.show(modify, relation, &Change { shown: old, place, others, old: Some(old), new: None }, context)
    }

    /// Ends a version of a row.
    fn end(
        &mut self,
        relation: &Relation,
        place: usize,
        what: &str,
        context: &mut Context<'_>,
    ) -> Result<(), Stop> {
        let stamp = context.session.transaction.stamp(context.database);
        let ended = context.database.heaps.of(relation.oid).end(place, stamp, &context.database.transactions);
        match ended {
            Ok(()) => {
                self.touched.insert(place);
                Ok(())
            }
            Err(storage::Conflict::Running(xid)) => Err(Stop::Transaction(xid)),
            Err(storage::Conflict::Gone) => match context.session.transaction.isolation {
                Isolation::ReadCommitted | Isolation::ReadUncommitted => Err(Stop::Again),
                Isolation::RepeatableRead | Isolation::Serializable => {
                    let message = format!("could not serialize access due to concurrent {what}");
                    Err(Stop::error("40001", message))
                }
            },
        }
    }

    /// What RETURNING says of a change.
    fn show(
        &mut self,
        modify: &Modify,
        relation: &Relation,
        change: &Change<'_>,
        context: &mut Context<'_>,
    ) -> Result<(), Stop> {
        let Some(exprs) = &modify.returning else { return Ok(()) };
        let mut row = widened(relation, change.place, change.shown, context).to_vec();
        row.extend_from_slice(change.others);
        for version in [change.old, change.new] {
            match version {
                Some(version) => row.extend(padded(version, relation.columns.len())),
                None => row.extend(std::iter::repeat_n(None, relation.columns.len())),
            }
        }
        let returned = over(context, &row.into(), |context| values(exprs, context))?;
        self.returned.push(returned.into());
        Ok(())
    }
}

fn padded(row: &Row, width: usize) -> impl Iterator<Item = Option<Value>> {
    row.iter().cloned().chain(std::iter::repeat(None)).take(width)
}

fn widened(relation: &Relation, place: usize, row: &Row, context: &mut Context<'_>) -> Row {
    extend(relation.oid, place, row, relation.columns.len(), context.database.heaps.of(relation.oid))
}

/// The target of a row of the source: its place, itself, and what stands behind it. None in an outer join's row without one.
fn target(row: &Row, width: usize) -> Option<(usize, Row, &[Option<Value>])> {
    let place = width + super::super::analyse::SYSTEM_COLUMNS.len() - 1;
    match row.get(place) {
        Some(Some(Value::Int8(number))) => {
            let number = usize::try_from(*number).ok()?;
            Some((number, Row::from(&row[..width]), &row[place + 1..]))
        }
        _ => None,
    }
}

/// The row that a new one would be in conflict with.
fn rival(
    relation: &Relation,
    row: &Row,
    conflict: &Conflict,
    context: &mut Context<'_>,
) -> Result<Option<(usize, Row)>, Stop> {
    let own: Option<Xid> = context.session.transaction.xid();
    let Some(versions) = context.database.heaps.read(relation.oid) else { return Ok(None) };
    for constraint in &relation.constraints {
        let Rule::Unique { columns, .. } = &constraint.rule else { continue };
        if conflict.columns.as_ref().is_some_and(|wanted| wanted != columns) {
            continue;
        }
        let equal = |other: &Row| {
            columns.iter().all(|column| match (row.get(*column), other.get(*column)) {
                (Some(Some(left)), Some(Some(right))) => {
                    left.compare(right).is_some_and(std::cmp::Ordering::is_eq)
                }
                _ => false,
            })
        };
        for (place, other, running) in versions.dirty(own, &context.database.transactions) {
            if !equal(other) {
                continue;
            }
            return match running {
                Some(xid) => Err(Stop::Transaction(xid)),
                None => Ok(Some((place, other.clone()))),
            };
        }
    }
    Ok(None)
}
