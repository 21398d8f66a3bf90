//! Expressions beside what PostgreSQL 18 says of them: `expressions.txt` has a line each, of the expression, and the type and
//! text of its value or the SQLSTATE, position and message of its error, as PostgreSQL 18.4 gave them in UTC.

use super::analyse::{Analyser, Parameters, Scope, fold};
use super::context::Context;
use super::eval::eval;
use super::stop::Stop;
use crate::environment::Clock;
use crate::postgresql::cluster::State;
use crate::postgresql::database::Database;
use crate::postgresql::session::Session;
use crate::postgresql::settings::Settings;
use pgconform_wire::value::Types as _;
use sqlparser::dialect::PostgreSqlDialect;
use sqlparser::parser::Parser;
use std::collections::BTreeMap;
use std::time::Duration;

const PREFIX: &str = "SELECT ";

fn session() -> Session {
    let clock = Clock::Fixed { now: 1_700_000_000, statement: Duration::ZERO };
    let roles = |name: &str| (name == "postgres").then_some(true);
    let settings = Settings::from_startup("postgres", &[], &roles).expect("no setting is wrong");
    Session::new(1, "postgres", "postgres", settings, clock)
}

/// The type and text of an expression's value.
fn evaluated(sql: &str, context: &mut Context<'_>) -> Result<(String, Option<String>), Stop> {
    let text = format!("{PREFIX}{sql}");
    let dialect = PostgreSqlDialect {};
    let statements = Parser::parse_sql(&dialect, &text);
    let statements = statements.map_err(|error| Stop::error("42601", error.to_string()))?;
    let Some(sqlparser::ast::Statement::Query(query)) = statements.first() else { panic!("{sql}") };
    let sqlparser::ast::SetExpr::Select(select) = &*query.body else { panic!("{sql}") };
    let [sqlparser::ast::SelectItem::UnnamedExpr(syntax)] = select.projection.as_slice() else {
        panic!("{sql}")
    };
    let mut parameters = Parameters::default();
    let mut analyser = Analyser::new(context.lookup(), &text, &mut parameters);
    analyser.scopes.push(Scope::default());
    let expr = analyser.expr(syntax)?;
    let mut expr = analyser.as_known(expr)?;
    fold(&mut expr, context)?;
    let value = eval(&expr, context)?;
    let ty = context.known().name(expr.ty.oid);
    Ok((ty, value.map(|value| context.output(expr.ty.oid, &value))))
}

#[test]
fn expressions_are_what_postgresql_says() {
    let mut database = Database::new("postgres");
    let mut session = session();
    let mut cluster = State::default();
    let snapshot = session.transaction.snapshot(&database);
    let mut context = Context {
        database: &mut database,
        session: &mut session,
        cluster: &mut cluster,
        snapshot,
        parameters: Vec::new(),
        rows: Vec::new(),
        common: BTreeMap::new(),
    };
    let mut wrong = Vec::new();
    let lines =
        include_str!("expressions.txt").lines().filter(|line| !line.starts_with('#') && !line.is_empty());
    for line in lines {
        let (sql, expected) = line.split_once(" => ").expect("a line has an arrow");
        let actual = match evaluated(sql, &mut context) {
            Ok((ty, Some(text))) => format!("{ty}: {text}"),
            Ok((ty, None)) => format!("{ty}, NULL"),
            Err(Stop::Error(error)) => {
                let place = error.position.map(|position| format!(" at {position}")).unwrap_or_default();
                let hint = error.hint.map(|hint| format!(" HINT {hint}")).unwrap_or_default();
                let detail = error.detail.map(|detail| format!(" DETAIL {detail}")).unwrap_or_default();
                format!("!{}{place} {}{detail}{hint}", error.code, error.message)
            }
            Err(other) => format!("{other:?}"),
        };
        if actual != expected {
            wrong.push(format!("{sql}\n    PostgreSQL {expected}\n    we         {actual}"));
        }
    }
    assert!(wrong.is_empty(), "{} differ\n{}", wrong.len(), wrong.join("\n"));
}
