//! The one place where what DOKU says becomes what the table says.
//!
//! Answers, notifications and status checks all come through here: the outcome is applied to the
//! resource as it was read, and stored on the condition that it still is what was read; if it is
//! not, it is read again and the outcome applied to that. Whatever the order, nothing is lost and
//! no status goes back.

use std::time::Duration;

use super::answer::Answer;
use super::context::Context;
use super::events::About;
use super::{App, AppError, view};
use crate::clock::Timestamp;
use crate::domain::event::EventType;
use crate::domain::movement::{MovementStatus, Origin};
use crate::domain::outcome::{Outcome, RefundOutcome, RefundVerdict, Verdict};
use crate::domain::payment::{Flag, Payment, PaymentStatus};
use crate::domain::refund::Refund;
use crate::retry;
use crate::secrets::Secrets;
use crate::store::{Rejected, SeenNotification, Write};
use crate::telemetry;

/// How often a write is tried again because somebody else wrote first.
const ROUNDS: u32 = 40;

/// What is stored together with an outcome.
pub(super) struct Along<'a, T> {
    /// What becomes of the operation in the journal.
    pub settle: &'a (dyn Fn(&mut T) + Sync),
    /// The claim to answer, and the status of a final answer.
    pub claim: Option<(&'a str, u16)>,
    /// The notification that brought the outcome.
    pub seen: Option<&'a SeenNotification>,
}

impl<'a, T> Along<'a, T> {
    /// Nothing but, perhaps, the notification that brought it.
    pub const fn only(seen: Option<&'a SeenNotification>) -> Self {
        Self {
            settle: &|_: &mut T| {},
            claim: None,
            seen,
        }
    }

    /// Adds the answer, if it is final, and the notification.
    fn add_to(
        &self,
        write: &mut Write<'_>,
        secrets: &Secrets,
        (answer, now): (&Answer, Timestamp),
        answered: bool,
    ) {
        if let Some((claim, _)) = self.claim.filter(|(claim, _)| !claim.is_empty())
            && answer.status != 202
            && !answered
        {
            write.answer(claim, &App::keep(secrets, claim, answer), now);
        }
        if let Some(seen) = self.seen {
            write.notification(seen);
        }
    }
}

/// A payment (and refund) as stored, and the answer to give.
pub(super) struct Recorded<T> {
    pub resource: T,
    pub answer: Answer,
}

/// After noting that nothing was sent, so that a repeat of the request may send it: the error to
/// answer with. If somebody else wrote meanwhile, what they know is newer.
pub(super) fn put_back<T>(stored: Result<(), Rejected>, error: AppError) -> Result<T, AppError> {
    match stored {
        Ok(()) | Err(Rejected::Stale) => Err(error),
        Err(rejected) => Err(AppError::of_write(rejected)),
    }
}

/// Waits a moment before writing again, longer each time, so that writers do not keep colliding.
pub(super) async fn pause(round: u32) {
    let ceiling = Duration::from_millis(10 << round.min(5));
    tokio::time::sleep(retry::jitter(ceiling)).await;
}

impl App {
    /// Applies an outcome to a payment and stores it.
    pub(super) async fn record_payment(
        &self,
        ctx: &Context,
        mut payment: Payment,
        outcome: &Outcome,
        along: &Along<'_, Payment>,
    ) -> Result<Recorded<Payment>, AppError> {
        count(outcome.verdict);
        let mut answered = false;
        for round in 0..ROUNDS {
            let applied = payment.apply(outcome);
            let mut next = applied.payment;
            (along.settle)(&mut next);
            next.forget_what_was_sent();
            let answer = self
                .payment_answer(&next, along.claim.map_or(200, |c| c.1))
                .await?;
            let mut write = self.store.write();
            let changed = applied.event.is_some() || next != payment;
            if changed {
                write.payment(&next);
            }
            let others = beside(&payment, &next).into_iter();
            let others = others.filter(|kind| Some(*kind) != applied.event);
            let kinds: Vec<_> = applied.event.into_iter().chain(others).collect();
            let requested_by = match kinds.as_slice() {
                // Charges of a subscription are requested by the schedule alone.
                [_, ..] if next.period.is_none() => self.requested_by(ctx, along.claim).await,
                _ => None,
            };
            for (nth, kind) in kinds.into_iter().enumerate() {
                count_event(kind);
                let settlement = outcome.settlement.as_deref();
                let settlement = settlement.filter(|_| Some(kind) == applied.event);
                let about = About {
                    settlement,
                    requested_by: requested_by.as_ref(),
                    ..About::payment(&next)
                };
                let event = self.event(ctx, kind, outcome.at, about)?;
                write.nth_payment_event(&next, &event, nth);
            }
            let is_decided = next.status != payment.status && !next.status.is_open();
            let is_doubted = outcome.verdict == Verdict::NotOurs && next.status.is_open();
            if let Some(period) = next.period
                && (is_decided || is_doubted && changed)
            {
                // Whoever looks after the subscription hears of it soon.
                write.wake_charge(period, self.clock.now());
            }
            along.add_to(
                &mut write,
                &ctx.secrets,
                (&answer, self.clock.now()),
                answered,
            );
            match write.commit().await {
                Ok(()) => {
                    next.version += u64::from(changed);
                    self.learn_from_change(&payment, &next).await;
                    let answer = self.first_answer(along.claim, answered, answer).await?;
                    return Ok(Recorded {
                        resource: next,
                        answer,
                    });
                }
                // Somebody concluded the same request: what happened is stored all the same.
                Err(Rejected::Answered) => answered = true,
                Err(Rejected::Stale) => {
                    pause(round).await;
                    payment = self.payment_again(payment.id).await?;
                }
                // Another delivery of the same notification was faster.
                Err(Rejected::Seen) => {
                    return Ok(Recorded {
                        resource: payment,
                        answer,
                    });
                }
                Err(rejected) => return Err(after_sending(rejected)),
            }
        }
        Err(AppError::InProgress(Duration::from_secs(1)))
    }

    /// Applies an outcome to a refund and its payment and stores both.
    pub(super) async fn record_refund(
        &self,
        ctx: &Context,
        mut payment: Payment,
        mut refund: Refund,
        outcome: &RefundOutcome,
        along: &Along<'_, Refund>,
    ) -> Result<Recorded<Refund>, AppError> {
        if outcome.verdict == RefundVerdict::Unknown {
            telemetry::count("OutcomeUnknown", 1);
        }
        let mut answered = false;
        for round in 0..ROUNDS {
            let applied = refund.apply(&payment, outcome);
            let mut next = applied.refund;
            (along.settle)(&mut next);
            next.forget_what_was_sent();
            let answer = refund_answer(&next, along.claim.map_or(200, |c| c.1))?;
            let mut write = self.store.write();
            let (refund_changed, payment_changed) = (
                next != refund,
                applied.payment != payment || applied.event.is_some(),
            );
            if refund_changed {
                write.refund(&next);
            }
            if payment_changed {
                write.payment(&applied.payment);
            }
            if let Some(kind) = applied.event {
                count_event(kind);
                let requested_by = self.requested_by(ctx, along.claim).await;
                let about = About {
                    settlement: outcome.settlement.as_deref(),
                    requested_by: requested_by.as_ref(),
                    ..About::refund(&applied.payment, &next)
                };
                let event = self.event(ctx, kind, outcome.at, about)?;
                write.payment_event(&applied.payment, &event);
                if next.adopted && !refund.adopted {
                    let event =
                        self.refund_event(ctx, EventType::RefundAdopted, &applied.payment, &next)?;
                    write.nth_payment_event(&applied.payment, &event, 1);
                }
            }
            along.add_to(
                &mut write,
                &ctx.secrets,
                (&answer, self.clock.now()),
                answered,
            );
            match write.commit().await {
                Ok(()) => {
                    next.version += u64::from(refund_changed);
                    let is_own = next.origin == Origin::Merchant;
                    if is_own && applied.event == Some(EventType::RefundSucceeded) {
                        self.learn_from_refund(&applied.payment, &next).await;
                    }
                    let answer = self.first_answer(along.claim, answered, answer).await?;
                    return Ok(Recorded {
                        resource: next,
                        answer,
                    });
                }
                Err(Rejected::Answered) => answered = true,
                Err(Rejected::Stale) => {
                    pause(round).await;
                    payment = self.payment_again(payment.id).await?;
                    refund = self
                        .store
                        .refund(refund.payment, refund.id)
                        .await
                        .map_err(AppError::StoreAfterSend)?
                        .ok_or(AppError::Internal("a refund vanished"))?;
                }
                Err(Rejected::Seen) => {
                    return Ok(Recorded {
                        resource: refund,
                        answer,
                    });
                }
                Err(rejected) => return Err(after_sending(rejected)),
            }
        }
        Err(AppError::InProgress(Duration::from_secs(1)))
    }

    /// The answer to give: the one that was given first, if somebody gave one before.
    pub(super) async fn first_answer(
        &self,
        claim: Option<(&str, u16)>,
        answered: bool,
        answer: Answer,
    ) -> Result<Answer, AppError> {
        match claim {
            Some((claim, _)) if answered => {
                Ok(self.answered_meanwhile(claim).await?.unwrap_or(answer))
            }
            _ => Ok(answer),
        }
    }

    async fn payment_again(&self, id: crate::domain::ids::PaymentId) -> Result<Payment, AppError> {
        self.store
            .payment(id)
            .await
            .map_err(AppError::StoreAfterSend)?
            .ok_or(AppError::Internal("a payment vanished"))
    }

    /// The answer that shows a payment; 202 while its outcome, or its capture's, is not known.
    pub(super) async fn payment_answer(
        &self,
        payment: &Payment,
        status: u16,
    ) -> Result<Answer, AppError> {
        let capture = payment.capture.as_ref().map(|capture| capture.status);
        let unknown =
            payment.status == PaymentStatus::Unknown || capture == Some(MovementStatus::Unknown);
        let status = if unknown { 202 } else { status };
        Answer::new(status, &self.payment_view(payment).await?)
    }
}

/// The answer that shows a refund; 202 while its outcome is not known.
pub(super) fn refund_answer(refund: &Refund, status: u16) -> Result<Answer, AppError> {
    let status = if refund.status == MovementStatus::Unknown {
        202
    } else {
        status
    };
    Answer::new(status, &view::refund_view(refund))
}

/// What happened to a payment beside its status: it, or its capture, was adopted, or DOKU contradicted
/// it.
fn beside(before: &Payment, after: &Payment) -> Vec<EventType> {
    let is_adopted = |payment: &Payment| {
        let capture = payment.capture.as_ref();
        capture.is_some_and(|capture| capture.adopted)
    };
    let flagged = |flag| !before.flags.contains(&flag) && after.flags.contains(&flag);
    [
        (!before.adopted && after.adopted, EventType::PaymentAdopted),
        (
            !is_adopted(before) && is_adopted(after),
            EventType::PaymentCaptureAdopted,
        ),
        (
            flagged(Flag::IdentityMismatch),
            EventType::PaymentIdentityMismatch,
        ),
        (
            flagged(Flag::AmountMismatch),
            EventType::PaymentAmountMismatch,
        ),
    ]
    .into_iter()
    .filter_map(|(happened, kind)| happened.then_some(kind))
    .collect()
}

fn count(verdict: Verdict) {
    match verdict {
        Verdict::Unknown | Verdict::CaptureUnknown => telemetry::count("OutcomeUnknown", 1),
        Verdict::Unrecognised => telemetry::count("StatusUnrecognised", 1),
        _ => {}
    }
}

fn count_event(kind: EventType) {
    if kind == EventType::PaymentAmountMismatch {
        tracing::error!("DOKU stated another amount than ours; it was not believed");
        telemetry::count("AmountMismatch", 1);
    }
    if kind == EventType::PaymentIdentityMismatch {
        tracing::error!("DOKU stated another channel or id than ours; it was not believed");
        telemetry::count("AmountMismatch", 1);
    }
    if kind == EventType::PaymentForeignNews {
        telemetry::count("ForeignNews", 1);
    }
    if kind == EventType::PaymentReversalReported {
        tracing::error!(
            "DOKU reported a failure after a success; the payment stays paid: compare it with DOKU's Back Office"
        );
        telemetry::count("ReversalReported", 1);
    }
    if kind == EventType::PaymentRefundUnmatched {
        tracing::error!("DOKU told of a refund that is none of ours");
        telemetry::count("RefundUnmatched", 1);
    }
}

fn after_sending(rejected: Rejected) -> AppError {
    match rejected {
        Rejected::Unavailable(error) => AppError::StoreAfterSend(error),
        other => AppError::of_write(other),
    }
}
