//! A call that runs.

use super::condition;
use super::query::Ran;
use super::scope::{Content, Variable, Variables};
use super::syntax::{Block, Handler, Into, Kind, Over, Statement};
use super::{BOOL, INT4, TEXT, TRIGGER, VOID};
use crate::engine::SqlError;
use crate::postgresql::meter::roomy_if;
use crate::postgresql::sql::context::Context;
use crate::postgresql::sql::expr::Type;
use crate::postgresql::sql::query::Column;
use crate::postgresql::sql::stop::Stop;
use crate::postgresql::storage::{Outcome, Row};
use pgconform_wire::value::Value;

/// A function, or a block of DO, being run.
pub(super) struct Call {
    pub(super) name: String,
    pub(super) variables: Variables,
    /// What `$1` and on are.
    pub(super) arguments: Vec<(Type, Option<Value>)>,
    pub(super) returns: Type,
    /// What RETURN NEXT and RETURN QUERY have given.
    pub(super) results: Vec<Option<Value>>,
    /// The line and the name of the statement that runs.
    pub(super) current: (usize, &'static str),
    /// The errors that are being handled, the innermost last.
    errors: Vec<SqlError>,
    /// The error at hand was raised again: its context is complete.
    pub(super) again: bool,
    count: u64,
}

/// How to go on.
pub(super) enum Flow {
    Next,
    Exit(Option<String>),
    Continue(Option<String>),
    Return(Option<Value>),
    /// What a trigger returns.
    Row(Option<Row>),
}

/// The error, with a line behind its context.
pub(super) fn with_context(stop: Stop, line: &str) -> Stop {
    let Stop::Error(mut error) = stop else { return stop };
    let more = error.more();
    more.context = Some(match more.context.take() {
        Some(inner) => format!("{inner}\n{line}"),
        None => line.to_owned(),
    });
    Stop::Error(error)
}

impl Call {
    pub(super) fn new(name: String, returns: Type) -> Self {
        Self {
            name,
            variables: Variables::default(),
            arguments: Vec::new(),
            returns,
            results: Vec::new(),
            current: (0, "statement block"),
            errors: Vec::new(),
            again: false,
            count: 0,
        }
    }

    /// Where it is, as contexts tell it.
    pub(super) fn place(&self) -> String {
        let (line, what) = self.current;
        match what {
            "" => format!("PL/pgSQL function {} line {line}", self.name),
            during if during.starts_with("during") || during.starts_with("while") => match line {
                0 => format!("PL/pgSQL function {} {during}", self.name),
                _ => format!("PL/pgSQL function {} line {line} {during}", self.name),
            },
            what => format!("PL/pgSQL function {} line {line} at {what}", self.name),
        }
    }

    /// Runs it to its end. What it sees of the database is its own: the statement around goes on with its own snapshot.
    pub(super) fn run(&mut self, block: &Block, context: &mut Context<'_>) -> Result<Flow, Stop> {
        context.session.meter.enter()?;
        let snapshot = context.snapshot.clone();
        let flow = roomy_if(true, || self.block(block, 1, context));
        context.snapshot = snapshot;
        context.session.meter.leave();
        flow.map_err(|stop| if self.again { stop } else { with_context(stop, &self.place()) })
    }

    fn block(&mut self, block: &Block, line: usize, context: &mut Context<'_>) -> Result<Flow, Stop> {
        let outer = self.variables.0.len();
        let flow = if block.handlers.is_empty() {
            self.open_block(block, line, context)
        } else {
            self.guarded(block, line, context)
        };
        self.variables.0.truncate(outer);
        match flow? {
            Flow::Exit(Some(label)) if block.label.as_ref() == Some(&label) => Ok(Flow::Next),
            flow => Ok(flow),
        }
    }

    fn open_block(&mut self, block: &Block, line: usize, context: &mut Context<'_>) -> Result<Flow, Stop> {
        for declaration in &block.declarations {
            let saved = std::mem::replace(
                &mut self.current,
                (line, "during statement block local variable initialization"),
            );
            let content = match &declaration.data_type {
                None => Content::Record(Vec::new(), Vec::new()),
                Some(data_type) => {
                    let ty = self.type_named(data_type, context)?;
                    let value = match &declaration.default {
                        Some(text) => self.value(text, 0, Some(ty), "expression", context)?.1,
                        None => None,
                    };
                    Content::Scalar(ty, value)
                }
            };
            let (name, not_null) = (declaration.name.clone(), declaration.not_null);
            self.variables.0.push(Variable { name, not_null, content });
            self.current = saved;
        }
        self.statements(&block.body, context)
    }

    /// A block with handlers is a subtransaction.
    fn guarded(&mut self, block: &Block, line: usize, context: &mut Context<'_>) -> Result<Flow, Stop> {
        let depth = context.session.transaction.depth();
        let known = self.variables.0.len();
        let calls = context.session.calls.len();
        let rows = context.rows.len();
        context.session.push(None);
        let ended = self.open_block(block, line, context);
        let error = match ended {
            Ok(flow) => {
                context.session.pop(depth, Outcome::Committed, context.database);
                return Ok(flow);
            }
            Err(stop) => {
                context.session.pop(depth, Outcome::Aborted, context.database);
                context.session.calls.truncate(calls);
                context.rows.truncate(rows);
                match stop {
                    Stop::Error(error) => error,
                    other => return Err(other),
                }
            }
        };
        self.refresh(context);
        let handles = |handler: &&Handler| {
            handler.conditions.iter().any(|condition| match condition {
                Some(condition) => condition::matches(condition, &error.code),
                None => !["57014", "P0004"].contains(&&*error.code),
            })
        };
        let Some(handler) = block.handlers.iter().find(handles) else { return Err(Stop::Error(error)) };
        let complete = match with_context(Stop::Error(error), &self.place()) {
            Stop::Error(error) => *error,
            other => return Err(other),
        };
        self.variables.0.truncate(known);
        self.variables.scalar("sqlstate", TEXT, Some(Value::Text(complete.code.clone().into_owned())));
        self.variables.scalar("sqlerrm", TEXT, Some(Value::Text(complete.message.clone().into_owned())));
        self.errors.push(complete);
        let flow = self.statements(&handler.body, context);
        self.errors.pop();
        flow
    }

    fn statements(&mut self, statements: &[Statement], context: &mut Context<'_>) -> Result<Flow, Stop> {
        for statement in statements {
            let saved = std::mem::replace(&mut self.current, (statement.line, statement.kind.name()));
            let flow = self.statement(statement, context)?;
            self.current = saved;
            if !matches!(flow, Flow::Next) {
                return Ok(flow);
            }
        }
        Ok(Flow::Next)
    }

    fn statement(&mut self, statement: &Statement, context: &mut Context<'_>) -> Result<Flow, Stop> {
        context.session.meter.spend(20)?;
        match &statement.kind {
            Kind::Block(block) => return self.block(block, statement.line, context),
            Kind::Null => {}
            Kind::Assign { target: (target, field), text, expression } => {
                self.assign(target, field.as_deref(), text, *expression, context)?;
            }
            Kind::Raise(raise) if raise.again => {
                let Some(error) = self.errors.last() else {
                    let message = "RAISE without parameters cannot be used outside an exception handler";
                    return Err(Stop::error("0Z002", message));
                };
                self.again = true;
                return Err(error.clone().into());
            }
            Kind::Raise(raise) => self.raise(raise, context)?,
            Kind::Assert { condition, message } => {
                if !self.condition(condition, context)? {
                    let message = match message {
                        Some(message) => self.shown(message, context)?,
                        None => None,
                    };
                    let message = message.unwrap_or_else(|| "assertion failed".to_owned());
                    return Err(Stop::error("P0004", message));
                }
            }
            Kind::Perform(text) => {
                let ran = self.sql(text, None, context)?;
                self.counted(ran.count);
            }
            Kind::Sql { text, into } => {
                let ran = self.sql(text, None, context)?;
                self.finish(ran, into.as_ref(), true, context)?;
            }
            Kind::Execute { text, into, using } => {
                let ran = self.execute(text, using, context)?;
                self.finish(ran, into.as_ref(), false, context)?;
            }
            Kind::If { branches, otherwise } => {
                for (condition, body) in branches {
                    if self.condition(condition, context)? {
                        return self.statements(body, context);
                    }
                }
                return self.statements(otherwise, context);
            }
            Kind::Loop { label, condition, body } => loop {
                context.session.meter.spend(20)?;
                if let Some(condition) = condition
                    && !self.condition(condition, context)?
                {
                    break;
                }
                if let Some(flow) = self.once(label.as_ref(), body, context)? {
                    return Ok(flow);
                }
            },
            Kind::For { label, targets, over, body } => {
                return self.run_through(label.as_ref(), targets, over, body, context);
            }
            Kind::Leave { exits, label, condition } => {
                let leaves = match condition {
                    Some(condition) => self.condition(condition, context)?,
                    None => true,
                };
                if leaves {
                    return Ok(if *exits {
                        Flow::Exit(label.clone())
                    } else {
                        Flow::Continue(label.clone())
                    });
                }
            }
            Kind::Return(value) => return self.returned(value.as_deref(), context),
            Kind::ReturnNext(text) => {
                let (_, value) = self.value(text, 0, Some(self.returns), "expression", context)?;
                context.session.meter.keep_row(std::slice::from_ref(&value))?;
                self.results.push(value);
            }
            Kind::ReturnQuery(text) => {
                let ran = self.sql(text, None, context)?;
                for row in &ran.rows {
                    let Some((column, value)) = ran.columns.first().zip(row.first()) else { continue };
                    let value = self.converted(value.clone(), column.ty, self.returns, context)?;
                    self.results.push(value);
                }
                self.counted(ran.count);
            }
            Kind::RowCount(target) => {
                let count = Value::Int8(i64::try_from(self.count).unwrap_or(i64::MAX));
                self.store(target, Type::plain(20), Some(count), context)?;
            }
        }
        Ok(Flow::Next)
    }

    /// Runs a loop's body once; some flow leaves the loop.
    fn once(
        &mut self,
        label: Option<&String>,
        body: &[Statement],
        context: &mut Context<'_>,
    ) -> Result<Option<Flow>, Stop> {
        let own = |other: &Option<String>| other.is_none() || other.as_ref() == label;
        Ok(match self.statements(body, context)? {
            Flow::Next => None,
            Flow::Continue(other) if own(&other) => None,
            Flow::Exit(other) if own(&other) => Some(Flow::Next),
            flow => Some(flow),
        })
    }

    fn run_through(
        &mut self,
        label: Option<&String>,
        targets: &[String],
        over: &Over,
        body: &[Statement],
        context: &mut Context<'_>,
    ) -> Result<Flow, Stop> {
        if let Over::Range { from, to, by, reverse } = over {
            let mut bounds = Vec::new();
            for (text, what) in [(from, "lower"), (to, "upper")] {
                bounds.push(self.bound(text, what, context)?);
            }
            let step = match by {
                Some(by) => self.bound(by, "BY", context)?,
                None => 1,
            };
            if step <= 0 {
                return Err(Stop::error("22023", "BY value of FOR loop must be greater than zero"));
            }
            let step = if *reverse { -step } else { step };
            let mut at = bounds[0];
            let outer = self.variables.0.len();
            while if *reverse { at >= bounds[1] } else { at <= bounds[1] } {
                context.session.meter.spend(5)?;
                let value = i32::try_from(at).map_or(Value::Int8(at), Value::Int4);
                self.variables.scalar(&targets[0], INT4, Some(value));
                let flow = self.once(label, body, context)?;
                self.variables.0.truncate(outer);
                if let Some(flow) = flow {
                    return Ok(flow);
                }
                at += step;
            }
            return Ok(Flow::Next);
        }
        let ran = match over {
            Over::Query(text) => self.sql(text, None, context)?,
            Over::Execute(text) => self.execute(text, &[], context)?,
            Over::Range { .. } => Ran::default(),
        };
        let found = !ran.rows.is_empty();
        for row in &ran.rows {
            self.take_row(targets, &ran.columns, Some(row), context)?;
            if let Some(flow) = self.once(label, body, context)? {
                self.found(found);
                return Ok(flow);
            }
        }
        self.found(found);
        Ok(Flow::Next)
    }

    fn bound(&mut self, text: &str, what: &str, context: &mut Context<'_>) -> Result<i64, Stop> {
        match self.value(text, 0, Some(INT4), "expression", context)?.1 {
            Some(Value::Int4(number)) => Ok(number.into()),
            _ => {
                let bound = if what == "BY" { what.to_owned() } else { format!("{what} bound") };
                let what = if what == "BY" { "BY value".to_owned() } else { bound };
                Err(Stop::error("22004", format!("{what} of FOR loop cannot be null")))
            }
        }
    }

    fn condition(&mut self, text: &str, context: &mut Context<'_>) -> Result<bool, Stop> {
        Ok(self.value(text, 0, Some(BOOL), "expression", context)?.1 == Some(Value::Bool(true)))
    }

    fn returned(&mut self, text: Option<&str>, context: &mut Context<'_>) -> Result<Flow, Stop> {
        let Some(text) = text else {
            return Ok(Flow::Return(Some(Value::Void)));
        };
        if self.returns.oid == TRIGGER {
            return match self.variables.find(&text.trim().to_lowercase()).map(|variable| &variable.content) {
                Some(Content::Record(_, values)) if !values.is_empty() => {
                    Ok(Flow::Row(Some(values.clone().into())))
                }
                _ => Ok(Flow::Row(None)),
            };
        }
        if self.returns.oid == VOID {
            return Err(Stop::error("42804", "RETURN cannot have a parameter in function returning void"));
        }
        let (ty, value) = self.value(text, 0, None, "expression", context)?;
        self.current = (0, "while casting return value to function's return type");
        let value = self.converted(value, ty, self.returns, context)?;
        Ok(Flow::Return(value))
    }

    fn assign(
        &mut self,
        target: &str,
        field: Option<&str>,
        text: &str,
        expression: usize,
        context: &mut Context<'_>,
    ) -> Result<(), Stop> {
        let ty = match (self.variables.find(target).map(|variable| &variable.content), field) {
            (Some(Content::Scalar(ty, _)), None) => Some(*ty),
            (Some(Content::Record(columns, _)), Some(field)) => {
                let column = columns.iter().find(|column| column.name == field);
                let missing =
                    || Stop::error("42703", format!("record \"{target}\" has no field \"{field}\""));
                Some(column.ok_or_else(missing)?.ty)
            }
            _ => None,
        };
        let (from, value) = self.value(text, expression, ty, "assignment", context)?;
        let Some(field) = field else { return self.store(target, ty.unwrap_or(from), value, context) };
        if let Some(Variable { content: Content::Record(columns, values), .. }) = self.variables.find(target)
            && let Some(place) = columns.iter().position(|column| column.name == field)
        {
            values[place] = value;
        }
        Ok(())
    }

    /// Puts a value into a variable.
    fn store(
        &mut self,
        target: &str,
        from: Type,
        value: Option<Value>,
        context: &mut Context<'_>,
    ) -> Result<(), Stop> {
        let to = match self.variables.find(target).map(|variable| &variable.content) {
            Some(Content::Scalar(ty, _)) => *ty,
            _ => from,
        };
        let value = self.converted(value, from, to, context)?;
        let Some(variable) = self.variables.find(target) else { return Ok(()) };
        if variable.not_null && value.is_none() {
            let message = format!("null value cannot be assigned to variable \"{target}\" declared NOT NULL");
            return Err(Stop::error("22004", message));
        }
        match &mut variable.content {
            Content::Scalar(_, slot) => *slot = value,
            Content::Record(_, values) => values.clear(),
        }
        Ok(())
    }

    /// Puts a row into variables; none: NULLs.
    fn take_row(
        &mut self,
        targets: &[String],
        columns: &[Column],
        row: Option<&Row>,
        context: &mut Context<'_>,
    ) -> Result<(), Stop> {
        if let [target] = targets
            && let Some(Variable { content: Content::Record(names, values), .. }) =
                self.variables.find(target)
        {
            *names = columns.to_vec();
            *values = row.map_or_else(|| vec![None; columns.len()], |row| row.to_vec());
            return Ok(());
        }
        for (place, target) in targets.iter().enumerate() {
            let ty = columns.get(place).map_or(TEXT, |column| column.ty);
            let value = row.and_then(|row| row.get(place).cloned().flatten());
            self.store(target, ty, value, context)?;
        }
        Ok(())
    }

    /// What becomes of what a statement of SQL gave.
    fn finish(
        &mut self,
        ran: Ran,
        into: Option<&Into>,
        needs_into: bool,
        context: &mut Context<'_>,
    ) -> Result<(), Stop> {
        self.counted(ran.count);
        let Some(into) = into else {
            if needs_into && ran.returns {
                let error = SqlError::error("42601", "query has no destination for result data");
                let hint = "If you want to discard the results of a SELECT, use PERFORM instead.";
                return Err(if ran.selects { error.hint(hint) } else { error }.into());
            }
            return Ok(());
        };
        if into.strict && ran.rows.is_empty() {
            return Err(Stop::error("P0002", "query returned no rows"));
        }
        if into.strict && ran.rows.len() > 1 {
            let error = SqlError::error("P0003", "query returned more than one row");
            return Err(error.hint("Make sure the query returns a single row, or use LIMIT 1.").into());
        }
        self.found(!ran.rows.is_empty());
        self.take_row(&into.targets, &ran.columns, ran.rows.first(), context)
    }

    fn counted(&mut self, count: u64) {
        self.count = count;
        self.found(count > 0);
    }

    fn found(&mut self, found: bool) {
        if let Some(Variable { content: Content::Scalar(_, slot), .. }) = self.variables.find("found") {
            *slot = Some(Value::Bool(found));
        }
    }
}
