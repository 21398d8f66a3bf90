//! The `pgconform` program: reads the command line and hands over to one of the [commands](command).

mod command;

use clap::{Parser, Subcommand};
use command::{Failure, Outcome};
use std::io::{self, Write};
use std::process::ExitCode;

/// Tells whether a server speaks the PostgreSQL wire protocol the way it claims to.
#[derive(Parser)]
#[command(name = "pgconform", version, arg_required_else_help = true, disable_help_subcommand = true)]
struct Cli {
    #[command(subcommand)]
    command: Command,
}

#[derive(Subcommand)]
enum Command {
    Certify(Box<command::certify::Args>),
    List(command::list::Args),
    Show(command::show::Args),
    Fmt(command::fmt::Args),
    #[cfg(feature = "embedded")]
    Serve(command::serve::Args),
    #[cfg(feature = "embedded")]
    Token(command::token::Args),
    Diff(command::diff::Args),
    Waivers(command::waivers::Args),
    #[cfg(feature = "embedded")]
    Faults(command::faults::Args),
    Rules(command::rules::Args),
    Clauses(command::clauses::Args),
    Clients(command::clients::Args),
    Profiles(command::profiles::Args),
}

fn main() -> ExitCode {
    let ended = match Cli::try_parse() {
        Ok(cli) => run(cli.command),
        Err(error) => command::not_understood(&error),
    };
    match ended {
        Ok(status) => status,
        // Whoever read the output has seen enough of it.
        Err(Failure::Output(error)) if error.kind() == io::ErrorKind::BrokenPipe => ExitCode::SUCCESS,
        Err(failure) => {
            // If this cannot be written either, the status has to do.
            _ = writeln!(io::stderr(), "pgconform: {failure}");
            ExitCode::from(2)
        }
    }
}

fn run(command: Command) -> Outcome {
    match command {
        Command::Certify(args) => command::certify::run(&args),
        Command::List(args) => command::list::run(&args),
        Command::Show(args) => command::show::run(&args),
        Command::Fmt(args) => command::fmt::run(&args),
        #[cfg(feature = "embedded")]
        Command::Serve(args) => command::serve::run(&args),
        #[cfg(feature = "embedded")]
        Command::Token(args) => command::token::run(&args),
        Command::Diff(args) => command::diff::run(&args),
        Command::Waivers(args) => command::waivers::run(&args),
        #[cfg(feature = "embedded")]
        Command::Faults(args) => command::faults::run(&args),
        Command::Rules(args) => command::rules::run(&args),
        Command::Clauses(args) => command::clauses::run(&args),
        Command::Clients(args) => command::clients::run(&args),
        Command::Profiles(args) => command::profiles::run(&args),
    }
}
