//! What CREATE makes, apart from rows: relations, types, functions, schemas.

use super::sql::expr::Type;
use super::storage::Oid;
use pgconform_wire::value::Shape;
use sqlparser::ast;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

/// A schema.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Schema {
    pub(crate) oid: Oid,
    pub(crate) name: String,
}

/// A table, or what has columns like one.
#[derive(Clone, Debug)]
pub(crate) struct Relation {
    pub(crate) oid: Oid,
    pub(crate) schema: Oid,
    pub(crate) name: String,
    pub(crate) kind: Kind,
    /// The process of the session that it is temporary to.
    pub(crate) temporary: Option<i32>,
    /// ON COMMIT DROP.
    pub(crate) drops_on_commit: bool,
    /// Every column that there ever was; their places are their numbers less 1.
    pub(crate) columns: Vec<Attribute>,
    pub(crate) constraints: Vec<Constraint>,
    pub(crate) triggers: Vec<Trigger>,
    /// The type of its rows.
    pub(crate) row_type: Oid,
}

/// What a relation is.
#[derive(Clone, Debug)]
pub(crate) enum Kind {
    /// It has rows.
    Table,
    /// A query stands for it.
    View(Arc<View>),
    /// It counts.
    Sequence(Sequence),
}

/// How a sequence counts.
#[derive(Clone, Debug)]
pub(crate) struct Sequence {
    pub(crate) increment: i64,
    pub(crate) min: i64,
    pub(crate) max: i64,
    pub(crate) start: i64,
    pub(crate) cycle: bool,
    /// The table, and the place of its column, with which it is dropped.
    pub(crate) owner: Option<(Oid, usize)>,
}

impl Kind {
    /// As messages tell it.
    pub(crate) fn word(&self) -> &'static str {
        match self {
            Self::Table => "table",
            Self::View(_) => "view",
            Self::Sequence(_) => "sequence",
        }
    }
}

/// The query of a view.
#[derive(Debug)]
pub(crate) struct View {
    pub(crate) query: Box<ast::Query>,
    /// The same, in SQL.
    pub(crate) sql: String,
    pub(crate) uses: Uses,
}

/// What users made and a query uses, as it was when that was analysed.
#[derive(Clone, Debug, Default)]
pub(crate) struct Uses {
    /// The tables, by the names that stand for them: schema, where it is told, and name. What has these names later does
    /// not matter to a view.
    pub(crate) tables: BTreeMap<(Option<String>, String), Source>,
    pub(crate) functions: BTreeSet<Oid>,
}

/// A table that a query reads: which, and the columns that it had.
#[derive(Clone, Debug)]
pub(crate) struct Source {
    pub(crate) table: Oid,
    pub(crate) columns: Vec<String>,
}

impl Relation {
    /// The view that it is.
    pub(crate) fn view(&self) -> Option<&Arc<View>> {
        match &self.kind {
            Kind::View(view) => Some(view),
            Kind::Table | Kind::Sequence(_) => None,
        }
    }

    /// Whether it has rows.
    pub(crate) fn is_table(&self) -> bool {
        matches!(self.kind, Kind::Table)
    }

    /// The columns of the primary key.
    pub(crate) fn primary_key(&self) -> Option<&[usize]> {
        self.constraints.iter().find_map(|constraint| match &constraint.rule {
            Rule::Unique { columns, primary: true } => Some(columns.as_slice()),
            _ => None,
        })
    }
}

/// A column of a relation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Attribute {
    pub(crate) name: String,
    pub(crate) ty: Type,
    pub(crate) not_null: bool,
    /// Its default, in SQL.
    pub(crate) default: Option<String>,
    /// It was dropped: rows still have its place.
    pub(crate) dropped: bool,
}

/// A constraint of a table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Constraint {
    pub(crate) oid: Oid,
    pub(crate) name: String,
    pub(crate) rule: Rule,
    pub(crate) deferrable: bool,
    pub(crate) initially_deferred: bool,
}

/// What a constraint demands. Columns are places in [`Relation::columns`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Rule {
    /// No two rows have the same values here (and, for a primary key, no NULL).
    Unique { columns: Vec<usize>, primary: bool },
    /// This SQL expression is not false.
    Check(String),
    /// A row of the other table has these values.
    Foreign { columns: Vec<usize>, table: Oid, referenced: Vec<usize> },
    /// No two rows for which all these operators hold.
    Exclude(Vec<(usize, String)>),
}

/// A trigger: a function for each row.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Trigger {
    pub(crate) name: String,
    pub(crate) before: bool,
    pub(crate) insert: bool,
    pub(crate) update: bool,
    pub(crate) delete: bool,
    pub(crate) function: Oid,
}

/// A type that CREATE TYPE or CREATE DOMAIN made, or a table's row type.
#[derive(Clone, Debug)]
pub(crate) struct UserType {
    pub(crate) oid: Oid,
    pub(crate) schema: Oid,
    pub(crate) name: String,
    pub(crate) shape: Shape,
    /// The type of arrays of it.
    pub(crate) array: Oid,
    /// The session that it is temporary to.
    pub(crate) temporary: Option<i32>,
    /// A domain's checks: name and SQL expression on VALUE.
    pub(crate) checks: Vec<(String, String)>,
    /// A domain that refuses NULL.
    pub(crate) not_null: bool,
}

/// A function that CREATE FUNCTION made.
#[derive(Clone, Debug)]
pub(crate) struct UserFunction {
    pub(crate) oid: Oid,
    pub(crate) schema: Oid,
    pub(crate) name: String,
    pub(crate) temporary: Option<i32>,
    pub(crate) arguments: Vec<(Option<String>, Type)>,
    pub(crate) returns: Type,
    pub(crate) returns_set: bool,
    pub(crate) strict: bool,
    /// `plpgsql` or `sql`.
    pub(crate) language: String,
    pub(crate) body: String,
}
