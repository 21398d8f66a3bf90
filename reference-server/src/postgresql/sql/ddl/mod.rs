//! Definitions.

pub(crate) mod constraint;
pub(crate) mod trigger;
