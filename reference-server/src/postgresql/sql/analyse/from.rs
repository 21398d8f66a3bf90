//! FROM: tables, functions, subqueries and their joins, and the columns that they put in sight.

use super::{Analyser, Scope, Visible};
use crate::engine::SqlError;
use crate::postgresql::catalog;
use crate::postgresql::definition::{Kind, Relation};
use crate::postgresql::lookup::{Table, name, parts};
use crate::postgresql::sql::expr::{Expr, Node, Type};
use crate::postgresql::sql::query::{Column, JoinKind, Plan};
use crate::postgresql::sql::stop::Stop;
use crate::postgresql::storage::Oid;
use pgconform_wire::value::Shape;
use sqlparser::ast;
use sqlparser::ast::Spanned;

/// What every table has besides its columns, behind them: names and types. The last is how a row is found again.
pub(crate) const SYSTEM_COLUMNS: [(&str, Oid); 7] =
    [("tableoid", 26), ("ctid", 27), ("xmin", 28), ("cmin", 29), ("xmax", 28), ("cmax", 29), ("", 20)];

/// What an item of FROM reads, and what it puts in sight.
pub(crate) struct Item {
    pub(crate) plan: Plan,
    pub(crate) columns: Vec<Visible>,
}

impl Item {
    /// Nothing: one row without columns.
    pub(crate) fn unit() -> Self {
        Self { plan: Plan::Unit, columns: Vec::new() }
    }
}

/// How two items are joined.
enum Condition<'a> {
    /// Every pair.
    All,
    /// ON.
    On(&'a ast::Expr),
    /// USING these columns.
    Using(Vec<String>),
    /// NATURAL.
    Natural,
}

impl Analyser<'_> {
    /// The items of a FROM list.
    pub(crate) fn from(&mut self, list: &[ast::TableWithJoins]) -> Result<Item, Stop> {
        self.behind(None, list)
    }

    /// The items of a FROM list behind one that is there already: the target of UPDATE or DELETE.
    pub(crate) fn behind(&mut self, first: Option<Item>, list: &[ast::TableWithJoins]) -> Result<Item, Stop> {
        let mut all = first;
        for item in list {
            all = Some(match all {
                None => self.joins(item)?,
                Some(left) => {
                    self.beside(left, JoinKind::Inner, &Condition::All, |analyser| analyser.joins(item))?
                }
            });
        }
        Ok(all.unwrap_or_else(Item::unit))
    }

    fn joins(&mut self, item: &ast::TableWithJoins) -> Result<Item, Stop> {
        let mut left = self.factor(&item.relation)?;
        for join in &item.joins {
            let (kind, condition) = self.join_kind(join)?;
            left = self.beside(left, kind, &condition, |analyser| analyser.factor(&join.relation))?;
        }
        Ok(left)
    }

    fn join_kind<'a>(&self, join: &'a ast::Join) -> Result<(JoinKind, Condition<'a>), Stop> {
        use ast::JoinOperator as Op;
        let (kind, constraint) = match &join.join_operator {
            Op::Join(constraint) | Op::Inner(constraint) | Op::CrossJoin(constraint) => {
                (JoinKind::Inner, constraint)
            }
            Op::Left(constraint) | Op::LeftOuter(constraint) => (JoinKind::Left, constraint),
            Op::Right(constraint) | Op::RightOuter(constraint) => (JoinKind::Right, constraint),
            Op::FullOuter(constraint) => (JoinKind::Full, constraint),
            _ => return Err(Stop::error("42601", "syntax error in a join")),
        };
        let condition = match constraint {
            ast::JoinConstraint::None => Condition::All,
            ast::JoinConstraint::Natural => Condition::Natural,
            ast::JoinConstraint::On(on) => Condition::On(on),
            ast::JoinConstraint::Using(columns) => {
                Condition::Using(columns.iter().map(|column| parts(column).1).collect())
            }
        };
        Ok((kind, condition))
    }

    /// Joins `left` to what `right` analyses, which may be LATERAL: the left row is at hand for it.
    fn beside(
        &mut self,
        left: Item,
        kind: JoinKind,
        condition: &Condition<'_>,
        right: impl FnOnce(&mut Self) -> Result<Item, Stop>,
    ) -> Result<Item, Stop> {
        self.scopes.push(Scope { columns: left.columns, hidden: true, ..Scope::default() });
        let analysed = right(self);
        let columns = self.scopes.pop().map(|scope| scope.columns).unwrap_or_default();
        let (left, right) = (Item { columns, ..left }, analysed?);
        for visible in &right.columns {
            let doubled =
                visible.table.is_some() && left.columns.iter().any(|other| other.table == visible.table);
            if let (true, Some(table)) = (doubled, &visible.table) {
                return Err(Stop::error("42712", format!("table name \"{table}\" specified more than once")));
            }
        }
        self.join(left, right, kind, condition)
    }

    fn join(
        &mut self,
        left: Item,
        right: Item,
        kind: JoinKind,
        condition: &Condition<'_>,
    ) -> Result<Item, Stop> {
        let widths = (left.columns.len(), right.columns.len());
        let using = match condition {
            Condition::Using(columns) => columns.clone(),
            Condition::Natural => common_columns(&left.columns, &right.columns),
            Condition::All | Condition::On(_) => Vec::new(),
        };
        let mut pairs = Vec::new();
        for column in &using {
            let left_side = one_column(&left.columns, column, "left")?;
            let right_side = one_column(&right.columns, column, "right")?;
            pairs.push((left_side, widths.0 + right_side));
        }
        let mut columns = left.columns;
        columns.extend(right.columns);
        let scope = Scope { columns, ..Scope::default() };
        self.scopes.push(scope);
        let analysed = self.join_condition(condition, &pairs, kind);
        let mut columns = self.scopes.pop().map(|scope| scope.columns).unwrap_or_default();
        let (on, merged) = analysed?;
        let plan = Plan::Join { left: Box::new(left.plan), right: Box::new(right.plan), kind, on, widths };
        if merged.is_empty() {
            return Ok(Item { plan, columns });
        }
        let mut exprs = Vec::new();
        let mut shown = Vec::new();
        for ((merged, (left_side, right_side)), name) in merged.into_iter().zip(&pairs).zip(&using) {
            let side = if kind == JoinKind::Right { *right_side } else { *left_side };
            let origin = match merged.node {
                Node::Column { .. } => columns[side].column.origin,
                _ => None,
            };
            let column = Column { name: name.clone(), ty: merged.ty, origin };
            shown.push(Visible { table: None, column, qualified_only: false, system: false });
            exprs.push(merged);
            columns[*left_side].qualified_only = true;
            columns[*right_side].qualified_only = true;
        }
        exprs.extend(columns.iter().enumerate().map(|(index, visible)| column(visible.column.ty, index)));
        shown.append(&mut columns);
        Ok(Item { plan: Plan::Project(Box::new(plan), exprs), columns: shown })
    }

    /// The condition of a join, and the columns that USING merges.
    fn join_condition(
        &mut self,
        condition: &Condition<'_>,
        pairs: &[(usize, usize)],
        kind: JoinKind,
    ) -> Result<(Option<Expr>, Vec<Expr>), Stop> {
        if let Condition::On(on) = condition {
            return Ok((Some(self.boolean(on, "JOIN/ON")?), Vec::new()));
        }
        let (mut equal, mut merged) = (Vec::new(), Vec::new());
        for (left, right) in pairs {
            let types = self
                .scopes
                .last()
                .map(|scope| (scope.columns[*left].column.ty, scope.columns[*right].column.ty));
            let Some((left_type, right_type)) = types else { continue };
            let sides = vec![column(left_type, *left), column(right_type, *right)];
            let (_, sides) = self.common_type(sides, "JOIN/USING")?;
            equal.push(self.operate("=", sides.clone(), None)?);
            let mut sides = sides.into_iter();
            let (first, second) = (sides.next(), sides.next());
            merged.extend(match kind {
                JoinKind::Inner | JoinKind::Left => first,
                JoinKind::Right => second,
                JoinKind::Full => first.zip(second).map(|(first, second)| Expr {
                    ty: first.ty,
                    at: None,
                    node: Node::Coalesce(vec![first, second]),
                }),
            });
        }
        let on = (!equal.is_empty()).then(|| Expr { ty: Type::plain(16), at: None, node: Node::And(equal) });
        Ok((on, merged))
    }

    fn factor(&mut self, factor: &ast::TableFactor) -> Result<Item, Stop> {
        use ast::TableFactor as Factor;
        match factor {
            Factor::Table { name: table, alias, args: None, .. } => self.table(table, alias.as_ref()),
            Factor::Table { name: function, alias, args: Some(args), with_ordinality, .. } => {
                self.function_item(&call(function, args.args.clone()), alias.as_ref(), *with_ordinality)
            }
            Factor::Function { name: function, args, alias, with_ordinality, .. } => {
                self.function_item(&call(function, args.clone()), alias.as_ref(), *with_ordinality)
            }
            Factor::UNNEST { alias, array_exprs, with_ordinality, .. } => {
                let calls: Vec<ast::Expr> = array_exprs.iter().map(unnest).collect();
                match calls.as_slice() {
                    [one] => self.function_item(one, alias.as_ref(), *with_ordinality),
                    several => self.side_by_side(several, alias.as_ref(), *with_ordinality),
                }
            }
            Factor::TableFunction { expr, alias } => self.function_item(expr, alias.as_ref(), false),
            Factor::Derived { lateral, subquery, alias, .. } => {
                let query = self.lateral(*lateral, |analyser| analyser.subquery(subquery))?;
                let columns = query.columns.clone();
                let mut item = Item { plan: Plan::Subquery(query.into()), columns: shown(None, columns) };
                self.rename(&mut item, alias.as_ref(), None)?;
                Ok(item)
            }
            Factor::NestedJoin { table_with_joins, alias } => {
                let mut item = self.joins(table_with_joins)?;
                if alias.is_some() {
                    for visible in &mut item.columns {
                        visible.system |= visible.qualified_only;
                    }
                    self.rename(&mut item, alias.as_ref(), None)?;
                }
                Ok(item)
            }
            _ => Err(Stop::error("0A000", "this kind of FROM item is not supported")),
        }
    }

    /// Analyses with the columns of what stands left in FROM in sight, if it is LATERAL.
    fn lateral<T>(
        &mut self,
        lateral: bool,
        analyse: impl FnOnce(&mut Self) -> Result<T, Stop>,
    ) -> Result<T, Stop> {
        let hidden: Vec<bool> = self.scopes.iter().map(|scope| scope.hidden).collect();
        if lateral {
            self.scopes.iter_mut().for_each(|scope| scope.hidden = false);
        }
        let analysed = analyse(self);
        self.scopes.iter_mut().zip(hidden).for_each(|(scope, hidden)| scope.hidden = hidden);
        analysed
    }

    /// A table, a CTE or a system table.
    pub(crate) fn table(
        &mut self,
        table: &ast::ObjectName,
        alias: Option<&ast::TableAlias>,
    ) -> Result<Item, Stop> {
        let (schema, short) = parts(table);
        if let (None, Some(item)) = (&schema, self.cte(&short, self.position(table.span()))?) {
            let mut item = item;
            self.rename(&mut item, alias, Some(short))?;
            return Ok(item);
        }
        let found = self.find_table(schema, &short);
        let extended = self.names_system_columns();
        let mut item = match found {
            Some(Table::User(relation)) => match &relation.kind {
                Kind::Table => user_table(&relation, extended),
                Kind::View(view) => self.view(&relation, view)?,
                Kind::Sequence(_) => {
                    let counter = Plan::Counter(relation.oid);
                    Item { plan: counter, ..user_table(&relation, false) }
                }
            },
            Some(Table::System(system)) => {
                let mut columns = shown(Some(&short), system.columns());
                if extended {
                    columns.extend(system_columns(Some(&short)));
                }
                Item { plan: Plan::System { table: system, extended }, columns }
            }
            None => return Err(self.no_relation(table)),
        };
        self.rename(&mut item, alias, Some(short))?;
        Ok(item)
    }

    /// A table that a command names, which is no query: its errors tell no position.
    pub(crate) fn table_named(&self, table: &ast::ObjectName) -> Result<Table, Stop> {
        let (schema, short) = parts(table);
        if let Some(schema) = schema.as_deref()
            && self.lookup().place(schema).is_none()
        {
            return Err(Stop::error("3F000", format!("schema \"{schema}\" does not exist")));
        }
        let found = self.lookup().table(schema.as_deref(), &short);
        found.ok_or_else(|| match self.no_relation(table) {
            Stop::Error(error) => SqlError { position: None, ..*error }.into(),
            other => other,
        })
    }

    /// `relation "NAME" does not exist`
    pub(crate) fn no_relation(&self, table: &ast::ObjectName) -> Stop {
        let (schema, short) = parts(table);
        let full = schema.map_or_else(|| short.clone(), |schema| format!("{schema}.{short}"));
        Stop::error("42P01", format!("relation \"{full}\" does not exist")).at(self.position(table.span()))
    }

    /// Why a table is not in sight: there is none, or it stands left of what is not LATERAL, or it has an alias.
    pub(crate) fn no_table(&self, table: &str) -> SqlError {
        let hidden = self.scopes.iter().filter(|scope| scope.hidden).flat_map(|scope| &scope.columns);
        let invalid = || {
            SqlError::error("42P01", format!("invalid reference to FROM-clause entry for table \"{table}\""))
        };
        if hidden.into_iter().any(|visible| visible.table.as_deref() == Some(table)) {
            let detail = format!(
                "There is an entry for table \"{table}\", but it cannot be referenced from this part of the query."
            );
            return invalid()
                .detail(detail)
                .hint("To reference that table, you must mark this subquery with LATERAL.");
        }
        for visible in self.scopes.iter().filter(|scope| !scope.hidden).flat_map(|scope| &scope.columns) {
            let name = visible.column.origin.and_then(|(oid, _)| {
                let user = self.database.relation(oid, self.snapshot).map(|relation| relation.name.clone());
                user.or_else(|| catalog::by_oid(oid).map(|system| system.name.to_owned()))
            });
            if let (Some(name), Some(alias)) = (name, &visible.table)
                && name == table
            {
                return invalid()
                    .hint(format!("Perhaps you meant to reference the table alias \"{alias}\"."));
            }
        }
        SqlError::error("42P01", format!("missing FROM-clause entry for table \"{table}\""))
    }

    /// The table with a column of this name that stands left of what is not LATERAL.
    pub(crate) fn hidden_table_with(&self, column: &str) -> Option<String> {
        let mut hidden = self.scopes.iter().filter(|scope| scope.hidden).flat_map(|scope| &scope.columns);
        hidden
            .find(|visible| visible.column.name == column && !visible.system)
            .and_then(|visible| visible.table.clone())
    }

    /// Whether the statement may name a system column: only then are they made for each row.
    fn names_system_columns(&self) -> bool {
        let text = self.text.to_ascii_lowercase();
        SYSTEM_COLUMNS.iter().any(|(name, _)| !name.is_empty() && text.contains(name))
    }

    fn function_item(
        &mut self,
        function: &ast::Expr,
        alias: Option<&ast::TableAlias>,
        ordinality: bool,
    ) -> Result<Item, Stop> {
        let call = self.lateral(true, |analyser| analyser.expr(function))?;
        let own = super::column_name(function);
        let defined: Vec<(String, Type)> = match alias {
            Some(alias) => {
                let typed =
                    alias.columns.iter().filter_map(|def| Some((name(&def.name), def.data_type.as_ref()?)));
                typed.map(|(name, ty)| Ok((name, self.type_named(ty)?))).collect::<Result<_, Stop>>()?
            }
            None => Vec::new(),
        };
        let scalar = Column { name: own.clone(), ty: call.ty, origin: None };
        let fields = if defined.is_empty() { self.fields(call.ty) } else { Some(defined.clone()) };
        let plain = |(name, ty): (String, Type)| Column { name, ty, origin: None };
        let expanded = fields.is_some();
        let mut columns =
            fields.map_or_else(|| vec![scalar], |fields| fields.into_iter().map(plain).collect());
        if call.ty.oid == RECORD && defined.is_empty() && !expanded {
            let message = "a column definition list is required for functions returning \"record\"";
            return Err(Stop::error("42601", message).at(call.at));
        }
        let count = columns.len();
        if ordinality {
            columns.push(Column { name: "ordinality".to_owned(), ty: Type::plain(20), origin: None });
        }
        let types = expanded.then(|| columns.iter().take(count).map(|column| column.ty).collect());
        let mut item = Item {
            plan: Plan::Function { call, ordinality, fields: types },
            columns: shown(Some(&own), columns),
        };
        // A function of one column gives it the name of its alias.
        if let (Some(alias), false) = (alias, expanded) {
            item.columns[0].column.name = name(&alias.name);
        }
        self.rename(&mut item, alias, Some(own))?;
        Ok(item)
    }

    /// Several functions' rows side by side, as many as the longest has.
    fn side_by_side(
        &mut self,
        calls: &[ast::Expr],
        alias: Option<&ast::TableAlias>,
        ordinality: bool,
    ) -> Result<Item, Stop> {
        if ordinality {
            return Err(Stop::error("0A000", "WITH ORDINALITY is not supported for several functions"));
        }
        self.scopes.push(Scope::default());
        let sets: Result<Vec<Expr>, Stop> =
            self.lateral(true, |analyser| calls.iter().map(|call| analyser.expr(call)).collect());
        self.scopes.pop();
        let sets = sets?;
        let name = calls.first().map(super::column_name).unwrap_or_default();
        let column = |set: &Expr| Column { name: name.clone(), ty: set.ty, origin: None };
        let columns = shown(Some(&name), sets.iter().map(column).collect());
        let mut item = Item { plan: Plan::Sets(Box::new(Plan::Unit), sets), columns };
        self.rename(&mut item, alias, Some(name))?;
        Ok(item)
    }

    /// The fields of a composite type, or of the rows that a function gives.
    pub(crate) fn fields(&self, ty: Type) -> Option<Vec<(String, Type)>> {
        let oid = ty.oid;
        if oid == RECORD {
            return usize::try_from(ty.modifier).ok().and_then(|number| self.records.get(number)).cloned();
        }
        let ty = self.database.user_type(oid, self.snapshot).filter(|ty| ty.oid == oid)?;
        match &ty.shape {
            Shape::Composite(fields) => {
                let field = |(name, oid, modifier): &(String, Oid, i32)| {
                    (name.clone(), Type { oid: *oid, modifier: *modifier })
                };
                Some(fields.iter().map(field).collect())
            }
            _ => None,
        }
    }

    /// Gives an item its alias and its columns theirs.
    fn rename(
        &self,
        item: &mut Item,
        alias: Option<&ast::TableAlias>,
        otherwise: Option<String>,
    ) -> Result<(), Stop> {
        let table = alias.map(|alias| name(&alias.name)).or(otherwise);
        let new: Vec<String> =
            alias.into_iter().flat_map(|alias| alias.columns.iter().map(|def| name(&def.name))).collect();
        let mut columns = item.columns.iter_mut().filter(|visible| !visible.system);
        for (index, new) in new.iter().enumerate() {
            let Some(visible) = columns.next() else {
                let table = table.unwrap_or_default();
                let given = new_count(alias);
                let message =
                    format!("table \"{table}\" has {index} columns available but {given} columns specified");
                return Err(Stop::error("42P10", message));
            };
            visible.column.name.clone_from(new);
        }
        for visible in &mut item.columns {
            visible.table.clone_from(&table);
        }
        Ok(())
    }
}

/// The pseudo-type of rows of any columns.
pub(crate) const RECORD: Oid = 2249;

fn new_count(alias: Option<&ast::TableAlias>) -> usize {
    alias.map_or(0, |alias| alias.columns.len())
}

/// A column of the row at hand.
pub(crate) fn column(ty: Type, index: usize) -> Expr {
    Expr { ty, at: None, node: Node::Column { depth: 0, index } }
}

/// Columns, all in sight.
pub(crate) fn shown(table: Option<&str>, columns: Vec<Column>) -> Vec<Visible> {
    let visible =
        |column| Visible { table: table.map(str::to_owned), column, qualified_only: false, system: false };
    columns.into_iter().map(visible).collect()
}

/// A user's table; `extended` with its system columns.
pub(crate) fn user_table(relation: &Relation, extended: bool) -> Item {
    let table = Some(relation.name.clone());
    let mut columns: Vec<Visible> = Vec::new();
    for (attribute, number) in relation.columns.iter().zip(1..) {
        let name = match attribute.dropped {
            true => format!("........pg.dropped.{number}........"),
            false => attribute.name.clone(),
        };
        let column = Column { name, ty: attribute.ty, origin: Some((relation.oid, number)) };
        columns.push(Visible {
            table: table.clone(),
            column,
            qualified_only: false,
            system: attribute.dropped,
        });
    }
    if extended {
        columns.extend(system_columns(table.as_deref()));
        return Item { plan: Plan::Extended(relation.oid), columns };
    }
    Item { plan: Plan::Table(relation.oid), columns }
}

fn system_columns(table: Option<&str>) -> Vec<Visible> {
    let plain =
        |(name, oid): (&str, Oid)| Column { name: name.to_owned(), ty: Type::plain(oid), origin: None };
    let visible =
        |column| Visible { table: table.map(str::to_owned), column, qualified_only: false, system: true };
    SYSTEM_COLUMNS.into_iter().map(plain).map(visible).collect()
}

/// A call of `unnest`, which stands before its first argument: nothing else tells where.
fn unnest(array: &ast::Expr) -> ast::Expr {
    const NAME: &str = "unnest(";
    let mut span = array.span();
    span.start.column = span.start.column.saturating_sub(NAME.len() as u64);
    let function = ast::ObjectName::from(vec![ast::Ident::with_span(span, "unnest")]);
    let argument = ast::FunctionArg::Unnamed(ast::FunctionArgExpr::Expr(array.clone()));
    call(&function, vec![argument])
}

fn call(function: &ast::ObjectName, args: Vec<ast::FunctionArg>) -> ast::Expr {
    ast::Expr::Function(ast::Function {
        name: function.clone(),
        uses_odbc_syntax: false,
        parameters: ast::FunctionArguments::None,
        args: ast::FunctionArguments::List(ast::FunctionArgumentList {
            duplicate_treatment: None,
            args,
            clauses: Vec::new(),
        }),
        within_group: Vec::new(),
        filter: None,
        null_treatment: None,
        over: None,
    })
}

fn named<'a>(columns: &'a [Visible], name: &'a str) -> impl Iterator<Item = usize> + 'a {
    let found = move |(_, visible): &(usize, &Visible)| {
        !visible.qualified_only && !visible.system && visible.column.name == name
    };
    columns.iter().enumerate().filter(found).map(|(index, _)| index)
}

fn common_columns(left: &[Visible], right: &[Visible]) -> Vec<String> {
    let candidates = left.iter().filter(|visible| !visible.qualified_only && !visible.system);
    let common = candidates.filter(|visible| named(right, &visible.column.name).next().is_some());
    common.map(|visible| visible.column.name.clone()).collect()
}

fn one_column(columns: &[Visible], name: &str, side: &str) -> Result<usize, Stop> {
    let mut found = named(columns, name);
    let Some(index) = found.next() else {
        let message = format!("column \"{name}\" specified in USING clause does not exist in {side} table");
        return Err(Stop::error("42703", message));
    };
    if found.next().is_some() {
        let message = format!("common column name \"{name}\" appears more than once in {side} table");
        return Err(Stop::error("42702", message));
    }
    Ok(index)
}
