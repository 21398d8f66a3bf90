//! SQL and garbage for CrateDB's dialect, with the quirks of 3.3 and without: what asks for too much is refused.

use crate::cratedb_floods::encoded;
use crate::garbage;
use crate::peer::{Served, peak};
use pgconform_wire::Text;
use pgconform_wire::message::{Bind, Execute, Parse, Query, Sync};
use std::path::Path;
use std::time::{Duration, Instant};

const PROFILES: [&str; 2] = ["cratedb", "cratedb-3.3"];

/// What 3.3 says instead of nearly every SQLSTATE.
const INTERNAL: &str = "XX000";

fn nested(open: &str, inner: &str, close: &str, times: usize) -> String {
    format!("{}{inner}{}", open.repeat(times), close.repeat(times))
}

/// What the statements below begin with.
const PREPARATIONS: [&str; 6] = [
    "CREATE TABLE big (id long PRIMARY KEY, s string)",
    "CREATE TABLE wide (s string)",
    "CREATE TABLE nest (id long PRIMARY KEY, o object)",
    "INSERT INTO big SELECT g.col1, 'x' FROM generate_series(1, 2000) AS g",
    "INSERT INTO wide (s) SELECT 'x' FROM generate_series(1, 300) AS g",
    "INSERT INTO nest (id, o) VALUES (1, {a = []})",
];

/// Statements, and the SQLSTATEs that they may end with; none: with what they ask for.
fn greedy() -> Vec<(String, &'static [&'static str])> {
    const TOO_MUCH: &[&str] = &["53200"];
    const FINE: &[&str] = &[];
    let doubled = |times: usize| {
        let query = "SELECT 'xxxxxxxxxxxxxxxx' AS x".to_owned();
        (0..times).fold(query, |inner, _| format!("SELECT x || x AS x FROM ({inner}) AS t"))
    };
    let long = "x".repeat(10 << 20);
    let chain = |count: usize| (2..count).map(|n| format!("${} = ${n}, ", n - 1)).collect::<String>();
    let mut all: Vec<(String, &[&str])> = vec![
        ("SELECT count(*) FROM generate_series(1, 1000000000000) AS g".into(), TOO_MUCH),
        ("SELECT g.col1 FROM generate_series(1, 100000000) AS g ORDER BY g.col1 DESC".into(), TOO_MUCH),
        ("SELECT g.col1, count(*) FROM generate_series(1, 100000000) AS g GROUP BY g.col1".into(), TOO_MUCH),
        ("SELECT count(DISTINCT g.col1) FROM generate_series(1, 3000000) AS g".into(), TOO_MUCH),
        ("SELECT collect_set(g.col1) FROM generate_series(1, 3000000) AS g".into(), TOO_MUCH),
        ("SELECT DISTINCT g.col1 FROM generate_series(1, 3000000) AS g".into(), TOO_MUCH),
        ("SELECT g.col1 FROM generate_series(1, 200000) AS g ORDER BY g.col1 % 7 DESC LIMIT 1".into(), FINE),
        ("SELECT count(*) FROM generate_series(1, 10000) AS a, generate_series(1, 10000) AS b".into(), TOO_MUCH),
        ("SELECT count(*) FROM generate_series(1, 10000) AS a JOIN generate_series(1, 10000) AS b ON false".into(), TOO_MUCH),
        ("SELECT count(*) FROM big AS a, big AS b, big AS c".into(), TOO_MUCH),
        ("SELECT count(*) FROM information_schema.columns AS a, information_schema.columns AS b, information_schema.columns AS c".into(), TOO_MUCH),
        ("SELECT count(*) FROM big WHERE id IN (SELECT col1 FROM generate_series(1, 100000) AS g)".into(), TOO_MUCH),
        ("SELECT count(*) FROM generate_series(9223372036854775800, 9223372036854775807) AS g".into(), FINE),
        ("SELECT count(*) FROM generate_series(1, 10, 0) AS g".into(), &["22023"]),
        ("SELECT 9223372036854775807 + 1".into(), &["22003"]),
        ("SELECT (-9223372036854775808) / (-1)".into(), &["22003"]),
        ("SELECT (-9223372036854775808) % (-1)".into(), &["22003"]),
        ("SELECT -(-9223372036854775808)".into(), &["22003"]),
        ("SELECT abs(-9223372036854775808)".into(), &["22003"]),
        ("SELECT mod(-9223372036854775808, -1)".into(), &["22012"]),
        ("SELECT 1e400".into(), &["22023"]),
        ("SELECT power(10, 1000000)".into(), FINE),
        ("SELECT 1e300 ^ 1e300".into(), FINE),
        ("SELECT round(1e300)".into(), &["22003"]),
        ("SELECT substr('abc', -9223372036854775808, 9223372036854775807)".into(), FINE),
        ("SELECT substr('abc', 9223372036854775807, 9223372036854775807)".into(), FINE),
        ("SELECT [1, 2][9223372036854775807]".into(), FINE),
        ("SELECT [1, 2][-9223372036854775808]".into(), FINE),
        ("SELECT array_upper([[1]], 9223372036854775807)".into(), FINE),
        ("SELECT date_trunc('year', 9223372036854775807)".into(), &["22003", "22023"]),
        ("SELECT date_trunc('week', -9223372036854775808)".into(), &["22003", "22023"]),
        ("SELECT date_format('%Y', '294276-12-31')".into(), &["22P02", "22023", "22003"]),
        ("SELECT EXTRACT(WEEK FROM '9999-12-31')".into(), FINE),
        ("SELECT 1 FROM sys.cluster LIMIT 9223372036854775807 OFFSET 9223372036854775807".into(), FINE),
        ("SELECT 1 LIMIT -1".into(), &["22023"]),
        ("SELECT $65536".into(), &["42601"]),
        (doubled(30), TOO_MUCH),
        (format!("SELECT replace('{}', 'x', '{}')", "x".repeat(100_000), "y".repeat(10_000)), TOO_MUCH),
        (format!("SELECT concat({})", vec![format!("'{}'", "x".repeat(100_000)); 150].join(", ")), FINE),
        (format!("SELECT concat(x{}) FROM (SELECT '{long}' AS x) AS t", ", x".repeat(50_000)), TOO_MUCH),
        (format!("SELECT [x{}] FROM (SELECT '{long}' AS x) AS t", ", x".repeat(50_000)), TOO_MUCH),
        (format!("SELECT {} FROM (SELECT '{long}' AS x) AS t", nested("concat(x, ", "x", ")", 250)), TOO_MUCH),
        (format!("SELECT count(*) FROM generate_series(1, 100000) AS g WHERE length('{long}') < g.col1"), TOO_MUCH),
        (format!("UPDATE wide SET s = '{}'", "x".repeat(1 << 20)), TOO_MUCH),
        (format!("UPDATE wide SET s = '{}'", "x".repeat(100_000)), FINE),
        ("SELECT count(*) FROM wide AS a, wide AS b".into(), TOO_MUCH),
        ("SELECT s FROM wide ORDER BY s".into(), FINE),
        ("SELECT s, count(*) FROM wide GROUP BY s".into(), FINE),
        ("SELECT count(*) FROM wide WHERE s IN (SELECT s FROM wide)".into(), TOO_MUCH),
        ("SELECT 'a' ~ '(((((a{1,100}){1,100}){1,100}){1,100}){1,100}){1,100}'".into(), &["22023"]),
        (format!("SELECT 'a' ~ '{}'", "(".repeat(10_000)), &["22023"]),
        (format!("SELECT 'a' ~ '{}'", nested("(", "a", ")", 10_000)), &["22023"]),
        (format!("SELECT 'a' LIKE '{}'", "%a".repeat(100_000)), TOO_MUCH),
        (format!("SELECT '{}' ~ '(a*)*b'", "a".repeat(100_000)), FINE),
        (format!("SELECT '{}' ~ '.*(.*)*[ab]{{400}}c'", "a".repeat(100_000)), TOO_MUCH),
        (format!("SELECT '{}' LIKE '{}b'", "a".repeat(10_000), "%a".repeat(3_000)), &["22023"]),
        ("SELECT count(*) FROM big AS a, big AS b WHERE concat(a.id, b.id) ~ concat('\\w{100}', b.id)".into(), TOO_MUCH),
        ("SELECT count(*) FROM generate_series(1, 1000) AS g WHERE 'x' ~ concat('\\w{9}', g.col1::string)".into(), TOO_MUCH),
        (format!("SELECT {}", nested("(", "1", ")", 100_000)), TOO_MUCH),
        (format!("SELECT {}", nested("[", "1", "]", 100_000)), TOO_MUCH),
        (format!("SELECT {}", nested("{a = ", "1", "}", 100_000)), TOO_MUCH),
        (format!("SELECT {}1", "- ".repeat(100_000)), TOO_MUCH),
        (format!("SELECT {}true", "NOT ".repeat(100_000)), TOO_MUCH),
        (format!("SELECT 1{}", " + 1".repeat(100_000)), TOO_MUCH),
        (format!("SELECT 'a'{}", " || 'a'".repeat(100_000)), TOO_MUCH),
        (format!("SELECT 1{}", "::integer".repeat(50_000)), TOO_MUCH),
        (format!("SELECT true{}", " AND true".repeat(100_000)), TOO_MUCH),
        (format!("SELECT 1{}", " IS NULL".repeat(50_000)), TOO_MUCH),
        (format!("SELECT 1{}", " UNION ALL SELECT 1".repeat(50_000)), TOO_MUCH),
        (format!("SELECT 1 FROM big{}", ", big".repeat(50_000)), TOO_MUCH),
        (format!("SELECT 1 FROM big{}", " CROSS JOIN big".repeat(50_000)), TOO_MUCH),
        (format!("SELECT {}", nested("CASE WHEN true THEN ", "1", " END", 10_000)), TOO_MUCH),
        (format!("SELECT {}", nested("(SELECT ", "1", ")", 10_000)), TOO_MUCH),
        (format!("SELECT {}", nested("abs(", "1", ")", 10_000)), TOO_MUCH),
        (format!("SELECT {}", nested("CAST(", "1", " AS integer)", 10_000)), TOO_MUCH),
        (format!("SELECT CAST(NULL AS {})", nested("array(", "integer", ")", 10_000)), TOO_MUCH),
        (format!("SELECT NULL::integer{}", "[]".repeat(10_000)), TOO_MUCH),
        (format!("SELECT o{} FROM nest", "['a']".repeat(10_000)), TOO_MUCH),
        (format!("CREATE TABLE deep (a {})", nested("array(", "integer", ")", 10_000)), TOO_MUCH),
        (format!("CREATE TABLE deep (a {})", nested("object as (a ", "integer", ")", 10_000)), TOO_MUCH),
        (format!("CREATE TABLE deep (a {})", nested("object as (a ", "integer", ")", 100)), TOO_MUCH),
        (format!("CREATE TABLE many (a integer{})", (0..2000).map(|n| format!(", a{n} integer")).collect::<String>()), &["22023"]),
        (format!("CREATE TABLE long (a integer, {} integer)", "b".repeat(100_000)), &["22023"]),
        (format!("SELECT '{}'::object", nested("{\"a\":", "1", "}", 100_000)), &["22P02"]),
        (format!("SELECT '{}'::object", "{\"a\":[".repeat(100_000)), &["22P02"]),
        (format!("INSERT INTO nest (id, o) VALUES (2, {})", nested("{a = ", "1", "}", 100)), TOO_MUCH),
        (format!("INSERT INTO nest (id, o) VALUES (2, {{a = {}}})", nested("[", "1", "]", 100)), TOO_MUCH),
        (format!("INSERT INTO nest (id, o) VALUES (2, {{\"{}\" = 1}})", "a".repeat(100_000)), &["22023"]),
        (format!("SELECT {{a0 = 1{}}}", (1..40_000).map(|n| format!(", a{n} = 1")).collect::<String>()), TOO_MUCH),
        (format!("SELECT {}$1 = 1", chain(20_000)), &["0A000", "53200"]),
        (format!("SELECT 1 WHERE {}", (2..40_000).map(|n| format!("(${} = ${n}) OR ", n - 1)).collect::<String>() + "$39999 = 1"), TOO_MUCH),
        (format!("SELECT * FROM unnest([1]) WHERE [{}$19999 = 1] = [true]", chain(20_000)), TOO_MUCH),
        (format!("SELECT col1 FROM unnest([1]) GROUP BY col1{}", ", col1".repeat(50_000)), FINE),
        (format!("SELECT {}1 FROM information_schema.columns", "*, ".repeat(50_000)), &["0A000"]),
        (format!("SELECT {}1 FROM big", "count(*), ".repeat(50_000)), &["0A000"]),
        (format!("SELECT {}count(*) FROM generate_series(1, 20000) AS g GROUP BY g.col1", "count(*), ".repeat(1000)), TOO_MUCH),
        (format!("SET search_path TO a{}", ", a".repeat(50_000)), TOO_MUCH),
        (" ".repeat(10 << 20) + "1", TOO_MUCH),
        (format!("SELECT{}1", " ".repeat(10 << 20)), TOO_MUCH),
        ("(".repeat(10 << 20), TOO_MUCH),
        ("1,".repeat(5 << 20), TOO_MUCH),
        (format!("SELECT {}1", "1, ".repeat(200_000)), TOO_MUCH),
        (format!("SELECT '{long}'"), FINE),
        (format!("SELECT 'a' = '{long}'"), FINE),
        (format!("SELECT '{long}'::integer"), &["22P02"]),
        (format!("SELECT ARRAY[1{}]", ", 1".repeat(50_000)), FINE),
        (format!("INSERT INTO wide (s) VALUES ('y'){}", ", ('y')".repeat(50_000)), FINE),
        (format!("SELECT 1{}", " + 1".repeat(250)), FINE),
        (format!("SELECT {}", nested("(", "1", ")", 40)), FINE),
        (format!("SELECT {}", nested("abs(", "1", ")", 40)), FINE),
    ];
    all.push(("SELECT 1".into(), FINE));
    all
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_asks_for_too_much_is_refused() {
    for profile in PROFILES {
        let server = Served::of(profile).await;
        let mut peer = server.login().await;
        for sql in PREPARATIONS {
            assert_eq!(peer.query(sql).await.codes, [""; 0], "{sql}");
        }
        let mut wrong = Vec::new();
        let mut slowest = Duration::ZERO;
        for (sql, codes) in greedy() {
            let shown: String = sql.chars().take(100).collect();
            let begun = Instant::now();
            let told = peer.query(&sql).await;
            let took = begun.elapsed();
            slowest = slowest.max(took);
            let java = profile == "cratedb-3.3" && !codes.is_empty();
            let right = match told.codes.as_slice() {
                [] => codes.is_empty(),
                [code] => {
                    codes.contains(&code.as_str()) || java && [INTERNAL, "0A000"].contains(&code.as_str())
                }
                _ => false,
            };
            if !right || told.closed {
                wrong.push(format!("{shown}: {:?} and not {codes:?}", told.codes));
            }
            if std::env::var_os("HOSTILE_TIMES").is_some() {
                eprintln!("{:>6} ms {:>4} MiB {:?} {shown}", took.as_millis(), peak() >> 20, told.codes);
            }
            if told.closed {
                peer = server.login().await;
            }
        }
        server.stop();
        let peak = peak() >> 20;
        if std::env::var_os("HOSTILE_TIMES").is_some() {
            eprintln!("{profile}: {peak} MiB at most, {slowest:?} at most");
        }
        assert!(wrong.is_empty(), "{profile}: {wrong:#?}");
        assert!(peak < 1024, "{profile}: {peak} MiB");
    }
}

/// While a statement computes it holds what all sessions share.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_computes_for_long_lets_others_in() {
    let server = Served::of("cratedb").await;
    let mut other = server.login().await;
    for sql in PREPARATIONS {
        assert_eq!(other.query(sql).await.codes, [""; 0], "{sql}");
    }
    let join = "SELECT count(*) FROM (SELECT id FROM big LIMIT 200) AS a, big AS b WHERE a.id + b.id < 0";
    let series = "SELECT count(*) FROM generate_series(1, 300000) AS g";
    let bound = format!("INSERT INTO big (id) VALUES (({series}))");
    let query = |sql: &str| encoded(vec![Query { query: sql.into() }.into()]).repeat(5);
    let parse = encoded(vec![Parse { query: bound.as_str().into(), ..Parse::default() }.into()]);
    let binds = [parse, encoded(vec![Bind::default().into()]).repeat(5)].concat();
    for (what, bytes) in [("a join", query(join)), ("a series", query(series)), ("Bind", binds)] {
        let mut busy = Vec::new();
        for _ in 0..2 {
            let mut peer = server.login().await;
            peer.bytes(&bytes).await;
            busy.push(peer);
        }
        let mut slowest = Duration::ZERO;
        for _ in 0..3 {
            let begun = Instant::now();
            assert_eq!(other.query("SELECT count(*) FROM big").await.value, b"2000");
            slowest = slowest.max(begun.elapsed());
        }
        if std::env::var_os("HOSTILE_TIMES").is_some() {
            eprintln!("{what}: others wait for {slowest:?} at most");
        }
        assert!(slowest < Duration::from_secs(15), "{what}: others wait for {slowest:?}");
    }
    server.stop();
}

/// Statements that make a value deeper by a level each time.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_grows_by_itself_ends() {
    let server = Served::of("cratedb").await;
    let mut peer = server.login().await;
    peer.query("CREATE TABLE nest (id long PRIMARY KEY, o object, s string)").await;
    peer.query("INSERT INTO nest (id, o, s) VALUES (1, {a = []}, 'x')").await;
    for grow in [
        "UPDATE nest SET o = {a = [o]}",
        "UPDATE nest SET o = {b = o}",
        "UPDATE nest SET s = s || s",
        "INSERT INTO nest (id, s) SELECT id + 1000000000, s FROM nest WHERE id < 1000000000",
    ] {
        let mut codes = Vec::new();
        for _ in 0..2000 {
            codes = peer.query(grow).await.codes;
            if !codes.is_empty() {
                break;
            }
        }
        let wanted = if grow.starts_with("INSERT") { "23505" } else { "53200" };
        assert_eq!(codes, [wanted], "{grow}");
    }
    server.stop();
}

/// The strings between double quotes in the cases that concern CrateDB: mostly statements.
fn statements(folder: &Path, found: &mut Vec<String>) {
    let mut paths: Vec<_> = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    paths.sort();
    for path in paths {
        let name = path.file_name().map(|name| name.to_string_lossy().into_owned()).unwrap_or_default();
        if path.is_dir() {
            statements(&path, found);
        } else if name.starts_with("cratedb-") {
            let text = std::fs::read_to_string(&path).unwrap();
            found.extend(
                text.split('"').skip(1).step_by(2).filter(|text| text.contains(' ')).map(str::to_owned),
            );
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn garbage_breaks_nothing() {
    let cases = Path::new(env!("CARGO_MANIFEST_DIR")).join("../cases");
    let mut found = Vec::new();
    statements(&cases, &mut found);
    assert!(found.len() > 100, "statements to mutate");
    for profile in PROFILES {
        let server = Served::of(profile).await;
        garbage::random_bytes(&server).await;
        garbage::mutated_conversations(&server, garbage::rounds(400)).await;
        garbage::mutated_statements(&server, &found, garbage::rounds(3000)).await;
        mutated_values(&server, garbage::rounds(3000)).await;
        server.stop();
    }
}

/// Parameters of every type, in both formats, that are almost values, or nothing like them.
async fn mutated_values(server: &Served, rounds: usize) {
    const TYPES: [u32; 22] = [
        0, 16, 18, 20, 21, 23, 25, 114, 199, 700, 701, 1000, 1002, 1005, 1007, 1009, 1015, 1016, 1021, 1022,
        1043, 1185,
    ];
    const VALUES: [&[u8]; 16] = [
        b"1",
        b"-1.5e308",
        b"t",
        b"{1,2}",
        b"{{1,2},{3,4}}",
        b"[1:1]={1}",
        b"{\"a\":[1,{\"b\":null}]}",
        b"[[],[1]]",
        b"2020-01-01T00:00:00Z",
        b"::1",
        b"POINT (1 2)",
        b"\0\0\0\x01",
        b"\0\0\0\0\0\0\0\x01",
        b"\0\0\0\x01\0\0\0\0\0\0\0\x17\0\0\0\x01\0\0\0\x01\0\0\0\x04\0\0\0\x01",
        b"\0\0\0\x02\0\0\0\x01\0\0\x04\x13\0\0\0\x01\0\0\0\x01\0\0\0\x01\0\0\0\x01\0\0\0\x01a",
        b"\0\0\0\x01\0\0\0\0\0\0\0\x17\x7f\xff\xff\xff\x7f\xff\xff\xff",
    ];
    const CASTS: [&str; 10] = [
        "$1",
        "[$1]",
        "{a = $1}",
        "$1::string",
        "$1::timestamp",
        "$1::ip",
        "$1::geo_point",
        "$1::array(string)",
        "$1::object",
        "try_cast($1 AS geo_shape)",
    ];
    let mut random = garbage::Random(0xbeef);
    let mut peer = server.login().await;
    for round in 0..rounds {
        let query = format!("SELECT {} AS value", CASTS[random.below(CASTS.len())]);
        let mut value = VALUES[random.below(VALUES.len())].to_vec();
        if random.below(3) > 0 {
            garbage::mutate(&mut value, &mut random);
        }
        let types = vec![TYPES[random.below(TYPES.len())]];
        let formats = vec![i16::from(random.below(2) == 1)];
        let result_formats = vec![i16::from(random.below(2) == 1)];
        let bytes = encoded(vec![
            Parse { query: query.as_str().into(), types, ..Parse::default() }.into(),
            Bind { values: vec![Some(Text(&value))], formats, result_formats, ..Bind::default() }.into(),
            Execute::default().into(),
            Sync.into(),
        ]);
        peer.bytes(&bytes).await;
        let told = peer.until_ready().await;
        assert!(!told.closed, "round {round}: {query} of {value:?}");
    }
}
