//! The simple query cycle: the statements of a query string, one after the other, each in a portal of its own.

use super::Backend;
use super::portal::{Finish, Portal};
use super::statement::Prepared;
use super::wait::Task;
use crate::engine::{SqlError, Step};
use crate::outbox::Outbox;
use crate::postgresql::sql::analyse::Parameters;
use crate::postgresql::sql::parse::Parsed;
use crate::postgresql::sql::stop::Stop;
use crate::postgresql::transaction::Block;
use pgconform_wire::message::EmptyQueryResponse;
use std::collections::VecDeque;
use std::sync::Arc;

/// A query string being run.
pub(super) struct Script {
    text: Arc<str>,
    /// There are several statements: they are in one block.
    several: bool,
    left: VecDeque<Parsed>,
    /// The statement that is being run, and how many rows were sent of it.
    current: Option<(Portal, u64)>,
}

impl Backend {
    pub(super) fn begin_script(&mut self, query: &[u8], out: &mut Outbox) -> Result<Step, SqlError> {
        self.start_in_segment();
        self.statements.remove("");
        self.portals.remove("");
        let text: Arc<str> = self.decode(query).map_err(super::wait::no_wait)?.into();
        let left = self.parse_text(&text);
        self.tell(out);
        let left: VecDeque<_> = left?.into();
        if left.is_empty() {
            out.send(EmptyQueryResponse);
            self.finish().map_err(super::wait::no_wait)?;
            return Ok(Step::Done);
        }
        let script = Script { text, several: left.len() > 1, left, current: None };
        self.go_on(Task::Script(Box::new(script)), out)
    }

    pub(super) fn run_script(&mut self, mut script: Script, out: &mut Outbox) -> Result<Step, SqlError> {
        loop {
            let (mut portal, mut sent) = match script.current.take() {
                Some(current) => current,
                None => match script.left.pop_front() {
                    None => return Ok(Step::Done),
                    Some(parsed) => {
                        let begun = self.begin_one(&script, parsed);
                        self.tell(out);
                        (begun.map_err(super::wait::no_wait)?, 0)
                    }
                },
            };
            let finish = self.run(&mut portal, 0, &mut sent, out);
            self.tell(out);
            let finish = finish.and_then(|finish| {
                if finish != Finish::CopyIn {
                    self.end_one(&script, &portal)?;
                }
                Ok(finish)
            });
            match finish {
                Ok(Finish::CopyIn) => {
                    script.current = Some((portal, sent));
                    self.task = Some(Task::Script(Box::new(script)));
                    return Ok(Step::CopyIn);
                }
                Ok(finish) => {
                    self.tell(out);
                    self.tell_finish(&finish, out);
                }
                Err(stop) => {
                    script.current = Some((portal, sent));
                    return self.wait(stop, Task::Script(Box::new(script)));
                }
            }
        }
    }

    /// Analyses the next statement.
    fn begin_one(&mut self, script: &Script, parsed: Parsed) -> Result<Portal, Stop> {
        let mut prepared = Prepared {
            name: String::new(),
            text: script.text.clone(),
            parsed: Some(parsed),
            types: Vec::new(),
            columns: None,
            from_sql: false,
            made: 0,
            memory: None,
        };
        self.refuse_if_failed(prepared.ends_block())?;
        self.start();
        if script.several && self.session.transaction.block == Block::None {
            self.session.transaction.block = Block::Implicit;
        }
        let mut parameters = Parameters::default();
        let statement = prepared.parsed.as_ref().map(|parsed| parsed.statement.clone());
        let plan = match &statement {
            Some(statement) => self.analyse(&script.text, statement, &mut parameters)?,
            None => super::statement::Plan::Empty,
        };
        prepared.columns = self.columns(&plan)?;
        let columns = prepared.columns.clone();
        let mut portal = Portal::new(String::new(), Arc::new(prepared), plan, columns);
        self.open(&mut portal)?;
        portal.formats = self.formats_of_fetch(&portal);
        portal.describes = true;
        Ok(portal)
    }

    /// A statement is done: the transaction is, too, if this was all of it.
    fn end_one(&mut self, script: &Script, portal: &Portal) -> Result<(), Stop> {
        let last = script.left.is_empty();
        if portal.statement.is_transaction() {
            return Ok(());
        }
        self.session.transaction.next_command();
        if !last {
            return Ok(());
        }
        // The block that the string made by itself ends with it; one that the segment before it made goes on to Sync.
        if script.several && self.session.transaction.block == Block::Implicit {
            self.session.transaction.block = Block::None;
        }
        if self.session.transaction.block == Block::None { self.finish() } else { Ok(()) }
    }

    /// A copy from the frontend has ended: the statement that it was of is done.
    pub(super) fn copied(&mut self, tag: String, out: &mut Outbox) -> Result<Step, SqlError> {
        let finish = Finish::Complete(tag);
        match self.task.take() {
            Some(Task::Script(mut script)) => {
                let Some((portal, _)) = script.current.take() else { return Ok(Step::Done) };
                self.end_one(&script, &portal).map_err(super::wait::no_wait)?;
                self.tell(out);
                self.tell_finish(&finish, out);
                self.go_on(Task::Script(script), out)
            }
            _ => {
                self.session.transaction.next_command();
                self.pipelining = true;
                self.tell_finish(&finish, out);
                Ok(Step::Done)
            }
        }
    }
}
