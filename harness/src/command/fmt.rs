//! `fmt`: lays out case files.

use super::{Failure, Outcome, print};
use pgconform::case;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Lay out case files as they should be
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Change nothing; list the files that are laid out otherwise, and end with status 1 if there are any
    #[arg(long)]
    check: bool,
    /// Case files, or folders of them
    #[arg(default_value = "cases", value_name = "PATH")]
    paths: Vec<PathBuf>,
}

pub(crate) fn run(args: &Args) -> Outcome {
    let mut files = Vec::new();
    for path in &args.paths {
        find(path, &mut files)?;
    }
    files.sort();
    let mut otherwise = String::new();
    for file in &files {
        let text = fs::read_to_string(file).map_err(|error| at(file, &error))?;
        let formatted = case::format(&file.display().to_string(), &text).map_err(Failure::usage)?;
        if formatted != text {
            otherwise.push_str(&format!("{}\n", file.display()));
            if !args.check {
                fs::write(file, formatted).map_err(|error| at(file, &error))?;
            }
        }
    }
    print(&otherwise)?;
    Ok(ExitCode::from(u8::from(args.check && !otherwise.is_empty())))
}

/// Adds the case files at or below `path`; one that is named itself may be called anything.
fn find(path: &Path, files: &mut Vec<PathBuf>) -> Result<(), Failure> {
    if !fs::metadata(path).map_err(|error| at(path, &error))?.is_dir() {
        files.push(path.to_owned());
        return Ok(());
    }
    for entry in fs::read_dir(path).map_err(|error| at(path, &error))? {
        let below = entry.map_err(|error| at(path, &error))?.path();
        if below.is_dir() || below.extension().is_some_and(|extension| extension == "case") {
            find(&below, files)?;
        }
    }
    Ok(())
}

fn at(path: &Path, error: &std::io::Error) -> Failure {
    Failure::Usage(format!("{}: {error}", path.display()))
}
