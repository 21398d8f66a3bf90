//! Functions of ranges.

use super::arithmetic::mismatch;
use crate::postgresql::sql::context::Context;
use crate::postgresql::sql::stop::Stop;
use pgconform_wire::value::Value;
use pgconform_wire::value::range::{Bound, Range, merged};
use std::cmp::Ordering;

type Answer = Result<Option<Value>, Stop>;

fn truth(value: bool) -> Answer {
    Ok(Some(Value::Bool(value)))
}

/// `int4range` and its like
pub(super) fn new(_: &mut Context<'_>, values: &[Option<Value>]) -> Answer {
    let [lower, upper, flags @ ..] = values else { return Err(mismatch()) };
    let flags = match flags {
        [] => "[)",
        [Some(Value::Text(flags))] => flags,
        _ => return Err(Stop::error("22000", "range constructor flags argument must not be null")),
    };
    let (from, to) = match flags {
        "[)" => (true, false),
        "[]" => (true, true),
        "(]" => (false, true),
        "()" => (false, false),
        _ => {
            let error = crate::engine::SqlError::error("42601", "invalid range bound flags");
            return Err(error.hint("Valid values are \"[]\", \"[)\", \"(]\", and \"()\".").into());
        }
    };
    let lower = Bound { value: lower.clone(), inclusive: from };
    let upper = Bound { value: upper.clone(), inclusive: to };
    Ok(Some(Value::Range(Box::new(Range::new(lower, upper)?))))
}

/// `int4multirange` and its like
pub(super) fn new_multi(_: &mut Context<'_>, values: &[Value]) -> Answer {
    let ranges = values.first().cloned().map(crate::postgresql::sql::eval::elements).unwrap_or_default();
    let each = |value: Option<Value>| match value {
        Some(Value::Range(range)) => Ok(*range),
        None => Err(Stop::error("22004", "multirange values cannot contain null members")),
        Some(_) => Err(mismatch()),
    };
    Ok(Some(Value::Multirange(merged(ranges.into_iter().map(each).collect::<Result<_, _>>()?))))
}

fn only(values: &[Value]) -> Result<&Range, Stop> {
    match values {
        [Value::Range(range)] => Ok(range),
        _ => Err(mismatch()),
    }
}

fn two(values: &[Value]) -> Result<(&Range, &Range), Stop> {
    match values {
        [Value::Range(left), Value::Range(right)] => Ok((left, right)),
        _ => Err(mismatch()),
    }
}

fn bounds(range: &Range) -> Option<(&Bound, &Bound)> {
    match range {
        Range::Empty => None,
        Range::Between(lower, upper) => Some((lower, upper)),
    }
}

/// `lower`
pub(super) fn lower(_: &mut Context<'_>, values: &[Value]) -> Answer {
    Ok(bounds(only(values)?).and_then(|(lower, _)| lower.value.clone()))
}

/// `upper`
pub(super) fn upper(_: &mut Context<'_>, values: &[Value]) -> Answer {
    Ok(bounds(only(values)?).and_then(|(_, upper)| upper.value.clone()))
}

/// `isempty`
pub(super) fn is_empty(_: &mut Context<'_>, values: &[Value]) -> Answer {
    truth(bounds(only(values)?).is_none())
}

/// `lower_inc`
pub(super) fn lower_inclusive(_: &mut Context<'_>, values: &[Value]) -> Answer {
    truth(bounds(only(values)?).is_some_and(|(lower, _)| lower.inclusive))
}

/// `upper_inc`
pub(super) fn upper_inclusive(_: &mut Context<'_>, values: &[Value]) -> Answer {
    truth(bounds(only(values)?).is_some_and(|(_, upper)| upper.inclusive))
}

/// `lower_inf`
pub(super) fn lower_infinite(_: &mut Context<'_>, values: &[Value]) -> Answer {
    truth(bounds(only(values)?).is_some_and(|(lower, _)| lower.value.is_none()))
}

/// `upper_inf`
pub(super) fn upper_infinite(_: &mut Context<'_>, values: &[Value]) -> Answer {
    truth(bounds(only(values)?).is_some_and(|(_, upper)| upper.value.is_none()))
}

/// Whether a value is not below a lower bound.
fn above(lower: &Bound, value: &Value) -> bool {
    match lower.value.as_ref().and_then(|lower| value.compare(lower)) {
        None | Some(Ordering::Greater) => true,
        Some(Ordering::Equal) => lower.inclusive,
        Some(Ordering::Less) => false,
    }
}

/// Whether a value is not above an upper bound.
fn below(upper: &Bound, value: &Value) -> bool {
    match upper.value.as_ref().and_then(|upper| value.compare(upper)) {
        None | Some(Ordering::Less) => true,
        Some(Ordering::Equal) => upper.inclusive,
        Some(Ordering::Greater) => false,
    }
}

fn has(range: &Range, value: &Value) -> Answer {
    truth(bounds(range).is_some_and(|(lower, upper)| above(lower, value) && below(upper, value)))
}

/// `@>` of an element
pub(super) fn contains_element(_: &mut Context<'_>, values: &[Value]) -> Answer {
    let [Value::Range(range), value] = values else { return Err(mismatch()) };
    has(range, value)
}

/// `<@` of an element
pub(super) fn element_contained(_: &mut Context<'_>, values: &[Value]) -> Answer {
    let [value, Value::Range(range)] = values else { return Err(mismatch()) };
    has(range, value)
}

/// The order of two bounds of the same side; `outer` is that of a bound without value.
fn order(left: &Bound, right: &Bound, outer: Ordering) -> Ordering {
    match (&left.value, &right.value) {
        (None, None) => Ordering::Equal,
        (None, Some(_)) => outer,
        (Some(_), None) => outer.reverse(),
        (Some(one), Some(other)) => {
            let same = left.inclusive.cmp(&right.inclusive);
            let same = if outer == Ordering::Less { same.reverse() } else { same };
            one.compare(other).unwrap_or(Ordering::Equal).then(same)
        }
    }
}

/// Whether all of the second range is in the first.
fn covers(outer: &Range, inner: &Range) -> bool {
    match (bounds(outer), bounds(inner)) {
        (_, None) => true,
        (None, Some(_)) => false,
        (Some((lower, upper)), Some((inner_lower, inner_upper))) => {
            order(lower, inner_lower, Ordering::Less).is_le()
                && order(upper, inner_upper, Ordering::Greater).is_ge()
        }
    }
}

/// `@>`
pub(super) fn contains(_: &mut Context<'_>, values: &[Value]) -> Answer {
    let (left, right) = two(values)?;
    truth(covers(left, right))
}

/// `<@`
pub(super) fn contained(_: &mut Context<'_>, values: &[Value]) -> Answer {
    let (left, right) = two(values)?;
    truth(covers(right, left))
}

/// What two ranges have in common.
fn common(left: &Range, right: &Range) -> Result<Range, Stop> {
    let (Some((left_lower, left_upper)), Some((right_lower, right_upper))) = (bounds(left), bounds(right))
    else {
        return Ok(Range::Empty);
    };
    let lower = if order(left_lower, right_lower, Ordering::Less).is_ge() { left_lower } else { right_lower };
    let upper =
        if order(left_upper, right_upper, Ordering::Greater).is_le() { left_upper } else { right_upper };
    if let (Some(from), Some(to)) = (&lower.value, &upper.value)
        && from.compare(to) == Some(Ordering::Greater)
    {
        return Ok(Range::Empty);
    }
    Ok(Range::new(lower.clone(), upper.clone())?)
}

/// `&&`
pub(super) fn overlaps(_: &mut Context<'_>, values: &[Value]) -> Answer {
    let (left, right) = two(values)?;
    truth(bounds(&common(left, right)?).is_some())
}

/// `*`
pub(super) fn intersection(_: &mut Context<'_>, values: &[Value]) -> Answer {
    let (left, right) = two(values)?;
    Ok(Some(Value::Range(Box::new(common(left, right)?))))
}

/// Whether the first range ends before the second begins.
fn ends_before(left: &Range, right: &Range) -> bool {
    let (Some((_, upper)), Some((lower, _))) = (bounds(left), bounds(right)) else { return false };
    match (&upper.value, &lower.value) {
        (Some(upper_value), Some(lower_value)) => match upper_value.compare(lower_value) {
            Some(Ordering::Less) => true,
            Some(Ordering::Equal) => !(upper.inclusive && lower.inclusive),
            _ => false,
        },
        _ => false,
    }
}

/// `<<`
pub(super) fn before(_: &mut Context<'_>, values: &[Value]) -> Answer {
    let (left, right) = two(values)?;
    truth(ends_before(left, right))
}

/// `>>`
pub(super) fn after(_: &mut Context<'_>, values: &[Value]) -> Answer {
    let (left, right) = two(values)?;
    truth(ends_before(right, left))
}

/// `-|-`: nothing is between them, and they have nothing in common.
pub(super) fn adjacent(_: &mut Context<'_>, values: &[Value]) -> Answer {
    let (left, right) = two(values)?;
    let meet = |upper: &Bound, lower: &Bound| {
        upper.value.is_some() && upper.value == lower.value && upper.inclusive != lower.inclusive
    };
    let (Some((left_lower, left_upper)), Some((right_lower, right_upper))) = (bounds(left), bounds(right))
    else {
        return truth(false);
    };
    truth(meet(left_upper, right_lower) || meet(right_upper, left_lower))
}
