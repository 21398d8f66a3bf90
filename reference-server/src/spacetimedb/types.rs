//! SpacetimeDB's types (SATS, the SpacetimeDB Algebraic Type System).

use std::fmt;

/// A type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Type {
    Bool,
    /// `U8` to `U256` and `I8` to `I256`.
    Integer {
        signed: bool,
        bits: u32,
    },
    F32,
    F64,
    String,
    /// An array of `U8`.
    Bytes,
    Identity,
    ConnectionId,
    /// Microseconds since the Unix epoch.
    Timestamp,
    /// Microseconds.
    Duration,
    Uuid,
    Array(Box<Type>),
    /// A record.
    Product(Vec<Field>),
    /// One of several variants.
    Sum(Vec<Field>),
}

/// A field of a record, a variant of a sum, or a column of a table.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Field {
    pub(crate) name: &'static str,
    pub(crate) ty: Type,
}

impl Field {
    pub(crate) const fn new(name: &'static str, ty: Type) -> Self {
        Self { name, ty }
    }
}

impl Type {
    pub(crate) const U8: Self = Self::Integer { signed: false, bits: 8 };
    pub(crate) const U16: Self = Self::Integer { signed: false, bits: 16 };
    pub(crate) const U32: Self = Self::Integer { signed: false, bits: 32 };
    pub(crate) const U64: Self = Self::Integer { signed: false, bits: 64 };
    pub(crate) const U128: Self = Self::Integer { signed: false, bits: 128 };
    pub(crate) const U256: Self = Self::Integer { signed: false, bits: 256 };
    pub(crate) const I8: Self = Self::Integer { signed: true, bits: 8 };
    pub(crate) const I16: Self = Self::Integer { signed: true, bits: 16 };
    pub(crate) const I32: Self = Self::Integer { signed: true, bits: 32 };
    pub(crate) const I64: Self = Self::Integer { signed: true, bits: 64 };
    pub(crate) const I128: Self = Self::Integer { signed: true, bits: 128 };
    pub(crate) const I256: Self = Self::Integer { signed: true, bits: 256 };
    pub(crate) const UNIT: Self = Self::Product(Vec::new());

    pub(crate) fn array(element: Self) -> Self {
        Self::Array(Box::new(element))
    }

    pub(crate) fn product(fields: &[(&'static str, Self)]) -> Self {
        Self::Product(fields.iter().map(|(name, ty)| Field::new(name, ty.clone())).collect())
    }

    pub(crate) fn sum(variants: &[(&'static str, Self)]) -> Self {
        Self::Sum(variants.iter().map(|(name, ty)| Field::new(name, ty.clone())).collect())
    }

    pub(crate) fn option(some: Self) -> Self {
        Self::sum(&[("some", some), ("none", Self::UNIT)])
    }

    pub(crate) fn result(ok: Self, err: Self) -> Self {
        Self::sum(&[("ok", ok), ("err", err)])
    }

    pub(crate) fn schedule_at() -> Self {
        Self::sum(&[("Interval", Self::Duration), ("Time", Self::Timestamp)])
    }

    /// An enum whose variants carry nothing: the document's "simple enum".
    pub(crate) fn is_simple_enum(&self) -> bool {
        matches!(self, Self::Sum(variants) if variants.iter().all(|variant| variant.ty == Self::UNIT))
    }

    /// Special types are, underneath, products of one field with this name.
    pub(crate) fn special(&self) -> Option<(&'static str, Self)> {
        match self {
            Self::Identity => Some(("__identity__", Self::U256)),
            Self::ConnectionId => Some(("__connection_id__", Self::U128)),
            Self::Timestamp => Some(("__timestamp_micros_since_unix_epoch__", Self::I64)),
            Self::Duration => Some(("__time_duration_micros__", Self::I64)),
            Self::Uuid => Some(("__uuid__", Self::U128)),
            _ => None,
        }
    }

    /// Whether the comparison operators take it (SpacetimeDB, crates/expr: `op_supports_type`).
    pub(crate) fn is_comparable(&self) -> bool {
        !matches!(self, Self::Duration | Self::Array(_) | Self::Product(_) | Self::Sum(_))
    }

    /// Its BSATN encoding: what `st_column.col_type` holds.
    pub(crate) fn bsatn(&self) -> Vec<u8> {
        let mut bytes = Vec::new();
        self.encode(&mut bytes);
        bytes
    }

    fn encode(&self, to: &mut Vec<u8>) {
        if let Some((name, inner)) = self.special() {
            return encode_fields(2, &[Field::new(name, inner)], to);
        }
        match self {
            Self::Sum(variants) => encode_fields(1, variants, to),
            Self::Product(fields) => encode_fields(2, fields, to),
            Self::Array(element) => {
                to.push(3);
                element.encode(to);
            }
            Self::Bytes => to.extend_from_slice(&[3, 7]),
            Self::String => to.push(4),
            Self::Bool => to.push(5),
            // I8 is 6, U8 is 7, and so on, in pairs, to U256, which is 17.
            Self::Integer { signed, bits } => {
                let pair = u8::try_from(bits.trailing_zeros()).unwrap_or(0) - 3;
                to.push(6 + 2 * pair + u8::from(!signed));
            }
            Self::F32 => to.push(18),
            Self::F64 => to.push(19),
            Self::Identity | Self::ConnectionId | Self::Timestamp | Self::Duration | Self::Uuid => {}
        }
    }
}

fn encode_fields(tag: u8, fields: &[Field], to: &mut Vec<u8>) {
    let length = |of: usize| u32::try_from(of).unwrap_or(u32::MAX).to_le_bytes();
    to.push(tag);
    to.extend_from_slice(&length(fields.len()));
    for field in fields {
        // The name is an option: 0 is some.
        to.push(0);
        to.extend_from_slice(&length(field.name.len()));
        to.extend_from_slice(field.name.as_bytes());
        field.ty.encode(to);
    }
}

/// As the product's messages write types (SpacetimeDB, crates/sats: `fmt_algebraic_type`).
impl fmt::Display for Type {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some((name, inner)) = self.special() {
            return write!(f, "({name}: {inner})");
        }
        let list = |f: &mut fmt::Formatter<'_>, fields: &[Field], separator: &str| {
            f.write_str("(")?;
            for (at, field) in fields.iter().enumerate() {
                let before = if at == 0 { "" } else { separator };
                write!(f, "{before}{}: {}", field.name, field.ty)?;
            }
            f.write_str(")")
        };
        match self {
            Self::Bool => f.write_str("Bool"),
            Self::Integer { signed, bits } => write!(f, "{}{bits}", if *signed { "I" } else { "U" }),
            Self::F32 => f.write_str("F32"),
            Self::F64 => f.write_str("F64"),
            Self::String => f.write_str("String"),
            Self::Bytes => f.write_str("Array<U8>"),
            Self::Array(element) => write!(f, "Array<{element}>"),
            Self::Product(fields) => list(f, fields, ", "),
            Self::Sum(variants) if variants.is_empty() => f.write_str("(|)"),
            Self::Sum(variants) => list(f, variants, " | "),
            Self::Identity | Self::ConnectionId | Self::Timestamp | Self::Duration | Self::Uuid => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_as_in_the_products_messages() {
        assert_eq!(Type::U32.to_string(), "U32");
        assert_eq!(Type::I256.to_string(), "I256");
        assert_eq!(Type::Identity.to_string(), "(__identity__: U256)");
        assert_eq!(Type::option(Type::String).to_string(), "(some: String | none: ())");
        assert_eq!(Type::Bytes.to_string(), "Array<U8>");
    }

    #[test]
    fn bsatn_tags() {
        assert_eq!(Type::I8.bsatn(), [6]);
        assert_eq!(Type::U8.bsatn(), [7]);
        assert_eq!(Type::U32.bsatn(), [11]);
        assert_eq!(Type::U256.bsatn(), [17]);
        assert_eq!(Type::array(Type::String).bsatn(), [3, 4]);
        assert_eq!(Type::product(&[("a", Type::Bool)]).bsatn(), [2, 1, 0, 0, 0, 0, 1, 0, 0, 0, b'a', 5]);
        assert_eq!(Type::UNIT.bsatn(), [2, 0, 0, 0, 0]);
        assert!(Type::Identity.bsatn().ends_with(b"__identity__\x11"));
    }

    #[test]
    fn simple_enums() {
        assert!(Type::sum(&[("Inactive", Type::UNIT), ("Active", Type::UNIT)]).is_simple_enum());
        assert!(!Type::option(Type::U8).is_simple_enum());
    }
}
