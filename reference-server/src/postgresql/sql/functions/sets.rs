//! Functions that give rows.

use super::arithmetic::{integer, mismatch};
use crate::postgresql::sql::context::Context;
use crate::postgresql::sql::eval::elements;
use crate::postgresql::sql::stop::Stop;
use pgconform_wire::value::Value;
use pgconform_wire::value::interval::Interval;
use pgconform_wire::value::jsonb::Jsonb;
use pgconform_wire::value::numeric::Numeric;
use pgconform_wire::value::timestamp::Timestamp;
use pgconform_wire::value::timestamptz::Timestamptz;
use std::cmp::Ordering;

type Rows = Result<Vec<Option<Value>>, Stop>;

/// The arguments, if none is NULL: these functions are strict.
fn all(values: &[Option<Value>]) -> Option<Vec<Value>> {
    values.iter().cloned().collect()
}

/// One more value is kept until it is its turn to be given.
fn keep(context: &mut Context<'_>) -> Result<(), Stop> {
    context.session.meter.spend(1)?;
    context.session.meter.keep(size_of::<Option<Value>>())
}

fn zero_step() -> Stop {
    Stop::error("22023", "step size cannot equal zero")
}

/// `generate_series` of numbers
pub(super) fn series(context: &mut Context<'_>, values: &[Option<Value>]) -> Rows {
    let Some(values) = all(values) else { return Ok(Vec::new()) };
    let [first, last, step @ ..] = values.as_slice() else { return Err(mismatch()) };
    if let (Value::Numeric(first), Value::Numeric(last)) = (first, last) {
        return numbers(first, last, step.first(), context);
    }
    let step = step.first().map_or(Ok(1), integer)?;
    if step == 0 {
        return Err(zero_step());
    }
    let wide = matches!(first, Value::Int8(_));
    let (last, mut current) = (integer(last)?, Some(integer(first)?));
    let mut rows = Vec::new();
    while let Some(value) = current.filter(|value| if step > 0 { *value <= last } else { *value >= last }) {
        keep(context)?;
        rows.push(Some(if wide {
            Value::Int8(value)
        } else {
            Value::Int4(i32::try_from(value).map_err(|_| mismatch())?)
        }));
        current = value.checked_add(step);
    }
    Ok(rows)
}

fn numbers(first: &Numeric, last: &Numeric, step: Option<&Value>, context: &mut Context<'_>) -> Rows {
    let step = match step {
        Some(Value::Numeric(step)) => step.clone(),
        _ => Numeric::from(1),
    };
    for (name, value) in [("start", first), ("stop", last), ("step size", &step)] {
        let bad = match value {
            Numeric::NaN => "NaN",
            Numeric::Infinity | Numeric::NegativeInfinity => "infinity",
            Numeric::Finite(_) => continue,
        };
        let what = if name == "step size" { name.to_owned() } else { format!("{name} value") };
        return Err(Stop::error("22023", format!("{what} cannot be {bad}")));
    }
    let past = match step.compare(&Numeric::ZERO) {
        Ordering::Equal => return Err(zero_step()),
        Ordering::Greater => Ordering::Greater,
        Ordering::Less => Ordering::Less,
    };
    let mut current = first.clone();
    let mut rows = Vec::new();
    while current.compare(last) != past {
        keep(context)?;
        rows.push(Some(Value::Numeric(current.clone())));
        current = current.add(&step)?;
    }
    Ok(rows)
}

/// `generate_series` of timestamps
pub(super) fn timestamps(context: &mut Context<'_>, values: &[Option<Value>]) -> Rows {
    let Some(values) = all(values) else { return Ok(Vec::new()) };
    let [first, last, Value::Interval(step)] = values.as_slice() else { return Err(mismatch()) };
    let past = match step.compare(&Interval::ZERO) {
        Ordering::Equal => return Err(zero_step()),
        order => order,
    };
    let mut current = first.clone();
    let mut rows = Vec::new();
    while current.compare(last) != Some(past) {
        if matches!(
            current,
            Value::Timestamp(Timestamp(i64::MAX | i64::MIN))
                | Value::Timestamptz(Timestamptz(i64::MAX | i64::MIN))
        ) {
            break;
        }
        keep(context)?;
        rows.push(Some(current.clone()));
        current = super::moment::shifted(context, &current, *step)?;
    }
    Ok(rows)
}

/// `unnest`
pub(super) fn unnest(_: &mut Context<'_>, values: &[Option<Value>]) -> Rows {
    Ok(values.first().cloned().flatten().map(elements).unwrap_or_default())
}

/// `generate_subscripts`
pub(super) fn subscripts(_: &mut Context<'_>, values: &[Option<Value>]) -> Rows {
    let Some(values) = all(values) else { return Ok(Vec::new()) };
    let [array, Value::Int4(number), reverse @ ..] = values.as_slice() else { return Err(mismatch()) };
    let dimensions = match array {
        Value::Array(array) => array.dimensions.iter().map(|one| (one.lower, one.length)).collect(),
        vector => vec![(0, i32::try_from(elements(vector.clone()).len()).unwrap_or(i32::MAX))],
    };
    let place = usize::try_from(*number).ok().and_then(|number| number.checked_sub(1));
    let Some((lower, length)) = place.and_then(|place| dimensions.get(place)) else { return Ok(Vec::new()) };
    let mut rows: Vec<Option<Value>> =
        (*lower..lower + length).map(|index| Some(Value::Int4(index))).collect();
    if reverse.first() == Some(&Value::Bool(true)) {
        rows.reverse();
    }
    Ok(rows)
}

/// `string_to_table`
pub(super) fn split(_: &mut Context<'_>, values: &[Option<Value>]) -> Rows {
    let parts = super::array::split(values)?.unwrap_or_default();
    Ok(parts.into_iter().map(|part| part.map(Value::Text)).collect())
}

fn array_of(values: &[Option<Value>]) -> Result<Vec<super::json::Json>, Stop> {
    let Some(values) = all(values) else { return Ok(Vec::new()) };
    let [value] = values.as_slice() else { return Err(mismatch()) };
    let json = super::json::given(value)?;
    match json.value() {
        Jsonb::Array(_) => Ok(json.elements()),
        Jsonb::Object(_) => Err(Stop::error("22023", "cannot extract elements from an object")),
        _ => Err(Stop::error("22023", "cannot extract elements from a scalar")),
    }
}

/// `json_array_elements`
pub(super) fn elements_of(_: &mut Context<'_>, values: &[Option<Value>]) -> Rows {
    Ok(array_of(values)?.into_iter().map(|json| Some(json.into_value())).collect())
}

/// `json_array_elements_text`
pub(super) fn element_texts(_: &mut Context<'_>, values: &[Option<Value>]) -> Rows {
    Ok(array_of(values)?.into_iter().map(|json| json.text().map(Value::Text)).collect())
}

/// `json_object_keys`
pub(super) fn keys(_: &mut Context<'_>, values: &[Option<Value>]) -> Rows {
    let Some(values) = all(values) else { return Ok(Vec::new()) };
    let [value] = values.as_slice() else { return Err(mismatch()) };
    let json = super::json::given(value)?;
    let function = if matches!(value, Value::Json(_)) { "json_object_keys" } else { "jsonb_object_keys" };
    match json.value() {
        Jsonb::Object(_) => Ok(json.keys().into_iter().map(|key| Some(Value::Text(key))).collect()),
        Jsonb::Array(_) => Err(Stop::error("22023", format!("cannot call {function} on an array"))),
        _ => Err(Stop::error("22023", format!("cannot call {function} on a scalar"))),
    }
}
