//! The built-in types, as `pg_type` of a fresh PostgreSQL 18 has them, but for the row types of catalogs.

/// A built-in type.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Type {
    /// `oid`
    pub oid: u32,
    /// `typname`
    pub name: &'static str,
    /// The name in SQL, as `format_type` shows it.
    pub sql_name: &'static str,
    /// `typlen`: the bytes of a value in memory; -1 where it varies, -2 for a C string.
    pub length: i16,
    /// `typbyval`
    pub by_value: bool,
    /// `typtype`: base, pseudo, range or multirange.
    pub kind: char,
    /// `typcategory`
    pub category: char,
    /// `typispreferred`: whether it is preferred in its category.
    pub preferred: bool,
    /// `typdelim`: what stands between the elements in the text form of an array of it.
    pub delimiter: char,
    /// `typarray`: the type of arrays of it; 0 where there is none.
    pub array: u32,
    /// `typelem`: the type of its elements; 0 where it has none.
    pub element: u32,
    /// `typalign`
    pub align: char,
    /// Whether it has a binary form.
    pub binary: bool,
}

/// A range type, and what belongs to it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct RangeType {
    /// The range type.
    pub range: u32,
    /// The type of its bounds.
    pub element: u32,
    /// The type of sets of such ranges.
    pub multirange: u32,
}

impl Type {
    /// Whether it is an array as all types have one (unlike the vectors, and the types that only can be subscripted).
    pub fn is_array(&self) -> bool {
        self.element != 0 && self.name.starts_with('_')
    }
}

/// The type with this object identifier.
pub fn by_oid(oid: u32) -> Option<&'static Type> {
    TYPES.binary_search_by_key(&oid, |row| row.oid).ok().map(|index| &TYPES[index])
}

/// The type with this name in `pg_type`.
pub fn by_name(name: &str) -> Option<&'static Type> {
    TYPES.iter().find(|row| row.name == name)
}

/// The type that `format_type` shows by this name.
pub fn by_sql_name(name: &str) -> Option<&'static Type> {
    TYPES.iter().find(|row| row.sql_name == name)
}

/// The built-in range type for which `test` holds.
pub fn range(test: impl Fn(&RangeType) -> bool) -> Option<&'static RangeType> {
    RANGES.iter().find(|row| test(row))
}

/// `bool`
pub const BOOL: u32 = 16;
/// `bytea`
pub const BYTEA: u32 = 17;
/// `char`
pub const CHAR: u32 = 18;
/// `name`
pub const NAME: u32 = 19;
/// `int8`
pub const INT8: u32 = 20;
/// `int2`
pub const INT2: u32 = 21;
/// `int2vector`
pub const INT2VECTOR: u32 = 22;
/// `int4`
pub const INT4: u32 = 23;
/// `regproc`
pub const REGPROC: u32 = 24;
/// `text`
pub const TEXT: u32 = 25;
/// `oid`
pub const OID: u32 = 26;
/// `tid`
pub const TID: u32 = 27;
/// `xid`
pub const XID: u32 = 28;
/// `cid`
pub const CID: u32 = 29;
/// `oidvector`
pub const OIDVECTOR: u32 = 30;
/// `json`
pub const JSON: u32 = 114;
/// `xml`
pub const XML: u32 = 142;
/// `pg_node_tree`
pub const PG_NODE_TREE: u32 = 194;
/// `point`
pub const POINT: u32 = 600;
/// `lseg`
pub const LSEG: u32 = 601;
/// `path`
pub const PATH: u32 = 602;
/// `box`
pub const BOX: u32 = 603;
/// `polygon`
pub const POLYGON: u32 = 604;
/// `line`
pub const LINE: u32 = 628;
/// `cidr`
pub const CIDR: u32 = 650;
/// `float4`
pub const FLOAT4: u32 = 700;
/// `float8`
pub const FLOAT8: u32 = 701;
/// `unknown`
pub const UNKNOWN: u32 = 705;
/// `circle`
pub const CIRCLE: u32 = 718;
/// `macaddr8`
pub const MACADDR8: u32 = 774;
/// `money`
pub const MONEY: u32 = 790;
/// `macaddr`
pub const MACADDR: u32 = 829;
/// `inet`
pub const INET: u32 = 869;
/// `aclitem`
pub const ACLITEM: u32 = 1033;
/// `bpchar`
pub const BPCHAR: u32 = 1042;
/// `varchar`
pub const VARCHAR: u32 = 1043;
/// `date`
pub const DATE: u32 = 1082;
/// `time`
pub const TIME: u32 = 1083;
/// `timestamp`
pub const TIMESTAMP: u32 = 1114;
/// `timestamptz`
pub const TIMESTAMPTZ: u32 = 1184;
/// `interval`
pub const INTERVAL: u32 = 1186;
/// `timetz`
pub const TIMETZ: u32 = 1266;
/// `bit`
pub const BIT: u32 = 1560;
/// `varbit`
pub const VARBIT: u32 = 1562;
/// `numeric`
pub const NUMERIC: u32 = 1700;
/// `refcursor`
pub const REFCURSOR: u32 = 1790;
/// `regprocedure`
pub const REGPROCEDURE: u32 = 2202;
/// `regoper`
pub const REGOPER: u32 = 2203;
/// `regoperator`
pub const REGOPERATOR: u32 = 2204;
/// `regclass`
pub const REGCLASS: u32 = 2205;
/// `regtype`
pub const REGTYPE: u32 = 2206;
/// `record`
pub const RECORD: u32 = 2249;
/// `cstring`
pub const CSTRING: u32 = 2275;
/// `void`
pub const VOID: u32 = 2278;
/// `uuid`
pub const UUID: u32 = 2950;
/// `txid_snapshot`
pub const TXID_SNAPSHOT: u32 = 2970;
/// `pg_lsn`
pub const PG_LSN: u32 = 3220;
/// `tsvector`
pub const TSVECTOR: u32 = 3614;
/// `tsquery`
pub const TSQUERY: u32 = 3615;
/// `regconfig`
pub const REGCONFIG: u32 = 3734;
/// `regdictionary`
pub const REGDICTIONARY: u32 = 3769;
/// `jsonb`
pub const JSONB: u32 = 3802;
/// `int4range`
pub const INT4RANGE: u32 = 3904;
/// `numrange`
pub const NUMRANGE: u32 = 3906;
/// `tsrange`
pub const TSRANGE: u32 = 3908;
/// `tstzrange`
pub const TSTZRANGE: u32 = 3910;
/// `daterange`
pub const DATERANGE: u32 = 3912;
/// `int8range`
pub const INT8RANGE: u32 = 3926;
/// `jsonpath`
pub const JSONPATH: u32 = 4072;
/// `regnamespace`
pub const REGNAMESPACE: u32 = 4089;
/// `regrole`
pub const REGROLE: u32 = 4096;
/// `regcollation`
pub const REGCOLLATION: u32 = 4191;
/// `pg_snapshot`
pub const PG_SNAPSHOT: u32 = 5038;
/// `xid8`
pub const XID8: u32 = 5069;
/// `_record`
pub const RECORD_ARRAY: u32 = 2287;
/// `_text`
pub const TEXT_ARRAY: u32 = 1009;
/// `_int4`
pub const INT4_ARRAY: u32 = 1007;

/// The built-in range types.
pub const RANGES: &[RangeType] = &[
    RangeType { range: 3904, element: 23, multirange: 4451 },
    RangeType { range: 3906, element: 1700, multirange: 4532 },
    RangeType { range: 3908, element: 1114, multirange: 4533 },
    RangeType { range: 3910, element: 1184, multirange: 4534 },
    RangeType { range: 3912, element: 1082, multirange: 4535 },
    RangeType { range: 3926, element: 20, multirange: 4536 },
];

/// A row of the table.
#[expect(clippy::too_many_arguments, reason = "the columns of the table")]
const fn row(
    oid: u32,
    name: &'static str,
    sql_name: &'static str,
    length: i16,
    by_value: bool,
    kind: char,
    category: char,
    preferred: bool,
    delimiter: char,
    array: u32,
    element: u32,
    align: char,
    binary: bool,
) -> Type {
    Type {
        oid,
        name,
        sql_name,
        length,
        by_value,
        kind,
        category,
        preferred,
        delimiter,
        array,
        element,
        align,
        binary,
    }
}

/// By object identifier.
#[rustfmt::skip]
pub const TYPES: &[Type] = &[
    row(16, "bool", "boolean", 1, true, 'b', 'B', true, ',', 1000, 0, 'c', true),
    row(17, "bytea", "bytea", -1, false, 'b', 'U', false, ',', 1001, 0, 'i', true),
    row(18, "char", "\"char\"", 1, true, 'b', 'Z', false, ',', 1002, 0, 'c', true),
    row(19, "name", "name", 64, false, 'b', 'S', false, ',', 1003, 18, 'c', true),
    row(20, "int8", "bigint", 8, true, 'b', 'N', false, ',', 1016, 0, 'd', true),
    row(21, "int2", "smallint", 2, true, 'b', 'N', false, ',', 1005, 0, 's', true),
    row(22, "int2vector", "int2vector", -1, false, 'b', 'A', false, ',', 1006, 21, 'i', true),
    row(23, "int4", "integer", 4, true, 'b', 'N', false, ',', 1007, 0, 'i', true),
    row(24, "regproc", "regproc", 4, true, 'b', 'N', false, ',', 1008, 0, 'i', true),
    row(25, "text", "text", -1, false, 'b', 'S', true, ',', 1009, 0, 'i', true),
    row(26, "oid", "oid", 4, true, 'b', 'N', true, ',', 1028, 0, 'i', true),
    row(27, "tid", "tid", 6, false, 'b', 'U', false, ',', 1010, 0, 's', true),
    row(28, "xid", "xid", 4, true, 'b', 'U', false, ',', 1011, 0, 'i', true),
    row(29, "cid", "cid", 4, true, 'b', 'U', false, ',', 1012, 0, 'i', true),
    row(30, "oidvector", "oidvector", -1, false, 'b', 'A', false, ',', 1013, 26, 'i', true),
    row(32, "pg_ddl_command", "pg_ddl_command", 8, true, 'p', 'P', false, ',', 0, 0, 'd', true),
    row(114, "json", "json", -1, false, 'b', 'U', false, ',', 199, 0, 'i', true),
    row(142, "xml", "xml", -1, false, 'b', 'U', false, ',', 143, 0, 'i', true),
    row(143, "_xml", "xml[]", -1, false, 'b', 'A', false, ',', 0, 142, 'i', true),
    row(194, "pg_node_tree", "pg_node_tree", -1, false, 'b', 'Z', false, ',', 0, 0, 'i', true),
    row(199, "_json", "json[]", -1, false, 'b', 'A', false, ',', 0, 114, 'i', true),
    row(269, "table_am_handler", "table_am_handler", 4, true, 'p', 'P', false, ',', 0, 0, 'i', false),
    row(271, "_xid8", "xid8[]", -1, false, 'b', 'A', false, ',', 0, 5069, 'd', true),
    row(325, "index_am_handler", "index_am_handler", 4, true, 'p', 'P', false, ',', 0, 0, 'i', false),
    row(600, "point", "point", 16, false, 'b', 'G', false, ',', 1017, 701, 'd', true),
    row(601, "lseg", "lseg", 32, false, 'b', 'G', false, ',', 1018, 600, 'd', true),
    row(602, "path", "path", -1, false, 'b', 'G', false, ',', 1019, 0, 'd', true),
    row(603, "box", "box", 32, false, 'b', 'G', false, ';', 1020, 600, 'd', true),
    row(604, "polygon", "polygon", -1, false, 'b', 'G', false, ',', 1027, 0, 'd', true),
    row(628, "line", "line", 24, false, 'b', 'G', false, ',', 629, 701, 'd', true),
    row(629, "_line", "line[]", -1, false, 'b', 'A', false, ',', 0, 628, 'd', true),
    row(650, "cidr", "cidr", -1, false, 'b', 'I', false, ',', 651, 0, 'i', true),
    row(651, "_cidr", "cidr[]", -1, false, 'b', 'A', false, ',', 0, 650, 'i', true),
    row(700, "float4", "real", 4, true, 'b', 'N', false, ',', 1021, 0, 'i', true),
    row(701, "float8", "double precision", 8, true, 'b', 'N', true, ',', 1022, 0, 'd', true),
    row(705, "unknown", "unknown", -2, false, 'p', 'X', false, ',', 0, 0, 'c', true),
    row(718, "circle", "circle", 24, false, 'b', 'G', false, ',', 719, 0, 'd', true),
    row(719, "_circle", "circle[]", -1, false, 'b', 'A', false, ',', 0, 718, 'd', true),
    row(774, "macaddr8", "macaddr8", 8, false, 'b', 'U', false, ',', 775, 0, 'i', true),
    row(775, "_macaddr8", "macaddr8[]", -1, false, 'b', 'A', false, ',', 0, 774, 'i', true),
    row(790, "money", "money", 8, true, 'b', 'N', false, ',', 791, 0, 'd', true),
    row(791, "_money", "money[]", -1, false, 'b', 'A', false, ',', 0, 790, 'd', true),
    row(829, "macaddr", "macaddr", 6, false, 'b', 'U', false, ',', 1040, 0, 'i', true),
    row(869, "inet", "inet", -1, false, 'b', 'I', true, ',', 1041, 0, 'i', true),
    row(1000, "_bool", "boolean[]", -1, false, 'b', 'A', false, ',', 0, 16, 'i', true),
    row(1001, "_bytea", "bytea[]", -1, false, 'b', 'A', false, ',', 0, 17, 'i', true),
    row(1002, "_char", "\"char\"[]", -1, false, 'b', 'A', false, ',', 0, 18, 'i', true),
    row(1003, "_name", "name[]", -1, false, 'b', 'A', false, ',', 0, 19, 'i', true),
    row(1005, "_int2", "smallint[]", -1, false, 'b', 'A', false, ',', 0, 21, 'i', true),
    row(1006, "_int2vector", "int2vector[]", -1, false, 'b', 'A', false, ',', 0, 22, 'i', true),
    row(1007, "_int4", "integer[]", -1, false, 'b', 'A', false, ',', 0, 23, 'i', true),
    row(1008, "_regproc", "regproc[]", -1, false, 'b', 'A', false, ',', 0, 24, 'i', true),
    row(1009, "_text", "text[]", -1, false, 'b', 'A', false, ',', 0, 25, 'i', true),
    row(1010, "_tid", "tid[]", -1, false, 'b', 'A', false, ',', 0, 27, 'i', true),
    row(1011, "_xid", "xid[]", -1, false, 'b', 'A', false, ',', 0, 28, 'i', true),
    row(1012, "_cid", "cid[]", -1, false, 'b', 'A', false, ',', 0, 29, 'i', true),
    row(1013, "_oidvector", "oidvector[]", -1, false, 'b', 'A', false, ',', 0, 30, 'i', true),
    row(1014, "_bpchar", "character[]", -1, false, 'b', 'A', false, ',', 0, 1042, 'i', true),
    row(1015, "_varchar", "character varying[]", -1, false, 'b', 'A', false, ',', 0, 1043, 'i', true),
    row(1016, "_int8", "bigint[]", -1, false, 'b', 'A', false, ',', 0, 20, 'd', true),
    row(1017, "_point", "point[]", -1, false, 'b', 'A', false, ',', 0, 600, 'd', true),
    row(1018, "_lseg", "lseg[]", -1, false, 'b', 'A', false, ',', 0, 601, 'd', true),
    row(1019, "_path", "path[]", -1, false, 'b', 'A', false, ',', 0, 602, 'd', true),
    row(1020, "_box", "box[]", -1, false, 'b', 'A', false, ';', 0, 603, 'd', true),
    row(1021, "_float4", "real[]", -1, false, 'b', 'A', false, ',', 0, 700, 'i', true),
    row(1022, "_float8", "double precision[]", -1, false, 'b', 'A', false, ',', 0, 701, 'd', true),
    row(1027, "_polygon", "polygon[]", -1, false, 'b', 'A', false, ',', 0, 604, 'd', true),
    row(1028, "_oid", "oid[]", -1, false, 'b', 'A', false, ',', 0, 26, 'i', true),
    row(1033, "aclitem", "aclitem", 16, false, 'b', 'U', false, ',', 1034, 0, 'd', false),
    row(1034, "_aclitem", "aclitem[]", -1, false, 'b', 'A', false, ',', 0, 1033, 'd', true),
    row(1040, "_macaddr", "macaddr[]", -1, false, 'b', 'A', false, ',', 0, 829, 'i', true),
    row(1041, "_inet", "inet[]", -1, false, 'b', 'A', false, ',', 0, 869, 'i', true),
    row(1042, "bpchar", "character", -1, false, 'b', 'S', false, ',', 1014, 0, 'i', true),
    row(1043, "varchar", "character varying", -1, false, 'b', 'S', false, ',', 1015, 0, 'i', true),
    row(1082, "date", "date", 4, true, 'b', 'D', false, ',', 1182, 0, 'i', true),
    row(1083, "time", "time without time zone", 8, true, 'b', 'D', false, ',', 1183, 0, 'd', true),
    row(1114, "timestamp", "timestamp without time zone", 8, true, 'b', 'D', false, ',', 1115, 0, 'd', true),
    row(1115, "_timestamp", "timestamp without time zone[]", -1, false, 'b', 'A', false, ',', 0, 1114, 'd', true),
    row(1182, "_date", "date[]", -1, false, 'b', 'A', false, ',', 0, 1082, 'i', true),
    row(1183, "_time", "time without time zone[]", -1, false, 'b', 'A', false, ',', 0, 1083, 'd', true),
    row(1184, "timestamptz", "timestamp with time zone", 8, true, 'b', 'D', true, ',', 1185, 0, 'd', true),
    row(1185, "_timestamptz", "timestamp with time zone[]", -1, false, 'b', 'A', false, ',', 0, 1184, 'd', true),
    row(1186, "interval", "interval", 16, false, 'b', 'T', true, ',', 1187, 0, 'd', true),
    row(1187, "_interval", "interval[]", -1, false, 'b', 'A', false, ',', 0, 1186, 'd', true),
    row(1231, "_numeric", "numeric[]", -1, false, 'b', 'A', false, ',', 0, 1700, 'i', true),
    row(1263, "_cstring", "cstring[]", -1, false, 'b', 'A', false, ',', 0, 2275, 'i', true),
    row(1266, "timetz", "time with time zone", 12, false, 'b', 'D', false, ',', 1270, 0, 'd', true),
    row(1270, "_timetz", "time with time zone[]", -1, false, 'b', 'A', false, ',', 0, 1266, 'd', true),
    row(1560, "bit", "bit", -1, false, 'b', 'V', false, ',', 1561, 0, 'i', true),
    row(1561, "_bit", "bit[]", -1, false, 'b', 'A', false, ',', 0, 1560, 'i', true),
    row(1562, "varbit", "bit varying", -1, false, 'b', 'V', true, ',', 1563, 0, 'i', true),
    row(1563, "_varbit", "bit varying[]", -1, false, 'b', 'A', false, ',', 0, 1562, 'i', true),
    row(1700, "numeric", "numeric", -1, false, 'b', 'N', false, ',', 1231, 0, 'i', true),
    row(1790, "refcursor", "refcursor", -1, false, 'b', 'U', false, ',', 2201, 0, 'i', true),
    row(2201, "_refcursor", "refcursor[]", -1, false, 'b', 'A', false, ',', 0, 1790, 'i', true),
    row(2202, "regprocedure", "regprocedure", 4, true, 'b', 'N', false, ',', 2207, 0, 'i', true),
    row(2203, "regoper", "regoper", 4, true, 'b', 'N', false, ',', 2208, 0, 'i', true),
    row(2204, "regoperator", "regoperator", 4, true, 'b', 'N', false, ',', 2209, 0, 'i', true),
    row(2205, "regclass", "regclass", 4, true, 'b', 'N', false, ',', 2210, 0, 'i', true),
    row(2206, "regtype", "regtype", 4, true, 'b', 'N', false, ',', 2211, 0, 'i', true),
    row(2207, "_regprocedure", "regprocedure[]", -1, false, 'b', 'A', false, ',', 0, 2202, 'i', true),
    row(2208, "_regoper", "regoper[]", -1, false, 'b', 'A', false, ',', 0, 2203, 'i', true),
    row(2209, "_regoperator", "regoperator[]", -1, false, 'b', 'A', false, ',', 0, 2204, 'i', true),
    row(2210, "_regclass", "regclass[]", -1, false, 'b', 'A', false, ',', 0, 2205, 'i', true),
    row(2211, "_regtype", "regtype[]", -1, false, 'b', 'A', false, ',', 0, 2206, 'i', true),
    row(2249, "record", "record", -1, false, 'p', 'P', false, ',', 2287, 0, 'd', true),
    row(2275, "cstring", "cstring", -2, false, 'p', 'P', false, ',', 1263, 0, 'c', true),
    row(2276, "any", "\"any\"", 4, true, 'p', 'P', false, ',', 0, 0, 'i', false),
    row(2277, "anyarray", "anyarray", -1, false, 'p', 'P', false, ',', 0, 0, 'd', true),
    row(2278, "void", "void", 4, true, 'p', 'P', false, ',', 0, 0, 'i', true),
    row(2279, "trigger", "trigger", 4, true, 'p', 'P', false, ',', 0, 0, 'i', false),
    row(2280, "language_handler", "language_handler", 4, true, 'p', 'P', false, ',', 0, 0, 'i', false),
    row(2281, "internal", "internal", 8, true, 'p', 'P', false, ',', 0, 0, 'd', false),
    row(2283, "anyelement", "anyelement", 4, true, 'p', 'P', false, ',', 0, 0, 'i', false),
    row(2287, "_record", "record[]", -1, false, 'p', 'P', false, ',', 0, 2249, 'd', true),
    row(2776, "anynonarray", "anynonarray", 4, true, 'p', 'P', false, ',', 0, 0, 'i', false),
    row(2949, "_txid_snapshot", "txid_snapshot[]", -1, false, 'b', 'A', false, ',', 0, 2970, 'd', true),
    row(2950, "uuid", "uuid", 16, false, 'b', 'U', false, ',', 2951, 0, 'c', true),
    row(2951, "_uuid", "uuid[]", -1, false, 'b', 'A', false, ',', 0, 2950, 'i', true),
    row(2970, "txid_snapshot", "txid_snapshot", -1, false, 'b', 'U', false, ',', 2949, 0, 'd', true),
    row(3115, "fdw_handler", "fdw_handler", 4, true, 'p', 'P', false, ',', 0, 0, 'i', false),
    row(3220, "pg_lsn", "pg_lsn", 8, true, 'b', 'U', false, ',', 3221, 0, 'd', true),
    row(3221, "_pg_lsn", "pg_lsn[]", -1, false, 'b', 'A', false, ',', 0, 3220, 'd', true),
    row(3310, "tsm_handler", "tsm_handler", 4, true, 'p', 'P', false, ',', 0, 0, 'i', false),
    row(3361, "pg_ndistinct", "pg_ndistinct", -1, false, 'b', 'Z', false, ',', 0, 0, 'i', true),
    row(3402, "pg_dependencies", "pg_dependencies", -1, false, 'b', 'Z', false, ',', 0, 0, 'i', true),
    row(3500, "anyenum", "anyenum", 4, true, 'p', 'P', false, ',', 0, 0, 'i', false),
    row(3614, "tsvector", "tsvector", -1, false, 'b', 'U', false, ',', 3643, 0, 'i', true),
    row(3615, "tsquery", "tsquery", -1, false, 'b', 'U', false, ',', 3645, 0, 'i', true),
    row(3642, "gtsvector", "gtsvector", -1, false, 'b', 'U', false, ',', 3644, 0, 'i', false),
    row(3643, "_tsvector", "tsvector[]", -1, false, 'b', 'A', false, ',', 0, 3614, 'i', true),
    row(3644, "_gtsvector", "gtsvector[]", -1, false, 'b', 'A', false, ',', 0, 3642, 'i', true),
    row(3645, "_tsquery", "tsquery[]", -1, false, 'b', 'A', false, ',', 0, 3615, 'i', true),
    row(3734, "regconfig", "regconfig", 4, true, 'b', 'N', false, ',', 3735, 0, 'i', true),
    row(3735, "_regconfig", "regconfig[]", -1, false, 'b', 'A', false, ',', 0, 3734, 'i', true),
    row(3769, "regdictionary", "regdictionary", 4, true, 'b', 'N', false, ',', 3770, 0, 'i', true),
    row(3770, "_regdictionary", "regdictionary[]", -1, false, 'b', 'A', false, ',', 0, 3769, 'i', true),
    row(3802, "jsonb", "jsonb", -1, false, 'b', 'U', false, ',', 3807, 0, 'i', true),
    row(3807, "_jsonb", "jsonb[]", -1, false, 'b', 'A', false, ',', 0, 3802, 'i', true),
    row(3831, "anyrange", "anyrange", -1, false, 'p', 'P', false, ',', 0, 0, 'd', false),
    row(3838, "event_trigger", "event_trigger", 4, true, 'p', 'P', false, ',', 0, 0, 'i', false),
    row(3904, "int4range", "int4range", -1, false, 'r', 'R', false, ',', 3905, 0, 'i', true),
    row(3905, "_int4range", "int4range[]", -1, false, 'b', 'A', false, ',', 0, 3904, 'i', true),
    row(3906, "numrange", "numrange", -1, false, 'r', 'R', false, ',', 3907, 0, 'i', true),
    row(3907, "_numrange", "numrange[]", -1, false, 'b', 'A', false, ',', 0, 3906, 'i', true),
    row(3908, "tsrange", "tsrange", -1, false, 'r', 'R', false, ',', 3909, 0, 'd', true),
    row(3909, "_tsrange", "tsrange[]", -1, false, 'b', 'A', false, ',', 0, 3908, 'd', true),
    row(3910, "tstzrange", "tstzrange", -1, false, 'r', 'R', false, ',', 3911, 0, 'd', true),
    row(3911, "_tstzrange", "tstzrange[]", -1, false, 'b', 'A', false, ',', 0, 3910, 'd', true),
    row(3912, "daterange", "daterange", -1, false, 'r', 'R', false, ',', 3913, 0, 'i', true),
    row(3913, "_daterange", "daterange[]", -1, false, 'b', 'A', false, ',', 0, 3912, 'i', true),
    row(3926, "int8range", "int8range", -1, false, 'r', 'R', false, ',', 3927, 0, 'd', true),
    row(3927, "_int8range", "int8range[]", -1, false, 'b', 'A', false, ',', 0, 3926, 'd', true),
    row(4072, "jsonpath", "jsonpath", -1, false, 'b', 'U', false, ',', 4073, 0, 'i', true),
    row(4073, "_jsonpath", "jsonpath[]", -1, false, 'b', 'A', false, ',', 0, 4072, 'i', true),
    row(4089, "regnamespace", "regnamespace", 4, true, 'b', 'N', false, ',', 4090, 0, 'i', true),
    row(4090, "_regnamespace", "regnamespace[]", -1, false, 'b', 'A', false, ',', 0, 4089, 'i', true),
    row(4096, "regrole", "regrole", 4, true, 'b', 'N', false, ',', 4097, 0, 'i', true),
    row(4097, "_regrole", "regrole[]", -1, false, 'b', 'A', false, ',', 0, 4096, 'i', true),
    row(4191, "regcollation", "regcollation", 4, true, 'b', 'N', false, ',', 4192, 0, 'i', true),
    row(4192, "_regcollation", "regcollation[]", -1, false, 'b', 'A', false, ',', 0, 4191, 'i', true),
    row(4451, "int4multirange", "int4multirange", -1, false, 'm', 'R', false, ',', 6150, 0, 'i', true),
    row(4532, "nummultirange", "nummultirange", -1, false, 'm', 'R', false, ',', 6151, 0, 'i', true),
    row(4533, "tsmultirange", "tsmultirange", -1, false, 'm', 'R', false, ',', 6152, 0, 'd', true),
    row(4534, "tstzmultirange", "tstzmultirange", -1, false, 'm', 'R', false, ',', 6153, 0, 'd', true),
    row(4535, "datemultirange", "datemultirange", -1, false, 'm', 'R', false, ',', 6155, 0, 'i', true),
    row(4536, "int8multirange", "int8multirange", -1, false, 'm', 'R', false, ',', 6157, 0, 'd', true),
    row(4537, "anymultirange", "anymultirange", -1, false, 'p', 'P', false, ',', 0, 0, 'd', false),
    row(4538, "anycompatiblemultirange", "anycompatiblemultirange", -1, false, 'p', 'P', false, ',', 0, 0, 'd', false),
    row(4600, "pg_brin_bloom_summary", "pg_brin_bloom_summary", -1, false, 'b', 'Z', false, ',', 0, 0, 'i', true),
    row(4601, "pg_brin_minmax_multi_summary", "pg_brin_minmax_multi_summary", -1, false, 'b', 'Z', false, ',', 0, 0, 'i', true),
    row(5017, "pg_mcv_list", "pg_mcv_list", -1, false, 'b', 'Z', false, ',', 0, 0, 'i', true),
    row(5038, "pg_snapshot", "pg_snapshot", -1, false, 'b', 'U', false, ',', 5039, 0, 'd', true),
    row(5039, "_pg_snapshot", "pg_snapshot[]", -1, false, 'b', 'A', false, ',', 0, 5038, 'd', true),
    row(5069, "xid8", "xid8", 8, true, 'b', 'U', false, ',', 271, 0, 'd', true),
    row(5077, "anycompatible", "anycompatible", 4, true, 'p', 'P', false, ',', 0, 0, 'i', false),
    row(5078, "anycompatiblearray", "anycompatiblearray", -1, false, 'p', 'P', false, ',', 0, 0, 'd', true),
    row(5079, "anycompatiblenonarray", "anycompatiblenonarray", 4, true, 'p', 'P', false, ',', 0, 0, 'i', false),
    row(5080, "anycompatiblerange", "anycompatiblerange", -1, false, 'p', 'P', false, ',', 0, 0, 'd', false),
    row(6150, "_int4multirange", "int4multirange[]", -1, false, 'b', 'A', false, ',', 0, 4451, 'i', true),
    row(6151, "_nummultirange", "nummultirange[]", -1, false, 'b', 'A', false, ',', 0, 4532, 'i', true),
    row(6152, "_tsmultirange", "tsmultirange[]", -1, false, 'b', 'A', false, ',', 0, 4533, 'd', true),
    row(6153, "_tstzmultirange", "tstzmultirange[]", -1, false, 'b', 'A', false, ',', 0, 4534, 'd', true),
    row(6155, "_datemultirange", "datemultirange[]", -1, false, 'b', 'A', false, ',', 0, 4535, 'i', true),
    row(6157, "_int8multirange", "int8multirange[]", -1, false, 'b', 'A', false, ',', 0, 4536, 'd', true),
];
