//! Refunds that DOKU works on, or nobody knows of.

use std::time::Duration;

use super::super::asking::IfAbsent;
use super::super::context::Context;
use super::super::recording::Along;
use super::super::{App, AppError, Deadline};
use super::Looked;
use crate::domain::event::EventType;
use crate::domain::failure::Failure;
use crate::domain::ids::{PaymentId, RefundId};
use crate::domain::operation::{OperationState, Step};
use crate::domain::outcome::{RefundOutcome, RefundVerdict};
use crate::domain::payment::Payment;
use crate::domain::refund::Refund;
use crate::domain::watch::UNSENT_FOR;
use crate::store::Rejected;

impl App {
    /// Finds out what became of a refund.
    pub(super) async fn look_at_refund(
        &self,
        ctx: &Context,
        payment: PaymentId,
        id: RefundId,
        deadline: Deadline,
    ) -> Result<Looked, AppError> {
        let now = self.clock.now();
        let refund = self.store.refund(payment, id).await?;
        let due = refund.filter(|refund| refund.due_at().is_some_and(|due| due <= now));
        let Some(refund) = due else {
            return Ok(Looked::NotDue);
        };
        let found = self.store.payment(payment).await?;
        let of = found.ok_or(AppError::PaymentNotFound)?;
        let looked = self.look_at_open_refund(ctx, of, refund, deadline);
        let wait = match looked.await {
            Ok(wait) | Err(AppError::InProgress(wait)) => wait,
            Err(error) => {
                tracing::info!(refundId = %id, %error, "a refund stays open");
                Duration::ZERO
            }
        };
        self.note_look_at_refund(ctx, payment, id, wait).await
    }

    async fn look_at_open_refund(
        &self,
        ctx: &Context,
        payment: Payment,
        refund: Refund,
        deadline: Deadline,
    ) -> Result<Duration, AppError> {
        let now = self.clock.now();
        match refund.operation.next_step(now, self.patience()) {
            Step::Busy(wait) | Step::TooEarly(wait) => return Ok(wait),
            Step::Send if refund.operation.state == OperationState::Unsent => {
                let until = refund.operation.started_at.plus(UNSENT_FOR);
                if now < until {
                    // Whoever asked for it may ask again.
                    return Ok(until.since(now));
                }
                // Under a lease: whoever repeats it at this moment must not have it ended meanwhile.
                let refund = self.lease_refund(refund, deadline).await?;
                let claim = refund.operation.claim.clone();
                let along = Along {
                    settle: &|refund: &mut Refund| refund.operation.finish(),
                    claim: Some((&claim, 201)),
                    seen: None,
                };
                let verdict = RefundVerdict::Failed(Failure::NotSent);
                let outcome = RefundOutcome::new(verdict, now);
                self.record_refund(ctx, payment, refund, &outcome, &along)
                    .await?;
            }
            // Also where the same request again would bring the first answer: were there none, it would
            // be done now, when nobody asks for it any more.
            Step::Send | Step::Ask | Step::Done => {
                self.ask_about_refund(ctx, payment, refund, IfAbsent::End, deadline)
                    .await?;
            }
        }
        Ok(Duration::ZERO)
    }

    async fn note_look_at_refund(
        &self,
        ctx: &Context,
        payment: PaymentId,
        id: RefundId,
        wait: Duration,
    ) -> Result<Looked, AppError> {
        let refund = self.store.refund(payment, id).await?;
        let mut next = refund.ok_or(AppError::RefundNotFound)?;
        if next.status.is_decided() {
            return Ok(Looked::Finished);
        }
        let now = self.clock.now();
        let told = next.watch.note_look(next.operation.started_at, now, wait);
        let mut write = self.store.write();
        write.refund(&next);
        if told {
            let found = self.store.payment(payment).await?;
            let of = found.ok_or(AppError::PaymentNotFound)?;
            let kind = EventType::RefundNeedsAttention;
            let event = self.refund_event(ctx, kind, &of, &next)?;
            write.payment(&of).payment_event(&of, &event);
        }
        match write.commit().await {
            Ok(()) if told => Ok(Looked::Told),
            // Somebody else wrote meanwhile: it stays due, and is looked at again.
            Ok(()) | Err(Rejected::Stale) => Ok(Looked::Open),
            Err(rejected) => Err(AppError::of_write(rejected)),
        }
    }
}
