//! The reference server as `postgres` says what PostgreSQL 18 says, byte for byte but for the masks: compared with
//! `snapshots/postgres`, which PostgreSQL 18 wrote.

use pgconform::normalise::MASKS;
use pgconform::normalise::comparison::{Compared, Comparison, record};
use pgconform::target::Target;
use pgconform_wire::{Kind, Side};
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use suite::{ROOT, kept, run_of};

mod suite;

/// The cases in which the reference server may differ, and how many they may be.
const EXCEPTIONS: &str = "snapshots/postgres/exceptions.toml";
const MOST_EXCEPTIONS: usize = 10;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Exceptions {
    #[serde(default)]
    exceptions: Vec<Exception>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Exception {
    case: String,
    reason: String,
}

fn exceptions() -> BTreeMap<String, String> {
    let text = std::fs::read_to_string(Path::new(ROOT).join(EXCEPTIONS)).expect(EXCEPTIONS);
    let read: Exceptions = toml::from_str(&text).unwrap_or_else(|error| panic!("{EXCEPTIONS}: {error}"));
    read.exceptions.into_iter().map(|exception| (exception.case, exception.reason)).collect()
}

#[test]
fn exceptions_are_few_and_have_reasons() {
    let exceptions = exceptions();
    assert!(exceptions.len() <= MOST_EXCEPTIONS, "{EXCEPTIONS}: more than {MOST_EXCEPTIONS}");
    for (case, reason) in &exceptions {
        assert!(!reason.trim().is_empty(), "{EXCEPTIONS}: {case} has no reason");
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn the_reference_server_says_what_postgresql_18_says() {
    let run = run_of("postgres", Target::Embedded, 4);
    if let Some(why) = run.target.refuses(&run.profiles[0]) {
        println!("skipped: {why}");
        return;
    }
    let said = kept("postgres", &run.cases);
    let (_, says) = record(run).await.expect("the reference server");
    let (ours, theirs) = ("embedded", "PostgreSQL 18");
    let mut compared = Comparison::of(&says, &said);
    let mut wrong = Vec::new();
    for case in exceptions().keys() {
        match compared.cases.remove(case) {
            Some(Compared::Same) => wrong.push(format!("{case}: {EXCEPTIONS} lists it, and it is the same")),
            None => wrong.push(format!("{case}: {EXCEPTIONS} lists it, and it is no case")),
            Some(Compared::Differs(_) | Compared::OnlyLeft | Compared::OnlyRight) => {}
        }
    }
    wrong.extend(compared.details(ours, theirs));
    println!("{}", compared.table(ours, theirs).join("\n"));
    assert!(wrong.is_empty(), "{}\n\n{}", wrong.join("\n\n"), compared.table(ours, theirs).join("\n"));
}

/// Messages that no server without GSSAPI, SSPI, Kerberos or replication sends or takes.
const OUT_OF_REACH: [Kind; 6] = [
    Kind::AuthenticationGSS,
    Kind::AuthenticationGSSContinue,
    Kind::AuthenticationKerberosV5,
    Kind::AuthenticationSSPI,
    Kind::CopyBothResponse,
    Kind::GSSResponse,
];

#[test]
fn every_message_appears_in_some_snapshot() {
    let run = run_of("postgres", Target::Embedded, 1);
    let mut seen = BTreeSet::new();
    for text in kept("postgres", &run.cases).values() {
        for line in text.lines().filter(|line| !line.starts_with(' ')) {
            let mut words = line.split(' ');
            if let (Some(side), Some(_), Some(name)) = (words.next(), words.next(), words.next()) {
                seen.insert((side.to_owned(), name.to_owned()));
            }
        }
    }
    let mut missing = Vec::new();
    for kind in Kind::ALL {
        for side in [Side::Frontend, Side::Backend] {
            let appears = seen.contains(&(side.letter().to_string(), kind.name().to_owned()));
            assert!(kind.sent_by(side) || !appears, "{} sent by {side:?}", kind.name());
            if OUT_OF_REACH.contains(kind) {
                assert!(!appears, "{}: it can be reached after all", kind.name());
            } else if kind.sent_by(side) && !appears {
                missing.push(format!("{} {}", side.letter(), kind.name()));
            }
        }
    }
    assert!(missing.is_empty(), "messages that no transcript of PostgreSQL 18 has: {missing:?}");
}

#[test]
fn every_mask_is_needed() {
    let run = run_of("postgres", Target::Embedded, 1);
    let snapshots = kept("postgres", &run.cases);
    let heads = snapshots.values().filter_map(|text| text.lines().next()?.strip_prefix("masked: "));
    let named: BTreeSet<&str> = heads.flat_map(|names| names.split(", ")).collect();
    for mask in MASKS {
        let name = format!("{}.{}", mask.kind.name(), mask.field);
        assert!(named.contains(name.as_str()), "{name}: no snapshot needs this mask");
    }
}
