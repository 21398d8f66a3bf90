//! Servers that a target file starts, and two servers compared. The server is our own, as another process.

#![cfg(unix)]
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};
use tempfile::TempDir;

const PROFILE: &str = "spacetimedb-standalone";

/// A case that the fault `empty-query-is-error` breaks.
const CASE: &str = "simple-query/empty#semicolons";

fn pgconform(args: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_pgconform"));
    command.args(args);
    command
}

fn output(args: &[&str]) -> (Option<i32>, String, String) {
    let Output { status, stdout, stderr } = pgconform(args).output().unwrap();
    (status.code(), String::from_utf8(stdout).unwrap(), String::from_utf8(stderr).unwrap())
}

/// A target file that serves our own server, preceded by `prepare`. The server leaves its process id beside the file.
fn target(folder: &TempDir, prepare: &str, faults: &str) -> String {
    let (_, token, _) = output(&["token", "--profile", PROFILE]);
    let script = format!(
        "echo $$ > '{}'; exec '{}' serve --profile {PROFILE} --listen 127.0.0.1:$0 {faults}",
        folder.path().join("pid").display(),
        env!("CARGO_BIN_EXE_pgconform"),
    );
    let text = format!(
        "{prepare}\n[start]\nrun = [\"sh\", \"-c\", \"\"\"{script}\"\"\", \"{{port}}\"]\n\
         [stop]\nsignal = \"TERM\"\n[login]\npassword = \"{}\"\n",
        token.trim()
    );
    let path = folder.path().join("target.toml");
    fs::write(&path, text).unwrap();
    format!("command:{}", path.display())
}

/// Whether the server that left its process id in `folder` still runs.
fn runs(folder: &TempDir) -> bool {
    let pid = fs::read_to_string(folder.path().join("pid")).unwrap();
    Command::new("kill").args(["-0", pid.trim()]).stderr(Stdio::null()).status().unwrap().success()
}

#[test]
fn a_server_is_prepared_started_certified_and_stopped() {
    let folder = tempfile::tempdir().unwrap();
    let mark = folder.path().join("prepared");
    let prepare =
        format!("[vars]\nmark = \"{}\"\n[[prepare]]\nrun = [\"touch\", \"{{mark}}\"]\n", mark.display());
    let target = target(&folder, &prepare, "");
    let (status, printed, errors) =
        output(&["certify", &target, "--profile", PROFILE, "--client", "wire", "--cases", CASE]);
    assert_eq!(status, Some(0), "{printed}{errors}");
    assert!(printed.contains(&format!("judged on {target}")), "{printed}");
    assert!(mark.exists() && !runs(&folder));
}

#[test]
fn interrupted_it_is_stopped_all_the_same() {
    let folder = tempfile::tempdir().unwrap();
    // A step that never ends, and then a server whose cases never end.
    for (prepare, file) in [
        ("[[prepare]]\nrun = [\"sh\", \"-c\", \"echo $$ > '{mark}'; exec sleep 60\"]\n", "mark"),
        ("", "pid"),
    ] {
        let mark = folder.path().join(file);
        let vars = format!("[vars]\nmark = \"{}\"\n", mark.display());
        let target = target(&folder, &(vars + prepare), "");
        let mut command =
            pgconform(&["certify", &target, "--profile", PROFILE, "--client", "wire", "--cases", "sql/*"]);
        let child = command.stdout(Stdio::null()).stderr(Stdio::piped()).spawn().unwrap();
        wait_for(&mark);
        assert!(Command::new("kill").args(["-INT", &child.id().to_string()]).status().unwrap().success());
        let Output { status, stderr, .. } = child.wait_with_output().unwrap();
        let stderr = String::from_utf8(stderr).unwrap();
        assert_eq!(status.code(), Some(2), "{stderr}");
        assert!(stderr.ends_with("pgconform: interrupted\n"), "{stderr}");
        fs::copy(&mark, folder.path().join("pid")).unwrap();
        assert!(!runs(&folder), "{file}");
        fs::remove_file(folder.path().join("pid")).unwrap();
    }
}

fn wait_for(file: &Path) {
    let deadline = Instant::now() + Duration::from_secs(20);
    while fs::read_to_string(file).unwrap_or_default().is_empty() {
        assert!(Instant::now() < deadline, "{} never came", file.display());
        std::thread::sleep(Duration::from_millis(5));
    }
}

#[test]
fn what_is_wrong_with_a_target_file_is_one_line() {
    let folder = tempfile::tempdir().unwrap();
    let path: PathBuf = folder.path().join("t.toml");
    for (text, why) in [
        ("[start]\nrum = []\n", ":2: unknown field `rum`"),
        ("[start]\nrun = [\"true\"]\n[stop]\nsignal = \"HALT\"\n", "there is no signal `HALT`"),
        (
            "[start]\nrun = [\"true\", \"{prot}\"]\n",
            ":1: nothing is called {prot}: one of {dir}, {hba}, {here}, {port}",
        ),
        ("[start]\nrun = [\"true\"]\nuser = \"nobody-there\"\n", ":1: "),
        ("waivers = \"none.toml\"\n[start]\nrun = [\"true\"]\n", "none.toml: No such file"),
    ] {
        fs::write(&path, text).unwrap();
        let target = format!("command:{}", path.display());
        let (status, printed, errors) =
            output(&["certify", &target, "--profile", PROFILE, "--client", "wire", "--cases", CASE]);
        assert_eq!((status, printed.as_str()), (Some(2), ""), "{errors}");
        let last = errors.lines().last().unwrap();
        assert!(last.starts_with("pgconform: ") && last.contains(why), "{why}: {errors}");
    }
    let (status, _, errors) = output(&["certify", "command:/nowhere.toml", "--profile", PROFILE]);
    assert_eq!(
        (status, errors.as_str()),
        (Some(2), "pgconform: /nowhere.toml: No such file or directory (os error 2)\n")
    );
}

#[test]
fn two_servers_compared() {
    let folder = tempfile::tempdir().unwrap();
    let target = target(&folder, "", "--fault empty-query-is-error");
    let diff =
        |left: &str, right: &str| output(&["diff", left, right, "--profile", PROFILE, "--cases", CASE]);
    let (status, printed, errors) = diff("embedded", "embedded");
    assert_eq!(status, Some(0), "{printed}{errors}");
    let (status, printed, errors) = diff("embedded", &target);
    assert_eq!(status, Some(1), "{printed}{errors}");
    assert!(printed.starts_with(&format!("{CASE}\n")), "{printed}");
    assert!(printed.contains("B 4 EmptyQueryResponse") && printed.contains("ErrorResponse"), "{printed}");
    assert!(!runs(&folder));
    let (status, _, errors) =
        output(&["diff", "embedded", "embedded", "--profile", PROFILE, "--cases", "notifications/*"]);
    assert_eq!((status, errors.as_str()), (Some(2), "pgconform: nothing was compared: no case applies\n"));
}

#[test]
fn the_report_for_wireshark_shows_no_secret() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("run.pcapng");
    let report = format!("pcapng={}", path.display());
    let (status, printed, errors) =
        output(&["certify", "--profile", PROFILE, "--client", "wire", "--cases", CASE, "--report", &report]);
    assert_eq!(status, Some(0), "{printed}{errors}");
    let bytes = fs::read(&path).unwrap();
    let has = |text: &[u8]| bytes.windows(text.len()).any(|window| window == text);
    assert!(has(b"quickstart-chat"), "there is a conversation in it");
    assert!(has(CASE.as_bytes()), "its case is named");
    // Every token begins with this.
    assert!(!has(b"eyJ"));
}
