//! One psql that runs for as long as its connection does.

use pgconform_client_contract::{MAX_LINE, Reply};
use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::process::{Child, ChildStderr, ChildStdin, ChildStdout, Command};

use crate::does_not_start;

/// What psql puts between the fields of a row, between rows, and for NULL: characters that no table shows.
const FIELD: char = '\u{1f}';
const RECORD: char = '\u{1e}';
const NULL: &str = "\u{1d}";

/// What psql is told to print after each request, so that it is known to be done with it.
const MARK: &str = "pgconform-end-of-request";

/// The running program and its pipes.
pub(crate) struct Session {
    child: Child,
    stdin: ChildStdin,
    stdout: BufReader<ChildStdout>,
    stderr: BufReader<ChildStderr>,
}

/// What psql printed for one request.
struct Printed {
    stdout: String,
    stderr: String,
    /// The value of its variable ERROR; nothing if it ended instead.
    error: Option<bool>,
}

impl Session {
    /// Starts the program and waits until it has connected.
    pub(crate) async fn open(mut command: Command) -> Result<Self, Reply> {
        command.args([
            "-A",
            "-F",
            &FIELD.to_string(),
            "-R",
            &RECORD.to_string(),
            "-P",
            &format!("null={NULL}"),
        ]);
        command.args(["-v", "VERBOSITY=verbose"]);
        let mut child = command.spawn().map_err(does_not_start)?;
        let (Some(stdin), Some(stdout), Some(stderr)) =
            (child.stdin.take(), child.stdout.take(), child.stderr.take())
        else {
            return Err(Reply::broken("psql: it has no pipes"));
        };
        let mut session =
            Self { child, stdin, stdout: BufReader::new(stdout), stderr: BufReader::new(stderr) };
        let printed = session.ask("").await;
        if printed.error.is_none() { Err(libpq_failure(&printed.stderr)) } else { Ok(session) }
    }

    /// Runs statements and tells what came of the last.
    pub(crate) async fn query(&mut self, sql: &str) -> Result<Reply, Reply> {
        let sql = sql.trim_end();
        // On a line of its own, lest a comment swallow it.
        let end = if sql.ends_with(';') { "\n" } else { "\n;\n" };
        let printed = self.ask(&format!("{sql}{end}")).await;
        match printed.error {
            // The BEGIN that psql sends by itself was refused: it says so, sends nothing more, and leaves ERROR as it was.
            Some(false) if printed.stdout.trim().is_empty() && printed.stderr.contains("ERROR:  ") => {
                Err(server_error(&printed.stderr).unwrap_or_else(|| libpq_failure(&printed.stderr)))
            }
            Some(false) => Ok(last_result(&printed.stdout)),
            Some(true) => {
                Err(server_error(&printed.stderr).unwrap_or_else(|| libpq_failure(&printed.stderr)))
            }
            None => Err(server_error(&printed.stderr).unwrap_or_else(|| lost(&printed.stderr))),
        }
    }

    /// Lets the program end as at the end of its input, and waits for it.
    pub(crate) async fn close(mut self) {
        drop(self.stdin);
        let _ = self.child.wait().await;
    }

    async fn ask(&mut self, input: &str) -> Printed {
        let input = format!("{input}\\echo {MARK} :ERROR\n\\warn {MARK}\n");
        let Self { stdin, stdout, stderr, .. } = self;
        // Written and read at once, so that no pipe that is full stops the other.
        let (_, (stdout, mark), (stderr, _)) =
            tokio::join!(stdin.write_all(input.as_bytes()), until_mark(stdout), until_mark(stderr));
        Printed { stdout, stderr, error: mark.map(|mark| mark.trim() == "true") }
    }
}

/// What comes up to the mark, and what stands behind the mark; nothing if the stream ends before it.
async fn until_mark(stream: &mut (impl AsyncBufReadExt + AsyncRead + Unpin)) -> (String, Option<String>) {
    let mut text = Vec::new();
    let mut limited = stream.take(MAX_LINE as u64 / 8);
    loop {
        let start = text.len();
        match limited.read_until(b'\n', &mut text).await {
            Ok(0) | Err(_) => return (String::from_utf8_lossy(&text).into_owned(), None),
            Ok(_) => {}
        }
        if let Some(behind) = text.get(start..).and_then(|line| line.strip_prefix(MARK.as_bytes())) {
            let behind = String::from_utf8_lossy(behind).into_owned();
            text.truncate(start);
            return (String::from_utf8_lossy(&text).into_owned(), Some(behind));
        }
    }
}

/// A row of a table: text or NULL.
type Row = Vec<Option<String>>;

/// What psql printed last: a table or a tag.
fn last_result(stdout: &str) -> Reply {
    let mut last = Reply::Done { tag: None, rowcount: None };
    let mut table: Option<(Vec<String>, Vec<Row>)> = None;
    let mut records = stdout.split(RECORD).peekable();
    while let Some(record) = records.next() {
        let mut lines = record;
        if let Some((columns, rows)) = &mut table {
            let Some((rowcount, rest)) = footer(record) else {
                let value = |text: &str| (text != NULL).then(|| text.to_owned());
                rows.push(record.split(FIELD).map(value).collect());
                continue;
            };
            let (columns, rows) = (std::mem::take(columns), std::mem::take(rows));
            last = Reply::Rows { columns, rows, tag: None, rowcount: Some(rowcount) };
            table = None;
            lines = rest;
        }
        // Between tables are lines with tags; the last line before a record separator is a table's head.
        let (tags, head) = match records.peek() {
            Some(_) => lines.rsplit_once('\n').map_or(("", lines), |(tags, head)| (tags, head)),
            None => (lines, ""),
        };
        if let Some(tag) = tags.lines().last() {
            last = Reply::Done { tag: Some(tag.to_owned()), rowcount: None };
        }
        if records.peek().is_some() {
            table = Some((head.split(FIELD).map(str::to_owned).collect(), Vec::new()));
        }
    }
    last
}

/// The number in a line `(2 rows)`, and what comes after the line.
fn footer(record: &str) -> Option<(i64, &str)> {
    let (count, rest) = record.strip_prefix('(')?.split_once(" row")?;
    let rest = rest.strip_prefix('s').unwrap_or(rest).strip_prefix(")\n")?;
    Some((count.parse().ok()?, rest))
}

const SEVERITIES: [&str; 3] = ["ERROR", "FATAL", "PANIC"];

/// The last error of the server's in what psql prints in its verbose manner: `ERROR:  42P01: relation ...`.
fn server_error(stderr: &str) -> Option<Reply> {
    let mut found = None;
    for line in stderr.lines() {
        let of_server = SEVERITIES.iter().find_map(|severity| {
            let (sqlstate, message) = line.strip_prefix(severity)?.strip_prefix(":  ")?.split_once(": ")?;
            (sqlstate.len() == 5).then(|| (*severity, sqlstate, message.to_owned()))
        });
        match (&mut found, of_server) {
            (_, Some(error)) => found = Some(error),
            // A message of several lines goes on until psql adds something of its own.
            (Some((_, _, message)), None) if !is_addition(line) => {
                message.push('\n');
                message.push_str(line);
            }
            (Some(_), None) => break,
            (None, None) => {}
        }
    }
    found.map(|(severity, sqlstate, message)| Reply::Error {
        sqlstate: Some(sqlstate.to_owned()),
        severity: Some(severity.to_owned()),
        message,
    })
}

fn is_addition(line: &str) -> bool {
    const ADDITIONS: [&str; 9] = [
        "LINE ",
        "DETAIL:",
        "HINT:",
        "QUERY:",
        "CONTEXT:",
        "SCHEMA NAME:",
        "TABLE NAME:",
        "LOCATION:",
        "server closed",
    ];
    ADDITIONS.iter().any(|addition| line.starts_with(addition))
}

/// The outcome that a text of libpq's own is, as it has for a connection attempt that failed.
fn libpq_failure(stderr: &str) -> Reply {
    let message = stderr.trim_end().strip_prefix("psql: error: ").unwrap_or(stderr.trim_end()).to_owned();
    let says = |words: &[&str]| words.iter().any(|word| message.contains(word));
    // The last attempt counts: with sslmode=prefer there may have been one with TLS and one without.
    let server = SEVERITIES.iter().find_map(|severity| {
        let (_, text) = message.rsplit_once(&format!("failed: {severity}:  "))?;
        Some((*severity, text.to_owned()))
    });
    if let Some((severity, message)) = server {
        Reply::Error { sqlstate: None, severity: Some(severity.to_owned()), message }
    } else if says(&UNREACHABLE) {
        Reply::Unreachable { message }
    } else if says(&CLOSED) {
        Reply::Closed { message }
    } else {
        Reply::failed(message)
    }
}

/// What libpq says if there is nobody to connect to. `adapter.py` of psycopg2 has the same list.
const UNREACHABLE: [&str; 6] = [
    "Connection refused",
    "could not translate host name",
    "No route to host",
    "Network is unreachable",
    "timeout expired",
    "Connection timed out",
];

/// What libpq says if a connection ends under it. `adapter.py` of psycopg2 has the same list.
const CLOSED: [&str; 6] = [
    "server closed the connection unexpectedly",
    "SSL connection has been closed unexpectedly",
    "Connection reset by peer",
    "Broken pipe",
    "EOF detected",
    "connection to server was lost",
];

fn lost(stderr: &str) -> Reply {
    let message = if stderr.trim().is_empty() { "psql has ended" } else { stderr.trim_end() };
    Reply::Closed { message: message.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn rows(columns: &[&str], rows: &[&[Option<&str>]], rowcount: i64) -> Reply {
        Reply::Rows {
            columns: columns.iter().map(|name| (*name).to_owned()).collect(),
            rows: rows.iter().map(|row| row.iter().map(|value| value.map(str::to_owned)).collect()).collect(),
            tag: None,
            rowcount: Some(rowcount),
        }
    }

    #[test]
    fn tables_and_tags_are_told_apart() {
        let tag = |tag: &str| Reply::Done { tag: Some(tag.to_owned()), rowcount: None };
        assert_eq!(last_result(""), Reply::Done { tag: None, rowcount: None });
        assert_eq!(last_result("updated: 1, server: 1.72ms\n"), tag("updated: 1, server: 1.72ms"));
        assert_eq!(last_result("a\u{1e}(0 rows)\n"), rows(&["a"], &[], 0));
        let two = "a\u{1f}b\u{1e}1\u{1f}\u{1d}\u{1e}x\ny\u{1f}(1 row)\u{1e}(2 rows)\n";
        let expected = rows(&["a", "b"], &[&[Some("1"), None], &[Some("x\ny"), Some("(1 row)")]], 2);
        assert_eq!(last_result(two), expected);
        assert_eq!(last_result(&format!("BEGIN\n{two}")), expected);
        assert_eq!(last_result(&format!("a\u{1e}1\u{1e}(1 row)\n{two}")), expected);
        assert_eq!(last_result(&format!("{two}COMMIT\n")), tag("COMMIT"));
    }

    #[test]
    fn an_error_is_cut_out_of_what_psql_prints() {
        let stderr =
            "NOTICE:  00000: hear\nLOCATION:  f, a.c:1\nERROR:  42601: one\ntwo\nLINE 1: selec\n        ^\n";
        let Some(Reply::Error { sqlstate, message, .. }) = server_error(stderr) else { panic!("no error") };
        assert_eq!((sqlstate.as_deref(), message.as_str()), (Some("42601"), "one\ntwo"));
        assert_eq!(server_error("NOTICE:  00000: hear\n"), None);
    }

    #[test]
    fn a_failed_attempt_is_told_by_its_words() {
        let fatal = "psql: error: connection to server at \"::1\", port 1 failed: FATAL:  no\n";
        assert!(
            matches!(libpq_failure(fatal), Reply::Error { severity: Some(s), message, .. } if s == "FATAL" && message == "no")
        );
        let refused = "psql: error: connection to server at \"::1\", port 1 failed: Connection refused\n\tIs the server...";
        assert!(matches!(libpq_failure(refused), Reply::Unreachable { .. }));
        let closed = "psql: error: connection to server at \"::1\", port 1 failed: server closed the connection unexpectedly\n";
        assert!(matches!(libpq_failure(closed), Reply::Closed { .. }));
    }
}
