//! `rules`: what holds for every transcript.

use super::{Listing, Outcome, print_json, print_table};
use pgconform::rule;
use serde_json::json;
use std::process::ExitCode;

/// List the rules that every conversation must satisfy
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    listing: Listing,
}

pub(crate) fn run(args: &Args) -> Outcome {
    if args.listing.json {
        let entry = |rule: &rule::Rule| json!({"id": rule.id, "clauses": rule.clauses, "faults": faults_against(rule.id)});
        print_json(&rule::ALL.iter().copied().map(entry).collect::<Vec<_>>())?;
    } else {
        let row = |rule: &rule::Rule| {
            vec![rule.id.to_owned(), rule.clauses.join(", "), faults_against(rule.id).join(", ")]
        };
        print_table(&["rule", "clauses", "turned red by"], rule::ALL.iter().copied().map(row))?;
    }
    Ok(ExitCode::SUCCESS)
}

/// The faults that turn the rule red.
#[cfg(feature = "embedded")]
fn faults_against(rule: &str) -> Vec<&'static str> {
    let all = pgconform_reference_server::fault::ALL.iter();
    all.filter(|row| row.rules.contains(&rule)).map(|row| row.id).collect()
}

/// The faults that turn the rule red: none where there is no server to have them.
#[cfg(not(feature = "embedded"))]
fn faults_against(_: &str) -> Vec<&'static str> {
    Vec::new()
}
