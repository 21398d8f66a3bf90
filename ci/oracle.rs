//! What PostgreSQL 18 says, compared with what it said: `snapshots/postgres`. `ci/record-postgres` records it anew.

use insta::{Settings, assert_snapshot};
use pgconform::normalise::comparison::record;
use pgconform::runner::WIRE;
use pgconform::target::Target;
use pgconform::verdict::Verdict;
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::path::Path;
use suite::{ROOT, files_below, run_of, snapshot_name};

mod suite;

/// Set where real servers must be there, as in CI. Elsewhere none is fetched behind anybody's back.
const REQUIRE: &str = "PGCONFORM_REQUIRE_ORACLES";

#[tokio::test(flavor = "multi_thread")]
async fn postgresql_18_says_what_it_said() {
    if std::env::var_os(REQUIRE).is_none() {
        println!("skipped: PostgreSQL 18 is asked only where {REQUIRE} is set");
        return;
    }
    let target = Path::new(ROOT).join("ci/targets/postgresql-18.toml");
    let target: Target = format!("command:{}", target.display()).parse().expect("a target");
    let run = run_of("postgres", target, 1);
    let cases = run.cases.clone();
    let (judged, snapshots) = record(run).await.expect("PostgreSQL 18");
    let mut wrong = Vec::new();
    for judged in &judged {
        if matches!(judged.verdict, Verdict::Fail | Verdict::StaleWaiver | Verdict::Broken) {
            wrong.push(format!("{} {}: certify says why", judged.verdict, judged.case));
        }
    }
    let folder = Path::new(ROOT).join("snapshots/postgres");
    let mut known = Vec::new();
    for case in &cases {
        let Some(text) = snapshots.get(&case.id) else { continue };
        let path = folder.join(snapshot_name(case, WIRE));
        known.push(path.with_file_name(format!("{}.snap", file_name(&path))));
        let mut settings = Settings::clone_current();
        settings.set_prepend_module_to_snapshot(false);
        settings.set_snapshot_path(path.parent().expect("a folder"));
        settings.set_description(case.title.clone());
        settings.set_input_file(&case.file);
        settings.set_omit_expression(true);
        // One that changed must not hide the others.
        let compared =
            catch_unwind(AssertUnwindSafe(|| settings.bind(|| assert_snapshot!(file_name(&path), text))));
        if compared.is_err() {
            wrong.push(format!("{}: it says something else than its snapshot", case.id));
        }
    }
    for file in files_below(&folder) {
        if file.extension().is_some_and(|extension| extension == "snap") && !known.contains(&file) {
            wrong.push(format!("{}: no case makes it", file.display()));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}

fn file_name(path: &Path) -> String {
    path.file_name().expect("a name").to_string_lossy().into_owned()
}
