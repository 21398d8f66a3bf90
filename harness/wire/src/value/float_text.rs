//! The text form of floating-point numbers: of `float8` and `float4`, and of the numbers inside geometric types.

use super::Invalid;
use super::scan::is_space;

/// The SQL name of `float8`, which its errors tell.
const FLOAT8: &str = "double precision";
/// The SQL name of `float4`.
const FLOAT4: &str = "real";

/// A `float8` as text: the shortest that reads back as the same number, or with `extra_float_digits` of zero and below,
/// rounded to 15 digits and as many less.
pub fn float8_text(value: f64, extra_float_digits: i32) -> String {
    if let Some(text) = special(value) {
        return text;
    }
    if extra_float_digits <= 0 {
        let digits = usize::try_from((15 + extra_float_digits).max(1)).unwrap_or(1);
        return general(&format!("{value:.*e}", digits - 1), digits, true);
    }
    let (mantissa, hidden) = (value.to_bits() & ((1 << 52) - 1), u64::from(value.is_normal()) << 52);
    let same = |text: &str| text.parse() == Ok(value);
    let rounded = |digits: usize| format!("{value:.*e}", digits - 1);
    general(&shortest(&format!("{value:e}"), mantissa | hidden, 17, same, rounded), 15, false)
}

/// A `float4` as text: the shortest that reads back as the same number, or with `extra_float_digits` of zero and below,
/// rounded to 6 digits and as many less.
pub fn float4_text(value: f32, extra_float_digits: i32) -> String {
    if let Some(text) = special(f64::from(value)) {
        return text;
    }
    if extra_float_digits <= 0 {
        let digits = usize::try_from((6 + extra_float_digits).max(1)).unwrap_or(1);
        return general(&format!("{value:.*e}", digits - 1), digits, true);
    }
    let (mantissa, hidden) = (value.to_bits() & ((1 << 23) - 1), u32::from(value.is_normal()) << 23);
    let same = |text: &str| text.parse() == Ok(value);
    let rounded = |digits: usize| format!("{value:.*e}", digits - 1);
    general(&shortest(&format!("{value:e}"), u64::from(mantissa | hidden), 9, same, rounded), 6, false)
}

/// The text of what is not finite.
fn special(value: f64) -> Option<String> {
    let text = match value {
        _ if value.is_nan() => "NaN",
        f64::INFINITY => "Infinity",
        f64::NEG_INFINITY => "-Infinity",
        _ => return None,
    };
    Some(text.to_owned())
}

/// The shortest digits, in scientific notation, that lie strictly between the midpoints to the two neighbours: PostgreSQL,
/// unlike Rust, does not take a midpoint itself, which only a reader that rounds to even reads back.
fn shortest(
    text: &str,
    mantissa: u64,
    most: usize,
    same: impl Fn(&str) -> bool,
    rounded: impl Fn(usize) -> String + Copy,
) -> String {
    let count = text.bytes().take_while(|byte| *byte != b'e').filter(u8::is_ascii_digit).count();
    // Of the texts of this length the nearest, and of two as near the even one. Rust's own is not that one beside a power of
    // two, whose neighbour below is the nearer: there the nearest text may lie outside.
    [rounded(count), text.to_owned()]
        .into_iter()
        .chain((count + 1..=most).map(rounded))
        .find(|candidate| same(candidate) && !is_midpoint(candidate, mantissa))
        .unwrap_or_else(|| text.to_owned())
}

/// Whether `text`, which reads as the number with this mantissa, is exactly halfway to a neighbour of it.
fn is_midpoint(text: &str, mantissa: u64) -> bool {
    let (digits, exponent) = text.split_once('e').unwrap_or((text, "0"));
    let fraction = digits.split_once('.').map_or(0, |(_, fraction)| fraction.len());
    let digits: String = digits.chars().filter(char::is_ascii_digit).collect();
    let exponent = exponent.parse::<i32>().unwrap_or(0) - i32::try_from(fraction).unwrap_or(0);
    let Ok(number) = digits.parse::<u128>() else { return false };
    if number == 0 {
        return false;
    }
    // Powers of two aside, number * 5^exponent is to be the odd number between two mantissas.
    let power = |exponent: i32| u32::try_from(exponent.max(0)).ok().and_then(|by| 5u128.checked_pow(by));
    let odd = number >> number.trailing_zeros();
    let left = power(exponent).and_then(|power| odd.checked_mul(power));
    // Below a power of two the neighbour is half as far.
    let below = if mantissa.is_power_of_two() { 4 } else { 2 } * u128::from(mantissa) - 1;
    let middles = [2 * u128::from(mantissa) + 1, below];
    left.is_some()
        && middles.iter().any(|middle| power(-exponent).and_then(|power| middle.checked_mul(power)) == left)
}

/// Lays scientific notation out as `printf("%g")` does: with an exponent when that is below -4, or not below `digits`.
fn general(scientific: &str, digits: usize, trim: bool) -> String {
    let (number, exponent) = scientific.split_once('e').unwrap_or((scientific, "0"));
    let (sign, number) = number.strip_prefix('-').map_or(("", number), |number| ("-", number));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    let mut all: String = number.chars().filter(char::is_ascii_digit).collect();
    if trim || all.len() > 1 {
        all.truncate(all.trim_end_matches('0').len().max(1));
    }
    let limit = i32::try_from(digits).unwrap_or(i32::MAX);
    if exponent < -4 || exponent >= limit {
        let (first, rest) = all.split_at(1);
        let point = if rest.is_empty() { "" } else { "." };
        let exponent_sign = if exponent < 0 { '-' } else { '+' };
        return format!("{sign}{first}{point}{rest}e{exponent_sign}{:02}", exponent.unsigned_abs());
    }
    match usize::try_from(exponent) {
        Err(_) => {
            let zeros = usize::try_from(-exponent - 1).unwrap_or(0);
            format!("{sign}0.{}{all}", "0".repeat(zeros))
        }
        Ok(exponent) if all.len() <= exponent + 1 => {
            format!("{sign}{all}{}", "0".repeat(exponent + 1 - all.len()))
        }
        Ok(exponent) => {
            let (whole, fraction) = all.split_at(exponent + 1);
            format!("{sign}{whole}.{fraction}")
        }
    }
}

/// Reads the text of a `float8`.
pub fn parse_float8(text: &str) -> Result<f64, Invalid> {
    let (value, rest) = scan_float8(text, FLOAT8, text)?;
    if rest.is_empty() { Ok(value) } else { Err(Invalid::syntax(FLOAT8, text)) }
}

/// Reads the text of a `float4`.
pub fn parse_float4(text: &str) -> Result<f32, Invalid> {
    let (number, rest) = split_number(text).ok_or_else(|| Invalid::syntax(FLOAT4, text))?;
    if !rest.is_empty() {
        return Err(Invalid::syntax(FLOAT4, text));
    }
    match number {
        Number::Special(value) if value.is_nan() => Ok(f32::NAN),
        Number::Special(value) => Ok(if value < 0.0 { f32::NEG_INFINITY } else { f32::INFINITY }),
        Number::Hexadecimal(number, digits) => {
            let value = number.mantissa as f32 * 2f32.powi(number.high) * 2f32.powi(number.low);
            let fits = value.is_finite() && (value != 0.0 || number.mantissa == 0);
            let value = if number.negative { -value } else { value };
            if fits { Ok(value) } else { Err(out_of_range(digits, FLOAT4)) }
        }
        Number::Decimal(digits) => {
            let value: f32 = digits.parse().map_err(|_| Invalid::syntax(FLOAT4, text))?;
            if in_range(f64::from(value), digits) { Ok(value) } else { Err(out_of_range(digits, FLOAT4)) }
        }
    }
}

/// Reads the number at the start of `text`, and the white space around it; gives what follows. An error names the type
/// `type_name` and its text `whole`.
pub fn scan_float8<'a>(text: &'a str, type_name: &str, whole: &str) -> Result<(f64, &'a str), Invalid> {
    let (number, rest) = split_number(text).ok_or_else(|| Invalid::syntax(type_name, whole))?;
    let value = match number {
        Number::Special(value) => value,
        Number::Hexadecimal(number, digits) => {
            let value = number.mantissa as f64 * 2f64.powi(number.high) * 2f64.powi(number.low);
            if !value.is_finite() || (value == 0.0 && number.mantissa != 0) {
                return Err(out_of_range(digits, FLOAT8));
            }
            if number.negative { -value } else { value }
        }
        Number::Decimal(digits) => {
            let value: f64 = digits.parse().map_err(|_| Invalid::syntax(type_name, whole))?;
            if !in_range(value, digits) {
                // Whatever the type, its numbers are of this one.
                return Err(out_of_range(digits, FLOAT8));
            }
            value
        }
    };
    Ok((value, rest))
}

/// Whether `digits`, which reads as `value`, neither overflowed nor vanished.
fn in_range(value: f64, digits: &str) -> bool {
    let mantissa = digits.split(['e', 'E']).next().unwrap_or(digits);
    value.is_finite() && (value != 0.0 || !mantissa.bytes().any(|byte| matches!(byte, b'1'..=b'9')))
}

fn out_of_range(digits: &str, type_name: &str) -> Invalid {
    Invalid::new("22003", format!("\"{digits}\" is out of range for type {type_name}"))
}

/// The number at the start of a text.
enum Number<'a> {
    /// Infinity, or not a number.
    Special(f64),
    /// A decimal number, and its text.
    Decimal(&'a str),
    /// A hexadecimal number, and its text.
    Hexadecimal(Hexadecimal, &'a str),
}

/// A hexadecimal number, as C's `strtod` reads it too: the mantissa times two to the power of both exponents, which are
/// two because neither type has a power of two as small as its least number times a mantissa may need.
struct Hexadecimal {
    negative: bool,
    mantissa: u64,
    high: i32,
    low: i32,
}

/// Parts the number at the start of `text` from what follows; white space around it is passed over.
fn split_number(text: &str) -> Option<(Number<'_>, &str)> {
    let text = text.trim_start_matches(space);
    let (number, rest) = split_special(text).or_else(|| split_hexadecimal(text)).or_else(|| {
        let (digits, rest) = text.split_at(decimal_length(text.as_bytes())?);
        Some((Number::Decimal(digits), rest))
    })?;
    Some((number, rest.trim_start_matches(space)))
}

fn split_special(text: &str) -> Option<(Number<'_>, &str)> {
    let (negative, unsigned) = match text.as_bytes().first()? {
        b'-' => (true, &text[1..]),
        b'+' => (false, &text[1..]),
        _ => (false, text),
    };
    let begins =
        |word: &str| unsigned.get(..word.len()).is_some_and(|start| start.eq_ignore_ascii_case(word));
    let (word, value) = [("infinity", f64::INFINITY), ("inf", f64::INFINITY), ("nan", f64::NAN)]
        .into_iter()
        .find(|(word, _)| begins(word))?;
    Some((Number::Special(if negative { -value } else { value }), &unsigned[word.len()..]))
}

fn split_hexadecimal(text: &str) -> Option<(Number<'_>, &str)> {
    let unsigned = text.strip_prefix(['-', '+']).unwrap_or(text);
    let mut rest = unsigned.strip_prefix("0x").or_else(|| unsigned.strip_prefix("0X"))?;
    let (mut mantissa, mut exponent, mut any, mut fraction) = (0u64, 0i32, false, false);
    while let Some(c) = rest.chars().next() {
        match c.to_digit(16) {
            Some(digit) if mantissa >> 60 == 0 => mantissa = mantissa << 4 | u64::from(digit),
            // What no longer fits matters for rounding only: that there is something.
            Some(digit) => {
                mantissa |= u64::from(digit != 0);
                exponent = exponent.saturating_add(4);
            }
            None if c == '.' && !fraction => fraction = true,
            None => break,
        }
        if c != '.' {
            any = true;
            exponent = exponent.saturating_sub(if fraction { 4 } else { 0 });
        }
        rest = &rest[1..];
    }
    if !any {
        return None;
    }
    if let Some(power) = rest.strip_prefix(['p', 'P']) {
        let sign = usize::from(power.starts_with(['-', '+']));
        let count = power[sign..].bytes().take_while(u8::is_ascii_digit).count();
        if count > 0 {
            // The text is digits, so it is no number only if it is too great.
            let most = if power.starts_with('-') { -10_000 } else { 10_000 };
            exponent = exponent.saturating_add(power[..sign + count].parse().unwrap_or(most));
            rest = &power[sign + count..];
        }
    }
    if mantissa == 0 {
        exponent = 0;
    }
    let high = exponent / 2;
    let number =
        Hexadecimal { negative: text.starts_with('-'), mantissa, high, low: exponent.saturating_sub(high) };
    Some((Number::Hexadecimal(number, &text[..text.len() - rest.len()]), rest))
}

/// How long the decimal number at the start of `text` is.
fn decimal_length(text: &[u8]) -> Option<usize> {
    let digits = |from: usize| text[from..].iter().take_while(|byte| byte.is_ascii_digit()).count();
    let at = |index: usize| text.get(index).copied();
    let mut end = usize::from(matches!(at(0), Some(b'+' | b'-')));
    let mut count = digits(end);
    end += count;
    if at(end) == Some(b'.') {
        let fraction = digits(end + 1);
        count += fraction;
        end += 1 + fraction;
    }
    if count == 0 {
        return None;
    }
    if matches!(at(end), Some(b'e' | b'E')) {
        let start = end + 1 + usize::from(matches!(at(end + 1), Some(b'+' | b'-')));
        let exponent = text.get(start..).map_or(0, |_| digits(start));
        if exponent > 0 {
            end = start + exponent;
        }
    }
    Some(end)
}

fn space(c: char) -> bool {
    u8::try_from(c).is_ok_and(is_space)
}
