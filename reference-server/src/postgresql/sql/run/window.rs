//! The places of rows in their partitions: what window functions tell.

use super::super::context::Context;
use super::super::expr::Expr;
use super::super::function::Rank;
use super::super::query::Plan;
use super::super::stop::Stop;
use super::group::Key;
use super::{State, over, pending, values};
use crate::postgresql::catalog::cell;
use crate::postgresql::storage::Row;

/// How far the rows are numbered, which come in order.
pub(super) struct Window {
    input: State,
    row: Option<Row>,
    last: Option<Last>,
}

/// The row before: where it was, and its place by each count.
struct Last {
    partition: Key,
    order: Key,
    row: i64,
    sparse: i64,
    dense: i64,
}

impl Window {
    pub(super) fn new(input: State) -> Self {
        Self { input, row: None, last: None }
    }

    pub(super) fn next(
        &mut self,
        plan: &Plan,
        rank: Rank,
        (partition, order): (&[Expr], &[Expr]),
        context: &mut Context<'_>,
    ) -> Result<Option<Row>, Stop> {
        let Some(row) = pending(&mut self.row, &mut self.input, plan, context)? else { return Ok(None) };
        let (partition, order) = over(context, &row, |context| {
            Ok::<_, Stop>((Key(values(partition, context)?), Key(values(order, context)?)))
        })?;
        self.row = None;
        let next = match self.last.take().filter(|last| last.partition == partition) {
            None => Last { partition, order, row: 1, sparse: 1, dense: 1 },
            Some(last) => {
                let number = last.row + 1;
                let equal = last.order == order;
                let (sparse, dense) =
                    if equal { (last.sparse, last.dense) } else { (number, last.dense + 1) };
                Last { partition, order, row: number, sparse, dense }
            }
        };
        let place = match rank {
            Rank::Row => next.row,
            Rank::Sparse => next.sparse,
            Rank::Dense => next.dense,
        };
        self.last = Some(next);
        Ok(Some(row.iter().cloned().chain([cell::int8(place)]).collect()))
    }
}
