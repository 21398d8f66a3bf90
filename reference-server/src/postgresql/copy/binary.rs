//! The binary format: a signature, flags, and tuples with the lengths of their fields.

use super::reader::Field;
use crate::engine::SqlError;

/// What binary data begins with.
pub(super) const SIGNATURE: &[u8; 11] = b"PGCOPY\n\xff\r\n\0";

/// Flags that a reader must know: the upper half. One of them says that rows have object identifiers, as they no longer do.
const CRITICAL: u32 = 0xffff_0000;
const WITH_OIDS: u32 = 0x0001_0000;

/// Cuts what comes in into tuples.
#[derive(Debug, Default)]
pub(super) struct Tuples {
    raw: Vec<u8>,
    start: usize,
    complete: bool,
    headed: bool,
    /// The tuple that says that there are no more was read.
    over: bool,
    number: u64,
}

/// Why a tuple cannot be read.
pub(super) struct Bad {
    pub(super) error: SqlError,
    /// The column that it is about.
    pub(super) column: Option<usize>,
}

fn bad<T>(message: impl Into<String>, column: Option<usize>) -> Result<T, Bad> {
    Err(Bad { error: SqlError::error("22P04", message.into()), column })
}

impl Tuples {
    pub(super) fn push(&mut self, bytes: &[u8]) {
        self.raw.drain(..self.start);
        self.start = 0;
        self.raw.extend_from_slice(bytes);
    }

    pub(super) fn finish(&mut self) {
        self.complete = true;
    }

    /// The number of the tuple that was read last, or is being read; 0 before the first.
    pub(super) fn number(&self) -> u64 {
        self.number
    }

    /// Whether what stands before the tuples was read.
    pub(super) fn is_headed(&self) -> bool {
        self.headed
    }

    /// The next tuple; none if more must come in, or if there is none.
    pub(super) fn next(&mut self, columns: usize) -> Result<Option<Vec<Field>>, Bad> {
        if !self.headed && !self.header()? {
            return Ok(None);
        }
        let bytes = &self.raw[self.start..];
        if self.over {
            return if bytes.is_empty() {
                Ok(None)
            } else {
                bad("received copy data after EOF marker", None)
            };
        }
        let Some((count, mut rest)) = bytes.split_first_chunk() else { return Ok(None) };
        let number = self.number + 1;
        let count = i16::from_be_bytes(*count);
        if count == -1 {
            self.number = number;
            self.over = true;
            self.start += 2;
            return self.next(columns);
        }
        if usize::try_from(count) != Ok(columns) {
            self.number = number;
            return bad(format!("row field count is {count}, expected {columns}"), None);
        }
        let mut fields = Vec::with_capacity(columns);
        for column in 0..columns {
            let cut = || bad("unexpected EOF in COPY data", Some(column));
            let length =
                rest.split_first_chunk().map(|(length, behind)| (i32::from_be_bytes(*length), behind));
            let field = match length {
                Some((-1, behind)) => Some((None, behind)),
                Some((length, behind)) => match usize::try_from(length) {
                    Ok(length) => {
                        behind.split_at_checked(length).map(|(field, behind)| (Some(field), behind))
                    }
                    Err(_) => {
                        self.number = number;
                        return bad("invalid field size", Some(column));
                    }
                },
                None => None,
            };
            match field {
                Some((field, behind)) => {
                    fields.push(field.map_or(Field::Null, |field| Field::Binary(field.to_vec())));
                    rest = behind;
                }
                None if self.complete => {
                    self.number = number;
                    return cut();
                }
                None => return Ok(None),
            }
        }
        self.number = number;
        self.start = self.raw.len() - rest.len();
        Ok(Some(fields))
    }

    /// Reads what stands before the tuples; says whether it was all there.
    fn header(&mut self) -> Result<bool, Bad> {
        let missing = |what: &str, complete: bool| if complete { bad(what, None) } else { Ok(false) };
        let wrong = "COPY file signature not recognized";
        let Some((signature, rest)) = self.raw.split_first_chunk::<11>() else {
            return missing(wrong, self.complete);
        };
        if signature != SIGNATURE {
            return bad(wrong, None);
        }
        let Some((flags, rest)) = rest.split_first_chunk() else {
            return missing("invalid COPY file header (missing flags)", self.complete);
        };
        let flags = u32::from_be_bytes(*flags);
        if flags & WITH_OIDS != 0 {
            return bad("invalid COPY file header (WITH OIDS)", None);
        }
        if flags & CRITICAL != 0 {
            return bad("unrecognized critical flags in COPY file header", None);
        }
        let Some((length, rest)) = rest.split_first_chunk() else {
            return missing("invalid COPY file header (missing length)", self.complete);
        };
        let Ok(length) = usize::try_from(i32::from_be_bytes(*length)) else {
            return bad("invalid COPY file header (missing length)", None);
        };
        if rest.len() < length {
            return missing("invalid COPY file header (wrong length)", self.complete);
        }
        self.start = self.raw.len() - rest.len() + length;
        self.headed = true;
        Ok(true)
    }
}
