//! Columns, and what is within them.

use super::super::super::refusal::{Exception, Refusal};
use super::super::super::types::Type;
use super::super::expr::{Expr, TableRef};
use super::super::parse::folded;
use super::{Analyser, Mode, Names, Typed};
use sqlparser::ast;

impl Analyser<'_> {
    /// A column by its name, which may have the table's and the schema's before it.
    pub(super) fn column(&mut self, parts: &[ast::Ident], names: &Names) -> Result<Typed, Refusal> {
        let words: Vec<String> = parts.iter().map(folded).collect();
        self.spend(names.count() / 8)?;
        match self.found(&words, names) {
            Ok((at, ty, _)) => grouped(at, ty, words.last().map_or("", String::as_str), names),
            Err(refusal) => match (words.as_slice(), parts) {
                ([name], [part]) if part.quote_style.is_none() && is_bare_function(name) => {
                    self.call(name, Vec::new())
                }
                _ => Err(refusal),
            },
        }
    }

    /// Where a column is in the row, its type, and the table that it is of.
    fn found(&self, words: &[String], names: &Names) -> Result<(usize, Type, Option<TableRef>), Refusal> {
        let (schema, table, column) = match words {
            [column] => (None, None, column),
            [table, column] => (None, Some(table), column),
            [schema, table, column] => (Some(schema), Some(table), column),
            _ => return Err(unknown(&words.join("."))),
        };
        let matching = |relation: &&super::Relation| {
            table.map_or(!relation.qualified, |table| *table == relation.name)
                && schema.is_none_or(|schema| relation.schema.as_ref() == Some(schema))
        };
        let mut relations = names.relations.iter().filter(matching).peekable();
        if let (Some(table), None) = (table, relations.peek()) {
            let name = schema.map_or_else(|| table.clone(), |schema| format!("{schema}.{table}"));
            return Err(Refusal::new(Exception::RelationUnknown, format!("Relation '{name}' unknown")));
        }
        let mut found = relations.flat_map(|relation| {
            let columns = relation.columns.iter().enumerate().filter(|(_, own)| own.name == *column);
            columns.map(move |(at, own)| (relation.start + at, own.ty.clone(), relation.table.clone()))
        });
        match (found.next(), found.next()) {
            (Some(one), None) => Ok(one),
            (None, _) => Err(unknown(column)),
            _ => {
                let message = format!("Column \"{column}\" is ambiguous");
                Err(Refusal::new(Exception::AmbiguousColumn, message))
            }
        }
    }

    /// `a[1]`, `o['k']['l']`.
    pub(super) fn access(
        &mut self,
        root: &ast::Expr,
        chain: &[ast::AccessExpr],
        names: &mut Names,
    ) -> Result<Typed, Refusal> {
        let (root, chain) = leading(root, chain);
        let mut path = Vec::new();
        let mut table = None;
        let mut typed = match &root {
            Root::Name(parts) => {
                let words: Vec<String> = parts.iter().map(folded).collect();
                let (at, ty, of) = self.found(&words, names)?;
                path.extend(words.last().cloned());
                table = of;
                grouped(at, ty, path.last().map_or("", String::as_str), names)?
            }
            Root::Other(root) => self.expr(root, names)?,
        };
        for link in chain {
            let ast::AccessExpr::Subscript(subscript) = link else {
                return Err(Refusal::unsupported("Fields of row values are not supported"));
            };
            let ast::Subscript::Index { index } = subscript else {
                return Err(Refusal::unsupported("Array slices are not supported"));
            };
            typed = match literal_key(index) {
                Some(key) => {
                    path.push(key.clone());
                    let ty = self.field_type(&typed, &path, table.as_ref())?;
                    Typed::new(Expr::Field(Box::new(typed.expr), key), ty)
                }
                None => {
                    table = None;
                    let index = self.expr(index, names)?;
                    let index = Box::new(self.coerce(index, &Type::Long));
                    let element = match typed.ty {
                        Type::Array(element) => *element,
                        Type::Undefined => Type::Undefined,
                        other => {
                            let message = format!("{other} has no elements: only arrays do");
                            return Err(Refusal::new(Exception::IllegalArgument, message));
                        }
                    };
                    Typed::new(Expr::Element(Box::new(typed.expr), index), element)
                }
            };
        }
        Ok(typed)
    }

    /// The type of an object's field; undefined if it is not known before a value is seen.
    fn field_type(&self, object: &Typed, path: &[String], table: Option<&TableRef>) -> Result<Type, Refusal> {
        match &object.ty {
            Type::Object | Type::GeoShape | Type::Undefined => {}
            Type::Array(element) if **element == Type::Object => {}
            other => {
                let message = format!("{other} has no fields: only objects do");
                return Err(Refusal::new(Exception::IllegalArgument, message));
            }
        }
        if object.ty != Type::Undefined
            && let Some(table) = table
            && let Some(table) = self.scope.node.tables.get(&(table.schema.clone(), table.name.clone()))
        {
            return match table.fields.get(path) {
                Some(ty) if matches!(object.ty, Type::Array(_)) => Ok(Type::Array(Box::new(ty.clone()))),
                Some(ty) => Ok(ty.clone()),
                None => Err(unknown(&subscripted(path))),
            };
        }
        Ok(Type::Undefined)
    }
}

/// `o['k']['l']`
fn subscripted(path: &[String]) -> String {
    let (first, rest) = path.split_first().map_or(("", path), |(first, rest)| (first.as_str(), rest));
    rest.iter().fold(first.to_owned(), |text, key| format!("{text}['{key}']"))
}

/// A column; of a group, if it is one of its keys.
pub(super) fn grouped(at: usize, ty: Type, name: &str, names: &Names) -> Result<Typed, Refusal> {
    let Mode::Groups { keys, .. } = &names.mode else { return Ok(Typed::new(Expr::Column(at), ty)) };
    let key = keys.iter().position(|(_, key)| matches!(key.expr, Expr::Column(own) if own == at));
    key.map(|key| Typed::new(Expr::Column(key), ty)).ok_or_else(|| {
        let message = format!(
            "column '{name}' must appear in the GROUP BY clause or be used in an aggregation function"
        );
        Refusal::new(Exception::IllegalArgument, message)
    })
}

fn unknown(column: &str) -> Refusal {
    Refusal::new(Exception::ColumnUnknown, format!("Column {column} unknown"))
}

/// What may be written without brackets, and is a function.
fn is_bare_function(name: &str) -> bool {
    matches!(name, "current_schema" | "current_user" | "session_user" | "user" | "current_timestamp")
}

/// What a chain of subscripts begins with.
enum Root<'a> {
    Name(Vec<ast::Ident>),
    Other(&'a ast::Expr),
}

/// The name that a chain begins with, and the rest of the chain: `t.o['k']` has it in both.
fn leading<'a>(root: &'a ast::Expr, chain: &'a [ast::AccessExpr]) -> (Root<'a>, &'a [ast::AccessExpr]) {
    let mut parts = match root {
        ast::Expr::Identifier(name) => vec![name.clone()],
        ast::Expr::CompoundIdentifier(parts) => parts.clone(),
        other => return (Root::Other(other), chain),
    };
    let mut chain = chain;
    while let [ast::AccessExpr::Dot(ast::Expr::Identifier(name)), rest @ ..] = chain {
        parts.push(name.clone());
        chain = rest;
    }
    (Root::Name(parts), chain)
}

/// The key of a subscript that is a string.
pub(super) fn literal_key(index: &ast::Expr) -> Option<String> {
    match index {
        ast::Expr::Value(ast::ValueWithSpan { value: ast::Value::SingleQuotedString(key), .. }) => {
            Some(key.clone())
        }
        _ => None,
    }
}
