//! One description of a message's fields, and what walks over it.
//!
//! A message tells its fields once, in wire order, to a [`Walk`]. [`Decoder`] fills them from bytes, [`Encoder`] writes
//! them, the [trace](crate::trace) prints them, and the case language builds and compares them: five uses of one
//! description, so that no two of them can drift apart. That the description itself is right is shown by bytes from
//! outside: the vectors under `tests/vectors/` and `postgres-protocol`.

use std::fmt;

/// A string of the protocol: bytes, by convention in the client encoding, not necessarily UTF-8.
#[derive(Clone, Copy, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Text<'a>(pub &'a [u8]);

impl<'a> Text<'a> {
    /// The text as UTF-8, if it is.
    pub fn as_str(self) -> Option<&'a str> {
        std::str::from_utf8(self.0).ok()
    }

    /// The text for people: what is not UTF-8 shows as U+FFFD.
    pub fn lossy(self) -> std::borrow::Cow<'a, str> {
        String::from_utf8_lossy(self.0)
    }
}

impl<'a> From<&'a str> for Text<'a> {
    fn from(text: &'a str) -> Self {
        Self(text.as_bytes())
    }
}

impl PartialEq<str> for Text<'_> {
    fn eq(&self, other: &str) -> bool {
        self.0 == other.as_bytes()
    }
}

impl PartialEq<&str> for Text<'_> {
    fn eq(&self, other: &&str) -> bool {
        self.0 == other.as_bytes()
    }
}

impl fmt::Debug for Text<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:?}", self.lossy())
    }
}

/// How the length of a list is told on the wire.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Count {
    /// An Int16 before the items. Unsigned, as PostgreSQL reads it: 65,535 parameters are legal.
    Int16,
    /// An Int32 before the items.
    Int32,
    /// No count: a zero byte stands where the next item would begin.
    UntilZero,
}

/// Something with fields on the wire: a message, or an item of a list in one.
pub trait Fields<'a>: Clone + Default {
    /// Tells the fields to `walk`, in wire order.
    fn fields<W: Walk<'a>>(&mut self, walk: &mut W) -> Result<(), W::Error>;
}

/// What can be done with a field. `name` is the field's name in the case language and in a trace; it is empty for the
/// items of a list.
pub trait Walk<'a> {
    /// What ends the walk early.
    type Error;

    /// Byte1 with a meaning as a character: `'S'`, `'I'`.
    fn byte(&mut self, name: &'static str, value: &mut u8) -> Result<(), Self::Error>;
    /// Int8 with a meaning as a number.
    fn int8(&mut self, name: &'static str, value: &mut i8) -> Result<(), Self::Error>;
    /// Int16.
    fn int16(&mut self, name: &'static str, value: &mut i16) -> Result<(), Self::Error>;
    /// Int32.
    fn int32(&mut self, name: &'static str, value: &mut i32) -> Result<(), Self::Error>;
    /// Int32 that holds an object identifier, which is unsigned.
    fn oid(&mut self, name: &'static str, value: &mut u32) -> Result<(), Self::Error>;
    /// Int32 that holds a protocol version: major in the upper half, minor in the lower.
    fn version(&mut self, name: &'static str, value: &mut u32) -> Result<(), Self::Error>;
    /// String: ends with a zero byte.
    fn string(&mut self, name: &'static str, value: &mut Text<'a>) -> Result<(), Self::Error>;
    /// A String that no trace, snapshot or report may show.
    fn secret_string(&mut self, name: &'static str, value: &mut Text<'a>) -> Result<(), Self::Error>;
    /// Byte*n: all that is left of the message.
    fn rest(&mut self, name: &'static str, value: &mut Text<'a>) -> Result<(), Self::Error>;
    /// Byte*n that no trace, snapshot or report may show.
    fn secret_rest(&mut self, name: &'static str, value: &mut Text<'a>) -> Result<(), Self::Error>;
    /// Byte*n of the length that the kind of message fixes: a salt.
    fn bytes4(&mut self, name: &'static str, value: &mut [u8; 4]) -> Result<(), Self::Error>;
    /// Int32 length and that many bytes; the length -1 stands for NULL.
    fn value(&mut self, name: &'static str, value: &mut Option<Text<'a>>) -> Result<(), Self::Error>;
    /// As [`value`](Walk::value), for one that no trace, snapshot or report may show.
    fn secret_value(&mut self, name: &'static str, value: &mut Option<Text<'a>>) -> Result<(), Self::Error>;
    /// A list of items.
    fn list<T: Fields<'a>>(
        &mut self,
        name: &'static str,
        count: Count,
        items: &mut Vec<T>,
    ) -> Result<(), Self::Error>;
    /// Pairs of Strings, ended by a zero byte: the parameters of a startup packet.
    fn parameters(&mut self, pairs: &mut Vec<(Text<'a>, Text<'a>)>) -> Result<(), Self::Error>;
    /// Pairs of a Byte1 code and a String, ended by a zero byte: the fields of an error or notice.
    fn report(&mut self, fields: &mut Vec<(u8, Text<'a>)>) -> Result<(), Self::Error>;
}

impl<'a> Fields<'a> for i16 {
    fn fields<W: Walk<'a>>(&mut self, walk: &mut W) -> Result<(), W::Error> {
        walk.int16("", self)
    }
}

impl<'a> Fields<'a> for u32 {
    fn fields<W: Walk<'a>>(&mut self, walk: &mut W) -> Result<(), W::Error> {
        walk.oid("", self)
    }
}

impl<'a> Fields<'a> for Text<'a> {
    fn fields<W: Walk<'a>>(&mut self, walk: &mut W) -> Result<(), W::Error> {
        walk.string("", self)
    }
}

impl<'a> Fields<'a> for Option<Text<'a>> {
    fn fields<W: Walk<'a>>(&mut self, walk: &mut W) -> Result<(), W::Error> {
        walk.value("", self)
    }
}

/// Why bytes are not the message that their type byte announces.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DecodeError {
    /// The message's name in the documentation.
    pub message: &'static str,
    /// The field that could not be read; empty when the message as a whole is at fault.
    pub field: &'static str,
    /// Where that field begins, in bytes from the start of the frame.
    pub offset: usize,
    /// What is wrong with it.
    pub reason: Reason,
}

/// What is wrong with a field.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Reason {
    /// The frame ends before the field does.
    Short {
        /// Bytes the field needs.
        needed: usize,
        /// Bytes the frame still has.
        left: usize,
    },
    /// A String without its zero byte.
    Unterminated,
    /// A length below -1, or a count below 0.
    Negative(i32),
    /// Bytes behind the last field.
    Trailing(usize),
    /// A type byte, request code or authentication code that is not this message's.
    Unknown(i32),
    /// A length field that does not tell the frame's length.
    Length {
        /// What it says.
        told: i32,
        /// What it should say.
        is: usize,
    },
    /// The side that sent it does not send this message.
    Side,
}

impl fmt::Display for DecodeError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}", self.message)?;
        if !self.field.is_empty() {
            write!(f, ".{}", self.field)?;
        }
        write!(f, " at byte {}: {}", self.offset, self.reason)
    }
}

impl std::error::Error for DecodeError {}

impl fmt::Display for Reason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Short { needed, left } => write!(f, "needs {needed} bytes, the message has {left} left"),
            Self::Unterminated => write!(f, "no zero byte ends this string"),
            Self::Negative(n) => write!(f, "{n} is not a length"),
            Self::Trailing(n) => write!(f, "{n} bytes follow the last field"),
            Self::Unknown(code) => write!(f, "{code} is not the code of this message"),
            Self::Length { told, is } => write!(f, "says {told}, but it is {is}"),
            Self::Side => write!(f, "this side does not send it"),
        }
    }
}

/// Fills fields from the body of a frame; refuses what is too short, unterminated or too long.
#[derive(Debug)]
pub struct Decoder<'a> {
    message: &'static str,
    frame: &'a [u8],
    at: usize,
    secrets: Vec<std::ops::Range<usize>>,
}

impl<'a> Decoder<'a> {
    /// Decodes `T` from `frame`, whose fields begin at byte `at`.
    pub fn decode<T: Fields<'a>>(
        message: &'static str,
        frame: &'a [u8],
        at: usize,
    ) -> Result<T, DecodeError> {
        Self::decode_with_secrets(message, frame, at).map(|(fields, _)| fields)
    }

    /// As [`decode`](Self::decode), also telling which bytes of the frame are secret.
    pub fn decode_with_secrets<T: Fields<'a>>(
        message: &'static str,
        frame: &'a [u8],
        at: usize,
    ) -> Result<(T, Vec<std::ops::Range<usize>>), DecodeError> {
        let mut decoder = Self { message, frame, at, secrets: Vec::new() };
        let mut fields = T::default();
        fields.fields(&mut decoder)?;
        let left = frame.len().saturating_sub(decoder.at);
        if left > 0 {
            return Err(decoder.error("", Reason::Trailing(left)));
        }
        Ok((fields, decoder.secrets))
    }

    #[cold]
    fn error(&self, field: &'static str, reason: Reason) -> DecodeError {
        DecodeError { message: self.message, field, offset: self.at, reason }
    }

    #[inline]
    fn take(&mut self, field: &'static str, needed: usize) -> Result<&'a [u8], DecodeError> {
        let left = self.frame.len().saturating_sub(self.at);
        if needed > left {
            return Err(self.error(field, Reason::Short { needed, left }));
        }
        let bytes = &self.frame[self.at..self.at + needed];
        self.at += needed;
        Ok(bytes)
    }

    #[inline]
    fn array<const N: usize>(&mut self, field: &'static str) -> Result<[u8; N], DecodeError> {
        let bytes = self.take(field, N)?;
        let mut array = [0; N];
        array.copy_from_slice(bytes);
        Ok(array)
    }

    /// Whether a zero byte ends an uncounted list here; steps over it if so.
    fn at_zero(&mut self, field: &'static str) -> Result<bool, DecodeError> {
        match self.frame.get(self.at) {
            None => Err(self.error(field, Reason::Unterminated)),
            Some(0) => {
                self.at += 1;
                Ok(true)
            }
            Some(_) => Ok(false),
        }
    }
}

impl<'a> Walk<'a> for Decoder<'a> {
    type Error = DecodeError;

    fn byte(&mut self, name: &'static str, value: &mut u8) -> Result<(), DecodeError> {
        [*value] = self.array(name)?;
        Ok(())
    }

    fn int8(&mut self, name: &'static str, value: &mut i8) -> Result<(), DecodeError> {
        *value = i8::from_be_bytes(self.array(name)?);
        Ok(())
    }

    fn int16(&mut self, name: &'static str, value: &mut i16) -> Result<(), DecodeError> {
        *value = i16::from_be_bytes(self.array(name)?);
        Ok(())
    }

    fn int32(&mut self, name: &'static str, value: &mut i32) -> Result<(), DecodeError> {
        *value = i32::from_be_bytes(self.array(name)?);
        Ok(())
    }

    fn oid(&mut self, name: &'static str, value: &mut u32) -> Result<(), DecodeError> {
        *value = u32::from_be_bytes(self.array(name)?);
        Ok(())
    }

    fn version(&mut self, name: &'static str, value: &mut u32) -> Result<(), DecodeError> {
        self.oid(name, value)
    }

    fn string(&mut self, name: &'static str, value: &mut Text<'a>) -> Result<(), DecodeError> {
        let rest = self.frame.get(self.at..).unwrap_or_default();
        let Some(end) = rest.iter().position(|&b| b == 0) else {
            return Err(self.error(name, Reason::Unterminated));
        };
        *value = Text(&rest[..end]);
        self.at += end + 1;
        Ok(())
    }

    fn secret_string(&mut self, name: &'static str, value: &mut Text<'a>) -> Result<(), DecodeError> {
        let from = self.at;
        self.string(name, value)?;
        self.secrets.push(from..self.at - 1);
        Ok(())
    }

    fn rest(&mut self, name: &'static str, value: &mut Text<'a>) -> Result<(), DecodeError> {
        let left = self.frame.len().saturating_sub(self.at);
        *value = Text(self.take(name, left)?);
        Ok(())
    }

    fn secret_rest(&mut self, name: &'static str, value: &mut Text<'a>) -> Result<(), DecodeError> {
        let from = self.at;
        self.rest(name, value)?;
        self.secrets.push(from..self.at);
        Ok(())
    }

    fn bytes4(&mut self, name: &'static str, value: &mut [u8; 4]) -> Result<(), DecodeError> {
        *value = self.array(name)?;
        Ok(())
    }

    fn value(&mut self, name: &'static str, value: &mut Option<Text<'a>>) -> Result<(), DecodeError> {
        let from = self.at;
        let length = i32::from_be_bytes(self.array(name)?);
        let left = self.frame.len() - self.at;
        let reason = match usize::try_from(length) {
            Ok(needed) if needed <= left => {
                *value = Some(Text(&self.frame[self.at..self.at + needed]));
                self.at += needed;
                return Ok(());
            }
            Err(_) if length == -1 => {
                *value = None;
                return Ok(());
            }
            Ok(needed) => Reason::Short { needed, left },
            Err(_) => Reason::Negative(length),
        };
        // The field begins with its length.
        self.at = from;
        Err(self.error(name, reason))
    }

    fn secret_value(&mut self, name: &'static str, value: &mut Option<Text<'a>>) -> Result<(), DecodeError> {
        let from = self.at + 4;
        self.value(name, value)?;
        self.secrets.push(from..self.at.max(from));
        Ok(())
    }

    fn list<T: Fields<'a>>(
        &mut self,
        name: &'static str,
        count: Count,
        items: &mut Vec<T>,
    ) -> Result<(), DecodeError> {
        let count = match count {
            Count::Int16 => usize::from(u16::from_be_bytes(self.array(name)?)),
            Count::Int32 => {
                let from = self.at;
                let count = i32::from_be_bytes(self.array(name)?);
                usize::try_from(count)
                    .map_err(|_| DecodeError { offset: from, ..self.error(name, Reason::Negative(count)) })?
            }
            Count::UntilZero => {
                while !self.at_zero(name)? {
                    let mut item = T::default();
                    item.fields(self).map_err(|e| e.within(name))?;
                    items.push(item);
                }
                return Ok(());
            }
        };
        // A count is a claim: memory is given at once for as many as a row has, for more only as their bytes are there.
        items.reserve(count.min(self.frame.len().saturating_sub(self.at)).min(64));
        for _ in 0..count {
            let mut item = T::default();
            if let Err(error) = item.fields(self) {
                return Err(error.within(name));
            }
            items.push(item);
        }
        Ok(())
    }

    fn parameters(&mut self, pairs: &mut Vec<(Text<'a>, Text<'a>)>) -> Result<(), DecodeError> {
        while !self.at_zero("parameters")? {
            let (mut name, mut value) = (Text::default(), Text::default());
            self.string("parameter name", &mut name)?;
            self.string("parameter value", &mut value)?;
            pairs.push((name, value));
        }
        Ok(())
    }

    fn report(&mut self, fields: &mut Vec<(u8, Text<'a>)>) -> Result<(), DecodeError> {
        while !self.at_zero("fields")? {
            let (mut code, mut value) = (0, Text::default());
            self.byte("field code", &mut code)?;
            self.string("field value", &mut value)?;
            fields.push((code, value));
        }
        Ok(())
    }
}

impl DecodeError {
    /// An item of a list has no name of its own: the error names the list.
    fn within(self, list: &'static str) -> Self {
        if self.field.is_empty() { Self { field: list, ..self } } else { self }
    }
}

/// Appends fields to a buffer. What the types allow is written as it stands, legal or not.
#[derive(Debug)]
pub struct Encoder<'b> {
    out: &'b mut Vec<u8>,
}

/// A list or a value that its count or length field cannot tell.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct TooLong;

impl fmt::Display for TooLong {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "longer than its count or length field can tell")
    }
}

impl std::error::Error for TooLong {}

impl<'b> Encoder<'b> {
    /// Appends to `out`.
    pub fn new(out: &'b mut Vec<u8>) -> Self {
        Self { out }
    }

    fn put<const N: usize>(&mut self, bytes: [u8; N]) -> Result<(), TooLong> {
        self.out.extend_from_slice(&bytes);
        Ok(())
    }
}

impl<'a> Walk<'a> for Encoder<'_> {
    type Error = TooLong;

    fn byte(&mut self, _: &'static str, value: &mut u8) -> Result<(), TooLong> {
        self.put([*value])
    }

    fn int8(&mut self, _: &'static str, value: &mut i8) -> Result<(), TooLong> {
        self.put(value.to_be_bytes())
    }

    fn int16(&mut self, _: &'static str, value: &mut i16) -> Result<(), TooLong> {
        self.put(value.to_be_bytes())
    }

    fn int32(&mut self, _: &'static str, value: &mut i32) -> Result<(), TooLong> {
        self.put(value.to_be_bytes())
    }

    fn oid(&mut self, _: &'static str, value: &mut u32) -> Result<(), TooLong> {
        self.put(value.to_be_bytes())
    }

    fn version(&mut self, _: &'static str, value: &mut u32) -> Result<(), TooLong> {
        self.put(value.to_be_bytes())
    }

    fn string(&mut self, _: &'static str, value: &mut Text<'a>) -> Result<(), TooLong> {
        self.out.extend_from_slice(value.0);
        self.put([0])
    }

    fn secret_string(&mut self, name: &'static str, value: &mut Text<'a>) -> Result<(), TooLong> {
        self.string(name, value)
    }

    fn rest(&mut self, _: &'static str, value: &mut Text<'a>) -> Result<(), TooLong> {
        self.out.extend_from_slice(value.0);
        Ok(())
    }

    fn secret_rest(&mut self, name: &'static str, value: &mut Text<'a>) -> Result<(), TooLong> {
        self.rest(name, value)
    }

    fn bytes4(&mut self, _: &'static str, value: &mut [u8; 4]) -> Result<(), TooLong> {
        self.put(*value)
    }

    fn value(&mut self, _: &'static str, value: &mut Option<Text<'a>>) -> Result<(), TooLong> {
        let Some(bytes) = value else { return self.put((-1_i32).to_be_bytes()) };
        self.put(i32::try_from(bytes.0.len()).map_err(|_| TooLong)?.to_be_bytes())?;
        self.out.extend_from_slice(bytes.0);
        Ok(())
    }

    fn secret_value(&mut self, name: &'static str, value: &mut Option<Text<'a>>) -> Result<(), TooLong> {
        self.value(name, value)
    }

    fn list<T: Fields<'a>>(
        &mut self,
        _: &'static str,
        count: Count,
        items: &mut Vec<T>,
    ) -> Result<(), TooLong> {
        match count {
            Count::Int16 => self.put(u16::try_from(items.len()).map_err(|_| TooLong)?.to_be_bytes())?,
            Count::Int32 => self.put(i32::try_from(items.len()).map_err(|_| TooLong)?.to_be_bytes())?,
            Count::UntilZero => {}
        }
        for item in items {
            item.fields(self)?;
        }
        if count == Count::UntilZero { self.put([0]) } else { Ok(()) }
    }

    fn parameters(&mut self, pairs: &mut Vec<(Text<'a>, Text<'a>)>) -> Result<(), TooLong> {
        for (name, value) in pairs {
            self.string("", name)?;
            self.string("", value)?;
        }
        self.put([0])
    }

    fn report(&mut self, fields: &mut Vec<(u8, Text<'a>)>) -> Result<(), TooLong> {
        for (code, value) in fields {
            self.put([*code])?;
            self.string("", value)?;
        }
        self.put([0])
    }
}
