//! `list`: the cases.

use super::{Listing, Outcome, choice, print_json, print_table};
use pgconform::runner;
use serde_json::json;
use std::process::ExitCode;

/// List the cases, and which apply to a profile
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// Whether each case applies to this profile
    #[arg(long, value_name = "NAME|FILE")]
    profile: Option<String>,
    /// Only these cases: a glob over their ids, or a file or folder of cases
    #[arg(long, value_name = "GLOB|PATH")]
    cases: Vec<String>,
    #[command(flatten)]
    listing: Listing,
}

pub(crate) fn run(args: &Args) -> Outcome {
    let profile = args.profile.as_deref().map(choice::profile).transpose()?;
    let choice::Chosen { cases, clauses, .. } = choice::cases(&args.cases)?;
    if args.listing.json {
        let entries = cases.iter().map(|case| {
            let mut entry = json!({
                "case": case.id,
                "file": case.file,
                "title": case.title,
                "level": case.level(&clauses).name(),
                "clauses": case.clauses,
                "needs": case.needs.iter().map(need).collect::<Vec<_>>(),
                "wild": case.wild,
                "clients": case.clients,
            });
            if let Some(profile) = &profile {
                let obstacle = runner::unclaimed(case, profile);
                entry["profile"] = json!(profile.name);
                entry["applicable"] = json!(obstacle.is_none());
                entry["reason"] = json!(obstacle);
            }
            entry
        });
        print_json(&entries.collect::<Vec<_>>())?;
    } else {
        let rows = cases.iter().map(|case| {
            let about = match &profile {
                None => case.title.clone(),
                Some(profile) => runner::unclaimed(case, profile).unwrap_or_else(|| "applies".to_owned()),
            };
            vec![case.id.clone(), case.level(&clauses).name().to_owned(), about]
        });
        let about = profile.as_ref().map_or("about", |profile| profile.name.as_str());
        print_table(&["case", "level", about], rows)?;
    }
    Ok(ExitCode::SUCCESS)
}

fn need(need: &pgconform::case::Need) -> String {
    format!("{}={}", need.capability, need.values.join("|"))
}
