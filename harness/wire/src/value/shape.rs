//! What is known of a type: of the built-in ones, and of those that a session has made.

use super::{Invalid, types};

/// How values of a type are put together.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Shape {
    /// By the type itself.
    Base,
    /// Of elements.
    Array {
        /// Their type.
        element: u32,
    },
    /// Of two bounds.
    Range {
        /// Their type.
        element: u32,
    },
    /// Of ranges.
    Multirange {
        /// Their type.
        range: u32,
    },
    /// Of columns: name, type and modifier.
    Composite(Vec<(String, u32, i32)>),
    /// One of these labels, in their order.
    Enum(Vec<String>),
    /// As those of another type.
    Domain {
        /// That type.
        base: u32,
        /// Its modifier.
        modifier: i32,
    },
    /// Not at all: there are none.
    Pseudo,
}

/// What is known of types, and of the objects that the `reg*` types name.
pub trait Types {
    /// How values of this type are put together; none where there is no such type.
    fn shape(&self, oid: u32) -> Option<Shape>;

    /// The type's name, as `format_type` shows it.
    fn name(&self, oid: u32) -> String;

    /// The name of an object; `class` is the `reg*` type that is asked for it.
    fn object_name(&self, class: u32, oid: u32) -> Option<String>;

    /// The object of this name.
    fn object_named(&self, class: u32, name: &str) -> Result<u32, Invalid>;
}

/// The built-in types. Of objects it knows types.
#[derive(Clone, Copy, Debug)]
pub struct BuiltIn;

impl Types for BuiltIn {
    fn shape(&self, oid: u32) -> Option<Shape> {
        let row = types::by_oid(oid)?;
        let range = |test: &dyn Fn(&types::RangeType) -> bool| types::range(test).copied();
        Some(match row.kind {
            _ if row.is_array() => Shape::Array { element: row.element },
            'r' => Shape::Range { element: range(&|row| row.range == oid)?.element },
            'm' => Shape::Multirange { range: range(&|row| row.multirange == oid)?.range },
            'p' if !matches!(oid, types::CSTRING | types::UNKNOWN | types::VOID) => Shape::Pseudo,
            _ => Shape::Base,
        })
    }

    fn name(&self, oid: u32) -> String {
        match types::by_oid(oid) {
            Some(row) => row.sql_name.to_owned(),
            None if oid == 0 => "-".to_owned(),
            None => "???".to_owned(),
        }
    }

    fn object_name(&self, class: u32, oid: u32) -> Option<String> {
        let row = types::by_oid(oid).filter(|_| class == types::REGTYPE)?;
        Some(row.sql_name.to_owned())
    }

    fn object_named(&self, class: u32, name: &str) -> Result<u32, Invalid> {
        if class != types::REGTYPE {
            return Err(no_object(class, name));
        }
        let quoted = name.strip_prefix('"').and_then(|name| name.strip_suffix('"'));
        let folded = quoted.map_or_else(|| name.trim().to_ascii_lowercase(), str::to_owned);
        let plain = folded.strip_prefix("pg_catalog.").unwrap_or(&folded);
        let (element, array) = match plain.strip_suffix("[]") {
            Some(element) => (element.trim_end(), true),
            None => (plain, false),
        };
        let synonym = match element {
            "int" => "integer",
            "decimal" | "dec" => "numeric",
            "float" => "double precision",
            "char" if quoted.is_none() => "character",
            "time" => "time without time zone",
            "timestamp" => "timestamp without time zone",
            other => other,
        };
        let quoted_name = format!("\"{element}\"");
        let row = quoted
            .and_then(|_| types::by_sql_name(&quoted_name))
            .or_else(|| types::by_sql_name(synonym))
            .or_else(|| types::by_name(synonym));
        let oid = row.map(|row| if array { row.array } else { row.oid });
        oid.filter(|oid| *oid != 0).ok_or_else(|| no_object(class, name))
    }
}

/// That there is no object of this name: as PostgreSQL says it of this class.
pub fn no_object(class: u32, name: &str) -> Invalid {
    let (code, what) = match class {
        types::REGCLASS => ("42P01", "relation"),
        types::REGPROC | types::REGPROCEDURE => ("42883", "function"),
        types::REGROLE => ("42704", "role"),
        types::REGNAMESPACE => ("3F000", "schema"),
        types::REGCONFIG => ("42704", "text search configuration"),
        types::REGDICTIONARY => ("42704", "text search dictionary"),
        types::REGOPER | types::REGOPERATOR => {
            return Invalid::new("42883", format!("operator does not exist: {name}"));
        }
        types::REGCOLLATION => {
            let message = format!("collation \"{name}\" for encoding \"UTF8\" does not exist");
            return Invalid::new("42704", message);
        }
        _ => ("42704", "type"),
    };
    Invalid::new(code, format!("{what} \"{name}\" does not exist"))
}
