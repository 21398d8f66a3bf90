//! Adapters that `ci/install` compiles: those in Java and in Go.

use std::path::PathBuf;
use std::process::Command;
use std::time::Duration;

use super::registry::{Found, installed};
use super::{Adapter, process};

/// A file that an adapter is built of: its path below `harness/clients`, and its text.
type Source = (&'static str, &'static str);

macro_rules! sources {
    ($($path:literal),* $(,)?) => {
        [$(($path, include_str!(concat!("../../clients/", $path)))),*]
    };
}

const PGJDBC: [Source; 5] = sources![
    "pgjdbc/Adapter.java",
    "pgjdbc/Failure.java",
    "pgjdbc/Session.java",
    "pgjdbc/Values.java",
    "pgjdbc/jars.lock",
];

const LIB_PQ: [Source; 5] = sources![
    "lib-pq/main.go",
    "lib-pq/go.mod",
    "lib-pq/go.sum",
    "contract-go/contract.go",
    "contract-go/value.go",
];

const PGX: [Source; 6] = sources![
    "pgx/main.go",
    "pgx/startup.go",
    "pgx/go.mod",
    "pgx/go.sum",
    "contract-go/contract.go",
    "contract-go/value.go",
];

/// Where an adapter was built, if it was built of these sources.
fn folder(name: &str, sources: &[Source]) -> Result<PathBuf, String> {
    let Some(folder) = installed(name) else {
        return Err(format!("not in target/clients/{name} (ci/install puts it there)"));
    };
    for (path, text) in sources {
        // `ci/install` leaves a copy of what it built.
        if std::fs::read_to_string(folder.join("source").join(path)).ok().as_deref() != Some(text) {
            return Err(format!("{} was not built of this {path}; run ci/install", folder.display()));
        }
    }
    Ok(folder)
}

/// The version of the driver, as its lock file has it: the path of its jar at Maven Central.
fn pgjdbc_version(id: &str) -> Option<&'static str> {
    let lock = include_str!("../../clients/pgjdbc/jars.lock");
    let line = lock.lines().find(|line| line.split_whitespace().next() == Some(id))?;
    line.rsplit('/').nth(1)
}

pub(super) fn pgjdbc(id: &'static str) -> Result<Found, String> {
    let version = pgjdbc_version(id).ok_or("its version is not in jars.lock")?;
    let folder = folder("pgjdbc", &PGJDBC)?;
    let jar = folder.join(format!("postgresql-{version}.jar"));
    if !jar.is_file() {
        return Err(format!("{} is not there; run ci/install", jar.display()));
    }
    let path = std::env::var_os("PATH").unwrap_or_default();
    match std::env::split_paths(&path).map(|folder| folder.join("java")).find(|program| program.is_file()) {
        Some(program) => Ok(Found { version: version.to_owned(), program }),
        None => Err("java: not found on PATH".to_owned()),
    }
}

pub(super) fn start_pgjdbc(id: &'static str, limit: Duration, found: &Found) -> Result<Adapter, String> {
    let folder = folder("pgjdbc", &PGJDBC)?;
    let jars = [format!("postgresql-{}.jar", found.version), "json.jar".to_owned(), "classes".to_owned()];
    let class_path =
        std::env::join_paths(jars.map(|jar| folder.join(jar))).map_err(|error| error.to_string())?;
    let mut command = Command::new(&found.program);
    // It lives for a second: a quick start is worth more than fast code. The driver tells the server the time zone, and
    // looks for certificates in the home folder.
    command.args(["-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC", "-Xshare:auto"]);
    command.args(["-Duser.timezone=UTC", "-Duser.language=en", "-Duser.home=/nonexistent"]);
    command.arg("-cp").arg(class_path).arg("Adapter");
    process::start(id, limit, command).map_err(|error| format!("{}: {error}", found.program.display()))
}

pub(super) fn lib_pq(id: &'static str) -> Result<Found, String> {
    go(id, &LIB_PQ, "github.com/lib/pq")
}

pub(super) fn pgx(id: &'static str) -> Result<Found, String> {
    go(id, &PGX, "github.com/jackc/pgx/v5")
}

fn go(id: &str, sources: &[Source], module: &str) -> Result<Found, String> {
    let lock = sources.iter().find(|(path, _)| path.ends_with("go.mod")).map_or("", |(_, text)| text);
    let mut words = lock.split_whitespace().skip_while(|word| *word != module);
    let version = words.nth(1).ok_or_else(|| format!("{module} is not in go.mod"))?;
    let program = folder(id, sources)?.join("adapter");
    if !program.is_file() {
        return Err(format!("{} is not there; run ci/install", program.display()));
    }
    Ok(Found { version: version.trim_start_matches('v').to_owned(), program })
}

pub(super) fn start_go(id: &'static str, limit: Duration, found: &Found) -> Result<Adapter, String> {
    let mut command = Command::new(&found.program);
    command.env("TZ", "UTC");
    process::start(id, limit, command).map_err(|error| format!("{}: {error}", found.program.display()))
}
