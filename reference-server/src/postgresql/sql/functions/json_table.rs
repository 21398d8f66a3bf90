//! Functions of JSON. The rows, as `pg_proc` of PostgreSQL 18 has them.

use super::oid::{ANY, ANYARRAY, ANYELEMENT, BOOL, INT4, JSON, JSONB, RECORD, TEXT, TEXT_ARRAY};
use super::{IMMUTABLE, STABLE, row, variadic};
use super::{json, json_make};
use crate::postgresql::sql::function::{
    Body::{Strict, Typed},
    Function,
};

/// The rows.
pub(super) static FUNCTIONS: &[Function] = &[
    row(3153, "array_to_json", &[ANYARRAY], JSON, STABLE, Typed(json_make::to_json)),
    row(3949, "json_array_element", &[JSON, INT4], JSON, IMMUTABLE, Strict(json::element)),
    row(3950, "json_array_element_text", &[JSON, INT4], TEXT, IMMUTABLE, Strict(json::element_text)),
    row(3956, "json_array_length", &[JSON], INT4, IMMUTABLE, Strict(json::array_length)),
    variadic(3198, "json_build_array", &[ANY], ANY, JSON, STABLE, Typed(json_make::build_array)),
    row(3199, "json_build_array", &[], JSON, STABLE, Typed(json_make::build_array)),
    variadic(3200, "json_build_object", &[ANY], ANY, JSON, STABLE, Typed(json_make::build_object)),
    row(3201, "json_build_object", &[], JSON, STABLE, Typed(json_make::build_object)),
    variadic(3951, "json_extract_path", &[JSON, TEXT_ARRAY], TEXT, JSON, IMMUTABLE, Strict(json::path)),
    variadic(
        3953,
        "json_extract_path_text",
        &[JSON, TEXT_ARRAY],
        TEXT,
        TEXT,
        IMMUTABLE,
        Strict(json::path_text),
    ),
    row(3947, "json_object_field", &[JSON, TEXT], JSON, IMMUTABLE, Strict(json::field)),
    row(3948, "json_object_field_text", &[JSON, TEXT], TEXT, IMMUTABLE, Strict(json::field_text)),
    row(3968, "json_typeof", &[JSON], TEXT, IMMUTABLE, Strict(json::kind)),
    row(3215, "jsonb_array_element", &[JSONB, INT4], JSONB, IMMUTABLE, Strict(json::element)),
    row(3216, "jsonb_array_element_text", &[JSONB, INT4], TEXT, IMMUTABLE, Strict(json::element_text)),
    row(3207, "jsonb_array_length", &[JSONB], INT4, IMMUTABLE, Strict(json::array_length)),
    variadic(3271, "jsonb_build_array", &[ANY], ANY, JSONB, STABLE, Typed(json_make::build_arrayb)),
    row(3272, "jsonb_build_array", &[], JSONB, STABLE, Typed(json_make::build_arrayb)),
    variadic(3273, "jsonb_build_object", &[ANY], ANY, JSONB, STABLE, Typed(json_make::build_objectb)),
    row(3274, "jsonb_build_object", &[], JSONB, STABLE, Typed(json_make::build_objectb)),
    row(3301, "jsonb_concat", &[JSONB, JSONB], JSONB, IMMUTABLE, Strict(json::concatenate)),
    row(4050, "jsonb_contained", &[JSONB, JSONB], BOOL, IMMUTABLE, Strict(json::contained)),
    row(4046, "jsonb_contains", &[JSONB, JSONB], BOOL, IMMUTABLE, Strict(json::contains)),
    row(3302, "jsonb_delete", &[JSONB, TEXT], JSONB, IMMUTABLE, Strict(json::delete)),
    row(4047, "jsonb_exists", &[JSONB, TEXT], BOOL, IMMUTABLE, Strict(json::exists)),
    row(4049, "jsonb_exists_all", &[JSONB, TEXT_ARRAY], BOOL, IMMUTABLE, Strict(json::exists_all)),
    row(4048, "jsonb_exists_any", &[JSONB, TEXT_ARRAY], BOOL, IMMUTABLE, Strict(json::exists_any)),
    variadic(3217, "jsonb_extract_path", &[JSONB, TEXT_ARRAY], TEXT, JSONB, IMMUTABLE, Strict(json::path)),
    variadic(
        3940,
        "jsonb_extract_path_text",
        &[JSONB, TEXT_ARRAY],
        TEXT,
        TEXT,
        IMMUTABLE,
        Strict(json::path_text),
    ),
    row(3478, "jsonb_object_field", &[JSONB, TEXT], JSONB, IMMUTABLE, Strict(json::field)),
    row(3214, "jsonb_object_field_text", &[JSONB, TEXT], TEXT, IMMUTABLE, Strict(json::field_text)),
    row(3210, "jsonb_typeof", &[JSONB], TEXT, IMMUTABLE, Strict(json::kind)),
    row(3155, "row_to_json", &[RECORD], JSON, STABLE, Typed(json_make::to_json)),
    row(3176, "to_json", &[ANYELEMENT], JSON, STABLE, Typed(json_make::to_json)),
    row(3787, "to_jsonb", &[ANYELEMENT], JSONB, STABLE, Typed(json_make::to_jsonb)),
];
