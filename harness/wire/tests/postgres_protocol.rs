//! The same bytes through the crate `postgres-protocol`, which others wrote.
//!
//! What it encodes, we decode to the same values and encode to the same bytes. What we encode, it parses to the same
//! values. Version 0.6.12 lacks, of the frontend's messages: FunctionCall, GSSENCRequest, GSSResponse, startup packets of
//! other versions than 3.0, SASLInitialResponse without data, and cancel keys of other lengths than 4. Of the backend's:
//! NegotiateProtocolVersion (`v`), CopyBothResponse (`W`), FunctionCallResponse (`V`), keys of other lengths than 4, and
//! the single bytes that answer encryption requests. Names that are not UTF-8 it takes, but does not give back.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod support;

use bytes::BytesMut;
use fallible_iterator::FallibleIterator;
use pgconform_wire::message::*;
use pgconform_wire::{Backend, Frontend, Kind, Side, Text};
use postgres_protocol::IsNull;
use postgres_protocol::message::{backend as theirs, frontend};
use proptest::collection::vec;
use proptest::option;
use proptest::prelude::*;
use std::collections::BTreeSet;
use support::all;

/// The backend's messages that it does not have.
const NOT_THEIRS: &[Kind] = &[
    Kind::NegotiateProtocolVersion,
    Kind::CopyBothResponse,
    Kind::FunctionCallResponse,
    Kind::SSLResponse,
    Kind::GSSENCResponse,
];

fn same(ours: Frontend<'_>, write: impl FnOnce(&mut BytesMut)) {
    let mut their_bytes = BytesMut::new();
    write(&mut their_bytes);
    assert_eq!(Frontend::decode(ours.kind(), &their_bytes).as_ref(), Ok(&ours));
    let mut our_bytes = Vec::new();
    ours.clone().encode(&mut our_bytes).unwrap();
    assert_eq!(our_bytes, their_bytes, "{ours:?}");
}

fn same_bind(ours: &Bind<'_>) {
    same(ours.clone().into(), |buf| {
        let bound = frontend::bind(
            ours.portal.as_str().unwrap(),
            ours.statement.as_str().unwrap(),
            ours.formats.iter().copied(),
            ours.values.iter(),
            |value, buf| match value {
                None => Ok(IsNull::Yes),
                Some(value) => {
                    buf.extend_from_slice(value.0);
                    Ok(IsNull::No)
                }
            },
            ours.result_formats.iter().copied(),
            buf,
        );
        assert!(bound.is_ok());
    });
}

#[test]
fn what_it_encodes_we_decode() {
    let text = |text: &'static str| Text::from(text);
    same_bind(&Bind::default());
    same_bind(&Bind {
        portal: text("p"),
        statement: text("größe"),
        formats: vec![1, 0],
        values: vec![Some(text("\0\u{1}")), None, Some(text(""))],
        result_formats: vec![0],
    });
    same_bind(&Bind { values: vec![None; 65_535], ..Bind::default() });
    for (process, key) in [(1, 2), (-1, i32::MIN), (0, 0)] {
        let bytes = key.to_be_bytes();
        let ours = CancelRequest { process, key: Text(&bytes) };
        same(ours.into(), |buf| frontend::cancel_request(process, key, buf));
    }
    for target in [b'S', b'P'] {
        for name in ["", "name"] {
            let close = Close { target, name: name.into() };
            same(close.into(), |buf| frontend::close(target, name, buf).unwrap());
            let describe = Describe { target, name: name.into() };
            same(describe.into(), |buf| frontend::describe(target, name, buf).unwrap());
        }
    }
    for data in ["", "1\tone\n", "\0\0"] {
        let ours = CopyData { data: data.into() };
        same(ours.into(), |buf| frontend::CopyData::new(data.as_bytes()).unwrap().write(buf));
    }
    same(CopyDone.into(), frontend::copy_done);
    same(CopyFail { reason: text("no") }.into(), |buf| frontend::copy_fail("no", buf).unwrap());
    same(Execute { portal: text("p"), max_rows: 0 }.into(), |buf| frontend::execute("p", 0, buf).unwrap());
    same(Execute { portal: text(""), max_rows: -7 }.into(), |buf| frontend::execute("", -7, buf).unwrap());
    same(Flush.into(), frontend::flush);
    for types in [vec![], vec![23, 0, u32::MAX], vec![25; 65_535]] {
        let ours = Parse { statement: text("s"), query: text("SELECT $1"), types: types.clone() };
        same(ours.into(), |buf| frontend::parse("s", "SELECT $1", types, buf).unwrap());
    }
    let ours = PasswordMessage { password: text("secret") };
    same(ours.into(), |buf| frontend::password_message(b"secret", buf).unwrap());
    same(Query { query: text("") }.into(), |buf| frontend::query("", buf).unwrap());
    for data in ["", "n,,n=,r=abc"] {
        let ours = SASLInitialResponse { mechanism: text("SCRAM-SHA-256"), data: Some(data.into()) };
        let write =
            |buf: &mut BytesMut| frontend::sasl_initial_response("SCRAM-SHA-256", data.as_bytes(), buf);
        same(ours.into(), |buf| write(buf).unwrap());
    }
    same(SASLResponse { data: text("c=biws") }.into(), |buf| {
        frontend::sasl_response(b"c=biws", buf).unwrap()
    });
    same(SSLRequest.into(), frontend::ssl_request);
    for pairs in [vec![], vec![("user", "me"), ("options", ""), ("_pq_.x", "é")]] {
        let parameters = pairs.iter().map(|(name, value)| (Text::from(*name), Text::from(*value))).collect();
        let ours = StartupMessage { version: 0x0003_0000, parameters };
        same(ours.into(), |buf| frontend::startup_message(pairs, buf).unwrap());
    }
    same(Sync.into(), frontend::sync);
    same(Terminate.into(), frontend::terminate);
}

fn parse(bytes: &[u8]) -> std::io::Result<theirs::Message> {
    let mut buf = BytesMut::from(bytes);
    let message = theirs::Message::parse(&mut buf)?;
    assert!(buf.is_empty(), "it leaves bytes of ours: {buf:?}");
    Ok(message.expect("it wants more than we encode"))
}

/// Error fields, copied: theirs live no longer than the iteration over them.
type Copied = Vec<(u8, Vec<u8>)>;

fn report<'a>(fields: theirs::ErrorFields<'_>, copied: &'a mut Copied) -> Option<Vec<(u8, Text<'a>)>> {
    *copied = fields.map(|field| Ok((field.type_(), field.value_bytes().to_vec()))).collect().ok()?;
    Some(copied.iter().map(|(code, value)| (*code, Text(value))).collect())
}

/// Their message in our types. None where it does not give its fields back.
fn in_our_types<'a>(message: &'a theirs::Message, copied: &'a mut Copied) -> Option<Backend<'a>> {
    use theirs::Message as M;
    let text = |text: std::io::Result<&'a str>| text.ok().map(Text::from);
    let int8 = |format: u8| i8::from_be_bytes([format]);
    let formats = |formats: theirs::ColumnFormats<'_>| -> Option<Vec<i16>> {
        formats.map(|format| Ok(i16::from_be_bytes(format.to_be_bytes()))).collect().ok()
    };
    Some(match message {
        M::AuthenticationCleartextPassword => AuthenticationCleartextPassword.into(),
        M::AuthenticationGss => AuthenticationGSS.into(),
        M::AuthenticationKerberosV5 => AuthenticationKerberosV5.into(),
        M::AuthenticationMd5Password(body) => AuthenticationMD5Password { salt: body.salt() }.into(),
        M::AuthenticationOk => AuthenticationOk.into(),
        M::AuthenticationSspi => AuthenticationSSPI.into(),
        M::AuthenticationGssContinue(body) => AuthenticationGSSContinue { data: Text(body.data()) }.into(),
        M::AuthenticationSasl(body) => {
            let mechanisms = body.mechanisms().map(|name| Ok(Text::from(name))).collect().ok()?;
            AuthenticationSASL { mechanisms }.into()
        }
        M::AuthenticationSaslContinue(body) => AuthenticationSASLContinue { data: Text(body.data()) }.into(),
        M::AuthenticationSaslFinal(body) => AuthenticationSASLFinal { data: Text(body.data()) }.into(),
        M::BackendKeyData(body) => {
            *copied = vec![(0, body.secret_key().to_be_bytes().to_vec())];
            BackendKeyData { process: body.process_id(), key: Text(&copied[0].1) }.into()
        }
        M::BindComplete => BindComplete.into(),
        M::CloseComplete => CloseComplete.into(),
        M::CommandComplete(body) => CommandComplete { tag: text(body.tag())? }.into(),
        M::CopyData(body) => CopyData { data: Text(body.data()) }.into(),
        M::CopyDone => CopyDone.into(),
        M::CopyInResponse(body) => {
            CopyInResponse { format: int8(body.format()), formats: formats(body.column_formats())? }.into()
        }
        M::CopyOutResponse(body) => {
            CopyOutResponse { format: int8(body.format()), formats: formats(body.column_formats())? }.into()
        }
        M::DataRow(body) => {
            let value = |range: Option<std::ops::Range<usize>>| Ok(range.map(|at| Text(&body.buffer()[at])));
            DataRow { values: body.ranges().map(value).collect().ok()? }.into()
        }
        M::EmptyQueryResponse => EmptyQueryResponse.into(),
        M::ErrorResponse(body) => ErrorResponse { fields: report(body.fields(), copied)? }.into(),
        M::NoData => NoData.into(),
        M::NoticeResponse(body) => NoticeResponse { fields: report(body.fields(), copied)? }.into(),
        M::NotificationResponse(body) => NotificationResponse {
            process: body.process_id(),
            channel: text(body.channel())?,
            payload: text(body.message())?,
        }
        .into(),
        M::ParameterDescription(body) => {
            ParameterDescription { types: body.parameters().collect().ok()? }.into()
        }
        M::ParameterStatus(body) => {
            ParameterStatus { name: text(body.name())?, value: text(body.value())? }.into()
        }
        M::ParseComplete => ParseComplete.into(),
        M::PortalSuspended => PortalSuspended.into(),
        M::ReadyForQuery(body) => ReadyForQuery { status: body.status() }.into(),
        M::RowDescription(body) => {
            let column = |field: theirs::Field<'a>| {
                Ok(Column {
                    name: field.name().into(),
                    table: field.table_oid(),
                    number: field.column_id(),
                    type_oid: field.type_oid(),
                    size: field.type_size(),
                    modifier: field.type_modifier(),
                    format: field.format(),
                })
            };
            RowDescription { columns: body.fields().map(column).collect().ok()? }.into()
        }
        _ => return None,
    })
}

/// Whether it gives our message back.
fn it_parses(ours: Backend<'_>) -> bool {
    let mut bytes = Vec::new();
    ours.clone().encode(&mut bytes).unwrap();
    let parsed = parse(&bytes).unwrap_or_else(|error| panic!("{ours:?}: {error}"));
    let mut copied = Copied::new();
    match in_our_types(&parsed, &mut copied) {
        Some(message) => {
            assert_eq!(message, ours);
            true
        }
        None => false,
    }
}

#[test]
fn what_we_encode_it_parses() {
    let mut checked = BTreeSet::new();
    for vector in all().iter().filter(|vector| vector.side == Side::Backend) {
        let kind = vector.kind;
        let ours = Backend::decode(kind, &vector.bytes).unwrap();
        let long_key = matches!(&ours, Backend::BackendKeyData(data) if data.key.0.len() != 4);
        if NOT_THEIRS.contains(&kind) || long_key {
            let taken = std::panic::catch_unwind(|| parse(&vector.bytes).is_ok()).unwrap_or(false);
            assert!(!taken, "it has {} by now", kind.name());
        } else if it_parses(ours) {
            checked.insert(kind);
        } else {
            assert!(vector.line.contains("\\x"), "only what is not UTF-8: {}", vector.line);
        }
    }
    let theirs = Kind::ALL.iter().filter(|kind| kind.sent_by(Side::Backend) && !NOT_THEIRS.contains(kind));
    assert_eq!(checked, theirs.copied().collect());
}

#[test]
fn what_no_vector_has_it_parses_too() {
    let text = |text: &'static str| Text::from(text);
    let messages: Vec<Backend<'static>> = vec![
        AuthenticationSASL { mechanisms: vec![] }.into(),
        BackendKeyData { process: -1, key: text("\0\0\0\0") }.into(),
        CopyInResponse { format: -1, formats: vec![1; 1_600] }.into(),
        CopyOutResponse { format: 1, formats: vec![-1, 0, 1] }.into(),
        CopyData { data: text("") }.into(),
        DataRow { values: vec![None; 65_535] }.into(),
        ErrorResponse { fields: vec![] }.into(),
        NoticeResponse { fields: vec![(b'?', text("")), (b'M', text("twice")), (b'M', text("é"))] }.into(),
        NotificationResponse { process: i32::MIN, channel: text(""), payload: text("") }.into(),
        ParameterDescription { types: vec![u32::MAX; 65_535] }.into(),
        ReadyForQuery { status: 0xff }.into(),
    ];
    for message in messages {
        assert!(it_parses(message.clone()), "{message:?}");
    }
}

fn texts() -> impl Strategy<Value = String> {
    "[^\\x00]{0,8}"
}

proptest! {
    #[test]
    fn any_bind(
        portal in texts(),
        statement in texts(),
        formats in vec(any::<i16>(), 0..4),
        values in vec(option::of(vec(any::<u8>(), 0..8)), 0..6),
        result_formats in vec(any::<i16>(), 0..4),
    ) {
        let (portal, statement) = (Text::from(&*portal), Text::from(&*statement));
        let values = values.iter().map(|value| value.as_deref().map(Text)).collect();
        same_bind(&Bind { portal, statement, formats, values, result_formats });
    }

    #[test]
    fn any_row(values in vec(option::of(vec(any::<u8>(), 0..8)), 0..6)) {
        let row = DataRow { values: values.iter().map(|value| value.as_deref().map(Text)).collect() };
        prop_assert!(it_parses(row.into()));
    }

    #[test]
    fn any_columns(columns in vec((texts(), any::<(u32, i16, u32, i16, i32, i16)>()), 0..5)) {
        let columns = columns.iter().map(|(name, rest)| {
            let (table, number, type_oid, size, modifier, format) = *rest;
            Column { name: Text(name.as_bytes()), table, number, type_oid, size, modifier, format }
        }).collect();
        let message = RowDescription { columns };
        prop_assert!(it_parses(message.into()));
    }

    #[test]
    fn any_report(fields in vec((1..=u8::MAX, texts()), 0..5)) {
        let fields = fields.iter().map(|(code, value)| (*code, Text::from(&**value))).collect();
        let message = ErrorResponse { fields };
        prop_assert!(it_parses(message.into()));
    }
}
