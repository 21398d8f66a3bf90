//! Type modifiers: the length of `varchar(5)`, the precision and the scale of `numeric(10,2)`, as one integer.

use super::interval::{Interval, field};
use super::numeric::Numeric;
use super::{Invalid, Shape, Types, types};

/// The longest `varchar` and `char`.
const LONGEST_TEXT: i32 = 10_485_760;
/// The longest `bit` and `varbit`.
const LONGEST_BITS: i32 = 83_886_080;
/// The greatest precision and scale of a `numeric`.
const MOST_DIGITS: i32 = 1000;
/// The greatest precision of a time.
const MOST_FRACTION: i32 = 6;

/// How a modifier is written behind the type's name: `(10,2)`, `(5)`, `(3) with time zone`, ` day to second(3)`.
pub fn modifier_text(oid: u32, modifier: i32) -> String {
    let zone = match oid {
        types::TIMETZ | types::TIMESTAMPTZ => " with time zone",
        types::TIME | types::TIMESTAMP => " without time zone",
        _ => "",
    };
    match oid {
        types::BPCHAR | types::VARCHAR if modifier > 4 => format!("({})", modifier - 4),
        types::NUMERIC => Numeric::limits(modifier).map_or_else(String::new, |(p, s)| format!("({p},{s})")),
        types::BIT | types::VARBIT if modifier >= 0 => format!("({modifier})"),
        types::TIME | types::TIMETZ | types::TIMESTAMP | types::TIMESTAMPTZ if modifier >= 0 => {
            format!("({modifier}){zone}")
        }
        types::INTERVAL => {
            let (fields, precision) = Interval::limits(modifier);
            let precision = precision.map_or_else(String::new, |precision| format!("({precision})"));
            format!("{}{precision}", fields_text(fields))
        }
        _ => zone.to_owned(),
    }
}

/// The fields of an interval, behind a space.
fn fields_text(fields: i32) -> String {
    if fields == field::ALL {
        return String::new();
    }
    let names = [
        (field::YEAR, "year"),
        (field::MONTH, "month"),
        (field::DAY, "day"),
        (field::HOUR, "hour"),
        (field::MINUTE, "minute"),
        (field::SECOND, "second"),
    ];
    let mut told = names.iter().filter(|(bit, _)| fields & bit != 0).map(|(_, name)| *name);
    match (told.next(), told.next_back()) {
        (Some(first), Some(last)) => format!(" {first} to {last}"),
        (Some(only), None) => format!(" {only}"),
        (None, _) => String::new(),
    }
}

/// The type's name with its modifier, as `format_type(oid, modifier)` shows it.
pub fn format_type(types: &dyn Types, oid: u32, modifier: i32) -> String {
    if let Some(Shape::Array { element }) = types.shape(oid) {
        return format_type(types, element, modifier) + "[]";
    }
    let name = match oid {
        // Without a length they are not what these names mean in SQL.
        types::BPCHAR if modifier < 0 => "bpchar".to_owned(),
        types::BIT if modifier < 0 => "\"bit\"".to_owned(),
        types::TIME | types::TIMETZ => "time".to_owned(),
        types::TIMESTAMP | types::TIMESTAMPTZ => "timestamp".to_owned(),
        _ => types.name(oid),
    };
    name + &modifier_text(oid, modifier)
}

/// The modifier that these arguments make. Those of an interval are the mask of its fields and its precision.
pub fn modifier_of(oid: u32, arguments: &[i32]) -> Result<i32, Invalid> {
    let invalid = |message: String| Invalid::new("22023", message);
    let length = |name: &str, longest: i32| match arguments {
        [length] if *length < 1 => Err(invalid(format!("length for type {name} must be at least 1"))),
        [length] if *length > longest => {
            Err(invalid(format!("length for type {name} cannot exceed {longest}")))
        }
        [length] => Ok(*length),
        _ => Err(invalid("invalid type modifier".to_owned())),
    };
    // What is too precise is taken for the most precise, with a warning.
    let precision = |name: &str, zone: &str| match arguments {
        [digits] if *digits < 0 => {
            Err(invalid(format!("{name}({digits}){zone} precision must not be negative")))
        }
        [digits] => Ok((*digits).min(MOST_FRACTION)),
        _ => Err(invalid("invalid type modifier".to_owned())),
    };
    match oid {
        types::BPCHAR => length("char", LONGEST_TEXT).map(|length| length + 4),
        types::VARCHAR => length("varchar", LONGEST_TEXT).map(|length| length + 4),
        types::BIT => length("bit", LONGEST_BITS),
        types::VARBIT => length("varbit", LONGEST_BITS),
        types::NUMERIC => match *arguments {
            [digits, ..] if arguments.len() < 3 && !(1..=MOST_DIGITS).contains(&digits) => {
                Err(invalid(format!("NUMERIC precision {digits} must be between 1 and {MOST_DIGITS}")))
            }
            [_, scale] if !(-MOST_DIGITS..=MOST_DIGITS).contains(&scale) => Err(invalid(format!(
                "NUMERIC scale {scale} must be between -{MOST_DIGITS} and {MOST_DIGITS}"
            ))),
            [digits, scale] => Ok(Numeric::modifier(digits, scale)),
            [digits] => Ok(Numeric::modifier(digits, 0)),
            _ => Err(invalid("invalid NUMERIC type modifier".to_owned())),
        },
        types::TIME => precision("TIME", ""),
        types::TIMETZ => precision("TIME", " WITH TIME ZONE"),
        types::TIMESTAMP => precision("TIMESTAMP", ""),
        types::TIMESTAMPTZ => precision("TIMESTAMP", " WITH TIME ZONE"),
        types::INTERVAL => match *arguments {
            [_, digits] if digits < 0 => {
                Err(invalid(format!("INTERVAL({digits}) precision must not be negative")))
            }
            [fields, digits] => Ok(Interval::modifier(fields, Some(digits.min(MOST_FRACTION)))),
            [fields] => Ok(Interval::modifier(fields, None)),
            _ => Err(invalid("invalid INTERVAL type modifier".to_owned())),
        },
        _ => match types::by_oid(oid) {
            Some(row) if row.is_array() => modifier_of(row.element, arguments),
            row => {
                let name = row.map_or_else(|| oid.to_string(), |row| row.name.to_owned());
                Err(Invalid::new("42601", format!("type modifier is not allowed for type \"{name}\"")))
            }
        },
    }
}
