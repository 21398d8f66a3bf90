//! `show`: one case.

use super::{Failure, Outcome, print};
use pgconform::corpus::Corpus;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Print a case and the clauses it stands on
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The case's id, or its file
    case: String,
}

pub(crate) fn run(args: &Args) -> Outcome {
    let is_file = Path::new(&args.case).is_file();
    let Corpus { cases, clauses } =
        if is_file { Corpus::load(&[PathBuf::from(&args.case)]) } else { Corpus::embedded() }
            .map_err(Failure::usage)?;
    // The cases of a table have one text: whichever of them comes first stands for the file.
    let file = |id: &str| id.split_once('#').map_or(id, |(file, _)| file).to_owned();
    let named = |id: &str| is_file || id == args.case || file(id) == args.case;
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
