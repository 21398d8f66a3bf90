//! PL/pgSQL: blocks, functions and triggers; and functions in SQL, which are called the same way.
//!
//! `lex` and `parse` make a block of a body, `run` runs it. Expressions and statements of SQL go through the same analysis as
//! any others: the variables are a row around them.

mod condition;
mod lex;
mod parse;
mod query;
mod raise;
mod run;
mod scope;
mod syntax;

use crate::engine::SqlError;
use crate::postgresql::definition::{Relation, Trigger, UserFunction};
use crate::postgresql::lookup::temporary_schema;
use crate::postgresql::sql::context::Context;
use crate::postgresql::sql::ddl::trigger::Event;
use crate::postgresql::sql::expr::Type;
use crate::postgresql::sql::query::Column;
use crate::postgresql::sql::stop::Stop;
use crate::postgresql::storage::Row;
use pgconform_wire::value::{Types as _, Value};
use run::{Call, Flow};
use scope::{Content, Variable};

const BOOL: Type = Type::plain(16);
const TEXT: Type = Type::plain(25);
const INT4: Type = Type::plain(23);

/// The pseudo-types of functions that return nothing, and of trigger functions.
const VOID: u32 = 2278;
const TRIGGER: u32 = 2279;

/// What variables every trigger function has, beside NEW and OLD.
const TRIGGER_VARIABLES: [&str; 6] =
    ["tg_op", "tg_when", "tg_level", "tg_name", "tg_table_name", "tg_table_schema"];

/// Runs DO; `start` is where the body begins in the query string, in characters from 1.
pub(crate) fn run_block(body: &str, start: Option<usize>, context: &mut Context<'_>) -> Result<(), Stop> {
    let name = "inline_code_block";
    let block = parse::parse(body, name, vec!["found".to_owned()]).map_err(|error| moved(error, start))?;
    let mut call = Call::new(name.to_owned(), Type::plain(VOID));
    call.variables.scalar("found", BOOL, Some(Value::Bool(false)));
    call.run(&block, context)?;
    Ok(())
}

/// An error's position within a body, as one in the query string.
fn moved(error: SqlError, start: Option<usize>) -> SqlError {
    let position = error.position.zip(start).map(|(within, start)| start + within - 1);
    SqlError { position, ..error }
}

/// The names that a function's body has in sight from outside.
fn outer_names(function: &UserFunction) -> Vec<String> {
    let arguments = function.arguments.iter().filter_map(|(name, _)| name.clone());
    let mut names: Vec<String> = arguments.chain(["found".to_owned()]).collect();
    if function.returns.oid == TRIGGER {
        names.extend(["new", "old"].into_iter().chain(TRIGGER_VARIABLES).map(str::to_owned));
    }
    names
}

/// Looks at a body when its function is made; `start` is where it begins in the query string, in characters from 1.
pub(crate) fn validate(
    function: &UserFunction,
    start: Option<usize>,
    context: &mut Context<'_>,
) -> Result<(), Stop> {
    if function.language == "plpgsql" {
        parse::parse(&function.body, &function.name, outer_names(function))
            .map_err(|error| moved(error, start))?;
        return Ok(());
    }
    query::validate(function, context).map_err(|stop| match stop {
        Stop::Error(error) => moved(*error, start).into(),
        other => other,
    })
}

/// What contexts call a function: `pg_temp_3.f(integer)`.
fn signature(function: &UserFunction, context: &Context<'_>) -> String {
    let known = context.known();
    let types: Vec<String> = function.arguments.iter().map(|(_, ty)| known.name(ty.oid)).collect();
    let schema = match function.temporary {
        Some(process) => Some(temporary_schema(process)),
        None if context.lookup().on_path(function.schema, None) => None,
        None => context.lookup().schema_name(function.schema),
    };
    let schema = schema.map(|schema| format!("{schema}.")).unwrap_or_default();
    format!("{schema}{}({})", function.name, types.join(","))
}

/// The result of a function, or the results of one that returns a set.
pub(crate) fn call(
    function: &UserFunction,
    arguments: Vec<Option<Value>>,
    context: &mut Context<'_>,
) -> Result<Vec<Option<Value>>, Stop> {
    if function.strict && arguments.iter().any(Option::is_none) {
        return Ok(if function.returns_set { Vec::new() } else { vec![None] });
    }
    if function.language == "sql" {
        return query::call(function, arguments, context);
    }
    if function.returns.oid == TRIGGER {
        let mut error = SqlError::error("0A000", "trigger functions can only be called as triggers");
        let line = format!("compilation of PL/pgSQL function \"{}\" near line 1", function.name);
        error.more().context = Some(line);
        return Err(error.into());
    }
    let block = parse::parse(&function.body, &function.name, outer_names(function))?;
    let mut call = Call::new(signature(function, context), function.returns);
    call.variables.scalar("found", BOOL, Some(Value::Bool(false)));
    for ((name, ty), value) in function.arguments.iter().zip(arguments) {
        if let Some(name) = name {
            call.variables.scalar(name, *ty, value.clone());
        }
        call.arguments.push((*ty, value));
    }
    match call.run(&block, context)? {
        Flow::Return(value) if !function.returns_set => Ok(vec![value]),
        _ if function.returns_set => Ok(call.results),
        _ if function.returns.oid == VOID => Ok(vec![Some(Value::Void)]),
        _ => {
            let error = SqlError::error("2F005", "control reached end of function without RETURN");
            let line = format!("PL/pgSQL function {}", call.name);
            Err(run::with_context(error.into(), &line))
        }
    }
}

/// Calls a trigger's function; gives the row that it returns.
pub(crate) fn fire(
    context: &mut Context<'_>,
    relation: &Relation,
    trigger: &Trigger,
    event: Event,
    old: Option<&Row>,
    new: Option<&Row>,
) -> Result<Option<Row>, Stop> {
    let Some(function) = context.database.function(trigger.function, &context.snapshot) else {
        return Err(Stop::error("42883", format!("function of trigger \"{}\" does not exist", trigger.name)));
    };
    let block = parse::parse(&function.body, &function.name, outer_names(&function))?;
    let mut call = Call::new(signature(&function, context), function.returns);
    call.variables.scalar("found", BOOL, Some(Value::Bool(false)));
    let columns: Vec<Column> = relation
        .columns
        .iter()
        .map(|column| Column { name: column.name.clone(), ty: column.ty, origin: None })
        .collect();
    for (name, row) in [("old", old), ("new", new)] {
        let cells =
            |row: &Row| row.iter().cloned().chain(std::iter::repeat(None)).take(columns.len()).collect();
        let content = match row {
            Some(row) => Content::Record(columns.clone(), cells(row)),
            None => Content::Record(Vec::new(), Vec::new()),
        };
        call.variables.0.push(Variable { name: name.to_owned(), not_null: false, content });
    }
    let schema = match relation.temporary {
        Some(process) => temporary_schema(process),
        None => context.lookup().schema_name(relation.schema).unwrap_or_default(),
    };
    let operation = match event {
        Event::Insert => "INSERT",
        Event::Update => "UPDATE",
        Event::Delete => "DELETE",
    };
    let when = if trigger.before { "BEFORE" } else { "AFTER" };
    let values = [operation, when, "ROW", &trigger.name, &relation.name, &schema];
    for (name, value) in TRIGGER_VARIABLES.into_iter().zip(values) {
        call.variables.scalar(name, TEXT, Some(Value::Text(value.to_owned())));
    }
    match call.run(&block, context)? {
        Flow::Row(row) => Ok(row),
        _ => {
            let error = SqlError::error("2F005", "control reached end of trigger procedure without RETURN");
            let line = format!("PL/pgSQL function {}", call.name);
            Err(run::with_context(error.into(), &line))
        }
    }
}
