//! The formats of COPY: text, CSV and binary, from bytes to fields and back. Which rows of which table they are is not
//! known here.

mod binary;
mod csv;
mod lines;
mod options;
mod reader;
mod text;
mod writer;

pub(crate) use options::{Format, Options, Verbosity};
pub(crate) use reader::{Field, Reader, Record};
pub(crate) use writer::Writer;

#[cfg(test)]
mod tests;
