//! `macaddr`: the address of a network interface, six bytes.

use std::cmp::Ordering;

use super::{Form, Invalid, Reader, Style, scan};

/// The address of a network interface.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Macaddr(
    /// Its bytes.
    pub [u8; 6],
);

impl Macaddr {
    /// The order of PostgreSQL's `<`.
    pub fn compare(&self, other: &Self) -> Ordering {
        self.0.cmp(&other.0)
    }
}

/// The notations: how many digits a byte may have, and what stands behind the second byte and those that follow.
const NOTATIONS: [(usize, [Option<u8>; 5]); 7] = [
    (usize::MAX, [Some(b':'); 5]),
    (usize::MAX, [Some(b'-'); 5]),
    (2, [None, None, Some(b':'), None, None]),
    (2, [None, None, Some(b'-'), None, None]),
    (2, [None, Some(b'.'), None, Some(b'.'), None]),
    (2, [None, Some(b'-'), None, Some(b'-'), None]),
    (2, [None; 5]),
];

impl Form for Macaddr {
    fn input(text: &str, _: &Style<'_>) -> Result<Self, Invalid> {
        let octets = NOTATIONS
            .iter()
            .find_map(|(width, separators)| read(text.as_bytes(), *width, separators))
            .ok_or_else(|| Invalid::syntax("macaddr", text))?;
        let mut bytes = [0; 6];
        for (byte, octet) in bytes.iter_mut().zip(octets) {
            *byte = octet.and_then(|octet| u8::try_from(octet).ok()).ok_or_else(|| {
                Invalid::new("22003", format!("invalid octet value in \"macaddr\" value: \"{text}\""))
            })?;
        }
        Ok(Self(bytes))
    }

    fn output(&self, _: &Style<'_>) -> String {
        colons(&self.0)
    }

    fn receive(bytes: &mut Reader<'_>) -> Result<Self, Invalid> {
        bytes.each().map(Self)
    }

    fn send(&self, out: &mut Vec<u8>) {
        out.extend(self.0);
    }
}

/// Bytes as text: `08:00:2b:01:02:03`.
pub(crate) fn colons(bytes: &[u8]) -> String {
    let octets: Vec<String> = bytes.iter().map(|byte| format!("{byte:02x}")).collect();
    octets.join(":")
}

/// Reads six numbers in one notation, behind which white space may follow. A number may be too great, which is another
/// error than another notation, and is `None` if it is negative or far too great.
fn read(text: &[u8], width: usize, separators: &[Option<u8>; 5]) -> Option<[Option<u64>; 6]> {
    let mut octets = [None; 6];
    let mut rest = text;
    for (at, octet) in octets.iter_mut().enumerate() {
        if let Some(separator) = at.checked_sub(1).and_then(|at| separators[at]) {
            rest = rest.strip_prefix(&[separator])?;
        }
        (*octet, rest) = hexadecimal(rest, width)?;
    }
    scan::skip_space(rest).is_empty().then_some(octets)
}

/// The hexadecimal number of at most `width` characters at the start of `text`, as C's `sscanf` reads it.
fn hexadecimal(text: &[u8], width: usize) -> Option<(Option<u64>, &[u8])> {
    let text = scan::skip_space(text);
    let sign = usize::from(matches!(text.first(), Some(b'-' | b'+')));
    let prefixed = width - sign >= 2 && matches!(text[sign..], [b'0', b'x' | b'X', ..]);
    let prefix = if prefixed { 2 } else { 0 };
    let start = sign + prefix;
    let count = text[start..].iter().take(width - start).take_while(|byte| byte.is_ascii_hexdigit()).count();
    let (digits, rest) = text[start..].split_at(count);
    // The prefix alone is zero.
    if digits.is_empty() && !prefixed {
        return None;
    }
    let number = digits.iter().try_fold(0u64, |number, digit| {
        number.checked_mul(16)?.checked_add(u64::from(scan::hex_digit(*digit)?))
    });
    Some((number.filter(|number| text[0] != b'-' || *number == 0), rest))
}
