//! INSERT, UPDATE, DELETE and MERGE: targets, assignments, RETURNING.

use super::from::{Item, SYSTEM_COLUMNS, column, user_table};
use super::{Analyser, How, Scope, Visible, view};
use crate::engine::SqlError;
use crate::postgresql::definition::{Attribute, Kind, Relation, Rule};
use crate::postgresql::lookup::{Table, name, parts};
use crate::postgresql::sql::expr::{Expr, Node, Type};
use crate::postgresql::sql::modify::{Action, Conflict, Modify};
use crate::postgresql::sql::parse::CURRENT_OF;
use crate::postgresql::sql::query::{Column, Plan, Query};
use crate::postgresql::sql::stop::Stop;
use sqlparser::ast;
use sqlparser::ast::Spanned;
use std::sync::Arc;

/// The columns and expressions of RETURNING.
pub(super) type Returning = (Vec<Column>, Option<Vec<Expr>>);

impl Analyser<'_> {
    /// A data-modifying statement, as the query of what it returns.
    pub(crate) fn modification(&mut self, statement: &ast::Statement) -> Result<Query, Stop> {
        match statement {
            ast::Statement::Insert(insert) => self.insert(insert),
            ast::Statement::Update(update) => self.update(update),
            ast::Statement::Delete(delete) => self.delete(delete),
            ast::Statement::Merge(merge) => self.merge(merge),
            ast::Statement::Query(query) => self.query(query),
            _ => Err(Stop::error("0A000", "this statement does not modify data")),
        }
    }

    pub(super) fn modify(relation: &Relation, action: Action, (columns, returning): Returning) -> Query {
        let modify = Modify { relation: relation.oid, action, returning };
        Query { columns, plan: Plan::Modify(Arc::new(modify)) }
    }

    /// The table that a statement modifies: INSERT, UPDATE, DELETE or MERGE, as `command` says.
    pub(super) fn target_table(
        &mut self,
        table: &ast::ObjectName,
        command: &str,
    ) -> Result<Arc<Relation>, Stop> {
        let (schema, short) = parts(table);
        match self.lookup().table(schema.as_deref(), &short) {
            Some(Table::User(relation)) => match &relation.kind {
                Kind::Table => Ok(relation),
                Kind::View(view) => Err(view::refused(&relation, view, command).into()),
                Kind::Sequence(_) => {
                    Err(Stop::error("42809", format!("cannot change sequence \"{}\"", relation.name)))
                }
            },
            Some(Table::System(system)) if system.is_view => {
                Err(Stop::error("55000", format!("cannot modify view \"{short}\"")))
            }
            Some(Table::System(_)) if self.session.transaction.read_only => {
                Err(Stop::error("25006", "cannot execute INSERT in a read-only transaction"))
            }
            Some(Table::System(_)) => {
                Err(Stop::error("42501", format!("permission denied: \"{short}\" is a system catalog")))
            }
            None => Err(self.no_relation(table)),
        }
    }

    fn insert(&mut self, insert: &ast::Insert) -> Result<Query, Stop> {
        let ast::TableObject::TableName(table) = &insert.table else {
            return Err(Stop::error("42601", "syntax error in INSERT"));
        };
        let relation = self.target_table(table, "INSERT")?;
        let alias =
            insert.table_alias.as_ref().map_or_else(|| relation.name.clone(), |alias| name(&alias.alias));
        let mut targets: Vec<(usize, Option<usize>)> = Vec::new();
        for column in &insert.columns {
            let at = self.position(column.span());
            let place = self.attribute(&relation, &parts(column).1, at)?;
            if targets.iter().any(|(other, _)| *other == place) {
                let message = format!("column \"{}\" specified more than once", relation.columns[place].name);
                return Err(Stop::error("42701", message).at(at));
            }
            targets.push((place, at));
        }
        let named = !targets.is_empty();
        if !named {
            let live = relation.columns.iter().enumerate().filter(|(_, attribute)| !attribute.dropped);
            targets = live.map(|(place, _)| (place, None)).collect();
        }
        let source = match &insert.source {
            None => self.default_row(&relation)?,
            Some(query) => match (&*query.body, &query.with, &query.order_by, &query.limit_clause) {
                (ast::SetExpr::Values(values), None, None, None) => {
                    self.inserted_values(&relation, &targets, named, values)?
                }
                _ => self.inserted_query(&relation, &targets, named, query)?,
            },
        };
        let conflict = match &insert.on {
            Some(ast::OnInsert::OnConflict(on)) => Some(self.on_conflict(&relation, &alias, on)?),
            _ => None,
        };
        let returning = self.returning(&relation, &alias, Vec::new(), insert.returning.as_deref())?;
        Ok(Self::modify(&relation, Action::Insert { source: Arc::new(source), conflict }, returning))
    }

    /// The place of a column.
    pub(super) fn attribute(
        &self,
        relation: &Relation,
        wanted: &str,
        at: Option<usize>,
    ) -> Result<usize, Stop> {
        let found =
            relation.columns.iter().position(|attribute| attribute.name == wanted && !attribute.dropped);
        found.ok_or_else(|| {
            let table = &relation.name;
            Stop::error("42703", format!("column \"{wanted}\" of relation \"{table}\" does not exist")).at(at)
        })
    }

    fn table_query(relation: &Relation, plan: Plan) -> Query {
        let column =
            |attribute: &Attribute| Column { name: attribute.name.clone(), ty: attribute.ty, origin: None };
        Query { columns: relation.columns.iter().map(column).collect(), plan }
    }

    /// DEFAULT VALUES.
    fn default_row(&mut self, relation: &Relation) -> Result<Query, Stop> {
        let row =
            relation.columns.iter().map(|attribute| self.default_of(attribute)).collect::<Result<_, _>>()?;
        Ok(Self::table_query(relation, Plan::Values(vec![row])))
    }

    fn inserted_values(
        &mut self,
        relation: &Relation,
        targets: &[(usize, Option<usize>)],
        named: bool,
        values: &ast::Values,
    ) -> Result<Query, Stop> {
        let width = values.rows.first().map_or(0, |row| row.content.len());
        let mut rows = Vec::new();
        for row in &values.rows {
            if row.content.len() != width {
                let at = row.content.first().and_then(|expr| self.position(expr.span()));
                return Err(Stop::error("42601", "VALUES lists must all be the same length").at(at));
            }
            let extra = row.content.get(targets.len()).and_then(|expr| self.position(expr.span()));
            check_width(width, targets, named, extra)?;
            self.scopes.push(Scope::default());
            let analysed = self.inserted_row(relation, targets, &row.content);
            self.scopes.pop();
            rows.push(analysed?);
        }
        Ok(Self::table_query(relation, Plan::Values(rows)))
    }

    /// A whole row of the table from what is given for some of its columns.
    pub(super) fn inserted_row(
        &mut self,
        relation: &Relation,
        targets: &[(usize, Option<usize>)],
        given: &[ast::Expr],
    ) -> Result<Vec<Expr>, Stop> {
        let mut row: Vec<Option<Expr>> = vec![None; relation.columns.len()];
        for ((place, _), expr) in targets.iter().zip(given) {
            row[*place] = Some(self.assigned_value(&relation.columns[*place], expr)?);
        }
        let columns = row.into_iter().zip(&relation.columns);
        columns.map(|(given, attribute)| given.map_or_else(|| self.default_of(attribute), Ok)).collect()
    }

    fn inserted_query(
        &mut self,
        relation: &Relation,
        targets: &[(usize, Option<usize>)],
        named: bool,
        query: &ast::Query,
    ) -> Result<Query, Stop> {
        let types: Vec<Type> = targets.iter().map(|(place, _)| relation.columns[*place].ty).collect();
        let source = self.source(query, &types)?;
        let extra = self.extra_target(&query.body, targets.len());
        check_width(source.columns.len(), targets, named, extra)?;
        let mut row: Vec<Option<Expr>> = vec![None; relation.columns.len()];
        for (index, ((place, _), own)) in targets.iter().zip(&source.columns).enumerate() {
            let at = self.extra_target(&query.body, index);
            let read = Expr { at, ..column(own.ty, index) };
            row[*place] = Some(self.assigned(read, &relation.columns[*place])?);
        }
        let columns = row.into_iter().zip(&relation.columns);
        let exprs = columns
            .map(|(given, attribute)| given.map_or_else(|| self.default_of(attribute), Ok))
            .collect::<Result<_, _>>()?;
        Ok(Self::table_query(relation, Plan::Project(Box::new(source.plan), exprs)))
    }

    /// Where the column of this number stands in a query.
    fn extra_target(&self, body: &ast::SetExpr, index: usize) -> Option<usize> {
        match body {
            ast::SetExpr::Select(select) => {
                select.projection.get(index).and_then(|item| self.position(item.span()))
            }
            _ => None,
        }
    }

    /// An expression or DEFAULT, for a column.
    pub(super) fn assigned_value(&mut self, attribute: &Attribute, expr: &ast::Expr) -> Result<Expr, Stop> {
        if is_default(expr) {
            return self.default_of(attribute);
        }
        let value = self.expr(expr)?;
        self.assigned(Expr { at: value.at.or_else(|| self.position(expr.span())), ..value }, attribute)
    }

    /// An expression as a column's value.
    pub(super) fn assigned(&mut self, value: Expr, attribute: &Attribute) -> Result<Expr, Stop> {
        if !self.can_coerce(value.ty.oid, attribute.ty.oid, How::Assignment) {
            let (column, wanted, given) =
                (&attribute.name, self.type_name(attribute.ty.oid), self.type_name(value.ty.oid));
            let message =
                format!("column \"{column}\" is of type {wanted} but expression is of type {given}");
            let error =
                SqlError::error("42804", message).hint("You will need to rewrite or cast the expression.");
            return Err(error.at(value.at).into());
        }
        self.coerce_to(value, attribute.ty, How::Assignment)
    }

    /// The default of a column.
    pub(crate) fn default_of(&mut self, attribute: &Attribute) -> Result<Expr, Stop> {
        match &attribute.default {
            Some(default) if !attribute.dropped => {
                let expr = self.stored(default, Vec::new())?;
                let expr = self.coerce_to(expr, attribute.ty, How::Assignment)?;
                Ok(Expr { at: None, ..expr })
            }
            _ => {
                let null = Expr { ty: attribute.ty, at: None, node: Node::Constant(None) };
                Ok(null)
            }
        }
    }

    /// An expression that a definition keeps, over these columns.
    pub(crate) fn stored(&mut self, text: &str, columns: Vec<Visible>) -> Result<Expr, Stop> {
        let dialect = sqlparser::dialect::PostgreSqlDialect {};
        let parser = sqlparser::parser::Parser::new(&dialect).try_with_sql(text);
        let parsed = parser
            .and_then(|mut parser| parser.parse_expr())
            .map_err(|error| Stop::error("XX000", format!("stored expression does not parse: {error}")))?;
        let mut parameters = super::Parameters::default();
        let mut inner = Analyser::new(self.lookup(), text, &mut parameters);
        inner.scopes.push(Scope { columns, ..Scope::default() });
        inner.expr(&parsed)
    }

    fn on_conflict(
        &mut self,
        relation: &Relation,
        alias: &str,
        on: &ast::OnConflict,
    ) -> Result<Conflict, Stop> {
        let unique = |constraint: &crate::postgresql::definition::Constraint| match &constraint.rule {
            Rule::Unique { columns, .. } => Some(columns.clone()),
            _ => None,
        };
        let columns = match &on.conflict_target {
            None => None,
            Some(ast::ConflictTarget::Columns(idents)) => {
                let mut wanted = Vec::new();
                for ident in idents {
                    let at = self.position(ident.span);
                    let column = name(ident);
                    let known = relation
                        .columns
                        .iter()
                        .position(|attribute| attribute.name == column && !attribute.dropped);
                    wanted.push(known.ok_or_else(|| {
                        Stop::error("42703", format!("column \"{column}\" does not exist")).at(at)
                    })?);
                }
                wanted.sort_unstable();
                let found = relation.constraints.iter().filter_map(unique).find(|columns| {
                    let mut sorted = columns.clone();
                    sorted.sort_unstable();
                    sorted == wanted
                });
                let message =
                    "there is no unique or exclusion constraint matching the ON CONFLICT specification";
                Some(found.ok_or_else(|| Stop::error("42P10", message))?)
            }
            Some(ast::ConflictTarget::OnConstraint(constraint)) => {
                let (_, wanted) = parts(constraint);
                let found = relation.constraints.iter().find(|constraint| constraint.name == wanted);
                let message =
                    format!("constraint \"{wanted}\" for table \"{}\" does not exist", relation.name);
                let found = found.ok_or_else(|| Stop::error("42704", message))?;
                unique(found)
            }
        };
        let update = match &on.action {
            ast::OnConflictAction::DoNothing => None,
            ast::OnConflictAction::DoUpdate(update) => {
                if columns.is_none() {
                    let error = SqlError::error(
                        "42601",
                        "ON CONFLICT DO UPDATE requires inference specification or constraint name",
                    );
                    return Err(error.hint("For example, ON CONFLICT (column_name).").into());
                }
                let mut item = user_table(relation, true);
                set_table(&mut item, alias);
                item.columns.extend(only_qualified(relation, "excluded"));
                self.scopes.push(Scope { columns: item.columns, ..Scope::default() });
                let sets = self.sets(relation, &update.assignments);
                let filter =
                    update.selection.as_ref().map(|filter| self.boolean(filter, "WHERE")).transpose();
                self.scopes.pop();
                Some((sets?, filter?))
            }
        };
        Ok(Conflict { columns, update })
    }

    fn update(&mut self, update: &ast::Update) -> Result<Query, Stop> {
        let ast::TableFactor::Table { name: table, alias, .. } = &update.table.relation else {
            return Err(Stop::error("42601", "syntax error in UPDATE"));
        };
        let relation = self.target_table(table, "UPDATE")?;
        let alias = alias.as_ref().map_or_else(|| relation.name.clone(), |alias| name(&alias.name));
        let from: &[ast::TableWithJoins] = match &update.from {
            Some(ast::UpdateTableFromKind::AfterSet(from) | ast::UpdateTableFromKind::BeforeSet(from)) => {
                from
            }
            None => &[],
        };
        let Item { plan, columns } = self.target_and(&relation, &alias, from)?;
        let others = columns[width(&relation)..].to_vec();
        self.scopes.push(Scope { columns, ..Scope::default() });
        let sets = self.sets(&relation, &update.assignments);
        let filtered = self.filtered(plan, &relation, update.selection.as_ref());
        self.scopes.pop();
        let (sets, source) = (sets?, filtered?);
        let returning = self.returning(&relation, &alias, others, update.returning.as_deref())?;
        Ok(Self::modify(&relation, Action::Update { source, sets }, returning))
    }

    fn delete(&mut self, delete: &ast::Delete) -> Result<Query, Stop> {
        let (ast::FromTable::WithFromKeyword(from) | ast::FromTable::WithoutKeyword(from)) = &delete.from;
        let Some(ast::TableFactor::Table { name: table, alias, .. }) =
            from.first().map(|first| &first.relation)
        else {
            return Err(Stop::error("42601", "syntax error in DELETE"));
        };
        let relation = self.target_table(table, "DELETE")?;
        let alias = alias.as_ref().map_or_else(|| relation.name.clone(), |alias| name(&alias.name));
        let using = delete.using.as_deref().unwrap_or_default();
        let Item { plan, columns } = self.target_and(&relation, &alias, using)?;
        let others = columns[width(&relation)..].to_vec();
        self.scopes.push(Scope { columns, ..Scope::default() });
        let filtered = self.filtered(plan, &relation, delete.selection.as_ref());
        self.scopes.pop();
        let source = filtered?;
        let returning = self.returning(&relation, &alias, others, delete.returning.as_deref())?;
        Ok(Self::modify(&relation, Action::Delete { source }, returning))
    }

    /// The table that is modified, and what FROM joins to it.
    fn target_and(
        &mut self,
        relation: &Relation,
        alias: &str,
        from: &[ast::TableWithJoins],
    ) -> Result<Item, Stop> {
        let mut target = user_table(relation, true);
        set_table(&mut target, alias);
        self.behind(Some(target), from)
    }

    /// WHERE, which may be CURRENT OF a cursor.
    fn filtered(
        &mut self,
        plan: Plan,
        relation: &Relation,
        filter: Option<&ast::Expr>,
    ) -> Result<Plan, Stop> {
        match filter {
            None => Ok(plan),
            Some(filter) => match current_of(filter) {
                Some(cursor) => Ok(Plan::Current { table: relation.oid, cursor }),
                None => Ok(Plan::Filter(Box::new(plan), self.boolean(filter, "WHERE")?)),
            },
        }
    }

    /// The assignments of SET.
    pub(super) fn sets(
        &mut self,
        relation: &Relation,
        assignments: &[ast::Assignment],
    ) -> Result<Vec<(usize, Expr)>, Stop> {
        let mut sets: Vec<(usize, Expr)> = Vec::new();
        for assignment in assignments {
            match &assignment.target {
                ast::AssignmentTarget::ColumnName(column) => {
                    let place = self.set_target(relation, column, &sets)?;
                    let value = self.assigned_value(&relation.columns[place], &assignment.value)?;
                    sets.push((place, value));
                }
                ast::AssignmentTarget::Tuple(columns) => {
                    for (column, value) in columns.iter().zip(self.tuple(columns.len(), &assignment.value)?) {
                        let place = self.set_target(relation, column, &sets)?;
                        let attribute = &relation.columns[place];
                        let value = match value {
                            Some(value) => self.assigned(value, attribute)?,
                            None => self.default_of(attribute)?,
                        };
                        sets.push((place, value));
                    }
                }
            }
        }
        Ok(sets)
    }

    fn set_target(
        &self,
        relation: &Relation,
        column: &ast::ObjectName,
        sets: &[(usize, Expr)],
    ) -> Result<usize, Stop> {
        let place = self.attribute(relation, &parts(column).1, self.position(column.span()))?;
        if sets.iter().any(|(other, _)| *other == place) {
            let message = format!("multiple assignments to same column \"{}\"", relation.columns[place].name);
            return Err(Stop::error("42601", message));
        }
        Ok(place)
    }

    /// The values of `(a, b) = ...`; none for DEFAULT.
    fn tuple(&mut self, count: usize, value: &ast::Expr) -> Result<Vec<Option<Expr>>, Stop> {
        let at = self.position(value.span());
        let wrong = || Stop::error("42601", "number of columns does not match number of values").at(at);
        if let ast::Expr::Subquery(query) = value {
            let mut query = self.subquery(query)?;
            if query.columns.len() != count {
                return Err(wrong());
            }
            let types: Vec<Type> = query.columns.iter().map(|column| column.ty).collect();
            let fields = types.iter().enumerate().map(|(index, ty)| column(*ty, index)).collect();
            let record = Type::plain(super::from::RECORD);
            let row = Expr { ty: record, at, node: Node::Row(fields) };
            query.plan = Plan::Project(Box::new(query.plan), vec![row]);
            query.columns = vec![Column { name: "row".to_owned(), ty: record, origin: None }];
            let whole = Expr { ty: record, at, node: Node::Scalar(Arc::new(query)) };
            let field =
                |(index, ty)| Some(Expr { ty, at, node: Node::Field(Box::new(whole.clone()), index) });
            return Ok(types.into_iter().enumerate().map(field).collect());
        }
        let list = match value {
            ast::Expr::Tuple(list) => list.as_slice(),
            ast::Expr::Nested(one) => std::slice::from_ref(&**one),
            _ => {
                return Err(Stop::error(
                    "0A000",
                    "source for a multiple-column UPDATE item must be a sub-SELECT or ROW() expression",
                )
                .at(at));
            }
        };
        if list.len() != count {
            return Err(wrong());
        }
        list.iter().map(|expr| if is_default(expr) { Ok(None) } else { self.expr(expr).map(Some) }).collect()
    }

    /// RETURNING.
    pub(super) fn returning(
        &mut self,
        relation: &Relation,
        alias: &str,
        others: Vec<Visible>,
        items: Option<&[ast::SelectItem]>,
    ) -> Result<Returning, Stop> {
        let Some(items) = items else { return Ok((Vec::new(), None)) };
        let mut item = user_table(relation, true);
        set_table(&mut item, alias);
        item.columns.extend(others);
        item.columns.extend(only_qualified(relation, "old"));
        item.columns.extend(only_qualified(relation, "new"));
        self.scopes.push(Scope { columns: item.columns, ..Scope::default() });
        let targets = self.targets(items, false);
        let mut resolved = Ok(Vec::new());
        if let Ok(targets) = targets {
            resolved = targets
                .into_iter()
                .map(|mut target| {
                    self.resolve_unknown(&mut target.expr)?;
                    Ok((Column { ty: target.expr.ty, ..target.column }, target.expr))
                })
                .collect::<Result<Vec<_>, Stop>>();
        } else if let Err(stop) = targets {
            resolved = Err(stop);
        }
        self.scopes.pop();
        let (columns, exprs) = resolved?.into_iter().unzip();
        Ok((columns, Some(exprs)))
    }
}

/// How many columns the target of UPDATE and DELETE has, the system's included.
pub(crate) fn width(relation: &Relation) -> usize {
    relation.columns.len() + SYSTEM_COLUMNS.len()
}

fn check_width(
    given: usize,
    targets: &[(usize, Option<usize>)],
    named: bool,
    extra: Option<usize>,
) -> Result<(), Stop> {
    if given > targets.len() {
        return Err(Stop::error("42601", "INSERT has more expressions than target columns").at(extra));
    }
    if named && given < targets.len() {
        return Err(
            Stop::error("42601", "INSERT has more target columns than expressions").at(targets[given].1)
        );
    }
    Ok(())
}

/// Gives all columns of an item this table name.
pub(super) fn set_table(item: &mut Item, alias: &str) {
    for visible in &mut item.columns {
        visible.table = Some(alias.to_owned());
    }
}

/// A table's columns, only to be found under this name.
fn only_qualified(relation: &Relation, table: &str) -> Vec<Visible> {
    let columns = user_table(relation, false).columns;
    let qualified = |visible| Visible { table: Some(table.to_owned()), qualified_only: true, ..visible };
    columns.into_iter().map(qualified).collect()
}

fn is_default(expr: &ast::Expr) -> bool {
    matches!(expr, ast::Expr::Identifier(ident) if ident.quote_style.is_none() && ident.value.eq_ignore_ascii_case("default"))
}

/// The cursor of CURRENT OF.
fn current_of(filter: &ast::Expr) -> Option<String> {
    let ast::Expr::BinaryOp { left, right, .. } = filter else { return None };
    match (&**left, &**right) {
        (ast::Expr::Identifier(mark), ast::Expr::Identifier(cursor)) if mark.value == CURRENT_OF => {
            Some(name(cursor))
        }
        _ => None,
    }
}
