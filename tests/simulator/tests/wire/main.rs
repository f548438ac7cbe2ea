//! The simulator over HTTP, with a small signing client and a small merchant.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "everything here is a test"
)]

mod bri;
mod cards;
mod channels;
mod client;
mod disagreement;
mod faults;
mod journey;
mod merchant;
mod misuse;
mod notifications;
mod pages;
mod refusals;
mod repeats;
mod tokens;
mod world;
