//! Ranges of an ordered type, and sets of them (multiranges).

use std::cmp::Ordering;

use super::date::Date;
use super::record::{part, push_part};
use super::scan::is_blank;
use super::{Invalid, Reader, Style, Types, Value};

/// The flags of the binary form.
const EMPTY: u8 = 0x01;
const LOWER_INCLUSIVE: u8 = 0x02;
const UPPER_INCLUSIVE: u8 = 0x04;
const LOWER_INFINITE: u8 = 0x08;
const UPPER_INFINITE: u8 = 0x10;

/// An end of a range.
#[derive(Clone, Debug, PartialEq)]
pub struct Bound {
    /// The value; none where the range has no end here.
    pub value: Option<Value>,
    /// Whether the value belongs to the range.
    pub inclusive: bool,
}

/// A range.
#[derive(Clone, Debug, PartialEq)]
pub enum Range {
    /// Nothing.
    Empty,
    /// What is between two bounds.
    Between(Bound, Bound),
}

/// Which end of a range.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Side {
    Lower,
    Upper,
}

impl Bound {
    /// The order of two bounds, along the values.
    fn compare(&self, side: Side, other: &Self, other_side: Side) -> Option<Ordering> {
        let infinite = |side| if side == Side::Lower { Ordering::Less } else { Ordering::Greater };
        let order = match (&self.value, &other.value) {
            (None, None) if side == other_side => return Some(Ordering::Equal),
            (None, _) => return Some(infinite(side)),
            (_, None) => return Some(infinite(other_side).reverse()),
            (Some(left), Some(right)) => left.compare(right)?,
        };
        // An exclusive lower bound begins just above its value, an exclusive upper one ends just below it.
        let shift = |bound: &Self, side| match side {
            _ if bound.inclusive => 0,
            Side::Lower => 1,
            Side::Upper => -1,
        };
        Some(order.then(shift(self, side).cmp(&shift(other, other_side))))
    }

    /// The value behind this one, of a type that has such: where a bound is exclusive below or inclusive above.
    fn next(&self) -> Result<Option<Value>, Invalid> {
        let out_of_range = |code, name| Invalid::new(code, format!("{name} out of range"));
        Ok(Some(match &self.value {
            Some(Value::Int4(value)) => {
                Value::Int4(value.checked_add(1).ok_or_else(|| out_of_range("22003", "integer"))?)
            }
            Some(Value::Int8(value)) => {
                Value::Int8(value.checked_add(1).ok_or_else(|| out_of_range("22003", "bigint"))?)
            }
            Some(Value::Date(date)) if date.is_finite() => {
                let next = date.0.checked_add(1).filter(|day| super::calendar::is_date(*day));
                Value::Date(Date(next.ok_or_else(|| out_of_range("22008", "date"))?))
            }
            _ => return Ok(None),
        }))
    }
}

impl Range {
    /// A range in its canonical form: of integers and dates, from an inclusive to an exclusive bound.
    pub fn new(mut lower: Bound, mut upper: Bound) -> Result<Self, Invalid> {
        lower.inclusive &= lower.value.is_some();
        upper.inclusive &= upper.value.is_some();
        if let (Some(from), Some(to)) = (&lower.value, &upper.value)
            && from.compare(to) == Some(Ordering::Greater)
        {
            let message = "range lower bound must be less than or equal to range upper bound";
            return Err(Invalid::new("22000", message));
        }
        if Self::is_empty(&lower, &upper) {
            return Ok(Self::Empty);
        }
        if !lower.inclusive
            && let Some(next) = lower.next()?
        {
            lower = Bound { value: Some(next), inclusive: true };
        }
        if upper.inclusive
            && let Some(next) = upper.next()?
        {
            upper = Bound { value: Some(next), inclusive: false };
        }
        if Self::is_empty(&lower, &upper) { Ok(Self::Empty) } else { Ok(Self::Between(lower, upper)) }
    }

    fn is_empty(lower: &Bound, upper: &Bound) -> bool {
        match (&lower.value, &upper.value) {
            (Some(from), Some(to)) => {
                from.compare(to) == Some(Ordering::Equal) && !(lower.inclusive && upper.inclusive)
            }
            _ => false,
        }
    }

    /// The order: the empty one first, then by lower and by upper bound.
    pub fn compare(&self, other: &Self) -> Option<Ordering> {
        match (self, other) {
            (Self::Empty, Self::Empty) => Some(Ordering::Equal),
            (Self::Empty, _) => Some(Ordering::Less),
            (_, Self::Empty) => Some(Ordering::Greater),
            (Self::Between(lower, upper), Self::Between(other_lower, other_upper)) => {
                let from = lower.compare(Side::Lower, other_lower, Side::Lower)?;
                Some(from.then(upper.compare(Side::Upper, other_upper, Side::Upper)?))
            }
        }
    }
}

/// The ranges of a multirange: in their order, without empty ones, and what overlaps or touches made one.
pub fn merged(mut ranges: Vec<Range>) -> Vec<Range> {
    ranges.retain(|range| *range != Range::Empty);
    ranges.sort_by(|left, right| left.compare(right).unwrap_or(Ordering::Equal));
    let mut merged: Vec<Range> = Vec::new();
    for range in ranges {
        if let (Some(Range::Between(_, end)), Range::Between(start, upper)) = (merged.last_mut(), &range)
            && touches(end, start)
        {
            if upper.compare(Side::Upper, end, Side::Upper) == Some(Ordering::Greater) {
                *end = upper.clone();
            }
            continue;
        }
        merged.push(range);
    }
    merged
}

/// Whether there is nothing between an upper and a lower bound.
fn touches(upper: &Bound, lower: &Bound) -> bool {
    let (Some(end), Some(start)) = (&upper.value, &lower.value) else { return true };
    match end.compare(start) {
        Some(Ordering::Less) | None => false,
        Some(Ordering::Equal) => upper.inclusive || lower.inclusive,
        Some(Ordering::Greater) => true,
    }
}

/// The order of multiranges: range by range, then by their number.
pub(super) fn compare_all(left: &[Range], right: &[Range]) -> Option<Ordering> {
    for (left, right) in left.iter().zip(right) {
        match left.compare(right)? {
            Ordering::Equal => {}
            order => return Some(order),
        }
    }
    Some(left.len().cmp(&right.len()))
}

fn malformed(text: &str, detail: &str) -> Invalid {
    Invalid::new("22P02", format!("malformed range literal: \"{text}\"")).detail(detail)
}

/// Reads the text form of a range.
pub(super) fn input(
    types: &dyn Types,
    element: u32,
    text: &str,
    style: &Style<'_>,
) -> Result<Range, Invalid> {
    let start = text.trim_start_matches(is_blank);
    if start.get(..5).is_some_and(|word| word.eq_ignore_ascii_case("empty")) {
        if !start[5..].trim_start_matches(is_blank).is_empty() {
            return Err(malformed(text, "Junk after \"empty\" key word."));
        }
        return Ok(Range::Empty);
    }
    let inclusive = start.starts_with('[');
    let rest = start.strip_prefix(['[', '(']);
    let rest = rest.ok_or_else(|| malformed(text, "Missing left parenthesis or bracket."))?;
    let (lower, rest) = bound(text, rest)?;
    let rest = rest.strip_prefix(',').ok_or_else(|| malformed(text, "Missing comma after lower bound."))?;
    let (upper, rest) = bound(text, rest)?;
    let closed = rest.starts_with(']');
    let rest = rest.strip_prefix([']', ')']).ok_or_else(|| malformed(text, "Too many commas."))?;
    if !rest.trim_start_matches(is_blank).is_empty() {
        return Err(malformed(text, "Junk after right parenthesis or bracket."));
    }
    let read =
        |text: Option<String>| text.map(|text| super::input(types, element, -1, &text, style)).transpose();
    Range::new(Bound { value: read(lower)?, inclusive }, Bound { value: read(upper)?, inclusive: closed })
}

/// The text of a bound, none where the range has no end there; and what follows.
fn bound<'a>(whole: &str, text: &'a str) -> Result<(Option<String>, &'a str), Invalid> {
    let ends = |c| matches!(c, ',' | ')' | ']');
    if text.starts_with(ends) {
        return Ok((None, text));
    }
    let (bound, rest) = part(text, ends).ok_or_else(|| malformed(whole, "Unexpected end of input."))?;
    Ok((Some(bound), rest))
}

/// Writes the text form of a range.
pub(super) fn output(types: &dyn Types, element: u32, range: &Range, style: &Style<'_>) -> String {
    let Range::Between(lower, upper) = range else { return "empty".to_owned() };
    let mut out = if lower.inclusive { "[" } else { "(" }.to_owned();
    let push = |out: &mut String, bound: &Bound| {
        if let Some(value) = &bound.value {
            push_part(out, &super::output(types, element, value, style), &['(', ')', '[', ']']);
        }
    };
    push(&mut out, lower);
    out.push(',');
    push(&mut out, upper);
    out.push(if upper.inclusive { ']' } else { ')' });
    out
}

/// Reads the binary form of a range.
pub(super) fn receive(types: &dyn Types, element: u32, bytes: &mut Reader<'_>) -> Result<Range, Invalid> {
    let flags = bytes.byte()?;
    let has = |flag: u8| flags & flag != 0;
    let mut value = |present: bool| -> Result<Option<Value>, Invalid> {
        if !present {
            return Ok(None);
        }
        let length = usize::try_from(bytes.i32()?).map_err(|_| Invalid::short())?;
        super::receive_from(types, element, -1, &mut Reader::new(bytes.take(length)?)).map(Some)
    };
    let lower = value(!has(EMPTY) && !has(LOWER_INFINITE))?;
    let upper = value(!has(EMPTY) && !has(UPPER_INFINITE))?;
    if has(EMPTY) {
        return Ok(Range::Empty);
    }
    Range::new(
        Bound { value: lower, inclusive: has(LOWER_INCLUSIVE) },
        Bound { value: upper, inclusive: has(UPPER_INCLUSIVE) },
    )
}

/// Writes the binary form of a range.
pub(super) fn send(types: &dyn Types, element: u32, range: &Range, out: &mut Vec<u8>) -> Result<(), Invalid> {
    let Range::Between(lower, upper) = range else {
        out.push(EMPTY);
        return Ok(());
    };
    let flag = |is: bool, flag: u8| if is { flag } else { 0 };
    out.push(
        flag(lower.inclusive, LOWER_INCLUSIVE)
            | flag(upper.inclusive, UPPER_INCLUSIVE)
            | flag(lower.value.is_none(), LOWER_INFINITE)
            | flag(upper.value.is_none(), UPPER_INFINITE),
    );
    for bound in [lower, upper] {
        if bound.value.is_some() {
            super::send_part(types, element, bound.value.as_ref(), out)?;
        }
    }
    Ok(())
}

/// Reads the text form of a multirange.
pub(super) fn input_all(
    types: &dyn Types,
    element: u32,
    text: &str,
    style: &Style<'_>,
) -> Result<Vec<Range>, Invalid> {
    let malformed = |detail: &str| {
        Invalid::new("22P02", format!("malformed multirange literal: \"{text}\"")).detail(detail)
    };
    let skip = |text| str::trim_start_matches(text, is_blank);
    let mut rest = skip(text).strip_prefix('{').ok_or_else(|| malformed("Missing left brace."))?;
    let mut ranges = Vec::new();
    loop {
        rest = skip(rest);
        if ranges.is_empty() && rest.starts_with('}') {
            break;
        }
        let end = if rest.get(..5).is_some_and(|word| word.eq_ignore_ascii_case("empty")) {
            5
        } else if rest.starts_with(['[', '(']) {
            let (_, after) = part(&rest[1..], |c| matches!(c, ']' | ')'))
                .ok_or_else(|| malformed("Unexpected end of input."))?;
            rest.len() - after.len() + 1
        } else {
            let detail = if rest.is_empty() { "Unexpected end of input." } else { "Expected range start." };
            return Err(malformed(detail));
        };
        ranges.push(input(types, element, &rest[..end], style)?);
        rest = skip(&rest[end..]);
        match rest.chars().next() {
            Some(',') => rest = &rest[1..],
            Some('}') => break,
            Some(_) => return Err(malformed("Expected comma or end of multirange.")),
            None => return Err(malformed("Unexpected end of input.")),
        }
    }
    if !skip(&rest[1..]).is_empty() {
        return Err(malformed("Junk after closing right brace."));
    }
    Ok(merged(ranges))
}

/// Writes the text form of a multirange.
pub(super) fn output_all(types: &dyn Types, element: u32, ranges: &[Range], style: &Style<'_>) -> String {
    let texts: Vec<String> = ranges.iter().map(|range| output(types, element, range, style)).collect();
    format!("{{{}}}", texts.join(","))
}

/// Reads the binary form of a multirange.
pub(super) fn receive_all(
    types: &dyn Types,
    element: u32,
    bytes: &mut Reader<'_>,
) -> Result<Vec<Range>, Invalid> {
    let count = bytes.i32()?;
    let mut ranges = Vec::new();
    for _ in 0..count.cast_unsigned() {
        let length = usize::try_from(bytes.i32()?).map_err(|_| Invalid::short())?;
        ranges.push(receive(types, element, &mut Reader::new(bytes.take(length)?))?);
    }
    Ok(merged(ranges))
}

/// Writes the binary form of a multirange.
pub(super) fn send_all(
    types: &dyn Types,
    element: u32,
    ranges: &[Range],
    out: &mut Vec<u8>,
) -> Result<(), Invalid> {
    out.extend(u32::try_from(ranges.len()).unwrap_or(u32::MAX).to_be_bytes());
    for range in ranges {
        let mut bytes = Vec::new();
        send(types, element, range, &mut bytes)?;
        out.extend(u32::try_from(bytes.len()).unwrap_or(u32::MAX).to_be_bytes());
        out.extend(bytes);
    }
    Ok(())
}
