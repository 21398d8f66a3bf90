//! SHOW.

use super::super::node::Column;
use super::super::refusal::{Exception, Refusal};
use super::super::types::Type;
use super::super::value::{Row, Value};
use super::Scope;
use super::analyse::Analyser;
use super::define::spelt;
use super::statement::{Name, Show};
use std::fmt::Write as _;

/// The columns of SHOW.
pub(super) fn columns(show: &Show, analyser: &Analyser<'_>) -> Result<Vec<Column>, Refusal> {
    let names = match show {
        Show::Isolation => vec!["transaction_isolation".to_owned()],
        Show::All => vec!["name".to_owned(), "setting".to_owned()],
        Show::Setting(name) if name == "search_path" => vec![name.clone()],
        Show::Setting(name) => {
            let message = format!("Unknown session setting name '{name}'.");
            return Err(Refusal::new(Exception::IllegalArgument, message));
        }
        Show::CreateTable(name) => {
            let table = analyser.writable(name, "SHOW CREATE")?;
            vec![format!("SHOW CREATE TABLE {}.{}", table.schema, table.name)]
        }
        Show::Query(_) => Vec::new(),
    };
    Ok(names.into_iter().map(|name| Column { name, ty: Type::String }).collect())
}

/// The rows of SHOW.
pub(super) fn rows(show: &Show, scope: &Scope<'_>) -> Result<Vec<Row>, Refusal> {
    let text = |text: &str| Some(Value::String(text.to_owned()));
    Ok(match show {
        Show::Isolation => vec![vec![text("read uncommitted")]],
        Show::All => vec![vec![text("search_path"), text(&path(scope))]],
        Show::Setting(_) => vec![vec![text(&path(scope))]],
        Show::CreateTable(name) => vec![vec![text(&create_table(name, scope)?)]],
        Show::Query(_) => Vec::new(),
    })
}

fn path(scope: &Scope<'_>) -> String {
    let own = scope.session.search_path.iter().map(String::as_str);
    std::iter::once("pg_catalog").chain(own).collect::<Vec<_>>().join(", ")
}

fn create_table(name: &Name, scope: &Scope<'_>) -> Result<String, Refusal> {
    let found = Analyser::new(scope, Vec::new()).writable(name, "SHOW CREATE")?;
    let mut text = format!("CREATE TABLE \"{}\".\"{}\" (", found.schema, found.name);
    let Some(table) = scope.node.tables.get(&(found.schema, found.name)) else { return Ok(text) };
    for (at, column) in table.columns.iter().enumerate() {
        let comma = if at > 0 { "," } else { "" };
        let null = if table.not_null.contains(&at) { " NOT NULL" } else { "" };
        let _ = write!(text, "{comma}\n   \"{}\" {}{null}", column.name, spelt(&column.ty));
    }
    if !table.primary_key.is_empty() {
        let names = table.primary_key.iter().map(|at| format!("\"{}\"", table.columns[*at].name));
        let _ = write!(text, ",\n   PRIMARY KEY ({})", names.collect::<Vec<_>>().join(", "));
    }
    let _ = write!(text, "\n)\nCLUSTERED INTO {} SHARDS", table.shards);
    Ok(text)
}
