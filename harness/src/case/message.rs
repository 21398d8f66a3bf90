//! What stands behind `F` and `B`: a message with some of its fields, or bytes.

use super::build::Builder;
use super::compare::Matcher;
use super::shape::Shape;
use super::step::refuse_like;
use super::value::{Arg, Inputs, Missing};
use crate::transcript::Kept;
use pgconform_wire::trace::{self, Secrets};
use pgconform_wire::{Content, Kind, Message, Side};
use std::collections::BTreeSet;

/// What stands behind `F` and `B`.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Body {
    /// A message.
    Message(Kind, Vec<Arg>),
    /// `hex`.
    Hex(Vec<u8>),
}

/// Stands for the run's inputs while a case is read: a value that fits texts and numbers alike.
struct AnyInput;

impl Inputs for AnyInput {
    fn get(&self, _: &str) -> Option<Vec<u8>> {
        Some(b"0".to_vec())
    }
}

impl Body {
    /// Checks that `side` sends such a message and that the fields named exist and have values of their type.
    pub(super) fn check_fields(&self, side: Side) -> Result<(), String> {
        let Self::Message(kind, args) = self else { return Ok(()) };
        let mut message = Message::zero(side, *kind).ok_or_else(|| {
            let other = side.other().letter();
            format!("the other side sends {}: it stands on `{other}` lines", kind.name())
        })?;
        match side {
            Side::Frontend => build(side, *kind, args, &AnyInput).map(|_| ()),
            Side::Backend => differences(&mut message, *kind, args, &AnyInput).map(|_| ()),
        }
    }

    pub(super) fn args(&self) -> &[Arg] {
        match self {
            Self::Message(_, args) => args,
            Self::Hex(_) => &[],
        }
    }

    pub(super) fn kind(&self) -> Option<Kind> {
        match self {
            Self::Message(kind, _) => Some(*kind),
            Self::Hex(_) => None,
        }
    }

    pub(super) fn encode(&self, inputs: &dyn Inputs) -> Result<Vec<u8>, Missing> {
        match self {
            Self::Hex(bytes) => Ok(bytes.clone()),
            Self::Message(kind, args) => {
                let mut names = BTreeSet::new();
                args.iter().for_each(|arg| arg.inputs(&mut names));
                for name in &names {
                    inputs.get(name).ok_or_else(|| Missing(name.clone()))?;
                }
                // The fields were checked when the case was read. What is left is an input whose value does not fit:
                // as good as none.
                build(Side::Frontend, *kind, args, inputs)
                    .map_err(|_| Missing(names.into_iter().collect::<Vec<_>>().join(" @")))
            }
        }
    }

    pub(super) fn check(&self, kept: &Kept, inputs: &dyn Inputs) -> Result<(), String> {
        let (kind, args) = match self {
            Self::Hex(bytes) if *bytes == kept.bytes => return Ok(()),
            Self::Hex(_) => {
                let came = trace::hex(kept.frame(), Secrets::Mask);
                return Err(format!("the bytes are {came}, expected {self}"));
            }
            Self::Message(kind, args) => (*kind, args),
        };
        if kept.content != Content::Message(kind) {
            return Err(format!("`{}` came, expected `B {self}`", trace::line(kept.frame(), Secrets::Mask)));
        }
        let Some(message) = kept.message() else { return Ok(()) };
        let mut message = message.map_err(|error| error.to_string())?;
        let differences = differences(&mut message, kind, args, inputs)?;
        if differences.is_empty() { Ok(()) } else { Err(differences.join("; ")) }
    }
}

/// Checks the fields of a `login`: those of StartupMessage, by name.
pub(super) fn check_login(args: &[Arg]) -> Result<(), String> {
    if let Some(arg) = args.iter().find(|arg| arg.name.is_none()) {
        return Err(format!("`{arg}` has no name: `login` takes startup parameters"));
    }
    refuse_like(args)?;
    build(Side::Frontend, Kind::StartupMessage, args, &AnyInput).map(|_| ())
}

/// The frame of the message of this kind with the fields that `args` give.
pub(super) fn build(side: Side, kind: Kind, args: &[Arg], inputs: &dyn Inputs) -> Result<Vec<u8>, String> {
    let args = args.iter().map(|arg| arg.resolve(inputs)).collect::<Result<Vec<_>, _>>();
    let args = args.map_err(|missing| missing.to_string())?;
    let no_such = || format!("{} is not sent by this side", kind.name());
    let mut message = Message::zero(side, kind).ok_or_else(no_such)?;
    let shape = shape(&mut message, kind);
    message.walk(&mut Builder::new(shape.assign(&args)?))?;
    let mut bytes = Vec::new();
    message.encode(&mut bytes).map_err(|error| error.to_string())?;
    Ok(bytes)
}

/// What of `message` is not as `args` say.
fn differences(
    message: &mut Message<'_>,
    kind: Kind,
    args: &[Arg],
    inputs: &dyn Inputs,
) -> Result<Vec<String>, String> {
    let mut matcher = Matcher::new(shape(message, kind).assign(args)?, inputs);
    message.walk(&mut matcher)?;
    Ok(matcher.differences)
}

fn shape(message: &mut Message<'_>, kind: Kind) -> Shape {
    let mut shape = Shape::named(kind.name());
    let Ok(()) = message.walk(&mut shape);
    shape
}

#[cfg(test)]
mod test {
    use super::super::step::{self, Parsed};
    use super::super::{Action, Expected, Outgoing};
    use super::*;
    use std::fs;
    use std::path::Path;

    struct Nothing;

    impl Inputs for Nothing {
        fn get(&self, _: &str) -> Option<Vec<u8>> {
            None
        }
    }

    /// What a line of a transcript, without its length column, is in a case.
    fn body(line: &str) -> Body {
        let (letter, rest) = line.split_once(' ').unwrap();
        let rest = rest.trim_start_matches(|c: char| c.is_ascii_digit());
        match step::parse(&format!("{letter} {rest}")) {
            Ok((
                _,
                Parsed::Action(Action::Send(Outgoing { body, .. }) | Action::Expect(Expected { body })),
            )) => body,
            Ok(_) => panic!("{line}"),
            Err(error) => panic!("{line}: {error}"),
        }
    }

    fn round_trip(line: &str, kind: Kind, side: Side, bytes: &[u8]) {
        let body = body(line);
        assert_eq!(body.kind(), Some(kind));
        assert_eq!(build(side, kind, body.args(), &Nothing).unwrap(), bytes, "{line}");
        let kept = Kept { side, content: Content::Message(kind), bytes: bytes.to_vec() };
        assert_eq!(body.check(&kept, &Nothing), Ok(()), "{line}");
        let letter = side.letter();
        let again = step::parse(&format!("{letter} {body}"));
        assert!(matches!(again, Ok((_, Parsed::Action(_)))), "{letter} {body}");
        assert_eq!(self::body(&format!("{letter} {body}")), body, "{line}");
    }

    #[test]
    fn every_zero_message_is_its_name() {
        for &kind in Kind::ALL {
            for side in [Side::Frontend, Side::Backend] {
                let Some(message) = Message::zero(side, kind) else { continue };
                let mut bytes = Vec::new();
                message.encode(&mut bytes).unwrap();
                let kept = Kept { side, content: Content::Message(kind), bytes: bytes.clone() };
                let line = trace::line(kept.frame(), Secrets::Show);
                round_trip(&line, kind, side, &bytes);
                // StartupMessage and NegotiateProtocolVersion have a default that is not zero.
                let bare = build(side, kind, &[], &Nothing).unwrap();
                let has_version = matches!(kind, Kind::StartupMessage | Kind::NegotiateProtocolVersion);
                assert_eq!(bare == bytes, !has_version, "{}", kind.name());
            }
        }
    }

    #[test]
    fn a_line_of_a_transcript_is_a_line_of_a_case() {
        let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("wire/tests/vectors");
        let mut count = 0;
        for &kind in Kind::ALL {
            let text = fs::read_to_string(folder.join(format!("{}.vec", kind.name()))).unwrap();
            for block in text.split("\n\n").filter(|block| !block.trim().is_empty()) {
                let mut lines = block.lines().skip(1);
                let line = lines.next().unwrap();
                let digits: String = lines.flat_map(str::split_whitespace).collect();
                let hex = (0..digits.len()).step_by(2).map(|at| u8::from_str_radix(&digits[at..at + 2], 16));
                let bytes: Vec<u8> = hex.collect::<Result<_, _>>().unwrap();
                let side = if line.starts_with('F') { Side::Frontend } else { Side::Backend };
                round_trip(line, kind, side, &bytes);
                count += 1;
            }
        }
        assert!(count > 100, "{count} vectors");
    }
}
