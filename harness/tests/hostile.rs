//! Whatever is at the other end, a run ends with a verdict: within its time, in bounded memory.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use pgconform::corpus::{self, Corpus};
use pgconform::runner::{self, Run, WIRE};
use pgconform::target::{Options, Target};
use pgconform::verdict::{Judged, Verdict};
use pgconform::waiver::Waivers;
use std::sync::Arc;
use std::time::{Duration, Instant};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};

/// How long a step may take here.
const LIMIT: Duration = Duration::from_millis(200);

/// A backend that has authenticated anybody and is ready.
const WELCOME: &[u8] = b"R\x00\x00\x00\x08\x00\x00\x00\x00Z\x00\x00\x00\x05I";

/// Plays `simple-query/rows` against a server that does `serve` with each connection.
async fn verdict<F>(serve: fn(TcpStream) -> F) -> Judged
where
    F: Future<Output = ()> + Send + 'static,
{
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let target = listener.local_addr().unwrap().to_string().parse::<Target>().unwrap();
    let server = tokio::spawn(async move {
        while let Ok((stream, _)) = listener.accept().await {
            tokio::spawn(serve(stream));
        }
    });
    let corpus = Corpus::embedded().unwrap();
    let case = corpus.cases.iter().find(|case| case.id == "simple-query/rows").unwrap().clone();
    let run = Run {
        target,
        options: Options::default(),
        profiles: vec![Arc::new(corpus::profile("postgres").unwrap())],
        cases: vec![Arc::new(case)],
        clauses: Arc::new(corpus.clauses),
        clients: vec![WIRE.to_owned()],
        waivers: Waivers::default(),
        jobs: 1,
        limit: LIMIT,
    };
    let start = Instant::now();
    let mut judged = runner::run(run, &mut |_| ()).await.unwrap();
    assert!(start.elapsed() < 20 * LIMIT, "it took {:?}", start.elapsed());
    server.abort();
    let judged = judged.pop().unwrap();
    assert_eq!(judged.verdict, Verdict::Fail, "{judged:#?}");
    judged
}

/// What came instead of what was expected, by the case's own words.
fn actual(judged: &Judged) -> &str {
    judged.findings.iter().find(|finding| finding.rule.is_none()).map_or("", |finding| &finding.actual)
}

#[tokio::test]
async fn one_that_never_answers() {
    let judged = verdict(|stream| async move {
        tokio::time::sleep(Duration::from_secs(60)).await;
        drop(stream);
    });
    assert_eq!(actual(&judged.await), "nothing for 200ms");
}

#[tokio::test]
async fn one_that_closes() {
    assert!(actual(&verdict(|stream| async move { drop(stream) }).await).starts_with("the connection was"));
}

#[tokio::test]
async fn one_that_resets() {
    let judged = verdict(|mut stream| async move {
        let mut scratch = [0; 64];
        _ = stream.read(&mut scratch).await;
        stream.set_zero_linger().unwrap();
    });
    assert_eq!(actual(&judged.await), "the connection was reset");
}

#[tokio::test]
async fn one_that_stops_within_a_message() {
    let judged = verdict(|mut stream| async move {
        _ = stream.write_all(WELCOME).await;
        _ = stream.write_all(b"T\x00\x00\x00\x20\x00\x01").await;
        tokio::time::sleep(Duration::from_secs(60)).await;
    });
    assert_eq!(actual(&judged.await), "7 bytes of an incomplete message, then nothing for 200ms");
}

#[tokio::test]
async fn one_that_floods_with_rows() {
    let judged = verdict(|mut stream| async move {
        let row = [b"D\x00\x00\x80\x0a\x00\x01\x00\x00\x80\x00".as_slice(), &[b'x'; 0x8000]].concat();
        _ = stream.write_all(WELCOME).await;
        while stream.write_all(&row).await.is_ok() {}
    });
    assert!(!judged.await.findings.is_empty());
}

#[tokio::test]
async fn one_that_floods_with_nothing_that_is_a_message() {
    let judged =
        verdict(|mut stream| async move { while stream.write_all(&[0xff; 0x8000]).await.is_ok() {} });
    let judged = judged.await;
    assert!(judged.findings.iter().any(|finding| finding.rule == Some("framing.length")), "{judged:#?}");
}

#[tokio::test]
async fn one_that_promises_a_message_longer_than_memory() {
    let judged = verdict(|mut stream| async move {
        _ = stream.write_all(WELCOME).await;
        _ = stream.write_all(b"D\x3f\xff\xff\xff").await;
        while stream.write_all(&[0; 0x8000]).await.is_ok() {}
    });
    assert!(actual(&judged.await).contains("more than"));
}
