//! A standing order to charge a customer: when the next charge falls due, and what becomes of it.
//!
//! - `charge`: one period's charge, and what its payments make of it
//! - `policy`: what the merchant wants done with declined and with missed charges
//! - `status`: where a subscription stands

mod charge;
mod policy;
mod status;

pub use charge::{Charge, ChargeStatus, Looked, SkipReason};
pub use policy::{CatchUp, DunningEnd, RetryPolicy};
pub use status::SubscriptionStatus;

use std::collections::BTreeMap;
use std::ops::Bound;
use std::time::Duration;

use crate::clock::Timestamp;

use super::calendar::{Calendar, Date};
use super::card::Item;
use super::channel::Channel;
use super::failure::Failure;
use super::ids::{BindingId, CustomerId, InvoicePrefix, SubscriptionId};
use super::money::Rupiah;
use super::sealed::Sealed;
use super::stored::Stored;
use super::text::{Description, Metadata};

/// What a subscription is charged to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Standing {
    /// A linked account or card.
    Binding(BindingId),
    /// A token of BRI's that the merchant holds, sealed.
    Token(Sealed),
}

/// A subscription.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subscription {
    /// Its id.
    pub id: SubscriptionId,
    /// Who is charged.
    pub customer: CustomerId,
    /// What is charged.
    pub standing: Standing,
    /// Through which channel.
    pub channel: &'static Channel,
    /// How much, from the next period on.
    pub amount: Rupiah,
    /// What is bought; adds up to the amount, if there is anything.
    pub items: Vec<Item>,
    /// What the statement says.
    pub description: Option<Description>,
    /// The merchant's notes.
    pub metadata: Metadata,
    /// What the invoice numbers of its charges begin with.
    pub prefix: InvoicePrefix,
    /// When its periods fall due.
    pub calendar: Calendar,
    /// The last day on which a period may fall due.
    pub end: Option<Date>,
    /// How many charges there are at most.
    pub count: Option<u32>,
    /// How many were begun.
    pub begun: u32,
    /// What becomes of a declined charge.
    pub retry: RetryPolicy,
    /// What becomes of missed periods.
    pub catch_up: CatchUp,
    /// Where it stands.
    pub status: SubscriptionStatus,
    /// The next period; `None` when there is none.
    pub next: Option<u32>,
    /// True when it ends with the present period: when the next one falls due.
    pub ends_with_period: bool,
    /// Charges that are not over, by period; true once one was declined.
    pub open: BTreeMap<Date, bool>,
    /// The charge that is being sent right now, and until when it may be.
    pub sending: Option<(Date, Timestamp)>,
    /// The last of its open charges that was made due by the latest change, and when, while there are
    /// more that have to be.
    pub waking: Option<(Date, Timestamp)>,
    /// Since when it has been running: a period is not late for what it fell due before.
    pub runs_since: Timestamp,
    /// When it was paused, while it is.
    pub paused_at: Option<Timestamp>,
    /// The latest pause, from and until when, if a period from before it was still to be charged then.
    pub pause: Option<(Timestamp, Timestamp)>,
    /// Why the latest charge was declined.
    pub failure: Option<Failure>,
    /// When it was stored.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
    /// Counts writes: each write names the version it replaces.
    pub version: u64,
    /// The form in which the table holds it.
    pub stored: Stored,
}

/// What to do with a subscription now.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Step {
    /// Nothing is due.
    Nothing,
    /// More of its open charges have to be made due.
    Wake,
    /// The period that it was to end with is over.
    End,
    /// This period is not charged.
    Skip(u32, Date, SkipReason),
    /// Charge this period.
    Charge(u32, Date),
}

impl Subscription {
    /// The period of this index, if there is one within the subscription.
    fn period(&self, index: u32) -> Option<Date> {
        let date = self.calendar.date(index)?;
        self.end.is_none_or(|end| date <= end).then_some(date)
    }

    /// The date of the next period, if one is to come.
    pub fn next_date(&self) -> Option<Date> {
        self.next.and_then(|index| self.period(index))
    }

    /// When something has to be done with it: its next period falls due, or open charges have to be made
    /// due.
    pub fn work_at(&self) -> Option<Timestamp> {
        self.waking.map(|(_, at)| at).or_else(|| self.due_at())
    }

    /// Its open charges that are to be made due at `now`, at most so many. If there are more, it is to be
    /// worked on again at once, for those behind them.
    pub fn wake(&mut self, most: usize, now: Timestamp) -> Vec<Date> {
        let start = match self.waking {
            Some((last, _)) => Bound::Excluded(last),
            None => Bound::Unbounded,
        };
        let mut dates: Vec<_> = self.open.range((start, Bound::Unbounded)).collect();
        let more = dates.len() > most;
        dates.truncate(most);
        let dates: Vec<_> = dates.into_iter().map(|(date, _)| *date).collect();
        self.waking = dates.last().filter(|_| more).map(|last| (*last, now));
        dates
    }

    /// When its next period falls due.
    pub fn due_at(&self) -> Option<Timestamp> {
        let date = self.next_date().filter(|_| self.status.is_running())?;
        Some(self.calendar.due_at(date))
    }

    /// What to do at `now`. A period is missed when it fell due more than `missed_after` ago, or when
    /// the one after it has fallen due as well.
    pub fn step(&self, now: Timestamp, missed_after: Duration) -> Step {
        if self.waking.is_some() {
            return Step::Wake;
        }
        let due = self.due_at().filter(|due| *due <= now);
        let (Some(due), Some(index), Some(date)) = (due, self.next, self.next_date()) else {
            return Step::Nothing;
        };
        if self.ends_with_period {
            return Step::End;
        }
        let superseded = index
            .checked_add(1)
            .and_then(|next| self.period(next))
            .is_some_and(|next| self.calendar.due_at(next) <= now);
        if self
            .pause
            .is_some_and(|(from, until)| from < due && due <= until)
        {
            return Step::Skip(index, date, SkipReason::Paused);
        }
        let late = now >= due.max(self.runs_since).plus(missed_after);
        let missed = match self.catch_up {
            CatchUp::ChargeAll => false,
            CatchUp::ChargeLatest => superseded,
            CatchUp::Skip => superseded || late,
        };
        if missed {
            Step::Skip(index, date, SkipReason::Missed)
        } else {
            Step::Charge(index, date)
        }
    }

    /// Moves on to the period after `index`.
    fn pass(&mut self, index: u32) {
        let next = index.checked_add(1);
        let more = self.count.is_none_or(|count| self.begun < count);
        self.next = next.filter(|next| more && self.period(*next).is_some());
    }

    /// Moves on, because the charge of the next period begins.
    pub fn begin(&mut self, index: u32, date: Date) {
        self.begun = self.begun.saturating_add(1);
        self.pass(index);
        self.open.insert(date, false);
    }

    /// Moves on without charging the next period. The charges that were agreed on may still be made
    /// later. True when the subscription's own status changed.
    pub fn skip(&mut self, index: u32) -> bool {
        let before = self.status;
        self.pass(index);
        self.conclude();
        self.status != before
    }

    /// Notes that a charge is being sent.
    pub const fn send(&mut self, date: Date, until: Timestamp) {
        self.sending = Some((date, until));
    }

    /// Notes that a charge is not being sent any more.
    pub fn sent(&mut self, date: Date) {
        if self.sending.is_some_and(|(other, _)| other == date) {
            self.sending = None;
        }
    }

    /// How long another charge may still be on its way, if one is.
    pub fn is_sending(&self, now: Timestamp) -> Option<Duration> {
        let (_, until) = self.sending?;
        (now < until).then(|| until.since(now))
    }

    /// Takes in what became of a charge. True when the subscription's own status changed.
    pub fn absorb(&mut self, charge: &Charge) -> bool {
        let before = self.status;
        match charge.status {
            // To be postponed is nothing to hold against the customer.
            ChargeStatus::Charging | ChargeStatus::Postponed => {
                self.open.entry(charge.date).or_insert(false);
            }
            ChargeStatus::PastDue => {
                self.open.insert(charge.date, true);
                self.failure = charge.failure;
            }
            ChargeStatus::Paid | ChargeStatus::Failed | ChargeStatus::Skipped => {
                self.open.remove(&charge.date);
            }
        }
        if charge.status == ChargeStatus::Failed && charge.was_declined() {
            self.failure = charge.failure;
            if self.status.is_running() {
                let at = charge.updated_at;
                self.stop(self.retry.then.status(), at);
                return self.status != before;
            }
        }
        if charge.status == ChargeStatus::Paid && !self.is_past_due() {
            self.failure = None;
        }
        if self.status.is_running() {
            self.status = if self.is_past_due() {
                SubscriptionStatus::PastDue
            } else {
                SubscriptionStatus::Active
            };
            self.conclude();
        }
        self.status != before
    }

    fn is_past_due(&self) -> bool {
        self.open.values().any(|declined| *declined)
    }

    /// Completes it when nothing is left to be charged.
    fn conclude(&mut self) {
        if self.status.is_running() && self.next.is_none() && self.open.is_empty() {
            self.status = SubscriptionStatus::Completed;
        }
    }

    /// Pauses or cancels it.
    pub fn stop(&mut self, status: SubscriptionStatus, at: Timestamp) {
        self.status = status;
        self.paused_at = (status == SubscriptionStatus::Paused).then_some(at);
        if status == SubscriptionStatus::Cancelled {
            self.next = None;
        }
    }

    /// Lets a paused subscription run again. Periods that fell due meanwhile are not charged; what had
    /// fallen due before the pause is.
    pub fn resume(&mut self, now: Timestamp) {
        self.status = if self.is_past_due() {
            SubscriptionStatus::PastDue
        } else {
            SubscriptionStatus::Active
        };
        self.runs_since = now;
        let paused_at = self.paused_at.take().unwrap_or(now);
        if let (Some(index), Some(date)) = (self.next, self.next_date()) {
            if self.calendar.due_at(date) <= paused_at {
                self.pause = Some((paused_at, now));
            } else {
                let from = self.calendar.first_due_from(now);
                let index = from.map(|from| from.max(index));
                self.next = index.filter(|index| self.period(*index).is_some());
            }
        }
        self.conclude();
    }
}

#[cfg(test)]
mod tests;
