//! What people and programs read of a run. Reporters consume the runner's events; nothing else prints.
//!
//! A new reporter is its file here and its row in [`FORMATS`].

mod json;
mod pcapng;
mod rerun;
pub mod table;
mod terminal;

pub use rerun::Rerun;
pub use terminal::Terminal;

use crate::clause::Clauses;
use crate::runner::Event;
use crate::verdict::{Judged, Summary};
use std::fs::File;
use std::io::{self, BufWriter};
use std::path::Path;
use std::time::{Duration, SystemTime};

/// Consumes what a run tells.
pub trait Reporter {
    /// Something happened.
    fn event(&mut self, event: &Event<'_>);

    /// The run is over.
    fn finish(&mut self, outcome: &Outcome<'_>) -> io::Result<()>;
}

/// A run that is over.
#[derive(Debug)]
pub struct Outcome<'o> {
    /// Where the server was.
    pub target: &'o str,
    /// When the run began.
    pub started: SystemTime,
    /// How long it took.
    pub duration: Duration,
    /// The judged cases, in the order of reports.
    pub judged: &'o [Judged],
    /// How many of them got which verdict.
    pub summary: Summary,
    /// The clauses that they cite.
    pub clauses: &'o Clauses,
}

/// A format that `--report FORMAT=PATH` can ask for.
pub struct Format {
    /// Its name.
    pub name: &'static str,
    /// Makes its reporter. Whether `path` can be written shows here, before anything is run.
    pub open: fn(path: &Path) -> io::Result<Box<dyn Reporter>>,
}

/// Every format, in the order of messages.
pub const FORMATS: &[Format] = &[
    Format { name: "json", open: |path| Ok(Box::new(json::Json::new(create(path)?))) },
    Format { name: "pcapng", open: |path| Ok(Box::new(pcapng::Pcapng::new(BufWriter::new(create(path)?))?)) },
];

/// An empty file. One of an earlier run is emptied now: if this run never ends, no old report passes for its own.
fn create(path: &Path) -> io::Result<File> {
    File::create(path)
}
