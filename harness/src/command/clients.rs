//! `clients`: who can speak to a server.

use super::{Listing, Outcome, print_json, print_table};
use pgconform::client;
use pgconform::runner::WIRE;
use serde_json::{Value, json};
use std::process::ExitCode;

/// List the clients, and why one cannot be used here
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    #[command(flatten)]
    listing: Listing,
}

pub(crate) fn run(args: &Args) -> Outcome {
    let ours = (WIRE, "Rust", Some(env!("CARGO_PKG_VERSION")), None);
    let real =
        client::all().iter().map(|client| (client.id, client.language, client.version(), client.missing()));
    let all = std::iter::once(ours).chain(real);
    if args.listing.json {
        let entry = |(id, language, version, missing): (_, _, Option<&str>, Option<&str>)| -> Value {
            json!({"id": id, "language": language, "version": version, "missing": missing})
        };
        print_json(&all.map(|client: (&str, &str, _, _)| entry(client)).collect::<Vec<_>>())?;
    } else {
        let rows = all.map(|(id, language, version, missing)| {
            let missing = missing.map(|why| format!("missing: {why}"));
            let state = missing.unwrap_or_else(|| version.unwrap_or_default().to_owned());
            vec![id.to_owned(), language.to_owned(), state]
        });
        print_table(&["client", "language", "version"], rows)?;
    }
    Ok(ExitCode::SUCCESS)
}
