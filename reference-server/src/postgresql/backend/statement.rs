//! Prepared statements: of Parse and of PREPARE, in one space of names.

use super::Backend;
use crate::engine::SqlError;
use crate::postgresql::meter::Kept;
use crate::postgresql::session::PreparedFacts;
use crate::postgresql::sql::analyse::{Analyser, Parameters};
use crate::postgresql::sql::expr::Type;
use crate::postgresql::sql::parse::{self, Parsed, Statement};
use crate::postgresql::sql::query::{Column, Query};
use crate::postgresql::sql::stop::Stop;
use crate::postgresql::storage::Oid;
use pgconform_wire::message;
use std::ops::Range;
use std::sync::Arc;
use std::sync::atomic::Ordering;

/// A prepared statement.
#[derive(Clone, Debug)]
pub(crate) struct Prepared {
    pub(crate) name: String,
    /// The whole query string: positions are told in it.
    pub(crate) text: Arc<str>,
    /// The statement; none: the query string is empty.
    pub(crate) parsed: Option<Parsed>,
    /// The types of its parameters.
    pub(crate) types: Vec<Oid>,
    /// What it was said to return.
    pub(crate) columns: Option<Vec<Column>>,
    /// PREPARE made it, and not Parse.
    pub(crate) from_sql: bool,
    /// When it was made, in microseconds since 2000-01-01 UTC.
    pub(crate) made: i64,
    /// The memory that it takes, if it is kept.
    pub(crate) memory: Option<Arc<Kept>>,
}

/// How many bytes of memory a byte of a statement's text makes, about: its tree has a node for each word.
const TREE: usize = 20;

impl Prepared {
    /// Where it stands in the query string.
    pub(super) fn range(&self) -> Range<usize> {
        self.parsed.as_ref().map_or(0..0, |parsed| parsed.range.clone())
    }

    /// Whether it is a transaction command.
    pub(crate) fn is_transaction(&self) -> bool {
        self.parsed.as_ref().is_some_and(|parsed| matches!(parsed.statement, Statement::Transaction(_)))
    }

    /// As `pg_prepared_statements` shows it.
    pub(super) fn shown(&self) -> PreparedFacts {
        PreparedFacts {
            name: self.name.clone(),
            statement: self.text.to_string(),
            prepared: self.made,
            parameters: self.types.clone(),
            results: self
                .columns
                .as_ref()
                .map(|columns| columns.iter().map(|column| column.ty.oid).collect()),
            from_sql: self.from_sql,
        }
    }

    /// Whether it may be run when the transaction has failed.
    pub(crate) fn ends_block(&self) -> bool {
        use parse::Transaction::{Commit, Rollback, RollbackTo, TwoPhase};
        let statement = self.parsed.as_ref().map(|parsed| &parsed.statement);
        matches!(
            statement,
            Some(Statement::Transaction(Commit { .. } | Rollback { .. } | RollbackTo(_) | TwoPhase(..)))
        )
    }
}

/// What running a statement is.
#[derive(Clone, Debug)]
pub(crate) enum Plan {
    /// Nothing.
    Empty,
    /// Reading rows, one at a time.
    Query(Arc<Query>),
    /// Changing rows, all at once: the query that does so, and what its command tag begins with.
    Modify(Arc<Query>, &'static str),
    /// Anything else.
    Command(Arc<Statement>),
}

impl Backend {
    /// Parse.
    pub(super) fn prepare(&mut self, parse: &message::Parse<'_>) -> Result<(), Stop> {
        let text = self.decode(parse.query.0)?;
        let name = self.name(parse.statement.0)?;
        if name.is_empty() {
            self.statements.remove("");
        }
        let mut parsed = self.parse_text(&text)?;
        if parsed.len() > 1 {
            let why = "cannot insert multiple commands into a prepared statement";
            return Err(Stop::error("42601", why));
        }
        let types = parse.types.clone();
        let mut prepared = Prepared {
            name,
            text: text.into(),
            parsed: parsed.pop(),
            types,
            columns: None,
            from_sql: false,
            made: self.session.clock.postgres_micros(),
            memory: None,
        };
        if let Some(parsed) = &prepared.parsed {
            self.refuse_if_failed(prepared.ends_block())?;
            let mut parameters = Parameters { types: prepared.types.clone(), open: true };
            let plan = self.analyse(&prepared.text, &parsed.statement, &mut parameters)?;
            prepared.types = determined(parameters.types)?;
            prepared.columns = self.columns(&plan)?;
        }
        self.store(prepared)
    }

    /// Keeps a statement, whose name must be new.
    pub(super) fn store(&mut self, mut prepared: Prepared) -> Result<(), Stop> {
        if self.statements.contains_key(&prepared.name) {
            let why = format!("prepared statement \"{}\" already exists", prepared.name);
            return Err(Stop::error("42P05", why));
        }
        prepared.memory = Some(Arc::new(self.session.meter.reserve(1000 + prepared.text.len() * TREE)?));
        self.statements.insert(prepared.name.clone(), Arc::new(prepared));
        self.publish();
        Ok(())
    }

    /// The statement of this name.
    pub(super) fn statement(&self, name: &str) -> Result<Arc<Prepared>, Stop> {
        self.statements.get(name).cloned().ok_or_else(|| {
            let why = if name.is_empty() {
                "unnamed prepared statement does not exist".to_owned()
            } else {
                format!("prepared statement \"{name}\" does not exist")
            };
            Stop::error("26000", why)
        })
    }

    /// The plan of a prepared statement now; what it returns must still be what it was said to return.
    pub(super) fn plan(&mut self, prepared: &Prepared) -> Result<Plan, Stop> {
        let Some(parsed) = &prepared.parsed else { return Ok(Plan::Empty) };
        let mut parameters = Parameters { types: prepared.types.clone(), open: false };
        let plan = self.analyse(&prepared.text, &parsed.statement, &mut parameters)?;
        let shape = |columns: &Option<Vec<Column>>| {
            columns
                .as_ref()
                .map(|columns| columns.iter().map(|column| (column.name.clone(), column.ty)).collect())
        };
        let (was, is): (Option<Vec<(String, Type)>>, _) =
            (shape(&prepared.columns), shape(&self.columns(&plan)?));
        if was != is {
            let error = SqlError::error("0A000", "cached plan must not change result type");
            // Drivers know by the routine that preparing the statement anew will help.
            return Err(error.routine("RevalidateCachedQuery").into());
        }
        Ok(plan)
    }

    /// Finds out what running a statement is.
    pub(super) fn analyse(
        &mut self,
        text: &str,
        statement: &Statement,
        parameters: &mut Parameters,
    ) -> Result<Plan, Stop> {
        self.with(&[], |context| {
            let mut analyser = Analyser::new(context.lookup(), text, parameters);
            match statement {
                Statement::Query(query) => Ok(Plan::Query(Arc::new(analyser.query(query)?))),
                Statement::Modify(modify) => {
                    let query = analyser.modification(modify)?;
                    Ok(Plan::Modify(Arc::new(query), parse::modify_tag(modify)))
                }
                Statement::Declare(cursor) => {
                    // The parameters of the command are those of its query.
                    analyser.query(&cursor.query)?;
                    Ok(Plan::Command(Arc::new(statement.clone())))
                }
                other => Ok(Plan::Command(Arc::new(other.clone()))),
            }
        })
    }

    /// What a plan returns; none: no rows.
    pub(super) fn columns(&mut self, plan: &Plan) -> Result<Option<Vec<Column>>, Stop> {
        match plan {
            Plan::Empty => Ok(None),
            Plan::Query(query) => Ok(Some(query.columns.clone())),
            Plan::Modify(query, _) => Ok((!query.columns.is_empty()).then(|| query.columns.clone())),
            Plan::Command(statement) => self.command_columns(statement),
        }
    }

    /// The statements of a query string.
    pub(super) fn parse_text(&mut self, text: &str) -> Result<Vec<Parsed>, SqlError> {
        let on = |name: &str| self.session.settings.get(name) == "on";
        let (standard, warn) = (on("standard_conforming_strings"), on("escape_string_warning"));
        let mut warnings = Vec::new();
        let parsed = parse::parse_telling(text, standard, &mut warnings);
        warnings.retain(|warning| warn || warning.code != "22P06");
        warnings.into_iter().for_each(|warning| self.session.notice(warning));
        if parsed.as_ref().is_ok_and(|parsed| parsed.iter().any(|parsed| parsed.deep)) {
            // It may become part of what others run, too: a view, a constraint.
            self.cluster.deep.store(true, Ordering::Relaxed);
        }
        parsed
    }
}

/// The types that were found out for all parameters.
pub(super) fn determined(types: Vec<Oid>) -> Result<Vec<Oid>, Stop> {
    match types.iter().position(|oid| *oid == 0) {
        None => Ok(types),
        Some(place) => {
            let why = format!("could not determine data type of parameter ${}", place + 1);
            Err(Stop::error("42P18", why))
        }
    }
}
