//! `money`, as the locale C writes it: `-$1,234.56`.

use std::cmp::Ordering;

use super::{Form, Invalid, Reader, Style, scan};

/// An amount of money.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Money(
    /// In cents.
    pub i64,
);

impl Money {
    /// The order of PostgreSQL's `<`.
    pub fn compare(&self, other: &Self) -> Ordering {
        self.0.cmp(&other.0)
    }
}

impl Form for Money {
    fn input(text: &str, _: &Style<'_>) -> Result<Self, Invalid> {
        let range = || Invalid::range("money", text);
        let (mut negative, digits) = split_sign(text.as_bytes());
        // As the least number has no positive counterpart, the amount is built up below zero.
        let (amount, rest) = below_zero(digits).ok_or_else(range)?;
        for byte in rest {
            match byte {
                b'-' => negative = true,
                b')' | b'+' | b'$' => {}
                _ if scan::is_space(*byte) => {}
                _ => return Err(Invalid::syntax("money", text)),
            }
        }
        if negative { Ok(Self(amount)) } else { amount.checked_neg().map(Self).ok_or_else(range) }
    }

    fn output(&self, _: &Style<'_>) -> String {
        let sign = if self.0 < 0 { "-" } else { "" };
        let cents = self.0.unsigned_abs();
        let whole = (cents / 100).to_string();
        let mut grouped = String::new();
        for (at, digit) in whole.chars().enumerate() {
            if at > 0 && (whole.len() - at).is_multiple_of(3) {
                grouped.push(',');
            }
            grouped.push(digit);
        }
        format!("{sign}${grouped}.{:02}", cents % 100)
    }

    fn receive(bytes: &mut Reader<'_>) -> Result<Self, Invalid> {
        bytes.i64().map(Self)
    }

    fn send(&self, out: &mut Vec<u8>) {
        out.extend(self.0.to_be_bytes());
    }
}

/// Whether the amount is a negative one, and the text behind sign and dollar, in either order.
fn split_sign(text: &[u8]) -> (bool, &[u8]) {
    let skip_dollar = |text| {
        let text = scan::skip_space(text);
        scan::skip_space(text.strip_prefix(b"$").unwrap_or(text))
    };
    let text = skip_dollar(text);
    let (negative, text) = match text.first() {
        Some(b'-' | b'(') => (true, &text[1..]),
        Some(b'+') => (false, &text[1..]),
        _ => (false, text),
    };
    (negative, skip_dollar(text))
}

/// The negated amount in cents at the start of `text`, rounded, and the text behind its digits.
fn below_zero(text: &[u8]) -> Option<(i64, &[u8])> {
    let (mut amount, mut decimals, mut rest) = (0i64, None, text);
    while let [byte, behind @ ..] = rest {
        match byte {
            b'0'..=b'9' if decimals.is_none_or(|count| count < 2) => {
                amount = amount.checked_mul(10)?.checked_sub(i64::from(byte - b'0'))?;
                decimals = decimals.map(|count| count + 1);
            }
            b'.' if decimals.is_none() => decimals = Some(0),
            b',' => {}
            _ => break,
        }
        rest = behind;
    }
    if matches!(rest.first(), Some(b'5'..=b'9')) {
        amount = amount.checked_sub(1)?;
    }
    for _ in decimals.unwrap_or(0)..2 {
        amount = amount.checked_mul(10)?;
    }
    let more = rest.iter().take_while(|byte| byte.is_ascii_digit()).count();
    Some((amount, &rest[more..]))
}
