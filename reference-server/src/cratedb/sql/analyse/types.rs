//! Types: by their names, and what is made of what.

use super::super::super::refusal::{Exception, Refusal};
use super::super::super::types::Type;
use super::super::expr::Expr;
use super::{Analyser, Typed};
use sqlparser::ast;

/// The type of this name.
pub(in super::super) fn resolve_type(written: &ast::DataType) -> Result<Type, Refusal> {
    let named = |name: &str| {
        Type::named(name).ok_or_else(|| Refusal::unsupported(format!("The type '{name}' is not supported")))
    };
    match written {
        ast::DataType::Custom(name, _) => match name.0.as_slice() {
            [one] => named(&one.as_ident().map(super::super::parse::folded).unwrap_or_default()),
            _ => named(&name.to_string()),
        },
        ast::DataType::Array(
            ast::ArrayElemTypeDef::Parenthesis(element)
            | ast::ArrayElemTypeDef::SquareBracket(element, _)
            | ast::ArrayElemTypeDef::AngleBracket(element),
        ) => Ok(Type::Array(Box::new(resolve_type(element)?))),
        ast::DataType::Timestamp(..) => Ok(Type::Timestamp),
        other => named(&other.to_string().to_lowercase()),
    }
}

/// Whether values of this type have an order.
pub(in super::super) fn is_ordered(ty: &Type) -> bool {
    !matches!(ty, Type::Object | Type::GeoPoint | Type::GeoShape | Type::Array(_))
}

impl Analyser<'_> {
    /// Makes an expression one of this type. What is not known to be of any type takes it.
    pub(super) fn coerce(&mut self, typed: Typed, to: &Type) -> Expr {
        if typed.ty == *to || *to == Type::Undefined {
            return typed.expr;
        }
        match (typed.expr, to) {
            (Expr::Parameter(at), _) if typed.ty == Type::Undefined => {
                self.parameters[at] = to.clone();
                Expr::Parameter(at)
            }
            (Expr::Constant(None), _) => Expr::Constant(None),
            (Expr::Array(elements), Type::Array(element)) => {
                let own = match typed.ty {
                    Type::Array(own) => *own,
                    _ => Type::Undefined,
                };
                let elements = elements.into_iter();
                let coerced =
                    elements.map(|expr| self.coerce(Typed::new(expr, own.clone()), element)).collect();
                Expr::Array(coerced)
            }
            (expr, _) => Expr::Cast { expr: Box::new(expr), to: to.clone(), lenient: false },
        }
    }

    /// The type that both are made: what is written there takes the other's, but numbers widen.
    pub(super) fn common(&self, left: &Typed, right: &Typed) -> Option<Type> {
        let known = |typed: &Typed| typed.ty != Type::Undefined;
        if left.ty == right.ty || !known(right) {
            return Some(left.ty.clone());
        }
        if !known(left) {
            return Some(right.ty.clone());
        }
        let both_numeric = left.ty.is_number() && right.ty.is_number();
        match (left.is_loose(), right.is_loose()) {
            (true, false) if !both_numeric => Some(right.ty.clone()),
            (false, true) if !both_numeric => Some(left.ty.clone()),
            _ => Type::common(&left.ty, &right.ty),
        }
    }

    /// Makes two expressions ones of the same type.
    pub(super) fn together(
        &mut self,
        left: Typed,
        right: Typed,
        operator: &str,
    ) -> Result<(Expr, Expr, Type), Refusal> {
        let Some(ty) = self.common(&left, &right) else {
            return Err(unknown_function(&format!("op_{operator}"), &[left.ty, right.ty]));
        };
        Ok((self.coerce(left, &ty), self.coerce(right, &ty), ty))
    }

    /// Makes expressions ones of the same type.
    pub(super) fn unified(&mut self, typed: Vec<Typed>) -> Result<(Vec<Expr>, Type), Refusal> {
        let firm = typed.iter().filter(|typed| !typed.is_loose());
        let loose = typed.iter().filter(|typed| typed.is_loose());
        let mut whole: Option<Typed> = None;
        for one in firm.chain(loose) {
            let Some(sum) = whole else {
                whole = Some(one.clone());
                continue;
            };
            let Some(ty) = self.common(&sum, one) else {
                let message = format!("Data types {} and {} are not compatible", sum.ty, one.ty);
                return Err(Refusal::new(Exception::IllegalArgument, message));
            };
            whole = Some(Typed::new(sum.expr, ty));
        }
        let ty = whole.map_or(Type::Undefined, |typed| typed.ty);
        Ok((typed.into_iter().map(|typed| self.coerce(typed, &ty)).collect(), ty))
    }
}

/// The refusal of a function that there is not for such arguments.
pub(super) fn unknown_function(name: &str, types: &[Type]) -> Refusal {
    let types: Vec<String> = types.iter().map(ToString::to_string).collect();
    Refusal::new(Exception::UnknownFunction, format!("unknown function: {name}({})", types.join(", ")))
}
