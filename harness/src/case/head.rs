//! The lines of a case's head.

use super::{Case, Level, Need, line};
use pgconform_wire::profile::claims::{VOCABULARY, entry};
use pgconform_wire::trace::is_word;
use std::time::Duration;

/// Reads the line `key` with its `value` into `case`.
pub(super) fn read(case: &mut Case, key: &str, value: &str) -> Result<(), String> {
    match key {
        "examples" if value.is_empty() => return Ok(()),
        "examples" => return Err("`examples` stands alone: its rows are the lines that follow".to_owned()),
        _ if value.is_empty() => return Err(format!("`{key}` says nothing")),
        "clause" => case.clauses = names(value)?,
        "level" => case.level = Some(value.parse::<Level>()?),
        "needs" => case.needs = needs(value)?,
        "wild" => case.wild = list(value).map(number).collect::<Result<_, _>>()?,
        "since" => case.since = Some(number(value)?),
        "until" => case.until = Some(number(value)?),
        "client" => case.clients = names(value)?,
        "timeout" => case.timeout = Some(duration(value)?),
        _ => return Err(format!("no line of a head begins with `{key}`: one of {}", quoted(line::KEYS))),
    }
    if let (Some(since), Some(until)) = (case.since, case.until)
        && since > until
    {
        return Err(format!("since {since} until {until} is never"));
    }
    Ok(())
}

/// The items of a list with commas.
pub(super) fn list(value: &str) -> impl Iterator<Item = &str> {
    value.split(',').map(str::trim)
}

/// `200ms`, `2s`.
pub(super) fn duration(text: &str) -> Result<Duration, String> {
    let parsed = if let Some(number) = text.strip_suffix("ms") {
        number.parse().ok().map(Duration::from_millis)
    } else {
        text.strip_suffix('s').and_then(|number| number.parse().ok()).map(Duration::from_secs)
    };
    parsed
        .filter(|duration| !duration.is_zero() && !text.starts_with('+'))
        .ok_or_else(|| format!("`{text}` is no duration such as 200ms or 2s"))
}

/// The names in a message: `` `a`, `b` ``.
pub(super) fn quoted(names: &[&str]) -> String {
    names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ")
}

fn names(value: &str) -> Result<Vec<String>, String> {
    let mut names: Vec<String> = Vec::new();
    for name in list(value) {
        if !is_word(name) {
            return Err(format!("`{name}` is no name: names stand with commas between them"));
        }
        if names.iter().any(|known| known == name) {
            return Err(format!("`{name}` is named twice"));
        }
        names.push(name.to_owned());
    }
    Ok(names)
}

fn number(value: &str) -> Result<u32, String> {
    value.parse().ok().filter(|_| !value.starts_with('+')).ok_or_else(|| format!("`{value}` is no number"))
}

fn needs(value: &str) -> Result<Vec<Need>, String> {
    let mut needs: Vec<Need> = Vec::new();
    for item in value.split_whitespace() {
        let (name, values) = item.split_once('=').ok_or_else(|| format!("`{item}` is not NAME=VALUE"))?;
        let Some(entry) = entry(name) else {
            let names: Vec<_> = VOCABULARY.iter().map(|entry| entry.name).collect();
            return Err(format!("no capability `{name}`: one of {}", quoted(&names)));
        };
        // A server has one value of it, so a second line would ask for both.
        if !entry.many && needs.iter().any(|need| need.capability == entry.name) {
            return Err(format!("`{name}` is named twice: {name}=a|b means either"));
        }
        let known = |value: &str| entry.values.iter().copied().find(|known| *known == value);
        let values = values.split('|').map(|value| {
            known(value).ok_or_else(|| format!("no `{name}` is `{value}`: one of {}", quoted(entry.values)))
        });
        needs.push(Need { capability: entry.name, values: values.collect::<Result<_, _>>()? });
    }
    Ok(needs)
}
