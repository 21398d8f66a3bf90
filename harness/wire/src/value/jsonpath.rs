//! `jsonpath`: a path into JSON, in PostgreSQL's notation.

use super::jsonb::write_string;
use super::ts_word::valid_text;
use super::{Form, Invalid, Reader, Style, jsonpath_parser};

/// A path into JSON.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Jsonpath {
    /// Whether what does not fit the path is passed over, instead of being an error.
    pub(crate) lax: bool,
    pub(crate) root: Chain,
}

/// A value, and the steps from it. There is always a first item.
pub(crate) type Chain = Vec<Item>;

/// A part of a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Item {
    Null,
    Bool(bool),
    /// A number, as `numeric` writes it.
    Number(String),
    String(String),
    /// `$name`
    Variable(String),
    /// `$`
    Root,
    /// `@`
    Current,
    /// `last`
    Last,
    Binary(Operator, Chain, Chain),
    /// `-` or `+` in front of something.
    Sign(char, Chain),
    Not(Chain),
    IsUnknown(Chain),
    Exists(Chain),
    LikeRegex {
        operand: Chain,
        pattern: String,
        /// In PostgreSQL's order.
        flags: String,
    },
    /// `.name`
    Key(String),
    /// `.*`
    AnyKey,
    /// `[*]`
    AnyElement,
    /// `[0, 1 to 2]`
    Elements(Vec<(Chain, Option<Chain>)>),
    /// `.**{1 to 2}`; where there is no number, it is the last level.
    Levels(Option<i32>, Option<i32>),
    /// `.name(arguments)`
    Method(&'static str, Vec<Item>),
    /// `?(predicate)`
    Filter(Chain),
}

/// What joins two parts.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Operator {
    Or,
    And,
    Equal,
    NotEqual,
    Less,
    LessOrEqual,
    Greater,
    GreaterOrEqual,
    StartsWith,
    Add,
    Subtract,
    Multiply,
    Divide,
    Modulo,
}

impl Operator {
    fn symbol(self) -> &'static str {
        match self {
            Self::Or => "||",
            Self::And => "&&",
            Self::Equal => "==",
            Self::NotEqual => "!=",
            Self::Less => "<",
            Self::LessOrEqual => "<=",
            Self::Greater => ">",
            Self::GreaterOrEqual => ">=",
            Self::StartsWith => "starts with",
            Self::Add => "+",
            Self::Subtract => "-",
            Self::Multiply => "*",
            Self::Divide => "/",
            Self::Modulo => "%",
        }
    }

    /// How tightly it binds.
    pub(crate) fn priority(self) -> u8 {
        match self {
            Self::Or => 0,
            Self::And => 1,
            Self::Equal
            | Self::NotEqual
            | Self::Less
            | Self::LessOrEqual
            | Self::Greater
            | Self::GreaterOrEqual
            | Self::StartsWith => 2,
            Self::Add | Self::Subtract => 3,
            Self::Multiply | Self::Divide | Self::Modulo => 4,
        }
    }
}

/// How tightly a sign binds.
const SIGN_PRIORITY: u8 = 5;

impl Item {
    fn priority(&self) -> u8 {
        match self {
            Self::Binary(operator, ..) => operator.priority(),
            Self::Sign(..) => SIGN_PRIORITY,
            _ => SIGN_PRIORITY + 1,
        }
    }

    /// Whether it takes parentheses, where it stands beside something that binds as tightly.
    fn takes_parentheses(&self) -> bool {
        matches!(self, Self::Binary(..) | Self::Sign(..) | Self::LikeRegex { .. })
    }

    fn write(&self, out: &mut String) {
        match self {
            Self::Null => out.push_str("null"),
            Self::Bool(value) => out.push_str(if *value { "true" } else { "false" }),
            Self::Number(text) => out.push_str(text),
            Self::String(text) => write_string(text, out),
            Self::Variable(name) => {
                out.push('$');
                write_string(name, out);
            }
            Self::Root => out.push('$'),
            Self::Current => out.push('@'),
            Self::Last => out.push_str("last"),
            Self::Binary(operator, left, right) => {
                write_operand(left, operator.priority(), out);
                out.push_str(&format!(" {} ", operator.symbol()));
                write_operand(right, operator.priority(), out);
            }
            Self::Sign(sign, operand) => {
                out.push(*sign);
                write_operand(operand, SIGN_PRIORITY, out);
            }
            Self::Not(predicate) => write_inside("!(", predicate, ")", out),
            Self::IsUnknown(predicate) => write_inside("(", predicate, ") is unknown", out),
            Self::Exists(path) => write_inside("exists (", path, ")", out),
            Self::LikeRegex { operand, pattern, flags } => {
                write_operand(operand, SIGN_PRIORITY + 1, out);
                out.push_str(" like_regex ");
                write_string(pattern, out);
                out.push_str(&if flags.is_empty() { String::new() } else { format!(" flag \"{flags}\"") });
            }
            Self::Key(name) => {
                out.push('.');
                write_string(name, out);
            }
            Self::AnyKey => out.push_str(".*"),
            Self::AnyElement => out.push_str("[*]"),
            Self::Elements(ranges) => {
                out.push('[');
                for (at, (from, to)) in ranges.iter().enumerate() {
                    out.push_str(if at > 0 { "," } else { "" });
                    write(from, false, out);
                    if let Some(to) = to {
                        out.push_str(" to ");
                        write(to, false, out);
                    }
                }
                out.push(']');
            }
            Self::Levels(first, last) => out.push_str(&levels(*first, *last)),
            Self::Method(name, arguments) => {
                out.push_str(&format!(".{name}("));
                for (at, argument) in arguments.iter().enumerate() {
                    out.push_str(if at > 0 { "," } else { "" });
                    argument.write(out);
                }
                out.push(')');
            }
            Self::Filter(predicate) => write_inside("?(", predicate, ")", out),
        }
    }
}

fn levels(first: Option<i32>, last: Option<i32>) -> String {
    let level = |level: Option<i32>| level.map_or("last".to_owned(), |level| level.to_string());
    match (first, last) {
        (Some(0), None) => ".**".to_owned(),
        _ if first == last => format!(".**{{{}}}", level(first)),
        _ => format!(".**{{{} to {}}}", level(first), level(last)),
    }
}

fn write_inside(before: &str, chain: &[Item], behind: &str, out: &mut String) {
    out.push_str(before);
    write(chain, false, out);
    out.push_str(behind);
}

fn write_operand(chain: &[Item], around: u8, out: &mut String) {
    write(chain, chain.first().is_some_and(|item| item.priority() <= around), out);
}

/// Writes an item and the steps from it. What has steps is in parentheses, where it would read otherwise without.
fn write(chain: &[Item], parentheses: bool, out: &mut String) {
    let Some((first, steps)) = chain.split_first() else { return };
    let number = matches!(first, Item::Number(_)) && !steps.is_empty();
    let delimited = number || (first.takes_parentheses() && (parentheses || !steps.is_empty()));
    out.push_str(if delimited { "(" } else { "" });
    first.write(out);
    out.push_str(if delimited { ")" } else { "" });
    steps.iter().for_each(|step| step.write(out));
}

impl Form for Jsonpath {
    fn input(text: &str, _: &Style<'_>) -> Result<Self, Invalid> {
        jsonpath_parser::parse(text)
    }

    fn output(&self, _: &Style<'_>) -> String {
        let mut out = if self.lax { String::new() } else { "strict ".to_owned() };
        write(&self.root, true, &mut out);
        out
    }

    fn receive(bytes: &mut Reader<'_>) -> Result<Self, Invalid> {
        match bytes.array()? {
            [1] => jsonpath_parser::parse(valid_text(bytes.rest())?),
            [version] => {
                Err(Invalid::new("XX000", format!("unsupported jsonpath version number: {version}")))
            }
        }
    }

    fn send(&self, out: &mut Vec<u8>) {
        let mut text = if self.lax { String::new() } else { "strict ".to_owned() };
        write(&self.root, true, &mut text);
        out.push(1);
        out.extend(text.as_bytes());
    }
}
