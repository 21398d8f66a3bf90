//! Peers that mean no good: garbage, floods, stalls, and SQL that asks for too much. None of them makes the server panic,
//! keeps others from being served, or has it take more memory than it may.

#![allow(clippy::unwrap_used, reason = "a test that cannot go on has failed")]

mod cratedb;
mod cratedb_floods;
mod floods;
mod garbage;
mod greed;
mod peer;
