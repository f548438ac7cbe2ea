//! BRI's recurring charges in the non-SNAP family.

mod charges;
pub mod client;
mod faults;
mod fields;
mod repeats;
mod tokens;
