//! DOKU's side of the wire, strict: tokens, direct debit and wallets of every channel, cards,
//! BRI's recurring charges, check status, notifications.
//!
//! [`Simulator::start`] opens one HTTP server that checks every call the way DOKU documents it
//! (signature, token, lengths, mandatory fields, duplicates), keeps a ledger of what it accepted,
//! shows the pages a customer would see, sends signed notifications on a clock that can be moved,
//! and takes orders for faults. Tests hold its ledger against what the merchant believes.
//!
//! - `server`, `connection`: HTTP, including connections that break without an answer;
//! - `operations`: one file per DOKU operation; [`channel`] holds what differs by channel, as
//!   data, and `test_cards` the cards a customer can pay with;
//! - `non_snap`: signatures and answers of the family that cards and BRI's recurring charges
//!   belong to;
//! - `checks`: headers, signatures, and the fields of a body, against a [`table`];
//! - `world`: everything remembered: bindings, payments, tokens, charges, calls, faults;
//! - `notifications`: what DOKU sends to the merchant;
//! - `pages` and `admin`: what a customer sees, and what a test orders.

mod admin;
mod answer;
mod call;
pub mod card_data;
pub mod channel;
mod checks;
mod clock;
mod config;
mod connection;
mod front;
mod gate;
pub mod keys;
mod merge;
mod money;
mod non_snap;
mod notifications;
pub mod operation;
mod operations;
mod pages;
mod random;
mod server;
mod shared;
mod test_cards;
mod world;

pub use checks::table;
pub use config::Config;
pub use gate::{Gate, Passage};
pub use server::{Simulator, StartError};
pub use world::settings::{AuthorizeIdPosition, Settings};
