//! `diff`: compares what two servers say.

use super::{Failure, Outcome, choice, print, run_to_end};
use pgconform::normalise::comparison::{Comparison, Snapshots, record};
use pgconform::runner::{Run, WIRE};
use pgconform::target::{Options, Target};
use pgconform::waiver::Waivers;
use pgconform_wire::profile::Profile;
use std::process::ExitCode;
use std::sync::Arc;

/// Compare two servers: play the same cases against both and show where their messages differ
///
/// What varies from run to run is masked. Whether either is right is not judged: that is what `certify` does.
/// Exit status: 0 they say the same; 1 they do not; 2 bad usage or an unreachable target.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// One server: as for `certify`
    left: String,
    /// The other
    right: String,
    /// What both claim to be: a built-in profile or a TOML file
    #[arg(long, value_name = "NAME|FILE")]
    profile: String,
    /// Only these cases: a glob over their ids, or a file or folder of cases
    #[arg(long, value_name = "GLOB|PATH")]
    cases: Vec<String>,
    /// How long a step of a case may take
    #[arg(long, value_name = "DURATION", default_value = "5s")]
    timeout: String,
    /// Print the counts by area only
    #[arg(long)]
    summary: bool,
}

pub(crate) fn run(args: &Args) -> Outcome {
    let profile = choice::profile(&args.profile)?;
    let (left, right) = (prepare(args, &args.left, &profile)?, prepare(args, &args.right, &profile)?);
    let (left, right) = run_to_end(async {
        let (_, left) = record(left).await?;
        let (_, right) = record(right).await?;
        Ok::<(Snapshots, Snapshots), pgconform::target::TargetError>((left, right))
    })?;
    let compared = Comparison::of(&left, &right);
    if !args.summary {
        for detail in compared.details(&args.left, &args.right) {
            print(&format!("{detail}\n\n"))?;
        }
    }
    print(&(compared.table(&args.left, &args.right).join("\n") + "\n"))?;
    if compared.cases.is_empty() {
        return Err(Failure::Usage("nothing was compared: no case applies".to_owned()));
    }
    Ok(ExitCode::from(u8::from(!compared.is_same())))
}

fn prepare(args: &Args, target: &str, profile: &Profile) -> Result<Run, Failure> {
    let target: Target = target.parse().map_err(Failure::usage)?;
    if let Some(why) = target.refuses(profile) {
        return Err(Failure::Usage(why));
    }
    let chosen = choice::cases(&args.cases)?;
    Ok(Run {
        jobs: choice::jobs(&target),
        target,
        options: Options::default(),
        profiles: vec![Arc::new(profile.clone())],
        cases: chosen.cases.into_iter().map(Arc::new).collect(),
        clauses: Arc::new(chosen.clauses),
        clients: vec![WIRE.to_owned()],
        waivers: Waivers::default(),
        limit: choice::duration(&args.timeout)?,
    })
}
