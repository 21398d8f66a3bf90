//! From an expression and a row to a value.

use super::super::refusal::{Exception, Refusal};
use super::super::types::Type;
use super::super::value::{Row, Value};
use super::Scope;
use super::expr::{Arithmetic, Comparison, Expr, Pattern, Query, Subquery};
use super::pattern::{self, Compiled};
use std::cell::{Cell, RefCell};
use std::cmp::Ordering;
use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Arc;

/// The most steps that a statement may take.
const STEPS: u64 = 5_000_000;

/// The most that the rows a statement makes may weigh, in bytes.
const BYTES: usize = 128 << 20;

/// How many bytes of values are handled in a step.
const STEP: usize = 64;

/// The longest value, in bytes.
const LONGEST: usize = 16 << 20;

/// How much stack an expression needs, and how much more there is when there is less.
const STACK: (usize, usize) = (128 << 10, 4 << 20);

/// A statement that runs.
pub(crate) struct Run<'a> {
    pub(crate) scope: &'a Scope<'a>,
    pub(crate) parameters: &'a [Option<Value>],
    steps: Cell<u64>,
    bytes: Cell<usize>,
    /// The rows of the queries in expressions, which are asked once.
    asked: RefCell<BTreeMap<usize, Rc<Vec<Row>>>>,
    /// The last pattern: mostly it is the same for every row.
    compiled: RefCell<Option<(String, Pattern, Compiled)>>,
}

impl<'a> Run<'a> {
    pub(crate) fn new(scope: &'a Scope<'a>, parameters: &'a [Option<Value>]) -> Self {
        Self {
            scope,
            parameters,
            steps: Cell::default(),
            bytes: Cell::default(),
            asked: RefCell::default(),
            compiled: RefCell::default(),
        }
    }

    /// Counts steps.
    pub(crate) fn spend(&self, steps: usize) -> Result<(), Refusal> {
        let spent = self.steps.get().saturating_add(u64::try_from(steps).unwrap_or(u64::MAX));
        self.steps.set(spent);
        let whole = &self.scope.session.steps;
        whole.set(whole.get().saturating_add(u64::try_from(steps).unwrap_or(u64::MAX)));
        if spent > STEPS { Err(too_large("the statement takes too many steps")) } else { Ok(()) }
    }

    /// Counts a row that is kept.
    pub(crate) fn keep(&self, row: &Row) -> Result<(), Refusal> {
        self.spend(row.len() + 1)?;
        self.keep_bytes(row_weight(row))
    }

    /// Counts bytes that are kept.
    pub(crate) fn keep_bytes(&self, bytes: usize) -> Result<(), Refusal> {
        self.spend(bytes / STEP)?;
        let kept = self.bytes.get().saturating_add(bytes);
        self.bytes.set(kept);
        if kept > BYTES { Err(too_large("the statement keeps too many rows")) } else { Ok(()) }
    }

    /// Counts a value of which there is one more: a long one takes its time to copy, and many of them take memory.
    pub(super) fn copied(&self, value: Option<&Option<Value>>) -> Result<Option<Value>, Refusal> {
        let Some(value) = value else { return Ok(None) };
        self.spend(weight(value) / STEP)?;
        Ok(value.clone())
    }

    /// The value of an expression for a row.
    pub(crate) fn value(&self, expr: &Expr, row: &[Option<Value>]) -> Result<Option<Value>, Refusal> {
        self.spend(1)?;
        let value = stacker::maybe_grow(STACK.0, STACK.1, || self.evaluate(expr, row))?;
        // What is large takes time to make, to copy, to look at.
        self.spend(weight(&value) / 256)?;
        Ok(value)
    }

    /// Whether a condition holds for a row: NULL does not.
    pub(crate) fn holds(&self, expr: &Expr, row: &[Option<Value>]) -> Result<bool, Refusal> {
        Ok(matches!(self.value(expr, row)?, Some(Value::Boolean(true))))
    }

    fn evaluate(&self, expr: &Expr, row: &[Option<Value>]) -> Result<Option<Value>, Refusal> {
        match expr {
            Expr::Constant(value) => self.copied(Some(value)),
            Expr::Column(at) => self.copied(row.get(*at)),
            Expr::Parameter(at) => self.copied(self.parameters.get(*at)),
            Expr::Cast { expr, to, lenient } => match self.value(expr, row)? {
                None => Ok(None),
                Some(value) if value.ty() == *to => Ok(Some(value)),
                Some(value) => match value.cast(to) {
                    Ok(value) => Ok(Some(value)),
                    Err(_) if *lenient => Ok(None),
                    Err(refusal) => Err(refusal),
                },
            },
            Expr::Call(call) => {
                let arguments = self.values(call.arguments.iter(), row)?;
                if call.strict && arguments.iter().any(Option::is_none) {
                    return Ok(None);
                }
                let value = (call.run)(&arguments, self)?;
                self.sized(value)
            }
            Expr::Arithmetic(operator, left, right) => {
                match (self.value(left, row)?, self.value(right, row)?) {
                    (Some(left), Some(right)) => arithmetic(*operator, &left, &right).map(Some),
                    _ => Ok(None),
                }
            }
            Expr::Compare(comparison, left, right) => {
                let (left, right) = (self.value(left, row)?, self.value(right, row)?);
                Ok(compared(*comparison, left.as_ref(), right.as_ref()).map(Value::Boolean))
            }
            Expr::And(left, right) => self.logical(left, right, row, false),
            Expr::Or(left, right) => self.logical(left, right, row, true),
            Expr::Not(expr) => Ok(match self.value(expr, row)? {
                Some(Value::Boolean(value)) => Some(Value::Boolean(!value)),
                _ => None,
            }),
            Expr::IsNull(expr) => Ok(Some(Value::Boolean(self.value(expr, row)?.is_none()))),
            Expr::Case { branches, otherwise } => {
                for (condition, result) in branches {
                    if self.holds(condition, row)? {
                        return self.value(result, row);
                    }
                }
                self.value(otherwise, row)
            }
            Expr::Coalesce(exprs) => {
                for expr in exprs {
                    if let Some(value) = self.value(expr, row)? {
                        return Ok(Some(value));
                    }
                }
                Ok(None)
            }
            Expr::Like { expr, pattern, kind } => match (self.value(expr, row)?, self.value(pattern, row)?) {
                (Some(Value::String(text)), Some(Value::String(pattern))) => {
                    self.like(&text, &pattern, *kind).map(Some)
                }
                _ => Ok(None),
            },
            Expr::Quantified { left, comparison, all, array } => {
                match (self.value(left, row)?, self.value(array, row)?) {
                    (Some(left), Some(Value::Array(elements))) => {
                        self.spend(elements.len())?;
                        Ok(quantified(&left, *comparison, *all, &elements).map(Value::Boolean))
                    }
                    _ => Ok(None),
                }
            }
            Expr::Array(elements) => {
                let elements = self.values(elements.iter(), row)?;
                self.sized(Some(Value::Array(elements)))
            }
            Expr::Object(fields) => {
                let values = self.values(fields.iter().map(|(_, expr)| expr), row)?;
                let names = fields.iter().map(|(name, _)| name.clone());
                self.sized(Some(Value::Object(names.zip(values).collect())))
            }
            Expr::Element(array, index) => match (self.value(array, row)?, self.value(index, row)?) {
                (Some(Value::Array(mut elements)), Some(Value::Long(index))) => {
                    let place = usize::try_from(index.saturating_sub(1)).ok();
                    let place = place.filter(|place| *place < elements.len());
                    Ok(place.and_then(|place| elements.swap_remove(place)))
                }
                _ => Ok(None),
            },
            Expr::Field(object, name) => Ok(self.value(object, row)?.and_then(|value| field(value, name))),
            Expr::Subquery(query, kind) => self.subquery(query, *kind),
        }
    }

    /// Values that are not too long together.
    fn values<'e>(
        &self,
        exprs: impl Iterator<Item = &'e Expr>,
        row: &[Option<Value>],
    ) -> Result<Vec<Option<Value>>, Refusal> {
        let mut left = 2 * LONGEST;
        let mut values = Vec::new();
        for expr in exprs {
            let value = self.value(expr, row)?;
            let rest =
                left.checked_sub(weight(&value)).ok_or_else(|| too_large("the values are too long"))?;
            left = rest;
            values.push(value);
        }
        Ok(values)
    }

    /// A value that is not too long.
    fn sized(&self, value: Option<Value>) -> Result<Option<Value>, Refusal> {
        let weight = weight(&value);
        if weight > LONGEST {
            return Err(too_large("the value is too long"));
        }
        self.spend(weight / STEP)?;
        Ok(value)
    }

    /// AND and OR: `decides` is the value that needs no other.
    fn logical(
        &self,
        left: &Expr,
        right: &Expr,
        row: &[Option<Value>],
        decides: bool,
    ) -> Result<Option<Value>, Refusal> {
        let left = self.value(left, row)?;
        if left == Some(Value::Boolean(decides)) {
            return Ok(left);
        }
        let right = self.value(right, row)?;
        if right == Some(Value::Boolean(decides)) {
            return Ok(right);
        }
        Ok(left.and(right))
    }

    fn like(&self, text: &str, pattern: &str, kind: Pattern) -> Result<Value, Refusal> {
        let mut compiled = self.compiled.borrow_mut();
        let known = match &*compiled {
            Some((same, of, known)) if same == pattern && *of == kind => known,
            _ => {
                self.spend(pattern::COMPILING)?;
                &compiled.insert((pattern.to_owned(), kind, pattern::compiled(pattern, kind)?)).2
            }
        };
        self.spend(known.cost(text))?;
        Ok(Value::Boolean(known.regex.is_match(text)))
    }

    fn subquery(&self, query: &Arc<Query>, kind: Subquery) -> Result<Option<Value>, Refusal> {
        let place = Arc::as_ptr(query).addr();
        let known = self.asked.borrow().get(&place).cloned();
        let rows = match known {
            Some(rows) => rows,
            None => {
                let rows = Rc::new(self.rows(query)?);
                self.asked.borrow_mut().insert(place, Rc::clone(&rows));
                rows
            }
        };
        let first = |row: &Row| row.first().cloned().flatten();
        match kind {
            Subquery::Exists => Ok(Some(Value::Boolean(!rows.is_empty()))),
            Subquery::Array => {
                let weights = rows.iter().map(|row| row.first().map_or(0, weight));
                self.spend(rows.len() + weights.sum::<usize>() / STEP)?;
                self.sized(Some(Value::Array(rows.iter().map(first).collect())))
            }
            Subquery::Scalar if rows.len() > 1 => {
                Err(Refusal::unsupported("Subquery returned more than 1 row when it shouldn't."))
            }
            Subquery::Scalar => Ok(rows.first().and_then(first)),
        }
    }
}

pub(crate) fn too_large(why: &str) -> Refusal {
    Refusal::new(Exception::CircuitBreaking, format!("Data too large: {why}"))
}

/// A field of an object, or of each object of an array.
fn field(value: Value, name: &str) -> Option<Value> {
    match value {
        Value::Object(mut fields) | Value::GeoShape(mut fields) => fields.remove(name).flatten(),
        Value::Array(elements) => {
            let elements = elements.into_iter();
            Some(Value::Array(elements.map(|element| element.and_then(|value| field(value, name))).collect()))
        }
        _ => None,
    }
}

/// How many bytes a row takes, about.
pub(crate) fn row_weight(row: &Row) -> usize {
    /// Its place in a list, and what keeping it costs.
    const ROW: usize = size_of::<Row>() + 16;
    ROW + row.iter().map(weight).sum::<usize>()
}

/// How many bytes a value takes, about.
pub(crate) fn weight(value: &Option<Value>) -> usize {
    const VALUE: usize = size_of::<Option<Value>>();
    VALUE
        + match value {
            Some(Value::String(text)) => text.len(),
            Some(Value::Array(elements)) => elements.iter().map(weight).sum(),
            Some(Value::Object(fields) | Value::GeoShape(fields)) => {
                fields.iter().map(|(name, value)| name.len() + weight(value)).sum()
            }
            _ => 0,
        }
}

/// The result of a comparison; none is NULL.
fn compared(comparison: Comparison, left: Option<&Value>, right: Option<&Value>) -> Option<bool> {
    let (left, right) = (left?, right?);
    let order = match left.compare(right) {
        Some(order) => order,
        None if comparison == Comparison::Equal => return Some(left == right),
        None if comparison == Comparison::Different => return Some(left != right),
        None => return Some(false),
    };
    Some(match comparison {
        Comparison::Equal => order == Ordering::Equal,
        Comparison::Different => order != Ordering::Equal,
        Comparison::Less => order == Ordering::Less,
        Comparison::LessOrEqual => order != Ordering::Greater,
        Comparison::Greater => order == Ordering::Greater,
        Comparison::GreaterOrEqual => order != Ordering::Less,
    })
}

fn quantified(left: &Value, comparison: Comparison, all: bool, elements: &[Option<Value>]) -> Option<bool> {
    let mut unknown = false;
    for element in elements {
        match compared(comparison, Some(left), element.as_ref()) {
            Some(found) if found != all => return Some(found),
            Some(_) => {}
            None => unknown = true,
        }
    }
    if unknown { None } else { Some(all) }
}

/// Arithmetic of two values of the same type.
fn arithmetic(operator: Arithmetic, left: &Value, right: &Value) -> Result<Value, Refusal> {
    match (left, right) {
        (Value::Integer(left), Value::Integer(right)) => {
            let result = integral(operator, i64::from(*left), i64::from(*right))?;
            i32::try_from(result).map(Value::Integer).map_err(|_| overflow("integer"))
        }
        (Value::Long(left), Value::Long(right)) => integral(operator, *left, *right).map(Value::Long),
        (Value::Float(left), Value::Float(right)) => Ok(Value::Float(match operator {
            Arithmetic::Add => left + right,
            Arithmetic::Subtract => left - right,
            Arithmetic::Multiply => left * right,
            Arithmetic::Divide => left / right,
            Arithmetic::Modulo => left % right,
            Arithmetic::Power => left.powf(*right),
        })),
        (Value::Double(left), Value::Double(right)) => Ok(Value::Double(match operator {
            Arithmetic::Add => left + right,
            Arithmetic::Subtract => left - right,
            Arithmetic::Multiply => left * right,
            Arithmetic::Divide => left / right,
            Arithmetic::Modulo => left % right,
            Arithmetic::Power => left.powf(*right),
        })),
        _ => {
            let types: (Type, Type) = (left.ty(), right.ty());
            Err(Refusal::unsupported(format!("no arithmetic with {} and {}", types.0, types.1)))
        }
    }
}

fn integral(operator: Arithmetic, left: i64, right: i64) -> Result<i64, Refusal> {
    let result = match operator {
        Arithmetic::Add => left.checked_add(right),
        Arithmetic::Subtract => left.checked_sub(right),
        Arithmetic::Multiply => left.checked_mul(right),
        Arithmetic::Divide | Arithmetic::Modulo if right == 0 => {
            return Err(Refusal::new(Exception::Arithmetic, "/ by zero"));
        }
        Arithmetic::Divide => left.checked_div(right),
        Arithmetic::Modulo => left.checked_rem(right),
        // The analysis makes doubles of the operands.
        Arithmetic::Power => None,
    };
    result.ok_or_else(|| overflow("long"))
}

fn overflow(ty: &str) -> Refusal {
    Refusal::new(Exception::Overflow, format!("{ty} overflow"))
}
