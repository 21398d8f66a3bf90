//! The case language: a case is one text file with one scripted conversation and what must come back. `cases/README.md`
//! describes it.
//!
//! A text becomes lines ([`line`]), a line tokens ([`lex`]), tokens arguments ([`args`]), and those a [`Case`]
//! ([`parse`], [`head`]). Everything that is wrong with a case is found here, with its line; running one can only fail
//! for want of an [input](Inputs) or because the server does.

mod args;
mod build;
mod compare;
mod head;
mod lex;
mod line;
mod message;
mod parse;
mod print;
mod shape;
mod step;
mod value;

pub use print::format;
pub use value::{Arg, Inputs, Missing, Value, like};

use crate::clause::Clauses;
use crate::transcript::Kept;
use message::Body;
use pgconform_wire::Kind;
use pgconform_wire::profile::claims::Claims;
use std::collections::BTreeSet;
use std::fmt;
use std::str::FromStr;
use std::time::Duration;

/// A case.
#[derive(Clone, Debug, PartialEq)]
pub struct Case {
    /// Its path below `cases/`, without `.case`; with `#ROW` where a table stamps it out.
    pub id: String,
    /// Its file, as errors name it.
    pub file: String,
    /// What it shows: the first comment, on one line.
    pub title: String,
    /// The clauses it stands on, by id.
    pub clauses: Vec<String>,
    /// How binding it is, where it says so itself.
    pub level: Option<Level>,
    /// What a server must claim for it to apply: all of these.
    pub needs: Vec<Need>,
    /// The bugs seen in the wild that it pins.
    pub wild: Vec<u32>,
    /// The first PostgreSQL major for which it is right.
    pub since: Option<u32>,
    /// The last PostgreSQL major for which it is right.
    pub until: Option<u32>,
    /// The real clients that play it; none where the wire client does.
    pub clients: Vec<String>,
    /// How long a step may take, where the case says so.
    pub timeout: Option<Duration>,
    /// What is done, in order.
    pub steps: Vec<Step>,
    /// The text of its file.
    pub source: String,
}

/// How binding a case or a clause is; the strictest comes first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Level {
    /// A server that does otherwise is wrong.
    Must,
    /// A server that does otherwise needs a good reason.
    Should,
    /// A server may do so or not.
    May,
}

/// A capability that a case needs, with the values of which any will do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Need {
    /// The capability's name.
    pub capability: &'static str,
    /// The values: one of them must be claimed.
    pub values: Vec<&'static str>,
}

/// A line of a case's body.
#[derive(Clone, Debug, PartialEq)]
pub struct Step {
    /// Its line in the file, from 1.
    pub line: usize,
    /// The connection it speaks on; empty for the main one.
    pub connection: String,
    /// What is done.
    pub action: Action,
}

/// What a step does.
#[derive(Clone, Debug, PartialEq)]
pub enum Action {
    /// `F`: the frontend sends this.
    Send(Outgoing),
    /// `B`: this comes next.
    Expect(Expected),
    /// `B?`: this comes next, or does not.
    Optional(Expected),
    /// `B ...`: whatever comes before the message that the next step expects.
    Until,
    /// `login`: everything up to the first ReadyForQuery; the fields are startup parameters, and `version`.
    Login(Vec<Arg>),
    /// `tls`: a handshake.
    Tls(Tls),
    /// `closed`: the backend has closed the connection.
    Closed,
    /// `silence`: nothing comes for this long.
    Silence(Duration),
    /// `connect`: the frontend opens the connection.
    Connect,
    /// `close`: the frontend closes it.
    Close,
    /// `half-close`: the frontend closes its sending side.
    HalfClose,
    /// `reset`: the frontend aborts it.
    Reset,
    /// `C`: a real client is asked for an operation.
    Ask(Ask),
    /// `=`: what the client must report.
    Outcome(Outcome),
}

/// What the frontend sends.
#[derive(Clone, Debug, PartialEq)]
pub struct Outgoing {
    body: Body,
    /// Where the bytes are cut into writes of their own: offsets, ascending, none at either end.
    pub cuts: Vec<usize>,
}

/// What the backend must send.
#[derive(Clone, Debug, PartialEq)]
pub struct Expected {
    body: Body,
}

/// A TLS handshake.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Tls {
    /// Whether it must fail.
    pub refused: bool,
    /// The one TLS version that the frontend offers: `1.2` or `1.3`; or `1.1`, which must be refused.
    pub version: Option<String>,
    /// The one ALPN protocol that the frontend offers.
    pub alpn: Option<String>,
    /// The certificate that the frontend presents: one of [`CERTIFICATES`](crate::tls::CERTIFICATES).
    pub certificate: Option<String>,
}

/// What a real client is asked for.
#[derive(Clone, Debug, PartialEq)]
pub struct Ask {
    /// The operation's name.
    pub operation: String,
    /// Its arguments.
    pub args: Vec<Arg>,
}

/// What a real client must report.
#[derive(Clone, Debug, PartialEq)]
pub struct Outcome {
    /// The outcome's name.
    pub word: String,
    /// Its fields.
    pub args: Vec<Arg>,
}

/// Why a text is no case, or a file no table of clauses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CaseError {
    /// The file.
    pub file: String,
    /// The line, from 1; 0 where no line is at fault.
    pub line: usize,
    /// What is wrong.
    pub message: String,
}

impl CaseError {
    pub(crate) fn new(file: &str, line: usize, message: impl Into<String>) -> Self {
        Self { file: file.to_owned(), line, message: message.into() }
    }
}

impl fmt::Display for CaseError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.line {
            0 => write!(f, "{}: {}", self.file, self.message),
            line => write!(f, "{}:{line}: {}", self.file, self.message),
        }
    }
}

impl std::error::Error for CaseError {}

impl Case {
    /// Reads the cases in `text`: one, or one for each row of its `examples` table. `id` is the file's path below
    /// `cases/`, without `.case`; `file` is how errors name it.
    pub fn parse(id: &str, file: &str, text: &str) -> Result<Vec<Self>, CaseError> {
        parse::parse(id, file, text)
    }

    /// The names of the [inputs](Inputs) that its steps use.
    pub fn inputs(&self) -> BTreeSet<String> {
        let mut names = BTreeSet::new();
        for step in &self.steps {
            let args = match &step.action {
                Action::Send(outgoing) => outgoing.body.args(),
                Action::Expect(expected) | Action::Optional(expected) => expected.body.args(),
                Action::Login(args) => args,
                Action::Ask(ask) => &ask.args,
                Action::Outcome(outcome) => &outcome.args,
                Action::Until
                | Action::Tls(_)
                | Action::Closed
                | Action::Silence(_)
                | Action::Connect
                | Action::Close
                | Action::HalfClose
                | Action::Reset => &[],
            };
            args.iter().for_each(|arg| arg.inputs(&mut names));
        }
        names
    }

    /// How binding it is: as its head says, or as the strictest of its clauses.
    pub fn level(&self, clauses: &Clauses) -> Level {
        let strictest =
            || self.clauses.iter().filter_map(|id| clauses.get(id)).map(|clause| clause.level).min();
        self.level.or_else(strictest).unwrap_or(Level::Must)
    }

    /// The line of its head that begins with `key`; 0 if there is none.
    pub(crate) fn head_line(&self, key: &str) -> usize {
        let begins = |line: &str| line.split_whitespace().next() == Some(key);
        self.source.lines().position(begins).map_or(0, |at| at + 1)
    }
}

impl Need {
    /// Whether `claims` meet it.
    pub fn met_by(&self, claims: &Claims) -> bool {
        self.values.iter().any(|value| claims.has(self.capability, value))
    }
}

impl Outgoing {
    /// The bytes to send.
    pub fn encode(&self, inputs: &dyn Inputs) -> Result<Vec<u8>, Missing> {
        self.body.encode(inputs)
    }

    /// The kind of message; none for bytes in hexadecimal.
    pub fn kind(&self) -> Option<Kind> {
        self.body.kind()
    }
}

impl Expected {
    /// The kind of message; none for bytes in hexadecimal.
    pub fn kind(&self) -> Option<Kind> {
        self.body.kind()
    }

    /// Whether `kept` is what is expected; if not, what differs, secrets masked.
    pub fn check(&self, kept: &Kept, inputs: &dyn Inputs) -> Result<(), String> {
        self.body.check(kept, inputs)
    }
}

impl Level {
    /// Every level, the strictest first.
    pub const ALL: [Self; 3] = [Self::Must, Self::Should, Self::May];

    /// Its name in cases, clauses and reports.
    pub fn name(self) -> &'static str {
        match self {
            Self::Must => "must",
            Self::Should => "should",
            Self::May => "may",
        }
    }
}

impl FromStr for Level {
    type Err = String;

    fn from_str(name: &str) -> Result<Self, String> {
        let found = Self::ALL.into_iter().find(|level| level.name() == name);
        found.ok_or_else(|| format!("no level is `{name}`: one of `must`, `should`, `may`"))
    }
}
