//! Numbers with units, in and out.

use super::table::Kind;

/// Why a value is none of the kind.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Wrong {
    /// It is no number, or its unit none (a hint may tell).
    Form(Option<&'static str>),
    /// It is a number, told with its unit, and outside this range.
    Range(String, String),
}

/// Units by name, each with how many of the smallest it is, from small to large.
type Units = &'static [(&'static str, f64)];

const MEMORY: Units =
    &[("B", 1.0), ("kB", 1024.0), ("MB", 1_048_576.0), ("GB", 1_073_741_824.0), ("TB", 1_099_511_627_776.0)];

const TIME: Units = &[
    ("us", 1.0),
    ("ms", 1000.0),
    ("s", 1_000_000.0),
    ("min", 60_000_000.0),
    ("h", 3_600_000_000.0),
    ("d", 86_400_000_000.0),
];

/// The units that go with a parameter's own, and how many of the smallest that is.
fn units(unit: &str) -> Option<(Units, f64)> {
    let (count, name) = unit.split_at(unit.find(|c: char| !c.is_ascii_digit()).unwrap_or(0));
    let count = count.parse().unwrap_or(1.0);
    [MEMORY, TIME].into_iter().find_map(|units| {
        let (_, size) = units.iter().find(|(known, _)| *known == name)?;
        Some((units, count * size))
    })
}

fn hint(units: Units) -> &'static str {
    if units.len() == MEMORY.len() {
        "Valid units for this parameter are \"B\", \"kB\", \"MB\", \"GB\", and \"TB\"."
    } else {
        "Valid units for this parameter are \"us\", \"ms\", \"s\", \"min\", \"h\", and \"d\"."
    }
}

/// The number that text begins with, and what stands behind it.
fn leading_number(text: &str, integer: bool) -> Option<(f64, &str)> {
    let text = text.trim_start();
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    let sign = if text.starts_with('-') { -1.0 } else { 1.0 };
    if integer {
        let radix = [("0x", 16), ("0X", 16), ("0", 8)];
        let based =
            radix.into_iter().find_map(|(prefix, radix)| Some((unsigned.strip_prefix(prefix)?, radix)));
        if let Some((digits, radix)) = based {
            let end = digits.find(|c: char| !c.is_digit(radix)).unwrap_or(digits.len());
            let (digits, rest) = digits.split_at(end);
            if !digits.is_empty() && !rest.starts_with(['.', 'e', 'E', '8', '9']) {
                let value = digits.chars().filter_map(|c| c.to_digit(radix)).map(f64::from);
                return Some((sign * value.fold(0.0, |sum, digit| sum * f64::from(radix) + digit), rest));
            }
        }
    }
    if let Some(rest) = unsigned.get(..8).filter(|word| word.eq_ignore_ascii_case("infinity")) {
        return Some((sign * f64::INFINITY, &unsigned[rest.len()..]));
    }
    // The longest beginning that is a number.
    let likely =
        unsigned.find(|c: char| !(c.is_ascii_digit() || ".eE+-".contains(c))).unwrap_or(unsigned.len());
    (1..=likely).rev().find_map(|end| {
        let number: f64 = unsigned.get(..end)?.parse().ok()?;
        Some((sign * number, unsigned.get(end..)?))
    })
}

/// A value of a numeric kind, as the parameter holds it: in its own unit, without the unit.
pub(super) fn parse(kind: Kind, text: &str) -> Result<String, Wrong> {
    let (unit, integer, least, most) = match kind {
        Kind::Integer { least, most, unit } => (unit, true, least.to_string(), most.to_string()),
        Kind::Real { least, most, unit } => (unit, false, general(least), general(most)),
        Kind::Bool | Kind::Enum(_) | Kind::Text => return Ok(text.to_owned()),
    };
    let (number, rest) = leading_number(text, integer).ok_or(Wrong::Form(None))?;
    if number.is_infinite() && (integer || text.contains(|c: char| c.is_ascii_digit())) {
        return Err(Wrong::Form(integer.then_some(TOO_LARGE)));
    }
    let named = rest.trim();
    let number = match (named, units(unit)) {
        ("", _) => number,
        (_, None) => return Err(Wrong::Form(None)),
        (_, Some((units, own))) => {
            let named = units.iter().find(|(known, _)| *known == named);
            let (_, size) = named.ok_or(Wrong::Form(Some(hint(units))))?;
            number * size / own
        }
    };
    let with_unit = |value: &str| if unit.is_empty() { value.to_owned() } else { format!("{value} {unit}") };
    let outside = |value: &str| {
        Wrong::Range(with_unit(value), format!("{} .. {}", with_unit(&least), with_unit(&most)))
    };
    match kind {
        Kind::Integer { least, most, .. } => {
            let value = number.round_ties_even();
            if value.abs() > f64::from(i32::MAX) + 1.0 {
                return Err(Wrong::Form(Some(TOO_LARGE)));
            }
            #[expect(clippy::cast_possible_truncation, reason = "it was just compared with what fits")]
            let value = value as i64;
            if value > i64::from(i32::MAX) {
                return Err(Wrong::Form(Some(TOO_LARGE)));
            }
            let text = value.to_string();
            if (least..=most).contains(&value) { Ok(text) } else { Err(outside(&text)) }
        }
        Kind::Real { least, most, .. } => {
            let text = general(number);
            if (least..=most).contains(&number) { Ok(text) } else { Err(outside(&text)) }
        }
        Kind::Bool | Kind::Enum(_) | Kind::Text => Ok(text.to_owned()),
    }
}

const TOO_LARGE: &str = "Value exceeds integer range.";

/// A number with six significant digits, as C's `%g` writes it.
pub(crate) fn general(number: f64) -> String {
    if !number.is_finite() {
        return match number {
            f64::INFINITY => "Infinity".to_owned(),
            f64::NEG_INFINITY => "-Infinity".to_owned(),
            _ => "NaN".to_owned(),
        };
    }
    let scientific = format!("{number:.5e}");
    let (mantissa, exponent) = scientific.split_once('e').unwrap_or((&scientific, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    let trim = |digits: &str| match digits.contains('.') {
        true => digits.trim_end_matches('0').trim_end_matches('.').to_owned(),
        false => digits.to_owned(),
    };
    match usize::try_from(5 - exponent) {
        Ok(decimals) if exponent >= -4 => trim(&format!("{number:.decimals$}")),
        _ => {
            let sign = if exponent < 0 { '-' } else { '+' };
            format!("{}e{sign}{:02}", trim(mantissa), exponent.abs())
        }
    }
}

/// A value as SHOW tells it: in the largest unit of which it is a whole number.
pub(super) fn with_unit(kind: Kind, value: &str) -> String {
    let (Kind::Integer { unit, .. } | Kind::Real { unit, .. }) = kind else { return value.to_owned() };
    let number: f64 = value.parse().unwrap_or(0.0);
    let Some((units, own)) = units(unit).filter(|_| number > 0.0) else { return value.to_owned() };
    let smallest = number * own;
    let near = |count: &f64| (count.round() - count).abs() <= 1e-8 * count && *count > 0.5;
    let largest = units.iter().rev().find(|(_, size)| near(&(smallest / size)));
    let (name, size) = largest.or(units.first()).copied().unwrap_or((unit, own));
    format!("{}{name}", general_or_whole(smallest / size))
}

fn general_or_whole(number: f64) -> String {
    let whole = number.round();
    if (whole - number).abs() <= 1e-8 * number { format!("{whole}") } else { general(number) }
}

#[cfg(test)]
mod tests {
    use super::*;

    const WORK_MEM: Kind = Kind::Integer { least: 64, most: 2_147_483_647, unit: "kB" };
    const TIMEOUT: Kind = Kind::Integer { least: 0, most: 2_147_483_647, unit: "ms" };
    const DIGITS: Kind = Kind::Integer { least: -15, most: 3, unit: "" };
    const PAGES: Kind = Kind::Integer { least: 1, most: 2_147_483_647, unit: "8kB" };
    const COST: Kind = Kind::Real { least: 0.0, most: 1.79769e+308, unit: "" };
    const DELAY: Kind = Kind::Real { least: 0.0, most: 100.0, unit: "ms" };

    #[test]
    fn values_are_shown_in_the_largest_unit() {
        for (kind, given, shown) in [
            (WORK_MEM, "1.5MB", "1536kB"),
            (WORK_MEM, "100.7kB", "101kB"),
            (WORK_MEM, "1TB", "1TB"),
            (TIMEOUT, "1.5h", "90min"),
            (TIMEOUT, "90s", "90s"),
            (TIMEOUT, "60000", "1min"),
            (TIMEOUT, "1500", "1500ms"),
            (TIMEOUT, "100us", "0"),
            (DIGITS, "0x2", "2"),
            (DIGITS, " 1.6 ", "2"),
            (PAGES, "1", "8kB"),
            (PAGES, "1GB", "1GB"),
            (COST, "1.5", "1.5"),
            (DELAY, "500us", "500us"),
        ] {
            assert_eq!(
                parse(kind, given).map(|value| with_unit(kind, &value)),
                Ok(shown.to_owned()),
                "{given}"
            );
        }
    }

    #[test]
    fn what_is_no_value_says_why() {
        let range = |value: &str, range: &str| Err(Wrong::Range(value.to_owned(), range.to_owned()));
        for (kind, given, why) in [
            (WORK_MEM, "1", range("1 kB", "64 kB .. 2147483647 kB")),
            (WORK_MEM, "1XB", Err(Wrong::Form(Some(hint(MEMORY))))),
            (WORK_MEM, "abc", Err(Wrong::Form(None))),
            (WORK_MEM, "100TB", Err(Wrong::Form(Some(TOO_LARGE)))),
            (WORK_MEM, "99999999999999999999999", Err(Wrong::Form(Some(TOO_LARGE)))),
            (TIMEOUT, "1 fortnight", Err(Wrong::Form(Some(hint(TIME))))),
            (DIGITS, "4", range("4", "-15 .. 3")),
            (DIGITS, "2x", Err(Wrong::Form(None))),
            (COST, "-1", range("-1", "0 .. 1.79769e+308")),
            (COST, "1e400", Err(Wrong::Form(None))),
            (COST, "Infinity", range("Infinity", "0 .. 1.79769e+308")),
            (COST, "NaN", Err(Wrong::Form(None))),
            (DELAY, "1s", range("1000 ms", "0 ms .. 100 ms")),
        ] {
            assert_eq!(parse(kind, given), why, "{given}");
        }
    }
}
