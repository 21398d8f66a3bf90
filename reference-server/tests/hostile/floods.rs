//! Floods and stalls: who does not read, does not speak, or is too many.

use crate::peer::{Peer, Served, startup};
use pgconform_wire::message::{Bind, CopyData, Parse, Sync};
use pgconform_wire::{Frontend, Text};
use std::time::{Duration, Instant};
use tokio::io::AsyncReadExt;
use tokio::time::timeout;

/// The most memory that a flood may take, in bytes.
const FLOODED: usize = 512 << 20;

/// That another session is served at once, and memory is what it may be.
async fn others_are_served(server: &Served, what: &str) {
    others_are_served_within(server, what, FLOODED).await;
}

/// That another session is served at once, and no more than so many bytes are in memory.
pub(crate) async fn others_are_served_within(server: &Served, what: &str, most: usize) {
    let before = Instant::now();
    let mut other = server.login().await;
    assert_eq!(other.query("SELECT 1").await.value, b"1", "{what}");
    let waited = before.elapsed();
    assert!(waited < Duration::from_secs(2), "{what}: another session waits for {waited:?}");
    let grown = server.grown();
    if std::env::var_os("HOSTILE_TIMES").is_some() {
        eprintln!("{what}: another session is served in {waited:?}, {} MiB", grown >> 20);
    }
    assert!(grown < most, "{what}: {} MiB", grown >> 20);
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_does_not_read_costs_little() {
    let server = Served::start().await;
    let mut silent = Vec::new();
    for _ in 0..8 {
        let mut peer = server.login().await;
        peer.ask("SELECT repeat('x', 100000) FROM generate_series(1, 100000)").await;
        silent.push(peer);
    }
    tokio::time::sleep(Duration::from_millis(300)).await;
    others_are_served(&server, "results that nobody reads").await;
    drop(silent);
    let mut silent = Vec::new();
    for _ in 0..8 {
        let mut peer = server.login().await;
        // Their answers are never read, and so they are not all taken.
        let query =
            Frontend::from(pgconform_wire::message::Query { query: "SELECT repeat('x', 10000)".into() });
        let mut bytes = Vec::new();
        (0..2000).for_each(|_| query.clone().encode(&mut bytes).unwrap());
        _ = timeout(Duration::from_millis(50), tokio::io::AsyncWriteExt::write_all(&mut peer.stream, &bytes))
            .await;
        silent.push(peer);
    }
    others_are_served(&server, "queries whose answers nobody reads").await;
    server.stop();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn notifications_that_nobody_reads_are_bounded() {
    let server = Served::start().await;
    let mut deaf = server.login().await;
    deaf.query("LISTEN news").await;
    deaf.query("BEGIN").await;
    let mut loud = server.login().await;
    let payload = "x".repeat(7000);
    let notify = format!("NOTIFY news, '{payload}';").repeat(100);
    let mut refused = false;
    for round in 0..600 {
        // Each payload of a query string must be another one: equal ones are told once.
        let numbered: String =
            (0..20).map(|n| format!("SELECT pg_notify('news', '{round} {n} {payload}');")).collect();
        let told = loud.query(if round % 2 == 0 { &numbered } else { &notify }).await;
        refused |= !told.codes.is_empty();
        if refused {
            assert_eq!(told.codes, ["54000"]);
            break;
        }
    }
    others_are_served(&server, "notifications").await;
    assert!(refused, "the queue is never full");
    server.stop();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn things_without_end_are_bounded() {
    let server = Served::start().await;
    let padding = "x".repeat(100_000);
    let mut peer = server.login().await;
    let mut codes = Vec::new();
    for round in 0..5000 {
        let name = format!("s{round}");
        let query = format!("SELECT '{padding}'");
        peer.send(
            &Parse { statement: Text(name.as_bytes()), query: Text(query.as_bytes()), types: Vec::new() }
                .into(),
        )
        .await;
        peer.send(&Sync.into()).await;
        codes = peer.until_ready().await.codes;
        if !codes.is_empty() {
            break;
        }
    }
    assert_eq!(codes, ["53200"], "prepared statements");
    others_are_served(&server, "prepared statements").await;
    drop(peer);

    let mut peer = server.login().await;
    peer.query("BEGIN").await;
    peer.send(&Parse { statement: Text(b"p"), query: Text(b"SELECT $1::text"), types: Vec::new() }.into())
        .await;
    let value = Some(Text(padding.as_bytes()));
    for round in 0..5000 {
        let name = format!("p{round}");
        let bind = Bind {
            portal: Text(name.as_bytes()),
            statement: Text(b"p"),
            values: vec![value],
            ..Bind::default()
        };
        peer.send(&bind.into()).await;
        peer.send(&Sync.into()).await;
        codes = peer.until_ready().await.codes;
        if !codes.is_empty() {
            break;
        }
    }
    assert_eq!(codes, ["53200"], "portals");
    others_are_served(&server, "portals").await;
    drop(peer);

    let mut peer = server.login().await;
    peer.query("BEGIN").await;
    let many = |from: usize, what: &dyn Fn(usize) -> String| (from..from + 500).map(what).collect::<String>();
    for round in 0..10 {
        let told = peer.query(&many(round * 500, &|n| format!("SAVEPOINT s{n};"))).await;
        assert_eq!(told.codes, [""; 0], "savepoints");
    }
    others_are_served(&server, "savepoints").await;
    peer.query("ROLLBACK").await;
    let told = peer.query(&many(0, &|n| format!("CREATE TEMP TABLE t{n} (a int);"))).await;
    assert_eq!(told.codes, [""; 0], "temporary tables");
    others_are_served(&server, "temporary tables").await;

    peer.query("CREATE TEMP TABLE sink (a text)").await;
    peer.ask("COPY sink FROM STDIN").await;
    let line = format!("{padding}\n").repeat(10);
    let data = Frontend::from(CopyData { data: Text(line.as_bytes()) });
    let mut bytes = Vec::new();
    data.encode(&mut bytes).unwrap();
    for _ in 0..600 {
        peer.bytes(&bytes).await;
    }
    let done = Frontend::from(pgconform_wire::message::CopyDone);
    peer.send(&done).await;
    assert_eq!(peer.until_ready().await.codes, ["53100"], "a copy without end");
    others_are_served(&server, "a copy without end").await;
    peer.bytes(&[b'd', 0x3f, 0xff, 0xff, 0xff]).await;
    others_are_served(&server, "a message that is too long").await;
    server.stop();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn who_says_nothing_is_let_go() {
    let server = Served::start().await;
    let (mut mute, mut half) = (Peer::connect(server.address).await, Peer::connect(server.address).await);
    half.bytes(&[0, 0, 0, 50, 0, 3]).await;
    for peer in [&mut mute, &mut half] {
        // The profile gives a second.
        let read = timeout(Duration::from_secs(10), peer.stream.read(&mut [0; 64])).await.unwrap();
        assert_eq!(read.unwrap_or(0), 0);
    }
    server.stop();
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn too_many_are_told_so() {
    let server = Served::start().await;
    let mut sessions = Vec::new();
    let refused = loop {
        let mut peer = Peer::connect(server.address).await;
        peer.send(&startup()).await;
        let told = peer.until_ready().await;
        if told.closed {
            break told;
        }
        sessions.push(peer);
        assert!(sessions.len() < 1000);
    };
    assert_eq!(refused.codes, ["53300"]);
    assert_eq!(sessions.len(), 100);
    // Connections that say nothing are as many, and are let go.
    let mut mute = Vec::new();
    for _ in 0..150 {
        mute.push(Peer::connect(server.address).await);
    }
    sessions.truncate(50);
    drop(mute);
    tokio::time::sleep(Duration::from_millis(300)).await;
    others_are_served(&server, "too many").await;
    server.stop();
}
