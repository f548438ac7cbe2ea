//! Cards: payment page, capture, refund, saved cards, and what DOKU tells of a transaction.

pub mod transaction;
