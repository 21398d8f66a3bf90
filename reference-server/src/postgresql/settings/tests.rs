//! What is said here PostgreSQL 18.4 said.

use super::*;

fn roles(name: &str) -> Option<bool> {
    match name {
        "postgres" => Some(true),
        "pg_monitor" => Some(false),
        _ => None,
    }
}

fn session(parameters: &[(&str, &str)]) -> Settings {
    let owned: Vec<_> =
        parameters.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned())).collect();
    let mut settings =
        Settings::from_startup("postgres", &owned, &roles).unwrap_or_else(|error| panic!("{error:?}"));
    settings.changes();
    settings
}

fn set(settings: &mut Settings, name: &str, value: &str) -> String {
    match settings.set_text(name, value, false, &roles) {
        Ok(_) => settings.show(name, &Transaction::default()).unwrap_or_default(),
        Err(error) => {
            let more = error.detail.or(error.hint).map(|more| format!(" / {more}")).unwrap_or_default();
            format!("{} {}{more}", error.code, error.message)
        }
    }
}

#[test]
fn values_become_canonical_or_are_refused() {
    for (name, value, answer) in [
        ("array_nulls", "tru", "on"),
        ("array_nulls", "of", "off"),
        ("array_nulls", "o", "22023 parameter \"array_nulls\" requires a Boolean value"),
        ("intervalstyle", "ISO_8601", "iso_8601"),
        (
            "intervalstyle",
            "none",
            "22023 invalid value for parameter \"IntervalStyle\": \"none\" / Available values: postgres, postgres_verbose, sql_standard, iso_8601.",
        ),
        ("client_min_messages", "debug", "debug2"),
        ("client_min_messages", "info", "info"),
        ("backslash_quote", "true", "on"),
        ("wal_compression", "1", "pglz"),
        ("work_mem", "1.5MB", "1536kB"),
        (
            "work_mem",
            "1",
            "22023 1 kB is outside the valid range for parameter \"work_mem\" (64 kB .. 2147483647 kB)",
        ),
        (
            "work_mem",
            "1XB",
            "22023 invalid value for parameter \"work_mem\": \"1XB\" / Valid units for this parameter are \"B\", \"kB\", \"MB\", \"GB\", and \"TB\".",
        ),
        ("datestyle", "german", "German, DMY"),
        ("datestyle", "ymd", "ISO, YMD"),
        ("datestyle", "postgres, european", "Postgres, DMY"),
        ("datestyle", "german, german", "German, DMY"),
        (
            "datestyle",
            "martian",
            "22023 invalid value for parameter \"DateStyle\": \"martian\" / Unrecognized key word: \"martian\".",
        ),
        (
            "datestyle",
            "german, iso",
            "22023 invalid value for parameter \"DateStyle\": \"german, iso\" / Conflicting \"DateStyle\" specifications.",
        ),
        (
            "datestyle",
            ",",
            "22023 invalid value for parameter \"DateStyle\": \",\" / List syntax is invalid.",
        ),
        (
            "timezone",
            "1000",
            "22023 invalid value for parameter \"TimeZone\": \"1000\" / UTC timezone offset is out of range.",
        ),
        ("client_encoding", "unicode", "UTF8"),
        ("client_encoding", "EBCDIC", "22023 invalid value for parameter \"client_encoding\": \"EBCDIC\""),
        (
            "client_encoding",
            "mule_internal",
            "0A000 invalid value for parameter \"client_encoding\": \"mule_internal\" / Conversion between MULE_INTERNAL and UTF8 is not supported.",
        ),
        ("application_name", "a\tbé", "a\\x09b\\xc3\\xa9"),
        ("no_such", "1", "42704 unrecognized configuration parameter \"no_such\""),
        ("a.b", "x", "x"),
        (
            "1a.b",
            "x",
            "42602 invalid configuration parameter name \"1a.b\" / Custom parameter names must be two or more simple identifiers separated by dots.",
        ),
        ("server_version", "9", "55P02 parameter \"server_version\" cannot be changed"),
        (
            "max_connections",
            "9",
            "55P02 parameter \"max_connections\" cannot be changed without restarting the server",
        ),
        ("fsync", "off", "55P02 parameter \"fsync\" cannot be changed now"),
        ("post_auth_delay", "1", "55P02 parameter \"post_auth_delay\" cannot be set after connection start"),
        ("role", "nobody", "22023 role \"nobody\" does not exist"),
        ("default_text_search_config", "simple", "pg_catalog.simple"),
        ("statement_timeout", "60000", "1min"),
    ] {
        assert_eq!(set(&mut session(&[]), name, value), answer, "{name} = {value}");
    }
}

#[test]
fn lists_are_quoted_as_they_are_set() {
    let text = str::to_owned;
    for (values, shown) in [
        (vec![text("pg_catalog"), text("public")], "pg_catalog, public"),
        (vec![text("Foo"), text("Bar baz"), text("x")], "\"Foo\", \"Bar baz\", x"),
        (vec![text("a, b")], "\"a, b\""),
        (vec![text("$user"), text("public")], "\"$user\", public"),
        (vec![text("")], "\"\""),
        (vec![text("-1"), text("select")], "-1, \"select\""),
    ] {
        let mut settings = session(&[]);
        assert_eq!(settings.set("search_path", &values, false, &roles), Ok(Effect::Done));
        assert_eq!(settings.get("search_path"), shown);
    }
    let error = session(&[]).set("bytea_output", &[text("a"), text("b")], false, &roles);
    assert_eq!(error.map_err(|error| error.message), Err("SET bytea_output takes only one argument".into()));
}

#[test]
fn changes_are_told_as_postgresql_tells_them() {
    let mut settings = session(&[]);
    let told = |settings: &mut Settings| -> Vec<String> {
        settings.changes().into_iter().map(|(name, value)| format!("{name}={value}")).collect()
    };
    settings.begin();
    for (name, value) in [("TimeZone", "Asia/Tokyo"), ("application_name", "x"), ("DateStyle", "German")] {
        set(&mut settings, name, value);
    }
    settings.end(0, true);
    assert_eq!(told(&mut settings), ["DateStyle=German, DMY", "application_name=x", "TimeZone=Asia/Tokyo"]);
    settings.begin();
    settings.reset_all();
    settings.end(0, true);
    assert_eq!(told(&mut settings), ["application_name=", "TimeZone=UTC", "DateStyle=ISO, MDY"]);
    settings.begin();
    for (name, value) in [("DateStyle", "German"), ("application_name", "x"), ("TimeZone", "Asia/Tokyo")] {
        set(&mut settings, name, value);
    }
    assert_eq!(told(&mut settings), ["TimeZone=Asia/Tokyo", "application_name=x", "DateStyle=German, DMY"]);
    settings.end(0, false);
    assert_eq!(told(&mut settings), ["DateStyle=ISO, MDY", "application_name=", "TimeZone=UTC"]);
    set(&mut settings, "session_authorization", "pg_monitor");
    assert_eq!(told(&mut settings), ["session_authorization=pg_monitor", "is_superuser=off"]);
    assert_eq!(settings.reset("session_authorization", false, &roles), Ok(()));
    assert_eq!(told(&mut settings), ["session_authorization=postgres", "is_superuser=on"]);
    set(&mut settings, "role", "pg_monitor");
    assert_eq!(told(&mut settings), ["is_superuser=off"]);
}

#[test]
fn set_local_ends_with_its_transaction() {
    let mut settings = session(&[("TimeZone", "Europe/Paris")]);
    settings.begin();
    assert_eq!(settings.set_text("TimeZone", "Asia/Tokyo", true, &roles), Ok(Effect::Done));
    assert_eq!((settings.get("TimeZone"), settings.style(0).zone.at(0).0), ("Asia/Tokyo", 32_400));
    settings.end(0, true);
    assert_eq!((settings.get("TimeZone"), settings.style(0).zone.at(0).0), ("Europe/Paris", 3600));
    settings.begin();
    settings.begin();
    set(&mut settings, "TimeZone", "Asia/Tokyo");
    settings.end(1, false);
    assert_eq!(settings.get("TimeZone"), "Europe/Paris");
    set(&mut settings, "TimeZone", "Asia/Tokyo");
    assert_eq!(settings.reset("timezone", false, &roles), Ok(()));
    assert_eq!(settings.get("TimeZone"), "Europe/Paris");
}
