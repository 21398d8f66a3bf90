//! `token`: a password for `serve`.

use super::{Failure, Outcome, choice, print};
use pgconform_reference_server::environment::Clock;
use pgconform_reference_server::token::{Authority, OWNER};
use pgconform_wire::profile::claims::Auth;
use std::process::ExitCode;

/// Print a development token, which `pgconform serve` accepts as a password
///
/// The key that signs it is public: a token protects nothing.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// The profile that is served
    #[arg(long, value_name = "NAME|FILE")]
    profile: Option<String>,
    /// Whose token it is
    #[arg(long, value_name = "SUBJECT", default_value = OWNER)]
    subject: String,
    /// How long it is good for
    #[arg(long, value_name = "DURATION", default_value = "1h")]
    expires_in: String,
}

pub(crate) fn run(args: &Args) -> Outcome {
    if let Some(name) = &args.profile {
        let profile = choice::profile(name)?;
        if !profile.claims.claims(Auth::Token) {
            return Err(Failure::Usage(format!("the profile `{}` takes no tokens", profile.name)));
        }
    }
    let now = Clock::System.now();
    // Whole seconds: what is not one yet counts as one.
    let life = choice::duration(&args.expires_in)?.as_millis().div_ceil(1000);
    let expires = u64::try_from(life).ok().and_then(|life| now.checked_add(life));
    let token = Authority::development().mint(&args.subject, now, expires);
    let token = token.ok_or_else(|| Failure::Usage("no token could be signed".to_owned()))?;
    print(&format!("{token}\n"))?;
    Ok(ExitCode::SUCCESS)
}
