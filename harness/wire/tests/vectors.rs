//! Every message against bytes from outside: `vectors/*.vec`.

mod support;

use pgconform_wire::codec::Reason;
use pgconform_wire::message::Tag;
use pgconform_wire::trace::{self, Secrets};
use pgconform_wire::{Backend, Content, Frame, Kind, Message, report};
use std::collections::BTreeSet;
use support::{OPEN_END, Vector, all, cut, file, folder, frame, framer_before, head, vectors};

/// What no server within reach sends.
const NOT_CAPTURED: &[Kind] = &[Kind::AuthenticationKerberosV5, Kind::AuthenticationSSPI];

/// Messages with fields of which real traffic offers one shape only.
const ONE_SHAPE: &[(Kind, &str)] = &[
    (Kind::AuthenticationGSSContinue, "Kerberos needs one step"),
    (Kind::CopyBothResponse, "replication has no columns"),
];

#[test]
fn every_message_has_vectors() {
    let mut missing = Vec::new();
    for &kind in Kind::ALL {
        let found = vectors(kind);
        let has_fields = found.iter().any(|vector| vector.bytes.len() > head(kind));
        let one_shape = ONE_SHAPE.iter().any(|(one, _)| *one == kind);
        let needed = if has_fields && !one_shape { 2 } else { 1 };
        if found.len() < needed {
            missing.push(format!("{}: {} of {needed}", kind.name(), found.len()));
        }
        assert!(!one_shape || found.len() == 1, "{} has more than one: it is no exception", kind.name());
        let distinct: BTreeSet<_> = found.iter().map(|vector| (vector.side, &vector.bytes)).collect();
        assert_eq!(distinct.len(), found.len(), "{} says the same twice", kind.name());
        for vector in &found {
            assert!(kind.sent_by(vector.side), "{}: {}", kind.name(), vector.line);
            let origin = if NOT_CAPTURED.contains(&kind) { "# documented: " } else { "# captured: " };
            assert!(vector.provenance.starts_with(origin), "{}: {}", kind.name(), vector.provenance);
        }
    }
    assert!(missing.is_empty(), "messages without vectors: {missing:?}");
}

#[test]
fn every_file_is_a_message() {
    let known: BTreeSet<_> = Kind::ALL.iter().map(|kind| file(*kind)).collect();
    for entry in std::fs::read_dir(folder()).unwrap() {
        let path = entry.unwrap().path();
        assert!(known.contains(&path) || path.ends_with("README.md"), "{} is no message", path.display());
    }
}

#[test]
fn messages_that_both_sides_send_have_both() {
    for kind in [Kind::CopyData, Kind::CopyDone] {
        let sides: BTreeSet<_> = vectors(kind).iter().map(|vector| vector.side).collect();
        assert_eq!(sides.len(), 2, "{}", kind.name());
    }
}

#[test]
fn every_error_field_occurs() {
    let found = vectors(Kind::ErrorResponse);
    let mut seen = BTreeSet::new();
    for vector in &found {
        let Ok(Message::Backend(Backend::ErrorResponse(error))) = decode(vector) else {
            panic!("{}", vector.line)
        };
        seen.extend(error.fields.iter().map(|(code, _)| *code));
    }
    assert_eq!(seen, report::FIELDS.iter().map(|(code, _)| *code).collect());
}

fn decode(vector: &Vector) -> Result<Message<'_>, pgconform_wire::DecodeError> {
    Message::decode(vector.side, vector.kind, &vector.bytes)
}

#[test]
fn vectors_frame_print_and_encode_as_they_are() {
    for vector in all() {
        let mut framer = framer_before(vector.kind);
        let frames = cut(&mut framer, vector.side, &vector.bytes);
        assert_eq!(frames, [(Content::Message(vector.kind), vector.bytes.clone())], "{}", vector.line);

        let content = Content::Message(vector.kind);
        let frame = Frame { side: vector.side, content, bytes: &vector.bytes };
        assert_eq!(trace::line(frame, Secrets::Show), vector.line);

        let message = decode(&vector).unwrap_or_else(|error| panic!("{}: {error}", vector.line));
        let mut bytes = Vec::new();
        message.encode(&mut bytes).unwrap();
        assert_eq!(bytes, vector.bytes, "{}", vector.line);
    }
}

/// Every frame that ends early is refused; but a Byte*n is complete wherever it ends.
#[test]
fn vectors_cut_short_are_refused() {
    for vector in all() {
        let fields = &vector.bytes[head(vector.kind)..];
        for end in 0..fields.len() {
            let short = frame(vector.kind, &fields[..end]);
            match Message::decode(vector.side, vector.kind, &short) {
                Ok(message) => {
                    assert!(OPEN_END.contains(&vector.kind), "{} decodes at {end}", vector.line);
                    let mut bytes = Vec::new();
                    message.encode(&mut bytes).unwrap();
                    assert_eq!(bytes, short, "{}", vector.line);
                }
                Err(error) => {
                    assert!(matches!(error.reason, Reason::Short { .. } | Reason::Unterminated), "{error}");
                    assert_eq!(error.message, vector.kind.name());
                    assert!(error.offset <= short.len(), "{error}");
                }
            }
        }
    }
}

/// A frame shorter than its length says, or longer, is not for the decoder to mend.
#[test]
fn a_wrong_length_is_refused() {
    for vector in all().iter().filter(|vector| vector.kind.tag() != Tag::Reply) {
        for length in 0..vector.bytes.len() {
            assert!(
                Message::decode(vector.side, vector.kind, &vector.bytes[..length]).is_err(),
                "{}",
                vector.line
            );
        }
        let longer = [vector.bytes.as_slice(), &[0]].concat();
        let error = Message::decode(vector.side, vector.kind, &longer).unwrap_err();
        assert!(matches!(error.reason, Reason::Length { .. }), "{error}");
    }
}

#[test]
fn trailing_bytes_are_refused() {
    for vector in all().iter().filter(|vector| !OPEN_END.contains(&vector.kind)) {
        for extra in [&[0][..], &[1], b"more"] {
            let fields = [&vector.bytes[head(vector.kind)..], extra].concat();
            let long = frame(vector.kind, &fields);
            let error = Message::decode(vector.side, vector.kind, &long).unwrap_err();
            assert_eq!(error.reason, Reason::Trailing(extra.len()), "{}", vector.line);
            assert_eq!(error.offset, vector.bytes.len(), "{}", vector.line);
        }
    }
}
