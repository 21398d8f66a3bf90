//! Numbers with a fraction, as Java writes them.

use std::fmt::{Display, LowerExp};

/// A `float`.
pub(in crate::cratedb) fn float4_text(value: f32) -> String {
    java(value, value.abs() >= 1e-3 && value.abs() < 1e7, value.is_finite())
}

/// A `double`.
pub(in crate::cratedb) fn float8_text(value: f64) -> String {
    java(value, value.abs() >= 1e-3 && value.abs() < 1e7, value.is_finite())
}

/// There always is a digit behind the point; an exponent only for what is not `plain`.
fn java<T: Display + LowerExp + Default + PartialEq>(value: T, plain: bool, finite: bool) -> String {
    let pointed = |digits: &str| if digits.contains('.') { digits.to_owned() } else { format!("{digits}.0") };
    if !finite {
        return value.to_string().replace("inf", "Infinity");
    }
    if plain || value == T::default() {
        return pointed(&value.to_string());
    }
    let text = format!("{value:e}");
    let (digits, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    format!("{}E{exponent}", pointed(digits))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn floats_look_as_in_java() {
        let table = [
            (1.0, "1.0"),
            (-0.0, "-0.0"),
            (42.3, "42.3"),
            (4.200_003e-5, "4.200003E-5"),
            (0.001, "0.001"),
            (1e7, "1.0E7"),
            (9_999_999.5, "9999999.5"),
            (1e10, "1.0E10"),
            (f64::NAN, "NaN"),
            (f64::NEG_INFINITY, "-Infinity"),
        ];
        for (value, text) in table {
            assert_eq!(float8_text(value), text);
        }
        assert_eq!(float4_text(42.3), "42.3");
    }
}
