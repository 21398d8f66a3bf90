//! Expressions: each of sqlparser's forms, as what it means.

use super::Analyser;
use super::coerce::How;
use super::types::UNKNOWN;
use crate::engine::SqlError;
use crate::postgresql::sql::expr::{Expr, Node, Type};
use crate::postgresql::sql::known::PLAIN;
use crate::postgresql::sql::stop::Stop;
use crate::postgresql::storage::Oid;
use pgconform_wire::value::numeric::Numeric;
use pgconform_wire::value::{Form as _, Value};
use sqlparser::ast::{self, BinaryOperator, CastKind, Spanned as _, UnaryOperator};

/// The type of truth values.
pub(super) const BOOL: Type = Type::plain(16);

/// The type of rows that nobody named.
pub(super) const RECORD: Oid = 2249;

impl Analyser<'_> {
    /// Analyses an expression.
    pub(crate) fn expr(&mut self, expr: &ast::Expr) -> Result<Expr, Stop> {
        let at = self.position(expr.span());
        match expr {
            ast::Expr::Value(value) => self.literal(&value.value, at),
            ast::Expr::Nested(inner) => self.expr(inner),
            ast::Expr::Identifier(_) | ast::Expr::CompoundIdentifier(_) => self.column(expr),
            ast::Expr::CompoundFieldAccess { root, access_chain } => self.access(root, access_chain),
            ast::Expr::Cast { kind, expr, data_type, .. } => {
                let at = match kind {
                    CastKind::DoubleColon => self.cast_of(expr),
                    _ => self.before(expr, "CAST"),
                };
                self.cast(expr, data_type, at)
            }
            ast::Expr::TypedString(typed) => {
                let to = self.type_named(&typed.data_type)?;
                let literal = self.literal(&typed.value.value, at)?;
                self.coerce_to(literal, to, How::Explicit)
            }
            ast::Expr::Interval(interval) => self.interval(interval),
            ast::Expr::Function(function) => self.call(function),
            ast::Expr::BinaryOp { left, op: BinaryOperator::And, right } => {
                Ok(truth(Node::And(self.truths([left, right], "AND")?), at))
            }
            ast::Expr::BinaryOp { left, op: BinaryOperator::Or, right } => {
                Ok(truth(Node::Or(self.truths([left, right], "OR")?), at))
            }
            ast::Expr::BinaryOp { left, op, right } => self.binary(left, op, right, at),
            ast::Expr::UnaryOp { op: UnaryOperator::Not, expr } => {
                Ok(truth(Node::Not(Box::new(self.truth(expr, "NOT")?)), at))
            }
            ast::Expr::UnaryOp { op, expr } => self.unary(op, expr, at),
            ast::Expr::IsNull(inner) => self.is_null(inner, at),
            ast::Expr::IsNotNull(inner) => self.is_not_null(inner, at),
            ast::Expr::IsTrue(inner) => self.is(inner, Some(true), false, at),
            ast::Expr::IsNotTrue(inner) => self.is(inner, Some(true), true, at),
            ast::Expr::IsFalse(inner) => self.is(inner, Some(false), false, at),
            ast::Expr::IsNotFalse(inner) => self.is(inner, Some(false), true, at),
            ast::Expr::IsUnknown(inner) => self.is(inner, None, false, at),
            ast::Expr::IsNotUnknown(inner) => self.is(inner, None, true, at),
            ast::Expr::IsDistinctFrom(left, right) => self.distinct(left, right, at),
            ast::Expr::IsNotDistinctFrom(left, right) => {
                let distinct = self.distinct(left, right, at)?;
                Ok(truth(Node::Not(Box::new(distinct)), at))
            }
            ast::Expr::Exists { subquery, negated } => {
                let query = self.subquery(subquery)?;
                Ok(negated_if(*negated, truth(Node::Exists(query.into()), at)))
            }
            ast::Expr::Subquery(query) => self.scalar(query, at),
            _ => self.special(expr, at),
        }
    }

    /// An expression that must be true or false, for the clause of this name.
    pub(crate) fn boolean(&mut self, expr: &ast::Expr, clause: &str) -> Result<Expr, Stop> {
        let Some(scope) = self.scopes.last_mut() else { return self.truth(expr, clause) };
        let place = if clause == "JOIN/ON" { "JOIN conditions" } else { clause };
        let outer_clause = std::mem::replace(&mut scope.clause, place.to_owned());
        let aggregates = (clause != "HAVING").then(|| scope.aggregates.take());
        let result = self.truth(expr, clause);
        if let Some(scope) = self.scopes.last_mut() {
            scope.clause = outer_clause;
            if let Some(aggregates) = aggregates {
                scope.aggregates = aggregates;
            }
        }
        result
    }

    /// An expression that must be true or false.
    pub(super) fn truth(&mut self, expr: &ast::Expr, clause: &str) -> Result<Expr, Stop> {
        let expr = self.expr(expr)?;
        if !self.can_coerce(expr.ty.oid, BOOL.oid, How::Implicit) {
            let message = format!(
                "argument of {clause} must be type boolean, not type {}",
                self.type_name(expr.ty.oid)
            );
            return Err(Stop::error("42804", message).at(expr.at));
        }
        self.coerce_to(expr, BOOL, How::Implicit)
    }

    fn truths(&mut self, exprs: [&ast::Expr; 2], clause: &str) -> Result<Vec<Expr>, Stop> {
        exprs.into_iter().map(|expr| self.truth(expr, clause)).collect()
    }

    /// A literal.
    pub(super) fn literal(&mut self, literal: &ast::Value, at: Option<usize>) -> Result<Expr, Stop> {
        let unknown = |value| Expr { ty: Type::plain(UNKNOWN), at, node: Node::Constant(value) };
        match literal {
            ast::Value::Null => Ok(unknown(None)),
            ast::Value::Boolean(value) => Ok(truth(Node::Constant(Some(Value::Bool(*value))), at)),
            ast::Value::Number(digits, _) => number(digits, at),
            ast::Value::Placeholder(name) => self.parameter(name, at),
            ast::Value::SingleQuotedString(text)
            | ast::Value::EscapedStringLiteral(text)
            | ast::Value::UnicodeStringLiteral(text)
            | ast::Value::NationalStringLiteral(text) => Ok(unknown(Some(Value::Text(text.clone())))),
            ast::Value::DollarQuotedString(quoted) => Ok(unknown(Some(Value::Text(quoted.value.clone())))),
            ast::Value::SingleQuotedByteStringLiteral(text) => self.bits(&format!("b{text}"), at),
            ast::Value::HexStringLiteral(text) => self.bits(&format!("x{text}"), at),
            other => Err(Stop::error("42601", format!("syntax error at or near \"{other}\"")).at(at)),
        }
    }

    fn bits(&mut self, text: &str, at: Option<usize>) -> Result<Expr, Stop> {
        const BIT: Oid = 1560;
        let node = Node::Constant(Some(Value::Text(text.to_owned())));
        let literal = Expr { ty: Type::plain(UNKNOWN), at, node };
        self.coerce_to(literal, Type::plain(BIT), How::Implicit)
    }

    fn parameter(&mut self, name: &str, at: Option<usize>) -> Result<Expr, Stop> {
        let number: usize = name.trim_start_matches('$').parse().unwrap_or_default();
        let most = if self.parameters.open { usize::from(u16::MAX) } else { self.parameters.types.len() };
        let Some(index) = number.checked_sub(1).filter(|_| number <= most) else {
            return Err(Stop::error("42P02", format!("there is no parameter {name}")).at(at));
        };
        if self.parameters.types.len() <= index {
            self.parameters.types.resize(index + 1, 0);
        }
        let known = self.parameters.types[index];
        let oid = if known == 0 { UNKNOWN } else { known };
        Ok(Expr { ty: Type::plain(oid), at, node: Node::Parameter(index) })
    }

    fn cast(
        &mut self,
        inner: &ast::Expr,
        data_type: &ast::DataType,
        cast_at: Option<usize>,
    ) -> Result<Expr, Stop> {
        let to = self.type_named(data_type)?;
        if let (ast::Expr::Array(array), Some(element)) = (unnested(inner), self.element_of(to.oid)) {
            let element = Type { oid: element, modifier: to.modifier };
            return self.array_of_type(array, element, to, self.position(inner.span()));
        }
        let expr = self.expr(inner)?;
        let at = expr.at;
        self.coerced(expr, to, How::Explicit).map_err(|stop| stop.at(cast_at).at(at))
    }

    /// INTERVAL '...' fields
    pub(super) fn interval(&mut self, interval: &ast::Interval) -> Result<Expr, Stop> {
        let fields = super::special::interval_fields(interval);
        let precision = interval.fractional_seconds_precision.or(interval.leading_precision);
        let to = self.type_named(&ast::DataType::Interval { fields, precision })?;
        let value = self.expr(&interval.value)?;
        self.coerce_to(value, to, How::Explicit)
    }

    fn is_null(&mut self, inner: &ast::Expr, at: Option<usize>) -> Result<Expr, Stop> {
        let inner = self.expr(inner)?;
        Ok(truth(Node::IsNull(Box::new(inner)), at))
    }

    fn is_not_null(&mut self, inner: &ast::Expr, at: Option<usize>) -> Result<Expr, Stop> {
        let inner = self.expr(inner)?;
        let not_null = |expr| {
            let is_null = truth(Node::IsNull(Box::new(expr)), at);
            truth(Node::Not(Box::new(is_null)), at)
        };
        // A row is not NULL if none of its fields is: that is not the opposite of being NULL.
        let fields = match &inner.node {
            Node::Row(fields) => Some(fields.clone()),
            _ => self.known().fields(inner.ty.oid).map(|fields| {
                let field = |(place, (_, oid, modifier)): (usize, (String, Oid, i32))| Expr {
                    ty: Type { oid, modifier },
                    at,
                    node: Node::Field(Box::new(inner.clone()), place),
                };
                fields.into_iter().enumerate().map(field).collect()
            }),
        };
        Ok(match fields {
            None => not_null(inner),
            Some(fields) => truth(Node::And(fields.into_iter().map(not_null).collect()), at),
        })
    }

    fn is(
        &mut self,
        inner: &ast::Expr,
        what: Option<bool>,
        not: bool,
        at: Option<usize>,
    ) -> Result<Expr, Stop> {
        let word = match what {
            Some(true) => "TRUE",
            Some(false) => "FALSE",
            None => "UNKNOWN",
        };
        let clause = if not { format!("IS NOT {word}") } else { format!("IS {word}") };
        let inner = Box::new(self.truth(inner, &clause)?);
        let node = match what {
            Some(wanted) => Node::Is(wanted, inner),
            None => Node::IsNull(inner),
        };
        Ok(negated_if(not, truth(node, at)))
    }

    fn scalar(&mut self, query: &ast::Query, at: Option<usize>) -> Result<Expr, Stop> {
        let query = self.subquery(query)?;
        match query.columns.as_slice() {
            [column] => Ok(Expr { ty: column.ty, at, node: Node::Scalar(query.into()) }),
            _ => Err(Stop::error("42601", "subquery must return only one column").at(at)),
        }
    }

    /// `SQLSTATE 0A000`: what PostgreSQL can and this server cannot.
    pub(super) fn unsupported(&self, what: impl std::fmt::Display, at: Option<usize>) -> Stop {
        SqlError::error("0A000", format!("{what} is not supported by this server")).at(at).into()
    }
}

/// An expression of type boolean.
pub(super) fn truth(node: Node, at: Option<usize>) -> Expr {
    Expr { ty: BOOL, at, node }
}

/// NOT of an expression, if `negated`.
pub(super) fn negated_if(negated: bool, expr: Expr) -> Expr {
    let at = expr.at;
    if negated { truth(Node::Not(Box::new(expr)), at) } else { expr }
}

/// An expression without its parentheses.
pub(super) fn unnested(expr: &ast::Expr) -> &ast::Expr {
    match expr {
        ast::Expr::Nested(inner) => unnested(inner),
        other => other,
    }
}

/// A number: of the first type of integer, bigint and numeric that can hold it.
pub(super) fn number(digits: &str, at: Option<usize>) -> Result<Expr, Stop> {
    const INT4: Oid = 23;
    const INT8: Oid = 20;
    const NUMERIC: Oid = 1700;
    let integer = i64::input(digits, &PLAIN).ok();
    let (oid, value) = match (integer.and_then(|value| i32::try_from(value).ok()), integer) {
        (Some(value), _) => (INT4, Value::Int4(value)),
        (None, Some(value)) => (INT8, Value::Int8(value)),
        (None, None) => {
            let value = Numeric::input(digits, &PLAIN).map_err(|invalid| Stop::from(invalid).at(at))?;
            (NUMERIC, Value::Numeric(value))
        }
    };
    Ok(Expr { ty: Type::plain(oid), at, node: Node::Constant(Some(value)) })
}
