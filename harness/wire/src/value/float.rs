//! `real` and `double precision`.

use std::cmp::Ordering;

use super::float_text::{float4_text, float8_text, parse_float4, parse_float8};
use super::{Form, Invalid, Reader, Style};

impl Form for f32 {
    fn input(text: &str, _: &Style<'_>) -> Result<Self, Invalid> {
        parse_float4(text)
    }

    fn output(&self, style: &Style<'_>) -> String {
        float4_text(*self, style.extra_float_digits)
    }

    fn receive(bytes: &mut Reader<'_>) -> Result<Self, Invalid> {
        bytes.array().map(f32::from_be_bytes)
    }

    fn send(&self, out: &mut Vec<u8>) {
        out.extend(self.to_be_bytes());
    }
}

impl Form for f64 {
    fn input(text: &str, _: &Style<'_>) -> Result<Self, Invalid> {
        parse_float8(text)
    }

    fn output(&self, style: &Style<'_>) -> String {
        float8_text(*self, style.extra_float_digits)
    }

    fn receive(bytes: &mut Reader<'_>) -> Result<Self, Invalid> {
        bytes.f64()
    }

    fn send(&self, out: &mut Vec<u8>) {
        out.extend(self.to_be_bytes());
    }
}

/// The order of PostgreSQL: all NaN are equal, and greater than any number; the zeros are equal.
pub fn compare(left: f64, right: f64) -> Ordering {
    left.partial_cmp(&right).unwrap_or_else(|| left.is_nan().cmp(&right.is_nan()))
}
