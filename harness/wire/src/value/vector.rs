//! `int2vector` and `oidvector`: one-dimensional arrays from index 0, with a text form of their own.

use std::cmp::Ordering;

use super::array::{self, Dimension};
use super::int::unsigned;
use super::{BuiltIn, Form, Invalid, Reader, Style, Value, types};

/// A list of `smallint`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Int2Vector(pub Vec<i16>);

/// A list of `oid`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OidVector(pub Vec<u32>);

impl OidVector {
    /// The order: the shorter first, then element by element.
    pub fn compare(&self, other: &Self) -> Ordering {
        self.0.len().cmp(&other.0.len()).then_with(|| self.0.cmp(&other.0))
    }
}

/// The numbers, with spaces between them.
fn joined<T: ToString>(numbers: &[T]) -> String {
    numbers.iter().map(T::to_string).collect::<Vec<_>>().join(" ")
}

/// The start of the binary form of an array of `count` elements without NULL.
fn send_head(element: u32, count: usize, out: &mut Vec<u8>) {
    let count = u32::try_from(count).unwrap_or(u32::MAX);
    for field in [1, 0, element, count, 0] {
        out.extend(field.to_be_bytes());
    }
}

/// The elements of a binary form: those of an array, but of one dimension from index 0 and without NULL.
fn receive(bytes: &mut Reader<'_>, element: u32, type_name: &str) -> Result<Vec<Value>, Invalid> {
    let array = array::receive(&BuiltIn, element, -1, bytes)?;
    let values: Option<Vec<Value>> = array.values.into_iter().collect();
    match (array.dimensions.as_slice(), values) {
        ([Dimension { lower: 0, .. }], Some(values)) => Ok(values),
        _ => Err(Invalid::new("22P03", format!("invalid {type_name} data"))),
    }
}

impl Form for Int2Vector {
    fn input(text: &str, _: &Style<'_>) -> Result<Self, Invalid> {
        let mut numbers = Vec::new();
        let mut rest = text.trim_start_matches(' ');
        while !rest.is_empty() {
            let sign = usize::from(rest.starts_with(['-', '+']));
            let digits = rest[sign..].bytes().take_while(u8::is_ascii_digit).count();
            let (number, after) = rest.split_at(sign + digits);
            if digits == 0 {
                return Err(Invalid::syntax("smallint", rest));
            }
            numbers.push(number.parse().map_err(|_| Invalid::range("smallint", rest))?);
            if !after.is_empty() && !after.starts_with(' ') {
                return Err(Invalid::syntax("smallint", rest));
            }
            rest = after.trim_start_matches(' ');
        }
        Ok(Self(numbers))
    }

    fn output(&self, _: &Style<'_>) -> String {
        joined(&self.0)
    }

    fn receive(bytes: &mut Reader<'_>) -> Result<Self, Invalid> {
        let values = receive(bytes, types::INT2, "int2vector")?;
        Ok(Self(
            values
                .iter()
                .filter_map(|value| if let Value::Int2(value) = value { Some(*value) } else { None })
                .collect(),
        ))
    }

    fn send(&self, out: &mut Vec<u8>) {
        send_head(types::INT2, self.0.len(), out);
        for number in &self.0 {
            out.extend(2i32.to_be_bytes());
            out.extend(number.to_be_bytes());
        }
    }
}

impl Form for OidVector {
    fn input(text: &str, _: &Style<'_>) -> Result<Self, Invalid> {
        let mut numbers = Vec::new();
        let mut rest = text.trim_start_matches(super::scan::is_blank);
        while !rest.is_empty() {
            let (number, after) = unsigned(rest, "oid", rest, u64::from(u32::MAX))?;
            numbers.push(u32::try_from(number).map_err(|_| Invalid::range("oid", rest))?);
            rest = after;
        }
        Ok(Self(numbers))
    }

    fn output(&self, _: &Style<'_>) -> String {
        joined(&self.0)
    }

    fn receive(bytes: &mut Reader<'_>) -> Result<Self, Invalid> {
        let values = receive(bytes, types::OID, "oidvector")?;
        Ok(Self(
            values
                .iter()
                .filter_map(|value| if let Value::Oid(value) = value { Some(value.0) } else { None })
                .collect(),
        ))
    }

    fn send(&self, out: &mut Vec<u8>) {
        send_head(types::OID, self.0.len(), out);
        for number in &self.0 {
            out.extend(4i32.to_be_bytes());
            out.extend(number.to_be_bytes());
        }
    }
}
