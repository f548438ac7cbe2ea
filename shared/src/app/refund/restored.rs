//! Payments from before a restore of the table, checked at DOKU before their next refund or capture: a
//! new key is no name that DOKU could know the forgotten one by.

use super::super::asking::Asked;
use super::super::context::Context;
use super::super::recording::Along;
use super::super::{App, AppError, Deadline};
use super::forgotten::{Adopted, RefundRequest};
use super::{RefundCommand, known_by_name, refundable};
use crate::domain::channel::Family;
use crate::domain::money::Rupiah;
use crate::domain::payment::Payment;
use crate::domain::refund::Refund;
use crate::store::Claim;

/// What came of the check of a payment before a refund.
pub(super) enum Checked {
    /// The payment as DOKU knows it.
    Payment(Box<Payment>),
    /// DOKU told of the refund that is asked for.
    Known(Box<Payment>, Box<Refund>),
    /// The same key began it before.
    Before(Claim),
    /// The table has changed: look again.
    LookAgain,
}

impl App {
    /// Checks a payment before a refund of it. Where DOKU tells of the very refund that is asked for, that is the
    /// answer: made once more it would be booked twice.
    pub(super) async fn check_for_refund(
        &self,
        request: &RefundRequest<'_>,
        (payment, refunds): (Payment, &[Refund]),
        round: &mut u32,
    ) -> Result<Checked, AppError> {
        let needs_check = payment.needs_check(self.config.restored_at);
        let asked = match refundable(payment.clone(), request.command) {
            Ok((_, amount)) => Some(amount).filter(|_| needs_check),
            // More than is left: because the check has booked it already, and knows no names.
            Err(_) => booked_amount(refunds, request.command),
        };
        // By its name first: of a card the check states no more than the sum of all refunds.
        if payment.channel.family == Family::NonSnap
            && let Some(amount) = asked
        {
            match self.adopt_named(request, &payment, amount, round).await? {
                Adopted::None(_) => {}
                Adopted::Before(claim) => return Ok(Checked::Before(claim)),
                Adopted::LookAgain => return Ok(Checked::LookAgain),
            }
        }
        if !needs_check {
            return Ok(Checked::Payment(Box::new(payment)));
        }
        let checked = self
            .check_after_restore(request.ctx, payment, request.deadline)
            .await?;
        let again = self.store.payment_with_refunds(checked.id).await?;
        let (_, refunds) = again.ok_or(AppError::PaymentNotFound)?;
        let known = known_by_name(&checked, &refunds, request.idempotency).cloned();
        let checked = Box::new(checked);
        Ok(match known {
            Some(known) => Checked::Known(checked, Box::new(known)),
            None => Checked::Payment(checked),
        })
    }

    /// Checks a payment from before a restore at DOKU, once: what is known there of it, its capture and
    /// its refunds is taken over. That it was checked is stored by the write that the caller makes. An
    /// error when DOKU does not say how it stands: then nothing may be sent.
    pub(in crate::app) async fn check_after_restore(
        &self,
        ctx: &Context,
        payment: Payment,
        deadline: Deadline,
    ) -> Result<Payment, AppError> {
        if !payment.needs_check(self.config.restored_at) {
            return Ok(payment);
        }
        let now = self.clock.now();
        let found = match self.ask(ctx, &payment, deadline).await? {
            Asked::Found(found) => found,
            Asked::NotFound | Asked::Nothing => return Err(AppError::Unreachable),
        };
        let id = payment.id;
        self.record_found(ctx, payment, found, &Along::only(None))
            .await?;
        let again = self.store.payment(id).await?;
        let mut payment = again.ok_or(AppError::PaymentNotFound)?;
        if payment.refunds_unclear_since.is_some() {
            return Err(AppError::Unreachable);
        }
        payment.checked_at = Some(now);
        Ok(payment)
    }
}

/// The amount of a command, where so much was booked without a name.
fn booked_amount(refunds: &[Refund], command: &RefundCommand) -> Option<Rupiah> {
    let amount = command.amount?;
    let mut booked = refunds.iter().filter(|refund| refund.is_nameless());
    booked
        .any(|refund| refund.adopted && refund.amount >= amount)
        .then_some(amount)
}
