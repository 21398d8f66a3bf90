//! Where 3.3 cuts a query string, before it parses anything.

use std::ops::Range;

/// What stands from `start` to the next semicolon, which may be nothing, in bytes; and where the next begins. Strings, quoted
/// names and comments are whole. White space behind the last semicolon is nothing.
pub(crate) fn piece(text: &str, start: usize) -> Option<(Range<usize>, usize)> {
    let is_first = start == 0;
    if start > text.len() || (!is_first && text[start..].trim_start().is_empty()) {
        return None;
    }
    let mut at = start;
    while at < text.len() {
        let rest = &text[at..];
        let behind = |opening: usize, closing: &str| {
            rest[opening..].find(closing).map_or(text.len(), |found| at + opening + found + closing.len())
        };
        at = match rest.as_bytes() {
            [b'\'', ..] => behind(1, "'"),
            [b'"', ..] => behind(1, "\""),
            [b'-', b'-', ..] => behind(2, "\n"),
            [b'/', b'*', ..] => behind(2, "*/"),
            [b';', ..] => return Some((start..at, at + 1)),
            _ => at + rest.chars().next().map_or(1, char::len_utf8),
        };
    }
    Some((start..at, at + 1))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_query_string_is_cut_at_its_semicolons() {
        let table: [(&str, &[&str]); 9] = [
            ("", &[""]),
            (" ", &[" "]),
            ("--x", &["--x"]),
            (";", &[""]),
            (";;", &["", ""]),
            ("a;b", &["a", "b"]),
            ("a;; ", &["a", ""]),
            ("';';\";\"", &["';'", "\";\""]),
            ("a--;\nb;/*;*/'é", &["a--;\nb", "/*;*/'é"]),
        ];
        for (text, expected) in table {
            let pieces = std::iter::successors(piece(text, 0), |(_, next)| piece(text, *next));
            let found: Vec<_> = pieces.map(|(range, _)| &text[range]).collect();
            assert_eq!(found, expected, "{text:?}");
        }
    }
}
