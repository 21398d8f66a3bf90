//! `pg_lsn`: a position in the write-ahead log.

use std::cmp::Ordering;

use super::{Form, Invalid, Reader, Style};

/// A position in the write-ahead log.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct PgLsn(
    /// The position, in bytes.
    pub u64,
);

impl PgLsn {
    /// The order of PostgreSQL's `<`.
    pub fn compare(&self, other: &Self) -> Ordering {
        self.0.cmp(&other.0)
    }
}

impl Form for PgLsn {
    fn input(text: &str, _: &Style<'_>) -> Result<Self, Invalid> {
        let half = |digits: &str| {
            let all = (1..=8).contains(&digits.len()) && digits.bytes().all(|byte| byte.is_ascii_hexdigit());
            all.then(|| u64::from_str_radix(digits, 16).ok()).flatten()
        };
        text.split_once('/')
            .and_then(|(high, low)| Some(Self(half(high)? << 32 | half(low)?)))
            .ok_or_else(|| Invalid::syntax("pg_lsn", text))
    }

    fn output(&self, _: &Style<'_>) -> String {
        format!("{:X}/{:X}", self.0 >> 32, self.0 & 0xffff_ffff)
    }

    fn receive(bytes: &mut Reader<'_>) -> Result<Self, Invalid> {
        bytes.array().map(u64::from_be_bytes).map(Self)
    }

    fn send(&self, out: &mut Vec<u8>) {
        out.extend(self.0.to_be_bytes());
    }
}
