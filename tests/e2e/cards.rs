//! Cards: paid on DOKU's page, held and captured, saved, given back. Every test judges by what the
//! API says and by DOKU's books.

mod authorisations;
mod crash;
mod effects;
mod forgeries;
mod giving_back;
mod lapsing;
mod leaks;
mod lost;
mod lost_answers;
mod many_at_once;
mod nameless;
mod pages;
mod refusals;
mod repeats;
mod saved;

use std::time::Duration;

/// What most payments here are about.
const AMOUNT: u64 = 90_000;
const A_DAY: Duration = Duration::from_hours(24);
/// When the merchant is told that an authorisation will lapse.
const SIX_DAYS: Duration = Duration::from_hours(6 * 24);
/// How long an authorisation can be captured.
const A_WEEK: Duration = Duration::from_hours(7 * 24);
