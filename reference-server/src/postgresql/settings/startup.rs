//! What a session begins with: the startup packet's parameters, and the switches in its `options`.

use super::{Effect, Place, Roles, Settings, check, on_or_off, table};
use crate::engine::{Severity, SqlError};

impl Settings {
    /// The parameters of a session of this user: `options` first, then those that stand in the packet by name.
    pub(crate) fn from_startup(
        user: &str,
        options: Option<&str>,
        parameters: &[(String, String)],
        roles: Roles<'_>,
    ) -> Result<Self, SqlError> {
        let mut settings = Self::default();
        settings.start.insert("session_authorization".to_owned(), user.to_owned());
        settings.start.insert("is_superuser".to_owned(), on_or_off(roles(user) == Some(true)).to_owned());
        let mut begin = || {
            for (name, value) in switches(options.unwrap_or(""))? {
                settings.start_with(&name, &value, roles)?;
            }
            parameters.iter().try_for_each(|(name, value)| settings.start_with(name, value, roles))
        };
        begin().map_err(|error| SqlError { severity: Severity::Fatal, ..error })?;
        settings.touched.clear();
        Ok(settings)
    }

    /// Sets what RESET will go back to.
    fn start_with(&mut self, name: &str, value: &str, roles: Roles<'_>) -> Result<(), SqlError> {
        let Some(row) = table::find(name) else {
            check::custom_name(name)?;
            self.custom.insert(name.to_ascii_lowercase());
            self.put(&name.to_ascii_lowercase(), value.to_owned(), Place::Start);
            return Ok(());
        };
        self.permitted(row, Place::Start)?;
        let value = self.checked(row, value)?;
        match row.name {
            "role" | "session_authorization" => self.set_user(row.name, &value, Place::Start, roles),
            // They hold for one transaction, and there is none.
            "transaction_isolation" | "transaction_read_only" | "transaction_deferrable" | "seed" => Ok(()),
            name => {
                self.put(name, value, Place::Start);
                Ok(())
            }
        }
    }

    /// What a transaction that begins now is like.
    pub(crate) fn transaction_defaults(&self) -> [Effect; 3] {
        [
            Effect::Isolation(super::isolation(self.get("default_transaction_isolation"))),
            Effect::ReadOnly(self.get("default_transaction_read_only") == "on"),
            Effect::Deferrable(self.get("default_transaction_deferrable") == "on"),
        ]
    }
}

/// The words of `options`: they are cut at white space, but where a backslash stands before it.
fn words(options: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word = String::new();
    let mut characters = options.chars();
    let mut within = false;
    while let Some(c) = characters.next() {
        match c {
            c if c.is_ascii_whitespace() => {
                if std::mem::take(&mut within) {
                    words.push(std::mem::take(&mut word));
                }
            }
            '\\' => {
                within = true;
                word.extend(characters.next());
            }
            c => {
                within = true;
                word.push(c);
            }
        }
    }
    if within {
        words.push(word);
    }
    words
}

/// What the switches set, in their order.
fn switches(options: &str) -> Result<Vec<(String, String)>, SqlError> {
    let invalid = |word: &str| {
        let message = format!("invalid command-line argument for server process: {word}");
        SqlError::error("42601", message).hint("Try \"postgres --help\" for more information.")
    };
    let mut set = Vec::new();
    let mut words = words(options).into_iter();
    while let Some(word) = words.next() {
        if word == "--" {
            break;
        }
        if let Some(assignment) = word.strip_prefix("--") {
            set.push(assigned(assignment, "--")?);
            continue;
        }
        let Some(mut letters) = word.strip_prefix('-').filter(|letters| !letters.is_empty()) else {
            return Err(invalid(&word));
        };
        while let Some(letter) = letters.chars().next() {
            let rest = &letters[letter.len_utf8()..];
            let argument = if !"BCcDdfhkNprStvW".contains(letter) {
                letters = rest;
                None
            } else {
                letters = "";
                let own = (!rest.is_empty()).then(|| rest.to_owned());
                Some(own.or_else(|| words.next()).ok_or_else(|| invalid(&word))?)
            };
            let argument = argument.unwrap_or_default();
            if letter == 'c' {
                set.push(assigned(&argument, "-c ")?);
            } else {
                set.extend(switch(letter, argument).ok_or_else(|| invalid(&word))?);
            }
        }
    }
    Ok(set)
}

/// `name=value`; a dash in a name stands for an underscore.
fn assigned(assignment: &str, switch: &str) -> Result<(String, String), SqlError> {
    let Some((name, value)) = assignment.split_once('=') else {
        return Err(SqlError::error("42601", format!("{switch}{assignment} requires a value")));
    };
    Ok((name.replace('-', "_"), value.to_owned()))
}

/// What a switch of one letter sets, if anything; none if there is no such switch.
fn switch(letter: char, argument: String) -> Option<Option<(String, String)>> {
    let (name, value) = match letter {
        'B' => ("shared_buffers", argument),
        'd' => {
            let level = argument.parse().unwrap_or(0_u8).min(5);
            let level = if level == 0 { "notice".to_owned() } else { format!("debug{level}") };
            ("log_min_messages", level)
        }
        'e' => ("DateStyle", "euro".to_owned()),
        'F' => ("fsync", "off".to_owned()),
        'f' => {
            let plan = match &*argument {
                "s" => "enable_seqscan",
                "i" => "enable_indexscan",
                "o" => "enable_indexonlyscan",
                "b" => "enable_bitmapscan",
                "t" => "enable_tidscan",
                "n" => "enable_nestloop",
                "m" => "enable_mergejoin",
                "h" => "enable_hashjoin",
                _ => return None,
            };
            (plan, "off".to_owned())
        }
        'h' => ("listen_addresses", argument),
        'i' => ("listen_addresses", "*".to_owned()),
        'l' => ("ssl", "on".to_owned()),
        'N' => ("max_connections", argument),
        'O' => ("allow_system_table_mods", "on".to_owned()),
        'P' => ("ignore_system_indexes", "on".to_owned()),
        'p' => ("port", argument),
        'S' => ("work_mem", argument),
        's' => ("log_statement_stats", "on".to_owned()),
        't' => match &*argument {
            "pa" | "parser" => ("log_parser_stats", "on".to_owned()),
            "pl" | "planner" => ("log_planner_stats", "on".to_owned()),
            "e" | "executor" => ("log_executor_stats", "on".to_owned()),
            _ => return None,
        },
        'W' => ("post_auth_delay", argument),
        'b' | 'C' | 'D' | 'E' | 'j' | 'k' | 'n' | 'r' | 'T' | 'v' => return Some(None),
        _ => return None,
    };
    Some(Some((name.to_owned(), value)))
}
