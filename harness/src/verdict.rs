//! What a run says of a case.

use crate::case::Level;
use serde::Serialize;
use std::fmt;
use std::time::Duration;

/// The outcome of one case on one profile with one client.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// Every expectation and every rule is met.
    Pass,
    /// Something that should hold does not.
    Warn,
    /// Something that must hold does not.
    Fail,
    /// It fails, as a waiver says.
    Waived,
    /// A waiver says that it fails, and it does not.
    StaleWaiver,
    /// The server does not claim what the case needs, or the run cannot provide it.
    NotApplicable,
    /// The case could not be judged, and that is our own fault.
    Broken,
}

impl Verdict {
    /// Every verdict, in the order of summaries.
    pub const ALL: [Self; 7] = [
        Self::Pass,
        Self::Warn,
        Self::Fail,
        Self::Waived,
        Self::StaleWaiver,
        Self::NotApplicable,
        Self::Broken,
    ];

    /// Its name in reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::Pass => "pass",
            Self::Warn => "warn",
            Self::Fail => "fail",
            Self::Waived => "waived",
            Self::StaleWaiver => "stale-waiver",
            Self::NotApplicable => "not-applicable",
            Self::Broken => "broken",
        }
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// One case, judged.
#[derive(Clone, Debug)]
pub struct Judged {
    /// The case's id.
    pub case: String,
    /// The profile's name.
    pub profile: String,
    /// The client's name; `wire` for our own.
    pub client: String,
    /// How binding the case is.
    pub level: Level,
    /// The verdict.
    pub verdict: Verdict,
    /// The clauses that the case stands on.
    pub clauses: Vec<String>,
    /// What is wrong, the gravest first; nothing where nothing is.
    pub findings: Vec<Finding>,
    /// Why a case is not applicable, broken or waived.
    pub reason: Option<String>,
    /// How long it took.
    pub duration: Duration,
    /// What went over the wire, a line a frame, secrets masked.
    pub transcript: Vec<String>,
}

/// What is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The rule that is broken; none where an expectation of the case is not met.
    pub rule: Option<&'static str>,
    /// The clauses of that rule.
    pub clauses: Vec<String>,
    /// What should have come.
    pub expected: String,
    /// What came.
    pub actual: String,
    /// Where the case asks for it, as `file:line`.
    pub at: String,
    /// The line of the transcript that it is about, from 0.
    pub line: Option<usize>,
}

/// How many cases got which verdict.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Summary([usize; 7]);

impl Summary {
    /// Counts a verdict.
    pub fn count(&mut self, verdict: Verdict) {
        self.0[verdict as usize] += 1;
    }

    /// How often it was counted.
    pub fn of(&self, verdict: Verdict) -> usize {
        self.0[verdict as usize]
    }

    /// The exit status that the counts ask for: 0 nothing failed, 1 something did, 2 the suite itself is at fault.
    pub fn exit_status(&self, strict: bool) -> u8 {
        if self.of(Verdict::Broken) > 0 {
            2
        } else if self.of(Verdict::Fail) + self.of(Verdict::StaleWaiver) > 0
            || (strict && self.of(Verdict::Warn) > 0)
        {
            1
        } else {
            0
        }
    }
}

impl FromIterator<Verdict> for Summary {
    fn from_iter<T: IntoIterator<Item = Verdict>>(verdicts: T) -> Self {
        let mut summary = Self::default();
        for verdict in verdicts {
            summary.count(verdict);
        }
        summary
    }
}

#[cfg(test)]
mod test {
    use super::*;

    #[test]
    fn exit_statuses() {
        let status =
            |verdicts: &[Verdict], strict| verdicts.iter().copied().collect::<Summary>().exit_status(strict);
        assert_eq!(status(&[Verdict::Pass, Verdict::Waived, Verdict::NotApplicable], true), 0);
        assert_eq!(status(&[Verdict::Warn], false), 0);
        assert_eq!(status(&[Verdict::Warn], true), 1);
        assert_eq!(status(&[Verdict::Fail], false), 1);
        assert_eq!(status(&[Verdict::StaleWaiver], false), 1);
        assert_eq!(status(&[Verdict::Fail, Verdict::Broken], false), 2);
    }

    #[test]
    fn every_verdict_is_counted_in_its_place() {
        for (at, verdict) in Verdict::ALL.into_iter().enumerate() {
            assert_eq!(verdict as usize, at);
        }
    }
}
