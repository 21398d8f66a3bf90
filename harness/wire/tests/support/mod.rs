//! Reads the vectors, whose format is told in `vectors/README.md`, and builds frames.

#![allow(dead_code, reason = "each test crate takes what it needs")]
#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

use pgconform_wire::message::Tag;
use pgconform_wire::{Content, Framer, Kind, Message, Side};
use std::path::PathBuf;

pub(crate) struct Vector {
    pub(crate) kind: Kind,
    pub(crate) side: Side,
    pub(crate) provenance: String,
    pub(crate) line: String,
    pub(crate) bytes: Vec<u8>,
}

pub(crate) fn folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/vectors")
}

pub(crate) fn file(kind: Kind) -> PathBuf {
    folder().join(format!("{}.vec", kind.name()))
}

/// The vectors of one message; none if it has no file.
pub(crate) fn vectors(kind: Kind) -> Vec<Vector> {
    let text = std::fs::read_to_string(file(kind)).unwrap_or_default();
    let blocks = text.split("\n\n").filter(|block| !block.trim().is_empty());
    blocks.map(|block| vector(kind, block)).collect()
}

/// The vectors of all messages.
pub(crate) fn all() -> Vec<Vector> {
    Kind::ALL.iter().flat_map(|kind| vectors(*kind)).collect()
}

fn vector(kind: Kind, block: &str) -> Vector {
    let mut lines = block.lines();
    let provenance = lines.next().unwrap_or_default().to_owned();
    let line = lines.next().unwrap_or_default().to_owned();
    let side = match line.split(' ').next() {
        Some("F") => Side::Frontend,
        Some("B") => Side::Backend,
        _ => panic!("{}: neither F nor B: {block}", kind.name()),
    };
    let digits: String = lines.flat_map(|line| line.chars().filter(|c| !c.is_whitespace())).collect();
    Vector { kind, side, provenance, line, bytes: unhex(&digits) }
}

/// Bytes from hexadecimal, spaces ignored.
pub(crate) fn unhex(text: &str) -> Vec<u8> {
    let digits: Vec<u8> = text.bytes().filter(|b| !b.is_ascii_whitespace()).collect();
    assert!(digits.len().is_multiple_of(2), "half a byte: {text}");
    let byte = |pair: &[u8]| u8::from_str_radix(std::str::from_utf8(pair).unwrap(), 16).unwrap();
    digits.chunks(2).map(byte).collect()
}

/// A framer in the state in which it takes `kind` for what it is.
pub(crate) fn framer_before(kind: Kind) -> Framer {
    let mut framer = Framer::default();
    let mut said = |side, kind| framer.push(side, &zero(side, kind), |_| ());
    if kind.tag() == Tag::Reply {
        let request = if kind == Kind::SSLResponse { Kind::SSLRequest } else { Kind::GSSENCRequest };
        said(Side::Frontend, request);
    }
    if matches!(kind.tag(), Tag::Byte(_)) {
        said(Side::Frontend, Kind::StartupMessage);
    }
    match kind {
        Kind::PasswordMessage => said(Side::Backend, Kind::AuthenticationCleartextPassword),
        Kind::SASLInitialResponse => said(Side::Backend, Kind::AuthenticationSASL),
        Kind::SASLResponse => said(Side::Backend, Kind::AuthenticationSASLContinue),
        Kind::GSSResponse => said(Side::Backend, Kind::AuthenticationGSS),
        _ => {}
    }
    framer
}

/// The frame of a message with every field zero.
pub(crate) fn zero(side: Side, kind: Kind) -> Vec<u8> {
    let mut bytes = Vec::new();
    Message::zero(side, kind).unwrap().encode(&mut bytes).unwrap();
    bytes
}

/// How many bytes stand before the fields.
pub(crate) fn head(kind: Kind) -> usize {
    match kind.tag() {
        Tag::Byte(_) => 5,
        Tag::Authentication(_) => 9,
        Tag::Request(_) => 8,
        Tag::Startup => 4,
        Tag::Reply => 0,
    }
}

/// A frame of this kind with these bytes for fields, its length right.
pub(crate) fn frame(kind: Kind, fields: &[u8]) -> Vec<u8> {
    let mut bytes = match kind.tag() {
        Tag::Byte(byte) => vec![byte, 0, 0, 0, 0],
        Tag::Authentication(code) => [&[b'R', 0, 0, 0, 0], code.to_be_bytes().as_slice()].concat(),
        Tag::Request(code) => [&[0; 4], code.to_be_bytes().as_slice()].concat(),
        Tag::Startup => vec![0; 4],
        Tag::Reply => return fields.to_vec(),
    };
    bytes.extend_from_slice(fields);
    let at = usize::from(matches!(kind.tag(), Tag::Byte(_) | Tag::Authentication(_)));
    let length = u32::try_from(bytes.len() - at).unwrap();
    bytes[at..at + 4].copy_from_slice(&length.to_be_bytes());
    bytes
}

/// The frames that `framer` cuts from `bytes`: what each holds, and its bytes.
pub(crate) fn cut(framer: &mut Framer, side: Side, bytes: &[u8]) -> Vec<(Content, Vec<u8>)> {
    let mut frames = Vec::new();
    framer.push(side, bytes, |frame| frames.push((frame.content, frame.bytes.to_vec())));
    frames
}

/// The messages that end with a Byte*n, which takes whatever is left.
pub(crate) const OPEN_END: &[Kind] = &[
    Kind::CopyData,
    Kind::GSSResponse,
    Kind::SASLResponse,
    Kind::AuthenticationGSSContinue,
    Kind::AuthenticationSASLContinue,
    Kind::AuthenticationSASLFinal,
    Kind::BackendKeyData,
    Kind::CancelRequest,
];
