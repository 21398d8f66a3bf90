//! A line becomes a step.

use super::args::args;
use super::head::{duration, quoted};
use super::lex::{Token, What, hex_byte, tokens};
use super::line::KEYS;
use super::message::{Body, check_login};
use super::value::{Arg, Value};
use super::{Action, Ask, Expected, Outcome, Outgoing, Tls};
use crate::tls::{CERTIFICATES, TOO_OLD};
use pgconform_wire::trace::is_word;
use pgconform_wire::{Kind, Side};

/// The words that steps begin with.
const WORDS: &[&str] = &[
    "F",
    "B",
    "B?",
    "split",
    "login",
    "tls",
    "closed",
    "silence",
    "connect",
    "close",
    "half-close",
    "reset",
    "C",
    "=",
];

/// What a line is.
pub(super) enum Parsed {
    Action(Action),
    /// `split`, which belongs to the next line.
    Split(Vec<usize>),
}

/// Reads a line; returns its connection and what it says.
pub(super) fn parse(line: &str) -> Result<(String, Parsed), String> {
    let start = line.len() - line.trim_start().len();
    let end = line[start..].find(char::is_whitespace).map_or(line.len(), |length| start + length);
    let (word, connection) = match line[start..end].split_once(':') {
        None => (&line[start..end], ""),
        Some((word, connection)) if is_word(connection) => (word, connection),
        Some((_, connection)) => return Err(format!("`{connection}` names no connection")),
    };
    if !WORDS.contains(&word) {
        let words = [WORDS, KEYS].concat();
        return Err(format!("no line begins with `{word}`: one of {}", quoted(&words)));
    }
    let tokens = tokens(line, end)?;
    let action = match word {
        "F" => Action::Send(Outgoing { body: body(Side::Frontend, &tokens)?, cuts: Vec::new() }),
        "B" if matches!(tokens.as_slice(), [Token { what: What::Word(dots), .. }] if dots == "...") => {
            Action::Until
        }
        "B" => Action::Expect(Expected { body: body(Side::Backend, &tokens)? }),
        "B?" => Action::Optional(Expected { body: body(Side::Backend, &tokens)? }),
        "split" if connection.is_empty() => return Ok((String::new(), Parsed::Split(cuts(&tokens)?))),
        "split" => return Err("`split` is for the next `F` line, which names the connection".to_owned()),
        "login" => {
            let args = args(&tokens)?;
            check_login(&args)?;
            Action::Login(args)
        }
        "tls" => Action::Tls(tls(&args(&tokens)?)?),
        "silence" => match tokens.as_slice() {
            [Token { what: What::Word(word), .. }] => Action::Silence(duration(word)?),
            _ => return Err("`silence` takes a duration such as 200ms or 2s".to_owned()),
        },
        "C" => {
            let (operation, args) = word_and_args(word, &tokens)?;
            refuse_like(&args)?;
            Action::Ask(Ask { operation, args })
        }
        "=" => {
            let (word, args) = word_and_args(word, &tokens)?;
            Action::Outcome(Outcome { word, args })
        }
        alone => {
            if !tokens.is_empty() {
                return Err(format!("`{alone}` stands alone"));
            }
            match alone {
                "closed" => Action::Closed,
                "connect" => Action::Connect,
                "close" => Action::Close,
                "half-close" => Action::HalfClose,
                _ => Action::Reset,
            }
        }
    };
    Ok((connection.to_owned(), Parsed::Action(action)))
}

fn body(side: Side, tokens: &[Token]) -> Result<Body, String> {
    let letter = side.letter();
    let name = match tokens.first() {
        Some(Token { what: What::Word(name), .. }) => name,
        Some(Token { column, .. }) => return Err(format!("column {column}: a message has a name")),
        None => return Err(format!("`{letter}` takes the name of a message, or `hex`")),
    };
    let body = if name == "hex" {
        Body::Hex(hex(&tokens[1..])?)
    } else {
        let kind = Kind::named(name).ok_or_else(|| unknown(name, side))?;
        Body::Message(kind, args(&tokens[1..])?)
    };
    body.check_fields(side)?;
    if side == Side::Frontend {
        refuse_like(body.args())?;
    }
    Ok(body)
}

/// There is no message of this name; there may be one that differs in case.
fn unknown(name: &str, side: Side) -> String {
    let alike = |kind: &&Kind| kind.name().eq_ignore_ascii_case(name);
    if let Some(kind) = Kind::ALL.iter().find(alike) {
        return format!("no message is called `{name}`: `{}` is", kind.name());
    }
    let names: Vec<_> = Kind::ALL.iter().filter(|kind| kind.sent_by(side)).map(|kind| kind.name()).collect();
    format!("no message is called `{name}`: one of {}", quoted(&names))
}

fn hex(tokens: &[Token]) -> Result<Vec<u8>, String> {
    let mut bytes = Vec::new();
    for Token { what, column, .. } in tokens {
        let error = || format!("column {column}: this is not hexadecimal, two digits for each byte");
        let What::Word(digits) = what else { return Err(error()) };
        for pair in digits.as_bytes().chunks(2) {
            let pair = std::str::from_utf8(pair).unwrap_or_default();
            bytes.push(hex_byte(pair).ok_or_else(error)?);
        }
    }
    if bytes.is_empty() { Err("`hex` takes bytes in hexadecimal".to_owned()) } else { Ok(bytes) }
}

fn cuts(tokens: &[Token]) -> Result<Vec<usize>, String> {
    let mut cuts = Vec::new();
    for Token { what, column, .. } in tokens {
        let offset = if let What::Word(word) = what { word.parse().ok() } else { None };
        let offset = offset.filter(|offset| *offset > cuts.last().copied().unwrap_or(0));
        cuts.push(offset.ok_or_else(|| format!("column {column}: offsets are numbers above 0, and ascend"))?);
    }
    if cuts.is_empty() { Err("`split` takes the offsets at which to cut".to_owned()) } else { Ok(cuts) }
}

fn tls(args: &[Arg]) -> Result<Tls, String> {
    let mut tls = Tls::default();
    for arg in args {
        let text = arg.value.text().ok().and_then(|text| String::from_utf8(text.to_vec()).ok());
        let slot = match (arg.name.as_deref(), text) {
            (None, Some(word)) if word == "refused" && !tls.refused => {
                tls.refused = true;
                continue;
            }
            (Some("version"), Some(version)) if !["1.1", "1.2", "1.3"].contains(&version.as_str()) => {
                return Err(format!("no TLS version is `{version}`: `1.1`, `1.2` or `1.3`"));
            }
            (Some("certificate"), Some(name)) if !CERTIFICATES.iter().any(|known| known.0 == name) => {
                let names: Vec<_> = CERTIFICATES.iter().map(|known| known.0).collect();
                return Err(format!("no client certificate is `{name}`: one of {}", quoted(&names)));
            }
            (Some("certificate"), Some(name)) => tls.certificate.replace(name),
            (Some("version"), Some(version)) => tls.version.replace(version),
            (Some("alpn"), Some(protocol)) => tls.alpn.replace(protocol),
            _ => {
                return Err(format!(
                    "`tls` takes `refused`, `version=1.2`, `alpn=postgresql`, `certificate=client`, and not `{arg}`"
                ));
            }
        };
        if slot.is_some() {
            return Err(format!("`{arg}` is given twice"));
        }
    }
    refuse_like(args)?;
    if tls.version.as_deref() == Some(TOO_OLD) && !tls.refused {
        return Err(format!("TLS {TOO_OLD} can only be `refused`"));
    }
    Ok(tls)
}

fn word_and_args(letter: &str, tokens: &[Token]) -> Result<(String, Vec<Arg>), String> {
    match tokens.split_first() {
        Some((Token { what: What::Word(word), .. }, rest)) if rest.first().is_none_or(|next| next.spaced) => {
            Ok((word.clone(), args(rest)?))
        }
        _ => Err(format!("`{letter}` takes a name and its fields")),
    }
}

/// Where something is sent, there is nothing to compare.
pub(super) fn refuse_like(args: &[Arg]) -> Result<(), String> {
    for arg in args {
        if arg.like {
            return Err(format!("`{arg}` compares, and here something is sent"));
        }
        if let Value::List(items) | Value::Group(items) = &arg.value {
            refuse_like(items)?;
        }
    }
    Ok(())
}
