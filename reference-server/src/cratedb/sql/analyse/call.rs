//! Function calls.

use super::super::super::refusal::{Exception, Refusal};
use super::super::super::types::Type;
use super::super::expr::{Aggregate, AggregateKind, Call, Expr};
use super::super::functions;
use super::super::parse::folded;
use super::types::{is_ordered, unknown_function};
use super::{Analyser, Mode, Names, Typed};
use sqlparser::ast;

impl Analyser<'_> {
    /// A call as it is written.
    pub(super) fn function(&mut self, written: &ast::Function, names: &mut Names) -> Result<Typed, Refusal> {
        let parts: Option<Vec<String>> =
            written.name.0.iter().map(|part| part.as_ident().map(folded)).collect();
        let name = match parts.as_deref() {
            Some([name]) => name.clone(),
            Some([schema, name]) if schema == "pg_catalog" => name.clone(),
            _ => return Err(unknown_function(&written.name.to_string(), &[])),
        };
        let plain = written.over.is_none()
            && written.filter.is_none()
            && written.within_group.is_empty()
            && written.null_treatment.is_none()
            && matches!(written.parameters, ast::FunctionArguments::None);
        if !plain {
            return Err(Refusal::unsupported(
                "Window functions and clauses of function calls are not supported",
            ));
        }
        let list = match &written.args {
            ast::FunctionArguments::None => None,
            ast::FunctionArguments::List(list) if list.clauses.is_empty() => Some(list),
            _ => return Err(unknown_function(&name, &[])),
        };
        let distinct =
            list.is_some_and(|list| list.duplicate_treatment == Some(ast::DuplicateTreatment::Distinct));
        let arguments = list.map_or(&[] as &[_], |list| list.args.as_slice());
        if let Some(kind) = aggregate(&name) {
            return self.aggregate(&name, kind, arguments, distinct, names);
        }
        let mut typed = Vec::new();
        for argument in arguments {
            match argument {
                ast::FunctionArg::Unnamed(ast::FunctionArgExpr::Expr(expr)) => {
                    typed.push(self.expr(expr, names)?);
                }
                _ => return Err(unknown_function(&name, &[])),
            }
        }
        self.call(&name, typed)
    }

    /// A call of a function with these arguments.
    pub(super) fn call(&mut self, name: &str, arguments: Vec<Typed>) -> Result<Typed, Refusal> {
        if name == "coalesce" && !arguments.is_empty() {
            let (exprs, ty) = self.unified(arguments)?;
            return Ok(Typed::new(Expr::Coalesce(exprs), ty));
        }
        let types: Vec<Type> = arguments.iter().map(|typed| typed.ty.clone()).collect();
        let Some(function) = functions::named(name) else { return Err(unknown_function(name, &types)) };
        let Some((wanted, ty)) = (function.signature)(&types) else {
            return Err(unknown_function(name, &types));
        };
        let arguments = arguments.into_iter().zip(&wanted).map(|(typed, ty)| self.coerce(typed, ty));
        let call = Call { run: function.run, strict: function.strict, arguments: arguments.collect() };
        Ok(Typed::new(Expr::Call(call), ty))
    }

    fn aggregate(
        &mut self,
        name: &str,
        kind: AggregateKind,
        arguments: &[ast::FunctionArg],
        distinct: bool,
        names: &mut Names,
    ) -> Result<Typed, Refusal> {
        let argument = match arguments {
            [] | [ast::FunctionArg::Unnamed(ast::FunctionArgExpr::Wildcard)]
                if kind == AggregateKind::Count =>
            {
                None
            }
            [ast::FunctionArg::Unnamed(ast::FunctionArgExpr::Expr(expr))] => Some(expr),
            many => {
                let mut within = Names::new(names.relations.clone(), "aggregate functions");
                let types = many.iter().filter_map(|argument| match argument {
                    ast::FunctionArg::Unnamed(ast::FunctionArgExpr::Expr(expr)) => {
                        Some(self.expr(expr, &mut within).map(|typed| typed.ty))
                    }
                    _ => None,
                });
                return Err(unknown_function(name, &types.collect::<Result<Vec<_>, _>>()?));
            }
        };
        if let Mode::Clause(clause) = names.mode {
            let message = format!("Aggregate functions are not allowed in {clause}");
            return Err(Refusal::unsupported(message));
        }
        self.spend(names.count())?;
        // The argument is over the rows, whatever the call is in.
        let mut within = Names::new(names.relations.clone(), "aggregate functions");
        let argument = argument.map(|expr| self.expr(expr, &mut within)).transpose()?;
        let ty = argument.as_ref().map_or(Type::Undefined, |typed| typed.ty.clone());
        let refused = || unknown_function(name, std::slice::from_ref(&ty));
        let result = match kind {
            AggregateKind::Count => Type::Long,
            AggregateKind::Sum => match &ty {
                Type::Float | Type::Double => ty.clone(),
                ty if ty.is_number() => Type::Long,
                _ => return Err(refused()),
            },
            AggregateKind::Average if ty.is_number() || ty == Type::Timestamp => Type::Double,
            AggregateKind::Average => return Err(refused()),
            AggregateKind::Minimum | AggregateKind::Maximum if !is_ordered(&ty) => return Err(refused()),
            AggregateKind::Minimum | AggregateKind::Maximum | AggregateKind::Arbitrary => ty.clone(),
            AggregateKind::Collect => Type::Array(Box::new(ty.clone())),
        };
        let call = Aggregate {
            kind,
            argument: argument.map(|typed| typed.expr),
            distinct: distinct || kind == AggregateKind::Collect,
            ty: result.clone(),
        };
        match &mut names.mode {
            Mode::Groups { keys, calls } => {
                calls.push(call);
                Ok(Typed::new(Expr::Column(keys.len() + calls.len() - 1), result))
            }
            Mode::Rows { aggregates } => {
                *aggregates = true;
                Ok(Typed::new(Expr::Constant(None), result))
            }
            Mode::Clause(_) => Err(Refusal::new(Exception::IllegalArgument, "no aggregate functions here")),
        }
    }
}

fn aggregate(name: &str) -> Option<AggregateKind> {
    Some(match name {
        "count" => AggregateKind::Count,
        "sum" => AggregateKind::Sum,
        "avg" | "mean" => AggregateKind::Average,
        "min" => AggregateKind::Minimum,
        "max" => AggregateKind::Maximum,
        "arbitrary" | "any_value" => AggregateKind::Arbitrary,
        "collect_set" => AggregateKind::Collect,
        _ => return None,
    })
}
