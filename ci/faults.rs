//! A rule that nothing can turn red proves nothing. Each fault of the reference server is switched on alone, and must turn
//! red the rules that it names; each rule must be named by a fault. That no rule is red without a fault is what the
//! conformance test shows. And each fault makes a certificate fail: that of the product whose engine misbehaves, and
//! PostgreSQL's where the protocol does.

use pgconform::case::Case;
use pgconform::clause::Clauses;
use pgconform::corpus::{self, Corpus};
use pgconform::rule;
use pgconform::runner::{self, Run};
use pgconform::target::{Options, Target};
use pgconform::verdict::{Judged, Verdict};
use pgconform::waiver::Waivers;
use pgconform_reference_server::fault::{self, Row};
use pgconform_wire::profile::Profile;
use pgconform_wire::profile::claims::Dialect;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

/// Where the faults are looked for: with every method of authentication, without TLS, and with it. The first of a dialect is
/// the one whose certificate is to fail.
const PROFILES: [(&str, Dialect); 4] = [
    ("postgres", Dialect::PostgreSql),
    ("spacetimedb-standalone", Dialect::SpacetimeDb),
    ("spacetimedb-cloud", Dialect::SpacetimeDb),
    ("cratedb", Dialect::CrateDb),
];

/// How long a server may take: little, because some faults are that nothing comes; and as long as it likes, to be sure.
const LIMITS: [Duration; 2] = [Duration::from_millis(150), Duration::from_millis(1500)];

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
async fn every_fault_turns_its_rules_red_and_fails_the_certificate() {
    let corpus = Corpus::embedded().expect("the embedded cases parse");
    let clauses = Arc::new(corpus.clauses);
    let profiles =
        PROFILES.map(|(name, dialect)| (Arc::new(corpus::profile(name).expect("a profile")), dialect));
    let applies =
        |case: &Case| profiles.iter().any(|(profile, _)| runner::unclaimed(case, profile).is_none());
    let cases = Arc::new(interleaved(corpus.cases.into_iter().filter(applies)));
    // Most of the time they wait for what a fault leaves out.
    let places = Arc::new(Semaphore::new(12));
    let mut tasks = JoinSet::new();
    for row in fault::ALL {
        let (clauses, places, cases) = (clauses.clone(), places.clone(), cases.clone());
        let profiles: Vec<_> = profiles
            .iter()
            .filter(|(_, dialect)| row.acts_on(*dialect))
            .map(|(profile, _)| profile.clone())
            .collect();
        tasks.spawn(async move {
            let _place = places.acquire_owned().await;
            (row.id, unseen(row, &profiles, &cases, &clauses).await)
        });
    }
    let mut unseen = BTreeMap::new();
    while let Some(done) = tasks.join_next().await {
        unseen.extend([done.expect("no case panics")].into_iter().filter(|(_, unseen)| !unseen.is_empty()));
    }
    assert!(unseen.is_empty(), "faults, and what they should do and did not: {unseen:#?}");
}

/// Plays cases until a fault has done all that it should: turned its rules red, and made a case of the first profile fail.
/// Returns what it did not do.
async fn unseen(
    row: &Row,
    profiles: &[Arc<Profile>],
    cases: &[Arc<Case>],
    clauses: &Arc<Clauses>,
) -> BTreeSet<&'static str> {
    const FAIL: &str = "fail a certificate";
    let mut unseen: BTreeSet<_> = row.rules.iter().copied().chain([FAIL]).collect();
    for (index, profile) in profiles.iter().enumerate() {
        for case in cases {
            if unseen.is_empty() {
                break;
            }
            let judged = play(profile, case, clauses, Some(row), LIMITS[0]).await;
            unseen.retain(|rule| !judged.findings.iter().any(|finding| finding.rule == Some(rule)));
            if index == 0 && judged.verdict == Verdict::Fail && unseen.contains(FAIL) {
                // Only the fault is to blame, and not that this machine is slow.
                let with = play(profile, case, clauses, Some(row), LIMITS[1]).await.verdict;
                let without = play(profile, case, clauses, None, LIMITS[1]).await.verdict;
                if with == Verdict::Fail && without != Verdict::Fail {
                    unseen.remove(FAIL);
                }
            }
        }
    }
    unseen
}

/// Plays a case against the reference server with this fault, or without any.
async fn play(
    profile: &Arc<Profile>,
    case: &Arc<Case>,
    clauses: &Arc<Clauses>,
    fault: Option<&Row>,
    limit: Duration,
) -> Judged {
    let run = Run {
        target: Target::Embedded,
        options: Options {
            faults: fault.map(|row| row.id.to_owned()).into_iter().collect(),
            ..Options::default()
        },
        profiles: Vec::new(),
        cases: Vec::new(),
        clauses: clauses.clone(),
        clients: Vec::new(),
        waivers: Waivers::default(),
        jobs: 1,
        limit,
    };
    runner::one(&run, profile, case, runner::WIRE).await.expect("a server").0
}

/// The wire cases, one of each subject in turn: most faults show in the first few. The subject is the area and the first word
/// of the name.
fn interleaved(cases: impl Iterator<Item = Case>) -> Vec<Arc<Case>> {
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    let mut ordered = Vec::new();
    for case in cases.filter(|case| case.clients.is_empty()) {
        let subject = case.id.split('-').next().unwrap_or_default().to_owned();
        let place = seen.entry(subject).or_default();
        *place += 1;
        ordered.push((*place, case));
    }
    ordered.sort_by_key(|(place, _)| *place);
    ordered.into_iter().map(|(_, case)| Arc::new(case)).collect()
}
