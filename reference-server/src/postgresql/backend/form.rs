//! Bytes of messages and what they mean to the session: texts in the client's encoding, values in their two forms, and
//! messages that are none.

use super::Backend;
use crate::outbox::Outbox;
use crate::postgresql::sql::expr::Type;
use crate::postgresql::sql::functions::oid::RECORD;
use crate::postgresql::sql::known::Known;
use crate::postgresql::sql::parse;
use crate::postgresql::sql::query::Column;
use crate::postgresql::sql::stop::Stop;
use crate::postgresql::storage::Oid;
use pgconform_wire::Text;
use pgconform_wire::message::{self, RowDescription};
use pgconform_wire::value::types::{BPCHAR, CSTRING, JSON, NAME, TEXT, VARCHAR, XML};
use pgconform_wire::value::{self, Invalid, Shape, Types, Value};

impl Backend {
    /// A text that the frontend sent.
    pub(super) fn decode(&self, bytes: &[u8]) -> Result<String, Stop> {
        Ok(self.session.settings.encoding().decode(bytes)?.into_owned())
    }

    /// A name that the frontend sent.
    pub(super) fn name(&self, bytes: &[u8]) -> Result<String, Stop> {
        Ok(parse::cut(&self.decode(bytes)?).to_owned())
    }

    /// A text for the frontend.
    pub(super) fn encode(&self, text: &str) -> Result<Vec<u8>, Stop> {
        Ok(self.session.settings.encoding().encode(text)?.into_owned())
    }

    /// A text for the frontend; what it cannot have in its encoding is a question mark.
    pub(super) fn encode_lossy(&self, text: &str) -> Vec<u8> {
        match self.session.settings.encoding().encode(text) {
            Ok(bytes) => bytes.into_owned(),
            Err(_) => {
                text.chars().map(|char| if char.is_ascii() { char } else { '?' }).collect::<String>().into()
            }
        }
    }

    /// A parameter's value, from the form in which the frontend sent it.
    pub(super) fn input(&mut self, oid: Oid, format: i16, bytes: &[u8], place: usize) -> Result<Value, Stop> {
        let modifier = -1;
        match format {
            0 => {
                let text = self.decode(bytes)?;
                self.with(&[], |context| {
                    let (types, style) = (Known(context.lookup()), context.style());
                    Ok(value::input(&types, oid, modifier, &text, &style)?)
                })
            }
            // The binary form of text is text, in the client's encoding.
            1 if TEXTS.contains(&oid) => {
                let text = self.decode(bytes)?;
                self.with(&[], |context| {
                    Ok(value::receive(&Known(context.lookup()), oid, modifier, text.as_bytes())?)
                })
            }
            1 => self.with(&[], |context| {
                let received = value::receive(&Known(context.lookup()), oid, modifier, bytes);
                received.map_err(|invalid| in_parameter(invalid, place).into())
            }),
            _ => Err(Stop::error("22023", format!("unsupported format code: {format}"))),
        }
    }

    /// A value, in the form that the frontend wants.
    pub(super) fn output(&mut self, oid: Oid, format: i16, value: &Value) -> Result<Vec<u8>, Stop> {
        match format {
            0 => {
                let text = self.with(&[], |context| {
                    let (types, style) = (Known(context.lookup()), context.style());
                    Ok(value::output(&types, oid, value, &style))
                })?;
                self.encode(&text)
            }
            // Text has the same form in binary: the client's encoding.
            1 if is_text(value) => self.output(oid, 0, value),
            1 => self.with(&[], |context| Ok(value::send(&Known(context.lookup()), oid, value)?)),
            _ => Err(Stop::error("22023", format!("unsupported format code: {format}"))),
        }
    }

    /// Sends RowDescription. A domain is told as the type that it is of.
    pub(super) fn describe_columns(
        &mut self,
        columns: &[Column],
        format: impl Fn(usize) -> i16,
        out: &mut Outbox,
    ) {
        let told = self.with(&[], |context| {
            let types = Known(context.lookup());
            Ok(columns.iter().map(|column| told(&types, column.ty)).collect::<Vec<_>>())
        });
        let Ok(told) = told else { return };
        let names: Vec<_> = columns.iter().map(|column| self.encode_lossy(&column.name)).collect();
        let columns = columns.iter().zip(told).zip(&names).enumerate();
        let columns = columns.map(|(place, ((column, (ty, size)), name))| message::Column {
            name: Text(name),
            table: column.origin.map_or(0, |(table, _)| table),
            number: column.origin.map_or(0, |(_, number)| number),
            type_oid: ty.oid,
            size,
            modifier: ty.modifier,
            format: format(place),
        });
        out.send(RowDescription { columns: columns.collect() });
    }
}

/// The types whose values are text.
const TEXTS: [Oid; 7] = [TEXT, VARCHAR, BPCHAR, NAME, JSON, XML, CSTRING];

/// A type as RowDescription tells it, and its size.
fn told(types: &Known<'_>, ty: Type) -> (Type, i16) {
    match types.shape(ty.oid) {
        Some(Shape::Domain { base, modifier }) => told(types, Type { oid: base, modifier }),
        // Which record it is, is for analysis alone.
        _ if ty.oid == RECORD => (Type::plain(RECORD), -1),
        Some(Shape::Enum(_)) => (ty, 4),
        _ => (ty, value::types::by_oid(ty.oid).map_or(-1, |row| row.length)),
    }
}

fn is_text(value: &Value) -> bool {
    matches!(
        value,
        Value::Text(_) | Value::Bpchar(_) | Value::Name(_) | Value::Xml(_) | Value::Json(_) | Value::Enum(_)
    )
}

/// A binary form that is too long is refused by Bind itself, and not by the type.
fn in_parameter(invalid: Invalid, place: usize) -> Invalid {
    if invalid.code == "22P03" && invalid.message == value::TRAILING {
        return Invalid::new(
            "22P03",
            format!("incorrect binary data format in bind parameter {}", place + 1),
        );
    }
    invalid
}
