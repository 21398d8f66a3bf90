//! The program as scripts meet it: exit statuses, one line for each bad input, the shapes of JSON, and no secrets.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use serde_json::Value;
use std::ffi::OsStr;
use std::fs;
use std::io::{BufRead, BufReader, Read};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Output, Stdio};
use tempfile::TempDir;

const PROFILE: &str = "spacetimedb-standalone";

/// Met by the profile, unless the server has the fault `empty-query-is-error`.
const EMPTY: &str = "\
# A query string without statements.
clause  simple.empty-query
wild    21

login
F Query \";;\"
B EmptyQueryResponse
B ReadyForQuery I
";

/// Never met: it asks for what no server says.
const UNMET: &str = "\
# Rows instead of nothing.
clause  simple.empty-query

login
F Query \"\"
B DataRow \"a row\"
";

fn pgconform<A: AsRef<OsStr>>(args: impl IntoIterator<Item = A>) -> Output {
    Command::new(env!("CARGO_BIN_EXE_pgconform")).args(args).output().unwrap()
}

fn stdout(output: &Output) -> String {
    String::from_utf8(output.stdout.clone()).unwrap()
}

fn stderr(output: &Output) -> String {
    String::from_utf8(output.stderr.clone()).unwrap()
}

/// A folder with `cases/NAME.case` and other files.
struct Files(TempDir);

impl Files {
    fn new() -> Self {
        let files = Self(tempfile::tempdir().unwrap());
        files.write("cases/empty.case", EMPTY);
        files.write("cases/unmet.case", UNMET);
        files
    }

    fn path(&self, name: &str) -> PathBuf {
        self.0.path().join(name)
    }

    fn text(&self, name: &str) -> String {
        self.path(name).display().to_string()
    }

    fn write(&self, name: &str, text: &str) -> String {
        fs::create_dir_all(self.path(name).parent().unwrap()).unwrap();
        fs::write(self.path(name), text).unwrap();
        self.text(name)
    }

    /// Certifies with our own client alone, and with these further arguments.
    fn certify(&self, case: &str, args: &[&str]) -> Output {
        let cases = self.text(&format!("cases/{case}.case"));
        let fixed = ["certify", "--profile", PROFILE, "--client", "wire", "--cases", &cases];
        pgconform(fixed.iter().chain(args))
    }
}

#[test]
fn every_bad_input_is_one_line_and_status_2() {
    let files = Files::new();
    let broken_profile = files.write("broken.toml", "summary = \"broken\"\n[claims]\ntls = \"perhaps\"\n");
    let foreign = files.write(
        "foreign.toml",
        "extends = \"postgres\"\nsummary = \"foreign\"\n[claims]\ndialect = \"other\"\n",
    );
    let contradictory = files.write(
        "contradictory.toml",
        "extends = \"postgres\"\nsummary = \"contradictory\"\n[claims]\nbackend-key-data = \"absent\"\n",
    );
    let [unknown_quirk, foreign_quirk] = ["nonsense", "u8-as-int2"].map(|quirk| {
        let text =
            format!("extends = \"postgres\"\nsummary = \"quirky\"\n[server]\nquirks = [\"{quirk}\"]\n");
        files.write(&format!("{quirk}.toml"), &text)
    });
    let broken_case =
        files.write("cases/broken.case", "# Broken.\nclause simple.empty-query\n\nF Nonsense\n");
    let no_reason = files.write("waivers.toml", "# none\n[[waivers]]\ncase = \"empty\"\nreason = \" \"\n");
    let no_report = files.write("report.json", "{\"format\":1}");
    let other_format = files.write("other.json", "{\"format\":2,\"results\":[]}");
    fs::create_dir_all(files.path("nothing")).unwrap();
    let [unwritable, nowhere, absent, nothing] =
        ["no/such/folder/report.json", "nowhere.toml", "cases/absent.case", "nothing"]
            .map(|name| files.text(name));
    let cases = files.text("cases/empty.case");
    let report = format!("json={unwritable}");

    let certify: &[(&[&str], &[&str])] = &[
        (&["--profile", "nope"], &["no profile `nope`", PROFILE, "postgres"]),
        (&["--profile", &nowhere], &[&nowhere, "No such file"]),
        (&["--profile", &broken_profile], &[&format!("{broken_profile}:3: no `tls` is `perhaps`")]),
        (
            &["--profile", &contradictory],
            &[&format!(
                "{contradictory}:4: `cancel` is claimed to be `honoured`, but `backend-key-data` to be"
            )],
        ),
        (
            &["--profile", &unknown_quirk],
            &[&format!("{unknown_quirk}:4: there is no fault `nonsense` (`pgconform faults`")],
        ),
        (
            &["--profile", &foreign_quirk],
            &[&format!("{foreign_quirk}:4: the fault `u8-as-int2` is one of another dialect")],
        ),
        (&["--profile", &foreign], &["does not play", "foreign"]),
        (&["--profile", PROFILE, "--profile", PROFILE], &["two profiles are called"]),
        (&["--cases", &broken_case], &[&format!("{broken_case}:4: ")]),
        (&["--cases", "no/such/*"], &["no case matches `no/such/*`"]),
        (&["--cases", "[a"], &["[a"]),
        (&["--cases", &absent], &[&absent, "no such file"]),
        (&["--cases", &nothing], &["no case in", &nothing]),
        (&["--client", "nobody"], &["no client `nobody`", "wire", "psql"]),
        (&["--fault", "nonsense"], &["no fault `nonsense`", "pgconform faults"]),
        (
            &["127.0.0.1:1", "--profile", PROFILE, "--fault", "empty-query-is-error"],
            &["--fault", "127.0.0.1:1"],
        ),
        (&["127.0.0.1:1", "--profile", PROFILE], &["127.0.0.1:1", "refused"]),
        (&["127.0.0.1:1"], &["127.0.0.1:1", "--profile", PROFILE]),
        (&["nonsense"], &["no target `nonsense`", "HOST:PORT"]),
        (&["--password-env", "PGCONFORM_TEST_UNSET"], &["PGCONFORM_TEST_UNSET is not set"]),
        (&["--waivers", &no_reason], &[&format!("{no_reason}:2: "), "needs a reason"]),
        (&["--waivers", &absent], &[&absent]),
        (&["--tls-ca", &absent], &["--tls-ca", &absent]),
        (&["--tls-ca", &cases], &["--tls-ca", &cases, "PEM"]),
        (&["--report", &report], &[&unwritable, "No such file"]),
        (&["--report", "tap=x"], &["no format `tap`", "formats: json"]),
        (&["--report", "json"], &["FORMAT=PATH", "formats: json"]),
        (&["--timeout", "5"], &["`5` is no duration"]),
        (&["--jobs", "0"], &["--jobs"]),
        (&["--seed", "x"], &["--seed"]),
        (&["--nonsense"], &["--nonsense"]),
    ];
    let certify = certify.iter().map(|(args, says)| {
        // A case of our own, so that only the one thing is wrong.
        let cases = if args.contains(&"--cases") { &[][..] } else { &["--cases", cases.as_str()] };
        ([&["certify"], cases, *args].concat(), *says)
    });
    let others: &[(&[&str], &[&str])] = &[
        (&["nonsense"], &["nonsense"]),
        (&["show", "no/such/case"], &["no case `no/such/case`"]),
        (&["list", "--profile", "nope"], &["no profile `nope`"]),
        (&["fmt", &absent], &[&absent]),
        (&["fmt", "--check", &broken_case], &[&format!("{broken_case}:4: ")]),
        (&["serve"], &["--profile"]),
        (&["serve", "--profile", PROFILE], &[PROFILE, "listens only when told where: --listen ADDR"]),
        (&["serve", "--profile", &foreign], &["does not play", "foreign"]),
        (&["serve", "--profile", &contradictory], &[&format!("{contradictory}:4: ")]),
        (&["serve", "--profile", &foreign_quirk], &[&format!("{foreign_quirk}:4: ")]),
        (&["serve", "--profile", PROFILE, "--fault", "nonsense"], &["no fault `nonsense`"]),
        (&["serve", "--profile", PROFILE, "--listen", "nowhere"], &["cannot listen on nowhere"]),
        (&["serve", "--profile", PROFILE, "--listen", "127.0.0.1:0", "--tls-ca-out", "x"], &["has no TLS"]),
        (&["token", "--expires-in", "soon"], &["`soon` is no duration"]),
        (&["token", "--profile", "nope"], &["no profile `nope`"]),
        (&["token", "--profile", "postgres"], &["`postgres` takes no tokens"]),
        (&["waivers", &absent], &[&absent]),
        (&["waivers", &no_report], &[&no_report, "no report"]),
        (&["waivers", &other_format], &[&other_format, "format 2"]),
    ];
    for (args, says) in certify.chain(others.iter().map(|(args, says)| (args.to_vec(), *says))) {
        let output = pgconform(&args);
        let line = stderr(&output);
        assert_eq!(output.status.code(), Some(2), "{args:?}: {line}");
        assert_eq!(stdout(&output), "", "{args:?}");
        assert!(line.starts_with("pgconform: ") && line.ends_with('\n'), "{args:?}: {line}");
        assert_eq!(line.matches('\n').count(), 1, "{args:?}: {line}");
        for part in says {
            assert!(line.contains(part), "{args:?}: `{part}` is not in {line}");
        }
    }
}

#[test]
fn a_password_in_a_target_is_refused_and_not_repeated() {
    for target in ["postgres://me:secret@127.0.0.1:1/", "me:secret@127.0.0.1:1"] {
        let output = pgconform(["certify", target, "--profile", PROFILE]);
        let line = stderr(&output);
        assert_eq!(output.status.code(), Some(2), "{line}");
        assert!(line.contains("--password-env") && !line.contains("secret"), "{line}");
    }
}

#[test]
fn help_is_no_error() {
    for args in [&["--help"][..], &["certify", "--help"], &["--version"]] {
        let output = pgconform(args);
        assert_eq!((output.status.code(), stderr(&output).as_str()), (Some(0), ""));
        assert!(stdout(&output).contains("pgconform"));
    }
    assert_eq!(pgconform::<&str>([]).status.code(), Some(2));
}

#[test]
fn certify_alone_ends_well() {
    let output = pgconform(["certify"]);
    assert_eq!(output.status.code(), Some(0), "{}{}", stdout(&output), stderr(&output));
}

#[test]
fn a_pass_and_a_failure() {
    let files = Files::new();
    let passed = files.certify("empty", &[]);
    assert_eq!(passed.status.code(), Some(0), "{}{}", stdout(&passed), stderr(&passed));
    assert!(stdout(&passed).contains("ok: nothing failed"), "{}", stdout(&passed));

    let failed = files.certify("empty", &["--fault", "empty-query-is-error"]);
    assert_eq!(failed.status.code(), Some(1), "{}", stderr(&failed));
    let text = stdout(&failed);
    let case = files.text("cases/empty.case");
    for part in [
        &format!("FAIL empty ({PROFILE}, wire)\n"),
        "simple.empty-query (must): ",
        "2.2 Simple Query]",
        &format!("{case}:7\n"),
        "expected   EmptyQueryResponse\n",
        "actual     ErrorResponse ",
        "\n             > B ",
        &format!("pgconform certify --fault empty-query-is-error --profile {PROFILE} --cases {case}\n"),
        &format!("pgconform show {case}\n"),
        "failed: 1 fail; 1 judged on embedded in ",
    ] {
        assert!(text.contains(part), "`{part}` is not in {text}");
    }
    assert!(!text.contains('\u{1b}'), "{text}");
}

#[test]
fn nothing_judged_is_no_success() {
    let files = Files::new();
    let scenario = "# A scenario.\nclause  simple.empty-query\nclient  psql\n\nC query \"\"\n= done\n";
    files.write("cases/scenario.case", scenario);
    let output = files.certify("scenario", &[]);
    assert_eq!(output.status.code(), Some(2), "{}", stdout(&output));
    assert!(stderr(&output).contains("pgconform: nothing was judged"), "{}", stderr(&output));
}

#[test]
fn a_warning_fails_only_when_strict() {
    let files = Files::new();
    files.write("cases/should.case", &UNMET.replacen("\n\n", "\nlevel   should\n\n", 1));
    assert_eq!(files.certify("should", &[]).status.code(), Some(0));
    let strict = files.certify("should", &["--strict"]);
    assert_eq!(strict.status.code(), Some(1));
    assert!(stdout(&strict).contains("WARN should"), "{}", stdout(&strict));
}

#[test]
fn what_does_not_apply_is_counted_and_listed_when_asked() {
    let files = Files::new();
    files.write("cases/other.case", &EMPTY.replacen("\n\n", "\nneeds   copy=full\n\n", 1));
    let quiet = files.certify("other", &[]);
    assert_eq!(quiet.status.code(), Some(0));
    assert!(!stdout(&quiet).contains("copy=full"));
    let verbose = stdout(&files.certify("other", &["--verbose"]));
    assert!(verbose.contains("not-applicable  other") && verbose.contains("copy=full"), "{verbose}");
}

#[test]
fn the_json_report() {
    let files = Files::new();
    let path = files.text("report.json");
    let report = format!("json={path}");
    let cases = files.text("cases");
    let args = ["certify", "--profile", PROFILE, "--client", "wire", "--cases", &cases, "--report", &report];
    let output = pgconform(args);
    assert_eq!(output.status.code(), Some(1), "{}", stderr(&output));
    let report: Value = serde_json::from_str(&fs::read_to_string(path).unwrap()).unwrap();
    let top = ["format", "tool", "target", "started", "duration_ms", "summary", "results"];
    assert_eq!(keys(&report), top);
    assert_eq!(report["format"], 1);
    assert_eq!(report["tool"]["name"], "pgconform");
    assert_eq!(report["tool"]["version"], env!("CARGO_PKG_VERSION"));
    assert_eq!(report["target"], "embedded");
    let started = report["started"].as_str().unwrap();
    assert!(started.starts_with("20") && started.contains('T') && started.ends_with('Z'), "{started}");
    assert!(report["duration_ms"].is_u64());
    let verdicts = ["pass", "warn", "fail", "waived", "stale-waiver", "not-applicable", "broken"];
    assert_eq!(keys(&report["summary"]), verdicts);
    assert_eq!((&report["summary"]["pass"], &report["summary"]["fail"]), (&1.into(), &1.into()));

    let [passed, failed] = report["results"].as_array().unwrap().as_slice() else { panic!("{report}") };
    let of_result =
        ["case", "profile", "client", "level", "verdict", "clauses", "rule", "expected", "actual", "at"];
    let of_result = [&of_result[..], &["reason", "duration_ms", "transcript"]].concat();
    assert_eq!(keys(passed), of_result);
    assert_eq!(keys(failed), of_result);
    for (result, case, verdict) in [(passed, "empty", "pass"), (failed, "unmet", "fail")] {
        assert_eq!(result["case"], case);
        assert_eq!(result["verdict"], verdict);
        assert_eq!(result["profile"], PROFILE);
        assert_eq!(result["client"], "wire");
        assert_eq!(result["level"], "must");
        assert_eq!(result["clauses"], serde_json::json!(["simple.empty-query"]));
        assert!(result["duration_ms"].is_u64());
        let transcript = result["transcript"].as_array().unwrap();
        assert!(transcript.iter().any(|line| line == "B 4 EmptyQueryResponse"), "{transcript:?}");
    }
    for key in ["rule", "expected", "actual", "at"] {
        assert_eq!(passed[key], Value::Null);
    }
    assert_eq!(failed["rule"], Value::Null);
    assert!(failed["expected"].as_str().unwrap().contains("DataRow"));
    assert!(failed["actual"].as_str().unwrap().contains("EmptyQueryResponse"));
    assert_eq!(failed["at"], format!("{}:6", files.text("cases/unmet.case")));
}

fn keys(object: &Value) -> Vec<&str> {
    object.as_object().unwrap().keys().map(String::as_str).collect()
}

#[test]
fn a_waiver_from_its_beginning_to_its_end() {
    let files = Files::new();
    let (path, waivers) = (files.text("report.json"), files.text("waivers.toml"));
    let fault = ["--fault", "empty-query-is-error"];
    let certify = |args: &[&str]| files.certify("empty", args);
    certify(&[&fault[..], &["--report", &format!("json={path}")]].concat());
    let starter = stdout(&pgconform(["waivers", &path]));
    assert!(
        starter.contains("[[waivers]]\ncase = \"empty\"\nclient = \"wire\"\nreason = \"\"\n"),
        "{starter}"
    );

    fs::write(&waivers, &starter).unwrap();
    let waived: Vec<&str> = fault.into_iter().chain(["--waivers", &waivers]).collect();
    let refused = certify(&waived);
    assert_eq!(refused.status.code(), Some(2));
    assert!(stderr(&refused).contains("needs a reason"), "{}", stderr(&refused));

    fs::write(&waivers, starter.replace("reason = \"\"", "reason = \"we know\"")).unwrap();
    let accepted = certify(&waived);
    assert_eq!(accepted.status.code(), Some(0), "{}{}", stdout(&accepted), stderr(&accepted));
    let stale = certify(&["--waivers", &waivers]);
    assert_eq!(stale.status.code(), Some(1), "{}", stderr(&stale));
    assert!(stdout(&stale).contains("STALE-WAIVER empty"), "{}", stdout(&stale));
    assert!(stdout(&stale).contains("we know"), "{}", stdout(&stale));
}

#[test]
fn listings() {
    let shapes: [(&[&str], &[&str]); 6] = [
        (&["list", "--json"], &["case", "file", "title", "level", "clauses", "needs", "wild", "clients"]),
        (
            &["clauses", "--json"],
            &["id", "level", "source", "section", "text", "cases", "rules", "untestable"],
        ),
        (&["rules", "--json"], &["id", "clauses", "faults"]),
        (&["faults", "--json"], &["id", "rules", "quirk_of"]),
        (&["clients", "--json"], &["id", "language", "version", "missing"]),
        (&["profiles", "--json"], &["id", "summary", "extends", "played", "claims"]),
    ];
    for (args, shape) in shapes {
        let list = json(args);
        assert!(!list.is_empty(), "{args:?}");
        for entry in &list {
            assert_eq!(keys(entry), shape, "{args:?}");
        }
        // For people: a line each, below one that names the columns.
        let plain = stdout(&pgconform([args[0]]));
        assert!(plain.lines().count() > list.len(), "{plain}");
    }
}

fn json(args: &[&str]) -> Vec<Value> {
    let output = pgconform(args);
    assert_eq!((output.status.code(), stderr(&output).as_str()), (Some(0), ""), "{args:?}");
    serde_json::from_slice(&output.stdout).unwrap()
}

#[test]
fn what_covers_a_clause_says_so() {
    let clauses = json(&["clauses", "--json"]);
    let named = |key: &str, id: &str| -> Vec<Value> {
        let citing = |clause: &&Value| clause[key].as_array().unwrap().iter().any(|covering| covering == id);
        clauses.iter().filter(citing).map(|clause| clause["id"].clone()).collect()
    };
    for case in json(&["list", "--json"]) {
        let mut cited = case["clauses"].as_array().unwrap().clone();
        cited.sort_by_key(Value::to_string);
        assert_eq!(named("cases", case["case"].as_str().unwrap()), cited, "{case}");
    }
    for rule in json(&["rules", "--json"]) {
        let mut cited = rule["clauses"].as_array().unwrap().clone();
        cited.sort_by_key(Value::to_string);
        assert_eq!(named("rules", rule["id"].as_str().unwrap()), cited, "{rule}");
    }
}

#[test]
fn the_cases_of_a_profile() {
    let files = Files::new();
    files.write("cases/other.case", &EMPTY.replacen("\n\n", "\nneeds   copy=full\n\n", 1));
    let cases = files.text("cases");
    let listed = json(&["list", "--json", "--profile", PROFILE, "--cases", &cases]);
    let applicable: Vec<(&Value, &Value)> =
        listed.iter().map(|case| (&case["case"], &case["applicable"])).collect();
    let expected = [("empty", true), ("other", false), ("unmet", true)];
    let expected = expected.map(|(case, applies)| (Value::from(case), Value::from(applies)));
    assert_eq!(applicable, expected.iter().map(|(case, applies)| (case, applies)).collect::<Vec<_>>());
    assert_eq!(listed[0]["wild"], serde_json::json!([21]));
    assert!(listed[1]["reason"].as_str().unwrap().contains("copy=full"));
}

#[test]
fn a_case_is_shown_with_its_clauses() {
    let files = Files::new();
    let shown = stdout(&pgconform(["show", &files.text("cases/empty.case")]));
    let clauses = shown.strip_prefix(EMPTY).unwrap_or_else(|| panic!("{shown}"));
    assert!(clauses.contains("simple.empty-query (must): "), "{clauses}");
}

#[test]
fn case_files_are_laid_out() {
    let files = Files::new();
    let path = files.write("cases/crooked.case", &EMPTY.replace("clause  ", "clause "));
    let folder = files.text("cases");
    let check = || pgconform(["fmt", "--check", &folder]);
    let crooked = check();
    assert_eq!((crooked.status.code(), stdout(&crooked)), (Some(1), format!("{path}\n")));
    assert_eq!(pgconform(["fmt", &folder]).status.code(), Some(0));
    assert_eq!(fs::read_to_string(&path).unwrap(), EMPTY);
    let straight = check();
    assert_eq!((straight.status.code(), stdout(&straight)), (Some(0), String::new()));
}

/// `pgconform serve`, which ends with its holder.
struct Served {
    child: Child,
    address: String,
}

impl Served {
    fn start(args: &[&str]) -> Self {
        let mut child = Command::new(env!("CARGO_BIN_EXE_pgconform"))
            .args(["serve", "--listen", "127.0.0.1:0", "--log", "transcript"])
            .args(args)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        let mut line = String::new();
        BufReader::new(child.stdout.as_mut().unwrap()).read_line(&mut line).unwrap();
        let address = line.strip_prefix("listening on ").map(|address| address.trim().to_owned());
        let Some(address) = address else {
            _ = child.kill();
            let mut errors = String::new();
            child.stderr.take().unwrap().read_to_string(&mut errors).unwrap();
            panic!("{line}{errors}")
        };
        Self { child, address }
    }

    /// Asks it to stop; its exit status, and what it logged.
    fn stop(mut self) -> (Option<i32>, String) {
        let asked = Command::new("kill").args(["-TERM", &self.child.id().to_string()]).status().unwrap();
        assert!(asked.success());
        let mut log = String::new();
        self.child.stderr.take().unwrap().read_to_string(&mut log).unwrap();
        (self.child.wait().unwrap().code(), log)
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        // Gone already where a test stopped it.
        _ = self.child.kill();
        _ = self.child.wait();
    }
}

#[cfg(unix)]
#[test]
fn a_served_profile_is_certified_and_shows_no_secret() {
    let files = Files::new();
    let authority = files.text("authority.pem");
    let other_authority = files.text("other.pem");
    for (profile, tls) in [(PROFILE, false), ("spacetimedb-cloud", true)] {
        let served = if tls {
            drop(Served::start(&["--profile", profile, "--tls-ca-out", &other_authority]));
            Served::start(&["--profile", profile, "--tls-ca-out", &authority])
        } else {
            Served::start(&["--profile", profile])
        };
        let token = stdout(&pgconform(["token", "--profile", profile])).trim().to_owned();
        assert_eq!(token.split('.').count(), 3);
        let report = files.text("report.json");
        let certify = |case: &str, password: &str, authority: &str| {
            let mut command = Command::new(env!("CARGO_BIN_EXE_pgconform"));
            command.args(["certify", &served.address, "--profile", profile, "--client", "wire", "--verbose"]);
            command.args(["--cases", &files.text(&format!("cases/{case}.case"))]);
            command.args([
                "--report",
                &format!("json={report}"),
                "--password-env",
                "PGCONFORM_TEST_PASSWORD",
            ]);
            if tls {
                command.args(["--tls-ca", authority]);
            }
            let output = command.env("PGCONFORM_TEST_PASSWORD", password).output().unwrap();
            let report = fs::read_to_string(&report).unwrap();
            let printed = [stdout(&output), stderr(&output), report].concat();
            assert!(!printed.contains(password), "{printed}");
            (output.status.code(), printed)
        };
        let (status, printed) = certify("empty", &token, &authority);
        assert_eq!(status, Some(0), "{printed}");
        let (status, printed) = certify("unmet", &token, &authority);
        assert_eq!(status, Some(1), "{printed}");
        assert!(printed.contains("PasswordMessage <masked>"), "{printed}");
        assert!(!printed.contains("eyJ"), "{printed}");
        let wrong = "correct horse battery staple";
        let (status, printed) = certify("empty", wrong, &authority);
        assert_eq!(status, Some(1), "{printed}");
        if tls {
            let (status, printed) = certify("empty", &token, &other_authority);
            assert_ne!(status, Some(0), "{printed}");
        }
        let (status, log) = served.stop();
        assert_eq!(status, Some(0), "{log}");
        assert!(log.contains("] F 7 Query \";;\""), "{log}");
        assert!(log.contains("PasswordMessage <masked>"), "{log}");
        assert!(!log.contains(&token) && !log.contains("eyJ") && !log.contains(wrong), "{log}");
    }
}

#[test]
fn the_embedded_server_shows_no_secret() {
    let files = Files::new();
    let names = ["password", "password.other", "password.expired", "password.foreign", "password.unsigned"];
    for name in names {
        let case = format!(
            "# A password, and a failure that shows the transcript.\nclause simple.empty-query\n\n\
             F StartupMessage 3.0 user=@user database=@database\nB AuthenticationCleartextPassword\n\
             F PasswordMessage @{name}\nB DataRow @{name}\n"
        );
        files.write("cases/secret.case", &case);
        let report = files.text("report.json");
        let output = files.certify("secret", &["--verbose", "--report", &format!("json={report}")]);
        assert_eq!(output.status.code(), Some(1), "{}{}", stdout(&output), stderr(&output));
        let printed = [stdout(&output), stderr(&output), fs::read_to_string(&report).unwrap()].concat();
        assert!(printed.contains("PasswordMessage <masked>"), "{printed}");
        assert!(!printed.contains("eyJ"), "{name}: {printed}");
    }
}

#[test]
fn a_closed_pipe_is_no_panic() {
    let cases = Files::new();
    let case = cases.text("cases/unmet.case");
    for (args, status) in [
        (vec!["certify", "--profile", PROFILE, "--cases", &case], 1),
        (vec!["faults"], 0),
        (vec!["--help"], 0),
    ] {
        let mut child = Command::new(env!("CARGO_BIN_EXE_pgconform"))
            .args(&args)
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .unwrap();
        drop(child.stdout.take());
        let output = child.wait_with_output().unwrap();
        assert_eq!(output.status.code(), Some(status), "{args:?}: {}", stderr(&output));
        assert!(!stderr(&output).contains("panic"), "{}", stderr(&output));
    }
}

#[test]
fn an_old_report_does_not_pass_for_a_new_one() {
    let files = Files::new();
    let path = files.write("report.json", "an old one");
    let report = format!("json={path}");
    let output = files.certify("empty", &["--report", &report, "--nonsense"]);
    assert_eq!(output.status.code(), Some(2));
    assert_eq!(fs::read_to_string(Path::new(&path)).unwrap(), "an old one");
    let target = ["127.0.0.1:1", "--report", &report];
    assert_eq!(files.certify("empty", &target).status.code(), Some(2));
    assert_eq!(fs::read_to_string(&path).unwrap(), "");
}
