//! Refunds that DOKU has and the table has forgotten: it was restored, or their claim is gone.

use std::time::Duration;

use super::super::answer::Answer;
use super::super::beginning::Begun;
use super::super::context::Context;
use super::super::recording::{Along, refund_answer};
use super::super::{App, AppError, Deadline, Idempotency};
use super::RefundCommand;
use super::finding::{FoundRefund, adopting};
use crate::domain::channel::Family;
use crate::domain::event::EventType;
use crate::domain::money::Rupiah;
use crate::domain::movement::{MovementStatus, Origin};
use crate::domain::outcome::{RefundOutcome, RefundVerdict};
use crate::domain::payment::Payment;
use crate::domain::refund::Refund;
use crate::secrets::Secrets;
use crate::store::{Claim, Rejected, SeenNotification, Target};

/// A request for a refund.
pub(super) struct RefundRequest<'a> {
    pub ctx: &'a Context,
    pub command: &'a RefundCommand,
    pub idempotency: &'a Idempotency,
    pub deadline: Deadline,
}

/// What came of looking for a refund by its name at DOKU.
pub(super) enum Adopted {
    /// There is none: the draft, with its claim, may be sent.
    None(Box<(Refund, Claim)>),
    /// The same key began it before.
    Before(Claim),
    /// The table has it now, or has changed: look again.
    LookAgain,
}

impl App {
    /// Continues the refund that already has the name of the one that is asked for, also where its claim
    /// is gone.
    pub(super) async fn continue_known(
        &self,
        ctx: &Context,
        idempotency: &Idempotency,
        command: &RefundCommand,
        payment: &Payment,
        known: &Refund,
        deadline: Deadline,
    ) -> Result<Answer, AppError> {
        if command.amount.is_some_and(|amount| amount != known.amount) {
            return Err(AppError::KeyReused);
        }
        if let Some(claim) = self.earlier(idempotency).await? {
            return self.resume_refund(ctx, idempotency, claim, deadline).await;
        }
        let known = self.claim_foreign(ctx, payment, known.clone()).await?;
        match self.claim_again(&ctx.secrets, idempotency, known).await? {
            Ok(known) => {
                self.continue_refund(ctx, payment.clone(), known, deadline)
                    .await
            }
            Err(claim) => self.resume_refund(ctx, idempotency, claim, deadline).await,
        }
    }

    /// Claims the key of a refund whose claim is gone once more, so that every repeat gets the same answer as
    /// this one; the claim that another repeat made meanwhile, if one did.
    async fn claim_again(
        &self,
        secrets: &Secrets,
        idempotency: &Idempotency,
        mut refund: Refund,
    ) -> Result<Result<Refund, Claim>, AppError> {
        let target = Target::Refund(refund.payment, refund.id);
        let claim = idempotency.claim(secrets, target, self.clock.now());
        let mut write = self.store.write();
        write.claim(&claim);
        let is_renamed = refund.operation.claim != claim.key;
        if is_renamed {
            // The one that answers looks for the claim by the name that the refund has for it.
            refund.operation.claim.clone_from(&claim.key);
            write.refund(&refund);
        }
        match write.commit().await {
            Ok(()) => {
                refund.version += u64::from(is_renamed);
                Ok(Ok(refund))
            }
            Err(Rejected::Claimed(before)) => Ok(Err(*before)),
            Err(Rejected::Stale) => Err(AppError::InProgress(Duration::from_secs(1))),
            Err(rejected) => Err(AppError::of_write(rejected)),
        }
    }

    /// Notes that a refund which was taken for one of DOKU's own is the merchant's, who asks for it again:
    /// the table has forgotten it.
    async fn claim_foreign(
        &self,
        ctx: &Context,
        payment: &Payment,
        known: Refund,
    ) -> Result<Refund, AppError> {
        if known.origin == Origin::Merchant {
            return Ok(known);
        }
        let refund = Refund {
            origin: Origin::Merchant,
            adopted: true,
            ..known
        };
        let event = self.refund_event(ctx, EventType::RefundAdopted, payment, &refund)?;
        let mut write = self.store.write();
        write
            .refund(&refund)
            .payment(payment)
            .payment_event(payment, &event);
        write.commit().await.map_err(AppError::of_write)?;
        let again = self.store.refund(refund.payment, refund.id).await?;
        again.ok_or(AppError::RefundNotFound)
    }

    /// What DOKU has under the name of a refund that is about to be sent for the first time. Asked where
    /// DOKU answers a known name with what was done before, whatever the body says.
    pub(super) async fn find_forgotten(
        &self,
        ctx: &Context,
        payment: &Payment,
        draft: &Refund,
        deadline: Deadline,
    ) -> Result<Option<RefundOutcome>, AppError> {
        match payment.channel.family {
            // Sent again with another amount, it is refused.
            Family::Snap => Ok(None),
            Family::NonSnap => {
                let found = self.query_refund(ctx, payment, draft, deadline).await?;
                match found {
                    FoundRefund::Told(outcome) => match adopting(outcome) {
                        outcome if outcome.verdict == RefundVerdict::Unknown => {
                            Err(AppError::Unreachable)
                        }
                        outcome => Ok(Some(outcome)),
                    },
                    FoundRefund::Absent => Ok(None),
                    FoundRefund::Unlisted | FoundRefund::Nothing => Err(AppError::Unreachable),
                }
            }
        }
    }

    /// Drafts a refund, and takes over what DOKU has under its name.
    pub(super) async fn adopt_named(
        &self,
        request: &RefundRequest<'_>,
        payment: &Payment,
        amount: Rupiah,
        round: &mut u32,
    ) -> Result<Adopted, AppError> {
        let RefundRequest {
            ctx,
            command,
            idempotency,
            deadline,
        } = *request;
        let refund = self.draft_refund(command, payment, amount, ctx, idempotency, deadline)?;
        let target = Target::Refund(payment.id, refund.id);
        let claim = idempotency.claim(&ctx.secrets, target, refund.created_at);
        let forgotten = self.find_forgotten(ctx, payment, &refund, deadline);
        let Some(outcome) = forgotten.await? else {
            return Ok(Adopted::None(Box::new((refund, claim))));
        };
        if self
            .name_booked(payment, &refund, &outcome, round, deadline)
            .await?
        {
            return Ok(Adopted::LookAgain);
        }
        let adopted = self.adopt_forgotten(ctx, payment, refund, outcome, &claim);
        Ok(match Self::begun(adopted.await?, round, deadline).await? {
            Begun::Before(claim) => Adopted::Before(claim),
            Begun::Stored | Begun::LookAgain => Adopted::LookAgain,
        })
    }

    /// Gives what the check after a restore has booked without a name the name of the refund that is asked
    /// for, and that DOKU has; of a sum, its part. False where nothing of the kind is booked.
    async fn name_booked(
        &self,
        payment: &Payment,
        draft: &Refund,
        outcome: &RefundOutcome,
        round: &mut u32,
        deadline: Deadline,
    ) -> Result<bool, AppError> {
        let Some(amount) = outcome.adopted else {
            return Ok(false);
        };
        let read = self.store.payment_with_refunds(payment.id).await?;
        let (_, refunds) = read.ok_or(AppError::PaymentNotFound)?;
        let mut booked = refunds.into_iter().filter(|refund| {
            let went_back = refund.status == MovementStatus::Succeeded;
            refund.is_nameless() && refund.adopted && went_back && refund.amount >= amount
        });
        let Some(booked) = booked.next() else {
            return Ok(false);
        };
        let name = draft.reference.to_string();
        let mut named = Refund {
            reference: draft.reference.clone(),
            refund_no: outcome.refund_no.clone().or(Some(name)),
            amount,
            ..booked.clone()
        };
        named.operation.external_id = draft.operation.external_id.clone();
        let rest = booked.amount.minus(amount).filter(|rest| !rest.is_zero());
        let mut write = self.store.write();
        if let Some(rest) = rest {
            named.id = draft.id;
            named.version = draft.version;
            named.stored = draft.stored.clone();
            let rest = Refund {
                amount: rest,
                ..booked
            };
            write.refund(&rest).new_refund(&named);
        } else {
            write.refund(&named);
        }
        // Where another one wrote first the next round looks again, after a pause and within the deadline.
        Self::begun(write.commit().await, round, deadline).await?;
        Ok(true)
    }

    /// Stores a refund that DOKU has under the name of the one that is asked for; with its claim where it
    /// is the same.
    pub(super) async fn adopt_forgotten(
        &self,
        ctx: &Context,
        payment: &Payment,
        draft: Refund,
        outcome: RefundOutcome,
        claim: &Claim,
    ) -> Result<Result<(), Rejected>, AppError> {
        let ctx = &ctx.status_check();
        let is_same = outcome.adopted.is_none_or(|amount| amount == draft.amount);
        let claim = is_same.then_some(claim);
        let draft = Refund {
            adopted: true,
            ..draft
        };
        self.book_reported(ctx, payment, draft, &outcome, claim, None)
            .await
    }

    /// Stores a refund that is DOKU's word, with its payment and, where they are given, with its claim and
    /// the notification that brought it.
    pub(super) async fn book_reported(
        &self,
        ctx: &Context,
        payment: &Payment,
        draft: Refund,
        outcome: &RefundOutcome,
        claim: Option<&Claim>,
        seen: Option<&SeenNotification>,
    ) -> Result<Result<(), Rejected>, AppError> {
        let mut payment = payment.clone();
        let reserved = payment.reserved.plus(draft.amount);
        payment.reserved = reserved.ok_or(AppError::Internal("a sum of refunds overflows"))?;
        let applied = draft.apply(&payment, outcome);
        let (payment, mut refund) = (applied.payment, applied.refund);
        if refund.status.is_decided() {
            refund.operation.finish();
        } else {
            // What is at DOKU is only asked about.
            refund.operation.leave_unknown(outcome.at);
            refund.operation.body = None;
        }
        let mut write = self.store.write();
        if let Some(claim) = claim {
            let answer = refund_answer(&refund, 201)?;
            let stored = Self::keep(&ctx.secrets, &claim.key, &answer);
            let answer = (answer.status != 202).then_some(stored);
            let claim = Claim {
                answer,
                ..claim.clone()
            };
            write.claim(&claim);
        }
        write.new_refund(&refund).payment(&payment);
        if let Some(seen) = seen {
            write.notification(seen);
        }
        let adopted = refund.adopted.then_some(EventType::RefundAdopted);
        let kinds = applied.event.into_iter().chain(adopted);
        for (nth, kind) in kinds.enumerate() {
            let event = self.refund_event(ctx, kind, &payment, &refund)?;
            write.nth_payment_event(&payment, &event, nth);
        }
        if refund.adopted {
            tracing::warn!(paymentId = %payment.id, refundId = %refund.id, "a refund at DOKU that was not remembered is adopted");
        }
        Ok(write.commit().await)
    }

    /// Adopts what DOKU has under the name of a refund that was marked as not sent.
    pub(super) async fn adopt_unsent(
        &self,
        ctx: &Context,
        payment: Payment,
        refund: Refund,
        outcome: RefundOutcome,
    ) -> Result<Answer, AppError> {
        let ctx = &ctx.status_check();
        let is_another = outcome.adopted.is_some_and(|it| it != refund.amount);
        let claim = refund.operation.claim.clone();
        let at = outcome.at;
        let settle = |refund: &mut Refund| {
            if refund.status.is_decided() {
                refund.operation.finish();
            } else {
                refund.operation.leave_unknown(at);
            }
        };
        let along = Along {
            settle: &settle,
            claim: (!is_another).then_some((claim.as_str(), 201)),
            seen: None,
        };
        let recorded = self
            .record_refund(ctx, payment, refund, &outcome, &along)
            .await?;
        if is_another {
            return Err(AppError::KeyReused);
        }
        Ok(self.with_advice(recorded.answer))
    }
}
