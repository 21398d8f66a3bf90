//! Lines become cases.

use super::line::{Line, What, cells, lines};
use super::{Action, Case, CaseError, Expected, Step, head, step};
use pgconform_wire::trace::is_word;
use std::collections::HashSet;

/// The file's parts, before the rows of its table are put into its steps.
struct Parts<'t> {
    /// The case without steps.
    head: Case,
    steps: Vec<(usize, &'t str)>,
    /// The rows of the `examples` table with their lines, the names of the columns first.
    rows: Vec<(usize, Vec<String>)>,
}

pub(super) fn parse(id: &str, file: &str, text: &str) -> Result<Vec<Case>, CaseError> {
    let parts = parts(id, file, text)?;
    let Some(((_, columns), rows)) = parts.rows.split_first() else {
        let steps = steps(file, &parts.steps, &|line| line.to_owned())?;
        return Ok(vec![finish(Case { steps, ..parts.head })?]);
    };
    let mut cases = Vec::new();
    for (line, row) in rows {
        let replace = |text: &str| replace(text, columns, row);
        let steps = steps(file, &parts.steps, &replace).map_err(|error| CaseError {
            message: format!("{} (example `{}`, line {line})", error.message, row[0]),
            ..error
        })?;
        let id = format!("{id}#{}", row[0]);
        cases.push(finish(Case { id, steps, ..parts.head.clone() })?);
    }
    Ok(cases)
}

fn parts<'t>(id: &str, file: &str, text: &'t str) -> Result<Parts<'t>, CaseError> {
    let mut parts = Parts {
        head: Case {
            id: id.to_owned(),
            file: file.to_owned(),
            title: title(text),
            clauses: Vec::new(),
            level: None,
            needs: Vec::new(),
            wild: Vec::new(),
            since: None,
            until: None,
            clients: Vec::new(),
            timeout: None,
            steps: Vec::new(),
            source: text.to_owned(),
        },
        steps: Vec::new(),
        rows: Vec::new(),
    };
    let mut seen = HashSet::new();
    let mut in_table = false;
    for Line { number, what } in lines(text) {
        let error = |message: String| CaseError::new(file, number, message);
        match what {
            What::Blank | What::Comment(_) => continue,
            What::Head(key, _) if !parts.steps.is_empty() => {
                return Err(error(format!("`{key}` belongs to the head, before the first step")));
            }
            What::Head(key, value) => {
                if !seen.insert(key) {
                    return Err(error(format!("a second `{key}` line")));
                }
                head::read(&mut parts.head, key, value).map_err(error)?;
                in_table = key == "examples";
            }
            What::Row(_) if !in_table => {
                return Err(error("a row stands below an `examples` line".to_owned()));
            }
            What::Row(row) => {
                let cells = cells(row).map_err(error)?;
                check_row(&parts.rows, &cells).map_err(error)?;
                parts.rows.push((number, cells));
            }
            What::Step(step) => {
                in_table = false;
                parts.steps.push((number, step));
            }
        }
    }
    let error = |line, message: String| Err(CaseError::new(file, line, message));
    if parts.head.title.is_empty() {
        return error(1, "a case begins with a comment that says what it shows".to_owned());
    }
    if parts.head.clauses.is_empty() {
        return error(0, "no `clause` line: a case stands on at least one".to_owned());
    }
    if parts.steps.is_empty() {
        return error(0, "no steps".to_owned());
    }
    if seen.contains("examples") && parts.rows.len() < 2 {
        let line = parts.head.head_line("examples");
        return error(line, "a table needs a row of column names and a row for each case".to_owned());
    }
    let unused = parts.rows.first().and_then(|(line, columns)| {
        let used = |column: &str| parts.steps.iter().any(|(_, step)| step.contains(&format!("<{column}>")));
        // The first column names the cases: that is use enough.
        columns.iter().skip(1).find(|column| !used(column)).map(|column| (*line, column))
    });
    match unused {
        Some((line, column)) => error(line, format!("no step uses `<{column}>`")),
        None => Ok(parts),
    }
}

/// The first comment, if the file begins with it: the lines up to the first that is none or empty.
fn title(text: &str) -> String {
    let words = lines(text).skip_while(|line| line.what == What::Blank).map_while(|line| match line.what {
        What::Comment(words) if !words.is_empty() => Some(words),
        _ => None,
    });
    words.collect::<Vec<_>>().join(" ")
}

/// Checks that `row` goes with the rows above it.
fn check_row(above: &[(usize, Vec<String>)], row: &[String]) -> Result<(), String> {
    let Some(((_, columns), rows)) = above.split_first() else {
        for (at, column) in row.iter().enumerate() {
            if !is_word(column) {
                return Err(format!("`{column}` names no column: letters, digits, `_`, `.`, `-`"));
            }
            if row[..at].contains(column) {
                return Err(format!("a second column `{column}`"));
            }
        }
        return Ok(());
    };
    if row.len() != columns.len() {
        return Err(format!("{} cells in a table of {} columns", row.len(), columns.len()));
    }
    let name = &row[0];
    if !is_word(name) {
        return Err(format!("`{name}` names no case: the first cell is letters, digits, `_`, `.`, `-`"));
    }
    match rows.iter().find(|(_, other)| other[0] == *name) {
        Some((line, _)) => Err(format!("a second row `{name}`: the first is on line {line}")),
        None => Ok(()),
    }
}

/// `text` with the cells of `row` in place of `<column>`.
fn replace(mut text: &str, columns: &[String], row: &[String]) -> String {
    let mut out = String::new();
    while let Some(at) = text.find('<') {
        out.push_str(&text[..at]);
        text = &text[at..];
        let cell = columns.iter().zip(row).find_map(|(column, cell)| {
            let behind = text[1..].strip_prefix(column.as_str())?.strip_prefix('>')?;
            Some((cell, behind))
        });
        (out, text) = match cell {
            Some((cell, behind)) => (out + cell, behind),
            None => (out + "<", &text[1..]),
        };
    }
    out + text
}

fn steps(
    file: &str,
    lines: &[(usize, &str)],
    replace: &dyn Fn(&str) -> String,
) -> Result<Vec<Step>, CaseError> {
    let mut steps: Vec<Step> = Vec::new();
    let mut split: Option<(usize, Vec<usize>)> = None;
    let no_send = |line| CaseError::new(file, line, "`split` is for an `F` line, which must follow");
    for (line, text) in lines {
        let error = |message: String| CaseError::new(file, *line, message);
        let (connection, parsed) = step::parse(&replace(text)).map_err(error)?;
        let mut action = match parsed {
            step::Parsed::Split(cuts) => {
                if let Some((line, _)) = split.replace((*line, cuts)) {
                    return Err(no_send(line));
                }
                continue;
            }
            step::Parsed::Action(action) => action,
        };
        if let Some((split_line, cuts)) = split.take() {
            let Action::Send(outgoing) = &mut action else { return Err(no_send(split_line)) };
            check_cuts(outgoing, &cuts).map_err(|message| CaseError::new(file, split_line, message))?;
            outgoing.cuts = cuts;
        }
        steps.push(Step { line: *line, connection, action });
    }
    match split {
        Some((line, _)) => Err(no_send(line)),
        None => Ok(steps),
    }
}

/// Checks that cuts are inside the frame, where its length is known.
fn check_cuts(outgoing: &super::Outgoing, cuts: &[usize]) -> Result<(), String> {
    let length = outgoing.body.encode(&NoInputs).map_or(usize::MAX, |bytes| bytes.len());
    match cuts.last() {
        Some(last) if *last >= length => Err(format!("a cut at {last} in a frame of {length} bytes")),
        _ => Ok(()),
    }
}

struct NoInputs;

impl super::Inputs for NoInputs {
    fn get(&self, _: &str) -> Option<Vec<u8>> {
        None
    }
}

/// Whether the first of `steps` on `connection` is none for which the backend has to wait before it says more.
fn answer_is_due(steps: &[Step], connection: &str) -> bool {
    let next = steps.iter().find(|step| step.connection == connection);
    next.is_some_and(|step| match step.action {
        Action::Expect(_)
        | Action::Optional(_)
        | Action::Until
        | Action::Closed
        | Action::Close
        | Action::Reset => true,
        Action::Send(_)
        | Action::Login(_)
        | Action::Tls(_)
        | Action::Silence(_)
        | Action::Connect
        | Action::HalfClose
        | Action::Ask(_)
        | Action::Outcome(_) => false,
    })
}

/// Checks what no step can tell alone.
fn finish(case: Case) -> Result<Case, CaseError> {
    let scenario = !case.clients.is_empty();
    let asks = |step: &Step| matches!(step.action, Action::Ask(_));
    for (at, step) in case.steps.iter().enumerate() {
        let message = match &step.action {
            Action::Until => match case.steps.get(at + 1) {
                Some(Step { connection, action: Action::Expect(Expected { body }), .. })
                    if *connection == step.connection && body.kind().is_some() =>
                {
                    continue;
                }
                _ => "`B ...` goes up to a message: the next line must be the `B` line that names it",
            },
            Action::Optional(_) if !scenario && !answer_is_due(&case.steps[at + 1..], &step.connection) => {
                "`B?` waits until something comes, a whole time-out where nothing does: the next step of its \
                 connection must be a `B` line or `closed`, so that something is due, or else `close` or `reset`"
            }
            Action::Ask(_) | Action::Outcome(_) if !scenario => {
                "`C` and `=` lines need a `client` line in the head"
            }
            Action::Outcome(_) if !case.steps[..at].iter().any(asks) => {
                "`=` is the outcome of a `C` line, and there is none before it"
            }
            Action::Ask(_) | Action::Outcome(_) | Action::Silence(_)
                if scenario && !step.connection.is_empty() =>
            {
                "a real client has no connections with names"
            }
            Action::Ask(_) | Action::Outcome(_) | Action::Silence(_) => continue,
            _ if scenario => "a case for real clients has `C`, `=` and `silence` lines only",
            _ => continue,
        };
        return Err(CaseError::new(&case.file, step.line, message));
    }
    if scenario && !case.steps.iter().any(asks) {
        let line = case.head_line("client");
        return Err(CaseError::new(
            &case.file,
            line,
            "a case for real clients asks something of them: no `C` line",
        ));
    }
    Ok(case)
}
