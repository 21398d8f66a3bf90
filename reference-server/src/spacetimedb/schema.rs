//! Tables: their schemas and rows.

use super::types::{Field, Type};
use super::value::Row;
use std::sync::Arc;

/// What is fixed about a table.
#[derive(Clone, Debug)]
pub(crate) struct Schema {
    pub(crate) id: u32,
    pub(crate) name: &'static str,
    pub(crate) system: bool,
    pub(crate) public: bool,
    pub(crate) columns: Vec<Field>,
    pub(crate) primary_key: Option<usize>,
    /// Whether the primary key counts up by itself. Only the catalog tells of it.
    pub(crate) auto_increment: bool,
    /// The columns of each unique constraint.
    pub(crate) unique: Vec<Vec<usize>>,
    /// The column whose identity alone, besides the owner, may see a row: the one rule of row-level security we know.
    pub(crate) visible_to: Option<usize>,
}

impl Schema {
    pub(crate) fn new(name: &'static str, columns: &[(&'static str, Type)]) -> Self {
        Self {
            id: 0,
            name,
            system: false,
            public: true,
            columns: columns.iter().map(|(name, ty)| Field::new(name, ty.clone())).collect(),
            primary_key: None,
            auto_increment: false,
            unique: Vec::new(),
            visible_to: None,
        }
    }

    pub(crate) fn private(self) -> Self {
        Self { public: false, ..self }
    }

    pub(crate) fn primary_key(self, column: usize) -> Self {
        Self { primary_key: Some(column), ..self }.unique(&[column])
    }

    pub(crate) fn auto_increment(self) -> Self {
        Self { auto_increment: true, ..self }
    }

    pub(crate) fn unique(mut self, columns: &[usize]) -> Self {
        self.unique.push(columns.to_vec());
        self
    }

    pub(crate) fn visible_to(self, column: usize) -> Self {
        Self { visible_to: Some(column), ..self }
    }

    pub(crate) fn column(&self, name: &str) -> Option<usize> {
        self.columns.iter().position(|column| column.name == name)
    }

    pub(crate) fn column_names(&self, columns: &[usize]) -> Vec<&'static str> {
        columns.iter().filter_map(|column| self.columns.get(*column)).map(|column| column.name).collect()
    }

    /// The name of the index of a unique constraint, as the product makes it.
    pub(crate) fn index_name(&self, columns: &[usize]) -> String {
        format!("{}_{}_idx_btree", self.name, self.column_names(columns).join("_"))
    }
}

/// A table. Cheap to copy: the rows are shared until one copy changes them.
#[derive(Clone, Debug)]
pub(crate) struct Table {
    pub(crate) schema: Arc<Schema>,
    pub(crate) rows: Arc<Vec<Row>>,
}

impl Table {
    pub(crate) fn new(schema: Schema, rows: Vec<Row>) -> Self {
        Self { schema: Arc::new(schema), rows: Arc::new(rows) }
    }
}
