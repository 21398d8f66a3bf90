//! Signals, process groups and users.

use nix::sys::signal::{Signal, kill, killpg};
use nix::unistd::{Pid, User, geteuid};
use std::fs::Permissions;
use std::io;
use std::os::unix::fs::{PermissionsExt, chown};
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Child, Command};
use std::str::FromStr;

/// A group of its own; and the user, where root runs this.
pub(super) fn set_up(command: &mut Command, user: Option<&str>) -> io::Result<()> {
    command.process_group(0);
    if let Some(user) = other(user)? {
        command.uid(user.uid.as_raw()).gid(user.gid.as_raw());
    }
    Ok(())
}

/// Lets everybody into a folder, and gives it to the user where root runs this.
pub(in super::super) fn open_to(folder: &Path, user: Option<&str>) -> io::Result<()> {
    std::fs::set_permissions(folder, Permissions::from_mode(0o755))?;
    match other(user)? {
        Some(user) => chown(folder, Some(user.uid.as_raw()), Some(user.gid.as_raw())),
        None => Ok(()),
    }
}

fn other(name: Option<&str>) -> io::Result<Option<User>> {
    let Some(name) = name.filter(|_| geteuid().is_root()) else { return Ok(None) };
    match User::from_name(name)? {
        Some(user) => Ok(Some(user)),
        None => Err(io::Error::other(format!("there is no user {name} to run it as"))),
    }
}

/// Sends a signal to the process alone.
pub(super) fn signal(child: &Child, name: &str) {
    if let (Ok(signal), Some(pid)) = (named(name), pid(child)) {
        // If it has ended meanwhile, so much the better.
        _ = kill(pid, signal);
    }
}

/// Kills the process and whatever it started.
pub(super) fn kill_all(child: &mut Child) {
    if let Some(pid) = pid(child) {
        _ = killpg(pid, Signal::SIGKILL);
    }
}

pub(super) fn check_signal(name: &str) -> Result<(), String> {
    named(name).map(|_| ())
}

fn named(name: &str) -> Result<Signal, String> {
    Signal::from_str(&format!("SIG{name}"))
        .map_err(|_| format!("there is no signal `{name}` such as TERM or INT"))
}

fn pid(child: &Child) -> Option<Pid> {
    i32::try_from(child.id()).ok().map(Pid::from_raw)
}
