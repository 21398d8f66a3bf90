//! `profiles`: the built-in profiles, and the vocabulary that a profile is written in.

use super::{Failure, Listing, Outcome, print, print_json, print_table};
use pgconform::corpus;
use pgconform_wire::profile::claims::VOCABULARY;
use serde_json::{Map, json};
use std::process::ExitCode;

/// List the built-in profiles, and what a profile can claim
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    listing: Listing,
}

pub(crate) fn run(args: &Args) -> Outcome {
    let mut profiles = Vec::new();
    for name in corpus::profiles() {
        profiles.push(corpus::profile(name).map_err(Failure::usage)?);
    }
    if args.listing.json {
        let entries = profiles.iter().map(|profile| {
            let claims = VOCABULARY.iter().map(|entry| {
                let values = profile.claims.values(entry.name);
                let one = (!entry.many).then(|| json!(values.first()));
                (entry.name.to_owned(), one.unwrap_or_else(|| json!(values)))
            });
            json!({
                "id": profile.name,
                "summary": profile.summary,
                "extends": profile.extends,
                "played": profile.server.is_some(),
                "claims": claims.collect::<Map<_, _>>(),
            })
        });
        print_json(&entries.collect::<Vec<_>>())?;
    } else {
        let rows = profiles.iter().map(|profile| {
            let played = if profile.server.is_some() { "yes" } else { "no" };
            vec![profile.name.clone(), played.to_owned(), profile.summary.clone()]
        });
        print_table(&["profile", "played", "summary"], rows)?;
        print("\n")?;
        let rows = VOCABULARY.iter().map(|entry| {
            let separator = if entry.many { ", " } else { " | " };
            vec![entry.name.to_owned(), entry.values.join(separator), entry.about.trim().to_owned()]
        });
        print_table(&["capability", "values", "about"], rows)?;
    }
    Ok(ExitCode::SUCCESS)
}
