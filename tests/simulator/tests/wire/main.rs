//! The simulator over HTTP, with a small signing client and a small merchant.

mod client;
mod faults;
mod journey;
mod merchant;
mod notifications;
mod pages;
mod refusals;
mod repeats;
mod world;
