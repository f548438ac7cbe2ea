//! What became of a charge, and of the subscription by it.

use std::time::Duration;

use super::super::context::Context;
use super::super::recording::pause;
use super::super::{App, AppError, Deadline};
use crate::clock::Timestamp;
use crate::domain::calendar::Date;
use crate::domain::event::EventType;
use crate::domain::ids::SubscriptionId;
use crate::domain::operation::{OperationState, Step};
use crate::domain::payment::Payment;
use crate::domain::subscription::{Charge, ChargeStatus, Subscription, SubscriptionStatus};
use crate::domain::watch;
use crate::store::{Event, Rejected};
use crate::telemetry;

/// How often a write is tried again because somebody else wrote first.
const ROUNDS: u32 = 40;

impl App {
    /// Asks what became of a charge's payment, or continues what was left half-done, and draws the
    /// conclusion.
    pub(super) async fn find_out(
        &self,
        ctx: &Context,
        charge: &Charge,
        deadline: Deadline,
    ) -> Result<(), AppError> {
        let payments = self.store.payments(&charge.payments).await?;
        for payment in payments {
            if !payment.status.is_open() {
                continue;
            }
            let asked = self.ask_about_charge(ctx, payment, deadline).await;
            if let Err(error) = asked {
                // It stays open, and is looked at again.
                let (id, period) = (charge.subscription, charge.date);
                tracing::info!(subscriptionId = %id, %period, %error, "a charge stays open");
            }
        }
        self.settle_charge(ctx, charge.subscription, charge.date)
            .await
            .map(drop)
    }

    async fn ask_about_charge(
        &self,
        ctx: &Context,
        payment: Payment,
        deadline: Deadline,
    ) -> Result<(), AppError> {
        let now = self.clock.now();
        match payment.next_step(now, self.patience()) {
            Step::Done => {
                let ask_at = payment
                    .operation
                    .started_at
                    .plus(self.config.status_check_after);
                if now >= ask_at {
                    self.ask_for_news(ctx, payment, deadline).await?;
                }
                Ok(())
            }
            Step::Busy(_) | Step::TooEarly(_) => Ok(()),
            Step::Send | Step::Ask => self
                .continue_payment(ctx, payment, deadline)
                .await
                .map(drop),
        }
    }

    /// Brings a charge and its subscription up to date with its payments. Gives both as they are then.
    pub(super) async fn settle_charge(
        &self,
        ctx: &Context,
        id: SubscriptionId,
        date: Date,
    ) -> Result<Option<(Subscription, Charge)>, AppError> {
        for round in 0..ROUNDS {
            let found = self.store.subscription(id).await?;
            let charge = self.store.charge(id, date).await?;
            let (Some(subscription), Some(charge)) = (found, charge) else {
                return Ok(None);
            };
            let payments = self.store.payments(&charge.payments).await?;
            let now = self.clock.now();
            let wait = self.wait_for(payments.last(), now);
            let looked = charge.look(&payments, &subscription.retry, wait, now);
            let mut next = subscription.clone();
            let stopped = next.absorb(&looked.charge);
            if !payments.iter().any(|payment| in_flight(payment, now)) {
                next.sent(date);
            }
            if looked.charge == charge && next == subscription {
                return Ok(Some((subscription, charge)));
            }
            let mut events = Vec::new();
            if let Some(kind) = looked.event {
                events.push(self.subscription_event(ctx, kind, &next, Some(&looked.charge))?);
            }
            events.extend(self.status_event(ctx, &next, stopped)?);
            let rewritten = next != subscription || !events.is_empty();
            let mut write = self.store.write();
            if looked.charge != charge {
                write.charge(&looked.charge);
            }
            if rewritten {
                next.updated_at = now;
                write.subscription(&next);
            }
            for (nth, event) in events.iter().enumerate() {
                write.subscription_event(&next, event, nth);
            }
            match write.commit().await {
                Ok(()) => {
                    count(looked.event, &looked.charge);
                    let postponed = ChargeStatus::Postponed;
                    if looked.charge.status == postponed && charge.status != postponed {
                        telemetry::count("ChargeNotSent", 1);
                    }
                    next.version += u64::from(rewritten);
                    let version = charge.version + u64::from(looked.charge != charge);
                    let charge = Charge {
                        version,
                        ..looked.charge
                    };
                    return Ok(Some((next, charge)));
                }
                Err(Rejected::Stale) => pause(round).await,
                Err(rejected) => return Err(AppError::of_write(rejected)),
            }
        }
        Err(AppError::InProgress(Duration::from_secs(1)))
    }

    /// How long to wait before an open payment is looked at again.
    fn wait_for(&self, payment: Option<&Payment>, now: Timestamp) -> Duration {
        let Some(payment) = payment else {
            return self.config.status_check_after;
        };
        match payment.next_step(now, self.patience()) {
            Step::Busy(wait) | Step::TooEarly(wait) => return wait,
            Step::Done | Step::Send | Step::Ask => {}
        }
        let operation = &payment.operation;
        let ask_at = operation.started_at.plus(self.config.status_check_after);
        if now < ask_at {
            return ask_at.since(now);
        }
        if operation.state == OperationState::Unknown
            && let Some(absent_since) = operation.absent_since
        {
            // Once DOKU has not known it for long enough, it may be sent again.
            let believed = absent_since.plus(self.config.resend_after);
            if now < believed {
                return believed.since(now);
            }
        }
        let wait = watch::wait(now.since(payment.created_at));
        if operation.state == OperationState::Unsent {
            // Nobody is asked: it is to be sent as soon as DOKU can be reached again.
            wait.min(Duration::from_hours(1))
        } else {
            wait
        }
    }

    /// What to tell of the status that a subscription came to by itself.
    pub(in crate::app) fn status_event(
        &self,
        ctx: &Context,
        subscription: &Subscription,
        changed: bool,
    ) -> Result<Option<Event>, AppError> {
        let kind = match subscription.status {
            SubscriptionStatus::Paused => EventType::SubscriptionPaused,
            SubscriptionStatus::Cancelled => EventType::SubscriptionCancelled,
            SubscriptionStatus::Completed => EventType::SubscriptionCompleted,
            // The charge's own event says it.
            SubscriptionStatus::Active | SubscriptionStatus::PastDue => return Ok(None),
        };
        changed
            .then(|| self.subscription_event(ctx, kind, subscription, None))
            .transpose()
    }

    /// Leaves a declined charge alone while its subscription is paused.
    pub(super) async fn hold(
        &self,
        subscription: Subscription,
        charge: Charge,
    ) -> Result<(), AppError> {
        let mut charge = charge;
        charge.due_at = None;
        // With the subscription: who resumes it at this moment wakes the charge.
        let mut write = self.store.write();
        stored(
            write
                .charge(&charge)
                .subscription(&subscription)
                .commit()
                .await,
        )
    }

    /// Ends a declined charge, because its subscription has ended.
    pub(super) async fn give_up_charge(
        &self,
        ctx: &Context,
        subscription: Subscription,
        charge: Charge,
    ) -> Result<(), AppError> {
        let mut charge = charge;
        let now = self.clock.now();
        charge.give_up(now);
        let mut next = subscription;
        next.absorb(&charge);
        next.updated_at = now;
        let kind = EventType::SubscriptionChargeFailed;
        let event = self.subscription_event(ctx, kind, &next, Some(&charge))?;
        let mut write = self.store.write();
        write
            .charge(&charge)
            .subscription(&next)
            .subscription_event(&next, &event, 0);
        stored(write.commit().await)
    }
}

/// True while somebody may be sending the payment.
fn in_flight(payment: &Payment, now: Timestamp) -> bool {
    payment.status.is_open()
        && payment.operation.state == OperationState::Intended
        && now < payment.operation.lease_until
}

/// Who was faster made it due again: the next message finds what is new.
fn stored(stored: Result<(), Rejected>) -> Result<(), AppError> {
    match stored {
        Ok(()) | Err(Rejected::Stale) => Ok(()),
        Err(rejected) => Err(AppError::of_write(rejected)),
    }
}

fn count(event: Option<EventType>, charge: &Charge) {
    let (id, date) = (charge.subscription, charge.date);
    match event {
        Some(EventType::SubscriptionChargedTwice) => {
            tracing::error!(subscriptionId = %id, period = %date, "a period was paid twice");
            telemetry::count("ChargedTwice", 1);
        }
        Some(EventType::SubscriptionNeedsAttention) => {
            tracing::error!(
                subscriptionId = %id, period = %date,
                "a period's charge stays open: a person has to look at it"
            );
            telemetry::count("NeedsAttention", 1);
        }
        Some(EventType::SubscriptionChargeFailed) => telemetry::count("ChargeFailed", 1),
        _ => {}
    }
}
