//! What servers may do, however odd it looks, and what they may not, however harmless it looks.

use super::judge;
use crate::corpus::profile;
use crate::transcript::{Connection, Event, Transcript};
use pgconform_wire::message::*;
use pgconform_wire::profile::claims::Claims;
use pgconform_wire::version::{V3_0, V3_2, version};
use pgconform_wire::{Backend, Frontend, Side, Text};

const NONE: [&str; 0] = [];

/// A conversation in the making.
struct Talk(Connection);

impl Talk {
    fn new() -> Self {
        Self(Connection::named(""))
    }

    /// One that is logged in.
    fn ready() -> Self {
        Self::new().f(startup(V3_0, &["user"])).b(AuthenticationOk).b(ready(b'I'))
    }

    fn f<'a>(mut self, message: impl Into<Frontend<'a>>) -> Self {
        let mut bytes = Vec::new();
        message.into().encode(&mut bytes).unwrap();
        self.0.push(Side::Frontend, &bytes);
        self
    }

    fn b<'a>(mut self, message: impl Into<Backend<'a>>) -> Self {
        let mut bytes = Vec::new();
        message.into().encode(&mut bytes).unwrap();
        self.0.push(Side::Backend, &bytes);
        self
    }

    fn raw(mut self, side: Side, bytes: &[u8]) -> Self {
        self.0.push(side, bytes);
        self
    }

    fn note(mut self, event: Event) -> Self {
        self.0.note(event);
        self
    }

    /// The rules that it breaks, of a server that claims what PostgreSQL does.
    fn broken(self) -> Vec<&'static str> {
        self.broken_under(&profile("postgres").unwrap().claims)
    }

    /// The rules that it breaks, of a server that claims this.
    fn broken_under(self, claims: &Claims) -> Vec<&'static str> {
        let mut connection = self.0;
        connection.finish();
        let transcript = Transcript { connections: vec![connection] };
        judge(&transcript, claims).into_iter().map(|(rule, ..)| rule.id).collect()
    }
}

fn startup<'a>(version: u32, names: &[&'a str]) -> StartupMessage<'a> {
    let parameters = names.iter().map(|name| ((*name).into(), "any".into())).collect();
    StartupMessage { version, parameters }
}

fn negotiate<'a>(version: u32, options: &[&'a str]) -> NegotiateProtocolVersion<'a> {
    NegotiateProtocolVersion { version, options: options.iter().map(|option| (*option).into()).collect() }
}

fn ready(status: u8) -> ReadyForQuery {
    ReadyForQuery { status }
}

fn query(text: &str) -> Query<'_> {
    Query { query: text.into() }
}

fn done(tag: &str) -> CommandComplete<'_> {
    CommandComplete { tag: tag.into() }
}

fn row() -> DataRow<'static> {
    DataRow { values: vec![Some(Text(b"1"))] }
}

fn columns() -> RowDescription<'static> {
    RowDescription { columns: vec![Column { name: "a".into(), ..Column::default() }] }
}

fn report<'a>(severity: &'a str, code: &'a str, message: &'a str) -> Vec<(u8, Text<'a>)> {
    vec![(b'S', severity.into()), (b'V', severity.into()), (b'C', code.into()), (b'M', message.into())]
}

fn error() -> ErrorResponse<'static> {
    ErrorResponse { fields: report("ERROR", "22012", "division by zero") }
}

fn fatal() -> ErrorResponse<'static> {
    ErrorResponse { fields: report("FATAL", "08P01", "no") }
}

fn execute(max_rows: i32) -> Execute<'static> {
    Execute { max_rows, ..Execute::default() }
}

fn copy_in() -> CopyInResponse {
    CopyInResponse { format: 0, formats: vec![0] }
}

fn data() -> CopyData<'static> {
    CopyData { data: Text(b"1\n") }
}

mod start {
    use super::*;

    #[test]
    fn a_server_that_cannot_serve_at_all_says_so_at_once() {
        assert_eq!(Talk::new().b(fatal()).note(Event::Closed(Side::Backend)).broken(), NONE);
        let notice = NoticeResponse { fields: report("NOTICE", "00000", "hello") };
        assert_eq!(Talk::new().b(notice).broken(), ["startup.frontend-first"]);
    }

    /// The transcript has the beginning of a packet only once its sender is gone.
    #[test]
    fn a_packet_that_never_ended_is_refused() {
        let talk = Talk::new().raw(Side::Frontend, b"\0\0").b(fatal()).note(Event::Closed(Side::Backend));
        assert_eq!(talk.broken(), NONE);
    }

    /// PostgreSQL 14 and later to version 2, which had neither lengths nor fields.
    #[test]
    fn an_old_version_is_refused_in_its_own_format() {
        let talk = Talk::new().f(startup(version(2, 0), &["user"]));
        let talk = talk.raw(Side::Backend, b"EFATAL:  unsupported frontend protocol 2.0\n\0");
        assert_eq!(talk.note(Event::Closed(Side::Backend)).broken(), NONE);
    }

    #[test]
    fn what_is_stuffed_behind_an_encryption_request_is_refused() {
        let cancel = CancelRequest { process: 1, key: Text(b"\0\0\0\x07") };
        let stuffed = [
            Talk::new().f(SSLRequest).raw(Side::Frontend, b"\0\0"),
            Talk::new().f(SSLRequest).f(startup(V3_0, &["user"])),
            Talk::new().f(GSSENCRequest).f(cancel),
        ];
        for (talk, ssl) in stuffed.into_iter().zip([true, true, false]) {
            let talk = match ssl {
                true => talk.b(SSLResponse { answer: b'N' }),
                false => talk.b(GSSENCResponse { answer: b'N' }),
            };
            assert_eq!(talk.b(fatal()).note(Event::Closed(Side::Backend)).broken(), NONE);
        }
    }

    #[test]
    fn a_handshake_that_never_came_is_refused_in_tls() {
        let talk = Talk::new().f(SSLRequest).b(SSLResponse { answer: b'S' }).raw(Side::Frontend, b"\0");
        assert_eq!(talk.raw(Side::Backend, b"\x15\x03\x03\0\x02\x02\x28").broken(), NONE);
    }

    #[test]
    fn a_cancel_request_is_answered_by_nothing() {
        let request = |key| CancelRequest { process: 1, key: Text(key) };
        assert_eq!(Talk::new().f(request(b"1234")).b(fatal()).broken(), ["cancel.no-reply"]);
        assert_eq!(Talk::new().f(request(b"12")).b(fatal()).broken(), NONE);
    }

    #[test]
    fn negotiation_changes_something() {
        let talk = |asked, told| {
            let talk = Talk::new().f(startup(asked, &["user"])).b(negotiate(told, &[]));
            talk.b(AuthenticationOk).b(ready(b'I')).broken()
        };
        assert_eq!(talk(version(3, 9999), V3_2), NONE);
        assert_eq!(talk(V3_2, V3_0), NONE);
        // libpq: "server negotiated but asks for no changes".
        assert_eq!(talk(V3_2, V3_2), ["negotiate.only-when-needed"]);
        assert_eq!(talk(V3_2, 2), ["negotiate.version"]);
        let talk = Talk::new().f(startup(V3_2, &["user", "_pq_.a"])).b(negotiate(V3_2, &["_pq_.a"]));
        assert_eq!(talk.b(AuthenticationOk).b(ready(b'I')).broken(), NONE);
    }

    #[test]
    fn the_last_token_of_gssapi_asks_for_no_answer() {
        let response = || GSSResponse { data: Text(b"token") };
        let token = || AuthenticationGSSContinue { data: Text(b"token") };
        let talk = Talk::new().f(startup(V3_0, &["user"])).b(AuthenticationGSS).f(response()).b(token());
        assert_eq!(talk.b(AuthenticationOk).b(ready(b'I')).broken(), NONE);
    }

    #[test]
    fn a_password_that_nobody_asked_for_may_come_to_anything() {
        let talk = Talk::new().f(startup(V3_0, &["user"])).f(PasswordMessage { password: "x".into() });
        let talk = talk.b(AuthenticationOk).b(ready(b'I')).b(error()).b(ready(b'I'));
        assert_eq!(talk.broken(), NONE);
    }

    /// PostgreSQL 9.5 and earlier have no field that is not translated.
    #[test]
    fn severities_are_translated() {
        let talk = |severity: &'static str| {
            let fields =
                report(severity, "28000", "no").into_iter().filter(|(code, _)| *code != b'V').collect();
            Talk::new().f(startup(V3_0, &["user"])).b(ErrorResponse { fields }).broken()
        };
        assert_eq!(talk("FATALE"), ["error.nonlocalized-severity"]);
        assert_eq!(talk("ERROR"), ["startup.error-fatal", "error.nonlocalized-severity"]);
    }
}

mod session {
    use super::*;

    #[test]
    fn what_a_frontend_did_not_finish_may_be_refused() {
        let cut = |length: &[u8]| [b"B", length].concat();
        let talk = Talk::ready().raw(Side::Frontend, &cut(b"\x3f\xff\xff\xfe")).b(error()).b(ready(b'I'));
        assert_eq!(talk.note(Event::Closed(Side::Frontend)).broken(), NONE);
    }

    #[test]
    fn a_malformed_message_without_an_answer_may_be_refused() {
        for bytes in [b"H\0\0\0\x05\0", b"c\0\0\0\x05\0", b"f\0\0\0\x05x"] {
            assert_eq!(Talk::ready().raw(Side::Frontend, bytes).b(error()).broken(), NONE);
        }
    }

    #[test]
    fn what_came_before_terminate_may_be_refused_behind_it() {
        let talk = Talk::ready().raw(Side::Frontend, b"!\0\0\0\x04").f(Terminate).b(error()).b(ready(b'I'));
        assert_eq!(talk.broken(), NONE);
        assert_eq!(Talk::ready().f(Terminate).b(done("BYE")).broken(), ["terminate.no-reply"]);
    }

    #[test]
    fn a_message_is_cut_by_whoever_closes() {
        let cut = || Talk::ready().f(query("select 1")).raw(Side::Backend, b"D\0\0\0");
        let whole = ["framing.whole-messages"];
        assert_eq!(cut().note(Event::Closed(Side::Backend)).broken(), whole);
        assert_eq!(cut().note(Event::Reset(Side::Backend)).broken(), NONE);
        let by_frontend = cut().note(Event::Closed(Side::Frontend)).note(Event::Closed(Side::Backend));
        assert_eq!(by_frontend.broken(), NONE);
    }

    #[test]
    fn a_transcript_that_is_not_whole_proves_nothing() {
        let mut talk = Talk::ready().f(query("select 1")).b(columns());
        talk.0.dropped = 1;
        assert_eq!(talk.b(ready(b'I')).b(ready(b'I')).broken(), NONE);
    }

    #[test]
    fn messages_may_be_empty_and_codes_a_users_own() {
        let notice = NoticeResponse { fields: report("NOTICE", "00000", "") };
        let raised = ErrorResponse { fields: report("ERROR", "02000", "") };
        let talk = Talk::ready().f(query("do $$ … $$")).b(notice).b(raised).b(ready(b'I'));
        assert_eq!(talk.broken(), NONE);
        let success = ErrorResponse { fields: report("ERROR", "00000", "done") };
        let talk = Talk::ready().f(query("select 1")).b(success).b(ready(b'I'));
        assert_eq!(talk.broken(), ["error.sqlstate-not-success"]);
    }

    #[test]
    fn a_failed_block_has_its_error() {
        let block = || Talk::ready().f(query("begin")).b(done("BEGIN")).b(ready(b'T'));
        let talk = block().f(query("select 1")).b(columns()).b(done("SELECT 0")).b(ready(b'E'));
        assert_eq!(talk.broken(), ["ready-for-query.failed-by-error"]);
        let talk = block().f(query("x")).b(error()).b(ready(b'E')).f(Sync).b(ready(b'E'));
        assert_eq!(talk.broken(), NONE);
    }
}

mod blocks {
    use super::*;

    fn block() -> Talk {
        Talk::ready().f(query("begin")).b(done("BEGIN")).b(ready(b'T'))
    }

    #[test]
    fn an_error_fails_the_block_that_was_open() {
        let talk = block().f(query("x")).b(error()).b(ready(b'T'));
        assert_eq!(talk.broken(), ["ready-for-query.error-fails-block"]);
        assert_eq!(block().f(query("x")).b(error()).b(ready(b'E')).broken(), NONE);
        // An error in COMMIT has ended it.
        assert_eq!(block().f(query("commit")).b(error()).b(ready(b'I')).broken(), NONE);
    }

    #[test]
    fn a_failed_block_stays_failed_until_it_is_ended() {
        let failed = || block().f(query("x")).b(error()).b(ready(b'E')).f(query("x")).b(error());
        assert_eq!(failed().b(ready(b'I')).broken(), ["ready-for-query.failed-until-ended"]);
        assert_eq!(failed().b(ready(b'T')).broken(), ["ready-for-query.failed-until-ended"]);
        let ended =
            |tag, status| failed().b(ready(b'E')).f(query(";")).b(done(tag)).b(ready(status)).broken();
        assert_eq!(ended("ROLLBACK", b'I'), NONE);
        assert_eq!(ended("ROLLBACK", b'T'), NONE, "to a savepoint");
    }

    #[test]
    fn notifications_wait_for_the_end_of_the_block() {
        let told = || NotificationResponse { process: 1, channel: "c".into(), payload: "".into() };
        let listening = || Talk::ready().f(query("listen c; begin")).b(done("LISTEN")).b(done("BEGIN"));
        let outside = ["notification.outside-block"];
        assert_eq!(listening().b(ready(b'T')).b(told()).broken(), outside);
        assert_eq!(listening().b(told()).b(ready(b'T')).broken(), outside);
        let commit = || listening().b(ready(b'T')).f(query("commit")).b(done("COMMIT"));
        assert_eq!(commit().b(told()).b(ready(b'I')).broken(), NONE);
        assert_eq!(commit().b(ready(b'I')).b(told()).broken(), NONE);
    }
}

mod function_call {
    use super::*;

    #[test]
    fn a_call_has_one_response() {
        let response = || FunctionCallResponse { value: None };
        let talk = || Talk::ready().f(FunctionCall::default());
        let one = ["function-call.one-response"];
        assert_eq!(talk().b(response()).b(ready(b'I')).broken(), NONE);
        assert_eq!(talk().b(error()).b(ready(b'I')).broken(), NONE);
        assert_eq!(talk().b(ready(b'I')).broken(), one);
        assert_eq!(talk().b(response()).b(response()).b(ready(b'I')).broken(), one);
    }
}

mod simple_query {
    use super::*;

    #[test]
    fn the_tag_of_insert_has_a_zero() {
        let talk = |tag| Talk::ready().f(query("insert …")).b(done(tag)).b(ready(b'I')).broken();
        assert_eq!(talk("INSERT 0 3"), NONE);
        for tag in ["INSERT", "INSERT 3", "INSERT 5 3", "INSERT 0 "] {
            assert_eq!(talk(tag), ["command-complete.insert-tag"], "{tag}");
        }
    }

    #[test]
    fn every_result_is_completed() {
        let talk = || Talk::ready().f(query("select 1; select 1")).b(columns()).b(row()).b(done("SELECT 1"));
        let completed = ["simple-query.completed"];
        assert_eq!(talk().b(columns()).b(row()).b(ready(b'I')).broken(), completed);
        assert_eq!(talk().b(columns()).b(row()).b(error()).b(ready(b'I')).broken(), NONE);
        assert_eq!(talk().b(columns()).b(done("SELECT 0")).b(ready(b'I')).broken(), NONE);
        assert_eq!(Talk::ready().f(query("select 1")).b(ready(b'I')).broken(), completed);
    }

    #[test]
    fn an_empty_statement_among_others_has_no_answer() {
        let talk =
            Talk::ready().f(query("select 1;;")).b(columns()).b(done("SELECT 0")).b(EmptyQueryResponse);
        assert_eq!(talk.b(ready(b'I')).broken(), ["empty-query.alone"]);
        let talk = Talk::ready().f(query(";;")).b(EmptyQueryResponse).b(EmptyQueryResponse).b(ready(b'I'));
        assert_eq!(talk.broken(), ["empty-query.alone"]);
    }

    /// START_REPLICATION and BASE_BACKUP have several results.
    #[test]
    fn replication_commands_complete_as_often_as_they_like() {
        let talk = Talk::new().f(startup(V3_0, &["user", "replication"])).b(AuthenticationOk).b(ready(b'I'));
        let talk = talk.f(query("START_REPLICATION 0/1")).b(CopyBothResponse { format: 0, formats: vec![] });
        let talk = talk.b(data()).f(data()).f(CopyDone).b(CopyDone).b(columns()).b(row());
        assert_eq!(
            talk.b(done("START_STREAMING")).b(done("START_REPLICATION")).b(ready(b'I')).broken(),
            NONE
        );
    }

    #[test]
    fn columns_change_from_statement_to_statement() {
        let two = || RowDescription { columns: vec![Column::default(), Column::default()] };
        let pair = || DataRow { values: vec![None, Some(Text(b""))] };
        let text = "select 1; select null, ''";
        let talk = || Talk::ready().f(query(text)).b(columns()).b(row()).b(done("SELECT 1")).b(two());
        assert_eq!(talk().b(pair()).b(done("SELECT 1")).b(ready(b'I')).broken(), NONE);
        assert_eq!(talk().b(row()).b(done("SELECT 1")).b(ready(b'I')).broken(), ["data-row.column-count"]);
    }

    #[test]
    fn rows_belong_to_a_description() {
        let talk = Talk::ready().f(query("select 1; select 1")).b(columns()).b(done("SELECT 0")).b(row());
        let broken = talk.b(done("SELECT 1")).b(ready(b'I')).broken();
        assert_eq!(broken, ["simple-query.row-description-first"]);
    }
}

mod copy {
    use super::*;

    fn out(format: i8, formats: &[i16]) -> Talk {
        let begin = CopyOutResponse { format, formats: formats.to_vec() };
        Talk::ready().f(query("copy t to stdout")).b(begin)
    }

    #[test]
    fn columns_are_as_the_whole() {
        let talk = |format, formats: &[i16]| {
            out(format, formats).b(CopyDone).b(done("COPY 0")).b(ready(b'I')).broken()
        };
        assert_eq!(talk(0, &[0, 0]), NONE);
        assert_eq!(talk(1, &[1]), NONE);
        assert_eq!(talk(0, &[0, 1]), ["copy.formats"]);
        assert_eq!(talk(1, &[1, 0]), ["copy.binary-formats"]);
    }

    #[test]
    fn a_copy_out_ends_with_copy_done() {
        let talk = || out(0, &[0]).b(data());
        assert_eq!(talk().b(CopyDone).b(done("COPY 1")).b(ready(b'I')).broken(), NONE);
        assert_eq!(talk().b(error()).b(ready(b'I')).broken(), NONE);
        assert_eq!(talk().b(done("COPY 1")).b(ready(b'I')).broken(), ["copy.out-done"]);
        let behind = talk().b(CopyDone).b(data()).b(done("COPY 2")).b(ready(b'I'));
        assert_eq!(behind.broken(), ["copy.nothing-behind-done"]);
    }

    #[test]
    fn the_end_marker_is_for_files() {
        let marker = || CopyData { data: Text(b"\\.\n") };
        let talk = |format, formats: &[i16]| {
            out(format, formats).b(marker()).b(CopyDone).b(done("COPY 0")).b(ready(b'I')).broken()
        };
        assert_eq!(talk(0, &[0]), ["copy.no-end-marker"]);
        assert_eq!(talk(1, &[1]), NONE, "any bytes in binary");
    }

    /// Drivers send a Sync before they know that a copy begins. The server may fail before it has read that, or after.
    #[test]
    fn a_copy_that_fails_has_taken_the_sync_or_not() {
        let begun = || {
            let talk = Talk::ready().f(Parse::default()).f(Bind::default()).f(execute(0)).f(Sync);
            talk.b(ParseComplete).b(BindComplete).b(copy_in()).f(data()).f(CopyDone).f(Sync).b(error())
        };
        assert_eq!(begun().b(ready(b'I')).broken(), NONE);
        assert_eq!(begun().b(ready(b'I')).b(ready(b'I')).broken(), NONE);
        let begun = || {
            let talk = Talk::ready().f(Parse::default()).f(Bind::default()).f(execute(0));
            talk.b(ParseComplete)
                .b(BindComplete)
                .b(copy_in())
                .f(data())
                .f(Sync)
                .f(CopyDone)
                .f(Sync)
                .b(error())
        };
        assert_eq!(begun().b(ready(b'I')).broken(), NONE);
        assert_eq!(begun().b(ready(b'I')).b(ready(b'I')).broken(), NONE);
    }

    #[test]
    fn a_query_string_copies_twice() {
        let talk = Talk::ready().f(query("copy a from stdin; copy b from stdin")).b(copy_in()).f(data());
        let talk = talk.f(CopyDone).b(done("COPY 1")).b(copy_in()).f(data()).f(Sync).f(CopyDone);
        let talk = talk.b(done("COPY 1")).b(ready(b'I'));
        let talk = talk.f(query("select 1")).b(columns()).b(row()).b(done("SELECT 1")).b(ready(b'I'));
        assert_eq!(talk.b(ready(b'I')).broken(), ["ready-for-query.one-per-query"]);
    }

    #[test]
    fn leftovers_of_a_failed_copy_have_no_answer() {
        let talk =
            Talk::ready().f(query("copy a from stdin")).b(copy_in()).f(data()).b(error()).b(ready(b'I'));
        let talk = talk.f(data()).f(CopyDone).f(query("")).b(EmptyQueryResponse).b(ready(b'I'));
        assert_eq!(talk.broken(), NONE);
    }
}

mod extended_query {
    use super::*;

    #[test]
    fn rows_are_counted_over_one_execute_or_all() {
        for tag in ["SELECT 1", "SELECT 2"] {
            let talk = Talk::ready().f(Bind::default()).f(execute(1)).f(execute(0)).f(Sync).b(BindComplete);
            let talk = talk.b(row()).b(PortalSuspended).b(row()).b(done(tag)).b(ready(b'I'));
            assert_eq!(talk.broken(), NONE, "{tag}");
        }
        let talk = Talk::ready().f(Bind::default()).f(execute(0)).f(Sync).b(BindComplete).b(row());
        assert_eq!(talk.b(done("SELECT 2")).b(ready(b'I')).broken(), ["command-complete.row-count"]);
    }

    #[test]
    fn a_limit_that_is_reached_suspends() {
        let talk = || Talk::ready().f(Bind::default()).f(execute(1)).f(Sync).b(BindComplete).b(row());
        assert_eq!(talk().b(PortalSuspended).b(ready(b'I')).broken(), NONE);
        assert_eq!(talk().b(done("SELECT 1")).b(ready(b'I')).broken(), ["extended-query.suspends-at-limit"]);
    }

    fn column(type_oid: u32, format: i16) -> RowDescription<'static> {
        RowDescription { columns: vec![Column { type_oid, format, ..Column::default() }] }
    }

    fn described(asked: &[i16], told: RowDescription<'_>) -> Talk {
        let bind = Bind { result_formats: asked.to_vec(), ..Bind::default() };
        let describe = Describe { target: b'P', ..Describe::default() };
        Talk::ready().f(bind).f(describe).f(execute(0)).f(Sync).b(BindComplete).b(told)
    }

    #[test]
    fn a_portal_has_the_formats_of_its_bind() {
        let broken = |asked: &[i16], told| {
            described(asked, column(25, told)).b(done("SELECT 0")).b(ready(b'I')).broken()
        };
        for (asked, told) in [(&[][..], 0), (&[0], 0), (&[1], 1)] {
            assert_eq!(broken(asked, told), NONE);
            assert_eq!(broken(asked, 1 - told), ["extended-query.portal-formats"]);
        }
    }

    #[test]
    fn a_statement_has_no_formats_yet() {
        let talk = |format| {
            let describe = Describe { target: b'S', ..Describe::default() };
            let talk = Talk::ready().f(describe).f(Sync).b(ParameterDescription::default());
            talk.b(column(25, format)).b(ready(b'I')).broken()
        };
        assert_eq!(talk(0), NONE);
        assert_eq!(talk(1), ["extended-query.statement-formats"]);
    }

    #[test]
    fn parameters_are_described_even_without_rows() {
        let talk = || Talk::ready().f(Describe { target: b'S', ..Describe::default() }).f(Sync);
        let described = talk().b(ParameterDescription::default()).b(NoData).b(ready(b'I'));
        assert_eq!(described.broken(), NONE);
        let undescribed = || talk().b(NoData).b(ready(b'I'));
        assert_eq!(undescribed().broken(), ["extended-query.describe-without-rows"]);
        let excepted = profile("cratedb").unwrap().claims;
        assert!(excepted.has("parameter-description", "except-definitions"));
        assert_eq!(undescribed().broken_under(&excepted), NONE);
        let rows = talk().b(column(25, 0)).b(ready(b'I'));
        assert_eq!(rows.broken_under(&excepted), ["extended-query.describe"]);
    }

    #[test]
    fn rows_are_as_the_portal_was_described() {
        let talk = |oid, format, values: &[&'static [u8]]| {
            let row = DataRow { values: values.iter().map(|value| Some(Text(value))).collect() };
            described(&[format], column(oid, format)).b(row).b(done("SELECT 1")).b(ready(b'I')).broken()
        };
        assert_eq!(talk(23, 1, &[b"\0\0\0\x01"]), NONE);
        assert_eq!(talk(23, 1, &[b"1"]), ["data-row.binary-size"]);
        assert_eq!(talk(23, 0, &[b"1"]), NONE);
        assert_eq!(talk(25, 1, &[b"1"]), NONE, "text has any size");
        assert_eq!(talk(23, 0, &[b"1", b"2"]), ["extended-query.column-count"]);
    }

    #[test]
    fn a_query_is_skipped_as_everything_is() {
        let talk = || Talk::ready().f(Parse::default()).b(error()).f(query("select 1"));
        assert_eq!(talk().f(Sync).b(ready(b'I')).broken(), NONE);
        let served = talk().b(columns()).b(row()).b(done("SELECT 1")).b(ready(b'I')).broken();
        assert!(served.contains(&"ready-for-query.one-per-sync"), "{served:?}");
    }

    #[test]
    fn each_segment_has_its_own_error() {
        let talk = Talk::ready().f(Parse::default()).f(Bind::default()).f(Sync).f(Parse::default()).f(Sync);
        let talk = talk.b(error()).b(ready(b'I')).b(error()).b(ready(b'I'));
        assert_eq!(talk.broken(), NONE);
    }

    #[test]
    fn sync_itself_can_fail() {
        let talk =
            Talk::ready().f(Bind::default()).f(execute(0)).f(Sync).b(BindComplete).b(done("INSERT 0 1"));
        assert_eq!(talk.b(error()).b(ready(b'I')).broken(), NONE);
        let talk = Talk::ready().f(Bind::default()).f(Sync).b(error()).b(error()).b(ready(b'I'));
        assert_eq!(talk.broken(), ["extended-query.error-last"]);
    }
}
