//! What is refused, with which code, in which words, at which place.

use super::*;

#[test]
fn transactions_are_refused() {
    let mut client = Client::owner("types");
    let mut quirky = Client::of(&server(), "types", OWNER, &[Fault::ErrorsAsInternal]);
    for (query, message) in [
        ("BEGIN", "Unsupported: BEGIN TRANSACTION"),
        ("begin transaction", "Unsupported: BEGIN TRANSACTION"),
        ("START TRANSACTION", "Unsupported: START TRANSACTION"),
        ("COMMIT", "Unsupported: COMMIT"),
        ("ROLLBACK", "Unsupported: ROLLBACK"),
        ("SAVEPOINT a", "Unsupported: SAVEPOINT a"),
        ("END", "Unsupported: END"),
        ("ABORT", "Unsupported: ABORT"),
    ] {
        client.refused(query, "0A000", message);
        assert!(client.error(query).detail.is_some(), "{query}");
        if !["END", "ABORT"].contains(&query) {
            quirky.refused(query, "XX000", &format!("(Sql) {message}"));
        }
    }
}

#[test]
fn what_is_not_in_the_subset_is_refused() {
    let mut client = Client::owner("types");
    for query in [
        "SELECT * FROM t_set ORDER BY id",
        "SELECT DISTINCT id FROM t_set",
        "SELECT id FROM t_set GROUP BY id",
        "SELECT id FROM t_set OFFSET 1",
        "SELECT id FROM t_set UNION SELECT id FROM t_empty",
        "WITH a AS (SELECT 1) SELECT * FROM a",
        "SELECT * FROM (SELECT * FROM t_set) AS s",
        "SELECT id::text FROM t_set",
        "SELECT CAST(id AS text) FROM t_set",
        "SELECT now()",
        "SELECT 1",
        "SELECT version()",
        "SELECT id",
        "SELECT sum(id) AS s FROM t_set",
        "SELECT count(*) FROM t_set",
        "SELECT CASE a WHEN 1 THEN 'one' ELSE 'other' END FROM t_uints",
        "SELECT *, id FROM t_set",
        "SELECT * FROM t_set, t_empty",
        "SELECT s.id FROM t_set s LEFT JOIN t_empty e ON s.id = e.id",
        "SELECT * FROM t_set JOIN t_empty",
        "SELECT * FROM t_set WHERE id IN (1, 2)",
        "SELECT * FROM t_set WHERE name LIKE 'a%'",
        "SELECT * FROM t_set WHERE id BETWEEN 1 AND 2",
        "SELECT * FROM t_set WHERE name IS NULL",
        "SELECT * FROM t_set WHERE name = NULL",
        "SELECT * FROM t_set WHERE NOT id = 1",
        "SELECT * FROM t_set WHERE id + 1 = 2",
        "SELECT * FROM t_set WHERE name = E'a'",
        "SELECT * FROM t_set FOR UPDATE",
        "INSERT INTO t_set (id, name) VALUES (1, 'a') RETURNING id",
        "INSERT INTO t_set (id, name) VALUES (1, 'a') ON CONFLICT DO NOTHING",
        "INSERT INTO t_set (id, name) SELECT id, name FROM t_empty",
        "INSERT INTO t_set (id, name) VALUES (1, DEFAULT)",
        "INSERT INTO t_set DEFAULT VALUES",
        "UPDATE t_set SET id = id + 1",
        "UPDATE t_set AS s SET id = 1",
        "UPDATE t_set SET id = 1 FROM t_empty WHERE t_set.id = t_empty.id",
        "DELETE FROM t_set USING t_empty",
        "CREATE TABLE x (id int)",
        "DROP TABLE t_set",
        "ALTER TABLE t_set ADD COLUMN x int",
        "TRUNCATE t_set",
        "COPY t_set FROM STDIN",
        "COPY t_set TO STDOUT",
        "LISTEN x",
        "NOTIFY x",
        "DECLARE c CURSOR FOR SELECT * FROM t_set",
        "PREPARE p AS SELECT * FROM t_set",
        "EXECUTE p",
        "DEALLOCATE ALL",
        "DISCARD ALL",
        "RESET ALL",
        "EXPLAIN SELECT * FROM t_set",
        "VACUUM",
        "SET TIME ZONE 'UTC'",
        "SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY",
        "SET LOCAL row_limit = 1",
        "VALUES (1)",
    ] {
        assert_eq!(client.error(query).code, "0A000", "{query}: {}", client.error(query).message);
    }
    assert_eq!(client.rows("SELECT id FROM t_set").len(), 3);
}

#[test]
fn parameters_are_refused() {
    let mut client = Client::owner("types");
    let mut quirky = Client::of(&server(), "types", OWNER, &[Fault::ErrorsAsInternal]);
    for query in [
        "SELECT * FROM t_set WHERE id = $1",
        "SELECT $1 FROM t_set",
        "SELECT * FROM t_set LIMIT $1",
        "INSERT INTO t_set (id, name) VALUES ($1, $2)",
        "UPDATE t_set SET name = $1",
    ] {
        client.refused(query, "0A000", "parameterized queries are not supported");
    }
    quirky.refused("SELECT * FROM t_set WHERE id = $1", "XX000", "(Sql) Unsupported literal expression: $1");
}

#[test]
fn each_error_has_its_code_its_words_and_its_place() {
    let mut client = Client::owner("types");
    for (query, code, message, position) in [
        (
            "SELEC 1",
            "42601",
            "sql parser error: Expected an SQL statement, found: SELEC at Line: 1, Column 1",
            1,
        ),
        ("select 'a", "42601", "sql parser error: Unterminated string literal at Line: 1, Column 8", 8),
        ("SELECT * FROM t_set WHERE", "42601", "sql parser error: Expected an expression, found: EOF", 26),
        (
            "SELECT * FROM t_set x y",
            "42601",
            "sql parser error: Expected end of statement, found: y at Line: 1, Column 23",
            23,
        ),
        (
            "SELECT *\nFROM T_set",
            "42P01",
            "no such table: `T_set`. If the table exists, it may be marked private.",
            15,
        ),
        (
            "SELECT * FROM pg_catalog.pg_class",
            "42P01",
            "no such table: `pg_catalog.pg_class`. If the table exists, it may be marked private.",
            15,
        ),
        ("SELECT 'é' FROM t_set", "0A000", "Unsupported projection expression: 'é'", 8),
        ("SELECT ID FROM t_set", "42703", "`ID` is not in scope", 8),
        ("SELECT x.id FROM t_set", "42P01", "`x` is not in scope", 8),
        ("SELECT t_set.x FROM t_set", "42703", "`x` is not in scope", 14),
        (
            "SELECT id FROM t_set s JOIN t_empty e ON s.id = e.id",
            "42702",
            "Names must be qualified when using joins",
            8,
        ),
        ("SELECT i8 FROM t_set s JOIN t_ints i", "0A000", "Names must be qualified when using joins", 8),
        ("SELECT q FROM t_set s JOIN t_ints i", "42703", "`q` is not in scope", 8),
        ("SELECT s.id FROM t_set s JOIN t_empty s", "42712", "Duplicate name `s`", 39),
        ("SELECT id, id FROM t_set", "42701", "Duplicate name `id`", 12),
        (
            "SELECT * FROM t_set WHERE id = 'abc'",
            "22P02",
            "The literal expression `abc` cannot be parsed as type `U32`",
            32,
        ),
        (
            "SELECT * FROM t_set WHERE id = -1",
            "22003",
            "The literal expression `-1` cannot be parsed as type `U32`",
            33,
        ),
        (
            "SELECT * FROM t_set WHERE id = name",
            "42804",
            "Unexpected type: (expected) String != U32 (inferred)",
            32,
        ),
        ("SELECT * FROM t_set WHERE id", "42804", "Unexpected type: (expected) U32 != Bool (inferred)", 27),
        ("SELECT * FROM t_set WHERE 1 = 1", "42P18", "Cannot resolve type for literal expression", 31),
        (
            "SELECT * FROM t_set WHERE name = :sender",
            "42804",
            "Unexpected type: (expected) (__identity__: U256) != String (inferred)",
            34,
        ),
        (
            "SELECT * FROM t_set LIMIT 1.5",
            "22P02",
            "The literal expression `1.5` cannot be parsed as type `U64`",
            27,
        ),
        (
            "INSERT INTO t_set (id) VALUES (1)",
            "42601",
            "The number of fields (1) in the INSERT does not match the number of columns (2) of the table `t_set`",
            13,
        ),
        (
            "INSERT INTO t_set (id, name) VALUES (1)",
            "42601",
            "Inserting a row with 1 values into `t_set` which has 2 fields",
            38,
        ),
        ("INSERT INTO t_set (id, nam) VALUES (1, 'a')", "42703", "`t_set` does not have a field `nam`", 24),
        (
            "INSERT INTO t_set (id, name) VALUES ('1', 'a')",
            "42804",
            "Unexpected type: (expected) String != U32 (inferred)",
            38,
        ),
        ("UPDATE t_set SET x = 1", "42703", "`t_set` does not have a field `x`", 18),
        ("UPDATE t_set SET id = 1, id = 2", "42601", "Duplicate name `id`", 26),
        ("SHOW server_version", "42704", "server_version is not a valid system variable", 6),
        ("SET client_encoding TO 'UTF8'", "42704", "client_encoding is not a valid system variable", 5),
        ("SET row_limit = true", "42804", "Unexpected type: (expected) U64 != Bool (inferred)", 17),
        ("DELETE FROM st_table", "42501", "`st_table` is a system table; it cannot be changed", 13),
    ] {
        let error = client.error(query);
        assert_eq!(
            (&*error.code, &*error.message, error.position),
            (code, message, Some(position)),
            "{query}"
        );
    }
    client.refused(
        "SELECT * FROM t_option WHERE value = value",
        "42883",
        "Invalid binary operator `=` for type `(some: U32 | none: ())`",
    );
}

#[test]
fn the_product_says_it_all_as_internal() {
    let mut quirky = Client::of(&server(), "types", OWNER, &[Fault::ErrorsAsInternal]);
    for (query, message) in [
        ("RESET ALL", "sql parser error: Expected an SQL statement, found: RESET at Line: 1, Column 1"),
        ("LISTEN x", "sql parser error: Expected an SQL statement, found: LISTEN at Line: 1, Column 1"),
        ("select 'a", "sql parser error: Unterminated string literal at Line: 1, Column 8"),
        ("SELECT 1", "Unsupported projection expression: 1"),
        ("SELECT version()", "Aggregate expressions must have column aliases"),
        ("SELECT a", "A FROM clause is required"),
        ("DISCARD ALL", "Unsupported: DISCARD ALL"),
        ("SHOW server_version", "server_version is not a valid system variable"),
        ("SELECT q FROM t_set s JOIN t_ints i", "Names must be qualified when using joins"),
    ] {
        let error = quirky.error(query);
        assert_eq!((&*error.code, &*error.message), ("XX000", &*format!("(Sql) {message}")));
        assert_eq!((error.position, error.detail), (None, None));
    }
}
