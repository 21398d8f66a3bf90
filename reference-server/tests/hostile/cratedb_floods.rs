//! Floods of CrateDB's sessions: who does not read, who never says Sync, who keeps everything.

use crate::floods::others_are_served_within;
use crate::peer::{Peer, Served};
use pgconform_wire::message::{Bind, Describe, Execute, Parse, Query, Sync};
use pgconform_wire::{Frontend, Text};
use std::time::Duration;
use tokio::io::AsyncWriteExt;
use tokio::time::timeout;

/// The most memory that a flood may take, in bytes: tables of 256 MiB, what sessions keep, which is twice as much, and what a
/// statement works with.
const FLOODED: usize = 1 << 30;

async fn others_are_served(server: &Served, what: &str) {
    others_are_served_within(server, what, FLOODED).await;
}

/// Encodes messages, one behind the other.
pub(crate) fn encoded(messages: Vec<Frontend<'_>>) -> Vec<u8> {
    let mut bytes = Vec::new();
    messages.into_iter().for_each(|message| message.encode(&mut bytes).unwrap());
    bytes
}

/// Sends the same messages until there is an error, at most so often; the SQLSTATE is to be that of too much.
async fn flood(peer: &mut Peer, what: &str, times: usize, messages: impl Fn(usize) -> Vec<u8>) {
    for round in 0..times {
        peer.bytes(&messages(round)).await;
        peer.send(&Sync.into()).await;
        let told = peer.until_ready().await;
        assert!(!told.closed, "{what}");
        if !told.codes.is_empty() {
            assert_eq!(told.codes, ["53200"], "{what}");
            return;
        }
    }
    panic!("{what}: no end");
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_does_not_read_costs_little() {
    for profile in ["cratedb", "cratedb-3.3"] {
        let server = Served::of(profile).await;
        let mut peer = server.login().await;
        peer.query("CREATE TABLE t (s string)").await;
        let row = format!("INSERT INTO t (s) VALUES ('{}')", "x".repeat(100_000));
        for _ in 0..500 {
            assert_eq!(peer.query(&row).await.codes, [""; 0]);
        }
        let mut silent = Vec::new();
        for _ in 0..16 {
            let mut peer = server.login().await;
            peer.ask("SELECT s FROM t").await;
            silent.push(peer);
        }
        tokio::time::sleep(Duration::from_millis(500)).await;
        others_are_served(&server, "results that nobody reads").await;
        drop(silent);
        let mut silent = Vec::new();
        for _ in 0..8 {
            let mut peer = server.login().await;
            peer.ask(&"SELECT s FROM t LIMIT 100;".repeat(5000)).await;
            silent.push(peer);
        }
        for _ in 0..8 {
            let mut peer = server.login().await;
            let select = Query { query: "SELECT s FROM t LIMIT 100".into() };
            let bytes = encoded(vec![select.into(); 2000]);
            _ = timeout(Duration::from_millis(50), peer.stream.write_all(&bytes)).await;
            silent.push(peer);
        }
        others_are_served(&server, "queries whose answers nobody reads").await;
        drop(silent);
        server.stop();
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn what_waits_for_sync_is_bounded() {
    let server = Served::of("cratedb").await;
    let name = "n".repeat(1 << 20);
    let wide = format!("SELECT 1 AS \"{name}\"");
    let mut peer = server.login().await;
    peer.query("CREATE TABLE t (id long, s string)").await;
    let parse = |query: &str| encoded(vec![Parse { query: query.into(), ..Parse::default() }.into()]);
    let execute = || Execute::default().into();
    let bind = || Bind::default().into();
    peer.bytes(&parse(&wide)).await;
    let once = encoded(vec![bind(), execute()]);
    let described = encoded(vec![Describe { target: b'P', name: Text(b"") }.into(); 50]);
    flood(&mut peer, "descriptions behind an execution", 1, |_| {
        [parse(&wide), once.clone(), described.clone()].concat()
    })
    .await;
    others_are_served(&server, "descriptions behind an execution").await;

    let many = encoded(vec![bind(), execute()]).repeat(120_000);
    flood(&mut peer, "executions", 1, |_| [parse("SELECT 1"), many.clone()].concat()).await;
    others_are_served(&server, "executions").await;

    let long = "x".repeat(1 << 20);
    let insert = parse("INSERT INTO t (id, s) VALUES ($1, $2)");
    let values = || vec![Some(Text(b"1")), Some(Text(long.as_bytes()))];
    let large = encoded(vec![Bind { values: values(), ..Bind::default() }.into(), execute()]);
    flood(&mut peer, "parameters of executions", 1, |_| [insert.clone(), large.repeat(300)].concat()).await;
    others_are_served(&server, "parameters of executions").await;
    assert_eq!(peer.query("SELECT count(*) FROM t").await.value, b"0");

    let bulk: Vec<u8> = large.repeat(20);
    peer.bytes(&[insert, bulk].concat()).await;
    peer.send(&Sync.into()).await;
    assert_eq!(peer.until_ready().await.codes, [""; 0]);
    assert_eq!(peer.query("SELECT count(*) FROM t").await.value, b"20");
    server.stop();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn things_without_end_are_bounded() {
    let server = Served::of("cratedb").await;
    let padding = "x".repeat(100_000);
    let text = format!("SELECT '{padding}' AS x");
    let parse = |name: &str, query: &str| {
        encoded(vec![Parse { statement: name.into(), query: query.into(), ..Parse::default() }.into()])
    };
    let mut peer = server.login().await;
    flood(&mut peer, "long statements", 5000, |round| parse(&format!("s{round}"), &text)).await;
    others_are_served(&server, "long statements").await;
    drop(peer);

    let mut peer = server.login().await;
    flood(&mut peer, "statements", 1, |_| {
        (0..20_000).flat_map(|round| parse(&format!("s{round}"), "SELECT 1")).collect()
    })
    .await;
    others_are_served(&server, "statements").await;
    drop(peer);

    let mut peer = server.login().await;
    let tree = format!("SELECT [{}1] AS x", "1,".repeat(100_000));
    flood(&mut peer, "statements of many parts", 100, |round| parse(&format!("s{round}"), &tree)).await;
    others_are_served(&server, "statements of many parts").await;
    drop(peer);

    let mut peer = server.login().await;
    peer.bytes(&parse("s", "SELECT $1::string AS x")).await;
    flood(&mut peer, "portals", 5000, |round| {
        let name = format!("p{round}");
        let values = vec![Some(Text(padding.as_bytes()))];
        encoded(vec![
            Bind { portal: Text(name.as_bytes()), statement: Text(b"s"), values, ..Bind::default() }.into(),
        ])
    })
    .await;
    others_are_served(&server, "portals").await;
    drop(peer);

    let mut peer = server.login().await;
    peer.bytes(&parse("s", "SELECT g.col1 FROM generate_series(1, 50000) AS g")).await;
    flood(&mut peer, "suspended portals", 5000, |round| {
        let name = format!("p{round}");
        encoded(vec![
            Bind { portal: Text(name.as_bytes()), statement: Text(b"s"), ..Bind::default() }.into(),
            Execute { portal: Text(name.as_bytes()), max_rows: 1 }.into(),
        ])
    })
    .await;
    others_are_served(&server, "suspended portals").await;
    drop(peer);

    // 65,535 parameters are no more than there may be.
    let mut peer = server.login().await;
    peer.query("CREATE TABLE t (id long)").await;
    let places: Vec<String> = (1..=65_535).map(|n| format!("(${n})")).collect();
    let insert = format!("INSERT INTO t (id) VALUES {}", places.join(", "));
    let values = vec![Some(Text(b"1")); 65_535];
    let bytes = [
        parse("", &insert),
        encoded(vec![Bind { values, ..Bind::default() }.into(), Execute::default().into(), Sync.into()]),
    ];
    peer.bytes(&bytes.concat()).await;
    assert_eq!(peer.until_ready().await.codes, [""; 0]);
    assert_eq!(peer.query("SELECT count(*) FROM t").await.value, b"65535");
    others_are_served(&server, "parameters").await;

    peer.query("CREATE TABLE sink (s string)").await;
    let row = format!("INSERT INTO sink (s) VALUES ('{}')", "x".repeat(1 << 20));
    let mut codes = Vec::new();
    for _ in 0..1000 {
        codes = peer.query(&row).await.codes;
        if !codes.is_empty() {
            break;
        }
    }
    assert_eq!(codes, ["53200"], "a table without end");
    others_are_served(&server, "a table without end").await;
    assert_eq!(peer.query("DROP TABLE sink").await.codes, [""; 0]);

    let columns: String = (0..900).map(|n| format!(", a{n} integer")).collect();
    for round in 0..2000 {
        codes = peer.query(&format!("CREATE TABLE t{round} (a integer{columns})")).await.codes;
        if !codes.is_empty() {
            break;
        }
    }
    assert_eq!(codes, ["53200"], "tables without end");
    others_are_served(&server, "tables without end").await;
    let told = peer.query("SELECT count(*) FROM information_schema.columns").await;
    assert!(told.codes.is_empty() || told.codes == ["53200"], "{told:?}");
    others_are_served(&server, "all columns").await;
    server.stop();
}
