//! Cards: payment page, capture, refund, saved cards, and what DOKU tells of a transaction.

pub mod capture;
pub mod page;
pub mod refund;
pub mod tokens;
pub mod transaction;
