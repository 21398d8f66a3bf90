//! SHOW. What tells of tables is a query of `information_schema`, as it is in CrateDB.

use super::super::statement::{Show, Statement};
use super::statement::Text;
use super::words::Words;
use super::{Failure, parse_query};
use sqlparser::parser::Parser;

/// The schemas whose tables SHOW TABLES leaves out.
const SYSTEM: &str = "'sys', 'information_schema', 'pg_catalog'";

pub(super) fn show(parser: &mut Parser<'_>, text: Text<'_>) -> Result<Statement, Failure> {
    parser.need("show")?;
    let show = if parser.eat(&["transaction", "isolation", "level"]) || parser.eat(&["transaction_isolation"])
    {
        Show::Isolation
    } else if parser.eat(&["all"]) {
        Show::All
    } else if parser.eat(&["tables"]) {
        let schema = match in_or_from(parser) {
            true => format!("table_schema = {}", quoted(&parser.name()?)),
            false => format!("table_schema NOT IN ({SYSTEM})"),
        };
        let filter = filter(parser, "table_name", text)?;
        query(&format!(
            "SELECT DISTINCT table_name FROM information_schema.tables WHERE {schema}{filter} ORDER BY 1"
        ))?
    } else if parser.eat(&["schemas"]) {
        let filter = filter(parser, "schema_name", text)?;
        query(&format!("SELECT schema_name FROM information_schema.schemata WHERE true{filter} ORDER BY 1"))?
    } else if parser.eat(&["columns"]) {
        if !in_or_from(parser) {
            return Ok(parser.unexpected("FROM or IN")?);
        }
        let table = parser.table()?;
        let schema = match (in_or_from(parser), table.schema) {
            (true, _) => quoted(&parser.name()?),
            (false, Some(schema)) => quoted(&schema),
            (false, None) => "current_schema()".to_owned(),
        };
        let filter = filter(parser, "column_name", text)?;
        query(&format!(
            "SELECT column_name, data_type FROM information_schema.columns \
             WHERE table_name = {} AND table_schema = {schema}{filter} ORDER BY 1",
            quoted(&table.name)
        ))?
    } else if parser.eat(&["create", "table"]) {
        Show::CreateTable(parser.table()?)
    } else {
        let mut name = parser.name()?;
        while parser.consume_token(&sqlparser::tokenizer::Token::Period) {
            name = format!("{name}.{}", parser.name()?);
        }
        Show::Setting(name)
    };
    Ok(Statement::Show(show))
}

fn in_or_from(parser: &mut Parser<'_>) -> bool {
    parser.eat(&["in"]) || parser.eat(&["from"])
}

fn query(text: &str) -> Result<Show, Failure> {
    Ok(Show::Query(parse_query(text)?))
}

/// LIKE and WHERE of SHOW.
fn filter(parser: &mut Parser<'_>, column: &str, text: Text<'_>) -> Result<String, Failure> {
    if parser.eat(&["like"]) {
        return Ok(format!(" AND {column} LIKE {}", quoted(&parser.string()?)));
    }
    if parser.eat(&["where"]) {
        let start = parser.peek_token_ref().span.start;
        parser.parse_expr()?;
        let end = parser.get_current_token().span.end;
        return Ok(format!(" AND ({})", text(start, end)));
    }
    Ok(String::new())
}

fn quoted(text: &str) -> String {
    format!("'{}'", text.replace('\'', "''"))
}
