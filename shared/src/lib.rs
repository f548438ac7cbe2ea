//! Everything the functions share: the domain, DOKU's signatures and client, the table, and the
//! use cases. A function crate holds only its event type and a call into this one.

pub mod clock;
pub mod signing;
pub mod domain;
pub mod doku;
pub mod store;
