//! What the command line names: profiles, cases, clients, durations.

use super::Failure;
use pgconform::case::Case;
use pgconform::clause::Clauses;
use pgconform::client;
use pgconform::corpus::{self, Corpus};
use pgconform::runner::WIRE;
use pgconform::target::Target;
use pgconform_wire::profile::Profile;
use std::collections::BTreeSet;
use std::num::NonZero;
use std::path::{Path, PathBuf};
use std::thread::available_parallelism;
use std::time::Duration;

/// The profile that `--profile NAME|FILE` names.
pub(super) fn profile(argument: &str) -> Result<Profile, Failure> {
    let is_built_in = corpus::profiles().contains(&argument);
    let looks_like_a_file = argument.contains(['/', '\\']) || argument.ends_with(".toml");
    let path = Path::new(argument);
    if !is_built_in && (looks_like_a_file || path.is_file()) {
        return corpus::profile_file(path).map_err(Failure::usage);
    }
    if !is_built_in {
        let built_in = corpus::profiles().join(", ");
        return Err(Failure::Usage(format!("no profile `{argument}`: one of {built_in}, or a file")));
    }
    corpus::profile(argument).map_err(Failure::usage)
}

/// The profiles named; every built-in one if none is.
pub(super) fn profiles(arguments: &[String]) -> Result<Vec<Profile>, Failure> {
    let built_in = || corpus::profiles().into_iter().map(str::to_owned).collect();
    let names = if arguments.is_empty() { built_in() } else { arguments.to_vec() };
    let mut found: Vec<Profile> = Vec::new();
    for name in &names {
        let profile = profile(name)?;
        if found.iter().any(|known| known.name == profile.name) {
            return Err(Failure::Usage(format!(
                "two profiles are called `{}`: reports could not tell them apart",
                profile.name
            )));
        }
        found.push(profile);
    }
    Ok(found)
}

/// Cases, and the clauses they stand on.
pub(super) struct Chosen {
    /// The cases: those on disk, and then those built in.
    pub(super) cases: Vec<Case>,
    /// How many of them are on disk.
    pub(super) on_disk: usize,
    /// The clauses.
    pub(super) clauses: Clauses,
}

/// The cases that `--cases GLOB|PATH` names: what exists on disk is a path, all else a glob over the ids of the built-in
/// cases. All of these if nothing is named.
pub(super) fn cases(arguments: &[String]) -> Result<Chosen, Failure> {
    let exists = |argument: &&String| Path::new(argument).exists();
    let (paths, globs): (Vec<&String>, Vec<&String>) = arguments.iter().partition(exists);
    if let Some(absent) = globs.iter().find(|glob| glob.ends_with(".case") && !glob.contains('*')) {
        return Err(Failure::Usage(format!("{absent}: there is no such file")));
    }
    let mut chosen = if paths.is_empty() {
        Chosen { cases: Vec::new(), on_disk: 0, clauses: Clauses::default() }
    } else {
        let paths: Vec<PathBuf> = paths.into_iter().map(PathBuf::from).collect();
        let Corpus { cases, clauses } = Corpus::load(&paths).map_err(Failure::usage)?;
        if cases.is_empty() {
            let paths: Vec<String> = paths.iter().map(|path| path.display().to_string()).collect();
            return Err(Failure::Usage(format!("no case in {}", paths.join(", "))));
        }
        Chosen { on_disk: cases.len(), cases, clauses }
    };
    if arguments.is_empty() || !globs.is_empty() {
        let corpus = Corpus::embedded().map_err(Failure::usage)?;
        let globs: Vec<String> = globs.into_iter().cloned().collect();
        let selected = corpus.select(&globs).map_err(Failure::Usage)?;
        // Of two cases with one id, the one on disk is the one at hand.
        let on_disk: BTreeSet<String> = chosen.cases.iter().map(|case| case.id.clone()).collect();
        chosen.cases.extend(selected.into_iter().filter(|case| !on_disk.contains(&case.id)).cloned());
        // What is loaded from disk has the built-in clauses too.
        if on_disk.is_empty() {
            chosen.clauses = corpus.clauses;
        }
    }
    Ok(chosen)
}

/// The clients that `--client NAME` names; our own and every real one if none is.
pub(super) fn clients(arguments: &[String]) -> Result<Vec<String>, Failure> {
    let all: Vec<&str> = std::iter::once(WIRE).chain(client::all().iter().map(|client| client.id)).collect();
    for name in arguments {
        if !all.contains(&name.as_str()) {
            return Err(Failure::Usage(format!("no client `{name}`: one of {}", all.join(", "))));
        }
        // Asked for by name and not there is no success. One of all of them is left out, and that is said.
        if let (true, Some(why)) = (name != WIRE, client::missing(name)) {
            return Err(Failure::Usage(format!("the client {name} is missing: {why}")));
        }
    }
    let names: Vec<&str> =
        if arguments.is_empty() { all } else { arguments.iter().map(String::as_str).collect() };
    let unique: BTreeSet<&str> = names.iter().copied().collect();
    Ok(unique.into_iter().map(str::to_owned).collect())
}

/// How many cases run at a time, unless told otherwise. Most of a case is waiting, so that a core carries several; on a
/// server that all cases share, each has it for itself.
pub(super) fn jobs(target: &Target) -> usize {
    if *target == Target::Embedded { available_parallelism().map_or(1, NonZero::get) * 12 } else { 1 }
}

/// `200ms`, `5s`, `10m`, `1h`, `30d`.
pub(super) fn duration(text: &str) -> Result<Duration, Failure> {
    let end = text.bytes().position(|byte| !byte.is_ascii_digit()).unwrap_or(text.len());
    let (number, unit) = text.split_at(end);
    let milliseconds: u64 = match unit {
        "ms" => 1,
        "s" => 1000,
        "m" => 60 * 1000,
        "h" => 60 * 60 * 1000,
        "d" => 24 * 60 * 60 * 1000,
        _ => 0,
    };
    let duration = number.parse::<u64>().ok().and_then(|number| number.checked_mul(milliseconds));
    duration
        .filter(|duration| *duration > 0)
        .map(Duration::from_millis)
        .ok_or_else(|| Failure::Usage(format!("`{text}` is no duration such as 200ms, 5s, 10m, 1h or 30d")))
}

#[cfg(test)]
mod test {
    use super::*;

    #[test]
    fn durations() {
        assert_eq!(duration("200ms").unwrap(), Duration::from_millis(200));
        assert_eq!(duration("5s").unwrap(), Duration::from_secs(5));
        assert_eq!(duration("2m").unwrap(), Duration::from_secs(120));
        assert_eq!(duration("1h").unwrap(), Duration::from_secs(3600));
        assert_eq!(duration("1d").unwrap(), Duration::from_secs(86_400));
        for wrong in [
            "",
            "5",
            "s",
            "0s",
            "-1s",
            "+1s",
            "1.5s",
            "1 s",
            "1w",
            "99999999999999999999s",
            "9999999999999999999d",
        ] {
            let Failure::Usage(why) = duration(wrong).unwrap_err() else { panic!("{wrong}") };
            assert!(why.starts_with(&format!("`{wrong}` is no duration")), "{why}");
        }
    }
}
