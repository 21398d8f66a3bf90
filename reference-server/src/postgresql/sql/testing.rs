//! A database and a session for unit tests, in which statements are run as the engine runs them: each sees what those before
//! did.

use super::analyse::{Analyser, Parameters, fold_query};
use super::context::Context;
use super::parse::{Statement, parse};
use super::query::Query;
use super::run::Rows;
use super::stop::Stop;
use crate::environment::Clock;
use crate::postgresql::cluster::State;
use crate::postgresql::database::Database;
use crate::postgresql::session::Session;
use crate::postgresql::settings::Settings;
use crate::postgresql::storage::Outcome;
use std::sync::Arc;
use std::time::Duration;

/// A database with one session.
pub(crate) struct World {
    pub(crate) database: Database,
    pub(crate) session: Session,
    cluster: State,
}

/// What a statement gave: its rows as text.
#[derive(Default)]
pub(crate) struct Given {
    pub(crate) rows: Vec<Vec<Option<String>>>,
}

impl World {
    /// An empty database and a fresh session.
    pub(crate) fn new() -> Self {
        let clock = Clock::Fixed { now: 1_700_000_000, statement: Duration::ZERO };
        let mut session = Session::new(1, "postgres", "postgres", Settings::default(), clock);
        session.transaction.started = Some(clock.postgres_micros());
        Self { database: Database::new("postgres"), session, cluster: State::default() }
    }

    /// Runs a statement to its end; what a failed one did is undone.
    pub(crate) fn run(&mut self, text: &str) -> Result<Given, Stop> {
        let depth = self.session.transaction.depth();
        self.session.push(None);
        let given = self.run_within(text);
        let outcome = if given.is_ok() { Outcome::Committed } else { Outcome::Aborted };
        self.session.pop(depth, outcome, &mut self.database);
        self.session.transaction.next_command();
        given
    }

    fn run_within(&mut self, text: &str) -> Result<Given, Stop> {
        let parsed = parse(text, true)?;
        let snapshot = self.session.transaction.snapshot(&self.database);
        let mut context = Context {
            database: &mut self.database,
            session: &mut self.session,
            cluster: &mut self.cluster,
            snapshot,
            parameters: Vec::new(),
            rows: Vec::new(),
            common: std::collections::BTreeMap::new(),
        };
        let mut parameters = Parameters::default();
        let mut analyser = Analyser::new(context.lookup(), text, &mut parameters);
        let mut query: Query = match &parsed[0].statement {
            Statement::Query(query) => analyser.query(query)?,
            Statement::Modify(statement) => analyser.modification(statement)?,
            Statement::Definition(definition) => {
                super::ddl::run(definition, text, &mut context)?;
                return Ok(Given::default());
            }
            Statement::CreateDomain(domain) => {
                super::ddl::create_domain(domain, text, &mut context)?;
                return Ok(Given::default());
            }
            other => return Err(Stop::error("0A000", format!("{other:?}"))),
        };
        fold_query(&mut query, &mut context)?;
        let columns = query.columns.clone();
        let mut opened = Rows::open(Arc::new(query), &mut context)?;
        let mut rows = Vec::new();
        while let Some(row) = opened.next(&mut context)? {
            let cells = row.iter().zip(&columns);
            rows.push(
                cells
                    .map(|(cell, column)| cell.as_ref().map(|value| context.output(column.ty.oid, value)))
                    .collect(),
            );
        }
        Ok(Given { rows })
    }

    /// The rows of a query as PostgreSQL's COPY would write them; or the error: SQLSTATE, position, message.
    pub(crate) fn ask(&mut self, text: &str) -> String {
        match self.run(text) {
            Ok(given) => {
                let cell = |cell: &Option<String>| cell.clone().unwrap_or_else(|| "\\N".to_owned());
                let row = |row: &Vec<Option<String>>| row.iter().map(cell).collect::<Vec<_>>().join("|");
                given.rows.iter().map(row).collect::<Vec<_>>().join("\n")
            }
            Err(Stop::Error(error)) => {
                let position = error.position.map_or_else(|| "-".to_owned(), |at| at.to_string());
                format!("{} {position} {}", error.code, error.message)
            }
            Err(other) => format!("{other:?}"),
        }
    }
}

/// Plays the statements of a file of PostgreSQL's answers, and compares.
pub(crate) fn plays(answers: &str) {
    let mut world = World::new();
    let mut wrong = Vec::new();
    let body = std::iter::once("")
        .chain(answers.lines())
        .filter(|line| !line.starts_with('#'))
        .collect::<Vec<_>>()
        .join("\n");
    for block in body.split("\n> ").filter(|block| !block.trim().is_empty()) {
        let (statement, expected) = block.split_once('\n').unwrap_or((block, ""));
        let given = world.ask(statement);
        if given.trim_end() != expected.trim_end() {
            wrong.push(format!("{statement}\n  PostgreSQL: {expected}\n  here: {given}"));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
