//! Where 3.3 cuts a query string, before it parses anything.

use std::ops::Range;

/// The statements of a query string, each with its semicolon, in bytes; strings and quoted names are whole. As in 3.3, what stands
/// before the end of a comment is lost, and so is the last statement where a comment never ends.
pub(crate) fn pieces(text: &str) -> Vec<Range<usize>> {
    let mut pieces = Vec::new();
    let (mut start, mut at) = (0, 0);
    let mut empty = true;
    while at < text.len() {
        let rest = &text[at..];
        let behind = |closing: &str, length: usize| {
            rest[length..].find(closing).map(|found| at + length + found + closing.len())
        };
        let next = rest.chars().next().unwrap_or(' ');
        empty &= next.is_whitespace();
        at = match rest.as_bytes() {
            [b'\'', ..] => behind("'", 1).unwrap_or(text.len()),
            [b'"', ..] => behind("\"", 1).unwrap_or(text.len()),
            [b'-', b'-', ..] | [b'/', b'*', ..] => {
                let end = if rest.starts_with('-') { behind("\n", 2) } else { behind("*/", 2) };
                start = end.unwrap_or(text.len());
                start
            }
            [b';', ..] => {
                pieces.push(start..at + 1);
                empty = true;
                start = at + 1;
                start
            }
            _ => at + next.len_utf8(),
        };
    }
    if !empty && start < text.len() {
        pieces.push(start..text.len());
    }
    if pieces.is_empty() {
        pieces.push(0..0);
    }
    pieces
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_query_string_is_cut_at_its_semicolons() {
        let table: [(&str, &[&str]); 14] = [
            ("", &[""]),
            (" ", &[""]),
            ("--x", &[""]),
            ("/*x*/", &[""]),
            (";", &[";"]),
            (";;", &[";", ";"]),
            ("a;b", &["a;", "b"]),
            ("a;; ", &["a;", ";"]),
            (" ;", &[" ;"]),
            ("';';\";\"", &["';';", "\";\""]),
            ("a--;\nb;/*;*/'é", &["b;", "'é"]),
            ("a /* b */ c", &[" c"]),
            ("a; b -- c", &["a;"]),
            ("a; --b\n ", &["a;", " "]),
        ];
        for (text, expected) in table {
            let found: Vec<_> = pieces(text).into_iter().map(|piece| &text[piece]).collect();
            assert_eq!(found, expected, "{text:?}");
        }
    }
}
