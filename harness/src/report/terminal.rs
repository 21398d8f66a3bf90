//! The report for people: progress on stderr while the run goes on; then, on stdout, what is wrong and the counts.

use super::{Outcome, Reporter, Rerun, table};
use crate::clause::Clauses;
use crate::runner::Event;
use crate::verdict::{Finding, Judged, Summary, Verdict};
use console::{Style, Term};
use indicatif::{ProgressBar, ProgressStyle};
use std::fmt::Write as _;
use std::io::{self, Write};
use std::time::Duration;

/// How many lines of a transcript are shown before, and after, the one that a finding is about.
const AROUND: (usize, usize) = (6, 3);

/// The most characters shown of a line that quotes a server.
const WIDTH: usize = 400;

/// Shows a run on the terminal.
pub struct Terminal<W> {
    out: W,
    target: String,
    rerun: Rerun,
    strict: bool,
    verbose: bool,
    progress: Option<ProgressBar>,
    so_far: Summary,
    /// What is left out, as it is printed: what kind of thing, its name, why.
    left_out: Vec<Vec<String>>,
}

impl<W> Terminal<W> {
    /// Prints the result to `out`. `strict` is whether a warning fails the run; `verbose` also lists what is waived or
    /// does not apply.
    pub fn new(out: W, target: &str, rerun: Rerun, strict: bool, verbose: bool) -> Self {
        let target = target.to_owned();
        let so_far = Summary::default();
        Self { out, target, rerun, strict, verbose, progress: None, so_far, left_out: Vec::new() }
    }
}

impl<W: Write> Reporter for Terminal<W> {
    fn event(&mut self, event: &Event<'_>) {
        match event {
            Event::Started { total } => self.progress = started(*total, &self.target),
            Event::ProfileSkipped { profile, reason } => self.leave_out("skipped profile", profile, reason),
            Event::ClientMissing { client, reason } => self.leave_out("missing client", client, reason),
            Event::Played { .. } => {}
            Event::Judged(judged) => {
                self.so_far.count(judged.verdict);
                if let Some(bar) = &self.progress {
                    bar.set_message(bad(&self.so_far));
                    bar.inc(1);
                }
            }
        }
    }

    fn finish(&mut self, outcome: &Outcome<'_>) -> io::Result<()> {
        if let Some(bar) = self.progress.take() {
            bar.finish_and_clear();
        }
        for judged in outcome.judged.iter().filter(|judged| is_shown(judged.verdict)) {
            writeln!(self.out, "{}", self.block(judged, outcome.clauses))?;
        }
        if self.verbose {
            for verdict in [Verdict::Waived, Verdict::NotApplicable] {
                self.list(outcome.judged, verdict)?;
            }
        }
        for line in summary(outcome) {
            writeln!(self.out, "{line}")?;
        }
        for line in table::align(&self.left_out, usize::MAX) {
            writeln!(self.out, "{line}")?;
        }
        writeln!(self.out, "{}", self.last_line(outcome))?;
        self.out.flush()
    }
}

/// The bar; where stderr is no terminal, a line instead.
fn started(total: usize, target: &str) -> Option<ProgressBar> {
    if !Term::stderr().is_term() {
        // Nobody has to be there to read it.
        _ = writeln!(io::stderr(), "cases to judge on {target}: {total}");
        return None;
    }
    let bar = ProgressBar::new(total as u64);
    if let Ok(style) = ProgressStyle::with_template("{bar:40} {pos}/{len} {msg}") {
        bar.set_style(style);
    }
    Some(bar)
}

/// The verdicts that ask for somebody's attention.
fn is_shown(verdict: Verdict) -> bool {
    match verdict {
        Verdict::Warn | Verdict::Fail | Verdict::StaleWaiver | Verdict::Broken => true,
        Verdict::Pass | Verdict::Waived | Verdict::NotApplicable => false,
    }
}

/// The counts of those verdicts, without the zeros.
fn bad(summary: &Summary) -> String {
    let shown = Verdict::ALL.into_iter().filter(|verdict| is_shown(*verdict) && summary.of(*verdict) > 0);
    shown.map(|verdict| format!("{} {verdict}", summary.of(verdict))).collect::<Vec<_>>().join(", ")
}

impl<W: Write> Terminal<W> {
    fn leave_out(&mut self, what: &str, name: &str, reason: &str) {
        self.left_out.push(vec![what.to_owned(), name.to_owned(), clean(reason)]);
    }

    /// Everything on one case that is not as it should be.
    fn block(&self, judged: &Judged, clauses: &Clauses) -> String {
        let style = match judged.verdict {
            Verdict::Warn => Style::new().yellow().bold(),
            _ => Style::new().red().bold(),
        };
        let verdict = style.apply_to(judged.verdict.name().to_uppercase());
        let mut block = Block(String::new());
        block.raw(&format!("{verdict} {} ({}, {})", judged.case, judged.profile, judged.client));
        for id in &judged.clauses {
            block.clause(id, clauses);
        }
        if let Some(reason) = &judged.reason {
            block.labelled("reason", reason);
        }
        for (at, finding) in judged.findings.iter().enumerate() {
            block.finding(finding, clauses);
            // Several findings are often about one frame, and that is shown once.
            if judged.findings.get(at + 1).is_none_or(|next| next.line != finding.line) {
                block.transcript(&judged.transcript, finding.line);
            }
        }
        if judged.findings.is_empty() && judged.verdict == Verdict::Broken {
            block.transcript(&judged.transcript, judged.transcript.len().checked_sub(1));
        }
        block.labelled("again", &self.rerun.certify(judged));
        block.labelled("case", &self.rerun.show(judged));
        block.0
    }

    fn list(&mut self, judged: &[Judged], verdict: Verdict) -> io::Result<()> {
        let row = |judged: &Judged| {
            let reason = clean(judged.reason.as_deref().unwrap_or_default());
            vec![
                verdict.name().to_owned(),
                judged.case.clone(),
                judged.profile.clone(),
                judged.client.clone(),
                reason,
            ]
        };
        let rows: Vec<_> = judged.iter().filter(|judged| judged.verdict == verdict).map(row).collect();
        for line in table::align(&rows, usize::MAX) {
            writeln!(self.out, "{line}")?;
        }
        if rows.is_empty() { Ok(()) } else { writeln!(self.out) }
    }

    fn last_line(&self, outcome: &Outcome<'_>) -> String {
        let style = Style::new().bold();
        let summary = &outcome.summary;
        let (word, style) = match summary.exit_status(self.strict) {
            0 => ("ok", style.green()),
            1 => ("failed", style.red()),
            _ => ("broken", style.red()),
        };
        let bad = bad(summary);
        let what = if bad.is_empty() { "nothing failed".to_owned() } else { bad };
        let (total, time) = (outcome.judged.len(), seconds(outcome.duration));
        format!("{}: {what}; {total} judged on {} in {time}", style.apply_to(word), outcome.target)
    }
}

/// The counts: a line for each profile, and one for all of them if there are several.
fn summary(outcome: &Outcome<'_>) -> Vec<String> {
    let counts = |name: &str, judged: &[&Judged]| {
        let summary: Summary = judged.iter().map(|judged| judged.verdict).collect();
        let time = judged.iter().map(|judged| judged.duration).sum();
        let mut row = vec![name.to_owned()];
        row.extend(Verdict::ALL.map(|verdict| summary.of(verdict).to_string()));
        row.push(seconds(time));
        row
    };
    let mut names: Vec<&str> = outcome.judged.iter().map(|judged| judged.profile.as_str()).collect();
    names.dedup();
    let mut head = vec!["profile".to_owned()];
    head.extend(Verdict::ALL.map(|verdict| match verdict {
        Verdict::NotApplicable => "n/a".to_owned(),
        other => other.name().to_owned(),
    }));
    // Cases run side by side, so this is more than what the clock on the wall says.
    head.push("case time".to_owned());
    let mut rows = vec![head];
    for name in &names {
        let of: Vec<&Judged> = outcome.judged.iter().filter(|judged| judged.profile == *name).collect();
        rows.push(counts(name, &of));
    }
    if names.len() != 1 {
        rows.push(counts("total", &outcome.judged.iter().collect::<Vec<_>>()));
    }
    table::align(&rows, 1)
}

fn seconds(duration: Duration) -> String {
    format!("{:.2} s", duration.as_secs_f64())
}

/// The text on one case.
struct Block(String);

impl Block {
    fn raw(&mut self, line: &str) {
        self.0.push_str(line);
        self.0.push('\n');
    }

    /// A label, and a text of perhaps several lines.
    fn labelled(&mut self, label: &str, text: &str) {
        let text = if text.is_empty() { "(nothing)" } else { text };
        for (at, line) in text.lines().enumerate() {
            let label = if at == 0 { label } else { "" };
            // Writing to a string cannot fail.
            _ = writeln!(self.0, "  {label:<10} {}", clean(line));
        }
    }

    fn clause(&mut self, id: &str, clauses: &Clauses) {
        match clauses.get(id) {
            Some(clause) => {
                self.labelled("clause", &format!("{id} ({}): {}", clause.level.name(), clause.text));
                self.labelled("", &format!("[{}, {}]", clause.source, clause.section));
            }
            None => self.labelled("clause", id),
        }
    }

    fn finding(&mut self, finding: &Finding, clauses: &Clauses) {
        if let Some(rule) = finding.rule {
            self.labelled("rule", rule);
        }
        for id in &finding.clauses {
            self.clause(id, clauses);
        }
        self.labelled("at", &finding.at);
        self.labelled("expected", &finding.expected);
        self.labelled("actual", &finding.actual);
    }

    /// The lines around the one that it is about, which is marked.
    fn transcript(&mut self, lines: &[String], about: Option<usize>) {
        let Some(about) = about else { return };
        let (before, after) = AROUND;
        let from = about.saturating_sub(before);
        for (at, line) in lines.iter().enumerate().take(about + after + 1).skip(from) {
            let label = if at == from { "transcript" } else { "" };
            let marker = if at == about { '>' } else { ' ' };
            self.labelled(label, &format!("{marker} {line}"));
        }
    }
}

/// A text of others as it may be shown: no control characters, which could tell a terminal what to do, and not too long.
fn clean(text: &str) -> String {
    let mut out = String::new();
    for (at, c) in text.chars().enumerate() {
        if at == WIDTH {
            _ = write!(out, "... ({} characters more)", text.chars().count() - WIDTH);
            break;
        }
        if c.is_control() {
            out.extend(c.escape_default());
        } else {
            out.push(c);
        }
    }
    out
}

#[cfg(test)]
mod test {
    use super::*;
    use crate::case::Level;
    use std::time::UNIX_EPOCH;

    fn judged(case: &str, profile: &str, verdict: Verdict) -> Judged {
        Judged {
            case: case.to_owned(),
            profile: profile.to_owned(),
            client: "wire".to_owned(),
            level: Level::Must,
            verdict,
            clauses: vec!["flow.simple".to_owned()],
            findings: Vec::new(),
            reason: None,
            duration: Duration::from_millis(120),
            transcript: (0..12).map(|number| format!("F {number} Query")).collect(),
        }
    }

    fn print(judged: &[Judged], left_out: &[Event<'_>], verbose: bool) -> String {
        let mut clauses = Clauses::default();
        let text = "source = \"A document\"\n[[clause]]\nid = \"flow.simple\"\nlevel = \"must\"\nsection = \"1.2 Flow\"\n\
                    text = \"It flows.\"\n";
        clauses.add("flow.toml", text).unwrap();
        let mut out = Vec::new();
        let mut terminal = Terminal::new(&mut out, "embedded", Rerun::default(), false, verbose);
        left_out.iter().for_each(|event| terminal.event(event));
        let outcome = Outcome {
            target: "embedded",
            started: UNIX_EPOCH,
            duration: Duration::from_millis(250),
            judged,
            summary: judged.iter().map(|judged| judged.verdict).collect(),
            clauses: &clauses,
        };
        terminal.finish(&outcome).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn a_failure() {
        let mut failed = judged("query/one", "ours", Verdict::Fail);
        failed.findings.push(Finding {
            rule: Some("ready-for-query.status"),
            clauses: vec!["flow.unknown".to_owned()],
            expected: "I, T or E".to_owned(),
            actual: "an \u{1b}[2J escape\nand a second line".to_owned(),
            at: "cases/query/one.case:4".to_owned(),
            line: Some(8),
        });
        let passed = judged("query/two", "theirs", Verdict::Pass);
        assert_eq!(
            print(&[failed, passed], &[], false),
            "\
FAIL query/one (ours, wire)
  clause     flow.simple (must): It flows.
             [A document, 1.2 Flow]
  rule       ready-for-query.status
  clause     flow.unknown
  at         cases/query/one.case:4
  expected   I, T or E
  actual     an \\u{1b}[2J escape
             and a second line
  transcript   F 2 Query
               F 3 Query
               F 4 Query
               F 5 Query
               F 6 Query
               F 7 Query
             > F 8 Query
               F 9 Query
               F 10 Query
               F 11 Query
  again      pgconform certify --profile ours --cases query/one
  case       pgconform show query/one

profile  pass  warn  fail  waived  stale-waiver  n/a  broken  case time
ours        0     0     1       0             0    0       0     0.12 s
theirs      1     0     0       0             0    0       0     0.12 s
total       1     0     1       0             0    0       0     0.24 s
failed: 1 fail; 2 judged on embedded in 0.25 s
"
        );
    }

    #[test]
    fn what_is_left_out() {
        let mut other = judged("query/one", "ours", Verdict::NotApplicable);
        other.reason = Some("it needs copy=full; the profile claims rejected".to_owned());
        let skipped = Event::ProfileSkipped { profile: "postgres", reason: "not played".to_owned() };
        let missing = Event::ClientMissing { client: "psql", reason: "no such program".to_owned() };
        let events = [skipped, missing];
        let counts = "\
profile  pass  warn  fail  waived  stale-waiver  n/a  broken  case time
ours        0     0     0       0             0    1       0     0.12 s
skipped profile  postgres  not played
missing client   psql      no such program
ok: nothing failed; 1 judged on embedded in 0.25 s
";
        assert_eq!(print(std::slice::from_ref(&other), &events, false), counts);
        let listed =
            "not-applicable  query/one  ours  wire  it needs copy=full; the profile claims rejected\n\n";
        assert_eq!(print(&[other], &events, true), format!("{listed}{counts}"));
    }

    #[test]
    fn long_lines_are_cut() {
        let long = "x".repeat(WIDTH + 7);
        assert_eq!(clean(&long), format!("{}... (7 characters more)", "x".repeat(WIDTH)));
    }
}
