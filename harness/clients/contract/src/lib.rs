//! The words that pgconform and the adapters of real drivers exchange, as `harness/clients/README.md` lays them down,
//! and the loop of an adapter that is written in Rust.

mod reply;
mod request;
mod serve;

pub use reply::Reply;
pub use request::{Address, Begin, Connect, Request, Script, Secret, Statement, Verify};
pub use serve::{Driver, MAX_LINE, serve};

/// The connection that a request is about if it names none.
pub const MAIN: &str = "main";
