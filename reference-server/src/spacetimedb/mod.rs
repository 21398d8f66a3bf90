//! SpacetimeDB: its SQL, its types, its system tables.
