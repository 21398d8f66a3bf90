//! The system tables (`st_*`): SpacetimeDB's own, not PostgreSQL's ("System Tables and Views" in the document). All of
//! them are made from the schemas; facts, section 6, lists them.

use super::database::{Database, Session};
use super::identity::Identity;
use super::number::Integer;
use super::schema::Schema;
use super::types::Type;
use super::value::{Row, Value};
use std::sync::{Arc, OnceLock};

pub(crate) const ST_VAR: &str = "st_var";
/// The one system variable.
pub(crate) const ROW_LIMIT: &str = "row_limit";
/// Ids up to this one are the system's.
pub(crate) const RESERVED_IDS: u32 = 4096;

/// The variant of `st_var.value` that holds `row_limit`.
pub(crate) const VAR_U64: usize = 8;

fn var_value() -> Type {
    Type::sum(&[
        ("Bool", Type::Bool),
        ("I8", Type::I8),
        ("U8", Type::U8),
        ("I16", Type::I16),
        ("U16", Type::U16),
        ("I32", Type::I32),
        ("U32", Type::U32),
        ("I64", Type::I64),
        ("U64", Type::U64),
        ("I128", Type::I128),
        ("U128", Type::U128),
        ("F32", Type::F32),
        ("F64", Type::F64),
        ("String", Type::String),
    ])
}

fn columns_type() -> Type {
    Type::product(&[("columns", Type::array(Type::U16))])
}

fn schemas() -> &'static [Arc<Schema>] {
    static SCHEMAS: OnceLock<Vec<Arc<Schema>>> = OnceLock::new();
    SCHEMAS.get_or_init(|| {
        let schemas = build();
        let number = |(at, schema)| Arc::new(Schema { id: id(1, at), system: true, ..schema });
        schemas.into_iter().enumerate().map(number).collect()
    })
}

/// The schemas in the order of their ids, which begin at 1.
fn build() -> Vec<Schema> {
    let table = Schema::new;
    let (bytes, string, boolean) = (Type::Bytes, Type::String, Type::Bool);
    let (u8, u16, u32, u64, u128, u256) = (Type::U8, Type::U16, Type::U32, Type::U64, Type::U128, Type::U256);
    let i128 = Type::I128;
    let index_algorithm = Type::sum(&[
        ("Unused", u128.clone()),
        ("BTree", columns_type()),
        ("Direct", Type::product(&[("column", u16.clone())])),
        ("Hash", columns_type()),
    ]);
    let constraint_data = Type::sum(&[("Unused", u128.clone()), ("Unique", columns_type())]);
    let primary_key = Type::option(Type::array(u16.clone()));
    macro_rules! columns {
        ($($name:literal: $ty:ident),*) => { &[$(($name, $ty.clone())),*] };
    }
    let var_value = var_value();
    let option_u32 = Type::option(Type::U32);
    let i64 = Type::I64;
    vec![
        table(
            "st_table",
            columns!("table_id": u32, "table_name": string, "table_type": string, "table_access": string,
                "table_primary_key": primary_key),
        )
        .primary_key(0)
        .auto_increment()
        .unique(&[1]),
        table("st_column", columns!("table_id": u32, "col_pos": u16, "col_name": string, "col_type": bytes))
            .unique(&[0, 1]),
        table(
            "st_sequence",
            columns!("sequence_id": u32, "sequence_name": string, "table_id": u32, "col_pos": u16,
                "increment": i128, "start": i128, "min_value": i128, "max_value": i128, "allocated": i128),
        )
        .primary_key(0)
        .auto_increment(),
        table(
            "st_index",
            columns!("index_id": u32, "table_id": u32, "index_name": string, "index_algorithm": index_algorithm),
        )
        .primary_key(0)
        .auto_increment(),
        table(
            "st_constraint",
            columns!("constraint_id": u32, "constraint_name": string, "table_id": u32,
                "constraint_data": constraint_data),
        )
        .primary_key(0)
        .auto_increment(),
        table(
            "st_module",
            columns!("database_identity": u256, "owner_identity": u256, "program_kind": u8, "program_hash": u256,
                "program_bytes": bytes, "module_version": string),
        ),
        table("st_client", columns!("identity": u256, "connection_id": u128)).unique(&[0, 1]),
        table(ST_VAR, columns!("name": string, "value": var_value)).primary_key(0),
        table(
            "st_scheduled",
            columns!("schedule_id": u32, "table_id": u32, "reducer_name": string, "schedule_name": string,
                "at_column": u16),
        )
        .primary_key(0)
        .auto_increment()
        .unique(&[1]),
        table("st_row_level_security", columns!("table_id": u32, "sql": string)).primary_key(1),
        table("st_connection_credentials", columns!("connection_id": u128, "jwt_payload": string))
            .primary_key(0)
            .private(),
        table(
            "st_view",
            columns!("view_id": u32, "view_name": string, "table_id": option_u32, "is_public": boolean,
                "is_anonymous": boolean),
        )
        .primary_key(0)
        .auto_increment()
        .unique(&[1]),
        table("st_view_param", columns!("view_id": u32, "param_pos": u16, "param_name": string, "param_type": bytes))
            .unique(&[0, 1]),
        table("st_view_column", columns!("view_id": u32, "col_pos": u16, "col_name": string, "col_type": bytes))
            .unique(&[0, 1]),
        table(
            "st_view_sub",
            columns!("view_id": u32, "arg_id": u64, "identity": u256, "num_subscribers": u64,
                "has_subscribers": boolean, "last_called": i64),
        ),
        table("st_view_arg", columns!("id": u64, "bytes": bytes)).primary_key(0).auto_increment().unique(&[1]),
        table("st_event_table", columns!("table_id": u32)).primary_key(0),
        table("st_table_accessor", columns!("table_name": string, "accessor_name": string)).unique(&[0]).unique(&[1]),
        table("st_index_accessor", columns!("index_name": string, "accessor_name": string)).unique(&[0]).unique(&[1]),
        table("st_column_accessor", columns!("table_name": string, "col_name": string, "accessor_name": string))
            .unique(&[0, 1])
            .unique(&[0, 2]),
    ]
}

/// The schema of a system table.
pub(crate) fn schema(name: &str) -> Option<Arc<Schema>> {
    schemas().iter().find(|schema| schema.name == name).cloned()
}

/// The rows of a system table, `st_var` apart, which is stored.
pub(crate) fn rows(schema: &Schema, database: &Database, session: &Session) -> Vec<Row> {
    match schema.name {
        "st_table" => all(database).map(table_row).collect(),
        "st_column" => all(database).flat_map(column_rows).collect(),
        "st_sequence" => numbered(database, |schema| {
            schema.primary_key.filter(|_| schema.auto_increment).into_iter().collect()
        })
        .map(|(id, schema, column)| sequence_row(id, schema, column))
        .collect(),
        "st_index" => numbered(database, |schema| schema.unique.clone())
            .map(|(id, schema, columns)| {
                let name = Value::String(schema.index_name(&columns));
                vec![unsigned(id), unsigned(schema.id), name, Value::Sum(1, Box::new(column_list(&columns)))]
            })
            .collect(),
        "st_constraint" => numbered(database, |schema| schema.unique.clone())
            .map(|(id, schema, columns)| {
                let name = format!("{}_{}_key", schema.name, schema.column_names(&columns).join("_"));
                let data = Value::Sum(1, Box::new(column_list(&columns)));
                vec![unsigned(id), Value::String(name), unsigned(schema.id), data]
            })
            .collect(),
        "st_module" => vec![module_row(database)],
        // The session's own connection; the product opens one a query.
        "st_client" => vec![vec![large(&session.caller), Value::integer(session.number)]],
        "st_row_level_security" => all(database).filter_map(rule_row).collect(),
        _ => Vec::new(),
    }
}

/// All schemas, the system's first.
fn all(database: &Database) -> impl Iterator<Item = &Schema> {
    let own = database.tables.iter().map(|table| &*table.schema).filter(|schema| !schema.system);
    schemas().iter().map(|schema| &**schema).chain(own)
}

/// What `of` finds in each schema, numbered from 1 in the system's and from 4097 in the others.
fn numbered<'a, T>(
    database: &'a Database,
    of: impl Fn(&Schema) -> Vec<T> + 'a,
) -> impl Iterator<Item = (u32, &'a Schema, T)> {
    let mut next = [1, RESERVED_IDS + 1];
    all(database).flat_map(move |schema| of(schema).into_iter().map(move |found| (schema, found))).map(
        move |(schema, found)| {
            let next = &mut next[usize::from(!schema.system)];
            let id = *next;
            *next += 1;
            (id, schema, found)
        },
    )
}

fn id(first: u32, at: usize) -> u32 {
    first.saturating_add(u32::try_from(at).unwrap_or(u32::MAX))
}

/// The id of a fixture's table.
pub(crate) fn user_table_id(at: usize) -> u32 {
    id(RESERVED_IDS + 1, at)
}

fn unsigned(value: u32) -> Value {
    Value::integer(value)
}

fn position(value: usize) -> Value {
    unsigned(id(0, value))
}

/// Identities are numbers in system tables.
fn large(identity: &Identity) -> Value {
    Value::Integer(Integer::from_bytes(&identity.0))
}

fn column_list(columns: &[usize]) -> Value {
    Value::Product(vec![Value::Array(columns.iter().map(|column| position(*column)).collect())])
}

fn table_row(schema: &Schema) -> Row {
    let primary_key = match schema.primary_key {
        Some(column) => Value::some(Value::Array(vec![position(column)])),
        None => Value::none(),
    };
    vec![
        unsigned(schema.id),
        Value::string(schema.name),
        Value::string(if schema.system { "system" } else { "user" }),
        Value::string(if schema.public { "public" } else { "private" }),
        primary_key,
    ]
}

fn column_rows(schema: &Schema) -> Vec<Row> {
    let row = |(at, column): (usize, &super::types::Field)| {
        vec![unsigned(schema.id), position(at), Value::string(column.name), Value::Bytes(column.ty.bsatn())]
    };
    schema.columns.iter().enumerate().map(row).collect()
}

fn sequence_row(id: u32, schema: &Schema, column: usize) -> Row {
    let name = schema.columns.get(column).map_or("", |column| column.name);
    let first = Value::integer(if schema.system { RESERVED_IDS + 1 } else { 1 });
    let allocated = Value::integer(if schema.system { RESERVED_IDS } else { 0 });
    vec![
        unsigned(id),
        Value::String(format!("{}_{name}_seq", schema.name)),
        unsigned(schema.id),
        position(column),
        Value::integer(1),
        first,
        Value::integer(1),
        Value::Integer(Integer::bound(true, 128, false)),
        allocated,
    ]
}

fn module_row(database: &Database) -> Row {
    // The smallest module there is: the magic number and the version of WebAssembly.
    let program = b"\0asm\x01\0\0\0";
    let hash = Identity(*blake3::hash(program).as_bytes());
    vec![
        large(&Identity::from_claims("pgconform", &database.name)),
        large(&database.owner),
        Value::integer(0),
        large(&hash),
        Value::Bytes(program.to_vec()),
        Value::string(""),
    ]
}

fn rule_row(schema: &Schema) -> Option<Row> {
    let column = schema.columns.get(schema.visible_to?)?;
    let sql = format!("SELECT * FROM {} WHERE {} = :sender", schema.name, column.name);
    Some(vec![unsigned(schema.id), Value::String(sql)])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ids_are_the_products() {
        for (name, id) in
            [("st_table", 1), ("st_var", 8), ("st_connection_credentials", 11), ("st_column_accessor", 20)]
        {
            assert_eq!(schema(name).map(|schema| schema.id), Some(id), "{name}");
        }
        assert_eq!(schemas().len(), 20);
        assert!(schemas().iter().all(|schema| schema.system));
    }

    #[test]
    fn the_variable_is_a_u64() {
        let Type::Sum(variants) = var_value() else { panic!("a sum") };
        assert_eq!((variants[VAR_U64].name, &variants[VAR_U64].ty), ("U64", &Type::U64));
    }
}
