//! Whole query strings: the document's session, and each way to be refused.

use super::SqlSession;
use crate::engine::SqlError;
use crate::environment::{Clock, Environment};
use crate::fault::{Fault, Faults};
use crate::spacetimedb::answer::Answer;
use crate::spacetimedb::{Identity, Server, fixtures};
use std::time::Duration;

/// How the engine says no.
#[path = "refusal_tests.rs"]
mod refusals;

const OWNER: Identity = Identity([7; 32]);
const STRANGER: Identity = Identity([8; 32]);

fn environment() -> Environment {
    let clock = Clock::Fixed { now: 0, statement: Duration::from_nanos(1_720_999) };
    Environment::fixed(clock, 0, Vec::new())
}

fn server() -> Server {
    Server::with_fixtures(fixtures::NAMES, OWNER).unwrap()
}

/// A client of a fresh server.
struct Client(SqlSession);

impl Client {
    fn of(server: &Server, database: &str, caller: Identity, faults: &[Fault]) -> Self {
        let faults: Faults = faults.iter().copied().collect();
        Self(server.connect(database, caller, &faults, &environment()).unwrap())
    }

    fn owner(database: &str) -> Self {
        Self::of(&server(), database, OWNER, &[])
    }

    fn all(&mut self, query: &str) -> Vec<Result<Answer, SqlError>> {
        self.0.answers(query)
    }

    fn one(&mut self, query: &str) -> Result<Answer, SqlError> {
        let mut answers = self.all(query);
        assert_eq!(answers.len(), 1, "{query}");
        answers.remove(0)
    }

    /// The rows, as psql prints them unaligned.
    #[track_caller]
    fn rows(&mut self, query: &str) -> Vec<String> {
        match self.one(query) {
            Ok(Answer::Rows { rows, tag, .. }) => {
                assert_eq!(tag, format!("SELECT {}", rows.len()));
                let text = |field: &Option<Vec<u8>>| String::from_utf8(field.clone().unwrap()).unwrap();
                rows.iter().map(|row| row.iter().map(text).collect::<Vec<_>>().join("|")).collect()
            }
            other => panic!("{query}: {other:?}"),
        }
    }

    #[track_caller]
    fn tag(&mut self, query: &str) -> String {
        match self.one(query) {
            Ok(Answer::Done(tag)) => tag,
            other => panic!("{query}: {other:?}"),
        }
    }

    #[track_caller]
    fn error(&mut self, query: &str) -> SqlError {
        match self.one(query) {
            Err(error) => error,
            other => panic!("{query}: {other:?}"),
        }
    }

    #[track_caller]
    fn refused(&mut self, query: &str, code: &str, message: &str) {
        let error = self.error(query);
        assert_eq!((&*error.code, &*error.message), (code, message), "{query}");
    }
}

#[test]
fn the_documents_session() {
    let mut client = Client::owner("quickstart-chat");
    let sender = "\\xc200da2d6ddb6c0beef0bbaafacffe5f0649c86b8d19411e3219066a6d0e5123";
    let row = format!("{sender}|2025-09-29T22:29:14.271647+00:00|hello");
    assert_eq!(client.rows("select * from message;"), [row]);
    assert_eq!(client.tag("update message set text = 'world';"), "updated: 1, server: 1.72ms");
    assert_eq!(client.rows("select text from message;"), ["world"]);
}

#[test]
fn columns_are_known_without_rows() {
    let Ok(Answer::Rows { columns, rows, tag }) =
        Client::owner("types").one("SELECT name AS n, id FROM t_empty WHERE id > 1")
    else {
        panic!("rows")
    };
    let columns: Vec<_> = columns.iter().map(|column| (column.name.as_str(), column.type_oid)).collect();
    assert_eq!(
        (columns.as_slice(), rows.len(), tag.as_str()),
        ([("n", 1043), ("id", 20)].as_slice(), 0, "SELECT 0")
    );
}

#[test]
fn the_smoketests_rows() {
    let mut client = Client::owner("types");
    assert_eq!(
        client.rows("SELECT * FROM t_ints"),
        ["-25|-3224|-23443|-2344353|-234434897853|-234434897853"]
    );
    let uints = "1050|83892|48937498|4378528978889|4378528978889";
    assert_eq!(client.rows("SELECT * FROM t_uints"), [format!("\\x69|{uints}")]);
    let zeros = "0".repeat(63);
    let others = format!(
        "t|594806.56|-3454353.3453890434|This is spacetimedb|\\x01020304050607|\\x{zeros}1|\\x{}|\
         1970-01-01T00:00:00+00:00|00:00:10|00000000-0000-0000-0000-000000000000",
        "0".repeat(32)
    );
    assert_eq!(client.rows("SELECT * FROM t_others"), [others]);
    let tuple = format!(
        "{{\"bool\": true, \"f32\": 594806.56, \"f64\": -3454353.3453890434, \"str\": \"This is spacetimedb\", \
         \"bytes\": \"0x01020304050607\", \"identity\": \"0x{zeros}1\", \"connection_id\": \"0x{}\", \
         \"timestamp\": \"1970-01-01T00:00:00+00:00\", \"duration\": \"PT10S\", \
         \"uuid\": \"00000000-0000-0000-0000-000000000000\"}}",
        "0".repeat(32)
    );
    assert_eq!(client.rows("SELECT * FROM t_others_tuple"), [tuple]);
    assert_eq!(client.rows("SELECT * FROM t_simple_enum"), ["1|Inactive", "2|Active"]);
    assert_eq!(client.rows("SELECT * FROM t_enum"), ["1|{\"Gray\": 128}"]);
    assert_eq!(
        client.rows("SELECT en, se FROM t_nested"),
        ["{\"id\": 1, \"color\": {\"Gray\": 128}}|{\"id\": 2, \"action\": {\"Active\": {}}}"]
    );
    assert_eq!(client.rows("SELECT * FROM t_enums"), ["{\"some\": true}|{\"ok\": false}|Active"]);
    // test_sql_conn
    assert_eq!(client.rows("select u32 from t_uints where u8 = 105 and u16 = 1050"), ["83892"]);
    assert_eq!(client.rows("select count(*) as t from t_uints"), ["1"]);
}

#[test]
fn every_table_can_be_read() {
    for faults in [vec![], crate::fault::ALL.iter().map(|row| row.fault).collect::<Vec<_>>()] {
        for database in fixtures::NAMES {
            let mut client = Client::of(&server(), database, OWNER, &faults);
            let tables = client.rows("SELECT table_name FROM st_table");
            assert!(tables.len() > 20);
            for table in tables {
                let answer = client.one(&format!("SELECT * FROM \"{table}\""));
                assert!(matches!(answer, Ok(Answer::Rows { .. })), "{table}: {answer:?}");
            }
        }
    }
}

#[test]
fn select() {
    let mut client = Client::owner("types");
    for (query, rows) in [
        ("SELECT name FROM t_set WHERE id >= 2", vec!["two", "three"]),
        ("SELECT name FROM t_set WHERE 2 < id", vec!["three"]),
        ("SELECT name FROM t_set WHERE id = 1 OR id = 3 AND name <> 'three'", vec!["one"]),
        ("SELECT name FROM t_set WHERE (id = 1) = (name = 'one') AND id != 1", vec!["two", "three"]),
        ("SELECT name FROM t_set WHERE (id = 2) = true", vec!["two"]),
        ("SELECT name FROM t_set WHERE id = 1e0", vec!["one"]),
        ("SELECT name FROM t_set WHERE id = '2'", vec!["two"]),
        ("SELECT name FROM t_set LIMIT 1", vec!["one"]),
        ("SELECT COUNT(*) n FROM t_set WHERE true", vec!["3"]),
        ("SELECT COUNT(*) AS n FROM t_set LIMIT 0", vec![]),
        ("SELECT s.name, u.id FROM t_set s JOIN t_unique AS u ON s.id = u.id", vec!["one|1", "two|2"]),
        ("SELECT u.* FROM t_set s INNER JOIN t_unique u ON s.name = u.name WHERE s.id = 2", vec!["2|two"]),
        ("SELECT COUNT(*) AS n FROM t_set CROSS JOIN t_unique JOIN t_unique b", vec!["12"]),
        ("SELECT \"t_set\".\"name\" FROM \"t_set\" WHERE \"id\" = 3", vec!["three"]),
        ("SELECT id FROM t_f64 WHERE value > 1e14", vec!["6", "7", "8", "10", "12"]),
        ("SELECT id FROM t_uuid WHERE value = '00000000-0000-0000-0000-000000000000'", vec!["1"]),
        ("SELECT id FROM t_timestamp WHERE value < '1970-01-01T00:00:00Z'", vec!["4"]),
        ("SELECT id FROM t_bytes WHERE value = X'74657374'", vec!["2"]),
        ("SELECT id FROM t_bytes WHERE value = 0x74657374", vec!["2"]),
        ("SELECT id FROM t_i8 WHERE value = -128", vec!["1"]),
        ("SELECT id FROM t_bool WHERE value", vec!["1"]),
        (
            "SELECT c.name FROM t_set a JOIN t_unique b ON a.id = b.id JOIN t_set c ON b.id = c.id WHERE a.id < 2",
            vec!["one"],
        ),
        ("SELECT a.id FROM t_set a JOIN t_set b", vec!["1", "1", "1", "2", "2", "2", "3", "3", "3"]),
    ] {
        assert_eq!(client.rows(query), rows, "{query}");
    }
}

#[test]
fn changes() {
    let mut client = Client::owner("types");
    let insert = "INSERT INTO t_empty (id, name) VALUES (1, 'a'), (2, 'b')";
    assert_eq!(client.tag(insert), "inserted: 2, server: 1.72ms");
    assert_eq!(client.tag(insert), "server: 1.72ms");
    assert_eq!(client.tag("INSERT INTO t_empty (name, id) VALUES ('c', 3)"), "inserted: 1, server: 1.72ms");
    assert_eq!(client.tag("INSERT INTO t_empty VALUES (+4, 'it''s')"), "inserted: 1, server: 1.72ms");
    assert_eq!(client.rows("SELECT * FROM t_empty"), ["1|a", "2|b", "3|c", "4|it's"]);
    assert_eq!(client.tag("UPDATE t_empty SET name = 'x' WHERE id > 2"), "updated: 2, server: 1.72ms");
    assert_eq!(client.tag("UPDATE t_empty SET name = 'x' WHERE id = 9"), "server: 1.72ms");
    assert_eq!(client.tag("DELETE FROM t_empty WHERE name = 'x'"), "deleted: 2, server: 1.72ms");
    assert_eq!(client.rows("SELECT * FROM t_empty"), ["1|a", "2|b"]);
    assert_eq!(client.tag("UPDATE t_empty SET id = 1, name = 'a'"), "updated: 2, server: 1.72ms");
    assert_eq!(client.rows("SELECT * FROM t_empty"), ["1|a"]);
    assert_eq!(client.tag("DELETE FROM t_empty"), "deleted: 1, server: 1.72ms");
}

#[test]
fn a_refused_statement_changes_nothing() {
    let mut client = Client::owner("types");
    client.refused(
        "INSERT INTO t_unique (id, name) VALUES (3, 'three'), (1, 'again')",
        "23505",
        "Unique constraint violation 't_unique_id_idx_btree' in table 't_unique': column(s): '[\"id\"]' value: 1",
    );
    client.refused(
        "UPDATE t_unique SET name = 'one'",
        "23505",
        "Unique constraint violation 't_unique_name_idx_btree' in table 't_unique': column(s): '[\"name\"]' value: \"one\"",
    );
    assert_eq!(client.rows("SELECT * FROM t_unique"), ["1|one", "2|two"]);
    assert_eq!(client.tag("INSERT INTO t_unique (id, name) VALUES (1, 'one')"), "server: 1.72ms");
}

#[test]
fn several_statements_run_up_to_the_first_error() {
    let mut client = Client::owner("types");
    let answers = client.all("DELETE FROM t_set WHERE id = 1; SELECT nothing FROM t_set; DELETE FROM t_set");
    assert_eq!(answers.len(), 2);
    assert_eq!(answers[0], Ok(Answer::Done("deleted: 1, server: 1.72ms".to_owned())));
    assert_eq!(answers[1].as_ref().unwrap_err().code, "42703");
    // Each statement is its own transaction, so the first one stays.
    assert_eq!(client.rows("SELECT id FROM t_set"), ["2", "3"]);
    // A syntax error anywhere, and nothing runs.
    assert_eq!(client.error("DELETE FROM t_set; SELEC 1").code, "42601");
    assert_eq!(client.rows("SELECT id FROM t_set"), ["2", "3"]);
}

#[test]
fn one_statement_a_query() {
    let mut client = Client::of(&server(), "types", OWNER, &[Fault::OneStatementPerQuery]);
    client.refused("DELETE FROM t_set; SELECT 1", "0A000", "Multiple SQL statements are not supported");
    assert_eq!(client.rows("SELECT id FROM t_set;").len(), 3);
}

#[test]
fn empty_queries() {
    let mut client = Client::owner("types");
    let mut quirky =
        Client::of(&server(), "types", OWNER, &[Fault::EmptyQueryIsError, Fault::ErrorsAsInternal]);
    for query in ["", " ", " ; ", ";;", "-- c", "/* c */", "; ;\n"] {
        assert_eq!(client.all(query), [Ok(Answer::Empty)], "{query:?}");
    }
    for query in ["", " \n", ";", " ; "] {
        assert_eq!(quirky.all(query), [Ok(Answer::Empty)], "{query:?}");
    }
    for query in [";;", "; ;", "-- c", "/* c */", "END"] {
        quirky.refused(query, "XX000", "(Sql) Empty SQL query");
    }
}

#[test]
fn the_product_ignores_the_columns_of_an_insert() {
    let mut quirky = Client::of(&server(), "types", OWNER, &[Fault::InsertColumnsPositional]);
    let message = "The number of fields (0) in the INSERT does not match the number of columns (2) of the table `t_set`";
    quirky.refused("INSERT INTO t_set VALUES (9, 'nine')", "42601", message);
    assert_eq!(quirky.tag("INSERT INTO t_set (name, x) VALUES (9, 'nine')"), "inserted: 1, server: 1.72ms");
    assert_eq!(quirky.rows("SELECT name FROM t_set WHERE id = 9"), ["nine"]);
}

#[test]
fn access() {
    let server = server();
    let mut owner = Client::of(&server, "types", OWNER, &[]);
    let mut stranger = Client::of(&server, "types", STRANGER, &[]);
    assert_eq!(owner.rows("SELECT name FROM t_private"), ["secret"]);
    for query in
        ["SELECT * FROM t_private", "DELETE FROM t_private", "SELECT * FROM st_connection_credentials"]
    {
        assert_eq!(stranger.error(query).code, "42P01");
    }
    let unauthorized = format!("Caller {} is not authorized to run SQL DML statements", "08".repeat(32));
    stranger.refused("DELETE FROM t_set", "42501", &unauthorized);
    stranger.refused("SET row_limit TO 5", "42501", &unauthorized);
    // Row-level security.
    let alice = Identity::from_claims(crate::token::ISSUER, "alice");
    assert_eq!(owner.rows("SELECT text FROM t_notes").len(), 2);
    assert_eq!(stranger.rows("SELECT text FROM t_notes").len(), 0);
    assert_eq!(Client::of(&server, "types", alice, &[]).rows("SELECT text FROM t_notes"), ["alice's note"]);
    let rule = "SELECT * FROM t_notes WHERE owner = :sender";
    assert_eq!(stranger.rows("SELECT sql FROM st_row_level_security"), [rule]);
    assert_eq!(owner.rows(&rule.replace('*', "text")).len(), 0);
}

#[test]
fn sessions_share_their_server_and_servers_share_nothing() {
    let shared = server();
    let mut one = Client::of(&shared, "types", OWNER, &[]);
    let mut other = Client::of(&shared, "TYPES", STRANGER, &[]);
    one.tag("DELETE FROM t_set");
    assert_eq!(other.rows("SELECT * FROM t_set").len(), 0);
    assert_eq!(Client::owner("types").rows("SELECT * FROM t_set").len(), 3);
    assert_eq!(one.rows("SELECT connection_id FROM st_client"), ["1"]);
    assert_eq!(other.rows("SELECT connection_id FROM st_client"), ["2"]);
    assert!(shared.connect("nowhere", OWNER, &Faults::default(), &environment()).is_none());
    assert!(Server::with_fixtures(&["types", "nowhere"], OWNER).unwrap_err().contains("`nowhere`"));
}

#[test]
fn the_row_limit() {
    let server = server();
    let mut owner = Client::of(&server, "types", OWNER, &[]);
    let mut stranger = Client::of(&server, "types", STRANGER, &[]);
    assert_eq!(owner.rows("SHOW row_limit").len(), 0);
    assert_eq!(owner.tag("SET row_limit TO 2"), "inserted: 1, server: 1.72ms");
    assert_eq!(owner.rows("SHOW row_limit"), ["{\"U64\": 2}"]);
    assert_eq!(owner.rows("SELECT name FROM st_var"), ["row_limit"]);
    assert_eq!(owner.error("SET row_limit = 3").code, "23505");
    stranger.refused(
        "SELECT id FROM t_set",
        "54000",
        "Estimated cardinality (3 rows) exceeds limit (2 rows)",
    );
    assert_eq!(stranger.rows("SELECT id FROM t_unique").len(), 2);
    assert_eq!(owner.rows("SELECT id FROM t_set").len(), 3);
    assert_eq!(owner.tag("DELETE FROM st_var WHERE name = 'row_limit'"), "deleted: 1, server: 1.72ms");
    assert_eq!(stranger.rows("SELECT id FROM t_set").len(), 3);
}

#[test]
fn system_tables() {
    let mut client = Client::owner("quickstart-chat");
    assert_eq!(
        client.rows("SELECT * FROM st_table WHERE table_type = 'user'"),
        ["4097|message|user|public|{\"none\": {}}", "4098|user|user|public|{\"some\": [0]}"]
    );
    assert_eq!(
        client.rows("SELECT col_pos, col_name FROM st_column WHERE table_id = 4097"),
        ["0|sender", "1|sent", "2|text"]
    );
    assert_eq!(
        client.rows("SELECT * FROM st_index WHERE table_id = 4098"),
        ["4097|4098|user_identity_idx_btree|{\"BTree\": {\"columns\": [0]}}"]
    );
    assert_eq!(
        client.rows("SELECT * FROM st_constraint WHERE table_id = 4098"),
        ["4097|user_identity_key|4098|{\"Unique\": {\"columns\": [0]}}"]
    );
    let sequence = "SELECT sequence_name, start, max_value FROM st_sequence WHERE table_id = 1";
    assert_eq!(client.rows(sequence), ["st_table_table_id_seq|4097|170141183460469231731687303715884105727"]);
    // Identities are numbers here: 0x0707…07.
    let owner = "3178227047532770503117443040178216022763055088165124430480150370283303765767";
    let rows = client.rows("SELECT owner_identity, program_kind FROM st_module");
    assert_eq!(rows.len(), 1);
    assert!(rows[0].ends_with("|\\x00") && rows[0].len() >= owner.len(), "{}", rows[0]);
}

#[test]
fn limits() {
    let mut client = Client::owner("types");
    let long = format!("SELECT * FROM t_set WHERE name = '{}'", "é".repeat(25_000));
    let start: String = long.chars().take(120).collect();
    client.refused(&long, "54000", &format!("SQL query exceeds maximum allowed length: \"{start}...\""));
    assert_eq!(client.rows(&format!("SELECT * FROM t_set WHERE name = '{}'", "a".repeat(49_000))).len(), 0);
    let deep = format!("SELECT * FROM t_set WHERE {}id = 1{}", "(".repeat(2000), ")".repeat(2000));
    assert_eq!(client.error(&deep).code, "54001");
    let joined = format!("SELECT * FROM t_set {}", "JOIN t_set ".repeat(1000));
    assert_eq!(client.error(&joined).code, "54001");
    let chained = format!("SELECT * FROM t_set WHERE id = 1{}", " OR id = 1".repeat(4000));
    assert_eq!(client.error(&chained).code, "54001");
    let chained = format!("SELECT id FROM t_set WHERE id = 1{}", " OR id = 1".repeat(400));
    assert_eq!(client.rows(&chained), ["1"]);
    let rows = (0..5000).map(|id| format!("({id},'')")).collect::<Vec<_>>().join(",");
    let insert = format!("INSERT INTO t_empty (id, name) VALUES {rows}");
    assert_eq!(client.tag(&insert), "inserted: 5000, server: 1.72ms");
    assert_eq!(client.error("SELECT COUNT(*) AS n FROM t_empty a CROSS JOIN t_empty b").code, "54000");
}

/// Odd strings made of odd pieces: no panic, no overflow of the stack, and the engine still answers.
#[test]
fn no_string_is_too_odd() {
    const PIECES: &[&str] = &[
        "SELECT",
        "*",
        "FROM",
        "t_set",
        "WHERE",
        "id",
        "=",
        "1",
        "'",
        "\"",
        "(",
        ")",
        ",",
        ";",
        "--",
        "/*",
        "*/",
        "$1",
        "$$",
        ":sender",
        ":",
        "::",
        "INSERT INTO",
        "VALUES",
        "UPDATE",
        "SET",
        "DELETE",
        "JOIN",
        "ON",
        "AND",
        "OR",
        "NOT",
        "-",
        "+",
        "1e9",
        "0x",
        "X'",
        "E'\\",
        "é",
        "\0",
        "\n",
        ".",
        "[",
        "]",
        "{",
        "}",
        "CASE",
        "WHEN",
        "INTERVAL",
        "ARRAY",
        "CAST",
        "AS",
        "LIMIT",
        "COUNT(*)",
        "BEGIN",
        "END",
        "row_limit",
        "SHOW",
        "WITH",
        "UNION",
        "EXISTS",
        "IN",
        "LIKE",
        "NULL",
        "st_var",
        "CREATE TABLE",
        "EXPLAIN",
        "COPY",
        "a",
        "text",
        "'x'",
        "1.5",
        "U&'",
        "<",
        ">",
        "!",
        "@",
        "#",
        "%",
        "^",
        "&",
        "|",
        "~",
    ];
    let mut client = Client::owner("types");
    let mut state = 1_u64;
    let mut next = |below: usize| {
        state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        usize::try_from(state >> 33).unwrap() % below
    };
    for _ in 0..3000 {
        let pieces: Vec<&str> = (0..next(14)).map(|_| PIECES[next(PIECES.len())]).collect();
        let separator = ["", " "][next(2)];
        client.all(&pieces.join(separator));
    }
    for piece in PIECES {
        for context in ["", "SELECT ", "SELECT * FROM ", "SELECT * FROM t_set WHERE "] {
            for tail in ["", " a "] {
                client.all(&format!("{context}{}", format!("{piece}{tail}").repeat(1500)));
            }
        }
    }
    assert_eq!(client.rows("SELECT id FROM t_unique").len(), 2);
}
