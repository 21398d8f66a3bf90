//! Aggregate functions.

use super::super::refusal::{Exception, Refusal};
use super::super::types::Type;
use super::super::value::Value;
use super::eval::{Run, weight};
use super::expr::{Aggregate, AggregateKind};
use super::run::key;
use std::cmp::Ordering;
use std::collections::BTreeSet;

/// What an aggregate function has seen of a group.
pub(super) struct Accumulator {
    kind: AggregateKind,
    /// The values so far, if each counts once.
    distinct: Option<BTreeSet<String>>,
    count: i64,
    integral: i128,
    real: f64,
    kept: Option<Value>,
    all: Vec<Option<Value>>,
}

impl Accumulator {
    pub(super) fn new(call: &Aggregate) -> Self {
        Self {
            kind: call.kind,
            distinct: call.distinct.then(BTreeSet::new),
            count: 0,
            integral: 0,
            real: 0.0,
            kept: None,
            all: Vec::new(),
        }
    }

    /// Takes a value into account.
    pub(super) fn add(&mut self, value: Value, run: &Run<'_>) -> Result<(), Refusal> {
        let value = Some(value);
        if let Some(seen) = &mut self.distinct {
            let key = key(std::slice::from_ref(&value));
            run.keep_bytes(key.len())?;
            if !seen.insert(key) {
                return Ok(());
            }
        }
        if self.kind == AggregateKind::Collect {
            run.keep_bytes(weight(&value))?;
        }
        let Some(value) = value else { return Ok(()) };
        self.count += 1;
        match self.kind {
            AggregateKind::Count => {}
            AggregateKind::Sum | AggregateKind::Average => {
                if let Ok(Value::Long(number)) = value.cast(&Type::Long)
                    && !matches!(value, Value::Float(_) | Value::Double(_))
                {
                    self.integral += i128::from(number);
                } else if let Value::Double(number) = value.cast(&Type::Double)? {
                    self.real += number;
                }
            }
            AggregateKind::Minimum => self.keep_if(value, Ordering::Less),
            AggregateKind::Maximum => self.keep_if(value, Ordering::Greater),
            AggregateKind::Arbitrary => {
                self.kept.get_or_insert(value);
            }
            AggregateKind::Collect => self.all.push(Some(value)),
        }
        Ok(())
    }

    /// Keeps a value if there is none, or if it compares so with the one there is.
    fn keep_if(&mut self, value: Value, order: Ordering) {
        if self.kept.as_ref().is_none_or(|kept| value.compare(kept) == Some(order)) {
            self.kept = Some(value);
        }
    }

    /// The result.
    pub(super) fn result(self, ty: &Type) -> Result<Option<Value>, Refusal> {
        match self.kind {
            AggregateKind::Count => Ok(Some(Value::Long(self.count))),
            AggregateKind::Sum | AggregateKind::Average if self.count == 0 => Ok(None),
            AggregateKind::Sum if *ty == Type::Long => {
                let overflow = || Refusal::new(Exception::Overflow, "long overflow");
                i64::try_from(self.integral).map(|sum| Some(Value::Long(sum))).map_err(|_| overflow())
            }
            AggregateKind::Sum => Value::Double(self.total()).cast(ty).map(Some),
            #[expect(clippy::cast_precision_loss, reason = "counts are far below 2^53")]
            AggregateKind::Average => Ok(Some(Value::Double(self.total() / self.count as f64))),
            AggregateKind::Minimum | AggregateKind::Maximum | AggregateKind::Arbitrary => Ok(self.kept),
            AggregateKind::Collect => Ok(Some(Value::Array(self.all))),
        }
    }

    #[expect(clippy::cast_precision_loss, reason = "a double is what is asked for")]
    fn total(&self) -> f64 {
        self.real + self.integral as f64
    }
}
