//! Rules.
use crate::transcript::Transcript;
/// A rule.
#[derive(Debug)]
pub struct Rule {
    /// Its id.
    pub id: &'static str,
    /// Its clauses.
    pub clauses: &'static [&'static str],
}
/// All.
pub const ALL: &[Rule] = &[];
/// A violation.
#[derive(Debug)]
pub struct Violation {
    /// The event.
    pub event: usize,
    /// What should be.
    pub expected: String,
    /// What is.
    pub actual: String,
}
/// Judges.
pub fn judge(_transcript: &Transcript) -> Vec<(&'static Rule, usize, Violation)> {
    Vec::new()
}
