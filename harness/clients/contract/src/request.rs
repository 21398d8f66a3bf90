//! Requests: what an adapter is asked to do.

use std::fmt;

use serde::de::IgnoredAny;
use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value};

use crate::{MAIN, Reply};

/// One operation, with its fields.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(tag = "operation", rename_all = "lowercase", deny_unknown_fields)]
pub enum Request {
    /// Say which driver this is.
    Hello,
    /// Open a connection.
    Connect(Connect),
    /// Run a text without parameters, in the driver's simplest way.
    Query(Statement),
    /// Run a statement with parameters, in the driver's usual way.
    Execute(Statement),
    /// Run a command-line program once.
    Script(Script),
    /// Begin a transaction.
    Begin(Begin),
    /// Commit it.
    Commit {
        /// The connection.
        #[serde(default = "main")]
        name: String,
    },
    /// Roll it back.
    Rollback {
        /// The connection.
        #[serde(default = "main")]
        name: String,
    },
    /// Close a connection.
    Close {
        /// The connection.
        #[serde(default = "main")]
        name: String,
    },
    /// Run several statements as one batch. No driver in Rust has this and what follows; the fields are not looked at.
    Batch(IgnoredAny),
    /// Load rows into a table.
    Copy(IgnoredAny),
    /// List tables.
    Tables(IgnoredAny),
    /// Listen to a channel.
    Listen(IgnoredAny),
    /// Wait for a notification.
    Notified(IgnoredAny),
}

impl Request {
    /// Reads one line. What is no request becomes the reply that says so, without a word of the line itself: it may
    /// hold a password.
    pub fn parse(line: &[u8]) -> Result<Self, Reply> {
        let value: Value = serde_json::from_slice(line)
            .map_err(|error| Reply::broken(format!("not JSON, from its column {} on", error.column())))?;
        let operation = match value.get("operation").and_then(Value::as_str) {
            Some(operation) => operation.to_owned(),
            None => return Err(Reply::broken("a request without \"operation\"")),
        };
        // serde quotes values that are of a wrong type, but those of fields that are unknown it only names; the one
        // secret field, the password, checks itself.
        match serde_json::from_value(value) {
            Ok(Self::Query(statement)) if !statement.params.is_empty() => {
                Err(Reply::broken("query: it takes no parameters"))
            }
            Ok(request) => Ok(request),
            Err(error) => Err(Reply::broken(format!("{operation}: {error}"))),
        }
    }
}

/// What to run, and how.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Statement {
    /// The connection.
    #[serde(default = "main")]
    pub name: String,
    /// The text; its parameters are `$1`, `$2` and so on.
    pub sql: String,
    /// Text, numbers, truth values, null, or lists of these.
    #[serde(default)]
    pub params: Vec<Value>,
    /// How many rows the driver is to load at a time.
    #[serde(default)]
    pub fetch: Option<u32>,
    /// After how many milliseconds the driver is to cancel it.
    #[serde(default)]
    pub cancel: Option<u64>,
    /// False: JDBC's escapes are left alone.
    #[serde(default)]
    pub escape: Option<bool>,
}

impl Statement {
    /// Says that the driver cannot do what it is asked for besides running the statement, if it is asked for any.
    ///
    /// # Errors
    /// The reply that names it.
    pub fn plain(&self) -> Result<(), Reply> {
        let asked = [
            ("fetch", self.fetch.is_some()),
            ("cancel", self.cancel.is_some()),
            ("escape", self.escape.is_some()),
        ];
        match asked.iter().find(|(_, asked)| *asked) {
            Some((field, _)) => Err(Reply::unsupported(format!("its adapter has no {field}"))),
            None => Ok(()),
        }
    }
}

/// Which transaction to begin.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Begin {
    /// The connection.
    #[serde(default = "main")]
    pub name: String,
    /// `read committed` and so on; without it, the driver's default.
    #[serde(default)]
    pub isolation: Option<String>,
    /// Whether it is to write nothing.
    #[serde(default)]
    pub readonly: bool,
    /// Whether it may wait until it can be sure to succeed.
    #[serde(default)]
    pub deferrable: bool,
}

impl Begin {
    /// Says that the driver knows but one kind of transaction, if another is asked for.
    ///
    /// # Errors
    /// The reply that says so.
    pub fn plain(&self) -> Result<(), Reply> {
        if self.isolation.is_some() || self.readonly || self.deferrable {
            return Err(Reply::unsupported("its adapter knows but one kind of transaction"));
        }
        Ok(())
    }
}

/// Which program to run, on what.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(try_from = "Map<String, Value>")]
pub struct Script {
    /// Its input.
    pub text: String,
    /// Further arguments.
    pub options: Vec<String>,
    /// Where to, and how; without a host, what the last `connect` said.
    pub connect: Connect,
}

impl TryFrom<Map<String, Value>> for Script {
    type Error = serde_json::Error;

    /// By hand, because serde's `flatten` would let a misspelled field pass.
    fn try_from(mut fields: Map<String, Value>) -> Result<Self, Self::Error> {
        let mut take = |name| fields.remove(name).unwrap_or_default();
        let (text, options) = (take("text"), take("options"));
        Ok(Self {
            text: if text.is_null() { String::new() } else { String::deserialize(text)? },
            options: if options.is_null() { Vec::new() } else { Vec::deserialize(options)? },
            connect: Connect::deserialize(Value::Object(fields))?,
        })
    }
}

/// The host and the port of a server, where they are told.
pub type Address<'a> = (Option<&'a str>, Option<u16>);

/// Where to connect, as whom, and how.
#[derive(Debug, Clone, PartialEq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Connect {
    /// The connection's name.
    #[serde(default = "main")]
    pub name: String,
    /// Name or address of the server.
    #[serde(default)]
    pub host: Option<String>,
    /// Its port.
    #[serde(default, deserialize_with = "port")]
    pub port: Option<u16>,
    /// Several servers to try instead, in order: `host:port`.
    #[serde(default)]
    pub hosts: Vec<String>,
    /// The user.
    #[serde(default)]
    pub user: Option<String>,
    /// The database.
    #[serde(default)]
    pub database: Option<String>,
    /// The password, or the token that stands in for one.
    #[serde(default)]
    pub password: Option<Secret>,
    /// One of libpq's words.
    #[serde(default)]
    pub sslmode: Option<String>,
    /// A PEM file with the CA to trust.
    #[serde(default)]
    pub sslrootcert: Option<String>,
    /// A PEM file with the client's own certificate.
    #[serde(default)]
    pub sslcert: Option<String>,
    /// A PEM file with its key.
    #[serde(default)]
    pub sslkey: Option<String>,
    /// Whether the server's certificate is verified at all.
    #[serde(default)]
    pub verify: Option<Verify>,
    /// `postgres` or `direct`.
    #[serde(default)]
    pub sslnegotiation: Option<String>,
    /// False if the driver is to open transactions by itself.
    #[serde(default, deserialize_with = "truth")]
    pub autocommit: Option<bool>,
    /// Further options, by the driver's own names: `NAME=VALUE`.
    #[serde(default)]
    pub options: Vec<String>,
}

impl Connect {
    /// The servers to try, in order: `hosts`, or else `host` and `port`, where they are told.
    ///
    /// # Errors
    /// The reply that says which of them is none.
    pub fn addresses(&self) -> Result<Vec<Address<'_>>, Reply> {
        if self.hosts.is_empty() {
            return Ok(vec![(self.host.as_deref(), self.port)]);
        }
        let mut addresses = Vec::new();
        for text in &self.hosts {
            match text.rsplit_once(':').map(|(host, port)| (host, port.parse())) {
                Some((host, Ok(port))) => addresses.push((Some(host), Some(port))),
                _ => return Err(Reply::broken(format!("`{text}` is not host:port"))),
            }
        }
        Ok(addresses)
    }
}

/// How much of a certificate is verified.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Verify {
    /// Nothing.
    None,
}

/// A text that no message shows.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(String);

impl Secret {
    /// The text, for the driver alone.
    #[must_use]
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("********")
    }
}

impl<'de> Deserialize<'de> for Secret {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        // Not `String::deserialize`: its error would quote what stands there.
        match Value::deserialize(deserializer)? {
            Value::String(text) => Ok(Self(text)),
            _ => Err(serde::de::Error::custom("the password is not text")),
        }
    }
}

fn main() -> String {
    MAIN.to_owned()
}

/// A port, as a number or as text.
fn port<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<u16>, D::Error> {
    let port = match Value::deserialize(deserializer)? {
        Value::Null => return Ok(None),
        Value::String(text) => text.parse().ok(),
        value => value.as_u64().and_then(|number| u16::try_from(number).ok()),
    };
    port.map(Some).ok_or_else(|| serde::de::Error::custom("a port is a number from 0 to 65535"))
}

/// A truth value, or the word for it.
fn truth<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<bool>, D::Error> {
    match Value::deserialize(deserializer)? {
        Value::Null => Ok(None),
        Value::Bool(truth) => Ok(Some(truth)),
        Value::String(word) if word == "true" => Ok(Some(true)),
        Value::String(word) if word == "false" => Ok(Some(false)),
        _ => Err(serde::de::Error::custom("neither true nor false")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_of_a_case_are_taken_as_they_come() {
        let line = br#"{"operation":"connect","port":"5432","autocommit":"false","verify":"none"}"#;
        let Ok(Request::Connect(connect)) = Request::parse(line) else { panic!("not a connect") };
        assert_eq!((connect.name.as_str(), connect.port), ("main", Some(5432)));
        assert_eq!((connect.autocommit, connect.verify), (Some(false), Some(Verify::None)));
    }

    #[test]
    fn no_complaint_shows_a_password() {
        for line in [
            r#"{"operation":"connect","password":4711471147}"#,
            r#"{"operation":"connect","password":["4711471147"]}"#,
            r#"{"operation":"connect","password":"4711471147","port":"x"}"#,
            r#"{"operation":"connect","password":"4711471147","sslmod":"x"}"#,
            r#"{"operation":"connect","password":"4711471147""#,
            r#"{"password":"4711471147"}"#,
        ] {
            let reply = format!("{:?}", Request::parse(line.as_bytes()));
            assert!(!reply.contains("4711471147"), "{reply}");
        }
    }

    #[test]
    fn what_is_unknown_is_named() {
        let reply = format!("{:?}", Request::parse(br#"{"operation":"dance"}"#));
        assert!(reply.contains("dance"), "{reply}");
        let reply = format!("{:?}", Request::parse(br#"{"operation":"query","text":"SELECT 1"}"#));
        assert!(reply.contains("query") && reply.contains("text"), "{reply}");
        let reply = format!("{:?}", Request::parse(br#"{"operation":"script","sql":"SELECT 1"}"#));
        assert!(reply.contains("script") && reply.contains("sql"), "{reply}");
    }

    #[test]
    fn a_statement_says_what_a_driver_must_have_for_it() {
        let line = br#"{"operation":"execute","sql":"SELECT $1","params":[[1,null]],"fetch":2}"#;
        let Ok(Request::Execute(statement)) = Request::parse(line) else { panic!("not an execute") };
        assert!(format!("{:?}", statement.plain()).contains("fetch"));
        let line = br#"{"operation":"begin","isolation":"serializable"}"#;
        let Ok(Request::Begin(begin)) = Request::parse(line) else { panic!("not a begin") };
        assert!(begin.plain().is_err());
        assert!(Request::parse(br#"{"operation":"query","sql":"SELECT $1","params":[1]}"#).is_err());
        assert!(Request::parse(br#"{"operation":"batch","statements":["SELECT 1"]}"#).is_ok());
    }

    #[test]
    fn several_servers_stand_for_one() {
        let addresses = |line: &[u8]| match Request::parse(line) {
            Ok(Request::Connect(connect)) => format!("{:?}", connect.addresses()),
            other => panic!("{other:?}"),
        };
        let hosts = addresses(br#"{"operation":"connect","host":"c","hosts":["a:1","[::1]:2"]}"#);
        assert_eq!(hosts, r#"Ok([(Some("a"), Some(1)), (Some("[::1]"), Some(2))])"#);
        assert_eq!(addresses(br#"{"operation":"connect","host":"c"}"#), r#"Ok([(Some("c"), None)])"#);
        assert!(addresses(br#"{"operation":"connect","hosts":["a"]}"#).contains("host:port"));
    }

    #[test]
    fn a_script_has_the_fields_of_a_connection() {
        let line = br#"{"operation":"script","options":["-1"],"text":"SELECT 1","host":"::1","port":1}"#;
        let Ok(Request::Script(script)) = Request::parse(line) else { panic!("not a script") };
        assert_eq!((script.text.as_str(), script.options.as_slice()), ("SELECT 1", &["-1".to_owned()][..]));
        assert_eq!((script.connect.host.as_deref(), script.connect.port), (Some("::1"), Some(1)));
    }
}
