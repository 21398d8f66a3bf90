//! Turns tokens into arguments.

use super::lex::{Token, What};
use super::value::{Arg, Value};
use crate::tls::CERTIFICATES;

/// The roots of input names. `sql` has a name behind it, `backend` a field of BackendKeyData; a name behind the first three
/// says which user, database or password of the target's.
const INPUTS: &[&str] = &[
    "user",
    "database",
    "password",
    "address",
    "certificate.NAME",
    "key.NAME",
    "sql.NAME",
    "backend.process",
    "backend.key",
    "md5.answer",
    "scram.NAME",
];

/// What is told of a SCRAM exchange.
const SCRAM: [&str; 5] = ["final", "final-wrong", "final-other-channel", "final-extended", "server-final"];

/// The most that a list can hold: its count is an Int16 without a sign.
const MOST: usize = 65_535;

/// The arguments that `tokens` are.
pub(super) fn args(tokens: &[Token]) -> Result<Vec<Arg>, String> {
    let mut reader = Reader { tokens, at: 0 };
    let args = reader.until(None)?;
    Ok(args)
}

struct Reader<'t> {
    tokens: &'t [Token],
    at: usize,
}

impl Reader<'_> {
    fn next(&mut self) -> Option<&Token> {
        let token = self.tokens.get(self.at);
        self.at += 1;
        token
    }

    /// The arguments up to the token `end`; up to the end of the line where there is none.
    fn until(&mut self, end: Option<(&What, &str, usize)>) -> Result<Vec<Arg>, String> {
        let mut args: Vec<Arg> = Vec::new();
        loop {
            match (self.tokens.get(self.at), end) {
                (None, None) => return Ok(args),
                (None, Some((_, opener, column))) => {
                    return Err(format!("column {column}: the `{opener}` is not closed"));
                }
                (Some(token), Some((end, _, _))) if token.what == *end => {
                    self.at += 1;
                    return Ok(args);
                }
                (Some(token), _) => {
                    if !token.spaced && !args.is_empty() {
                        return Err(format!("column {}: a space is missing before this", token.column));
                    }
                    let arg = self.arg()?;
                    let times = if let Some((What::ListClose, ..)) = end { self.times()? } else { 1 };
                    args.extend(std::iter::repeat_n(arg, times));
                }
            }
        }
    }

    /// How often the item of a list that was just read stands there: `null * 3` is three of them.
    fn times(&mut self) -> Result<usize, String> {
        let Some(Token { what: What::Times, column, spaced, .. }) = self.tokens.get(self.at) else {
            return Ok(1);
        };
        if !spaced {
            return Err(format!("column {column}: a space is missing before this"));
        }
        let count = match self.tokens.get(self.at + 1) {
            Some(Token { what: What::Word(word), spaced: true, .. }) => word.parse().ok(),
            _ => None,
        };
        let count = count.filter(|count| (1..=MOST).contains(count));
        self.at += 2;
        count.ok_or_else(|| format!("column {column}: a space and a number up to {MOST} stand behind `*`"))
    }

    fn arg(&mut self) -> Result<Arg, String> {
        let like = |what: &What| matches!(what, What::Like);
        let name = match (self.tokens.get(self.at), self.tokens.get(self.at + 1)) {
            (Some(name), Some(sign)) if matches!(sign.what, What::Is | What::Like) && !sign.spaced => {
                let column = name.column;
                match &name.what {
                    What::Word(name) => Some(name.clone()),
                    What::Text(name) => {
                        let name = String::from_utf8(name.clone());
                        Some(name.map_err(|_| format!("column {column}: a name is UTF-8"))?)
                    }
                    _ => return Err(format!("column {column}: this is no name")),
                }
            }
            _ => None,
        };
        self.at += usize::from(name.is_some());
        let sign = self.tokens.get(self.at).filter(|sign| name.is_some() || like(&sign.what));
        let Some(sign) = sign else { return Ok(Arg::bare(self.value()?)) };
        let (like, column) = (like(&sign.what), sign.column);
        self.at += 1;
        if self.tokens.get(self.at).is_none_or(|value| value.spaced) {
            return Err(format!("column {column}: a value stands right behind this"));
        }
        let value = self.value()?;
        if like && !matches!(value, Value::Text(_)) {
            return Err(format!("column {column}: `~` compares with a text in quotes"));
        }
        Ok(Arg { name, like, value })
    }

    fn value(&mut self) -> Result<Value, String> {
        let Some(token) = self.next() else { return Err("a value is missing".to_owned()) };
        let column = token.column;
        match token.what.clone() {
            What::Word(word) if word == "null" => Ok(Value::Null),
            What::Word(word) => Ok(Value::Word(word)),
            What::Text(text) => Ok(Value::Text(text)),
            What::Input(name) if is_input(&name) => Ok(Value::Input(name)),
            What::Input(name) => {
                let names: Vec<_> = INPUTS.iter().map(|name| format!("`@{name}`")).collect();
                Err(format!("column {column}: no input is `@{name}`: one of {}", names.join(", ")))
            }
            What::ListOpen => {
                let items = self.until(Some((&What::ListClose, "[", column)))?;
                match items.iter().find_map(|item| item.name.as_ref()) {
                    Some(name) => Err(format!("column {column}: an item of a list has no name: `{name}`")),
                    None => Ok(Value::List(items)),
                }
            }
            What::GroupOpen => Ok(Value::Group(self.until(Some((&What::GroupClose, "{", column)))?)),
            What::Times => Err(format!("column {column}: `*` repeats an item of a list, in its brackets")),
            What::Is | What::Like | What::ListClose | What::GroupClose => {
                Err(format!("column {column}: a value is missing before this"))
            }
        }
    }
}

fn is_input(name: &str) -> bool {
    match name.split_once('.') {
        None => ["user", "database", "password", "address"].contains(&name),
        Some(("user" | "database" | "password" | "sql", name)) => !name.is_empty(),
        Some(("certificate" | "key", name)) => CERTIFICATES.iter().any(|known| known.0 == name),
        Some(("backend", field)) => ["process", "key"].contains(&field),
        Some(("md5", field)) => field == "answer",
        Some(("scram", field)) => SCRAM.contains(&field),
        Some(_) => false,
    }
}
