//! The card family: pages, captures, refunds, saved cards, check status.

mod captures;
pub mod client;
mod faults;
mod fields;
mod headers;
mod notifications;
mod pages;
mod payments;
mod refunds;
mod repeats;
mod saved;
