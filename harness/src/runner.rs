//! Plays cases against a target and judges what came of it. The runner tells events; printing lives in the reports.

use crate::case::{Case, Level};
use crate::clause::Clauses;
use crate::client::scenario;
use crate::client::wire::{self, Played, Stop};
use crate::rule;
use crate::target::{Options, Place, Target, TargetError};
use crate::transcript::Transcript;
use crate::verdict::{Finding, Judged, Verdict};
use crate::waiver::Waivers;
use pgconform_wire::profile::Profile;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::sync::Semaphore;
use tokio::task::JoinSet;

/// The name of our own client.
pub const WIRE: &str = "wire";

/// How many cases of the wire client may be played at a time in the place of one of a real client.
const WIRE_CASES_A_PROGRAM: usize = 3;

/// What to run, on what.
#[derive(Debug)]
pub struct Run {
    /// Where the server is.
    pub target: Target,
    /// What the command line says of it.
    pub options: Options,
    /// What it claims to be, one after the other.
    pub profiles: Vec<Arc<Profile>>,
    /// The cases.
    pub cases: Vec<Arc<Case>>,
    /// The clauses that cases and rules cite.
    pub clauses: Arc<Clauses>,
    /// The clients: [`WIRE`] and real ones.
    pub clients: Vec<String>,
    /// The waivers of the command line; those of a profile join them.
    pub waivers: Waivers,
    /// How many cases run at a time; of those of real clients, a third of that.
    pub jobs: usize,
    /// How long a step may take.
    pub limit: Duration,
}

/// What a run tells while it goes on.
#[derive(Debug)]
pub enum Event<'e> {
    /// It begins; so many cases will be judged.
    Started {
        /// How many.
        total: usize,
    },
    /// A profile is left out.
    ProfileSkipped {
        /// The profile's name.
        profile: &'e str,
        /// Why.
        reason: String,
    },
    /// A client is left out.
    ClientMissing {
        /// The client's name.
        client: &'e str,
        /// Why.
        reason: String,
    },
    /// A case was played, and is judged next.
    Played {
        /// The case.
        case: &'e Case,
        /// What is said of it.
        judged: &'e Judged,
        /// What went over the wire.
        transcript: &'e Transcript,
    },
    /// A case was judged.
    Judged(&'e Judged),
}

/// Runs everything; returns the judged cases, ordered by profile, case and client.
pub async fn run(run: Run, tell: &mut dyn FnMut(Event<'_>)) -> Result<Vec<Judged>, TargetError> {
    let mut profiles = Vec::new();
    for profile in &run.profiles {
        match run.target.refuses(profile) {
            Some(reason) => tell(Event::ProfileSkipped { profile: &profile.name, reason }),
            None => profiles.push(profile.clone()),
        }
    }
    let mut clients = Vec::new();
    for client in &run.clients {
        match scenario::missing(client) {
            Some(reason) => tell(Event::ClientMissing { client, reason }),
            None => clients.push(client.clone()),
        }
    }
    let known = run.target.waivers()?.and(&run.waivers);
    let (mut works, mut waived) = (Vec::new(), Vec::new());
    for profile in &profiles {
        // One look before the run: an unreachable server is one clear error, and not one per case.
        let major = probe(&run, profile).await?;
        let waivers = Waivers::of(&profile.waivers).map_err(|error| TargetError::Usage(error.to_string()))?;
        let waivers = Arc::new(waivers.and(&known));
        waived.push((profile.name.clone(), waivers.clone()));
        for case in &run.cases {
            for client in clients.iter().filter(|client| plays(case, client)) {
                let (profile, case, client) = (profile.clone(), case.clone(), client.clone());
                works.push(Work { profile, case, client, major, waivers: waivers.clone() });
            }
        }
    }
    tell(Event::Started { total: works.len() });

    // The wire client mostly waits; a real one is a program that computes.
    let places = Arc::new(Semaphore::new(run.jobs.max(1)));
    let programs = Arc::new(Semaphore::new(run.jobs.div_ceil(WIRE_CASES_A_PROGRAM).max(1)));
    let run = Arc::new(run);
    let mut tasks = JoinSet::new();
    for work in works {
        let places = if work.client == WIRE { places.clone() } else { programs.clone() };
        let run = run.clone();
        tasks.spawn(async move {
            // The semaphore is never closed.
            let _place = places.acquire_owned().await;
            let case = work.case.clone();
            work.judge(&run).await.map(|(judged, transcript)| (judged, transcript, case))
        });
    }
    let mut all = Vec::new();
    while let Some(judged) = tasks.join_next().await {
        let (judged, transcript, case) =
            judged.map_err(|error| TargetError::Usage(format!("a case panicked: {error}")))??;
        if let Some(transcript) = &transcript {
            tell(Event::Played { case: &case, judged: &judged, transcript });
        }
        tell(Event::Judged(&judged));
        all.push(judged);
    }
    for (profile, waivers) in &waived {
        for stale in waivers.unused(profile, &all) {
            tell(Event::Judged(&stale));
            all.push(stale);
        }
    }
    all.sort_by(|a, b| (&a.profile, &a.case, &a.client).cmp(&(&b.profile, &b.case, &b.client)));
    Ok(all)
}

/// Runs one case on one profile with one client; also gives the transcript, where the case was played.
pub async fn one(
    run: &Run,
    profile: &Arc<Profile>,
    case: &Arc<Case>,
    client: &str,
) -> Result<(Judged, Option<Transcript>), TargetError> {
    let waivers = Waivers::of(&profile.waivers).map_err(|error| TargetError::Usage(error.to_string()))?;
    let waivers = waivers.and(&run.waivers);
    let (profile, case, client) = (profile.clone(), case.clone(), client.to_owned());
    // The reference server is of the version that its profile says.
    let told = profile.parameters.iter().find(|(name, _)| name == "server_version");
    let major =
        told.and_then(|(_, version)| major_of(version)).filter(|_| matches!(run.target, Target::Embedded));
    Work { profile, case, client, major, waivers: Arc::new(waivers) }.judge(run).await
}

/// Whether `client` is one for `case`.
pub fn plays(case: &Case, client: &str) -> bool {
    if case.clients.is_empty() {
        client == WIRE
    } else {
        client != WIRE && case.clients.iter().any(|named| named == client || named == "any")
    }
}

/// What `case` needs and `profile` does not claim, as a sentence; none if it claims all of it.
pub fn unclaimed(case: &Case, profile: &Profile) -> Option<String> {
    let need = case.needs.iter().find(|need| !need.met_by(&profile.claims))?;
    let claimed = profile.claims.values(need.capability).join(", ");
    let claimed = if claimed.is_empty() { "nothing".to_owned() } else { claimed };
    Some(format!("it needs {}={}; the profile claims {claimed}", need.capability, need.values.join("|")))
}

/// Whether the target is there; PostgreSQL's major version, where it tells one and cases depend on it.
async fn probe(run: &Run, profile: &Arc<Profile>) -> Result<Option<u32>, TargetError> {
    let place = run.target.open(profile, &run.options).await?;
    if let Target::Address(address) = &run.target {
        let connected = tokio::time::timeout(run.limit, tokio::net::TcpStream::connect(place.address)).await;
        let why = match connected {
            Ok(Ok(_)) => None,
            Ok(Err(error)) => Some(error.to_string()),
            Err(_) => Some(format!("no connection within {:?}", run.limit)),
        };
        if let Some(why) = why {
            return Err(TargetError::Unreachable(format!("{address}: {why}")));
        }
    }
    if !run.cases.iter().any(|case| case.since.is_some() || case.until.is_some()) {
        return Ok(None);
    }
    Ok(wire::server_version(profile, &place, run.limit).await.and_then(|version| major_of(&version)))
}

/// The major of PostgreSQL's version numbers; other products' begin with words.
fn major_of(version: &str) -> Option<u32> {
    let digits: String = version.chars().take_while(char::is_ascii_digit).collect();
    digits.parse().ok()
}

/// One case on one profile with one client.
struct Work {
    profile: Arc<Profile>,
    case: Arc<Case>,
    client: String,
    major: Option<u32>,
    waivers: Arc<Waivers>,
}

impl Work {
    async fn judge(self, run: &Run) -> Result<(Judged, Option<Transcript>), TargetError> {
        let start = Instant::now();
        let (mut judged, transcript) = match self.obstacle() {
            Some(reason) => (self.judged(run, Verdict::NotApplicable, Some(reason), Vec::new(), None), None),
            None => {
                let place = run.target.open(&self.profile, &run.options).await?;
                let Played { transcript, end } = self.play(run, &place).await;
                (self.played(run, &transcript, end), Some(transcript))
            }
        };
        judged.duration = start.elapsed();
        self.waivers.apply(&mut judged);
        Ok((judged, transcript))
    }

    /// Why the case does not apply; none if it does.
    fn obstacle(&self) -> Option<String> {
        let major = self.major.filter(|major| {
            let (since, until) = (self.case.since, self.case.until);
            since.is_some_and(|since| *major < since) || until.is_some_and(|until| *major > until)
        });
        unclaimed(&self.case, &self.profile)
            .or_else(|| major.map(|major| format!("it is not about version {major}")))
    }

    async fn play(&self, run: &Run, place: &Place) -> Played {
        if self.client == WIRE {
            wire::play(&self.case, &self.profile, place, run.limit).await
        } else {
            scenario::play(&self.case, &self.client, place, run.limit).await
        }
    }

    fn played(&self, run: &Run, transcript: &Transcript, end: Result<(), Stop>) -> Judged {
        let mut findings = Vec::new();
        match end {
            Ok(()) => {}
            Err(Stop::NotApplicable(reason)) => {
                return self.judged(run, Verdict::NotApplicable, Some(reason), Vec::new(), Some(transcript));
            }
            Err(Stop::Broken(why)) => {
                return self.judged(run, Verdict::Broken, Some(why), Vec::new(), Some(transcript));
            }
            Err(Stop::Unmet { line, expected, actual, about }) => {
                let level = self.case.level(&run.clauses);
                let at = format!("{}:{line}", self.case.file);
                let line = about.and_then(|(name, event)| {
                    let connection = transcript.connections.iter().position(|c| c.name == name)?;
                    Some(line_of(transcript, connection, event))
                });
                findings
                    .push((level, Finding { rule: None, clauses: Vec::new(), expected, actual, at, line }));
            }
        }
        for (rule, connection, violation) in rule::judge(transcript, &self.profile.claims) {
            let levels = rule.clauses.iter().filter_map(|id| run.clauses.get(id)).map(|clause| clause.level);
            let finding = Finding {
                rule: Some(rule.id),
                clauses: rule.clauses.iter().map(|id| (*id).to_owned()).collect(),
                expected: violation.expected,
                actual: violation.actual,
                at: match transcript.connections[connection].lines.get(violation.event) {
                    Some(line) if *line > 0 => format!("{}:{line}", self.case.file),
                    _ => self.case.file.clone(),
                },
                line: Some(line_of(transcript, connection, violation.event)),
            };
            findings.push((levels.min().unwrap_or(Level::Must), finding));
        }
        // What must hold before what should; the case's own words first.
        findings.sort_by_key(|(level, _)| *level);
        let verdict = match findings.first() {
            None => Verdict::Pass,
            Some((Level::Must, _)) => Verdict::Fail,
            Some((Level::Should | Level::May, _)) => Verdict::Warn,
        };
        let findings = findings.into_iter().map(|(_, finding)| finding).collect();
        self.judged(run, verdict, None, findings, Some(transcript))
    }

    fn judged(
        &self,
        run: &Run,
        verdict: Verdict,
        reason: Option<String>,
        findings: Vec<Finding>,
        transcript: Option<&Transcript>,
    ) -> Judged {
        Judged {
            case: self.case.id.clone(),
            profile: self.profile.name.clone(),
            client: self.client.clone(),
            level: self.case.level(&run.clauses),
            verdict,
            clauses: self.case.clauses.clone(),
            findings,
            reason,
            duration: Duration::ZERO,
            transcript: transcript.map(Transcript::lines).unwrap_or_default(),
        }
    }
}

/// The line of the transcript that an event of a connection is on.
fn line_of(transcript: &Transcript, connection: usize, event: usize) -> usize {
    let before = transcript.connections.iter().take(connection);
    before.map(|connection| connection.events.len() + usize::from(connection.dropped > 0)).sum::<usize>()
        + event
}
