//! Sending a refund to DOKU, once and again.

use std::sync::Arc;

use secrecy::{ExposeSecret, SecretString};

use super::super::answer::Answer;
use super::super::channel_headers::channel_headers;
use super::super::context::Context;
use super::super::recording::{Along, pause, put_back};
use super::super::sending::{NonSnapOrder, Order, Sent};
use super::super::{App, AppError, Deadline};
use super::finding::answered_outcome;
use super::{TOO_MUCH, body_context};
use crate::doku::wire::card::refund as card;
use crate::doku::wire::refund as wire;
use crate::doku::wire::with_token;
use crate::domain::channel::{Call, Family};
use crate::domain::failure::Failure;
use crate::domain::operation::OperationState;
use crate::domain::outcome::{RefundOutcome, RefundVerdict};
use crate::domain::payment::{Payment, Source};
use crate::domain::refund::Refund;
use crate::domain::watch::Watch;
use crate::secrets::Secrets;
use crate::store::Rejected;

impl App {
    /// Sends the frozen body in the protocol of the payment's channel.
    async fn transmit_refund(
        &self,
        secrets: &Arc<Secrets>,
        payment: &Payment,
        refund: &Refund,
        deadline: Deadline,
    ) -> Result<Sent, AppError> {
        let Some(sealed) = &refund.operation.body else {
            return Err(AppError::Internal("a refund to be sent has no body"));
        };
        let body = self.open(&body_context(refund.id), sealed).await?;
        if payment.channel.family == Family::NonSnap {
            let order = NonSnapOrder {
                path: card::PATH,
                request_id: &refund.operation.external_id,
                body: Some(body.expose_secret()),
            };
            return Ok(self.send_non_snap(secrets, order, deadline).await);
        }
        let device = self.device_of_payment(payment).await?;
        let customer = match payment.source {
            Source::Account(_) => Some(self.account_of(payment).await?),
            Source::Wallet | Source::Card(_) | Source::Token => None,
        };
        let order = Order {
            path: wire::path(payment.channel),
            headers: channel_headers(payment.channel, Call::Refund, &device),
            external_id: refund.operation.external_id.clone(),
            customer,
            customer_header: payment.channel.in_header(Call::Refund),
            body: &|token: Option<&SecretString>| with_token(body.expose_secret(), token),
        };
        Ok(self.send(secrets, order, deadline).await)
    }

    /// Sends the frozen body and records how it went.
    pub(super) async fn send_refund(
        &self,
        ctx: &Context,
        payment: Payment,
        refund: Refund,
        deadline: Deadline,
    ) -> Result<Answer, AppError> {
        let sent = self
            .transmit_refund(&ctx.secrets, &payment, &refund, deadline)
            .await?;
        let now = self.clock.now();
        let mut ctx = ctx.clone();
        let outcome = match sent.in_all(&refund.operation) {
            Sent::NotTaken(error) => return self.put_back_refund(payment, refund, error).await,
            Sent::CustomerGone => {
                RefundOutcome::new(RefundVerdict::Failed(Failure::BindingLost), now)
            }
            Sent::Lost(_) => RefundOutcome::new(RefundVerdict::Unknown, now),
            Sent::Answered(answer, _) => {
                let told = answered_outcome(&payment.reference, &refund.operation, &answer, now);
                let doubted = self.doubting(&ctx, &payment, &refund, told, deadline);
                let (outcome, recorded_in) = doubted.await?;
                ctx = recorded_in;
                outcome
            }
        };
        // One that DOKU works on is not over: a later status check may be needed.
        let settle = |refund: &mut Refund| {
            if refund.status.is_decided() {
                refund.operation.finish();
            } else {
                refund.operation.leave_unknown(now);
            }
        };
        let claim = refund.operation.claim.clone();
        let is_another = outcome.adopted.is_some_and(|it| it != refund.amount);
        let along = Along {
            settle: &settle,
            claim: (!is_another).then_some((claim.as_str(), 201)),
            seen: None,
        };
        let recorded = self
            .record_refund(&ctx, payment, refund, &outcome, &along)
            .await?;
        if is_another {
            return Err(AppError::KeyReused);
        }
        Ok(self.with_advice(recorded.answer))
    }

    /// Notes that nothing was sent, so that a repeat of the request may send it, and gives back what
    /// was set aside: whether the request is ever repeated is the caller's business.
    async fn put_back_refund(
        &self,
        mut payment: Payment,
        mut refund: Refund,
        error: AppError,
    ) -> Result<Answer, AppError> {
        refund.operation.put_back(self.clock.now());
        for round in 0.. {
            payment.reserved = payment.reserved.minus(refund.amount).unwrap_or_default();
            let mut write = self.store.write();
            let stored = write.refund(&refund).payment(&payment).commit().await;
            if !matches!(stored, Err(Rejected::Stale)) || round > 20 {
                return put_back(stored, error);
            }
            pause(round).await;
            let again = self.store.refund(refund.payment, refund.id).await?;
            let changed = again.as_ref().is_none_or(|it| it.version != refund.version);
            if changed {
                // Another instance settled the refund meanwhile: what it stored is newer.
                return Err(error);
            }
            payment = self
                .store
                .payment(payment.id)
                .await?
                .ok_or(AppError::PaymentNotFound)?;
        }
        Err(error)
    }

    /// Sends a refund that certainly is not at DOKU, under the same reference and a new id.
    pub(in crate::app) async fn resend_refund(
        &self,
        ctx: &Context,
        mut payment: Payment,
        mut refund: Refund,
        deadline: Deadline,
    ) -> Result<Answer, AppError> {
        let now = self.clock.now();
        let given_back = refund.operation.state == OperationState::Unsent;
        refund.operation.renew(self.external_id()?, now);
        refund.watch = Watch::default();
        if !given_back {
            let refund = self.lease_refund(refund, deadline).await?;
            return self.send_refund(ctx, payment, refund, deadline).await;
        }
        // It may have been sent since, where the table was restored to before that.
        let forgotten = self.find_forgotten(ctx, &payment, &refund, deadline);
        if let Some(outcome) = forgotten.await? {
            return self.adopt_unsent(ctx, payment, refund, outcome).await;
        }
        if refund.amount > payment.refundable() {
            return Err(AppError::Illegal(TOO_MUCH));
        }
        payment.reserved = payment
            .reserved
            .plus(refund.amount)
            .ok_or(AppError::Internal("a sum of refunds overflows"))?;
        refund.operation.lease(now, deadline.remaining());
        let mut write = self.store.write();
        let stored = write.refund(&refund).payment(&payment).commit().await;
        stored.map_err(AppError::of_write)?;
        refund.version += 1;
        payment.version += 1;
        self.send_refund(ctx, payment, refund, deadline).await
    }

    pub(in crate::app) async fn lease_refund(
        &self,
        mut refund: Refund,
        deadline: Deadline,
    ) -> Result<Refund, AppError> {
        refund
            .operation
            .lease(self.clock.now(), deadline.remaining());
        let stored = self.store.write().refund(&refund).commit().await;
        stored.map_err(AppError::of_write)?;
        refund.version += 1;
        Ok(refund)
    }
}
