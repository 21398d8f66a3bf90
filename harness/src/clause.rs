//! Clauses: the normative statements that cases and rules stand on, as `cases/clauses/*.toml` tells them.

use crate::case::{CaseError, Level};
use pgconform_wire::trace::is_word;
use serde::Deserialize;
use std::collections::BTreeMap;
use toml::Spanned;

/// A normative statement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Clause {
    /// Its name, which never changes its meaning.
    pub id: String,
    /// How binding it is.
    pub level: Level,
    /// The document it comes from.
    pub source: String,
    /// The section of that document.
    pub section: String,
    /// What it says, in our own words.
    pub text: String,
    /// Why no case or rule can show it, where that is so.
    pub untestable: Option<String>,
}

/// Every clause, by id.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Clauses {
    by_id: BTreeMap<String, Clause>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Table {
    source: String,
    #[serde(default)]
    clause: Vec<Spanned<Row>>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Row {
    id: String,
    level: String,
    section: String,
    text: String,
    untestable: Option<String>,
}

impl Clauses {
    /// Adds the clauses in `text`, the contents of `file`.
    pub fn add(&mut self, file: &str, text: &str) -> Result<(), CaseError> {
        let at = |offset: usize, message: String| {
            let line = text[..offset.min(text.len())].matches('\n').count() + 1;
            CaseError::new(file, line, message)
        };
        let table: Table = toml::from_str(text).map_err(|error| {
            let start = error.span().map_or(0, |span| span.start);
            at(start, error.message().replace('\n', " "))
        })?;
        for row in table.clause {
            let start = row.span().start;
            let row = row.into_inner();
            let level = row.level.parse().map_err(|message| at(start, message))?;
            if !is_word(&row.id) {
                return Err(at(start, format!("`{}` is no id: letters, digits, `_`, `.`, `-`", row.id)));
            }
            for (name, text) in [
                ("section", Some(&row.section)),
                ("text", Some(&row.text)),
                ("untestable", row.untestable.as_ref()),
            ] {
                if text.is_some_and(|text| text.trim().is_empty()) {
                    return Err(at(start, format!("`{}` has an empty `{name}`", row.id)));
                }
            }
            let clause = Clause {
                id: row.id,
                level,
                source: table.source.clone(),
                section: row.section,
                text: row.text,
                untestable: row.untestable,
            };
            if self.by_id.contains_key(&clause.id) {
                return Err(at(start, format!("a second clause `{}`", clause.id)));
            }
            self.by_id.insert(clause.id.clone(), clause);
        }
        Ok(())
    }

    /// The clause with this id.
    pub fn get(&self, id: &str) -> Option<&Clause> {
        self.by_id.get(id)
    }

    /// Every clause, by id.
    pub fn iter(&self) -> impl Iterator<Item = &Clause> {
        self.by_id.values()
    }

    /// Adds those of `other`; where both have one, that of `other` holds.
    pub(crate) fn extend(&mut self, other: Self) {
        self.by_id.extend(other.by_id);
    }
}
