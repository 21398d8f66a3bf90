//! How to run one case alone.

use crate::runner::WIRE;
use crate::verdict::Judged;
use std::collections::HashMap;

/// Knows the command of a run, and so those that are about one of its cases.
#[derive(Debug, Default)]
pub struct Rerun {
    words: Vec<String>,
    profiles: HashMap<String, String>,
    cases: HashMap<String, String>,
}

impl Rerun {
    /// `words` are those of the command line that say where and how, and not what: target, login, faults.
    pub fn new(words: Vec<String>) -> Self {
        Self { words, ..Self::default() }
    }

    /// The profile of this name is a file, or whatever else the command line called it by.
    pub fn profile(&mut self, name: &str, argument: &str) {
        self.profiles.insert(name.to_owned(), argument.to_owned());
    }

    /// The case with this id is not built in, but in a file.
    pub fn case(&mut self, id: &str, file: &str) {
        self.cases.insert(id.to_owned(), file.to_owned());
    }

    /// The command that runs the case alone.
    pub(super) fn certify(&self, judged: &Judged) -> String {
        let mut words: Vec<&str> = vec!["pgconform", "certify"];
        words.extend(self.words.iter().map(String::as_str));
        let profile = self.profiles.get(&judged.profile).unwrap_or(&judged.profile);
        words.extend(["--profile", profile, "--cases", self.named(judged)]);
        if judged.client != WIRE {
            words.extend(["--client", &judged.client]);
        }
        command(&words)
    }

    /// The command that shows it.
    pub(super) fn show(&self, judged: &Judged) -> String {
        command(&["pgconform", "show", self.named(judged)])
    }

    fn named<'j>(&'j self, judged: &'j Judged) -> &'j str {
        self.cases.get(&judged.case).unwrap_or(&judged.case)
    }
}

fn command(words: &[&str]) -> String {
    words.iter().map(|word| quoted(word)).collect::<Vec<_>>().join(" ")
}

/// A word as a shell takes it.
fn quoted(word: &str) -> String {
    let plain = |c: char| c.is_ascii_alphanumeric() || "-_./:=@#+,%".contains(c);
    if !word.is_empty() && !word.starts_with('#') && word.chars().all(plain) {
        word.to_owned()
    } else {
        format!("'{}'", word.replace('\'', r"'\''"))
    }
}

#[cfg(test)]
mod test {
    use super::*;
    use crate::case::Level;
    use crate::verdict::Verdict;
    use std::time::Duration;

    #[test]
    fn commands() {
        let mut judged = Judged {
            case: "query/one#row".to_owned(),
            profile: "ours".to_owned(),
            client: WIRE.to_owned(),
            level: Level::Must,
            verdict: Verdict::Fail,
            clauses: Vec::new(),
            findings: Vec::new(),
            reason: None,
            duration: Duration::ZERO,
            transcript: Vec::new(),
        };
        let mut rerun = Rerun::default();
        assert_eq!(rerun.certify(&judged), "pgconform certify --profile ours --cases query/one#row");
        rerun = Rerun::new(vec!["[::1]:5432".to_owned(), "--user".to_owned(), "it's me".to_owned()]);
        rerun.profile("ours", "my profiles/ours.toml");
        judged.client = "psql".to_owned();
        assert_eq!(
            rerun.certify(&judged),
            "pgconform certify '[::1]:5432' --user 'it'\\''s me' --profile 'my profiles/ours.toml' \
             --cases query/one#row --client psql"
        );
        assert_eq!(rerun.show(&judged), "pgconform show query/one#row");
        rerun.case("query/one#row", "here/one.case");
        assert_eq!(rerun.show(&judged), "pgconform show here/one.case");
    }
}
