//! Expressions.

use super::super::super::refusal::{Exception, Refusal};
use super::super::super::types::Type;
use super::super::super::value::Value;
use super::super::expr::{Arithmetic, Comparison, Expr, Pattern, Subquery};
use super::super::parse::folded;
use super::types::{is_ordered, resolve_type, unknown_function};
use super::{Analyser, Mode, Names, Typed};
use sqlparser::ast;
use sqlparser::ast::BinaryOperator as Operator;
use std::sync::Arc;

/// How much stack an expression needs, and how much more there is when there is less.
const STACK: (usize, usize) = (256 << 10, 8 << 20);

impl Analyser<'_> {
    /// An expression.
    pub(super) fn expr(&mut self, written: &ast::Expr, names: &mut Names) -> Result<Typed, Refusal> {
        self.spend(1)?;
        if let Mode::Groups { keys, .. } = &names.mode {
            self.spend(keys.len())?;
        }
        if let Mode::Groups { keys, .. } = &names.mode
            && let Some(at) = keys.iter().position(|(key, _)| key == written)
        {
            return Ok(Typed::new(Expr::Column(at), keys[at].1.ty.clone()));
        }
        stacker::maybe_grow(STACK.0, STACK.1, || self.analysed(written, names))
    }

    fn analysed(&mut self, written: &ast::Expr, names: &mut Names) -> Result<Typed, Refusal> {
        match written {
            ast::Expr::Nested(inner) => self.expr(inner, names),
            ast::Expr::Value(value) => self.literal(&value.value),
            ast::Expr::TypedString(typed) => {
                let Some(text) = text(&typed.value.value) else { return Err(unsupported(written)) };
                let expr = Typed::new(Expr::Constant(Some(Value::String(text))), Type::String);
                let ty = resolve_type(&typed.data_type)?;
                Ok(Typed::new(self.coerce(expr, &ty), ty))
            }
            ast::Expr::Identifier(name) => self.column(std::slice::from_ref(name), names),
            ast::Expr::CompoundIdentifier(parts) => self.column(parts, names),
            ast::Expr::CompoundFieldAccess { root, access_chain } => self.access(root, access_chain, names),
            ast::Expr::UnaryOp { op, expr } => self.unary(*op, expr, names),
            ast::Expr::BinaryOp { left, op, right } => self.binary(left, op, right, names),
            ast::Expr::IsNull(expr) => Ok(boolean(Expr::IsNull(Box::new(self.expr(expr, names)?.expr)))),
            ast::Expr::IsNotNull(expr) => {
                Ok(negated(Expr::IsNull(Box::new(self.expr(expr, names)?.expr)), true))
            }
            ast::Expr::IsTrue(expr) => self.truth(expr, true, false, names),
            ast::Expr::IsNotTrue(expr) => self.truth(expr, true, true, names),
            ast::Expr::IsFalse(expr) => self.truth(expr, false, false, names),
            ast::Expr::IsNotFalse(expr) => self.truth(expr, false, true, names),
            ast::Expr::InList { expr, list, negated: not } => {
                let left = self.expr(expr, names)?;
                let mut list =
                    list.iter().map(|item| self.expr(item, names)).collect::<Result<Vec<_>, _>>()?;
                list.insert(0, left);
                let (mut list, _) = self.unified(list)?;
                let left = Box::new(list.remove(0));
                Ok(negated(any(left, Comparison::Equal, false, Expr::Array(list)), *not))
            }
            ast::Expr::InSubquery { expr, subquery, negated: not } => {
                let left = self.expr(expr, names)?;
                let rows = self.subquery(subquery, Subquery::Array)?;
                self.quantified(left, Comparison::Equal, false, rows, *not)
            }
            ast::Expr::AnyOp { left, compare_op, right, .. } => {
                self.any_or_all(left, compare_op, right, false, names)
            }
            ast::Expr::AllOp { left, compare_op, right } => {
                self.any_or_all(left, compare_op, right, true, names)
            }
            ast::Expr::Between { expr, negated: not, low, high } => {
                let (low, high) = (self.expr(low, names)?, self.expr(high, names)?);
                let value = self.expr(expr, names)?;
                let from = self.compare(value.clone(), Comparison::GreaterOrEqual, low)?;
                let to = self.compare(value, Comparison::LessOrEqual, high)?;
                Ok(negated(Expr::And(Box::new(from.expr), Box::new(to.expr)), *not))
            }
            ast::Expr::Like { negated: not, any: false, expr, pattern, escape_char: None } => {
                self.pattern(expr, pattern, Pattern::Like { insensitive: false }, *not, names)
            }
            ast::Expr::ILike { negated: not, any: false, expr, pattern, escape_char: None } => {
                self.pattern(expr, pattern, Pattern::Like { insensitive: true }, *not, names)
            }
            ast::Expr::Cast { kind, expr, data_type, .. } => {
                let to = resolve_type(data_type)?;
                let typed = self.expr(expr, names)?;
                let lenient = matches!(kind, ast::CastKind::TryCast | ast::CastKind::SafeCast);
                let expr = if lenient {
                    let untyped = typed.ty == Type::Undefined && matches!(typed.expr, Expr::Parameter(_));
                    let expr = if untyped { self.coerce(typed, &Type::String) } else { typed.expr };
                    Expr::Cast { expr: Box::new(expr), to: to.clone(), lenient }
                } else {
                    self.coerce(typed, &to)
                };
                Ok(Typed::new(expr, to))
            }
            ast::Expr::Case { operand, conditions, else_result, .. } => {
                self.case(operand.as_deref(), conditions, else_result.as_deref(), names)
            }
            ast::Expr::Array(array) => {
                let elements = array.elem.iter().map(|element| self.expr(element, names));
                let (elements, ty) = {
                    let elements = elements.collect::<Result<Vec<_>, _>>()?;
                    self.unified(elements)?
                };
                Ok(Typed::new(Expr::Array(elements), Type::Array(Box::new(ty))))
            }
            ast::Expr::Dictionary(fields) => {
                let mut object = Vec::new();
                for field in fields {
                    let key = folded(&field.key);
                    self.spend(object.len())?;
                    if object.iter().any(|(known, _)| *known == key) {
                        let message = format!("key '{key}' listed twice in object literal");
                        return Err(Refusal::new(Exception::SqlParse, message));
                    }
                    object.push((key, self.expr(&field.value, names)?.expr));
                }
                Ok(Typed::new(Expr::Object(object), Type::Object))
            }
            ast::Expr::Exists { subquery, negated: not } => {
                let typed = self.subquery(subquery, Subquery::Exists)?;
                Ok(negated(typed.expr, *not))
            }
            ast::Expr::Subquery(query) => self.subquery(query, Subquery::Scalar),
            ast::Expr::Function(function) => self.function(function, names),
            ast::Expr::Extract { field, expr, .. } => {
                let argument = self.expr(expr, names)?;
                let field = field.to_string().to_lowercase();
                self.call(&format!("extract_{}", field.trim_matches('\'')), vec![argument])
            }
            ast::Expr::Ceil {
                expr,
                field: ast::CeilFloorKind::DateTimeField(ast::DateTimeField::NoDateTime),
            } => {
                let argument = self.expr(expr, names)?;
                self.call("ceil", vec![argument])
            }
            ast::Expr::Floor {
                expr,
                field: ast::CeilFloorKind::DateTimeField(ast::DateTimeField::NoDateTime),
            } => {
                let argument = self.expr(expr, names)?;
                self.call("floor", vec![argument])
            }
            ast::Expr::Substring { expr, substring_from: Some(from), substring_for, .. } => {
                let mut arguments = vec![self.expr(expr, names)?, self.expr(from, names)?];
                if let Some(length) = substring_for {
                    arguments.push(self.expr(length, names)?);
                }
                self.call("substr", arguments)
            }
            ast::Expr::Trim { trim_where: None, trim_what: None, expr, trim_characters: None } => {
                let argument = self.expr(expr, names)?;
                self.call("trim", vec![argument])
            }
            ast::Expr::Tuple(_) => Err(Refusal::unsupported("Row values are not supported")),
            other => Err(unsupported(other)),
        }
    }

    fn literal(&mut self, value: &ast::Value) -> Result<Typed, Refusal> {
        let constant = |value: Value| {
            let ty = value.ty();
            Ok(Typed::new(Expr::Constant(Some(value)), ty))
        };
        match value {
            ast::Value::Number(digits, _) => constant(number(digits)?),
            ast::Value::Boolean(value) => constant(Value::Boolean(*value)),
            ast::Value::Null => Ok(Typed::new(Expr::Constant(None), Type::Undefined)),
            ast::Value::Placeholder(name) => self.parameter(name),
            other => match text(other) {
                Some(text) => constant(Value::String(text)),
                None => Err(Refusal::unsupported(format!("The literal {other} is not supported"))),
            },
        }
    }

    fn unary(
        &mut self,
        operator: ast::UnaryOperator,
        expr: &ast::Expr,
        names: &mut Names,
    ) -> Result<Typed, Refusal> {
        match operator {
            ast::UnaryOperator::Not => {
                let expr = self.condition(expr, names)?;
                Ok(negated(expr, true))
            }
            ast::UnaryOperator::Minus | ast::UnaryOperator::Plus => {
                let minus = operator == ast::UnaryOperator::Minus;
                if let ast::Expr::Value(value) = expr
                    && let ast::Value::Number(digits, _) = &value.value
                    && minus
                {
                    let value = number(&format!("-{digits}"))?;
                    let ty = value.ty();
                    return Ok(Typed::new(Expr::Constant(Some(value)), ty));
                }
                let typed = self.expr(expr, names)?;
                if !minus {
                    return Ok(typed);
                }
                let zero = Typed::new(Expr::Constant(Some(Value::Long(0))), Type::Long);
                self.arithmetic(Arithmetic::Subtract, zero, typed)
            }
            other => Err(Refusal::unsupported(format!("The operator {other} is not supported"))),
        }
    }

    fn binary(
        &mut self,
        left: &ast::Expr,
        operator: &Operator,
        right: &ast::Expr,
        names: &mut Names,
    ) -> Result<Typed, Refusal> {
        if let Operator::And | Operator::Or = operator {
            let (left, right) = (self.condition(left, names)?, self.condition(right, names)?);
            let (left, right) = (Box::new(left), Box::new(right));
            let and = *operator == Operator::And;
            return Ok(boolean(if and { Expr::And(left, right) } else { Expr::Or(left, right) }));
        }
        if let Some(comparison) = comparison(operator) {
            let (left, right) = (self.expr(left, names)?, self.expr(right, names)?);
            return self.compare(left, comparison, right);
        }
        let arithmetic = match operator {
            Operator::Plus => Arithmetic::Add,
            Operator::Minus => Arithmetic::Subtract,
            Operator::Multiply => Arithmetic::Multiply,
            Operator::Divide => Arithmetic::Divide,
            Operator::Modulo => Arithmetic::Modulo,
            Operator::PGExp | Operator::BitwiseXor => Arithmetic::Power,
            Operator::StringConcat => {
                let arguments = vec![self.expr(left, names)?, self.expr(right, names)?];
                return self.call("concat", arguments);
            }
            Operator::PGRegexMatch
            | Operator::PGRegexIMatch
            | Operator::PGRegexNotMatch
            | Operator::PGRegexNotIMatch => {
                let insensitive = matches!(operator, Operator::PGRegexIMatch | Operator::PGRegexNotIMatch);
                let not = matches!(operator, Operator::PGRegexNotMatch | Operator::PGRegexNotIMatch);
                return self.pattern(left, right, Pattern::Regex { insensitive }, not, names);
            }
            Operator::PGCustomBinaryOperator(_) => {
                return Err(Refusal::new(Exception::SqlParse, "mismatched input 'OPERATOR'"));
            }
            other => return Err(Refusal::unsupported(format!("The operator {other} is not supported"))),
        };
        let (left, right) = (self.expr(left, names)?, self.expr(right, names)?);
        self.arithmetic(arithmetic, left, right)
    }

    fn arithmetic(&mut self, operator: Arithmetic, left: Typed, right: Typed) -> Result<Typed, Refusal> {
        let number = |typed: Typed| match typed.ty {
            Type::Timestamp => {
                let expr = Expr::Cast { expr: Box::new(typed.expr), to: Type::Long, lenient: false };
                Typed::new(expr, Type::Long)
            }
            _ => typed,
        };
        let (left, right) = (number(left), number(right));
        let types = [left.ty.clone(), right.ty.clone()];
        let name = match operator {
            Arithmetic::Add => "add",
            Arithmetic::Subtract => "subtract",
            Arithmetic::Multiply => "multiply",
            Arithmetic::Divide => "divide",
            Arithmetic::Modulo => "modulus",
            Arithmetic::Power => "power",
        };
        let ty = match self.common(&left, &right) {
            Some(Type::Byte | Type::Short) => Type::Integer,
            Some(Type::Undefined) => Type::Long,
            Some(ty) if ty.is_number() => ty,
            _ => return Err(unknown_function(name, &types)),
        };
        let ty = if operator == Arithmetic::Power { Type::Double } else { ty };
        let (left, right) = (self.coerce(left, &ty), self.coerce(right, &ty));
        Ok(Typed::new(Expr::Arithmetic(operator, Box::new(left), Box::new(right)), ty))
    }

    pub(super) fn compare(
        &mut self,
        left: Typed,
        comparison: Comparison,
        right: Typed,
    ) -> Result<Typed, Refusal> {
        let types = [left.ty.clone(), right.ty.clone()];
        let (left, right, ty) = self.together(left, right, symbol(comparison))?;
        let equality = matches!(comparison, Comparison::Equal | Comparison::Different);
        if !equality && !is_ordered(&ty) {
            return Err(unknown_function(&format!("op_{}", symbol(comparison)), &types));
        }
        Ok(boolean(Expr::Compare(comparison, Box::new(left), Box::new(right))))
    }

    /// `op ANY (array)`, `op ALL (array)`.
    fn any_or_all(
        &mut self,
        left: &ast::Expr,
        operator: &Operator,
        right: &ast::Expr,
        all: bool,
        names: &mut Names,
    ) -> Result<Typed, Refusal> {
        let Some(comparison) = comparison(operator) else {
            return Err(Refusal::unsupported(format!("{operator} ANY and ALL are not supported")));
        };
        let left = self.expr(left, names)?;
        let right = match right {
            ast::Expr::Subquery(query) => self.subquery(query, Subquery::Array)?,
            ast::Expr::Nested(inner) => match inner.as_ref() {
                ast::Expr::Subquery(query) => self.subquery(query, Subquery::Array)?,
                inner => self.expr(inner, names)?,
            },
            other => self.expr(other, names)?,
        };
        self.quantified(left, comparison, all, right, false)
    }

    fn quantified(
        &mut self,
        left: Typed,
        comparison: Comparison,
        all: bool,
        array: Typed,
        not: bool,
    ) -> Result<Typed, Refusal> {
        let element = match &array.ty {
            Type::Array(element) => element.as_ref().clone(),
            Type::Undefined => left.ty.clone(),
            other => {
                let name = if all { "_all_" } else { "any_" };
                let types = [left.ty, other.clone()];
                return Err(unknown_function(&format!("{name}{}", symbol(comparison)), &types));
            }
        };
        // The elements stand in for the array.
        let of_array =
            Typed::new(if array.is_loose() { Expr::Constant(None) } else { Expr::Column(0) }, element);
        let Some(ty) = self.common(&left, &of_array) else {
            return Err(unknown_function(&format!("any_{}", symbol(comparison)), &[left.ty, array.ty]));
        };
        let left = self.coerce(left, &ty);
        let array = self.coerce(array, &Type::Array(Box::new(ty)));
        Ok(negated(any(Box::new(left), comparison, all, array), not))
    }

    /// A condition: a boolean.
    pub(super) fn condition(&mut self, written: &ast::Expr, names: &mut Names) -> Result<Expr, Refusal> {
        let typed = self.expr(written, names)?;
        match typed.ty {
            Type::Boolean | Type::Undefined => Ok(self.coerce(typed, &Type::Boolean)),
            ref other => {
                let message =
                    format!("Cannot cast {other} to type boolean: a condition must be of type boolean");
                Err(Refusal::new(Exception::Conversion, message))
            }
        }
    }

    /// IS [NOT] TRUE, IS [NOT] FALSE.
    fn truth(
        &mut self,
        expr: &ast::Expr,
        value: bool,
        not: bool,
        names: &mut Names,
    ) -> Result<Typed, Refusal> {
        let expr = self.condition(expr, names)?;
        let value = Expr::Constant(Some(Value::Boolean(value)));
        let same = Expr::Compare(Comparison::Equal, Box::new(expr), Box::new(value));
        let same = Expr::Coalesce(vec![same, Expr::Constant(Some(Value::Boolean(false)))]);
        Ok(negated(same, not))
    }

    fn pattern(
        &mut self,
        expr: &ast::Expr,
        pattern: &ast::Expr,
        kind: Pattern,
        not: bool,
        names: &mut Names,
    ) -> Result<Typed, Refusal> {
        let (expr, pattern) = (self.expr(expr, names)?, self.expr(pattern, names)?);
        if !matches!(expr.ty, Type::String | Type::Undefined | Type::Ip) && !expr.is_loose() {
            return Err(unknown_function("op_like", &[expr.ty, pattern.ty]));
        }
        let expr = Box::new(self.coerce(expr, &Type::String));
        let pattern = Box::new(self.coerce(pattern, &Type::String));
        Ok(negated(Expr::Like { expr, pattern, kind }, not))
    }

    fn case(
        &mut self,
        operand: Option<&ast::Expr>,
        conditions: &[ast::CaseWhen],
        otherwise: Option<&ast::Expr>,
        names: &mut Names,
    ) -> Result<Typed, Refusal> {
        let operand = operand.map(|operand| self.expr(operand, names)).transpose()?;
        let (mut tests, mut results) = (Vec::new(), Vec::new());
        for when in conditions {
            tests.push(match &operand {
                Some(operand) => {
                    let value = self.expr(&when.condition, names)?;
                    self.compare(operand.clone(), Comparison::Equal, value)?.expr
                }
                None => self.condition(&when.condition, names)?,
            });
            results.push(self.expr(&when.result, names)?);
        }
        results.push(match otherwise {
            Some(otherwise) => self.expr(otherwise, names)?,
            None => Typed::new(Expr::Constant(None), Type::Undefined),
        });
        let (mut results, ty) = self.unified(results)?;
        let otherwise = Box::new(results.pop().unwrap_or(Expr::Constant(None)));
        Ok(Typed::new(Expr::Case { branches: tests.into_iter().zip(results).collect(), otherwise }, ty))
    }

    fn subquery(&mut self, query: &ast::Query, kind: Subquery) -> Result<Typed, Refusal> {
        let query = self.query(query)?;
        let ty = match (kind, query.columns.as_slice()) {
            (Subquery::Exists, _) => Type::Boolean,
            (Subquery::Scalar, [column]) => column.ty.clone(),
            (Subquery::Array, [column]) => Type::Array(Box::new(column.ty.clone())),
            _ => return Err(Refusal::unsupported("Subqueries with more than 1 column are not supported.")),
        };
        Ok(Typed::new(Expr::Subquery(Arc::new(query), kind), ty))
    }
}

fn boolean(expr: Expr) -> Typed {
    Typed::new(expr, Type::Boolean)
}

fn negated(expr: Expr, not: bool) -> Typed {
    boolean(if not { Expr::Not(Box::new(expr)) } else { expr })
}

fn any(left: Box<Expr>, comparison: Comparison, all: bool, array: Expr) -> Expr {
    Expr::Quantified { left, comparison, all, array: Box::new(array) }
}

/// A number as it is written: without a point or an exponent it is a `long`.
fn number(digits: &str) -> Result<Value, Refusal> {
    let wrong = || Refusal::new(Exception::IllegalArgument, format!("The number {digits} is too large"));
    if digits.contains(['.', 'e', 'E']) {
        return digits
            .parse()
            .ok()
            .filter(|value: &f64| value.is_finite())
            .map(Value::Double)
            .ok_or_else(wrong);
    }
    digits.parse().map(Value::Long).map_err(|_| wrong())
}

/// The text of a string literal.
fn text(value: &ast::Value) -> Option<String> {
    match value {
        ast::Value::SingleQuotedString(text) | ast::Value::EscapedStringLiteral(text) => Some(text.clone()),
        _ => None,
    }
}

fn comparison(operator: &Operator) -> Option<Comparison> {
    Some(match operator {
        Operator::Eq => Comparison::Equal,
        Operator::NotEq => Comparison::Different,
        Operator::Lt => Comparison::Less,
        Operator::LtEq => Comparison::LessOrEqual,
        Operator::Gt => Comparison::Greater,
        Operator::GtEq => Comparison::GreaterOrEqual,
        _ => return None,
    })
}

fn symbol(comparison: Comparison) -> &'static str {
    match comparison {
        Comparison::Equal => "=",
        Comparison::Different => "<>",
        Comparison::Less => "<",
        Comparison::LessOrEqual => "<=",
        Comparison::Greater => ">",
        Comparison::GreaterOrEqual => ">=",
    }
}

fn unsupported(written: &ast::Expr) -> Refusal {
    Refusal::unsupported(format!("The expression {written} is not supported"))
}
