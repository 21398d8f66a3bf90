//! Plans, and what becomes of them.

use super::super::node::Column;
use super::super::refusal::Refusal;
use super::super::types::Type;
use super::super::value::{Forms, Row, Value};
use super::analyse::{Analyser, CopyFromPlan, CopyToPlan, DeletePlan, InsertPlan, Names, Rows, UpdatePlan};
use super::eval::{Run, row_weight};
use super::expr::{Expr, Query};
use super::statement::{Show, Statement};
use super::{Scope, copy, define, modify, show};
use std::sync::Arc;

/// A statement whose names and types are known.
#[derive(Clone, Debug)]
pub(crate) struct Plan {
    /// The types of its parameters.
    pub(crate) parameters: Vec<Type>,
    /// The columns of its rows; none: it gives no rows.
    pub(crate) columns: Option<Vec<Column>>,
    action: Arc<Action>,
}

/// What there is to do.
#[derive(Debug)]
enum Action {
    Query(Query),
    Show(Show),
    Insert(InsertPlan),
    Update(UpdatePlan),
    Delete(DeletePlan),
    CopyFrom(CopyFromPlan),
    CopyTo(CopyToPlan),
    /// KILL of this job; none: all.
    Kill(Option<Expr>),
    /// What needs no analysis.
    Direct(Statement),
}

/// A plan with its parameters: the values of an INSERT are what they are to be, and nothing has run.
#[derive(Clone, Debug)]
pub(crate) struct Ready {
    action: Arc<Action>,
    columns: Option<Vec<Column>>,
    parameters: Vec<Option<Value>>,
    /// The rows of INSERT VALUES.
    rows: Vec<Row>,
}

/// What became of a statement.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Outcome {
    /// The rows of the plan's columns.
    Rows(Vec<Row>),
    /// So many rows, tables or jobs are concerned.
    Count(u64),
}

impl Plan {
    /// Analyses a statement; `declared` are the types that the frontend has given the first parameters.
    pub(crate) fn new(
        statement: &Statement,
        declared: &[Option<Type>],
        scope: &mut Scope<'_>,
    ) -> Result<Self, Refusal> {
        let declared = declared.iter().map(|ty| ty.clone().unwrap_or(Type::Undefined)).collect();
        let mut analyser = Analyser::new(scope, declared);
        // What is learnt of a parameter at one place may tell more at another: until nothing new is learnt.
        loop {
            let before = analyser.parameters.clone();
            let (action, columns) = action(statement, &mut analyser)?;
            if analyser.parameters == before {
                return Ok(Self { parameters: before, columns, action: Arc::new(action) });
            }
        }
    }

    /// Evaluates what does not depend on rows: what fails here has changed nothing.
    pub(crate) fn ready(
        &self,
        parameters: &[Option<Value>],
        scope: &mut Scope<'_>,
    ) -> Result<Ready, Refusal> {
        let mut own = parameters.to_vec();
        for (value, ty) in own.iter_mut().zip(&self.parameters) {
            if let Some(given) = value
                && *ty != Type::Undefined
                && given.ty() != *ty
            {
                *value = Some(given.cast(ty)?);
            }
        }
        let rows = match self.action.as_ref() {
            Action::Insert(InsertPlan { table, targets, rows: Rows::Values(lists), .. }) => {
                modify::values(table, targets, lists, &Run::new(scope, &own))?
            }
            _ => Vec::new(),
        };
        Ok(Ready { action: Arc::clone(&self.action), columns: self.columns.clone(), parameters: own, rows })
    }
}

fn action(
    statement: &Statement,
    analyser: &mut Analyser<'_>,
) -> Result<(Action, Option<Vec<Column>>), Refusal> {
    Ok(match statement {
        Statement::Query(query) | Statement::Show(Show::Query(query)) => {
            let query = analyser.query(query)?;
            let columns = query.columns.clone();
            (Action::Query(query), Some(columns))
        }
        Statement::Show(show) => (Action::Show(show.clone()), Some(show::columns(show, analyser)?)),
        Statement::Insert(insert) => (Action::Insert(analyser.insert(insert)?), None),
        Statement::Update(update) => (Action::Update(analyser.update(update)?), None),
        Statement::Delete(delete) => (Action::Delete(analyser.delete(delete)?), None),
        Statement::Kill(None) => (Action::Kill(None), None),
        Statement::Kill(Some(job)) => {
            (Action::Kill(Some(analyser.text(job, &mut Names::none("KILL"))?)), None)
        }
        Statement::CopyFrom(copy) => (Action::CopyFrom(analyser.copy_from(copy)?), None),
        Statement::CopyTo(copy) => (Action::CopyTo(analyser.copy_to(copy)?), None),
        Statement::Begin
        | Statement::StartTransaction
        | Statement::Commit
        | Statement::Rollback
        | Statement::Deallocate(_)
        | Statement::CreateTable(_)
        | Statement::DropTable { .. }
        | Statement::AddColumn(..)
        | Statement::Refresh(_)
        | Statement::Optimize(_)
        | Statement::SetPath(_)
        | Statement::Set
        | Statement::Reset { .. } => (Action::Direct(statement.clone()), None),
    })
}

impl Ready {
    /// What it takes in memory, about.
    pub(crate) fn weight(&self) -> usize {
        let columns = self.columns.iter().flatten().map(|column| 100 + column.name.len());
        row_weight(&self.parameters)
            + self.rows.iter().map(row_weight).sum::<usize>()
            + columns.sum::<usize>()
    }

    /// Runs it.
    pub(crate) fn run(self, scope: &mut Scope<'_>) -> Result<Outcome, Refusal> {
        match self.action.as_ref() {
            Action::Query(query) => {
                let rows = Run::new(scope, &self.parameters).rows(query)?;
                Ok(Outcome::Rows(shown(rows, self.columns.as_deref().unwrap_or_default())))
            }
            Action::Show(show) => show::rows(show, scope).map(Outcome::Rows),
            Action::Insert(plan) => modify::insert(plan, self.rows, &self.parameters, scope),
            Action::Update(plan) => modify::update(plan, &self.parameters, scope),
            Action::Delete(plan) => modify::delete(plan, &self.parameters, scope),
            Action::CopyFrom(plan) => copy::from(plan, &self.parameters, scope),
            Action::CopyTo(plan) => copy::to(plan, &self.parameters, scope),
            Action::Kill(job) => {
                let job = match job {
                    Some(job) => Run::new(scope, &self.parameters).value(job, &[])?,
                    None => return Ok(Outcome::Count(kill(None, scope))),
                };
                match job {
                    Some(Value::String(job)) => Ok(Outcome::Count(kill(Some(&job), scope))),
                    _ => Ok(Outcome::Count(0)),
                }
            }
            Action::Direct(statement) => define::run(statement, scope).map(Outcome::Count),
        }
    }
}

/// Rows as they are given: what is of no type is a string.
fn shown(mut rows: Vec<Row>, columns: &[Column]) -> Vec<Row> {
    for (at, _) in columns.iter().enumerate().filter(|(_, column)| column.ty == Type::Undefined) {
        for row in &mut rows {
            if let Some(cell) = row.get_mut(at)
                && let Some(value) = cell.take()
            {
                let text = value.output(&value.ty(), Forms::default());
                *cell = Some(Value::String(String::from_utf8_lossy(&text).into_owned()));
            }
        }
    }
    rows
}

/// Kills a job, or all but the one that says so; how many they were.
fn kill(job: Option<&str>, scope: &Scope<'_>) -> u64 {
    let own = scope.session.job.as_deref();
    let meant = scope.node.jobs.iter().filter(|candidate| match job {
        Some(job) => candidate.id == job,
        None => own != Some(candidate.id.as_str()),
    });
    meant.map(|job| job.kill()).count().try_into().unwrap_or(u64::MAX)
}
