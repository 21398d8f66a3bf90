//! Where 3.3 cuts a query string, before it parses anything.

use std::ops::Range;

/// The first statement of a query string from `from` on, with its semicolon, in bytes, and where the next may begin; strings and
/// quoted names are whole. As in 3.3, what stands before the end of a comment is lost, and so is the last statement where a
/// comment never ends.
pub(crate) fn piece(text: &str, from: usize) -> Option<(Range<usize>, usize)> {
    let (mut start, mut at) = (from, from);
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
            [b';', ..] => return Some((start..at + 1, at + 1)),
            _ => at + next.len_utf8(),
        };
    }
    if !empty && start < text.len() {
        return Some((start..text.len(), text.len() + 1));
    }
    // A query string without a statement is an empty one.
    (from == 0).then_some((0..0, text.len() + 1))
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
            let pieces = std::iter::successors(piece(text, 0), |(_, next)| piece(text, *next));
            let found: Vec<_> = pieces.map(|(range, _)| &text[range]).collect();
            assert_eq!(found, expected, "{text:?}");
        }
    }
}
