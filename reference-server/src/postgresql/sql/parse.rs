//! From a query string to statements.
