//! The numbers of `jsonb` and `jsonpath`: as PostgreSQL's `numeric` writes them.

use std::cmp::Ordering;

use super::Invalid;

/// The most digits before the point.
const MOST_WHOLE: i64 = 131_072;
/// The most digits behind the point.
const MOST_FRACTION: i64 = 16_383;

/// A number as text, without exponent and needless zeros in front: `1.50e1` is `15.0`.
pub(crate) fn canonical(text: &str) -> Result<String, Invalid> {
    let overflow = || Invalid::new("22003", "value overflows numeric format");
    let (sign, unsigned) = text.strip_prefix('-').map_or(("", text), |unsigned| ("-", unsigned));
    let (mantissa, exponent) = unsigned.split_once(['e', 'E']).unwrap_or((unsigned, "0"));
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    let exponent: i64 = exponent.parse().map_err(|_| overflow())?;
    let length = |text: &str| i64::try_from(text.len()).map_err(|_| overflow());
    if exponent.abs() >= i64::from(i32::MAX / 2) {
        return Err(overflow());
    }
    let scale = (length(fraction)? - exponent).max(0);
    let digits = format!("{whole}{fraction}");
    let significant = digits.trim_start_matches('0');
    // How many digits stand before the point; with less than none, zeros follow it.
    let before = length(whole)? + exponent - length(&digits)? + length(significant)?;
    if scale > MOST_FRACTION || (before > MOST_WHOLE && !significant.is_empty()) {
        return Err(overflow());
    }
    let count = |number: i64| usize::try_from(number).unwrap_or(0);
    let (mut whole, mut fraction) = ("0".to_owned(), "0".repeat(count(scale)));
    if !significant.is_empty() {
        let (front, behind) = significant.split_at(count(before).min(significant.len()));
        if before > 0 {
            whole = format!("{front}{}", "0".repeat(count(before) - front.len()));
        }
        fraction = format!("{}{behind}", "0".repeat(count(-before)));
    }
    let point = if fraction.is_empty() { "" } else { "." };
    let sign = if significant.is_empty() { "" } else { sign };
    Ok(format!("{sign}{whole}{point}{fraction}"))
}

/// The order of two numbers.
pub(crate) fn compare(a: &str, b: &str) -> Ordering {
    let (a, b) = (Parts::of(a), Parts::of(b));
    match (a.negative, b.negative) {
        (false, true) => Ordering::Greater,
        (true, false) => Ordering::Less,
        (false, false) => a.magnitude(&b),
        (true, true) => b.magnitude(&a),
    }
}

/// A number taken apart.
struct Parts<'a> {
    negative: bool,
    whole: &'a str,
    /// Without zeros at the end, which do not count.
    fraction: &'a str,
}

impl<'a> Parts<'a> {
    fn of(text: &'a str) -> Self {
        let (negative, text) = text.strip_prefix('-').map_or((false, text), |text| (true, text));
        let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
        Self { negative, whole, fraction: fraction.trim_end_matches('0') }
    }

    fn magnitude(&self, other: &Self) -> Ordering {
        let whole = self.whole.len().cmp(&other.whole.len()).then_with(|| self.whole.cmp(other.whole));
        whole.then_with(|| self.fraction.cmp(other.fraction))
    }
}
