//! Random worlds by a seed: customers, faults, deaths and clocks, and after every step the books.
//!
//! A world is one process on one thread: the real use cases on the real store over a real `DynamoDB` API,
//! against the real simulator of DOKU, on a clock that goes where it is wanted. What happens is drawn by
//! a seed before anything happens, so that the same history can happen again, and be shortened.
//!
//! - `plan`: the steps, and how they are drawn
//! - `world`: makes them happen; `call`: as callers ask; `webhook`: as DOKU does
//! - `cloud`, `reaper`: AWS and its weather; deaths, and what happens in the midst of something
//! - `judge`: what must be true; `leaks`: what nobody may read
//! - `run`: a whole history, and its shortest form

mod call;
mod cloud;
mod judge;
mod leaks;
mod plan;
mod reaper;
mod run;
mod webhook;
mod world;

pub use judge::{Tally, Violation};
pub use plan::{LENGTH, Step, draw};
pub use run::{Failure, Watch, run, run_seed};
