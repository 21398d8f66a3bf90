//! Known failures, with their reasons. A waiver that no longer applies is a failure itself.

use crate::case::Level;
use crate::verdict::{Finding, Judged, Verdict};
use globset::{Glob, GlobMatcher};
use pgconform_wire::profile::Waiver;
use serde::Deserialize;
use std::fmt;
use std::path::Path;
use std::time::Duration;

/// The waivers of a run.
#[derive(Clone, Debug, Default)]
pub struct Waivers {
    entries: Vec<(Waiver, GlobMatcher)>,
}

/// Why waivers cannot be used.
#[derive(Debug)]
pub struct WaiverError(String);

impl fmt::Display for WaiverError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl std::error::Error for WaiverError {}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    #[serde(default, rename = "waivers")]
    waivers: Vec<toml::Spanned<Waiver>>,
}

impl Waivers {
    /// Those of a profile.
    pub fn of(waivers: &[Waiver]) -> Result<Self, WaiverError> {
        let mut all = Self::default();
        for waiver in waivers {
            all.add(waiver.clone()).map_err(WaiverError)?;
        }
        Ok(all)
    }

    /// Adds those of a file: `[[waivers]]` with `case`, `reason` and perhaps `client` and `link`.
    pub fn read(&mut self, path: &Path) -> Result<(), WaiverError> {
        let name = path.display();
        let text = std::fs::read_to_string(path).map_err(|error| WaiverError(format!("{name}: {error}")))?;
        let at = |offset: usize, message: &str| {
            let line = text[..offset.min(text.len())].matches('\n').count() + 1;
            WaiverError(format!("{name}:{line}: {}", message.replace('\n', " ")))
        };
        let file: File = toml::from_str(&text)
            .map_err(|error| at(error.span().map_or(0, |span| span.start), error.message()))?;
        for waiver in file.waivers {
            let start = waiver.span().start;
            self.add(waiver.into_inner()).map_err(|message| at(start, &message))?;
        }
        Ok(())
    }

    fn add(&mut self, waiver: Waiver) -> Result<(), String> {
        if waiver.reason.trim().is_empty() {
            return Err(format!("the waiver for `{}` needs a reason", waiver.case));
        }
        let glob = Glob::new(&waiver.case).map_err(|error| error.to_string())?.compile_matcher();
        self.entries.push((waiver, glob));
        Ok(())
    }

    /// Turns the verdict of a failure to `waived` where waivers cover all that is wrong, and that of a case which passes
    /// despite a waiver for it alone to `stale-waiver`. A glob may cover cases that pass, as long as one that it covers
    /// fails: see [`unused`](Self::unused).
    pub fn apply(&self, judged: &mut Judged) {
        let covering: Vec<&Waiver> = self.covering(judged).map(|(waiver, _)| waiver).collect();
        match judged.verdict {
            Verdict::Fail | Verdict::Warn => {
                let waives = |finding| covering.iter().find(|waiver| is_about(waiver, finding));
                let waived: Option<Vec<_>> = judged.findings.iter().map(waives).collect();
                if let Some(first) = waived.as_ref().and_then(|waived| waived.first()) {
                    let reason = first.reason.clone();
                    judged.verdict = Verdict::Waived;
                    judged.reason = Some(reason);
                }
            }
            Verdict::Pass => {
                if let Some(waiver) = covering.iter().find(|waiver| is_exact(&waiver.case)) {
                    judged.verdict = Verdict::StaleWaiver;
                    judged.reason = Some(format!("it passes, but a waiver says: {}", waiver.reason));
                }
            }
            _ => {}
        }
    }

    /// These and those of `other`.
    #[must_use]
    pub fn and(mut self, other: &Self) -> Self {
        self.entries.extend_from_slice(&other.entries);
        self
    }

    /// A `stale-waiver` for each glob that covers cases which ran on `profile`, and waived none of them.
    pub fn unused(&self, profile: &str, all: &[Judged]) -> Vec<Judged> {
        let stale = |(waiver, glob): &&(Waiver, GlobMatcher)| {
            let covered =
                || all.iter().filter(|judged| judged.profile == profile && covers(waiver, glob, judged));
            let ran = covered().any(|judged| judged.verdict != Verdict::NotApplicable);
            let waives = |judged: &Judged| judged.findings.iter().any(|finding| is_about(waiver, finding));
            let waived = covered().any(|judged| judged.verdict == Verdict::Waived && waives(judged));
            !is_exact(&waiver.case) && ran && !waived
        };
        let judged = |(waiver, _): &(Waiver, GlobMatcher)| Judged {
            case: waiver.case.clone(),
            profile: profile.to_owned(),
            client: waiver.client.clone().unwrap_or_else(|| "any".to_owned()),
            level: Level::Must,
            verdict: Verdict::StaleWaiver,
            clauses: Vec::new(),
            findings: Vec::new(),
            reason: Some(format!("no case that it covers fails, but a waiver says: {}", waiver.reason)),
            duration: Duration::ZERO,
            transcript: Vec::new(),
        };
        self.entries.iter().filter(stale).map(judged).collect()
    }

    fn covering(&self, judged: &Judged) -> impl Iterator<Item = &(Waiver, GlobMatcher)> {
        self.entries.iter().filter(move |(waiver, glob)| covers(waiver, glob, judged))
    }
}

fn covers(waiver: &Waiver, glob: &GlobMatcher, judged: &Judged) -> bool {
    glob.is_match(&judged.case) && waiver.client.as_ref().is_none_or(|client| *client == judged.client)
}

fn is_about(waiver: &Waiver, finding: &Finding) -> bool {
    waiver.rule.is_none() || waiver.rule.as_deref() == finding.rule
}

fn is_exact(case: &str) -> bool {
    !case.contains(['*', '?', '[', '{'])
}

#[cfg(test)]
mod test {
    use super::*;

    fn judged(verdict: Verdict, rules: &[Option<&'static str>]) -> Judged {
        let finding = |rule: &Option<&'static str>| Finding {
            rule: *rule,
            clauses: Vec::new(),
            expected: String::new(),
            actual: String::new(),
            at: String::new(),
            line: None,
        };
        Judged {
            case: "area/case".to_owned(),
            profile: "ours".to_owned(),
            client: "wire".to_owned(),
            level: Level::Must,
            verdict,
            clauses: Vec::new(),
            findings: rules.iter().map(finding).collect(),
            reason: None,
            duration: Duration::ZERO,
            transcript: Vec::new(),
        }
    }

    fn waived(case: &str, rule: Option<&str>, mut judged: Judged) -> (Verdict, usize) {
        let rule = rule.map(str::to_owned);
        let waiver = Waiver { case: case.to_owned(), client: None, rule, reason: "r".to_owned(), link: None };
        let waivers = Waivers::of(&[waiver]).unwrap();
        waivers.apply(&mut judged);
        (judged.verdict, waivers.unused("ours", &[judged]).len())
    }

    #[test]
    fn a_waiver_waives_what_it_is_about() {
        let fail = |rules: &[Option<&'static str>]| judged(Verdict::Fail, rules);
        assert_eq!(waived("area/*", None, fail(&[None])), (Verdict::Waived, 0));
        assert_eq!(waived("other/*", None, fail(&[None])), (Verdict::Fail, 0));
        assert_eq!(waived("*", Some("a.rule"), fail(&[Some("a.rule")])), (Verdict::Waived, 0));
        assert_eq!(waived("*", Some("a.rule"), fail(&[Some("a.rule"), None])), (Verdict::Fail, 1));
    }

    #[test]
    fn a_waiver_that_waives_nothing_is_stale() {
        let pass = || judged(Verdict::Pass, &[]);
        assert_eq!(waived("area/case", None, pass()), (Verdict::StaleWaiver, 0));
        assert_eq!(waived("area/*", None, pass()), (Verdict::Pass, 1));
        assert_eq!(waived("area/*", None, judged(Verdict::NotApplicable, &[])), (Verdict::NotApplicable, 0));
    }
}
