//! `serve`: runs the reference server.

use super::{Failure, Outcome, choice, print, stop};
use pgconform_reference_server::environment::Clock;
use pgconform_reference_server::fault::{self, Fault};
use pgconform_reference_server::server::Server;
use pgconform_reference_server::shell::{Host, Observer};
use pgconform_reference_server::tls::Tls;
use pgconform_wire::profile::Profile;
use pgconform_wire::trace::{self, Secrets};
use pgconform_wire::{Framer, Side};
use std::io::{self, Write};
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use tokio::net::TcpListener;

/// Serve a profile: a server that behaves, or misbehaves, as told
///
/// Its databases are in memory. It accepts what `pgconform token` prints as a password.
#[derive(Debug, clap::Args)]
pub(crate) struct Args {
    /// What to be: a built-in profile or a TOML file
    #[arg(long, value_name = "NAME|FILE")]
    profile: String,
    /// HOST:PORT to listen on; without it, the profile's own port on 127.0.0.1
    #[arg(long, value_name = "ADDR")]
    listen: Option<String>,
    /// A misbehaviour (see `pgconform faults`)
    #[arg(long, value_name = "NAME")]
    fault: Vec<String>,
    /// Misbehave in every way in which the real product is known to
    #[arg(long)]
    quirks: bool,
    /// Print every message on stderr, decoded, without secrets
    #[arg(long, value_name = "WHAT")]
    log: Option<Log>,
    /// Write the certificate of the throw-away authority that clients have to trust (PEM)
    #[arg(long, value_name = "FILE")]
    tls_ca_out: Option<PathBuf>,
}

/// What can be logged.
#[derive(Clone, Copy, Debug, clap::ValueEnum)]
enum Log {
    /// Every message.
    Transcript,
}

pub(crate) fn run(args: &Args) -> Outcome {
    let profile = choice::profile(&args.profile)?;
    let server = Server::new(&profile, faults(args, &profile)?).map_err(Failure::usage)?;
    let address = address(args, &profile)?;
    let tls = server.tls().map(Tls::fresh).transpose().map_err(Failure::usage)?;
    match (&tls, &args.tls_ca_out) {
        (Some(tls), Some(path)) => {
            let wrong = |error| Failure::Usage(format!("--tls-ca-out {}: {error}", path.display()));
            std::fs::write(path, &tls.authority).map_err(wrong)?;
        }
        (Some(_), None) => note("TLS with a throw-away authority: --tls-ca-out FILE writes its certificate"),
        (None, Some(_)) => {
            return Err(Failure::Usage(format!("--tls-ca-out: the profile `{}` has no TLS", profile.name)));
        }
        (None, None) => {}
    }
    let host = Arc::new(Host::new(Arc::new(server), tls, Clock::System, None));
    let runtime = tokio::runtime::Runtime::new().map_err(Failure::usage)?;
    runtime.block_on(serve(host, &address, args.log))
}

/// Those named, and with `--quirks` those that the product has whose dialect the profile speaks.
fn faults(args: &Args, profile: &Profile) -> Result<Vec<Fault>, Failure> {
    let mut faults =
        args.fault.iter().map(|name| super::faults::named(name)).collect::<Result<Vec<_>, _>>()?;
    if args.quirks {
        let products = profile.claims.values("dialect");
        let quirks =
            fault::ALL.iter().filter(|row| row.quirk_of.iter().any(|product| products.contains(product)));
        faults.extend(quirks.map(|row| row.fault));
    }
    Ok(faults)
}

fn address(args: &Args, profile: &Profile) -> Result<String, Failure> {
    let port = profile.server.as_ref().and_then(|server| server.port);
    match (&args.listen, port) {
        (Some(address), _) => Ok(address.clone()),
        (None, Some(port)) => Ok(format!("127.0.0.1:{port}")),
        (None, None) => {
            Err(Failure::Usage(format!("`{}` listens only when told where: --listen ADDR", profile.name)))
        }
    }
}

/// Serves until it is told to stop.
async fn serve(host: Arc<Host>, address: &str, log: Option<Log>) -> Outcome {
    let wrong = |error: io::Error| Failure::Usage(format!("cannot listen on {address}: {error}"));
    let listener = TcpListener::bind(address).await.map_err(wrong)?;
    let bound = listener.local_addr().map_err(wrong)?;
    let stop = stop()?;
    if !bound.ip().is_loopback() {
        note("the key of development tokens is public: whoever reaches this address can log in");
    }
    print(&format!("listening on {bound}\n"))?;
    let connections = AtomicUsize::new(0);
    let observe = || -> Box<dyn Observer> {
        match log {
            Some(Log::Transcript) => Box::new(Printer::new(connections.fetch_add(1, Ordering::Relaxed) + 1)),
            None => Box::new(()),
        }
    };
    tokio::select! {
        ended = host.serve(listener, observe) => ended.map_err(Failure::usage)?,
        () = stop => {}
    }
    Ok(ExitCode::SUCCESS)
}

/// Prints what goes over one connection.
struct Printer {
    number: usize,
    framer: Framer,
}

impl Printer {
    fn new(number: usize) -> Self {
        Self { number, framer: Framer::default() }
    }

    fn line(&self, line: &str) {
        note(&format!("[{}] {line}", self.number));
    }

    fn lines(&self, lines: &[String]) {
        lines.iter().for_each(|line| self.line(line));
    }
}

impl Observer for Printer {
    fn bytes(&mut self, from: Side, bytes: &[u8]) {
        let mut lines = Vec::new();
        self.framer.push(from, bytes, |frame| lines.push(trace::line(frame, Secrets::Mask)));
        self.lines(&lines);
    }

    fn tls(&mut self, outcome: Result<&str, &str>) {
        match outcome {
            Ok(version) => self.line(&format!("- {version}")),
            Err(why) => self.line(&format!("- TLS handshake failed: {why}")),
        }
    }

    fn closed(&mut self, side: Side) {
        let mut lines = Vec::new();
        self.framer.finish(side, |frame| lines.push(trace::line(frame, Secrets::Mask)));
        self.lines(&lines);
        self.line(&format!("{} closed", side.letter()));
    }
}

/// A line on stderr. Nobody has to be there to read it.
fn note(line: &str) {
    _ = writeln!(io::stderr(), "{line}");
}
