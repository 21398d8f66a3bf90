//! Why a statement is refused, before it is put as the profile wants it.

use crate::engine::SqlError;
use sqlparser::tokenizer::Location;

/// A statement refused.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Refusal {
    /// The SQLSTATE that PostgreSQL's rules ask for; the document is silent.
    pub(crate) code: &'static str,
    /// What to say: the product's wording, where that does not mislead.
    pub(crate) message: String,
    /// The product's wording where it does.
    pub(crate) product: Option<String>,
    pub(crate) detail: Option<&'static str>,
    pub(crate) at: Option<Location>,
}

pub(crate) const UNSUPPORTED: &str = "0A000";
pub(crate) const SYNTAX: &str = "42601";
pub(crate) const UNDEFINED_TABLE: &str = "42P01";
pub(crate) const UNDEFINED_COLUMN: &str = "42703";
pub(crate) const UNDEFINED_OBJECT: &str = "42704";
pub(crate) const UNDEFINED_FUNCTION: &str = "42883";
pub(crate) const AMBIGUOUS_COLUMN: &str = "42702";
pub(crate) const DUPLICATE_COLUMN: &str = "42701";
pub(crate) const DUPLICATE_ALIAS: &str = "42712";
pub(crate) const DATATYPE_MISMATCH: &str = "42804";
pub(crate) const INDETERMINATE_DATATYPE: &str = "42P18";
pub(crate) const INVALID_TEXT: &str = "22P02";
pub(crate) const OUT_OF_RANGE: &str = "22003";
pub(crate) const UNIQUE_VIOLATION: &str = "23505";
pub(crate) const INSUFFICIENT_PRIVILEGE: &str = "42501";
pub(crate) const LIMIT_EXCEEDED: &str = "54000";
pub(crate) const TOO_COMPLEX: &str = "54001";
pub(crate) const INTERNAL: &str = "XX000";

/// The document's sentence on transactions.
pub(crate) const TRANSACTIONS: &str = "Each SQL statement executes in its own transaction context.";

impl Refusal {
    pub(crate) fn new(code: &'static str, message: impl Into<String>) -> Self {
        Self { code, message: message.into(), product: None, detail: None, at: None }
    }

    pub(crate) fn unsupported(what: impl std::fmt::Display) -> Self {
        Self::new(UNSUPPORTED, format!("Unsupported: {what}"))
    }

    pub(crate) fn at(self, at: Option<Location>) -> Self {
        Self { at, ..self }
    }

    pub(crate) fn in_the_products_words(self, product: impl Into<String>) -> Self {
        Self { product: Some(product.into()), ..self }
    }

    /// As the real product says everything: XX000 and `(Sql) ` (facts, section 3).
    pub(crate) fn into_internal(self) -> SqlError {
        let message = self.product.unwrap_or(self.message);
        SqlError::error("XX000", format!("(Sql) {message}"))
    }

    /// As PostgreSQL would: with a code, and with the position in `query`.
    pub(crate) fn into_proper(self, query: &str) -> SqlError {
        SqlError {
            detail: self.detail.map(str::to_owned),
            position: self.at.and_then(|at| position(query, at)),
            ..SqlError::error(self.code, self.message)
        }
    }
}

/// Where a location (line and column, from 1) is in `query`, in characters from 1. Line 0 stands for nowhere, a line after the last for the end.
fn position(query: &str, at: Location) -> Option<usize> {
    let line = usize::try_from(at.line.checked_sub(1)?).ok()?;
    let column = usize::try_from(at.column.checked_sub(1)?).ok()?;
    let end = query.chars().count();
    let start: usize = query.split_inclusive('\n').take(line).map(|line| line.chars().count()).sum();
    Some((start + column).min(end) + 1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_count_characters() {
        let location = |line, column| Location { line, column };
        assert_eq!(position("abc", location(0, 0)), None);
        assert_eq!(position("abc", location(1, 2)), Some(2));
        assert_eq!(position("é\nü b", location(2, 3)), Some(5));
        assert_eq!(position("abc", location(9, 9)), Some(4));
    }
}
