//! Where snapshots are, for the tests that compare with them.

// Each test takes what it needs.
#![allow(dead_code)]

use pgconform::case::Case;
use pgconform::corpus::{self, Corpus};
use pgconform::normalise::comparison::Snapshots;
use pgconform::runner::{Run, WIRE};
use pgconform::target::{Options, Target};
use pgconform::waiver::Waivers;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

/// The repository.
pub(crate) const ROOT: &str = env!("CARGO_MANIFEST_DIR");

/// The path of a case's snapshot below its profile's folder, without `.snap`.
pub(crate) fn snapshot_name(case: &Case, client: &str) -> String {
    let name = case.id.replace('#', ".");
    if client == WIRE { name } else { format!("{name}.{client}") }
}

/// Every file below a folder.
pub(crate) fn files_below(folder: &Path) -> Vec<PathBuf> {
    let Ok(entries) = std::fs::read_dir(folder) else { return Vec::new() };
    let paths = entries.flatten().map(|entry| entry.path());
    paths.flat_map(|path| if path.is_dir() { files_below(&path) } else { vec![path] }).collect()
}

/// A run of every case on one profile with our own client.
pub(crate) fn run_of(profile: &str, target: Target, jobs: usize) -> Run {
    let corpus = Corpus::embedded().unwrap_or_else(|error| panic!("{error}"));
    Run {
        target,
        options: Options::default(),
        profiles: vec![Arc::new(corpus::profile(profile).unwrap_or_else(|error| panic!("{error}")))],
        cases: corpus.cases.into_iter().map(Arc::new).collect(),
        clauses: Arc::new(corpus.clauses),
        clients: vec![WIRE.to_owned()],
        waivers: Waivers::default(),
        jobs,
        limit: Duration::from_secs(5),
    }
}

/// The snapshots that are kept of a profile, those of real clients left out.
pub(crate) fn kept(profile: &str, cases: &[Arc<Case>]) -> Snapshots {
    let folder = Path::new(ROOT).join("snapshots").join(profile);
    let read = |case: &Arc<Case>| {
        let path = folder.join(format!("{}.snap", snapshot_name(case, WIRE)));
        let text = std::fs::read_to_string(path).ok()?;
        // Behind insta's head, which stands between two lines of dashes.
        let (_, text) = text.strip_prefix("---\n")?.split_once("\n---\n")?;
        Some((case.id.clone(), text.to_owned()))
    };
    cases.iter().filter_map(read).collect()
}
