//! Functions that take any type: `anyelement` and its like, and what a call makes of them.

use super::Analyser;
use super::coerce::How;
use super::types::UNKNOWN;
use crate::postgresql::sql::expr::{Expr, Node, Type};
use crate::postgresql::sql::stop::Stop;
use crate::postgresql::storage::Oid;
use pgconform_wire::value::{Shape, Types as _, types};

const ANYARRAY: Oid = 2277;
const ANYELEMENT: Oid = 2283;
const ANYNONARRAY: Oid = 2776;
const ANYENUM: Oid = 3500;
const ANYRANGE: Oid = 3831;
const ANYMULTIRANGE: Oid = 4537;
const ANYCOMPATIBLEMULTIRANGE: Oid = 4538;
const ANYCOMPATIBLE: Oid = 5077;
const ANYCOMPATIBLEARRAY: Oid = 5078;
const ANYCOMPATIBLENONARRAY: Oid = 5079;
const ANYCOMPATIBLERANGE: Oid = 5080;

/// Whether a type stands for others that a call decides on.
pub(super) fn is_polymorphic(oid: Oid) -> bool {
    is_alike(oid) || is_compatible(oid)
}

/// Whether it is of the family in which all arguments must agree.
fn is_alike(oid: Oid) -> bool {
    matches!(oid, ANYARRAY | ANYELEMENT | ANYNONARRAY | ANYENUM | ANYRANGE | ANYMULTIRANGE)
}

/// Whether it is of the family in which all arguments need a common type only.
fn is_compatible(oid: Oid) -> bool {
    matches!(
        oid,
        ANYCOMPATIBLE
            | ANYCOMPATIBLEARRAY
            | ANYCOMPATIBLENONARRAY
            | ANYCOMPATIBLERANGE
            | ANYCOMPATIBLEMULTIRANGE
    )
}

/// What a call's arguments make of the types that stand for others.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Binding {
    element: Option<Oid>,
    range: Option<Oid>,
    compatible: Option<Oid>,
    compatible_range: Option<Oid>,
}

impl Analyser<'_> {
    /// The element of what is given for a type that stands for others; `Err` if it is not of its kind.
    fn element_given(&self, given: Oid, wanted: Oid) -> Result<Option<Oid>, ()> {
        if given == UNKNOWN {
            return Ok(None);
        }
        let shape = self.known().shape(self.base(given));
        match wanted {
            ANYARRAY | ANYCOMPATIBLEARRAY => self.known().listed(self.base(given)).map(Some).ok_or(()),
            ANYRANGE | ANYCOMPATIBLERANGE => match shape {
                Some(Shape::Range { element }) => Ok(Some(element)),
                _ => Err(()),
            },
            ANYMULTIRANGE | ANYCOMPATIBLEMULTIRANGE => match shape {
                Some(Shape::Multirange { range }) => match self.known().shape(range) {
                    Some(Shape::Range { element }) => Ok(Some(element)),
                    _ => Err(()),
                },
                _ => Err(()),
            },
            ANYNONARRAY | ANYCOMPATIBLENONARRAY if self.element_of(given).is_some() => Err(()),
            ANYENUM if !matches!(shape, Some(Shape::Enum(_))) => Err(()),
            _ => Ok(Some(given)),
        }
    }

    /// The range type that is given, where one is.
    fn range_given(&self, given: Oid) -> Option<Oid> {
        match self.known().shape(self.base(given))? {
            Shape::Range { .. } => Some(self.base(given)),
            Shape::Multirange { range } => Some(range),
            _ => None,
        }
    }

    /// Whether arguments of these types agree on what the wanted types stand for.
    pub(super) fn polymorphism_fits(&self, given: &[Oid], wanted: &[Oid]) -> bool {
        self.binding(given, wanted).is_ok()
    }

    fn binding(&self, given: &[Oid], wanted: &[Oid]) -> Result<Binding, ()> {
        let mut binding = Binding::default();
        let mut compatible = Vec::new();
        for (given, wanted) in given.iter().zip(wanted) {
            if !is_polymorphic(*wanted) {
                continue;
            }
            let Some(element) = self.element_given(*given, *wanted)? else { continue };
            let ranged = matches!(*wanted, ANYRANGE | ANYMULTIRANGE);
            if is_alike(*wanted) {
                if binding.element.is_some_and(|known| known != element) {
                    return Err(());
                }
                binding.element = Some(element);
                if ranged {
                    binding.range = self.range_given(*given);
                }
            } else {
                if matches!(*wanted, ANYCOMPATIBLERANGE | ANYCOMPATIBLEMULTIRANGE) {
                    binding.compatible_range = self.range_given(*given);
                }
                let node = Node::Constant(None);
                compatible.push(Expr { ty: Type::plain(element), at: None, node });
            }
        }
        if wanted.iter().any(|wanted| is_compatible(*wanted)) {
            binding.compatible = Some(self.common_oid(&compatible, "arguments").map_err(|_| ())?);
            let fits = |expr: &Expr| {
                binding.compatible.is_some_and(|common| self.can_coerce(expr.ty.oid, common, How::Implicit))
            };
            if !compatible.iter().all(fits) {
                return Err(());
            }
        }
        Ok(binding)
    }

    /// The types that arguments of these types are taken as, and what a call with them makes of the rest.
    pub(super) fn bind_types(&self, given: &[Oid], wanted: &[Oid]) -> Result<(Vec<Oid>, Binding), Stop> {
        let undetermined =
            || Stop::error("42804", "could not determine polymorphic type because input has type unknown");
        let binding = self.binding(given, wanted).map_err(|()| undetermined())?;
        if binding.element.is_none() && wanted.iter().any(|wanted| is_alike(*wanted)) {
            return Err(undetermined());
        }
        let types = wanted.iter().zip(given).map(|(wanted, given)| match *wanted {
            // What is given is known to be of its kind: it need not lose its name.
            ANYELEMENT | ANYNONARRAY | ANYENUM | ANYRANGE | ANYMULTIRANGE if *given != UNKNOWN => *given,
            ANYARRAY if *given != UNKNOWN => self.base(*given),
            wanted => self.bound(binding, wanted),
        });
        Ok((types.collect(), binding))
    }

    /// What a type stands for.
    pub(super) fn bound(&self, binding: Binding, oid: Oid) -> Oid {
        let array = |element: Option<Oid>| element.and_then(|element| self.array_of(element));
        let multirange = |range: Option<Oid>| {
            range.and_then(|range| types::range(|row| row.range == range)).map(|row| row.multirange)
        };
        let bound = match oid {
            ANYELEMENT | ANYNONARRAY | ANYENUM => binding.element,
            ANYARRAY => array(binding.element),
            ANYRANGE => binding.range,
            ANYMULTIRANGE => multirange(binding.range),
            ANYCOMPATIBLE | ANYCOMPATIBLENONARRAY => binding.compatible,
            ANYCOMPATIBLEARRAY => array(binding.compatible),
            ANYCOMPATIBLERANGE => binding.compatible_range,
            ANYCOMPATIBLEMULTIRANGE => multirange(binding.compatible_range),
            _ => None,
        };
        bound.unwrap_or(oid)
    }
}
