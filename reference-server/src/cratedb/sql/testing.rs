//! Statements and what they are to give, for unit tests.

use super::super::node::Node;
use super::super::refusal::Refusal;
use super::super::value::{Forms, Value};
use super::{Grammar, Kind, Outcome, Plan, Scope, Session, parse};

/// A node with one session, at 2020-02-03 04:05:06.789.
pub(super) struct World {
    pub(super) node: Node,
    pub(super) session: Session,
    pub(super) grammar: Grammar,
}

impl World {
    pub(super) fn new() -> Self {
        let session = Session {
            user: "crate".to_owned(),
            search_path: vec!["doc".to_owned()],
            job: Some("own".to_owned()),
            ..Session::default()
        };
        Self { node: Node::default(), session, grammar: Grammar::default() }
    }

    /// What a statement sees.
    pub(super) fn scope(&mut self) -> Scope<'_> {
        Scope { node: &mut self.node, session: &mut self.session, now: 1_580_702_706_789 }
    }

    /// Runs the statements of a text with these parameters; the answer to the last.
    pub(super) fn run(&mut self, text: &str, parameters: &[Option<Value>]) -> Result<String, Refusal> {
        let mut answer = "nothing".to_owned();
        for parsed in parse(text, self.grammar)? {
            let scope = &mut self.scope();
            let plan = Plan::new(&parsed.statement, &[], scope)?;
            let outcome = plan.ready(parameters, scope)?.run(scope)?;
            answer = match (outcome, &plan.columns) {
                (Outcome::Count(count), _) => parsed.statement.tag(count),
                (Outcome::Rows(rows), Some(columns)) => {
                    assert_eq!(parsed.statement.kind(), Kind::Rows, "{text}");
                    let head = columns.iter().map(|column| format!("{} {}", column.name, column.ty));
                    let mut lines = vec![head.collect::<Vec<_>>().join(" | ")];
                    for row in rows {
                        assert_eq!(row.len(), columns.len(), "{text}");
                        let cells = row.iter().zip(columns).map(|(cell, column)| match cell {
                            None => "NULL".to_owned(),
                            Some(value) => {
                                String::from_utf8_lossy(&value.output(&column.ty, Forms::default()))
                                    .into_owned()
                            }
                        });
                        lines.push(cells.collect::<Vec<_>>().join(" | "));
                    }
                    lines.join("\n")
                }
                (Outcome::Rows(_), None) => panic!("rows without columns: {text}"),
            };
        }
        Ok(answer)
    }

    /// What a text gives, or why it does not.
    fn ask(&mut self, text: &str) -> String {
        match self.run(text, &[]) {
            Ok(answer) => answer,
            Err(refusal) => format!("{:?}: {}", refusal.exception, refusal.message),
        }
    }
}

/// Plays the statements of a file one behind the other, and compares what each gives.
pub(super) fn plays(script: &str) {
    let mut world = World::new();
    let mut wrong = Vec::new();
    let lines = std::iter::once("").chain(script.lines()).filter(|line| !line.starts_with('#'));
    let script = lines.collect::<Vec<_>>().join("\n");
    for block in script.split("\n> ").filter(|block| !block.trim().is_empty()) {
        let (text, expected) = block.split_once('\n').unwrap_or((block, ""));
        let given = world.ask(text);
        if given.trim_end() != expected.trim_end() {
            wrong.push(format!("> {text}\n{given}\n(instead of)\n{expected}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
