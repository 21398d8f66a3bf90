//! The lines of a case file, by what they are.

/// A line.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Line<'t> {
    /// Its number, from 1.
    pub(super) number: usize,
    pub(super) what: What<'t>,
}

/// What a line is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) enum What<'t> {
    Blank,
    /// The text behind `#`.
    Comment(&'t str),
    /// A line of the head: its first word and what follows it.
    Head(&'t str, &'t str),
    /// A row of the `examples` table, with its bars.
    Row(&'t str),
    /// Anything else is a step. Its indentation is kept: errors count columns.
    Step(&'t str),
}

/// The words that lines of the head begin with.
pub(super) const KEYS: &[&str] =
    &["clause", "level", "needs", "wild", "since", "until", "client", "timeout", "examples"];

/// The lines of `text`.
pub(super) fn lines(text: &str) -> impl Iterator<Item = Line<'_>> {
    text.lines().enumerate().map(|(at, whole)| {
        let line = whole.trim();
        let (word, rest) = line.split_once(char::is_whitespace).unwrap_or((line, ""));
        let what = match line.chars().next() {
            None => What::Blank,
            Some('#') => What::Comment(line[1..].trim()),
            Some('|') => What::Row(line),
            Some(_) if KEYS.contains(&word) => What::Head(word, rest.trim()),
            Some(_) => What::Step(whole.trim_end()),
        };
        Line { number: at + 1, what }
    })
}

/// The cells of a row, in which `\|` is a bar that ends none.
pub(super) fn cells(row: &str) -> Result<Vec<String>, String> {
    let mut cells = vec![String::new()];
    let mut chars = row.chars().peekable();
    while let Some(c) = chars.next() {
        let cell = cells.len() - 1;
        match c {
            '\\' if chars.next_if_eq(&'|').is_some() => cells[cell].push('|'),
            '|' => cells.push(String::new()),
            c => cells[cell].push(c),
        }
    }
    // Before the first bar and behind the last there is nothing.
    let ends = cells.pop().filter(|end| end.is_empty()).is_some() && cells.len() > 1;
    if !ends {
        return Err("a row ends with a `|`".to_owned());
    }
    Ok(cells.drain(1..).map(|cell| cell.trim().to_owned()).collect())
}

/// A row of these cells, each at least as wide as `widths` says.
pub(super) fn row(cells: &[String], widths: &[usize]) -> String {
    let mut out = String::from("|");
    for (cell, width) in cells.iter().zip(widths) {
        let cell = cell.replace('|', "\\|");
        out.push_str(&format!(" {cell:width$} |"));
    }
    out
}
