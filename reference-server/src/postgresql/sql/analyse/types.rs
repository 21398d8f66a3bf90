//! What analysis asks of types: their names, categories, elements.

use super::Analyser;
use crate::postgresql::lookup::parts;
use crate::postgresql::sql::expr::Type;
use crate::postgresql::sql::known::Known;
use crate::postgresql::sql::stop::Stop;
use crate::postgresql::storage::Oid;
use pgconform_wire::value::modifier::modifier_of;
use pgconform_wire::value::{Invalid, types};
use sqlparser::ast::Spanned as _;
use sqlparser::ast::{
    ArrayElemTypeDef, CharacterLength, DataType, ExactNumberInfo, GeometricTypeKind, IntervalFields,
    ObjectName, TimezoneInfo,
};
use sqlparser::tokenizer::Span;

/// The type of a literal before it is known what it is to be.
pub(crate) const UNKNOWN: Oid = 705;

impl Analyser<'_> {
    /// What is known of types: those built in, and those of the database.
    pub(crate) fn known(&self) -> Known<'_> {
        Known(self.lookup())
    }

    /// The type that a domain restricts, or else the type itself.
    pub(crate) fn base(&self, oid: Oid) -> Oid {
        self.known().base(oid)
    }

    /// The category that `pg_type.typcategory` tells.
    pub(super) fn category(&self, oid: Oid) -> char {
        self.known().category(oid)
    }

    /// Whether it is the type of its category that is preferred.
    pub(super) fn is_preferred(&self, oid: Oid) -> bool {
        types::by_oid(oid).is_some_and(|row| row.preferred)
    }

    /// The type of a type's arrays.
    pub(crate) fn array_of(&self, oid: Oid) -> Option<Oid> {
        self.known().array_of(oid)
    }

    /// The type of an array type's elements.
    pub(crate) fn element_of(&self, oid: Oid) -> Option<Oid> {
        self.known().element_of(oid)
    }

    /// The name of a type, as messages tell it.
    pub(crate) fn type_name(&self, oid: Oid) -> String {
        pgconform_wire::value::Types::name(&self.known(), oid)
    }

    /// The type that a type name means.
    pub(crate) fn type_named(&self, name: &DataType) -> Result<Type, Stop> {
        Known(self.lookup())
            .type_named(name)
            .map_err(|(invalid, span)| Stop::from(*invalid).at(span.and_then(|span| self.position(span))))
    }
}

/// Why a type name means no type, and where that shows.
pub(crate) type NoType = (Box<Invalid>, Option<Span>);

fn no_type(code: &'static str, message: impl Into<String>, span: Option<Span>) -> NoType {
    (Box::new(Invalid::new(code, message)), span)
}

impl Known<'_> {
    /// The type that a type name means.
    pub(crate) fn type_named(&self, name: &DataType) -> Result<Type, NoType> {
        if let DataType::Array(definition) = name {
            return self.array_named(definition);
        }
        if let DataType::Custom(object, arguments) = name {
            return self.custom(object, arguments);
        }
        let (name, arguments) = built_in(name).ok_or_else(|| {
            let message = format!("type \"{}\" does not exist", name.to_string().to_ascii_lowercase());
            no_type("42704", message, None)
        })?;
        let row = types::by_name(name)
            .ok_or_else(|| no_type("42704", format!("type \"{name}\" does not exist"), None))?;
        self.modified(row.oid, name, &arguments).map_err(|invalid| (Box::new(invalid), None))
    }

    fn array_named(&self, definition: &ArrayElemTypeDef) -> Result<Type, NoType> {
        let element = match definition {
            ArrayElemTypeDef::SquareBracket(element, _)
            | ArrayElemTypeDef::Qualified(element, _)
            | ArrayElemTypeDef::AngleBracket(element)
            | ArrayElemTypeDef::Parenthesis(element) => self.type_named(element)?,
            ArrayElemTypeDef::None => {
                return Err(no_type("42601", "syntax error at or near \"array\"", None));
            }
        };
        // An array of arrays is an array of more dimensions.
        let oid = match self.element_of(element.oid) {
            Some(_) => element.oid,
            None => self.array_of(element.oid).ok_or_else(|| {
                let name = pgconform_wire::value::Types::name(self, element.oid);
                no_type("42704", format!("could not find array type for data type {name}"), None)
            })?,
        };
        Ok(Type { oid, modifier: element.modifier })
    }

    fn custom(&self, object: &ObjectName, arguments: &[String]) -> Result<Type, NoType> {
        let (schema, name) = parts(object);
        let span = Some(object.span());
        let quoted =
            object.0.last().and_then(|part| part.as_ident()).is_some_and(|ident| ident.quote_style.is_some());
        let alias = if quoted || schema.is_some() { None } else { alias(&name) };
        let system = schema.as_deref().is_none_or(|schema| schema == "pg_catalog");
        let user = || self.0.user_type(schema.as_deref(), &name);
        let built_in = || types::by_name(alias.unwrap_or(&name)).filter(|_| system).map(|row| row.oid);
        let found = match &schema {
            None => built_in().or_else(user),
            Some(schema) => {
                if self.0.place(schema).is_none() && schema != "pg_temp" {
                    let message = format!("schema \"{schema}\" does not exist");
                    return Err(no_type("3F000", message, span));
                }
                built_in().or_else(user)
            }
        };
        let oid = found.ok_or_else(|| {
            let full = schema.iter().chain([&name]).cloned().collect::<Vec<_>>().join(".");
            no_type("42704", format!("type \"{full}\" does not exist"), span)
        })?;
        let numbers: Option<Vec<i32>> = arguments.iter().map(|argument| argument.parse().ok()).collect();
        let numbers = numbers.ok_or_else(|| {
            no_type("42601", "type modifiers must be simple constants or identifiers", span)
        })?;
        self.modified(oid, &name, &numbers).map_err(|invalid| (Box::new(invalid), span))
    }

    fn modified(&self, oid: Oid, name: &str, arguments: &[i32]) -> Result<Type, Invalid> {
        if arguments.is_empty() {
            return Ok(Type::plain(oid));
        }
        if !takes_modifier(oid) {
            return Err(Invalid::new("42601", format!("type modifier is not allowed for type \"{name}\"")));
        }
        Ok(Type { oid, modifier: modifier_of(oid, arguments)? })
    }
}

/// Whether a type has modifiers at all.
fn takes_modifier(oid: Oid) -> bool {
    matches!(
        oid,
        types::NUMERIC
            | types::VARCHAR
            | types::BPCHAR
            | types::BIT
            | types::VARBIT
            | types::TIME
            | types::TIMETZ
            | types::TIMESTAMP
            | types::TIMESTAMPTZ
            | types::INTERVAL
    )
}

/// What only SQL's grammar calls so.
fn alias(name: &str) -> Option<&'static str> {
    Some(match name {
        "int" | "integer" => "int4",
        "smallint" => "int2",
        "bigint" => "int8",
        "real" => "float4",
        "boolean" => "bool",
        "dec" | "decimal" => "numeric",
        "char" | "character" => "bpchar",
        _ => return None,
    })
}

/// The name in `pg_type` of a type that the grammar knows.
pub(super) fn grammar_name(name: &DataType) -> Option<&'static str> {
    built_in(name).map(|(name, _)| name)
}

/// The type of a name that the grammar knows, and its modifier's arguments.
fn built_in(name: &DataType) -> Option<(&'static str, Vec<i32>)> {
    let whole = |number: &u64| i32::try_from(*number).unwrap_or(i32::MAX);
    let optional = |number: &Option<u64>| number.iter().map(whole).collect::<Vec<_>>();
    let length = |length: &Option<CharacterLength>| match length {
        Some(CharacterLength::IntegerLength { length, .. }) => vec![whole(length)],
        _ => Vec::new(),
    };
    let one = |arguments: Vec<i32>| if arguments.is_empty() { vec![1] } else { arguments };
    let zoned = |zone: &TimezoneInfo| matches!(zone, TimezoneInfo::WithTimeZone | TimezoneInfo::Tz);
    Some(match name {
        DataType::Character(n) | DataType::Char(n) => ("bpchar", one(length(n))),
        DataType::CharacterVarying(n) | DataType::CharVarying(n) | DataType::Varchar(n) => {
            ("varchar", length(n))
        }
        DataType::Nvarchar(n) => ("varchar", length(n)),
        DataType::Uuid => ("uuid", vec![]),
        DataType::Numeric(info) | DataType::Decimal(info) | DataType::Dec(info) => ("numeric", exact(info)),
        DataType::Float(info) => match exact(info).first() {
            Some(..=24) => ("float4", vec![]),
            _ => ("float8", vec![]),
        },
        DataType::Int2(n) | DataType::SmallInt(n) => ("int2", optional(n)),
        DataType::Int(n) | DataType::Int4(n) | DataType::Integer(n) => ("int4", optional(n)),
        DataType::Int8(n) | DataType::BigInt(n) => ("int8", optional(n)),
        DataType::Float4 | DataType::Real => ("float4", vec![]),
        DataType::Float8 | DataType::DoublePrecision | DataType::Double(_) => ("float8", vec![]),
        DataType::Bool | DataType::Boolean => ("bool", vec![]),
        DataType::Date => ("date", vec![]),
        DataType::Time(n, zone) if zoned(zone) => ("timetz", optional(n)),
        DataType::Time(n, _) => ("time", optional(n)),
        DataType::Timestamp(n, zone) if zoned(zone) => ("timestamptz", optional(n)),
        DataType::Timestamp(n, _) => ("timestamp", optional(n)),
        DataType::Interval { fields, precision } => {
            ("interval", interval(fields.as_ref(), precision.as_ref().map(whole)))
        }
        DataType::JSON => ("json", vec![]),
        DataType::JSONB => ("jsonb", vec![]),
        DataType::Regclass => ("regclass", vec![]),
        DataType::Text => ("text", vec![]),
        DataType::Bytea => ("bytea", vec![]),
        DataType::Bit(n) => ("bit", one(optional(n))),
        DataType::BitVarying(n) | DataType::VarBit(n) => ("varbit", optional(n)),
        DataType::Trigger => ("trigger", vec![]),
        DataType::AnyType => ("any", vec![]),
        DataType::GeometricType(kind) => (geometric(kind), vec![]),
        DataType::TsVector => ("tsvector", vec![]),
        DataType::TsQuery => ("tsquery", vec![]),
        _ => return None,
    })
}

fn exact(info: &ExactNumberInfo) -> Vec<i32> {
    let whole = |number: u64| i32::try_from(number).unwrap_or(i32::MAX);
    match *info {
        ExactNumberInfo::None => vec![],
        ExactNumberInfo::Precision(precision) => vec![whole(precision)],
        ExactNumberInfo::PrecisionAndScale(precision, scale) => {
            vec![whole(precision), i32::try_from(scale).unwrap_or(i32::MAX)]
        }
    }
}

/// The fields that an interval's modifier allows, as PostgreSQL numbers them, and its precision.
fn interval(fields: Option<&IntervalFields>, precision: Option<i32>) -> Vec<i32> {
    const MONTH: i32 = 1 << 1;
    const YEAR: i32 = 1 << 2;
    const DAY: i32 = 1 << 3;
    const HOUR: i32 = 1 << 10;
    const MINUTE: i32 = 1 << 11;
    const SECOND: i32 = 1 << 12;
    const ALL: i32 = 0x7fff;
    let mask = match fields {
        None => return precision.map_or_else(Vec::new, |precision| vec![ALL, precision]),
        Some(IntervalFields::Year) => YEAR,
        Some(IntervalFields::Month) => MONTH,
        Some(IntervalFields::Day) => DAY,
        Some(IntervalFields::Hour) => HOUR,
        Some(IntervalFields::Minute) => MINUTE,
        Some(IntervalFields::Second) => SECOND,
        Some(IntervalFields::YearToMonth) => YEAR | MONTH,
        Some(IntervalFields::DayToHour) => DAY | HOUR,
        Some(IntervalFields::DayToMinute) => DAY | HOUR | MINUTE,
        Some(IntervalFields::DayToSecond) => DAY | HOUR | MINUTE | SECOND,
        Some(IntervalFields::HourToMinute) => HOUR | MINUTE,
        Some(IntervalFields::HourToSecond) => HOUR | MINUTE | SECOND,
        Some(IntervalFields::MinuteToSecond) => MINUTE | SECOND,
    };
    [mask].into_iter().chain(precision).collect()
}

fn geometric(kind: &GeometricTypeKind) -> &'static str {
    match kind {
        GeometricTypeKind::Point => "point",
        GeometricTypeKind::Line => "line",
        GeometricTypeKind::LineSegment => "lseg",
        GeometricTypeKind::GeometricBox => "box",
        GeometricTypeKind::GeometricPath => "path",
        GeometricTypeKind::Polygon => "polygon",
        GeometricTypeKind::Circle => "circle",
    }
}
