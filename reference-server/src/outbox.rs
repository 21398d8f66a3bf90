//! Where every backend message leaves the session: through here it becomes bytes, and here the faults of the protocol
//! rewrite, drop, repeat and corrupt them. The session itself stays clean.
//!
//! A message passes [`rewrite`](Outbox::rewrite), then the messages that a fault puts [`before`](Outbox::before) it,
//! then the message itself unless a fault [drops](Outbox::drops) or [corrupts](Outbox::corrupt) it, then those that a
//! fault puts [`after`](Outbox::after) it.

mod rewrite;

use crate::engine::SqlError;
use crate::fault::{Fault, Faults};
use pgconform_wire::message::{
    AuthenticationOk, AuthenticationSASLFinal, BindComplete, CloseComplete, CommandComplete, CopyData,
    CopyDone, CopyOutResponse, ErrorResponse, FunctionCallResponse, NegotiateProtocolVersion, NoData,
    NoticeResponse, NotificationResponse, ParameterDescription, ParameterStatus, ParseComplete,
    PortalSuspended, ReadyForQuery, RowDescription,
};
use pgconform_wire::version::V3_0;
use pgconform_wire::{Backend, Kind, Text};
use std::collections::VecDeque;

/// Backend messages on their way out.
#[derive(Debug)]
pub struct Outbox {
    faults: Faults,
    bytes: Vec<u8>,
    /// The frontend message that is being answered.
    answering: Option<Kind>,
    progress: Progress,
    /// A NegotiateProtocolVersion that a fault holds back.
    late: Vec<u8>,
    /// What goes out before each execution that was put off; `bytes` is behind the last of them.
    ahead: VecDeque<Vec<u8>>,
    /// How many bytes of those wait for an execution.
    behind: usize,
    /// What was sent is not to wait for more.
    urgent: bool,
}

/// Whether more follows a message of this kind before the frontend has anything to say.
fn is_part(kind: Kind) -> bool {
    matches!(
        kind,
        Kind::AuthenticationOk
            | Kind::BackendKeyData
            | Kind::BindComplete
            | Kind::CloseComplete
            | Kind::CommandComplete
            | Kind::CopyData
            | Kind::CopyDone
            | Kind::CopyOutResponse
            | Kind::DataRow
            | Kind::EmptyQueryResponse
            | Kind::FunctionCallResponse
            | Kind::NoData
            | Kind::ParameterDescription
            | Kind::ParameterStatus
            | Kind::ParseComplete
            | Kind::PortalSuspended
            | Kind::RowDescription
    )
}

/// How far the conversation is, as far as faults need it.
#[derive(Debug, Default)]
struct Progress {
    negotiated: bool,
    authentication_asked: bool,
    ready: bool,
    /// An error was sent since the last ReadyForQuery.
    failed: bool,
    /// The last ReadyForQuery told, or should have told, a failed transaction block.
    block_failed: bool,
    /// The formats in the last RowDescription.
    formats: Vec<i16>,
}

impl Outbox {
    /// An outbox that misbehaves in these ways.
    pub fn new(faults: Faults) -> Self {
        let mut outbox = Self {
            faults,
            bytes: Vec::new(),
            answering: None,
            progress: Progress::default(),
            late: Vec::new(),
            ahead: VecDeque::new(),
            behind: 0,
            urgent: false,
        };
        if outbox.has(Fault::SpeaksFirst) {
            outbox.put(NoticeResponse { fields: report("NOTICE", "00000", "welcome") });
        }
        outbox
    }

    /// The session took this frontend message; called before the session answers it, and also for a message that it
    /// only discards.
    pub fn received(&mut self, kind: Kind) {
        self.answering = Some(kind);
        match kind {
            Kind::CancelRequest if self.has(Fault::CancelAnswered) => {
                self.put(ErrorResponse { fields: report("FATAL", "57014", "there is nothing to cancel") });
            }
            Kind::Terminate if self.has(Fault::TerminateAnswered) => self.put(complete("TERMINATE")),
            _ => {}
        }
    }

    /// Takes a message to send.
    ///
    /// # Panics
    ///
    /// If a list or a value is longer than the wire can tell: no engine may hand out such a row.
    pub fn send<'a>(&mut self, message: impl Into<Backend<'a>>) {
        let message = message.into();
        if self.faults.is_empty() {
            return self.put(message);
        }
        let tag = rewrite::spoilt_tag(&self.faults, &message);
        let mut message = message;
        if let (Backend::CommandComplete(complete), Some(tag)) = (&mut message, &tag) {
            complete.tag = Text(tag.as_bytes());
        }
        let values = self.spoilt_values(&message);
        if let Backend::DataRow(row) = &mut message {
            for (value, spoilt) in row.values.iter_mut().zip(&values) {
                *value = spoilt.as_deref().map(Text);
            }
        }
        let block_failed = matches!(message, Backend::ReadyForQuery(ReadyForQuery { status: b'E' }));
        self.rewrite(&mut message);
        self.before(&message);
        if !self.drops(&message) {
            let start = self.bytes.len();
            self.put(message.clone());
            self.corrupt(message.kind(), start);
        }
        self.after(&message);
        self.note(&message, block_failed);
    }

    /// Takes an error for a frontend that speaks version 1 or 2 of the protocol: text and a zero byte behind the type.
    pub(crate) fn send_old_error(&mut self, error: &SqlError) {
        let text = format!("E{}:  {}\n\0", error.severity.name(), error.message);
        self.bytes.extend_from_slice(text.as_bytes());
    }

    /// What was sent is not to wait for more: the frontend asked for it.
    pub fn flush(&mut self) {
        self.urgent = true;
    }

    /// Whether something was sent that is not to wait for more, since this was asked last. As with PostgreSQL, what is
    /// only a part of an answer may wait.
    pub fn take_urgency(&mut self) -> bool {
        std::mem::take(&mut self.urgent)
    }

    /// An execution is put off: what is sent from now on is held back until its rows are sent.
    pub(crate) fn hold(&mut self) {
        self.behind += if self.ahead.is_empty() { 0 } else { self.bytes.len() };
        self.ahead.push_back(std::mem::take(&mut self.bytes));
    }

    /// How many bytes are held back.
    pub(crate) fn held(&self) -> usize {
        if self.ahead.is_empty() { 0 } else { self.behind + self.bytes.len() }
    }

    /// Ends that, and hands over what was held back: for each execution that was put off, what is to follow it.
    pub(crate) fn take_held(&mut self) -> VecDeque<Vec<u8>> {
        let Some(ready) = self.ahead.pop_front() else { return VecDeque::new() };
        let last = std::mem::replace(&mut self.bytes, ready);
        self.behind = 0;
        let mut held = std::mem::take(&mut self.ahead);
        held.push_back(last);
        held
    }

    /// Sends what was held back.
    pub(crate) fn send_held(&mut self, held: &[u8]) {
        self.bytes.extend_from_slice(held);
    }

    /// How many bytes there are to write.
    pub fn len(&self) -> usize {
        self.ahead.front().unwrap_or(&self.bytes).len()
    }

    /// The bytes to write now.
    pub fn take(&mut self) -> Vec<u8> {
        std::mem::take(self.ahead.front_mut().unwrap_or(&mut self.bytes))
    }

    /// Whether there is nothing to write.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// The session is about to close the connection; what this adds is to be written before.
    pub fn closing(&mut self) {
        if self.has(Fault::MessageCutAtClose) {
            self.bytes.extend_from_slice(b"C\x00\x00\x00\x0dBYE");
        }
    }

    /// Whether a fault keeps the connection open although the session wants to close it.
    pub fn keep_open(&self) -> bool {
        self.has(Fault::StaysOpen)
    }

    /// Whether a fault is on.
    pub(crate) fn has(&self, fault: Fault) -> bool {
        self.faults.has(fault)
    }

    /// Encodes a message, with no fault in between.
    fn put<'a>(&mut self, message: impl Into<Backend<'a>>) {
        let message = message.into();
        self.urgent |= !is_part(message.kind());
        message.encode(&mut self.bytes).expect("no message is longer than its length field can tell");
    }

    /// Whether the message being answered belongs to the extended query protocol.
    fn in_extended_query(&self) -> bool {
        let extended = [Kind::Parse, Kind::Bind, Kind::Describe, Kind::Execute, Kind::Close];
        self.answering.is_some_and(|kind| extended.contains(&kind))
    }

    fn in_simple_query(&self) -> bool {
        self.answering == Some(Kind::Query)
    }

    /// Puts what a fault sends before the message.
    fn before(&mut self, message: &Backend<'_>) {
        match message {
            message if is_request(message) => {
                if self.has(Fault::NegotiateUnneeded) && !self.progress.negotiated {
                    self.put(NegotiateProtocolVersion { version: V3_0, options: Vec::new() });
                }
                if self.has(Fault::ParameterBeforeAuthentication) {
                    self.put(parameter("client_encoding", "UTF8"));
                }
            }
            Backend::AuthenticationOk(_) => {
                if self.has(Fault::SaslFinalUnasked) {
                    self.put(AuthenticationSASLFinal::default());
                }
                if self.has(Fault::AuthenticationUnknownCode) {
                    self.bytes.extend_from_slice(b"R\x00\x00\x00\x08\x00\x00\x00\x63");
                }
            }
            Backend::ReadyForQuery(_) => self.before_ready(),
            Backend::CommandComplete(_) if self.in_simple_query() => self.before_complete(),
            Backend::ErrorResponse(_) => self.before_refusal(),
            Backend::CopyDone(_) if self.has(Fault::CopyEndMarker) => {
                self.put(CopyData { data: Text(b"\\.\n") })
            }
            Backend::PortalSuspended(_) if self.has(Fault::SuspendedAsComplete) => {
                self.put(complete("SELECT"))
            }
            _ => {}
        }
    }

    fn before_ready(&mut self) {
        if !self.progress.ready {
            if self.has(Fault::CommandCompleteInStartup) {
                self.put(complete("CONNECT"));
            }
            return;
        }
        if self.has(Fault::UnknownMessageType) {
            self.bytes.extend_from_slice(b"Y\x00\x00\x00\x04");
        }
        if self.has(Fault::ServerVersionChanges) {
            self.put(parameter("server_version", "another one"));
        }
        if self.has(Fault::NotificationUnasked) {
            self.put(NotificationResponse { process: 1, channel: "news".into(), payload: "".into() });
        }
    }

    fn before_complete(&mut self) {
        if self.has(Fault::NoDataInSimpleQuery) {
            self.put(NoData);
        }
        if self.has(Fault::FunctionCallResponseUnasked) {
            self.put(FunctionCallResponse { value: None });
        }
        if self.has(Fault::CopyFormatsMixed) {
            self.put(CopyOutResponse { format: 0, formats: vec![1] });
            self.put(CopyDone);
        }
        if self.has(Fault::CopyDataUnasked) {
            self.put(CopyData { data: Text(b"1\n") });
        }
    }

    /// Before the error that refuses an extended-query message: what would be an answer to another one.
    fn before_refusal(&mut self) {
        match self.answering {
            Some(Kind::Parse) if self.has(Fault::AnswerToAnother) => self.put(BindComplete),
            Some(Kind::Close) if self.has(Fault::AnswerToAnother) => self.put(ParseComplete),
            Some(Kind::Bind | Kind::Describe | Kind::Execute) if self.has(Fault::AnswerToAnother) => {
                self.put(CloseComplete);
            }
            Some(Kind::Describe) if self.has(Fault::ParametersDescribedTwice) => {
                self.put(ParameterDescription::default());
                self.put(ParameterDescription::default());
            }
            Some(Kind::Execute) if self.has(Fault::ExecuteDescribesRows) => {
                self.put(RowDescription::default())
            }
            Some(Kind::Execute) if self.has(Fault::SuspendedWithoutLimit) => self.put(PortalSuspended),
            _ => {}
        }
    }

    /// Whether the message is not sent, or not now.
    fn drops(&mut self, message: &Backend<'_>) -> bool {
        match message {
            Backend::NegotiateProtocolVersion(negotiate) if self.has(Fault::NegotiateLate) => {
                let start = self.bytes.len();
                self.put(negotiate.clone());
                self.late = self.bytes.split_off(start);
                true
            }
            Backend::NegotiateProtocolVersion(_) => self.has(Fault::NegotiateMissing),
            Backend::AuthenticationSASLFinal(_) => self.has(Fault::SaslFinalMissing),
            Backend::AuthenticationOk(_) => {
                let early = self.has(Fault::AuthenticationDoesNotWait) && self.progress.authentication_asked;
                early || self.has(Fault::AuthenticationOkMissing)
            }
            Backend::ParameterStatus(_) => self.progress.ready && self.has(Fault::ParameterChangeUntold),
            Backend::PortalSuspended(_) => {
                self.has(Fault::PortalSuspendedMissing) || self.has(Fault::SuspendedAsComplete)
            }
            Backend::RowDescription(_) => self.has(Fault::RowDescriptionMissing),
            Backend::CommandComplete(_) => self.has(Fault::CommandCompleteMissing),
            Backend::ErrorResponse(_) => self.has(Fault::RefusalMissing) && self.in_extended_query(),
            other => missing(other.kind()).is_some_and(|fault| self.has(fault)),
        }
    }

    /// Spoils the frame that begins at `start`.
    fn corrupt(&mut self, kind: Kind, start: usize) {
        match kind {
            Kind::CommandComplete if self.has(Fault::LengthTooSmall) => self.set_length(start, 3),
            Kind::CommandComplete if self.has(Fault::CommandTagUnterminated) => {
                self.bytes.pop();
                self.fix_length(start);
            }
            Kind::ReadyForQuery if self.has(Fault::TrailingByte) => {
                self.bytes.push(0);
                self.fix_length(start);
            }
            Kind::DataRow if self.has(Fault::DataRowOvercounts) => {
                // The count is an Int16 behind type and length; its lower byte is enough for rows of this server.
                self.bytes[start + 6] = self.bytes[start + 6].wrapping_add(1);
            }
            _ => {}
        }
    }

    fn fix_length(&mut self, start: usize) {
        let length = self.bytes.len() - start - 1;
        self.set_length(start, u32::try_from(length).unwrap_or(u32::MAX));
    }

    fn set_length(&mut self, start: usize, length: u32) {
        self.bytes[start + 1..start + 5].copy_from_slice(&length.to_be_bytes());
    }

    /// Puts what a fault sends after the message.
    fn after(&mut self, message: &Backend<'_>) {
        match message {
            Backend::SSLResponse(pgconform_wire::message::SSLResponse { answer: b'N' })
            | Backend::GSSENCResponse(_)
                if self.has(Fault::ParameterBehindEncryptionAnswer) =>
            {
                self.put(parameter("client_encoding", "UTF8"));
            }
            Backend::NegotiateProtocolVersion(negotiate) if self.has(Fault::NegotiateTwice) => {
                self.put(negotiate.clone());
            }
            message if is_request(message) => {
                let late = std::mem::take(&mut self.late);
                self.bytes.extend_from_slice(&late);
                if self.has(Fault::PasswordAskedTwice) {
                    self.put(message.clone());
                }
                if self.has(Fault::AuthenticationDoesNotWait) {
                    self.put(AuthenticationOk);
                }
            }
            Backend::AuthenticationOk(ok) if self.has(Fault::AuthenticationOkTwice) => self.put(*ok),
            Backend::BackendKeyData(data) if self.has(Fault::KeyTwice) => self.put(*data),
            Backend::ErrorResponse(error) => self.after_error(error),
            Backend::CommandComplete(complete) if self.has(Fault::CommandCompleteTwice) => {
                self.put(*complete)
            }
            Backend::CopyDone(_) if self.has(Fault::CopyDataAfterDone) => {
                self.put(CopyData { data: Text(b"1\n") });
            }
            Backend::FunctionCallResponse(response) if self.has(Fault::FunctionCallResponseTwice) => {
                self.put(*response);
            }
            Backend::EmptyQueryResponse(_) if self.has(Fault::CommandCompleteAfterEmpty) => {
                self.put(complete("EMPTY"));
            }
            Backend::ReadyForQuery(ready) => {
                if self.has(Fault::ReadyTwice) && self.in_simple_query() {
                    self.put(*ready);
                }
                if self.has(Fault::CommandCompleteWhileIdle) {
                    self.put(complete("IDLE"));
                }
            }
            _ => {}
        }
    }

    fn after_error(&mut self, error: &ErrorResponse<'_>) {
        if !self.progress.ready {
            if self.has(Fault::ReadyAfterStartupError) {
                self.put(ReadyForQuery { status: b'I' });
            }
        } else if self.in_extended_query() {
            if self.has(Fault::ExtendedErrorTwice) {
                self.put(error.clone());
            }
            if self.has(Fault::ReadyBeforeSync) {
                self.put(ReadyForQuery { status: b'I' });
            }
        } else if self.has(Fault::CommandCompleteAfterError) {
            self.put(complete("ERROR"));
        }
    }

    fn note(&mut self, message: &Backend<'_>, block_failed: bool) {
        match message {
            Backend::NegotiateProtocolVersion(_) => self.progress.negotiated = true,
            message if is_request(message) => self.progress.authentication_asked = true,
            Backend::ErrorResponse(_) => self.progress.failed = true,
            Backend::RowDescription(description) => {
                self.progress.formats = description.columns.iter().map(|column| column.format).collect();
            }
            Backend::ReadyForQuery(_) => {
                self.progress.ready = true;
                self.progress.failed = false;
                self.progress.block_failed = block_failed;
            }
            _ => {}
        }
    }
}

/// The fault that drops every message of this kind.
fn missing(kind: Kind) -> Option<Fault> {
    Some(match kind {
        Kind::BackendKeyData => Fault::KeyMissing,
        Kind::ParseComplete => Fault::ParseCompleteMissing,
        Kind::BindComplete => Fault::BindCompleteMissing,
        Kind::CloseComplete => Fault::CloseCompleteMissing,
        Kind::NoData => Fault::NoDataMissing,
        Kind::ParameterDescription => Fault::ParameterDescriptionMissing,
        Kind::EmptyQueryResponse => Fault::EmptyQueryResponseMissing,
        Kind::CopyDone => Fault::CopyDoneMissing,
        Kind::FunctionCallResponse => Fault::FunctionCallResponseMissing,
        Kind::NotificationResponse => Fault::NotificationMissing,
        Kind::NoticeResponse => Fault::NoticeMissing,
        _ => return None,
    })
}

/// Whether it asks the frontend to prove who it is.
fn is_request(message: &Backend<'_>) -> bool {
    matches!(
        message,
        Backend::AuthenticationCleartextPassword(_)
            | Backend::AuthenticationMD5Password(_)
            | Backend::AuthenticationSASL(_)
    )
}

fn complete(tag: &str) -> CommandComplete<'_> {
    CommandComplete { tag: tag.into() }
}

fn parameter<'a>(name: &'a str, value: &'a str) -> ParameterStatus<'a> {
    ParameterStatus { name: name.into(), value: value.into() }
}

fn report<'a>(severity: &'a str, code: &'a str, message: &'a str) -> Vec<(u8, Text<'a>)> {
    vec![(b'S', severity.into()), (b'V', severity.into()), (b'C', code.into()), (b'M', message.into())]
}
