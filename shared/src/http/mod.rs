//! The doors: reading requests strictly, and answering.
//!
//! Everything from outside is parsed here once, into values of the domain; every wrong field is
//! named in one answer, and no value that was sent is ever repeated in it.

pub mod body;
pub mod caller;
pub mod fields;
pub mod idempotency_key;
pub mod page;
pub mod problem;
pub mod strict_json;
