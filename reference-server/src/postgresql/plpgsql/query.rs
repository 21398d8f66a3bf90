//! Expressions and statements of SQL within PL/pgSQL, and functions in SQL.

use super::run::{Call, with_context};
use super::scope::Variables;
use crate::engine::SqlError;
use crate::postgresql::definition::UserFunction;
use crate::postgresql::sql::analyse::{Analyser, How, Parameters, fold};
use crate::postgresql::sql::context::Context;
use crate::postgresql::sql::ddl;
use crate::postgresql::sql::eval::eval;
use crate::postgresql::sql::expr::Type;
use crate::postgresql::sql::parse::{self, SetValue, Statement};
use crate::postgresql::sql::query::{Column, Query};
use crate::postgresql::sql::run::Rows;
use crate::postgresql::sql::stop::Stop;
use crate::postgresql::storage::Row;
use pgconform_wire::value::{Value, input, output};
use sqlparser::ast;
use sqlparser::dialect::PostgreSqlDialect;
use sqlparser::parser::{Parser, ParserError};
use sqlparser::tokenizer::Tokenizer;
use std::sync::Arc;

/// What a statement of SQL gave.
#[derive(Default)]
pub(super) struct Ran {
    pub(super) columns: Vec<Column>,
    pub(super) rows: Vec<Row>,
    pub(super) count: u64,
    /// It returns rows, and is a SELECT.
    pub(super) returns: bool,
    pub(super) selects: bool,
}

/// A typed list of values: what `$1` and on are.
type Arguments = Vec<(Type, Option<Value>)>;

/// An error of analysis tells the text that it is about, and where in it.
fn internal(stop: Stop, text: &str) -> Stop {
    let Stop::Error(mut error) = stop else { return stop };
    if let Some(position) = error.position.take() {
        let more = error.more();
        more.internal_position = Some(position);
        more.query = Some(text.to_owned());
    }
    Stop::Error(error)
}

/// Analyses with variables in sight.
fn analyse<T>(
    text: &str,
    variables: &Variables,
    arguments: &Arguments,
    context: &Context<'_>,
    what: impl FnOnce(&mut Analyser<'_>) -> Result<T, Stop>,
) -> Result<T, Stop> {
    let types = arguments.iter().map(|(ty, _)| ty.oid).collect();
    let mut parameters = Parameters { types, open: false };
    let mut analyser = Analyser::new(context.lookup(), text, &mut parameters);
    analyser.scopes.push(variables.scope());
    what(&mut analyser).map_err(|stop| internal(stop, text))
}

/// Runs something with variables as the row around, and these parameters.
fn within<T>(
    variables: &Variables,
    arguments: &Arguments,
    context: &mut Context<'_>,
    what: impl FnOnce(&mut Context<'_>) -> Result<T, Stop>,
) -> Result<T, Stop> {
    let values = arguments.iter().map(|(_, value)| value.clone()).collect();
    let parameters = std::mem::replace(&mut context.parameters, values);
    context.rows.push(variables.row());
    let result = what(context);
    context.rows.pop();
    context.parameters = parameters;
    result
}

/// The rows of a query.
fn rows(
    query: Query,
    variables: &Variables,
    arguments: &Arguments,
    context: &mut Context<'_>,
) -> Result<(Vec<Row>, Option<u64>), Stop> {
    within(variables, arguments, context, |context| {
        let mut rows = Rows::open(Arc::new(query), context)?;
        let mut all = Vec::new();
        while let Some(row) = rows.next(context)? {
            context.session.meter.keep_row(&row)?;
            all.push(row);
        }
        Ok((all, rows.affected()))
    })
}

impl Call {
    /// What was done so far is seen by what comes.
    pub(super) fn refresh(&self, context: &mut Context<'_>) {
        context.session.transaction.next_command();
        context.snapshot = context.session.transaction.snapshot(context.database);
    }

    pub(super) fn type_named(&self, data_type: &ast::DataType, context: &Context<'_>) -> Result<Type, Stop> {
        let found =
            analyse("", &self.variables, &self.arguments, context, |analyser| analyser.type_named(data_type));
        found.map_err(|stop| match stop {
            Stop::Error(error) => SqlError { position: None, more: None, ..*error }.into(),
            other => other,
        })
    }

    /// The value of the expression in `text` behind `from` bytes, as one of type `ty` if there is one.
    pub(super) fn value(
        &mut self,
        text: &str,
        from: usize,
        ty: Option<Type>,
        what: &str,
        context: &mut Context<'_>,
    ) -> Result<(Type, Option<Value>), Stop> {
        let blank = " ".repeat(text[..from].chars().count());
        let source = format!("{blank}{}", &text[from..]);
        let tokens = Tokenizer::new(&PostgreSqlDialect {}, &source).tokenize_with_location();
        if let Ok(tokens) = &tokens {
            parse::check_nesting(tokens)?;
        }
        let parsed = tokens.map_err(ParserError::from).and_then(|tokens| {
            Parser::new(&PostgreSqlDialect {}).with_tokens_with_locations(tokens).parse_expr()
        });
        let syntax = parsed
            .map_err(|_| Stop::error("42601", format!("syntax error in expression \"{}\"", &text[from..])))?;
        self.refresh(context);
        let (mut expr, converts) = analyse(text, &self.variables, &self.arguments, context, |analyser| {
            let expr = analyser.expr(&syntax)?;
            match ty {
                Some(ty) if analyser.can_coerce(expr.ty.oid, ty.oid, How::Assignment) => {
                    Ok((analyser.coerce_to(expr, ty, How::Assignment)?, false))
                }
                _ => Ok((analyser.as_known(expr)?, true)),
            }
        })?;
        context.session.calls.push(self.place());
        // As in PostgreSQL, only what fails before it runs tells of the expression.
        let line = format!("PL/pgSQL {what} \"{text}\"");
        let value = within(&self.variables, &self.arguments, context, |context| {
            fold(&mut expr, context).map_err(|stop| with_context(stop, &line))?;
            eval(&expr, context)
        });
        context.session.calls.pop();
        let value = value?;
        match ty {
            Some(ty) if converts => Ok((ty, self.converted(value, expr.ty, ty, context)?)),
            _ => Ok((ty.unwrap_or(expr.ty), value)),
        }
    }

    /// A value of one type as one of another, through its text where need be.
    pub(super) fn converted(
        &self,
        value: Option<Value>,
        from: Type,
        to: Type,
        context: &mut Context<'_>,
    ) -> Result<Option<Value>, Stop> {
        let Some(value) = value else { return Ok(None) };
        if from.oid == to.oid && to.modifier == -1 {
            return Ok(Some(value));
        }
        let known = context.known();
        let style = context.style();
        let text = output(&known, from.oid, &value, &style);
        Ok(Some(input(&known, to.oid, to.modifier, &text, &style)?))
    }

    /// The text of an expression's value; none: NULL.
    pub(super) fn shown(&mut self, text: &str, context: &mut Context<'_>) -> Result<Option<String>, Stop> {
        let (ty, value) = self.value(text, 0, None, "expression", context)?;
        let known = context.known();
        Ok(value.map(|value| output(&known, ty.oid, &value, &context.style())))
    }

    /// EXECUTE: of a text that is an expression's value, which does not see the variables.
    pub(super) fn execute(
        &mut self,
        text: &str,
        using: &[String],
        context: &mut Context<'_>,
    ) -> Result<Ran, Stop> {
        let Some(sql) = self.shown(text, context)? else {
            return Err(Stop::error("22004", "query string argument of EXECUTE is null"));
        };
        let mut arguments = Vec::new();
        for text in using {
            arguments.push(self.value(text, 0, None, "expression", context)?);
        }
        self.sql(&sql, Some(arguments), context)
    }

    /// Runs statements of SQL, with these parameters and without variables, or with the variables.
    pub(super) fn sql(
        &mut self,
        text: &str,
        dynamic: Option<Arguments>,
        context: &mut Context<'_>,
    ) -> Result<Ran, Stop> {
        let parsed = parse::parse(text, true).map_err(|error| internal(error.into(), text))?;
        let nothing = Variables::default();
        let (variables, arguments) = match &dynamic {
            Some(arguments) => (&nothing, arguments),
            None => (&self.variables, &self.arguments),
        };
        let place = self.place();
        let mut ran = Ran::default();
        for one in &parsed {
            self.refresh(context);
            ran = statement(text, &one.statement, variables, arguments, &place, context)?;
        }
        self.refresh(context);
        Ok(ran)
    }
}

fn statement(
    text: &str,
    statement: &Statement,
    variables: &Variables,
    arguments: &Arguments,
    place: &str,
    context: &mut Context<'_>,
) -> Result<Ran, Stop> {
    let query = match statement {
        Statement::Query(query) => {
            analyse(text, variables, arguments, context, |analyser| analyser.query(query))?
        }
        Statement::Modify(modify) => {
            analyse(text, variables, arguments, context, |analyser| analyser.modification(modify))?
        }
        other => {
            utility(text, other, context).map_err(|stop| {
                let line = format!("SQL statement \"{text}\"");
                with_context(internal(stop, text), &line)
            })?;
            return Ok(Ran::default());
        }
    };
    let columns = query.columns.clone();
    let line = format!("SQL statement \"{text}\"");
    context.session.calls.extend([place.to_owned(), line.clone()]);
    let read = rows(query, variables, arguments, context);
    context.session.calls.truncate(context.session.calls.len().saturating_sub(2));
    let (rows, affected) = read.map_err(|stop| with_context(stop, &line))?;
    let count = affected.unwrap_or(u64::try_from(rows.len()).unwrap_or(u64::MAX));
    let selects = matches!(statement, Statement::Query(_));
    Ok(Ran { returns: selects || !columns.is_empty(), columns, rows, count, selects })
}

/// A statement that is neither a query nor a change of rows.
fn utility(text: &str, statement: &Statement, context: &mut Context<'_>) -> Result<(), Stop> {
    match statement {
        Statement::Definition(definition) => ddl::run(definition, text, context).map(|_| ()),
        Statement::CreateDomain(domain) => ddl::create_domain(domain, text, context).map(|_| ()),
        Statement::Set { name, value, local } => {
            let state = &context.cluster;
            let roles = |name: &str| state.roles.get(name).copied();
            let settings = &mut context.session.settings;
            let effect = match value {
                SetValue::Default => {
                    settings.reset(name, *local, &roles)?;
                    return Ok(());
                }
                SetValue::List(values) => settings.set(name, values, *local, &roles)?,
            };
            Ok(context.session.take_effect(&effect)?)
        }
        Statement::Notify { channel, payload } => Ok(context.session.notify(channel, payload)?),
        Statement::SetConstraints { names, deferred } => {
            ddl::constraint::set(names.as_deref(), *deferred, context)
        }
        Statement::Transaction(_) => Err(Stop::error("2D000", "invalid transaction termination")),
        _ => Err(Stop::error("0A000", "this statement is not supported within functions by this server")),
    }
}

/// The arguments of a function in SQL, in sight by name.
fn in_sight(function: &UserFunction, values: Vec<Option<Value>>) -> (Variables, Arguments) {
    let mut variables = Variables::default();
    let mut arguments = Vec::new();
    for ((name, ty), value) in function.arguments.iter().zip(values) {
        if let Some(name) = name {
            variables.scalar(name, *ty, value.clone());
        }
        arguments.push((*ty, value));
    }
    (variables, arguments)
}

/// Looks at the body of a function in SQL. An error's position counts within the body.
pub(super) fn validate(function: &UserFunction, context: &mut Context<'_>) -> Result<(), Stop> {
    let nulls = vec![None; function.arguments.len()];
    let (variables, arguments) = in_sight(function, nulls);
    let types = arguments.iter().map(|(ty, _)| ty.oid).collect();
    let mut parameters = Parameters { types, open: false };
    let parsed = parse::parse(&function.body, true)?;
    let Some(last) = parsed.last() else { return Ok(()) };
    let mut analyser = Analyser::new(context.lookup(), &function.body, &mut parameters);
    analyser.scopes.push(variables.scope());
    let query = match &last.statement {
        Statement::Query(query) => analyser.query(query)?,
        Statement::Modify(modify) => analyser.modification(modify)?,
        _ => return Ok(()),
    };
    let Some(column) = query.columns.first().filter(|_| function.returns.oid != super::VOID) else {
        return Ok(());
    };
    if analyser.can_coerce(column.ty.oid, function.returns.oid, How::Assignment) {
        return Ok(());
    }
    let returns = analyser.type_name(function.returns.oid);
    let message = format!("return type mismatch in function declared to return {returns}");
    let detail = format!("Actual return type is {}.", analyser.type_name(column.ty.oid));
    let error = SqlError::error("42P13", message).detail(detail);
    Err(with_context(error.into(), &format!("SQL function \"{}\"", function.name)))
}

/// Calls a function in SQL.
pub(super) fn call(
    function: &UserFunction,
    values: Vec<Option<Value>>,
    context: &mut Context<'_>,
) -> Result<Vec<Option<Value>>, Stop> {
    let (variables, arguments) = in_sight(function, values);
    let snapshot = context.snapshot.clone();
    let mut ran = Ran::default();
    let parsed = parse::parse(&function.body, true)?;
    let caller = Call::new(function.name.clone(), function.returns);
    for (number, one) in (1..).zip(&parsed) {
        caller.refresh(context);
        let line = format!("SQL function \"{}\" statement {number}", function.name);
        let done = statement(&function.body, &one.statement, &variables, &arguments, &line, context);
        ran = done.map_err(|stop| with_context(stop, &line))?;
    }
    let mut results = Vec::new();
    for row in &ran.rows {
        let Some((column, value)) = ran.columns.first().zip(row.first()) else { continue };
        results.push(caller.converted(value.clone(), column.ty, function.returns, context)?);
    }
    context.snapshot = snapshot;
    if function.returns.oid == super::VOID {
        return Ok(vec![Some(Value::Void)]);
    }
    if !function.returns_set {
        results.truncate(1);
        if results.is_empty() {
            results.push(None);
        }
    }
    Ok(results)
}
