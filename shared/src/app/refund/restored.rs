//! Payments from before a restore of the table, checked at DOKU before their next refund or capture: a
//! new key is no name that DOKU could know the forgotten one by.

use std::sync::Arc;

use super::super::asking::Asked;
use super::super::recording::Along;
use super::super::{App, AppError, Deadline};
use crate::domain::payment::Payment;
use crate::secrets::Secrets;

impl App {
    /// Checks a payment from before a restore at DOKU, once: what is known there of it, its capture and
    /// its refunds is taken over. That it was checked is stored by the write that the caller makes. An
    /// error when DOKU does not say how it stands: then nothing may be sent.
    pub(in crate::app) async fn check_after_restore(
        &self,
        secrets: &Arc<Secrets>,
        payment: Payment,
        deadline: Deadline,
    ) -> Result<Payment, AppError> {
        if !payment.needs_check(self.config.restored_at) {
            return Ok(payment);
        }
        let now = self.clock.now();
        let found = match self.ask(secrets, &payment, deadline).await? {
            Asked::Found(found) => found,
            Asked::NotFound | Asked::Nothing => return Err(AppError::Unreachable),
        };
        let id = payment.id;
        self.record_found(secrets, payment, found, &Along::only(None))
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
