//! Lines of timelines: what they tell, and to whom they are attributed.

use serde_json::json;

use super::context::Context;
use super::{App, AppError};
use crate::clock::Timestamp;
use crate::domain::attribution::{Actor, Cause};
use crate::domain::binding::Binding;
use crate::domain::event::EventType;
use crate::domain::failure::Failure;
use crate::domain::ids::EventId;
use crate::domain::money::Rupiah;
use crate::domain::payment::Payment;
use crate::domain::refund::Refund;
use crate::domain::settlement::Settlement;
use crate::store::Event;

/// What a line of a payment's timeline is about.
#[derive(Clone, Copy)]
pub(super) struct About<'a> {
    pub payment: &'a Payment,
    pub refund: Option<&'a Refund>,
    /// What an operator stated.
    pub settlement: Option<&'a Settlement>,
    /// The actor that asked for the operation which another one completes.
    pub requested_by: Option<&'a Actor>,
}

impl<'a> About<'a> {
    pub const fn payment(payment: &'a Payment) -> Self {
        Self {
            payment,
            refund: None,
            settlement: None,
            requested_by: None,
        }
    }

    pub const fn refund(payment: &'a Payment, refund: &'a Refund) -> Self {
        Self {
            refund: Some(refund),
            ..Self::payment(payment)
        }
    }
}

impl App {
    /// A line of a payment's timeline.
    pub(super) fn event(
        &self,
        ctx: &Context,
        kind: EventType,
        at: Timestamp,
        about: About<'_>,
    ) -> Result<Event, AppError> {
        let payment = about.payment;
        let detail = payment_detail(payment, about.refund);
        Ok(Event {
            id: EventId::new(self.ulid()?),
            kind,
            at,
            status: payment.status.public().to_owned(),
            by: ctx.by.clone(),
            requested_by: about.requested_by.cloned(),
            detail: with_settlement(detail, about.settlement),
        })
    }

    /// The actor that asked for the operation whose `claim` is about to be answered, where something else than a request
    /// completes it: the request did not live to store an event of its own.
    pub(super) async fn requested_by(
        &self,
        ctx: &Context,
        claim: Option<(&str, u16)>,
    ) -> Option<Actor> {
        let claim = claim.map(|(claim, _)| claim);
        let claim = claim.filter(|claim| !claim.is_empty() && ctx.by.cause() != Cause::Request)?;
        match self.store.claim(claim).await {
            Ok(found) => found?.requested_by,
            Err(error) => {
                // What happened is recorded all the same.
                tracing::warn!(%error, "the claim of an operation cannot be read: its event does not say who asked for it");
                None
            }
        }
    }

    /// A line of a payment's timeline that no outcome brought.
    pub(super) fn payment_event(
        &self,
        ctx: &Context,
        kind: EventType,
        payment: &Payment,
    ) -> Result<Event, AppError> {
        self.event(ctx, kind, self.clock.now(), About::payment(payment))
    }

    /// The same about one of its refunds.
    pub(super) fn refund_event(
        &self,
        ctx: &Context,
        kind: EventType,
        payment: &Payment,
        refund: &Refund,
    ) -> Result<Event, AppError> {
        self.event(ctx, kind, self.clock.now(), About::refund(payment, refund))
    }

    /// A line of a binding's timeline.
    pub(super) fn binding_event(
        &self,
        ctx: &Context,
        kind: EventType,
        binding: &Binding,
        requested_by: Option<&Actor>,
    ) -> Result<Event, AppError> {
        let settlement = binding.settlement.as_ref();
        let settlement = settlement.filter(|_| kind == EventType::BindingSettled);
        let detail = json!({
            "customerId": binding.customer.as_str(),
            "channel": binding.channel.code,
            "failure": binding.failure.map(Failure::code),
        });
        Ok(Event {
            id: EventId::new(self.ulid()?),
            kind,
            at: self.clock.now(),
            status: binding.status.as_str().to_owned(),
            by: ctx.by.clone(),
            requested_by: requested_by.cloned(),
            detail: with_settlement(detail, settlement),
        })
    }
}

/// What an event tells: enough for a merchant to act on without reading the payment.
fn payment_detail(payment: &Payment, refund: Option<&Refund>) -> serde_json::Value {
    let money = |amount: Rupiah| json!({"value": amount.to_snap(), "currency": "IDR"});
    let mut detail = json!({
        "invoiceNumber": payment.invoice.as_str(),
        "invoiceScope": payment.invoice_scope.as_str(),
        "customerId": payment.customer.as_str(),
        "amount": money(payment.amount),
        "chargedAmount": money(payment.charged),
        "capturedAmount": payment.captured.map(money),
        "captureBefore": payment.capture_before().map(Timestamp::rfc3339_millis),
        "refundedAmount": money(payment.refunded),
        "failure": payment.failure.map(Failure::code),
    });
    if let (Some(refund), Some(detail)) = (refund, detail.as_object_mut()) {
        detail.insert("refundId".into(), refund.id.to_string().into());
        detail.insert("refundAmount".into(), money(refund.amount));
        detail.insert("refundStatus".into(), refund.status.as_str().into());
        detail.insert("refundOrigin".into(), refund.origin.as_str().into());
        let failure = refund.failure.map(Failure::code);
        detail.insert("failure".into(), failure.into());
    }
    detail
}

/// Adds what an operator stated.
fn with_settlement(
    mut detail: serde_json::Value,
    settlement: Option<&Settlement>,
) -> serde_json::Value {
    if let Some(settlement) = settlement {
        detail["settlement"] = json!({
            "outcome": settlement.outcome.as_str(),
            "capture": settlement.of_capture,
            "referenceNo": settlement.reference_no,
            "amount": settlement
                .amount
                .map(|amount| json!({"value": amount.to_snap(), "currency": "IDR"})),
            "by": settlement.by,
            "reason": settlement.reason,
        });
    }
    detail
}
