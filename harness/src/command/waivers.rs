//! `waivers`: begins a waiver file.

use super::{Failure, Outcome, print};
use pgconform::verdict::Verdict;
use serde::Deserialize;
use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::PathBuf;
use std::process::ExitCode;

/// Print a waiver for each failure in a JSON report, each asking for its reason
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// What `pgconform certify --report json=REPORT.json` wrote
    #[arg(value_name = "REPORT.json")]
    report: PathBuf,
}

/// What is needed of a report.
#[derive(Deserialize)]
struct Report {
    format: u32,
    results: Vec<Row>,
}

#[derive(Deserialize)]
struct Row {
    case: String,
    profile: String,
    client: String,
    verdict: String,
    rule: Option<String>,
    expected: Option<String>,
    actual: Option<String>,
}

pub(crate) fn run(args: &Args) -> Outcome {
    let wrong = |why: &dyn std::fmt::Display| Failure::Usage(format!("{}: {why}", args.report.display()));
    let text = std::fs::read_to_string(&args.report).map_err(|error| wrong(&error))?;
    let report: Report = serde_json::from_str(&text)
        .map_err(|error| wrong(&format_args!("no report of pgconform: {error}")))?;
    if report.format != 1 {
        return Err(wrong(&format_args!("format {}: this pgconform reads format 1", report.format)));
    }
    print(&waivers(&report))?;
    Ok(ExitCode::SUCCESS)
}

/// A waiver knows no profile, so the failures of a case with a client share one.
fn waivers(report: &Report) -> String {
    let mut failures: BTreeMap<(&str, &str), Vec<&Row>> = BTreeMap::new();
    for row in report.results.iter().filter(|row| row.verdict == Verdict::Fail.name()) {
        failures.entry((&row.case, &row.client)).or_default().push(row);
    }
    let mut out =
        String::from("# A waiver without a reason is refused: say why each failure is borne, or mend it.\n");
    for ((case, client), rows) in failures {
        out.push('\n');
        for row in rows {
            let rule = row.rule.as_ref().map(|rule| format!("{rule}: ")).unwrap_or_default();
            let [expected, actual] = [&row.expected, &row.actual].map(|text| one_line(text.as_deref()));
            // Writing to a string cannot fail.
            _ = writeln!(out, "# {}: {rule}expected {expected}; got {actual}", row.profile);
        }
        let [case, client] = [case, client].map(quoted);
        _ = write!(out, "[[waivers]]\ncase = {case}\nclient = {client}\nreason = \"\"\n");
    }
    out
}

/// A text as it may stand in a comment.
fn one_line(text: Option<&str>) -> String {
    text.unwrap_or("nothing").chars().map(|c| if c.is_control() { ' ' } else { c }).collect()
}

/// A TOML string: what JSON escapes, TOML reads.
fn quoted(text: &str) -> String {
    serde_json::Value::from(text).to_string()
}

#[cfg(test)]
mod test {
    use super::*;

    #[test]
    fn one_for_each_case_and_client() {
        let row = |case: &str, profile: &str, verdict: &str| Row {
            case: case.to_owned(),
            profile: profile.to_owned(),
            client: "wire".to_owned(),
            verdict: verdict.to_owned(),
            rule: None,
            expected: Some("this\nand that".to_owned()),
            actual: None,
        };
        let results = vec![
            row("b", "one", "fail"),
            row("a", "one", "pass"),
            row("b", "two", "fail"),
            row("c", "one", "warn"),
        ];
        let text = waivers(&Report { format: 1, results });
        let (_, waiver) = text.split_once("\n\n").unwrap();
        assert_eq!(
            waiver,
            "\
# one: expected this and that; got nothing
# two: expected this and that; got nothing
[[waivers]]
case = \"b\"
client = \"wire\"
reason = \"\"
"
        );
    }
}
