//! Refunds that DOKU makes by itself, booked beside the payment that they are of.
//!
//! A notification, or a status check, tells of them. Each is booked in one write with its payment, on the
//! condition that nothing about the payment changed since it was read, so that however often and by
//! whichever way DOKU reports a refund, it is booked once.

use super::super::context::Context;
use super::super::recording::{Along, pause};
use super::super::{App, AppError, Deadline};
use super::report::{Meant, RefundReport};
use crate::clock::Timestamp;
use crate::domain::card::CardPaymentType;
use crate::domain::channel::Family;
use crate::domain::ids::{ExternalId, PaymentId, Reference, RefundId};
use crate::domain::money::Rupiah;
use crate::domain::movement::{MovementStatus, Origin, RefundKind};
use crate::domain::operation::OperationKind;
use crate::domain::outcome::{Outcome, RefundOutcome, RefundVerdict, Verdict};
use crate::domain::payment::{Payment, PaymentStatus};
use crate::domain::refund::Refund;
use crate::domain::stored::Stored;
use crate::domain::watch::Watch;
use crate::store::{Rejected, SeenNotification};
use crate::telemetry;

/// How often a refund is booked again because another instance wrote first.
const ROUNDS: u32 = 40;

/// A refund of DOKU's own, to be booked.
pub(in crate::app) struct ForeignRefund {
    /// DOKU's name for it in place of ours, where it has one.
    pub name: Option<String>,
    /// How much goes back.
    pub amount: Rupiah,
    /// How it stands.
    pub outcome: RefundOutcome,
}

impl App {
    /// Records what a notification says of a refund: of the one that it means, or as one of DOKU's own.
    pub(in crate::app) async fn record_refund_report(
        &self,
        ctx: &Context,
        id: PaymentId,
        report: &RefundReport,
        seen: Option<&SeenNotification>,
    ) -> Result<(), AppError> {
        let at = report.outcome.at;
        let mut was_paid_before = false;
        for round in 0..ROUNDS {
            let read = self.store.payment_with_refunds(id).await?;
            let (payment, refunds) = read.ok_or(AppError::PaymentNotFound)?;
            let amount = match report.meant(&payment, &refunds) {
                Meant::Known(refund) => {
                    let refund = refund.clone();
                    return self
                        .record_known_refund(ctx, payment, refund, report, seen)
                        .await;
                }
                Meant::Foreign(amount) => amount,
                Meant::Named(part, amount) => {
                    let name = report.foreign_name.as_deref().unwrap_or_default();
                    let named = (name, amount);
                    let booked =
                        self.name_in_full(ctx, &payment, part, named, &report.outcome, seen);
                    match booked.await? {
                        Ok(()) | Err(Rejected::Seen) => return Ok(()),
                        Err(Rejected::Stale) => pause(round).await,
                        Err(rejected) => return Err(AppError::of_write(rejected)),
                    }
                    continue;
                }
                Meant::Unclear
                    if report.outcome.kind == Some(RefundKind::Void) && is_hold(&payment) =>
                {
                    Rupiah::ZERO
                }
                Meant::Unclear => {
                    return self.doubt_refunds(ctx, payment, seen, at).await;
                }
                Meant::Nothing => {
                    return self
                        .record_beside(ctx, payment, Verdict::NoNews, seen, at)
                        .await;
                }
            };
            if !has_taken_money(&payment) {
                match taken_before(&payment, report.outcome.kind) {
                    // The hold was given up: no money had been taken.
                    Verdict::Voided => {
                        let verdict = Verdict::Voided;
                        return self.record_beside(ctx, payment, verdict, seen, at).await;
                    }
                    Verdict::Paid if !was_paid_before => {
                        // What goes back was taken before.
                        was_paid_before = true;
                        self.record_beside(ctx, payment, Verdict::Paid, None, at)
                            .await?;
                        continue;
                    }
                    _ => return self.doubt_refunds(ctx, payment, seen, at).await,
                }
            }
            let mut outcome = report.outcome.clone();
            // What it states was read; of the order's amount nothing is compared.
            outcome.stated = None;
            let foreign = ForeignRefund {
                name: report.foreign_name.clone(),
                amount,
                outcome,
            };
            match self.book_foreign(ctx, &payment, foreign, seen).await? {
                Ok(()) => return self.doubt_unless_named(ctx, id, report).await,
                Err(Rejected::Seen) => return Ok(()),
                Err(Rejected::Stale) => pause(round).await,
                Err(rejected) => return Err(AppError::of_write(rejected)),
            }
        }
        Err(AppError::InProgress(std::time::Duration::from_secs(1)))
    }

    async fn record_known_refund(
        &self,
        ctx: &Context,
        payment: Payment,
        refund: Refund,
        report: &RefundReport,
        seen: Option<&SeenNotification>,
    ) -> Result<(), AppError> {
        let mut outcome = report.outcome.clone();
        if outcome.verdict == RefundVerdict::Succeeded
            && outcome.kind.is_some_and(RefundKind::is_manual)
            && refund.kind.is_none()
        {
            // The first that is heard of it: taken, for people to do.
            outcome.verdict = RefundVerdict::Pending;
        }
        let is_the_orders = report.may_be_the_orders && report.amount == Some(payment.charged);
        if is_the_orders || report.is_sum {
            // Beside the name of a refund of a part it is the order's, which contradicts nothing.
            outcome.stated = None;
        }
        if refund.origin == Origin::Gateway {
            outcome.refund_no = outcome.refund_no.or_else(|| report.foreign_name.clone());
        }
        let along = Along::only(seen);
        let id = payment.id;
        self.record_refund(ctx, payment, refund, &outcome, &along)
            .await?;
        self.doubt_unless_named(ctx, id, report).await
    }

    /// Has DOKU asked about a payment of which a report without a name was taken for a refund: another one
    /// of the same amount could not be told from it, and a status check shows both.
    async fn doubt_unless_named(
        &self,
        ctx: &Context,
        id: PaymentId,
        report: &RefundReport,
    ) -> Result<(), AppError> {
        if report.is_named() {
            return Ok(());
        }
        let again = self.store.payment(id).await?;
        let payment = again.ok_or(AppError::PaymentNotFound)?;
        self.doubt_refunds(ctx, payment, None, report.outcome.at)
            .await
    }

    /// Records a verdict about the payment itself, with the notification that brought it.
    pub(in crate::app) async fn record_beside(
        &self,
        ctx: &Context,
        payment: Payment,
        verdict: Verdict,
        seen: Option<&SeenNotification>,
        at: Timestamp,
    ) -> Result<(), AppError> {
        let outcome = Outcome::new(verdict, at);
        self.record_payment(ctx, payment, &outcome, &Along::only(seen))
            .await
            .map(drop)
    }

    /// Notes that DOKU reports a refund that cannot be told from others: a status check may tell.
    pub(in crate::app) async fn doubt_refunds(
        &self,
        ctx: &Context,
        payment: Payment,
        seen: Option<&SeenNotification>,
        at: Timestamp,
    ) -> Result<(), AppError> {
        if payment.refunds_unclear_since.is_none() {
            tracing::info!(
                paymentId = %payment.id,
                "a refund that DOKU reports cannot be told from others; DOKU is asked about it"
            );
        }
        let settle = |payment: &mut Payment| payment.doubt_refunds(at);
        let along = Along {
            settle: &settle,
            ..Along::only(seen)
        };
        let outcome = Outcome::new(Verdict::NoNews, at);
        self.record_payment(ctx, payment, &outcome, &along)
            .await
            .map(drop)
    }

    /// Stores a refund of DOKU's own with its payment, and the notification that brought it.
    pub(in crate::app) async fn book_foreign(
        &self,
        ctx: &Context,
        payment: &Payment,
        foreign: ForeignRefund,
        seen: Option<&SeenNotification>,
    ) -> Result<Result<(), Rejected>, AppError> {
        let draft = self.draft_foreign(payment, &foreign)?;
        let id = draft.id;
        let booked = self
            .book_reported(ctx, payment, draft, &foreign.outcome, None, seen)
            .await?;
        if booked.is_ok() {
            tracing::warn!(paymentId = %payment.id, refundId = %id, "DOKU made a refund by itself; it was booked");
            telemetry::count("GatewayRefund", 1);
        }
        Ok(booked)
    }

    fn draft_foreign(
        &self,
        payment: &Payment,
        foreign: &ForeignRefund,
    ) -> Result<Refund, AppError> {
        let mut operation = self.intend(
            OperationKind::Refund,
            payment.channel.family,
            String::new(),
            Deadline::within(std::time::Duration::ZERO),
        )?;
        // Without a name of DOKU's it gets one that DOKU does not know.
        let own = operation.external_id.to_string();
        let reference = Reference::trusted(foreign.name.clone().unwrap_or(own));
        if payment.channel.family == Family::NonSnap {
            operation.external_id = ExternalId::trusted(reference.to_string());
        }
        let at = foreign.outcome.at;
        Ok(Refund {
            id: RefundId::new(self.ulid()?),
            payment: payment.id,
            amount: foreign.amount,
            reason: None,
            reference,
            status: MovementStatus::Pending,
            taken: false,
            origin: Origin::Gateway,
            adopted: payment.needs_check(self.config.restored_at),
            kind: foreign.outcome.kind,
            failure: None,
            refund_no: (foreign.outcome.refund_no.clone()).or_else(|| foreign.name.clone()),
            response_code: None,
            created_at: at,
            updated_at: at,
            operation,
            watch: Watch::default(),
            settlement: None,
            version: 1,
            stored: Stored::default(),
        })
    }
}

/// True when the payment is of money that was taken, whatever became of it.
fn has_taken_money(payment: &Payment) -> bool {
    payment.status.is_settled()
        || payment.status == PaymentStatus::Voided && !payment.refunded.is_zero()
}

/// True when the payment holds money instead of taking it.
pub(in crate::app) fn is_hold(payment: &Payment) -> bool {
    let holds = payment.card().is_some_and(|card| match card.payment_type {
        Some(ordered) => ordered == CardPaymentType::Authorize,
        None => card.authorize_id.is_some(),
    });
    holds && !payment.status.is_settled() && payment.captured.is_none()
}

/// What a refund says of a payment of which the table does not know that its money was taken.
pub(in crate::app) fn taken_before(payment: &Payment, kind: Option<RefundKind>) -> Verdict {
    if payment.is_capturing() {
        // What is voided or refunded may be what was captured, and how much that is the capture tells.
        return Verdict::NoNews;
    }
    match (is_hold(payment), kind == Some(RefundKind::Void)) {
        (true, true) => Verdict::Voided,
        // How much was captured of what was held is not said.
        (true, false) => Verdict::NoNews,
        (false, _) => Verdict::Paid,
    }
}
