//! Known failures, with their reasons. A waiver that no longer applies is a failure itself.

use crate::case::Level;
use crate::verdict::{Judged, Verdict};
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

    /// Turns the verdict of a waived failure to `waived`, and that of a case which passes despite its waiver to
    /// `stale-waiver`. A glob may cover cases that pass, as long as one that it covers fails: see
    /// [`unused`](Self::unused).
    pub fn apply(&self, judged: &mut Judged) {
        let Some((waiver, _)) = self.covering(judged).next() else { return };
        match judged.verdict {
            Verdict::Fail | Verdict::Warn => {
                judged.verdict = Verdict::Waived;
                judged.reason = Some(waiver.reason.clone());
            }
            Verdict::Pass if is_exact(&waiver.case) => {
                judged.verdict = Verdict::StaleWaiver;
                judged.reason = Some(format!("it passes, but a waiver says: {}", waiver.reason));
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
            let waived = covered().any(|judged| judged.verdict == Verdict::Waived);
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

fn is_exact(case: &str) -> bool {
    !case.contains(['*', '?', '[', '{'])
}
