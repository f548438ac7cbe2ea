//! Everything the functions share: the domain, DOKU's signatures and client, the table, and the
//! use cases. A function crate holds only its event type and a call into this one.

pub mod app;
pub mod clock;
pub mod config;
pub mod doku;
pub mod domain;
pub mod http;
pub mod queue;
pub mod retry;
pub mod schedule;
pub mod seal;
pub mod secrets;
pub mod signing;
pub mod store;
pub mod telemetry;
pub mod transport;
