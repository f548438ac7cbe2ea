//! The doors: reading requests strictly, and answering.
//!
//! Everything from outside is parsed here once, into values of the domain; every wrong field is
//! named in one answer, and no value that was sent is ever repeated in it.

pub mod body;
pub mod caller;
pub mod commands;
mod error;
pub mod fields;
mod gateway;
pub mod idempotency_key;
pub mod inbound;
pub mod non_snap;
mod once;
pub mod page;
pub mod problem;
pub mod serve;
pub mod snap;
pub mod strict_json;

pub use inbound::Inbound;
pub use problem::{Problem, ProblemCode};
pub use serve::{Handled, respond, serve};
