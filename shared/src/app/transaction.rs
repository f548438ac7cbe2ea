//! What DOKU tells of a card transaction, by notification or by status check, recorded.

use super::recording::{Along, Recorded};
use super::{App, AppError};
use crate::clock::Timestamp;
use crate::doku::wire::card::transaction::{Meaning, Transaction};
use crate::domain::card::CardPaymentType;
use crate::domain::failure::Failure;
use crate::domain::movement::RefundKind;
use crate::domain::outcome::{Outcome, RefundOutcome, RefundVerdict, Verdict};
use crate::domain::payment::{Payment, PaymentStatus, Source};
use crate::domain::refund::Refund;
use crate::secrets::Secrets;
use crate::telemetry;

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
        let verdict = match transaction.meaning_for(&payment) {
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
        let refund = match meant(&payment, &refunds, transaction, failed.is_some()) {
            Meant::One(refund) => refund,
            other => {
                let several = matches!(other, Meant::Several);
                if several {
                    tracing::warn!("a notification may mean one of several refunds; none is taken");
                    telemetry::count("NotificationUnmatched", 1);
                }
                let verdict = if several {
                    Verdict::NoNews
                } else {
                    unmatched(&payment, &refunds, transaction, kind, failed)
                };
                let outcome = Outcome::new(verdict, at);
                let Recorded { resource, .. } = self
                    .record_payment(secrets, payment, &outcome, along)
                    .await?;
                return Ok(resource);
            }
        };
        let id = payment.id;
        let mut outcome = transaction.refund_outcome(kind, failed, at);
        if outcome.verdict == RefundVerdict::Succeeded
            && kind.is_some_and(RefundKind::is_manual)
            && refund.kind.is_none()
        {
            // The first that is heard of it: taken, for people to do.
            outcome.verdict = RefundVerdict::Pending;
        }
        let refund = refund.clone();
        self.record_refund(secrets, payment, refund, &outcome, &Along::only(along.seen))
            .await?;
        let again = self.store.payment(id).await?;
        again.ok_or(AppError::Internal("a payment vanished"))
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

/// Which refund a transaction is about.
enum Meant<'a> {
    /// This one.
    One(&'a Refund),
    /// One of several, and nothing says which.
    Several,
    /// None of ours.
    None,
}

/// The refund that a transaction means: the one whose call it names, else the only one that it can
/// be about. Where two would fit, decided ones among them, none is taken: a wrong guess would call a
/// refund done that never was, and a status check names it. A failure is not guessed at all: it would
/// free money that may be on its way.
fn meant<'a>(
    payment: &Payment,
    refunds: &'a [Refund],
    transaction: &Transaction,
    failed: bool,
) -> Meant<'a> {
    let named = [&transaction.request_id, &transaction.original_request_id];
    let by_name = refunds.iter().find(|refund| {
        let own = refund.operation.external_id.as_str();
        named.iter().any(|id| id.as_deref() == Some(own))
    });
    if let Some(refund) = by_name {
        return Meant::One(refund);
    }
    let page = payment.operation.external_id.as_str();
    let names_another = transaction
        .request_id
        .as_deref()
        .is_some_and(|id| id != page);
    if names_another {
        return Meant::None;
    }
    if failed {
        return Meant::Several;
    }
    let stated = transaction.refund_amount.as_ref();
    let amount = stated.unwrap_or(&transaction.amount).rupiah();
    let mut fitting = refunds.iter().filter(|it| Some(it.amount) == amount);
    match (fitting.next(), fitting.next(), refunds) {
        (Some(only), None, _) => Meant::One(only),
        (Some(_), Some(_), _) => Meant::Several,
        // The amount may be the order's: then the only refund there is is meant.
        (None, _, [only]) if stated.is_none() => Meant::One(only),
        (None, _, _) => Meant::None,
    }
}

/// What it says about the payment that money went back and no refund of ours is meant.
fn unmatched(
    payment: &Payment,
    refunds: &[Refund],
    transaction: &Transaction,
    kind: Option<RefundKind>,
    failed: Option<Failure>,
) -> Verdict {
    // Said of the order as a whole, not of one refund: then it may be what we know already.
    let page = payment.operation.external_id.as_str();
    let of_the_order = transaction.refund_amount.is_none()
        && transaction
            .request_id
            .as_deref()
            .is_none_or(|id| id == page);
    let known = matches!(
        payment.status,
        PaymentStatus::PartiallyRefunded | PaymentStatus::Refunded | PaymentStatus::Voided
    ) && of_the_order
        && refunds.iter().all(|refund| refund.status.is_decided());
    if failed.is_some() || known {
        Verdict::NoNews
    } else if kind == Some(RefundKind::Void) && !payment.status.is_settled() {
        // The hold was given up in DOKU's dashboard: no money had been taken.
        Verdict::Voided
    } else {
        Verdict::RefundUnmatched
    }
}
