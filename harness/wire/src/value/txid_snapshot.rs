//! `txid_snapshot` and `pg_snapshot`: which transactions are visible.

use super::{Form, Invalid, Reader, Style, scan};

/// Which transactions are visible.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TxidSnapshot {
    /// The lowest transaction that was in progress.
    pub xmin: u64,
    /// One behind the highest transaction that had ended.
    pub xmax: u64,
    /// The transactions that were in progress, in order.
    pub in_progress: Vec<u64>,
}

impl TxidSnapshot {
    fn new(xmin: u64, xmax: u64) -> Option<Self> {
        // Without its epoch, a transaction's number is not zero.
        let is_valid = |transaction: u64| transaction.trailing_zeros() < 32;
        let sane = is_valid(xmin) && is_valid(xmax) && xmin <= xmax;
        sane.then_some(Self { xmin, xmax, in_progress: Vec::new() })
    }

    /// Adds a transaction in progress, whose turn it must be; one that is there already is not added again.
    fn add(&mut self, transaction: u64) -> Option<()> {
        let last = self.in_progress.last().copied().unwrap_or(0);
        if transaction < last || !(self.xmin..=self.xmax).contains(&transaction) {
            return None;
        }
        if transaction != last {
            self.in_progress.push(transaction);
        }
        Some(())
    }
}

impl Form for TxidSnapshot {
    fn input(text: &str, _: &Style<'_>) -> Result<Self, Invalid> {
        parse(text.as_bytes()).ok_or_else(|| Invalid::syntax("pg_snapshot", text))
    }

    fn output(&self, _: &Style<'_>) -> String {
        let in_progress: Vec<String> = self.in_progress.iter().map(u64::to_string).collect();
        format!("{}:{}:{}", self.xmin, self.xmax, in_progress.join(","))
    }

    fn receive(bytes: &mut Reader<'_>) -> Result<Self, Invalid> {
        let invalid = || Invalid::new("22P03", "invalid external pg_snapshot data");
        let count = bytes.i32()?;
        if !(0..=MOST).contains(&count) {
            return Err(invalid());
        }
        let (xmin, xmax) = (transaction(bytes)?, transaction(bytes)?);
        let mut snapshot = Self::new(xmin, xmax).ok_or_else(invalid)?;
        for _ in 0..count {
            snapshot.add(transaction(bytes)?).ok_or_else(invalid)?;
        }
        Ok(snapshot)
    }

    fn send(&self, out: &mut Vec<u8>) {
        // Their number came from an Int32, or from a text that is shorter than that.
        let count = u32::try_from(self.in_progress.len()).unwrap_or(u32::MAX);
        out.extend(count.to_be_bytes());
        for transaction in [self.xmin, self.xmax].iter().chain(&self.in_progress) {
            out.extend(transaction.to_be_bytes());
        }
    }
}

/// The most transactions in progress: as many as fit in a gigabyte.
const MOST: i32 = 0x07ff_fffd;

fn transaction(bytes: &mut Reader<'_>) -> Result<u64, Invalid> {
    bytes.array().map(u64::from_be_bytes)
}

/// Reads `XMIN:XMAX:IN_PROGRESS,...`.
fn parse(text: &[u8]) -> Option<TxidSnapshot> {
    // A number that does not fit is the greatest one, as in C.
    let number = |text| {
        let (number, rest) = scan::unsigned(text);
        (number.unwrap_or(u64::MAX), rest)
    };
    let (xmin, rest) = number(text);
    let (xmax, rest) = number(rest.strip_prefix(b":")?);
    let mut snapshot = TxidSnapshot::new(xmin, xmax)?;
    let mut rest = rest.strip_prefix(b":")?;
    while !rest.is_empty() {
        let (transaction, behind) = number(rest);
        // In binary, PostgreSQL does not mind it.
        if transaction == xmax {
            return None;
        }
        snapshot.add(transaction)?;
        rest = match behind {
            [] => behind,
            [b',', more @ ..] => more,
            _ => return None,
        };
    }
    Some(snapshot)
}
