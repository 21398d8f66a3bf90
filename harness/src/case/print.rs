//! Cases as text: what is printed parses to what it was.

use super::line::{Line, What, cells, lines, row};
use super::message::Body;
use super::value::{Arg, Value};
use super::{Action, Ask, Case, CaseError, Expected, Level, Need, Outcome, Outgoing, Step, Tls, head, lex};
use pgconform_wire::Text;
use pgconform_wire::trace::{is_word, quote};
use std::fmt::{self, Display, Formatter};

/// So many equal items of a list are still written out one by one.
const RUN: usize = 3;

/// The text of a case file in its canonical layout: order, comments and spelling stay, white space does not.
pub fn format(file: &str, text: &str) -> Result<String, CaseError> {
    // What is no case has no layout.
    Case::parse("", file, text)?;
    let mut out = String::new();
    let widths = widths(text);
    let lines: Vec<_> = lines(text).collect();
    let body = body(&lines);
    let mut blank = false;
    for (at, Line { number, what }) in lines.into_iter().enumerate() {
        let line = match what {
            What::Blank => {
                blank = true;
                continue;
            }
            What::Comment("") => "#".to_owned(),
            What::Comment(words) => format!("# {words}"),
            What::Head(key, "") => key.to_owned(),
            What::Head(key, value) if key == "needs" => {
                format!("{key:7} {}", value.split_whitespace().collect::<Vec<_>>().join(" "))
            }
            What::Head(key, value) => format!("{key:7} {}", head::list(value).collect::<Vec<_>>().join(", ")),
            What::Row(text) => {
                let cells = cells(text).map_err(|message| CaseError::new(file, number, message))?;
                row(&cells, &widths)
            }
            What::Step(step) => spaced(step),
        };
        // A blank line stands where some stood, and between the head and the steps.
        if !out.is_empty() && (blank || at == body) {
            out.push('\n');
        }
        out.push_str(&line);
        out.push('\n');
        blank = false;
    }
    Ok(out)
}

/// Where the body begins: at the first step, or at the comment right above it.
fn body(lines: &[Line<'_>]) -> usize {
    let step = lines.iter().position(|line| matches!(line.what, What::Step(_))).unwrap_or(lines.len());
    let comments = lines[..step].iter().rev().take_while(|line| matches!(line.what, What::Comment(_)));
    step - comments.count()
}

/// The widths of the columns of the table in `text`, in characters.
fn widths(text: &str) -> Vec<usize> {
    let mut widths = Vec::new();
    for line in lines(text) {
        let What::Row(row) = line.what else { continue };
        for (at, cell) in cells(row).unwrap_or_default().iter().enumerate() {
            let width = cell.replace('|', "\\|").chars().count();
            match widths.get_mut(at) {
                Some(widest) => *widest = width.max(*widest),
                None => widths.push(width),
            }
        }
    }
    widths
}

/// A step with one space where it has several. It is not parsed: what `<column>` stands for is not here.
fn spaced(step: &str) -> String {
    let mut out = String::new();
    let mut rest = step.trim();
    while let Some(c) = rest.chars().next() {
        let length = if c == '"' {
            lex::text_length(rest).unwrap_or(rest.len())
        } else if c.is_whitespace() {
            let behind = rest.trim_start();
            // Brackets stand close to what they hold.
            if !out.ends_with(['[', '{']) && !behind.starts_with([']', '}']) {
                out.push(' ');
            }
            rest = behind;
            continue;
        } else {
            c.len_utf8()
        };
        out.push_str(&rest[..length]);
        rest = &rest[length..];
    }
    out
}

/// `items` with spaces between them.
fn joined(f: &mut Formatter<'_>, items: &[impl Display]) -> fmt::Result {
    for (at, item) in items.iter().enumerate() {
        let space = if at == 0 { "" } else { " " };
        write!(f, "{space}{item}")?;
    }
    Ok(())
}

/// The items of a list, those that repeat themselves told once.
fn items(f: &mut Formatter<'_>, items: &[Arg]) -> fmt::Result {
    for (at, run) in items.chunk_by(|a, b| a == b).enumerate() {
        if at > 0 {
            f.write_str(" ")?;
        }
        if let [item, ..] = run
            && run.len() > RUN
        {
            write!(f, "{item} * {}", run.len())?;
        } else {
            joined(f, run)?;
        }
    }
    Ok(())
}

/// `args`, each with a space before it.
fn behind(f: &mut Formatter<'_>, args: &[Arg]) -> fmt::Result {
    args.iter().try_for_each(|arg| write!(f, " {arg}"))
}

impl Display for Value {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Word(word) => f.write_str(word),
            Self::Text(text) => f.write_str(&quote(Text(text))),
            Self::Null => f.write_str("null"),
            Self::List(list) => {
                f.write_str("[")?;
                items(f, list)?;
                f.write_str("]")
            }
            Self::Group(args) => {
                f.write_str("{")?;
                joined(f, args)?;
                f.write_str("}")
            }
            Self::Input(name) => write!(f, "@{name}"),
        }
    }
}

impl Display for Arg {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match &self.name {
            Some(name) if is_word(name) => f.write_str(name)?,
            Some(name) => f.write_str(&quote(name.as_str().into()))?,
            None => {}
        }
        match (self.like, &self.name) {
            (true, _) => f.write_str("~")?,
            (false, Some(_)) => f.write_str("=")?,
            (false, None) => {}
        }
        self.value.fmt(f)
    }
}

impl Display for Body {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Self::Message(kind, args) => {
                f.write_str(kind.name())?;
                behind(f, args)
            }
            Self::Hex(bytes) => {
                f.write_str("hex")?;
                for (at, byte) in bytes.iter().enumerate() {
                    let space = if at % 4 == 0 { " " } else { "" };
                    write!(f, "{space}{byte:02x}")?;
                }
                Ok(())
            }
        }
    }
}

/// What stands behind `F`; the cuts are a line of their own.
impl Display for Outgoing {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        self.body.fmt(f)
    }
}

/// What stands behind `B`.
impl Display for Expected {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        self.body.fmt(f)
    }
}

impl Display for Tls {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str("tls")?;
        if self.refused {
            f.write_str(" refused")?;
        }
        if let Some(version) = &self.version {
            write!(f, " version={version}")?;
        }
        match &self.alpn {
            Some(protocol) if is_word(protocol) => write!(f, " alpn={protocol}")?,
            Some(protocol) => write!(f, " alpn={}", quote(protocol.as_str().into()))?,
            None => {}
        }
        match &self.certificate {
            Some(certificate) => write!(f, " certificate={certificate}"),
            None => Ok(()),
        }
    }
}

impl Display for Ask {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(&self.operation)?;
        behind(f, &self.args)
    }
}

impl Display for Outcome {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(&self.word)?;
        behind(f, &self.args)
    }
}

/// The step's line in the case language. The cuts of an `F` are a `split` line before it, and not here.
impl Display for Step {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        let on = if self.connection.is_empty() { String::new() } else { format!(":{}", self.connection) };
        match &self.action {
            Action::Send(outgoing) => write!(f, "F{on} {outgoing}"),
            Action::Expect(expected) => write!(f, "B{on} {expected}"),
            Action::Optional(expected) => write!(f, "B?{on} {expected}"),
            Action::Until => write!(f, "B{on} ..."),
            Action::Login(args) => {
                write!(f, "login{on}")?;
                behind(f, args)
            }
            Action::Tls(tls) => {
                let line = tls.to_string();
                write!(f, "tls{on}{}", line.trim_start_matches("tls"))
            }
            Action::Closed => write!(f, "closed{on}"),
            Action::Silence(duration) => {
                let (number, unit) = match duration.as_millis() {
                    whole if whole % 1000 == 0 => (whole / 1000, "s"),
                    millis => (millis, "ms"),
                };
                write!(f, "silence{on} {number}{unit}")
            }
            Action::Connect => write!(f, "connect{on}"),
            Action::Close => write!(f, "close{on}"),
            Action::HalfClose => write!(f, "half-close{on}"),
            Action::Reset => write!(f, "reset{on}"),
            Action::Ask(ask) => write!(f, "C{on} {ask}"),
            Action::Outcome(outcome) => write!(f, "={on} {outcome}"),
        }
    }
}

impl Display for Need {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{}={}", self.capability, self.values.join("|"))
    }
}

impl Display for Level {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
