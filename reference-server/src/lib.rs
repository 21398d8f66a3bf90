//! A readable implementation of the PostgreSQL protocol, driven by a profile.
//!
//! - [`session`] is the protocol: bytes in, bytes out, nothing else. It reads as the protocol chapter does.
//! - [`engine`] is what a session asks of SQL; `postgresql`, `cratedb` and [`spacetimedb`] answer as those products.
//! - [`token`] signs and checks the tokens that stand in for passwords.
//! - [`fault`] names the ways to misbehave; [`outbox`] is where most of them happen, so that the session stays clean.
//! - [`environment`] is what a session takes from the world; [`shell`] and [`tls`] are the world: sockets, time, TLS.
//! - `memory` counts what sessions keep.

mod access;
mod cancel;
mod cratedb;
pub mod engine;
pub mod environment;
pub mod fault;
mod memory;
pub mod outbox;
mod postgresql;
pub mod server;
pub mod session;
pub mod shell;
pub mod spacetimedb;
pub mod tls;
pub mod token;
