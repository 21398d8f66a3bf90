//! `faults`: the misbehaviours of the reference server.

use super::{Failure, Listing, Outcome, print_json, print_table};
use pgconform_reference_server::fault::{ALL, Fault};
use serde_json::json;
use std::process::ExitCode;

/// List the misbehaviours that the reference server can be told to have
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    listing: Listing,
}

pub(crate) fn run(args: &Args) -> Outcome {
    if args.listing.json {
        let entry = |row: &_| {
            let pgconform_reference_server::fault::Row { id, rules, quirk_of, .. } = row;
            json!({"id": id, "rules": rules, "quirk_of": quirk_of})
        };
        print_json(&ALL.iter().map(entry).collect::<Vec<_>>())?;
    } else {
        let rows =
            ALL.iter().map(|row| vec![row.id.to_owned(), row.quirk_of.join(", "), row.rules.join(", ")]);
        print_table(&["fault", "quirk of", "turns red"], rows)?;
    }
    Ok(ExitCode::SUCCESS)
}

/// The fault that `--fault NAME` names.
pub(super) fn named(name: &str) -> Result<Fault, Failure> {
    Fault::named(name)
        .ok_or_else(|| Failure::Usage(format!("there is no fault `{name}` (`pgconform faults` lists them)")))
}
