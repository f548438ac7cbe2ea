//! What DOKU checks before it does anything.

pub mod fields;
pub mod headers;
pub mod items;
pub mod misuse;
pub mod non_snap;
pub mod signature;
pub mod strictness;
pub mod table;
