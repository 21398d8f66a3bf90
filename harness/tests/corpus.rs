//! Cases, clauses and profiles: built in, and on disk.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use pgconform::case::Level;
use pgconform::clause::Clauses;
use pgconform::corpus::{self, Corpus};
use std::fs;
use std::path::PathBuf;

#[test]
fn what_is_built_in_is_what_is_on_disk() {
    let built_in = Corpus::embedded().unwrap_or_else(|error| panic!("{error}"));
    let on_disk = Corpus::load(&[PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../cases")]).unwrap();
    let ids = |corpus: &Corpus| corpus.cases.iter().map(|case| case.id.clone()).collect::<Vec<_>>();
    assert_eq!(ids(&built_in), ids(&on_disk));
    assert_eq!(built_in.clauses, on_disk.clauses);
}

#[test]
fn every_profile_is_built_in() {
    assert!(corpus::profiles().contains(&"postgres"));
    for name in corpus::profiles() {
        assert_eq!(corpus::profile(name).unwrap_or_else(|error| panic!("{error}")).name, name);
    }
    let error = corpus::profile("oracle").unwrap_err().to_string();
    assert!(error.starts_with("oracle: no such profile: one of "), "{error}");
}

/// A folder of this name for one test, with these files.
fn folder(name: &str, files: &[(&str, &str)]) -> PathBuf {
    let folder = PathBuf::from(env!("CARGO_TARGET_TMPDIR")).join(name);
    for (path, text) in files {
        let path = folder.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    folder
}

#[test]
fn cases_on_disk() {
    let clauses =
        "source = \"S\"\n[[clause]]\nid = \"a.b\"\nlevel = \"should\"\nsection = \"1\"\ntext = \"t\"\n";
    let folder = folder(
        "cases-on-disk",
        &[
            ("ours/clauses/c.toml", clauses),
            ("ours/startup/one.case", "# T.\nclause a.b\nlogin\n"),
            ("ours/table.case", "# T.\nclause a.b\nexamples\n| n |\n| x |\n| y |\nlogin\n"),
            ("cases/deep/two.case", "# T.\nclause a.nowhere\nlogin\n"),
        ],
    );
    let corpus = Corpus::load(&[folder.join("ours")]).unwrap();
    let ids: Vec<_> = corpus.cases.iter().map(|case| case.id.as_str()).collect();
    assert_eq!(ids, ["startup/one", "table#x", "table#y"]);
    assert_eq!(corpus.cases[0].level(&corpus.clauses), Level::Should);

    let select = |globs: &[&str]| {
        let globs: Vec<_> = globs.iter().map(|glob| (*glob).to_owned()).collect();
        corpus.select(&globs).map(|cases| cases.iter().map(|case| case.id.clone()).collect::<Vec<_>>())
    };
    assert_eq!(select(&[]).unwrap().len(), 3);
    assert_eq!(select(&["startup/*"]).unwrap(), ["startup/one"]);
    assert_eq!(select(&["table"]).unwrap(), ["table#x", "table#y"]);
    assert_eq!(select(&["*#y", "startup/{one,two}"]).unwrap(), ["startup/one", "table#y"]);
    assert_eq!(select(&["startup/one", "nothing*"]), Err("no case matches `nothing*`".to_owned()));
    assert!(select(&["["]).is_err());

    let two = folder.join("cases/deep/two.case");
    let error = Corpus::load(std::slice::from_ref(&two)).unwrap_err().to_string();
    assert_eq!(error, format!("{}:2: no clause `a.nowhere`", two.display()));
    let twice = Corpus::load(&[
        folder.join("ours"),
        folder.join("ours/startup"),
        folder.join("ours/startup/one.case"),
    ]);
    assert!(twice.unwrap_err().message.starts_with("`one` is also the id of "));
    assert!(Corpus::load(&[folder.join("nowhere")]).is_err());
}

#[test]
fn wrong_clauses() {
    let row = "[[clause]]\nid = \"a.b\"\nlevel = \"must\"\nsection = \"1\"\ntext = \"t\"\n";
    let file = format!("source = \"S\"\n{row}");
    for (text, message) in [
        ("x = 1\n".to_owned(), "c.toml:1: unknown field `x`, expected `source` or `clause`"),
        (format!("{file}{row}"), "c.toml:7: a second clause `a.b`"),
        (
            format!("{file}words = 1\n"),
            "c.toml:7: unknown field `words`, expected one of `id`, `level`, `section`, `text`, `untestable`",
        ),
        (file.replace("must", "often"), "c.toml:2: no level is `often`: one of `must`, `should`, `may`"),
        (file.replace("a.b", "a b"), "c.toml:2: `a b` is no id: letters, digits, `_`, `.`, `-`"),
        (format!("{file}untestable = \" \"\n"), "c.toml:2: `a.b` has an empty `untestable`"),
    ] {
        assert_eq!(Clauses::default().add("c.toml", &text).unwrap_err().to_string(), message);
    }
}

/// Where its document says that CrateDB listens unless told otherwise.
#[test]
fn cratedb_has_its_port() {
    for name in corpus::profiles().into_iter().filter(|name| name.starts_with("cratedb")) {
        assert_eq!(corpus::profile(name).unwrap().server.unwrap().port, Some(5432), "{name}");
    }
}

#[test]
fn profiles_on_disk() {
    let folder = folder(
        "profiles-on-disk",
        &[
            ("postgres.toml", "summary = \"Ours\"\nextends = \"postgres\"\n[claims]\ntls = \"required\"\n"),
            ("a/ours.toml", "summary = \"A\"\nextends = \"../b/base.toml\"\n"),
            ("b/base.toml", "summary = \"B\"\nextends = \"next.toml\"\n[claims]\ncopy = \"rejected\"\n"),
            ("b/next.toml", "summary = \"N\"\nextends = \"postgres\"\n"),
            ("bad.toml", "summary = \"A\"\nextends = \"nowhere\"\n"),
        ],
    );
    let read = |name: &str| corpus::profile_file(&folder.join(name));
    let ours = read("postgres.toml").unwrap();
    assert_eq!((ours.name.as_str(), &ours.extends[..]), ("postgres", &["postgres".to_owned()][..]));
    assert!(ours.claims.has("tls", "required"));
    let far = read("a/ours.toml").unwrap();
    assert_eq!(far.name, "ours");
    assert!(far.claims.has("copy", "rejected"));
    assert_eq!(far.extends, ["../b/base.toml", "next.toml", "postgres"]);
    let bad = folder.join("bad.toml");
    let error = read("bad.toml").unwrap_err().to_string();
    assert_eq!(error, format!("{}:2: there is no profile `nowhere` to extend", bad.display()));
    assert!(read("none.toml").is_err());
}
