//! The commands, one module each: what each is told on the command line, and its `run`.

pub(crate) mod certify;
mod choice;
pub(crate) mod clauses;
pub(crate) mod clients;
pub(crate) mod diff;
#[cfg(feature = "embedded")]
pub(crate) mod faults;
pub(crate) mod fmt;
pub(crate) mod list;
pub(crate) mod profiles;
pub(crate) mod rules;
#[cfg(feature = "embedded")]
pub(crate) mod serve;
pub(crate) mod show;
#[cfg(feature = "embedded")]
pub(crate) mod token;
pub(crate) mod waivers;

use clap::error::ErrorKind;
use pgconform::report::table;
use serde_json::Value;
use std::fmt::Display;
use std::io::{self, Write};
use std::process::ExitCode;

/// How a command ends.
pub(crate) type Outcome = Result<ExitCode, Failure>;

/// Why a command did not do what it was asked for: exit status 2.
#[derive(Debug)]
pub(crate) enum Failure {
    /// What was asked for cannot be done; why, in one line.
    Usage(String),
    /// The result cannot be written.
    Output(io::Error),
}

impl Failure {
    /// Whatever says why in one line.
    fn usage(why: impl Display) -> Self {
        Self::Usage(why.to_string())
    }
}

impl Display for Failure {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            // One line, whatever it quotes.
            Self::Usage(why) => f.write_str(&why.lines().map(str::trim).collect::<Vec<_>>().join(" ")),
            Self::Output(error) => write!(f, "cannot write the result: {error}"),
        }
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        Self::Output(error)
    }
}

/// What to do with a command line that is no command: print the help that it asks for, or say in one line what is wrong.
pub(crate) fn not_understood(error: &clap::Error) -> Outcome {
    let text = error.render().to_string();
    match error.kind() {
        ErrorKind::DisplayHelp | ErrorKind::DisplayVersion => {
            print(&text)?;
            Ok(ExitCode::SUCCESS)
        }
        ErrorKind::DisplayHelpOnMissingArgumentOrSubcommand => {
            _ = io::stderr().write_all(text.as_bytes());
            Ok(ExitCode::from(2))
        }
        _ => {
            // What follows is how to use it, in several lines: that is what --help is for.
            let why = text.split("\n\nUsage:").next().unwrap_or(&text);
            let why = why.split("\n\nFor more information").next().unwrap_or(why);
            let why = why.strip_prefix("error: ").unwrap_or(why);
            let paragraphs =
                why.split("\n\n").map(|text| text.split_whitespace().collect::<Vec<_>>().join(" "));
            let why = paragraphs.collect::<Vec<_>>().join("; ");
            Err(Failure::Usage(format!("{why} (see `pgconform --help`)")))
        }
    }
}

/// Prints a text on stdout.
fn print(text: &str) -> io::Result<()> {
    let mut out = io::stdout().lock();
    out.write_all(text.as_bytes())?;
    out.flush()
}

/// Prints rows in columns, below a line that names them.
fn print_table(head: &[&str], rows: impl IntoIterator<Item = Vec<String>>) -> io::Result<()> {
    let head = head.iter().map(|name| (*name).to_owned()).collect();
    let rows: Vec<Vec<String>> = std::iter::once(head).chain(rows).collect();
    let lines = table::align(&rows, usize::MAX);
    print(&(lines.join("\n") + "\n"))
}

/// Prints a list as JSON, an entry a line.
fn print_json(entries: &[Value]) -> io::Result<()> {
    let lines: Vec<String> = entries.iter().map(|entry| format!("  {entry}")).collect();
    let text = if lines.is_empty() { "[]\n".to_owned() } else { format!("[\n{}\n]\n", lines.join(",\n")) };
    print(&text)
}

/// Runs what may have started servers: they are stopped when it ends, and also when the program is told to end first.
fn run_to_end<T, E: Display>(work: impl Future<Output = Result<T, E>>) -> Result<T, Failure> {
    let runtime = tokio::runtime::Runtime::new().map_err(Failure::usage)?;
    runtime.block_on(async {
        let stop = stop()?;
        tokio::select! {
            done = work => done.map_err(Failure::usage),
            () = stop => Err(Failure::usage("interrupted")),
        }
    })
}

/// Ends when the program is asked to: by Ctrl-C, or by SIGTERM where there is such a thing.
#[cfg(unix)]
fn stop() -> Result<impl Future<Output = ()>, Failure> {
    use tokio::signal::unix::{SignalKind, signal};
    // From here on, so that none is missed.
    let mut interrupt = signal(SignalKind::interrupt()).map_err(Failure::usage)?;
    let mut terminate = signal(SignalKind::terminate()).map_err(Failure::usage)?;
    Ok(async move {
        tokio::select! {
            _ = interrupt.recv() => {}
            _ = terminate.recv() => {}
        }
    })
}

/// Ends when the program is asked to, by Ctrl-C.
#[cfg(not(unix))]
fn stop() -> Result<impl Future<Output = ()>, Failure> {
    Ok(async {
        // If it cannot be waited for, the server runs until it is killed.
        if tokio::signal::ctrl_c().await.is_err() {
            std::future::pending().await
        }
    })
}

/// The option of every command that lists something.
#[derive(Debug, clap::Args)]
pub(crate) struct Listing {
    /// Print JSON
    #[arg(long)]
    json: bool,
}
