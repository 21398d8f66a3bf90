//! How a value of one type becomes one of another: which way there is, and the expression that goes it.

use super::Analyser;
use super::types::UNKNOWN;
use crate::engine::SqlError;
use crate::postgresql::sql::cast::{self, Method};
use crate::postgresql::sql::expr::{Expr, Node, Type};
use crate::postgresql::sql::function::Function;
use crate::postgresql::sql::stop::Stop;
use crate::postgresql::storage::Oid;
use pgconform_wire::value::{self, Shape, Types as _, Value};

/// The vectors, and the arrays that they are like.
const INT2VECTOR: Oid = 22;
const INT2_ARRAY: Oid = 1005;
const OIDVECTOR: Oid = 30;
const OID_ARRAY: Oid = 1028;

/// How willingly a value becomes one of another type.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum How {
    /// By itself, in any expression.
    Implicit,
    /// To be stored in a column.
    Assignment,
    /// Because a cast says so.
    Explicit,
}

/// The way from one type to another.
#[derive(Clone, Copy, Debug)]
enum Way {
    Relabel,
    Call(&'static Function),
    Text,
    Elements,
}

/// Types that stand for any type, or for none.
mod pseudo {
    use crate::postgresql::storage::Oid;
    pub(super) const ANY: Oid = 2276;
    pub(super) const RECORD: Oid = 2249;
    pub(super) const RECORD_ARRAY: Oid = 2287;
}

const TEXT: Oid = 25;
const INTERVAL: Oid = 1186;

impl Analyser<'_> {
    /// Whether a value of one type can become one of another.
    pub(crate) fn can_coerce(&self, from: Oid, to: Oid, how: How) -> bool {
        from == to
            || to == pseudo::ANY
            || from == UNKNOWN
            || super::polymorphic::is_polymorphic(to)
            || self.way(from, to, how).is_some()
            || self.rows_fit(from, to)
    }

    /// Whether one is a row and the other may be its type.
    fn rows_fit(&self, from: Oid, to: Oid) -> bool {
        let known = self.known();
        (from == pseudo::RECORD && known.fields(to).is_some())
            || (to == pseudo::RECORD && known.fields(from).is_some())
            || (to == pseudo::RECORD_ARRAY
                && self.element_of(from).is_some_and(|element| known.fields(element).is_some()))
    }

    fn way(&self, from: Oid, to: Oid, how: How) -> Option<Way> {
        let (from, to) = (self.base(from), self.base(to));
        if from == to {
            return Some(Way::Relabel);
        }
        if let Some(cast) = cast::find(from, to) {
            return (how >= cast.how).then(|| match cast.method {
                Method::Call(oid) => cast::function(oid).map(Way::Call),
                Method::Relabel => Some(Way::Relabel),
                Method::Text => Some(Way::Text),
            })?;
        }
        // The vectors are arrays of their own, and cast to the usual ones as such.
        if matches!((from, to), (INT2VECTOR, INT2_ARRAY) | (OIDVECTOR, OID_ARRAY)) {
            return Some(Way::Relabel);
        }
        if let (Some(from), Some(to)) = (self.element_of(from), self.element_of(to)) {
            return self.way(from, to, how).map(|_| Way::Elements);
        }
        let text = how >= How::Assignment && self.category(to) == 'S'
            || how == How::Explicit && self.category(from) == 'S';
        text.then_some(Way::Text)
    }

    /// Whether `to(x)` is a cast that no function does: PostgreSQL takes what looks like a call as one.
    pub(super) fn casts_without_function(&self, from: Oid, to: Oid) -> bool {
        match self.way(from, to, How::Explicit) {
            Some(Way::Relabel) => true,
            Some(Way::Text) => !(self.known().is_row(from) && self.category(to) == 'S'),
            _ => false,
        }
    }

    /// The expression as one of another type. An error says where the expression is.
    pub(crate) fn coerce_to(&mut self, expr: Expr, to: Type, how: How) -> Result<Expr, Stop> {
        let at = expr.at;
        self.coerced(expr, to, how).map_err(|stop| stop.at(at))
    }

    /// As [`coerce_to`](Self::coerce_to), but that there is no way is said without saying where.
    pub(super) fn coerced(&mut self, expr: Expr, to: Type, how: How) -> Result<Expr, Stop> {
        if let Some(Shape::Domain { base, modifier }) = self.known().shape(to.oid) {
            if expr.ty.oid == to.oid {
                return Ok(expr);
            }
            let parameter = matches!(expr.node, Node::Parameter(_)) && expr.ty.oid == UNKNOWN;
            if parameter {
                return self.retyped(expr, to);
            }
            let expr = self.coerced(expr, Type { oid: base, modifier }, how)?;
            return Ok(coerce(expr, to, how));
        }
        let expr = self.retyped(expr, to)?;
        let modifier = expr.ty.modifier;
        let expr = Expr { ty: Type { oid: expr.ty.oid, modifier }, ..expr };
        let right = to.modifier < 0
            || (expr.ty.modifier == to.modifier && !matches!(expr.node, Node::Constant(Some(_))));
        if expr.ty.oid == to.oid && right {
            let ty = if how == How::Explicit && to.modifier < 0 { Type::plain(to.oid) } else { expr.ty };
            return Ok(Expr { ty, ..expr });
        }
        let expr = if expr.ty.oid == to.oid { expr } else { self.converted(expr, to.oid, how)? };
        Ok(if to.modifier < 0 { expr } else { coerce(expr, to, how) })
    }

    /// What is of unknown type, as what it is asked to be.
    fn retyped(&mut self, expr: Expr, to: Type) -> Result<Expr, Stop> {
        if expr.ty.oid != UNKNOWN || to.oid == UNKNOWN || to.oid == pseudo::ANY {
            return Ok(expr);
        }
        let ty = Type::plain(to.oid);
        let node = match expr.node {
            Node::Parameter(index) => {
                self.parameter_is(index, to.oid).map_err(|stop| stop.at(expr.at))?;
                Node::Parameter(index)
            }
            Node::Constant(None) => Node::Constant(None),
            Node::Constant(Some(literal)) => {
                let modifier = if to.oid == INTERVAL { to.modifier } else { -1 };
                Node::Constant(Some(self.read(&literal, to.oid, modifier).map_err(|stop| stop.at(expr.at))?))
            }
            // What comes out of a subquery as unknown is text.
            node => {
                return self.converted(
                    Expr { ty: Type::plain(TEXT), node, at: expr.at },
                    to.oid,
                    How::Explicit,
                );
            }
        };
        Ok(Expr { ty, node, at: expr.at })
    }

    /// A literal, read as a value of this type.
    fn read(&self, literal: &Value, oid: Oid, modifier: i32) -> Result<Value, Stop> {
        let text = if let Value::Text(text) = literal { text.as_str() } else { "" };
        let now = self.session.clock.postgres_micros();
        let style = self.session.settings.style(now);
        Ok(value::input(&self.known(), oid, modifier, text, &style)?)
    }

    /// The type of a parameter turns out.
    fn parameter_is(&mut self, index: usize, oid: Oid) -> Result<(), Stop> {
        let known = self.parameters.types.get(index).copied().unwrap_or_default();
        if known == 0 || known == UNKNOWN {
            if let Some(slot) = self.parameters.types.get_mut(index) {
                *slot = oid;
            }
            return Ok(());
        }
        if known == oid {
            return Ok(());
        }
        let message = format!("inconsistent types deduced for parameter ${}", index + 1);
        let detail = format!("{} versus {}", self.type_name(known), self.type_name(oid));
        Err(SqlError::error("42P08", message).detail(detail).into())
    }

    /// A value of a known type, as one of another.
    fn converted(&mut self, expr: Expr, to: Oid, how: How) -> Result<Expr, Stop> {
        if to == pseudo::ANY || to == UNKNOWN || super::polymorphic::is_polymorphic(to) {
            return Ok(expr);
        }
        let at = expr.at;
        let from = expr.ty.oid;
        let node = match self.way(from, to, how) {
            Some(Way::Relabel) => Node::Relabel(Box::new(expr)),
            Some(Way::Call(function)) => Node::Call(function, vec![expr]),
            Some(Way::Text) => Node::Convert(Box::new(expr)),
            Some(Way::Elements) => {
                let element = |oid| self.element_of(oid).unwrap_or(oid);
                let (inner, outer) = (element(from), element(to));
                let each = Node::Column { depth: 0, index: 0 };
                let each = Expr { ty: Type::plain(inner), at: None, node: each };
                let each = self.coerced(each, Type::plain(outer), how)?;
                Node::Elements { array: Box::new(expr), each: Box::new(each) }
            }
            None => return self.row_as(expr, to, how),
        };
        Ok(Expr { ty: Type::plain(to), at, node })
    }

    /// A row as one of another type.
    fn row_as(&mut self, expr: Expr, to: Oid, how: How) -> Result<Expr, Stop> {
        let from = expr.ty.oid;
        let refuse = |analyser: &Self, detail: Option<&str>| {
            let names = (analyser.type_name(from), analyser.type_name(to));
            let mut error = SqlError::error("42846", format!("cannot cast type {} to {}", names.0, names.1));
            error.detail = detail.map(str::to_owned);
            Stop::from(error)
        };
        let at = expr.at;
        if (to == pseudo::RECORD || to == pseudo::RECORD_ARRAY) && self.rows_fit(from, to) {
            return Ok(Expr { ty: Type::plain(to), at, node: Node::Relabel(Box::new(expr)) });
        }
        let fields = self.known().fields(to);
        match (expr.node, fields) {
            (Node::Row(values), Some(fields)) if from == pseudo::RECORD => {
                if values.len() != fields.len() {
                    let few = values.len() < fields.len();
                    let detail = format!("Input has too {} columns.", if few { "few" } else { "many" });
                    return Err(refuse(self, Some(&detail)));
                }
                let values = values.into_iter().zip(fields);
                let values = values
                    .map(|(value, (_, oid, modifier))| self.coerced(value, Type { oid, modifier }, how))
                    .collect::<Result<_, _>>()?;
                Ok(Expr { ty: Type::plain(to), at, node: Node::Row(values) })
            }
            _ => Err(refuse(self, None)),
        }
    }

    /// The type that expressions of several types have in common, and the expressions as that: for what `context` names.
    pub(crate) fn common_type(&mut self, exprs: Vec<Expr>, context: &str) -> Result<(Type, Vec<Expr>), Stop> {
        let oid = self.common_oid(&exprs, context)?;
        let mut exprs = exprs;
        for expr in &mut exprs {
            let from = expr.ty.oid;
            if !self.can_coerce(from, oid, How::Implicit) {
                let names = (self.type_name(from), self.type_name(oid));
                let message = format!("{context} could not convert type {} to {}", names.0, names.1);
                return Err(Stop::error("42846", message).at(expr.at));
            }
            let taken =
                std::mem::replace(expr, Expr { ty: Type::plain(oid), at: None, node: Node::Constant(None) });
            *expr = if from == oid { taken } else { self.coerce_to(taken, Type::plain(oid), How::Implicit)? };
        }
        let first = exprs.first().map_or(-1, |expr| expr.ty.modifier);
        let modifier = if exprs.iter().all(|expr| expr.ty.modifier == first) { first } else { -1 };
        Ok((Type { oid, modifier }, exprs))
    }

    /// The type that expressions of several types have in common.
    pub(super) fn common_oid(&self, exprs: &[Expr], context: &str) -> Result<Oid, Stop> {
        let first = exprs.first().map_or(UNKNOWN, |expr| expr.ty.oid);
        if first != UNKNOWN && exprs.iter().all(|expr| expr.ty.oid == first) {
            return Ok(first);
        }
        let mut common = UNKNOWN;
        for expr in exprs {
            let next = self.base(expr.ty.oid);
            if next == UNKNOWN || next == common {
                continue;
            }
            if common == UNKNOWN {
                common = next;
            } else if self.category(next) != self.category(common) {
                let names = (self.type_name(common), self.type_name(next));
                let message = format!("{context} types {} and {} cannot be matched", names.0, names.1);
                return Err(Stop::error("42804", message).at(expr.at));
            } else if !self.is_preferred(common)
                && self.can_coerce(common, next, How::Implicit)
                && !self.can_coerce(next, common, How::Implicit)
            {
                common = next;
            }
        }
        Ok(if common == UNKNOWN { TEXT } else { common })
    }

    /// The expression as one of no unknown type: text, where nothing says otherwise.
    pub(crate) fn as_known(&mut self, expr: Expr) -> Result<Expr, Stop> {
        if expr.ty.oid == UNKNOWN { self.coerce_to(expr, Type::plain(TEXT), How::Implicit) } else { Ok(expr) }
    }
}

fn coerce(value: Expr, to: Type, how: How) -> Expr {
    let at = value.at;
    Expr { ty: to, at, node: Node::Coerce { explicit: how == How::Explicit, value: Box::new(value) } }
}
