//! Integers of every width up to 256 bits, and decimal literals.

use std::fmt;

/// Decimal digits in the largest integer, 2^256 - 1.
const MOST_DIGITS: usize = 78;

/// An integer: a sign and 256 bits. Zero is never negative.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Integer {
    negative: bool,
    /// The most significant limb first.
    magnitude: [u64; 4],
}

impl Integer {
    pub(crate) fn from_bytes(bytes: &[u8; 32]) -> Self {
        let limb = |at: usize| bytes[at..at + 8].iter().fold(0, |limb, byte| limb << 8 | u64::from(*byte));
        Self { negative: false, magnitude: [limb(0), limb(8), limb(16), limb(24)] }
    }

    /// The largest (or the least) integer of `bits` bits.
    pub(crate) fn bound(signed: bool, bits: u32, least: bool) -> Self {
        let ones = |bits: u32| {
            let limb = |index: u32| match bits.saturating_sub(64 * (3 - index)) {
                0 => 0,
                set @ 1..64 => (1 << set) - 1,
                _ => u64::MAX,
            };
            [limb(0), limb(1), limb(2), limb(3)]
        };
        match (signed, least) {
            (false, false) => Self { negative: false, magnitude: ones(bits) },
            (false, true) => Self::from(0_u64),
            (true, false) => Self { negative: false, magnitude: ones(bits - 1) },
            (true, true) => {
                let mut magnitude = [0; 4];
                magnitude[3 - (bits as usize - 1) / 64] = 1 << ((bits - 1) % 64);
                Self { negative: true, magnitude }
            }
        }
    }

    /// Its value, when it is one of an unsigned 64-bit integer.
    pub(crate) fn to_u64(self) -> Option<u64> {
        (!self.negative && self.magnitude[..3] == [0; 3]).then_some(self.magnitude[3])
    }

    fn from_digits(negative: bool, digits: &[u8]) -> Option<Self> {
        if digits.len() > MOST_DIGITS {
            return None;
        }
        let mut magnitude = [0_u64; 4];
        for digit in digits {
            let mut carry = u128::from(*digit);
            for limb in magnitude.iter_mut().rev() {
                let wide = u128::from(*limb) * 10 + carry;
                (*limb, carry) = (low(wide), wide >> 64);
            }
            if carry != 0 {
                return None;
            }
        }
        Some(Self { negative: negative && magnitude != [0; 4], magnitude })
    }
}

#[allow(clippy::cast_possible_truncation)] // The low half is what is asked for.
fn low(wide: u128) -> u64 {
    wide as u64
}

impl From<u64> for Integer {
    fn from(value: u64) -> Self {
        Self { negative: false, magnitude: [0, 0, 0, value] }
    }
}

impl From<i128> for Integer {
    fn from(value: i128) -> Self {
        let magnitude = value.unsigned_abs();
        Self { negative: value < 0, magnitude: [0, 0, low(magnitude >> 64), low(magnitude)] }
    }
}

impl Ord for Integer {
    fn cmp(&self, other: &Self) -> std::cmp::Ordering {
        match (self.negative, other.negative) {
            (false, false) => self.magnitude.cmp(&other.magnitude),
            (true, true) => other.magnitude.cmp(&self.magnitude),
            (negative, other) => other.cmp(&negative),
        }
    }
}

impl PartialOrd for Integer {
    fn partial_cmp(&self, other: &Self) -> Option<std::cmp::Ordering> {
        Some(self.cmp(other))
    }
}

impl fmt::Display for Integer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        const CHUNK: u128 = 10_000_000_000_000_000_000;
        let mut left = self.magnitude;
        let mut chunks = Vec::new();
        while left != [0; 4] {
            let mut rest = 0;
            for limb in &mut left {
                let wide = rest << 64 | u128::from(*limb);
                (*limb, rest) = (low(wide / CHUNK), wide % CHUNK);
            }
            chunks.push(rest);
        }
        if self.negative {
            f.write_str("-")?;
        }
        write!(f, "{}", chunks.pop().unwrap_or(0))?;
        chunks.iter().rev().try_for_each(|chunk| write!(f, "{chunk:019}"))
    }
}

/// Why a literal is no integer of a type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum NotInteger {
    /// It is no integer at all.
    Malformed,
    /// It is too large.
    OutOfRange,
}

/// Reads an integer. An exponent is allowed, as in `1e3`, as long as the value is integral (facts, section 6).
pub(crate) fn parse_integer(text: &str) -> Result<Integer, NotInteger> {
    let (negative, whole, fraction, exponent) = parts(text).ok_or(NotInteger::Malformed)?;
    let mut digits: Vec<u8> = whole.bytes().chain(fraction.bytes()).map(|digit| digit - b'0').collect();
    let mut power = exponent.saturating_sub(i64::try_from(fraction.len()).unwrap_or(i64::MAX));
    let leading = digits.iter().take_while(|digit| **digit == 0).count();
    digits.drain(..leading);
    if digits.is_empty() {
        return Ok(Integer::from(0_u64));
    }
    while power < 0 && digits.last() == Some(&0) {
        digits.pop();
        power += 1;
    }
    if power < 0 {
        return Err(NotInteger::Malformed);
    }
    match usize::try_from(power) {
        Ok(zeros) if zeros <= MOST_DIGITS => digits.resize(digits.len() + zeros, 0),
        _ => return Err(NotInteger::OutOfRange),
    }
    Integer::from_digits(negative, &digits).ok_or(NotInteger::OutOfRange)
}

/// Whether this is a decimal number, and so text that Rust reads as a float without meaning `inf` or `NaN`.
pub(crate) fn is_decimal(text: &str) -> bool {
    parts(text).is_some()
}

/// Sign, digits before and after the point, and exponent.
fn parts(text: &str) -> Option<(bool, &str, &str, i64)> {
    let (negative, unsigned) = match text.as_bytes().first()? {
        b'-' => (true, &text[1..]),
        b'+' => (false, &text[1..]),
        _ => (false, text),
    };
    let (mantissa, exponent) = match unsigned.find(['e', 'E']) {
        None => (unsigned, 0),
        Some(at) => (&unsigned[..at], exponent(&unsigned[at + 1..])?),
    };
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    (digits(whole) && digits(fraction) && !(whole.is_empty() && fraction.is_empty()))
        .then_some((negative, whole, fraction, exponent))
}

fn exponent(text: &str) -> Option<i64> {
    let digits = text.strip_prefix(['-', '+']).unwrap_or(text);
    if digits.is_empty() || !digits.bytes().all(|byte| byte.is_ascii_digit()) {
        return None;
    }
    // An exponent that does not fit is as good as the largest: no integer has it.
    Some(text.parse().unwrap_or(if text.starts_with('-') { i64::MIN / 2 } else { i64::MAX / 2 }))
}

#[cfg(test)]
mod tests {
    use super::*;

    const U256_MAX: &str = "115792089237316195423570985008687907853269984665640564039457584007913129639935";
    const I256_MIN: &str = "-57896044618658097711785492504343953926634992332820282019728792003956564819968";

    #[test]
    fn bounds_print_as_known() {
        for (signed, bits, least, greatest) in [
            (false, 8, "0", "255"),
            (true, 8, "-128", "127"),
            (true, 64, "-9223372036854775808", "9223372036854775807"),
            (false, 64, "0", "18446744073709551615"),
            (false, 128, "0", "340282366920938463463374607431768211455"),
            (
                true,
                128,
                "-170141183460469231731687303715884105728",
                "170141183460469231731687303715884105727",
            ),
            (false, 256, "0", U256_MAX),
            (
                true,
                256,
                I256_MIN,
                "57896044618658097711785492504343953926634992332820282019728792003956564819967",
            ),
        ] {
            assert_eq!(Integer::bound(signed, bits, true).to_string(), least);
            assert_eq!(Integer::bound(signed, bits, false).to_string(), greatest);
            assert_eq!(parse_integer(least), Ok(Integer::bound(signed, bits, true)));
            assert_eq!(parse_integer(greatest), Ok(Integer::bound(signed, bits, false)));
        }
    }

    #[test]
    fn literals() {
        for (text, expected) in [
            ("1e3", "1000"),
            ("1.50e1", "15"),
            ("+7", "7"),
            ("-0", "0"),
            ("100e-2", "1"),
            (".5e1", "5"),
            ("1.", "1"),
        ] {
            assert_eq!(parse_integer(text).unwrap().to_string(), expected, "{text}");
        }
        for text in ["", "-", "1.5", "abc", "1e", "0x1", "e3", ".", "1e-3", "inf", "--1"] {
            assert_eq!(parse_integer(text), Err(NotInteger::Malformed), "{text}");
        }
        for text in [
            "1e78",
            "1e999999999999999999999",
            "115792089237316195423570985008687907853269984665640564039457584007913129639936",
        ] {
            assert_eq!(parse_integer(text), Err(NotInteger::OutOfRange), "{text}");
        }
        assert_eq!(parse_integer("0e999999999999999999999"), Ok(Integer::from(0_u64)));
    }

    #[test]
    fn order() {
        let sorted = [I256_MIN, "-2", "-1", "0", "1", U256_MAX].map(|text| parse_integer(text).unwrap());
        assert!(sorted.is_sorted());
        assert!(Integer::from(-1_i128) < Integer::from(0_u64));
    }
}
