//! RAISE.

use super::super::condition;
use super::super::syntax::{Kind, Raise};
use super::Parser;
use crate::engine::{Severity, SqlError};

impl Parser<'_> {
    pub(super) fn raise(&mut self) -> Result<Kind, SqlError> {
        let first = self.at;
        self.at += 1;
        let levels = [
            ("exception", Severity::Error),
            ("warning", Severity::Warning),
            ("notice", Severity::Notice),
            ("info", Severity::Info),
            ("log", Severity::Log),
            ("debug", Severity::Debug),
        ];
        let again = self.is_symbol(';');
        let level = levels.iter().find(|(word, _)| self.is(word)).map(|(_, severity)| *severity);
        self.at += usize::from(level.is_some());
        let severity = level.unwrap_or(Severity::Error);
        let mut raise = Raise {
            severity,
            condition: None,
            format: None,
            arguments: Vec::new(),
            options: Vec::new(),
            again,
        };
        if let Ok(format) = self.string() {
            while self.symbol(',') {
                raise.arguments.push(self.until(&["using"], &[",", ";"])?);
            }
            let places = format.replace("%%", "").matches('%').count();
            if places != raise.arguments.len() {
                let few = if places > raise.arguments.len() { "few" } else { "many" };
                return Err(self.compiling(
                    "42601",
                    format!("too {few} parameters specified for RAISE"),
                    first,
                ));
            }
            raise.format = Some(format);
        } else if self.word("sqlstate") {
            let sqlstate = self.string()?;
            raise.condition = Some((sqlstate.clone(), sqlstate));
        } else if !again && !self.is("using") && !self.is_symbol(';') {
            let name = self.name()?;
            let sqlstate = condition::sqlstate(&name).ok_or_else(|| {
                self.compiling("42704", format!("unrecognized exception condition \"{name}\""), first)
            })?;
            raise.condition = Some((sqlstate.to_owned(), name));
        }
        if self.word("using") {
            loop {
                let at = self.at;
                let option = self.name()?;
                let known = [
                    "message",
                    "detail",
                    "hint",
                    "errcode",
                    "column",
                    "constraint",
                    "datatype",
                    "table",
                    "schema",
                ];
                if !known.contains(&option.as_str()) {
                    return Err(self.near("unrecognized RAISE statement option", at));
                }
                if !self.symbol('=') && !self.assigns() {
                    return Err(self.unexpected());
                }
                raise.options.push((option, self.until(&[], &[",", ";"])?));
                if !self.symbol(',') {
                    break;
                }
            }
        }
        Ok(Kind::Raise(raise))
    }
}
