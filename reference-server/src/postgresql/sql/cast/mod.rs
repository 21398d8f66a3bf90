//! The casts between types.

mod table;

use super::analyse::How;
use super::function::Function;
use super::functions;
use crate::postgresql::storage::Oid;
use std::collections::BTreeMap;
use std::sync::LazyLock;

/// A cast.
#[derive(Debug)]
pub(crate) struct Cast {
    pub(crate) from: Oid,
    pub(crate) to: Oid,
    /// Where it is done without being asked for.
    pub(crate) how: How,
    pub(crate) method: Method,
}

/// What a cast does.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Method {
    /// Calls this function.
    Call(Oid),
    /// Nothing: the values are the same.
    Relabel,
    /// Reads the text form of the one as that of the other.
    Text,
}

const fn cast(from: Oid, to: Oid, how: How, method: Method) -> Cast {
    Cast { from, to, how, method }
}

static CASTS: LazyLock<BTreeMap<(Oid, Oid), &'static Cast>> =
    LazyLock::new(|| table::CASTS.iter().map(|row| ((row.from, row.to), row)).collect());

/// All of them.
pub(crate) fn all() -> impl Iterator<Item = &'static Cast> {
    table::CASTS.iter()
}

/// The cast from one type to another.
pub(crate) fn find(from: Oid, to: Oid) -> Option<&'static Cast> {
    CASTS.get(&(from, to)).copied()
}

/// The function of a cast.
pub(crate) fn function(oid: Oid) -> Option<&'static Function> {
    functions::by_oid(oid)
}
