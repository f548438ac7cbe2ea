//! The bundle on one machine, without AWS.
//!
//! [`World`] reads `infra/template.yaml` and runs what it describes: the table in an embedded
//! `DynamoDB`, the secret behind a `Secrets Manager` endpoint, the real function binaries behind a
//! Lambda Runtime API, the routes behind a gateway that speaks API Gateway's payload format 2.0
//! with its JWT authorizer, the schedules as `EventBridge` Scheduler keeps them, and the queues as
//! `SQS` does, with Lambda's mappings from them to functions. The DOKU simulator runs beside them. `cargo demo` and `cargo local` are built on it, and so are the
//! black-box tests.
//!
//! - `template`: YAML, intrinsic functions, and the parts that run here
//! - `building`: cargo
//! - `dynamodb`, `secrets`, `simulator`: what the functions talk to
//! - `lambda`: the Runtime API and the processes
//! - `gateway`: HTTP, events, tokens
//! - `queue`: messages, and the functions that they call
//! - `scheduler`: what happens by itself
//! - `hand`, `mover`: what somebody makes happen

pub mod building;
mod client;
mod clock;
mod duration;
mod dynamodb;
mod gateway;
mod hand;
mod keys;
pub mod lambda;
mod logs;
mod mover;
mod queue;
mod scheduler;
mod secrets;
mod simulator;
mod tasks;
pub mod template;
mod world;

pub use building::{BuildError, Profile};
pub use client::http_client;
pub use dynamodb::{DynamoDbError, State};
pub use gateway::Claims;
pub use keys::KeyError;
pub use logs::LogLine;
pub use mover::ClockError;
pub use queue::{Depth, NotDrained, Queue};
pub use scheduler::TickError;
pub use secrets::Secrets;
pub use world::{Options, StartError, World};
