//! What the hand-written parsers of text forms share.

/// White space as C's `isspace` has it.
pub(crate) fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t' | b'\n' | 0x0b | 0x0c | b'\r')
}

/// Whether a character is such white space.
pub(crate) fn is_blank(c: char) -> bool {
    u8::try_from(c).is_ok_and(is_space)
}

/// `text` behind the white space at its start.
pub(crate) fn skip_space(text: &[u8]) -> &[u8] {
    let count = text.iter().take_while(|byte| is_space(**byte)).count();
    &text[count..]
}

/// The value of a hexadecimal digit.
pub(crate) fn hex_digit(byte: u8) -> Option<u8> {
    char::from(byte).to_digit(16).and_then(|digit| u8::try_from(digit).ok())
}

/// The number at the start of `text`, and what follows it, as C's `strtoul` reads them: behind white space and a sign, zero
/// where there are no digits, and `None` where it does not fit.
pub(crate) fn unsigned(text: &[u8]) -> (Option<u64>, &[u8]) {
    let start = skip_space(text);
    let (negative, digits) = match start.first() {
        Some(b'-') => (true, &start[1..]),
        Some(b'+') => (false, &start[1..]),
        _ => (false, start),
    };
    let count = digits.iter().take_while(|byte| byte.is_ascii_digit()).count();
    if count == 0 {
        return (Some(0), text);
    }
    let number = digits[..count]
        .iter()
        .try_fold(0u64, |number, digit| number.checked_mul(10)?.checked_add(u64::from(digit - b'0')));
    (number.map(|number| if negative { number.wrapping_neg() } else { number }), &digits[count..])
}
