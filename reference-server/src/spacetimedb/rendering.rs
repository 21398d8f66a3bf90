//! How types and values appear to PostgreSQL clients. Every quirk of SpacetimeDB's types is decided here.
//!
//! What the document says under "Special Data Types" is kept; the rest follows the product (facts, section 5) unless a
//! PostgreSQL client could not read it.

use super::time;
use super::types::{Field, Type};
use super::value::Value;
use crate::fault::{Fault, Faults};
use crate::spacetimedb::answer::{self, Column};
use std::fmt::Write as _;

/// What a type is to PostgreSQL: its object identifier and size, and the identifier of arrays of it.
struct Known {
    oid: u32,
    size: i16,
    array: u32,
}

const fn known(oid: u32, size: i16, array: u32) -> Known {
    Known { oid, size, array }
}

const BOOL: Known = known(16, 1, 1000);
const BYTEA: Known = known(17, -1, 1001);
const INT8: Known = known(20, 8, 1016);
const INT2: Known = known(21, 2, 1005);
const INT4: Known = known(23, 4, 1007);
const JSON: Known = known(114, -1, 199);
const FLOAT4: Known = known(700, 4, 1021);
const FLOAT8: Known = known(701, 8, 1022);
const VARCHAR: Known = known(1043, -1, 1015);
const TIMESTAMP: Known = known(1114, 8, 1115);
const INTERVAL: Known = known(1186, 16, 1187);
const NUMERIC: Known = known(1700, -1, 1231);
const UUID: Known = known(2950, 16, 2951);
/// PostgreSQL has no array type for anyenum but anyarray.
const ANYENUM: Known = known(3500, 4, ANYARRAY);
const ANYARRAY: u32 = 2277;

/// How types and values are shown.
#[derive(Clone, Copy, Debug, Default)]
pub(crate) struct Rendering {
    u8_as_int2: bool,
    json_unescaped: bool,
    json_array_concatenated: bool,
    interval_iso_8601: bool,
    float_rust_display: bool,
    array_elements_as_fields: bool,
    zero_type_size: bool,
}

impl Rendering {
    pub(crate) fn new(faults: &Faults) -> Self {
        Self {
            u8_as_int2: faults.has(Fault::U8AsInt2),
            json_unescaped: faults.has(Fault::JsonUnescaped),
            json_array_concatenated: faults.has(Fault::JsonArrayConcatenated),
            interval_iso_8601: faults.has(Fault::IntervalIso8601),
            float_rust_display: faults.has(Fault::FloatRustDisplay),
            array_elements_as_fields: faults.has(Fault::ArrayElementsAsFields),
            zero_type_size: faults.has(Fault::ZeroTypeSize),
        }
    }

    /// The column of a result.
    pub(crate) fn column(&self, name: &str, ty: &Type) -> Column {
        let (type_oid, size) = match ty {
            Type::Array(element) => (self.array_oid(element), -1),
            _ => {
                let known = self.known(ty);
                (known.oid, known.size)
            }
        };
        let (size, modifier) = if self.zero_type_size { (0, 0) } else { (size, -1) };
        Column { name: name.to_owned(), type_oid, size, modifier }
    }

    /// A row of a result.
    pub(crate) fn row<'a>(&self, columns: impl IntoIterator<Item = (&'a Type, &'a Value)>) -> answer::Row {
        let mut row = Vec::new();
        for (ty, value) in columns {
            match (ty, value) {
                (Type::Array(element), Value::Array(values)) if self.array_elements_as_fields => {
                    row.extend(values.iter().map(|value| Some(self.element(element, value).into_bytes())));
                }
                _ => row.push(Some(self.text(ty, value).into_bytes())),
            }
        }
        row
    }

    /// A value as the messages of the product write it.
    pub(crate) fn satn(&self, ty: &Type, value: &Value) -> String {
        let mut text = String::new();
        self.json(ty, value, &mut text);
        text
    }

    fn known(&self, ty: &Type) -> Known {
        match ty {
            Type::Bool => BOOL,
            Type::Integer { signed: false, bits: 8 } if self.u8_as_int2 => INT2,
            // "`Identity`, `ConnectionId`, `U8`, `[U8]`, `Bytes` & `Hex` is displayed as `Bytea`."
            Type::Integer { signed: false, bits: 8 } | Type::Bytes | Type::Identity | Type::ConnectionId => {
                BYTEA
            }
            // The smallest integer type that holds all values, else numeric.
            Type::Integer { signed, bits } => match (signed, bits) {
                (true, 8 | 16) => INT2,
                (false, 16) | (true, 32) => INT4,
                (false, 32) | (true, 64) => INT8,
                _ => NUMERIC,
            },
            Type::F32 => FLOAT4,
            Type::F64 => FLOAT8,
            Type::String => VARCHAR,
            Type::Timestamp => TIMESTAMP,
            Type::Duration => INTERVAL,
            Type::Uuid => UUID,
            Type::Sum(_) if ty.is_simple_enum() => ANYENUM,
            // An array in an array need not be rectangular, as PostgreSQL's must: it is JSON too.
            Type::Sum(_) | Type::Product(_) | Type::Array(_) => JSON,
        }
    }

    fn array_oid(&self, element: &Type) -> u32 {
        // The real product knows the arrays of these alone.
        let product_knows = matches!(element, Type::Bool | Type::String | Type::Integer { .. });
        if self.array_elements_as_fields && !product_knows { ANYARRAY } else { self.known(element).array }
    }

    /// A value in PostgreSQL's text format.
    fn text(&self, ty: &Type, value: &Value) -> String {
        match (ty, value) {
            (Type::Array(element), Value::Array(values)) => {
                let elements: Vec<String> = values.iter().map(|value| self.element(element, value)).collect();
                format!("{{{}}}", elements.join(","))
            }
            _ => self.scalar(ty, value),
        }
    }

    fn scalar(&self, ty: &Type, value: &Value) -> String {
        match (ty, value) {
            (_, Value::Bool(value)) => if *value { "t" } else { "f" }.to_owned(),
            (Type::Integer { signed: false, bits: 8 }, Value::Integer(value)) if !self.u8_as_int2 => {
                format!("\\x{:02x}", value.to_u64().unwrap_or(0))
            }
            (_, Value::Integer(value)) => value.to_string(),
            (_, Value::F32(value)) => self.f32(*value),
            (_, Value::F64(value)) => self.f64(*value),
            (_, Value::String(value)) => value.clone(),
            (Type::Uuid, Value::Bytes(bytes)) => uuid(bytes),
            (_, Value::Bytes(bytes)) => format!("\\x{}", hex(bytes)),
            (Type::Timestamp, Value::Micros(micros)) => time::timestamp(*micros),
            (_, Value::Micros(micros)) if self.interval_iso_8601 => time::iso_8601(*micros),
            (_, Value::Micros(micros)) => time::interval(*micros),
            (Type::Sum(variants), Value::Sum(tag, _)) if ty.is_simple_enum() => {
                variants.get(*tag).map_or("", |variant| variant.name).to_owned()
            }
            (_, Value::Sum(..) | Value::Product(_) | Value::Array(_)) => self.satn(ty, value),
        }
    }

    /// An element of an array, quoted where PostgreSQL's array text wants it.
    fn element(&self, ty: &Type, value: &Value) -> String {
        let text = self.scalar(ty, value);
        let special =
            |c: char| matches!(c, '{' | '}' | ',' | '"' | '\\') || c.is_ascii_whitespace() || c == '\x0b';
        if text.is_empty() || text.eq_ignore_ascii_case("null") || text.contains(special) {
            format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
        } else {
            text
        }
    }

    fn f32(&self, value: f32) -> String {
        if self.float_rust_display { value.to_string() } else { shortest(&format!("{value:e}"), 6) }
    }

    fn f64(&self, value: f64) -> String {
        if self.float_rust_display { value.to_string() } else { shortest(&format!("{value:e}"), 15) }
    }

    fn json(&self, ty: &Type, value: &Value, to: &mut String) {
        match (ty, value) {
            (_, Value::Bool(value)) => to.push_str(if *value { "true" } else { "false" }),
            (_, Value::Integer(value)) => to.push_str(&value.to_string()),
            (_, Value::F32(value)) => self.json_number(&self.f32(*value), value.is_finite(), to),
            (_, Value::F64(value)) => self.json_number(&self.f64(*value), value.is_finite(), to),
            (_, Value::String(value)) => self.json_string(value, to),
            (Type::Uuid, Value::Bytes(bytes)) => self.json_string(&uuid(bytes), to),
            (_, Value::Bytes(bytes)) => self.json_string(&format!("0x{}", hex(bytes)), to),
            (Type::Timestamp, Value::Micros(micros)) => self.json_string(&time::timestamp(*micros), to),
            // IntervalStyle says nothing of strings in JSON: they are ISO 8601 as in the product.
            (_, Value::Micros(micros)) => self.json_string(&time::iso_8601(*micros), to),
            (Type::Array(element), Value::Array(values)) if self.json_array_concatenated => {
                values.iter().for_each(|value| self.json(element, value, to));
            }
            (Type::Array(element), Value::Array(values)) => {
                to.push('[');
                for (at, value) in values.iter().enumerate() {
                    to.push_str(if at == 0 { "" } else { ", " });
                    self.json(element, value, to);
                }
                to.push(']');
            }
            (Type::Product(fields), Value::Product(values)) => {
                self.json_object(
                    fields.iter().zip(values).map(|(Field { name, ty }, value)| (*name, ty, value)),
                    to,
                );
            }
            (Type::Sum(variants), Value::Sum(tag, value)) => {
                let Some(variant) = variants.get(*tag) else { return };
                let _ = write!(to, "{{");
                self.json_string(variant.name, to);
                to.push_str(": ");
                match variant.ty.special() {
                    // A special type in a sum keeps the name of its one field.
                    Some((name, _)) => self.json_object([(name, &variant.ty, &**value)].into_iter(), to),
                    None => self.json(&variant.ty, value, to),
                }
                to.push('}');
            }
            (_, Value::Array(_) | Value::Product(_) | Value::Sum(..)) => {}
        }
    }

    fn json_object<'a>(&self, fields: impl Iterator<Item = (&'a str, &'a Type, &'a Value)>, to: &mut String) {
        to.push('{');
        for (at, (name, ty, value)) in fields.enumerate() {
            to.push_str(if at == 0 { "" } else { ", " });
            self.json_string(name, to);
            to.push_str(": ");
            self.json(ty, value, to);
        }
        to.push('}');
    }

    /// JSON has no infinity and no NaN: they are strings.
    fn json_number(&self, text: &str, finite: bool, to: &mut String) {
        if finite || self.float_rust_display { to.push_str(text) } else { self.json_string(text, to) }
    }

    fn json_string(&self, text: &str, to: &mut String) {
        to.push('"');
        for c in text.chars() {
            match c {
                _ if self.json_unescaped => to.push(c),
                '"' => to.push_str("\\\""),
                '\\' => to.push_str("\\\\"),
                '\n' => to.push_str("\\n"),
                '\r' => to.push_str("\\r"),
                '\t' => to.push_str("\\t"),
                '\0'..='\x1f' => {
                    let _ = write!(to, "\\u{:04x}", u32::from(c));
                }
                _ => to.push(c),
            }
        }
        to.push('"');
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

fn uuid(bytes: &[u8]) -> String {
    let mut text = hex(bytes);
    for at in [20, 16, 12, 8] {
        if at <= text.len() {
            text.insert(at, '-');
        }
    }
    text
}

/// A float as PostgreSQL prints it: the shortest digits that read back as the same value, with an exponent below -4 and
/// from `widest` on (its `float4out` and `float8out`). `scientific` has Rust's digits, which are the shortest too.
fn shortest(scientific: &str, widest: i32) -> String {
    let (sign, unsigned) = match scientific.strip_prefix('-') {
        Some(unsigned) => ("-", unsigned),
        None => ("", scientific),
    };
    match unsigned {
        "NaN" => return "NaN".to_owned(),
        "inf" => return format!("{sign}Infinity"),
        _ => {}
    }
    let (mantissa, exponent) = unsigned.split_once('e').unwrap_or((unsigned, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    let digits = mantissa.replace('.', "");
    let places = usize::try_from(exponent.unsigned_abs()).unwrap_or(0);
    if exponent >= widest || exponent < -4 {
        let minus = if exponent < 0 { '-' } else { '+' };
        format!("{sign}{mantissa}e{minus}{places:02}")
    } else if exponent < 0 {
        format!("{sign}0.{}{digits}", "0".repeat(places - 1))
    } else if digits.len() > places + 1 {
        let (whole, fraction) = digits.split_at(places + 1);
        format!("{sign}{whole}.{fraction}")
    } else {
        format!("{sign}{digits:0<width$}", width = places + 1)
    }
}

#[cfg(test)]
#[path = "rendering_tests.rs"]
mod tests;
