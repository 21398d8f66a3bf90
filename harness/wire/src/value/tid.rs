//! `tid`: the place of a row in its table.

use std::cmp::Ordering;

use super::{Form, Invalid, Reader, Style, scan};

/// The place of a row in its table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Tid {
    /// The block.
    pub block: u32,
    /// The place in the block.
    pub offset: u16,
}

impl Tid {
    /// The order of PostgreSQL's `<`.
    pub fn compare(&self, other: &Self) -> Ordering {
        (self.block, self.offset).cmp(&(other.block, other.offset))
    }
}

impl Form for Tid {
    fn input(text: &str, _: &Style<'_>) -> Result<Self, Invalid> {
        parse(text.as_bytes()).ok_or_else(|| Invalid::syntax("tid", text))
    }

    fn output(&self, _: &Style<'_>) -> String {
        format!("({},{})", self.block, self.offset)
    }

    fn receive(bytes: &mut Reader<'_>) -> Result<Self, Invalid> {
        let block = bytes.array().map(u32::from_be_bytes)?;
        Ok(Self { block, offset: bytes.array().map(u16::from_be_bytes)? })
    }

    fn send(&self, out: &mut Vec<u8>) {
        out.extend(self.block.to_be_bytes());
        out.extend(self.offset.to_be_bytes());
    }
}

/// Reads `(BLOCK,OFFSET)`. PostgreSQL does not look at what stands before and behind the parentheses.
fn parse(text: &[u8]) -> Option<Tid> {
    let inside = text.split(|byte| *byte == b')').next()?;
    let open = inside.iter().position(|byte| matches!(byte, b'(' | b','))?;
    let (block, rest) = scan::unsigned(&text[open + 1..]);
    let (offset, rest) = scan::unsigned(rest.strip_prefix(b",")?);
    if rest.first() != Some(&b')') {
        return None;
    }
    Some(Tid { block: wrapped(block?)?, offset: u16::try_from(offset?).ok()? })
}

/// As 32 bits, where the number is one of those, with or without sign.
fn wrapped(number: u64) -> Option<u32> {
    let below_zero = || i32::try_from(number.cast_signed()).ok().map(i32::cast_unsigned);
    u32::try_from(number).ok().or_else(below_zero)
}
