//! The charge of one period.

use std::time::Duration;

use crate::clock::Timestamp;
use crate::domain::calendar::Date;
use crate::domain::card::Item;
use crate::domain::event::EventType;
use crate::domain::failure::Failure;
use crate::domain::ids::{PaymentId, SubscriptionId};
use crate::domain::money::Rupiah;
use crate::domain::payment::Payment;

use super::RetryPolicy;

/// Where the charge of a period stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChargeStatus {
    /// Its payment is on its way, or its outcome is not known.
    Charging,
    /// Declined; it will be tried again.
    PastDue,
    /// Paid.
    Paid,
    /// Not paid, and not tried again.
    Failed,
    /// Not charged.
    Skipped,
}

impl ChargeStatus {
    const ALL: [Self; 5] = [
        Self::Charging,
        Self::PastDue,
        Self::Paid,
        Self::Failed,
        Self::Skipped,
    ];

    /// The word in the API and in the table.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Charging => "charging",
            Self::PastDue => "past_due",
            Self::Paid => "paid",
            Self::Failed => "failed",
            Self::Skipped => "skipped",
        }
    }

    /// Reads the word.
    pub fn parse(raw: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.as_str() == raw)
    }
}

/// Why a period was not charged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SkipReason {
    /// The merchant asked for it.
    Requested,
    /// Nobody charged it when it fell due.
    Missed,
}

impl SkipReason {
    /// The word in the API and in the table.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Requested => "requested",
            Self::Missed => "missed",
        }
    }

    /// Reads the word.
    pub fn parse(raw: &str) -> Option<Self> {
        [Self::Requested, Self::Missed]
            .into_iter()
            .find(|reason| reason.as_str() == raw)
    }
}

/// The charge of one period. Amount and goods are those of the moment it began.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Charge {
    /// Whose.
    pub subscription: SubscriptionId,
    /// The period: the day it fell due.
    pub date: Date,
    /// How much.
    pub amount: Rupiah,
    /// What is bought.
    pub items: Vec<Item>,
    /// Where it stands.
    pub status: ChargeStatus,
    /// Its payments, the latest last: each one after the one before was declined.
    pub payments: Vec<PaymentId>,
    /// How often it was tried, also without a payment.
    pub tries: u8,
    /// When it was first declined.
    pub declined_at: Option<Timestamp>,
    /// When somebody has to look at it.
    pub due_at: Option<Timestamp>,
    /// Why it was declined.
    pub failure: Option<Failure>,
    /// Why it was not charged.
    pub skipped: Option<SkipReason>,
    /// When a person was told that its outcome stays unknown.
    pub told_at: Option<Timestamp>,
    /// True when two of its payments were taken: for a person to look at.
    pub charged_twice: bool,
    /// When it was stored.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
    /// Counts writes: each write names the version it replaces.
    pub version: u64,
}

/// What a look at a charge's payments brings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Looked {
    /// The charge afterwards.
    pub charge: Charge,
    /// What to tell, if anything happened.
    pub event: Option<EventType>,
}

/// A charge that stays unknown is told of after this long.
const TELL_AFTER: Duration = Duration::from_hours(7 * 24);

impl Charge {
    /// A charge that is about to begin, or a period that will not be charged.
    pub fn new(
        subscription: SubscriptionId,
        date: Date,
        amount: Rupiah,
        items: Vec<Item>,
        now: Timestamp,
    ) -> Self {
        Self {
            subscription,
            date,
            amount,
            items,
            status: ChargeStatus::Charging,
            payments: Vec::new(),
            tries: 0,
            declined_at: None,
            due_at: None,
            failure: None,
            skipped: None,
            told_at: None,
            charged_twice: false,
            created_at: now,
            updated_at: now,
            version: 1,
        }
    }

    /// Notes that a payment for it begins. Unless somebody is done with it before, it is looked at
    /// again at `look_at`.
    pub fn begin(&mut self, payment: PaymentId, look_at: Timestamp) {
        self.status = ChargeStatus::Charging;
        self.payments.push(payment);
        self.tries = self.tries.saturating_add(1);
        self.due_at = Some(look_at);
    }

    /// Notes that its period is not charged.
    pub const fn skip(&mut self, reason: SkipReason) {
        self.status = ChargeStatus::Skipped;
        self.skipped = Some(reason);
        self.due_at = None;
    }

    /// True when it was declined at least once.
    pub const fn was_declined(&self) -> bool {
        self.declined_at.is_some()
    }

    /// Draws the conclusion from its payments, of which the last is the latest. `wait` is how long to
    /// wait before looking at an open one again.
    pub fn look(
        &self,
        payments: &[Payment],
        policy: &RetryPolicy,
        wait: Duration,
        now: Timestamp,
    ) -> Looked {
        let mut next = self.clone();
        let paid = payments
            .iter()
            .filter(|payment| payment.status.is_settled())
            .count();
        let event = if paid > 0 {
            next.settle(paid, now)
        } else if let Some(latest) = payments.last() {
            next.look_at_latest(latest, policy, wait, now)
        } else {
            // Declined before a payment could be made: it waits for its next try.
            None
        };
        if next != *self {
            next.updated_at = now;
        }
        Looked {
            charge: next,
            event,
        }
    }

    /// Money was taken, whatever was thought before: the truth about money wins.
    fn settle(&mut self, paid: usize, now: Timestamp) -> Option<EventType> {
        let known = self.status == ChargeStatus::Paid;
        self.status = ChargeStatus::Paid;
        self.failure = None;
        self.due_at = None;
        let twice = paid > 1;
        if twice && !self.charged_twice {
            // A payment that DOKU had declined was taken after all, and the next one as well.
            self.charged_twice = true;
            self.updated_at = now;
            return Some(EventType::SubscriptionChargedTwice);
        }
        (!known).then_some(EventType::SubscriptionCharged)
    }

    fn look_at_latest(
        &mut self,
        latest: &Payment,
        policy: &RetryPolicy,
        wait: Duration,
        now: Timestamp,
    ) -> Option<EventType> {
        if latest.status.is_open() {
            if self.status != ChargeStatus::Charging {
                self.due_at = None;
                return None;
            }
            self.due_at = Some(now.plus(wait));
            if self.told_at.is_none() && now >= latest.created_at.plus(TELL_AFTER) {
                self.told_at = Some(now);
                return Some(EventType::SubscriptionNeedsAttention);
            }
            return None;
        }
        match self.status {
            ChargeStatus::Charging => {
                let failure = latest.failure.unwrap_or(Failure::Declined);
                Some(self.decline(failure, policy, now))
            }
            // Not yet time for the next try, or none is to come.
            ChargeStatus::PastDue => None,
            ChargeStatus::Paid | ChargeStatus::Failed | ChargeStatus::Skipped => {
                self.due_at = None;
                None
            }
        }
    }

    /// Notes that it was declined, and when it is tried again.
    pub fn decline(&mut self, failure: Failure, policy: &RetryPolicy, now: Timestamp) -> EventType {
        let first = *self.declined_at.get_or_insert(now);
        self.failure = Some(failure);
        self.updated_at = now;
        if let Some(wait) = policy.wait(self.tries) {
            self.status = ChargeStatus::PastDue;
            // Who was late once is not to be tried twice at once.
            self.due_at = Some(first.plus(wait).max(now));
            match failure {
                Failure::BindingLost => EventType::SubscriptionActionRequired,
                _ => EventType::SubscriptionPastDue,
            }
        } else {
            self.give_up(now);
            EventType::SubscriptionChargeFailed
        }
    }

    /// Ends it unpaid.
    pub const fn give_up(&mut self, now: Timestamp) {
        self.status = ChargeStatus::Failed;
        self.due_at = None;
        self.updated_at = now;
    }

    /// Lets it be tried now, where it waits for its next try.
    pub const fn hurry(&mut self, now: Timestamp) {
        if matches!(self.status, ChargeStatus::PastDue | ChargeStatus::Charging) {
            self.due_at = Some(now);
            self.updated_at = now;
        }
    }
}
