//! Variables: what SQL within PL/pgSQL sees as the columns of a row around it.

use crate::postgresql::sql::analyse::{Scope, Visible};
use crate::postgresql::sql::expr::Type;
use crate::postgresql::sql::query::Column;
use crate::postgresql::storage::Row;
use pgconform_wire::value::Value;

/// A variable.
#[derive(Clone, Debug)]
pub(super) struct Variable {
    pub(super) name: String,
    pub(super) not_null: bool,
    pub(super) content: Content,
}

/// What a variable holds.
#[derive(Clone, Debug)]
pub(super) enum Content {
    Scalar(Type, Option<Value>),
    /// A row; without columns before it is assigned.
    Record(Vec<Column>, Vec<Option<Value>>),
}

/// The variables of a call, the innermost last.
#[derive(Debug, Default)]
pub(super) struct Variables(pub(super) Vec<Variable>);

impl Variables {
    pub(super) fn scalar(&mut self, name: &str, ty: Type, value: Option<Value>) {
        self.0.push(Variable { name: name.to_owned(), not_null: false, content: Content::Scalar(ty, value) });
    }

    pub(super) fn find(&mut self, name: &str) -> Option<&mut Variable> {
        self.0.iter_mut().rev().find(|variable| variable.name == name)
    }

    /// What SQL has in sight: of variables of the same name the innermost.
    pub(super) fn scope(&self) -> Scope {
        let mut columns = Vec::new();
        for (place, variable) in self.0.iter().enumerate() {
            let hidden = self.0[place + 1..].iter().any(|inner| inner.name == variable.name);
            let visible = |table: Option<&str>, column: Column, qualified_only: bool| Visible {
                table: table.map(str::to_owned),
                column,
                qualified_only,
                system: hidden,
            };
            let shown = |name: &str| if hidden { String::new() } else { name.to_owned() };
            match &variable.content {
                Content::Scalar(ty, _) => {
                    let column = Column { name: shown(&variable.name), ty: *ty, origin: None };
                    columns.push(visible(None, column, false));
                }
                Content::Record(fields, _) => {
                    let table = shown(&variable.name);
                    columns.extend(fields.iter().map(|field| visible(Some(&table), field.clone(), true)));
                }
            }
        }
        Scope { columns, ..Scope::default() }
    }

    /// The row that goes with the scope.
    pub(super) fn row(&self) -> Row {
        let values = self.0.iter().flat_map(|variable| match &variable.content {
            Content::Scalar(_, value) => vec![value.clone()],
            Content::Record(_, values) => values.clone(),
        });
        values.collect::<Vec<_>>().into()
    }
}
