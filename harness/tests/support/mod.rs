//! What the tests of the case language share.

#![allow(dead_code, reason = "each test crate takes what it needs")]
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use pgconform::case::{Action, Case, Expected, Inputs, Outgoing, Step};
use pgconform::transcript::Kept;

/// The least that comes before a body, in two lines.
pub(crate) const HEAD: &str = "# It shows something.\nclause a.b\n";

/// What the tests' target has.
pub(crate) struct Target;

impl Inputs for Target {
    fn get(&self, name: &str) -> Option<Vec<u8>> {
        let value = match name {
            "user" => "alice",
            "password" => "hunter2",
            "sql.one-row" => "SELECT 'hello'",
            "backend.process" => "77",
            "backend.key" => "key!",
            _ => return None,
        };
        Some(value.as_bytes().to_vec())
    }
}

pub(crate) fn case(text: &str) -> Case {
    let mut cases = Case::parse("x/y", "y.case", text).unwrap_or_else(|error| panic!("{error}\n{text}"));
    assert_eq!(cases.len(), 1);
    cases.remove(0)
}

/// The steps of a case with this body.
pub(crate) fn steps(body: &str) -> Vec<Step> {
    case(&format!("{HEAD}{body}\n")).steps
}

/// What the one step `line` does; it prints back to itself.
pub(crate) fn action(line: &str) -> Action {
    let mut steps = steps(line);
    assert_eq!(steps.len(), 1, "{line}");
    assert_eq!(steps[0].to_string(), line);
    steps.remove(0).action
}

pub(crate) fn outgoing(line: &str) -> Outgoing {
    let Action::Send(outgoing) = action(line) else { panic!("{line}") };
    outgoing
}

pub(crate) fn expected(line: &str) -> Expected {
    let Action::Expect(expected) = action(line) else { panic!("{line}") };
    expected
}

/// The bytes that `line` sends.
pub(crate) fn sent(line: &str) -> Vec<u8> {
    outgoing(line).encode(&Target).unwrap()
}

/// What of `kept` is not as `line` says.
pub(crate) fn difference(line: &str, kept: &Kept) -> String {
    expected(line).check(kept, &Target).unwrap_err()
}

pub(crate) fn fits(line: &str, kept: &Kept) {
    assert_eq!(expected(line).check(kept, &Target), Ok(()), "{line}");
}
