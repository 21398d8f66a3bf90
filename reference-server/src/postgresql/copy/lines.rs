//! From bytes to lines, as text and CSV have them: where a line ends depends on what is escaped and quoted.

use super::options::{Format, Options};
use crate::engine::SqlError;
use crate::postgresql::settings::encoding::Encoding;

/// How lines end; the first tells, and the others must be like it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
enum End {
    #[default]
    Unknown,
    Newline,
    Return,
    Both,
}

/// Cuts what comes in into lines.
#[derive(Debug)]
pub(super) struct Lines {
    encoding: Encoding,
    csv: bool,
    quote: u8,
    /// None where it is the same as the quote.
    escape: Option<u8>,
    /// What came in; from `start` on it is not converted yet, up to `searched` it has no line end.
    raw: Vec<u8>,
    start: usize,
    searched: usize,
    /// What is converted and no line yet.
    text: String,
    /// How far that was looked at, and in what state.
    scan: Scan,
    end: End,
    /// Nothing more comes in.
    complete: bool,
    /// The marker of the end was read.
    over: bool,
    /// The number of the line that is being read.
    number: u64,
}

#[derive(Clone, Copy, Debug, Default)]
struct Scan {
    begun: bool,
    at: usize,
    quoted: bool,
    escaped: bool,
}

/// What looking for the end of the line came to.
enum Found {
    /// The line ends here, and the next begins there.
    Line(usize, usize),
    /// The marker of the end.
    Marker,
    /// More must come in.
    More,
}

fn bad(message: &'static str) -> SqlError {
    SqlError::error("22P04", message)
}

const NOT_ALONE: &str = "end-of-copy marker is not alone on its line";

const OTHER_STYLE: &str = "end-of-copy marker does not match previous newline style";

impl Lines {
    pub(super) fn new(options: &Options, encoding: Encoding) -> Self {
        Self {
            encoding,
            csv: options.format == Format::Csv,
            quote: options.quote,
            escape: (options.escape != options.quote).then_some(options.escape),
            raw: Vec::new(),
            start: 0,
            searched: 0,
            text: String::new(),
            scan: Scan::default(),
            end: End::Unknown,
            complete: false,
            over: false,
            number: 0,
        }
    }

    /// Takes what came in.
    pub(super) fn push(&mut self, bytes: &[u8]) {
        if !self.over {
            self.raw.drain(..self.start);
            self.searched -= self.start;
            self.start = 0;
            self.raw.extend_from_slice(bytes);
        }
    }

    /// Nothing more comes in.
    pub(super) fn finish(&mut self) {
        self.complete = true;
    }

    /// The number of the line that was read last, or is being read.
    pub(super) fn number(&self) -> u64 {
        self.number
    }

    /// The number of the line that is read next, or is being read.
    pub(super) fn current(&self) -> u64 {
        let pending = self.scan.begun || self.over;
        if pending { self.number } else { self.number + 1 }
    }

    /// The next line, without its end; none if more must come in, or if there is none.
    pub(super) fn next(&mut self) -> Result<Option<String>, SqlError> {
        if self.over || (self.text.is_empty() && self.start == self.raw.len()) {
            return Ok(None);
        }
        if !self.scan.begun {
            self.scan.begun = true;
            self.number += 1;
        }
        loop {
            match self.find()? {
                Found::Line(end, next) => {
                    let line = self.text[..end].to_owned();
                    self.text.drain(..next);
                    self.scan = Scan::default();
                    return Ok(Some(line));
                }
                Found::Marker => {
                    self.over = true;
                    self.raw.clear();
                    self.text.clear();
                    return Ok(None);
                }
                Found::More if self.convert()? => {}
                Found::More if self.complete => {
                    self.over = true;
                    return Ok(Some(std::mem::take(&mut self.text)));
                }
                Found::More => return Ok(None),
            }
        }
    }

    /// Converts what came in, up to the next line end: what is wrong behind it must not hide what stands before.
    fn convert(&mut self) -> Result<bool, SqlError> {
        let rest = &self.raw[self.searched..];
        let end = match rest.iter().position(|byte| matches!(byte, b'\n' | b'\r')) {
            Some(at) => self.searched + at + 1,
            None if self.complete && self.start < self.raw.len() => self.raw.len(),
            None => {
                self.searched = self.raw.len();
                return Ok(false);
            }
        };
        self.text += &self.encoding.decode(&self.raw[self.start..end])?;
        self.start = end;
        self.searched = end;
        Ok(true)
    }

    /// Looks for the end of the line.
    fn find(&mut self) -> Result<Found, SqlError> {
        let bytes = self.text.as_bytes();
        let last = self.complete && self.start == self.raw.len();
        while let Some(&byte) = bytes.get(self.scan.at) {
            let at = self.scan.at;
            let next = bytes.get(at + 1).copied();
            if next.is_none() && !last && matches!(byte, b'\r' | b'\\') {
                return Ok(Found::More);
            }
            if self.csv {
                if self.scan.quoted && Some(byte) == self.escape {
                    self.scan.escaped = !self.scan.escaped;
                }
                if byte == self.quote && !self.scan.escaped {
                    self.scan.quoted = !self.scan.quoted;
                }
                if Some(byte) != self.escape {
                    self.scan.escaped = false;
                }
            }
            let counted = if self.end == End::Newline { b'\n' } else { b'\r' };
            if self.scan.quoted && byte == counted {
                self.number += 1;
            }
            match byte {
                b'\r' if !self.scan.quoted => return self.carriage_return(at, next),
                b'\n' if !self.scan.quoted => {
                    if matches!(self.end, End::Return | End::Both) {
                        return Err(self.unlike("newline", "n"));
                    }
                    self.end = End::Newline;
                    return Ok(Found::Line(at, at + 1));
                }
                b'\\' if !self.csv && next == Some(b'.') => return self.marker(at, last),
                b'\\' if !self.csv => self.scan.at += 2,
                _ => self.scan.at += 1,
            }
        }
        Ok(Found::More)
    }

    fn carriage_return(&mut self, at: usize, next: Option<u8>) -> Result<Found, SqlError> {
        match self.end {
            End::Unknown | End::Both if next == Some(b'\n') => {
                self.end = End::Both;
                Ok(Found::Line(at, at + 2))
            }
            End::Unknown | End::Return => {
                self.end = End::Return;
                Ok(Found::Line(at, at + 1))
            }
            End::Both | End::Newline => Err(self.unlike("carriage return", "r")),
        }
    }

    /// A line end that is not like the first.
    fn unlike(&self, what: &str, letter: &str) -> SqlError {
        let (how, hint) = match self.csv {
            false => ("literal", format!("Use \"\\{letter}\" to represent {what}.")),
            true => ("unquoted", format!("Use quoted CSV field to represent {what}.")),
        };
        SqlError::error("22P04", format!("{how} {what} found in data")).hint(hint)
    }

    /// The marker of the end, which must be a line of its own and end like the others.
    fn marker(&self, at: usize, last: bool) -> Result<Found, SqlError> {
        let mut behind = self.text.as_bytes()[at + 2..].iter().copied();
        let missing = || if last { Err(bad(NOT_ALONE)) } else { Ok(Found::More) };
        if self.end == End::Both {
            match behind.next() {
                None => return missing(),
                Some(b'\n') => return Err(bad(OTHER_STYLE)),
                Some(b'\r') => {}
                Some(_) => return Err(bad(NOT_ALONE)),
            }
        }
        let Some(byte) = behind.next() else { return missing() };
        let fits = match self.end {
            End::Unknown => true,
            End::Newline | End::Both => byte == b'\n',
            End::Return => byte == b'\r',
        };
        match byte {
            b'\n' | b'\r' if !fits => Err(bad(OTHER_STYLE)),
            b'\n' | b'\r' if at == 0 => Ok(Found::Marker),
            _ => Err(bad(NOT_ALONE)),
        }
    }
}
