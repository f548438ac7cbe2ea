//! The bundle as its callers see it: the real function binaries, an embedded `DynamoDB` and the DOKU
//! simulator, spoken to over HTTP only.
#![allow(
    clippy::unwrap_used,
    clippy::panic,
    clippy::unused_self, // `shop.payment_body(…)` reads as a sentence
    reason = "everything here is a test"
)]

mod support;

mod attribution;
mod authorisation;
mod back_office;
mod bodies;
mod cards;
mod codes;
mod contract;
mod corpus;
mod crash_matrix;
mod foreign;
mod journey;
mod logs;
mod malformed;
mod notifications;
mod odd_input;
mod old_and_new;
mod reconcile;
mod recurring;
mod restored;
mod returns;
mod shapes;
mod subscriptions;
mod throttled;

mod card_orders;
mod channels;
mod crash;
mod customers;
mod idempotency;
mod linked_again;
mod lost_answers;
mod refunds;
mod settlement;
mod smoke;
mod top_ups;
mod units;
