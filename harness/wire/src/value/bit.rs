//! `bit` and `bit varying`: a string of bits.

use std::cmp::Ordering;

use super::{Form, Invalid, Reader, Style, scan};

/// A string of bits.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Bit {
    /// How many bits there are.
    length: usize,
    /// The bits, the first in the highest place; those behind the last one are zero.
    bytes: Vec<u8>,
}

impl Bit {
    /// A string of `length` zeros.
    fn zeros(length: usize) -> Self {
        Self { length, bytes: vec![0; length.div_ceil(8)] }
    }

    /// How many bits there are.
    pub fn length(&self) -> usize {
        self.length
    }

    fn bits(&self) -> impl Iterator<Item = bool> {
        (0..self.length).map(|at| self.bytes[at / 8] & (0x80 >> (at % 8)) != 0)
    }

    fn set(&mut self, at: usize) {
        self.bytes[at / 8] |= 0x80 >> (at % 8);
    }

    /// As a `bit(length)`: what has another length is refused, or with an explicit cast cut or filled up with zeros.
    pub fn fixed(self, length: usize, explicit: bool) -> Result<Self, Invalid> {
        if self.length == length {
            return Ok(self);
        }
        if !explicit {
            let message = format!("bit string length {} does not match type bit({length})", self.length);
            return Err(Invalid::new("22026", message));
        }
        Ok(self.resized(length))
    }

    /// As a `bit varying(length)`: what is longer is refused, or with an explicit cast cut.
    pub fn varying(self, length: usize, explicit: bool) -> Result<Self, Invalid> {
        if self.length <= length {
            return Ok(self);
        }
        if !explicit {
            let message = format!("bit string too long for type bit varying({length})");
            return Err(Invalid::new("22001", message));
        }
        Ok(self.resized(length))
    }

    fn resized(mut self, length: usize) -> Self {
        self.length = length;
        self.bytes.resize(length.div_ceil(8), 0);
        self.clear_rest();
        self
    }

    /// Clears what stands in the last byte behind the last bit.
    fn clear_rest(&mut self) {
        let used = self.length % 8;
        if let (1.., Some(last)) = (used, self.bytes.last_mut()) {
            *last &= 0xff << (8 - used);
        }
    }

    /// The order of PostgreSQL's `<`.
    pub fn compare(&self, other: &Self) -> Ordering {
        let common = self.bytes.len().min(other.bytes.len());
        self.bytes[..common].cmp(&other.bytes[..common]).then(self.length.cmp(&other.length))
    }
}

impl Form for Bit {
    fn input(text: &str, _: &Style<'_>) -> Result<Self, Invalid> {
        let (hexadecimal, digits) = match text.as_bytes().first() {
            Some(b'x' | b'X') => (true, &text[1..]),
            Some(b'b' | b'B') => (false, &text[1..]),
            _ => (false, text),
        };
        let (radix, width, kind) = if hexadecimal { (16, 4, "hexadecimal") } else { (2, 1, "binary") };
        let mut value = Self::zeros(digits.len() * width);
        for (at, c) in digits.chars().enumerate() {
            let digit = u8::try_from(c)
                .ok()
                .and_then(scan::hex_digit)
                .filter(|digit| *digit < radix)
                .ok_or_else(|| Invalid::new("22P02", format!("\"{c}\" is not a valid {kind} digit")))?;
            for bit in (0..width).filter(|bit| digit & (1 << (width - 1 - bit)) != 0) {
                value.set(at * width + bit);
            }
        }
        Ok(value)
    }

    fn output(&self, _: &Style<'_>) -> String {
        self.bits().map(|bit| if bit { '1' } else { '0' }).collect()
    }

    fn receive(bytes: &mut Reader<'_>) -> Result<Self, Invalid> {
        let length = usize::try_from(bytes.i32()?)
            .ok()
            .filter(|length| *length <= LONGEST)
            .ok_or_else(|| Invalid::new("22P03", "invalid length in external bit string"))?;
        let mut value = Self { length, bytes: bytes.take(length.div_ceil(8))?.to_vec() };
        value.clear_rest();
        Ok(value)
    }

    fn send(&self, out: &mut Vec<u8>) {
        // What was read fits: the wire itself cannot bring more.
        out.extend(i32::try_from(self.length).unwrap_or(i32::MAX).to_be_bytes());
        out.extend(&self.bytes);
    }
}

/// The longest string of bits.
const LONGEST: usize = 0x7fff_fff8;
