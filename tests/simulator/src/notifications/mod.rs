//! What DOKU sends to the merchant: tokens fetched, notifications signed, delivered and retried.

pub mod courier;
pub mod merchant;
pub mod message;

pub use merchant::MerchantLink;
