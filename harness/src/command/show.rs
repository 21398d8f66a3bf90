//! `show`: one case.

use super::{Failure, Outcome, choice, print};
use pgconform::corpus::Corpus;
use std::fmt::Write as _;
use std::path::Path;
use std::process::ExitCode;

/// Print a case and the clauses it stands on
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The case's id, or its file
    case: String,
}

pub(crate) fn run(args: &Args) -> Outcome {
    let (cases, clauses) = if Path::new(&args.case).is_file() {
        choice::cases(std::slice::from_ref(&args.case))?
    } else {
        let corpus = Corpus::embedded().map_err(Failure::usage)?;
        (corpus.cases, corpus.clauses)
    };
    // A file with a table holds several cases: its name stands for the first, as they have the text in common.
    let is_file = Path::new(&args.case).is_file();
    let named = |id: &str| {
        is_file || id == args.case || id.split_once('#').is_some_and(|(file, _)| file == args.case)
    };
    let Some(case) = cases.iter().find(|case| named(&case.id)) else {
        return Err(Failure::Usage(format!("no case `{}` (`pgconform list` lists them)", args.case)));
    };
    let mut text = case.source.clone();
    for id in &case.clauses {
        if let Some(clause) = clauses.get(id) {
            // Writing to a string cannot fail.
            _ = write!(text, "\n{id} ({}): {}\n", clause.level.name(), clause.text);
            _ = writeln!(text, "[{}, {}]", clause.source, clause.section);
        }
    }
    print(&text)?;
    Ok(ExitCode::SUCCESS)
}
