//! What time alone makes happen: an authorisation that nobody captures is announced, then lapses.
//!
//! Driven by a schedule. Two runs at once do no harm: each change is a conditional write, and who
//! comes second finds it done.

use std::sync::Arc;

use serde::Serialize;

use super::recording::Along;
use super::{App, AppError, Deadline};
use crate::domain::ids::PaymentId;
use crate::domain::outcome::{Outcome, Verdict};
use crate::domain::payment::PaymentStatus;
use crate::secrets::Secrets;
use crate::telemetry;

/// Payments read at a time.
const PAGE: usize = 100;

/// What a sweep did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Swept {
    /// Payments that were due.
    pub due: u32,
    /// Authorisations about to lapse, of which the merchant was told.
    pub announced: u32,
    /// Authorisations that lapsed.
    pub expired: u32,
    /// Payments that could not be dealt with and stay due.
    pub left: u32,
    /// False when time ran out before everything was looked at; the next run goes on.
    pub complete: bool,
}

impl Swept {
    /// Counts what somebody may have to look at, if it goes on.
    fn told(self) -> Self {
        if self.left > 0 {
            telemetry::count("DueLeft", self.left);
        }
        self
    }
}

impl App {
    /// Looks at everything that is due.
    pub async fn reconcile(&self, deadline: Deadline) -> Result<Swept, AppError> {
        let secrets = self.secrets.current().await?;
        let mut swept = Swept::default();
        for shard in 0..self.store.due_shards() {
            let now = self.clock.now();
            let mut start = None;
            loop {
                let page = self.store.due_payments(shard, now, PAGE, start).await?;
                for id in page.items {
                    if deadline.is_near() {
                        return Ok(swept.told());
                    }
                    swept.due += 1;
                    self.attend(&secrets, id, &mut swept, deadline).await;
                }
                start = page.next;
                if start.is_none() {
                    break;
                }
            }
        }
        swept.complete = true;
        Ok(swept.told())
    }

    /// Deals with one payment. What cannot be dealt with is left for the next run and keeps nobody
    /// else waiting.
    async fn attend(
        &self,
        secrets: &Arc<Secrets>,
        id: PaymentId,
        swept: &mut Swept,
        deadline: Deadline,
    ) {
        match self.look_after(secrets, id, deadline).await {
            Ok(Some(Verdict::LapseAnnounced)) => swept.announced += 1,
            Ok(Some(Verdict::Expired)) => swept.expired += 1,
            Ok(_) => {}
            Err(error) => {
                tracing::warn!(paymentId = %id, %error, "a payment that is due is left for later");
                swept.left += 1;
            }
        }
    }

    async fn look_after(
        &self,
        secrets: &Arc<Secrets>,
        id: PaymentId,
        deadline: Deadline,
    ) -> Result<Option<Verdict>, AppError> {
        let payment = self.store.payment(id).await?;
        let mut payment = payment.ok_or(AppError::PaymentNotFound)?;
        let now = self.clock.now();
        if payment.due_at().is_none_or(|due| due > now) {
            // The index lags: somebody dealt with it already.
            return Ok(None);
        }
        let lapsed = payment.capture_before().is_some_and(|end| end <= now);
        if lapsed {
            // The money may have been captured without our knowing: ask before giving it up.
            payment = if payment.is_capturing() {
                self.settle_left_capture(secrets, payment, deadline).await?
            } else {
                self.ask_for_news(secrets, payment, deadline).await?
            };
        }
        if payment.status != PaymentStatus::Authorized {
            let expired = payment.status == PaymentStatus::Expired;
            return Ok(expired.then_some(Verdict::Expired));
        }
        let Some(verdict) = payment.overdue(now) else {
            return Err(AppError::Illegal("its capture is not known yet"));
        };
        let outcome = Outcome::new(verdict, now);
        self.record_payment(secrets, payment, &outcome, &Along::only(None))
            .await?;
        Ok(Some(verdict))
    }
}
