//! The cases, clauses and profiles: those built into the program, and those on disk.

use crate::case::{Case, CaseError};
use crate::clause::Clauses;
use globset::GlobBuilder;
use pgconform_wire::profile::{Profile, ProfileError};
use std::cell::RefCell;
use std::collections::HashMap;
use std::fs;
use std::path::{Path, PathBuf};

/// Everything under the top-level `cases/`: paths below it, and contents.
static FILES: &[(&str, &str)] = include!(concat!(env!("OUT_DIR"), "/files.rs"));

/// Cases and the clauses they stand on.
#[derive(Clone, Debug, Default)]
pub struct Corpus {
    /// The cases, by file.
    pub cases: Vec<Case>,
    /// The clauses.
    pub clauses: Clauses,
}

impl Corpus {
    /// The cases and clauses built into the program.
    pub fn embedded() -> Result<Self, CaseError> {
        let mut corpus = Self { cases: Vec::new(), clauses: embedded_clauses()? };
        for (path, text) in FILES {
            if let Some(id) = path.strip_suffix(".case") {
                corpus.cases.append(&mut Case::parse(id, &format!("cases/{path}"), text)?);
            }
        }
        corpus.check()?;
        Ok(corpus)
    }

    /// The cases in `paths`, files or folders. They may stand on the clauses built into the program, and on those in
    /// `clauses/*.toml` of a folder.
    ///
    /// An id is the path below the last folder that is called `cases`; where there is none, below the folder given.
    pub fn load(paths: &[PathBuf]) -> Result<Self, CaseError> {
        let mut clauses = Clauses::default();
        let mut cases = Vec::new();
        for path in paths {
            let mut files = Vec::new();
            find(path, &mut files)?;
            files.sort();
            for file in files {
                let name = file.display().to_string();
                if file.extension().is_some_and(|extension| extension == "case") {
                    cases.append(&mut Case::parse(&id(path, &file), &name, &read(&file)?)?);
                } else {
                    clauses.add(&name, &read(&file)?)?;
                }
            }
        }
        let mut corpus = Self { cases, clauses: embedded_clauses()? };
        corpus.clauses.extend(clauses);
        corpus.check()?;
        Ok(corpus)
    }

    /// The cases whose ids match one of `globs`; all of them without any. A glob that names the file of an `examples`
    /// table names its rows. One that matches nothing is an error.
    pub fn select(&self, globs: &[String]) -> Result<Vec<&Case>, String> {
        if globs.is_empty() {
            return Ok(self.cases.iter().collect());
        }
        let mut chosen = vec![false; self.cases.len()];
        for glob in globs {
            let matcher =
                GlobBuilder::new(glob).build().map_err(|error| error.to_string())?.compile_matcher();
            let mut any = false;
            for (chosen, case) in chosen.iter_mut().zip(&self.cases) {
                let file = case.id.split_once('#').map_or(case.id.as_str(), |(file, _)| file);
                if matcher.is_match(&case.id) || matcher.is_match(file) {
                    (*chosen, any) = (true, true);
                }
            }
            if !any {
                return Err(format!("no case matches `{glob}`"));
            }
        }
        Ok(self.cases.iter().zip(chosen).filter(|(_, chosen)| *chosen).map(|(case, _)| case).collect())
    }

    /// Checks what no case can tell alone: ids are unique, clauses exist.
    fn check(&self) -> Result<(), CaseError> {
        let mut files = HashMap::new();
        for case in &self.cases {
            if let Some(other) = files.insert(case.id.as_str(), case.file.as_str()) {
                return Err(CaseError::new(
                    &case.file,
                    0,
                    format!("`{}` is also the id of {other}", case.id),
                ));
            }
            if let Some(id) = case.clauses.iter().find(|id| self.clauses.get(id).is_none()) {
                return Err(CaseError::new(
                    &case.file,
                    case.head_line("clause"),
                    format!("no clause `{id}`"),
                ));
            }
        }
        Ok(())
    }
}

/// The names of the built-in profiles.
pub fn profiles() -> Vec<&'static str> {
    FILES.iter().filter_map(|(path, _)| path.strip_prefix("profiles/")?.strip_suffix(".toml")).collect()
}

/// The built-in profile `name`.
pub fn profile(name: &str) -> Result<Profile, ProfileError> {
    let Some((file, text)) = built_in(name) else {
        let message = format!("no such profile: one of {}", profiles().join(", "));
        return Err(ProfileError { file: name.to_owned(), line: 0, message });
    };
    Profile::parse(name, &file, &text, &built_in)
}

/// The profile in the file at `path`. It may extend a built-in profile by its name, or a file by its path from there.
pub fn profile_file(path: &Path) -> Result<Profile, ProfileError> {
    let file = path.display().to_string();
    let text = fs::read_to_string(path).map_err(|error| ProfileError {
        file: file.clone(),
        line: 0,
        message: error.to_string(),
    })?;
    // A path is relative to the file that names it: the one found last, as each extends one other.
    let folder = RefCell::new(path.parent().map(Path::to_path_buf).unwrap_or_default());
    let find = |name: &str| {
        built_in(name).or_else(|| {
            let path = folder.borrow().join(name);
            let text = fs::read_to_string(&path).ok()?;
            *folder.borrow_mut() = path.parent().map(Path::to_path_buf).unwrap_or_default();
            Some((path.display().to_string(), text))
        })
    };
    // Under the file's whole name, as `./postgres.toml` may well extend `postgres`.
    let mut profile = Profile::parse(&file, &file, &text, &find)?;
    profile.name = path.file_stem().map_or(file, |stem| stem.to_string_lossy().into_owned());
    Ok(profile)
}

fn built_in(name: &str) -> Option<(String, String)> {
    let file = format!("profiles/{name}.toml");
    let (path, text) = FILES.iter().find(|(path, _)| *path == file)?;
    Some((format!("cases/{path}"), (*text).to_owned()))
}

fn embedded_clauses() -> Result<Clauses, CaseError> {
    let mut clauses = Clauses::default();
    for (path, text) in
        FILES.iter().filter(|(path, _)| path.starts_with("clauses/") && path.ends_with(".toml"))
    {
        clauses.add(&format!("cases/{path}"), text)?;
    }
    Ok(clauses)
}

/// Adds the cases and clauses at or below `path`.
fn find(path: &Path, files: &mut Vec<PathBuf>) -> Result<(), CaseError> {
    let error = |error: std::io::Error| CaseError::new(&path.display().to_string(), 0, error.to_string());
    if !fs::metadata(path).map_err(error)?.is_dir() {
        files.push(path.to_owned());
        return Ok(());
    }
    for entry in fs::read_dir(path).map_err(error)? {
        let below = entry.map_err(error)?.path();
        let has = |extension| below.extension().is_some_and(|found| found == extension);
        let is_clauses = has("toml") && path.file_name().is_some_and(|name| name == "clauses");
        if below.is_dir() || has("case") || is_clauses {
            find(&below, files)?;
        }
    }
    Ok(())
}

/// The id of the case in `file`, which was found at or below `given`.
fn id(given: &Path, file: &Path) -> String {
    let parts: Vec<_> =
        file.components().map(|part| part.as_os_str().to_string_lossy().into_owned()).collect();
    let folders = &parts[..parts.len().saturating_sub(1)];
    let below = match folders.iter().rposition(|part| part == "cases") {
        Some(at) => parts[at + 1..].join("/"),
        None => {
            let relative = file.strip_prefix(given).ok().filter(|path| !path.as_os_str().is_empty());
            let relative = relative.or_else(|| file.file_name().map(Path::new)).unwrap_or(file);
            relative.components().map(|part| part.as_os_str().to_string_lossy()).collect::<Vec<_>>().join("/")
        }
    };
    below.strip_suffix(".case").unwrap_or(&below).to_owned()
}

fn read(path: &Path) -> Result<String, CaseError> {
    fs::read_to_string(path)
        .map_err(|error| CaseError::new(&path.display().to_string(), 0, error.to_string()))
}
