//! No false alarms: odd conversations that the protocol allows break no rule. That each rule can turn red is shown by the
//! faults of the reference server (`ci/faults.rs`).

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use pgconform::corpus::profile;
use pgconform::rule;
use pgconform::transcript::{Connection, Event, Transcript};
use pgconform_wire::message::*;
use pgconform_wire::version::{V3_0, version};
use pgconform_wire::{Backend, Frontend, Side, Text};

/// A conversation in the making.
struct Talk(Connection);

impl Talk {
    /// One that is logged in.
    fn ready() -> Self {
        let mut talk = Self(Connection::named(""));
        talk.f(startup(V3_0)).b(AuthenticationOk).b(status("server_version", "18.0")).b(ready(b'I'));
        talk
    }

    fn f<'a>(&mut self, message: impl Into<Frontend<'a>>) -> &mut Self {
        let mut bytes = Vec::new();
        message.into().encode(&mut bytes).unwrap();
        self.0.push(Side::Frontend, &bytes);
        self
    }

    fn b<'a>(&mut self, message: impl Into<Backend<'a>>) -> &mut Self {
        let mut bytes = Vec::new();
        message.into().encode(&mut bytes).unwrap();
        self.0.push(Side::Backend, &bytes);
        self
    }

    fn raw(&mut self, side: Side, bytes: &[u8]) -> &mut Self {
        self.0.push(side, bytes);
        self
    }

    /// The rules that it breaks.
    fn broken(&mut self) -> Vec<&'static str> {
        let mut connection = std::mem::take(&mut self.0);
        connection.finish();
        let claims = profile("postgres").unwrap().claims;
        rule::judge(&Transcript { connections: vec![connection] }, &claims)
            .into_iter()
            .map(|(rule, ..)| rule.id)
            .collect()
    }
}

fn startup(version: u32) -> StartupMessage<'static> {
    StartupMessage { version, parameters: vec![("user".into(), "any".into())] }
}

fn ready(status: u8) -> ReadyForQuery {
    ReadyForQuery { status }
}

fn status(name: &'static str, value: &'static str) -> ParameterStatus<'static> {
    ParameterStatus { name: name.into(), value: value.into() }
}

fn query(query: &'static str) -> Query<'static> {
    Query { query: query.into() }
}

fn done(tag: &'static str) -> CommandComplete<'static> {
    CommandComplete { tag: tag.into() }
}

fn row() -> DataRow<'static> {
    DataRow { values: vec![Some(Text(b"1"))] }
}

fn columns() -> RowDescription<'static> {
    RowDescription { columns: vec![Column { name: "a".into(), ..Column::default() }] }
}

fn fields(severity: &'static str, code: &'static str) -> Vec<(u8, Text<'static>)> {
    vec![(b'S', severity.into()), (b'V', severity.into()), (b'C', code.into()), (b'M', "m".into())]
}

fn error() -> ErrorResponse<'static> {
    ErrorResponse { fields: fields("ERROR", "22012") }
}

fn notice() -> NoticeResponse<'static> {
    NoticeResponse { fields: fields("NOTICE", "00000") }
}

fn execute(max_rows: i32) -> Execute<'static> {
    Execute { max_rows, ..Execute::default() }
}

#[test]
fn notices_and_parameters_come_at_any_time() {
    let mut talk = Talk::ready();
    talk.b(notice()).f(query("select 1")).b(notice()).b(columns()).b(status("TimeZone", "UTC")).b(row());
    talk.b(notice()).b(done("SELECT 1")).b(notice()).b(ready(b'I')).b(notice());
    assert_eq!(talk.broken(), [""; 0]);
}

#[test]
fn a_fatal_error_comes_at_any_time() {
    let mut talk = Talk::ready();
    talk.b(ErrorResponse { fields: fields("FATAL", "57P01") });
    talk.0.note(Event::Closed(Side::Backend));
    assert_eq!(talk.broken(), [""; 0]);
}

#[test]
fn a_pipeline_is_answered_in_its_order() {
    let mut talk = Talk::ready();
    talk.f(query("select 1; select 2")).f(query("")).f(query("select 1/0"));
    talk.b(columns()).b(row()).b(done("SELECT 1")).b(columns()).b(row()).b(done("SELECT 1")).b(ready(b'I'));
    talk.b(EmptyQueryResponse).b(ready(b'I')).b(columns()).b(error()).b(ready(b'I'));
    assert_eq!(talk.broken(), [""; 0]);
}

#[test]
fn an_error_skips_to_sync_and_a_query_with_it() {
    let mut talk = Talk::ready();
    talk.f(Parse::default()).f(Bind::default()).f(execute(0)).f(query("select 1")).f(Sync).f(Sync);
    talk.b(ParseComplete).b(error()).b(ready(b'I')).b(ready(b'I'));
    talk.f(query("select 1")).b(columns()).b(row()).b(done("SELECT 1")).b(ready(b'I'));
    assert_eq!(talk.broken(), [""; 0]);
}

#[test]
fn what_is_sent_after_an_error_is_skipped_too() {
    let mut talk = Talk::ready();
    talk.f(Parse::default()).f(Flush).b(error()).f(Bind::default()).f(execute(0)).f(Sync).b(ready(b'E'));
    assert_eq!(talk.broken(), [""; 0]);
}

#[test]
fn a_query_between_extended_messages_is_answered() {
    let mut talk = Talk::ready();
    talk.f(Parse::default()).f(query("select 1")).f(Sync);
    talk.b(ParseComplete).b(columns()).b(row()).b(done("SELECT 1")).b(ready(b'I')).b(ready(b'I'));
    assert_eq!(talk.broken(), [""; 0]);
}

#[test]
fn a_portal_is_suspended_and_resumed() {
    let mut talk = Talk::ready();
    talk.f(Parse::default()).f(Bind::default()).f(Describe { target: b'P', ..Describe::default() });
    talk.f(execute(1)).f(execute(1)).f(Sync);
    talk.b(ParseComplete)
        .b(BindComplete)
        .b(columns())
        .b(row())
        .b(PortalSuspended)
        .b(done("SELECT 0"))
        .b(ready(b'I'));
    assert_eq!(talk.broken(), [""; 0]);
}

#[test]
fn sync_within_copy_in_is_part_of_it() {
    let mut talk = Talk::ready();
    talk.f(Parse::default()).f(Bind::default()).f(execute(0)).b(ParseComplete).b(BindComplete);
    talk.b(CopyInResponse { format: 0, formats: vec![0] })
        .f(Sync)
        .f(CopyData { data: Text(b"1\n") })
        .f(CopyDone);
    talk.f(Sync).b(done("COPY 1")).b(ready(b'I'));
    assert_eq!(talk.broken(), [""; 0]);
}

#[test]
fn a_message_that_breaks_a_copy_is_part_of_it() {
    let mut talk = Talk::ready();
    talk.f(query("copy t from stdin"))
        .b(CopyInResponse { format: 0, formats: vec![0] })
        .f(Bind::default())
        .f(Sync);
    talk.b(error())
        .b(ready(b'I'))
        .f(query("select 1"))
        .b(columns())
        .b(row())
        .b(done("SELECT 1"))
        .b(ready(b'I'));
    assert_eq!(talk.broken(), [""; 0]);
    let mut talk = Talk::ready();
    talk.f(Parse::default()).f(Bind::default()).f(execute(0)).f(Sync).b(ParseComplete).b(BindComplete);
    talk.b(CopyInResponse { format: 0, formats: vec![0] })
        .f(CopyDone)
        .f(Sync)
        .b(done("COPY 0"))
        .b(ready(b'I'));
    assert_eq!(talk.broken(), [""; 0]);
    let mut talk = Talk::ready();
    talk.f(query("copy t from stdin"))
        .f(Sync)
        .f(CopyDone)
        .f(Sync)
        .b(CopyInResponse { format: 0, formats: vec![0] });
    talk.b(done("COPY 0")).b(ready(b'I')).b(ready(b'I'));
    assert_eq!(talk.broken(), [""; 0]);
}

#[test]
fn a_table_made_of_a_query_shows_no_rows() {
    let mut talk = Talk::ready();
    talk.f(query("create temp table t as select 1")).b(done("SELECT 1")).b(ready(b'I'));
    assert_eq!(talk.broken(), [""; 0]);
}

#[test]
fn a_failed_block_stays_failed() {
    let mut talk = Talk::ready();
    talk.f(query("begin; select 1/0")).b(done("BEGIN")).b(error()).b(ready(b'E'));
    talk.f(query("rollback to a")).b(error()).b(ready(b'E')).f(Sync).b(ready(b'E'));
    assert_eq!(talk.broken(), [""; 0]);
}

#[test]
fn a_connection_is_cut_anywhere() {
    let mut talk = Talk::ready();
    talk.f(query("select 1")).b(columns()).raw(Side::Backend, b"D\x00\x00").raw(Side::Frontend, b"Q\x00");
    talk.0.note(Event::Closed(Side::Frontend));
    assert_eq!(talk.broken(), [""; 0]);
}

#[test]
fn what_is_no_message_is_nobodys_request() {
    let mut talk = Talk::ready();
    talk.raw(Side::Frontend, b"!\x00\x00\x00\x04").f(query("select 1")).b(error()).b(ready(b'I'));
    assert_eq!(talk.broken(), [""; 0]);
}

#[test]
fn a_startup_packet_right_behind_a_request_is_answered_behind_it() {
    let mut talk = Talk(Connection::named(""));
    talk.f(SSLRequest).f(startup(version(3, 9999))).b(SSLResponse { answer: b'N' });
    talk.b(NegotiateProtocolVersion { version: V3_0, options: Vec::new() })
        .b(AuthenticationOk)
        .b(ready(b'I'));
    assert_eq!(talk.broken(), [""; 0]);
}

#[test]
fn statements_before_the_session_are_served_in_it() {
    let mut talk = Talk(Connection::named(""));
    talk.f(startup(V3_0)).f(query("select 1")).f(Terminate).b(AuthenticationOk).b(ready(b'I'));
    talk.b(columns()).b(row()).b(done("SELECT 1")).b(ready(b'I'));
    assert_eq!(talk.broken(), [""; 0]);
}

#[test]
fn one_rule_is_broken_by_one_mistake() {
    let mut talk = Talk::ready();
    talk.f(query("select 1")).b(columns()).b(row()).b(done("SELECT 1")).b(ready(b'I')).b(ready(b'I'));
    assert_eq!(talk.broken(), ["ready-for-query.one-per-query"]);
    let mut talk = Talk::ready();
    talk.f(Parse::default()).f(Sync).b(ready(b'I'));
    assert_eq!(talk.broken(), ["extended-query.all-answered"]);
}
