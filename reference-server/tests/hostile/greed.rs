//! SQL that asks for too much: it is refused as PostgreSQL would, and others are served meanwhile.

use crate::peer::{Peer, Served, peak};
use std::time::{Duration, Instant};

/// Statements, and the SQLSTATEs that they may end with; none: with what they ask for.
fn greedy() -> Vec<(String, &'static [&'static str])> {
    const MEMORY: &[&str] = &["53200", "54000"];
    const DEEP: &[&str] = &["54001"];
    let nested = |open: &str, inner: &str, close: &str, times: usize| {
        format!("{}{inner}{}", open.repeat(times), close.repeat(times))
    };
    let mut all: Vec<(String, &[&str])> = vec![
        ("SELECT repeat('x', 1 << 30)".into(), MEMORY),
        ("SELECT repeat('x', 2000000000)".into(), MEMORY),
        ("SELECT length(repeat(repeat('x', 10000000), 100))".into(), MEMORY),
        ("SELECT lpad('x', 1000000000)".into(), MEMORY),
        ("SELECT rpad('x', 2147483647, 'yy')".into(), MEMORY),
        ("SELECT replace(repeat('x', 10000000), 'x', repeat('y', 1000))".into(), MEMORY),
        ("SELECT format('%1000000000s', 'x')".into(), MEMORY),
        ("SELECT count(*) FROM generate_series(1, 1000000000000) g(x)".into(), MEMORY),
        ("SELECT generate_series(1, 1000000000000)".into(), MEMORY),
        ("SELECT array_agg(x) FROM generate_series(1, 100000000) g(x)".into(), MEMORY),
        ("SELECT string_agg(repeat('x', 1000000), '') FROM generate_series(1, 1000) g(x)".into(), MEMORY),
        ("SELECT x FROM generate_series(1, 100000000) g(x) ORDER BY x DESC".into(), MEMORY),
        ("SELECT DISTINCT repeat(x::text, 10000) FROM generate_series(1, 1000000) g(x) OFFSET 10000000".into(), MEMORY),
        ("WITH RECURSIVE t(n) AS (SELECT 1 UNION ALL SELECT n FROM t) SELECT count(*) FROM t".into(), MEMORY),
        ("WITH RECURSIVE t(n) AS (SELECT repeat('x', 1000) UNION ALL SELECT n || 'x' FROM t) SELECT count(*) FROM t".into(), MEMORY),
        ("SELECT (SELECT count(*) FROM generate_series(1, 10000) a, generate_series(1, 10000) b)".into(), MEMORY),
        ("DO $$ BEGIN LOOP END LOOP; END $$".into(), MEMORY),
        ("DO $$ BEGIN WHILE true LOOP NULL; END LOOP; END $$".into(), MEMORY),
        ("DO $$ BEGIN FOR i IN 1..1000000000 LOOP END LOOP; END $$".into(), MEMORY),
        ("DO $$ DECLARE t text := 'x'; BEGIN LOOP t := t || t; END LOOP; END $$".into(), MEMORY),
        ("SELECT power(10::numeric, 1000000)".into(), &["22003", "0A000"]),
        ("SELECT 10::numeric ^ 1000000".into(), &["22003", "0A000"]),
        ("SELECT 1e1000000::numeric".into(), &["22003", "22P02"]),
        ("SELECT '1e1000000000'::numeric".into(), &["22003", "22P02"]),
        ("SELECT 1e131071 * 1e131071".into(), &["22003"]),
        ("SELECT exp(1000000::numeric)".into(), &["22003"]),
        ("SELECT factorial(100000000)".into(), &["22003", "42883"]),
        ("SELECT 9223372036854775807 + 1".into(), &["22003"]),
        ("SELECT (-9223372036854775808) / (-1)".into(), &["22003"]),
        ("SELECT (-2147483648)::int4 / (-1)".into(), &["22003"]),
        ("SELECT (-2147483648)::int4 % (-1)".into(), &[]),
        ("SELECT abs((-2147483648)::int4)".into(), &["22003"]),
        ("SELECT 1 << 1000000".into(), &[]),
        ("SELECT '[2147483647:2147483647]={1}'::int[]".into(), &["54000", "22P02"]),
        ("SELECT generate_subscripts('[2147483646:2147483646]={1}'::int[], 1)".into(), &[]),
        ("SELECT array_fill(1, ARRAY[2147483647])".into(), &["54000", "53200", "42883"]),
        ("SELECT 'x'::bit(2147483647)".into(), &["22023", "22026", "22P02"]),
        ("SELECT 1::bit(100000000)".into(), &["22023", "22026"]),
        ("SELECT '294276-12-31'::timestamp + interval '1000000 years'".into(), &["22008"]),
        ("SELECT interval '2147483647 years'".into(), &["22008", "22015"]),
        ("SELECT '2147483647 months'::interval * 2147483647".into(), &["22008"]),
        ("SELECT make_interval(years => 2147483647)".into(), &["22008", "0A000"]),
        ("SELECT date '5874897-12-31' + 1".into(), &["22008"]),
        ("SELECT date '5874897-12-31' + 2147483647".into(), &["22008"]),
        ("SELECT substring('abc' from -2147483648 for 2147483647)".into(), &[]),
        ("SELECT substring('abc' from 2147483647 for 2147483647)".into(), &[]),
        ("SELECT left('abc', -2147483648), right('abc', -2147483648)".into(), &[]),
        ("SELECT split_part('a,b', ',', -2147483648)".into(), &[]),
        ("SELECT overlay('abc' placing 'x' from 2147483647 for 2147483647)".into(), &["22003", "22011"]),
        ("SELECT round(1.5, 2147483647), trunc(1.5, -2147483648)".into(), &[]),
        ("SELECT to_char(1, repeat('9', 1000000))".into(), &["22003", "42601", "54000", "42883", "22023"]),
        ("SELECT regexp_replace('a', '(((((a{1,100}){1,100}){1,100}){1,100}){1,100}){1,100}', 'b')".into(), &["2201B", "53200", "54000"]),
        ("SELECT 'a' ~ repeat('(', 100000)".into(), &["2201B"]),
        ("SELECT 'a' LIKE repeat('%a', 100000)".into(), &[]),
        ("SELECT repeat('a', 10000) LIKE repeat('%a', 3000) || 'b'".into(), &[]),
        ("SELECT string_to_array(repeat('x,', 30000000), ',')".into(), MEMORY),
        ("SELECT ('[' || repeat('1,', 6000000) || '1]')::jsonb".into(), MEMORY),
        ("SELECT ('{' || repeat('1,', 6000000) || '1}')::int[]".into(), MEMORY),
        ("SELECT regexp_replace(repeat('x', 1000000), 'x', repeat('y', 1000), 'g')".into(), MEMORY),
        ("SELECT * FROM generate_series(1, 10) LIMIT 9223372036854775807 OFFSET 9223372036854775807".into(), &[]),
        ("SELECT chr(2147483647)".into(), &["54000"]),
        ("SELECT chr(55296)".into(), &["54000"]),
        ("SELECT chr(0)".into(), &["54000"]),
        (format!("SELECT '{}'::json", nested("[", "", "]", 100_000)), DEEP),
        (format!("SELECT '{}'::jsonb", nested("[", "", "]", 100_000)), DEEP),
        (format!("SELECT '{}'::jsonb", "[".repeat(100_000)), DEEP),
        (format!("SELECT '{}'::jsonb", "{\"a\":".repeat(100_000)), DEEP),
        (format!("SELECT '{}'::int[]", nested("{", "1", "}", 100_000)), &["54000", "22P02"]),
        (format!("SELECT '{}'::jsonpath", nested("(", "1", ")", 100_000)), &["54001", "42601"]),
        (format!("SELECT '{}'::tsquery", nested("(", "a", ")", 100_000)), &["54001"]),
        (format!("SELECT '{}'::tsquery", "!".repeat(100_000) + "a"), &["54001"]),
        (format!("SELECT {}", nested("(", "1", ")", 100_000)), DEEP),
        (format!("SELECT {}", nested("ARRAY[", "1", "]", 100_000)), DEEP),
        (format!("SELECT {}1", "- ".repeat(100_000)), DEEP),
        (format!("SELECT {}true", "NOT ".repeat(100_000)), DEEP),
        (format!("SELECT 1{}", " + 1".repeat(100_000)), DEEP),
        (format!("SELECT 1{}", "::int".repeat(100_000)), DEEP),
        (format!("SELECT true{}", " AND true".repeat(100_000)), DEEP),
        (format!("SELECT 1{}", " IS NULL".repeat(100_000)), DEEP),
        (format!("SELECT 1{}", " UNION ALL SELECT 1".repeat(100_000)), DEEP),
        (format!("SELECT 1 FROM pg_class{}", ", pg_class".repeat(100_000)), DEEP),
        (format!("SELECT 1 FROM pg_class{}", " CROSS JOIN pg_class".repeat(100_000)), DEEP),
        (format!("SELECT {}", nested("CASE WHEN true THEN ", "1", " END", 10_000)), DEEP),
        (format!("SELECT {}", nested("(SELECT ", "1", ")", 10_000)), DEEP),
        (format!("SELECT {}", nested("abs(", "1", ")", 10_000)), DEEP),
        (format!("DO $$ {} $$", nested("BEGIN ", "NULL;", " END;", 10_000)), DEEP),
        (format!("DO $$ BEGIN {} END $$", nested("IF true THEN ", "NULL;", " END IF;", 10_000)), DEEP),
        (format!("DO $$ DECLARE a int; BEGIN a := 1{}; END $$", " + 1".repeat(100_000)), DEEP),
        (format!("SELECT 1{}", " + 1".repeat(900)), &[]),
        (format!("SELECT true{}", " OR true".repeat(900)), &[]),
        (format!("SELECT count(*) FROM (SELECT 1{}) AS t", " UNION SELECT 1".repeat(400)), &[]),
        (format!("SELECT {}", nested("(", "1", ")", 40)), &[]),
        (format!("SELECT '{}'::jsonb", nested("[", "", "]", 150)), &[]),
        (format!("SELECT '{}'", "x".repeat(10 << 20)), &[]),
        (format!("SELECT ARRAY[1{}]", ", 1".repeat(100_000)), &[]),
        (format!("VALUES (1){}", ", (1)".repeat(100_000)), &[]),
        (format!("{}SELECT 1", "SELECT 1;".repeat(3_000)), &[]),
        (format!("SELECT {}", nested("/*", "", "*/", 100_000) + " 1"), &[]),
    ];
    all.push(("SELECT 1".into(), &[]));
    all
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_asks_for_too_much_is_refused() {
    let server = Served::start().await;
    let mut peer = server.login().await;
    let mut wrong = Vec::new();
    for (sql, codes) in greedy() {
        let shown: String = sql.chars().take(100).collect();
        let begun = Instant::now();
        let told = peer.query(&sql).await;
        let right = match told.codes.as_slice() {
            [] => codes.is_empty(),
            [code] => codes.contains(&code.as_str()),
            _ => false,
        };
        if !right || told.closed {
            wrong.push(format!("{shown}: {:?} and not {codes:?}", told.codes));
        }
        if std::env::var_os("HOSTILE_TIMES").is_some() {
            eprintln!("{:>6} ms {:?} {shown}", begun.elapsed().as_millis(), told.codes);
        }
        if told.closed {
            peer = server.login().await;
        }
    }
    server.stop();
    assert!(wrong.is_empty(), "{wrong:#?}");
    let peak = peak() >> 20;
    if std::env::var_os("HOSTILE_TIMES").is_some() {
        eprintln!("{peak} MiB at most");
    }
    assert!(peak < 1024, "{peak} MiB");
}

/// Functions, triggers and constraints that go on for ever.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_calls_itself_ends() {
    let server = Served::start().await;
    let mut peer = server.login().await;
    for (make, run, codes) in [
        (
            "CREATE FUNCTION f(n int) RETURNS int LANGUAGE plpgsql AS $$ BEGIN RETURN f(n + 1); END $$",
            "SELECT f(1)",
            &["54001"][..],
        ),
        (
            "CREATE FUNCTION g(n int) RETURNS int LANGUAGE sql AS 'SELECT g(n + 1)'",
            "SELECT g(1)",
            &["54001", "42883"],
        ),
        (
            "CREATE TABLE t (n int); CREATE FUNCTION again() RETURNS trigger LANGUAGE plpgsql AS \
             $$ BEGIN INSERT INTO t VALUES (NEW.n + 1); RETURN NEW; END $$; \
             CREATE TRIGGER again BEFORE INSERT ON t FOR EACH ROW EXECUTE FUNCTION again()",
            "INSERT INTO t VALUES (1)",
            &["54001"],
        ),
    ] {
        let made = peer.query(make).await;
        if !made.codes.is_empty() {
            assert_eq!(made.codes, ["42883"], "{make}");
            continue;
        }
        let told = peer.query(run).await;
        assert!(codes.contains(&told.codes.join(" ").as_str()), "{run}: {told:?}");
    }
    server.stop();
}

/// Statements that never end.
const ENDLESS: [&str; 8] = [
    "SELECT count(*) FROM generate_series(1, 100000) a, generate_series(1, 100000) b",
    "WITH RECURSIVE t(n) AS (SELECT 1 UNION SELECT (n + 1) % 1000 FROM t) SELECT count(*) FROM t, t u, t v, t w",
    "SELECT a FROM generate_series(1, 100000) a, generate_series(1, 100000) b WHERE a + b < 0",
    "DO $$ BEGIN LOOP END LOOP; END $$",
    "SELECT pg_sleep(1000)",
    "SELECT pg_sleep(1e12)",
    "SELECT pg_sleep(1e19)",
    "SELECT pg_sleep(1e300)",
];

async fn slowest(peer: &mut Peer, times: usize) -> Duration {
    let mut slowest = Duration::ZERO;
    for _ in 0..times {
        let begun = Instant::now();
        assert_eq!(peer.query("SELECT 1").await.value, b"1");
        slowest = slowest.max(begun.elapsed());
    }
    slowest
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_computes_for_ever_is_cancelled_and_times_out() {
    let server = Served::start().await;
    let mut other = server.login().await;
    for sql in ENDLESS {
        let mut peer = server.login().await;
        peer.ask(sql).await;
        let waited = slowest(&mut other, 20).await;
        assert!(waited < Duration::from_secs(5), "{sql}: others wait for {waited:?}");
        peer.cancel().await;
        let told = peer.until_ready().await;
        assert!(["57014", "54000"].contains(&told.codes.join(" ").as_str()), "{sql}: {told:?}");
        assert_eq!(peer.query("SET statement_timeout = 200").await.codes, [""; 0]);
        let begun = Instant::now();
        let told = peer.query(sql).await;
        assert!(["57014", "54000"].contains(&told.codes.join(" ").as_str()), "{sql}: {told:?}");
        assert!(begun.elapsed() < Duration::from_secs(5), "{sql}: {:?}", begun.elapsed());
    }
    server.stop();
}

/// What others have a turn in between of is right all the same.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_takes_many_turns_is_right() {
    let server = Served::start().await;
    let mut peer = server.login().await;
    for (sql, value) in [
        ("SELECT sum(a * b) FROM generate_series(1, 200) a, generate_series(1, 200) b", "404010000"),
        (
            "SELECT count(*) FROM generate_series(1, 30000) a JOIN generate_series(1, 30000) b ON a = b",
            "30000",
        ),
        ("SELECT a FROM generate_series(1, 30000) a ORDER BY a DESC OFFSET 29999", "1"),
        ("SELECT count(*) FROM (SELECT DISTINCT a % 77 FROM generate_series(1, 30000) a) t", "77"),
        ("SELECT count(*) FROM (SELECT a FROM generate_series(1, 30000) a EXCEPT SELECT 5) t", "29999"),
        (
            "WITH RECURSIVE t(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM t WHERE n < 20000) SELECT sum(n) FROM t",
            "200010000",
        ),
        ("SELECT max(c) FROM generate_series(1, 30000) a, LATERAL (SELECT a + 1 AS c) b", "30001"),
        (
            "SELECT sum((SELECT count(*) FROM generate_series(1, 10) b WHERE b < a)) FROM generate_series(1, 3000) a",
            "29945",
        ),
        ("CREATE TEMP TABLE t (a int)", ""),
        ("INSERT INTO t SELECT a FROM generate_series(1, 20000) a", ""),
        ("WITH gone AS (DELETE FROM t WHERE a % 2 = 0 RETURNING a) SELECT count(*) FROM gone", "10000"),
        ("UPDATE t SET a = a + 1", ""),
        ("SELECT sum(a) FROM t", "100010000"),
        ("DO $$ BEGIN FOR i IN 1..2000 LOOP INSERT INTO t VALUES (0); END LOOP; END $$", ""),
        ("SELECT count(*) FROM t", "12000"),
    ] {
        let told = peer.query(sql).await;
        assert_eq!(told.codes, [""; 0], "{sql}");
        assert_eq!(String::from_utf8_lossy(&told.value), value, "{sql}");
    }
    // A statement that has had turns and then fails has done nothing.
    let told = peer.query("UPDATE t SET a = CASE WHEN a > 19990 THEN a / 0 ELSE 7 END").await;
    assert_eq!(told.codes, ["22012"]);
    assert_eq!(peer.query("SELECT count(*) FROM t WHERE a = 7").await.value, b"0");
    server.stop();
}
