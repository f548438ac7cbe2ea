//! What the suites are written with.
//!
//! - [`Shop`]: a world with a merchant in it; its methods are the steps of the main job
//! - [`Caller`] and [`Answer`]: one HTTP call with a token and an idempotency key
//! - [`Doku`]: the simulator's other side, its ledger, its faults and its clock
//! - [`at_once`]: many of them
//! - [`Relay`]: a line to DOKU or to the database that can be cut and counts
//! - [`Untouched`]: the proof that a refused request wrote nothing and did not reach DOKU
//! - [`leaks`]: what no log and no problem may hold; every world is searched when it ends
//! - [`routes`], [`signer`]: the API's documents, and DOKU's signatures made by hand
//! - [`eventually`]: waiting for what must happen, with a deadline

mod answer;
mod caller;
mod doku;
pub mod leaks;
mod many;
mod relay;
pub mod routes;
mod shop;
pub mod signer;
mod table;
mod waiting;

pub use answer::Answer;
pub use caller::{Caller, fresh};
pub use doku::Doku;
pub use many::{at_once, statuses};
pub use relay::{Relay, Use};
pub use shop::{CHANNEL, RIGHT_OTP, Shop, idr};
pub use table::Untouched;
pub use waiting::eventually;
