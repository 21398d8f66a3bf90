//! A value of any type, and which of its forms a type has.

use std::cmp::Ordering;

use super::array::{self, Array};
use super::record::{self, Record};
use super::shape::{Shape, Types};
use super::{
    Form, Invalid, Reader, Style, bit, box_, bytea, circle, date, float, inet, int, interval, jsonb,
    jsonpath, line, lseg, macaddr, macaddr8, money, numeric, path, pg_lsn, point, polygon, range, text, tid,
    time, timestamp, timestamptz, timetz, tsquery, tsvector, txid_snapshot, types, uuid, vector,
};

/// The label of an enum.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Label {
    /// Its place among the labels of the type, by which it is compared.
    pub place: usize,
    /// Its text.
    pub text: String,
}

/// The table of the types that are not put together of others: the variant, the Rust type that has its forms, and the
/// object identifiers of the types whose values these are.
macro_rules! base_types {
    ($($(#[$doc:meta])+ $variant:ident($type:ty): $($oid:ident)|+;)+) => {
        /// A value of any type. NULL is none.
        #[derive(Clone, Debug, PartialEq)]
        pub enum Value {
            $($(#[$doc])+ $variant($type),)+
            /// An array.
            Array(Array),
            /// A record.
            Record(Record),
            /// A range.
            Range(Box<range::Range>),
            /// A multirange, of ranges that are in order and apart.
            Multirange(Vec<range::Range>),
            /// A label of an enum.
            Enum(Label),
            /// Of `void`: nothing.
            Void,
        }

        /// Reads the text form of a type of the table.
        fn base_input(oid: u32, text: &str, style: &Style<'_>) -> Option<Result<Value, Invalid>> {
            match oid {
                $($(types::$oid)|+ => Some(<$type>::input(text, style).map(Value::$variant)),)+
                _ => None,
            }
        }

        /// Reads the binary form of a type of the table.
        fn base_receive(oid: u32, bytes: &mut Reader<'_>) -> Option<Result<Value, Invalid>> {
            match oid {
                $($(types::$oid)|+ => Some(<$type>::receive(bytes).map(Value::$variant)),)+
                _ => None,
            }
        }

        impl Value {
            /// The text form of a value of the table.
            fn base_output(&self, style: &Style<'_>) -> Option<String> {
                match self {
                    $(Self::$variant(value) => Some(value.output(style)),)+
                    _ => None,
                }
            }

            /// Writes the binary form of a value of the table, and says whether it is one.
            fn base_send(&self, out: &mut Vec<u8>) -> bool {
                match self {
                    $(Self::$variant(value) => value.send(out),)+
                    _ => return false,
                }
                true
            }
        }
    };
}

base_types! {
    /// `boolean`
    Bool(bool): BOOL;
    /// `smallint`
    Int2(i16): INT2;
    /// `integer`
    Int4(i32): INT4;
    /// `bigint`
    Int8(i64): INT8;
    /// `oid`, and the types that show the name of an object.
    Oid(int::Oid): OID | REGPROC | REGPROCEDURE | REGOPER | REGOPERATOR | REGCLASS | REGTYPE | REGROLE
        | REGNAMESPACE | REGCONFIG | REGDICTIONARY | REGCOLLATION;
    /// `xid`
    Xid(int::Xid): XID;
    /// `cid`
    Cid(int::Cid): CID;
    /// `xid8`
    Xid8(int::Xid8): XID8;
    /// `real`
    Float4(f32): FLOAT4;
    /// `double precision`
    Float8(f64): FLOAT8;
    /// `numeric`
    Numeric(numeric::Numeric): NUMERIC;
    /// `text`, and what is written like it. An `aclitem` is not looked into.
    Text(String): TEXT | VARCHAR | UNKNOWN | CSTRING | REFCURSOR | PG_NODE_TREE | ACLITEM;
    /// `character`
    Bpchar(text::Bpchar): BPCHAR;
    /// `name`
    Name(text::Name): NAME;
    /// `"char"`
    Char(text::Char): CHAR;
    /// `xml`
    Xml(text::Xml): XML;
    /// `bytea`
    Bytea(bytea::Bytea): BYTEA;
    /// `date`
    Date(date::Date): DATE;
    /// `time without time zone`
    Time(time::Time): TIME;
    /// `time with time zone`
    TimeTz(timetz::TimeTz): TIMETZ;
    /// `timestamp without time zone`
    Timestamp(timestamp::Timestamp): TIMESTAMP;
    /// `timestamp with time zone`
    Timestamptz(timestamptz::Timestamptz): TIMESTAMPTZ;
    /// `interval`
    Interval(interval::Interval): INTERVAL;
    /// `uuid`
    Uuid(uuid::Uuid): UUID;
    /// `int2vector`
    Int2Vector(vector::Int2Vector): INT2VECTOR;
    /// `oidvector`
    OidVector(vector::OidVector): OIDVECTOR;
    /// `bit` and `bit varying`
    Bit(bit::Bit): BIT | VARBIT;
    /// `money`
    Money(money::Money): MONEY;
    /// `inet`
    Inet(inet::Inet): INET;
    /// `cidr`
    Cidr(inet::Cidr): CIDR;
    /// `macaddr`
    Macaddr(macaddr::Macaddr): MACADDR;
    /// `macaddr8`
    Macaddr8(macaddr8::Macaddr8): MACADDR8;
    /// `point`
    Point(point::Point): POINT;
    /// `lseg`
    Lseg(lseg::Lseg): LSEG;
    /// `line`
    Line(line::Line): LINE;
    /// `box`
    Box(box_::BoxValue): BOX;
    /// `path`
    Path(path::Path): PATH;
    /// `polygon`
    Polygon(polygon::Polygon): POLYGON;
    /// `circle`
    Circle(circle::Circle): CIRCLE;
    /// `json`
    Json(text::Json): JSON;
    /// `jsonb`
    Jsonb(jsonb::Jsonb): JSONB;
    /// `jsonpath`
    Jsonpath(jsonpath::Jsonpath): JSONPATH;
    /// `tsvector`
    Tsvector(tsvector::Tsvector): TSVECTOR;
    /// `tsquery`
    Tsquery(tsquery::Tsquery): TSQUERY;
    /// `pg_lsn`
    PgLsn(pg_lsn::PgLsn): PG_LSN;
    /// `tid`
    Tid(tid::Tid): TID;
    /// `txid_snapshot` and `pg_snapshot`
    TxidSnapshot(txid_snapshot::TxidSnapshot): TXID_SNAPSHOT | PG_SNAPSHOT;
}

impl Value {
    /// The order that the type's default B-tree has; none where it has none, or where the types differ.
    pub fn compare(&self, other: &Self) -> Option<Ordering> {
        Some(match (self, other) {
            (Self::Bool(left), Self::Bool(right)) => left.cmp(right),
            (Self::Int2(left), Self::Int2(right)) => left.cmp(right),
            (Self::Int4(left), Self::Int4(right)) => left.cmp(right),
            (Self::Int8(left), Self::Int8(right)) => left.cmp(right),
            (Self::Oid(left), Self::Oid(right)) => left.cmp(right),
            (Self::Xid8(left), Self::Xid8(right)) => left.cmp(right),
            (Self::Float4(left), Self::Float4(right)) => float::compare(f64::from(*left), f64::from(*right)),
            (Self::Float8(left), Self::Float8(right)) => float::compare(*left, *right),
            (Self::Numeric(left), Self::Numeric(right)) => left.compare(right),
            (Self::Text(left), Self::Text(right)) => left.cmp(right),
            (Self::Bpchar(left), Self::Bpchar(right)) => left.compare(right),
            (Self::Name(left), Self::Name(right)) => left.cmp(right),
            (Self::Char(left), Self::Char(right)) => left.cmp(right),
            (Self::Bytea(left), Self::Bytea(right)) => left.cmp(right),
            (Self::Date(left), Self::Date(right)) => left.cmp(right),
            (Self::Time(left), Self::Time(right)) => left.cmp(right),
            (Self::TimeTz(left), Self::TimeTz(right)) => left.compare(right),
            (Self::Timestamp(left), Self::Timestamp(right)) => left.cmp(right),
            (Self::Timestamptz(left), Self::Timestamptz(right)) => left.cmp(right),
            (Self::Interval(left), Self::Interval(right)) => left.compare(right),
            (Self::Uuid(left), Self::Uuid(right)) => left.cmp(right),
            (Self::OidVector(left), Self::OidVector(right)) => left.compare(right),
            (Self::Bit(left), Self::Bit(right)) => left.compare(right),
            (Self::Money(left), Self::Money(right)) => left.compare(right),
            (Self::Inet(left), Self::Inet(right)) => left.compare(right),
            (Self::Cidr(left), Self::Cidr(right)) => left.compare(right),
            (Self::Macaddr(left), Self::Macaddr(right)) => left.compare(right),
            (Self::Macaddr8(left), Self::Macaddr8(right)) => left.compare(right),
            (Self::Jsonb(left), Self::Jsonb(right)) => left.compare(right),
            (Self::Tsvector(left), Self::Tsvector(right)) => left.compare(right),
            (Self::Tsquery(left), Self::Tsquery(right)) => left.compare(right),
            (Self::PgLsn(left), Self::PgLsn(right)) => left.compare(right),
            (Self::Tid(left), Self::Tid(right)) => left.compare(right),
            (Self::Array(left), Self::Array(right)) => return left.compare(right),
            (Self::Record(left), Self::Record(right)) => return left.compare(right),
            (Self::Range(left), Self::Range(right)) => return left.compare(right),
            (Self::Multirange(left), Self::Multirange(right)) => return range::compare_all(left, right),
            (Self::Enum(left), Self::Enum(right)) => left.place.cmp(&right.place),
            _ => return None,
        })
    }
}

/// How values of a type are put together, or that there is no such type.
fn shape(types: &dyn Types, oid: u32) -> Result<Shape, Invalid> {
    types.shape(oid).ok_or_else(|| Invalid::new("42704", format!("type with OID {oid} does not exist")))
}

/// The type of the bounds of a range type.
fn bounds(types: &dyn Types, range: u32) -> Result<u32, Invalid> {
    match shape(types, range)? {
        Shape::Range { element } => Ok(element),
        _ => Err(Invalid::new("42704", format!("type {} is not a range type", types.name(range)))),
    }
}

/// That there is no way to write a value of a type.
fn not_accepted(types: &dyn Types, oid: u32) -> Invalid {
    if oid == types::RECORD {
        return Invalid::new("0A000", "input of anonymous composite types is not implemented");
    }
    Invalid::new("0A000", format!("cannot accept a value of type {}", types.name(oid).replace('"', "")))
}

/// Whether values of a base type are made by the server alone.
fn is_internal(oid: u32) -> bool {
    types::by_oid(oid).is_some_and(|row| row.category == 'Z' && oid != types::CHAR)
}

/// The label of this text.
fn label(types: &dyn Types, oid: u32, labels: &[String], text: &str) -> Result<Value, Invalid> {
    let invalid =
        || Invalid::new("22P02", format!("invalid input value for enum {}: \"{text}\"", types.name(oid)));
    let place = labels.iter().position(|label| label == text).ok_or_else(invalid)?;
    Ok(Value::Enum(Label { place, text: text.to_owned() }))
}

/// Whether a type shows the name of an object.
fn names_objects(oid: u32) -> bool {
    oid != types::OID
        && types::by_oid(oid).is_some_and(|row| row.name.starts_with("reg") && row.category == 'N')
}

/// The object that a text names: by its number, by its name, or none as `-`.
fn object(types: &dyn Types, class: u32, text: &str, style: &Style<'_>) -> Result<Value, Invalid> {
    let oid = if text == "-" {
        int::Oid(0)
    } else if !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_digit()) {
        int::Oid::input(text, style)?
    } else {
        int::Oid(types.object_named(class, text)?)
    };
    Ok(Value::Oid(oid))
}

/// Reads the text form of a value of this type.
pub fn input(
    types: &dyn Types,
    oid: u32,
    modifier: i32,
    text: &str,
    style: &Style<'_>,
) -> Result<Value, Invalid> {
    match shape(types, oid)? {
        Shape::Base if oid == types::VOID => Ok(Value::Void),
        Shape::Base if oid == types::INTERVAL => {
            interval::Interval::parse(text, style, modifier).map(Value::Interval)
        }
        Shape::Base if names_objects(oid) => object(types, oid, text, style),
        Shape::Base if is_internal(oid) => Err(not_accepted(types, oid)),
        Shape::Base => {
            let value = base_input(oid, text, style).ok_or_else(|| not_accepted(types, oid))??;
            coerce(types, oid, modifier, value, false)
        }
        Shape::Array { element } => array::input(types, element, modifier, text, style).map(Value::Array),
        Shape::Range { element } => {
            range::input(types, element, text, style).map(|range| Value::Range(Box::new(range)))
        }
        Shape::Multirange { range } => {
            range::input_all(types, bounds(types, range)?, text, style).map(Value::Multirange)
        }
        Shape::Composite(columns) => record::input(types, &columns, text, style).map(Value::Record),
        Shape::Enum(labels) => label(types, oid, &labels, text),
        Shape::Domain { base, modifier } => input(types, base, modifier, text, style),
        Shape::Pseudo => Err(not_accepted(types, oid)),
    }
}

/// Writes the text form of a value of this type.
pub fn output(types: &dyn Types, oid: u32, value: &Value, style: &Style<'_>) -> String {
    match value {
        Value::Oid(int::Oid(object)) if names_objects(oid) => match types.object_name(oid, *object) {
            _ if *object == 0 => "-".to_owned(),
            Some(name) => name,
            None => object.to_string(),
        },
        Value::Array(array) => array::output(types, array, style),
        Value::Record(record) => record::output(types, record, style),
        Value::Range(range) => range::output(types, element(types, oid), range, style),
        Value::Multirange(ranges) => range::output_all(types, element(types, oid), ranges, style),
        Value::Enum(label) => label.text.clone(),
        Value::Void => String::new(),
        value => value.base_output(style).unwrap_or_default(),
    }
}

/// The type of the bounds in values of this type; 0 where they have none.
fn element(types: &dyn Types, oid: u32) -> u32 {
    match types.shape(oid) {
        Some(Shape::Range { element }) => element,
        Some(Shape::Multirange { range }) => element(types, range),
        Some(Shape::Domain { base, .. }) => element(types, base),
        _ => 0,
    }
}

/// What is said of a binary form with bytes behind its end; PostgreSQL adds whose it is.
pub const TRAILING: &str = "incorrect binary data format";

/// Reads the binary form of a value of this type: all of the bytes.
pub fn receive(types: &dyn Types, oid: u32, modifier: i32, bytes: &[u8]) -> Result<Value, Invalid> {
    let mut reader = Reader::new(bytes);
    let value = receive_from(types, oid, modifier, &mut reader)?;
    if reader.left() > 0 {
        return Err(Invalid::new("22P03", TRAILING));
    }
    Ok(value)
}

/// Reads the binary form of a value of this type from the start of what is left.
pub(super) fn receive_from(
    types: &dyn Types,
    oid: u32,
    modifier: i32,
    bytes: &mut Reader<'_>,
) -> Result<Value, Invalid> {
    match shape(types, oid)? {
        Shape::Base if oid == types::VOID => {
            bytes.rest();
            Ok(Value::Void)
        }
        Shape::Base | Shape::Pseudo if !has_binary(oid) => {
            let message = format!("no binary input function available for type {}", types.name(oid));
            Err(Invalid::new("42883", message))
        }
        Shape::Base if is_internal(oid) => Err(not_accepted(types, oid)),
        Shape::Base => {
            let value = base_receive(oid, bytes).ok_or_else(|| not_accepted(types, oid))??;
            coerce(types, oid, modifier, value, false)
        }
        Shape::Array { element } => array::receive(types, element, modifier, bytes).map(Value::Array),
        Shape::Range { element } => {
            range::receive(types, element, bytes).map(|range| Value::Range(Box::new(range)))
        }
        Shape::Multirange { range } => {
            range::receive_all(types, bounds(types, range)?, bytes).map(Value::Multirange)
        }
        Shape::Composite(columns) => record::receive(types, &columns, bytes).map(Value::Record),
        Shape::Enum(labels) => label(types, oid, &labels, text::utf8(bytes.rest())?),
        Shape::Domain { base, modifier } => receive_from(types, base, modifier, bytes),
        Shape::Pseudo => Err(not_accepted(types, oid)),
    }
}

fn has_binary(oid: u32) -> bool {
    types::by_oid(oid).is_none_or(|row| row.binary)
}

/// Writes the binary form of a value of this type.
pub fn send(types: &dyn Types, oid: u32, value: &Value) -> Result<Vec<u8>, Invalid> {
    let mut out = Vec::new();
    send_into(types, oid, value, &mut out)?;
    Ok(out)
}

fn send_into(types: &dyn Types, oid: u32, value: &Value, out: &mut Vec<u8>) -> Result<(), Invalid> {
    if !has_binary(oid) {
        let message = format!("no binary output function available for type {}", types.name(oid));
        return Err(Invalid::new("42883", message));
    }
    match value {
        Value::Array(array) => array::send(types, array, out),
        Value::Record(record) => record::send(types, record, out),
        Value::Range(range) => range::send(types, element(types, oid), range, out),
        Value::Multirange(ranges) => range::send_all(types, element(types, oid), ranges, out),
        Value::Enum(label) => {
            out.extend(label.text.bytes());
            Ok(())
        }
        Value::Void => Ok(()),
        value => {
            let known = value.base_send(out);
            debug_assert!(known, "a value that is put together is written above");
            Ok(())
        }
    }
}

/// Reads a part of a binary form: its length, and a value of this type; none is NULL. `what` names it in errors.
pub(super) fn receive_part(
    types: &dyn Types,
    oid: u32,
    modifier: i32,
    bytes: &mut Reader<'_>,
    what: &dyn Fn() -> String,
) -> Result<Option<Value>, Invalid> {
    let length = bytes.i32()?;
    if length == -1 {
        return Ok(None);
    }
    let part = usize::try_from(length).ok().and_then(|length| bytes.take(length).ok());
    let mut part =
        Reader::new(part.ok_or_else(|| Invalid::new("22P03", "insufficient data left in message"))?);
    let value = receive_from(types, oid, modifier, &mut part)?;
    if part.left() > 0 {
        return Err(Invalid::new("22P03", format!("improper binary format in {}", what())));
    }
    Ok(Some(value))
}

/// Writes a part of a binary form: its length, and the value.
pub(super) fn send_part(
    types: &dyn Types,
    oid: u32,
    value: Option<&Value>,
    out: &mut Vec<u8>,
) -> Result<(), Invalid> {
    let Some(value) = value else {
        out.extend((-1i32).to_be_bytes());
        return Ok(());
    };
    let bytes = send(types, oid, value)?;
    out.extend(u32::try_from(bytes.len()).unwrap_or(u32::MAX).to_be_bytes());
    out.extend(bytes);
    Ok(())
}

/// Puts a value of this type under a modifier. What is too long is cut by an explicit cast, and refused otherwise.
pub fn coerce(
    types: &dyn Types,
    oid: u32,
    modifier: i32,
    value: Value,
    explicit: bool,
) -> Result<Value, Invalid> {
    if let Some(Shape::Domain { base, modifier }) = types.shape(oid) {
        return coerce(types, base, modifier, value, explicit);
    }
    if modifier < 0 {
        return Ok(value);
    }
    Ok(match value {
        Value::Numeric(number) => Value::Numeric(number.limited(modifier)?),
        Value::Text(text) if oid == types::VARCHAR => Value::Text(text::varchar(&text, modifier, explicit)?),
        Value::Bpchar(text) => Value::Bpchar(text.limited(modifier, explicit)?),
        Value::Bit(bits) => match usize::try_from(modifier) {
            Ok(length @ 1..) if oid == types::BIT => Value::Bit(bits.fixed(length, explicit)?),
            Ok(length @ 1..) => Value::Bit(bits.varying(length, explicit)?),
            _ => Value::Bit(bits),
        },
        Value::Time(time) => Value::Time(time.limited(modifier)),
        Value::TimeTz(time) => Value::TimeTz(time.limited(modifier)),
        Value::Timestamp(timestamp) => Value::Timestamp(timestamp.limited(modifier)),
        Value::Timestamptz(timestamp) => Value::Timestamptz(timestamp.limited(modifier)),
        Value::Interval(interval) => Value::Interval(interval.limited(modifier)),
        Value::Array(array) => {
            let element = match types.shape(oid) {
                Some(Shape::Array { element }) => element,
                _ => array.element,
            };
            let coerce = |value: Option<Value>| {
                value.map(|value| coerce(types, element, modifier, value, explicit)).transpose()
            };
            let values = array.values.into_iter().map(coerce).collect::<Result<_, _>>()?;
            Value::Array(Array { element, values, ..array })
        }
        other => other,
    })
}
