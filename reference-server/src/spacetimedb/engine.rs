//! A session's engine: it takes a query string apart, runs its statements, and puts answers and refusals as the profile
//! wants them.

use super::answer::{self, Answer};
use super::database::{Database, Session};
use super::refusal::{self, Refusal};
use super::rendering::Rendering;
use super::sql::{self, Outcome};
use crate::engine::{Engine, SqlError, Step};
use crate::environment::Environment;
use crate::fault::{Fault, Faults};
use crate::outbox::Outbox;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

/// The longest query string, in bytes (facts, section 7).
const LONGEST: usize = 50_000;

/// How many characters of a query string that is too long its refusal repeats.
const REPEATED: usize = 120;

/// SQL for one session.
pub(crate) struct SqlSession {
    database: Arc<Mutex<Database>>,
    session: Session,
    rendering: Rendering,
    errors_as_internal: bool,
    one_statement: bool,
    empty_is_error: bool,
    positional_insert: bool,
    environment: Environment,
}

impl SqlSession {
    pub(crate) fn new(
        database: Arc<Mutex<Database>>,
        session: Session,
        faults: &Faults,
        environment: Environment,
    ) -> Self {
        Self {
            environment,
            database,
            session,
            rendering: Rendering::new(faults),
            errors_as_internal: faults.has(Fault::ErrorsAsInternal),
            one_statement: faults.has(Fault::OneStatementPerQuery),
            empty_is_error: faults.has(Fault::EmptyQueryIsError),
            positional_insert: faults.has(Fault::InsertColumnsPositional),
        }
    }

    /// Parses all of the query string, so that nothing runs if any of it is malformed.
    fn parse(&self, query: &str) -> Result<Vec<sql::Parsed>, Refusal> {
        if query.len() > LONGEST {
            let start: String = query.chars().take(REPEATED).collect();
            let message = format!("SQL query exceeds maximum allowed length: \"{start}...\"");
            return Err(Refusal::new(refusal::LIMIT_EXCEEDED, message));
        }
        if self.empty_is_error && matches!(query.trim(), "" | ";") {
            return Ok(Vec::new());
        }
        let statements = sql::parse(query)?;
        if self.one_statement && statements.len() > 1 {
            return Err(Refusal::new(refusal::UNSUPPORTED, "Multiple SQL statements are not supported"));
        }
        if self.empty_is_error && statements.is_empty() {
            return Err(Refusal::new(refusal::SYNTAX, "Empty SQL query"));
        }
        Ok(statements)
    }

    /// Runs a statement in a transaction of its own ("Transactions" in the document).
    fn run(&self, statement: &sql::Parsed) -> Result<Answer, Refusal> {
        let stopwatch = self.environment.clock.start();
        let statement = statement.as_ref().map_err(Refusal::clone)?;
        let outcome = {
            // A panic elsewhere cannot have left a half-done statement behind: tables change in one step.
            let mut database = self.database.lock().unwrap_or_else(PoisonError::into_inner);
            sql::run(statement, &mut database, &self.session, self.positional_insert)?
        };
        Ok(match outcome {
            Outcome::Rows(selected) => {
                let (columns, rows) = selected.render(&self.rendering);
                let tag = format!("SELECT {}", rows.len());
                Answer::Rows { columns, rows, tag }
            }
            Outcome::Changed(changed) => Answer::Done(tag(&changed, stopwatch.elapsed())),
        })
    }

    /// Runs the statements of one query string, in order, up to the first that fails. One answer a statement; a string
    /// without statements gives one [`Answer::Empty`].
    pub(crate) fn answers(&self, query: &str) -> Vec<Result<Answer, SqlError>> {
        let statements = match self.parse(query) {
            Ok(statements) => statements,
            Err(refusal) => return vec![Err(self.refuse(refusal, query))],
        };
        if statements.is_empty() {
            return vec![Ok(Answer::Empty)];
        }
        let mut answers = Vec::with_capacity(statements.len());
        for statement in &statements {
            let answer = self.run(statement).map_err(|refusal| self.refuse(refusal, query));
            let failed = answer.is_err();
            answers.push(answer);
            if failed {
                break;
            }
        }
        answers
    }

    fn refuse(&self, refusal: Refusal, query: &str) -> SqlError {
        if self.errors_as_internal { refusal.into_internal() } else { refusal.into_proper(query) }
    }
}

/// The command tag of a statement that changes rows, as in the document's example `updated: 1, server: 1.72ms`. Parts
/// of zero are left out, and the time is always there (facts, section 3).
fn tag(changed: &sql::Changed, elapsed: Duration) -> String {
    let parts = [("inserted", changed.inserted), ("deleted", changed.deleted), ("updated", changed.updated)];
    let mut tag = String::new();
    for (name, rows) in parts.into_iter().filter(|(_, rows)| *rows != 0) {
        tag += &format!("{name}: {rows}, ");
    }
    // The product measures in whole microseconds.
    let micros = u64::try_from(elapsed.as_micros()).unwrap_or(u64::MAX);
    format!("{tag}server: {:.2?}", Duration::from_micros(micros))
}

impl Engine for SqlSession {
    fn query(&mut self, query: &[u8], out: &mut Outbox) -> Result<Step, SqlError> {
        let Ok(query) = std::str::from_utf8(query) else {
            return Err(SqlError::error("22021", "invalid byte sequence for encoding \"UTF8\""));
        };
        for answer in self.answers(query) {
            answer::send(answer?, out);
        }
        Ok(Step::Done)
    }
}

#[cfg(test)]
#[path = "engine_tests.rs"]
mod tests;
