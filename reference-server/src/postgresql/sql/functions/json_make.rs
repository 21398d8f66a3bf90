//! Functions that make JSON of other values.

use crate::postgresql::sql::context::Context;
use crate::postgresql::sql::stop::Stop;
use crate::postgresql::storage::Oid;
use pgconform_wire::value::array::{Array, Dimension};
use pgconform_wire::value::jsonb::Jsonb;
use pgconform_wire::value::text::Json;
use pgconform_wire::value::{Form as _, Value, types};

type Answer = Result<Option<Value>, Stop>;

/// A text as a string of JSON.
fn string(text: &str) -> String {
    Jsonb::String(text.to_owned()).to_string()
}

/// A value of this type as JSON.
fn written(context: &Context<'_>, oid: Oid, value: Option<&Value>) -> String {
    let Some(value) = value else { return "null".to_owned() };
    match value {
        Value::Bool(value) => value.to_string(),
        Value::Int2(_)
        | Value::Int4(_)
        | Value::Int8(_)
        | Value::Numeric(_)
        | Value::Float4(_)
        | Value::Float8(_) => {
            let text = context.output(oid, value);
            // Infinities and what is not a number are no numbers of JSON.
            if text.contains(['N', 'y']) { string(&text) } else { text }
        }
        Value::Json(Json(text)) => text.clone(),
        Value::Jsonb(json) => json.to_string(),
        Value::Array(array) => written_array(context, array, &array.dimensions, &array.values),
        Value::Record(record) => {
            let names = context.known().fields(oid);
            let named = |(place, (oid, value)): (usize, &(Oid, Option<Value>))| {
                let own = names.as_ref().and_then(|names| names.get(place)).map(|(name, _, _)| name.clone());
                let name = own.unwrap_or_else(|| format!("f{}", place + 1));
                format!("{}:{}", string(&name), written(context, *oid, value.as_ref()))
            };
            let members: Vec<String> = record.columns.iter().enumerate().map(named).collect();
            format!("{{{}}}", members.join(","))
        }
        Value::Timestamp(_) | Value::Timestamptz(_) | Value::Date(_) => string(&iso(context, oid, value)),
        value => string(&context.output(oid, value)),
    }
}

/// A time as ISO 8601 has it, whatever the session says.
fn iso(context: &Context<'_>, oid: Oid, value: &Value) -> String {
    let plain = crate::postgresql::sql::known::PLAIN;
    let style = pgconform_wire::value::Style { date: plain.date, ..context.style() };
    let text = pgconform_wire::value::output(&context.known(), oid, value, &style);
    let text = if matches!(value, Value::Date(_)) { text } else { text.replacen(' ', "T", 1) };
    // An offset has its minutes here.
    let zoned = matches!(value, Value::Timestamptz(_)) && !text.ends_with("infinity");
    let bare = zoned && text.len() >= 3 && matches!(text.as_bytes()[text.len() - 3], b'+' | b'-');
    if bare { format!("{text}:00") } else { text }
}

fn written_array(
    context: &Context<'_>,
    array: &Array,
    dimensions: &[Dimension],
    values: &[Option<Value>],
) -> String {
    let each: Vec<String> = match dimensions {
        [] | [_] => values.iter().map(|value| written(context, array.element, value.as_ref())).collect(),
        [_, inner @ ..] => {
            let size =
                inner.iter().map(|one| usize::try_from(one.length).unwrap_or(0)).product::<usize>().max(1);
            values.chunks(size).map(|part| written_array(context, array, inner, part)).collect()
        }
    };
    format!("[{}]", each.join(","))
}

fn meant(text: &str) -> Answer {
    let plain = crate::postgresql::sql::known::PLAIN;
    Ok(Some(Value::Jsonb(Jsonb::input(text, &plain)?)))
}

fn one(context: &Context<'_>, values: &[Option<Value>], given: &[Oid]) -> Option<String> {
    let (Some(value), Some(oid)) = (values.first()?, given.first()) else { return None };
    Some(written(context, *oid, Some(value)))
}

/// `to_json`, `row_to_json`, `array_to_json`
pub(super) fn to_json(context: &mut Context<'_>, values: &[Option<Value>], given: &[Oid]) -> Answer {
    Ok(one(context, values, given).map(|text| Value::Json(Json(text))))
}

/// `to_jsonb`
pub(super) fn to_jsonb(context: &mut Context<'_>, values: &[Option<Value>], given: &[Oid]) -> Answer {
    one(context, values, given).map_or(Ok(None), |text| meant(&text))
}

fn array(context: &Context<'_>, values: &[Option<Value>], given: &[Oid]) -> String {
    let each = values.iter().zip(given).map(|(value, oid)| written(context, *oid, value.as_ref()));
    format!("[{}]", each.collect::<Vec<_>>().join(", "))
}

fn object(
    context: &Context<'_>,
    values: &[Option<Value>],
    given: &[Oid],
    spaced: bool,
) -> Result<String, Stop> {
    if !values.len().is_multiple_of(2) {
        let error =
            crate::engine::SqlError::error("22023", "argument list must have even number of elements");
        let function = if spaced { "json_build_object()" } else { "jsonb_build_object()" };
        let hint = format!("The arguments of {function} must consist of alternating keys and values.");
        return Err(error.hint(hint).into());
    }
    let mut members = Vec::new();
    for (at, (pair, oids)) in values.chunks(2).zip(given.chunks(2)).enumerate() {
        let ([Some(key), value], [key_oid, oid]) = (pair, oids) else {
            let message = if spaced {
                "null value not allowed for object key".to_owned()
            } else {
                format!("argument {}: key must not be null", 2 * at + 1)
            };
            return Err(Stop::error(if spaced { "22004" } else { "22023" }, message));
        };
        let key = string(&context.output(*key_oid, key));
        members.push(format!("{key} : {}", written(context, *oid, value.as_ref())));
    }
    Ok(format!("{{{}}}", members.join(", ")))
}

/// `json_build_array`
pub(super) fn build_array(context: &mut Context<'_>, values: &[Option<Value>], given: &[Oid]) -> Answer {
    Ok(Some(Value::Json(Json(array(context, values, given)))))
}

/// `jsonb_build_array`
pub(super) fn build_arrayb(context: &mut Context<'_>, values: &[Option<Value>], given: &[Oid]) -> Answer {
    meant(&array(context, values, given))
}

/// `json_build_object`
pub(super) fn build_object(context: &mut Context<'_>, values: &[Option<Value>], given: &[Oid]) -> Answer {
    Ok(Some(Value::Json(Json(object(context, values, given, true)?))))
}

/// `jsonb_build_object`
pub(super) fn build_objectb(context: &mut Context<'_>, values: &[Option<Value>], given: &[Oid]) -> Answer {
    meant(&object(context, values, given, false)?)
}

/// The type of a value that an aggregate over values of any type has at hand without it.
fn type_of(value: &Value) -> Oid {
    match value {
        Value::Numeric(_) => types::NUMERIC,
        Value::Enum(_) | Value::Text(_) => types::TEXT,
        Value::Timestamp(_) => types::TIMESTAMP,
        Value::Timestamptz(_) => types::TIMESTAMPTZ,
        Value::Date(_) => types::DATE,
        Value::Record(_) => types::RECORD,
        Value::Oid(_) => types::OID,
        _ => types::UNKNOWN,
    }
}

fn aggregated(context: &Context<'_>, rows: &[Vec<Option<Value>>]) -> Option<String> {
    let each = |row: &Vec<Option<Value>>| {
        let value = row.first().and_then(Option::as_ref);
        written(context, value.map_or(0, type_of), value)
    };
    (!rows.is_empty()).then(|| format!("[{}]", rows.iter().map(each).collect::<Vec<_>>().join(", ")))
}

/// `json_agg`
pub(super) fn aggregate(context: &mut Context<'_>, rows: &[Vec<Option<Value>>]) -> Answer {
    Ok(aggregated(context, rows).map(|text| Value::Json(Json(text))))
}

/// `jsonb_agg`
pub(super) fn aggregateb(context: &mut Context<'_>, rows: &[Vec<Option<Value>>]) -> Answer {
    aggregated(context, rows).map_or(Ok(None), |text| meant(&text))
}
