//! The types that functions take and return.

use crate::postgresql::storage::Oid;

/// `bool`
pub(crate) const BOOL: Oid = 16;
/// `bytea`
pub(crate) const BYTEA: Oid = 17;
/// `char`
pub(crate) const CHAR: Oid = 18;
/// `name`
pub(crate) const NAME: Oid = 19;
/// `int8`
pub(crate) const INT8: Oid = 20;
/// `int2`
pub(crate) const INT2: Oid = 21;
/// `int4`
pub(crate) const INT4: Oid = 23;
/// `regproc`
pub(crate) const REGPROC: Oid = 24;
/// `text`
pub(crate) const TEXT: Oid = 25;
/// `oid`
pub(crate) const OID: Oid = 26;
/// `tid`
pub(crate) const TID: Oid = 27;
/// `xid`
pub(crate) const XID: Oid = 28;
/// `cid`
pub(crate) const CID: Oid = 29;
/// `oidvector`
pub(crate) const OIDVECTOR: Oid = 30;
/// `json`
pub(crate) const JSON: Oid = 114;
/// `xml`
pub(crate) const XML: Oid = 142;
/// `pg_node_tree`
pub(crate) const PG_NODE_TREE: Oid = 194;
/// `point`
pub(crate) const POINT: Oid = 600;
/// `lseg`
pub(crate) const LSEG: Oid = 601;
/// `box`
pub(crate) const BOX: Oid = 603;
/// `polygon`
pub(crate) const POLYGON: Oid = 604;
/// `line`
pub(crate) const LINE: Oid = 628;
/// `cidr`
pub(crate) const CIDR: Oid = 650;
/// `float4`
pub(crate) const FLOAT4: Oid = 700;
/// `float8`
pub(crate) const FLOAT8: Oid = 701;
/// `circle`
pub(crate) const CIRCLE: Oid = 718;
/// `macaddr8`
pub(crate) const MACADDR8: Oid = 774;
/// `money`
pub(crate) const MONEY: Oid = 790;
/// `macaddr`
pub(crate) const MACADDR: Oid = 829;
/// `inet`
pub(crate) const INET: Oid = 869;
/// `_name`
pub(crate) const NAME_ARRAY: Oid = 1003;
/// `_int4`
pub(crate) const INT4_ARRAY: Oid = 1007;
/// `_text`
pub(crate) const TEXT_ARRAY: Oid = 1009;
/// `bpchar`
pub(crate) const BPCHAR: Oid = 1042;
/// `varchar`
pub(crate) const VARCHAR: Oid = 1043;
/// `date`
pub(crate) const DATE: Oid = 1082;
/// `time`
pub(crate) const TIME: Oid = 1083;
/// `timestamp`
pub(crate) const TIMESTAMP: Oid = 1114;
/// `timestamptz`
pub(crate) const TIMESTAMPTZ: Oid = 1184;
/// `interval`
pub(crate) const INTERVAL: Oid = 1186;
/// `timetz`
pub(crate) const TIMETZ: Oid = 1266;
/// `bit`
pub(crate) const BIT: Oid = 1560;
/// `varbit`
pub(crate) const VARBIT: Oid = 1562;
/// `numeric`
pub(crate) const NUMERIC: Oid = 1700;
/// `regclass`
pub(crate) const REGCLASS: Oid = 2205;
/// `regtype`
pub(crate) const REGTYPE: Oid = 2206;
/// `record`
pub(crate) const RECORD: Oid = 2249;
/// `any`
pub(crate) const ANY: Oid = 2276;
/// `anyarray`
pub(crate) const ANYARRAY: Oid = 2277;
/// `anyelement`
pub(crate) const ANYELEMENT: Oid = 2283;
/// `anynonarray`
pub(crate) const ANYNONARRAY: Oid = 2776;
/// `uuid`
pub(crate) const UUID: Oid = 2950;
/// `pg_lsn`
pub(crate) const PG_LSN: Oid = 3220;
/// `anyenum`
pub(crate) const ANYENUM: Oid = 3500;
/// `tsvector`
pub(crate) const TSVECTOR: Oid = 3614;
/// `tsquery`
pub(crate) const TSQUERY: Oid = 3615;
/// `jsonb`
pub(crate) const JSONB: Oid = 3802;
/// `anyrange`
pub(crate) const ANYRANGE: Oid = 3831;
/// `int4range`
pub(crate) const INT4RANGE: Oid = 3904;
/// `_int4range`
pub(crate) const INT4RANGE_ARRAY: Oid = 3905;
/// `numrange`
pub(crate) const NUMRANGE: Oid = 3906;
/// `_numrange`
pub(crate) const NUMRANGE_ARRAY: Oid = 3907;
/// `tsrange`
pub(crate) const TSRANGE: Oid = 3908;
/// `_tsrange`
pub(crate) const TSRANGE_ARRAY: Oid = 3909;
/// `tstzrange`
pub(crate) const TSTZRANGE: Oid = 3910;
/// `_tstzrange`
pub(crate) const TSTZRANGE_ARRAY: Oid = 3911;
/// `daterange`
pub(crate) const DATERANGE: Oid = 3912;
/// `_daterange`
pub(crate) const DATERANGE_ARRAY: Oid = 3913;
/// `int8range`
pub(crate) const INT8RANGE: Oid = 3926;
/// `_int8range`
pub(crate) const INT8RANGE_ARRAY: Oid = 3927;
/// `regnamespace`
pub(crate) const REGNAMESPACE: Oid = 4089;
/// `regrole`
pub(crate) const REGROLE: Oid = 4096;
/// `int4multirange`
pub(crate) const INT4MULTIRANGE: Oid = 4451;
/// `nummultirange`
pub(crate) const NUMMULTIRANGE: Oid = 4532;
/// `tsmultirange`
pub(crate) const TSMULTIRANGE: Oid = 4533;
/// `tstzmultirange`
pub(crate) const TSTZMULTIRANGE: Oid = 4534;
/// `datemultirange`
pub(crate) const DATEMULTIRANGE: Oid = 4535;
/// `int8multirange`
pub(crate) const INT8MULTIRANGE: Oid = 4536;
/// `anymultirange`
pub(crate) const ANYMULTIRANGE: Oid = 4537;
/// `xid8`
pub(crate) const XID8: Oid = 5069;
/// `anycompatible`
pub(crate) const ANYCOMPATIBLE: Oid = 5077;
/// `anycompatiblearray`
pub(crate) const ANYCOMPATIBLEARRAY: Oid = 5078;
