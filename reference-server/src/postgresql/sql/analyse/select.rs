//! SELECT itself: select list, WHERE, GROUP BY, HAVING, DISTINCT and, since it may name all of these, ORDER BY.

use super::from::{Item, column};
use super::order::{Direction, comparable, sortable};
use super::{Analyser, How, Scope, sink, window};
use crate::postgresql::lookup::{name, parts};
use crate::postgresql::sql::expr::{Expr, Node, Type};
use crate::postgresql::sql::parse::{ALL_FIELDS, NO_COLUMNS};
use crate::postgresql::sql::query::{Aggregate, Column, Plan, Query, SortKey};
use crate::postgresql::sql::stop::Stop;
use sqlparser::ast;
use sqlparser::ast::Spanned;

/// A column of a select list.
#[derive(Clone, Debug)]
pub(crate) struct Target {
    pub(crate) column: Column,
    pub(crate) expr: Expr,
    /// What it was analysed from; none for one that `*` gave.
    syntax: Option<ast::Expr>,
}

/// A SELECT whose result types may still change: an arm of a UNION, or the source of an INSERT.
pub(crate) struct Select {
    input: Plan,
    /// How many columns the input has.
    width: usize,
    pub(crate) targets: Vec<Target>,
    /// What stands behind the targets, for sorting only.
    hidden: Vec<Expr>,
    distinct: Option<Vec<usize>>,
    sort: Vec<SortKey>,
}

impl Select {
    /// The finished query.
    pub(crate) fn finish(self) -> Query {
        let width = self.targets.len();
        let (columns, mut exprs): (Vec<_>, Vec<_>) = self
            .targets
            .into_iter()
            .map(|target| (Column { ty: target.expr.ty, ..target.column }, target.expr))
            .unzip();
        let extra = !self.hidden.is_empty();
        exprs.extend(self.hidden);
        let (input, input_width) = window::number(self.input, self.width, &mut exprs);
        let mut plan = project(input, input_width, exprs);
        if let Some(by) = self.distinct {
            // DISTINCT ON keeps the first row in order; DISTINCT any.
            if !by.is_empty() && !self.sort.is_empty() {
                plan = Plan::Sort(Box::new(plan), self.sort.clone());
            }
            plan = Plan::Distinct(Box::new(plan), by);
        }
        if !self.sort.is_empty() {
            plan = Plan::Sort(Box::new(plan), self.sort);
        }
        if extra {
            plan = Plan::Truncate(Box::new(plan), width);
        }
        Query { columns, plan }
    }
}

/// New columns from old: set-returning functions first, each layer below what uses it.
pub(crate) fn project(input: Plan, width: usize, mut exprs: Vec<Expr>) -> Plan {
    let (mut plan, mut width) = (input, width);
    loop {
        let mut sets = Vec::new();
        for expr in &mut exprs {
            take_sets(expr, width, &mut sets);
        }
        if sets.is_empty() {
            return Plan::Project(Box::new(plan), exprs);
        }
        width += sets.len();
        plan = Plan::Sets(Box::new(plan), sets);
    }
}

/// Moves the innermost set-returning calls out of an expression, which then reads their columns, behind `width` others.
fn take_sets(expr: &mut Expr, width: usize, sets: &mut Vec<Expr>) {
    let before = sets.len();
    for child in expr.children_mut() {
        take_sets(child, width, sets);
    }
    let found = match &expr.node {
        Node::Call(function, _) => function.returns_set(),
        _ => false,
    };
    if found && sets.len() == before {
        let read = Expr { at: expr.at, ..column(expr.ty, width + sets.len()) };
        sets.push(std::mem::replace(expr, read));
    }
}

impl Analyser<'_> {
    /// A SELECT with the ORDER BY that follows it.
    pub(crate) fn select(
        &mut self,
        select: &ast::Select,
        order: &[ast::OrderByExpr],
        resolve: bool,
    ) -> Result<Select, Stop> {
        let Item { plan, columns } = self.from(&select.from)?;
        let scope = Scope { columns, ..Scope::default() };
        self.scopes.push(scope);
        let analysed = self.select_from(select, order, resolve, plan);
        self.scopes.pop();
        analysed
    }

    fn select_from(
        &mut self,
        select: &ast::Select,
        order: &[ast::OrderByExpr],
        resolve: bool,
        mut plan: Plan,
    ) -> Result<Select, Stop> {
        self.allow_aggregates(Some(Vec::new()));
        let mut targets = self.targets(&select.projection, select.from.is_empty())?;
        let met = self.allow_aggregates(None);
        if let Some(filter) = &select.selection {
            plan = sink::filter(plan, self.boolean(filter, "WHERE")?);
        }
        let groups: &[ast::Expr] = match &select.group_by {
            ast::GroupByExpr::Expressions(exprs, modifiers) if modifiers.is_empty() => exprs,
            _ => return Err(Stop::error("0A000", "this kind of GROUP BY is not supported")),
        };
        self.allow_aggregates(Some(met));
        let having = select.having.as_ref().map(|having| self.boolean(having, "HAVING")).transpose()?;
        let distinct = match &select.distinct {
            Some(ast::Distinct::Distinct) => Some(None),
            Some(ast::Distinct::On(exprs)) => Some(Some(exprs)),
            Some(ast::Distinct::All) | None => None,
        };
        if resolve || distinct.is_some() {
            for target in &mut targets {
                self.resolve_unknown(&mut target.expr)?;
            }
        }
        let mut exprs: Vec<Expr> = targets.iter().map(|target| target.expr.clone()).collect();
        let mut keys = Vec::new();
        for key in order {
            let place = self.sort_target(&key.expr, &targets, &mut exprs, distinct == Some(None))?;
            keys.push((place, Direction::of(&key.options), self.position(key.expr.span())));
        }
        let mut unique = None;
        if let Some(on) = distinct {
            let mut by = Vec::new();
            for expr in on.into_iter().flatten() {
                by.push(self.sort_target(expr, &targets, &mut exprs, false)?);
            }
            let initial = keys.iter().take(by.len()).all(|(place, ..)| by.contains(place));
            if !initial {
                let message = "SELECT DISTINCT ON expressions must match initial ORDER BY expressions";
                let at = on.and_then(|on| on.first()).and_then(|expr| self.position(expr.span()));
                return Err(Stop::error("42P10", message).at(at));
            }
            let distinguished = if on.is_some() { by.clone() } else { (0..targets.len()).collect() };
            for place in distinguished {
                comparable(self, exprs[place].ty, exprs[place].at)?;
            }
            unique = Some(by);
        }
        let mut having = having;
        let mut width = self.scopes.last().map_or(0, |scope| scope.columns.len());
        plan = self.group(plan, groups, &targets, &mut exprs, &mut having, &mut width)?;
        if let Some(having) = having {
            plan = Plan::Filter(Box::new(plan), having);
        }
        let mut sort = Vec::new();
        for (place, direction, at) in keys {
            sortable(self, exprs[place].ty, at)?;
            sort.push(direction.key(column(exprs[place].ty, place)));
        }
        let hidden = exprs.split_off(targets.len());
        for (target, expr) in targets.iter_mut().zip(exprs) {
            target.expr = expr;
        }
        Ok(Select { input: plan, width, targets, hidden, distinct: unique, sort })
    }

    /// Aggregates are allowed in what is analysed next, or not; gives those met so far.
    fn allow_aggregates(&mut self, allowed: Option<Vec<Aggregate>>) -> Vec<Aggregate> {
        let scope = self.scopes.last_mut();
        scope.and_then(|scope| std::mem::replace(&mut scope.aggregates, allowed)).unwrap_or_default()
    }

    /// The group that rows fall into, where there is a GROUP BY, HAVING or an aggregate: what is analysed reads groups then.
    fn group(
        &mut self,
        plan: Plan,
        groups: &[ast::Expr],
        targets: &[Target],
        exprs: &mut [Expr],
        having: &mut Option<Expr>,
        width: &mut usize,
    ) -> Result<Plan, Stop> {
        let mut keys = Vec::new();
        let aggregates = self.allow_aggregates(None);
        for group in groups {
            let key = match self.group_target(group, targets)? {
                Some(place) => targets[place].expr.clone(),
                None => self.expr(group)?,
            };
            let mut key = key;
            self.resolve_unknown(&mut key)?;
            comparable(self, key.ty, self.position(group.span()))?;
            keys.push(key);
        }
        if groups.is_empty() && having.is_none() && aggregates.is_empty() {
            return Ok(plan);
        }
        self.add_dependent_keys(&mut keys);
        for expr in exprs.iter_mut().chain(having.as_mut()) {
            *expr = self.grouped(expr.clone(), &keys)?;
        }
        *width = keys.len() + aggregates.len();
        Ok(Plan::Aggregate { input: Box::new(plan), keys, aggregates })
    }

    /// With a primary key, all other columns of its table are the same in a group.
    fn add_dependent_keys(&self, keys: &mut Vec<Expr>) {
        let Some(scope) = self.scopes.last() else { return };
        let is_key = |index: usize, keys: &[Expr]| {
            keys.iter()
                .any(|key| matches!(key.node, Node::Column { depth: 0, index: other } if other == index))
        };
        let place = |visible: &super::Visible, table, number: usize| {
            visible.column.origin.is_some_and(|(oid, attribute)| {
                oid == table && usize::try_from(attribute).is_ok_and(|attribute| attribute == number + 1)
            })
        };
        let mut tables: Vec<_> =
            scope.columns.iter().filter_map(|visible| visible.column.origin).map(|(oid, _)| oid).collect();
        tables.dedup();
        for table in tables {
            let Some(relation) = self.database.relation(table, self.snapshot) else { continue };
            let Some(primary) = relation.primary_key() else { continue };
            let whole = primary.iter().all(|number| {
                let mut columns = scope.columns.iter().enumerate();
                columns.any(|(index, visible)| place(visible, table, *number) && is_key(index, keys))
            });
            if !whole {
                continue;
            }
            for (index, visible) in scope.columns.iter().enumerate() {
                if visible.column.origin.is_some_and(|(oid, _)| oid == table) && !is_key(index, keys) {
                    keys.push(column(visible.column.ty, index));
                }
            }
        }
    }

    /// The target that an element of GROUP BY means, if it is not an expression of its own.
    fn group_target(&mut self, group: &ast::Expr, targets: &[Target]) -> Result<Option<usize>, Stop> {
        if let Some(number) = self.target_number(group, targets.len(), "GROUP BY")? {
            return Ok(Some(number));
        }
        let ast::Expr::Identifier(ident) = group else { return Ok(None) };
        let wanted = name(ident);
        let input = self.scopes.last().is_some_and(|scope| {
            scope.columns.iter().any(|visible| visible.column.name == wanted && !visible.qualified_only)
        });
        if input { Ok(None) } else { self.target_named(ident, targets, "GROUP BY") }
    }

    /// The place of what ORDER BY or DISTINCT ON names among `exprs`, to which it is added if it is not there.
    fn sort_target(
        &mut self,
        key: &ast::Expr,
        targets: &[Target],
        exprs: &mut Vec<Expr>,
        distinct: bool,
    ) -> Result<usize, Stop> {
        if let Some(number) = self.target_number(key, targets.len(), "ORDER BY")? {
            return Ok(number);
        }
        if let ast::Expr::Identifier(ident) = key
            && let Some(place) = self.target_named(ident, targets, "ORDER BY")?
        {
            return Ok(place);
        }
        if let Some(place) = targets.iter().position(|target| target.syntax.as_ref() == Some(key)) {
            return Ok(place);
        }
        let mut expr = self.expr(key)?;
        self.resolve_unknown(&mut expr)?;
        if let Some(place) = exprs.iter().position(|other| same_column(other, &expr)) {
            return Ok(place);
        }
        if distinct {
            let message = "for SELECT DISTINCT, ORDER BY expressions must appear in select list";
            return Err(Stop::error("42P10", message).at(self.position(key.span())));
        }
        exprs.push(expr);
        Ok(exprs.len() - 1)
    }

    /// The target that a number means.
    pub(crate) fn target_number(
        &self,
        key: &ast::Expr,
        count: usize,
        clause: &str,
    ) -> Result<Option<usize>, Stop> {
        let ast::Expr::Value(value) = key else { return Ok(None) };
        let at = self.position(value.span);
        if let ast::Value::Number(digits, _) = &value.value
            && let Ok(number) = digits.to_string().parse::<usize>()
        {
            return match number.checked_sub(1).filter(|place| *place < count) {
                Some(place) => Ok(Some(place)),
                None => {
                    let message = format!("{clause} position {number} is not in select list");
                    Err(Stop::error("42P10", message).at(at))
                }
            };
        }
        match &value.value {
            ast::Value::Placeholder(_) => Ok(None),
            _ => Err(Stop::error("42601", format!("non-integer constant in {clause}")).at(at)),
        }
    }

    /// The target of this name.
    fn target_named(
        &self,
        ident: &ast::Ident,
        targets: &[Target],
        clause: &str,
    ) -> Result<Option<usize>, Stop> {
        let wanted = name(ident);
        let mut found = targets.iter().enumerate().filter(|(_, target)| target.column.name == wanted);
        let Some((place, first)) = found.next() else { return Ok(None) };
        if found.any(|(_, other)| !same_column(&first.expr, &other.expr) && first.syntax != other.syntax) {
            let message = format!("{clause} \"{wanted}\" is ambiguous");
            return Err(Stop::error("42702", message).at(self.position(ident.span)));
        }
        Ok(Some(place))
    }

    /// What is still of unknown type becomes text.
    pub(crate) fn resolve_unknown(&mut self, expr: &mut Expr) -> Result<(), Stop> {
        if expr.ty.oid == UNKNOWN {
            *expr = self.coerce_to(expr.clone(), Self::TEXT, How::Implicit)?;
        }
        Ok(())
    }

    /// A select list, or that of RETURNING; of a SELECT that has no FROM (`bare`).
    pub(crate) fn targets(&mut self, items: &[ast::SelectItem], bare: bool) -> Result<Vec<Target>, Stop> {
        use ast::SelectItemQualifiedWildcardKind as Kind;
        let mut targets = Vec::new();
        for item in items {
            match item {
                ast::SelectItem::UnnamedExpr(ast::Expr::CompoundFieldAccess { root, access_chain }) if matches!(access_chain.as_slice(), [.., ast::AccessExpr::Dot(ast::Expr::Identifier(star))] if star.value == ALL_FIELDS) =>
                {
                    targets.extend(self.all_fields(root, &access_chain[..access_chain.len() - 1])?);
                }
                ast::SelectItem::UnnamedExpr(ast::Expr::Identifier(ident)) if ident.value == NO_COLUMNS => {}
                ast::SelectItem::UnnamedExpr(syntax) => {
                    let name = super::column_name(syntax);
                    targets.push(self.target(syntax, name)?);
                }
                ast::SelectItem::ExprWithAlias { expr, alias } => {
                    targets.push(self.target(expr, name(alias))?)
                }
                ast::SelectItem::Wildcard(_) => {
                    if bare {
                        let message = "SELECT * with no tables specified is not valid";
                        return Err(Stop::error("42601", message).at(self.position(item.span())));
                    }
                    targets.extend(self.star(None));
                }
                ast::SelectItem::QualifiedWildcard(Kind::ObjectName(object), _) => {
                    targets.extend(self.qualified_star(object, item.span())?);
                }
                ast::SelectItem::QualifiedWildcard(Kind::Expr(expr), _) => {
                    let whole = self.expr(expr)?;
                    targets.extend(self.star_of(&whole)?);
                }
                ast::SelectItem::ExprWithAliases { .. } => return Err(Stop::error("42601", "syntax error")),
            }
        }
        Ok(targets)
    }

    fn target(&mut self, syntax: &ast::Expr, name: String) -> Result<Target, Stop> {
        let expr = self.expr(syntax)?;
        let origin = match expr.node {
            Node::Column { depth, index } => self.in_sight(depth, index).and_then(|column| column.origin),
            _ => None,
        };
        let column = Column { name, ty: expr.ty, origin };
        Ok(Target { column, expr, syntax: Some(syntax.clone()) })
    }

    fn in_sight(&self, depth: usize, index: usize) -> Option<Column> {
        let scope = self.scopes.iter().rev().nth(depth)?;
        scope.columns.get(index).map(|visible| visible.column.clone())
    }

    /// Every column in sight, or every one of a table.
    fn star(&self, table: Option<&str>) -> Vec<Target> {
        let Some(scope) = self.scopes.last() else { return Vec::new() };
        let wanted = |visible: &super::Visible| match table {
            None => !visible.qualified_only && !visible.system,
            Some(table) => !visible.system && visible.table.as_deref() == Some(table),
        };
        let columns = scope.columns.iter().enumerate().filter(|(_, visible)| wanted(visible));
        let target = |(index, visible): (usize, &super::Visible)| Target {
            column: visible.column.clone(),
            expr: column(visible.column.ty, index),
            syntax: None,
        };
        columns.map(target).collect()
    }

    fn qualified_star(
        &mut self,
        object: &ast::ObjectName,
        span: sqlparser::tokenizer::Span,
    ) -> Result<Vec<Target>, Stop> {
        let (_, table) = parts(object);
        for (depth, scope) in self.scopes.iter().rev().enumerate() {
            let known = scope.columns.iter().any(|visible| visible.table.as_deref() == Some(&table));
            if scope.hidden || !known {
                continue;
            }
            if depth == 0 {
                return Ok(self.star(Some(&table)));
            }
            let columns = scope.columns.iter().enumerate();
            let of_table =
                columns.filter(|(_, visible)| visible.table.as_deref() == Some(&table) && !visible.system);
            let target = |(index, visible): (usize, &super::Visible)| {
                let node = Node::Column { depth, index };
                let expr = Expr { ty: visible.column.ty, at: None, node };
                Target { column: visible.column.clone(), expr, syntax: None }
            };
            return Ok(of_table.map(target).collect());
        }
        let message = format!("missing FROM-clause entry for table \"{table}\"");
        Err(Stop::error("42P01", message).at(self.position(span)))
    }

    /// `(row).*`, or `(row).field.*`.
    fn all_fields(&mut self, root: &ast::Expr, chain: &[ast::AccessExpr]) -> Result<Vec<Target>, Stop> {
        if chain.is_empty() {
            if let ast::Expr::Nested(inner) = root
                && let ast::Expr::Identifier(table) = &**inner
                && self.whole_row(&name(table), None).is_some()
            {
                return self.qualified_star(&ast::ObjectName::from(vec![table.clone()]), table.span);
            }
            let whole = self.expr(root)?;
            return self.star_of(&whole);
        }
        let field =
            ast::Expr::CompoundFieldAccess { root: Box::new(root.clone()), access_chain: chain.to_vec() };
        let whole = self.expr(&field)?;
        self.star_of(&whole)
    }

    /// The fields of a composite value.
    fn star_of(&mut self, whole: &Expr) -> Result<Vec<Target>, Stop> {
        let Some(fields) = self.fields(whole.ty) else {
            let message = format!("type {} is not composite", self.type_name(whole.ty.oid));
            return Err(Stop::error("42809", message).at(whole.at));
        };
        let target = |(index, (name, ty)): (usize, (String, Type))| Target {
            column: Column { name, ty, origin: None },
            expr: Expr { ty, at: whole.at, node: Node::Field(Box::new(whole.clone()), index) },
            syntax: None,
        };
        Ok(fields.into_iter().enumerate().map(target).collect())
    }
}

/// The type of what has no type yet.
pub(crate) const UNKNOWN: u32 = 705;

fn same_column(left: &Expr, right: &Expr) -> bool {
    match (&left.node, &right.node) {
        (Node::Column { depth: a, index: b }, Node::Column { depth: c, index: d }) => (a, b) == (c, d),
        _ => false,
    }
}
