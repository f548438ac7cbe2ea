//! What the suites are written with.
//!
//! - [`Shop`]: a world with a merchant in it; its methods are the steps of the main job
//! - [`Caller`] and [`Answer`]: one HTTP call with a token and an idempotency key
//! - [`Doku`]: the simulator's other side, its ledger, its faults and its clock
//! - [`Message`]: one call of DOKU's, to be altered before it is sent
//! - [`Doomed`]: a request whose function is killed on the way
//! - [`at_once`]: many of them
//! - [`Relay`]: a line to DOKU or to the database that can be cut and counts
//! - [`Counter`]: stops one of the calls over one or several lines
//! - [`restoring::Backup`]: every item of the table, to be restored as it was
//! - [`Untouched`]: the proof that a refused request wrote nothing and did not reach DOKU
//! - [`leaks`]: what no log and no problem may hold; every world is searched when it ends
//! - [`routes`], [`signer`]: the API's documents, and DOKU's signatures made by hand
//! - [`eventually`]: waiting for what must happen, with a deadline

mod answer;
mod bri;
mod caller;
mod cards;
mod counter;
mod declines;
mod doku;
mod doomed;
mod events;
mod evidence;
pub mod leaks;
mod many;
mod message;
mod relay;
mod restoring;
pub mod routes;
mod shop;
pub mod signer;
mod table;
mod waiting;

pub use answer::Answer;
pub use caller::{Caller, fresh};
pub use cards::capture_body;
pub use counter::{Counter, Moment};
pub use doku::Doku;
pub use doomed::{A_MINUTE, Doomed};
pub use events::{count, events};
pub use many::{at_once, statuses};
pub use message::Message;
pub use relay::{NotNow, Relay, Use};
pub use shop::{CHANNEL, MERCHANT_SCOPE, Payment, RIGHT_OTP, Shop, idr, other_functions};
pub use table::Untouched;
pub use waiting::eventually;
