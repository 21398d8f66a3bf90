//! References: columns, whole rows, fields, elements.

use super::Analyser;
use super::coerce::How;
use super::expr::RECORD;
use crate::engine::SqlError;
use crate::postgresql::lookup::name;
use crate::postgresql::sql::expr::{Expr, Node, Type};
use crate::postgresql::sql::stop::Stop;
use crate::postgresql::storage::Oid;
use sqlparser::ast::{self, AccessExpr, Ident, Spanned as _, Subscript};

/// Types of small arrays of their own.
const INT2VECTOR: Oid = 22;
const OIDVECTOR: Oid = 30;
const JSONB: Oid = 3802;
const INT4: Type = Type::plain(23);

impl Analyser<'_> {
    /// A column, or a row of a table.
    pub(super) fn column(&mut self, expr: &ast::Expr) -> Result<Expr, Stop> {
        let at = self.position(expr.span());
        match expr {
            ast::Expr::CompoundIdentifier(parts) => self.qualified(parts, at),
            ast::Expr::Identifier(ident) => self.unqualified(ident, at),
            other => Err(self.unsupported(other, at)),
        }
    }

    fn unqualified(&mut self, ident: &Ident, at: Option<usize>) -> Result<Expr, Stop> {
        let wanted = name(ident);
        if ident.quote_style.is_none()
            && let Some(word) = self.word(&wanted, None, at)?
        {
            return Ok(word);
        }
        for depth in 0..self.scopes.len() {
            let found = self.find(depth, |visible| !visible.qualified_only && visible.column.name == wanted);
            match found.as_slice() {
                [] => {}
                [index] => return Ok(self.reference(depth, *index, at)),
                _ => return Err(ambiguous(&wanted).at(at)),
            }
        }
        if let Some(row) = self.whole_row(&wanted, at) {
            return Ok(row);
        }
        let error = SqlError::error("42703", format!("column \"{wanted}\" does not exist"));
        if let Some(table) = self.hidden_table_with(&wanted) {
            let detail = format!(
                "There is a column named \"{wanted}\" in table \"{table}\", but it cannot be referenced from this part of the query."
            );
            let hint = "To reference that column, you must mark this subquery with LATERAL.";
            return Err(error.detail(detail).hint(hint).at(at).into());
        }
        Err(self.hinted(error, None, &wanted).at(at).into())
    }

    fn qualified(&mut self, parts: &[Ident], at: Option<usize>) -> Result<Expr, Stop> {
        let names: Vec<String> = parts.iter().map(name).collect();
        let [.., table, wanted] = names.as_slice() else { return Err(self.unsupported("this name", at)) };
        for depth in 0..self.scopes.len() {
            let of_table = |visible: &super::Visible| visible.table.as_ref() == Some(table);
            let found = self.find(depth, |visible| of_table(visible) && visible.column.name == *wanted);
            match found.as_slice() {
                [] => {}
                [index] => return Ok(self.reference(depth, *index, at)),
                _ => return Err(ambiguous(wanted).at(at)),
            }
            if !self.find(depth, of_table).is_empty() {
                let error = SqlError::error("42703", format!("column {table}.{wanted} does not exist"));
                return Err(self.hinted(error, Some(table), wanted).at(at).into());
            }
        }
        Err(self.no_table(table).at(at).into())
    }

    fn find(&self, depth: usize, wanted: impl Fn(&super::Visible) -> bool) -> Vec<usize> {
        let scope = self.scopes.len().checked_sub(depth + 1).and_then(|at| self.scopes.get(at));
        let columns = scope.filter(|scope| !scope.hidden).map_or(&[][..], |scope| &scope.columns);
        columns.iter().enumerate().filter(|(_, visible)| wanted(visible)).map(|(index, _)| index).collect()
    }

    fn reference(&self, depth: usize, index: usize, at: Option<usize>) -> Expr {
        let ty = self.scopes[self.scopes.len() - depth - 1].columns[index].column.ty;
        Expr { ty, at, node: Node::Column { depth, index } }
    }

    /// The row of a table in sight, as one value.
    pub(crate) fn whole_row(&self, table: &str, at: Option<usize>) -> Option<Expr> {
        for depth in 0..self.scopes.len() {
            let found = self.find(depth, |visible| visible.table.as_deref() == Some(table));
            if found.is_empty() {
                continue;
            }
            let scope = &self.scopes[self.scopes.len() - depth - 1];
            let own: Vec<usize> = found.into_iter().filter(|index| !scope.columns[*index].system).collect();
            let origin = |index: &usize| scope.columns[*index].column.origin.map(|(relation, _)| relation);
            let relation = own.first().and_then(origin);
            let same = own.iter().all(|index| origin(index) == relation);
            let row_type = relation
                .filter(|_| same)
                .and_then(|oid| self.database.relation(oid, self.snapshot))
                .map_or(RECORD, |relation| relation.row_type);
            let fields = own.into_iter().map(|index| self.reference(depth, index, at)).collect();
            return Some(Expr { ty: Type::plain(row_type), at, node: Node::Row(fields) });
        }
        None
    }

    /// With the hint which column may have been meant: the only one in sight whose name is nearly the same.
    fn hinted(&self, error: SqlError, table: Option<&str>, wanted: &str) -> SqlError {
        const MOST: usize = 3;
        let visible =
            self.scopes.iter().rev().flat_map(|scope| &scope.columns).filter(|visible| !visible.system);
        let mut best: Vec<(usize, String)> = Vec::new();
        for visible in visible {
            let of = visible.table.as_deref().unwrap_or_default();
            let from_table = table.map_or(0, |table| distance(table, of));
            let far = distance(wanted, &visible.column.name) + from_table;
            let near = far <= MOST && 2 * far <= wanted.chars().count();
            if near && best.first().is_none_or(|(least, _)| far <= *least) {
                best.retain(|(least, _)| *least == far);
                best.push((far, format!("{of}.{}", visible.column.name)));
            }
        }
        match best.as_slice() {
            [(_, only)] => error.hint(format!("Perhaps you meant to reference the column \"{only}\".")),
            [(_, first), (_, second)] => {
                let hint = format!(
                    "Perhaps you meant to reference the column \"{first}\" or the column \"{second}\"."
                );
                error.hint(hint)
            }
            _ => error,
        }
    }

    /// ROOT[...], ROOT.field
    pub(super) fn access(&mut self, root: &ast::Expr, chain: &[AccessExpr]) -> Result<Expr, Stop> {
        let mut chain = chain.iter().peekable();
        let mut expr = match (root, chain.peek()) {
            // `(table).column` is what `table.column` is: only so a row without a type of its own knows its columns.
            (ast::Expr::Nested(inner), Some(AccessExpr::Dot(ast::Expr::Identifier(field)))) => match &**inner
            {
                ast::Expr::Identifier(table) if self.whole_row(&name(table), None).is_some() => {
                    chain.next();
                    self.qualified(&[table.clone(), field.clone()], self.position(table.span))?
                }
                _ => self.expr(root)?,
            },
            (ast::Expr::Identifier(table), Some(AccessExpr::Dot(ast::Expr::Identifier(own))))
                if self.is_table(&name(table)) =>
            {
                chain.next();
                self.qualified(&[table.clone(), own.clone()], self.position(table.span))?
            }
            _ => self.expr(root)?,
        };
        while let Some(access) = chain.next() {
            expr = match access {
                AccessExpr::Dot(ast::Expr::Identifier(field)) => self.field(expr, field)?,
                AccessExpr::Dot(other) => return Err(self.unsupported(other, expr.at)),
                AccessExpr::Subscript(first) => {
                    let mut subscripts = vec![first];
                    while let Some(AccessExpr::Subscript(next)) = chain.peek() {
                        subscripts.push(next);
                        chain.next();
                    }
                    self.subscripted(expr, &subscripts)?
                }
            };
        }
        Ok(expr)
    }

    /// Whether a table of this name is in sight, and no column.
    fn is_table(&self, wanted: &str) -> bool {
        let columns = || self.scopes.iter().flat_map(|scope| &scope.columns);
        columns().any(|visible| visible.table.as_deref() == Some(wanted))
            && !columns().any(|visible| visible.column.name == wanted && !visible.qualified_only)
    }

    /// A field of a row.
    pub(super) fn field(&mut self, row: Expr, field: &Ident) -> Result<Expr, Stop> {
        let wanted = name(field);
        let at = row.at;
        let row_name = self.type_name(row.ty.oid);
        if let Node::Row(fields) = &row.node
            && row.ty.oid == RECORD
        {
            // The fields of an anonymous row are called f1, f2 and so on.
            let number = wanted.strip_prefix('f').and_then(|number| number.parse::<usize>().ok());
            if let Some(found) = number.and_then(|number| fields.get(number.checked_sub(1)?)) {
                return Ok(found.clone());
            }
        }
        if row.ty.oid == RECORD
            && let Some(fields) = self.fields(row.ty)
            && let Some((place, (_, ty))) =
                fields.into_iter().enumerate().find(|(_, (own, _))| *own == wanted)
        {
            return Ok(Expr { ty, at, node: Node::Field(Box::new(row), place) });
        }
        if row.ty.oid == RECORD {
            let message = format!("could not identify column \"{wanted}\" in record data type");
            return Err(Stop::error("42703", message).at(at));
        }
        let Some(fields) = self.known().fields(row.ty.oid) else {
            let message = format!(
                "column notation .{wanted} applied to type {row_name}, which is not a composite type"
            );
            return Err(Stop::error("42809", message).at(at));
        };
        let found = fields.into_iter().enumerate().find(|(_, (name, _, _))| *name == wanted);
        let Some((place, (_, oid, modifier))) = found else {
            let message = format!("column \"{wanted}\" not found in data type {row_name}");
            return Err(Stop::error("42703", message).at(at));
        };
        Ok(Expr { ty: Type { oid, modifier }, at: row.at, node: Node::Field(Box::new(row), place) })
    }

    fn subscripted(&mut self, array: Expr, subscripts: &[&Subscript]) -> Result<Expr, Stop> {
        let at = array.at;
        let element = match self.base(array.ty.oid) {
            INT2VECTOR => Some(21),
            OIDVECTOR => Some(26),
            JSONB => return self.json_subscripted(array, subscripts),
            oid => self.element_of(oid),
        };
        let Some(element) = element else {
            let name = self.type_name(array.ty.oid);
            let message = format!("cannot subscript type {name} because it does not support subscripting");
            return Err(Stop::error("42804", message).at(at));
        };
        let mut indexes = Vec::new();
        for subscript in subscripts {
            let Subscript::Index { index } = subscript else {
                return Err(self.unsupported("an array slice", at));
            };
            let index = self.expr(index)?;
            if !self.can_coerce(index.ty.oid, INT4.oid, How::Assignment) {
                return Err(Stop::error("42804", "array subscript must have type integer").at(index.at));
            }
            indexes.push(self.coerce_to(index, INT4, How::Assignment)?);
        }
        let ty = Type { oid: element, modifier: array.ty.modifier };
        Ok(Expr { ty, at, node: Node::Subscript(Box::new(array), indexes) })
    }

    fn json_subscripted(&mut self, value: Expr, subscripts: &[&Subscript]) -> Result<Expr, Stop> {
        let at = value.at;
        let mut value = value;
        for subscript in subscripts {
            let Subscript::Index { index } = subscript else {
                return Err(Stop::error("0A000", "jsonb subscript does not support slices").at(at));
            };
            let index = self.expr(index)?;
            value = self.operate("->", vec![value, index], at)?;
        }
        Ok(value)
    }
}

fn ambiguous(column: &str) -> Stop {
    Stop::error("42702", format!("column reference \"{column}\" is ambiguous"))
}

/// How many characters must be inserted, deleted or replaced to make one word of another.
fn distance(from: &str, to: &str) -> usize {
    let to: Vec<char> = to.chars().collect();
    let mut row: Vec<usize> = (0..=to.len()).collect();
    for (line, from) in from.chars().enumerate() {
        let mut diagonal = row[0];
        row[0] = line + 1;
        for (at, to) in to.iter().enumerate() {
            let replaced = diagonal + usize::from(from != *to);
            diagonal = row[at + 1];
            row[at + 1] = replaced.min(row[at] + 1).min(diagonal + 1);
        }
    }
    row.last().copied().unwrap_or_default()
}
