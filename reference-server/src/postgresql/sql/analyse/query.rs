//! Queries: WITH, UNION and its like, VALUES, TABLE, ORDER BY, LIMIT. SELECT itself is in `select`, its FROM in `from`.

use super::from::{Item, column, shown};
use super::order::{Direction, comparable, sortable};
use super::select::{Select, UNKNOWN};
use super::{Analyser, Cte, How, Scope};
use crate::postgresql::lookup::{name, parts};
use crate::postgresql::sql::expr::{Expr, Type};
use crate::postgresql::sql::query::{Column, Common, Plan, Query, SetKind, Step};
use crate::postgresql::sql::stop::Stop;
use sqlparser::ast;
use sqlparser::ast::Spanned;
use std::ops::ControlFlow;
use std::sync::Arc;

/// What may stand on a side of UNION: its result types may still change.
enum Arm {
    Select(Box<Select>),
    Values { columns: Vec<Column>, rows: Vec<Vec<Expr>> },
    Whole(Query),
}

impl Arm {
    fn width(&self) -> usize {
        match self {
            Self::Select(select) => select.targets.len(),
            Self::Values { columns, .. } => columns.len(),
            Self::Whole(query) => query.columns.len(),
        }
    }

    /// What stands for a column where a type is sought.
    fn sample(&self, index: usize) -> Expr {
        match self {
            Self::Select(select) => select.targets[index].expr.clone(),
            Self::Values { columns, .. } => column(columns[index].ty, index),
            Self::Whole(query) => column(query.columns[index].ty, index),
        }
    }

    fn finish(self) -> Query {
        match self {
            Self::Select(select) => select.finish(),
            Self::Values { columns, rows } => Query { columns, plan: Plan::Values(rows) },
            Self::Whole(query) => query,
        }
    }
}

impl Analyser<'_> {
    /// A query that is a statement: what is still of unknown type becomes text.
    pub(crate) fn query(&mut self, query: &ast::Query) -> Result<Query, Stop> {
        self.query_as(query, None)
    }

    /// A query in another.
    pub(crate) fn subquery(&mut self, query: &ast::Query) -> Result<Query, Stop> {
        self.query_as(query, None)
    }

    /// The query whose rows an INSERT takes: its unknowns become what the table wants.
    pub(crate) fn source(&mut self, query: &ast::Query, wanted: &[Type]) -> Result<Query, Stop> {
        self.query_as(query, Some(wanted))
    }

    /// A query whose columns of unknown type become what is `wanted`, and text where nothing is.
    fn query_as(&mut self, query: &ast::Query, wanted: Option<&[Type]>) -> Result<Query, Stop> {
        let visible = self.visible.len();
        let analysed = self.query_with(query, wanted);
        self.visible.truncate(visible);
        analysed
    }

    fn query_with(&mut self, query: &ast::Query, wanted: Option<&[Type]>) -> Result<Query, Stop> {
        let common = match &query.with {
            Some(with) => self.with(with)?,
            None => Vec::new(),
        };
        let order: &[ast::OrderByExpr] = match &query.order_by {
            None => &[],
            Some(ast::OrderBy { kind: ast::OrderByKind::Expressions(keys), .. }) => keys,
            Some(_) => return Err(Stop::error("42601", "syntax error in ORDER BY")),
        };
        let mut analysed = match &*query.body {
            ast::SetExpr::Select(select) => {
                let mut select = self.select(select, order, wanted.is_none())?;
                for (target, ty) in select.targets.iter_mut().zip(wanted.unwrap_or_default()) {
                    if target.expr.ty.oid == UNKNOWN {
                        target.expr = self.coerce_to(target.expr.clone(), *ty, How::Assignment)?;
                    }
                }
                select.finish()
            }
            body => {
                let arm = self.arm(body)?;
                let whole = self.resolved(arm)?.finish();
                self.ordered(whole, order)?
            }
        };
        analysed.plan = self.limited(analysed.plan, query)?;
        self.locks(query)?;
        if !common.is_empty() {
            analysed.plan = Plan::With { common, input: Box::new(analysed.plan) };
        }
        Ok(analysed)
    }

    fn arm(&mut self, body: &ast::SetExpr) -> Result<Arm, Stop> {
        match body {
            ast::SetExpr::Select(select) => Ok(Arm::Select(Box::new(self.select(select, &[], false)?))),
            ast::SetExpr::Query(query) => {
                let plain = query.with.is_none()
                    && query.order_by.is_none()
                    && query.limit_clause.is_none()
                    && query.fetch.is_none();
                if plain { self.arm(&query.body) } else { Ok(Arm::Whole(self.query_as(query, None)?)) }
            }
            ast::SetExpr::SetOperation { left, op, set_quantifier, right } => {
                self.set_operation(left, *op, *set_quantifier, right)
            }
            ast::SetExpr::Values(values) => self.values(values),
            ast::SetExpr::Table(table) => self.whole_table(table),
            ast::SetExpr::Insert(statement)
            | ast::SetExpr::Update(statement)
            | ast::SetExpr::Delete(statement)
            | ast::SetExpr::Merge(statement) => Ok(Arm::Whole(self.modification(statement)?)),
        }
    }

    /// Unknown types become text.
    fn resolved(&mut self, arm: Arm) -> Result<Arm, Stop> {
        let types: Vec<Type> = (0..arm.width())
            .map(|index| arm.sample(index).ty)
            .map(|ty| if ty.oid == UNKNOWN { Self::TEXT } else { ty })
            .collect();
        self.coerced_arm(arm, &types)
    }

    /// The columns become of these types.
    fn coerced_arm(&mut self, arm: Arm, types: &[Type]) -> Result<Arm, Stop> {
        match arm {
            Arm::Select(mut select) => {
                for (target, ty) in select.targets.iter_mut().zip(types) {
                    self.make(&mut target.expr, *ty)?;
                }
                Ok(Arm::Select(select))
            }
            Arm::Values { mut columns, mut rows } => {
                for row in &mut rows {
                    for (expr, ty) in row.iter_mut().zip(types) {
                        self.make(expr, *ty)?;
                    }
                }
                for (column, ty) in columns.iter_mut().zip(types) {
                    column.ty = *ty;
                }
                Ok(Arm::Values { columns, rows })
            }
            Arm::Whole(query) => Ok(Arm::Whole(self.coerce_query(query, types, How::Implicit)?)),
        }
    }

    fn make(&mut self, expr: &mut Expr, ty: Type) -> Result<(), Stop> {
        if expr.ty != ty {
            *expr = self.coerce_to(expr.clone(), ty, How::Implicit)?;
        }
        Ok(())
    }

    /// The same rows with columns of these types.
    pub(crate) fn coerce_query(&mut self, query: Query, types: &[Type], how: How) -> Result<Query, Stop> {
        if query.columns.iter().map(|column| column.ty).eq(types.iter().copied()) {
            return Ok(query);
        }
        let mut exprs = Vec::new();
        for (index, (own, ty)) in query.columns.iter().zip(types).enumerate() {
            let read = column(own.ty, index);
            exprs.push(if own.ty == *ty { read } else { self.coerce_to(read, *ty, how)? });
        }
        let columns =
            query.columns.into_iter().zip(types).map(|(column, ty)| Column { ty: *ty, ..column }).collect();
        Ok(Query { columns, plan: Plan::Project(Box::new(query.plan), exprs) })
    }

    fn set_operation(
        &mut self,
        left: &ast::SetExpr,
        operator: ast::SetOperator,
        quantifier: ast::SetQuantifier,
        right: &ast::SetExpr,
    ) -> Result<Arm, Stop> {
        let (kind, clause) = match operator {
            ast::SetOperator::Union => (SetKind::Union, "UNION"),
            ast::SetOperator::Intersect => (SetKind::Intersect, "INTERSECT"),
            ast::SetOperator::Except | ast::SetOperator::Minus => (SetKind::Except, "EXCEPT"),
        };
        let at = self.first_target(right);
        let left = self.arm(left)?;
        let right = self.arm(right)?;
        let query = self.combined(left, right, kind, clause, quantifier == ast::SetQuantifier::All, at)?;
        Ok(Arm::Whole(query))
    }

    /// Where a query's first column stands: what complaints about it point to.
    fn first_target(&self, body: &ast::SetExpr) -> Option<usize> {
        match body {
            ast::SetExpr::Select(select) => {
                select.projection.first().and_then(|item| self.position(item.span()))
            }
            ast::SetExpr::Values(values) => {
                let first = values.rows.first().and_then(|row| row.content.first());
                first.and_then(|expr| self.position(expr.span()))
            }
            ast::SetExpr::SetOperation { left, .. } => self.first_target(left),
            ast::SetExpr::Query(query) => self.first_target(&query.body),
            _ => None,
        }
    }

    fn combined(
        &mut self,
        left: Arm,
        right: Arm,
        kind: SetKind,
        clause: &str,
        all: bool,
        at: Option<usize>,
    ) -> Result<Query, Stop> {
        if left.width() != right.width() {
            let message = format!("each {clause} query must have the same number of columns");
            return Err(Stop::error("42601", message).at(at));
        }
        let mut types = Vec::new();
        for index in 0..left.width() {
            let samples = vec![left.sample(index), right.sample(index)];
            let position = samples[1].at.or(samples[0].at);
            let (ty, _) = self.common_type(samples, clause)?;
            if !all {
                comparable(self, ty, position)?;
            }
            types.push(ty);
        }
        let left = self.coerced_arm(left, &types)?.finish();
        let right = self.coerced_arm(right, &types)?.finish();
        let columns = left.columns.into_iter().map(|column| Column { origin: None, ..column }).collect();
        let plan = Plan::Set { left: Box::new(left.plan), right: Box::new(right.plan), kind, all };
        Ok(Query { columns, plan })
    }

    fn values(&mut self, values: &ast::Values) -> Result<Arm, Stop> {
        // VALUES sees nothing of its own, but its expressions have a row at hand all the same.
        self.scopes.push(Scope::default());
        let analysed = self.value_rows(values);
        self.scopes.pop();
        let (columns, rows) = analysed?;
        Ok(Arm::Values { columns, rows })
    }

    fn value_rows(&mut self, values: &ast::Values) -> Result<(Vec<Column>, Vec<Vec<Expr>>), Stop> {
        let width = values.rows.first().map_or(0, |row| row.content.len());
        let mut rows: Vec<Vec<Expr>> = Vec::new();
        for row in &values.rows {
            if row.content.len() != width {
                let at = row.content.first().and_then(|expr| self.position(expr.span()));
                return Err(Stop::error("42601", "VALUES lists must all be the same length").at(at));
            }
            rows.push(row.content.iter().map(|expr| self.expr(expr)).collect::<Result<_, _>>()?);
        }
        let mut columns = Vec::new();
        for index in 0..width {
            let cells: Vec<Expr> = rows.iter().map(|row| row[index].clone()).collect();
            let unknown = cells.iter().all(|cell| cell.ty.oid == UNKNOWN);
            let mut ty = Type::plain(UNKNOWN);
            if !unknown {
                let (common, cells) = self.common_type(cells, "VALUES")?;
                ty = common;
                for (row, cell) in rows.iter_mut().zip(cells) {
                    row[index] = cell;
                }
            }
            columns.push(Column { name: format!("column{}", index + 1), ty, origin: None });
        }
        Ok((columns, rows))
    }

    /// TABLE name.
    fn whole_table(&mut self, table: &ast::Table) -> Result<Arm, Stop> {
        let names = [&table.schema_name, &table.table_name];
        let idents: Vec<ast::Ident> = names.into_iter().flatten().map(ast::Ident::new).collect();
        let Item { plan, columns } = self.table(&ast::ObjectName::from(idents), None)?;
        let shown = columns.iter().enumerate().filter(|(_, visible)| !visible.system);
        let exprs = shown.clone().map(|(index, visible)| column(visible.column.ty, index)).collect();
        let columns = shown.map(|(_, visible)| visible.column.clone()).collect();
        Ok(Arm::Whole(Query { columns, plan: Plan::Project(Box::new(plan), exprs) }))
    }

    /// ORDER BY of what is no SELECT: only by result columns.
    fn ordered(&mut self, query: Query, order: &[ast::OrderByExpr]) -> Result<Query, Stop> {
        if order.is_empty() {
            return Ok(query);
        }
        let mut keys = Vec::new();
        for key in order {
            let at = self.position(key.expr.span());
            let place = match self.target_number(&key.expr, query.columns.len(), "ORDER BY")? {
                Some(place) => place,
                None => self.result_column(&key.expr, &query.columns, at)?,
            };
            sortable(self, query.columns[place].ty, at)?;
            keys.push(Direction::of(&key.options).key(column(query.columns[place].ty, place)));
        }
        Ok(Query { columns: query.columns, plan: Plan::Sort(Box::new(query.plan), keys) })
    }

    fn result_column(
        &mut self,
        key: &ast::Expr,
        columns: &[Column],
        at: Option<usize>,
    ) -> Result<usize, Stop> {
        if let ast::Expr::Identifier(ident) = key {
            let wanted = name(ident);
            let mut found = columns.iter().enumerate().filter(|(_, column)| column.name == wanted);
            if let Some((place, _)) = found.next() {
                if found.next().is_some() {
                    return Err(Stop::error("42702", format!("ORDER BY \"{wanted}\" is ambiguous")).at(at));
                }
                return Ok(place);
            }
        }
        self.scopes.push(Scope { columns: shown(None, columns.to_vec()), ..Scope::default() });
        let analysed = self.expr(key);
        self.scopes.pop();
        analysed?;
        let error = crate::engine::SqlError::error("0A000", "invalid UNION/INTERSECT/EXCEPT ORDER BY clause")
            .detail("Only result column names can be used, not expressions or functions.")
            .hint("Add the expression/function to every SELECT, or move the UNION into a FROM clause.");
        Err(error.at(at).into())
    }

    /// LIMIT, OFFSET, FETCH FIRST.
    fn limited(&mut self, plan: Plan, query: &ast::Query) -> Result<Plan, Stop> {
        let (mut limit, offset) = match &query.limit_clause {
            None => (None, None),
            Some(ast::LimitClause::LimitOffset { limit, offset, .. }) => {
                (limit.as_ref(), offset.as_ref().map(|offset| &offset.value))
            }
            Some(ast::LimitClause::OffsetCommaLimit { .. }) => {
                return Err(Stop::error("42601", "LIMIT #,# syntax is not supported"));
            }
        };
        let one = ast::Expr::value(ast::Value::Number("1".to_owned(), false));
        if let Some(fetch) = &query.fetch {
            limit = Some(fetch.quantity.as_ref().unwrap_or(&one));
        }
        if limit.is_none() && offset.is_none() {
            return Ok(plan);
        }
        let offset = offset.map(|offset| self.row_count(offset, "OFFSET")).transpose()?;
        let limit = limit.map(|limit| self.row_count(limit, "LIMIT")).transpose()?;
        Ok(Plan::Limit { input: Box::new(plan), offset, limit })
    }

    fn row_count(&mut self, count: &ast::Expr, clause: &str) -> Result<Expr, Stop> {
        const INT8: Type = Type::plain(20);
        let at = self.position(count.span());
        // No column is in sight: that is told as what it is.
        self.scopes.push(Scope::default());
        let analysed = self.expr(count);
        self.scopes.pop();
        let expr = analysed?;
        if expr.ty.oid != 20 && expr.ty.oid != UNKNOWN && !self.can_coerce(expr.ty.oid, 20, How::Assignment) {
            let ty = self.type_name(expr.ty.oid);
            let message = format!("argument of {clause} must be type bigint, not type {ty}");
            return Err(Stop::error("42804", message).at(at));
        }
        self.coerce_to(expr, INT8, How::Assignment)
    }

    /// WITH: what its queries are called is known from here on.
    fn with(&mut self, with: &ast::With) -> Result<Vec<Common>, Stop> {
        let mut common = Vec::new();
        let first = self.visible.len();
        for cte in &with.cte_tables {
            let own = name(&cte.alias.name);
            if self.visible[first..].iter().any(|other| other.name == own) {
                let message = format!("WITH query name \"{own}\" specified more than once");
                return Err(Stop::error("42712", message).at(self.position(cte.alias.name.span)));
            }
            let id = self.common;
            self.common += 1;
            let (query, step) = match (with.recursive, &*cte.query.body) {
                (
                    true,
                    ast::SetExpr::SetOperation { left, op: ast::SetOperator::Union, set_quantifier, right },
                ) if cte.query.with.is_none() && names(right, &own) => {
                    self.recursive(cte, id, left, right, *set_quantifier == ast::SetQuantifier::All)?
                }
                _ => (self.query_as(&cte.query, None)?, None),
            };
            let columns = self.cte_columns(cte, &query.columns)?;
            let modifies = matches!(query.plan, Plan::Modify(_));
            let returns = !modifies || !query.columns.is_empty();
            self.visible.push(Cte { name: own, id, columns, returns });
            common.push(Common { id, query: Arc::new(query), step, modifies });
        }
        Ok(common)
    }

    /// The first rows of a recursive query, and how others come from those before.
    fn recursive(
        &mut self,
        cte: &ast::Cte,
        id: usize,
        left: &ast::SetExpr,
        right: &ast::SetExpr,
        all: bool,
    ) -> Result<(Query, Option<Step>), Stop> {
        let arm = self.arm(left)?;
        let initial = self.resolved(arm)?.finish();
        let columns = self.cte_columns(cte, &initial.columns)?;
        let types: Vec<Type> = initial.columns.iter().map(|column| column.ty).collect();
        self.visible.push(Cte { name: name(&cte.alias.name), id, columns, returns: true });
        let step = self.arm(right);
        self.visible.pop();
        let step = step?;
        if step.width() != types.len() {
            let message = "each UNION query must have the same number of columns";
            return Err(Stop::error("42601", message).at(self.first_target(right)));
        }
        let step = self.coerced_arm(step, &types)?.finish();
        Ok((initial, Some((Arc::new(step), all))))
    }

    fn cte_columns(&self, cte: &ast::Cte, columns: &[Column]) -> Result<Vec<Column>, Stop> {
        let given = &cte.alias.columns;
        if given.len() > columns.len() {
            let own = name(&cte.alias.name);
            let (has, given) = (columns.len(), given.len());
            let message =
                format!("WITH query \"{own}\" has {has} columns available but {given} columns specified");
            return Err(Stop::error("42P10", message).at(self.position(cte.alias.name.span)));
        }
        let mut columns = columns.to_vec();
        for (column, given) in columns.iter_mut().zip(given) {
            column.name = name(&given.name);
        }
        Ok(columns)
    }

    /// The WITH query of this name.
    pub(crate) fn cte(&self, wanted: &str, at: Option<usize>) -> Result<Option<Item>, Stop> {
        let Some(cte) = self.visible.iter().rev().find(|cte| cte.name == wanted) else { return Ok(None) };
        if !cte.returns {
            let message = format!("WITH query \"{wanted}\" does not have a RETURNING clause");
            return Err(Stop::error("0A000", message).at(at));
        }
        Ok(Some(Item { plan: Plan::Common(cte.id), columns: shown(None, cte.columns.clone()) }))
    }
}

/// Whether a query reads a relation of this name, without a schema: in WITH RECURSIVE, whether it is recursive.
fn names(query: &ast::SetExpr, wanted: &str) -> bool {
    let found = ast::visit_relations(query, |relation| match parts(relation) {
        (None, own) if own == wanted => ControlFlow::Break(()),
        _ => ControlFlow::Continue(()),
    });
    found.is_break()
}
