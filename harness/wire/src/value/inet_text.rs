//! The text form of network addresses. It is looser than that of the standard library, and looser for networks than for
//! hosts: `10.1/16`, `::1.2`.

use super::inet::Address;
use super::scan::hex_digit;

/// Reads the address of a host.
pub(crate) fn host(text: &str) -> Option<Address> {
    if text.contains(':') { ipv6(text) } else { ipv4_host(text) }
}

/// Reads the address of a network.
pub(crate) fn network(text: &str) -> Option<Address> {
    if text.contains(':') { ipv6(text) } else { ipv4_network(text) }
}

/// Parts the length of the mask from the address.
fn split_mask(text: &str, most: u8) -> Option<(&str, Option<u8>)> {
    let Some((address, mask)) = text.split_once('/') else { return Some((text, None)) };
    let bits = all_digits(mask)?.parse().ok().filter(|bits| *bits <= most)?;
    Some((address, Some(bits)))
}

fn all_digits(text: &str) -> Option<&str> {
    (!text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit())).then_some(text)
}

/// Reads numbers with points between them, at most four.
fn decimal_octets(text: &str) -> Option<Vec<u8>> {
    let octets: Option<Vec<u8>> = text.split('.').map(|octet| all_digits(octet)?.parse().ok()).collect();
    octets.filter(|octets| octets.len() <= 4)
}

fn ipv4_host(text: &str) -> Option<Address> {
    let (address, bits) = split_mask(text, 32)?;
    // A point at the end is passed over.
    let mut octets = decimal_octets(address.strip_suffix('.').unwrap_or(address))?;
    let bits = match bits {
        None if octets.len() < 4 => return None,
        None => 32,
        Some(bits) if usize::from(bits / 8) > octets.len() => return None,
        Some(bits) => bits,
    };
    octets.resize(4, 0);
    Some(Address { octets, bits })
}

fn ipv4_network(text: &str) -> Option<Address> {
    let (address, bits) = split_mask(text, 32)?;
    let mut octets = match address.strip_prefix("0x").or(address.strip_prefix("0X")) {
        Some(digits) => hexadecimal_octets(digits)?,
        None => decimal_octets(address)?,
    };
    let bits = bits.map_or_else(|| class_bits(&octets), Some)?;
    octets.resize(4, 0);
    Some(Address { octets, bits })
}

fn hexadecimal_octets(digits: &str) -> Option<Vec<u8>> {
    let digits: Option<Vec<u8>> = digits.bytes().map(hex_digit).collect();
    let octets = digits?.chunks(2).map(|pair| pair[0] << 4 | pair.get(1).unwrap_or(&0)).collect::<Vec<u8>>();
    (1..=4).contains(&octets.len()).then_some(octets)
}

/// The length of the mask that the class of the address means, or its octets, whichever is more.
fn class_bits(octets: &[u8]) -> Option<u8> {
    let first = *octets.first()?;
    let class = match first {
        240.. => 32,
        224.. => 8,
        192.. => 24,
        128.. => 16,
        _ => 8,
    };
    let given = u8::try_from(octets.len() * 8).ok()?;
    let bits = class.max(given);
    Some(if bits == 8 && first == 224 { 4 } else { bits })
}

/// A number of the notation of IPv6, which begins with no zero.
fn number(text: &str, most: u8) -> Option<u8> {
    let digits = all_digits(text)?;
    let leading_zero = digits.len() > 1 && digits.starts_with('0');
    digits.parse().ok().filter(|number| *number <= most && !leading_zero)
}

fn ipv6(text: &str) -> Option<Address> {
    let (address, mask) = match text.split_once('/') {
        Some((address, mask)) => (address, Some(number(mask, 128)?)),
        None => (text, None),
    };
    let (before, behind) = match address.split_once("::") {
        Some((before, behind)) => (before, Some(behind)),
        None => (address, None),
    };
    // An IPv4 address may stand at the very end only.
    let mut octets = words(before, behind.is_none(), mask.is_some())?;
    match behind {
        Some(behind) => {
            let behind = words(behind, true, mask.is_some())?;
            let missing = 16usize.checked_sub(octets.len() + behind.len()).filter(|missing| *missing > 0)?;
            octets.extend(std::iter::repeat_n(0, missing));
            octets.extend(behind);
        }
        None if octets.len() != 16 => return None,
        None => {}
    }
    Some(Address { octets, bits: mask.unwrap_or(128) })
}

/// Reads groups of four digits, and perhaps an IPv4 address at the end, which is filled up with zeros. A separator at the
/// end is passed over in front of a mask.
fn words(text: &str, last: bool, masked: bool) -> Option<Vec<u8>> {
    let is_words = |text: &&str| !text.is_empty() && !text.contains('.');
    let shorter = text.strip_suffix(':').filter(is_words).filter(|_| last && masked);
    let text = shorter.unwrap_or(text);
    let mut octets = Vec::new();
    let mut groups = text.split(':').filter(|_| !text.is_empty()).peekable();
    while let Some(group) = groups.next() {
        if last && groups.peek().is_none() && group.contains('.') {
            octets.extend(embedded_ipv4(group, masked)?);
        } else {
            let digits: Option<Vec<u8>> = group.bytes().map(hex_digit).collect();
            let digits = digits.filter(|digits| (1..=4).contains(&digits.len()))?;
            let word = digits.iter().fold(0u16, |word, digit| word << 4 | u16::from(*digit));
            octets.extend(word.to_be_bytes());
        }
    }
    Some(octets)
}

/// Reads the IPv4 address inside one of IPv6. An octet without digits is zero, but at the end of the text.
fn embedded_ipv4(text: &str, masked: bool) -> Option<Vec<u8>> {
    if text.ends_with('.') && !masked {
        return None;
    }
    let octets = text.split('.').map(|octet| if octet.is_empty() { Some(0) } else { number(octet, 255) });
    let mut octets = octets.collect::<Option<Vec<u8>>>().filter(|octets| octets.len() <= 4)?;
    octets.resize(4, 0);
    Some(octets)
}

/// The octets as text, without the mask.
pub(crate) fn octets(address: &Address) -> String {
    if address.octets.len() == 4 {
        return decimal(&address.octets);
    }
    let words: Vec<u16> =
        address.octets.chunks(2).map(|pair| u16::from(pair[0]) << 8 | u16::from(pair[1])).collect();
    let (start, length) = longest_zeros(&words);
    let embedded = start == 0 && (length == 6 || (length == 5 && words[5] == 0xffff));
    let end = if embedded { 6 } else { 8 };
    let hexadecimal = |words: &[u16]| -> String {
        words.iter().map(|word| format!("{word:x}")).collect::<Vec<_>>().join(":")
    };
    let tail = if embedded { decimal(&address.octets[12..]) } else { String::new() };
    if length == 0 {
        return hexadecimal(&words);
    }
    let behind = hexadecimal(words.get(start + length..end).unwrap_or_default());
    let colon = if embedded && !behind.is_empty() { ":" } else { "" };
    format!("{}::{behind}{colon}{tail}", hexadecimal(&words[..start]))
}

fn decimal(octets: &[u8]) -> String {
    octets.iter().map(u8::to_string).collect::<Vec<_>>().join(".")
}

/// The first of the longest runs of zeros: its start and its length, zero where there is no run of two.
fn longest_zeros(words: &[u16]) -> (usize, usize) {
    let mut longest = (0, 0);
    for start in 0..words.len() {
        let length = words[start..].iter().take_while(|word| **word == 0).count();
        if length >= 2 && length > longest.1 {
            longest = (start, length);
        }
    }
    longest
}
