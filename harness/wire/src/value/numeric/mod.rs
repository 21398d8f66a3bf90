//! `numeric`: decimal numbers of any precision, infinities, and what is not a number.
//!
//! The value is as the binary form has it: digits to the base of 10000, the weight of the first of them, and the number of
//! decimal digits behind the point that are shown (the display scale), which need not be what the digits need.

mod arithmetic;

use std::cmp::Ordering;

use super::float_text::{float4_text, float8_text};
use super::int::based;
use super::scan::is_blank;
use super::{Form, Invalid, Reader, Style};

/// The base of the digits.
const BASE: u16 = 10_000;
/// How many decimal digits one digit is.
const DECIMALS: i32 = 4;
/// The greatest weight.
const MOST_WEIGHT: i32 = 0x7fff;
/// The greatest display scale.
const MOST_SCALE: i32 = 0x3fff;

/// A `numeric`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Numeric {
    /// A number.
    Finite(Decimal),
    /// Above every number.
    Infinity,
    /// Below every number.
    NegativeInfinity,
    /// Not a number: equal to itself, and above all else.
    NaN,
}

/// A decimal number. Equal are those that are written alike: 1.0 is not 1.00 here, but [`Numeric::compare`] says so.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Decimal {
    negative: bool,
    /// The first digit counts `10000^weight`.
    weight: i32,
    /// The digits shown behind the point.
    scale: i32,
    /// Without zeros at either end.
    digits: Vec<u16>,
}

fn overflow() -> Invalid {
    Invalid::new("22003", "value overflows numeric format")
}

impl Decimal {
    /// A number of these digits, which may have zeros at either end.
    fn new(negative: bool, weight: i32, scale: i32, digits: &[u16]) -> Self {
        let leading = digits.iter().take_while(|digit| **digit == 0).count();
        let end = digits.iter().rposition(|digit| *digit != 0).map_or(leading, |last| last + 1);
        let digits = digits[leading..end].to_vec();
        if digits.is_empty() {
            return Self { negative: false, weight: 0, scale, digits };
        }
        let leading = i32::try_from(leading).unwrap_or(i32::MAX);
        Self { negative, weight: weight.saturating_sub(leading), scale, digits }
    }

    /// The number, where the format has room for it.
    fn checked(self) -> Result<Self, Invalid> {
        if self.weight > MOST_WEIGHT || self.scale > MOST_SCALE { Err(overflow()) } else { Ok(self) }
    }

    /// How many bytes its digits take in memory.
    pub(super) fn size(&self) -> usize {
        size_of_val(self.digits.as_slice())
    }

    /// Whether it is zero.
    pub fn is_zero(&self) -> bool {
        self.digits.is_empty()
    }

    /// Whether it is below zero.
    pub fn is_negative(&self) -> bool {
        self.negative
    }

    /// How many decimal digits are shown behind the point.
    pub fn scale(&self) -> i32 {
        self.scale
    }

    /// The digit that counts `10000^weight`.
    fn digit(&self, weight: i32) -> u16 {
        let index = usize::try_from(self.weight - weight).ok();
        index.and_then(|index| self.digits.get(index)).copied().unwrap_or(0)
    }

    /// The weight of the last digit.
    fn lowest(&self) -> i32 {
        self.weight + 1 - i32::try_from(self.digits.len()).unwrap_or(i32::MAX)
    }

    /// How many decimal digits stand before the point; below zero, how many zeros follow it.
    fn whole_digits(&self) -> i32 {
        let first = self.digits.first().map_or(0, |digit| digit.checked_ilog10().unwrap_or(0));
        self.weight * DECIMALS + 1 + i32::try_from(first).unwrap_or(0)
    }

    /// Reads digits with a point and an exponent, `_` between the digits; or an integer to another base.
    fn parse(negative: bool, text: &str) -> Result<Self, Error> {
        let (radix, rest) = based(text);
        if radix != 10 {
            return Self::parse_integer(negative, radix, rest);
        }
        let (whole, rest) = digits(text)?;
        let (fraction, rest) = match rest.strip_prefix('.') {
            Some(rest) => digits(rest)?,
            None => (String::new(), rest),
        };
        if whole.is_empty() && fraction.is_empty() {
            return Err(Error::Syntax);
        }
        let exponent = match rest.strip_prefix(['e', 'E']) {
            Some(exponent) => parse_exponent(exponent)?,
            None if rest.is_empty() => 0,
            None => return Err(Error::Syntax),
        };
        let length = |text: &str| i32::try_from(text.len()).map_err(|_| Error::Overflow);
        let scale = (length(&fraction)? - exponent).max(0);
        let all = whole.clone() + &fraction;
        let significant = all.trim_start_matches('0');
        // The power of ten that the first digit counts.
        let power = length(&whole)? - 1 + exponent - length(&all)? + length(significant)?;
        let weight = power.div_euclid(DECIMALS);
        let before = usize::try_from(DECIMALS - 1 - power.rem_euclid(DECIMALS)).unwrap_or(0);
        let padded = "0".repeat(before) + significant + "000";
        let groups: Vec<u16> = padded.as_bytes().chunks_exact(4).map(group).collect();
        Self::new(negative, weight, scale, &groups).checked().map_err(|_| Error::Overflow)
    }

    /// Reads digits to another base.
    fn parse_integer(negative: bool, radix: u32, text: &str) -> Result<Self, Error> {
        // Digits to the base of 10000, the last one first.
        let mut value: Vec<u16> = Vec::new();
        let mut rest = text.chars().peekable();
        let mut any = false;
        while let Some(c) = rest.next() {
            if c == '_' && rest.peek().is_some_and(|next| next.is_digit(radix)) {
                continue;
            }
            let mut carry = c.to_digit(radix).ok_or(Error::Syntax)?;
            any = true;
            for digit in &mut value {
                let sum = u32::from(*digit) * radix + carry;
                carry = sum / u32::from(BASE);
                *digit = u16::try_from(sum % u32::from(BASE)).map_err(|_| Error::Overflow)?;
            }
            if carry > 0 {
                value.push(u16::try_from(carry).map_err(|_| Error::Overflow)?);
            }
        }
        if !any {
            return Err(Error::Syntax);
        }
        value.reverse();
        let weight = i32::try_from(value.len()).map_err(|_| Error::Overflow)? - 1;
        Self::new(negative, weight, 0, &value).checked().map_err(|_| Error::Overflow)
    }
}

impl std::fmt::Display for Decimal {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.negative {
            f.write_str("-")?;
        }
        write!(f, "{}", self.digit(self.weight.max(0)))?;
        for weight in (0..self.weight.max(0)).rev() {
            write!(f, "{:04}", self.digit(weight))?;
        }
        let Ok(scale) = usize::try_from(self.scale) else { return Ok(()) };
        if scale > 0 {
            let groups = (self.scale + DECIMALS - 1) / DECIMALS;
            let fraction: String = (1..=groups).map(|weight| format!("{:04}", self.digit(-weight))).collect();
            write!(f, ".{}", &fraction[..scale])?;
        }
        Ok(())
    }
}

/// Why a text is no number.
enum Error {
    Syntax,
    Overflow,
}

/// Four decimal digits as one.
fn group(decimals: &[u8]) -> u16 {
    decimals.iter().fold(0, |value, decimal| value * 10 + u16::from(decimal - b'0'))
}

/// The digits at the start of `text`, without the `_` between them, and what follows.
fn digits(text: &str) -> Result<(String, &str), Error> {
    let end = text.find(|c: char| !c.is_ascii_digit() && c != '_').unwrap_or(text.len());
    let (all, rest) = text.split_at(end);
    if all.starts_with('_') || all.ends_with('_') || all.contains("__") {
        return Err(Error::Syntax);
    }
    Ok((all.replace('_', ""), rest))
}

fn parse_exponent(text: &str) -> Result<i32, Error> {
    let (negative, unsigned) = match text.as_bytes().first() {
        Some(b'-') => (true, &text[1..]),
        Some(b'+') => (false, &text[1..]),
        _ => (false, text),
    };
    let (number, rest) = digits(unsigned)?;
    if number.is_empty() {
        return Err(Error::Syntax);
    }
    let value = number.parse::<i32>().ok().filter(|value| *value < i32::MAX / 2).ok_or(Error::Overflow)?;
    if !rest.is_empty() {
        return Err(Error::Syntax);
    }
    Ok(if negative { -value } else { value })
}

impl Numeric {
    /// Zero.
    pub const ZERO: Self = Self::Finite(Decimal { negative: false, weight: 0, scale: 0, digits: Vec::new() });

    /// The precision and the scale that a modifier tells; none where it limits nothing.
    pub fn limits(modifier: i32) -> Option<(i32, i32)> {
        let packed = modifier - 4;
        (packed >= 0).then_some((packed >> 16, ((packed & 0x7ff) ^ 1024) - 1024))
    }

    /// The modifier of this precision and scale.
    pub fn modifier(precision: i32, scale: i32) -> i32 {
        (precision << 16 | scale & 0x7ff) + 4
    }

    /// Rounded to what a modifier allows.
    pub fn limited(&self, modifier: i32) -> Result<Self, Invalid> {
        let Some((precision, scale)) = Self::limits(modifier) else { return Ok(self.clone()) };
        let field = || Invalid::new("22003", "numeric field overflow");
        let Self::Finite(number) = self else {
            if *self == Self::NaN {
                return Ok(Self::NaN);
            }
            return Err(field().detail(format!(
                "A field with precision {precision}, scale {scale} cannot hold an infinite value."
            )));
        };
        let rounded = number.rounded(scale);
        let most = precision - scale;
        if !rounded.is_zero() && rounded.whole_digits() > most {
            let limit = if most == 0 { "1".to_owned() } else { format!("10^{most}") };
            return Err(field().detail(format!(
                "A field with precision {precision}, scale {scale} must round to an absolute value less than {limit}."
            )));
        }
        Ok(Self::Finite(rounded))
    }

    /// The order: not a number is equal to itself, and above all else.
    pub fn compare(&self, other: &Self) -> Ordering {
        let rank = |value: &Self| match value {
            Self::NegativeInfinity => 0,
            Self::Finite(_) => 1,
            Self::Infinity => 2,
            Self::NaN => 3,
        };
        match (self, other) {
            (Self::Finite(left), Self::Finite(right)) => left.compare(right),
            _ => rank(self).cmp(&rank(other)),
        }
    }

    /// The number that a `double precision` is to 15 digits, as a cast has it.
    pub fn from_f64(value: f64) -> Self {
        Self::read(&float8_text(value, 0)).unwrap_or(Self::NaN)
    }

    /// The number that a `real` is to 6 digits, as a cast has it.
    pub fn from_f32(value: f32) -> Self {
        Self::read(&float4_text(value, 0)).unwrap_or(Self::NaN)
    }

    /// The nearest `double precision`.
    pub fn to_f64(&self) -> Result<f64, Invalid> {
        let text = self.to_string();
        let value: f64 = text.parse().map_err(|_| Invalid::syntax("double precision", &text))?;
        if value.is_infinite() && matches!(self, Self::Finite(_)) {
            let message = format!("\"{text}\" is out of range for type double precision");
            return Err(Invalid::new("22003", message));
        }
        Ok(value)
    }

    /// Rounded to a `bigint`.
    pub fn to_i64(&self) -> Result<i64, Invalid> {
        self.to_integer("bigint")
            .and_then(|value| i64::try_from(value).map_err(|_| Invalid::new("22003", "bigint out of range")))
    }

    /// Rounded to an integer, which the error names as of this type.
    pub fn to_integer(&self, type_name: &str) -> Result<i128, Invalid> {
        let cannot = |what| Invalid::new("0A000", format!("cannot convert {what} to {type_name}"));
        let number = match self {
            Self::Finite(number) => number.rounded(0),
            Self::NaN => return Err(cannot("NaN")),
            Self::Infinity | Self::NegativeInfinity => return Err(cannot("infinity")),
        };
        // Beyond 2^63 whatever the type.
        if number.weight > 8 {
            return Err(Invalid::new("22003", format!("{type_name} out of range")));
        }
        let value = (0..=number.weight.max(0))
            .rev()
            .fold(0i128, |value, weight| value * i128::from(BASE) + i128::from(number.digit(weight)));
        Ok(if number.negative { -value } else { value })
    }

    fn read(text: &str) -> Result<Self, Error> {
        let (sign, unsigned) = match text.as_bytes().first() {
            Some(b'-') => (Some(true), &text[1..]),
            Some(b'+') => (Some(false), &text[1..]),
            _ => (None, text),
        };
        match unsigned.to_ascii_lowercase().as_str() {
            "nan" if sign.is_none() => Ok(Self::NaN),
            "inf" | "infinity" if sign == Some(true) => Ok(Self::NegativeInfinity),
            "inf" | "infinity" => Ok(Self::Infinity),
            _ => Decimal::parse(sign == Some(true), unsigned).map(Self::Finite),
        }
    }
}

impl From<i64> for Numeric {
    fn from(value: i64) -> Self {
        let mut rest = value.unsigned_abs();
        let mut digits = Vec::new();
        while rest > 0 {
            // Below 10000.
            digits.push(u16::try_from(rest % u64::from(BASE)).unwrap_or(0));
            rest /= u64::from(BASE);
        }
        digits.reverse();
        let weight = i32::try_from(digits.len()).unwrap_or(0) - 1;
        Self::Finite(Decimal::new(value < 0, weight, 0, &digits))
    }
}

impl std::fmt::Display for Numeric {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Finite(number) => number.fmt(f),
            Self::Infinity => f.write_str("Infinity"),
            Self::NegativeInfinity => f.write_str("-Infinity"),
            Self::NaN => f.write_str("NaN"),
        }
    }
}

impl Form for Numeric {
    fn input(text: &str, _: &Style<'_>) -> Result<Self, Invalid> {
        Self::read(text.trim_matches(is_blank)).map_err(|error| match error {
            Error::Syntax => Invalid::syntax("numeric", text),
            Error::Overflow => overflow(),
        })
    }

    fn output(&self, _: &Style<'_>) -> String {
        self.to_string()
    }

    fn receive(bytes: &mut Reader<'_>) -> Result<Self, Invalid> {
        let invalid = |what| Invalid::new("22P03", format!("invalid {what} in external \"numeric\" value"));
        let count = bytes.i16()?.cast_unsigned();
        let weight = bytes.i16()?;
        let sign = bytes.i16()?.cast_unsigned();
        let scale = bytes.i16()?.cast_unsigned();
        if !matches!(sign, 0 | 0x4000 | 0xc000 | 0xd000 | 0xf000) {
            return Err(invalid("sign"));
        }
        if i32::from(scale) > MOST_SCALE {
            return Err(invalid("scale"));
        }
        let mut digits = Vec::new();
        for _ in 0..count {
            let digit = bytes.i16()?.cast_unsigned();
            if digit >= BASE {
                return Err(invalid("digit"));
            }
            digits.push(digit);
        }
        Ok(match sign {
            0xc000 => Self::NaN,
            0xd000 => Self::Infinity,
            0xf000 => Self::NegativeInfinity,
            _ => {
                let scale = i32::from(scale);
                let number = Decimal::new(sign == 0x4000, i32::from(weight), scale, &digits);
                Self::Finite(number.truncated(scale))
            }
        })
    }

    fn send(&self, out: &mut Vec<u8>) {
        let head = match self {
            Self::Finite(number) => {
                let field = |value: i32| i16::try_from(value).unwrap_or(i16::MAX).cast_unsigned();
                let count = u16::try_from(number.digits.len()).unwrap_or(u16::MAX);
                let sign = if number.negative { 0x4000 } else { 0 };
                [count, field(number.weight), sign, field(number.scale)]
            }
            Self::NaN => [0, 0, 0xc000, 0],
            // The scale of an infinity is a bit that tells it from NaN in memory, and PostgreSQL sends it.
            Self::Infinity => [0, 0, 0xd000, 0x20],
            Self::NegativeInfinity => [0, 0, 0xf000, 0x20],
        };
        let digits = if let Self::Finite(number) = self { number.digits.as_slice() } else { &[] };
        for field in head.iter().chain(digits) {
            out.extend(field.to_be_bytes());
        }
    }
}
