//! The messages of protocol 3.0 and 3.2, one file each, named as in the documentation's chapter "Message Formats".
//!
//! The table below is the only place that lists them: a new message is its file and its row.

use crate::Side;
use crate::codec::{DecodeError, Decoder, Encoder, Fields, Reason, TooLong, Walk};

/// What tells a message from the others at the head of its frame.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tag {
    /// A type byte before the length.
    Byte(u8),
    /// The type byte `R` and, behind the length, an Int32 code.
    Authentication(i32),
    /// No type byte; behind the length, an Int32 request code where a startup packet has its version.
    Request(i32),
    /// No type byte; behind the length, a protocol version.
    Startup,
    /// A single byte with neither type nor length: the answer to an encryption request.
    Reply,
}

macro_rules! messages {
    (
        frontend { $($ftag:expr => $fmod:ident :: $fname:ident $(<$flt:lifetime>)?;)* }
        backend { $($btag:expr => $bmod:ident :: $bname:ident $(<$blt:lifetime>)?;)* }
        both { $($xtag:expr => $xmod:ident :: $xname:ident $(<$xlt:lifetime>)?;)* }
    ) => {
        $(mod $fmod; pub use $fmod::$fname;)*
        $(mod $bmod; pub use $bmod::$bname;)*
        $(mod $xmod; pub use $xmod::$xname;)*

        /// The kinds of message, by their names in the documentation.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
        #[allow(missing_docs, reason = "each variant is documented at the message's own type")]
        pub enum Kind { $($fname,)* $($bname,)* $($xname,)* }

        impl Kind {
            /// Every kind, frontend messages first.
            pub const ALL: &[Self] = &[$(Self::$fname,)* $(Self::$bname,)* $(Self::$xname,)*];

            /// The name in the documentation.
            pub fn name(self) -> &'static str {
                match self {
                    $(Self::$fname => stringify!($fname),)*
                    $(Self::$bname => stringify!($bname),)*
                    $(Self::$xname => stringify!($xname),)*
                }
            }

            /// What stands at the head of its frames.
            pub const fn tag(self) -> Tag {
                use Tag::*;
                match self { $(Self::$fname => $ftag,)* $(Self::$bname => $btag,)* $(Self::$xname => $xtag,)* }
            }

            /// Whether `side` sends it.
            pub const fn sent_by(self, side: Side) -> bool {
                match self {
                    $(Self::$fname)|* => matches!(side, Side::Frontend),
                    $(Self::$bname)|* => matches!(side, Side::Backend),
                    $(Self::$xname)|* => true,
                }
            }
        }

        /// A message from the frontend.
        #[derive(Clone, Debug, PartialEq)]
        #[allow(missing_docs, reason = "each variant is documented at the message's own type")]
        pub enum Frontend<'a> { $($fname($fname $(<$flt>)?),)* $($xname($xname $(<$xlt>)?),)* }

        /// A message from the backend.
        #[derive(Clone, Debug, PartialEq)]
        #[allow(missing_docs, reason = "each variant is documented at the message's own type")]
        pub enum Backend<'a> { $($bname($bname $(<$blt>)?),)* $($xname($xname $(<$xlt>)?),)* }

        $(impl<'a> From<$fname $(<$flt>)?> for Frontend<'a> {
            fn from(message: $fname $(<$flt>)?) -> Self { Self::$fname(message) }
        })*
        $(impl<'a> From<$bname $(<$blt>)?> for Backend<'a> {
            fn from(message: $bname $(<$blt>)?) -> Self { Self::$bname(message) }
        })*
        $(impl<'a> From<$xname $(<$xlt>)?> for Frontend<'a> {
            fn from(message: $xname $(<$xlt>)?) -> Self { Self::$xname(message) }
        })*
        $(impl<'a> From<$xname $(<$xlt>)?> for Backend<'a> {
            fn from(message: $xname $(<$xlt>)?) -> Self { Self::$xname(message) }
        })*

        impl<'a> Frontend<'a> {
            /// The message of this kind with every field zero; none where only the backend sends it.
            pub fn zero(kind: Kind) -> Option<Self> {
                match kind {
                    $(Kind::$fname => Some(Self::$fname(Default::default())),)*
                    $(Kind::$xname => Some(Self::$xname(Default::default())),)*
                    _ => None,
                }
            }

            /// Its kind.
            pub fn kind(&self) -> Kind {
                match self { $(Self::$fname(_) => Kind::$fname,)* $(Self::$xname(_) => Kind::$xname,)* }
            }

            /// Tells the fields to `walk`.
            pub fn walk<W: Walk<'a>>(&mut self, walk: &mut W) -> Result<(), W::Error> {
                match self { $(Self::$fname(m) => m.fields(walk),)* $(Self::$xname(m) => m.fields(walk),)* }
            }

            /// Decodes a whole frame of a known kind.
            pub fn decode(kind: Kind, frame: &'a [u8]) -> Result<Self, DecodeError> {
                let at = kind.header(frame)?;
                match kind {
                    $(Kind::$fname => Decoder::decode(kind.name(), frame, at).map(Self::$fname),)*
                    $(Kind::$xname => Decoder::decode(kind.name(), frame, at).map(Self::$xname),)*
                    _ => Err(kind.wrong_side()),
                }
            }
        }

        impl<'a> Backend<'a> {
            /// The message of this kind with every field zero; none where only the frontend sends it.
            pub fn zero(kind: Kind) -> Option<Self> {
                match kind {
                    $(Kind::$bname => Some(Self::$bname(Default::default())),)*
                    $(Kind::$xname => Some(Self::$xname(Default::default())),)*
                    _ => None,
                }
            }

            /// Its kind.
            pub fn kind(&self) -> Kind {
                match self { $(Self::$bname(_) => Kind::$bname,)* $(Self::$xname(_) => Kind::$xname,)* }
            }

            /// Tells the fields to `walk`.
            pub fn walk<W: Walk<'a>>(&mut self, walk: &mut W) -> Result<(), W::Error> {
                match self { $(Self::$bname(m) => m.fields(walk),)* $(Self::$xname(m) => m.fields(walk),)* }
            }

            /// Decodes a whole frame of a known kind.
            pub fn decode(kind: Kind, frame: &'a [u8]) -> Result<Self, DecodeError> {
                let at = kind.header(frame)?;
                match kind {
                    $(Kind::$bname => Decoder::decode(kind.name(), frame, at).map(Self::$bname),)*
                    $(Kind::$xname => Decoder::decode(kind.name(), frame, at).map(Self::$xname),)*
                    _ => Err(kind.wrong_side()),
                }
            }
        }

        /// Which bytes of a frame hold secrets; all behind the head when the fields do not decode.
        pub fn secrets(kind: Kind, frame: &[u8]) -> Vec<std::ops::Range<usize>> {
            let Ok(at) = kind.header(frame) else {
                return if kind.holds_secrets() { std::iter::once(0..frame.len()).collect() } else { Vec::new() };
            };
            let decoded = match kind {
                $(Kind::$fname => Decoder::decode_with_secrets::<$fname>(kind.name(), frame, at).map(|d| d.1),)*
                $(Kind::$bname => Decoder::decode_with_secrets::<$bname>(kind.name(), frame, at).map(|d| d.1),)*
                $(Kind::$xname => Decoder::decode_with_secrets::<$xname>(kind.name(), frame, at).map(|d| d.1),)*
            };
            match decoded {
                Ok(secrets) => secrets,
                Err(_) if kind.holds_secrets() => std::iter::once(at..frame.len()).collect(),
                Err(_) => Vec::new(),
            }
        }
    };
}

messages! {
    frontend {
        Byte(b'B') => bind::Bind<'a>;
        Request(80_877_102) => cancel_request::CancelRequest<'a>;
        Byte(b'C') => close::Close<'a>;
        Byte(b'f') => copy_fail::CopyFail<'a>;
        Byte(b'D') => describe::Describe<'a>;
        Byte(b'E') => execute::Execute<'a>;
        Byte(b'H') => flush::Flush;
        Byte(b'F') => function_call::FunctionCall<'a>;
        Request(80_877_104) => gssenc_request::GSSENCRequest;
        Byte(b'p') => gss_response::GSSResponse<'a>;
        Byte(b'P') => parse::Parse<'a>;
        Byte(b'p') => password_message::PasswordMessage<'a>;
        Byte(b'Q') => query::Query<'a>;
        Byte(b'p') => sasl_initial_response::SASLInitialResponse<'a>;
        Byte(b'p') => sasl_response::SASLResponse<'a>;
        Request(80_877_103) => ssl_request::SSLRequest;
        Startup => startup_message::StartupMessage<'a>;
        Byte(b'S') => sync::Sync;
        Byte(b'X') => terminate::Terminate;
    }
    backend {
        Authentication(0) => authentication_ok::AuthenticationOk;
        Authentication(2) => authentication_kerberos_v5::AuthenticationKerberosV5;
        Authentication(3) => authentication_cleartext_password::AuthenticationCleartextPassword;
        Authentication(5) => authentication_md5_password::AuthenticationMD5Password;
        Authentication(7) => authentication_gss::AuthenticationGSS;
        Authentication(8) => authentication_gss_continue::AuthenticationGSSContinue<'a>;
        Authentication(9) => authentication_sspi::AuthenticationSSPI;
        Authentication(10) => authentication_sasl::AuthenticationSASL<'a>;
        Authentication(11) => authentication_sasl_continue::AuthenticationSASLContinue<'a>;
        Authentication(12) => authentication_sasl_final::AuthenticationSASLFinal<'a>;
        Byte(b'K') => backend_key_data::BackendKeyData<'a>;
        Byte(b'2') => bind_complete::BindComplete;
        Byte(b'3') => close_complete::CloseComplete;
        Byte(b'C') => command_complete::CommandComplete<'a>;
        Byte(b'W') => copy_both_response::CopyBothResponse;
        Byte(b'G') => copy_in_response::CopyInResponse;
        Byte(b'H') => copy_out_response::CopyOutResponse;
        Byte(b'D') => data_row::DataRow<'a>;
        Byte(b'I') => empty_query_response::EmptyQueryResponse;
        Byte(b'E') => error_response::ErrorResponse<'a>;
        Byte(b'V') => function_call_response::FunctionCallResponse<'a>;
        Reply => gssenc_response::GSSENCResponse;
        Byte(b'v') => negotiate_protocol_version::NegotiateProtocolVersion<'a>;
        Byte(b'n') => no_data::NoData;
        Byte(b'N') => notice_response::NoticeResponse<'a>;
        Byte(b'A') => notification_response::NotificationResponse<'a>;
        Byte(b't') => parameter_description::ParameterDescription;
        Byte(b'S') => parameter_status::ParameterStatus<'a>;
        Byte(b'1') => parse_complete::ParseComplete;
        Byte(b's') => portal_suspended::PortalSuspended;
        Byte(b'Z') => ready_for_query::ReadyForQuery;
        Byte(b'T') => row_description::RowDescription<'a>;
        Reply => ssl_response::SSLResponse;
    }
    both {
        Byte(b'd') => copy_data::CopyData<'a>;
        Byte(b'c') => copy_done::CopyDone;
    }
}

pub use row_description::Column;

/// [`Kind::tagged`] for type bytes, per side: it is asked once per frame.
static TYPES: [[Option<Kind>; 256]; 2] = {
    let mut types = [[None; 256]; 2];
    let mut at = 0;
    while at < Kind::ALL.len() {
        let kind = Kind::ALL[at];
        if let Tag::Byte(byte) = kind.tag() {
            if kind.sent_by(Side::Frontend) && types[Side::Frontend as usize][byte as usize].is_none() {
                types[Side::Frontend as usize][byte as usize] = Some(kind);
            }
            if kind.sent_by(Side::Backend) && types[Side::Backend as usize][byte as usize].is_none() {
                types[Side::Backend as usize][byte as usize] = Some(kind);
            }
        }
        at += 1;
    }
    types
};

impl Kind {
    /// The kind with this name in the documentation.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.iter().copied().find(|kind| kind.name() == name)
    }

    /// The kind that `tag` announces when `side` sends it. The four messages of type `p` share a tag: the first is
    /// named, and the [phase](crate::phase) knows better.
    pub fn tagged(side: Side, tag: Tag) -> Option<Self> {
        if let Tag::Byte(byte) = tag {
            return TYPES[side as usize][usize::from(byte)];
        }
        Self::ALL.iter().copied().find(|kind| kind.tag() == tag && kind.sent_by(side))
    }

    /// Whether a message of this kind can hold what must never be shown.
    pub fn holds_secrets(self) -> bool {
        matches!(
            self,
            Self::PasswordMessage
                | Self::SASLInitialResponse
                | Self::SASLResponse
                | Self::GSSResponse
                | Self::CancelRequest
                | Self::BackendKeyData
                | Self::AuthenticationSASLContinue
                | Self::AuthenticationSASLFinal
                | Self::AuthenticationGSSContinue
        )
    }

    /// Checks the head of a frame; returns where the fields begin.
    fn header(self, frame: &[u8]) -> Result<usize, DecodeError> {
        let error = |field, offset, reason| DecodeError { message: self.name(), field, offset, reason };
        // Where the length stands, which type byte before it and which code behind it.
        let (length_at, byte, code) = match self.tag() {
            Tag::Byte(byte) => (1, Some(byte), None),
            Tag::Authentication(code) => (1, Some(b'R'), Some(code)),
            Tag::Request(code) => (0, None, Some(code)),
            Tag::Startup => (0, None, None),
            Tag::Reply => return Ok(0),
        };
        let at = length_at + 4 + if code.is_some() { 4 } else { 0 };
        if let (Some(byte), Some(&found)) = (byte, frame.first())
            && found != byte
        {
            return Err(error("type", 0, Reason::Unknown(found.into())));
        }
        if frame.len() < at {
            return Err(error("", frame.len(), Reason::Short { needed: at, left: frame.len() }));
        }
        let int32 = |at: usize| i32::from_be_bytes([frame[at], frame[at + 1], frame[at + 2], frame[at + 3]]);
        let (told, is) = (int32(length_at), frame.len() - length_at);
        if usize::try_from(told) != Ok(is) {
            return Err(error("length", length_at, Reason::Length { told, is }));
        }
        match code.map(|code| (code, int32(at - 4))) {
            Some((code, found)) if found != code => Err(error("code", at - 4, Reason::Unknown(found))),
            _ => Ok(at),
        }
    }

    fn wrong_side(self) -> DecodeError {
        DecodeError { message: self.name(), field: "", offset: 0, reason: Reason::Side }
    }

    /// Appends a frame of this kind whose fields `write` appends.
    fn frame(
        self,
        out: &mut Vec<u8>,
        write: impl FnOnce(&mut Encoder<'_>) -> Result<(), TooLong>,
    ) -> Result<(), TooLong> {
        let start = out.len();
        let length_at = match self.tag() {
            Tag::Byte(byte) => {
                out.push(byte);
                Some(start + 1)
            }
            Tag::Authentication(_) => {
                out.push(b'R');
                Some(start + 1)
            }
            Tag::Request(_) | Tag::Startup => Some(start),
            Tag::Reply => None,
        };
        if length_at.is_some() {
            out.extend_from_slice(&[0; 4]);
        }
        if let Tag::Authentication(code) | Tag::Request(code) = self.tag() {
            out.extend_from_slice(&code.to_be_bytes());
        }
        let written = write(&mut Encoder::new(out));
        let length = length_at.map(|at| (at, i32::try_from(out.len() - at)));
        match (written, length) {
            (Ok(()), Some((at, Ok(length)))) => out[at..at + 4].copy_from_slice(&length.to_be_bytes()),
            (Ok(()), None) => {}
            (Err(TooLong), _) | (Ok(()), Some((_, Err(_)))) => {
                out.truncate(start);
                return Err(TooLong);
            }
        }
        Ok(())
    }
}

impl Frontend<'_> {
    /// Appends the message's frame to `out`; on error `out` is as before.
    pub fn encode(mut self, out: &mut Vec<u8>) -> Result<(), TooLong> {
        self.kind().frame(out, |encoder| self.walk(encoder))
    }
}

impl Backend<'_> {
    /// Appends the message's frame to `out`; on error `out` is as before.
    pub fn encode(mut self, out: &mut Vec<u8>) -> Result<(), TooLong> {
        self.kind().frame(out, |encoder| self.walk(encoder))
    }
}
