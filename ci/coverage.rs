//! What the suite covers, and what it owes: clauses without cases, bugs seen in the wild without a case that names them.

use pgconform::case::Level;
use pgconform::corpus::{self, Corpus};
use pgconform::rule;
use pgconform::runner::unclaimed;
use std::collections::BTreeSet;

/// The product documents whose every clause must be covered, whatever its level.
const COMPLETE: [&str; 2] = ["cratedb.", "spacetimedb."];

/// The last number in the list of bugs seen in the wild; there is none that no case pins.
const LAST_WILD: u32 = 61;

fn corpus() -> Corpus {
    Corpus::embedded().expect("the embedded cases parse")
}

#[test]
fn every_must_and_every_promise_of_a_product_has_a_case() {
    let corpus = corpus();
    let cited: BTreeSet<_> = corpus.cases.iter().flat_map(|case| &case.clauses).collect();
    let owed: Vec<_> = corpus
        .clauses
        .iter()
        .filter(|clause| {
            clause.level == Level::Must || COMPLETE.iter().any(|product| clause.id.starts_with(product))
        })
        .filter(|clause| clause.untestable.is_none() && !cited.contains(&clause.id))
        .map(|clause| &clause.id)
        .collect();
    assert!(owed.is_empty(), "clauses without a case: {owed:#?}");
}

#[test]
fn every_bug_seen_in_the_wild_is_pinned_by_a_case() {
    let pinned: BTreeSet<_> = corpus().cases.into_iter().flat_map(|case| case.wild).collect();
    let listed: BTreeSet<_> = (1..=LAST_WILD).collect();
    let owed: Vec<_> = listed.difference(&pinned).collect();
    let unknown: Vec<_> = pinned.difference(&listed).collect();
    assert!(owed.is_empty(), "bugs that no case names: {owed:?}");
    assert!(unknown.is_empty(), "numbers that no bug has: {unknown:?}");
}

#[test]
fn rules_cite_clauses_that_there_are() {
    let corpus = corpus();
    for rule in rule::ALL.iter() {
        assert!(!rule.clauses.is_empty(), "{} cites no clause", rule.id);
        for clause in rule.clauses {
            assert!(corpus.clauses.get(clause).is_some(), "{}: there is no clause {clause}", rule.id);
        }
    }
}

#[test]
fn an_untestable_clause_is_not_tested() {
    let corpus = corpus();
    for case in &corpus.cases {
        for clause in case.clauses.iter().filter_map(|id| corpus.clauses.get(id)) {
            assert!(clause.untestable.is_none(), "{}: {} says that no test can reach it", case.id, clause.id);
        }
    }
}

#[test]
fn at_least_120_wire_cases_apply_to_each_spacetimedb_profile() {
    let corpus = corpus();
    for name in ["spacetimedb-standalone", "spacetimedb-cloud"] {
        let profile = corpus::profile(name).expect("a built-in profile");
        let applies = corpus
            .cases
            .iter()
            .filter(|case| case.clients.is_empty() && unclaimed(case, &profile).is_none())
            .filter(|case| case.level(&corpus.clauses) <= Level::Should);
        assert!(applies.count() >= 120, "{name}");
    }
}
