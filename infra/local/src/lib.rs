//! The bundle on one machine, without AWS.
//!
//! [`World`] reads `infra/template.yaml` and runs what it describes: the table in an embedded
//! `DynamoDB`, the secret behind a `Secrets Manager` endpoint, the real function binaries behind a
//! Lambda Runtime API, the routes behind a gateway that speaks API Gateway's payload format 2.0
//! with its JWT authorizer, and the schedules as `EventBridge` Scheduler keeps them. The DOKU
//! simulator runs beside them. `cargo demo` and `cargo local` are built on it, and so are the
//! black-box tests.
//!
//! - `template`: YAML, intrinsic functions, and the parts that run here
//! - `building`: cargo
//! - `dynamodb`, `secrets`, `simulator`: what the functions talk to
//! - `lambda`: the Runtime API and the processes
//! - `gateway`: HTTP, events, tokens
//! - `scheduler`: what happens by itself

pub mod building;
mod client;
mod clock;
mod dynamodb;
mod gateway;
mod keys;
pub mod lambda;
mod logs;
mod scheduler;
mod secrets;
mod simulator;
mod tasks;
pub mod template;
mod world;

pub use building::{BuildError, Profile};
pub use client::http_client;
pub use dynamodb::{DynamoDbError, State};
pub use keys::KeyError;
pub use logs::LogLine;
pub use scheduler::TickError;
pub use secrets::Secrets;
pub use world::{Options, StartError, World};
