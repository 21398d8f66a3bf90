//! Functions of arrays. The rows, as `pg_proc` of PostgreSQL 18 has them.

use super::array;
use super::oid::{ANYARRAY, ANYCOMPATIBLE, ANYCOMPATIBLEARRAY, BOOL, INT4, INT4_ARRAY, TEXT, TEXT_ARRAY};
use super::{IMMUTABLE, STABLE, row};
use crate::postgresql::sql::function::{
    Body::{Lax, Strict, Typed},
    Function,
};

/// The rows.
pub(super) static FUNCTIONS: &[Function] = &[
    row(
        378,
        "array_append",
        &[ANYCOMPATIBLEARRAY, ANYCOMPATIBLE],
        ANYCOMPATIBLEARRAY,
        IMMUTABLE,
        Lax(array::append),
    ),
    row(
        383,
        "array_cat",
        &[ANYCOMPATIBLEARRAY, ANYCOMPATIBLEARRAY],
        ANYCOMPATIBLEARRAY,
        IMMUTABLE,
        Lax(array::concatenate),
    ),
    row(747, "array_dims", &[ANYARRAY], TEXT, IMMUTABLE, Strict(array::dimensions)),
    row(2176, "array_length", &[ANYARRAY, INT4], INT4, IMMUTABLE, Strict(array::length)),
    row(2091, "array_lower", &[ANYARRAY, INT4], INT4, IMMUTABLE, Strict(array::lower)),
    row(748, "array_ndims", &[ANYARRAY], INT4, IMMUTABLE, Strict(array::dimension_count)),
    row(3277, "array_position", &[ANYCOMPATIBLEARRAY, ANYCOMPATIBLE], INT4, IMMUTABLE, Lax(array::position)),
    row(
        3278,
        "array_position",
        &[ANYCOMPATIBLEARRAY, ANYCOMPATIBLE, INT4],
        INT4,
        IMMUTABLE,
        Lax(array::position),
    ),
    row(
        3279,
        "array_positions",
        &[ANYCOMPATIBLEARRAY, ANYCOMPATIBLE],
        INT4_ARRAY,
        IMMUTABLE,
        Lax(array::positions),
    ),
    row(
        379,
        "array_prepend",
        &[ANYCOMPATIBLE, ANYCOMPATIBLEARRAY],
        ANYCOMPATIBLEARRAY,
        IMMUTABLE,
        Lax(array::prepend),
    ),
    row(
        3167,
        "array_remove",
        &[ANYCOMPATIBLEARRAY, ANYCOMPATIBLE],
        ANYCOMPATIBLEARRAY,
        IMMUTABLE,
        Lax(array::remove),
    ),
    row(
        3168,
        "array_replace",
        &[ANYCOMPATIBLEARRAY, ANYCOMPATIBLE, ANYCOMPATIBLE],
        ANYCOMPATIBLEARRAY,
        IMMUTABLE,
        Lax(array::replace),
    ),
    row(384, "array_to_string", &[ANYARRAY, TEXT, TEXT], TEXT, STABLE, Typed(array::to_text)),
    row(395, "array_to_string", &[ANYARRAY, TEXT], TEXT, STABLE, Typed(array::to_text)),
    row(2092, "array_upper", &[ANYARRAY, INT4], INT4, IMMUTABLE, Strict(array::upper)),
    row(2749, "arraycontained", &[ANYARRAY, ANYARRAY], BOOL, IMMUTABLE, Strict(array::contained)),
    row(2748, "arraycontains", &[ANYARRAY, ANYARRAY], BOOL, IMMUTABLE, Strict(array::contains)),
    row(2747, "arrayoverlap", &[ANYARRAY, ANYARRAY], BOOL, IMMUTABLE, Strict(array::overlaps)),
    row(3179, "cardinality", &[ANYARRAY], INT4, IMMUTABLE, Strict(array::cardinality)),
    row(376, "string_to_array", &[TEXT, TEXT, TEXT], TEXT_ARRAY, IMMUTABLE, Lax(array::from_text)),
    row(394, "string_to_array", &[TEXT, TEXT], TEXT_ARRAY, IMMUTABLE, Lax(array::from_text)),
];
