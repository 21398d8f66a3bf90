//! The target file: what it says, and the placeholders in it.

use serde::Deserialize;
use std::collections::BTreeMap;
use std::fmt;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;
use toml::Spanned;

/// What a target file says, with what it extends.
#[derive(Clone, Debug, Default)]
pub(super) struct File {
    /// Names and what they stand for.
    pub(super) vars: BTreeMap<String, Sourced<String>>,
    /// What is run to its end, one after the other, before the server is started.
    pub(super) prepare: Vec<Sourced<Command>>,
    /// What the server is started with.
    pub(super) start: Option<Sourced<Command>>,
    pub(super) ready: Ready,
    pub(super) stop: Stop,
    pub(super) login: Option<Sourced<Login>>,
    /// Named credentials, such as `password.scram`.
    pub(super) credentials: BTreeMap<String, Sourced<String>>,
    pub(super) tls: Option<Sourced<Tls>>,
    /// Files of known failures.
    pub(super) waivers: Vec<PathBuf>,
}

/// A command and how it is run.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields, rename_all = "kebab-case")]
pub(super) struct Command {
    /// The program and its arguments.
    pub(super) run: Vec<String>,
    /// The user to run it as, where root runs this; otherwise whoever runs this runs it.
    pub(super) user: Option<String>,
    /// Variables of its environment, besides those of this program.
    #[serde(default)]
    pub(super) environment: BTreeMap<String, String>,
}

/// When the server is ready.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Ready {
    /// How long it may take, in seconds: preparing it is not counted.
    pub(super) seconds: u64,
}

impl Default for Ready {
    fn default() -> Self {
        Self { seconds: 30 }
    }
}

/// How the server is stopped.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Stop {
    /// The signal that asks it to, without `SIG`.
    #[serde(default = "term")]
    pub(super) signal: String,
    /// How long it may take before it is killed, in seconds.
    #[serde(default = "ten")]
    pub(super) seconds: u64,
}

impl Default for Stop {
    fn default() -> Self {
        Self { signal: term(), seconds: ten() }
    }
}

fn term() -> String {
    "TERM".to_owned()
}

fn ten() -> u64 {
    10
}

/// Whom the run logs in as.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Login {
    pub(super) user: Option<String>,
    pub(super) database: Option<String>,
    pub(super) password: Option<String>,
}

/// How the server's certificate is checked.
#[derive(Clone, Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Tls {
    /// The file of the authority to trust, PEM.
    pub(super) authority: String,
    /// The host name that the certificate is for.
    #[serde(default = "localhost")]
    pub(super) host: String,
}

fn localhost() -> String {
    "localhost".to_owned()
}

/// A part of a target file, and where it stands.
#[derive(Clone, Debug)]
pub(super) struct Sourced<T> {
    pub(super) value: T,
    pub(super) at: Place,
}

/// A line of a file.
#[derive(Clone, Debug)]
pub(super) struct Place {
    file: PathBuf,
    line: usize,
}

impl Place {
    /// What is wrong there.
    pub(super) fn error(&self, why: impl fmt::Display) -> String {
        format!("{}:{}: {why}", self.file.display(), self.line)
    }
}

/// One file, without what it extends.
#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Layer {
    extends: Option<Spanned<PathBuf>>,
    #[serde(default)]
    vars: BTreeMap<String, Spanned<String>>,
    #[serde(default)]
    prepare: Vec<Spanned<Command>>,
    start: Option<Spanned<Command>>,
    ready: Option<Ready>,
    stop: Option<Stop>,
    login: Option<Spanned<Login>>,
    #[serde(default)]
    credentials: BTreeMap<String, Spanned<String>>,
    tls: Option<Spanned<Tls>>,
    waivers: Option<PathBuf>,
}

impl File {
    /// Reads the file at `path`, and what it extends.
    pub(super) fn read(path: &Path) -> Result<Self, String> {
        let file = Self::layered(path, &mut Vec::new())?;
        match &file.start {
            Some(start) if !start.value.run.is_empty() => Ok(file),
            Some(start) => Err(start.at.error("`run` names no program")),
            None => {
                Err(format!("{}: it has no [start], which says how the server is started", path.display()))
            }
        }
    }

    fn layered(path: &Path, chain: &mut Vec<PathBuf>) -> Result<Self, String> {
        let text = fs::read_to_string(path).map_err(|error| format!("{}: {error}", path.display()))?;
        let place = |offset: usize| Place {
            file: path.to_owned(),
            line: text[..offset.min(text.len())].matches('\n').count() + 1,
        };
        let layer: Layer = toml::from_str(&text).map_err(|error| {
            place(error.span().map_or(0, |span| span.start)).error(error.message().replace('\n', " "))
        })?;
        let folder = path.parent().unwrap_or(Path::new(""));
        chain.push(path.to_owned());
        let mut file = match layer.extends {
            None => Self::default(),
            Some(base) => {
                let at = place(base.span().start);
                let base = folder.join(base.into_inner());
                if chain.contains(&base) {
                    return Err(at.error("it extends itself"));
                }
                if !base.is_file() {
                    return Err(at.error(format!("there is no file {} to extend", base.display())));
                }
                Self::layered(&base, chain)?
            }
        };
        fn sourced<T>(value: Spanned<T>, place: impl Fn(usize) -> Place) -> Sourced<T> {
            let at = place(value.span().start);
            Sourced { value: value.into_inner(), at }
        }
        file.vars.extend(layer.vars.into_iter().map(|(name, value)| (name, sourced(value, place))));
        let credentials = layer.credentials.into_iter();
        file.credentials.extend(credentials.map(|(name, value)| (name, sourced(value, place))));
        // Steps that prepare replace those of the file below: an order of both would be anybody's guess.
        if !layer.prepare.is_empty() {
            file.prepare = layer.prepare.into_iter().map(|step| sourced(step, place)).collect();
        }
        file.start = layer.start.map(|start| sourced(start, place)).or(file.start);
        file.ready = layer.ready.unwrap_or(file.ready);
        file.stop = layer.stop.unwrap_or(file.stop);
        file.login = layer.login.map(|login| sourced(login, place)).or(file.login);
        file.tls = layer.tls.map(|tls| sourced(tls, place)).or(file.tls);
        file.waivers.extend(layer.waivers.map(|waivers| folder.join(waivers)));
        Ok(file)
    }

    /// How long the server may take to be ready.
    pub(super) fn patience(&self) -> Duration {
        Duration::from_secs(self.ready.seconds)
    }
}

/// What the placeholders of a target file stand for.
#[derive(Debug, Default)]
pub(super) struct Names(BTreeMap<String, String>);

impl Names {
    /// Sets what a placeholder stands for.
    pub(super) fn set(&mut self, name: &str, value: impl Into<String>) {
        self.0.insert(name.to_owned(), value.into());
    }

    /// Adds the variables of a file. They may use each other, but not in a circle.
    pub(super) fn add(&mut self, vars: &BTreeMap<String, Sourced<String>>) -> Result<(), String> {
        let mut left: Vec<_> = vars.iter().collect();
        while !left.is_empty() {
            let before = left.len();
            let mut wrong = String::new();
            left.retain(|(name, var)| match self.fill(&var.value) {
                Ok(value) => {
                    self.0.insert((*name).clone(), value);
                    false
                }
                Err(why) => {
                    wrong = var.at.error(why);
                    true
                }
            });
            if left.len() == before {
                return Err(wrong);
            }
        }
        Ok(())
    }

    /// `text` with its placeholders replaced. What is in braces and no name, such as `${PATH}`, stays.
    pub(super) fn fill(&self, text: &str) -> Result<String, String> {
        let mut out = String::with_capacity(text.len());
        let mut rest = text;
        while let Some(open) = rest.find('{') {
            out.push_str(&rest[..open]);
            rest = &rest[open..];
            let name = rest.find('}').map(|close| &rest[1..close]).filter(|name| is_name(name));
            match name {
                Some(name) => {
                    let value = self.0.get(name).ok_or_else(|| {
                        let known: Vec<_> = self.0.keys().map(|name| format!("{{{name}}}")).collect();
                        format!("nothing is called {{{name}}}: one of {}", known.join(", "))
                    })?;
                    out.push_str(value);
                    rest = &rest[name.len() + 2..];
                }
                None => {
                    out.push('{');
                    rest = &rest[1..];
                }
            }
        }
        out.push_str(rest);
        Ok(out)
    }
}

fn is_name(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_lowercase() || byte == b'-')
}

#[cfg(test)]
mod test {
    use super::*;

    #[test]
    fn placeholders() {
        let mut names = Names::default();
        names.set("dir", "/tmp/x");
        assert_eq!(names.fill("{dir}/data-{dir} ${PATH} {}").unwrap(), "/tmp/x/data-/tmp/x ${PATH} {}");
        assert_eq!(names.fill("{port}").unwrap_err(), "nothing is called {port}: one of {dir}");
    }

    /// Reads files, the last of which is the target.
    fn read(files: &[(&str, &str)]) -> Result<File, String> {
        let folder = tempfile::tempdir().unwrap();
        for (name, text) in files {
            fs::write(folder.path().join(name), text).unwrap();
        }
        let path = folder.path().join(files.last().unwrap().0);
        File::read(&path).map_err(|error| error.replace(&format!("{}/", folder.path().display()), ""))
    }

    #[test]
    fn a_file_extends_another() {
        let base = "[vars]\na = \"1\"\nb = \"{a}-{c}\"\nc = \"3\"\n[start]\nrun = [\"server\", \"{b}\"]\n";
        let file =
            read(&[("base.toml", base), ("t.toml", "extends = \"base.toml\"\n[vars]\na = \"2\"\n")]).unwrap();
        let mut names = Names::default();
        names.add(&file.vars).unwrap();
        assert_eq!(names.fill(&file.start.unwrap().value.run[1]).unwrap(), "2-3");
    }

    #[test]
    fn errors_name_file_and_line() {
        let error = |text: &str| read(&[("t.toml", text)]).unwrap_err();
        assert_eq!(error("\nstrat = 1\n[start]\nrun = [\"x\"]").split(": ").next(), Some("t.toml:2"));
        assert_eq!(error("\nextends = \"none.toml\""), "t.toml:2: there is no file none.toml to extend");
        assert_eq!(error("extends = \"t.toml\""), "t.toml:1: it extends itself");
        assert_eq!(error(""), "t.toml: it has no [start], which says how the server is started");
        assert_eq!(error("\n[start]\nrun = []"), "t.toml:2: `run` names no program");
        let circle = read(&[("t.toml", "[vars]\na = \"{b}\"\nb = \"{a}\"\n[start]\nrun = [\"x\"]")]).unwrap();
        let why = Names::default().add(&circle.vars).unwrap_err();
        assert!(why.ends_with("t.toml:3: nothing is called {a}: one of "), "{why}");
    }
}
