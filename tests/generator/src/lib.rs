//! Requests by a seed, for every route of `infra/openapi.yaml`, and what the document says of their answers.
//!
//! The real function binaries answer them, with the simulator of DOKU behind and API Gateway's events before them.
//! A request is drawn from the document's schemas, and most are then altered; the same seed, route and number
//! give the same request.
//!
//! - `document`, `schema`: the document, read
//! - `draw`: requests; `request`: one of them; `scene`: the customer, bindings and payments that it is about
//! - `bench`: the bundle in two deployments; `sign`: DOKU's signatures
//! - `check`: what every answer has to keep to
//! - `run`, `shrink`, `report`: many of them, and the smallest that breaks a rule

mod bench;
mod check;
mod document;
mod draw;
mod report;
mod request;
mod run;
mod scene;
pub mod schema;
mod shrink;
mod sign;

pub use check::{Finding, REASONS};
pub use document::{Document, shown_bodies};
pub use report::report;
pub use run::{BLOCK, Exchange, Outcome, Plan, block_start, replay, run};
