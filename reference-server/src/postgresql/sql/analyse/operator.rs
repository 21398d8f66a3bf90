//! Operators: which function they mean, and where they stand.

use super::Analyser;
use super::coerce::How;
use super::expr::{BOOL, number, truth, unnested};
use super::resolve::{Callee, Candidate, Choice};
use crate::engine::SqlError;
use crate::postgresql::sql::expr::{Expr, Node, Type};
use crate::postgresql::sql::function::Function;
use crate::postgresql::sql::operators;
use crate::postgresql::sql::stop::Stop;
use crate::postgresql::storage::Oid;
use sqlparser::ast::{self, BinaryOperator, Spanned as _, UnaryOperator};
use sqlparser::dialect::PostgreSqlDialect;
use sqlparser::tokenizer::{Location, Span, Tokenizer};

impl Analyser<'_> {
    /// LEFT op RIGHT.
    pub(super) fn binary(
        &mut self,
        left: &ast::Expr,
        op: &BinaryOperator,
        right: &ast::Expr,
        at: Option<usize>,
    ) -> Result<Expr, Stop> {
        let name = symbol(op);
        let operator_at = |analyser: &Self| analyser.between(left, &op.to_string(), right);
        let (left_expr, right_expr) = (self.expr(left)?, self.expr(right)?);
        match (left_expr, right_expr) {
            (Expr { node: Node::Row(lefts), .. }, Expr { node: Node::Row(rights), .. }) => {
                let place = operator_at(self);
                self.rows(&name, lefts, rights, at).map_err(|stop| stop.at(place))
            }
            (left, right) => {
                let operated = self.operate(&name, vec![left, right], at);
                operated.map_err(|stop| stop.at(operator_at(self)))
            }
        }
    }

    /// op EXPR.
    pub(super) fn unary(
        &mut self,
        op: &UnaryOperator,
        inner: &ast::Expr,
        at: Option<usize>,
    ) -> Result<Expr, Stop> {
        let name = op.to_string();
        if let (UnaryOperator::Minus, ast::Expr::Value(value)) = (op, inner)
            && let ast::Value::Number(digits, _) = &value.value
        {
            return number(&format!("-{digits}"), self.before(inner, &name).or(at));
        }
        let operand = self.expr(inner)?;
        self.operate(&name, vec![operand], at).map_err(|stop| stop.at(self.before(inner, &name)))
    }

    /// The call that an operator means. An error of looking for it does not say where.
    pub(super) fn operate(
        &mut self,
        name: &str,
        operands: Vec<Expr>,
        at: Option<usize>,
    ) -> Result<Expr, Stop> {
        let types: Vec<Oid> = operands.iter().map(|operand| operand.ty.oid).collect();
        let candidate = self.operator(name, &types)?;
        self.called(candidate, operands, at)
    }

    /// The function of an operator, and the types that it takes.
    fn operator(&self, name: &str, types: &[Oid]) -> Result<Candidate, Stop> {
        let candidates = operators::named(name, types.len()).filter_map(Candidate::operator).collect();
        match self.choose_operator(candidates, types) {
            Choice::One(candidate) => Ok(candidate),
            Choice::None => Err(self.no_operator(name, types, "does not exist", "42883")),
            Choice::Ambiguous => Err(self.no_operator(name, types, "is not unique", "42725")),
        }
    }

    fn no_operator(&self, name: &str, types: &[Oid], what: &str, code: &'static str) -> Stop {
        let names: Vec<String> = types.iter().map(|oid| self.type_name(*oid)).collect();
        let call = match names.as_slice() {
            [left, right] => format!("{left} {name} {right}"),
            names => format!("{name} {}", names.join(" ")),
        };
        let sort = if types.len() == 2 {
            "types. You might need to add explicit type casts."
        } else {
            "type. You might need to add an explicit type cast."
        };
        let hint = match code {
            "42883" => format!("No operator matches the given name and argument {sort}"),
            _ => "Could not choose a best candidate operator. You might need to add explicit type casts."
                .to_owned(),
        };
        SqlError::error(code, format!("operator {what}: {call}")).hint(hint).into()
    }

    /// The function of an operator between two types, which must give a truth value, with what it takes.
    pub(super) fn comparison(
        &self,
        name: &str,
        left: Oid,
        right: Oid,
    ) -> Result<(&'static Function, [Oid; 2]), Stop> {
        let candidate = self.operator(name, &[left, right])?;
        let (types, _) = self.bind_types(&[left, right], &candidate.arguments)?;
        let Callee::BuiltIn(function) = candidate.callee else {
            return Err(self.no_operator(name, &[left, right], "does not exist", "42883"));
        };
        if function.returns != BOOL.oid {
            return Err(Stop::error("42809", "op ANY/ALL (array) requires operator to yield boolean"));
        }
        let [first, second] = types[..] else {
            return Err(self.no_operator(name, &[left, right], "does not exist", "42883"));
        };
        Ok((function, [first, second]))
    }

    /// IS DISTINCT FROM.
    pub(super) fn distinct(
        &mut self,
        left: &ast::Expr,
        right: &ast::Expr,
        at: Option<usize>,
    ) -> Result<Expr, Stop> {
        let place = self.between(left, "IS", right);
        let (left, right) = (self.expr(left)?, self.expr(right)?);
        let equality = self.comparison("=", left.ty.oid, right.ty.oid);
        let (function, [first, second]) = equality.map_err(|stop| stop.at(place))?;
        let left = Box::new(self.coerce_to(left, Type::plain(first), How::Implicit)?);
        let right = Box::new(self.coerce_to(right, Type::plain(second), How::Implicit)?);
        Ok(truth(Node::IsDistinct(function, left, right), at))
    }

    /// A comparison of rows, field by field.
    pub(super) fn rows(
        &mut self,
        name: &str,
        left: Vec<Expr>,
        right: Vec<Expr>,
        at: Option<usize>,
    ) -> Result<Expr, Stop> {
        if left.len() != right.len() {
            return Err(Stop::error("42601", "unequal number of entries in row expressions"));
        }
        if left.is_empty() {
            return Err(Stop::error("0A000", "cannot compare rows of zero length"));
        }
        let pairs: Vec<(Expr, Expr)> = left.into_iter().zip(right).collect();
        let mut fields = |name: &str| -> Result<Vec<Expr>, Stop> {
            pairs
                .iter()
                .map(|(left, right)| self.operate(name, vec![left.clone(), right.clone()], at))
                .collect()
        };
        let strict = match name {
            "=" => return Ok(truth(Node::And(fields("=")?), at)),
            "<>" => return Ok(truth(Node::Or(fields("<>")?), at)),
            "<" | "<=" => "<",
            ">" | ">=" => ">",
            _ => {
                return Err(Stop::error(
                    "0A000",
                    format!("could not determine interpretation of row comparison operator {name}"),
                ));
            }
        };
        let (equal, before) = (fields("=")?, fields(strict)?);
        let last = fields(name)?;
        // The first fields that differ decide; if none of the others do, the last ones.
        let mut result = last.into_iter().next_back();
        for (equal, before) in equal.into_iter().zip(before).rev().skip(1) {
            let rest = result.into_iter().collect::<Vec<_>>();
            let same = truth(Node::And([vec![equal], rest].concat()), at);
            result = Some(truth(Node::Or(vec![before, same]), at));
        }
        Ok(result.unwrap_or(truth(Node::Constant(None), at)))
    }

    /// Where an operator stands between its operands, in characters from 1.
    pub(super) fn between(&self, left: &ast::Expr, op: &str, right: &ast::Expr) -> Option<usize> {
        self.token(left.span().end, Some(right.span().start), op)
    }

    /// Where the first such token behind an expression stands.
    pub(super) fn after(&self, expr: &ast::Expr, token: &str) -> Option<usize> {
        self.token(expr.span().end, None, token)
    }

    /// Where the `::` of a cast of this expression stands: behind those of the casts in it.
    pub(super) fn cast_of(&self, expr: &ast::Expr) -> Option<usize> {
        let mut inner = expr;
        let mut casts = 0;
        loop {
            inner = match unnested(inner) {
                ast::Expr::Cast { kind: ast::CastKind::DoubleColon, expr, .. } => {
                    casts += 1;
                    expr
                }
                _ => break,
            };
        }
        let tokens = self.tokens(inner.span().end, None, "::");
        tokens.get(casts).and_then(|span| self.position(*span))
    }

    /// Where the last such token before an expression stands.
    pub(super) fn before(&self, expr: &ast::Expr, op: &str) -> Option<usize> {
        self.tokens(Location::new(1, 1), Some(expr.span().start), op)
            .last()
            .and_then(|span| self.position(*span))
    }

    /// Where the first such word in the statement stands: for what has no place of its own.
    pub(super) fn keyword(&self, word: &str) -> Option<usize> {
        self.token(Location::new(1, 1), None, word)
    }

    fn token(&self, from: Location, to: Option<Location>, text: &str) -> Option<usize> {
        self.tokens(from, to, text).first().and_then(|span| self.position(*span))
    }

    /// The places of a token within a part of the query string.
    fn tokens(&self, from: Location, to: Option<Location>, text: &str) -> Vec<Span> {
        let tokens = Tokenizer::new(&PostgreSqlDialect {}, self.text).tokenize_with_location();
        let inside = |span: &Span| span.start >= from && to.is_none_or(|to| span.start < to);
        let alike = |token: &sqlparser::tokenizer::Token| {
            let token = token.to_string();
            token.eq_ignore_ascii_case(text) || (text == "<>" && token == "!=")
        };
        let found = tokens.unwrap_or_default().into_iter();
        found.filter(|token| inside(&token.span) && alike(&token.token)).map(|token| token.span).collect()
    }
}

/// The name of an operator in `pg_operator`.
pub(super) fn symbol(op: &BinaryOperator) -> String {
    match op {
        BinaryOperator::PGCustomBinaryOperator(parts) => parts.last().cloned().unwrap_or_default(),
        BinaryOperator::BitwiseXor => "^".to_owned(),
        other => other.to_string(),
    }
}
