//! The report for programs: stable, and versioned by its `format`.

use super::{Outcome, Reporter};
use crate::runner::Event;
use crate::verdict::{Judged, Summary, Verdict};
use serde::{Serialize, Serializer};
use std::io::{self, BufWriter, Write};
use std::time::Duration;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

/// The version of the format. Keys may be added without a new one; none is changed or taken away.
const FORMAT: u32 = 1;

/// Writes the report once the run is over.
pub(super) struct Json<W> {
    out: W,
}

impl<W> Json<W> {
    pub(super) fn new(out: W) -> Self {
        Self { out }
    }
}

#[derive(Serialize)]
struct Report<'r> {
    format: u32,
    tool: Tool,
    target: &'r str,
    started: String,
    duration_ms: u64,
    summary: Counts<'r>,
    results: Vec<Row<'r>>,
}

#[derive(Serialize)]
struct Tool {
    name: &'static str,
    version: &'static str,
}

struct Counts<'c>(&'c Summary);

impl Serialize for Counts<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_map(Verdict::ALL.map(|verdict| (verdict.name(), self.0.of(verdict))))
    }
}

/// A judged case. `rule`, `expected`, `actual` and `at` are of the gravest of its findings, null where there is none.
#[derive(Serialize)]
struct Row<'r> {
    case: &'r str,
    profile: &'r str,
    client: &'r str,
    level: &'static str,
    verdict: Verdict,
    clauses: &'r [String],
    rule: Option<&'static str>,
    expected: Option<&'r str>,
    actual: Option<&'r str>,
    at: Option<&'r str>,
    reason: Option<&'r str>,
    duration_ms: u64,
    transcript: &'r [String],
}

impl<'r> Row<'r> {
    fn new(judged: &'r Judged) -> Self {
        let finding = judged.findings.first();
        Self {
            case: &judged.case,
            profile: &judged.profile,
            client: &judged.client,
            level: judged.level.name(),
            verdict: judged.verdict,
            clauses: &judged.clauses,
            rule: finding.and_then(|finding| finding.rule),
            expected: finding.map(|finding| finding.expected.as_str()),
            actual: finding.map(|finding| finding.actual.as_str()),
            at: finding.map(|finding| finding.at.as_str()),
            reason: judged.reason.as_deref(),
            duration_ms: milliseconds(judged.duration),
            transcript: &judged.transcript,
        }
    }
}

fn milliseconds(duration: Duration) -> u64 {
    u64::try_from(duration.as_millis()).unwrap_or(u64::MAX)
}

impl<W: Write> Reporter for Json<W> {
    fn event(&mut self, _: &Event<'_>) {}

    fn finish(&mut self, outcome: &Outcome<'_>) -> io::Result<()> {
        // To the millisecond, as the durations are.
        let started = OffsetDateTime::from(outcome.started);
        let started = started.replace_millisecond(started.millisecond()).unwrap_or(started);
        let report = Report {
            format: FORMAT,
            tool: Tool { name: "pgconform", version: env!("CARGO_PKG_VERSION") },
            target: outcome.target,
            started: started.format(&Rfc3339).map_err(io::Error::other)?,
            duration_ms: milliseconds(outcome.duration),
            summary: Counts(&outcome.summary),
            results: outcome.judged.iter().map(Row::new).collect(),
        };
        let mut out = BufWriter::new(&mut self.out);
        serde_json::to_writer(&mut out, &report)?;
        writeln!(out)?;
        out.flush()
    }
}

#[cfg(test)]
mod test {
    use super::*;
    use crate::case::Level;
    use crate::clause::Clauses;
    use crate::verdict::Finding;
    use std::time::UNIX_EPOCH;

    #[test]
    fn the_format() {
        let finding = Finding {
            rule: Some("ready-for-query.status"),
            clauses: vec!["flow.ready".to_owned()],
            expected: "I, T or E".to_owned(),
            actual: "X".to_owned(),
            at: "cases/query/one.case:4".to_owned(),
            line: Some(0),
        };
        let failed = Judged {
            case: "query/one".to_owned(),
            profile: "ours".to_owned(),
            client: "wire".to_owned(),
            level: Level::Must,
            verdict: Verdict::Fail,
            clauses: vec!["flow.simple".to_owned()],
            findings: vec![finding],
            reason: None,
            duration: Duration::from_micros(2999),
            transcript: vec!["B 5 ReadyForQuery X".to_owned()],
        };
        let stale = Judged {
            case: "query/two".to_owned(),
            verdict: Verdict::StaleWaiver,
            level: Level::Should,
            findings: Vec::new(),
            reason: Some("it passes".to_owned()),
            ..failed.clone()
        };
        let judged = [failed, stale];
        let mut out = Vec::new();
        let outcome = Outcome {
            target: "embedded",
            started: UNIX_EPOCH + Duration::new(1_759_184_955, 1_999_999),
            duration: Duration::from_millis(7),
            judged: &judged,
            summary: judged.iter().map(|judged| judged.verdict).collect(),
            clauses: &Clauses::default(),
        };
        Json::new(&mut out).finish(&outcome).unwrap();
        let expected = [
            r#"{"format":1,"tool":{"name":"pgconform","version":""#,
            env!("CARGO_PKG_VERSION"),
            r#""},"target":"embedded","started":"2025-09-29T22:29:15.001Z","duration_ms":7,"#,
            r#""summary":{"pass":0,"warn":0,"fail":1,"waived":0,"stale-waiver":1,"not-applicable":0,"broken":0},"#,
            r#""results":[{"case":"query/one","profile":"ours","client":"wire","level":"must","verdict":"fail","#,
            r#""clauses":["flow.simple"],"rule":"ready-for-query.status","expected":"I, T or E","actual":"X","#,
            r#""at":"cases/query/one.case:4","reason":null,"duration_ms":2,"transcript":["B 5 ReadyForQuery X"]},"#,
            r#"{"case":"query/two","profile":"ours","client":"wire","level":"should","verdict":"stale-waiver","#,
            r#""clauses":["flow.simple"],"rule":null,"expected":null,"actual":null,"at":null,"reason":"it passes","#,
            r#""duration_ms":2,"transcript":["B 5 ReadyForQuery X"]}]}"#,
            "\n",
        ];
        assert_eq!(String::from_utf8(out).unwrap(), expected.concat());
    }
}
