//! `information_schema`: what the SQL standard tells of tables.

use super::cell::{NULL, flag, int, object, short, text};
use super::relation::{Relation, relations};
use super::sys::CLUSTER_VERSION;
use super::{SystemTable, none};
use crate::cratedb::sql::Scope;
use crate::cratedb::types::Type;
use crate::cratedb::value::Row;

pub(super) fn tables() -> Vec<SystemTable> {
    let table = |name, columns, rows| SystemTable::new("information_schema", name, columns, rows);
    vec![
        table(
            "columns",
            "character_maximum_length integer, character_octet_length integer, character_set_catalog string, \
             character_set_name string, character_set_schema string, check_action integer, \
             check_references string, collation_catalog string, collation_name string, collation_schema string, \
             column_default string, column_name string!#, data_type string!, datetime_precision integer, \
             domain_catalog string, domain_name string, domain_schema string, generation_expression string, \
             interval_precision integer, interval_type string, is_generated boolean!, is_nullable boolean!, \
             numeric_precision integer, numeric_precision_radix integer, numeric_scale integer, \
             ordinal_position short!, table_catalog string!#, table_name string!#, table_schema string!#, \
             user_defined_type_catalog string, user_defined_type_name string, user_defined_type_schema string",
            columns,
        ),
        table(
            "ingestion_rules",
            "condition string, rule_name string#, source_ident string, target_table string",
            none,
        ),
        table(
            "key_column_usage",
            "column_name string#, constraint_catalog string#, constraint_name string#, constraint_schema string#, \
             ordinal_position integer, table_catalog string, table_name string, table_schema string",
            key_column_usage,
        ),
        table(
            "referential_constraints",
            "constraint_catalog string#, constraint_name string#, constraint_schema string#, delete_rule string, \
             match_option string, unique_constraint_catalog string, unique_constraint_name string, \
             unique_constraint_schema string, update_rule string",
            none,
        ),
        table(
            "routines",
            "data_type string, is_deterministic boolean, routine_body string, routine_definition string, \
             routine_name string, routine_schema string, routine_type string, specific_name string",
            none,
        ),
        table("schemata", "schema_name string#", schemata),
        table(
            "sql_features",
            "comments string, feature_id string#, feature_name string#, is_supported boolean#, \
             is_verified_by string#, sub_feature_id string#, sub_feature_name string#",
            sql_features,
        ),
        table(
            "table_constraints",
            "constraint_catalog string#, constraint_name string#, constraint_schema string#, \
             constraint_type string, initially_deferred string, is_deferrable string, table_catalog string, \
             table_name string, table_schema string",
            table_constraints,
        ),
        table(
            "table_partitions",
            "closed boolean, number_of_replicas string, number_of_shards integer, partition_ident string#, \
             routing_hash_function string, schema_name string#, settings object, table_name string#, \
             values object, version object",
            none,
        ),
        table(
            "tables",
            "blobs_path string, closed boolean, clustered_by string, column_policy string, \
             number_of_replicas string, number_of_shards integer, partitioned_by string_array, \
             reference_generation string, routing_hash_function string, self_referencing_column_name string, \
             settings object, table_catalog string#, table_name string#, table_schema string#, \
             table_type string, version object",
            all_tables,
        ),
        table(
            "views",
            "check_option string, is_updatable boolean, owner string, table_catalog string#, table_name string#, \
             table_schema string#, view_definition string",
            none,
        ),
    ]
}

/// How many bits of a number count.
fn precision(ty: &Type) -> Option<i32> {
    Some(match ty {
        Type::Byte => 8,
        Type::Short => 16,
        Type::Float => 24,
        Type::Integer => 32,
        Type::Double => 53,
        Type::Long => 64,
        _ => return None,
    })
}

fn columns(scope: &Scope<'_>) -> Vec<Row> {
    let relations = relations(scope);
    let columns = relations.iter().flat_map(|relation| {
        relation.numbered().map(move |(number, column)| {
            let precision = precision(&column.ty);
            let mut row = vec![NULL; 11];
            row.extend([
                text(&column.name),
                text(column.ty.to_string()),
                (column.ty == Type::Timestamp).then_some(3).and_then(int),
            ]);
            row.extend(vec![NULL; 6]);
            row.extend([
                flag(false),
                flag(!relation.is_key(column) && !relation.is_not_null(column)),
                precision.and_then(int),
                precision.and_then(|_| int(2)),
                NULL,
                short(number),
                text(relation.schema),
                text(relation.name),
                text(relation.schema),
                NULL,
                NULL,
                NULL,
            ]);
            row
        })
    });
    columns.collect()
}

fn key_column_usage(scope: &Scope<'_>) -> Vec<Row> {
    let mut rows = Vec::new();
    for relation in relations(scope).iter().filter(|relation| relation.made.is_some()) {
        for (number, column) in (1..).zip(relation.key()) {
            rows.push(vec![
                text(&column.name),
                text(relation.schema),
                text(format!("{}_pk", relation.name)),
                text(relation.schema),
                int(number),
                text(relation.schema),
                text(relation.name),
                text(relation.schema),
            ]);
        }
    }
    rows
}

fn schemata(scope: &Scope<'_>) -> Vec<Row> {
    super::schemas(scope).into_iter().map(|schema| vec![text(schema)]).collect()
}

/// Some of what the standard asks for: its parts by number, and whether there is such a thing.
const FEATURES: [(&str, &str, &str, bool); 10] = [
    ("E011", "Numeric data types", "", true),
    ("E011", "Numeric data types", "Arithmetic operators", true),
    ("E021", "Character string types", "UPPER and LOWER functions", true),
    ("E031", "Identifiers", "Delimited identifiers", true),
    ("E051", "Basic query specification", "SELECT DISTINCT", true),
    ("E071", "Basic query expressions", "UNION ALL table operator", true),
    ("E091", "Set functions", "AVG", true),
    ("E121", "Basic cursor support", "", false),
    ("E151", "Transaction support", "", false),
    ("T631", "IN predicate with one list element", "", true),
];

fn sql_features(_: &Scope<'_>) -> Vec<Row> {
    let row = |(id, name, part, supported): (&str, &str, &str, bool)| {
        vec![NULL, text(id), text(name), flag(supported), NULL, text(""), text(part)]
    };
    FEATURES.into_iter().map(row).collect()
}

fn table_constraints(scope: &Scope<'_>) -> Vec<Row> {
    let mut rows = Vec::new();
    for relation in relations(scope) {
        for constraint in relation.constraints() {
            rows.push(vec![
                text(relation.schema),
                text(constraint.name),
                text(relation.schema),
                text(constraint.kind),
                text("NO"),
                text("NO"),
                text(relation.schema),
                text(relation.name),
                text(relation.schema),
            ]);
        }
    }
    rows
}

fn all_tables(scope: &Scope<'_>) -> Vec<Row> {
    let row = |relation: &Relation<'_>| {
        // Only what somebody made is spread over shards.
        let made = relation.made.is_some();
        let if_made = |word: &str| made.then_some(word).and_then(text);
        let clustered_by = relation.key().next().map_or("_id", |column| &column.name);
        let version = object([("created", object([("cratedb", text(CLUSTER_VERSION))])), ("upgraded", NULL)]);
        let blocks = ["metadata", "read", "read_only", "write"].map(|block| (block, flag(false)));
        vec![
            NULL,
            if made { flag(false) } else { NULL },
            if_made(clustered_by),
            text(if made { "dynamic" } else { "strict" }),
            if_made("0-1"),
            relation.made.and_then(|table| int(table.shards)),
            NULL,
            text("SYSTEM GENERATED"),
            if_made("Murmur3"),
            if_made("_id"),
            if made { object([("blocks", object(blocks))]) } else { NULL },
            text(relation.schema),
            text(relation.name),
            text(relation.schema),
            text("BASE TABLE"),
            if made { version } else { NULL },
        ]
    };
    relations(scope).iter().map(row).collect()
}
