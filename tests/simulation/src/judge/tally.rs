//! What happened in worlds, in numbers.

use std::fmt;

use serde_json::Value;

use super::evidence::Evidence;
use super::text;

/// What happened in a world, in numbers: a simulation in which nothing happens finds nothing.
#[derive(Debug, Clone, Copy, Default)]
pub struct Tally {
    /// Payments in the table.
    pub payments: u64,
    /// Debits and holds in DOKU's books.
    pub debits: u64,
    /// Refunds in the table.
    pub refunds: u64,
    /// Periods of subscriptions that were paid.
    pub periods: u64,
    /// Attempts to deliver a notification.
    pub notifications: u64,
    /// Those that were taken.
    pub taken: u64,
    /// Functions that died.
    pub deaths: u64,
    /// Changes of a subscription that began during a charge.
    pub meetings: u64,
    /// Periods that were passed over.
    pub skipped: u64,
    /// Bytes that functions wrote.
    pub logged: u64,
    /// Things that a person was told of.
    pub told: u64,
}

impl Tally {
    pub(super) fn of(seen: &Evidence<'_>, deliveries: &Value) -> Self {
        let count = |number: usize| u64::try_from(number).unwrap_or(u64::MAX);
        let charges = |status: &str| {
            let items = seen.items.iter();
            let charges = items.filter(|item| text(item, "sk").starts_with("CHARGE#"));
            count(
                charges
                    .filter(|item| text(item, "status") == status)
                    .count(),
            )
        };
        let told = |item: &&Value| text(item, "type").ends_with(".needs_attention");
        Self {
            payments: count(seen.payments.len()),
            debits: count(seen.debits.len()),
            refunds: count(seen.refunds.len()),
            periods: charges("paid"),
            notifications: count(deliveries.as_array().map_or(0, Vec::len)),
            taken: count(deliveries.as_array().map_or(0, |all| {
                all.iter()
                    .filter(|one| one["outcome"] == "delivered")
                    .count()
            })),
            deaths: 0,
            meetings: 0,
            skipped: charges("skipped"),
            logged: 0,
            told: count(seen.items.iter().filter(told).count()),
        }
    }

    /// Both together.
    #[must_use]
    pub const fn plus(self, other: Self) -> Self {
        Self {
            payments: self.payments + other.payments,
            debits: self.debits + other.debits,
            refunds: self.refunds + other.refunds,
            periods: self.periods + other.periods,
            notifications: self.notifications + other.notifications,
            taken: self.taken + other.taken,
            deaths: self.deaths + other.deaths,
            meetings: self.meetings + other.meetings,
            skipped: self.skipped + other.skipped,
            logged: self.logged + other.logged,
            told: self.told + other.told,
        }
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} payments, {} debits, {} refunds, {} periods, {} skipped, {} met by a change, \
             {} notifications, {} of them taken, {} deaths, {} told, {} bytes logged",
            self.payments,
            self.debits,
            self.refunds,
            self.periods,
            self.skipped,
            self.meetings,
            self.notifications,
            self.taken,
            self.deaths,
            self.told,
            self.logged
        )
    }
}
