//! Subscriptions as a merchant makes, reads, changes and ends them, before any period falls due.

mod answers;
mod changes;
mod keys;
mod lists;
mod methods;
mod owners;
mod plans;
