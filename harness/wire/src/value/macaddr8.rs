//! `macaddr8`: the address of a network interface, eight bytes.

use std::cmp::Ordering;

use super::macaddr::colons;
use super::{Form, Invalid, Reader, Style, scan};

/// The address of a network interface in the format EUI-64.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Macaddr8(
    /// Its bytes.
    pub [u8; 8],
);

impl Macaddr8 {
    /// The order of PostgreSQL's `<`.
    pub fn compare(&self, other: &Self) -> Ordering {
        self.0.cmp(&other.0)
    }

    /// Widens an address of six bytes.
    fn of_six([a, b, c, d, e, f]: [u8; 6]) -> Self {
        Self([a, b, c, 0xff, 0xfe, d, e, f])
    }
}

impl Form for Macaddr8 {
    fn input(text: &str, _: &Style<'_>) -> Result<Self, Invalid> {
        let octets = octets(text.as_bytes()).ok_or_else(|| Invalid::syntax("macaddr8", text))?;
        <[u8; 8]>::try_from(octets.as_slice())
            .map(Self)
            .or_else(|_| <[u8; 6]>::try_from(octets.as_slice()).map(Self::of_six))
            .map_err(|_| Invalid::syntax("macaddr8", text))
    }

    fn output(&self, _: &Style<'_>) -> String {
        colons(&self.0)
    }

    fn receive(bytes: &mut Reader<'_>) -> Result<Self, Invalid> {
        if bytes.left() == 6 { bytes.each().map(Self::of_six) } else { bytes.each().map(Self) }
    }

    fn send(&self, out: &mut Vec<u8>) {
        out.extend(self.0);
    }
}

/// Reads pairs of digits, between which the same separator may stand anywhere. A single character at the end is passed
/// over, as PostgreSQL does.
fn octets(text: &[u8]) -> Option<Vec<u8>> {
    let mut rest = scan::skip_space(text);
    let mut octets = Vec::new();
    let mut separator = None;
    while let [high, low, behind @ ..] = rest {
        octets.push(scan::hex_digit(*high)? << 4 | scan::hex_digit(*low)?);
        if octets.len() > 8 {
            return None;
        }
        rest = behind;
        if let [byte @ (b':' | b'-' | b'.'), behind @ ..] = rest {
            if *separator.get_or_insert(*byte) != *byte {
                return None;
            }
            rest = behind;
        }
        let spaceless = scan::skip_space(rest);
        if matches!(octets.len(), 6 | 8) && spaceless.len() < rest.len() {
            return spaceless.is_empty().then_some(octets);
        }
    }
    Some(octets)
}
