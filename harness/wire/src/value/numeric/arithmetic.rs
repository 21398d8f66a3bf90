//! The arithmetic of `numeric`, with the display scales that PostgreSQL gives its results.

use std::cmp::Ordering;

use super::super::Invalid;
use super::{BASE, DECIMALS, Decimal, MOST_SCALE, Numeric};

/// How many significant digits a quotient has at least.
const QUOTIENT_DIGITS: i32 = 16;
/// The greatest scale of a quotient.
const QUOTIENT_SCALE: i32 = 1000;

fn division_by_zero() -> Invalid {
    Invalid::new("22012", "division by zero")
}

/// A sum of products as digits to the base of 10000: the digit, and what is carried.
fn split(sum: u64) -> (u16, u64) {
    let base = u64::from(BASE);
    // Below the base.
    (u16::try_from(sum % base).unwrap_or(0), sum / base)
}

impl Decimal {
    /// The order of the magnitudes.
    fn compare_magnitude(&self, other: &Self) -> Ordering {
        match (self.is_zero(), other.is_zero()) {
            (true, true) => Ordering::Equal,
            (true, false) => Ordering::Less,
            (false, true) => Ordering::Greater,
            (false, false) => self.weight.cmp(&other.weight).then_with(|| self.digits.cmp(&other.digits)),
        }
    }

    /// The order of the numbers, whatever their scale.
    pub(super) fn compare(&self, other: &Self) -> Ordering {
        match (self.negative, other.negative) {
            (false, true) => Ordering::Greater,
            (true, false) => Ordering::Less,
            (false, false) => self.compare_magnitude(other),
            (true, true) => other.compare_magnitude(self),
        }
    }

    fn negated(&self) -> Self {
        Self { negative: !self.negative && !self.is_zero(), ..self.clone() }
    }

    /// The sum of the magnitudes, with the sign of the first.
    fn add_magnitude(&self, other: &Self) -> Self {
        let top = self.weight.max(other.weight) + 1;
        let mut carry = 0;
        let mut digits: Vec<u16> = (self.lowest().min(other.lowest())..=top)
            .map(|weight| {
                let (digit, carried) =
                    split(u64::from(self.digit(weight)) + u64::from(other.digit(weight)) + carry);
                carry = carried;
                digit
            })
            .collect();
        digits.reverse();
        Self::new(self.negative, top, self.scale.max(other.scale), &digits)
    }

    /// The difference of the magnitudes, of which the first is the greater one; with the sign of the first.
    fn subtract_magnitude(&self, other: &Self) -> Self {
        let mut borrow = 0;
        let mut digits: Vec<u16> = (self.lowest().min(other.lowest())..=self.weight)
            .map(|weight| {
                let (from, less) = (self.digit(weight), other.digit(weight) + borrow);
                borrow = u16::from(from < less);
                from + borrow * BASE - less
            })
            .collect();
        digits.reverse();
        Self::new(self.negative, self.weight, self.scale.max(other.scale), &digits)
    }

    fn add(&self, other: &Self) -> Self {
        if self.negative == other.negative {
            return self.add_magnitude(other);
        }
        match self.compare_magnitude(other) {
            Ordering::Less => other.subtract_magnitude(self),
            Ordering::Equal | Ordering::Greater => self.subtract_magnitude(other),
        }
    }

    fn multiply(&self, other: &Self) -> Self {
        let mut digits = vec![0; self.digits.len() + other.digits.len()];
        for (row, left) in self.digits.iter().enumerate().rev() {
            let mut carry = 0;
            for (column, right) in other.digits.iter().enumerate().rev() {
                let place = &mut digits[row + column + 1];
                (*place, carry) = split(u64::from(*place) + u64::from(*left) * u64::from(*right) + carry);
            }
            digits[row] = split(carry).0;
        }
        let product = Self::new(
            self.negative != other.negative,
            self.weight + other.weight + 1,
            self.scale + other.scale,
            &digits,
        );
        if product.scale > MOST_SCALE { product.rounded(MOST_SCALE) } else { product }
    }

    /// The digits of the quotient down to the one that counts `10000^lowest`, by long division; the divisor is not zero.
    fn quotient(&self, divisor: &Self, lowest: i32) -> Self {
        let top = self.weight - divisor.weight;
        // The divisor as an integer; what is left is one too, in units of the last digit that was brought down.
        let width = divisor.digits.len();
        let weight = i32::try_from(width).unwrap_or(i32::MAX) - 1;
        let unit = Self { negative: false, weight, scale: 0, digits: divisor.digits.clone() };
        let mut dividend = self.digits.iter().copied().chain(std::iter::repeat(0));
        let mut left: Vec<u16> = dividend.by_ref().take(width - 1).collect();
        let mut digits = Vec::new();
        for _ in lowest..=top {
            left.extend(dividend.next());
            let count = i32::try_from(left.len()).unwrap_or(i32::MAX);
            let mut rest = Self::new(false, count - 1, 0, &left);
            let digit = rest.digit_of_quotient(&unit);
            if digit > 0 {
                rest = rest.subtract_magnitude(&unit.multiply(&Self::new(false, 0, 0, &[digit])));
            }
            digits.push(digit);
            left = (0..=rest.weight.max(0)).rev().map(|weight| rest.digit(weight)).collect();
        }
        Self::new(self.negative != divisor.negative, top, 0, &digits)
    }

    /// How often `unit` goes into this integer: below 10000 times.
    fn digit_of_quotient(&self, unit: &Self) -> u16 {
        let (mut low, mut high) = (0, BASE);
        while high - low > 1 {
            let middle = low.midpoint(high);
            let product = unit.multiply(&Self::new(false, 0, 0, &[middle]));
            if product.compare_magnitude(self) == Ordering::Greater { high = middle } else { low = middle }
        }
        low
    }

    /// The quotient to `scale` decimal digits.
    fn divide(&self, divisor: &Self, scale: i32, round: bool) -> Self {
        if self.is_zero() {
            return Self { scale, ..self.clone() };
        }
        // One digit more than is shown tells how to round.
        let quotient = self.quotient(divisor, -(scale / DECIMALS) - 2);
        if round { quotient.rounded(scale) } else { quotient.truncated(scale) }
    }

    /// The scale of the quotient: enough for 16 significant digits, and not below that of either operand.
    fn quotient_scale(&self, divisor: &Self) -> i32 {
        let first = |number: &Self| number.digits.first().copied().unwrap_or(0);
        let mut weight = self.weight - divisor.weight;
        if first(self) <= first(divisor) {
            weight -= 1;
        }
        let scale = QUOTIENT_DIGITS - weight * DECIMALS;
        scale.max(self.scale).max(divisor.scale).clamp(0, QUOTIENT_SCALE)
    }

    /// Cut to `scale` decimal digits, which may be below zero.
    pub(super) fn truncated(&self, scale: i32) -> Self {
        let (weight, unit) = place(scale);
        let kept: Vec<u16> = (weight..=self.weight)
            .rev()
            .map(|at| if at == weight { self.digit(at) / unit * unit } else { self.digit(at) })
            .collect();
        Self::new(self.negative, self.weight, scale.max(0), &kept)
    }

    /// Rounded to `scale` decimal digits, a half away from zero.
    pub(super) fn rounded(&self, scale: i32) -> Self {
        let (weight, unit) = place(scale);
        // The decimal digit behind the last one kept.
        let next = match unit {
            1 => self.digit(weight - 1) / 1000,
            _ => self.digit(weight) / (unit / 10) % 10,
        };
        let truncated = self.truncated(scale);
        if next < 5 {
            return truncated;
        }
        let more = Self { negative: self.negative, weight, scale: 0, digits: vec![unit] };
        Self { negative: self.negative, ..truncated.add_magnitude(&more) }
    }
}

/// Where the last of `scale` decimal digits stands: the weight of its digit to the base of 10000, and its value in that.
fn place(scale: i32) -> (i32, u16) {
    let unit = match (-scale).rem_euclid(DECIMALS) {
        0 => 1,
        1 => 10,
        2 => 100,
        _ => 1000,
    };
    ((-scale).div_euclid(DECIMALS), unit)
}

impl Numeric {
    /// Of infinities, the one of this sign.
    fn infinity(negative: bool) -> Self {
        if negative { Self::NegativeInfinity } else { Self::Infinity }
    }

    /// -1, 0 or 1; none for what is not a number.
    fn sign(&self) -> Option<i32> {
        match self {
            Self::Finite(number) if number.is_zero() => Some(0),
            Self::Finite(number) => Some(if number.negative { -1 } else { 1 }),
            Self::Infinity => Some(1),
            Self::NegativeInfinity => Some(-1),
            Self::NaN => None,
        }
    }

    /// The negative.
    #[must_use]
    pub fn neg(&self) -> Self {
        match self {
            Self::Finite(number) => Self::Finite(number.negated()),
            Self::Infinity => Self::NegativeInfinity,
            Self::NegativeInfinity => Self::Infinity,
            Self::NaN => Self::NaN,
        }
    }

    /// The magnitude.
    #[must_use]
    pub fn abs(&self) -> Self {
        if self.sign() == Some(-1) { self.neg() } else { self.clone() }
    }

    /// The sum.
    pub fn add(&self, other: &Self) -> Result<Self, Invalid> {
        Ok(match (self, other) {
            (Self::Finite(left), Self::Finite(right)) => Self::Finite(left.add(right).checked()?),
            (Self::NaN, _) | (_, Self::NaN) => Self::NaN,
            (Self::Finite(_), infinity) | (infinity, Self::Finite(_)) => infinity.clone(),
            (left, right) if left == right => left.clone(),
            _ => Self::NaN,
        })
    }

    /// The difference.
    pub fn sub(&self, other: &Self) -> Result<Self, Invalid> {
        self.add(&other.neg())
    }

    /// The product.
    pub fn mul(&self, other: &Self) -> Result<Self, Invalid> {
        if let (Self::Finite(left), Self::Finite(right)) = (self, other) {
            return Ok(Self::Finite(left.multiply(right).checked()?));
        }
        Ok(match (self.sign(), other.sign()) {
            (Some(left), Some(right)) if left * right != 0 => Self::infinity(left * right < 0),
            _ => Self::NaN,
        })
    }

    /// The quotient.
    pub fn div(&self, other: &Self) -> Result<Self, Invalid> {
        match (self, other) {
            (Self::NaN, _) | (_, Self::NaN) => Ok(Self::NaN),
            (_, Self::Finite(divisor)) if divisor.is_zero() => Err(division_by_zero()),
            (Self::Finite(left), Self::Finite(right)) => {
                let scale = left.quotient_scale(right);
                Ok(Self::Finite(left.divide(right, scale, true).checked()?))
            }
            (Self::Finite(_), _) => Ok(Self::ZERO),
            (infinity, Self::Finite(divisor)) => {
                Ok(if divisor.negative { infinity.neg() } else { infinity.clone() })
            }
            _ => Ok(Self::NaN),
        }
    }

    /// The remainder of the quotient that is cut towards zero: it has the sign of the dividend.
    pub fn rem(&self, other: &Self) -> Result<Self, Invalid> {
        match (self, other) {
            (Self::NaN, _) | (_, Self::NaN) => Ok(Self::NaN),
            (_, Self::Finite(divisor)) if divisor.is_zero() => Err(division_by_zero()),
            (Self::Finite(left), Self::Finite(right)) => {
                let whole = left.divide(right, 0, false);
                Ok(Self::Finite(left.add(&whole.multiply(right).negated()).checked()?))
            }
            (Self::Finite(_), _) => Ok(self.clone()),
            _ => Ok(Self::NaN),
        }
    }

    /// Rounded to `scale` decimal digits (below zero: to tens and so on), a half away from zero.
    pub fn round(&self, scale: i32) -> Result<Self, Invalid> {
        self.map(|number| number.rounded(scale.clamp(-MOST_DIGITS, MOST_SCALE)))
    }

    /// Cut to `scale` decimal digits.
    pub fn trunc(&self, scale: i32) -> Result<Self, Invalid> {
        self.map(|number| number.truncated(scale.clamp(-MOST_DIGITS, MOST_SCALE)))
    }

    /// The greatest integer that is not above it.
    pub fn floor(&self) -> Result<Self, Invalid> {
        self.map(|number| number.whole(true))
    }

    /// The least integer that is not below it.
    pub fn ceil(&self) -> Result<Self, Invalid> {
        self.map(|number| number.whole(false))
    }

    /// What `change` makes of a number; what is none stays.
    fn map(&self, change: impl Fn(&Decimal) -> Decimal) -> Result<Self, Invalid> {
        match self {
            Self::Finite(number) => change(number).checked().map(Self::Finite),
            other => Ok(other.clone()),
        }
    }
}

/// How many digits a number has before its point at most.
const MOST_DIGITS: i32 = (super::MOST_WEIGHT + 1) * DECIMALS;

impl Decimal {
    /// The integer next to it on the side that is asked for.
    fn whole(&self, down: bool) -> Self {
        let truncated = self.truncated(0);
        if self.negative != down || truncated.compare(self) == Ordering::Equal {
            return truncated;
        }
        let one = Self { negative: down, weight: 0, scale: 0, digits: vec![1] };
        truncated.add(&one)
    }
}
