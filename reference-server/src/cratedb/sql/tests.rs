//! What statements give, told in the files beside: a line `> ` with a statement, and below it the columns and rows, the
//! command tag, or the refusal.

use super::super::node::Job;
use super::super::refusal::Exception;
use super::super::types::Type;
use super::super::value::Value;
use super::testing::{World, plays};
use super::{Grammar, Plan, parse};

#[test]
fn statements_that_need_no_tables() {
    plays(include_str!("tests/statements.txt"));
}

#[test]
fn tables_and_their_rows() {
    plays(include_str!("tests/tables.txt"));
}

#[test]
fn copies() {
    plays(include_str!("tests/copy.txt"));
}

#[test]
fn expressions() {
    plays(include_str!("tests/expressions.txt"));
}

#[test]
fn functions() {
    plays(include_str!("tests/functions.txt"));
}

#[test]
fn queries() {
    plays(include_str!("tests/queries.txt"));
}

/// A world with a table.
fn with_table() -> World {
    let mut world = World::new();
    let table =
        "CREATE TABLE t (id integer PRIMARY KEY, name string, ts timestamp, tags array(string), o object)";
    world.run(table, &[]).unwrap();
    world
}

#[test]
fn parameters_take_the_types_of_what_they_meet() {
    let table = [
        ("SELECT $1", "undefined"),
        ("SELECT $1::integer, $2", "integer undefined"),
        ("SELECT CAST($1 AS array(long))", "long_array"),
        ("SELECT * FROM t WHERE id = $1 AND $2 = name", "integer string"),
        ("SELECT * FROM t WHERE id = ? AND name LIKE ?", "integer string"),
        ("SELECT $1, id FROM t WHERE id = $1", "integer"),
        (
            "SELECT * FROM t WHERE id IN ($1, $2) OR ts BETWEEN $3 AND $4",
            "integer integer timestamp timestamp",
        ),
        ("SELECT * FROM t WHERE id = ANY ($1)", "integer_array"),
        ("SELECT * FROM t WHERE $1 = ANY (tags)", "string"),
        ("SELECT id + $1, $2 || name FROM t", "integer string"),
        ("SELECT id FROM t LIMIT $1 OFFSET $2", "long long"),
        ("SELECT lower($1), abs($2), coalesce($3, id) FROM t", "string double integer"),
        ("SELECT CASE WHEN $1 THEN id ELSE $2 END FROM t", "boolean integer"),
        ("SELECT * FROM unnest($1)", "string_array"),
        ("SELECT [1, $1], {a = $2}", "long undefined"),
        ("SELECT tags[$1], o['k'] FROM t WHERE NOT $2", ""),
        ("INSERT INTO t VALUES ($1, $2, $3, $4, $5)", "integer string timestamp string_array object"),
        ("INSERT INTO t (name, id) VALUES ($1, $2), ($3, $4)", "string integer string integer"),
        ("INSERT INTO t (id, name) SELECT $1, $2", "integer string"),
        ("INSERT INTO t (id) VALUES ($1) ON CONFLICT (id) DO UPDATE SET name = $2", "integer string"),
        ("UPDATE t SET name = $1, tags = $2 WHERE id = $3", "string string_array integer"),
        ("DELETE FROM t WHERE id = $2 AND name = $1", "string integer"),
        ("KILL $1", "string"),
        ("BEGIN", ""),
    ];
    let mut world = with_table();
    world.run("INSERT INTO t (id, o) VALUES (1, {k = 1})", &[]).unwrap();
    for (text, expected) in table {
        let expected = if text.contains("tags[$1]") { "long boolean" } else { expected };
        assert_eq!(types(&mut world, text, &[]), expected, "{text}");
    }
}

/// The types of a statement's parameters.
fn types(world: &mut World, text: &str, declared: &[Option<Type>]) -> String {
    let plan = plan(world, text, declared).unwrap();
    plan.parameters.iter().map(ToString::to_string).collect::<Vec<_>>().join(" ")
}

fn plan(
    world: &mut World,
    text: &str,
    declared: &[Option<Type>],
) -> Result<Plan, super::super::refusal::Refusal> {
    let parsed = parse(text, Grammar::default())?;
    Plan::new(&parsed[0].statement, declared, &mut world.scope())
}

#[test]
fn declared_types_win() {
    let mut world = with_table();
    let declared = [Some(Type::Long), None, Some(Type::Double)];
    assert_eq!(
        types(&mut world, "SELECT * FROM t WHERE id = $1 AND name = $2", &declared),
        "long string double"
    );
    let declared = [Some(Type::String)];
    assert_eq!(types(&mut world, "SELECT * FROM t WHERE ts = $1", &declared), "string");
}

#[test]
fn parameters_have_values() {
    let mut world = with_table();
    let long = |number| Some(Value::Long(number));
    let string = |text: &str| Some(Value::String(text.to_owned()));
    let insert = "INSERT INTO t (id, name, ts) VALUES ($1, $2, $3)";
    assert_eq!(world.run(insert, &[long(1), string("a"), string("2020-01-01")]).unwrap(), "INSERT 0 1");
    assert_eq!(world.run(insert, &[long(2), None, None]).unwrap(), "INSERT 0 1");
    let query = "SELECT id, name, ts FROM t WHERE id = $1 OR name = $2";
    assert_eq!(
        world.run(query, &[long(2), string("a")]).unwrap(),
        "id integer | name string | ts timestamp\n1 | a | 2020-01-01 00:00:00.000+00\n2 | NULL | NULL"
    );
    assert_eq!(
        world.run("SELECT $1, $2", &[string("x"), None]).unwrap(),
        "$1 undefined | $2 undefined\nx | NULL"
    );
    assert_eq!(world.run("SELECT id FROM t LIMIT $1", &[long(0)]).unwrap(), "id integer");
    assert_eq!(
        world.run("SELECT id FROM t WHERE id = ANY ($1)", &[Some(Value::Array(vec![long(2)]))]).unwrap(),
        "id integer\n2"
    );
}

#[test]
fn what_cannot_be_inserted_is_known_before_anything_runs() {
    let mut world = with_table();
    let plan = plan(&mut world, "INSERT INTO t (id) VALUES ($1), (7)", &[]).unwrap();
    let ready = plan.ready(&[Some(Value::String("x".to_owned()))], &mut world.scope());
    assert_eq!(ready.unwrap_err().exception, Exception::Conversion);
    let ready = plan.ready(&[Some(Value::Long(7))], &mut world.scope()).unwrap();
    assert_eq!(ready.run(&mut world.scope()).unwrap_err().exception, Exception::DuplicateKey);
    assert_eq!(world.run("SELECT id FROM t", &[]).unwrap(), "id integer");
}

#[test]
fn a_plan_outlives_its_table_and_says_so() {
    let mut world = with_table();
    let query = plan(&mut world, "SELECT * FROM t", &[]).unwrap();
    let insert = plan(&mut world, "INSERT INTO t (id) VALUES (1)", &[]).unwrap();
    let ready = insert.ready(&[], &mut world.scope()).unwrap();
    world.run("ALTER TABLE t ADD COLUMN more integer", &[]).unwrap();
    ready.run(&mut world.scope()).unwrap();
    assert!(query.ready(&[], &mut world.scope()).unwrap().run(&mut world.scope()).is_ok());
    assert_eq!(world.run("SELECT id, more FROM t", &[]).unwrap(), "id integer | more integer\n1 | NULL");
    for change in ["DROP TABLE t", "CREATE TABLE t (other string)"] {
        world.run(change, &[]).unwrap();
        let gone = query.ready(&[], &mut world.scope()).unwrap().run(&mut world.scope());
        assert_eq!(gone.unwrap_err().exception, Exception::RelationUnknown);
        assert_eq!(insert.ready(&[], &mut world.scope()).unwrap_err().exception, Exception::RelationUnknown);
    }
}

#[test]
fn kill_ends_jobs_but_its_own() {
    let mut world = World::new();
    let job = |id: &str| Job::new(id.to_owned(), "crate".to_owned(), String::new(), 0);
    world.node.jobs = vec![job("a"), job("b"), job("own")];
    assert_eq!(world.run("KILL 'none'", &[]).unwrap(), "KILL 0");
    assert_eq!(world.run("KILL $1", &[Some(Value::String("a".to_owned()))]).unwrap(), "KILL 1");
    let killed = |world: &World| world.node.jobs.iter().map(Job::is_killed).collect::<Vec<_>>();
    assert_eq!(killed(&world), [true, false, false]);
    assert_eq!(world.run("KILL ALL", &[]).unwrap(), "KILL 2");
    assert_eq!(killed(&world), [true, true, false]);
}

#[test]
fn strict_transactions_are_those_of_3_3() {
    let grammar = Grammar { strict_transactions: true };
    for text in [
        "BEGIN",
        "BEGIN WORK READ ONLY, NOT DEFERRABLE",
        "COMMIT",
        "begin transaction isolation level serializable",
    ] {
        assert!(parse(text, grammar).is_ok(), "{text}");
    }
    for text in [
        "BEGIN READ ONLY DEFERRABLE",
        "COMMIT WORK",
        "COMMIT AND CHAIN",
        "END",
        "ROLLBACK",
        "ABORT",
        "START TRANSACTION",
    ] {
        assert_eq!(parse(text, grammar).unwrap_err().exception, Exception::SqlParse, "{text}");
        assert!(parse(text, Grammar::default()).is_ok(), "{text}");
    }
}

#[test]
fn statements_and_errors_have_places() {
    let text = "SELECT 'é;';\n -- x\n  SELECT 2 ; ";
    let parsed = parse(text, Grammar::default()).unwrap();
    let texts: Vec<_> = parsed.iter().map(|parsed| &text[parsed.range.clone()]).collect();
    assert_eq!(texts, ["SELECT 'é;'", "SELECT 2"]);
    for (text, at) in [
        ("SELECT 1;\nSELECT é FRUM x y", "SELECT 1;\nSELECT é FRUM ".len()),
        ("SELECT", 6),
        ("x", 0),
        ("SELECT 'é', (", 14),
        ("SELECT 1; LISTEN x", 10),
    ] {
        assert_eq!(parse(text, Grammar::default()).unwrap_err().at, Some(at), "{text}");
    }
}

#[test]
fn the_same_statement_is_equal_wherever_it_stands() {
    let one = parse("INSERT INTO t VALUES ($1)", Grammar::default()).unwrap();
    let other = parse(";  INSERT INTO t\nVALUES (?)", Grammar::default()).unwrap();
    assert_eq!(one[0].statement, other[0].statement);
}

#[test]
fn what_takes_too_much_is_refused() {
    let mut world = with_table();
    let deep = |open: &str, close: &str| format!("SELECT {}1{}", open.repeat(2_000), close.repeat(2_000));
    let many = "a".repeat(1000);
    let texts = [
        deep("(", ")"),
        deep("[", "]"),
        deep("NOT ", ""),
        deep("- ", ""),
        deep("lower(", ")"),
        deep("CASE WHEN true THEN ", " END"),
        deep("{a = ", "}"),
        deep("CAST(", " AS long)"),
        deep("(SELECT ", ")"),
        format!("SELECT 1{}", " + 1".repeat(5_000)),
        format!("SELECT true{}", " AND true".repeat(5_000)),
        format!("SELECT 1{}", "::long".repeat(5_000)),
        format!("SELECT 1{}", " UNION ALL SELECT 1".repeat(5_000)),
        format!("SELECT a{}", "[1]".repeat(5_000)),
        format!("SELECT 1 FROM t{}", " JOIN t ON true".repeat(2_000)),
        format!("CREATE TABLE x (o {}string{})", "array(".repeat(2_000), ")".repeat(2_000)),
        format!("CREATE TABLE x (o {}a string{})", "object as (b ".repeat(2_000), ")".repeat(2_000)),
        "SELECT count(*) FROM generate_series(1, 1000000000000)".to_owned(),
        "SELECT count(*) FROM generate_series(1, 10000) a, generate_series(1, 10000) b".to_owned(),
        format!("SELECT replace(replace(replace('{many}', 'a', '{many}'), 'a', '{many}'), 'a', '{many}')"),
    ];
    for text in texts {
        let refused = world.run(&text, &[]).err().map(|refusal| refusal.exception);
        assert_eq!(refused, Some(Exception::CircuitBreaking), "{text:.60}");
    }
}

#[test]
fn what_is_large_takes_steps_wherever_it_goes() {
    let mut world = with_table();
    let large = [Some(Value::String("x".repeat(10 << 20)))];
    world.run("INSERT INTO t (id, name) VALUES (1, $1)", &large).unwrap();
    for text in [
        "SELECT count(*) FROM generate_series(1, 100000) WHERE $1 = 'x'",
        "SELECT count(*) FROM t, generate_series(1, 100000)",
        "SELECT count(*) FROM generate_series(1, 100000) WHERE (SELECT name FROM t) = 'x'",
        "SELECT max(upper(name)) FROM t, generate_series(1, 100000)",
        "SELECT [$1] FROM generate_series(1, 100000)",
    ] {
        let refused = world.run(text, &large).err().map(|refusal| refusal.exception);
        assert_eq!(refused, Some(Exception::CircuitBreaking), "{text}");
    }
}

#[test]
fn what_is_just_not_too_deep_runs() {
    let mut world = World::new();
    let chain = |one: &str, many: &str| format!("SELECT {one}{}", many.repeat(290));
    for text in [
        chain("1", " + 1"),
        chain("true", " AND true"),
        chain("1", "::long"),
        chain("1", " UNION ALL SELECT 1"),
        format!("SELECT {}1{}", "(".repeat(20), ")".repeat(20)),
        format!("SELECT {}1{}", "{a = [".repeat(10), "]}".repeat(10)),
    ] {
        world.run(&text, &[]).unwrap_or_else(|refusal| panic!("{text:.60}: {}", refusal.message));
    }
}

#[test]
fn files_take_the_room_of_tables() {
    let mut world = with_table();
    let large = [Some(Value::String("x".repeat(14 << 20)))];
    let refused = |world: &mut World, text: &str, parameters: &[Option<Value>]| {
        world.run(text, parameters).err().map(|refusal| refusal.exception)
    };
    world.run("INSERT INTO t (id, name) VALUES (1, $1)", &large).unwrap();
    let copies =
        (0..20).map_while(|number| world.run(&format!("COPY t TO DIRECTORY '/tmp/{number}'"), &[]).ok());
    assert_eq!(copies.count(), 17, "of 256 MiB, 14 are the table's, and each file takes as much");
    let insert = "INSERT INTO t (id, name) VALUES (2, $1)";
    assert_eq!(refused(&mut world, insert, &large), Some(Exception::CircuitBreaking));
    let again = "COPY t TO DIRECTORY '/tmp/0'";
    assert_eq!(refused(&mut world, again, &[]), None, "what is there gives way");
    world.run("COPY t WHERE false TO DIRECTORY '/tmp/0'", &[]).unwrap();
    assert_eq!(refused(&mut world, insert, &large), None);
}

#[test]
fn there_are_so_many_files_and_columns() {
    let mut world = World::new();
    world.run("CREATE TABLE t (id integer) CLUSTERED INTO 1024 SHARDS", &[]).unwrap();
    for number in 0..9 {
        world.run(&format!("COPY t TO DIRECTORY '/tmp/{number}'"), &[]).unwrap();
    }
    let refused = |world: &mut World, text: &str| world.run(text, &[]).err().map(|refusal| refusal.exception);
    assert_eq!(refused(&mut world, "COPY t TO DIRECTORY '/tmp/9'"), Some(Exception::CircuitBreaking));
    assert_eq!(refused(&mut world, "COPY t TO DIRECTORY '/tmp/8'"), None);
    assert_eq!(
        refused(&mut world, "CREATE TABLE u (id integer) CLUSTERED INTO 1025 SHARDS"),
        Some(Exception::IllegalArgument)
    );
}

#[test]
fn new_columns_take_room_in_every_row() {
    let mut world = World::new();
    let columns: Vec<_> = (0..990).map(|number| format!("c{number} long")).collect();
    world.run(&format!("CREATE TABLE wide ({})", columns.join(", ")), &[]).unwrap();
    world.run(&format!("INSERT INTO wide VALUES ({})", vec!["1"; 990].join(", ")), &[]).unwrap();
    world.run("COPY wide TO DIRECTORY '/tmp'", &[]).unwrap();
    world.run("CREATE TABLE long (id long)", &[]).unwrap();
    world.run("INSERT INTO long SELECT * FROM generate_series(1, 9000)", &[]).unwrap();
    let refused = world.run("COPY long FROM '/tmp/wide_*'", &[]).unwrap_err();
    assert_eq!(refused.exception, Exception::CircuitBreaking);
    assert_eq!(world.run("SELECT * FROM long LIMIT 1", &[]).unwrap(), "id long\n1");
}
