//! Puts everything under the top-level `cases/` into the program, so that an installed one needs no files.

use std::path::{Path, PathBuf};
use std::{env, fs, io};

fn main() -> io::Result<()> {
    let variable = |name| env::var_os(name).map(PathBuf::from).ok_or_else(|| io::Error::other(name));
    let cases = variable("CARGO_MANIFEST_DIR")?.join("../cases");
    println!("cargo::rerun-if-changed={}", cases.display());
    let mut files = Vec::new();
    find(&cases, "", &mut files)?;
    // The order of a directory listing is nobody's promise.
    files.sort();
    let mut table = String::from("&[\n");
    for (name, path) in files {
        let path = fs::canonicalize(path)?;
        table.push_str(&format!("    ({name:?}, include_str!({path:?})),\n"));
    }
    table.push(']');
    fs::write(variable("OUT_DIR")?.join("files.rs"), table)
}

/// Adds the cases, clauses and profiles below `folder`, which is `prefix` below `cases/`.
fn find(folder: &Path, prefix: &str, files: &mut Vec<(String, PathBuf)>) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let Some(name) = path.file_name().and_then(|name| name.to_str()) else { continue };
        let name = format!("{prefix}{name}");
        let is_table = [("clauses/"), ("profiles/")].contains(&prefix) && name.ends_with(".toml");
        if path.is_dir() {
            find(&path, &format!("{name}/"), files)?;
        } else if is_table || name.ends_with(".case") {
            files.push((name, path));
        }
    }
    Ok(())
}
