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
use crate::domain::stored::Stored;
use crate::domain::watch::TELL_AFTER;

use super::RetryPolicy;

/// Where the charge of a period stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChargeStatus {
    /// Its payment is on its way, or its outcome is not known.
    Charging,
    /// Declined; it will be tried again.
    PastDue,
    /// It could not be made, for a reason that is not the customer's; it will be tried again.
    Postponed,
    /// Paid.
    Paid,
    /// Not paid, and not tried again.
    Failed,
    /// Not charged.
    Skipped,
}

impl ChargeStatus {
    const ALL: [Self; 6] = [
        Self::Charging,
        Self::PastDue,
        Self::Postponed,
        Self::Paid,
        Self::Failed,
        Self::Skipped,
    ];

    /// The word in the API and in the table.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Charging => "charging",
            Self::PastDue => "past_due",
            Self::Postponed => "postponed",
            Self::Paid => "paid",
            Self::Failed => "failed",
            Self::Skipped => "skipped",
        }
    }

    /// Reads the word.
    pub fn parse(raw: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|status| status.as_str() == raw)
    }

    /// True when it waits for its next try.
    pub const fn waits(self) -> bool {
        matches!(self, Self::PastDue | Self::Postponed)
    }
}

/// Why a period was not charged.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SkipReason {
    /// The merchant asked for it.
    Requested,
    /// Nobody charged it when it fell due.
    Missed,
    /// It fell due while the subscription was paused.
    Paused,
}

impl SkipReason {
    /// The word in the API and in the table.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Requested => "requested",
            Self::Missed => "missed",
            Self::Paused => "paused",
        }
    }

    /// Reads the word.
    pub fn parse(raw: &str) -> Option<Self> {
        [Self::Requested, Self::Missed, Self::Paused]
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
    /// How often it was tried by plan, also without a payment.
    pub tries: u8,
    /// True when the latest try came before its time, because the merchant changed something: it does
    /// not count.
    pub is_extra: bool,
    /// How often it was postponed.
    pub postponed: u8,
    /// When it was first declined.
    pub declined_at: Option<Timestamp>,
    /// When its next try is planned.
    pub retry_at: Option<Timestamp>,
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
    /// The form in which the table holds it.
    pub stored: Stored,
}

/// What a look at a charge's payments brings.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Looked {
    /// The charge afterwards.
    pub charge: Charge,
    /// What to tell, if anything happened.
    pub event: Option<EventType>,
}

/// How long a charge is postponed, the first time and after it.
const POSTPONED_FOR: [Duration; 4] = [
    Duration::from_hours(1),
    Duration::from_hours(3),
    Duration::from_hours(12),
    Duration::from_hours(24),
];

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
            is_extra: false,
            postponed: 0,
            declined_at: None,
            retry_at: None,
            due_at: None,
            failure: None,
            skipped: None,
            told_at: None,
            charged_twice: false,
            created_at: now,
            updated_at: now,
            version: 1,
            stored: Stored::default(),
        }
    }

    /// Notes that a payment for it begins. Unless somebody is done with it before, it is looked at
    /// again at `look_at`.
    pub fn begin(&mut self, payment: PaymentId, look_at: Timestamp, now: Timestamp) {
        self.count_try(now);
        self.status = ChargeStatus::Charging;
        self.payments.push(payment);
        self.due_at = Some(look_at);
    }

    /// Counts a try, if it comes in its time.
    pub fn count_try(&mut self, now: Timestamp) {
        self.is_extra = self.retry_at.is_some_and(|planned| now < planned);
        if !self.is_extra {
            self.tries = self.tries.saturating_add(1);
        }
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
        let open = payments.iter().any(|payment| payment.status.is_open());
        let event = if paid > 0 {
            // Another try of it may still be taken: then it is to be known.
            next.settle(paid, open.then(|| now.plus(wait)), now)
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
    fn settle(
        &mut self,
        paid: usize,
        look_at: Option<Timestamp>,
        now: Timestamp,
    ) -> Option<EventType> {
        let known = self.status == ChargeStatus::Paid;
        self.status = ChargeStatus::Paid;
        self.failure = None;
        self.retry_at = None;
        self.due_at = look_at;
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
                self.refuse(failure, policy, now)
            }
            // Not yet time for the next try, or none is to come.
            ChargeStatus::PastDue | ChargeStatus::Postponed => None,
            ChargeStatus::Paid | ChargeStatus::Failed | ChargeStatus::Skipped => {
                self.due_at = None;
                None
            }
        }
    }

    /// Notes that a try did not help, and when it is tried again. What was not the customer's fault
    /// does not count.
    pub fn refuse(
        &mut self,
        failure: Failure,
        policy: &RetryPolicy,
        now: Timestamp,
    ) -> Option<EventType> {
        self.failure = Some(failure);
        self.updated_at = now;
        if failure == Failure::SubscriptionEnded {
            self.give_up(now);
            return Some(EventType::SubscriptionChargeFailed);
        }
        if failure.is_ours() {
            return self.postpone(now);
        }
        let first = *self.declined_at.get_or_insert(now);
        if !self.is_extra {
            self.retry_at = policy.next(self.tries, first, now);
        }
        let Some(retry_at) = self.retry_at else {
            self.give_up(now);
            return Some(EventType::SubscriptionChargeFailed);
        };
        self.status = ChargeStatus::PastDue;
        self.due_at = Some(retry_at);
        Some(match failure {
            Failure::BindingLost => EventType::SubscriptionActionRequired,
            _ => EventType::SubscriptionPastDue,
        })
    }

    /// Tries it again before long; after the second time a person is told.
    fn postpone(&mut self, now: Timestamp) -> Option<EventType> {
        if !self.is_extra {
            self.tries = self.tries.saturating_sub(1);
        }
        self.postponed = self.postponed.saturating_add(1);
        let wait = POSTPONED_FOR
            .get(usize::from(self.postponed - 1))
            .or(POSTPONED_FOR.last());
        self.status = ChargeStatus::Postponed;
        self.due_at = wait.map(|wait| now.plus(*wait));
        if self.told_at.is_some() || self.postponed < 2 {
            return None;
        }
        self.told_at = Some(now);
        Some(EventType::SubscriptionNeedsAttention)
    }

    /// Leaves the next try for later, because it is not known whether an earlier one was taken. True when
    /// an operator has to be told of it.
    pub fn await_earlier_try(&mut self, wait: Duration, now: Timestamp) -> bool {
        self.due_at = Some(now.plus(wait));
        self.updated_at = now;
        let since = self
            .retry_at
            .or(self.declined_at)
            .unwrap_or(self.created_at);
        if self.told_at.is_some() || now < since.plus(TELL_AFTER) {
            return false;
        }
        self.told_at = Some(now);
        true
    }

    /// Ends it unpaid.
    pub const fn give_up(&mut self, now: Timestamp) {
        self.status = ChargeStatus::Failed;
        self.due_at = None;
        self.retry_at = None;
        self.updated_at = now;
    }
}
