//! `sys`: the cluster, its one node, and what runs on it.

use super::cell::{Cell, NULL, flag, int, long, object, short, text};
use super::relation::relations;
use super::{SystemTable, none};
use crate::cratedb::sql::Scope;
use crate::cratedb::value::{Row, Value};

/// The version of CrateDB whose promise this is.
pub(super) const CLUSTER_VERSION: &str = "3.3.6";

/// The cluster, which is called `crate`.
const CLUSTER_ID: &str = "00000000-0000-4000-8000-000000000001";

/// Its one node.
const NODE_ID: &str = "pgconformReferenceNode";
const NODE_NAME: &str = "Matterhorn";

pub(super) fn tables() -> Vec<SystemTable> {
    let table = |name, columns, rows| SystemTable::new("sys", name, columns, rows);
    vec![
        table(
            "allocations",
            "current_state string, decisions object_array, explanation string, node_id string, \
             partition_ident string#, primary boolean, shard_id integer#, table_name string#, \
             table_schema string#",
            allocations,
        ),
        table("checks", "description string, id integer#, passed boolean, severity integer", checks),
        table(
            "cluster",
            "id string, license object, master_node string, name string, settings object",
            cluster,
        ),
        table(
            "health",
            "health string, missing_shards long, partition_ident string, severity short, table_name string, \
             table_schema string, underreplicated_shards long",
            health,
        ),
        table("jobs", "id string#, node object, started timestamp, stmt string, username string", jobs),
        table(
            "jobs_log",
            "classification object, ended timestamp, error string, id string#, started timestamp, stmt string, \
             username string",
            none,
        ),
        table(
            "jobs_metrics",
            "classification object, failed_count long, max long, mean double, min long, node object, \
             percentiles object, stdev double, sum_of_durations long, total_count long",
            none,
        ),
        table(
            "node_checks",
            "acknowledged boolean, description string, id integer#, node_id string#, passed boolean, \
             severity integer",
            none,
        ),
        table(
            "nodes",
            "cluster_state_version long, connections object, fs object, heap object, hostname string, id string#, \
             load object, mem object, name string, network object, os object, os_info object, port object, \
             process object, rest_url string, thread_pools object_array, version object",
            nodes,
        ),
        table(
            "operations",
            "id string, job_id string, name string, node object, started timestamp, used_bytes long",
            none,
        ),
        table(
            "operations_log",
            "ended timestamp, error string, id string, job_id string, name string, started timestamp, \
             used_bytes long",
            none,
        ),
        table("repositories", "name string#, settings object, type string", none),
        table(
            "shards",
            "blob_path string, id integer#, min_lucene_version string, node object, num_docs long, \
             orphan_partition boolean, partition_ident string#, path string, primary boolean, recovery object, \
             relocating_node string, routing_state string, schema_name string#, size long, state string, \
             table_name string#",
            shards,
        ),
        table(
            "snapshots",
            "concrete_indices string_array, finished timestamp, name string#, repository string#, \
             started timestamp, state string, version string",
            none,
        ),
        table(
            "summits",
            "classification string, coordinates geo_point, country string, first_ascent integer, height integer, \
             mountain string#, prominence integer, range string, region string",
            summits,
        ),
    ]
}

/// The node, as a field of what is there.
fn node() -> Cell {
    object([("id", text(NODE_ID)), ("name", text(NODE_NAME))])
}

/// The shards that there are: the schema and name of the table, the shard's number, and how many rows are in it.
fn all_shards(scope: &Scope<'_>) -> Vec<(String, String, i32, i64)> {
    let mut shards = Vec::new();
    for relation in relations(scope) {
        let Some(table) = relation.made else { continue };
        let rows = i64::try_from(table.rows.len()).unwrap_or(i64::MAX);
        let count = i64::from(table.shards.max(1));
        for shard in 0..table.shards {
            let extra = i64::from(i64::from(shard) < rows % count);
            shards.push((relation.schema.to_owned(), relation.name.to_owned(), shard, rows / count + extra));
        }
    }
    shards
}

fn allocations(scope: &Scope<'_>) -> Vec<Row> {
    let row = |(schema, table, shard, _)| {
        vec![
            text("STARTED"),
            NULL,
            NULL,
            text(NODE_ID),
            text(""),
            flag(true),
            int(shard),
            text(table),
            text(schema),
        ]
    };
    all_shards(scope).into_iter().map(row).collect()
}

fn checks(_: &Scope<'_>) -> Vec<Row> {
    let checks = [
        (1, 3, "As many nodes elect a master as there must be."),
        (2, 2, "No partitioned table has too many partitions."),
        (3, 2, "No table was made by a version that is too old."),
    ];
    let row = |(id, severity, description)| vec![text(description), int(id), flag(true), int(severity)];
    checks.map(row).into()
}

fn cluster(_: &Scope<'_>) -> Vec<Row> {
    let statistics = object([
        ("enabled", flag(true)),
        ("jobs_log_size", int(10_000)),
        ("operations_log_size", int(10_000)),
    ]);
    vec![vec![text(CLUSTER_ID), NULL, text(NODE_ID), text("crate"), object([("stats", statistics)])]]
}

fn health(scope: &Scope<'_>) -> Vec<Row> {
    let made = relations(scope).into_iter().filter(|relation| relation.made.is_some());
    let row = |relation: super::relation::Relation<'_>| {
        vec![text("GREEN"), long(0), NULL, short(1), text(relation.name), text(relation.schema), long(0)]
    };
    made.map(row).collect()
}

fn jobs(scope: &Scope<'_>) -> Vec<Row> {
    let row = |job: &crate::cratedb::node::Job| {
        vec![
            text(&job.id),
            node(),
            Some(Value::Timestamp(job.started)),
            text(&job.statement),
            text(&job.user),
        ]
    };
    scope.node.jobs.iter().map(row).collect()
}

fn nodes(_: &Scope<'_>) -> Vec<Row> {
    let version = object([
        ("build_hash", text("")),
        ("build_snapshot", flag(false)),
        ("number", text(CLUSTER_VERSION)),
    ]);
    let port = object([("http", int(4200)), ("psql", int(5432)), ("transport", int(4300))]);
    vec![vec![
        long(1),
        NULL,
        NULL,
        NULL,
        text("localhost"),
        text(NODE_ID),
        NULL,
        NULL,
        text(NODE_NAME),
        NULL,
        NULL,
        NULL,
        port,
        NULL,
        text("127.0.0.1:4200"),
        NULL,
        version,
    ]]
}

fn shards(scope: &Scope<'_>) -> Vec<Row> {
    let row = |(schema, table, shard, rows)| {
        vec![
            NULL,
            int(shard),
            NULL,
            node(),
            long(rows),
            flag(false),
            text(""),
            NULL,
            flag(true),
            NULL,
            NULL,
            text("STARTED"),
            text(schema),
            long(0),
            text("STARTED"),
            text(table),
        ]
    };
    all_shards(scope).into_iter().map(row).collect()
}

/// The highest mountains of the Alps.
fn summits(_: &Scope<'_>) -> Vec<Row> {
    let summits = [
        (
            "I/B-07.V-B",
            (6.86444, 45.8325),
            "FR/IT",
            1786,
            4808,
            "Mont Blanc",
            4695,
            "U-Savoy/Aosta",
            "Mont Blanc massif",
        ),
        (
            "I/B-09.III-A",
            (7.86694, 45.93694),
            "CH",
            1855,
            4634,
            "Monte Rosa",
            2165,
            "Valais",
            "Monte Rosa Alps",
        ),
        ("I/B-09.V-A", (7.85889, 46.09389), "CH", 1858, 4545, "Dom", 1046, "Valais", "Mischabel"),
        (
            "I/B-09.III-A",
            (7.83556, 45.92222),
            "CH/IT",
            1861,
            4527,
            "Liskamm",
            376,
            "Valais/Aosta",
            "Monte Rosa Alps",
        ),
        (
            "I/B-09.II-D",
            (7.71583, 46.10139),
            "CH",
            1861,
            4506,
            "Weisshorn",
            1235,
            "Valais",
            "Weisshorn-Matterhorn",
        ),
    ];
    let row =
        |(class, (longitude, latitude), country, ascent, height, mountain, prominence, region, range)| {
            vec![
                text(class),
                Some(Value::GeoPoint(longitude, latitude)),
                text(country),
                int(ascent),
                int(height),
                text(mountain),
                int(prominence),
                text(range),
                text(region),
            ]
        };
    summits.map(row).into()
}
