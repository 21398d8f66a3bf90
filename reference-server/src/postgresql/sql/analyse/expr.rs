//! stub of another's
use super::Analyser;
use crate::postgresql::sql::expr::{Expr, Type};
use crate::postgresql::sql::stop::Stop;
use sqlparser::ast;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum How { Implicit, Assignment, Explicit }

pub(crate) fn column_name(_: &ast::Expr) -> String { String::new() }

impl Analyser<'_> {
    pub(crate) fn expr(&mut self, _: &ast::Expr) -> Result<Expr, Stop> { Err(Stop::Again) }
    pub(crate) fn boolean(&mut self, _: &ast::Expr, _: &str) -> Result<Expr, Stop> { Err(Stop::Again) }
    pub(crate) fn coerce_to(&mut self, e: Expr, _: Type, _: How) -> Result<Expr, Stop> { Ok(e) }
    pub(crate) fn can_coerce(&self, _: u32, _: u32, _: How) -> bool { true }
    pub(crate) fn type_name(&self, _: u32) -> String { String::new() }
    pub(crate) fn type_named(&self, _: &ast::DataType) -> Result<Type, Stop> { Err(Stop::Again) }
    pub(crate) fn common_type(&mut self, e: Vec<Expr>, _: &str) -> Result<(Type, Vec<Expr>), Stop> { Ok((e[0].ty, e)) }
    pub(crate) fn equality(&mut self, a: Expr, _: Expr, _: Option<usize>) -> Result<Expr, Stop> { Ok(a) }
    pub(crate) fn grouped(&mut self, e: Expr, _: &[Expr]) -> Result<Expr, Stop> { Ok(e) }
}
