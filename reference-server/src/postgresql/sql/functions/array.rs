//! Functions of arrays.

use super::arithmetic::{mismatch, out_of_range};
use super::text::of;
use crate::postgresql::meter::parts_fit;
use crate::postgresql::sql::context::Context;
use crate::postgresql::sql::eval::elements;
use crate::postgresql::sql::stop::Stop;
use crate::postgresql::storage::Oid;
use pgconform_wire::value::array::{Array, Dimension};
use pgconform_wire::value::{Value, types};
use std::cmp::Ordering;

/// How many bytes an element of an array of text takes at least.
const ELEMENT: usize = 2 * size_of::<Option<Value>>();

type Answer = Result<Option<Value>, Stop>;

fn int4(value: usize) -> Answer {
    i32::try_from(value).map(|value| Some(Value::Int4(value))).map_err(|_| out_of_range("integer"))
}

/// An array, or what is like one; its elements' type is 0 where the call knows it better.
fn given(value: &Value) -> Array {
    match value {
        Value::Array(array) => array.clone(),
        vector => {
            let values = elements(vector.clone());
            let length = i32::try_from(values.len()).unwrap_or(i32::MAX);
            Array { element: 0, dimensions: vec![Dimension { length, lower: 0 }], values }
        }
    }
}

fn optional(value: Option<&Option<Value>>) -> Array {
    let empty = || Array { element: 0, dimensions: Vec::new(), values: Vec::new() };
    value.and_then(Option::as_ref).map_or_else(empty, given)
}

/// An array of one dimension with one more element at its end, or its start.
fn grown(array: Array, value: Option<Value>, at_end: bool) -> Answer {
    let Array { element, mut dimensions, mut values } = array;
    match dimensions.as_mut_slice() {
        [] => dimensions = vec![Dimension { length: 1, lower: 1 }],
        [dimension] => {
            dimension.length = dimension.length.checked_add(1).ok_or_else(|| out_of_range("integer"))?
        }
        _ => return Err(Stop::error("22000", "argument must be empty or one-dimensional array")),
    }
    values.insert(if at_end { values.len() } else { 0 }, value);
    Ok(Some(Value::Array(Array { element, dimensions, values })))
}

/// `array_append`
pub(super) fn append(_: &mut Context<'_>, values: &[Option<Value>]) -> Answer {
    grown(optional(values.first()), values.get(1).cloned().flatten(), true)
}

/// `array_prepend`
pub(super) fn prepend(_: &mut Context<'_>, values: &[Option<Value>]) -> Answer {
    grown(optional(values.get(1)), values.first().cloned().flatten(), false)
}

/// `array_cat`
pub(super) fn concatenate(_: &mut Context<'_>, values: &[Option<Value>]) -> Answer {
    let [left, right] = values else { return Err(mismatch()) };
    let (Some(left), Some(right)) = (left, right) else { return Ok(left.clone().or_else(|| right.clone())) };
    let (left, right) = (given(left), given(right));
    if left.dimensions.is_empty() {
        return Ok(Some(Value::Array(right)));
    }
    if right.dimensions.is_empty() {
        return Ok(Some(Value::Array(left)));
    }
    // Of arrays of as many dimensions the outermost grows; an array of one less counts as one element.
    let mut dimensions = left.dimensions.clone();
    let (more, same) = match left.dimensions.len().cmp(&right.dimensions.len()) {
        Ordering::Equal => (right.dimensions[0].length, left.dimensions[1..] == right.dimensions[1..]),
        Ordering::Greater => (1, left.dimensions[1..] == right.dimensions[..]),
        Ordering::Less => {
            dimensions.clone_from(&right.dimensions);
            (1, right.dimensions[1..] == left.dimensions[..])
        }
    };
    if !same {
        return Err(crate::engine::SqlError::error("2202E", "cannot concatenate incompatible arrays")
            .detail("Arrays with differing dimensions are not compatible for concatenation.")
            .into());
    }
    dimensions[0].length = dimensions[0].length.checked_add(more).ok_or_else(|| out_of_range("integer"))?;
    let values = [left.values, right.values].concat();
    Ok(Some(Value::Array(Array { element: left.element, dimensions, values })))
}

fn dimension(values: &[Value]) -> Result<Option<Dimension>, Stop> {
    let [array, Value::Int4(number)] = values else { return Err(mismatch()) };
    let place = usize::try_from(*number).ok().and_then(|number| number.checked_sub(1));
    Ok(place.and_then(|place| given(array).dimensions.get(place).copied()))
}

/// `array_length`
pub(super) fn length(_: &mut Context<'_>, values: &[Value]) -> Answer {
    Ok(dimension(values)?.map(|dimension| Value::Int4(dimension.length)))
}

/// `array_lower`
pub(super) fn lower(_: &mut Context<'_>, values: &[Value]) -> Answer {
    Ok(dimension(values)?.map(|dimension| Value::Int4(dimension.lower)))
}

/// `array_upper`
pub(super) fn upper(_: &mut Context<'_>, values: &[Value]) -> Answer {
    Ok(dimension(values)?.map(|dimension| Value::Int4(dimension.lower - 1 + dimension.length)))
}

/// `array_ndims`
pub(super) fn dimension_count(_: &mut Context<'_>, values: &[Value]) -> Answer {
    let [array] = values else { return Err(mismatch()) };
    let count = given(array).dimensions.len();
    if count == 0 { Ok(None) } else { int4(count) }
}

/// `array_dims`
pub(super) fn dimensions(_: &mut Context<'_>, values: &[Value]) -> Answer {
    let [array] = values else { return Err(mismatch()) };
    let each =
        |dimension: &Dimension| format!("[{}:{}]", dimension.lower, dimension.lower - 1 + dimension.length);
    let all: String = given(array).dimensions.iter().map(each).collect();
    Ok((!all.is_empty()).then_some(Value::Text(all)))
}

/// `cardinality`
pub(super) fn cardinality(_: &mut Context<'_>, values: &[Value]) -> Answer {
    let [array] = values else { return Err(mismatch()) };
    int4(given(array).values.len())
}

/// `array_to_string`
pub(super) fn to_text(context: &mut Context<'_>, values: &[Option<Value>], _: &[Oid]) -> Answer {
    let [Some(array), Some(delimiter), null @ ..] = values else { return Ok(None) };
    let null = null.first().and_then(Option::as_ref).map(of).transpose()?;
    let shown = super::text::shown(context, array.clone());
    let shown = shown.into_iter().filter_map(|text| text.or_else(|| null.map(str::to_owned)));
    Ok(Some(Value::Text(shown.collect::<Vec<_>>().join(of(delimiter)?))))
}

/// The parts of a text between delimiters: each character where there is none, all of it where that is empty.
pub(super) fn split(values: &[Option<Value>]) -> Result<Option<Vec<Option<String>>>, Stop> {
    let [Some(text), delimiter, null @ ..] = values else { return Ok(None) };
    let text = of(text)?;
    let null = null.first().and_then(Option::as_ref).map(of).transpose()?;
    let delimiter_text = delimiter.as_ref().map(of).transpose()?;
    let count = delimiter_text.map_or(text.len(), |delimiter| text.matches(delimiter).count());
    parts_fit(text.len() + count.saturating_mul(ELEMENT))?;
    let parts: Vec<String> = match delimiter_text {
        _ if text.is_empty() => Vec::new(),
        None => text.chars().map(String::from).collect(),
        Some("") => vec![text.to_owned()],
        Some(delimiter) => text.split(delimiter).map(str::to_owned).collect(),
    };
    Ok(Some(parts.into_iter().map(|part| (Some(part.as_str()) != null).then_some(part)).collect()))
}

/// `string_to_array`
pub(super) fn from_text(_: &mut Context<'_>, values: &[Option<Value>]) -> Answer {
    let parts = split(values)?;
    let value = |part: Option<String>| part.map(Value::Text);
    let array = |parts: Vec<Option<String>>| Array::new(types::TEXT, parts.into_iter().map(value).collect());
    Ok(parts.map(|parts| Value::Array(array(parts))))
}

fn same(left: &Option<Value>, right: &Option<Value>) -> bool {
    match (left, right) {
        (Some(left), Some(right)) => left.compare(right) == Some(Ordering::Equal) || left == right,
        (None, None) => true,
        _ => false,
    }
}

/// The indexes of an array's elements, with these.
fn indexed(array: &Array) -> Result<impl Iterator<Item = (i32, &Option<Value>)>, Stop> {
    if array.dimensions.len() > 1 {
        return Err(Stop::error(
            "0A000",
            "searching for elements in multidimensional arrays is not supported",
        ));
    }
    let lower = array.dimensions.first().map_or(1, |dimension| dimension.lower);
    Ok((lower..).zip(&array.values))
}

/// `array_position`
pub(super) fn position(_: &mut Context<'_>, values: &[Option<Value>]) -> Answer {
    let [Some(array), wanted, from @ ..] = values else { return Ok(None) };
    let from = match from {
        [] => i32::MIN,
        [Some(Value::Int4(from))] => *from,
        _ => return Err(Stop::error("22004", "initial position must not be null")),
    };
    let array = given(array);
    let found = indexed(&array)?.find(|(index, value)| *index >= from && same(value, wanted));
    Ok(found.map(|(index, _)| Value::Int4(index)))
}

/// `array_positions`
pub(super) fn positions(_: &mut Context<'_>, values: &[Option<Value>]) -> Answer {
    let [Some(array), wanted] = values else { return Ok(None) };
    let array = given(array);
    let found = indexed(&array)?.filter(|(_, value)| same(value, wanted));
    let found = found.map(|(index, _)| Some(Value::Int4(index))).collect();
    Ok(Some(Value::Array(Array::new(types::INT4, found))))
}

/// `array_remove`
pub(super) fn remove(_: &mut Context<'_>, values: &[Option<Value>]) -> Answer {
    let [Some(array), wanted] = values else { return Ok(None) };
    let array = given(array);
    if array.dimensions.len() > 1 {
        let message = "removing elements from multidimensional arrays is not supported";
        return Err(Stop::error("0A000", message));
    }
    let kept: Vec<Option<Value>> = array.values.into_iter().filter(|value| !same(value, wanted)).collect();
    Ok(Some(Value::Array(Array::new(array.element, kept))))
}

/// `array_replace`
pub(super) fn replace(_: &mut Context<'_>, values: &[Option<Value>]) -> Answer {
    let [Some(array), from, to] = values else { return Ok(None) };
    let array = given(array);
    let each = |value: Option<Value>| if same(&value, from) { to.clone() } else { value };
    let values = array.values.into_iter().map(each).collect();
    Ok(Some(Value::Array(Array { values, ..array })))
}

/// Whether each element of the one, none of them NULL, is in the other.
fn within(left: &Value, right: &Value) -> bool {
    let right = elements(right.clone());
    elements(left.clone()).iter().all(|value| value.is_some() && right.iter().any(|other| same(value, other)))
}

/// `@>`
pub(super) fn contains(_: &mut Context<'_>, values: &[Value]) -> Answer {
    let [left, right] = values else { return Err(mismatch()) };
    Ok(Some(Value::Bool(within(right, left))))
}

/// `<@`
pub(super) fn contained(_: &mut Context<'_>, values: &[Value]) -> Answer {
    let [left, right] = values else { return Err(mismatch()) };
    Ok(Some(Value::Bool(within(left, right))))
}

/// `&&`
pub(super) fn overlaps(_: &mut Context<'_>, values: &[Value]) -> Answer {
    let [left, right] = values else { return Err(mismatch()) };
    let right = elements(right.clone());
    let common = |value: &Option<Value>| value.is_some() && right.iter().any(|other| same(value, other));
    Ok(Some(Value::Bool(elements(left.clone()).iter().any(common))))
}
