//! `pg_catalog`: as much of PostgreSQL's as clients need.

use super::cell::{NULL, flag, int, short, text};
use super::relation::relations;
use super::{SystemTable, none, oid};
use crate::cratedb::sql::Scope;
use crate::cratedb::value::{Row, Value};
use pgconform_wire::value::types;

/// The types that there are.
const TYPES: [u32; 20] = [
    16, 18, 20, 21, 23, 114, 199, 700, 701, 1000, 1002, 1005, 1007, 1015, 1016, 1021, 1022, 1043, 1184, 1185,
];

pub(super) fn tables() -> Vec<SystemTable> {
    let table = |name, columns, rows| SystemTable::new("pg_catalog", name, columns, rows);
    vec![
        table("pg_attrdef", "adbin string, adnum integer, adrelid integer, adsrc string, oid integer", none),
        table(
            "pg_attribute",
            "attacl object_array, attalign string, attbyval boolean, attcacheoff integer, attcollation integer, \
             attfdwoptions string_array, atthasdef boolean, attidentity string, attinhcount integer, \
             attisdropped boolean, attislocal boolean, attlen short, attname string, attndims integer, \
             attnotnull boolean, attnum short, attoptions string_array, attrelid integer, attstattarget integer, \
             attstorage string, atttypid integer, atttypmod integer",
            pg_attribute,
        ),
        table(
            "pg_class",
            "oid integer, relacl object_array, relallvisible integer, relam integer, relchecks short, \
             relfilenode integer, relforcerowsecurity boolean, relfrozenxid integer, relhasindex boolean, \
             relhasoids boolean, relhaspkey boolean, relhasrules boolean, relhassubclass boolean, \
             relhastriggers boolean, relispartition boolean, relispopulated boolean, relisshared boolean, \
             relkind string, relminmxid integer, relname string, relnamespace integer, relnatts short, \
             reloftype integer, reloptions string_array, relowner integer, relpages integer, relpartbound object, \
             relpersistence string, relreplident string, relrowsecurity boolean, reltablespace integer, \
             reltoastrelid integer, reltuples float, reltype integer",
            pg_class,
        ),
        table(
            "pg_constraint",
            "conbin object, condeferrable boolean, condeferred boolean, conexclop integer_array, \
             confdeltype string, conffeqop integer_array, confkey short_array, confmatchtype string, \
             confrelid integer, confupdtype string, conindid integer, coninhcount integer, conislocal boolean, \
             conkey short_array, conname string, connamespace integer, connoinherit boolean, \
             conpfeqop integer_array, conppeqop integer_array, conrelid integer, consrc string, contype string, \
             contypid integer, convalidated boolean, oid integer",
            pg_constraint,
        ),
        table(
            "pg_database",
            "datacl string_array, datallowconn boolean, datcollate string, datconnlimit integer, \
             datctype string, datdba integer, datfrozenxid integer, datistemplate boolean, \
             datlastsysoid integer, datminmxid integer, datname string, dattablespace integer, \
             encoding integer, oid integer",
            pg_database,
        ),
        table(
            "pg_description",
            "classoid integer, description string, objoid integer, objsubid integer",
            none,
        ),
        table(
            "pg_index",
            "indcheckxmin boolean, indclass integer_array, indcollation integer_array, indexprs object, \
             indexrelid integer, indimmediate boolean, indisclustered boolean, indisexclusion boolean, \
             indislive boolean, indisprimary boolean, indisready boolean, indisreplident boolean, \
             indisunique boolean, indisvalid boolean, indkey short_array, indnatts short, \
             indoption short_array, indpred object, indrelid integer",
            none,
        ),
        table(
            "pg_namespace",
            "nspacl object_array, nspname string, nspowner integer, oid integer",
            pg_namespace,
        ),
        table(
            "pg_type",
            "oid integer, typarray integer, typbasetype integer, typdelim string, typelem integer, typlen short, \
             typname string, typnamespace integer, typnotnull boolean, typtype string, typtypmod integer",
            pg_type,
        ),
    ]
}

fn pg_attribute(scope: &Scope<'_>) -> Vec<Row> {
    let relations = relations(scope);
    let attributes = relations.iter().flat_map(|relation| {
        relation.numbered().map(move |(number, column)| {
            vec![
                NULL,
                NULL,
                flag(false),
                int(-1),
                int(0),
                NULL,
                flag(false),
                text(""),
                int(0),
                flag(false),
                flag(true),
                short(column.ty.size()),
                text(&column.name),
                int(i32::from(matches!(column.ty, crate::cratedb::types::Type::Array(_)))),
                flag(relation.is_not_null(column)),
                short(number),
                NULL,
                int(oid::table(relation.schema, relation.name)),
                int(0),
                NULL,
                int(column.ty.oid().cast_signed()),
                int(-1),
            ]
        })
    });
    attributes.collect()
}

fn pg_class(scope: &Scope<'_>) -> Vec<Row> {
    let class = |relation: &super::relation::Relation<'_>| {
        vec![
            int(oid::table(relation.schema, relation.name)),
            NULL,
            int(0),
            int(0),
            short(0),
            int(0),
            flag(false),
            int(0),
            flag(false),
            flag(false),
            flag(relation.key().next().is_some()),
            flag(false),
            flag(false),
            flag(false),
            flag(false),
            flag(true),
            flag(false),
            text("r"),
            int(0),
            text(relation.name),
            int(oid::schema(relation.schema)),
            short(i16::try_from(relation.columns.len()).unwrap_or(i16::MAX)),
            int(0),
            NULL,
            int(0),
            int(0),
            NULL,
            text("p"),
            text("p"),
            flag(false),
            int(0),
            int(0),
            Some(Value::Float(0.0)),
            int(0),
        ]
    };
    relations(scope).iter().map(class).collect()
}

fn pg_constraint(scope: &Scope<'_>) -> Vec<Row> {
    let mut rows = Vec::new();
    for relation in relations(scope) {
        for constraint in relation.constraints() {
            let (schema, table) = (relation.schema, relation.name);
            let number = oid::constraint(schema, table, &constraint.name, constraint.kind);
            rows.push(vec![
                NULL,
                flag(false),
                flag(false),
                NULL,
                text("a"),
                NULL,
                NULL,
                text("s"),
                int(0),
                text("a"),
                int(0),
                int(0),
                flag(true),
                NULL,
                text(constraint.name),
                int(oid::schema(schema)),
                flag(true),
                NULL,
                NULL,
                int(oid::table(schema, table)),
                NULL,
                text(constraint.letter),
                int(0),
                flag(true),
                int(number),
            ]);
        }
    }
    rows
}

fn pg_database(_: &Scope<'_>) -> Vec<Row> {
    let utf8 = 6;
    vec![vec![
        NULL,
        flag(true),
        text("en_US.UTF-8"),
        int(-1),
        text("en_US.UTF-8"),
        int(1),
        NULL,
        flag(false),
        NULL,
        NULL,
        text("crate"),
        NULL,
        int(utf8),
        int(0),
    ]]
}

fn pg_namespace(scope: &Scope<'_>) -> Vec<Row> {
    let schemas = super::schemas(scope).into_iter();
    schemas.map(|schema| vec![NULL, text(schema), int(0), int(oid::schema(schema))]).collect()
}

fn pg_type(_: &Scope<'_>) -> Vec<Row> {
    let number = |oid: u32| int(oid.cast_signed());
    let row = |ty: &types::Type| {
        vec![
            number(ty.oid),
            number(ty.array),
            int(0),
            text(ty.delimiter),
            number(ty.element),
            short(ty.length),
            text(ty.name),
            int(oid::schema("pg_catalog")),
            flag(false),
            text("b"),
            int(-1),
        ]
    };
    TYPES.into_iter().filter_map(types::by_oid).map(row).collect()
}
