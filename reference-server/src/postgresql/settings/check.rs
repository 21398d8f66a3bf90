//! What a value of a text parameter must be.

use super::encoding::Encoding;
use super::zone::Zone;
use super::{list, unrecognized};
use crate::engine::SqlError;

/// A boolean, which may be shortened as long as it is clear.
pub(super) fn boolean(value: &str) -> Option<bool> {
    let value = value.to_ascii_lowercase();
    let short = |word: &str, least: usize| value.len() >= least && word.starts_with(&value);
    match &*value {
        "1" => Some(true),
        "0" => Some(false),
        _ if short("true", 1) || short("yes", 1) || short("on", 2) => Some(true),
        _ if short("false", 1) || short("no", 1) || short("off", 2) => Some(false),
        _ => None,
    }
}

/// Whether this can be the name of a parameter that nobody has declared.
pub(super) fn custom_name(name: &str) -> Result<(), SqlError> {
    if !name.contains('.') {
        return Err(unrecognized(name));
    }
    let letter = |c: char| c.is_ascii_alphabetic() || c == '_' || !c.is_ascii();
    let simple = |part: &str| {
        part.starts_with(letter) && part.chars().all(|c| letter(c) || c.is_ascii_digit() || c == '$')
    };
    if name.split('.').all(simple) {
        return Ok(());
    }
    let message = format!("invalid configuration parameter name \"{name}\"");
    let detail = "Custom parameter names must be two or more simple identifiers separated by dots.";
    Err(SqlError::error("42602", message).detail(detail))
}

/// A value of a text parameter, as the parameter holds it.
pub(super) fn text(
    name: &str,
    value: &str,
    now: &str,
    invalid: impl Fn() -> SqlError,
) -> Result<String, SqlError> {
    let list = || list::split(value).ok_or_else(|| invalid().detail("List syntax is invalid."));
    match name {
        "application_name" | "cluster_name" => Ok(clean(value)),
        "client_encoding" => match Encoding::named(value) {
            Ok(encoding) => Ok(encoding.name().to_owned()),
            Err((code, detail)) => Err(SqlError { code: code.into(), detail, ..invalid() }),
        },
        "DateStyle" => date_style(&list()?, now).map_err(|detail| invalid().detail(detail)),
        "TimeZone" | "log_timezone" => match Zone::parse(value) {
            Ok(zone) => Ok(zone.name().to_owned()),
            Err(detail) => Err(SqlError { detail, ..invalid() }),
        },
        "search_path" | "session_preload_libraries" | "local_preload_libraries" => {
            list()?;
            Ok(value.to_owned())
        }
        "temp_tablespaces" => match list()?.iter().find(|name| !is_tablespace(name)) {
            None => Ok(value.to_owned()),
            Some(name) => Err(SqlError::error("42704", format!("tablespace \"{name}\" does not exist"))),
        },
        "default_tablespace" if !is_tablespace(value) => {
            Err(invalid().detail(format!("Tablespace \"{value}\" does not exist.")))
        }
        "default_table_access_method" if value != "heap" => {
            Err(invalid().detail(format!("Table access method \"{value}\" does not exist.")))
        }
        "default_text_search_config" => {
            let plain = value.strip_prefix("pg_catalog.").unwrap_or(value);
            let known = TEXT_SEARCH.split(' ').any(|known| known == plain);
            if known { Ok(format!("pg_catalog.{plain}")) } else { Err(invalid()) }
        }
        "lc_messages" | "lc_monetary" | "lc_numeric" | "lc_time" if !LOCALES.contains(&value) => {
            Err(invalid())
        }
        "timezone_abbreviations" if !["Default", "Australia", "India"].contains(&value) => Err(invalid()),
        _ => Ok(value.to_owned()),
    }
}

/// The configurations of text search that a fresh cluster has.
const TEXT_SEARCH: &str = "simple arabic armenian basque catalan danish dutch english estonian finnish french \
    german greek hindi hungarian indonesian irish italian lithuanian nepali norwegian portuguese romanian russian \
    serbian spanish swedish tamil turkish yiddish";

/// The locales that every system has.
const LOCALES: [&str; 6] = ["", "C", "POSIX", "C.UTF-8", "C.utf8", "en_US.UTF-8"];

fn is_tablespace(name: &str) -> bool {
    ["", "pg_default", "pg_global"].contains(&name)
}

/// Text with every byte that is no printable ASCII character spelt out.
fn clean(text: &str) -> String {
    let mut clean = String::with_capacity(text.len());
    for byte in text.bytes() {
        match byte {
            b' '..=b'~' => clean.push(char::from(byte)),
            _ => clean += &format!("\\x{byte:02x}"),
        }
    }
    clean
}

/// The look and the order of dates: what the words do not say stays as it is `now`.
fn date_style(words: &[String], now: &str) -> Result<String, String> {
    let (mut output, mut order) = (None, None);
    let mut conflict = false;
    let mut choose = |slot: &mut Option<&'static str>, value: &'static str| {
        conflict |= slot.is_some_and(|chosen| chosen != value);
        *slot = Some(value);
    };
    let mut german = false;
    for word in words {
        match word.as_str() {
            "iso" => choose(&mut output, "ISO"),
            "sql" => choose(&mut output, "SQL"),
            "german" => {
                choose(&mut output, "German");
                german = true;
            }
            "ymd" => choose(&mut order, "YMD"),
            "dmy" => choose(&mut order, "DMY"),
            "mdy" | "us" => choose(&mut order, "MDY"),
            "default" => {
                output.get_or_insert("ISO");
                order.get_or_insert("MDY");
            }
            word if word.starts_with("postgres") => choose(&mut output, "Postgres"),
            word if word.starts_with("euro") => choose(&mut order, "DMY"),
            word if word.starts_with("noneuro") => choose(&mut order, "MDY"),
            word => return Err(format!("Unrecognized key word: \"{word}\".")),
        }
    }
    if conflict {
        return Err("Conflicting \"DateStyle\" specifications.".to_owned());
    }
    let (output_now, order_now) = now.split_once(", ").unwrap_or(("ISO", "MDY"));
    let order = order.unwrap_or(if german { "DMY" } else { order_now });
    Ok(format!("{}, {order}", output.unwrap_or(output_now)))
}
