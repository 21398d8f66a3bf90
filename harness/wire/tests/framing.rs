//! The framer keeps every byte, never fails, and does not care how the bytes were split.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod support;

use Side::{Backend as B, Frontend as F};
use pgconform_wire::trace::{self, Secrets};
use pgconform_wire::{Content, Frame, Framer, Kind, Message, Side, Why};
use proptest::collection::vec;
use proptest::prelude::*;
use proptest::sample::{Index, select};
use support::{all, framer_before, unhex, zero};

/// Frames, as the framer gives them.
type Frames = Vec<(Side, Content, Vec<u8>)>;

/// Pushes pieces in this order, ends both sides.
fn frames(pieces: &[(Side, Vec<u8>)]) -> Frames {
    let mut framer = Framer::default();
    let mut frames = Frames::new();
    let mut each = |frame: Frame<'_>| {
        assert!(!frame.bytes.is_empty());
        // Whatever it is, it can be shown.
        let _ = (trace::line(frame, Secrets::Mask), trace::hex(frame, Secrets::Mask));
        frames.push((frame.side, frame.content, frame.bytes.to_vec()));
    };
    for (side, bytes) in pieces {
        framer.push(*side, bytes, &mut each);
    }
    framer.finish(F, &mut each);
    framer.finish(B, &mut each);
    assert_eq!((framer.pending(F), framer.pending(B)), (0, 0));
    frames
}

fn side_of<'p>(side: Side, pieces: impl Iterator<Item = (Side, &'p Vec<u8>)>) -> Vec<u8> {
    pieces.filter(|(s, _)| *s == side).flat_map(|(_, bytes)| bytes.clone()).collect()
}

/// Splits each piece at these points.
fn split(pieces: &[(Side, Vec<u8>)], points: &[Index]) -> Vec<(Side, Vec<u8>)> {
    let mut out = Vec::new();
    for (number, (side, bytes)) in pieces.iter().enumerate() {
        let mut at: Vec<usize> = points
            .iter()
            .map(|point| (point.index(bytes.len() + 1) * (number + 1)) % (bytes.len() + 1))
            .collect();
        at.push(0);
        at.push(bytes.len());
        at.sort_unstable();
        out.extend(at.windows(2).map(|ends| (*side, bytes[ends[0]..ends[1]].to_vec())));
    }
    out
}

/// Bytes as a peer, a broken peer or no peer at all would send them.
fn any_bytes() -> impl Strategy<Value = Vec<u8>> {
    let vectors: Vec<Vec<u8>> = all().into_iter().map(|vector| vector.bytes).collect();
    let broken = (select(vectors.clone()), any::<Index>(), any::<u8>()).prop_map(|(mut bytes, at, value)| {
        let at = at.index(bytes.len());
        bytes[at] = value;
        bytes
    });
    let head = (any::<u8>(), any::<i32>())
        .prop_map(|(byte, length)| [&[byte], length.to_be_bytes().as_slice()].concat());
    prop_oneof![
        5 => select(vectors),
        2 => broken,
        1 => head,
        1 => vec(any::<u8>(), 0..40),
        1 => Just(zero(F, Kind::SSLRequest)),
        1 => Just(zero(F, Kind::GSSENCRequest)),
        1 => select(vec![b"N".to_vec(), b"S".to_vec(), b"G".to_vec()]),
    ]
}

/// What one side says before the other answers: each a run of frames.
fn conversation() -> impl Strategy<Value = Vec<(Side, Vec<u8>)>> {
    let one = |kind: Kind| {
        let side = if kind.sent_by(F) { F } else { B };
        let found: Vec<_> = all().into_iter().filter(|v| v.kind == kind && v.side == side).collect();
        select(found.into_iter().map(|v| v.bytes).collect::<Vec<_>>()).prop_map(move |bytes| (side, bytes))
    };
    let refused = Just(vec![
        (F, zero(F, Kind::GSSENCRequest)),
        (B, b"N".to_vec()),
        (F, zero(F, Kind::SSLRequest)),
        (B, b"N".to_vec()),
    ]);
    let both_at_once = Just(vec![
        (F, [zero(F, Kind::SSLRequest), zero(F, Kind::GSSENCRequest)].concat()),
        (B, b"NN".to_vec()),
    ]);
    let encryption = prop_oneof![Just(Vec::new()), refused, both_at_once];
    let exchange = |kinds: Vec<Kind>| kinds.into_iter().map(one).collect::<Vec<_>>();
    let authentication = prop_oneof![
        exchange(vec![Kind::AuthenticationOk]),
        exchange(vec![Kind::AuthenticationCleartextPassword, Kind::PasswordMessage, Kind::AuthenticationOk]),
        exchange(vec![Kind::AuthenticationMD5Password, Kind::PasswordMessage, Kind::ErrorResponse]),
        exchange(vec![
            Kind::AuthenticationSASL,
            Kind::SASLInitialResponse,
            Kind::AuthenticationSASLContinue,
            Kind::SASLResponse,
            Kind::AuthenticationSASLFinal,
        ]),
        exchange(vec![
            Kind::AuthenticationGSS,
            Kind::GSSResponse,
            Kind::AuthenticationGSSContinue,
            Kind::GSSResponse
        ]),
    ];
    let session: Vec<(Side, Vec<u8>)> = all()
        .into_iter()
        .filter(|v| matches!(v.kind.tag(), pgconform_wire::message::Tag::Byte(byte) if byte != b'p'))
        .map(|v| (v.side, v.bytes))
        .collect();
    (encryption, one(Kind::StartupMessage), authentication, vec(select(session), 0..20)).prop_map(
        |(encryption, startup, authentication, session)| {
            let frames = encryption.into_iter().chain([startup]).chain(authentication).chain(session);
            let mut turns: Vec<(Side, Vec<u8>)> = Vec::new();
            for (side, bytes) in frames {
                match turns.last_mut() {
                    Some((last, turn)) if *last == side => turn.extend(bytes),
                    _ => turns.push((side, bytes)),
                }
            }
            turns
        },
    )
}

proptest! {
    #[test]
    fn no_byte_is_lost(
        pieces in vec((select(vec![F, B]), any_bytes()), 0..12),
        points in vec(any::<Index>(), 0..6),
    ) {
        let pieces = split(&pieces, &points);
        let frames = frames(&pieces);
        for side in [F, B] {
            let sent = side_of(side, pieces.iter().map(|(s, bytes)| (*s, bytes)));
            let cut = side_of(side, frames.iter().map(|(s, _, bytes)| (*s, bytes)));
            prop_assert_eq!(sent, cut);
        }
    }

    #[test]
    fn frames_do_not_depend_on_the_split(turns in conversation(), points in vec(any::<Index>(), 0..12)) {
        let whole = frames(&turns);
        prop_assert!(whole.iter().all(|(_, content, _)| matches!(content, Content::Message(_))), "{:?}", whole);
        prop_assert_eq!(&whole, &frames(&split(&turns, &points)));
        let bytes = turns.iter().flat_map(|(side, bytes)| bytes.iter().map(|byte| (*side, vec![*byte])));
        prop_assert_eq!(&whole, &frames(&bytes.collect::<Vec<_>>()));
    }

    /// Whatever the fields of a message are, decoding ends, showing ends, and what decodes encodes to the same bytes.
    #[test]
    fn any_fields_of_any_message(fields in any_bytes(), kind in select(Kind::ALL)) {
        decode_and_show(kind, &support::frame(kind, &fields))?;
    }

    #[test]
    fn any_bytes_as_any_message(bytes in any_bytes(), kind in select(Kind::ALL)) {
        decode_and_show(kind, &bytes)?;
    }

    #[test]
    fn any_change_to_a_vector(number in any::<Index>(), at in any::<Index>(), value in any::<u8>(), cut in any::<Index>()) {
        let vectors = all();
        let vector = number.get(&vectors);
        let mut fields = vector.bytes[support::head(vector.kind)..].to_vec();
        if !fields.is_empty() {
            let at = at.index(fields.len());
            fields[at] = value;
            fields.truncate(cut.index(fields.len() * 4).max(1));
        }
        decode_and_show(vector.kind, &support::frame(vector.kind, &fields))?;
    }
}

fn decode_and_show(kind: Kind, bytes: &[u8]) -> Result<(), TestCaseError> {
    for side in [F, B] {
        let frame = Frame { side, content: Content::Message(kind), bytes };
        for secrets in [Secrets::Mask, Secrets::Show] {
            let (line, hex) = (trace::line(frame, secrets), trace::hex(frame, secrets));
            prop_assert!(!line.contains('\n'), "{line}");
            prop_assert_eq!(hex.len(), bytes.len() * 2 + bytes.len().saturating_sub(1) / 4);
        }
        if let Ok(message) = Message::decode(side, kind, bytes) {
            let mut again = Vec::new();
            message.encode(&mut again).unwrap();
            prop_assert_eq!(&again, bytes, "{:?}", kind);
        }
    }
    Ok(())
}

/// Pushes in hexadecimal; what must come of each side's bytes: what it holds and how long it is.
fn check(name: &str, pushes: &[(Side, &str)], expected: &[(Side, Content, usize)]) {
    let pieces: Vec<_> = pushes.iter().map(|(side, hex)| (*side, unhex(hex))).collect();
    let found: Vec<_> =
        frames(&pieces).into_iter().map(|(side, content, bytes)| (side, content, bytes.len())).collect();
    assert_eq!(found, expected, "{name}");
}

const STARTUP: &str = "00000009 00030000 00";
const SSL: &str = "00000008 04d2162f";
const GSS: &str = "00000008 04d21630";

fn message(kind: Kind) -> Content {
    Content::Message(kind)
}

fn unframed(why: Why) -> Content {
    Content::Unframed(why)
}

#[test]
fn lengths_of_messages() {
    let started = (F, message(Kind::StartupMessage), 9);
    for length in [0, 1, 3, -1, i32::MIN, i32::MAX, 0x3fff_ffff] {
        let query = format!("51 {length:08x} 4100");
        check("frontend", &[(F, STARTUP), (F, &query)], &[started, (F, unframed(Why::Length(length)), 7)]);
        check(
            "then more",
            &[(F, STARTUP), (F, &query), (F, "58 00000004")],
            &[started, (F, unframed(Why::Length(length)), 7), (F, unframed(Why::Lost), 5)],
        );
    }
    // The longest that PostgreSQL takes, and the longest that it sends: frames whose end has not come.
    check("1 GiB", &[(F, STARTUP), (F, "51 3ffffffe 41")], &[started, (F, unframed(Why::Truncated), 6)]);
    check("1 GiB", &[(B, "44 40000002 41")], &[(B, unframed(Why::Truncated), 6)]);
    check("1 GiB and more", &[(B, "44 40000003 41")], &[(B, unframed(Why::Length(0x4000_0003)), 6)]);
    check("4", &[(F, STARTUP), (F, "58 00000004")], &[started, (F, message(Kind::Terminate), 5)]);
}

#[test]
fn lengths_of_startup_packets() {
    for length in [-1, 0, 1, 2, 3, 4, 5, 6, 7, 10_005, 1_000_000] {
        let packet = format!("{length:08x} 00030000 00");
        check("startup", &[(F, &packet)], &[(F, unframed(Why::Length(length)), 9)]);
    }
    check("8", &[(F, "00000008 00030000")], &[(F, message(Kind::StartupMessage), 8)]);
    for length in [10_000, 10_001, 10_004] {
        let rest = "20".repeat(length - 8);
        check(
            "long",
            &[(F, &format!("{length:08x} 00030000 {rest}"))],
            &[(F, message(Kind::StartupMessage), length)],
        );
    }
}

#[test]
fn streams_that_end_early() {
    check("in the startup length", &[(F, "0000")], &[(F, unframed(Why::Truncated), 2)]);
    check("in the startup packet", &[(F, "00000009 00030000")], &[(F, unframed(Why::Truncated), 8)]);
    check("in a head", &[(B, "52000000")], &[(B, unframed(Why::Truncated), 4)]);
    check("in a message", &[(B, "52 00000008 000000")], &[(B, unframed(Why::Truncated), 8)]);
    check("before a byte", &[(F, ""), (B, "")], &[]);
}

#[test]
fn encryption_requests() {
    let (ssl, gss) = ((F, message(Kind::SSLRequest), 8), (F, message(Kind::GSSENCRequest), 8));
    let (ssl_reply, gss_reply) = ((B, message(Kind::SSLResponse), 1), (B, message(Kind::GSSENCResponse), 1));
    let started = (F, message(Kind::StartupMessage), 9);
    let ok = (B, message(Kind::AuthenticationOk), 9);

    check(
        "refused, then plain",
        &[(F, SSL), (B, "4e"), (F, STARTUP), (B, "52 00000008 00000000")],
        &[ssl, ssl_reply, started, ok],
    );
    check("twice", &[(F, SSL), (F, SSL), (B, "4e 4e")], &[ssl, ssl, ssl_reply, ssl_reply]);
    check(
        "both",
        &[(F, GSS), (F, SSL), (B, "4e 4e"), (F, STARTUP)],
        &[gss, ssl, gss_reply, ssl_reply, started],
    );
    check(
        "an unknown answer is an answer",
        &[(F, SSL), (B, "3f")],
        &[ssl, (B, message(Kind::SSLResponse), 1)],
    );
    check(
        "answered by an error",
        &[(F, SSL), (B, "45 00000005 00"), (F, STARTUP), (B, "52 00000008 00000000")],
        &[ssl, (B, message(Kind::ErrorResponse), 6), started, ok],
    );
    check(
        "answered by an error that is none",
        &[(F, SSL), (B, "45 206e6f00")],
        &[ssl, (B, unframed(Why::Truncated), 5)],
    );
    check(
        "granted, read from inside",
        &[(F, SSL), (B, "53"), (F, STARTUP), (B, "52 00000008 00000000")],
        &[ssl, ssl_reply, started, ok],
    );
}

#[test]
fn encryption_seen_from_outside() {
    let hello = "16 0301 00c4 01";
    let tls = |side, length| (side, unframed(Why::Tls), length);
    check(
        "TLS",
        &[(F, SSL), (B, "53"), (F, hello), (B, "16 0303 007a 02"), (F, "17 03"), (B, "ff")],
        &[
            (F, message(Kind::SSLRequest), 8),
            (B, message(Kind::SSLResponse), 1),
            tls(F, 6),
            tls(B, 6),
            tls(F, 2),
            tls(B, 1),
        ],
    );
    check("TLS at once", &[(F, hello), (B, "15 0303 0002 0228")], &[tls(F, 6), tls(B, 7)]);
    check(
        "in small pieces",
        &[(F, "16"), (F, "03"), (B, "16"), (B, "03"), (B, "03")],
        &[tls(F, 1), tls(F, 1), tls(B, 2), tls(B, 1)],
    );
    // As a message of an unknown type.
    check("not TLS", &[(B, "16 00000005 03")], &[(B, Content::UnknownType(0x16), 6)]);

    let gss = |side, length| (side, unframed(Why::Gss), length);
    check(
        "GSSAPI",
        &[(F, GSS), (B, "47"), (F, "00000009 60020100 00"), (B, "00000001 60"), (F, "00")],
        &[
            (F, message(Kind::GSSENCRequest), 8),
            (B, message(Kind::GSSENCResponse), 1),
            gss(F, 9),
            gss(B, 5),
            gss(F, 1),
        ],
    );
}

#[test]
fn frames_without_a_name() {
    let started = (F, message(Kind::StartupMessage), 9);
    check(
        "type",
        &[(F, STARTUP), (F, "7a 00000004 58 00000004")],
        &[started, (F, Content::UnknownType(b'z'), 5), (F, message(Kind::Terminate), 5)],
    );
    check(
        "type of the other side",
        &[(B, "51 00000005 00"), (B, "70 00000005 00")],
        &[(B, Content::UnknownType(b'Q'), 6), (B, Content::UnknownType(b'p'), 6)],
    );
    check(
        "authentication",
        &[(B, "52 00000008 00000006"), (B, "52 0000000a 00000004 3132")],
        &[(B, Content::UnknownAuthentication(6), 9), (B, Content::UnknownAuthentication(4), 11)],
    );
    check(
        "authentication without a code",
        &[(B, "52 00000006 0000")],
        &[(B, message(Kind::AuthenticationOk), 7)],
    );
    check("request", &[(F, "00000008 04d21631")], &[(F, message(Kind::StartupMessage), 8)]);
    check("HTTP", &[(B, "485454502f312e31")], &[(B, unframed(Why::Length(0x5454_502f)), 8)]);
}

/// What a `p` is depends on what was asked last.
#[test]
fn the_four_messages_of_type_p() {
    let p = "70 00000005 00";
    let auth = |code: i32| format!("52 00000008 {code:08x}");
    let exchange = |asked: &[i32]| {
        let mut pieces = vec![(F, unhex(STARTUP))];
        for code in asked {
            let salt = if *code == 5 { "52 0000000c 00000005 01020304".to_owned() } else { auth(*code) };
            pieces.extend([(B, unhex(&salt)), (F, unhex(p))]);
        }
        let kinds = frames(&pieces).into_iter().skip(1).filter(|(side, ..)| *side == F);
        kinds.map(|(_, content, _)| content).collect::<Vec<_>>()
    };
    use Kind::{GSSResponse, PasswordMessage, SASLInitialResponse, SASLResponse};
    assert_eq!(exchange(&[3]), [message(PasswordMessage)]);
    assert_eq!(exchange(&[5]), [message(PasswordMessage)]);
    assert_eq!(exchange(&[10, 11]), [message(SASLInitialResponse), message(SASLResponse)]);
    assert_eq!(
        exchange(&[10, 11, 11]),
        [message(SASLInitialResponse), message(SASLResponse), message(SASLResponse)]
    );
    assert_eq!(exchange(&[7, 8]), [message(GSSResponse), message(GSSResponse)]);
    assert_eq!(exchange(&[9, 8]), [message(GSSResponse), message(GSSResponse)]);
    // A second request after the first: what was asked last counts.
    assert_eq!(exchange(&[10, 3]), [message(SASLInitialResponse), message(PasswordMessage)]);
    check(
        "unasked",
        &[(F, STARTUP), (F, p)],
        &[(F, message(Kind::StartupMessage), 9), (F, message(PasswordMessage), 6)],
    );
}

/// A large frame in tiny pieces takes one look at each; were it cut anew at each, this would not end.
#[test]
fn a_large_frame_byte_by_byte() {
    let length = 4 << 20;
    let mut bytes = vec![b'd'];
    bytes.extend_from_slice(&u32::try_from(length + 4).unwrap().to_be_bytes());
    bytes.resize(5 + length, b'x');
    let mut framer = framer_before(Kind::CopyData);
    let mut found = Vec::new();
    for byte in bytes.chunks(1) {
        framer.push(F, byte, |frame| found.push((frame.content, frame.bytes.len())));
    }
    assert_eq!(found, [(message(Kind::CopyData), bytes.len())]);
    assert_eq!(framer.pending(F), 0);
}

/// What completes a frame brings others with it, and the beginning of one more.
#[test]
fn one_push_ends_a_frame_and_begins_another() {
    let z = unhex("5a 00000005 49");
    let mut framer = Framer::default();
    let mut found = Vec::new();
    framer.push(B, &z[..3], |_| panic!());
    let bytes = [&z[3..], &z, &z, &z[..5]].concat();
    framer.push(B, &bytes, |frame| found.push(frame.content));
    assert_eq!(found, [message(Kind::ReadyForQuery); 3]);
    assert_eq!(framer.pending(B), 5);
}
