//! Where 3.3 cuts a query string, before it parses anything.

use std::ops::Range;

/// What stands between semicolons, the empty included, in bytes; strings, quoted names and comments are whole. White space
/// behind the last semicolon is nothing.
pub(crate) fn pieces(text: &str) -> Vec<Range<usize>> {
    let mut pieces = Vec::new();
    let (mut start, mut at) = (0, 0);
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
            [b';', ..] => {
                pieces.push(start..at);
                start = at + 1;
                start
            }
            _ => at + rest.chars().next().map_or(1, char::len_utf8),
        };
    }
    if pieces.is_empty() || !text[start..].trim().is_empty() {
        pieces.push(start..text.len());
    }
    pieces
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
            let found: Vec<_> = pieces(text).into_iter().map(|piece| &text[piece]).collect();
            assert_eq!(found, expected, "{text:?}");
        }
    }
}
