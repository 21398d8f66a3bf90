//! The faults that change fields of a message on its way out.

use super::{Outbox, is_request};
use crate::fault::{Fault, Faults};
use pgconform_wire::message::{AuthenticationSASL, CopyInResponse, CopyOutResponse};
use pgconform_wire::{Backend, Kind, Text, version};

/// A secret key that no version of the protocol allows.
const LONG_KEY: &[u8] = &[7; 257];

impl Outbox {
    /// Changes fields of the message.
    pub(super) fn rewrite<'a>(&self, message: &mut Backend<'a>) {
        match message {
            Backend::SSLResponse(reply) if self.has(Fault::SslAnswerLowerCase) => {
                reply.answer = reply.answer.to_ascii_lowercase();
            }
            Backend::GSSENCResponse(reply) if self.has(Fault::GssAnswerLowerCase) => {
                reply.answer = reply.answer.to_ascii_lowercase();
            }
            Backend::NegotiateProtocolVersion(negotiate) => {
                if self.has(Fault::NegotiateUpwards) {
                    negotiate.version = version::version(4, 0);
                }
                if self.has(Fault::NegotiateInventsOption) {
                    negotiate.options.push("_pq_.never_asked".into());
                }
            }
            message if is_request(message) && self.has(Fault::SaslWithoutMechanisms) => {
                *message = AuthenticationSASL::default().into();
            }
            // Over TLS it stands there already.
            Backend::AuthenticationSASL(request)
                if self.has(Fault::ScramPlusWithoutTls) && request.mechanisms.len() == 1 =>
            {
                request.mechanisms.insert(0, "SCRAM-SHA-256-PLUS".into());
            }
            Backend::BackendKeyData(data) if self.has(Fault::KeyTooLong) => data.key = Text(LONG_KEY),
            Backend::ParameterStatus(status) if self.has(Fault::ParameterNameless) => status.name = Text(b""),
            Backend::ReadyForQuery(ready) => ready.status = self.status(ready.status),
            Backend::RowDescription(description) => {
                for column in &mut description.columns {
                    if self.has(Fault::RowDescriptionBinary) {
                        column.format = 1;
                    }
                    if self.has(Fault::RowDescriptionUnknownFormat) {
                        column.format = 7;
                    }
                    if self.has(Fault::DescribedFormatsWrong) && self.answering == Some(Kind::Describe) {
                        column.format = 1 - column.format;
                    }
                }
            }
            Backend::CopyInResponse(CopyInResponse { format, formats })
            | Backend::CopyOutResponse(CopyOutResponse { format, formats }) => {
                if self.has(Fault::CopyBinaryMixed) && *format == 1 {
                    formats.fill(0);
                }
                if self.has(Fault::CopyColumnsShort) {
                    formats.pop();
                }
            }
            Backend::DataRow(row) if self.has(Fault::DataRowShort) => {
                row.values.pop();
            }
            Backend::ErrorResponse(error) => self.spoil(&mut error.fields),
            _ => {}
        }
    }

    fn status(&self, status: u8) -> u8 {
        if !self.progress.ready {
            return if self.has(Fault::FirstReadyInTransaction) { b'T' } else { status };
        }
        if self.has(Fault::ReadyUnknownStatus) {
            return b'X';
        }
        if status == b'T' && self.has(Fault::OpenBlockToldIdle) {
            return b'I';
        }
        if status == b'E' && self.has(Fault::FailedBlockToldOpen) {
            return b'T';
        }
        if status == b'E' && self.has(Fault::FailedBlockForgotten) && self.progress.block_failed {
            return b'I';
        }
        let succeeded = self.in_simple_query() && !self.progress.failed;
        if self.has(Fault::ReadyFailedWithoutError) && succeeded { b'E' } else { status }
    }

    /// Changes the fields of an error.
    fn spoil(&self, fields: &mut Vec<(u8, Text<'_>)>) {
        let set = |fields: &mut Vec<(u8, Text<'_>)>, code: u8, value: &'static str| {
            fields.retain(|(known, _)| *known != code);
            fields.push((code, value.into()));
        };
        if self.has(Fault::StartupErrorNotFatal) && !self.progress.ready {
            set(fields, b'S', "ERROR");
            set(fields, b'V', "ERROR");
        }
        if self.has(Fault::ErrorWithoutCode) {
            fields.retain(|(code, _)| *code != b'C');
        }
        if self.has(Fault::ErrorWithoutNonlocalizedSeverity) {
            fields.retain(|(code, _)| *code != b'V');
        }
        if self.has(Fault::JavaErrors) {
            const ORDER: &[u8] = b"SMCFLR";
            fields.retain(|(code, _)| ORDER.contains(code));
            fields.sort_by_key(|(code, _)| ORDER.iter().position(|known| known == code));
        }
        if self.has(Fault::ErrorSeverityUnknown) {
            set(fields, b'V', "SEVERE");
        }
        if self.has(Fault::SqlstateIsWord) {
            set(fields, b'C', "error");
        }
        if self.has(Fault::SqlstateSuccess) {
            set(fields, b'C', "00000");
        }
        if self.has(Fault::ErrorFieldTwice) {
            fields.extend(fields.iter().copied().find(|(code, _)| *code == b'M'));
        }
        if self.has(Fault::ErrorPositionIsWord) {
            set(fields, b'P', "first");
        }
    }

    /// The values of a row, a zero byte behind those that a fault asks it for; none for other messages.
    pub(super) fn spoilt_values(&self, message: &Backend<'_>) -> Vec<Option<Vec<u8>>> {
        let Backend::DataRow(row) = message else { return Vec::new() };
        let binary = |column| self.progress.formats.get(column).is_some_and(|format| *format == 1);
        let spoil = |column| match binary(column) {
            true => self.has(Fault::BinaryValueLong),
            false => self.has(Fault::NulInText),
        };
        let longer = |(column, value): (usize, &Option<Text<'_>>)| {
            value.map(|value| [value.0, if spoil(column) { b"\0" } else { b"" }].concat())
        };
        row.values.iter().enumerate().map(longer).collect()
    }
}

/// The command tag that a fault puts in the place of the right one.
pub(super) fn spoilt_tag(faults: &Faults, message: &Backend<'_>) -> Option<String> {
    let Backend::CommandComplete(complete) = message else { return None };
    if faults.has(Fault::CommandTagEmpty) {
        return Some(String::new());
    }
    let tag = complete.tag.as_str()?;
    if faults.has(Fault::InsertTagShort) {
        return tag.strip_prefix("INSERT 0 ").map(|count| format!("INSERT {count}"));
    }
    if faults.has(Fault::InsertCountNegative) {
        return tag.strip_prefix("INSERT 0 ").map(|count| format!("INSERT 0 -{count}"));
    }
    if !faults.has(Fault::RowCountWrong) {
        return None;
    }
    let (command, count) = tag.rsplit_once(' ')?;
    Some(format!("{command} {}", count.parse::<u64>().ok()? + 1))
}
