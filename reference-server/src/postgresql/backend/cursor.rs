//! Cursors: DECLARE, FETCH, MOVE and CLOSE. They are portals, of the same names as those of Bind.

use super::Backend;
use super::command::Done;
use super::portal::{CursorOptions, Feed, Portal, State, Tag};
use super::statement::{Plan, Prepared};
use crate::engine::SqlError;
use crate::postgresql::session::CursorFacts;
use crate::postgresql::sql::analyse::Parameters;
use crate::postgresql::sql::parse::{Cursor, Direction, Parsed, Statement};
use crate::postgresql::sql::stop::Stop;
use crate::postgresql::storage::Row;
use crate::postgresql::transaction::Block;
use std::sync::Arc;

impl Backend {
    pub(super) fn declare(&mut self, cursor: &Cursor, text: &Arc<str>) -> Result<String, Stop> {
        if self.session.transaction.block == Block::None && !cursor.hold {
            return Err(Stop::error("25P01", "DECLARE CURSOR can only be used in transaction blocks"));
        }
        if self.portals.contains_key(&cursor.name) {
            return Err(Stop::error("42P03", format!("cursor \"{}\" already exists", cursor.name)));
        }
        let statement = Statement::Query(cursor.query.clone());
        let mut parameters = Parameters { types: self.running.types.clone(), open: false };
        let plan = self.analyse(text, &statement, &mut parameters)?;
        let columns = self.columns(&plan)?;
        let prepared = Prepared {
            name: String::new(),
            text: text.clone(),
            parsed: Some(Parsed { statement, range: self.running.range.clone(), deep: false }),
            types: parameters.types,
            columns: columns.clone(),
            from_sql: true,
            made: 0,
            memory: None,
        };
        let mut portal = Portal::new(cursor.name.clone(), Arc::new(prepared), plan, columns);
        let (binary, hold, scroll) = (cursor.binary, cursor.hold, cursor.scroll.unwrap_or(true));
        portal.cursor = Some(CursorOptions { binary, scroll, hold });
        portal.parameters = self.running.parameters.clone();
        portal.formats = if binary { vec![1] } else { Vec::new() };
        portal.depth = self.session.transaction.depth();
        portal.made = self.session.clock.postgres_micros();
        portal.memory = Some(self.session.meter.reserve(1000 + self.running.range.len())?);
        self.open(&mut portal)?;
        self.portals.insert(cursor.name.clone(), portal);
        self.publish();
        Ok("DECLARE CURSOR".to_owned())
    }

    pub(super) fn fetch(&mut self, name: &str, direction: Direction, moves: bool) -> Result<Done, Stop> {
        let Some(mut portal) = self.portals.remove(name) else { return Err(no_cursor(name)) };
        let fetched = self.fetch_from(&mut portal, direction);
        self.portals.insert(name.to_owned(), portal);
        self.publish();
        let rows = fetched?;
        if moves {
            return Ok(Done::tag(format!("MOVE {}", rows.len())));
        }
        Ok(Done { tag: Tag::Counted("FETCH"), rows })
    }

    fn fetch_from(&mut self, portal: &mut Portal, direction: Direction) -> Result<Vec<Row>, Stop> {
        let scrolls = portal.cursor.is_some_and(|cursor| cursor.scroll);
        let State::Reading(feed) = &mut portal.state else {
            return Err(Stop::error("55000", format!("portal \"{}\" cannot be run", portal.name)));
        };
        if !scrolls && goes_back(direction, feed.place) {
            let error = SqlError::error("55000", "cursor can only scan forward");
            return Err(error.hint("Declare it with SCROLL option to enable backward scan.").into());
        }
        let before = feed.place;
        let rows = self.travel(feed, direction, &portal.parameters);
        if matches!(rows, Err(Stop::Sleep(_) | Stop::Lock | Stop::Transaction(_) | Stop::Again)) && scrolls {
            // The statement is run again: from where it began.
            feed.place = before;
        }
        rows
    }

    fn travel(
        &mut self,
        feed: &mut Feed,
        direction: Direction,
        parameters: &[Option<pgconform_wire::value::Value>],
    ) -> Result<Vec<Row>, Stop> {
        let mut rows = Vec::new();
        match direction {
            Direction::Forward(0) | Direction::Relative(0) => rows.extend(feed.current()),
            Direction::Forward(count) if count > 0 => {
                for _ in 0..count {
                    let Some(row) = feed.forward(self, parameters)? else { break };
                    rows.push(row);
                }
            }
            Direction::ForwardAll => {
                while let Some(row) = feed.forward(self, parameters)? {
                    rows.push(row);
                }
            }
            Direction::Forward(count) => {
                for _ in count..0 {
                    let Some(row) = feed.backward() else { break };
                    rows.push(row);
                }
            }
            Direction::BackwardAll => {
                while let Some(row) = feed.backward() {
                    rows.push(row);
                }
            }
            Direction::Relative(count) => rows.extend(self.jump(feed, count, parameters)?),
            Direction::Absolute(number) => {
                if number < 0 {
                    while feed.forward(self, parameters)?.is_some() {}
                    rows.extend(self.jump(feed, number, parameters)?);
                } else {
                    let here = i64::try_from(feed.place).unwrap_or(i64::MAX);
                    rows.extend(match number - here {
                        0 => feed.current(),
                        way => self.jump(feed, way, parameters)?,
                    });
                }
            }
        }
        Ok(rows)
    }

    /// Goes so many rows on or back, and gives the row that this leads to.
    fn jump(
        &mut self,
        feed: &mut Feed,
        count: i64,
        parameters: &[Option<pgconform_wire::value::Value>],
    ) -> Result<Option<Row>, Stop> {
        let mut row = None;
        for _ in 0..count.unsigned_abs() {
            row = if count > 0 { feed.forward(self, parameters)? } else { feed.backward() };
            if row.is_none() {
                break;
            }
        }
        Ok(row)
    }

    pub(super) fn close_cursor(&mut self, name: Option<&str>) -> Result<String, Stop> {
        match name {
            None => self.portals.retain(|name, _| name.is_empty()),
            Some(name) => {
                self.portals.remove(name).ok_or_else(|| no_cursor(name))?;
            }
        }
        self.publish();
        Ok(if name.is_none() { "CLOSE CURSOR ALL" } else { "CLOSE CURSOR" }.to_owned())
    }

    /// The transaction ends: cursors WITH HOLD read all that they have left.
    pub(super) fn hold_cursors(&mut self) -> Result<(), Stop> {
        let held = |portal: &Portal| portal.cursor.is_some_and(|cursor| cursor.hold);
        let names: Vec<String> =
            self.portals.iter().filter(|(_, portal)| held(portal)).map(|(name, _)| name.clone()).collect();
        for name in names {
            let Some(mut portal) = self.portals.remove(&name) else { continue };
            let stored = match &mut portal.state {
                State::Reading(feed) => feed.store(self, &portal.parameters),
                State::Ready | State::Changing(_) | State::Copying(_) | State::Done => Ok(()),
            };
            portal.depth = 0;
            self.portals.insert(name, portal);
            stored?;
        }
        Ok(())
    }

    /// FETCH shows its rows in the cursor's format.
    pub(super) fn formats_of_fetch(&self, portal: &Portal) -> Vec<i16> {
        let Plan::Command(statement) = &portal.plan else { return portal.formats.clone() };
        match statement.as_ref() {
            Statement::Fetch { cursor, moves: false, .. } => {
                let cursor = self.portals.get(cursor).and_then(|portal| portal.cursor);
                if cursor.is_some_and(|cursor| cursor.binary) { vec![1] } else { Vec::new() }
            }
            _ => portal.formats.clone(),
        }
    }
}

impl Portal {
    /// Whether `pg_cursors` shows it.
    pub(super) fn is_shown(&self) -> bool {
        self.columns.is_some() || self.cursor.is_some()
    }

    /// As `pg_cursors` shows it.
    pub(super) fn shown(&self) -> CursorFacts {
        let at = match &self.state {
            State::Reading(feed) => feed.spot(),
            State::Ready | State::Changing(_) | State::Copying(_) | State::Done => None,
        };
        CursorFacts {
            name: self.name.clone(),
            statement: self.statement.text.to_string(),
            holdable: self.cursor.is_some_and(|cursor| cursor.hold),
            binary: self.cursor.is_some_and(|cursor| cursor.binary),
            scrollable: self.cursor.is_some_and(|cursor| cursor.scroll),
            created: self.made,
            at,
        }
    }
}

/// Whether this asks for rows before the place that reading has come to.
fn goes_back(direction: Direction, place: usize) -> bool {
    let here = i64::try_from(place).unwrap_or(i64::MAX);
    match direction {
        Direction::Forward(count) | Direction::Relative(count) => count < 0,
        Direction::ForwardAll => false,
        Direction::BackwardAll => true,
        Direction::Absolute(number) => number < 0 || number < here,
    }
}

fn no_cursor(name: &str) -> Stop {
    Stop::error("34000", format!("cursor \"{name}\" does not exist"))
}
