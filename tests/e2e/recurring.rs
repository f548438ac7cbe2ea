//! Recurring charges, on a clock that is moved: schedule, queue and functions are the real ones.

mod calendar_year;
mod catching_up;
pub mod club;
mod dunning;
mod earlier_tries;
mod faults;
mod many;
mod methods;
mod once;
mod races;
