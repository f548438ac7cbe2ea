//! What a merchant wants done with charges that were declined, and with periods that were missed.

use std::time::Duration;

use crate::clock::Timestamp;
use crate::domain::error::Rule;

use super::SubscriptionStatus;

/// Most retries of one charge.
pub const RETRIES_MAX: usize = 10;
/// The longest a charge is retried, in days.
pub const RETRY_DAYS_MAX: u16 = 60;

/// What becomes of a subscription when the last retry of a charge was declined.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DunningEnd {
    /// It waits until it is resumed.
    Pause,
    /// It ends.
    Cancel,
}

impl DunningEnd {
    /// The word in the API and in the table.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Pause => "pause",
            Self::Cancel => "cancel",
        }
    }

    /// Reads the word.
    pub fn parse(raw: &str) -> Result<Self, Rule> {
        match raw {
            "pause" => Ok(Self::Pause),
            "cancel" => Ok(Self::Cancel),
            _ => Err(Rule("must be pause or cancel")),
        }
    }

    pub(super) const fn status(self) -> SubscriptionStatus {
        match self {
            Self::Pause => SubscriptionStatus::Paused,
            Self::Cancel => SubscriptionStatus::Cancelled,
        }
    }
}

/// When a declined charge is tried again, and what happens when that does not help either.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RetryPolicy {
    /// Days after the first decline, ascending; empty for no retry.
    pub after_days: Vec<u16>,
    /// What happens after the last.
    pub then: DunningEnd,
}

impl Default for RetryPolicy {
    fn default() -> Self {
        Self {
            after_days: vec![1, 3, 5],
            then: DunningEnd::Pause,
        }
    }
}

impl RetryPolicy {
    /// Days after which a declined charge is tried again: ascending, 1 to [`RETRY_DAYS_MAX`], at most
    /// [`RETRIES_MAX`] of them.
    pub fn days(days: &[u64]) -> Result<Vec<u16>, Rule> {
        const RULE: Rule = Rule("must be at most 10 ascending days from 1 to 60");
        let read: Option<Vec<u16>> = days.iter().map(|day| u16::try_from(*day).ok()).collect();
        let read = read.ok_or(RULE)?;
        let ascending = read.is_sorted_by(|a, b| a < b);
        let within = read.iter().all(|day| (1..=RETRY_DAYS_MAX).contains(day));
        if ascending && within && read.len() <= RETRIES_MAX {
            Ok(read)
        } else {
            Err(RULE)
        }
    }

    /// When a charge that was first declined at `first` is tried again, when `tries` tries did not help.
    /// A try that came late leaves the next one as far from it as planned.
    pub(super) fn next(&self, tries: u8, first: Timestamp, now: Timestamp) -> Option<Timestamp> {
        let days = |index: usize| {
            let days = self.after_days.get(index)?;
            Some(Duration::from_hours(24 * u64::from(*days)))
        };
        let index = usize::from(tries).checked_sub(1)?;
        let wait = days(index)?;
        let before = index.checked_sub(1).and_then(days).unwrap_or_default();
        let gap = wait.saturating_sub(before);
        Some(first.plus(wait).max(now.plus(gap)))
    }
}

/// What becomes of periods that nobody charged when they fell due, because the schedule stood still.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum CatchUp {
    /// Every one is charged.
    #[default]
    ChargeAll,
    /// The latest of them is charged.
    ChargeLatest,
    /// None is.
    Skip,
}

impl CatchUp {
    const ALL: [Self; 3] = [Self::ChargeAll, Self::ChargeLatest, Self::Skip];

    /// The word in the API and in the table.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::ChargeAll => "charge_all",
            Self::ChargeLatest => "charge_latest",
            Self::Skip => "skip",
        }
    }

    /// Reads the word.
    pub fn parse(raw: &str) -> Result<Self, Rule> {
        Self::ALL
            .into_iter()
            .find(|policy| policy.as_str() == raw)
            .ok_or(Rule("must be charge_all, charge_latest or skip"))
    }
}
