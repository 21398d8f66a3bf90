//! The statements that are neither queries nor changes of rows.

use super::Backend;
use super::portal::{Portal, Tag};
use super::statement::{Plan, Prepared};
use crate::engine::{Severity, SqlError};
use crate::postgresql::plpgsql;
use crate::postgresql::session::Listen;
use crate::postgresql::settings::Settings;
use crate::postgresql::sql::analyse::{Analyser, How, Parameters};
use crate::postgresql::sql::ddl;
use crate::postgresql::sql::eval::eval;
use crate::postgresql::sql::expr::Type;
use crate::postgresql::sql::parse::{Parsed, SetValue, Statement};
use crate::postgresql::sql::query::Column;
use crate::postgresql::sql::stop::Stop;
use crate::postgresql::storage::Row;
use crate::postgresql::transaction::{Block, Isolation, Modes};
use pgconform_wire::value::Value;
use sqlparser::ast;
use std::sync::Arc;

/// What a command gave.
#[derive(Debug)]
pub(crate) struct Done {
    pub(crate) tag: Tag,
    pub(crate) rows: Vec<Row>,
}

impl Done {
    /// A tag and no rows.
    pub(crate) fn tag(tag: impl Into<String>) -> Self {
        Self { tag: Tag::Whole(tag.into()), rows: Vec::new() }
    }
}

impl Backend {
    /// Runs a command of the query string `text`.
    pub(super) fn command(&mut self, statement: &Statement, text: &Arc<str>) -> Result<Done, Stop> {
        match statement {
            Statement::Definition(definition) => {
                let what = self.running_words(text);
                if matches!(
                    &*what,
                    "CREATE DATABASE" | "DROP DATABASE" | "CREATE TABLESPACE" | "DROP TABLESPACE"
                ) {
                    self.need_no_block(&what)?;
                }
                if self.session.transaction.read_only {
                    let why = format!("cannot execute {what} in a read-only transaction");
                    return Err(Stop::error("25006", why));
                }
                let tag = self.with(&[], |context| ddl::run(definition, text, context))?;
                Ok(Done::tag(tag))
            }
            Statement::CreateDomain(domain) => {
                let tag = self.with(&[], |context| ddl::create_domain(domain, text, context))?;
                Ok(Done::tag(tag))
            }
            Statement::DropDatabase { name, if_exists } => {
                self.drop_database(name, *if_exists).map(Done::tag)
            }
            Statement::AlterDatabase(name) => {
                self.find_database(name)?;
                Err(Stop::error("0A000", "ALTER DATABASE is not supported by this server"))
            }
            Statement::Transaction(command) => self.transaction(command).map(Done::tag),
            Statement::Declare(cursor) => self.declare(cursor, text).map(Done::tag),
            Statement::Fetch { cursor, direction, moves } => self.fetch(cursor, *direction, *moves),
            Statement::CloseCursor(name) => self.close_cursor(name.as_deref()).map(Done::tag),
            Statement::Prepare { name, types, statement } => {
                self.prepare_sql(name, types, statement, text).map(Done::tag)
            }
            // It is resolved when the portal is opened.
            Statement::Execute { name, .. } => {
                Err(Stop::error("XX000", format!("EXECUTE {name} was not resolved")))
            }
            Statement::Deallocate(name) => self.deallocate(name.as_deref()).map(Done::tag),
            Statement::Set { name, value, local } => self.set(name, value, *local).map(Done::tag),
            Statement::SetCharacteristics(modes) => self.set_characteristics(modes).map(Done::tag),
            Statement::SetConstraints { names, deferred } => {
                if self.session.transaction.block == Block::None {
                    self.warn("25P01", "SET CONSTRAINTS can only be used in transaction blocks");
                }
                self.with(&[], |context| ddl::constraint::set(names.as_deref(), *deferred, context))?;
                Ok(Done::tag("SET CONSTRAINTS"))
            }
            Statement::Reset(name) => self.reset(name.as_deref()).map(Done::tag),
            Statement::Show(name) => self.show(name.as_deref()),
            Statement::Listen(channel) => {
                self.session.listens.push(Listen::To(channel.clone()));
                Ok(Done::tag("LISTEN"))
            }
            Statement::Unlisten(channel) => {
                let change = channel.clone().map_or(Listen::ToNothing, Listen::NotTo);
                self.session.listens.push(change);
                Ok(Done::tag("UNLISTEN"))
            }
            Statement::Notify { channel, payload } => {
                self.session.notify(channel, payload)?;
                Ok(Done::tag("NOTIFY"))
            }
            Statement::Discard(what) => self.discard(what).map(Done::tag),
            Statement::Do { language, body } => {
                if language != "plpgsql" {
                    return Err(Stop::error("42704", format!("language \"{language}\" does not exist")));
                }
                let start = text.find(body.as_str()).map(|at| text[..at].chars().count() + 1);
                self.with(&[], |context| plpgsql::run_block(body, start, context))?;
                Ok(Done::tag("DO"))
            }
            Statement::Lock(tables) => {
                if self.session.transaction.block != Block::Explicit {
                    return Err(Stop::error("25P01", "LOCK TABLE can only be used in transaction blocks"));
                }
                self.find_tables(tables, text)?;
                Ok(Done::tag("LOCK TABLE"))
            }
            Statement::Maintain { tag, tables, alone } => {
                if *alone {
                    self.need_no_block(tag)?;
                }
                self.find_tables(tables, text)?;
                Ok(Done::tag(*tag))
            }
            Statement::AlterSystem => {
                self.need_no_block("ALTER SYSTEM")?;
                Err(Stop::error("0A000", "ALTER SYSTEM is not supported by this server"))
            }
            Statement::Explain(explained) => self.explain(explained, text),
            Statement::Query(_) | Statement::Modify(_) | Statement::Copy(_) => {
                Err(Stop::error("XX000", "a query is not run as a command"))
            }
        }
    }

    /// What a command returns; none: no rows.
    pub(super) fn command_columns(&mut self, statement: &Statement) -> Result<Option<Vec<Column>>, Stop> {
        let text = |name: String| Column { name, ty: Type::plain(25), origin: None };
        match statement {
            Statement::Show(None) => {
                let names = ["name", "setting", "description"];
                Ok(Some(names.map(|name| text(name.to_owned())).into()))
            }
            Statement::Show(Some(name)) => {
                self.session.settings.show(name, &self.session.transaction)?;
                Ok(Some(vec![text(Settings::spelling(name))]))
            }
            Statement::Fetch { cursor, moves: false, .. } => {
                // An unknown cursor is an error of running it, not of looking at it.
                Ok(self.portals.get(cursor).and_then(|portal| portal.columns.clone()))
            }
            Statement::Execute { name, .. } => Ok(self.statements.get(name).and_then(|s| s.columns.clone())),
            Statement::Explain(_) => Ok(Some(vec![text("QUERY PLAN".to_owned())])),
            _ => Ok(None),
        }
    }

    /// A portal for EXECUTE becomes one for what is executed.
    pub(super) fn resolve_execute(&mut self, portal: &mut Portal) -> Result<(), Stop> {
        let Plan::Command(statement) = &portal.plan else { return Ok(()) };
        let Statement::Execute { name, arguments } = statement.as_ref() else { return Ok(()) };
        let prepared = self.statement(name)?;
        if arguments.len() != prepared.types.len() {
            let why = format!("wrong number of parameters for prepared statement \"{name}\"");
            let (expected, got) = (prepared.types.len(), arguments.len());
            let error = SqlError::error("42601", why);
            return Err(error.detail(format!("Expected {expected} parameters but got {got}.")).into());
        }
        let text = portal.statement.text.clone();
        let types = prepared.types.clone();
        let values = self.with(&portal.parameters, |context| {
            let mut parameters = Parameters::default();
            let mut values = Vec::new();
            for (argument, oid) in arguments.iter().zip(&types) {
                let mut analyser = Analyser::new(context.lookup(), &text, &mut parameters);
                let expr = analyser.expr(argument)?;
                if !analyser.can_coerce(expr.ty.oid, *oid, How::Assignment) {
                    let (given, wanted) = (analyser.type_name(expr.ty.oid), analyser.type_name(*oid));
                    let why = format!(
                        "parameter ${} of type {given} cannot be coerced to the expected type {wanted}",
                        values.len() + 1
                    );
                    let error = SqlError::error("42804", why);
                    return Err(error
                        .hint("You will need to rewrite or cast the expression.")
                        .at(expr.at)
                        .into());
                }
                let expr = analyser.coerce_to(expr, Type::plain(*oid), How::Assignment)?;
                values.push(eval(&expr, context)?);
            }
            Ok(values)
        })?;
        portal.plan = self.plan(&prepared)?;
        portal.columns = prepared.columns.clone();
        portal.parameters = values;
        portal.statement = prepared;
        Ok(())
    }

    fn find_database(&self, name: &str) -> Result<(), Stop> {
        match self.cluster.lock().databases.contains_key(name) {
            true => Ok(()),
            false => Err(Stop::error("3D000", format!("database \"{name}\" does not exist"))),
        }
    }

    fn drop_database(&mut self, name: &str, if_exists: bool) -> Result<String, Stop> {
        self.need_no_block("DROP DATABASE")?;
        match self.find_database(name) {
            Err(_) if if_exists => {
                let why = format!("database \"{name}\" does not exist, skipping");
                self.session.notice(SqlError::new(Severity::Notice, "00000", why));
                Ok("DROP DATABASE".to_owned())
            }
            Err(stop) => Err(stop),
            Ok(()) if name == self.session.database => {
                Err(Stop::error("55006", "cannot drop the currently open database"))
            }
            Ok(()) => Err(Stop::error("0A000", "dropping databases is not supported by this server")),
        }
    }

    fn prepare_sql(
        &mut self,
        name: &str,
        types: &[ast::DataType],
        statement: &Parsed,
        text: &Arc<str>,
    ) -> Result<String, Stop> {
        let types = self.with(&[], |context| {
            let mut parameters = Parameters::default();
            let analyser = Analyser::new(context.lookup(), text, &mut parameters);
            types.iter().map(|ty| analyser.type_named(ty).map(|ty| ty.oid)).collect::<Result<Vec<_>, _>>()
        })?;
        let mut parameters = Parameters { types, open: true };
        let plan = self.analyse(text, &statement.statement, &mut parameters)?;
        let types = super::statement::determined(parameters.types)?;
        let columns = self.columns(&plan)?;
        self.store(Prepared {
            name: name.to_owned(),
            text: text.clone(),
            parsed: Some(statement.clone()),
            types,
            columns,
            from_sql: true,
            made: self.session.clock.postgres_micros(),
            memory: None,
        })?;
        Ok("PREPARE".to_owned())
    }

    fn deallocate(&mut self, name: Option<&str>) -> Result<String, Stop> {
        match name {
            None => {
                self.statements.retain(|name, _| name.is_empty());
                self.publish();
                Ok("DEALLOCATE ALL".to_owned())
            }
            Some(name) => {
                self.statement(name)?;
                self.statements.remove(name);
                self.publish();
                Ok("DEALLOCATE".to_owned())
            }
        }
    }

    fn set(&mut self, name: &str, value: &SetValue, local: bool) -> Result<String, Stop> {
        if local && self.session.transaction.block == Block::None {
            self.warn("25P01", "SET LOCAL can only be used in transaction blocks");
        }
        self.with(&[], |context| {
            let state = &context.cluster;
            let roles = |name: &str| state.roles.get(name).copied();
            match value {
                SetValue::Default => context.session.settings.reset(name, local, &roles)?,
                SetValue::List(values) => {
                    let effect = context.session.settings.set(name, values, local, &roles)?;
                    context.session.take_effect(&effect)?;
                }
            }
            if let Some(peer) = context.cluster.sessions.get_mut(&context.session.process) {
                peer.application_name = context.session.settings.get("application_name").to_owned();
            }
            Ok(())
        })?;
        Ok("SET".to_owned())
    }

    fn set_characteristics(&mut self, modes: &Modes) -> Result<String, Stop> {
        let on_off = |on: bool| if on { "on" } else { "off" };
        let isolation = modes.isolation.map(|isolation| match isolation {
            Isolation::ReadCommitted => "read committed",
            Isolation::ReadUncommitted => "read uncommitted",
            Isolation::RepeatableRead => "repeatable read",
            Isolation::Serializable => "serializable",
        });
        let all = [
            ("default_transaction_isolation", isolation),
            ("default_transaction_read_only", modes.read_only.map(on_off)),
            ("default_transaction_deferrable", modes.deferrable.map(on_off)),
        ];
        for (name, value) in all {
            if let Some(value) = value {
                self.session.settings.set_text(name, value, false, &|_| None)?;
            }
        }
        Ok("SET".to_owned())
    }

    fn reset(&mut self, name: Option<&str>) -> Result<String, Stop> {
        match name {
            None => self.session.settings.reset_all(),
            Some(name) => {
                self.set(name, &SetValue::Default, false)?;
            }
        }
        Ok("RESET".to_owned())
    }

    fn show(&mut self, name: Option<&str>) -> Result<Done, Stop> {
        let text = |text: String| Some(Value::Text(text));
        let rows = match name {
            Some(name) => {
                let shown = self.session.settings.show(name, &self.session.transaction)?;
                vec![Row::from([text(shown)])]
            }
            None => {
                let all = self.session.settings.all(&self.session.transaction);
                let row = |(row, _): &(&'static crate::postgresql::settings::table::Row, String)| {
                    let shown = self.session.settings.show(row.name, &self.session.transaction);
                    Row::from([
                        text(row.name.to_owned()),
                        text(shown.unwrap_or_default()),
                        text(String::new()),
                    ])
                };
                all.iter().map(row).collect()
            }
        };
        Ok(Done { tag: Tag::Whole("SHOW".to_owned()), rows })
    }

    fn discard(&mut self, what: &str) -> Result<String, Stop> {
        if what == "ALL" {
            self.need_no_block("DISCARD ALL")?;
            self.portals.clear();
            self.with(&[], |context| {
                let state = &context.cluster;
                let roles = |name: &str| state.roles.get(name).copied();
                context.session.settings.reset("session_authorization", false, &roles)?;
                context.session.settings.reset_all();
                Ok(())
            })?;
            self.statements.clear();
            self.session.listens.push(Listen::ToNothing);
            let process = self.session.process;
            self.cluster.lock().state.locks.retain(|lock| lock.process != process || lock.transactional);
            self.publish();
        }
        if matches!(what, "ALL" | "SEQUENCES") {
            self.session.counted.clear();
            self.session.counted_last = None;
        }
        if matches!(what, "ALL" | "TEMP") {
            self.with(&[], ddl::discard_temporary)?;
        }
        Ok(format!("DISCARD {what}"))
    }

    /// The words that a definition's command tag is made of: those that the statement begins with.
    fn running_words(&self, text: &str) -> String {
        let unsaid = ["TEMP", "TEMPORARY", "UNLOGGED", "UNIQUE", "OR", "REPLACE", "LOCAL", "GLOBAL"];
        let words =
            text[self.running.range.clone()].split(|char: char| !char.is_alphanumeric() && char != '_');
        let words =
            words.map(str::to_uppercase).filter(|word| !word.is_empty() && !unsaid.contains(&&**word));
        let words: Vec<_> = words.take(2).collect();
        match words.first().map(String::as_str) {
            Some(one @ ("COMMENT" | "GRANT" | "REVOKE")) => one.to_owned(),
            Some("TRUNCATE") => "TRUNCATE TABLE".to_owned(),
            _ => words.join(" "),
        }
    }

    fn find_tables(&mut self, tables: &[ast::ObjectName], text: &str) -> Result<(), Stop> {
        self.with(&[], |context| {
            let mut parameters = Parameters::default();
            let analyser = Analyser::new(context.lookup(), text, &mut parameters);
            tables.iter().try_for_each(|table| analyser.table_named(table).map(|_| ()))
        })
    }

    fn warn(&mut self, code: &'static str, message: &'static str) {
        self.session.notice(SqlError::new(Severity::Warning, code, message));
    }
}
