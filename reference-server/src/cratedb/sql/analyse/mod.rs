//! From a statement to a plan: names are resolved, types are found.

mod call;
mod copy;
mod expr;
mod from;
mod modify;
mod name;
mod query;
mod subscript;
mod types;

use super::super::node::Column;
use super::super::refusal::{Exception, Refusal};
use super::super::types::Type;
use super::Scope;
use super::eval::too_large;
use super::expr::{Aggregate, Expr, TableRef};
use super::statement::Name;
pub(super) use copy::{CopyFromPlan, CopyToPlan, Output};
pub(super) use modify::{Assigned, Conflicting, DeletePlan, InsertPlan, Rows, UpdatePlan};
use sqlparser::ast;
use std::cell::Cell;
pub(super) use types::{is_ordered as is_key, resolve_type};

/// The most parameters that a statement may have.
const PARAMETERS: usize = 65_535;

/// The most steps that finding names and types may take.
const STEPS: usize = 2_000_000;

/// An expression and its type.
#[derive(Clone, Debug)]
pub(super) struct Typed {
    pub(super) expr: Expr,
    pub(super) ty: Type,
}

impl Typed {
    fn new(expr: Expr, ty: Type) -> Self {
        Self { expr, ty }
    }

    /// It is written there, or given: it takes the type of what it meets.
    fn is_loose(&self) -> bool {
        match &self.expr {
            Expr::Constant(_) | Expr::Parameter(_) => true,
            Expr::Array(elements) => elements.iter().all(is_loose),
            _ => false,
        }
    }
}

fn is_loose(expr: &Expr) -> bool {
    match expr {
        Expr::Constant(_) | Expr::Parameter(_) => true,
        Expr::Array(elements) => elements.iter().all(is_loose),
        Expr::Cast { expr, .. } => is_loose(expr),
        _ => false,
    }
}

/// What FROM gives names to.
#[derive(Clone, Debug)]
pub(super) struct Relation {
    schema: Option<String>,
    name: String,
    columns: Vec<Column>,
    /// Where its columns begin in the row.
    start: usize,
    /// The table it is, whose objects have fields with types.
    table: Option<TableRef>,
    /// Its columns are meant only where its own name is before theirs.
    qualified: bool,
}

/// The names that an expression can use.
pub(super) struct Names {
    relations: Vec<Relation>,
    mode: Mode,
}

/// What an expression is over.
enum Mode {
    /// A clause in which there are no aggregate functions.
    Clause(&'static str),
    /// Rows, as long as no aggregate function is found.
    Rows { aggregates: bool },
    /// Groups.
    Groups { keys: Vec<(ast::Expr, Typed)>, calls: Vec<Aggregate> },
}

impl Names {
    /// No names at all.
    pub(super) fn none(clause: &'static str) -> Self {
        Self { relations: Vec::new(), mode: Mode::Clause(clause) }
    }

    /// How many there are, about.
    fn count(&self) -> usize {
        self.relations.iter().map(|relation| 1 + relation.columns.len()).sum()
    }

    pub(super) fn new(relations: Vec<Relation>, clause: &'static str) -> Self {
        Self { relations, mode: Mode::Clause(clause) }
    }
}

/// What finds names and types.
pub(super) struct Analyser<'a> {
    pub(super) scope: &'a Scope<'a>,
    /// The types of the parameters, as far as they are known.
    pub(super) parameters: Vec<Type>,
    steps: Cell<usize>,
}

impl<'a> Analyser<'a> {
    pub(super) fn new(scope: &'a Scope<'a>, parameters: Vec<Type>) -> Self {
        Self { scope, parameters, steps: Cell::new(0) }
    }

    /// Counts steps.
    fn spend(&self, steps: usize) -> Result<(), Refusal> {
        self.steps.set(self.steps.get().saturating_add(steps));
        if self.steps.get() > STEPS { Err(too_large("the statement says too much")) } else { Ok(()) }
    }

    /// A parameter: `$1` is 0.
    fn parameter(&mut self, name: &str) -> Result<Typed, Refusal> {
        let number = name.strip_prefix('$').and_then(|digits| digits.parse::<usize>().ok());
        let Some(at) = number.and_then(|number| number.checked_sub(1)).filter(|at| *at < PARAMETERS) else {
            return Err(Refusal::new(Exception::SqlParse, format!("there is no parameter {name}")));
        };
        if self.parameters.len() <= at {
            self.parameters.resize(at + 1, Type::Undefined);
        }
        Ok(Typed::new(Expr::Parameter(at), self.parameters[at].clone()))
    }

    /// Where a table's name leads: the schema in which it is; `pg_catalog` comes before the search path.
    pub(super) fn schema(&self, name: &Name) -> Result<String, Refusal> {
        let unknown = || Refusal::new(Exception::RelationUnknown, format!("Relation '{name}' unknown"));
        if let Some(schema) = &name.schema {
            return match (self.has(schema, &name.name), is_schema(self.scope, schema)) {
                (true, _) => Ok(schema.clone()),
                (false, true) => Err(unknown()),
                (false, false) => {
                    Err(Refusal::new(Exception::SchemaUnknown, format!("Schema '{schema}' unknown")))
                }
            };
        }
        let mut path =
            std::iter::once("pg_catalog").chain(self.scope.session.search_path.iter().map(String::as_str));
        path.find(|schema| self.has(schema, &name.name)).map(str::to_owned).ok_or_else(unknown)
    }

    fn has(&self, schema: &str, name: &str) -> bool {
        self.scope.node.tables.contains_key(&(schema.to_owned(), name.to_owned()))
            || super::super::catalog::table(schema, name).is_some()
    }

    /// An expression that is a string.
    pub(super) fn text(&mut self, written: &ast::Expr, names: &mut Names) -> Result<Expr, Refusal> {
        let typed = self.expr(written, names)?;
        Ok(self.coerce(typed, &Type::String))
    }

    /// A table that can be changed.
    pub(super) fn writable(&self, name: &Name, operation: &str) -> Result<TableRef, Refusal> {
        let schema = self.schema(name)?;
        let key = (schema, name.name.clone());
        match self.scope.node.tables.get(&key) {
            Some(table) => Ok(TableRef { schema: key.0, name: key.1, columns: table.columns.clone() }),
            None => Err(read_only(&key.0, &key.1, operation)),
        }
    }
}

/// The refusal of what changes a system table.
pub(super) fn read_only(schema: &str, name: &str, operation: &str) -> Refusal {
    Refusal::unsupported(format!(
        "The relation \"{schema}.{name}\" doesn't support or allow {operation} operations, as it is read-only."
    ))
}

/// Whether there is such a schema: one of the system's, the default, or one with tables.
pub(super) fn is_schema(scope: &Scope<'_>, schema: &str) -> bool {
    is_system(schema)
        || schema == super::super::SCHEMA
        || scope.node.tables.keys().any(|(own, _)| own == schema)
}

/// Whether a schema is the system's.
pub(super) fn is_system(schema: &str) -> bool {
    matches!(schema, "pg_catalog" | "sys" | "information_schema" | "blob")
}
