//! `clauses`: the statements that cases and rules stand on.

use super::{Failure, Listing, Outcome, print_json, print_table};
use pgconform::corpus::Corpus;
use pgconform::rule;
use serde_json::json;
use std::process::ExitCode;

/// List the normative statements that cases and rules stand on, and what covers each
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    listing: Listing,
}

pub(crate) fn run(args: &Args) -> Outcome {
    let corpus = Corpus::embedded().map_err(Failure::usage)?;
    let cases = |id: &str| -> Vec<&str> {
        let citing = corpus.cases.iter().filter(|case| case.clauses.iter().any(|clause| clause == id));
        citing.map(|case| case.id.as_str()).collect()
    };
    let rules = |id: &str| -> Vec<&str> {
        rule::ALL.iter().filter(|rule| rule.clauses.contains(&id)).map(|rule| rule.id).collect()
    };
    if args.listing.json {
        let entries = corpus.clauses.iter().map(|clause| {
            json!({
                "id": clause.id,
                "level": clause.level.name(),
                "source": clause.source,
                "section": clause.section,
                "text": clause.text,
                "cases": cases(&clause.id),
                "rules": rules(&clause.id),
                "untestable": clause.untestable,
            })
        });
        print_json(&entries.collect::<Vec<_>>())?;
    } else {
        let rows = corpus.clauses.iter().map(|clause| {
            let counts = [cases(&clause.id).len(), rules(&clause.id).len()];
            let [cases, rules] = counts.map(|count| count.to_string());
            vec![clause.id.clone(), clause.level.name().to_owned(), cases, rules, clause.text.clone()]
        });
        print_table(&["clause", "level", "cases", "rules", "text"], rows)?;
    }
    Ok(ExitCode::SUCCESS)
}
