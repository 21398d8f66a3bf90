//! Views: a query in place of a table.

use super::from::{Item, shown};
use super::{Analyser, Parameters};
use crate::engine::SqlError;
use crate::postgresql::definition::{Attribute, Relation, Source, View};
use crate::postgresql::lookup::Table;
use crate::postgresql::sql::query::{Column, Plan};
use crate::postgresql::sql::stop::Stop;
use sqlparser::ast;
use std::sync::Arc;

impl Analyser<'_> {
    /// The table that a name stands for.
    pub(super) fn find_table(&mut self, schema: Option<String>, short: &str) -> Option<Table> {
        let name = (schema, short.to_owned());
        if let Some(source) = self.settled.and_then(|uses| uses.tables.get(&name)) {
            let relation = self.database.relation(source.table, self.snapshot)?;
            return Some(Table::User(as_it_was(&relation, source)));
        }
        let found = self.lookup().table(name.0.as_deref(), short);
        if let Some(Table::User(relation)) = &found {
            let columns = relation.columns.iter().map(|column| column.name.clone()).collect();
            self.uses.tables.insert(name, Source { table: relation.oid, columns });
        }
        found
    }

    /// The rows of a view. Nothing in its query has a place in the query string.
    pub(super) fn view(&mut self, relation: &Relation, view: &View) -> Result<Item, Stop> {
        let mut parameters = Parameters::default();
        let mut analyser = Analyser::new(self.lookup(), &view.sql, &mut parameters);
        analyser.settled = Some(&view.uses);
        analyser.common = self.common;
        let query = analyser.query(&view.query).map_err(|stop| match stop {
            Stop::Error(error) => SqlError { position: None, ..*error }.into(),
            other => other,
        })?;
        self.common = analyser.common;
        let column = |(attribute, number): (&Attribute, i16)| Column {
            name: attribute.name.clone(),
            ty: attribute.ty,
            origin: Some((relation.oid, number)),
        };
        let columns = relation.columns.iter().zip(1..).map(column).collect();
        Ok(Item { plan: Plan::Subquery(query.into()), columns: shown(Some(&relation.name), columns) })
    }
}

/// A table with the columns that it had when a view of it was made, and their names then.
fn as_it_was(relation: &Relation, source: &Source) -> Arc<Relation> {
    let mut relation = relation.clone();
    for (place, column) in relation.columns.iter_mut().enumerate() {
        match source.columns.get(place) {
            Some(name) => column.name.clone_from(name),
            None => column.dropped = true,
        }
    }
    Arc::new(relation)
}

/// That a view is to be changed by INSERT, UPDATE, DELETE or MERGE: which, `command` says.
pub(super) fn refused(relation: &Relation, view: &View, command: &str) -> SqlError {
    let name = &relation.name;
    let (act, doing, word) = match command {
        "INSERT" => ("insert into", "inserting into", "INSERT"),
        "DELETE" => ("delete from", "deleting from", "DELETE"),
        _ => ("update", "updating", "UPDATE"),
    };
    let Some(why) = read_only(&view.query) else {
        return SqlError::error("0A000", "changing tables through views is not supported by this server");
    };
    let hint = format!(
        "To enable {doing} the view, provide an INSTEAD OF {word} trigger or an unconditional ON {word} DO INSTEAD rule."
    );
    SqlError::error("55000", format!("cannot {act} view \"{name}\"")).detail(why).hint(hint)
}

/// Why PostgreSQL itself would not change a table through a view of this query.
fn read_only(query: &ast::Query) -> Option<&'static str> {
    if query.with.is_some() {
        return Some("Views containing WITH are not automatically updatable.");
    }
    let select = match &*query.body {
        ast::SetExpr::Select(select) => select,
        ast::SetExpr::SetOperation { .. } => {
            return Some("Views containing UNION, INTERSECT, or EXCEPT are not automatically updatable.");
        }
        _ => {
            return Some(
                "Views that do not select from a single table or view are not automatically updatable.",
            );
        }
    };
    if select.distinct.is_some() {
        return Some("Views containing DISTINCT are not automatically updatable.");
    }
    if !matches!(&select.group_by, ast::GroupByExpr::Expressions(keys, _) if keys.is_empty()) {
        return Some("Views containing GROUP BY are not automatically updatable.");
    }
    if select.having.is_some() {
        return Some("Views containing HAVING are not automatically updatable.");
    }
    if query.limit_clause.is_some() || query.fetch.is_some() {
        return Some("Views containing LIMIT or OFFSET are not automatically updatable.");
    }
    match select.from.as_slice() {
        [ast::TableWithJoins { relation: ast::TableFactor::Table { args: None, .. }, joins }]
            if joins.is_empty() =>
        {
            None
        }
        _ => Some("Views that do not select from a single table or view are not automatically updatable."),
    }
}
