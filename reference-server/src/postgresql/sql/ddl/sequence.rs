//! CREATE SEQUENCE, and the sequences of `serial` columns.

use super::name::{self, Place};
use super::{exists, relation_in, table, type_in};
use crate::postgresql::database::Counter;
use crate::postgresql::definition::{Attribute, Kind, Relation, Sequence};
use crate::postgresql::settings::list::quote_identifier;
use crate::postgresql::sql::context::Context;
use crate::postgresql::sql::expr::Type;
use crate::postgresql::sql::stop::Stop;
use crate::postgresql::storage::Oid;
use pgconform_wire::value::types::{BOOL, INT2, INT4, INT8};
use sqlparser::ast::{self, SequenceOptions as Given};

/// CREATE SEQUENCE.
pub(super) fn create(
    statement: &ast::Statement,
    text: &str,
    context: &mut Context<'_>,
) -> Result<String, Stop> {
    let ast::Statement::CreateSequence {
        temporary,
        if_not_exists,
        name: object,
        data_type,
        sequence_options,
        owned_by,
    } = statement
    else {
        return Err(Stop::error("XX000", "this creates no sequence"));
    };
    if owned_by.as_ref().is_some_and(|owner| !name::shown(owner).eq_ignore_ascii_case("none")) {
        return Err(Stop::error("0A000", "OWNED BY is not supported by this server"));
    }
    let tag = "CREATE SEQUENCE".to_owned();
    let ty = match data_type {
        None | Some(ast::DataType::BigInt(None) | ast::DataType::Int8(None)) => INT8,
        Some(ast::DataType::Integer(None) | ast::DataType::Int(None) | ast::DataType::Int4(None)) => INT4,
        Some(ast::DataType::SmallInt(None) | ast::DataType::Int2(None)) => INT2,
        Some(_) => {
            return Err(Stop::error("22023", "sequence type must be smallint, integer, or bigint"));
        }
    };
    let sequence = options(ty, sequence_options)?;
    let (place, short) = name::target(context, object, *temporary, text)?;
    if relation_in(context, place, &short) {
        let error = exists("relation", &short, "42P07");
        if *if_not_exists {
            name::skip(context, "42P07", format!("{}, skipping", error.message));
            return Ok(tag);
        }
        return Err(error.into());
    }
    if type_in(context, place, &short) {
        return Err(super::type_of_relation(&short).into());
    }
    make(context, place, &short, sequence);
    Ok(tag)
}

/// What a sequence is like, by its options.
fn options(ty: Oid, given: &[Given]) -> Result<Sequence, Stop> {
    let invalid = |message: String| Stop::error("22023", message);
    let (mut increment, mut min, mut max, mut start, mut cycle) = (1, None, None, None, false);
    for option in given {
        match option {
            Given::IncrementBy(value, _) => increment = number(value)?,
            Given::MinValue(value) => min = value.as_ref().map(number).transpose()?,
            Given::MaxValue(value) => max = value.as_ref().map(number).transpose()?,
            Given::StartWith(value, _) => start = Some(number(value)?),
            Given::Cycle(no) => cycle = !no,
            Given::Cache(value) => {
                let cache = number(value)?;
                if cache < 1 {
                    return Err(invalid(format!("CACHE ({cache}) must be greater than zero")));
                }
            }
        }
    }
    if increment == 0 {
        return Err(invalid("INCREMENT must not be zero".to_owned()));
    }
    let (least, most) = match ty {
        INT2 => (i64::from(i16::MIN), i64::from(i16::MAX)),
        INT4 => (i64::from(i32::MIN), i64::from(i32::MAX)),
        _ => (i64::MIN, i64::MAX),
    };
    let up = increment > 0;
    let min = min.unwrap_or(if up { 1 } else { least });
    let max = max.unwrap_or(if up { most } else { -1 });
    if min >= max {
        return Err(invalid(format!("MINVALUE ({min}) must be less than MAXVALUE ({max})")));
    }
    let start = start.unwrap_or(if up { min } else { max });
    if start < min {
        return Err(invalid(format!("START value ({start}) cannot be less than MINVALUE ({min})")));
    }
    if start > max {
        return Err(invalid(format!("START value ({start}) cannot be greater than MAXVALUE ({max})")));
    }
    Ok(Sequence { increment, min, max, start, cycle, owner: None })
}

/// The value of an option.
fn number(value: &ast::Expr) -> Result<i64, Stop> {
    let text = value.to_string();
    text.parse()
        .map_err(|_| Stop::error("22003", format!("value \"{text}\" is out of range for type bigint")))
}

/// Makes a sequence.
fn make(context: &mut Context<'_>, place: Place, name: &str, sequence: Sequence) {
    let column = |(name, ty): (&str, Oid)| Attribute {
        name: name.to_owned(),
        ty: Type::plain(ty),
        not_null: true,
        default: None,
        dropped: false,
    };
    let columns = [("last_value", INT8), ("log_cnt", INT8), ("is_called", BOOL)].map(column).into();
    let counter = Counter { last: sequence.start, logged: 0, called: false };
    let relation = Relation { columns, kind: Kind::Sequence(sequence), ..table::empty(context, place, name) };
    context.database.counters.insert(relation.oid, counter);
    let stamp = context.session.transaction.stamp(context.database);
    context.database.relations.insert(relation.into(), stamp);
}

/// The type of the values of a `serial` type.
pub(super) fn serial(ty: &ast::DataType) -> Option<Oid> {
    let ast::DataType::Custom(name, _) = ty else { return None };
    match &*name::shown(name) {
        "serial" | "serial4" => Some(INT4),
        "bigserial" | "serial8" => Some(INT8),
        "smallserial" | "serial2" => Some(INT2),
        _ => None,
    }
}

/// Makes the sequence of a `serial` column, which is about to become the last of its table; gives the column's default.
pub(super) fn of_column(
    relation: &Relation,
    column: &str,
    ty: Oid,
    context: &mut Context<'_>,
) -> Result<String, Stop> {
    let place = Place { schema: relation.schema, temporary: relation.temporary };
    let stem = format!("{}_{column}", relation.name);
    let named = |number: usize| match number {
        0 => format!("{stem}_seq"),
        _ => format!("{stem}_seq{number}"),
    };
    let name = (0..).map(named).find(|name| !relation_in(context, place, name)).unwrap_or_default();
    let name = crate::postgresql::sql::parse::cut(&name).to_owned();
    let sequence = Sequence { owner: Some((relation.oid, relation.columns.len())), ..options(ty, &[])? };
    make(context, place, &name, sequence);
    let short = quote_identifier(&name);
    let full = match context.lookup().on_path(place.schema, place.temporary) {
        true => short,
        false => format!("{}.{short}", quote_identifier(&place.schema_name(context))),
    };
    Ok(format!("nextval('{}'::regclass)", full.replace('\'', "''")))
}
