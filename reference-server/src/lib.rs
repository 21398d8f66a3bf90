//! A readable implementation of the PostgreSQL protocol, driven by a profile.

pub mod engine;
pub mod environment;
pub mod fault;
pub mod spacetimedb;
