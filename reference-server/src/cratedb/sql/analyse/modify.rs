//! INSERT, UPDATE, DELETE.

use super::super::super::refusal::{Exception, Refusal};
use super::super::super::types::Type;
use super::super::expr::{Expr, Query, TableRef};
use super::super::parse::folded;
use super::super::statement::{Assignment, Conflict, Delete, Insert, InsertSource, Name, Update};
use super::{Analyser, Names, Relation};
use sqlparser::ast;

/// INSERT.
#[derive(Clone, Debug)]
pub(in super::super) struct InsertPlan {
    pub(in super::super) table: TableRef,
    /// The columns that are given, by their places.
    pub(in super::super) targets: Vec<usize>,
    pub(in super::super) rows: Rows,
    pub(in super::super) conflict: Conflicting,
}

/// What is inserted.
#[derive(Clone, Debug)]
pub(in super::super) enum Rows {
    Values(Vec<Vec<Expr>>),
    Query(Box<Query>),
}

/// What becomes of a row that there is already.
#[derive(Clone, Debug)]
pub(in super::super) enum Conflicting {
    Fails,
    Nothing,
    /// Expressions over the row that is there, and behind it the one that is not inserted.
    Update(Vec<Assigned>),
}

/// What a column, or a field within it, is set to.
#[derive(Clone, Debug)]
pub(in super::super) struct Assigned {
    pub(in super::super) column: usize,
    pub(in super::super) path: Vec<String>,
    pub(in super::super) value: Expr,
}

#[derive(Clone, Debug)]
pub(in super::super) struct UpdatePlan {
    pub(in super::super) table: TableRef,
    pub(in super::super) assigned: Vec<Assigned>,
    pub(in super::super) filter: Option<Expr>,
}

#[derive(Clone, Debug)]
pub(in super::super) struct DeletePlan {
    pub(in super::super) table: TableRef,
    pub(in super::super) filter: Option<Expr>,
}

impl Analyser<'_> {
    pub(in super::super) fn insert(&mut self, written: &Insert) -> Result<InsertPlan, Refusal> {
        let table = self.writable(&written.table, "INSERT")?;
        let targets = match &written.columns {
            None => (0..table.columns.len()).collect(),
            Some(names) => places(names, &table)?,
        };
        let fits = |count: usize| match (&written.columns, count) {
            (None, count) if count <= table.columns.len() => Ok(()),
            (Some(names), count) if count == names.len() => Ok(()),
            _ => Err(Refusal::new(
                Exception::IllegalArgument,
                format!(
                    "Number of target columns ({}) of insert statement doesn't match number of source columns ({count})",
                    targets.len()
                ),
            )),
        };
        let rows = match &written.source {
            InsertSource::Values(lists) => {
                let mut rows = Vec::new();
                for list in lists {
                    fits(list.len())?;
                    if list.len() != lists[0].len() {
                        let message = "Invalid number of values: all rows must have as many";
                        return Err(Refusal::new(Exception::IllegalArgument, message));
                    }
                    let mut row = Vec::new();
                    for (expr, target) in list.iter().zip(&targets) {
                        let typed = self.expr(expr, &mut Names::none("VALUES"))?;
                        row.push(self.coerce(typed, &table.columns[*target].ty));
                    }
                    rows.push(row);
                }
                Rows::Values(rows)
            }
            InsertSource::Query(query) => {
                let mut query = self.query(query)?;
                fits(query.columns.len())?;
                for (column, target) in query.columns.iter_mut().zip(&targets) {
                    let ty = &table.columns[*target].ty;
                    if !column.ty.casts_to(ty) {
                        let message = format!(
                            "The type '{}' of the insert source '{}' is not convertible to the type '{ty}' of target column '{}'",
                            column.ty, column.name, table.columns[*target].name
                        );
                        return Err(Refusal::new(Exception::Conversion, message));
                    }
                }
                self.take_types(&query, &targets, &table);
                Rows::Query(Box::new(query))
            }
        };
        let conflict = self.conflict(&written.conflict, &table)?;
        Ok(InsertPlan { table, targets, rows, conflict })
    }

    /// Parameters that are columns of a query take the types of what they are inserted into.
    fn take_types(&mut self, query: &Query, targets: &[usize], table: &TableRef) {
        if let super::super::expr::Body::Select(select) = &query.body {
            for (output, target) in select.outputs.iter().zip(targets) {
                if let Expr::Parameter(at) = output
                    && self.parameters[*at] == Type::Undefined
                {
                    self.parameters[*at] = table.columns[*target].ty.clone();
                }
            }
        }
    }

    fn conflict(&mut self, written: &Conflict, table: &TableRef) -> Result<Conflicting, Refusal> {
        let (columns, assignments) = match written {
            Conflict::Fails => return Ok(Conflicting::Fails),
            Conflict::Nothing(columns) => (columns.as_ref(), None),
            Conflict::Update { columns, assignments } => (columns.as_ref(), Some(assignments)),
        };
        let key = &self.scope.node.tables[&(table.schema.clone(), table.name.clone())].primary_key;
        if let Some(columns) = columns {
            let mut places = places(columns, table)?;
            let mut key = key.clone();
            places.sort_unstable();
            key.sort_unstable();
            if places != key {
                let message = "Number of conflict targets did not match the number of primary key columns, or they are others";
                return Err(Refusal::new(Exception::IllegalArgument, message));
            }
        }
        let Some(assignments) = assignments else { return Ok(Conflicting::Nothing) };
        let mut excluded = own_relation(table, Some("excluded"));
        excluded.start = table.columns.len();
        excluded.qualified = true;
        let relations = vec![own_relation(table, None), excluded];
        self.assignments(assignments, table, relations).map(Conflicting::Update)
    }

    fn assignments(
        &mut self,
        written: &[Assignment],
        table: &TableRef,
        relations: Vec<Relation>,
    ) -> Result<Vec<Assigned>, Refusal> {
        let mut names = Names::new(relations, "SET");
        let mut all: Vec<Assigned> = Vec::new();
        for assignment in written {
            let (name, path) = target(&assignment.target)?;
            let column = place(&name, table)?;
            let own = &self.scope.node.tables[&(table.schema.clone(), table.name.clone())];
            if own.primary_key.contains(&column) {
                let message = format!("Updating a primary key is not supported: {name}");
                return Err(Refusal::unsupported(message));
            }
            let ty = match path.is_empty() {
                true => table.columns[column].ty.clone(),
                false if table.columns[column].ty == Type::Object => {
                    let whole: Vec<String> =
                        std::iter::once(name.clone()).chain(path.iter().cloned()).collect();
                    own.fields.get(&whole).cloned().unwrap_or(Type::Undefined)
                }
                false => {
                    let message = format!("Updating fields or elements of '{name}' is not supported");
                    return Err(Refusal::unsupported(message));
                }
            };
            if all.iter().any(|known| known.column == column && known.path == path) {
                let message = format!("Target expression repeated: {}", assignment.target);
                return Err(Refusal::new(Exception::IllegalArgument, message));
            }
            let typed = self.expr(&assignment.value, &mut names)?;
            all.push(Assigned { column, path, value: self.coerce(typed, &ty) });
        }
        Ok(all)
    }

    pub(in super::super) fn update(&mut self, written: &Update) -> Result<UpdatePlan, Refusal> {
        let (table, relation) = self.changed(&written.table, written.alias.as_deref(), "UPDATE")?;
        let assigned = self.assignments(&written.assignments, &table, vec![relation.clone()])?;
        let filter = self.filter(written.filter.as_ref(), relation)?;
        Ok(UpdatePlan { table, assigned, filter })
    }

    pub(in super::super) fn delete(&mut self, written: &Delete) -> Result<DeletePlan, Refusal> {
        let (table, relation) = self.changed(&written.table, written.alias.as_deref(), "DELETE")?;
        let filter = self.filter(written.filter.as_ref(), relation)?;
        Ok(DeletePlan { table, filter })
    }

    fn changed(
        &self,
        name: &Name,
        alias: Option<&str>,
        operation: &str,
    ) -> Result<(TableRef, Relation), Refusal> {
        let table = self.writable(name, operation)?;
        let relation = own_relation(&table, alias);
        Ok((table, relation))
    }

    pub(super) fn filter(
        &mut self,
        filter: Option<&ast::Expr>,
        relation: Relation,
    ) -> Result<Option<Expr>, Refusal> {
        let mut names = Names::new(vec![relation], "WHERE");
        filter.map(|filter| self.condition(filter, &mut names)).transpose()
    }
}

pub(super) fn own_relation(table: &TableRef, alias: Option<&str>) -> Relation {
    Relation {
        schema: alias.is_none().then(|| table.schema.clone()),
        name: alias.unwrap_or(&table.name).to_owned(),
        columns: table.columns.clone(),
        start: 0,
        table: Some(table.clone()),
        qualified: false,
    }
}

fn place(name: &str, table: &TableRef) -> Result<usize, Refusal> {
    let place = table.columns.iter().position(|column| column.name == name);
    place.ok_or_else(|| Refusal::new(Exception::ColumnUnknown, format!("Column {name} unknown")))
}

/// The places of columns, each of which may be named once.
fn places(names: &[String], table: &TableRef) -> Result<Vec<usize>, Refusal> {
    let mut places = Vec::new();
    for name in names {
        let place = place(name, table)?;
        if places.contains(&place) {
            return Err(Refusal::new(Exception::IllegalArgument, format!("reference '{name}' repeated")));
        }
        places.push(place);
    }
    Ok(places)
}

/// The column of an assignment's target, and the way to a field within it.
fn target(written: &ast::Expr) -> Result<(String, Vec<String>), Refusal> {
    let wrong = || {
        Refusal::new(
            Exception::SqlParse,
            format!("cannot use expression {written} as a left side of an assignment"),
        )
    };
    match written {
        ast::Expr::Identifier(name) => Ok((folded(name), Vec::new())),
        ast::Expr::CompoundFieldAccess { root, access_chain } => {
            let ast::Expr::Identifier(name) = root.as_ref() else { return Err(wrong()) };
            let key = |link: &ast::AccessExpr| match link {
                ast::AccessExpr::Subscript(ast::Subscript::Index { index }) => {
                    super::subscript::literal_key(index).ok_or_else(wrong)
                }
                _ => Err(wrong()),
            };
            Ok((folded(name), access_chain.iter().map(key).collect::<Result<_, _>>()?))
        }
        _ => Err(wrong()),
    }
}
