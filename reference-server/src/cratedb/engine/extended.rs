//! Prepared statements and portals: Parse, Bind, Describe and Close.

use super::super::job::Running;
use super::super::node::LONGEST_SHOWN;
use super::super::refusal::{Exception, Refusal};
use super::super::sql::{Kind, Plan, Ready, Statement, row_weight};
use super::super::types::Type;
use super::super::value::Value;
use super::work::Rows;
use super::{SqlSession, Stage, format, utf8};
use crate::engine::SqlError;
use crate::memory::Kept;
use crate::outbox::Outbox;
use pgconform_wire::message::{Bind, NoData, ParameterDescription, Parse};
use std::ops::Range;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

/// How many prepared statements, and how many portals, a session may have.
const MAX_KEPT: usize = 10_000;

/// What a prepared statement or a portal takes in memory, besides what it is made of.
const OVERHEAD: usize = 1000;

/// What a token becomes in memory, about: a part of a syntax tree, and of a plan.
const TREE: usize = 300;

/// What of that is the plan's.
const PLAN: usize = 75;

/// A prepared statement.
#[derive(Debug)]
pub(super) struct Prepared {
    /// The query string: positions are told in it.
    pub(super) source: String,
    /// Where the statement stands in it.
    range: Range<usize>,
    /// The hash of the statement's text.
    hash: blake3::Hash,
    /// What its tree takes in memory, about.
    weight: usize,
    /// It nests deeply.
    pub(super) deep: bool,
    _memory: Kept,
    /// None: the query string is empty.
    pub(super) statement: Option<Statement>,
    /// The types that Parse has told.
    declared: Vec<Option<Type>>,
    /// None: it is empty, or not looked at yet.
    plan: Option<Arc<Plan>>,
}

impl Prepared {
    /// The statement as it was sent, without its semicolon.
    pub(super) fn text(&self) -> &str {
        &self.source[self.range.clone()]
    }

    /// Whether its text is the same.
    pub(super) fn is_same(&self, other: &Self) -> bool {
        self.hash == other.hash
    }
}

/// A portal.
#[derive(Debug)]
pub(super) struct Portal {
    pub(super) prepared: Arc<Prepared>,
    /// None: the query string is empty.
    pub(super) plan: Option<Arc<Plan>>,
    pub(super) parameters: Vec<Option<Value>>,
    pub(super) formats: Vec<i16>,
    pub(super) state: State,
    _memory: Kept,
}

/// How far a portal has come.
#[derive(Debug)]
pub(super) enum State {
    /// Nothing has run.
    Bound(Option<Ready>),
    /// It has run; these rows are not sent yet.
    Suspended(Rows, Running),
    /// It has sent all.
    Ended,
}

/// A portal, to look at.
pub(super) fn lock(portal: &Mutex<Portal>) -> MutexGuard<'_, Portal> {
    portal.lock().unwrap_or_else(PoisonError::into_inner)
}

impl SqlSession {
    /// Parse.
    pub(super) fn prepare(&mut self, parse: &Parse<'_>) -> Result<(), SqlError> {
        let text = utf8(parse.query.0)?;
        let name = parse.statement.0;
        let taken = !name.is_empty() && self.statements.contains_key(name);
        if taken && !self.quirks.names_replaced {
            let message = format!("prepared statement \"{}\" already exists", parse.statement.lossy());
            return Err(SqlError::error("42P05", message));
        }
        if name.is_empty() {
            // It is replaced, whether this Parse succeeds or not.
            self.statements.remove(name);
        }
        if self.statements.len() >= MAX_KEPT {
            return Err(SqlError::error("53200", "too many prepared statements"));
        }
        let mut parsed = self.parse_text(text)?;
        if parsed.len() > 1 {
            let message = "cannot insert multiple commands into a prepared statement";
            return Err(self.refuse(Refusal::new(Exception::SqlParse, message), text, Stage::Extended));
        }
        let declared = parse.types.iter().map(|oid| self.declared(*oid)).collect::<Result<Vec<_>, _>>();
        let declared = declared.map_err(|refusal| self.refuse(refusal, text, Stage::Extended))?;
        let parsed = parsed.pop();
        let range = parsed.as_ref().map_or(0..0, |parsed| parsed.range.clone());
        // The text is in the tree and in the plan once more, whatever it says.
        let weight = OVERHEAD + 4 * text.len() + parsed.as_ref().map_or(0, |parsed| parsed.tokens) * TREE;
        let mut prepared = Prepared {
            _memory: self.keep(weight + declared.len() * size_of::<Option<Type>>())?,
            hash: blake3::hash(text[range.clone()].as_bytes()),
            weight,
            deep: parsed.as_ref().is_some_and(|parsed| parsed.deep),
            source: text.to_owned(),
            range,
            statement: parsed.map(|parsed| parsed.statement),
            declared,
            plan: None,
        };
        if !self.quirks.analysed_late {
            prepared.plan = self.plan(&prepared)?;
        }
        self.statements.insert(name.to_vec(), Arc::new(prepared));
        Ok(())
    }

    /// The type that a frontend means by an object identifier; 0: it does not say.
    fn declared(&self, oid: u32) -> Result<Option<Type>, Refusal> {
        if oid == 0 {
            return Ok(None);
        }
        let message = || format!("Can't map PGType with oid={oid} to Crate type");
        Type::of_oid(oid).map(Some).ok_or_else(|| Refusal::new(Exception::IllegalArgument, message()))
    }

    /// What running a statement is, by what there is now. The types of its parameters and its columns are those that it was
    /// prepared with, for the frontend knows them.
    fn plan(&mut self, prepared: &Prepared) -> Result<Option<Arc<Plan>>, SqlError> {
        let Some(statement) = &prepared.statement else { return Ok(None) };
        let types = match &prepared.plan {
            Some(known) => known.parameters.iter().cloned().map(Some).collect(),
            None => prepared.declared.clone(),
        };
        let plan =
            self.with_room(prepared.deep, |scope| Plan::new(statement, &types, scope)).and_then(|plan| {
                match &prepared.plan {
                    Some(known) if known.columns != plan.columns => {
                        Err(Refusal::unsupported("cached plan must not change result type"))
                    }
                    _ => Ok(Some(Arc::new(plan))),
                }
            });
        plan.map_err(|refusal| self.refuse(refusal, &prepared.source, Stage::Extended))
    }

    fn prepared(&self, name: &[u8]) -> Result<Arc<Prepared>, SqlError> {
        let unknown = || {
            let message = format!("No statement found with name: {}", String::from_utf8_lossy(name));
            self.refuse(Refusal::new(Exception::StatementUnknown, message), "", Stage::Extended)
        };
        self.statements.get(name).cloned().ok_or_else(unknown)
    }

    pub(super) fn portal(&self, name: &[u8]) -> Result<Arc<Mutex<Portal>>, SqlError> {
        let unknown = || {
            let message = format!("Cannot find portal: {}", String::from_utf8_lossy(name));
            self.refuse(Refusal::new(Exception::PortalUnknown, message), "", Stage::Extended)
        };
        self.portals.get(name).cloned().ok_or_else(unknown)
    }

    /// Bind. What an INSERT is to insert is known from here on: what fails here has changed nothing.
    pub(super) fn make_portal(&mut self, bind: &Bind<'_>) -> Result<(), SqlError> {
        let prepared = self.prepared(bind.statement.0)?;
        let name = bind.portal.0;
        let taken = !name.is_empty() && self.portals.contains_key(name);
        if taken && !self.quirks.names_replaced {
            let message = format!("cursor \"{}\" already exists", bind.portal.lossy());
            return Err(SqlError::error("42P03", message));
        }
        if name.is_empty() {
            self.portals.remove(name);
        }
        if self.portals.len() >= MAX_KEPT {
            return Err(SqlError::error("53200", "too many portals"));
        }
        let plan = self.plan(&prepared)?;
        let types = plan.as_ref().map_or(&[][..], |plan| plan.parameters.as_slice());
        let columns = plan.as_ref().and_then(|plan| plan.columns.as_ref()).map_or(0, Vec::len);
        counts(bind, types.len(), columns)?;
        let values = bind.values.iter().zip(types).enumerate();
        let parameters = values.map(|(place, (value, ty))| {
            let Some(value) = value else { return Ok(None) };
            let read = match format(&bind.formats, place) {
                0 => Value::input(ty, value.0),
                _ => Value::receive(ty, value.0),
            };
            read.map(Some).map_err(|refusal| self.refuse(refusal, &prepared.source, Stage::Extended))
        });
        let parameters = parameters.collect::<Result<Vec<_>, _>>()?;
        let ready = match &plan {
            Some(plan) => {
                let ready = self.with_room(prepared.deep, |scope| plan.ready(&parameters, scope));
                Some(ready.map_err(|refusal| self.refuse(refusal, &prepared.source, Stage::Extended))?)
            }
            None => None,
        };
        let formats = bind.result_formats.clone();
        let plan_weight = prepared.weight * PLAN / TREE;
        let ready_weight = ready.as_ref().map_or(0, Ready::weight);
        let job_weight = 2 * prepared.text().len().min(LONGEST_SHOWN);
        let own_weight = OVERHEAD + row_weight(&parameters) + 2 * formats.len();
        let weight = own_weight + plan_weight + ready_weight + job_weight;
        let memory = self.keep(weight)?;
        let state = State::Bound(ready);
        let portal = Portal { prepared, plan, parameters, formats, state, _memory: memory };
        self.portals.insert(name.to_vec(), Arc::new(Mutex::new(portal)));
        Ok(())
    }

    /// Describe of a statement. The document excepts those that define something: their parameters are not described.
    pub(super) fn describe_statement(&mut self, name: &[u8], out: &mut Outbox) -> Result<(), SqlError> {
        let prepared = self.prepared(name)?;
        let plan = self.plan(&prepared)?;
        let excepted = match prepared.statement.as_ref().map(Statement::kind) {
            Some(Kind::Definition) => true,
            Some(Kind::Other) => self.quirks.parameters_of_queries_only,
            Some(Kind::Rows | Kind::Write) | None => false,
        };
        if !excepted {
            let types = plan.iter().flat_map(|plan| &plan.parameters).map(Type::oid).collect();
            out.send(ParameterDescription { types });
        }
        self.describe_rows(plan.as_deref(), &[], out);
        Ok(())
    }

    /// Describe of a portal.
    pub(super) fn describe_portal(&mut self, name: &[u8], out: &mut Outbox) -> Result<(), SqlError> {
        let portal = self.portal(name)?;
        let portal = lock(&portal);
        self.describe_rows(portal.plan.as_deref(), &portal.formats, out);
        Ok(())
    }

    fn describe_rows(&self, plan: Option<&Plan>, formats: &[i16], out: &mut Outbox) {
        match plan.filter(|plan| plan.columns.is_some()) {
            Some(plan) => self.describe_columns(plan, formats, out),
            None => out.send(NoData),
        }
    }

    /// Close of a statement ends its portals.
    pub(super) fn close_statement(&mut self, name: &[u8]) {
        if let Some(closed) = self.statements.remove(name) {
            self.portals.retain(|_, portal| !Arc::ptr_eq(&lock(portal).prepared, &closed));
        }
    }
}

/// Whether Bind has as many of everything as it must.
fn counts(bind: &Bind<'_>, parameters: usize, columns: usize) -> Result<(), SqlError> {
    let violation = |message: String| Err(SqlError::error("08P01", message));
    let (formats, values) = (bind.formats.len(), bind.values.len());
    if formats > 1 && formats != values {
        return violation(format!("bind message has {formats} parameter formats but {values} parameters"));
    }
    if values != parameters {
        let name = bind.statement.lossy();
        return violation(format!(
            "bind message supplies {values} parameters, but prepared statement \"{name}\" requires {parameters}"
        ));
    }
    let formats = bind.result_formats.len();
    if formats > 1 && formats != columns {
        return violation(format!(
            "bind message has {formats} result formats but query has {columns} columns"
        ));
    }
    let mut codes = bind.formats.iter().chain(&bind.result_formats);
    match codes.find(|code| !matches!(code, 0 | 1)) {
        Some(code) => Err(SqlError::error("22023", format!("unsupported format code: {code}"))),
        None => Ok(()),
    }
}
