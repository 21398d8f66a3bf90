//! SQL, from text to rows.
//!
//! - `parse` gives statements: `sqlparser`'s trees, and our own for what only PostgreSQL has.
//! - `analyse` finds names, chooses overloads and spells out conversions: types are known before anything runs.
//! - `expr`, `query` and `modify` are what comes out of that; `function` and `functions` are what can be called.
//! - `eval` and `run` give values and rows; `stop` says why they stop.

pub(crate) mod analyse;
pub(crate) mod cast;
pub(crate) mod context;
pub(crate) mod ddl;
pub(crate) mod domain;
pub(crate) mod eval;
#[cfg(test)]
mod evaluation_tests;
pub(crate) mod expr;
pub(crate) mod function;
pub(crate) mod functions;
pub(crate) mod known;
pub(crate) mod modify;
pub(crate) mod objects;
pub(crate) mod operators;
pub(crate) mod parse;
pub(crate) mod query;
pub(crate) mod routine;
pub(crate) mod run;
pub(crate) mod stop;
#[cfg(test)]
pub(crate) mod testing;
