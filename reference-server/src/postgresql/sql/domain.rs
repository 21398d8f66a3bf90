//! What a domain demands of a value.

use super::analyse::{Analyser, Parameters, Scope, Visible};
use super::context::Context;
use super::eval::eval;
use super::expr::Type;
use super::query::Column;
use super::stop::Stop;
use crate::engine::SqlError;
use crate::postgresql::definition::UserType;
use crate::postgresql::storage::Oid;
use pgconform_wire::value::{Shape, Types as _, Value};
use sqlparser::dialect::PostgreSqlDialect;
use sqlparser::parser::Parser;
use std::sync::Arc;

/// Checks a value of a domain, NULL or not. What the domain is over has been checked already.
pub(crate) fn check(oid: Oid, value: Option<&Value>, context: &mut Context<'_>) -> Result<(), Stop> {
    let Some(domain) = context.database.user_type(oid, &context.snapshot) else { return Ok(()) };
    let Shape::Domain { base, modifier } = domain.shape else { return Ok(()) };
    if domain.not_null && value.is_none() {
        let message = format!("domain {} does not allow null values", context.known().name(oid));
        return Err(refusal("23502", message, &domain, None, context).into());
    }
    for (name, sql) in &domain.checks {
        let passed = holds(sql, Type { oid: base, modifier }, value, context)?;
        if !passed {
            let domain_name = context.known().name(oid);
            let message = format!("value for domain {domain_name} violates check constraint \"{name}\"");
            return Err(refusal("23514", message, &domain, Some(name), context).into());
        }
    }
    Ok(())
}

/// Whether an expression on VALUE is not false.
fn holds(sql: &str, ty: Type, value: Option<&Value>, context: &mut Context<'_>) -> Result<bool, Stop> {
    let dialect = PostgreSqlDialect {};
    let syntax = Parser::new(&dialect).try_with_sql(sql).and_then(|mut parser| parser.parse_expr());
    let syntax = syntax.map_err(|error| Stop::error("42601", error.to_string()))?;
    let mut parameters = Parameters::default();
    let mut analyser = Analyser::new(context.lookup(), sql, &mut parameters);
    let column = Column { name: "value".to_owned(), ty, origin: None };
    let visible = Visible { table: None, column, qualified_only: false, system: false };
    analyser.scopes.push(Scope { columns: vec![visible], ..Scope::default() });
    let check = analyser.boolean(&syntax, "CHECK")?;
    context.rows.push(Arc::from([value.cloned()]));
    let result = eval(&check, context);
    context.rows.pop();
    Ok(result? != Some(Value::Bool(false)))
}

fn refusal(
    code: &'static str,
    message: String,
    domain: &UserType,
    constraint: Option<&str>,
    context: &Context<'_>,
) -> SqlError {
    let mut error = SqlError::error(code, message);
    let schema = match domain.temporary {
        Some(process) => Some(crate::postgresql::lookup::temporary_schema(process)),
        None => context.lookup().schema_name(domain.schema),
    };
    let more = error.more();
    more.schema = schema;
    more.data_type = Some(domain.name.clone());
    more.constraint = constraint.map(str::to_owned);
    error
}
