//! Names become tables and columns, and expressions get types, before anything runs.

use super::ast::{self, Column, Comparison, Expr, Name, Projection};
use super::literal;
use crate::spacetimedb::catalog;
use crate::spacetimedb::database::{Database, Session};
use crate::spacetimedb::refusal::{self, Refusal};
use crate::spacetimedb::schema::Schema;
use crate::spacetimedb::types::{Field, Type};
use crate::spacetimedb::value::{Row, Value};
use std::collections::BTreeSet;
use std::sync::Arc;

type Planned<T> = Result<T, Refusal>;

/// A table of a FROM clause. It holds the rows as they were when the statement began.
#[derive(Debug)]
pub(crate) struct Source {
    alias: String,
    schema: Arc<Schema>,
    pub(crate) rows: Arc<Vec<Row>>,
}

/// Which column of which source.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct At {
    pub(crate) source: usize,
    pub(crate) column: usize,
}

/// A typed expression.
#[derive(Debug)]
pub(crate) enum Typed {
    Constant(Value),
    Column(At),
    Compare(Comparison, Box<Typed>, Box<Typed>),
    All(Vec<Typed>),
    Any(Vec<Typed>),
}

#[derive(Debug)]
pub(crate) struct Select {
    pub(crate) sources: Vec<Source>,
    /// The columns that are equal, for each source but the first.
    pub(crate) joins: Vec<Option<(At, At)>>,
    pub(crate) filter: Option<Typed>,
    pub(crate) output: Output,
    pub(crate) limit: Option<u64>,
}

#[derive(Debug)]
pub(crate) enum Output {
    Columns(Vec<(String, Type, At)>),
    Count(String),
}

/// A change of a stored table.
#[derive(Debug)]
pub(crate) struct Change {
    /// Among the tables of the database.
    pub(crate) table: usize,
    pub(crate) what: What,
}

#[derive(Debug)]
pub(crate) enum What {
    Insert(Vec<Row>),
    Update(Vec<(usize, Value)>, Option<Typed>),
    Delete(Option<Typed>),
}

/// What is in scope: the database for tables, the sources so far for columns.
pub(crate) struct Scope<'a> {
    pub(crate) database: &'a Database,
    pub(crate) session: &'a Session,
    pub(crate) sources: Vec<Source>,
}

impl Scope<'_> {
    pub(crate) fn select(mut self, select: &ast::Select) -> Planned<Select> {
        self.add(&select.from)?;
        let mut joins = Vec::new();
        for join in &select.joins {
            if self.sources.iter().any(|source| source.alias == join.relation.alias.text) {
                return Err(duplicate(&join.relation.alias, refusal::DUPLICATE_ALIAS));
            }
            self.add(&join.relation)?;
            joins.push(join.on.as_ref().map(|(left, right)| self.join_columns(left, right)).transpose()?);
        }
        let filter = select.filter.as_ref().map(|filter| self.predicate(filter)).transpose()?;
        let output = self.output(&select.projection)?;
        let limit = select.limit.as_ref().map(literal::count).transpose()?;
        self.check_row_limit()?;
        Ok(Select { sources: self.sources, joins, filter, output, limit })
    }

    /// `SHOW x` is `SELECT value FROM st_var WHERE name = 'x'`, as in the product.
    pub(crate) fn show(self, variable: &Name) -> Planned<Select> {
        known_variable(variable)?;
        let name = |text: &str| Name { text: text.to_owned(), at: None };
        let column = |text| Column { table: None, name: name(text) };
        let literal = ast::Literal { kind: ast::Kind::String(variable.text.clone()), at: None };
        self.select(&ast::Select {
            projection: Projection::Columns(vec![(column("value"), name("value"))]),
            from: ast::Relation { table: name(catalog::ST_VAR), alias: name(catalog::ST_VAR) },
            joins: Vec::new(),
            filter: Some(Expr::Compare(
                Comparison::Equal,
                Box::new(Expr::Column(column("name"))),
                Box::new(Expr::Literal(literal)),
            )),
            limit: None,
        })
    }

    /// `SET x TO n` is an INSERT into `st_var`, as in the product.
    pub(crate) fn set(self, variable: &Name, value: &ast::Literal) -> Planned<Change> {
        known_variable(variable)?;
        let inferred = match &value.kind {
            ast::Kind::Number(_) => None,
            ast::Kind::Bool(_) => Some(Type::Bool),
            ast::Kind::String(_) => Some(Type::String),
            ast::Kind::Hex(_) => Some(Type::Bytes),
        };
        if let Some(inferred) = inferred {
            return Err(literal::unexpected(&Type::U64, &inferred).at(value.at));
        }
        let value = Value::Sum(catalog::VAR_U64, Box::new(literal::compared(value, &Type::U64)?));
        let rows = vec![vec![Value::string(&variable.text), value]];
        self.change(&Name { text: catalog::ST_VAR.to_owned(), at: None }, |_, _| Ok(What::Insert(rows)))
    }

    /// `positional`: the list of columns must be there and is not looked at.
    pub(crate) fn insert(
        self,
        table: &Name,
        columns: &[Name],
        rows: &[Vec<ast::Literal>],
        positional: bool,
    ) -> Planned<Change> {
        self.change(table, |_, schema| {
            let wanted = schema.columns.len();
            if columns.len() != wanted && (positional || !columns.is_empty()) {
                let message = format!(
                    "The number of fields ({}) in the INSERT does not match the number of columns ({wanted}) of the table `{}`",
                    columns.len(),
                    schema.name
                );
                return Err(Refusal::new(refusal::SYNTAX, message).at(table.at));
            }
            let targets =
                if positional { (0..wanted).collect() } else { insert_targets(schema, columns)? };
            rows.iter().map(|row| insert_row(schema, &targets, row)).collect::<Planned<_>>().map(What::Insert)
        })
    }

    pub(crate) fn update(
        self,
        table: &Name,
        assignments: &[(Name, ast::Literal)],
        filter: Option<&Expr>,
    ) -> Planned<Change> {
        self.change(table, |scope, schema| {
            let mut values: Vec<(usize, Value)> = Vec::new();
            for (name, value) in assignments {
                let column = target(schema, name)?;
                if values.iter().any(|(known, _)| *known == column) {
                    return Err(duplicate(name, refusal::SYNTAX));
                }
                values.push((column, literal::stored(value, &schema.columns[column].ty)?));
            }
            let filter = filter.map(|filter| scope.predicate(filter)).transpose()?;
            Ok(What::Update(values, filter))
        })
    }

    pub(crate) fn delete(self, table: &Name, filter: Option<&Expr>) -> Planned<Change> {
        self.change(table, |scope, _| {
            filter.map(|filter| scope.predicate(filter)).transpose().map(What::Delete)
        })
    }

    /// A change, if the caller may make it. As in the product, that comes after all else that may be wrong.
    fn change(mut self, table: &Name, what: impl FnOnce(&Self, &Schema) -> Planned<What>) -> Planned<Change> {
        self.add(&ast::Relation { table: table.clone(), alias: table.clone() })?;
        let schema = Arc::clone(&self.sources[0].schema);
        let what = what(&self, &schema)?;
        if !self.database.is_owner(self.session) {
            let caller = self.session.caller;
            let message = format!("Caller {caller} is not authorized to run SQL DML statements");
            return Err(Refusal::new(refusal::INSUFFICIENT_PRIVILEGE, message));
        }
        match self.database.stored(&table.text, self.session) {
            Some(table) => Ok(Change { table, what }),
            None => {
                let message = format!("`{}` is a system table; it cannot be changed", schema.name);
                Err(Refusal::new(refusal::INSUFFICIENT_PRIVILEGE, message).at(table.at))
            }
        }
    }

    fn add(&mut self, relation: &ast::Relation) -> Planned<()> {
        let name = &relation.table;
        let Some((schema, rows)) = self.database.read(&name.text, self.session) else {
            let message =
                format!("no such table: `{}`. If the table exists, it may be marked private.", name.text);
            return Err(Refusal::new(refusal::UNDEFINED_TABLE, message).at(name.at));
        };
        self.sources.push(Source { alias: relation.alias.text.clone(), schema, rows });
        Ok(())
    }

    fn output(&self, projection: &Projection) -> Planned<Output> {
        match projection {
            Projection::Count(name) => Ok(Output::Count(name.text.clone())),
            Projection::Star(None) if self.sources.len() > 1 => {
                Err(Refusal::new(refusal::UNSUPPORTED, "SELECT * is not supported for joins"))
            }
            Projection::Star(None) => Ok(self.all_columns(0)),
            Projection::Star(Some(table)) => self.source(table).map(|source| self.all_columns(source)),
            Projection::Columns(columns) => {
                let mut names = BTreeSet::new();
                let column = |(column, name): &(Column, Name)| {
                    if !names.insert(name.text.clone()) {
                        return Err(duplicate(name, refusal::DUPLICATE_COLUMN));
                    }
                    let at = self.column(column)?;
                    Ok((name.text.clone(), self.type_of(at).clone(), at))
                };
                columns.iter().map(column).collect::<Planned<_>>().map(Output::Columns)
            }
        }
    }

    fn all_columns(&self, source: usize) -> Output {
        let column = |(column, Field { name, ty }): (usize, &Field)| {
            ((*name).to_owned(), ty.clone(), At { source, column })
        };
        Output::Columns(self.sources[source].schema.columns.iter().enumerate().map(column).collect())
    }

    fn join_columns(&self, left: &Column, right: &Column) -> Planned<(At, At)> {
        let (a, b) = (self.column(left)?, self.column(right)?);
        let (expected, found) = (self.type_of(a), self.type_of(b));
        if expected != found {
            return Err(literal::unexpected(found, expected).at(right.name.at));
        }
        comparable(Comparison::Equal, expected, left)?;
        Ok((a, b))
    }

    fn type_of(&self, at: At) -> &Type {
        &self.sources[at.source].schema.columns[at.column].ty
    }

    fn source(&self, table: &Name) -> Planned<usize> {
        self.sources
            .iter()
            .position(|source| source.alias == table.text)
            .ok_or_else(|| not_in_scope(table, refusal::UNDEFINED_TABLE))
    }

    fn column(&self, column: &Column) -> Planned<At> {
        let name = &column.name;
        if let Some(table) = &column.table {
            let source = self.source(table)?;
            let column = self.sources[source].schema.column(&name.text);
            let column = column.ok_or_else(|| not_in_scope(name, refusal::UNDEFINED_COLUMN))?;
            return Ok(At { source, column });
        }
        let found =
            |(source, of): (usize, &Source)| of.schema.column(&name.text).map(|column| At { source, column });
        let found: Vec<At> = self.sources.iter().enumerate().filter_map(found).collect();
        let unqualified = "Names must be qualified when using joins";
        match (self.sources.len(), found.as_slice()) {
            (1, [at]) => Ok(*at),
            (1, _) => Err(not_in_scope(name, refusal::UNDEFINED_COLUMN)),
            (_, []) => Err(not_in_scope(name, refusal::UNDEFINED_COLUMN).in_the_products_words(unqualified)),
            (_, [_]) => Err(Refusal::new(refusal::UNSUPPORTED, unqualified).at(name.at)),
            (_, _) => Err(Refusal::new(refusal::AMBIGUOUS_COLUMN, unqualified).at(name.at)),
        }
    }

    fn predicate(&self, expr: &Expr) -> Planned<Typed> {
        self.typed(expr, Some(&Type::Bool)).map(|(typed, _)| typed)
    }

    /// Types an expression; `expected` is the type that what surrounds it wants.
    fn typed(&self, expr: &Expr, expected: Option<&Type>) -> Planned<(Typed, Type)> {
        match expr {
            Expr::Literal(literal) => match (expected, &literal.kind) {
                (Some(ty), _) => Ok((Typed::Constant(literal::compared(literal, ty)?), ty.clone())),
                (None, ast::Kind::Bool(value)) => Ok((Typed::Constant(Value::Bool(*value)), Type::Bool)),
                (None, _) => {
                    let message = "Cannot resolve type for literal expression";
                    Err(Refusal::new(refusal::INDETERMINATE_DATATYPE, message).at(literal.at))
                }
            },
            Expr::Sender(at) => match expected.unwrap_or(&Type::Identity) {
                ty @ (Type::Identity | Type::Bytes) => {
                    Ok((Typed::Constant(Value::Bytes(self.session.caller.0.to_vec())), ty.clone()))
                }
                ty => Err(literal::unexpected(&Type::Identity, ty).at(*at)),
            },
            Expr::Column(column) => {
                let at = self.column(column)?;
                let ty = self.type_of(at);
                match expected.filter(|expected| *expected != ty) {
                    Some(expected) => Err(literal::unexpected(ty, expected).at(column.name.at)),
                    None => Ok((Typed::Column(at), ty.clone())),
                }
            }
            Expr::All(_) | Expr::Any(_) | Expr::Compare(..)
                if expected.is_some_and(|ty| *ty != Type::Bool) =>
            {
                Err(literal::unexpected(&Type::Bool, expected.unwrap_or(&Type::Bool)))
            }
            Expr::All(links) => Ok((Typed::All(self.predicates(links)?), Type::Bool)),
            Expr::Any(links) => Ok((Typed::Any(self.predicates(links)?), Type::Bool)),
            Expr::Compare(comparison, left, right) => {
                // The side with a type of its own gives the other one its type.
                let literal_first = matches!(**left, Expr::Literal(_) | Expr::Sender(_));
                let (first, second) = if literal_first { (right, left) } else { (left, right) };
                let (first, ty) = self.typed(first, None)?;
                let (second, _) = self.typed(second, Some(&ty))?;
                if !ty.is_comparable() {
                    return Err(invalid_operator(*comparison, &ty));
                }
                let (left, right) = if literal_first { (second, first) } else { (first, second) };
                Ok((Typed::Compare(*comparison, Box::new(left), Box::new(right)), Type::Bool))
            }
        }
    }

    fn predicates(&self, links: &[Expr]) -> Planned<Vec<Typed>> {
        links.iter().map(|link| self.predicate(link)).collect()
    }

    /// `row_limit` holds for everyone but the owner. The estimate is the product's for nested loops.
    fn check_row_limit(&self) -> Planned<()> {
        let Some(limit) = self.database.row_limit().filter(|_| !self.database.is_owner(self.session)) else {
            return Ok(());
        };
        let mut sizes = self.sources.iter().map(|source| source.rows.len() as u64);
        let first = sizes.next().unwrap_or(0);
        let (scanned, _) = sizes.fold((first, first), |(scanned, rows), size| {
            let rows_after = rows.saturating_mul(size);
            (scanned.saturating_add(size).saturating_add(rows_after), rows_after)
        });
        if scanned <= limit {
            return Ok(());
        }
        let message = format!("Estimated cardinality ({scanned} rows) exceeds limit ({limit} rows)");
        Err(Refusal::new(refusal::LIMIT_EXCEEDED, message))
    }
}

/// Refuses every variable but `row_limit`.
pub(crate) fn known_variable(variable: &Name) -> Planned<()> {
    if variable.text == catalog::ROW_LIMIT {
        return Ok(());
    }
    let message = format!("{} is not a valid system variable", variable.text);
    Err(Refusal::new(refusal::UNDEFINED_OBJECT, message).at(variable.at))
}

/// The columns that the values of a row are for.
fn insert_targets(schema: &Schema, columns: &[Name]) -> Planned<Vec<usize>> {
    if columns.is_empty() {
        return Ok((0..schema.columns.len()).collect());
    }
    let mut targets = Vec::new();
    for name in columns {
        let column = target(schema, name)?;
        if targets.contains(&column) {
            return Err(duplicate(name, refusal::DUPLICATE_COLUMN));
        }
        targets.push(column);
    }
    Ok(targets)
}

fn insert_row(schema: &Schema, targets: &[usize], values: &[ast::Literal]) -> Planned<Row> {
    if values.len() != targets.len() {
        let message = format!(
            "Inserting a row with {} values into `{}` which has {} fields",
            values.len(),
            schema.name,
            targets.len()
        );
        let at = values.first().and_then(|value| value.at);
        return Err(Refusal::new(refusal::SYNTAX, message).at(at));
    }
    let mut row = vec![Value::UNIT; targets.len()];
    for (target, value) in targets.iter().zip(values) {
        row[*target] = literal::stored(value, &schema.columns[*target].ty)?;
    }
    Ok(row)
}

fn target(schema: &Schema, name: &Name) -> Planned<usize> {
    schema.column(&name.text).ok_or_else(|| {
        let message = format!("`{}` does not have a field `{}`", schema.name, name.text);
        Refusal::new(refusal::UNDEFINED_COLUMN, message).at(name.at)
    })
}

fn not_in_scope(name: &Name, code: &'static str) -> Refusal {
    Refusal::new(code, format!("`{}` is not in scope", name.text)).at(name.at)
}

fn duplicate(name: &Name, code: &'static str) -> Refusal {
    Refusal::new(code, format!("Duplicate name `{}`", name.text)).at(name.at)
}

fn comparable(comparison: Comparison, ty: &Type, column: &Column) -> Planned<()> {
    if ty.is_comparable() { Ok(()) } else { Err(invalid_operator(comparison, ty).at(column.name.at)) }
}

fn invalid_operator(comparison: Comparison, ty: &Type) -> Refusal {
    let operator = match comparison {
        Comparison::Equal => "=",
        Comparison::NotEqual => "<>",
        Comparison::Less => "<",
        Comparison::LessOrEqual => "<=",
        Comparison::Greater => ">",
        Comparison::GreaterOrEqual => ">=",
    };
    Refusal::new(refusal::UNDEFINED_FUNCTION, format!("Invalid binary operator `{operator}` for type `{ty}`"))
}
