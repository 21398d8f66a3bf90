//! `certify`: judges a server.

use super::{Failure, Outcome, choice, run_to_end};
use pgconform::case::{Case, Tls};
use pgconform::corpus;
use pgconform::report::{self, FORMATS, Reporter, Rerun, Terminal};
use pgconform::runner::{self, Run};
use pgconform::target::{Options, Target};
use pgconform::tls;
use pgconform::verdict::{Judged, Summary};
use pgconform::waiver::Waivers;
use pgconform_wire::profile::Profile;
use std::io;
use std::num::NonZero;
use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::sync::Arc;
use std::time::{Instant, SystemTime};

/// Judge a server: play cases against it and say what it gets wrong
///
/// Without any argument: the embedded reference server, every built-in profile that it plays, every case, every client.
/// Exit status: 0 nothing failed; 1 something failed; 2 bad usage, an unreachable target, or a fault of our own.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// `embedded`, HOST:PORT, postgres://USER@HOST:PORT/DATABASE, command:FILE.toml, or container:IMAGE[:PORT]
    #[arg(default_value = "embedded")]
    target: String,
    /// What the server claims to be: a built-in profile or a TOML file
    #[arg(long, value_name = "NAME|FILE")]
    profile: Vec<String>,
    /// Only these cases: a glob over their ids, or a file or folder of cases
    #[arg(long, value_name = "GLOB|PATH")]
    cases: Vec<String>,
    /// Only these clients: `wire` is our own
    #[arg(long, value_name = "NAME")]
    client: Vec<String>,
    /// Known failures: a TOML file such as `pgconform waivers` begins
    #[arg(long, value_name = "FILE")]
    waivers: Option<PathBuf>,
    /// A warning fails the run too
    #[arg(long)]
    strict: bool,
    /// Log in as this user
    #[arg(long, value_name = "USER")]
    user: Option<String>,
    /// Log in with the password in this environment variable
    #[arg(long, value_name = "VAR")]
    password_env: Option<String>,
    /// Log in to this database
    #[arg(long, value_name = "DATABASE")]
    database: Option<String>,
    /// Trust only this authority (PEM); without it, any certificate will do
    #[arg(long, value_name = "FILE")]
    tls_ca: Option<PathBuf>,
    /// How many cases run at a time; on a server that is not ours to start, 1 unless told otherwise
    #[arg(long, value_name = "N")]
    jobs: Option<NonZero<usize>>,
    /// How long a step of a case may take
    #[arg(long, value_name = "DURATION", default_value = "5s")]
    timeout: String,
    /// Also write a report: json=PATH, or pcapng=PATH for Wireshark
    #[arg(long, value_name = "FORMAT=PATH")]
    report: Vec<String>,
    /// What the embedded server's process ids and keys come from
    #[arg(long, value_name = "N", default_value_t = 0)]
    seed: u64,
    /// A misbehaviour of the embedded server (see `pgconform faults`)
    #[arg(long, value_name = "NAME")]
    fault: Vec<String>,
    /// Also list the cases that are waived or do not apply, with the reasons
    #[arg(short, long)]
    verbose: bool,
}

pub(crate) fn run(args: &Args) -> Outcome {
    let (run, rerun) = prepare(args)?;
    let target = run.target.to_string();
    let clauses = run.clauses.clone();
    let mut reporters: Vec<Box<dyn Reporter>> =
        vec![Box::new(Terminal::new(io::stdout(), &target, rerun, args.strict, args.verbose))];
    for report in &args.report {
        reporters.push(open(report)?);
    }

    let (started, clock) = (SystemTime::now(), Instant::now());
    let mut tell =
        |event: runner::Event<'_>| reporters.iter_mut().for_each(|reporter| reporter.event(&event));
    let judged: Vec<Judged> = run_to_end(runner::run(run, &mut tell))?;
    let summary: Summary = judged.iter().map(|judged| judged.verdict).collect();
    let status = ExitCode::from(summary.exit_status(args.strict));
    let duration = clock.elapsed();
    let outcome =
        report::Outcome { target: &target, started, duration, judged: &judged, summary, clauses: &clauses };
    // The last is the terminal: a pipe that somebody closed keeps no file from being written.
    for reporter in reporters.iter_mut().rev() {
        match reporter.finish(&outcome) {
            Err(error) if error.kind() != io::ErrorKind::BrokenPipe => return Err(Failure::Output(error)),
            Ok(()) | Err(_) => {}
        }
    }
    if judged.is_empty() {
        return Err(Failure::Usage(
            "nothing was judged: no case is for these clients on these profiles".to_owned(),
        ));
    }
    Ok(status)
}

/// Everything that can be wrong with the command line is found here, before anything is run.
fn prepare(args: &Args) -> Result<(Run, Rerun), Failure> {
    let target: Target = args.target.parse().map_err(Failure::usage)?;
    let is_embedded = target == Target::Embedded;
    if !is_embedded && !args.fault.is_empty() {
        return Err(Failure::Usage(format!("--fault is for the embedded server, and not for {target}")));
    }
    if !is_embedded && args.profile.is_empty() {
        let built_in = corpus::profiles().join(", ");
        return Err(Failure::Usage(format!(
            "what does {target} claim to be? --profile FILE, or one of {built_in}"
        )));
    }
    let limit = choice::duration(&args.timeout)?;
    let profiles = choice::profiles(&args.profile)?;
    if !args.profile.is_empty() {
        // Asked for by name and not possible is no success. One of all of them is left out, and that is said.
        if let Some(why) = profiles.iter().find_map(|profile| target.refuses(profile)) {
            return Err(Failure::Usage(why));
        }
    }
    let chosen = choice::cases(&args.cases)?;
    let clients = choice::clients(&args.client)?;
    check_faults(&args.fault)?;
    let mut waivers = Waivers::default();
    if let Some(path) = &args.waivers {
        waivers.read(path).map_err(Failure::usage)?;
    }
    let options = Options {
        user: args.user.clone(),
        database: args.database.clone(),
        password: args.password_env.as_deref().map(password).transpose()?,
        authority: args.tls_ca.as_deref().map(authority).transpose()?,
        faults: args.fault.clone(),
        seed: args.seed,
    };
    let jobs = args.jobs.map_or_else(|| choice::jobs(&target), NonZero::get);
    let rerun = rerun(args, &profiles, &chosen.cases[..chosen.on_disk]);
    let run = Run {
        target,
        options,
        profiles: profiles.into_iter().map(Arc::new).collect(),
        cases: chosen.cases.into_iter().map(Arc::new).collect(),
        clauses: Arc::new(chosen.clauses),
        clients,
        waivers,
        jobs,
        limit,
    };
    Ok((run, rerun))
}

#[cfg(feature = "embedded")]
fn check_faults(names: &[String]) -> Result<(), Failure> {
    names.iter().try_for_each(|name| super::faults::named(name).map(|_| ()))
}

/// There is no server to have any: that is said when it is started.
#[cfg(not(feature = "embedded"))]
fn check_faults(_: &[String]) -> Result<(), Failure> {
    Ok(())
}

fn password(variable: &str) -> Result<String, Failure> {
    std::env::var(variable).map_err(|error| {
        let why = match error {
            std::env::VarError::NotPresent => "is not set",
            // The text of this error has the value in it.
            std::env::VarError::NotUnicode(_) => "is not UTF-8",
        };
        Failure::Usage(format!("--password-env: the variable {variable} {why}"))
    })
}

fn authority(path: &Path) -> Result<String, Failure> {
    let wrong = |why: &dyn std::fmt::Display| Failure::Usage(format!("--tls-ca {}: {why}", path.display()));
    let pem = std::fs::read_to_string(path).map_err(|error| wrong(&error))?;
    tls::connector(Some(&pem), &Tls::default()).map_err(|error| wrong(&error))?;
    Ok(pem)
}

/// The reporter that `--report FORMAT=PATH` asks for.
fn open(argument: &str) -> Result<Box<dyn Reporter>, Failure> {
    let formats = || FORMATS.iter().map(|format| format.name).collect::<Vec<_>>().join(", ");
    let Some((name, path)) = argument.split_once('=').filter(|(_, path)| !path.is_empty()) else {
        return Err(Failure::Usage(format!(
            "--report {argument}: it is FORMAT=PATH; formats: {}",
            formats()
        )));
    };
    let Some(format) = FORMATS.iter().find(|format| format.name == name) else {
        return Err(Failure::Usage(format!(
            "--report {argument}: no format `{name}`; formats: {}",
            formats()
        )));
    };
    (format.open)(Path::new(path)).map_err(|error| Failure::Usage(format!("--report {argument}: {error}")))
}

/// How to run one of the cases alone: what this command line says, without what chooses cases and reports.
fn rerun(args: &Args, profiles: &[Profile], on_disk: &[Case]) -> Rerun {
    let mut words = Vec::new();
    if args.target != "embedded" {
        words.push(args.target.clone());
    }
    let path = |path: &Option<PathBuf>| path.as_ref().map(|path| path.display().to_string());
    let options = [
        ("--user", args.user.clone()),
        ("--password-env", args.password_env.clone()),
        ("--database", args.database.clone()),
        ("--tls-ca", path(&args.tls_ca)),
        ("--waivers", path(&args.waivers)),
        ("--seed", (args.seed != 0).then(|| args.seed.to_string())),
    ];
    let faults = args.fault.iter().map(|fault| ("--fault", Some(fault.clone())));
    for (name, value) in options.into_iter().chain(faults) {
        words.extend(value.into_iter().flat_map(|value| [name.to_owned(), value]));
    }
    let mut rerun = Rerun::new(words);
    // Both in the same order: a name or a file for each.
    for (argument, profile) in args.profile.iter().zip(profiles) {
        rerun.profile(&profile.name, argument);
    }
    for case in on_disk {
        rerun.case(&case.id, &case.file);
    }
    rerun
}
