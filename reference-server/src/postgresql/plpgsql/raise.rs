//! RAISE.

use super::condition;
use super::run::Call;
use super::syntax::Raise;
use crate::engine::{Severity, SqlError};
use crate::postgresql::sql::context::Context;
use crate::postgresql::sql::stop::Stop;

impl Call {
    /// Tells a notice, or fails.
    pub(super) fn raise(&mut self, raise: &Raise, context: &mut Context<'_>) -> Result<(), Stop> {
        let mut message = None;
        if let Some(format) = &raise.format {
            message = Some(self.formatted(format, &raise.arguments, context)?);
        }
        let mut code = raise.condition.as_ref().map(|(sqlstate, _)| sqlstate.clone());
        let mut report = SqlError::new(raise.severity, "", "");
        for (option, text) in &raise.options {
            let Some(value) = self.shown(text, context)? else {
                return Err(Stop::error("22004", "RAISE statement option cannot be null"));
            };
            let twice = |there: bool| match there {
                true => Err(Stop::error(
                    "42601",
                    format!("RAISE option already specified: {}", option.to_uppercase()),
                )),
                false => Ok(()),
            };
            match option.as_str() {
                "message" => {
                    twice(message.is_some())?;
                    message = Some(value);
                }
                "errcode" => {
                    twice(code.is_some())?;
                    let letters = |c: char| c.is_ascii_digit() || c.is_ascii_uppercase();
                    let known = if value.len() == 5 && value.chars().all(letters) {
                        Some(value.clone())
                    } else {
                        condition::sqlstate(&value).map(str::to_owned)
                    };
                    let unknown =
                        || Stop::error("42704", format!("unrecognized exception condition \"{value}\""));
                    code = Some(known.ok_or_else(unknown)?);
                }
                "detail" => report.detail = Some(value),
                "hint" => report.hint = Some(value),
                "column" => report.more().column = Some(value),
                "constraint" => report.more().constraint = Some(value),
                "datatype" => report.more().data_type = Some(value),
                "table" => report.more().table = Some(value),
                _ => report.more().schema = Some(value),
            }
        }
        let usual = match raise.severity {
            Severity::Error => "P0001",
            Severity::Warning => "01000",
            _ => "00000",
        };
        let condition = raise.condition.as_ref().map(|(_, name)| name.clone());
        report.message = message.or(condition).or(code.clone()).unwrap_or_else(|| usual.to_owned()).into();
        report.code = code.unwrap_or_else(|| usual.to_owned()).into();
        if raise.severity == Severity::Error {
            return Err(report.into());
        }
        let outer = context.session.calls.iter().rev().cloned();
        let lines: Vec<String> = std::iter::once(self.place()).chain(outer).collect();
        report.more().context = Some(lines.join("\n"));
        context.session.notice(report);
        Ok(())
    }

    fn formatted(
        &mut self,
        format: &str,
        arguments: &[String],
        context: &mut Context<'_>,
    ) -> Result<String, Stop> {
        let mut arguments = arguments.iter();
        let mut message = String::new();
        let mut characters = format.chars().peekable();
        while let Some(character) = characters.next() {
            if character != '%' {
                message.push(character);
            } else if characters.peek() == Some(&'%') {
                characters.next();
                message.push('%');
            } else if let Some(argument) = arguments.next() {
                let shown = self.shown(argument, context)?;
                message += shown.as_deref().unwrap_or("<NULL>");
            }
        }
        Ok(message)
    }
}
