//! What DOKU tells of a card transaction, by notification or by status check, recorded.

use super::context::Context;
use super::recording::Along;
use super::refund::RefundReport;
use super::{App, AppError};
use crate::clock::Timestamp;
use crate::doku::wire::card::transaction::{Meaning, Transaction};
use crate::domain::card::CardPaymentType;
use crate::domain::failure::Failure;
use crate::domain::movement::RefundKind;
use crate::domain::outcome::{Outcome, RefundOutcome, RefundVerdict, Verdict};
use crate::domain::payment::{Payment, Source};

impl App {
    /// Records what a notification says of a payment, its capture or one of its refunds.
    pub(super) async fn record_transaction(
        &self,
        ctx: &Context,
        payment: Payment,
        transaction: &Transaction,
        along: &Along<'_, Payment>,
        at: Timestamp,
    ) -> Result<Payment, AppError> {
        let verdict = match transaction.meaning_for(&payment) {
            Meaning::Payment(verdict) => verdict,
            // The customer is on the page, or DOKU at work: we know that already.
            Meaning::Open => Verdict::NoNews,
            Meaning::Refund { kind, failed } => {
                let id = payment.id;
                let report = RefundReport::of_card(&payment, transaction, (kind, failed), at);
                self.record_refund_report(ctx, id, &report, along.seen)
                    .await?;
                let again = self.store.payment(id).await?;
                return again.ok_or(AppError::Internal("a payment vanished"));
            }
        };
        let outcome = transaction.outcome(verdict, at);
        self.record_payment(ctx, payment, &outcome, along)
            .await
            .map(|recorded| recorded.resource)
    }
}

impl Transaction {
    /// What it means for this payment. A success that does not say of what is, where money was to be
    /// held, no more than that it is held.
    pub(super) fn meaning_for(&self, payment: &Payment) -> Meaning {
        let holds = match payment.card().and_then(|card| card.payment_type) {
            Some(ordered) => ordered == CardPaymentType::Authorize,
            None => self.card.authorize_id.is_some(),
        };
        match self.meaning() {
            Meaning::Payment(Verdict::Paid) if self.kind.is_none() && holds => {
                Meaning::Payment(Verdict::Authorized)
            }
            // There is no page on which the customer could try another one.
            Meaning::Payment(Verdict::AttemptFailed(failure))
                if payment.source == Source::Token =>
            {
                Meaning::Payment(Verdict::Failed(failure))
            }
            other => other,
        }
    }

    /// A verdict with what the transaction tells beside it.
    pub(super) fn outcome(&self, verdict: Verdict, at: Timestamp) -> Outcome {
        let mut outcome = Outcome::new(verdict, at);
        outcome.stated = verdict.is_success().then(|| self.amount.clone());
        outcome.response_code.clone_from(&self.response_code);
        outcome.request_id.clone_from(&self.request_id);
        outcome.happened_at = self.card.happened_at;
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
