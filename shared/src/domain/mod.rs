//! Values and rules: what a payment, a binding and a refund are. Knows no HTTP, no AWS and no
//! time of day.

pub mod error;
