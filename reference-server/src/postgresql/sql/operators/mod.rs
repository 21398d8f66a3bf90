//! The operators: which function each means.

mod comparison;
mod other;

use super::function::Function;
use super::functions;
use crate::postgresql::storage::Oid;
use std::collections::BTreeMap;
use std::sync::LazyLock;

/// An operator.
#[derive(Debug)]
pub(crate) struct Operator {
    pub(crate) oid: Oid,
    pub(crate) name: &'static str,
    /// Its operands' types; a prefix operator has no left one.
    operands: [Oid; 2],
    pub(crate) function: Oid,
}

impl Operator {
    /// The types of its operands.
    pub(crate) fn arguments(&self) -> &[Oid] {
        if self.operands[0] == 0 { &self.operands[1..] } else { &self.operands }
    }

    /// What it does.
    pub(crate) fn function(&self) -> Option<&'static Function> {
        functions::by_oid(self.function)
    }
}

const fn operator(oid: Oid, name: &'static str, left: Oid, right: Oid, function: Oid) -> Operator {
    Operator { oid, name, operands: [left, right], function }
}

static BY_NAME: LazyLock<BTreeMap<&'static str, Vec<&'static Operator>>> = LazyLock::new(|| {
    let mut index: BTreeMap<_, Vec<_>> = BTreeMap::new();
    for row in all() {
        index.entry(row.name).or_default().push(row);
    }
    index
});

/// All of them.
pub(crate) fn all() -> impl Iterator<Item = &'static Operator> {
    comparison::OPERATORS.iter().chain(other::OPERATORS)
}

/// The operators of this name with so many operands.
pub(crate) fn named(name: &str, operands: usize) -> impl Iterator<Item = &'static Operator> {
    let name = if name == "!=" { "<>" } else { name };
    let rows = BY_NAME.get(name).map_or(&[][..], Vec::as_slice);
    rows.iter().copied().filter(move |row| row.arguments().len() == operands)
}

#[cfg(test)]
mod tests {
    #[test]
    fn every_operator_has_its_function() {
        for row in super::all() {
            assert!(row.function().is_some(), "{row:?}");
        }
    }
}
