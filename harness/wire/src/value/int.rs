//! Integers: `smallint`, `integer`, `bigint`, and the unsigned `oid`, `xid`, `cid`, `xid8`.

use super::scan::is_blank;
use super::{Form, Invalid, Reader, Style};

/// Reads a signed integer: decimal, or `0x`, `0o`, `0b`; with `_` between digits.
fn signed(text: &str, type_name: &str, min: i64, max: i64) -> Result<i64, Invalid> {
    let syntax = || Invalid::syntax(type_name, text);
    let number = text.trim_start_matches(is_blank);
    let (negative, number) = match number.as_bytes().first() {
        Some(b'-') => (true, &number[1..]),
        Some(b'+') => (false, &number[1..]),
        _ => (false, number),
    };
    let (radix, digits) = based(number);
    let mut value: i128 = 0;
    let mut rest = digits.bytes().peekable();
    // A separator stands before a digit, and in a decimal number also behind one.
    let mut separable = radix != 10;
    let mut any = false;
    while let Some(byte) = rest.peek().copied() {
        if byte == b'_' {
            rest.next();
            if !separable || !rest.peek().is_some_and(|next| char::from(*next).is_digit(radix)) {
                return Err(syntax());
            }
            continue;
        }
        let Some(digit) = char::from(byte).to_digit(radix) else { break };
        rest.next();
        (separable, any) = (true, true);
        value = value * i128::from(radix) + i128::from(digit);
        if (negative && -value < i128::from(min)) || (!negative && value > i128::from(max)) {
            return Err(Invalid::range(type_name, text));
        }
    }
    if !any || !rest.all(|byte| is_blank(char::from(byte))) {
        return Err(syntax());
    }
    i64::try_from(if negative { -value } else { value }).map_err(|_| Invalid::range(type_name, text))
}

/// The base that a prefix tells, and the digits behind it.
pub(super) fn based(number: &str) -> (u32, &str) {
    match number.as_bytes() {
        [b'0', b'x' | b'X', ..] => (16, &number[2..]),
        [b'0', b'o' | b'O', ..] => (8, &number[2..]),
        [b'0', b'b' | b'B', ..] => (2, &number[2..]),
        _ => (10, number),
    }
}

/// Reads an unsigned integer as C's `strtoul` does: `0x` and a leading `0` tell the base, and a minus wraps around. Gives
/// what follows, too.
pub(super) fn unsigned<'a>(
    text: &'a str,
    type_name: &str,
    whole: &str,
    max: u64,
) -> Result<(u64, &'a str), Invalid> {
    let number = text.trim_start_matches(is_blank);
    let (negative, number) = match number.as_bytes().first() {
        Some(b'-') => (true, &number[1..]),
        Some(b'+') => (false, &number[1..]),
        _ => (false, number),
    };
    let (radix, digits) = match number.as_bytes() {
        [b'0', b'x' | b'X', next, ..] if next.is_ascii_hexdigit() => (16, &number[2..]),
        [b'0', ..] => (8, number),
        _ => (10, number),
    };
    let end = digits.find(|c: char| !c.is_digit(radix)).unwrap_or(digits.len());
    if end == 0 {
        return Err(Invalid::syntax(type_name, whole));
    }
    let out_of_range = || Invalid::range(type_name, whole);
    let value = u64::from_str_radix(&digits[..end], radix).map_err(|_| out_of_range())?;
    let value = if negative { value.wrapping_neg() } else { value };
    // A negative number may be as long as a signed integer of that width.
    let value = match i32::try_from(value.cast_signed()) {
        Ok(negative) if negative < 0 => value & max,
        _ if value <= max => value,
        _ => return Err(out_of_range()),
    };
    Ok((value, digits[end..].trim_start_matches(is_blank)))
}

/// Reads an unsigned integer that is all of `text`.
fn unsigned_all(text: &str, type_name: &str, max: u64) -> Result<u64, Invalid> {
    match unsigned(text, type_name, text, max)? {
        (value, "") => Ok(value),
        _ => Err(Invalid::syntax(type_name, text)),
    }
}

impl Form for i16 {
    fn input(text: &str, _: &Style<'_>) -> Result<Self, Invalid> {
        let value = signed(text, "smallint", i64::from(i16::MIN), i64::from(i16::MAX))?;
        i16::try_from(value).map_err(|_| Invalid::range("smallint", text))
    }

    fn output(&self, _: &Style<'_>) -> String {
        self.to_string()
    }

    fn receive(bytes: &mut Reader<'_>) -> Result<Self, Invalid> {
        bytes.i16()
    }

    fn send(&self, out: &mut Vec<u8>) {
        out.extend(self.to_be_bytes());
    }
}

impl Form for i32 {
    fn input(text: &str, _: &Style<'_>) -> Result<Self, Invalid> {
        let value = signed(text, "integer", i64::from(i32::MIN), i64::from(i32::MAX))?;
        i32::try_from(value).map_err(|_| Invalid::range("integer", text))
    }

    fn output(&self, _: &Style<'_>) -> String {
        self.to_string()
    }

    fn receive(bytes: &mut Reader<'_>) -> Result<Self, Invalid> {
        bytes.i32()
    }

    fn send(&self, out: &mut Vec<u8>) {
        out.extend(self.to_be_bytes());
    }
}

impl Form for i64 {
    fn input(text: &str, _: &Style<'_>) -> Result<Self, Invalid> {
        signed(text, "bigint", i64::MIN, i64::MAX)
    }

    fn output(&self, _: &Style<'_>) -> String {
        self.to_string()
    }

    fn receive(bytes: &mut Reader<'_>) -> Result<Self, Invalid> {
        bytes.i64()
    }

    fn send(&self, out: &mut Vec<u8>) {
        out.extend(self.to_be_bytes());
    }
}

/// An object identifier.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Oid(pub u32);

/// A transaction identifier.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Xid(pub u32);

/// A command identifier.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cid(pub u32);

/// A transaction identifier with its epoch.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Xid8(pub u64);

/// Reads the text form of a 32 bit unsigned integer.
fn unsigned_32(text: &str, type_name: &str) -> Result<u32, Invalid> {
    let value = unsigned_all(text, type_name, u64::from(u32::MAX))?;
    u32::try_from(value).map_err(|_| Invalid::range(type_name, text))
}

impl Form for Oid {
    fn input(text: &str, _: &Style<'_>) -> Result<Self, Invalid> {
        unsigned_32(text, "oid").map(Self)
    }

    fn output(&self, _: &Style<'_>) -> String {
        self.0.to_string()
    }

    fn receive(bytes: &mut Reader<'_>) -> Result<Self, Invalid> {
        bytes.array().map(u32::from_be_bytes).map(Self)
    }

    fn send(&self, out: &mut Vec<u8>) {
        out.extend(self.0.to_be_bytes());
    }
}

impl Form for Xid {
    fn input(text: &str, _: &Style<'_>) -> Result<Self, Invalid> {
        unsigned_32(text, "xid").map(Self)
    }

    fn output(&self, _: &Style<'_>) -> String {
        self.0.to_string()
    }

    fn receive(bytes: &mut Reader<'_>) -> Result<Self, Invalid> {
        bytes.array().map(u32::from_be_bytes).map(Self)
    }

    fn send(&self, out: &mut Vec<u8>) {
        out.extend(self.0.to_be_bytes());
    }
}

impl Form for Cid {
    fn input(text: &str, _: &Style<'_>) -> Result<Self, Invalid> {
        unsigned_32(text, "cid").map(Self)
    }

    fn output(&self, _: &Style<'_>) -> String {
        self.0.to_string()
    }

    fn receive(bytes: &mut Reader<'_>) -> Result<Self, Invalid> {
        bytes.array().map(u32::from_be_bytes).map(Self)
    }

    fn send(&self, out: &mut Vec<u8>) {
        out.extend(self.0.to_be_bytes());
    }
}

impl Form for Xid8 {
    fn input(text: &str, _: &Style<'_>) -> Result<Self, Invalid> {
        unsigned_all(text, "xid8", u64::MAX).map(Self)
    }

    fn output(&self, _: &Style<'_>) -> String {
        self.0.to_string()
    }

    fn receive(bytes: &mut Reader<'_>) -> Result<Self, Invalid> {
        bytes.array().map(u64::from_be_bytes).map(Self)
    }

    fn send(&self, out: &mut Vec<u8>) {
        out.extend(self.0.to_be_bytes());
    }
}
