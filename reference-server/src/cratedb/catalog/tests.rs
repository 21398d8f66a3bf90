use super::*;
use crate::cratedb::node::{Job, Node, Table};
use crate::cratedb::sql::Session;
use crate::cratedb::value::Forms;

/// Asks a system table while there is `doc.t1`, and one job.
fn asked(schema: &str, name: &str) -> Vec<Row> {
    let column = |name: &str, ty| Column { name: name.to_owned(), ty };
    let columns = vec![column("id", Type::Integer), column("s", Type::String), column("at", Type::Timestamp)];
    let rows = vec![vec![None; 3]; 5];
    let table =
        Table { columns, not_null: vec![2], primary_key: vec![0], shards: 4, rows, ..Table::default() };
    let mut node = Node::default();
    node.tables.insert(("doc".to_owned(), "t1".to_owned()), table);
    node.jobs.push(Job::new("a-job".to_owned(), "crate".to_owned(), "SELECT 1".to_owned(), 7));
    let mut session =
        Session { user: "crate".to_owned(), search_path: vec!["doc".to_owned()], ..Session::default() };
    let scope = Scope { node: &mut node, session: &mut session, now: 0 };
    (super::table(schema, name).expect("there is such a table").rows)(&scope)
}

/// The fields of the rows as text, of those in which one field is `wanted`.
fn told(schema: &str, name: &str, wanted: &str) -> Vec<String> {
    let table = super::table(schema, name).expect("there is such a table");
    let mut told = Vec::new();
    for row in asked(schema, name) {
        let fields: Vec<String> = row
            .iter()
            .zip(&table.columns)
            .map(|(value, column)| match value {
                Some(value) => String::from_utf8(value.output(&column.ty, Forms::default())).expect("text"),
                None => "NULL".to_owned(),
            })
            .collect();
        if fields.iter().any(|field| field == wanted) {
            told.push(fields.join("|"));
        }
    }
    told
}

#[test]
fn there_are_the_tables_of_crate_3_3() {
    let count = |schema: &str| tables().filter(|table| table.schema == schema).count();
    assert_eq!(["information_schema", "pg_catalog", "sys"].map(count), [11, 9, 15]);
    assert!(super::table("pg_catalog", "pg_settings").is_none());
}

#[test]
fn rows_fit_the_columns() {
    for table in tables() {
        let names: Vec<&str> = table.columns.iter().map(|column| column.name.as_str()).collect();
        assert!(names.is_sorted(), "{} {names:?}", table.name);
        assert!(table.columns.iter().all(|column| column.ty.leaf() != Type::Undefined), "{}", table.name);
        for row in asked(table.schema, table.name) {
            assert_eq!(row.len(), table.columns.len(), "{}", table.name);
            for (value, column) in row.iter().zip(&table.columns) {
                let ty = value.as_ref().map(crate::cratedb::value::Value::ty);
                assert!(ty.is_none_or(|ty| ty == column.ty), "{}.{}", table.name, column.name);
            }
        }
    }
}

/// The document's table: oid, typarray, typelem, typlen and typname, as clients are shown them.
#[test]
fn pg_type_is_that_of_the_document() {
    let told: Vec<String> = told("pg_catalog", "pg_type", "-68025646")
        .iter()
        .map(|row| row.replacen("|0|,|", "|", 1).replace("|-68025646|f|b|-1", ""))
        .collect();
    let document = [
        "16|1000|0|1|bool",
        "18|1002|0|1|char",
        "20|1016|0|8|int8",
        "21|1005|0|2|int2",
        "23|1007|0|4|int4",
        "114|199|0|-1|json",
        "199|0|114|-1|_json",
        "700|1021|0|4|float4",
        "701|1022|0|8|float8",
        "1000|0|16|-1|_bool",
        "1002|0|18|-1|_char",
        "1005|0|21|-1|_int2",
        "1007|0|23|-1|_int4",
        "1015|0|1043|-1|_varchar",
        "1016|0|20|-1|_int8",
        "1021|0|700|-1|_float4",
        "1022|0|701|-1|_float8",
        "1043|1015|0|-1|varchar",
        "1184|1185|0|8|timestamptz",
        "1185|0|1184|-1|_timestamptz",
    ];
    assert_eq!(told, document);
}

/// As CrateDB 3.3.6 answers, but for what its own `t1` has not.
#[test]
fn pg_catalog_is_that_of_crate_3_3() {
    let table = [
        (
            "pg_class",
            "nodes",
            "-1420189195|NULL|0|0|0|0|f|0|f|f|t|f|f|f|f|t|f|r|0|nodes|-458336339|17|0|NULL|0|0|NULL|p|p|f|0|0|0|0",
        ),
        (
            "pg_class",
            "tables",
            "-1689918046|NULL|0|0|0|0|f|0|f|f|t|f|f|f|f|t|f|r|0|tables|204690627|16|0|NULL|0|0|NULL|p|p|f|0|0|0|0",
        ),
        (
            "pg_class",
            "t1",
            "728874843|NULL|0|0|0|0|f|0|f|f|t|f|f|f|f|t|f|r|0|t1|-2048275947|3|0|NULL|0|0|NULL|p|p|f|0|0|0|0",
        ),
        (
            "pg_constraint",
            "t1_pk",
            "NULL|f|f|NULL|a|NULL|NULL|s|0|a|0|0|t|NULL|t1_pk|-2048275947|t|NULL|NULL|728874843|NULL|p|0|t|-874078436",
        ),
        ("pg_namespace", "doc", "NULL|doc|0|-2048275947"),
        ("pg_database", "crate", "NULL|t|en_US.UTF-8|-1|en_US.UTF-8|1|NULL|f|NULL|NULL|crate|NULL|6|0"),
    ];
    for (name, wanted, row) in table {
        assert_eq!(told("pg_catalog", name, wanted), [row], "{name}");
    }
    assert_eq!(
        told("pg_catalog", "pg_attribute", "728874843"),
        [
            "NULL|NULL|f|-1|0|NULL|f||0|f|t|4|id|0|f|1|NULL|728874843|0|NULL|23|-1",
            "NULL|NULL|f|-1|0|NULL|f||0|f|t|-1|s|0|f|2|NULL|728874843|0|NULL|1043|-1",
            "NULL|NULL|f|-1|0|NULL|f||0|f|t|8|at|0|t|3|NULL|728874843|0|NULL|1184|-1",
        ]
    );
}

#[test]
fn information_schema_tells_of_tables() {
    assert_eq!(
        told("information_schema", "tables", "t1"),
        ["NULL|f|id|dynamic|0-1|4|NULL|SYSTEM GENERATED|Murmur3|_id|\
          {\"blocks\":{\"metadata\":false,\"read\":false,\"read_only\":false,\"write\":false}}|doc|t1|doc|BASE TABLE|\
          {\"created\":{\"cratedb\":\"3.3.6\"},\"upgraded\":null}"]
    );
    assert_eq!(
        told("information_schema", "tables", "nodes"),
        [
            "NULL|NULL|NULL|strict|NULL|NULL|NULL|SYSTEM GENERATED|NULL|NULL|NULL|sys|nodes|sys|BASE TABLE|NULL"
        ]
    );
    let columns = told("information_schema", "columns", "t1");
    let nulls = |count| "NULL|".repeat(count);
    let column = |told: &str, precision: &str| {
        let (name, rest) = told.split_once(' ').expect("name and rest");
        format!("{}{name}|{rest}|{}{precision}", nulls(11), nulls(6))
    };
    assert_eq!(
        columns,
        [
            column("id integer|NULL", "f|f|32|2|NULL|1|doc|t1|doc|NULL|NULL|NULL"),
            column("s string|NULL", "f|t|NULL|NULL|NULL|2|doc|t1|doc|NULL|NULL|NULL"),
            column("at timestamp|3", "f|f|NULL|NULL|NULL|3|doc|t1|doc|NULL|NULL|NULL"),
        ]
    );
    assert_eq!(
        told("information_schema", "table_constraints", "t1"),
        ["doc|t1_pk|doc|PRIMARY KEY|NO|NO|doc|t1|doc", "doc|doc_t1_at_not_null|doc|CHECK|NO|NO|doc|t1|doc",]
    );
    assert_eq!(asked("information_schema", "key_column_usage").len(), 1);
    assert_eq!(told("information_schema", "schemata", "blob"), ["blob"]);
}

#[test]
fn sys_tells_of_the_cluster() {
    assert_eq!(asked("sys", "cluster").len(), 1);
    assert_eq!(asked("sys", "nodes").len(), 1);
    let node = "{\"id\":\"pgconformReferenceNode\",\"name\":\"Matterhorn\"}";
    assert_eq!(
        told("sys", "jobs", "a-job"),
        [format!("a-job|{node}|1970-01-01 00:00:00.007+00|SELECT 1|crate")]
    );
    let rows = |row: &Row| match &row[4] {
        Some(crate::cratedb::value::Value::Long(rows)) => *rows,
        _ => 0,
    };
    assert_eq!(asked("sys", "shards").iter().map(rows).collect::<Vec<_>>(), [2, 1, 1, 1]);
}
