//! What must never be shown is not shown: not in a line, not in hexadecimal, not when the frame is broken.

mod support;

use pgconform_wire::trace::{self, MASK, Secrets};
use pgconform_wire::{Content, Frame, Framer, Kind, Side, message};
use support::{all, frame, framer_before, head, zero};

/// A secret that looks like nothing else, and has no zero byte.
const SECRET: &[u8] = b"Zq7!xK9@vW3#pL5+tR8%j";

/// The two forms in which a frame is shown, as one text.
fn shown(frame: Frame<'_>) -> String {
    let hex = trace::hex(frame, Secrets::Mask).replace(' ', "");
    format!("{} {} {hex}", trace::line(frame, Secrets::Mask), frame.bytes.len())
}

/// Whether any run of three bytes of `secret` shows in `text`, as characters or as hexadecimal.
fn leaks(text: &str, secret: &[u8]) -> bool {
    secret.windows(3).any(|part| {
        let hex: String = part.iter().map(|byte| format!("{byte:02x}")).collect();
        text.contains(&hex) || text.contains(&*String::from_utf8_lossy(part))
    })
}

/// Frames that carry the secret, with the kind as which they are framed.
fn carriers() -> Vec<(Side, Kind, Vec<u8>)> {
    let text = [SECRET, &[0]].concat();
    let value = [b"SCRAM-SHA-256\0", [0, 0, 0, 21].as_slice(), SECRET].concat();
    let keyed = [&[0, 0, 0, 7], SECRET].concat();
    let fields = |kind| match kind {
        Kind::PasswordMessage => text.clone(),
        Kind::SASLInitialResponse => value.clone(),
        Kind::BackendKeyData | Kind::CancelRequest => keyed.clone(),
        _ => SECRET.to_vec(),
    };
    let kinds = Kind::ALL.iter().filter(|kind| kind.holds_secrets());
    let side = |kind: Kind| if kind.sent_by(Side::Frontend) { Side::Frontend } else { Side::Backend };
    kinds.map(|&kind| (side(kind), kind, frame(kind, &fields(kind)))).collect()
}

#[test]
fn well_formed_frames_are_masked() {
    for (side, kind, bytes) in carriers() {
        let frame = Frame { side, content: Content::Message(kind), bytes: &bytes };
        assert!(leaks(&trace::line(frame, Secrets::Show), SECRET), "{} has no secret", kind.name());
        let shown = shown(frame);
        assert!(shown.contains(MASK) && shown.contains("xx"), "{shown}");
        assert!(!leaks(&shown, SECRET), "{shown}");
    }
}

#[test]
fn captured_secrets_are_masked() {
    for vector in all().iter().filter(|vector| vector.kind.holds_secrets()) {
        let frame = Frame { side: vector.side, content: Content::Message(vector.kind), bytes: &vector.bytes };
        let (show, mask) = (trace::hex(frame, Secrets::Show), trace::hex(frame, Secrets::Mask));
        assert_eq!(show.len(), mask.len());
        let empty = vector.line.ends_with("null") || vector.line.ends_with("\"\"");
        assert!(empty || mask.contains("xx"), "{}", vector.line);
        assert!(trace::hex(frame, Secrets::Mask).starts_with(&show[..2]), "the type byte stays: {mask}");
    }
}

/// Cut short inside its own length, longer than its fields, without its zero byte: refused, and masked all the same.
#[test]
fn malformed_frames_are_masked() {
    for (side, kind, bytes) in carriers() {
        let fields = &bytes[head(kind)..];
        let longer = [fields, b"\0trailing"].concat();
        let bodies = (0..=fields.len()).map(|end| fields[..end].to_vec()).chain([longer]);
        for body in bodies {
            let bytes = frame(kind, &body);
            let frame = Frame { side, content: Content::Message(kind), bytes: &bytes };
            assert!(!leaks(&shown(frame), SECRET), "{}", shown(frame));
        }
        // A head that is not this message's: nothing can be said of the rest.
        for end in 0..bytes.len() {
            let frame = Frame { side, content: Content::Message(kind), bytes: &bytes[..end] };
            assert!(!leaks(&shown(frame), SECRET), "{}", shown(frame));
        }
    }
}

/// The stream ends inside the frame, or its length cannot be: the framer gives it back as bytes that are no frame.
#[test]
fn unframed_secrets_are_masked() {
    for (side, kind, bytes) in carriers() {
        for end in 1..bytes.len() {
            let mut framer = framer_before(kind);
            framer.push(side, &bytes[..end], |frame| panic!("{}", trace::line(frame, Secrets::Mask)));
            framer.finish(side, |frame| assert!(!leaks(&shown(frame), SECRET), "{}", shown(frame)));
        }
        for bad in [[0, 0, 0, 3], [0xff, 0xff, 0xff, 0xff], [0x7f, 0xff, 0xff, 0xff]] {
            for split in 1..bytes.len() {
                let mut bytes = bytes.clone();
                let at = usize::from(matches!(
                    kind.tag(),
                    message::Tag::Byte(_) | message::Tag::Authentication(_)
                ));
                bytes[at..at + 4].copy_from_slice(&bad);
                let mut framer = framer_before(kind);
                for part in [&bytes[..split], &bytes[split..]] {
                    framer
                        .push(side, part, |frame| assert!(!leaks(&shown(frame), SECRET), "{}", shown(frame)));
                }
                framer.finish(side, |frame| assert!(!leaks(&shown(frame), SECRET), "{}", shown(frame)));
            }
        }
    }
}

/// Behind bytes that are no frame, a password is just bytes.
#[test]
fn secrets_behind_lost_bytes_are_masked() {
    let password = frame(Kind::PasswordMessage, &[SECRET, &[0]].concat());
    let nonsense = b"Q\0\0\0\x03SELECT 1; SELECT 2".as_slice();
    let bytes = [nonsense, &password].concat();
    for split in 1..bytes.len() {
        let mut framer = framer_before(Kind::PasswordMessage);
        for part in [&bytes[..split], &bytes[split..]] {
            framer.push(Side::Frontend, part, |frame| {
                assert!(!leaks(&shown(frame), SECRET), "{}", shown(frame))
            });
        }
    }
}

/// A password where SASL was asked for: it is framed as what was asked for, and does not decode.
#[test]
fn a_password_out_of_turn_is_masked() {
    let password = frame(Kind::PasswordMessage, &[SECRET, &[0]].concat());
    for asked in [Kind::PasswordMessage, Kind::SASLInitialResponse, Kind::SASLResponse, Kind::GSSResponse] {
        let mut framer = framer_before(asked);
        framer.push(Side::Frontend, &password, |frame| {
            assert_eq!(frame.content, Content::Message(asked));
            assert!(!leaks(&shown(frame), SECRET), "{}", shown(frame));
        });
    }
}

#[test]
fn an_unknown_authentication_is_masked() {
    let bytes = [b"R\0\0\0\x1d\0\0\0\x63", SECRET].concat();
    let mut frames = 0;
    Framer::default().push(Side::Backend, &bytes, |frame| {
        assert_eq!(frame.content, Content::UnknownAuthentication(99));
        assert!(!leaks(&shown(frame), SECRET), "{}", shown(frame));
        frames += 1;
    });
    assert_eq!(frames, 1);
}

/// `holds_secrets` is a list; the fields say the same.
#[test]
fn the_list_of_messages_with_secrets_is_complete() {
    for &kind in Kind::ALL {
        let side = if kind.sent_by(Side::Frontend) { Side::Frontend } else { Side::Backend };
        let bytes = zero(side, kind);
        // Present fields of length zero: a secret value that is NULL is none.
        let bytes = if kind == Kind::SASLInitialResponse { frame(kind, b"X\0\0\0\0\0") } else { bytes };
        let told = !message::secrets(kind, &bytes).is_empty();
        assert_eq!(told, kind.holds_secrets(), "{}", kind.name());
    }
}

/// Only what is not secret can be seen in the plain.
#[test]
fn everything_else_shows() {
    for vector in all().iter().filter(|vector| !vector.kind.holds_secrets()) {
        let frame = Frame { side: vector.side, content: Content::Message(vector.kind), bytes: &vector.bytes };
        assert_eq!(trace::line(frame, Secrets::Mask), vector.line);
        assert!(!trace::hex(frame, Secrets::Mask).contains("xx"), "{}", vector.line);
    }
}
