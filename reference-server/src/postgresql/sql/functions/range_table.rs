//! Functions of ranges. The rows, as `pg_proc` of PostgreSQL 18 has them.

use super::oid::{ANYELEMENT, ANYRANGE, BOOL, DATE, DATEMULTIRANGE, DATERANGE, DATERANGE_ARRAY, INT4, INT4MULTIRANGE, INT4RANGE, INT4RANGE_ARRAY, INT8, INT8MULTIRANGE, INT8RANGE, INT8RANGE_ARRAY, NUMERIC, NUMMULTIRANGE, NUMRANGE, NUMRANGE_ARRAY, TEXT, TIMESTAMP, TIMESTAMPTZ, TSMULTIRANGE, TSRANGE, TSRANGE_ARRAY, TSTZMULTIRANGE, TSTZRANGE, TSTZRANGE_ARRAY};
use super::{IMMUTABLE, row, variadic};
use super::{ranges};
use crate::postgresql::sql::function::{Body::{Lax, Strict}, Function};

/// The rows.
pub(super) static FUNCTIONS: &[Function] = &[
    row(4292, "datemultirange", &[], DATEMULTIRANGE, IMMUTABLE, Strict(ranges::new_multi)),
    variadic(4294, "datemultirange", &[DATERANGE_ARRAY], DATERANGE, DATEMULTIRANGE, IMMUTABLE, Strict(ranges::new_multi)),
    row(3941, "daterange", &[DATE, DATE], DATERANGE, IMMUTABLE, Lax(ranges::new)),
    row(3942, "daterange", &[DATE, DATE, TEXT], DATERANGE, IMMUTABLE, Lax(ranges::new)),
    row(3860, "elem_contained_by_range", &[ANYELEMENT, ANYRANGE], BOOL, IMMUTABLE, Strict(ranges::element_contained)),
    row(4280, "int4multirange", &[], INT4MULTIRANGE, IMMUTABLE, Strict(ranges::new_multi)),
    variadic(4282, "int4multirange", &[INT4RANGE_ARRAY], INT4RANGE, INT4MULTIRANGE, IMMUTABLE, Strict(ranges::new_multi)),
    row(3840, "int4range", &[INT4, INT4], INT4RANGE, IMMUTABLE, Lax(ranges::new)),
    row(3841, "int4range", &[INT4, INT4, TEXT], INT4RANGE, IMMUTABLE, Lax(ranges::new)),
    row(4295, "int8multirange", &[], INT8MULTIRANGE, IMMUTABLE, Strict(ranges::new_multi)),
    variadic(4297, "int8multirange", &[INT8RANGE_ARRAY], INT8RANGE, INT8MULTIRANGE, IMMUTABLE, Strict(ranges::new_multi)),
    row(3945, "int8range", &[INT8, INT8], INT8RANGE, IMMUTABLE, Lax(ranges::new)),
    row(3946, "int8range", &[INT8, INT8, TEXT], INT8RANGE, IMMUTABLE, Lax(ranges::new)),
    row(3850, "isempty", &[ANYRANGE], BOOL, IMMUTABLE, Strict(ranges::is_empty)),
    row(3848, "lower", &[ANYRANGE], ANYELEMENT, IMMUTABLE, Strict(ranges::lower)),
    row(3851, "lower_inc", &[ANYRANGE], BOOL, IMMUTABLE, Strict(ranges::lower_inclusive)),
    row(3853, "lower_inf", &[ANYRANGE], BOOL, IMMUTABLE, Strict(ranges::lower_infinite)),
    row(4283, "nummultirange", &[], NUMMULTIRANGE, IMMUTABLE, Strict(ranges::new_multi)),
    variadic(4285, "nummultirange", &[NUMRANGE_ARRAY], NUMRANGE, NUMMULTIRANGE, IMMUTABLE, Strict(ranges::new_multi)),
    row(3844, "numrange", &[NUMERIC, NUMERIC], NUMRANGE, IMMUTABLE, Lax(ranges::new)),
    row(3845, "numrange", &[NUMERIC, NUMERIC, TEXT], NUMRANGE, IMMUTABLE, Lax(ranges::new)),
    row(3862, "range_adjacent", &[ANYRANGE, ANYRANGE], BOOL, IMMUTABLE, Strict(ranges::adjacent)),
    row(3864, "range_after", &[ANYRANGE, ANYRANGE], BOOL, IMMUTABLE, Strict(ranges::after)),
    row(3863, "range_before", &[ANYRANGE, ANYRANGE], BOOL, IMMUTABLE, Strict(ranges::before)),
    row(3861, "range_contained_by", &[ANYRANGE, ANYRANGE], BOOL, IMMUTABLE, Strict(ranges::contained)),
    row(3859, "range_contains", &[ANYRANGE, ANYRANGE], BOOL, IMMUTABLE, Strict(ranges::contains)),
    row(3858, "range_contains_elem", &[ANYRANGE, ANYELEMENT], BOOL, IMMUTABLE, Strict(ranges::contains_element)),
    row(3868, "range_intersect", &[ANYRANGE, ANYRANGE], ANYRANGE, IMMUTABLE, Strict(ranges::intersection)),
    row(3857, "range_overlaps", &[ANYRANGE, ANYRANGE], BOOL, IMMUTABLE, Strict(ranges::overlaps)),
    row(4286, "tsmultirange", &[], TSMULTIRANGE, IMMUTABLE, Strict(ranges::new_multi)),
    variadic(4288, "tsmultirange", &[TSRANGE_ARRAY], TSRANGE, TSMULTIRANGE, IMMUTABLE, Strict(ranges::new_multi)),
    row(3933, "tsrange", &[TIMESTAMP, TIMESTAMP], TSRANGE, IMMUTABLE, Lax(ranges::new)),
    row(3934, "tsrange", &[TIMESTAMP, TIMESTAMP, TEXT], TSRANGE, IMMUTABLE, Lax(ranges::new)),
    row(4289, "tstzmultirange", &[], TSTZMULTIRANGE, IMMUTABLE, Strict(ranges::new_multi)),
    variadic(4291, "tstzmultirange", &[TSTZRANGE_ARRAY], TSTZRANGE, TSTZMULTIRANGE, IMMUTABLE, Strict(ranges::new_multi)),
    row(3937, "tstzrange", &[TIMESTAMPTZ, TIMESTAMPTZ], TSTZRANGE, IMMUTABLE, Lax(ranges::new)),
    row(3938, "tstzrange", &[TIMESTAMPTZ, TIMESTAMPTZ, TEXT], TSTZRANGE, IMMUTABLE, Lax(ranges::new)),
    row(3849, "upper", &[ANYRANGE], ANYELEMENT, IMMUTABLE, Strict(ranges::upper)),
    row(3852, "upper_inc", &[ANYRANGE], BOOL, IMMUTABLE, Strict(ranges::upper_inclusive)),
    row(3854, "upper_inf", &[ANYRANGE], BOOL, IMMUTABLE, Strict(ranges::upper_infinite)),
];
