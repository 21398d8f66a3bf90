//! pgconform tells you, byte by byte, whether a server speaks the PostgreSQL wire protocol the way it claims to.
//!
//! - [`corpus`] holds the [cases](case), the [clauses](clause) they stand on and the profiles.
//! - [`runner`] plays cases against a [`target`] with a [`client`], and judges the [`transcript`] by the case's own
//!   expectations and by every [`rule`]; the outcome is a [`verdict`], perhaps [waived](waiver).
//! - [`report`] shows what the runner tells; nothing else prints.

pub mod case;
pub mod clause;
pub mod client;
pub mod conversation;
pub mod corpus;
pub mod credentials;
pub mod normalise;
pub mod report;
pub mod rule;
pub mod runner;
pub mod tap;
pub mod target;
pub mod tls;
pub mod transcript;
pub mod verdict;
pub mod waiver;
