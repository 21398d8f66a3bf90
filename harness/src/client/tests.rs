//! Every adapter, on a server of sixty lines that behaves as SpacetimeDB does: one dialect, one password, no TLS.

use std::io::{Read, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;

use serde_json::{Value, json};

use super::{Adapter, all, find, missing, process, start, version};

const PASSWORD: &str = "canary-of-the-coal-mine";
const LIMIT: Duration = Duration::from_secs(20);

/// Serves connections until the test ends.
fn serve() -> SocketAddr {
    serve_and_count().0
}

/// As [`serve`]; counts the Terminate messages.
fn serve_and_count() -> (SocketAddr, Arc<AtomicUsize>) {
    let goodbyes = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&goodbyes);
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            // A client that goes away ends its thread; the test judges what the client said.
            let goodbyes = Arc::clone(&goodbyes);
            std::thread::spawn(move || session(stream, &goodbyes));
        }
    });
    (address, count)
}

fn message(kind: u8, body: &[u8]) -> Vec<u8> {
    let length = u32::try_from(body.len() + 4).unwrap();
    [&[kind], &length.to_be_bytes()[..], body].concat()
}

fn error(severity: &str, sqlstate: &str, text: &str) -> Vec<u8> {
    message(b'E', format!("S{severity}\0C{sqlstate}\0M{text}\0\0").as_bytes())
}

/// A column of type varchar.
fn column(name: &str) -> Vec<u8> {
    [name.as_bytes(), &[0; 7], &1043_u32.to_be_bytes(), &[0; 8]].concat()
}

fn read(stream: &mut TcpStream, length: usize) -> std::io::Result<Vec<u8>> {
    let mut bytes = vec![0; length];
    stream.read_exact(&mut bytes)?;
    Ok(bytes)
}

fn body(stream: &mut TcpStream) -> std::io::Result<Vec<u8>> {
    let length = u32::from_be_bytes(read(stream, 4)?.try_into().unwrap());
    read(stream, length as usize - 4)
}

fn session(mut stream: TcpStream, goodbyes: &AtomicUsize) -> std::io::Result<()> {
    // SSLRequest and GSSENCRequest are refused, as often as they are asked.
    while body(&mut stream)?.starts_with(&[0x04, 0xd2, 0x16]) {
        stream.write_all(b"N")?;
    }
    stream.write_all(&message(b'R', &[0, 0, 0, 3]))?;
    read(&mut stream, 1)?;
    if body(&mut stream)? != format!("{PASSWORD}\0").as_bytes() {
        return stream.write_all(&error("FATAL", "28P01", "Invalid token: InvalidToken"));
    }
    let mut greeting = message(b'R', &[0; 4]);
    for status in ["server_version\0spacetime 2.8.3\0", "client_encoding\0UTF8\0", "DateStyle\0ISO, YMD\0"] {
        greeting.extend(message(b'S', status.as_bytes()));
    }
    stream.write_all(&[greeting, message(b'K', &[0; 8]), message(b'Z', b"I")].concat())?;
    loop {
        let kind = read(&mut stream, 1)?;
        let body = body(&mut stream)?;
        let text = String::from_utf8_lossy(&body).to_lowercase();
        let reply = match (kind.as_slice(), text.trim_end_matches(['\0', ';', '\n'])) {
            (b"Q", "select * from message" | "select * from message where text = 'hello'") => [
                message(b'T', &[b"\0\x02", &*column("text"), &*column("note")].concat()),
                message(b'D', b"\0\x02\0\0\0\x05hello\xff\xff\xff\xff"),
                message(b'C', b"SELECT 1\0"),
            ]
            .concat(),
            (b"Q", "update message set text = 'world'") => {
                message(b'C', "updated: 1, server: 1.72ms\0".as_bytes())
            }
            // pgjdbc does not connect without.
            (b"Q", "set extra_float_digits = 2") => message(b'C', b"SET\0"),
            (b"Q", "") => message(b'I', b""),
            (b"Q", "die") => return Ok(()),
            (b"X", "") => {
                goodbyes.fetch_add(1, Ordering::SeqCst);
                return Ok(());
            }
            (b"Q", "sleep") => continue,
            (b"Q", other) => error("ERROR", "XX000", &format!("(Sql) Unsupported: {}", other.to_uppercase())),
            (b"P", _) => {
                return stream.write_all(&error("FATAL", "08P01", "This feature is not implemented."));
            }
            _ => return Ok(()),
        };
        stream.write_all(&[reply, message(b'Z', b"I")].concat())?;
    }
}

/// The clients that are here. The others are told of, or, where they must all be here, fail the test.
async fn clients() -> Vec<Adapter> {
    start_all(|_| true).await
}

/// Those that have simple queries, which is all that the server here knows.
async fn simple_clients() -> Vec<Adapter> {
    start_all(|client| client != "pgjdbc-9.4.1209").await
}

async fn start_all(which: fn(&str) -> bool) -> Vec<Adapter> {
    let mut adapters = Vec::new();
    for client in all().iter().filter(|client| which(client.id)) {
        match client.missing() {
            None => adapters.push(start(client.id, LIMIT).await.unwrap()),
            Some(reason) => {
                eprintln!("skipped: {}: {reason}", client.id);
                let required =
                    std::env::var_os("PGCONFORM_REQUIRE_CLIENTS").is_some_and(|value| value == "1");
                assert!(!required, "{}: {reason}", client.id);
            }
        }
    }
    adapters
}

fn connect(adapter: &Adapter, address: SocketAddr) -> Value {
    let mut request = json!({"operation": "connect", "host": "127.0.0.1", "port": address.port(), "user": "any",
        "database": "quickstart-chat", "password": PASSWORD, "sslmode": "disable"});
    if adapter.client().starts_with("pgjdbc") {
        request["options"] = json!(["preferQueryMode=simple"]);
    }
    request
}

/// Connects, as it must succeed.
async fn connected(adapter: &mut Adapter, address: SocketAddr) {
    let reply = adapter.ask(connect(adapter, address)).await.unwrap();
    expect(adapter, &reply, json!({"outcome": "ok"}));
}

async fn query(adapter: &mut Adapter, sql: &str) -> Value {
    adapter.ask(json!({"operation": "query", "sql": sql})).await.unwrap()
}

/// Compares the fields that are named, as a case does.
#[track_caller]
fn expect(adapter: &Adapter, reply: &Value, fields: Value) {
    for (name, value) in fields.as_object().unwrap() {
        assert_eq!(reply.get(name), Some(value), "{}: {name} of {reply}", adapter.client());
    }
}

#[test]
fn the_table_is_complete() {
    for client in all() {
        assert_eq!(find(client.id).unwrap().id, client.id);
        assert_eq!(missing(client.id).is_none(), version(client.id).is_some());
    }
    assert!(missing("libtelepathy").unwrap().contains("psycopg2"));
}

#[tokio::test]
async fn what_the_document_does_works() {
    let address = serve();
    for mut adapter in simple_clients().await {
        connected(&mut adapter, address).await;
        let message =
            json!({"outcome": "rows", "columns": ["text", "note"], "rows": [["hello", null]], "rowcount": 1});
        let reply = query(&mut adapter, "SELECT * FROM message;").await;
        expect(&adapter, &reply, message.clone());
        let reply = query(&mut adapter, "update message set text = 'world'").await;
        expect(&adapter, &reply, json!({"outcome": "done"}));
        if adapter.client().starts_with("ps") {
            expect(&adapter, &reply, json!({"tag": "updated: 1, server: 1.72ms"}));
        }
        let reply = query(&mut adapter, "selec 1").await;
        let error = json!({"outcome": "error", "severity": "ERROR", "sqlstate": "XX000",
            "message": "(Sql) Unsupported: SELEC 1"});
        expect(&adapter, &reply, error);
        let reply = query(&mut adapter, "SELECT * FROM message -- ;-)").await;
        expect(&adapter, &reply, json!({"outcome": "error"}));
        let reply = query(&mut adapter, "SELECT * FROM message").await;
        expect(&adapter, &reply, message);
        let reply = adapter.ask(json!({"operation": "close"})).await.unwrap();
        expect(&adapter, &reply, json!({"outcome": "ok"}));
        let reply = query(&mut adapter, "SELECT * FROM message").await;
        expect(&adapter, &reply, json!({"outcome": "broken"}));
    }
}

#[tokio::test]
async fn transactions_are_the_drivers_own() {
    let address = serve();
    for mut adapter in simple_clients().await {
        connected(&mut adapter, address).await;
        let mut reply = adapter.ask(json!({"operation": "begin"})).await.unwrap();
        // These begin with the next statement.
        if adapter.client() == "psycopg2" || adapter.client().starts_with("pgjdbc") {
            expect(&adapter, &reply, json!({"outcome": "ok"}));
            reply = query(&mut adapter, "SELECT * FROM message").await;
        }
        let begin = match adapter.client() {
            "lib-pq" => "(Sql) Unsupported: BEGIN READ WRITE",
            _ => "(Sql) Unsupported: BEGIN",
        };
        expect(&adapter, &reply, json!({"outcome": "error", "message": begin}));
        adapter.ask(json!({"operation": "rollback"})).await.unwrap();
        let reply = query(&mut adapter, "SELECT * FROM message").await;
        expect(&adapter, &reply, json!({"outcome": "rows"}));
    }
}

#[tokio::test]
async fn parameters_go_the_drivers_usual_way() {
    let address = serve();
    for mut adapter in simple_clients().await {
        connected(&mut adapter, address).await;
        let execute = json!({"operation": "execute", "sql": "SELECT * FROM message WHERE text = $1", "params": ["hello"]});
        let reply = adapter.ask(execute).await.unwrap();
        match adapter.client() {
            "psql" => expect(&adapter, &reply, json!({"outcome": "unsupported"})),
            "psycopg2" => expect(&adapter, &reply, json!({"outcome": "rows", "rows": [["hello", null]]})),
            // In their simple mode they put it into the text, too; the newer one in parentheses.
            "pgjdbc-9.4.1210" => {
                expect(&adapter, &reply, json!({"outcome": "rows", "rows": [["hello", null]]}))
            }
            "pgjdbc" => {
                let message = "(Sql) Unsupported: SELECT * FROM MESSAGE WHERE TEXT = ('HELLO')";
                expect(&adapter, &reply, json!({"outcome": "error", "message": message}));
            }
            _ => {
                // lib/pq takes any fatal error for a broken connection, and keeps it to itself.
                let fatal = match adapter.client() {
                    "lib-pq" => json!({"outcome": "closed"}),
                    _ => json!({"outcome": "error", "severity": "FATAL", "sqlstate": "08P01"}),
                };
                expect(&adapter, &reply, fatal);
                let reply = query(&mut adapter, "SELECT * FROM message").await;
                expect(&adapter, &reply, json!({"outcome": "closed"}));
            }
        }
    }
}

#[tokio::test]
async fn a_refused_password_is_told_and_not_shown() {
    let address = serve();
    for mut adapter in clients().await {
        let mut request = connect(&adapter, address);
        request["password"] = json!("canary-that-died");
        let reply = adapter.ask(request).await.unwrap();
        let refusal =
            json!({"outcome": "error", "severity": "FATAL", "message": "Invalid token: InvalidToken"});
        expect(&adapter, &reply, refusal);
        assert!(!reply.to_string().contains("canary"), "{reply}");
    }
}

#[tokio::test]
async fn tls_that_the_server_refuses_is_an_error_of_the_driver() {
    let address = serve();
    for mut adapter in clients().await {
        let mut request = connect(&adapter, address);
        request["sslmode"] = json!("require");
        let reply = adapter.ask(request).await.unwrap();
        expect(&adapter, &reply, json!({"outcome": "error"}));
        assert!(reply.get("sqlstate").is_none(), "{reply}");
    }
}

#[tokio::test]
async fn a_lost_connection_and_no_connection_are_told_apart() {
    let address = serve();
    let nobody = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    for mut adapter in simple_clients().await {
        let reply = adapter.ask(connect(&adapter, nobody)).await.unwrap();
        expect(&adapter, &reply, json!({"outcome": "unreachable"}));
        connected(&mut adapter, address).await;
        for sql in ["die", "SELECT * FROM message"] {
            let reply = query(&mut adapter, sql).await;
            expect(&adapter, &reply, json!({"outcome": "closed"}));
        }
    }
}

#[tokio::test]
async fn a_server_that_is_silent_costs_the_time_limit_and_no_more() {
    let address = serve();
    for mut adapter in simple_clients().await {
        connected(&mut adapter, address).await;
        adapter.time_limit = Duration::from_millis(100);
        let error = adapter.ask(json!({"operation": "query", "sql": "sleep"})).await.unwrap_err();
        assert!(error.timed_out(), "{error}");
        let error =
            adapter.ask(json!({"operation": "query", "sql": "SELECT * FROM message"})).await.unwrap_err();
        assert!(!error.timed_out(), "{error}");
    }
}

#[tokio::test]
async fn an_adapter_that_is_ended_says_goodbye() {
    let (address, goodbyes) = serve_and_count();
    let mut connections = 0;
    for mut adapter in clients().await {
        connected(&mut adapter, address).await;
        let mut request = connect(&adapter, address);
        request["name"] = json!("b");
        adapter.ask(request).await.unwrap();
        adapter.end().await;
        connections += 2;
    }
    // The server may be a little behind.
    for _ in 0..200 {
        if goodbyes.load(Ordering::SeqCst) == connections {
            return;
        }
        tokio::time::sleep(Duration::from_millis(10)).await;
    }
    panic!("{} of {connections} connections were closed in an orderly way", goodbyes.load(Ordering::SeqCst));
}

#[tokio::test]
async fn psql_prints_what_the_document_shows() {
    let address = serve();
    for mut adapter in clients().await {
        let mut request = connect(&adapter, address);
        request["operation"] = json!("script");
        request["text"] = json!("select * from message;\nupdate message set text = 'world';\n");
        let reply = adapter.ask(request).await.unwrap();
        if adapter.client() != "psql" {
            expect(&adapter, &reply, json!({"outcome": "unsupported"}));
            continue;
        }
        let printed = " text  | note \n-------+------\n hello | \n(1 row)\n\nupdated: 1, server: 1.72ms\n";
        expect(&adapter, &reply, json!({"outcome": "printed", "stdout": printed, "stderr": "", "exit": 0}));
        let mut request = connect(&adapter, address);
        request["operation"] = json!("script");
        request["options"] = json!(["-1", "-c", "select * from message"]);
        let reply = adapter.ask(request).await.unwrap();
        // psql goes on after a BEGIN that fails, and is content in the end.
        let stderr = "psql: ERROR:  (Sql) Unsupported: BEGIN\nERROR:  (Sql) Unsupported: COMMIT\n";
        expect(&adapter, &reply, json!({"stderr": stderr, "exit": 0}));
    }
}

/// What becomes of adapters that are not what they should be.
#[cfg(unix)]
#[tokio::test]
async fn an_adapter_that_fails_is_told_by_what_it_printed() {
    for (script, word) in [
        ("read request; echo trouble $PGPASSWORD >&2", "trouble"),
        ("echo '{}'; echo nonsense >&2", "JSON"),
        ("yes nonsense >&2", "no reply"),
        ("echo canary-of-the-coal-mine >&2; exec 1>&-; sleep 60", "********"),
    ] {
        let mut command = Command::new("sh");
        command.args(["-c", script]);
        let mut adapter = process::start("sh", Duration::from_millis(500), command).unwrap();
        let error =
            adapter.ask(json!({"operation": "connect", "password": PASSWORD})).await.unwrap_err().to_string();
        assert!(error.contains(word) && !error.contains(PASSWORD), "{error}");
        assert!(error.len() < 20_000, "{}", error.len());
    }
}
