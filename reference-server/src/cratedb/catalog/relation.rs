//! Tables as the system tables tell of them, whoever made them.

use crate::cratedb::node::{Column, Table};
use crate::cratedb::sql::Scope;

/// A table.
pub(super) struct Relation<'a> {
    pub(super) schema: &'a str,
    pub(super) name: &'a str,
    pub(super) columns: &'a [Column],
    not_null: &'a [usize],
    primary_key: &'a [usize],
    /// The table, if it is none of the system's.
    pub(super) made: Option<&'a Table>,
}

/// A rule that a table's rows keep.
pub(super) struct Constraint {
    pub(super) name: String,
    /// What it is in SQL.
    pub(super) kind: &'static str,
    /// What it is in `pg_constraint`.
    pub(super) letter: &'static str,
}

/// All tables, by schema and name.
pub(super) fn relations<'a>(scope: &'a Scope<'_>) -> Vec<Relation<'a>> {
    let system = super::tables().map(|table| Relation {
        schema: table.schema,
        name: table.name,
        columns: &table.columns,
        not_null: &table.not_null,
        primary_key: &table.primary_key,
        made: None,
    });
    let made = scope.node.tables.iter().map(|((schema, name), table)| Relation {
        schema,
        name,
        columns: &table.columns,
        not_null: &table.not_null,
        primary_key: &table.primary_key,
        made: Some(table),
    });
    let mut relations: Vec<_> = system.chain(made).collect();
    relations.sort_by_key(|relation| (relation.schema, relation.name));
    relations
}

impl Relation<'_> {
    /// The columns, and their numbers from 1.
    pub(super) fn numbered(&self) -> impl Iterator<Item = (i16, &Column)> {
        (1..).zip(self.columns)
    }

    /// The columns of the primary key.
    pub(super) fn key(&self) -> impl Iterator<Item = &Column> {
        self.primary_key.iter().filter_map(|place| self.columns.get(*place))
    }

    /// Whether a column is part of the primary key.
    pub(super) fn is_key(&self, column: &Column) -> bool {
        self.key().any(|key| key.name == column.name)
    }

    /// Whether a column was told not to be NULL; what is in the primary key need not be told.
    pub(super) fn is_not_null(&self, column: &Column) -> bool {
        let place = self.columns.iter().position(|other| other.name == column.name);
        !self.is_key(column) && place.is_some_and(|place| self.not_null.contains(&place))
    }

    /// The constraints: the primary key, and one for each column that must not be NULL.
    pub(super) fn constraints(&self) -> Vec<Constraint> {
        let primary_key = self.key().next().map(|_| Constraint {
            name: format!("{}_pk", self.name),
            kind: "PRIMARY KEY",
            letter: "p",
        });
        let not_null = self.columns.iter().filter(|column| self.is_not_null(column));
        let not_null = not_null.map(|column| Constraint {
            name: format!("{}_{}_{}_not_null", self.schema, self.name, column.name),
            kind: "CHECK",
            letter: "c",
        });
        primary_key.into_iter().chain(not_null).collect()
    }
}
