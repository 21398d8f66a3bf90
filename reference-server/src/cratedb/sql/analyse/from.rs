//! FROM.

use super::super::super::catalog;
use super::super::super::node::Column;
use super::super::super::refusal::{Exception, Refusal};
use super::super::super::types::Type;
use super::super::expr::{Expr, Join, Source, TableRef};
use super::super::parse::folded;
use super::super::statement::Name;
use super::types::unknown_function;
use super::{Analyser, Names, Relation, Typed};
use sqlparser::ast;

/// A source and what it gives names to.
type From = (Source, Vec<Relation>);

impl Analyser<'_> {
    /// The list of FROM: a cross join of its parts.
    pub(super) fn from(&mut self, list: &[ast::TableWithJoins]) -> Result<From, Refusal> {
        let mut whole: Option<From> = None;
        for part in list {
            let mut joined = self.factor(&part.relation)?;
            for join in &part.joins {
                let right = self.factor(&join.relation)?;
                joined = self.join(joined, right, &join.join_operator)?;
            }
            whole = Some(match whole {
                Some(left) => self.joined(left, joined, (false, false), None)?,
                None => joined,
            });
        }
        Ok(whole.unwrap_or((Source::Nothing, Vec::new())))
    }

    fn join(&mut self, left: From, right: From, operator: &ast::JoinOperator) -> Result<From, Refusal> {
        use ast::JoinOperator as Kind;
        let (keeps, constraint) = match operator {
            Kind::Join(constraint) | Kind::Inner(constraint) | Kind::CrossJoin(constraint) => {
                ((false, false), constraint)
            }
            Kind::Left(constraint) | Kind::LeftOuter(constraint) => ((true, false), constraint),
            Kind::Right(constraint) | Kind::RightOuter(constraint) => ((false, true), constraint),
            Kind::FullOuter(constraint) => ((true, true), constraint),
            _ => return Err(Refusal::unsupported("This kind of JOIN is not supported")),
        };
        let on = match constraint {
            ast::JoinConstraint::On(on) => Some(on),
            ast::JoinConstraint::None if matches!(operator, Kind::CrossJoin(_)) => None,
            ast::JoinConstraint::None => {
                return Err(Refusal::new(Exception::SqlParse, "a JOIN needs ON"));
            }
            ast::JoinConstraint::Using(_) | ast::JoinConstraint::Natural => {
                return Err(Refusal::unsupported("JOIN USING and NATURAL JOIN are not supported"));
            }
        };
        self.joined(left, right, keeps, on)
    }

    fn joined(
        &mut self,
        left: From,
        right: From,
        keeps: (bool, bool),
        on: Option<&ast::Expr>,
    ) -> Result<From, Refusal> {
        let width = |relations: &[Relation]| relations.iter().map(|relation| relation.columns.len()).sum();
        let widths: (usize, usize) = (width(&left.1), width(&right.1));
        let mut relations = left.1;
        for relation in right.1 {
            let same = |own: &&Relation| own.name == relation.name && own.schema == relation.schema;
            if let Some(own) = relations.iter().find(same) {
                let message = format!("\"{}\" specified more than once in the FROM clause", own.name);
                return Err(Refusal::new(Exception::AmbiguousColumnAlias, message));
            }
            relations.push(Relation { start: relation.start + widths.0, ..relation });
        }
        let on = match on {
            Some(on) => Some(self.condition(on, &mut Names::new(relations.clone(), "JOIN"))?),
            None => None,
        };
        Ok((Source::Join(Box::new(Join { left: left.0, right: right.0, widths, keeps, on })), relations))
    }

    fn factor(&mut self, factor: &ast::TableFactor) -> Result<From, Refusal> {
        match factor {
            ast::TableFactor::Table {
                name,
                alias,
                args: None,
                version: None,
                with_ordinality: false,
                sample: None,
                json_path: None,
                ..
            } => self.table(name, alias.as_ref()),
            ast::TableFactor::Table { name, alias, args: Some(args), with_ordinality: false, .. } => {
                self.table_function(&name.to_string().to_lowercase(), &args.args, alias.as_ref())
            }
            ast::TableFactor::Function { lateral: false, name, args, with_ordinality: false, alias } => {
                self.table_function(&name.to_string().to_lowercase(), args, alias.as_ref())
            }
            ast::TableFactor::UNNEST {
                alias,
                array_exprs,
                with_offset: false,
                with_ordinality: false,
                ..
            } => {
                let arrays = array_exprs.iter().map(|expr| self.expr(expr, &mut Names::none("FROM")));
                let arrays = arrays.collect::<Result<Vec<_>, _>>()?;
                self.unnest(arrays, alias.as_ref())
            }
            ast::TableFactor::Derived { lateral: false, subquery, alias, sample: None } => {
                let query = self.query(subquery)?;
                let columns = query.columns.clone();
                let Some(alias) = alias else {
                    return Err(Refusal::new(
                        Exception::SqlParse,
                        "subquery in FROM clause must have an alias",
                    ));
                };
                let relation = relation(None, String::new(), columns, Some(alias))?;
                Ok((Source::Query(Box::new(query)), vec![relation]))
            }
            ast::TableFactor::NestedJoin { table_with_joins, alias: None } => {
                self.from(std::slice::from_ref(table_with_joins))
            }
            _ => Err(Refusal::unsupported(format!("{factor} is not supported in FROM"))),
        }
    }

    fn table(&mut self, written: &ast::ObjectName, alias: Option<&ast::TableAlias>) -> Result<From, Refusal> {
        let unknown = || Refusal::new(Exception::RelationUnknown, format!("Relation '{written}' unknown"));
        let name = Name::of(written).ok_or_else(unknown)?;
        let schema = self.schema(&name)?;
        let key = (schema, name.name);
        if let Some(table) = self.scope.node.tables.get(&key) {
            let (schema, name) = key;
            let table =
                TableRef { schema: schema.clone(), name: name.clone(), columns: table.columns.clone() };
            let mut relation = relation(Some(schema), name, table.columns.clone(), alias)?;
            relation.table = Some(table.clone());
            return Ok((Source::Table(table), vec![relation]));
        }
        let table = catalog::table(&key.0, &key.1).ok_or_else(unknown)?;
        let relation = relation(Some(key.0), key.1, table.columns.clone(), alias)?;
        Ok((Source::System(table), vec![relation]))
    }

    fn table_function(
        &mut self,
        name: &str,
        arguments: &[ast::FunctionArg],
        alias: Option<&ast::TableAlias>,
    ) -> Result<From, Refusal> {
        let mut typed = Vec::new();
        for argument in arguments {
            let ast::FunctionArg::Unnamed(ast::FunctionArgExpr::Expr(expr)) = argument else {
                return Err(unknown_function(name, &[]));
            };
            typed.push(self.expr(expr, &mut Names::none("FROM"))?);
        }
        match name.strip_prefix("pg_catalog.").unwrap_or(name) {
            "unnest" => self.unnest(typed, alias),
            "generate_series" if matches!(typed.len(), 2 | 3) => {
                let mut numbers = typed.into_iter().map(|typed| self.coerce(typed, &Type::Long));
                let (Some(start), Some(stop)) = (numbers.next(), numbers.next()) else {
                    return Err(unknown_function(name, &[]));
                };
                let step = numbers.next();
                let columns = vec![Column { name: "col1".to_owned(), ty: Type::Long }];
                let relation = relation(None, "generate_series".to_owned(), columns, alias)?;
                Ok((Source::Series(start, stop, step), vec![relation]))
            }
            "empty_row" if typed.is_empty() => {
                let relation = relation(None, "empty_row".to_owned(), Vec::new(), alias)?;
                Ok((Source::Nothing, vec![relation]))
            }
            _ => {
                let types: Vec<Type> = typed.into_iter().map(|typed| typed.ty).collect();
                Err(unknown_function(name, &types))
            }
        }
    }

    fn unnest(&mut self, arrays: Vec<Typed>, alias: Option<&ast::TableAlias>) -> Result<From, Refusal> {
        let mut columns = Vec::new();
        let mut exprs = Vec::new();
        for typed in arrays {
            let ty = match &typed.ty {
                Type::Array(element) => element.as_ref().clone(),
                Type::Undefined => Type::Undefined,
                other => return Err(unknown_function("unnest", std::slice::from_ref(other))),
            };
            columns.push(Column { name: format!("col{}", columns.len() + 1), ty });
            exprs.push(match typed.expr {
                Expr::Parameter(_) if typed.ty == Type::Undefined => {
                    self.coerce(typed, &Type::Array(Box::new(Type::String)))
                }
                expr => expr,
            });
        }
        let relation = relation(None, "unnest".to_owned(), columns, alias)?;
        Ok((Source::Unnest(exprs), vec![relation]))
    }
}

/// What a part of FROM gives names to.
fn relation(
    schema: Option<String>,
    name: String,
    mut columns: Vec<Column>,
    alias: Option<&ast::TableAlias>,
) -> Result<Relation, Refusal> {
    let Some(alias) = alias else {
        return Ok(Relation { schema, name, columns, start: 0, table: None, qualified: false });
    };
    if !alias.columns.is_empty() {
        if alias.columns.len() > columns.len() {
            let message = "More column aliases are specified than there are columns";
            return Err(Refusal::new(Exception::IllegalArgument, message));
        }
        columns.iter_mut().zip(&alias.columns).for_each(|(column, alias)| column.name = folded(&alias.name));
    }
    Ok(Relation { schema: None, name: folded(&alias.name), columns, start: 0, table: None, qualified: false })
}
