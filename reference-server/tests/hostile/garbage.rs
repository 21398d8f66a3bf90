//! Bytes that are no protocol, or almost.

use crate::peer::{Peer, Served, startup};
use pgconform_wire::Frontend;
use std::path::{Path, PathBuf};
use std::time::Duration;
use tokio::io::AsyncReadExt;
use tokio::time::timeout;

/// Numbers that are the same in each run.
pub(crate) struct Random(pub(crate) u64);

impl Random {
    fn next(&mut self) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 33).unwrap()
    }

    pub(crate) fn below(&mut self, limit: usize) -> usize {
        self.next() % limit.max(1)
    }

    fn byte(&mut self) -> u8 {
        u8::try_from(self.next() & 0xff).unwrap()
    }
}

fn snapshots(folder: &Path, found: &mut Vec<PathBuf>) {
    let Ok(entries) = std::fs::read_dir(folder) else { return };
    for entry in entries.flatten() {
        let path = entry.path();
        if path.is_dir() {
            snapshots(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "snap") {
            found.push(path);
        }
    }
}

/// What the frontends of a transcript send on its first connection, a message each.
fn sent(transcript: &str) -> Vec<Vec<u8>> {
    let mut messages: Vec<Vec<u8>> = Vec::new();
    let mut ours = false;
    for line in transcript.lines() {
        if line == "[next]" {
            break;
        }
        match line.strip_prefix("    ") {
            Some(hexadecimal) if ours => {
                let digits: Vec<u8> = hexadecimal.bytes().filter(u8::is_ascii_hexdigit).collect();
                let bytes =
                    digits.chunks(2).map(|pair| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16));
                if let (Some(last), Ok(bytes)) = (messages.last_mut(), bytes.collect::<Result<Vec<u8>, _>>())
                {
                    last.extend(bytes);
                }
            }
            Some(_) => {}
            None => {
                ours = line.starts_with("F ");
                if ours {
                    messages.push(Vec::new());
                }
            }
        }
    }
    messages.retain(|message| !message.is_empty());
    messages
}

pub(crate) fn mutate(bytes: &mut Vec<u8>, random: &mut Random) {
    for _ in 0..=random.below(3) {
        let at = random.below(bytes.len());
        match random.below(6) {
            0 if at < bytes.len() => bytes[at] = random.byte(),
            1 if at < bytes.len() => bytes[at] ^= 1 << random.below(8),
            2 => bytes.insert(at, random.byte()),
            3 if at < bytes.len() => {
                bytes.remove(at);
            }
            4 => bytes.truncate(at),
            _ => {
                let extreme: [u8; 4] =
                    [[0xff; 4], [0x7f, 0xff, 0xff, 0xff], [0x80, 0, 0, 0], [0; 4]][random.below(4)];
                for (place, byte) in bytes.iter_mut().skip(at).zip(extreme) {
                    *place = byte;
                }
            }
        }
    }
}

/// Reads until nothing comes for a moment, or the server has hung up.
async fn drain(peer: &mut Peer) {
    let mut buffer = [0; 16 << 10];
    while let Ok(Ok(read)) = timeout(Duration::from_millis(5), peer.stream.read(&mut buffer)).await {
        if read == 0 {
            return;
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn mutated_conversations_break_nothing() {
    let server = Served::start().await;
    mutated_conversations(&server, rounds(1500)).await;
    server.stop();
}

/// How often garbage is sent: as often as the environment says, or so often.
pub(crate) fn rounds(rounds: usize) -> usize {
    std::env::var("HOSTILE_ROUNDS").ok().and_then(|rounds| rounds.parse().ok()).unwrap_or(rounds)
}

/// Sends what the cases for PostgreSQL send, with mistakes, so many times.
pub(crate) async fn mutated_conversations(server: &Served, rounds: usize) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../snapshots/postgres");
    let mut found = Vec::new();
    snapshots(&folder, &mut found);
    found.sort();
    assert!(found.len() > 500, "snapshots to mutate");
    let mut random = Random(0x5eed);
    for _ in 0..rounds {
        let path = &found[random.below(found.len())];
        let mut messages = sent(&std::fs::read_to_string(path).unwrap());
        if messages.is_empty() {
            continue;
        }
        for _ in 0..=random.below(3) {
            let at = random.below(messages.len());
            mutate(&mut messages[at], &mut random);
        }
        let mut peer = Peer::connect(server.address).await;
        peer.bytes(&messages.concat()).await;
        drain(&mut peer).await;
    }
    assert_eq!(server.login().await.query("SELECT 1").await.value, b"1");
}

/// SQL that is almost SQL: statements of cases with words taken out, doubled and swapped.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn mutated_statements_break_nothing() {
    let server = Served::start().await;
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../snapshots/postgres");
    let mut found = Vec::new();
    snapshots(&folder, &mut found);
    found.sort();
    let mut statements: Vec<String> = Vec::new();
    for path in &found {
        for message in sent(&std::fs::read_to_string(path).unwrap()) {
            if let [b'Q', _, _, _, _, text @ .., 0] = message.as_slice() {
                statements.extend(
                    String::from_utf8(text.to_vec())
                        .ok()
                        .filter(|text| !text.is_empty() && text.len() < 2000),
                );
            }
        }
    }
    mutated_statements(&server, &statements, rounds(4000)).await;
    server.stop();
}

/// Sends statements with mistakes, so many times.
pub(crate) async fn mutated_statements(server: &Served, statements: &[String], rounds: usize) {
    let extremes = [
        "2147483647",
        "-2147483648",
        "9223372036854775807",
        "-9223372036854775808",
        "NULL",
        "''",
        "'{}'",
        "1e400",
        "'NaN'",
        "'infinity'",
        "0",
        "(",
        ")",
        "ARRAY[]",
        "'\\x'",
        "::",
        "'[1,2)'",
        "'é'",
        "*",
        ",",
    ];
    let mut random = Random(0xbad);
    let mut peer = server.login().await;
    peer.query("SET statement_timeout = 2000").await;
    for round in 0..rounds {
        let mut words: Vec<&str> =
            statements[random.below(statements.len())].split_inclusive([' ', '(', ',']).collect();
        for _ in 0..=random.below(3) {
            let (at, from) = (random.below(words.len()), random.below(words.len()));
            match random.below(4) {
                0 if words.len() > 1 => {
                    words.remove(at);
                }
                1 => words.insert(at, words[from]),
                2 => words.swap(at, from),
                _ => words[at] = extremes[random.below(extremes.len())],
            }
        }
        let sql = words.concat();
        if sql.to_lowercase().contains("pg_sleep")
            || sql.to_lowercase().contains("copy")
            || sql.contains('\0')
        {
            continue;
        }
        let told = peer.query(&sql).await;
        if told.closed || round % 50 == 0 {
            assert!(!told.codes.is_empty() || !told.closed, "no answer to {sql}");
            peer = server.login().await;
            peer.query("SET statement_timeout = 2000").await;
        }
    }
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn random_bytes_break_nothing() {
    let server = Served::start().await;
    random_bytes(&server).await;
    server.stop();
}

/// Sends messages of random bytes.
pub(crate) async fn random_bytes(server: &Served) {
    let mut random = Random(0xfeed);
    for round in 0..300 {
        let mut peer = Peer::connect(server.address).await;
        if round % 2 == 0 {
            peer.send(&startup()).await;
        }
        let length = random.below(200);
        let mut bytes: Vec<u8> = (0..length).map(|_| random.byte()).collect();
        if round % 3 == 0 {
            // A frame that is whole, of a type that there is.
            let types = b"QPBDECSHFXdcfp";
            let length = u32::try_from(bytes.len() + 4).unwrap();
            bytes = [&[types[random.below(types.len())]], &length.to_be_bytes()[..], &bytes].concat();
        }
        peer.bytes(&bytes).await;
        drain(&mut peer).await;
    }
    assert_eq!(server.login().await.query("SELECT 1").await.value, b"1");
}

/// One byte at a time.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn slow_bytes_are_waited_for() {
    let server = Served::start().await;
    let mut peer = Peer::connect(server.address).await;
    let mut bytes = Vec::new();
    startup().encode(&mut bytes).unwrap();
    peer.stream.set_nodelay(true).unwrap();
    slowly(&mut peer, &bytes).await;
    peer.until_ready().await;
    bytes.clear();
    let query = pgconform_wire::message::Query { query: "SELECT 1".into() };
    Frontend::from(query).encode(&mut bytes).unwrap();
    slowly(&mut peer, &bytes).await;
    assert_eq!(peer.until_ready().await.value, b"1");
    server.stop();
}

async fn slowly(peer: &mut Peer, bytes: &[u8]) {
    for byte in bytes {
        peer.bytes(&[*byte]).await;
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
}
