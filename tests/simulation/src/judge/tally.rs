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
    /// Times that the table was restored.
    pub restores: u64,
    /// Answers of DOKU's that were not true.
    pub disagreements: u64,
    /// Claims that expired.
    pub expired_claims: u64,
    /// Writes that were throttled.
    pub throttled_writes: u64,
    /// Batches that were done in part.
    pub partial_batches: u64,
    /// Writes that met a transaction under way.
    pub conflicts: u64,
    /// Changes of the number of shards.
    pub shard_changes: u64,
    /// Attributes and words that a newer release wrote.
    pub newer_writes: u64,
    /// Items that the release before wrote, without what it does not know.
    pub older_writes: u64,
    /// Things that operators settled.
    pub settlements: u64,
    /// Things that DOKU's staff did in its Back Office.
    pub back_office: u64,
    /// News of other transactions than those of this deployment.
    pub foreign_news: u64,
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
            disagreements: count(super::rows(seen.ledger, "disagreements").len()),
            ..Self::default()
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
            restores: self.restores + other.restores,
            disagreements: self.disagreements + other.disagreements,
            expired_claims: self.expired_claims + other.expired_claims,
            throttled_writes: self.throttled_writes + other.throttled_writes,
            partial_batches: self.partial_batches + other.partial_batches,
            conflicts: self.conflicts + other.conflicts,
            shard_changes: self.shard_changes + other.shard_changes,
            newer_writes: self.newer_writes + other.newer_writes,
            older_writes: self.older_writes + other.older_writes,
            settlements: self.settlements + other.settlements,
            back_office: self.back_office + other.back_office,
            foreign_news: self.foreign_news + other.foreign_news,
        }
    }
}

impl fmt::Display for Tally {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "{} payments, {} debits, {} refunds, {} periods, {} skipped, {} met by a change, \
             {} notifications, {} of them taken, {} deaths, {} told, {} bytes logged; \
             {} restores, {} disagreements, {} expired claims, {} throttled writes, \
             {} partial batches, {} conflicts, {} shard changes, {} newer writes, {} older writes, {} settlements, \
             {} in the Back Office, {} foreign news",
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
            self.logged,
            self.restores,
            self.disagreements,
            self.expired_claims,
            self.throttled_writes,
            self.partial_batches,
            self.conflicts,
            self.shard_changes,
            self.newer_writes,
            self.older_writes,
            self.settlements,
            self.back_office,
            self.foreign_news,
        )
    }
}
