//! SpacetimeDB's SQL: "only the subset of SQL features documented in the SQL documentation" (facts, section 6).
//!
//! A query string becomes statements of `sqlparser` ([`parse`]), and these become statements of the subset (`check`),
//! which are typed (`plan`) before they are executed (`execute`).

mod ast;
mod check;
mod execute;
mod literal;
mod parse;
mod plan;

pub(crate) use execute::{Changed, Outcome, run};
pub(crate) use parse::{Parsed, parse};
