//! Messages that are none. PostgreSQL reads a message field by field and acts on each: what is wrong with an earlier field is
//! told before it sees that a later one is missing.

use super::Backend;
use super::portal::{check_counts, in_parameter};
use super::wait::no_wait;
use crate::engine::SqlError;
use crate::postgresql::sql::functions;
use crate::postgresql::sql::stop::Stop;
use pgconform_wire::DecodeError;
use pgconform_wire::codec::Reason;

/// The type byte and the length of a message.
const HEAD: usize = 5;

/// Reads the fields of a message as PostgreSQL does.
struct Body<'a>(&'a [u8]);

impl<'a> Body<'a> {
    fn bytes(&mut self, count: usize) -> Result<&'a [u8], Stop> {
        let split = self.0.split_at_checked(count);
        let (taken, rest) = split.ok_or_else(|| malformed("insufficient data left in message"))?;
        self.0 = rest;
        Ok(taken)
    }

    fn string(&mut self) -> Result<&'a [u8], Stop> {
        let end = self.0.iter().position(|byte| *byte == 0);
        let end = end.ok_or_else(|| malformed("invalid string in message"))?;
        let taken = self.bytes(end)?;
        self.bytes(1)?;
        Ok(taken)
    }

    fn int16(&mut self) -> Result<i16, Stop> {
        self.bytes(2).map(|bytes| i16::from_be_bytes([bytes[0], bytes[1]]))
    }

    /// A count of things that follow.
    fn count(&mut self) -> Result<usize, Stop> {
        self.int16().map(|count| usize::from(count.cast_unsigned()))
    }

    fn formats(&mut self) -> Result<Vec<i16>, Stop> {
        (0..self.count()?).map(|_| self.int16()).collect()
    }

    /// The length of a value; none: NULL.
    fn length(&mut self) -> Result<Option<i32>, Stop> {
        let length =
            self.bytes(4).map(|bytes| i32::from_be_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]))?;
        Ok((length != -1).then_some(length))
    }
}

fn malformed(why: &'static str) -> Stop {
    Stop::error("08P01", why)
}

impl Backend {
    /// What to say to a message that does not decode, for this reason.
    pub(super) fn told_malformed(&mut self, error: &DecodeError, frame: &[u8]) -> SqlError {
        let body = Body(frame.get(HEAD..).unwrap_or_default());
        let found = match error.message {
            "Bind" => self.bind_by_field(body),
            "FunctionCall" => self.call_by_field(body),
            _ => Ok(()),
        };
        if let Err(stop) = found {
            return no_wait(stop);
        }
        let why = match error.reason {
            Reason::Short { .. } if error.field == "target" => "no data left in message",
            Reason::Short { .. } => "insufficient data left in message",
            Reason::Unterminated => "invalid string in message",
            _ => "invalid message format",
        };
        SqlError::error("08P01", why)
    }

    fn bind_by_field(&mut self, mut body: Body<'_>) -> Result<(), Stop> {
        self.start_in_segment();
        let portal = self.name(body.string()?)?;
        let statement = self.name(body.string()?)?;
        let prepared = self.statement(&statement)?;
        let formats = body.formats()?;
        let count = body.count()?;
        check_counts(formats.len(), count, &prepared)?;
        self.refuse_if_failed(prepared.ends_block() && prepared.types.is_empty())?;
        self.refuse_portal(&portal)?;
        for (place, oid) in prepared.types.iter().enumerate() {
            let bytes = body.length().and_then(|length| match length {
                None => Ok(None),
                // A negative length is a huge one.
                Some(length) => body.bytes(usize::try_from(length).unwrap_or(usize::MAX)).map(Some),
            });
            let bytes = bytes.map_err(|stop| in_parameter(stop, &portal, place, None))?;
            self.parameter(&portal, &formats, place, *oid, bytes)?;
        }
        body.formats().map(|_| ())
    }

    fn call_by_field(&mut self, mut body: Body<'_>) -> Result<(), Stop> {
        self.start_in_segment();
        self.refuse_if_failed(false)?;
        let oid = body.bytes(4).map(|bytes| u32::from_be_bytes([bytes[0], bytes[1], bytes[2], bytes[3]]))?;
        let function = functions::by_oid(oid);
        let function = function
            .ok_or_else(|| Stop::error("42883", format!("function with OID {oid} does not exist")))?;
        let formats = body.formats()?;
        let count = body.count()?;
        super::call::check_counts(function, formats.len(), count)?;
        for _ in 0..count {
            match body.length()? {
                None => {}
                Some(length) => {
                    let size = usize::try_from(length).map_err(|_| {
                        Stop::error(
                            "08P01",
                            format!("invalid argument size {length} in function call message"),
                        )
                    })?;
                    body.bytes(size)?;
                }
            }
        }
        body.int16().map(|_| ())
    }
}
