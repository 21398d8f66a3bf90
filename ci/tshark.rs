//! Wireshark's dissector, which nobody here wrote, reads the pcapng of a whole run on the reference server and sees the
//! messages that we see: by name, length and direction.

use pgconform::corpus::{self, Corpus};
use pgconform::report::{FORMATS, Outcome};
use pgconform::runner::{self, Event, Run, WIRE};
use pgconform::target::{Options, Target};
use pgconform::transcript::{self, Connection};
use pgconform::verdict::Summary;
use pgconform::waiver::Waivers;
use pgconform_wire::message::Tag;
use pgconform_wire::{Content, Kind, Side};
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

/// Set where tshark must be there, as in CI.
const REQUIRE: &str = "PGCONFORM_REQUIRE_TSHARK";

/// What tshark calls a message.
fn name(kind: Kind) -> &'static str {
    match kind {
        Kind::Bind => "Bind",
        Kind::CancelRequest => "Cancel request",
        Kind::Close => "Close",
        Kind::CopyFail => "Copy failure",
        Kind::Describe => "Describe",
        Kind::Execute => "Execute",
        Kind::Flush => "Flush",
        Kind::FunctionCall => "Function call",
        Kind::GSSENCRequest => "GSS encrypt request",
        Kind::GSSResponse => "GSSResponse message",
        Kind::Parse => "Parse",
        Kind::PasswordMessage => "Password message",
        Kind::Query => "Simple query",
        Kind::SASLInitialResponse => "SASLInitialResponse message",
        Kind::SASLResponse => "SASLResponse message",
        Kind::SSLRequest => "SSL request",
        Kind::StartupMessage => "Startup message",
        Kind::Sync => "Sync",
        Kind::Terminate => "Termination",
        Kind::AuthenticationOk
        | Kind::AuthenticationKerberosV5
        | Kind::AuthenticationCleartextPassword
        | Kind::AuthenticationMD5Password
        | Kind::AuthenticationGSS
        | Kind::AuthenticationGSSContinue
        | Kind::AuthenticationSSPI
        | Kind::AuthenticationSASL
        | Kind::AuthenticationSASLContinue
        | Kind::AuthenticationSASLFinal => "Authentication request",
        Kind::BackendKeyData => "Backend key data",
        Kind::BindComplete => "Bind completion",
        Kind::CloseComplete => "Close completion",
        Kind::CommandComplete => "Command completion",
        Kind::CopyBothResponse => "CopyBoth response",
        Kind::CopyInResponse => "CopyIn response",
        Kind::CopyOutResponse => "CopyOut response",
        Kind::DataRow => "Data row",
        Kind::EmptyQueryResponse => "Empty query",
        Kind::ErrorResponse => "Error",
        Kind::FunctionCallResponse => "Function call response",
        Kind::GSSENCResponse => "GSS encrypt response",
        Kind::NegotiateProtocolVersion => "Negotiate protocol version",
        Kind::NoData => "No data",
        Kind::NoticeResponse => "Notice",
        Kind::NotificationResponse => "Notification",
        Kind::ParameterDescription => "Parameter description",
        Kind::ParameterStatus => "Parameter status",
        Kind::ParseComplete => "Parse completion",
        Kind::PortalSuspended => "Portal suspended",
        Kind::ReadyForQuery => "Ready for query",
        Kind::RowDescription => "Row description",
        Kind::SSLResponse => "SSL response",
        Kind::CopyData => "Copy data",
        Kind::CopyDone => "Copy completion",
    }
}

/// What tshark 4.0 says otherwise, and why.
const OTHERWISE: &[(Kind, &str, &str)] = &[
    (Kind::StartupMessage, "Unknown", "it knows no version but 3.0"),
    (Kind::CancelRequest, "Unknown", "it knows none that is not of the length of protocol 3.0"),
    (Kind::SSLRequest, "Unknown", "it knows none that is longer than it should be"),
];

/// A message: direction, name, length.
type Seen = (Side, String, usize);

/// A stream of ours: its messages, and whether a dissector has lost it.
type Stream = (Vec<(Side, Kind, usize)>, bool);

/// The messages of each TCP stream that the report makes of a connection, as far as a dissector can follow.
fn streams(connection: &Connection) -> Vec<Vec<(Side, Kind, usize)>> {
    let mut streams = Vec::new();
    let mut stream: Option<Stream> = None;
    // The streams whose first request, an SSLRequest, was refused.
    let mut answered = BTreeSet::new();
    for event in &connection.events {
        match event {
            transcript::Event::Frame(kept) => {
                let (messages, lost) = stream.get_or_insert_default();
                let Content::Message(kind) = kept.content else {
                    // Where a stream holds what is no message, each side finds its own way on.
                    *lost = true;
                    continue;
                };
                // The only negotiation that it follows is an SSLRequest, refused before anything else is sent: the one
                // byte of any other answer it takes for the beginning of a message.
                let asked = matches!(messages[..], [(_, Kind::SSLRequest, 8)]);
                let refused = kind == Kind::SSLResponse && kept.bytes == b"N";
                let head = match kind.tag() {
                    Tag::Byte(_) | Tag::Authentication(_) => 1,
                    Tag::Request(_) | Tag::Startup => 0,
                    Tag::Reply if asked && refused && answered.insert(streams.len()) => continue,
                    Tag::Reply => {
                        *lost = true;
                        continue;
                    }
                };
                *lost |= asked && !answered.contains(&streams.len());
                if !*lost {
                    messages.push((kept.side, kind, kept.bytes.len() - head));
                    *lost = kind == Kind::GSSENCRequest || (kind == Kind::SSLRequest && messages.len() > 1);
                }
            }
            transcript::Event::Tls(_) => streams.extend(stream.take()),
            transcript::Event::TlsFailed(_) | transcript::Event::Closed(_) | transcript::Event::Reset(_) => {}
        }
    }
    streams.extend(stream);
    streams.into_iter().map(|(messages, _)| messages).collect()
}

/// What tshark sees in each stream.
fn dissect(path: &Path) -> BTreeMap<usize, Vec<Seen>> {
    let fields = ["tcp.stream", "tcp.srcport", "pgsql.type", "pgsql.length"];
    let mut tshark = Command::new("tshark");
    tshark.args(["-n", "-Y", "pgsql", "-T", "fields", "-E", "aggregator=;", "-r"]).arg(path);
    tshark.args(fields.iter().flat_map(|field| ["-e", field]));
    let output = tshark.output().expect("tshark runs");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let mut streams: BTreeMap<usize, Vec<Seen>> = BTreeMap::new();
    for line in String::from_utf8_lossy(&output.stdout).lines() {
        let cells: Vec<_> = line.split('\t').collect();
        let [stream, port, names, lengths] = cells[..] else { panic!("not a line of four fields: {line}") };
        let side = if port == "5432" { Side::Backend } else { Side::Frontend };
        let messages = streams.entry(stream.parse().expect("a number")).or_default();
        for (name, length) in names.split(';').zip(lengths.split(';')) {
            messages.push((side, name.to_owned(), length.parse().expect("a length")));
        }
    }
    streams
}

#[tokio::test(flavor = "multi_thread")]
async fn tshark_sees_the_same_messages() {
    if Command::new("tshark").arg("--version").output().is_err() {
        println!("skipped: tshark is missing");
        assert!(std::env::var_os(REQUIRE).is_none(), "tshark is required here");
        return;
    }
    let corpus = Corpus::embedded().unwrap_or_else(|error| panic!("{error}"));
    let profile = |name| Arc::new(corpus::profile(name).unwrap_or_else(|error| panic!("{error}")));
    let clauses = Arc::new(corpus.clauses);
    let run = Run {
        target: Target::Embedded,
        options: Options::default(),
        profiles: corpus::profiles().into_iter().map(profile).collect(),
        cases: corpus.cases.into_iter().map(Arc::new).collect(),
        clauses: clauses.clone(),
        clients: vec![WIRE.to_owned()],
        waivers: Waivers::default(),
        jobs: 4,
        limit: Duration::from_secs(5),
    };
    let path = Path::new(env!("CARGO_TARGET_TMPDIR")).join("run.pcapng");
    let format = FORMATS.iter().find(|format| format.name == "pcapng").expect("the format");
    let mut report = (format.open)(&path).expect("a file");
    let mut ours = Vec::new();
    let mut tell = |event: Event<'_>| {
        report.event(&event);
        if let Event::Played { judged, transcript, .. } = &event {
            for connection in &transcript.connections {
                let streams = streams(connection).into_iter();
                ours.extend(streams.map(|stream| (format!("{} on {}", judged.case, judged.profile), stream)));
            }
        }
    };
    runner::run(run, &mut tell).await.expect("the reference server");
    let outcome = Outcome {
        target: "embedded",
        started: SystemTime::now(),
        duration: Duration::ZERO,
        judged: &[],
        summary: Summary::default(),
        clauses: &clauses,
    };
    report.finish(&outcome).expect("a report");
    drop(report);

    let theirs = dissect(&path);
    let (mut wrong, mut compared, mut used) = (Vec::new(), 0, vec![false; OTHERWISE.len()]);
    for (number, (case, messages)) in ours.iter().enumerate() {
        let seen = theirs.get(&number).map(Vec::as_slice).unwrap_or_default();
        for (at, (side, kind, length)) in messages.iter().enumerate() {
            compared += 1;
            let otherwise = |name: &str| OTHERWISE.iter().position(|row| (row.0, row.1) == (*kind, name));
            match seen.get(at) {
                Some((s, n, l)) if (s, l) == (side, length) && n == name(*kind) => {}
                Some((s, n, l)) if (s, l) == (side, length) && otherwise(n).is_some() => {
                    used[otherwise(n).unwrap_or_default()] = true;
                }
                other => {
                    wrong.push(format!(
                        "{case}, stream {number}: {side:?} {} {length}; tshark: {other:?}",
                        kind.name()
                    ));
                    break;
                }
            }
        }
    }
    println!("{compared} messages in {} streams", ours.len());
    assert!(wrong.is_empty(), "{} streams:\n{}", wrong.len(), wrong.join("\n"));
    assert!(compared > 10_000, "only {compared} messages were compared");
    for (row, used) in OTHERWISE.iter().zip(used) {
        assert!(used, "{}: tshark sees it as we do ({})", row.0.name(), row.2);
    }
}
