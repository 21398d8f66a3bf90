//! What defines tables and settings.

use super::super::SCHEMA;
use super::super::node::{Column, Table};
use super::super::refusal::{Exception, Refusal};
use super::super::types::Type;
use super::Scope;
use super::analyse::{Analyser, is_system, read_only};
use super::eval::too_large;
use super::modify::widen;
use super::statement::{ColumnDefinition, CreateTable, Name, Statement};

/// The most tables that there are.
const TABLES: usize = 1000;

/// The most columns and fields that a table has, as in CrateDB.
pub(super) const FIELDS: usize = 1000;

/// How deep an object may be.
pub(super) const DEEPEST: usize = 20;

/// The longest name, in bytes.
pub(super) const LONGEST_NAME: usize = 255;

/// What a column or a field takes, with all that the system's tables tell of it.
pub(super) const FIELD: usize = 4 << 10;

/// The most schemas in a search path.
const LONGEST_PATH: usize = 100;

/// Over how many shards a table is spread unless it says so.
const SHARDS: i32 = 4;

/// Runs a statement that has no values; the number of tables concerned.
pub(super) fn run(statement: &Statement, scope: &mut Scope<'_>) -> Result<u64, Refusal> {
    match statement {
        Statement::CreateTable(create) => create_table(create, scope),
        Statement::DropTable { name, if_exists } => drop_table(name, *if_exists, scope),
        Statement::AddColumn(name, column) => add_column(name, column, scope),
        Statement::Refresh(names) | Statement::Optimize(names) => {
            let analyser = Analyser::new(scope, Vec::new());
            for name in names {
                analyser.schema(name)?;
            }
            Ok(names.len().try_into().unwrap_or(u64::MAX))
        }
        Statement::SetPath(path) => {
            scope.session.search_path = match path {
                Some(path)
                    if path.len() > LONGEST_PATH || path.iter().any(|schema| schema.len() > LONGEST_NAME) =>
                {
                    return Err(too_large("the search path is too long"));
                }
                Some(path) => path.iter().filter(|schema| *schema != "pg_catalog").cloned().collect(),
                None => vec![SCHEMA.to_owned()],
            };
            Ok(0)
        }
        Statement::Reset { path: true } => {
            scope.session.search_path = vec![SCHEMA.to_owned()];
            Ok(0)
        }
        _ => Ok(0),
    }
}

/// Where a table is made.
fn place(name: &Name, scope: &Scope<'_>) -> Result<(String, String), Refusal> {
    let schema = match &name.schema {
        Some(schema) => schema.clone(),
        None => scope.session.search_path.first().cloned().unwrap_or_else(|| SCHEMA.to_owned()),
    };
    if is_system(&schema) {
        return Err(read_only(&schema, &name.name, "CREATE"));
    }
    let wrong = |text: &str| {
        text.is_empty() || text.contains(['.', '"', '/', '\\', ' ', ',', '#', '?', '*', '<', '>', '|'])
    };
    if wrong(&schema) || schema.starts_with('_') || schema.len() > LONGEST_NAME {
        return Err(Refusal::new(
            Exception::InvalidSchemaName,
            format!("schema name \"{schema}\" is invalid."),
        ));
    }
    if wrong(&name.name) || name.name.starts_with('_') || name.name.len() > LONGEST_NAME {
        let message = format!("Relation name \"{schema}.{}\" is invalid.", name.name);
        return Err(Refusal::new(Exception::IllegalArgument, message));
    }
    Ok((schema, name.name.clone()))
}

fn create_table(create: &CreateTable, scope: &mut Scope<'_>) -> Result<u64, Refusal> {
    let key = place(&create.name, scope)?;
    if scope.node.tables.contains_key(&key) {
        if create.if_not_exists {
            return Ok(0);
        }
        let message = format!("Relation '{}.{}' already exists.", key.0, key.1);
        return Err(Refusal::new(Exception::RelationExists, message));
    }
    if scope.node.tables.len() >= TABLES {
        return Err(too_large("there are too many tables"));
    }
    let mut table = Table { shards: create.shards.unwrap_or(SHARDS), ..Table::default() };
    for column in &create.columns {
        define(column, &mut table)?;
    }
    if !create.primary_key.is_empty() {
        if !table.primary_key.is_empty() {
            return Err(Refusal::new(Exception::SqlParse, "Multiple primary key definitions"));
        }
        for name in &create.primary_key {
            let place = find(name, &table)?;
            if table.primary_key.contains(&place) {
                let message = format!("Primary key column {name} is named twice");
                return Err(Refusal::new(Exception::IllegalArgument, message));
            }
            table.primary_key.push(place);
        }
    }
    for place in &table.primary_key {
        let column = &table.columns[*place];
        if !super::analyse::is_key(&column.ty) {
            let message = format!("Cannot use columns of type \"{}\" as primary key", column.ty);
            return Err(Refusal::unsupported(message));
        }
    }
    for name in &create.named {
        find(name, &table)?;
    }
    table.weight = definition_weight(&table);
    full(table.weight, scope)?;
    scope.node.tables.insert(key, table);
    Ok(1)
}

/// Refuses so many bytes more in tables, if there are too many then.
pub(super) fn full(more: usize, scope: &Scope<'_>) -> Result<(), Refusal> {
    if more > scope.node.room() { Err(too_large("the tables are full")) } else { Ok(()) }
}

/// What a table takes without its rows.
fn definition_weight(table: &Table) -> usize {
    table.columns.len() * FIELD + table.fields.keys().map(|path| field_weight(path)).sum::<usize>()
}

/// What a field takes.
pub(super) fn field_weight(path: &[String]) -> usize {
    FIELD + path.iter().map(String::len).sum::<usize>()
}

fn find(name: &str, table: &Table) -> Result<usize, Refusal> {
    let place = table.columns.iter().position(|column| column.name == name);
    place.ok_or_else(|| Refusal::new(Exception::ColumnUnknown, format!("Column {name} unknown")))
}

/// Adds a column to a table.
pub(super) fn define(column: &ColumnDefinition, table: &mut Table) -> Result<(), Refusal> {
    let illegal = |message: String| Err(Refusal::new(Exception::IllegalArgument, message));
    if table.columns.iter().any(|known| known.name == column.name) {
        return illegal(format!("column \"{}\" specified more than once", column.name));
    }
    if column.name.is_empty()
        || column.name.starts_with('_')
        || column.name.contains(['[', ']', '.'])
        || column.name.len() > LONGEST_NAME
    {
        return illegal(format!("\"{}\" is no name for a column", column.name));
    }
    let place = table.columns.len();
    if column.primary_key {
        table.primary_key.push(place);
    }
    if column.not_null {
        table.not_null.push(place);
    }
    table.columns.push(Column { name: column.name.clone(), ty: column.ty.clone() });
    fields(column, &mut vec![column.name.clone()], table)
}

/// Notes what is known of an object's fields.
fn fields(column: &ColumnDefinition, path: &mut Vec<String>, table: &mut Table) -> Result<(), Refusal> {
    if column.name.len() > LONGEST_NAME || path.len() > DEEPEST {
        return Err(too_large("an object nests too deeply, or a field's name is too long"));
    }
    if column.strict {
        table.strict.insert(path.clone());
    }
    for field in &column.fields {
        path.push(field.name.clone());
        table.fields.insert(path.clone(), field.ty.clone());
        fields(field, path, table)?;
        path.pop();
    }
    if table.columns.len() + table.fields.len() > FIELDS {
        let message = format!("Limit of total fields [{FIELDS}] has been exceeded");
        return Err(Refusal::new(Exception::IllegalArgument, message));
    }
    Ok(())
}

fn drop_table(name: &Name, if_exists: bool, scope: &mut Scope<'_>) -> Result<u64, Refusal> {
    let analyser = Analyser::new(scope, Vec::new());
    let table = match analyser.writable(name, "DROP") {
        Ok(table) => table,
        Err(Refusal { exception: Exception::RelationUnknown | Exception::SchemaUnknown, .. })
            if if_exists =>
        {
            return Ok(0);
        }
        Err(refusal) => return Err(refusal),
    };
    scope.node.tables.remove(&(table.schema, table.name));
    Ok(1)
}

fn add_column(name: &Name, column: &ColumnDefinition, scope: &mut Scope<'_>) -> Result<u64, Refusal> {
    let found = Analyser::new(scope, Vec::new()).writable(name, "ALTER")?;
    let Some(table) = scope.node.tables.get(&(found.schema.clone(), found.name.clone())) else {
        return Ok(0);
    };
    if column.primary_key || (column.not_null && !table.rows.is_empty()) {
        return Err(Refusal::unsupported("Cannot add such a column to a table"));
    }
    if table.columns.iter().any(|known| known.name == column.name) {
        let message = format!("The table already has a column named {}", column.name);
        return Err(Refusal::new(Exception::IllegalArgument, message));
    }
    let mut changed = table.bare();
    define(column, &mut changed)?;
    let fresh = changed.fields.keys().filter(|path| !table.fields.contains_key(*path));
    let more = fresh.map(|path| field_weight(path)).sum::<usize>();
    full(more, scope)?;
    widen(&found, changed.columns, scope)?;
    if let Some(table) = scope.node.tables.get_mut(&(found.schema, found.name)) {
        table.not_null = changed.not_null;
        table.fields = changed.fields;
        table.strict = changed.strict;
        table.weight += more;
    }
    Ok(1)
}

/// The type of a table's column as CREATE TABLE has it.
pub(super) fn spelt(ty: &Type) -> String {
    match ty {
        Type::Array(element) => format!("ARRAY({})", spelt(element)),
        other => other.to_string().to_uppercase(),
    }
}
