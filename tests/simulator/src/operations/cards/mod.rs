//! DOKU's card operations, one file each, and what customer, bank and clock do to a payment.

pub mod capture;
pub mod checkout;
mod order;
pub mod page;
pub mod refund;
pub mod status;
pub mod token_deletion;
pub mod tokens;
pub mod transaction;
