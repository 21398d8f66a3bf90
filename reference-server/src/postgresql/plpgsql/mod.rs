//! PL/pgSQL: blocks, functions and triggers.
