//! What DOKU tells of a card transaction, by notification or by status check, recorded.

use super::recording::{Along, Recorded};
use super::{App, AppError};
use crate::clock::Timestamp;
use crate::doku::wire::card::transaction::{Meaning, Transaction};
use crate::domain::failure::Failure;
use crate::domain::movement::RefundKind;
use crate::domain::outcome::{Outcome, RefundOutcome, RefundVerdict, Verdict};
use crate::domain::payment::{Payment, PaymentStatus};
use crate::domain::refund::Refund;
use crate::secrets::Secrets;

impl App {
    /// Records what a notification says of a payment, its capture or one of its refunds.
    pub(super) async fn record_transaction(
        &self,
        secrets: &Secrets,
        payment: Payment,
        transaction: &Transaction,
        along: &Along<'_, Payment>,
        at: Timestamp,
    ) -> Result<Payment, AppError> {
        let verdict = match transaction.meaning() {
            Meaning::Payment(verdict) => verdict,
            // The customer is on the page, or DOKU at work: we know that already.
            Meaning::Open => Verdict::NoNews,
            Meaning::Refund { kind, failed } => {
                return self
                    .record_refund_news(secrets, payment, transaction, (kind, failed), along, at)
                    .await;
            }
        };
        let outcome = transaction.outcome(verdict, at);
        self.record_payment(secrets, payment, &outcome, along)
            .await
            .map(|recorded| recorded.resource)
    }

    /// Records that money went back, or did not.
    pub(super) async fn record_refund_news(
        &self,
        secrets: &Secrets,
        payment: Payment,
        transaction: &Transaction,
        (kind, failed): (Option<RefundKind>, Option<Failure>),
        along: &Along<'_, Payment>,
        at: Timestamp,
    ) -> Result<Payment, AppError> {
        let refunds = self.store.refunds(payment.id).await?;
        let Some(refund) = meant(&refunds, transaction) else {
            let verdict = unmatched(&payment, &refunds, kind, failed);
            let outcome = Outcome::new(verdict, at);
            let Recorded { resource, .. } = self
                .record_payment(secrets, payment, &outcome, along)
                .await?;
            return Ok(resource);
        };
        let id = payment.id;
        let outcome = transaction.refund_outcome(kind, failed, at);
        let refund = refund.clone();
        self.record_refund(secrets, payment, refund, &outcome, &Along::only(along.seen))
            .await?;
        let again = self.store.payment(id).await?;
        again.ok_or(AppError::Internal("a payment vanished"))
    }
}

impl Transaction {
    /// A verdict with what the transaction tells beside it.
    pub(super) fn outcome(&self, verdict: Verdict, at: Timestamp) -> Outcome {
        let mut outcome = Outcome::new(verdict, at);
        outcome.stated = verdict.is_success().then(|| self.amount.clone());
        outcome.response_code.clone_from(&self.response_code);
        outcome.card = self.card.clone();
        outcome
    }

    /// What it says about the refund that it means.
    pub(super) fn refund_outcome(
        &self,
        kind: Option<RefundKind>,
        failed: Option<Failure>,
        at: Timestamp,
    ) -> RefundOutcome {
        let verdict = failed.map_or(RefundVerdict::Succeeded, RefundVerdict::Failed);
        let mut outcome = RefundOutcome::new(verdict, at);
        outcome.kind = kind;
        outcome.stated.clone_from(&self.refund_amount);
        outcome.response_code.clone_from(&self.response_code);
        outcome
    }
}

/// The refund that a transaction means: the one whose call it names, else the only one that it can
/// be about. Where two would fit none is taken: a wrong guess would call a refund done that never
/// was, and a status check names it.
fn meant<'a>(refunds: &'a [Refund], transaction: &Transaction) -> Option<&'a Refund> {
    let named = [&transaction.request_id, &transaction.original_request_id];
    let by_name = refunds.iter().find(|refund| {
        let own = refund.operation.external_id.as_str();
        named.iter().any(|id| id.as_deref() == Some(own))
    });
    if by_name.is_some() {
        return by_name;
    }
    let stated = transaction.refund_amount.as_ref();
    let amount = stated.unwrap_or(&transaction.amount).rupiah();
    let open = || refunds.iter().filter(|refund| !refund.status.is_decided());
    let fitting = || refunds.iter().filter(|it| Some(it.amount) == amount);
    only(open().filter(|it| Some(it.amount) == amount))
        .or_else(|| only(fitting()))
        // The amount may be the order's: then the only open refund is meant.
        .or_else(|| stated.is_none().then(|| only(open())).flatten())
}

fn only<'a>(mut refunds: impl Iterator<Item = &'a Refund>) -> Option<&'a Refund> {
    match (refunds.next(), refunds.next()) {
        (Some(only), None) => Some(only),
        _ => None,
    }
}

/// What it says about the payment that money went back and no refund of ours is meant.
fn unmatched(
    payment: &Payment,
    refunds: &[Refund],
    kind: Option<RefundKind>,
    failed: Option<Failure>,
) -> Verdict {
    let known = matches!(
        payment.status,
        PaymentStatus::PartiallyRefunded | PaymentStatus::Refunded | PaymentStatus::Voided
    ) && refunds.iter().all(|refund| refund.status.is_decided());
    if failed.is_some() || known {
        Verdict::NoNews
    } else if kind == Some(RefundKind::Void) && !payment.status.is_settled() {
        // The hold was given up in DOKU's dashboard: no money had been taken.
        Verdict::Voided
    } else {
        Verdict::RefundUnmatched
    }
}
