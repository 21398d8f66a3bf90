//! The conformance test: every case file on every profile that the reference server plays, with every client that is
//! there. Each is judged, by its expectations and by the rules; and each is compared with its reviewed snapshot under
//! `snapshots/`, byte for byte. `cargo insta review` reviews what changed.

use insta::{Settings, assert_snapshot};
use pgconform::case::Case;
use pgconform::corpus::{self, Corpus};
use pgconform::runner::{self, Run, WIRE};
use pgconform::target::{Options, Target, embedded_credentials};
use pgconform::verdict::{Judged, Verdict};
use pgconform::waiver::Waivers;
use rstest::rstest;
use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::sync::{Arc, LazyLock};
use std::time::Duration;
use suite::{files_below, snapshot_name};

mod suite;

/// Set where every real client must be there, as in CI: then a missing one fails the tests.
const REQUIRE_CLIENTS: &str = "PGCONFORM_REQUIRE_CLIENTS";

/// The embedded cases; an error is every test's, and not only that of the one that came first.
fn corpus() -> &'static Corpus {
    static CORPUS: LazyLock<Result<Corpus, String>> =
        LazyLock::new(|| Corpus::embedded().map_err(|error| error.to_string()));
    CORPUS.as_ref().unwrap_or_else(|error| panic!("{error}"))
}

#[rstest]
fn conforms(#[files("cases/**/*.case")] file: PathBuf, #[files("cases/profiles/*.toml")] profile: PathBuf) {
    let file = relative(&file);
    let profile = profile.file_stem().expect("a file name").to_string_lossy().into_owned();
    let cases: Vec<_> = corpus().cases.iter().filter(|case| Path::new(&case.file) == file).collect();
    assert!(!cases.is_empty(), "{}: not among the embedded cases", file.display());
    for case in cases {
        for client in clients(case) {
            judge(&profile, case, client);
        }
    }
}

#[test]
fn every_snapshot_has_a_case() {
    let root = Path::new(env!("CARGO_MANIFEST_DIR")).join("snapshots");
    let mut known = BTreeSet::new();
    for profile in corpus::profiles() {
        let claims = corpus::profile(profile).expect("a built-in profile").claims;
        for case in corpus().cases.iter().filter(|case| case.needs.iter().all(|need| need.met_by(&claims))) {
            let all = pgconform::client::all().iter().map(|client| client.id).chain([WIRE]);
            for client in all.filter(|client| runner::plays(case, client)) {
                known.insert(format!("{profile}/{}.snap", snapshot_name(case, client)));
            }
        }
    }
    for found in files_below(&root) {
        let name = found.strip_prefix(&root).expect("below the root").to_string_lossy().into_owned();
        assert!(!name.ends_with(".snap") || known.contains(&name), "snapshots/{name}: no case makes it");
    }
}

#[test]
fn every_required_client_is_there() {
    for client in pgconform::client::all() {
        if let Some(reason) = client.missing() {
            println!("skipped: the client {}: {reason}", client.id);
            assert!(std::env::var_os(REQUIRE_CLIENTS).is_none(), "{} is required here: {reason}", client.id);
        }
    }
}

/// The clients that play `case` and are there.
fn clients(case: &Case) -> Vec<&'static str> {
    if case.clients.is_empty() {
        return vec![WIRE];
    }
    let mut found = Vec::new();
    for client in pgconform::client::all().iter().filter(|client| runner::plays(case, client.id)) {
        match client.missing() {
            None => found.push(client.id),
            Some(reason) => println!("skipped: {} with {}: {reason}", case.id, client.id),
        }
    }
    found
}

fn judge(profile: &str, case: &Case, client: &str) {
    let case = &Arc::new(case.clone());
    let profile = Arc::new(corpus::profile(profile).expect("a built-in profile"));
    let run = Run {
        target: Target::Embedded,
        options: Options::default(),
        profiles: Vec::new(),
        cases: Vec::new(),
        clauses: Arc::new(corpus().clauses.clone()),
        clients: Vec::new(),
        waivers: Waivers::default(),
        jobs: 1,
        limit: Duration::from_secs(10),
    };
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
    let one = runner::one(&run, &profile, case, client);
    let (judged, transcript) = runtime.block_on(one).expect("the embedded server starts");
    let bad =
        matches!(judged.verdict, Verdict::Fail | Verdict::Warn | Verdict::StaleWaiver | Verdict::Broken);
    assert!(!bad, "{}", explain(&judged));
    let Some(transcript) = transcript.filter(|_| judged.verdict != Verdict::NotApplicable) else { return };
    // A secret must not be in a snapshot, whatever it got into: an error message, a hexadecimal dump, a driver's words.
    let text = transcript.with_hex();
    for secret in embedded_credentials(&profile).passwords() {
        assert!(!text.contains(&secret), "{}: a secret is in the transcript", case.id);
    }
    // The snapshots of `postgres` are PostgreSQL 18's own words: `ci/postgres.rs` compares with them, under their masks.
    if profile.name == "postgres" {
        return;
    }
    let mut settings = Settings::clone_current();
    settings.set_prepend_module_to_snapshot(false);
    let path = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("snapshots")
        .join(&profile.name)
        .join(snapshot_name(case, client));
    settings.set_snapshot_path(path.parent().expect("a folder"));
    settings.set_description(case.title.clone());
    settings.set_input_file(&case.file);
    settings.set_omit_expression(true);
    let name = path.file_name().expect("a name").to_string_lossy().into_owned();
    settings.bind(|| assert_snapshot!(name, text));
}

fn explain(judged: &Judged) -> String {
    let mut text = format!("{} {} on {} with {}", judged.verdict, judged.case, judged.profile, judged.client);
    text.extend(judged.reason.iter().map(|reason| format!("\n  {reason}")));
    for finding in &judged.findings {
        let rule = finding.rule.map(|rule| format!(" (rule {rule})")).unwrap_or_default();
        text += &format!(
            "\n  {}{rule}\n    expected {}\n    actual   {}",
            finding.at, finding.expected, finding.actual
        );
    }
    for line in &judged.transcript {
        text += &format!("\n  | {line}");
    }
    text
}

fn relative(file: &Path) -> PathBuf {
    let root = Path::new(env!("CARGO_MANIFEST_DIR"));
    file.strip_prefix(root).unwrap_or(file).to_owned()
}
