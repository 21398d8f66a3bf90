//! A rule that nothing can turn red proves nothing. Each fault of the reference server is switched on alone, and must turn
//! red the rules that it names; each rule must be named by a fault. That no rule is red without a fault is what the
//! conformance test shows. And each fault that can be seen of PostgreSQL makes its certificate fail.

use pgconform::case::Case;
use pgconform::corpus::{self, Corpus};
use pgconform::rule;
use pgconform::runner::{self, Run};
use pgconform::target::{Options, Target};
use pgconform::verdict::Verdict;
use pgconform::waiver::Waivers;
use pgconform_reference_server::fault::{self, Row};
use pgconform_wire::profile::Profile;
use pgconform_wire::profile::claims::Dialect;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

/// Where the faults are looked for: without TLS, with it, and with every method of authentication.
const PROFILES: [&str; 3] = ["spacetimedb-standalone", "spacetimedb-cloud", "postgres"];

#[test]
fn every_rule_is_named_by_a_fault() {
    let named: BTreeSet<_> = fault::ALL.iter().flat_map(|row| row.rules).copied().collect();
    let rules: BTreeSet<_> = rule::ALL.iter().map(|rule| rule.id).collect();
    let without: Vec<_> = rules.difference(&named).collect();
    let unknown: Vec<_> = named.difference(&rules).collect();
    assert!(without.is_empty(), "rules that no fault turns red: {without:?}");
    assert!(unknown.is_empty(), "faults name rules that there are not: {unknown:?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn every_fault_turns_its_rules_red() {
    let harmless = each_fault(
        &PROFILES,
        |row| !row.rules.is_empty(),
        |run, profiles, cases, row| async move { green(&run, &profiles, &cases, row.rules).await },
    );
    let harmless: BTreeMap<_, _> =
        harmless.await.into_iter().filter(|(_, green)| !green.is_empty()).collect();
    assert!(harmless.is_empty(), "faults, and the rules that they did not turn red: {harmless:#?}");
}

#[tokio::test(flavor = "multi_thread")]
async fn every_fault_fails_the_certificate_of_postgres() {
    let acts = |row: &Row| row.acts_on(Dialect::PostgreSql);
    let failed = each_fault(&["postgres"], acts, |run, profiles, cases, _| async move {
        fails(&run, &profiles[0], &cases).await
    });
    let unseen: Vec<_> = failed.await.into_iter().filter(|(_, fails)| !fails).map(|(id, _)| id).collect();
    assert!(unseen.is_empty(), "faults that no case fails for: {unseen:?}");
}

/// Does something with the server of each fault that `wanted` wants, several at a time.
async fn each_fault<T, F>(
    profiles: &[&str],
    wanted: impl Fn(&Row) -> bool,
    act: impl Fn(Run, Arc<Vec<Arc<Profile>>>, Arc<Vec<Arc<Case>>>, &'static Row) -> F,
) -> BTreeMap<&'static str, T>
where
    F: Future<Output = T> + Send + 'static,
    T: Send + 'static,
{
    let corpus = Corpus::embedded().expect("the embedded cases parse");
    let clauses = Arc::new(corpus.clauses);
    let profile = |name: &&str| Arc::new(corpus::profile(name).expect("a profile"));
    let profiles: Arc<Vec<_>> = Arc::new(profiles.iter().map(profile).collect());
    let applies = |case: &Case| profiles.iter().any(|profile| runner::unclaimed(case, profile).is_none());
    let cases = Arc::new(interleaved(corpus.cases.into_iter().filter(applies)));
    let places = Arc::new(Semaphore::new(4));
    let mut tasks = JoinSet::new();
    for row in fault::ALL.iter().filter(|row| wanted(row)) {
        let options = Options { faults: vec![row.id.to_owned()], ..Options::default() };
        let run = Run {
            target: Target::Embedded,
            options,
            profiles: Vec::new(),
            cases: Vec::new(),
            clauses: clauses.clone(),
            clients: Vec::new(),
            waivers: Waivers::default(),
            jobs: 1,
            // Some faults are that nothing comes.
            limit: Duration::from_millis(150),
        };
        let (done, places) = (act(run, profiles.clone(), cases.clone(), row), places.clone());
        tasks.spawn(async move {
            let _place = places.acquire_owned().await;
            (row.id, done.await)
        });
    }
    let mut results = BTreeMap::new();
    while let Some(done) = tasks.join_next().await {
        results.extend([done.expect("no case panics")]);
    }
    results
}

/// Whether any case fails; one that is too late to answer does so with the fault, and without it.
async fn fails(run: &Run, profile: &Arc<Profile>, cases: &[Arc<Case>]) -> bool {
    for case in cases {
        let (judged, _) = runner::one(run, profile, case, runner::WIRE).await.expect("a server");
        if judged.verdict == Verdict::Fail && !falls_behind(run, profile, case).await {
            return true;
        }
    }
    false
}

/// Whether a case fails without a fault, too: because this machine is too slow for the limit.
async fn falls_behind(run: &Run, profile: &Arc<Profile>, case: &Arc<Case>) -> bool {
    let run = Run {
        target: run.target.clone(),
        options: Options::default(),
        profiles: Vec::new(),
        cases: Vec::new(),
        clauses: run.clauses.clone(),
        clients: Vec::new(),
        waivers: Waivers::default(),
        jobs: 1,
        limit: run.limit,
    };
    let (judged, _) = runner::one(&run, profile, case, runner::WIRE).await.expect("a server");
    judged.verdict == Verdict::Fail
}

/// Plays cases until all `rules` were red once; returns those that never were.
async fn green(
    run: &Run,
    profiles: &[Arc<Profile>],
    cases: &[Arc<Case>],
    rules: &[&'static str],
) -> BTreeSet<&'static str> {
    let mut green: BTreeSet<_> = rules.iter().copied().collect();
    for case in cases {
        for profile in profiles {
            let (judged, _) = runner::one(run, profile, case, runner::WIRE).await.expect("a server");
            green.retain(|rule| !judged.findings.iter().any(|finding| finding.rule == Some(rule)));
            if green.is_empty() {
                return green;
            }
        }
    }
    green
}

/// The wire cases, one of each area in turn: most faults show in the first few.
fn interleaved(cases: impl Iterator<Item = Case>) -> Vec<Arc<Case>> {
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    let mut ordered = Vec::new();
    for case in cases.filter(|case| case.clients.is_empty()) {
        let area = case.id.split('/').next().unwrap_or_default().to_owned();
        let place = seen.entry(area).or_default();
        *place += 1;
        ordered.push((*place, case));
    }
    ordered.sort_by_key(|(place, _)| *place);
    ordered.into_iter().map(|(_, case)| Arc::new(case)).collect()
}
