//! What DOKU says of a refund: in its answer, and when it is asked.

use super::super::asking::{Asked, Told};
use super::super::context::Context;
use super::super::{App, AppError, Deadline};
use crate::clock::Timestamp;
use crate::doku::doubt::doubt;
use crate::doku::exchange;
use crate::doku::reading::{self, Reading};
use crate::doku::wire::card::refund as card;
use crate::doku::wire::card::transaction::Meaning;
use crate::doku::wire::refund as wire;
use crate::doku::wire::refund_history;
use crate::doku::wire::status::{Found, Latest};
use crate::domain::channel::Family;
use crate::domain::evidence::EvidenceKind;
use crate::domain::failure::Failure;
use crate::domain::ids::Reference;
use crate::domain::money::StatedAmount;
use crate::domain::movement::{Origin, RefundKind};
use crate::domain::operation::{Operation, OperationKind};
use crate::domain::outcome::{RefundOutcome, RefundVerdict, Verdict};
use crate::domain::payment::Payment;
use crate::domain::refund::Refund;

impl App {
    /// Doubts the refusal of a request that was sent again: it may be about what the first attempt did,
    /// should DOKU have forgotten that, or not have reported it. A status check tells, and makes what is recorded that of a
    /// status check: the context beside the outcome says so.
    pub(super) async fn doubting(
        &self,
        ctx: &Context,
        payment: &Payment,
        refund: &Refund,
        told: RefundOutcome,
        deadline: Deadline,
    ) -> Result<(RefundOutcome, Context), AppError> {
        let operation = &refund.operation;
        let code = told.response_code.as_deref();
        let doubt = doubt(operation.family, OperationKind::Refund, code);
        let is_known = told.verdict == RefundVerdict::Failed(Failure::DuplicateReference);
        let is_doubted = match told.verdict {
            RefundVerdict::Failed(Failure::DuplicateReference) => true,
            RefundVerdict::Failed(_) => operation.resent || doubt.is_some(),
            RefundVerdict::Unknown => !operation.resent && doubt.is_some(),
            RefundVerdict::Succeeded | RefundVerdict::Pending => false,
        };
        if !is_doubted {
            return Ok((told, ctx.clone()));
        }
        let found = match self.find_refund(ctx, payment, refund, deadline).await? {
            FoundRefund::Told(found) if operation.resent => found,
            // Not by this attempt, then: by one that is not remembered.
            FoundRefund::Told(found) => adopting(found),
            // An absence that is younger than an answer may be late proves nothing; nor does one of a
            // refund that DOKU says it knows, while the first attempt may be in progress.
            FoundRefund::Absent
                if !(is_known && operation.resent)
                    && self
                        .absence_is_proven(
                            EvidenceKind::Refund,
                            payment.channel,
                            operation.started_at,
                            told.at,
                        )
                        .await? =>
            {
                told
            }
            FoundRefund::Absent | FoundRefund::Unlisted | FoundRefund::Nothing => RefundOutcome {
                response_code: told.response_code,
                ..RefundOutcome::new(RefundVerdict::Unknown, told.at)
            },
        };
        Ok((found, ctx.status_check()))
    }

    /// Asks DOKU about a refund, in the protocol of the payment's channel, and learns from what is found.
    pub(super) async fn find_refund(
        &self,
        ctx: &Context,
        payment: &Payment,
        refund: &Refund,
        deadline: Deadline,
    ) -> Result<FoundRefund, AppError> {
        let found = self.query_refund(ctx, payment, refund, deadline).await?;
        if matches!(found, FoundRefund::Told(_)) {
            let operation = &refund.operation;
            let missed = operation.absent_since.is_some();
            let (kind, since) = (EvidenceKind::Refund, operation.started_at);
            self.note_found(kind, payment.channel, since, missed).await;
        }
        Ok(found)
    }

    /// The question itself.
    pub(in crate::app) async fn query_refund(
        &self,
        ctx: &Context,
        payment: &Payment,
        refund: &Refund,
        deadline: Deadline,
    ) -> Result<FoundRefund, AppError> {
        if payment.channel.family == Family::NonSnap {
            let id = refund.operation.external_id.as_str();
            let asked = self.ask_by_name(&ctx.secrets, id, deadline).await?;
            return Ok(match self.only_own(ctx, payment, asked).await? {
                Asked::Found(Told::Card(found)) => match found.meaning() {
                    Meaning::Refund { kind, failed } => {
                        let now = self.clock.now();
                        let mut outcome = found.refund_outcome(kind, failed, now);
                        if outcome.verdict == RefundVerdict::Succeeded
                            && kind.is_some_and(RefundKind::is_manual)
                        {
                            // As in an answer: taken, for people to do.
                            outcome.verdict = RefundVerdict::Pending;
                        }
                        FoundRefund::Told(outcome)
                    }
                    Meaning::Payment(_) | Meaning::Open => FoundRefund::Nothing,
                },
                Asked::NotFound => FoundRefund::Absent,
                Asked::Found(Told::Snap(_)) | Asked::Nothing => FoundRefund::Nothing,
            });
        }
        let Asked::Found(Told::Snap(found)) = self.query(ctx, payment, deadline).await? else {
            // The payment was paid: that DOKU knows nothing of it now is no news about the refund.
            return Ok(FoundRefund::Nothing);
        };
        let is_this = |found: &refund_history::FoundRefund| {
            found.reference.as_deref() == Some(refund.reference.as_str())
                || found.refund_no.is_some() && found.refund_no == refund.refund_no
        };
        let otherwise = match refund.origin {
            Origin::Merchant => without_it(&found),
            // Its name is DOKU's, or made up.
            Origin::Gateway => FoundRefund::Nothing,
        };
        let others = found.refunds.iter().flatten();
        if others.filter(|it| !is_this(it)).count() > 0 {
            self.record_others(ctx, payment, refund, &found).await;
        }
        let ours = found.refunds.into_iter().flatten().find(is_this);
        Ok(ours.map_or(otherwise, |found| {
            FoundRefund::Told(self.found_outcome(found))
        }))
    }
}

impl App {
    /// Records what a status check about one refund says of the others. What fails is found another time.
    async fn record_others(
        &self,
        ctx: &Context,
        payment: &Payment,
        refund: &Refund,
        found: &Found,
    ) {
        let found = Told::Snap(Box::new(found.clone()));
        let ctx = ctx.status_check();
        let recorded = self.record_reported_refunds(&ctx, payment.id, &found, Some(refund.id));
        if let Err(error) = recorded.await {
            tracing::warn!(paymentId = %payment.id, %error, "other refunds of the payment were not recorded");
        }
    }
}

/// A refund that was found and is not remembered, as it is taken over. One that moved no money stands
/// as it is.
pub(super) fn adopting(found: RefundOutcome) -> RefundOutcome {
    let stated = found.stated.as_ref().and_then(StatedAmount::rupiah);
    match (found.verdict, stated) {
        (RefundVerdict::Succeeded | RefundVerdict::Pending, Some(amount)) => RefundOutcome {
            adopted: Some(amount),
            ..found
        },
        // Without an amount nothing shows that it is the same.
        (RefundVerdict::Succeeded | RefundVerdict::Pending, None) => {
            RefundOutcome::new(RefundVerdict::Unknown, found.at)
        }
        (RefundVerdict::Failed(_) | RefundVerdict::Unknown, _) => found,
    }
}

/// Why a refund ends that DOKU does not have: the refusal that was doubted, or that it did not arrive.
pub(super) fn absent_failure(refund: &Refund) -> Failure {
    match (refund.operation.family, refund.response_code.as_deref()) {
        (Family::Snap, code @ Some(_)) => match reading::read(200, code) {
            Reading::Refused(failure) | Reading::OtpRejected(failure) => failure,
            Reading::WrongState | Reading::NotFound => Failure::WrongState,
            Reading::Success
            | Reading::InProgress
            | Reading::OtpSent
            | Reading::Inconsistent
            | Reading::Ambiguous
            | Reading::RenewB2b
            | Reading::RenewCustomer
            | Reading::Throttled
            | Reading::Misconfigured => Failure::NotSent,
        },
        (Family::Snap, None) | (Family::NonSnap, _) => Failure::NotSent,
    }
}

/// What asking about a refund brought.
pub(in crate::app) enum FoundRefund {
    /// How it stands.
    Told(RefundOutcome),
    /// DOKU knows the payment and not the refund.
    Absent,
    /// DOKU knows the payment, as paid, and says nothing of refunds: perhaps because there is none.
    Unlisted,
    /// Nothing that says anything.
    Nothing,
}

/// What an answer to a refund says, with what stands beside it.
pub(super) fn answered_outcome(
    payment: &Reference,
    operation: &Operation,
    answer: &exchange::Answer,
    at: Timestamp,
) -> RefundOutcome {
    let mut outcome = RefundOutcome::new(verdict(answer.reading, operation), at);
    outcome.response_code.clone_from(&answer.response_code);
    if outcome.verdict != RefundVerdict::Succeeded {
        return outcome;
    }
    match operation.family {
        Family::Snap => {
            let refunded = wire::read(&answer.body);
            outcome.refund_no = refunded.refund_no;
            outcome.stated = refunded.amount;
        }
        Family::NonSnap => {
            let refunded = card::read(&answer.body);
            outcome.kind = refunded.kind.as_deref().and_then(RefundKind::parse);
            outcome.stated = refunded.amount;
            let another = refunded.invoice.is_some_and(|it| it != payment.as_str());
            outcome.verdict = match refunded.status.as_deref() {
                _ if another => {
                    tracing::error!("DOKU answered about another payment");
                    RefundVerdict::Unknown
                }
                // Done by people: that DOKU took it is all that can be said yet.
                Some("SUCCESS") if outcome.kind.is_some_and(RefundKind::is_manual) => {
                    RefundVerdict::Pending
                }
                Some("SUCCESS") => RefundVerdict::Succeeded,
                Some("FAILED") => RefundVerdict::Failed(Failure::Declined),
                Some("PENDING") => RefundVerdict::Pending,
                _ => RefundVerdict::Unknown,
            };
        }
    }
    outcome
}

/// What an answer to a refund says about it.
fn verdict(reading: Reading, operation: &Operation) -> RefundVerdict {
    match reading {
        // Doubted, where there is reason to.
        Reading::Inconsistent if operation.family == Family::NonSnap => {
            RefundVerdict::Failed(Failure::DuplicateReference)
        }
        // "Not in this state" may be because the attempt before went through.
        Reading::WrongState | Reading::NotFound
            if operation.resent && operation.family == Family::Snap =>
        {
            RefundVerdict::Unknown
        }
        Reading::Success => RefundVerdict::Succeeded,
        Reading::InProgress => RefundVerdict::Pending,
        Reading::Refused(failure) | Reading::OtpRejected(failure) => RefundVerdict::Failed(failure),
        Reading::WrongState | Reading::NotFound | Reading::OtpSent => {
            RefundVerdict::Failed(Failure::WrongState)
        }
        // For a refund, "known with other parameters" may mean that it is done: asking tells.
        Reading::Inconsistent
        | Reading::Ambiguous
        | Reading::RenewB2b
        | Reading::RenewCustomer
        | Reading::Throttled
        | Reading::Misconfigured => RefundVerdict::Unknown,
    }
}

/// What a status check says about a refund that it does not name. Only one that names every refund it
/// knows of says anything: "refunded" without names may be about the very refund that is asked about.
fn without_it(found: &Found) -> FoundRefund {
    let named =
        |refunds: &[refund_history::FoundRefund]| refunds.iter().all(|it| it.reference.is_some());
    match (&found.latest, &found.refunds) {
        (Latest::Payment(Verdict::Paid), None) => FoundRefund::Unlisted,
        (Latest::Payment(Verdict::Paid), Some(refunds)) if named(refunds) => FoundRefund::Absent,
        (Latest::Refunded, Some(refunds)) if named(refunds) && !refunds.is_empty() => {
            FoundRefund::Absent
        }
        _ => FoundRefund::Nothing,
    }
}
