//! BRI's non-SNAP family: recurring charges of a registered card, and a customer's cards.

pub mod payment;
pub mod tokens;
pub mod transaction;

mod order;
