//! CREATE FUNCTION.

use super::name;
use super::{exists, expression};
use crate::engine::SqlError;
use crate::postgresql::definition::UserFunction;
use crate::postgresql::lookup;
use crate::postgresql::plpgsql;
use crate::postgresql::sql::context::Context;
use crate::postgresql::sql::expr::Type;
use crate::postgresql::sql::stop::Stop;
use sqlparser::ast::{self, CreateFunctionBody, FunctionReturnType};
use sqlparser::tokenizer::Span;
use std::sync::Arc;

/// The type of what returns nothing.
const VOID: u32 = 2278;

/// CREATE FUNCTION.
pub(super) fn create(
    create: &ast::CreateFunction,
    text: &str,
    context: &mut Context<'_>,
) -> Result<String, Stop> {
    let (place, name) = name::target(context, &create.name, false, text)?;
    let language = create.language.as_ref().map(lookup::name);
    let (body, span) = body(create)?;
    let language = language.unwrap_or_else(|| "sql".to_owned());
    if language != "plpgsql" && language != "sql" {
        return Err(Stop::error("42704", format!("language \"{language}\" does not exist")));
    }
    let type_of = |data_type: &ast::DataType| {
        expression::analyse(context, text, Vec::new(), |analyser| analyser.type_named(data_type))
    };
    let mut arguments = Vec::new();
    for argument in create.args.iter().flatten() {
        if !matches!(argument.mode, None | Some(ast::ArgMode::In)) || argument.default_expr.is_some() {
            let message = "output parameters and defaults of parameters are not supported by this server";
            return Err(Stop::error("0A000", message));
        }
        arguments.push((argument.name.as_ref().map(lookup::name), type_of(&argument.data_type)?));
    }
    let (returns, returns_set) = match &create.return_type {
        None => return Err(Stop::error("42P13", "function result type must be specified")),
        Some(FunctionReturnType::DataType(ast::DataType::Table(_))) => {
            return Err(Stop::error("0A000", "RETURNS TABLE is not supported by this server"));
        }
        Some(FunctionReturnType::DataType(data_type)) => (return_type(data_type, &type_of)?, false),
        Some(FunctionReturnType::SetOf(data_type)) => (return_type(data_type, &type_of)?, true),
    };
    let mut function = UserFunction {
        oid: 0,
        schema: place.schema,
        name,
        temporary: place.temporary,
        arguments,
        returns,
        returns_set,
        strict: matches!(&create.called_on_null, Some(called) if *called != ast::FunctionCalledOnNull::CalledOnNullInput),
        language,
        body,
    };
    let start = span.and_then(|span| body_start(text, span));
    plpgsql::validate(&function, start, context)?;
    let seen = context.database.functions.seen(&context.snapshot, &context.database.transactions);
    let same = |known: &UserFunction| {
        let types =
            |function: &UserFunction| function.arguments.iter().map(|(_, ty)| ty.oid).collect::<Vec<_>>();
        known.name == function.name
            && place.has(known.schema, known.temporary)
            && types(known) == types(&function)
    };
    let found = seen.filter(|(_, known)| same(known)).map(|(place, known)| (place, known.clone())).last();
    if let Some((version, known)) = found {
        if !create.or_replace {
            let error = exists("function", &function.name, "42723");
            return Err(Stop::error("42723", format!("{} with same argument types", error.message)));
        }
        if known.returns.oid != function.returns.oid || known.returns_set != function.returns_set {
            let error = SqlError::error("42P13", "cannot change return type of existing function");
            return Err(error.hint(format!("Use DROP FUNCTION {}() first.", function.name)).into());
        }
        function.oid = known.oid;
        name::end(context, version, |database| &mut database.functions)?;
    } else {
        function.oid = context.database.new_oid();
    }
    let stamp = context.session.transaction.stamp(context.database);
    context.database.functions.insert(Arc::new(function), stamp);
    Ok("CREATE FUNCTION".to_owned())
}

/// The type that a function returns: `void` is no type of columns.
fn return_type(
    data_type: &ast::DataType,
    type_of: &impl Fn(&ast::DataType) -> Result<Type, Stop>,
) -> Result<Type, Stop> {
    match data_type {
        ast::DataType::Custom(name, _) if name::shown(name) == "void" => Ok(Type::plain(VOID)),
        other => type_of(other),
    }
}

/// The body and where its literal stands.
fn body(create: &ast::CreateFunction) -> Result<(String, Option<Span>), Stop> {
    let literal = match &create.function_body {
        Some(CreateFunctionBody::AsBeforeOptions { body, .. } | CreateFunctionBody::AsAfterOptions(body)) => {
            body
        }
        Some(CreateFunctionBody::Return(expr)) => return Ok((format!("SELECT {expr}"), None)),
        Some(_) => {
            return Err(Stop::error(
                "0A000",
                "function bodies of this form are not supported by this server",
            ));
        }
        None => return Err(Stop::error("42P13", "no function body specified")),
    };
    let ast::Expr::Value(value) = literal else {
        return Err(Stop::error("42601", "a function body must be a string"));
    };
    let text = match &value.value {
        ast::Value::DollarQuotedString(text) => text.value.clone(),
        ast::Value::SingleQuotedString(text) | ast::Value::EscapedStringLiteral(text) => text.clone(),
        _ => return Err(Stop::error("42601", "a function body must be a string")),
    };
    Ok((text, Some(value.span)))
}

/// Where the text within a literal begins in the query string, in characters from 1.
pub(super) fn body_start(text: &str, span: Span) -> Option<usize> {
    let literal = name::at(text, span)?;
    let mut rest = text.chars().skip(literal - 1);
    let opening = match rest.next()? {
        '$' => 2 + rest.take_while(|c| *c != '$').count(),
        'e' | 'E' => 2,
        _ => 1,
    };
    Some(literal + opening)
}
