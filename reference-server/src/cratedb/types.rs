//! CrateDB's data types, and how PostgreSQL clients see them.

use pgconform_wire::value::types;
use std::fmt;

/// A data type of CrateDB 3.3.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(crate) enum Type {
    /// Of NULL, and of a parameter of which nothing is known.
    Undefined,
    /// `boolean`
    Boolean,
    /// `byte`: 8 bits
    Byte,
    /// `short`: 16 bits
    Short,
    /// `integer`: 32 bits
    Integer,
    /// `long`: 64 bits
    Long,
    /// `float`
    Float,
    /// `double`
    Double,
    /// `string`
    String,
    /// `ip`
    Ip,
    /// `timestamp`: milliseconds since 1970-01-01 00:00:00 UTC
    Timestamp,
    /// `object`
    Object,
    /// `geo_point`: longitude and latitude
    GeoPoint,
    /// `geo_shape`: GeoJSON
    GeoShape,
    /// `array(element)`
    Array(Box<Self>),
}

/// PostgreSQL's types of which CrateDB has arrays: the array, and its elements.
const ARRAYS: [(u32, Type); 10] = [
    (1000, Type::Boolean),
    (1002, Type::Byte),
    (1005, Type::Short),
    (1007, Type::Integer),
    (1016, Type::Long),
    (1021, Type::Float),
    (1022, Type::Double),
    (1015, Type::String),
    (1185, Type::Timestamp),
    (199, Type::Object),
];

/// `text[]`, which frontends may send for strings.
pub(crate) const TEXT_ARRAY: u32 = 1009;

impl Type {
    /// An array of this type.
    pub(crate) fn array(self) -> Self {
        Self::Array(Box::new(self))
    }

    /// The object identifier of PostgreSQL's type that it is shown as.
    pub(crate) fn oid(&self) -> u32 {
        match self {
            Self::Boolean => types::BOOL,
            Self::Byte => types::CHAR,
            Self::Short => types::INT2,
            Self::Integer => types::INT4,
            Self::Long => types::INT8,
            Self::Float => types::FLOAT4,
            Self::Double => types::FLOAT8,
            Self::Undefined | Self::String | Self::Ip => types::VARCHAR,
            Self::Timestamp => types::TIMESTAMPTZ,
            Self::Object | Self::GeoShape => types::JSON,
            Self::GeoPoint => types::by_oid(types::FLOAT8).map_or(0, |ty| ty.array),
            Self::Array(_) => match self.element() {
                Some(element) => types::by_oid(element.oid()).map_or(0, |ty| ty.array),
                None => types::JSON,
            },
        }
    }

    /// The type of the elements, where PostgreSQL is shown an array. PostgreSQL's arrays are rectangles, so those of arrays are
    /// JSON, as are those of objects. A point is an array of two.
    pub(crate) fn element(&self) -> Option<Self> {
        match self {
            Self::GeoPoint => Some(Self::Double),
            Self::Array(element) => match &**element {
                Self::Array(_) | Self::Object => None,
                Self::GeoPoint => Some(Self::Double),
                element => Some(element.clone()),
            },
            _ => None,
        }
    }

    /// The type of what a frontend writes between the braces of an array, however deep.
    pub(crate) fn leaf(&self) -> Self {
        match self {
            Self::Array(element) => element.leaf(),
            Self::GeoPoint => Self::Double,
            ty => ty.clone(),
        }
    }

    /// The type that a frontend means by an object identifier of PostgreSQL; none where CrateDB has nothing like it.
    pub(crate) fn of_oid(oid: u32) -> Option<Self> {
        Some(match oid {
            0 => Self::Undefined,
            types::BOOL => Self::Boolean,
            types::CHAR => Self::Byte,
            types::INT2 => Self::Short,
            types::INT4 => Self::Integer,
            types::INT8 => Self::Long,
            types::FLOAT4 => Self::Float,
            types::FLOAT8 => Self::Double,
            types::TEXT | types::VARCHAR => Self::String,
            types::TIMESTAMPTZ => Self::Timestamp,
            types::JSON => Self::Object,
            TEXT_ARRAY => Self::String.array(),
            _ => ARRAYS.into_iter().find(|(array, _)| *array == oid)?.1.array(),
        })
    }

    /// The bytes of a value; -1 where it varies.
    pub(crate) fn size(&self) -> i16 {
        types::by_oid(self.oid()).map_or(-1, |ty| ty.length)
    }

    /// The type of this name in SQL, in lower case.
    pub(crate) fn named(name: &str) -> Option<Self> {
        Some(match name {
            "undefined" => Self::Undefined,
            "boolean" => Self::Boolean,
            "byte" | "char" => Self::Byte,
            "short" | "smallint" | "int2" => Self::Short,
            "integer" | "int" | "int4" => Self::Integer,
            "long" | "bigint" | "int8" => Self::Long,
            "float" | "real" => Self::Float,
            "double" | "double precision" => Self::Double,
            "string" | "text" | "varchar" | "character varying" | "name" => Self::String,
            "ip" => Self::Ip,
            "timestamp" | "timestamptz" | "timestamp with time zone" => Self::Timestamp,
            "object" => Self::Object,
            "geo_point" => Self::GeoPoint,
            "geo_shape" => Self::GeoShape,
            _ => return None,
        })
    }

    /// Whether it is a number: of these, the later holds more.
    fn number(&self) -> Option<usize> {
        const NUMBERS: [Type; 6] =
            [Type::Byte, Type::Short, Type::Integer, Type::Long, Type::Float, Type::Double];
        NUMBERS.iter().position(|number| number == self)
    }

    /// Whether it is one of the types of numbers.
    pub(crate) fn is_number(&self) -> bool {
        self.number().is_some()
    }

    /// Whether values of this type may be cast to the other at all.
    pub(crate) fn casts_to(&self, to: &Self) -> bool {
        match (self, to) {
            (Self::Undefined, _) | (_, Self::Undefined) => true,
            (a, b) if a == b => true,
            (Self::Array(a), Self::Array(b)) => a.casts_to(b),
            (Self::Array(element), Self::GeoPoint) => element.is_number() || **element == Self::Undefined,
            (Self::GeoPoint, Self::Array(element)) => element.is_number(),
            (Self::String, to) => !matches!(to, Self::Array(_)),
            (Self::Boolean | Self::Ip, Self::String) => true,
            (Self::Timestamp, to) => matches!(to, Self::Long | Self::Double | Self::String),
            (Self::Object, Self::GeoShape) | (Self::GeoShape, Self::Object) => true,
            (from, Self::Boolean | Self::String | Self::Timestamp | Self::Ip) => from.is_number(),
            (from, to) => from.is_number() && to.is_number(),
        }
    }

    /// The type as which values of both can be compared, and stand in one array.
    pub(crate) fn common(&self, other: &Self) -> Option<Self> {
        if let (Some(a), Some(b)) = (self.number(), other.number()) {
            return Some(if a < b { other } else { self }.clone());
        }
        match (self, other) {
            (a, b) if a == b => Some(a.clone()),
            (Self::Undefined, ty) | (ty, Self::Undefined) => Some(ty.clone()),
            (Self::Array(a), Self::Array(b)) => a.common(b).map(Self::array),
            (Self::Timestamp, number) | (number, Self::Timestamp) if number.is_number() => {
                let fraction = matches!(number, Self::Float | Self::Double);
                Some(if fraction { Self::Double } else { Self::Timestamp })
            }
            (Self::GeoPoint, array @ Self::Array(_)) | (array @ Self::Array(_), Self::GeoPoint) => {
                array.casts_to(&Self::GeoPoint).then_some(Self::GeoPoint)
            }
            (Self::Object, Self::GeoShape) | (Self::GeoShape, Self::Object) => Some(Self::GeoShape),
            (Self::String, ty) | (ty, Self::String) => Self::String.casts_to(ty).then(|| ty.clone()),
            _ => None,
        }
    }
}

impl fmt::Display for Type {
    /// The type's name as CrateDB tells it: `integer`, `integer_array`.
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Undefined => "undefined",
            Self::Boolean => "boolean",
            Self::Byte => "byte",
            Self::Short => "short",
            Self::Integer => "integer",
            Self::Long => "long",
            Self::Float => "float",
            Self::Double => "double",
            Self::String => "string",
            Self::Ip => "ip",
            Self::Timestamp => "timestamp",
            Self::Object => "object",
            Self::GeoPoint => "geo_point",
            Self::GeoShape => "geo_shape",
            Self::Array(element) => return write!(f, "{element}_array"),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Each type: its name, the object identifier and size of PostgreSQL's type, and what that identifier means coming back.
    #[test]
    fn types_are_shown_as_types_of_postgresql() {
        use Type::*;
        let table = [
            (Boolean, 16, 1, Boolean),
            (Byte, 18, 1, Byte),
            (Short, 21, 2, Short),
            (Integer, 23, 4, Integer),
            (Long, 20, 8, Long),
            (Float, 700, 4, Float),
            (Double, 701, 8, Double),
            (String, 1043, -1, String),
            (Ip, 1043, -1, String),
            (Undefined, 1043, -1, String),
            (Timestamp, 1184, 8, Timestamp),
            (Object, 114, -1, Object),
            (GeoShape, 114, -1, Object),
            (GeoPoint, 1022, -1, Double.array()),
            (Boolean.array(), 1000, -1, Boolean.array()),
            (Byte.array(), 1002, -1, Byte.array()),
            (Short.array(), 1005, -1, Short.array()),
            (Integer.array(), 1007, -1, Integer.array()),
            (Long.array(), 1016, -1, Long.array()),
            (Float.array(), 1021, -1, Float.array()),
            (Double.array(), 1022, -1, Double.array()),
            (String.array(), 1015, -1, String.array()),
            (Ip.array(), 1015, -1, String.array()),
            (Undefined.array(), 1015, -1, String.array()),
            (Timestamp.array(), 1185, -1, Timestamp.array()),
            (Object.array(), 114, -1, Object),
            (GeoShape.array(), 199, -1, Object.array()),
            (GeoPoint.array(), 1022, -1, Double.array()),
            (Long.array().array(), 114, -1, Object),
        ];
        for (ty, oid, size, back) in table {
            assert_eq!((ty.oid(), ty.size()), (oid, size), "{ty}");
            assert_eq!(Type::of_oid(oid), Some(back), "{oid}");
        }
        assert_eq!(Type::of_oid(0), Some(Undefined));
        assert_eq!(Type::of_oid(25), Some(String));
        assert_eq!(Type::of_oid(1009), Some(String.array()));
        assert_eq!(Type::of_oid(199), Some(Object.array()));
        assert_eq!(Type::of_oid(2950), None, "CrateDB 3.3 has no UUIDs");
    }

    #[test]
    fn names_lead_to_types_and_back() {
        for name in ["boolean", "byte", "short", "integer", "long", "float", "double", "string", "ip"] {
            assert_eq!(Type::named(name).map(|ty| ty.to_string()).as_deref(), Some(name));
        }
        assert_eq!(Type::named("double precision"), Some(Type::Double));
        assert_eq!(Type::named("hstore"), None);
        assert_eq!(Type::Integer.array().array().to_string(), "integer_array_array");
    }

    #[test]
    fn two_types_have_one_in_common() {
        use Type::*;
        let table = [
            (Long, Long, Some(Long)),
            (Byte, Long, Some(Long)),
            (Long, Double, Some(Double)),
            (String, Long, Some(Long)),
            (String, Timestamp, Some(Timestamp)),
            (Long, Timestamp, Some(Timestamp)),
            (Timestamp, Double, Some(Double)),
            (Undefined, Object, Some(Object)),
            (Long.array(), Double.array(), Some(Double.array())),
            (Undefined.array(), Ip.array(), Some(Ip.array())),
            (Double.array(), GeoPoint, Some(GeoPoint)),
            (String, GeoShape, Some(GeoShape)),
            (Boolean, Long, None),
            (Long, Long.array(), None),
            (String, String.array(), None),
            (Object, Ip, None),
        ];
        for (a, b, common) in table {
            assert_eq!(a.common(&b), common, "{a}, {b}");
            assert_eq!(b.common(&a), common, "{b}, {a}");
        }
    }
}
