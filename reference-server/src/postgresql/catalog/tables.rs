//! The list of the system tables.

use super::cell::Cell;
use super::definitions as d;
use super::{SystemTable, cluster, constraints, functions, information, relations, session, types};
use crate::postgresql::database::PG_CATALOG;
use crate::postgresql::lookup::INFORMATION_SCHEMA;
use crate::postgresql::sql::context::Context;
use crate::postgresql::storage::Oid;

/// A table.
const fn table(
    (oid, row_type): (Oid, Oid),
    name: &'static str,
    definition: &'static str,
    rows: fn(&mut Context<'_>) -> Vec<Vec<Cell>>,
) -> SystemTable {
    SystemTable { oid, schema: PG_CATALOG, name, is_view: false, row_type, definition, rows }
}

/// A view.
const fn view(
    oids: (Oid, Oid),
    name: &'static str,
    definition: &'static str,
    rows: fn(&mut Context<'_>) -> Vec<Vec<Cell>>,
) -> SystemTable {
    SystemTable { is_view: true, ..table(oids, name, definition, rows) }
}

/// A view of the information schema.
const fn information(
    oids: (Oid, Oid),
    name: &'static str,
    definition: &'static str,
    rows: fn(&mut Context<'_>) -> Vec<Vec<Cell>>,
) -> SystemTable {
    SystemTable { schema: INFORMATION_SCHEMA, ..view(oids, name, definition, rows) }
}

/// What there never is any of.
fn none(_: &mut Context<'_>) -> Vec<Vec<Cell>> {
    Vec::new()
}

/// Every system table.
#[rustfmt::skip]
pub(crate) const TABLES: &[SystemTable] = &[
    table((2601, 10015), "pg_am", d::PG_AM, cluster::pg_am),
    table((2604, 10001), "pg_attrdef", d::PG_ATTRDEF, relations::pg_attrdef),
    table((1249, 75), "pg_attribute", d::PG_ATTRIBUTE, relations::pg_attribute),
    table((1261, 2843), "pg_auth_members", d::PG_AUTH_MEMBERS, none),
    table((1260, 2842), "pg_authid", d::PG_AUTHID, cluster::pg_authid),
    table((2605, 10043), "pg_cast", d::PG_CAST, functions::pg_cast),
    table((1259, 83), "pg_class", d::PG_CLASS, relations::pg_class),
    table((3456, 10095), "pg_collation", d::PG_COLLATION, types::pg_collation),
    table((2606, 10003), "pg_constraint", d::PG_CONSTRAINT, constraints::pg_constraint),
    view((12077, 12079), "pg_cursors", d::PG_CURSORS, session::pg_cursors),
    table((1262, 1248), "pg_database", d::PG_DATABASE, cluster::pg_database),
    table((2964, 10054), "pg_db_role_setting", d::PG_DB_ROLE_SETTING, none),
    table((826, 10088), "pg_default_acl", d::PG_DEFAULT_ACL, none),
    table((2608, 10051), "pg_depend", d::PG_DEPEND, none),
    table((2609, 10041), "pg_description", d::PG_DESCRIPTION, cluster::pg_description),
    table((3501, 10045), "pg_enum", d::PG_ENUM, types::pg_enum),
    table((3466, 10039), "pg_event_trigger", d::PG_EVENT_TRIGGER, none),
    table((3079, 10074), "pg_extension", d::PG_EXTENSION, cluster::pg_extension),
    table((2328, 10076), "pg_foreign_data_wrapper", d::PG_FOREIGN_DATA_WRAPPER, none),
    table((1417, 10078), "pg_foreign_server", d::PG_FOREIGN_SERVER, none),
    table((3118, 10082), "pg_foreign_table", d::PG_FOREIGN_TABLE, none),
    table((2610, 10007), "pg_index", d::PG_INDEX, constraints::pg_index),
    view((12043, 12045), "pg_indexes", d::PG_INDEXES, constraints::pg_indexes),
    table((2611, 10005), "pg_inherits", d::PG_INHERITS, none),
    table((2612, 10021), "pg_language", d::PG_LANGUAGE, functions::pg_language),
    table((2995, 10023), "pg_largeobject_metadata", d::PG_LARGEOBJECT_METADATA, none),
    view((12073, 12075), "pg_locks", d::PG_LOCKS, cluster::pg_locks),
    view((12038, 12040), "pg_matviews", d::PG_MATVIEWS, none),
    table((2615, 10047), "pg_namespace", d::PG_NAMESPACE, relations::pg_namespace),
    table((2616, 10013), "pg_opclass", d::PG_OPCLASS, none),
    table((2617, 10009), "pg_operator", d::PG_OPERATOR, functions::pg_operator),
    table((3350, 10099), "pg_partitioned_table", d::PG_PARTITIONED_TABLE, none),
    table((3256, 10084), "pg_policy", d::PG_POLICY, none),
    view((12095, 12097), "pg_prepared_statements", d::PG_PREPARED_STATEMENTS, session::pg_prepared_statements),
    view((12090, 12092), "pg_prepared_xacts", d::PG_PREPARED_XACTS, none),
    table((1255, 81), "pg_proc", d::PG_PROC, functions::pg_proc),
    table((6104, 10107), "pg_publication", d::PG_PUBLICATION, none),
    table((6237, 10109), "pg_publication_namespace", d::PG_PUBLICATION_NAMESPACE, none),
    table((6106, 10111), "pg_publication_rel", d::PG_PUBLICATION_REL, none),
    table((3541, 10101), "pg_range", d::PG_RANGE, types::pg_range),
    table((2618, 10035), "pg_rewrite", d::PG_REWRITE, none),
    view((12000, 12002), "pg_roles", d::PG_ROLES, cluster::pg_roles),
    table((2224, 10105), "pg_sequence", d::PG_SEQUENCE, none),
    view((12104, 12106), "pg_settings", d::PG_SETTINGS, session::pg_settings),
    table((2396, 10062), "pg_shdescription", d::PG_SHDESCRIPTION, none),
    view((12226, 12228), "pg_stat_activity", d::PG_STAT_ACTIVITY, cluster::pg_stat_activity),
    view((12253, 12255), "pg_stat_ssl", d::PG_STAT_SSL, cluster::pg_stat_ssl),
    table((3381, 10031), "pg_statistic_ext", d::PG_STATISTIC_EXT, none),
    table((6100, 6101), "pg_subscription", d::PG_SUBSCRIPTION, none),
    view((12033, 12035), "pg_tables", d::PG_TABLES, relations::pg_tables),
    table((1213, 10056), "pg_tablespace", d::PG_TABLESPACE, cluster::pg_tablespace),
    table((2620, 10037), "pg_trigger", d::PG_TRIGGER, constraints::pg_trigger),
    table((1247, 71), "pg_type", d::PG_TYPE, types::pg_type),
    view((12014, 12016), "pg_user", d::PG_USER, cluster::pg_user),
    view((12028, 12030), "pg_views", d::PG_VIEWS, relations::pg_views),
    information((13232, 13234), "columns", d::INFORMATION_COLUMNS, information::columns),
    information((13237, 13239), "constraint_column_usage", d::INFORMATION_CONSTRAINT_COLUMN_USAGE, none),
    information((13265, 13267), "key_column_usage", d::INFORMATION_KEY_COLUMN_USAGE, information::key_column_usage),
    information((13275, 13277), "referential_constraints", d::INFORMATION_REFERENTIAL_CONSTRAINTS, none),
    information((13318, 13320), "schemata", d::INFORMATION_SCHEMATA, information::schemata),
    information((13322, 13324), "sequences", d::INFORMATION_SEQUENCES, none),
    information((13347, 13349), "table_constraints", d::INFORMATION_TABLE_CONSTRAINTS, information::table_constraints),
    information((13361, 13363), "tables", d::INFORMATION_TABLES, information::tables),
    information((13419, 13421), "views", d::INFORMATION_VIEWS, information::views),
];
