//! Queries.

use super::super::super::node::Column;
use super::super::super::refusal::{Exception, Refusal};
use super::super::super::types::Type;
use super::super::expr::{Body, Expr, Grouping, Query, Select, Sort};
use super::super::parse::folded;
use super::name::name;
use super::types::is_ordered;
use super::{Analyser, Mode, Names, Typed};
use sqlparser::ast;

/// The most columns that a query may have.
const COLUMNS: usize = 1664;

/// A column of a SELECT, before it is looked up.
struct Output {
    name: String,
    expr: Written,
}

/// What a column of a SELECT is.
enum Written {
    Expr(Box<ast::Expr>),
    /// A column that `*` stands for.
    Column(usize, Type, String),
}

impl Analyser<'_> {
    /// A query.
    pub(in super::super) fn query(&mut self, written: &ast::Query) -> Result<Query, Refusal> {
        if written.with.is_some() {
            return Err(Refusal::unsupported("WITH is not supported"));
        }
        if written.fetch.is_some() || !written.locks.is_empty() || written.for_clause.is_some() {
            return Err(Refusal::unsupported("FETCH and FOR are not supported"));
        }
        let order = match &written.order_by {
            None => &[] as &[_],
            Some(ast::OrderBy { kind: ast::OrderByKind::Expressions(order), interpolate: None }) => {
                order.as_slice()
            }
            Some(_) => return Err(Refusal::unsupported("ORDER BY ALL is not supported")),
        };
        let (limit, offset) = self.limit(written.limit_clause.as_ref())?;
        let mut query = match written.body.as_ref() {
            ast::SetExpr::Select(select) => self.select(select, order)?,
            other => {
                let mut query = self.body(other)?;
                query.order =
                    order.iter().map(|sort| by_output(sort, &query.columns)).collect::<Result<_, _>>()?;
                query
            }
        };
        // A query in brackets that has its own limit stays as it is.
        if query.limit.is_some() || query.offset.is_some() {
            query = wrapped(query);
        }
        (query.limit, query.offset) = (limit, offset);
        Ok(query)
    }

    fn limit(&mut self, clause: Option<&ast::LimitClause>) -> Result<(Option<Expr>, Option<Expr>), Refusal> {
        let (limit, offset) = match clause {
            None => (None, None),
            Some(ast::LimitClause::LimitOffset { limit, offset, limit_by }) if limit_by.is_empty() => {
                (limit.as_ref(), offset.as_ref().map(|offset| &offset.value))
            }
            Some(_) => return Err(Refusal::unsupported("LIMIT with a comma is not supported")),
        };
        let mut count = |expr: Option<&ast::Expr>| {
            let Some(expr) = expr else { return Ok(None) };
            let typed = self.expr(expr, &mut Names::none("LIMIT"))?;
            Ok(Some(self.coerce(typed, &Type::Long)))
        };
        Ok((count(limit)?, count(offset)?))
    }

    fn body(&mut self, written: &ast::SetExpr) -> Result<Query, Refusal> {
        match written {
            ast::SetExpr::Select(select) => self.select(select, &[]),
            ast::SetExpr::Query(query) => {
                let query = self.query(query)?;
                Ok(if query.order.is_empty() { query } else { wrapped(query) })
            }
            ast::SetExpr::Values(values) => {
                self.values(&values.rows.iter().map(|row| row.content.as_slice()).collect::<Vec<_>>())
            }
            ast::SetExpr::SetOperation {
                left,
                op: ast::SetOperator::Union,
                set_quantifier: ast::SetQuantifier::All,
                right,
            } => {
                let (left, right) = (self.body(left)?, self.body(right)?);
                union(left, right)
            }
            ast::SetExpr::SetOperation { op, .. } => {
                Err(Refusal::unsupported(format!("{op} is not supported, only UNION ALL")))
            }
            _ => Err(Refusal::unsupported("Only SELECT and VALUES are queries")),
        }
    }

    fn values(&mut self, rows: &[&[ast::Expr]]) -> Result<Query, Refusal> {
        let width = rows.first().map_or(0, |row| row.len());
        let mut columns: Vec<Vec<Typed>> = vec![Vec::new(); width];
        for row in rows {
            if row.len() != width {
                let message = "VALUES lists must all be the same length";
                return Err(Refusal::new(Exception::SqlParse, message));
            }
            for (column, expr) in columns.iter_mut().zip(*row) {
                column.push(self.expr(expr, &mut Names::none("VALUES"))?);
            }
        }
        let mut lists: Vec<Vec<Expr>> = vec![Vec::new(); rows.len()];
        let mut named = Vec::new();
        for (at, column) in columns.into_iter().enumerate() {
            let (exprs, ty) = self.unified(column)?;
            named.push(Column { name: format!("col{}", at + 1), ty });
            lists.iter_mut().zip(exprs).for_each(|(list, expr)| list.push(expr));
        }
        Ok(Query { body: Body::Values(lists), columns: named, order: Vec::new(), limit: None, offset: None })
    }

    fn select(&mut self, written: &ast::Select, order: &[ast::OrderByExpr]) -> Result<Query, Refusal> {
        refuse_foreign(written)?;
        let distinct = match &written.distinct {
            None | Some(ast::Distinct::All) => false,
            Some(ast::Distinct::Distinct) => true,
            Some(ast::Distinct::On(_)) => return Err(Refusal::unsupported("DISTINCT ON is not supported")),
        };
        let (source, relations) = self.from(&written.from)?;
        let filter = match &written.selection {
            Some(filter) => Some(self.condition(filter, &mut Names::new(relations.clone(), "WHERE"))?),
            None => None,
        };
        let outputs = outputs(&written.projection, &relations)?;
        let keys = self.keys(written, &outputs, &relations)?;
        let mut names = Names { relations, mode: Mode::Rows { aggregates: false } };
        if !keys.is_empty() {
            names.mode = Mode::Groups { keys, calls: Vec::new() };
        }
        let mut parts = self.parts(written, &outputs, order, &mut names)?;
        if let Mode::Rows { aggregates } = names.mode
            && (aggregates || written.having.is_some())
        {
            names.mode = Mode::Groups { keys: Vec::new(), calls: Vec::new() };
            parts = self.parts(written, &outputs, order, &mut names)?;
        }
        let grouping = match names.mode {
            Mode::Groups { keys, calls } => {
                Some(Grouping { keys: keys.into_iter().map(|(_, key)| key.expr).collect(), calls })
            }
            _ => None,
        };
        let (columns, exprs, having, order) = parts;
        if distinct && exprs.len() > columns.len() {
            let message = "For SELECT DISTINCT, ORDER BY expressions must appear in the select list";
            return Err(Refusal::unsupported(message));
        }
        let select = Select { source, filter, grouping, having, outputs: exprs, distinct };
        Ok(Query { body: Body::Select(Box::new(select)), columns, order, limit: None, offset: None })
    }

    /// The columns of a SELECT, HAVING, and ORDER BY, whose expressions are more columns.
    #[expect(clippy::type_complexity, reason = "these are the parts of one thing, taken apart at once")]
    fn parts(
        &mut self,
        written: &ast::Select,
        outputs: &[Output],
        order: &[ast::OrderByExpr],
        names: &mut Names,
    ) -> Result<(Vec<Column>, Vec<Expr>, Option<Expr>, Vec<Sort>), Refusal> {
        let (mut columns, mut exprs) = (Vec::new(), Vec::new());
        for output in outputs {
            let typed = match &output.expr {
                Written::Expr(expr) => self.expr(expr, names)?,
                Written::Column(at, ty, name) => super::subscript::grouped(*at, ty.clone(), name, names)?,
            };
            columns.push(Column { name: output.name.clone(), ty: typed.ty });
            exprs.push(typed.expr);
        }
        let having = match &written.having {
            Some(having) => Some(self.condition(having, names)?),
            None => None,
        };
        let mut sorts = Vec::new();
        for sort in order {
            if let Ok(sort) = by_output(sort, &columns) {
                sorts.push(sort);
                continue;
            }
            if is_position(&sort.expr) {
                return Err(by_output(sort, &columns).err().unwrap_or_else(|| no_position(&sort.expr)));
            }
            let typed = self.expr(&sort.expr, names)?;
            let same = |output: &Output, expr: &Expr| match (&output.expr, expr, &typed.expr) {
                (_, Expr::Column(own), Expr::Column(other)) => own == other,
                (Written::Expr(own), ..) => **own == sort.expr,
                _ => false,
            };
            let known = outputs.iter().zip(&exprs).position(|(output, expr)| same(output, expr));
            sorts.push(sorted(sort, known.unwrap_or(exprs.len()), &typed.ty)?);
            if known.is_none() {
                exprs.push(typed.expr);
            }
        }
        Ok((columns, exprs, having, sorts))
    }

    /// GROUP BY: by position, by a column's name, by an alias, by an expression.
    fn keys(
        &mut self,
        written: &ast::Select,
        outputs: &[Output],
        relations: &[super::Relation],
    ) -> Result<Vec<(ast::Expr, Typed)>, Refusal> {
        let exprs = match &written.group_by {
            ast::GroupByExpr::Expressions(exprs, modifiers) if modifiers.is_empty() => exprs,
            _ => return Err(Refusal::unsupported("GROUP BY ALL is not supported")),
        };
        let mut names = Names::new(relations.to_vec(), "GROUP BY");
        let mut keys = Vec::new();
        for expr in exprs {
            let key = match (position(expr), expr) {
                (Some(position), _) => {
                    let output = position.checked_sub(1).and_then(|at| outputs.get(at));
                    let output = output.ok_or_else(|| no_position(expr))?;
                    self.output_key(output, &mut names)?
                }
                (None, ast::Expr::Identifier(name)) => match self.expr(expr, &mut names) {
                    Ok(typed) => (expr.clone(), typed),
                    Err(refusal) => match outputs.iter().find(|output| output.name == folded(name)) {
                        Some(output) => self.output_key(output, &mut names)?,
                        None => return Err(refusal),
                    },
                },
                _ => (expr.clone(), self.expr(expr, &mut names)?),
            };
            if !is_ordered(&key.1.ty) {
                let message = format!("Cannot GROUP BY '{}': invalid data type '{}'", name(expr), key.1.ty);
                return Err(Refusal::new(Exception::IllegalArgument, message));
            }
            keys.push(key);
        }
        Ok(keys)
    }

    fn output_key(&mut self, output: &Output, names: &mut Names) -> Result<(ast::Expr, Typed), Refusal> {
        Ok(match &output.expr {
            Written::Expr(expr) => (expr.as_ref().clone(), self.expr(expr, names)?),
            Written::Column(at, ty, name) => {
                (ast::Expr::Identifier(ast::Ident::new(name)), Typed::new(Expr::Column(*at), ty.clone()))
            }
        })
    }
}

/// What other products' SELECT has.
fn refuse_foreign(written: &ast::Select) -> Result<(), Refusal> {
    let foreign = written.into.is_some()
        || written.top.is_some()
        || written.exclude.is_some()
        || written.select_modifiers.is_some()
        || written.prewhere.is_some()
        || written.qualify.is_some()
        || written.value_table_mode.is_some()
        || !written.lateral_views.is_empty()
        || !written.connect_by.is_empty()
        || !written.cluster_by.is_empty()
        || !written.distribute_by.is_empty()
        || !written.sort_by.is_empty()
        || !written.named_window.is_empty();
    if foreign { Err(Refusal::unsupported("A clause of this SELECT is not supported")) } else { Ok(()) }
}

/// Refuses more columns than a query may have.
fn too_many(columns: usize) -> Result<(), Refusal> {
    if columns > COLUMNS {
        return Err(Refusal::unsupported(format!("A query has at most {COLUMNS} columns")));
    }
    Ok(())
}

/// The columns of a SELECT, `*` spelt out.
fn outputs(projection: &[ast::SelectItem], relations: &[super::Relation]) -> Result<Vec<Output>, Refusal> {
    let star = |relation: &super::Relation| {
        let columns = relation.columns.iter().enumerate();
        let start = relation.start;
        columns
            .map(|(at, column)| Output {
                name: column.name.clone(),
                expr: Written::Column(start + at, column.ty.clone(), column.name.clone()),
            })
            .collect::<Vec<_>>()
    };
    let mut outputs = Vec::new();
    for item in projection {
        too_many(outputs.len())?;
        match item {
            ast::SelectItem::UnnamedExpr(expr) => {
                outputs.push(Output { name: name(expr), expr: Written::Expr(Box::new(expr.clone())) });
            }
            ast::SelectItem::ExprWithAlias { expr, alias } => {
                outputs.push(Output { name: folded(alias), expr: Written::Expr(Box::new(expr.clone())) });
            }
            ast::SelectItem::Wildcard(_) if relations.is_empty() => {
                let message = "\"SELECT *\" is not valid without FROM";
                return Err(Refusal::new(Exception::IllegalArgument, message));
            }
            ast::SelectItem::Wildcard(_) => outputs.extend(relations.iter().flat_map(star)),
            ast::SelectItem::QualifiedWildcard(ast::SelectItemQualifiedWildcardKind::ObjectName(of), _) => {
                let unknown = || {
                    Refusal::new(
                        Exception::RelationUnknown,
                        format!("The relation \"{of}\" is not in the FROM clause."),
                    )
                };
                let wanted = super::super::statement::Name::of(of).ok_or_else(unknown)?;
                let found = relations.iter().find(|relation| {
                    relation.name == wanted.name
                        && (wanted.schema.is_none() || relation.schema == wanted.schema)
                });
                outputs.extend(star(found.ok_or_else(unknown)?));
            }
            _ => return Err(Refusal::unsupported(format!("The column {item} is not supported"))),
        }
    }
    if outputs.is_empty() {
        return Err(Refusal::new(Exception::SqlParse, "a SELECT must have columns"));
    }
    too_many(outputs.len())?;
    Ok(outputs)
}

/// A query as the only part of another.
fn wrapped(query: Query) -> Query {
    let columns = query.columns.clone();
    Query { body: Body::Union(vec![query]), columns, order: Vec::new(), limit: None, offset: None }
}

fn union(left: Query, right: Query) -> Result<Query, Refusal> {
    if left.columns.len() != right.columns.len() {
        return Err(Refusal::unsupported(
            "Number of output columns must be the same for all parts of a UNION",
        ));
    }
    let mut columns = Vec::new();
    for (own, other) in left.columns.iter().zip(&right.columns) {
        let ty = match (&own.ty, &other.ty) {
            (ty, Type::Undefined) | (Type::Undefined, ty) => Some(ty.clone()),
            (left, right) => Type::common(left, right),
        };
        let Some(ty) = ty else {
            return Err(Refusal::unsupported(format!(
                "Corresponding output columns at position: {} must be compatible for all parts of a UNION",
                columns.len() + 1
            )));
        };
        columns.push(Column { name: own.name.clone(), ty });
    }
    let plain = left.order.is_empty() && left.limit.is_none() && left.offset.is_none();
    let mut parts = match left {
        Query { body: Body::Union(parts), .. } if plain => parts,
        other => vec![other],
    };
    parts.push(right);
    Ok(Query { body: Body::Union(parts), columns, order: Vec::new(), limit: None, offset: None })
}

/// The number, if an expression is nothing but one.
fn position(expr: &ast::Expr) -> Option<usize> {
    match expr {
        ast::Expr::Value(ast::ValueWithSpan { value: ast::Value::Number(digits, _), .. }) => {
            digits.parse().ok()
        }
        _ => None,
    }
}

fn is_position(expr: &ast::Expr) -> bool {
    position(expr).is_some()
}

fn no_position(expr: &ast::Expr) -> Refusal {
    Refusal::new(Exception::IllegalArgument, format!("position {expr} is not in the select list"))
}

/// ORDER BY a column of the query: by position, or by name.
fn by_output(sort: &ast::OrderByExpr, columns: &[Column]) -> Result<Sort, Refusal> {
    let unknown = || Refusal::new(Exception::ColumnUnknown, format!("Column {} unknown", name(&sort.expr)));
    let place = match (position(&sort.expr), &sort.expr) {
        (Some(position), _) => {
            let place = position.checked_sub(1).filter(|place| *place < columns.len());
            place.ok_or_else(|| no_position(&sort.expr))?
        }
        (None, ast::Expr::Identifier(name)) => {
            let name = folded(name);
            columns.iter().position(|column| column.name == name).ok_or_else(unknown)?
        }
        _ => return Err(unknown()),
    };
    sorted(sort, place, &columns[place].ty)
}

fn sorted(sort: &ast::OrderByExpr, column: usize, ty: &Type) -> Result<Sort, Refusal> {
    if !is_ordered(ty) {
        let message = format!("Cannot ORDER BY '{}': invalid data type '{ty}'", name(&sort.expr));
        return Err(Refusal::new(Exception::IllegalArgument, message));
    }
    let descending = match sort.options.sort {
        None | Some(ast::OrderBySort::Asc) => false,
        Some(ast::OrderBySort::Desc) => true,
        Some(ast::OrderBySort::Using(_)) => {
            return Err(Refusal::unsupported("ORDER BY USING is not supported"));
        }
    };
    Ok(Sort { column, descending, nulls_first: sort.options.nulls_first.unwrap_or(descending) })
}
