//! What COPY TO writes: rows of fields, each in a CopyData of its own.

use super::binary::SIGNATURE;
use super::options::{Format, Header, Options};
use super::{csv, text};
use crate::engine::SqlError;
use crate::postgresql::settings::encoding::Encoding;

/// Writes what the frontend copies out.
#[derive(Debug)]
pub(crate) struct Writer {
    options: Options,
    columns: Vec<String>,
    encoding: Encoding,
    /// The head of binary data, which goes out with what comes first.
    head: Vec<u8>,
}

impl Writer {
    /// Writes rows of these columns for a client of this encoding.
    pub(crate) fn new(options: Options, columns: Vec<String>, client: Encoding) -> Self {
        let encoding = options.encoding.unwrap_or(client);
        let mut head = Vec::new();
        if options.format == Format::Binary {
            head.extend_from_slice(SIGNATURE);
            // Neither flags nor an extension.
            head.extend_from_slice(&[0; 8]);
        }
        Self { options, columns, encoding, head }
    }

    /// What goes out before the rows.
    pub(crate) fn start(&mut self) -> Result<Option<Vec<u8>>, SqlError> {
        if self.options.header == Header::No {
            return Ok(None);
        }
        let names: Vec<_> = self.columns.iter().map(|name| Some(name.clone())).collect();
        self.line(&names, false).map(Some)
    }

    /// A row of values in their text form, for text and CSV.
    pub(crate) fn text(&mut self, fields: &[Option<String>]) -> Result<Vec<u8>, SqlError> {
        self.line(fields, true)
    }

    /// A row of values in their binary form.
    pub(crate) fn binary(&mut self, fields: &[Option<Vec<u8>>]) -> Vec<u8> {
        let mut out = std::mem::take(&mut self.head);
        let count = i16::try_from(fields.len()).unwrap_or(i16::MAX);
        out.extend_from_slice(&count.to_be_bytes());
        for field in fields {
            let length = field.as_ref().map_or(-1, |field| i32::try_from(field.len()).unwrap_or(i32::MAX));
            out.extend_from_slice(&length.to_be_bytes());
            out.extend_from_slice(field.as_deref().unwrap_or_default());
        }
        out
    }

    /// What goes out behind the rows.
    pub(crate) fn end(&mut self) -> Option<Vec<u8>> {
        (self.options.format == Format::Binary).then(|| {
            let mut out = std::mem::take(&mut self.head);
            out.extend_from_slice(&(-1_i16).to_be_bytes());
            out
        })
    }

    fn line(&self, fields: &[Option<String>], values: bool) -> Result<Vec<u8>, SqlError> {
        let mut line = String::new();
        for (place, field) in fields.iter().enumerate() {
            if place > 0 {
                line.push(char::from(self.options.delimiter));
            }
            match (field, self.options.format) {
                (None, _) => line.push_str(&self.options.null),
                (Some(value), Format::Csv) => {
                    let force = values && self.options.force_quote.has(&self.columns[place]);
                    csv::quote(value, &self.options, force, fields.len() == 1, &mut line);
                }
                (Some(value), Format::Text | Format::Binary) => {
                    text::escape(value, self.options.delimiter, &mut line);
                }
            }
        }
        line.push('\n');
        self.encoding.encode(&line).map(|bytes| bytes.into_owned())
    }
}
