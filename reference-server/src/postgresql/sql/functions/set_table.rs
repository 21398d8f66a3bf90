//! Functions that give rows. The rows, as `pg_proc` of PostgreSQL 18 has them.

use super::oid::{
    ANYARRAY, ANYELEMENT, BOOL, INT4, INT8, INTERVAL, JSON, JSONB, NUMERIC, TEXT, TIMESTAMP, TIMESTAMPTZ,
};
use super::sets;
use super::{IMMUTABLE, STABLE, row};
use crate::postgresql::sql::function::{Body::Set, Function};

/// The rows.
pub(super) static FUNCTIONS: &[Function] = &[
    row(
        938,
        "generate_series",
        &[TIMESTAMP, TIMESTAMP, INTERVAL],
        TIMESTAMP,
        IMMUTABLE,
        Set(sets::timestamps),
    ),
    row(
        939,
        "generate_series",
        &[TIMESTAMPTZ, TIMESTAMPTZ, INTERVAL],
        TIMESTAMPTZ,
        STABLE,
        Set(sets::timestamps),
    ),
    row(1066, "generate_series", &[INT4, INT4, INT4], INT4, IMMUTABLE, Set(sets::series)),
    row(1067, "generate_series", &[INT4, INT4], INT4, IMMUTABLE, Set(sets::series)),
    row(1068, "generate_series", &[INT8, INT8, INT8], INT8, IMMUTABLE, Set(sets::series)),
    row(1069, "generate_series", &[INT8, INT8], INT8, IMMUTABLE, Set(sets::series)),
    row(3259, "generate_series", &[NUMERIC, NUMERIC, NUMERIC], NUMERIC, IMMUTABLE, Set(sets::series)),
    row(3260, "generate_series", &[NUMERIC, NUMERIC], NUMERIC, IMMUTABLE, Set(sets::series)),
    row(1191, "generate_subscripts", &[ANYARRAY, INT4, BOOL], INT4, IMMUTABLE, Set(sets::subscripts)),
    row(1192, "generate_subscripts", &[ANYARRAY, INT4], INT4, IMMUTABLE, Set(sets::subscripts)),
    row(3955, "json_array_elements", &[JSON], JSON, IMMUTABLE, Set(sets::elements_of)),
    row(3969, "json_array_elements_text", &[JSON], TEXT, IMMUTABLE, Set(sets::element_texts)),
    row(3957, "json_object_keys", &[JSON], TEXT, IMMUTABLE, Set(sets::keys)),
    row(3219, "jsonb_array_elements", &[JSONB], JSONB, IMMUTABLE, Set(sets::elements_of)),
    row(3465, "jsonb_array_elements_text", &[JSONB], TEXT, IMMUTABLE, Set(sets::element_texts)),
    row(3931, "jsonb_object_keys", &[JSONB], TEXT, IMMUTABLE, Set(sets::keys)),
    row(6160, "string_to_table", &[TEXT, TEXT], TEXT, IMMUTABLE, Set(sets::split)),
    row(2331, "unnest", &[ANYARRAY], ANYELEMENT, IMMUTABLE, Set(sets::unnest)),
];
