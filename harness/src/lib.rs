//! pgconform tells you, byte by byte, whether a server speaks the PostgreSQL wire protocol the way it claims to.

pub mod case;
pub mod transcript;
