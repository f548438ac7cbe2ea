//! Giving money back.
//!
//! The amount is set aside on the payment in the same write that stores the refund, so that refunds
//! accepted or in flight never exceed what was taken, however many are asked for at once.

mod finding;
mod forgotten;
mod gateway;
mod listed;
mod naming;
mod report;
mod restored;
mod sending;

pub(super) use finding::FoundRefund;
pub(super) use gateway::taken_before;
pub(super) use report::RefundReport;

use finding::absent_failure;

use super::answer::Answer;
use super::asking::IfAbsent;
use super::beginning::Begun;
use super::context::Context;
use super::offers::refund_not_offered;
use super::recording::{Along, refund_answer};
use super::{Actor, App, AppError, Deadline, Idempotency};
use crate::clock::Timestamp;
use crate::doku::wire::card::refund as card;
use crate::doku::wire::refund as wire;
use crate::domain::channel::{Capability, Family, RefundNames};
use crate::domain::evidence::EvidenceKind;
use crate::domain::failure::Failure;
use crate::domain::ids::{ExternalId, PaymentId, Reference, RefundId};
use crate::domain::money::Rupiah;
use crate::domain::movement::{MovementStatus, Origin};
use crate::domain::operation::{Operation, OperationKind, Step};
use crate::domain::outcome::{RefundOutcome, RefundVerdict};
use crate::domain::payment::Payment;
use crate::domain::reference::{self, Subject};
use crate::domain::refund::Refund;
use crate::domain::sealed::Sealed;
use crate::domain::stored::Stored;
use crate::domain::text::Reason;
use crate::domain::watch::Watch;
use crate::store::{Claim, Target};
use forgotten::{Adopted, RefundRequest};
use restored::Checked;

/// What a refund asks for.
#[derive(Debug, Clone)]
pub struct RefundCommand {
    /// Of which payment.
    pub payment: PaymentId,
    /// How much; `None` for all that is left.
    pub amount: Option<Rupiah>,
    /// Why.
    pub reason: Option<Reason>,
}

const TOO_MUCH: &str = "The refund is more than what is left to refund.";

fn body_context(id: RefundId) -> String {
    format!("REFUND#{id}/body")
}

impl App {
    /// Refunds a payment, or continues what the same request began before.
    pub async fn refund_payment(
        &self,
        actor: &Actor,
        command: &RefundCommand,
        idempotency: &Idempotency,
        deadline: Deadline,
    ) -> Result<Answer, AppError> {
        let ctx = self.context(actor.attribution()).await?;
        if let Some(claim) = self.of_earlier_release(idempotency).await? {
            return self.resume_refund(&ctx, idempotency, claim, deadline).await;
        }
        let mut round = 0;
        loop {
            let found = self.store.payment_with_refunds(command.payment).await?;
            let found = found.filter(|(payment, _)| actor.may_touch(&payment.customer));
            if let Some((payment, refunds)) = &found
                && let Some(known) = known_by_name(payment, refunds, idempotency)
            {
                return self
                    .continue_known(&ctx, idempotency, command, payment, known, deadline)
                    .await;
            }
            let request = RefundRequest {
                ctx: &ctx,
                command,
                idempotency,
                deadline,
            };
            let found = match found {
                Some((payment, refunds)) if payment.status.is_settled() => {
                    // Whatever is refused then is refused by what DOKU knows.
                    let found = (payment, refunds.as_slice());
                    let checked = self.check_for_refund(&request, found, &mut round);
                    match checked.await {
                        Ok(Checked::Payment(payment)) => Ok(*payment),
                        Ok(Checked::Known(payment, known)) => {
                            return self
                                .continue_known(
                                    &ctx,
                                    idempotency,
                                    command,
                                    &payment,
                                    &known,
                                    deadline,
                                )
                                .await;
                        }
                        Ok(Checked::Before(claim)) => {
                            return self.resume_refund(&ctx, idempotency, claim, deadline).await;
                        }
                        Ok(Checked::LookAgain) => continue,
                        Err(error) => Err(error),
                    }
                }
                Some((payment, _)) => Ok(payment),
                None => Err(AppError::PaymentNotFound),
            };
            let (mut payment, amount) = match found.and_then(|it| refundable(it, command)) {
                Ok(ready) => ready,
                Err(error) => {
                    let claim = self.begun_before(idempotency, error).await?;
                    return self.resume_refund(&ctx, idempotency, claim, deadline).await;
                }
            };
            let drafted = self.adopt_named(&request, &payment, amount, &mut round);
            let (refund, claim) = match drafted.await? {
                Adopted::None(drafted) => *drafted,
                Adopted::Before(claim) => {
                    return self.resume_refund(&ctx, idempotency, claim, deadline).await;
                }
                Adopted::LookAgain => continue,
            };
            payment.reserved = payment
                .reserved
                .plus(amount)
                .ok_or(AppError::Internal("a sum of refunds overflows"))?;
            let mut write = self.store.write();
            write.claim(&claim).new_refund(&refund).payment(&payment);
            match Self::begun(write.commit().await, &mut round, deadline).await? {
                Begun::Stored => {
                    payment.version += 1;
                    return self.send_refund(&ctx, payment, refund, deadline).await;
                }
                Begun::Before(claim) => {
                    return self.resume_refund(&ctx, idempotency, claim, deadline).await;
                }
                // Other refunds of the same payment are being written: look again what is left.
                Begun::LookAgain => {}
            }
        }
    }

    fn draft_refund(
        &self,
        command: &RefundCommand,
        payment: &Payment,
        amount: Rupiah,
        ctx: &Context,
        idempotency: &Idempotency,
        deadline: Deadline,
    ) -> Result<Refund, AppError> {
        let now = self.clock.now();
        let id = RefundId::new(self.ulid()?);
        let mut operation = self.intend(
            OperationKind::Refund,
            payment.channel.family,
            idempotency.claim_key(),
            deadline,
        )?;
        let reference = name(payment, idempotency);
        let (reference, body) = match payment.channel.family {
            Family::Snap => {
                // Where it is mandatory the latest request is the likeliest to be the one DOKU took.
                let latest = || payment.operation.external_id.clone();
                let mandatory = payment.channel.refund_names == RefundNames::DokusNumber;
                let named = payment.taken_external_id.clone();
                let named = named.or_else(|| mandatory.then(latest));
                let body = wire::request(&wire::RefundOrder {
                    channel: payment.channel,
                    payment: &payment.reference,
                    payment_reference_no: payment.reference_no.as_deref(),
                    payment_external_id: named.as_ref(),
                    reference: &reference,
                    amount,
                    reason: command.reason.as_ref().map(Reason::as_str),
                });
                (reference, body)
            }
            // DOKU knows a card's refund by the id of its request.
            Family::NonSnap => {
                operation.external_id = ExternalId::trusted(reference.to_string());
                let page = &payment.operation.external_id;
                let body = card::request(&payment.reference, page, amount);
                (reference, body)
            }
        };
        Ok(Refund {
            id,
            payment: payment.id,
            amount,
            reason: command.reason.clone(),
            reference,
            status: MovementStatus::Pending,
            taken: false,
            origin: Origin::Merchant,
            adopted: false,
            kind: None,
            failure: None,
            refund_no: None,
            response_code: None,
            created_at: now,
            updated_at: now,
            operation: Operation {
                body: Some(Sealed(ctx.secrets.keyring().seal(&body_context(id), &body))),
                ..operation
            },
            watch: Watch::default(),
            settlement: None,
            version: 1,
            stored: Stored::default(),
        })
    }

    async fn resume_refund(
        &self,
        ctx: &Context,
        idempotency: &Idempotency,
        claim: Claim,
        deadline: Deadline,
    ) -> Result<Answer, AppError> {
        if let Some(answer) = self.answered(&ctx.secrets, idempotency, &claim).await? {
            return Ok(answer);
        }
        let Target::Refund(payment, id) = claim.target else {
            return Err(AppError::Internal("a claim of another kind"));
        };
        let payment = self
            .store
            .payment(payment)
            .await?
            .ok_or(AppError::PaymentNotFound)?;
        let refund = self
            .store
            .refund(payment.id, id)
            .await?
            .ok_or(AppError::RefundNotFound)?;
        self.continue_refund(ctx, payment, refund, deadline).await
    }

    /// Continues a refund that an earlier request began.
    async fn continue_refund(
        &self,
        ctx: &Context,
        payment: Payment,
        refund: Refund,
        deadline: Deadline,
    ) -> Result<Answer, AppError> {
        let decided = refund.status.is_decided();
        match refund
            .operation
            .next_step(self.clock.now(), self.patience())
        {
            Step::Busy(wait) => Err(AppError::InProgress(wait)),
            _ if decided => self.conclude_refund(ctx, payment, refund).await,
            Step::Done => self.conclude_refund(ctx, payment, refund).await,
            Step::TooEarly(wait) => Ok(refund_answer(&refund, 201)?.ask_again_after(wait)),
            Step::Send if refund.operation.body.is_some() => {
                self.resend_refund(ctx, payment, refund, deadline).await
            }
            Step::Send | Step::Ask => {
                self.ask_about_refund(ctx, payment, refund, IfAbsent::Send, deadline)
                    .await
            }
        }
    }

    pub(super) async fn ask_about_refund(
        &self,
        ctx: &Context,
        payment: Payment,
        refund: Refund,
        if_absent: IfAbsent,
        deadline: Deadline,
    ) -> Result<Answer, AppError> {
        let mut refund = self.lease_refund(refund, deadline).await?;
        let found = self.find_refund(ctx, &payment, &refund, deadline).await?;
        let now = self.clock.now();
        let claim = refund.operation.claim.clone();
        // To end it gives back what was set aside, and nothing would stop a second one: only a proven
        // absence counts.
        let is_over = matches!(found, FoundRefund::Absent)
            && if_absent == IfAbsent::End
            && self
                .refund_is_absent(&payment, &mut refund.operation, now)
                .await?;
        let outcome = match found {
            FoundRefund::Told(outcome) => outcome,
            // What DOKU took is being worked on, whatever asking cannot tell.
            _ if refund.is_at_doku() => RefundOutcome::new(RefundVerdict::Pending, now),
            FoundRefund::Absent | FoundRefund::Unlisted
                if if_absent == IfAbsent::Send
                    && refund.operation.body.is_some()
                    && refund.operation.note_absent(now, self.patience()) =>
            {
                // Should DOKU have it after all, it knows its name and takes it for the same.
                return self.resend_refund(ctx, payment, refund, deadline).await;
            }
            FoundRefund::Absent if is_over => {
                RefundOutcome::new(RefundVerdict::Failed(absent_failure(&refund)), now)
            }
            FoundRefund::Absent | FoundRefund::Unlisted | FoundRefund::Nothing => {
                RefundOutcome::new(RefundVerdict::Unknown, now)
            }
        };
        let unknown = outcome.verdict == RefundVerdict::Unknown;
        let absent_since = refund.operation.absent_since;
        let settle = |refund: &mut Refund| {
            if refund.status.is_decided() {
                refund.operation.finish();
            } else {
                refund.operation.absent_since = absent_since;
                refund.operation.leave_unknown(now);
            }
        };
        let along = Along {
            settle: &settle,
            claim: (!unknown).then_some((claim.as_str(), 201)),
            seen: None,
        };
        let ctx = &ctx.status_check();
        let recorded = self
            .record_refund(ctx, payment, refund, &outcome, &along)
            .await?;
        let answer = refund_answer(&recorded.resource, 201)?;
        Ok(self.with_advice(answer))
    }

    /// Notes that DOKU does not name a refund; true when that proves that there is none.
    async fn refund_is_absent(
        &self,
        payment: &Payment,
        operation: &mut Operation,
        now: Timestamp,
    ) -> Result<bool, AppError> {
        let long_enough = operation.note_absent(now, self.patience());
        let since = operation.absent_since.unwrap_or(now);
        let (kind, channel) = (EvidenceKind::Refund, payment.channel);
        Ok(long_enough && self.absence_is_proven(kind, channel, since, now).await?)
    }

    async fn conclude_refund(
        &self,
        ctx: &Context,
        payment: Payment,
        refund: Refund,
    ) -> Result<Answer, AppError> {
        let claim = refund.operation.claim.clone();
        if let Some(answer) = self.answered_meanwhile(&claim).await? {
            return Ok(answer);
        }
        // The status it has is what it says: nothing changes but the journal and the answer.
        let verdict = match refund.status {
            MovementStatus::Succeeded => RefundVerdict::Succeeded,
            MovementStatus::Failed => RefundVerdict::Failed(Failure::Declined),
            MovementStatus::Unknown => RefundVerdict::Unknown,
            MovementStatus::Pending => RefundVerdict::Pending,
        };
        let outcome = RefundOutcome::new(verdict, self.clock.now());
        let along = Along {
            settle: &|refund: &mut Refund| refund.operation.finish(),
            claim: Some((&claim, 201)),
            seen: None,
        };
        Ok(self
            .record_refund(ctx, payment, refund, &outcome, &along)
            .await?
            .answer)
    }
}

/// The name of the refund that a request asks for, towards DOKU: `partnerRefundNo`, or `Request-Id`.
fn name(payment: &Payment, idempotency: &Idempotency) -> Reference {
    let (id, key) = (payment.id, idempotency.key.as_str());
    match payment.channel.family {
        Family::Snap => reference::for_refund(id, key, 1, payment.channel.refund_reference),
        // DOKU knows a card's refund by the id of its request.
        Family::NonSnap => {
            let id = reference::for_request(OperationKind::Refund, Subject::Payment(id), key, 1);
            Reference::trusted(id.to_string())
        }
    }
}

/// The refund of ours that has the name of the one that is asked for, whatever became of its claim.
pub(super) fn known_by_name<'a>(
    payment: &Payment,
    refunds: &'a [Refund],
    idempotency: &Idempotency,
) -> Option<&'a Refund> {
    let name = name(payment, idempotency);
    refunds.iter().find(|refund| refund.reference == name)
}

/// Checks that this much of a payment may go back.
pub(super) fn refundable(
    payment: Payment,
    command: &RefundCommand,
) -> Result<(Payment, Rupiah), AppError> {
    if !payment.status.is_settled() {
        return Err(AppError::Illegal(
            "Only a payment that was paid can be refunded.",
        ));
    }
    let left = payment.refundable();
    let amount = command.amount.unwrap_or(left);
    if left.is_zero() {
        return Err(AppError::Illegal("Nothing is left to refund."));
    }
    if amount > left {
        return Err(AppError::Illegal(TOO_MUCH));
    }
    let capability = if amount == payment.taken() {
        Capability::FullRefund
    } else {
        Capability::PartialRefund
    };
    if !payment.channel.can(capability) {
        return Err(refund_not_offered(&payment));
    }
    let by_number = payment.channel.refund_names == RefundNames::DokusNumber;
    if by_number && payment.reference_no.is_none() {
        return Err(AppError::Illegal(
            "DOKU has not told its number of this payment yet, which a refund names.",
        ));
    }
    Ok((payment, amount))
}
