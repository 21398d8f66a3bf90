//! What casts do.

use super::arithmetic::{mismatch, out_of_range};
use crate::postgresql::sql::context::Context;
use crate::postgresql::sql::known::PLAIN;
use crate::postgresql::sql::stop::Stop;
use pgconform_wire::value::calendar::{DAY, is_timestamp};
use pgconform_wire::value::date::Date;
use pgconform_wire::value::jsonb::Jsonb;
use pgconform_wire::value::money::Money;
use pgconform_wire::value::numeric::Numeric;
use pgconform_wire::value::text::{Bpchar, Char, Name, Xml};
use pgconform_wire::value::time::Time;
use pgconform_wire::value::timestamp::Timestamp;
use pgconform_wire::value::timestamptz::Timestamptz;
use pgconform_wire::value::timetz::TimeTz;
use pgconform_wire::value::{Form as _, Types as _, Value, bytea, int, interval, range, types};

type Answer = Result<Option<Value>, Stop>;

/// A whole number, rounded where it is not one.
fn whole(value: &Value, name: &str) -> Result<i128, Stop> {
    let rounded = |value: f64| {
        let rounded = value.round_ties_even();
        // Beyond this, no integer type reaches; NaN is no number at all.
        if rounded.abs() < 1e30 {
            format!("{rounded:.0}").parse().map_err(|_| out_of_range(name))
        } else {
            Err(out_of_range(name))
        }
    };
    Ok(match value {
        Value::Int2(value) => i128::from(*value),
        Value::Int4(value) => i128::from(*value),
        Value::Int8(value) => i128::from(*value),
        Value::Oid(value) => i128::from(value.0),
        Value::Bool(value) => i128::from(*value),
        Value::Char(value) => i128::from(value.0.cast_signed()),
        Value::Float4(value) => rounded(f64::from(*value))?,
        Value::Float8(value) => rounded(*value)?,
        Value::Numeric(value) => value.to_integer(name)?,
        _ => return Err(mismatch()),
    })
}

/// The number, string or boolean that a `jsonb` is.
fn of_json(value: &Value, wanted: &str) -> Result<Value, Stop> {
    let Value::Jsonb(json) = value else { return Ok(value.clone()) };
    let kind = match json {
        Jsonb::Number(number) if wanted != "boolean" => {
            return Ok(Value::Numeric(Numeric::input(number, &PLAIN)?));
        }
        Jsonb::Bool(value) if wanted == "boolean" => return Ok(Value::Bool(*value)),
        Jsonb::Null => "null",
        Jsonb::Bool(_) => "boolean",
        Jsonb::Number(_) => "numeric",
        Jsonb::String(_) => "string",
        Jsonb::Array(_) => "array",
        Jsonb::Object(_) => "object",
    };
    Err(Stop::error("22023", format!("cannot cast jsonb {kind} to type {wanted}")))
}

fn only(values: &[Value]) -> Result<&Value, Stop> {
    values.first().ok_or_else(mismatch)
}

/// To `smallint`.
pub(super) fn int2(_: &mut Context<'_>, values: &[Value]) -> Answer {
    let value = whole(&of_json(only(values)?, "smallint")?, "smallint")?;
    i16::try_from(value).map(|value| Some(Value::Int2(value))).map_err(|_| out_of_range("smallint"))
}

/// To `integer`.
pub(super) fn int4(_: &mut Context<'_>, values: &[Value]) -> Answer {
    let value = whole(&of_json(only(values)?, "integer")?, "integer")?;
    i32::try_from(value).map(|value| Some(Value::Int4(value))).map_err(|_| out_of_range("integer"))
}

/// To `bigint`.
pub(super) fn int8(_: &mut Context<'_>, values: &[Value]) -> Answer {
    let value = whole(&of_json(only(values)?, "bigint")?, "bigint")?;
    i64::try_from(value).map(|value| Some(Value::Int8(value))).map_err(|_| out_of_range("bigint"))
}

/// To `oid`.
pub(super) fn oid(_: &mut Context<'_>, values: &[Value]) -> Answer {
    let value = whole(only(values)?, "OID")?;
    u32::try_from(value).map(|value| Some(Value::Oid(int::Oid(value)))).map_err(|_| out_of_range("OID"))
}

/// The number as a floating-point one.
fn real(value: &Value) -> Result<f64, Stop> {
    match value {
        Value::Float4(value) => Ok(f64::from(*value)),
        Value::Float8(value) => Ok(*value),
        Value::Numeric(value) => Ok(value.to_f64()?),
        // Text is the one way from integers to floating point that rounds as PostgreSQL does and loses nothing silently.
        value => whole(value, "double precision")?.to_string().parse().map_err(|_| mismatch()),
    }
}

/// To `real`.
pub(super) fn float4(context: &mut Context<'_>, values: &[Value]) -> Answer {
    let value = of_json(only(values)?, "real")?;
    let wide = match &value {
        Value::Numeric(number) => return Ok(Some(context.input(types::FLOAT4, &number.to_string())?)),
        value => real(value)?,
    };
    let text = pgconform_wire::value::float_text::float8_text(wide, 3);
    match context.input(types::FLOAT4, &text) {
        Ok(narrow) => Ok(Some(narrow)),
        Err(_) if wide.abs() > 1.0 => Err(Stop::error("22003", "value out of range: overflow")),
        Err(_) => Err(Stop::error("22003", "value out of range: underflow")),
    }
}

/// To `double precision`.
pub(super) fn float8(_: &mut Context<'_>, values: &[Value]) -> Answer {
    Ok(Some(Value::Float8(real(&of_json(only(values)?, "double precision")?)?)))
}

/// To `numeric`.
pub(super) fn numeric(_: &mut Context<'_>, values: &[Value]) -> Answer {
    Ok(Some(Value::Numeric(match of_json(only(values)?, "numeric")? {
        Value::Numeric(value) => value,
        Value::Float4(value) => Numeric::from_f32(value),
        Value::Float8(value) => Numeric::from_f64(value),
        Value::Money(value) => Numeric::from(value.0).div(&Numeric::from(100))?.round(2)?,
        value => Numeric::from(super::arithmetic::integer(&value)?),
    })))
}

/// To `money`.
pub(super) fn money(_: &mut Context<'_>, values: &[Value]) -> Answer {
    let amount = match only(values)? {
        Value::Numeric(value) => value.clone(),
        value => Numeric::from(super::arithmetic::integer(value)?),
    };
    let cents = amount.mul(&Numeric::from(100))?.round(0)?.to_integer("money")?;
    i64::try_from(cents).map(|cents| Some(Value::Money(Money(cents)))).map_err(|_| out_of_range("money"))
}

/// To `boolean`.
pub(super) fn boolean(_: &mut Context<'_>, values: &[Value]) -> Answer {
    Ok(Some(match of_json(only(values)?, "boolean")? {
        Value::Int4(value) => Value::Bool(value != 0),
        value => value,
    }))
}

/// To `text`, from what is nearly that.
pub(super) fn text(context: &mut Context<'_>, values: &[Value]) -> Answer {
    Ok(Some(Value::Text(match only(values)? {
        Value::Bpchar(text) => text.trimmed().to_owned(),
        Value::Bool(value) => value.to_string(),
        Value::Name(name) => name.as_str().to_owned(),
        Value::Char(char) => char.output(&context.style()),
        Value::Inet(inet) => {
            let text = inet.output(&context.style());
            // Unlike the type's own text form, this one always tells the netmask.
            if text.contains('/') {
                text
            } else {
                format!("{text}/{}", if text.contains(':') { 128 } else { 32 })
            }
        }
        value => context.output(types::CIDR, value),
    })))
}

/// To `character`.
pub(super) fn bpchar(context: &mut Context<'_>, values: &[Value]) -> Answer {
    let text = text(context, values)?;
    Ok(text
        .and_then(|text| if let Value::Text(text) = text { Some(Value::Bpchar(Bpchar(text))) } else { None }))
}

/// To `name`.
pub(super) fn name(_: &mut Context<'_>, values: &[Value]) -> Answer {
    Ok(Some(Value::Name(match only(values)? {
        Value::Bpchar(text) => Name::new(text.trimmed()),
        Value::Text(text) => Name::new(text),
        _ => return Err(mismatch()),
    })))
}

/// To `"char"`.
pub(super) fn character(_: &mut Context<'_>, values: &[Value]) -> Answer {
    Ok(Some(Value::Char(match only(values)? {
        Value::Int4(value) => match i8::try_from(*value) {
            Ok(value) => Char(value.cast_unsigned()),
            Err(_) => return Err(Stop::error("22003", "\"char\" out of range")),
        },
        Value::Text(text) => Char::input(text, &PLAIN)?,
        _ => return Err(mismatch()),
    })))
}

/// To `xml`, which is not looked into.
pub(super) fn xml(_: &mut Context<'_>, values: &[Value]) -> Answer {
    match only(values)? {
        Value::Text(text) => Ok(Some(Value::Xml(Xml(text.clone())))),
        Value::Bpchar(text) => Ok(Some(Value::Xml(Xml(text.0.clone())))),
        _ => Err(mismatch()),
    }
}

/// To `regclass`.
pub(super) fn regclass(context: &mut Context<'_>, values: &[Value]) -> Answer {
    match only(values)? {
        Value::Text(text) => {
            Ok(Some(Value::Oid(int::Oid(context.known().object_named(types::REGCLASS, text)?))))
        }
        _ => Err(mismatch()),
    }
}

/// To `cidr`: the bits behind the netmask are cleared.
pub(super) fn cidr(_: &mut Context<'_>, values: &[Value]) -> Answer {
    match only(values)? {
        Value::Inet(inet) => Ok(Some(Value::Cidr(inet.clone().into()))),
        _ => Err(mismatch()),
    }
}

/// To a multirange of one range.
pub(super) fn multirange(_: &mut Context<'_>, values: &[Value]) -> Answer {
    match only(values)? {
        Value::Range(one) => Ok(Some(Value::Multirange(range::merged(vec![(**one).clone()])))),
        _ => Err(mismatch()),
    }
}

/// To `xid`.
pub(super) fn xid(_: &mut Context<'_>, values: &[Value]) -> Answer {
    match only(values)? {
        Value::Xid8(value) => {
            let low = u32::try_from(value.0 & u64::from(u32::MAX)).unwrap_or_default();
            Ok(Some(Value::Xid(int::Xid(low))))
        }
        _ => Err(mismatch()),
    }
}

/// The bytes of an integer.
pub(super) fn bytes(_: &mut Context<'_>, values: &[Value]) -> Answer {
    Ok(Some(Value::Bytea(bytea::Bytea(match only(values)? {
        Value::Int2(value) => value.to_be_bytes().to_vec(),
        Value::Int4(value) => value.to_be_bytes().to_vec(),
        Value::Int8(value) => value.to_be_bytes().to_vec(),
        _ => return Err(mismatch()),
    }))))
}

fn infinite(timestamp: i64) -> bool {
    timestamp == i64::MAX || timestamp == i64::MIN
}

/// The local time in the session's zone of an instant.
pub(super) fn local(context: &Context<'_>, instant: i64) -> i64 {
    if infinite(instant) {
        return instant;
    }
    let east = context.style().zone.at(instant).0;
    instant + i64::from(east) * 1_000_000
}

/// The instant of a local time in the session's zone.
pub(super) fn instant(context: &Context<'_>, local: i64) -> Result<i64, Stop> {
    if infinite(local) {
        return Ok(local);
    }
    let east = context.style().zone.of_local(local);
    let instant = local - i64::from(east) * 1_000_000;
    if is_timestamp(instant) { Ok(instant) } else { Err(Stop::error("22008", "timestamp out of range")) }
}

/// The midnight that begins a date.
fn midnight(date: Date, name: &str) -> Result<i64, Stop> {
    if !date.is_finite() {
        return Ok(if date == Date::INFINITY { i64::MAX } else { i64::MIN });
    }
    let micros = i64::from(date.0).checked_mul(DAY).filter(|micros| is_timestamp(*micros));
    micros.ok_or_else(|| Stop::error("22008", format!("date out of range for {name}")))
}

/// To `date`.
pub(super) fn date(context: &mut Context<'_>, values: &[Value]) -> Answer {
    let local = match only(values)? {
        Value::Timestamp(timestamp) => timestamp.0,
        Value::Timestamptz(timestamp) => local(context, timestamp.0),
        _ => return Err(mismatch()),
    };
    Ok(Some(Value::Date(match local {
        i64::MAX => Date::INFINITY,
        i64::MIN => Date::NEGATIVE_INFINITY,
        local => Date(i32::try_from(local.div_euclid(DAY)).unwrap_or(i32::MAX)),
    })))
}

/// To `time`.
pub(super) fn time(context: &mut Context<'_>, values: &[Value]) -> Answer {
    let micros = match only(values)? {
        Value::Timestamp(timestamp) => timestamp.0,
        Value::Timestamptz(timestamp) => local(context, timestamp.0),
        Value::TimeTz(time) => time.micros,
        Value::Interval(interval) if interval.is_finite() => interval.micros,
        Value::Interval(_) => return Err(Stop::error("22008", "cannot convert infinite interval to time")),
        _ => return Err(mismatch()),
    };
    Ok((!infinite(micros))
        .then(|| Value::Time(Time(if micros == DAY { DAY } else { micros.rem_euclid(DAY) }))))
}

/// To `time with time zone`.
pub(super) fn timetz(context: &mut Context<'_>, values: &[Value]) -> Answer {
    let (micros, instant) = match only(values)? {
        Value::Timestamptz(timestamp) if infinite(timestamp.0) => return Ok(None),
        Value::Timestamptz(timestamp) => (local(context, timestamp.0).rem_euclid(DAY), timestamp.0),
        Value::Time(time) => (time.0, context.now()),
        _ => return Err(mismatch()),
    };
    let east = context.style().zone.at(instant).0;
    Ok(Some(Value::TimeTz(TimeTz { micros, west: -east })))
}

/// To `timestamp`.
pub(super) fn timestamp(context: &mut Context<'_>, values: &[Value]) -> Answer {
    Ok(Some(Value::Timestamp(Timestamp(match only(values)? {
        Value::Date(date) => midnight(*date, "timestamp")?,
        Value::Timestamptz(timestamp) => local(context, timestamp.0),
        _ => return Err(mismatch()),
    }))))
}

/// To `timestamp with time zone`.
pub(super) fn timestamptz(context: &mut Context<'_>, values: &[Value]) -> Answer {
    to_timestamptz(context, only(values)?).map(Some)
}

/// The instant that a date or a local time is in the session's zone.
pub(super) fn to_timestamptz(context: &Context<'_>, value: &Value) -> Result<Value, Stop> {
    Ok(Value::Timestamptz(Timestamptz(match value {
        Value::Date(date) => instant(context, midnight(*date, "timestamp")?)?,
        Value::Timestamp(timestamp) => instant(context, timestamp.0)?,
        Value::Timestamptz(timestamp) => timestamp.0,
        _ => return Err(mismatch()),
    })))
}

/// To `interval`.
pub(super) fn interval(_: &mut Context<'_>, values: &[Value]) -> Answer {
    match only(values)? {
        Value::Time(time) => {
            Ok(Some(Value::Interval(interval::Interval { months: 0, days: 0, micros: time.0 })))
        }
        _ => Err(mismatch()),
    }
}
