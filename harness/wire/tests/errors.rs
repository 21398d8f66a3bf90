//! A decode error names the message, the field, the offset and the reason.

mod support;

use pgconform_wire::{Kind, Message, Side};
use support::{frame, unhex};

/// Kind, fields in hexadecimal, what the error says. Offsets count from the start of the frame.
const ERRORS: &[(Kind, &str, &str)] = &[
    (Kind::Query, "53454c", "Query.query at byte 5: no zero byte ends this string"),
    (Kind::Query, "", "Query.query at byte 5: no zero byte ends this string"),
    (Kind::Query, "00 53454c00", "Query at byte 6: 4 bytes follow the last field"),
    (Kind::Sync, "00", "Sync at byte 5: 1 bytes follow the last field"),
    (Kind::Parse, "7300 5100 00", "Parse.types at byte 9: needs 2 bytes, the message has 1 left"),
    (Kind::Parse, "00 00 0002 00000017", "Parse.types at byte 13: needs 4 bytes, the message has 0 left"),
    (Kind::Bind, "00 00 0001 00", "Bind.formats at byte 9: needs 2 bytes, the message has 1 left"),
    (Kind::Bind, "00 00 0000 0001 fffffffe", "Bind.values at byte 11: -2 is not a length"),
    (
        Kind::Bind,
        "00 00 0000 0001 00000004 3132",
        "Bind.values at byte 11: needs 4 bytes, the message has 2 left",
    ),
    (Kind::Bind, "00 00 0000 0000", "Bind.result_formats at byte 11: needs 2 bytes, the message has 0 left"),
    (Kind::Bind, "00 00 0000 ffff", "Bind.values at byte 11: needs 4 bytes, the message has 0 left"),
    (Kind::Execute, "00 000000", "Execute.max_rows at byte 6: needs 4 bytes, the message has 3 left"),
    (Kind::Describe, "", "Describe.target at byte 5: needs 1 bytes, the message has 0 left"),
    (
        Kind::DataRow,
        "0001 7fffffff",
        "DataRow.values at byte 7: needs 2147483647 bytes, the message has 0 left",
    ),
    (Kind::RowDescription, "0001 6100 00000000 0000 00", {
        "RowDescription.type at byte 15: needs 4 bytes, the message has 1 left"
    }),
    (
        Kind::ErrorResponse,
        "53 4552524f5200",
        "ErrorResponse.fields at byte 12: no zero byte ends this string",
    ),
    (Kind::ErrorResponse, "53 4552", "ErrorResponse.field value at byte 6: no zero byte ends this string"),
    (
        Kind::AuthenticationSASL,
        "5800",
        "AuthenticationSASL.mechanisms at byte 11: no zero byte ends this string",
    ),
    (Kind::AuthenticationMD5Password, "010203", {
        "AuthenticationMD5Password.salt at byte 9: needs 4 bytes, the message has 3 left"
    }),
    (Kind::NegotiateProtocolVersion, "00030000 ffffffff", {
        "NegotiateProtocolVersion.options at byte 9: -1 is not a length"
    }),
    (Kind::SASLInitialResponse, "5800 ffffff00", "SASLInitialResponse.data at byte 7: -256 is not a length"),
    (Kind::StartupMessage, "00030000 7573657200", {
        "StartupMessage.parameter value at byte 13: no zero byte ends this string"
    }),
    (Kind::StartupMessage, "00030000 7573657200 6100", {
        "StartupMessage.parameters at byte 15: no zero byte ends this string"
    }),
    (Kind::StartupMessage, "00030000 00 00", "StartupMessage at byte 9: 1 bytes follow the last field"),
    (Kind::CancelRequest, "000001", "CancelRequest.process at byte 8: needs 4 bytes, the message has 3 left"),
    (Kind::SSLRequest, "01", "SSLRequest at byte 8: 1 bytes follow the last field"),
    (
        Kind::FunctionCallResponse,
        "0000",
        "FunctionCallResponse.value at byte 5: needs 4 bytes, the message has 2 left",
    ),
];

#[test]
fn errors_name_field_offset_and_reason() {
    for (kind, fields, expected) in ERRORS {
        let frame = frame(*kind, &unhex(fields));
        let side = if kind.sent_by(Side::Frontend) { Side::Frontend } else { Side::Backend };
        let error = Message::decode(side, *kind, &frame).expect_err(expected);
        assert_eq!(error.to_string(), *expected);
    }
}

#[test]
fn a_head_that_is_another_messages_is_refused() {
    let error = |side, kind, bytes: &str| Message::decode(side, kind, &unhex(bytes)).unwrap_err().to_string();
    assert_eq!(
        error(Side::Frontend, Kind::Query, "50 00000004"),
        "Query.type at byte 0: 80 is not the code of this message"
    );
    assert_eq!(
        error(Side::Frontend, Kind::Sync, "53 00000005"),
        "Sync.length at byte 1: says 5, but it is 4"
    );
    assert_eq!(
        error(Side::Frontend, Kind::Sync, "53 ffffffff"),
        "Sync.length at byte 1: says -1, but it is 4"
    );
    assert_eq!(
        error(Side::Backend, Kind::AuthenticationOk, "52 00000008 00000003"),
        "AuthenticationOk.code at byte 5: 3 is not the code of this message"
    );
    assert_eq!(
        error(Side::Backend, Kind::AuthenticationOk, "52 00000004"),
        "AuthenticationOk at byte 5: needs 9 bytes, the message has 5 left"
    );
    assert_eq!(error(Side::Backend, Kind::Sync, "53 00000004"), "Sync at byte 0: this side does not send it");
}

/// 65,535 is legal, and more cannot be told.
#[test]
fn counts_are_unsigned() {
    use pgconform_wire::Frontend;
    use pgconform_wire::message::{Bind, Parse};

    let parse = Parse { types: vec![23; 65_535], ..Parse::default() };
    let bind = Bind { values: vec![None; 65_535], ..Bind::default() };
    for message in [Frontend::from(parse), Frontend::from(bind)] {
        let mut bytes = Vec::new();
        message.clone().encode(&mut bytes).unwrap();
        assert_eq!(Frontend::decode(message.kind(), &bytes).unwrap(), message);
    }
    let mut bytes = b"before".to_vec();
    let bind = Bind { values: vec![None; 65_536], ..Bind::default() };
    assert!(Frontend::from(bind).encode(&mut bytes).is_err());
    assert_eq!(bytes, b"before");
}

/// A count is a claim: it costs memory only where there are bytes for it.
#[test]
fn a_large_count_with_nothing_behind_it_costs_nothing() {
    let frame = frame(Kind::NegotiateProtocolVersion, &unhex("00030000 7fffffff"));
    let error = Message::decode(Side::Backend, Kind::NegotiateProtocolVersion, &frame).unwrap_err();
    assert_eq!(
        error.to_string(),
        "NegotiateProtocolVersion.options at byte 13: no zero byte ends this string"
    );
}
