//! What time alone makes happen: an authorisation that nobody captures is announced, then lapses.
//!
//! Driven by a schedule. Two runs at once do no harm: each change is a conditional write, and who
//! comes second finds it done.

use std::sync::Arc;
use std::time::Duration;

use serde::Serialize;

use super::asking::{Asked, Told};
use super::recording::Along;
use super::{App, AppError, Deadline};
use crate::doku::wire::card::transaction::Meaning;
use crate::domain::ids::PaymentId;
use crate::domain::outcome::{Outcome, Verdict};
use crate::domain::payment::{Payment, PaymentStatus};
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

/// The longest that one payment may keep the others waiting.
const EACH: Duration = Duration::from_secs(8);

/// What a look at a payment is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Round {
    /// Tell merchants of what lapses soon. Takes no call to DOKU.
    Announce,
    /// End what has lapsed, after asking DOKU.
    Lapse,
}

impl App {
    /// Looks at everything that is due. What needs no call to DOKU comes first, so that a DOKU that is
    /// slow holds up nothing else; and no run begins where the one before it did, so that a few
    /// payments that cannot be dealt with do not keep the rest waiting for ever.
    pub async fn reconcile(&self, deadline: Deadline) -> Result<Swept, AppError> {
        let secrets = self.secrets.current().await?;
        let mut swept = Swept::default();
        for round in [Round::Announce, Round::Lapse] {
            if !self.sweep(&secrets, round, &mut swept, deadline).await? {
                telemetry::count("SweepIncomplete", 1);
                return Ok(swept.told());
            }
        }
        swept.complete = true;
        Ok(swept.told())
    }

    /// One round through all shards; false when time ran out.
    async fn sweep(
        &self,
        secrets: &Arc<Secrets>,
        round: Round,
        swept: &mut Swept,
        deadline: Deadline,
    ) -> Result<bool, AppError> {
        let shards = self.store.due_shards();
        let first = u32::try_from(self.ulid()?.random() % u128::from(shards)).unwrap_or(0);
        for shard in (0..shards).map(|step| (first + step) % shards) {
            let now = self.clock.now();
            let mut start = None;
            loop {
                let page = self.store.due_payments(shard, now, PAGE, start).await?;
                for id in page.items {
                    if deadline.is_near() {
                        return Ok(false);
                    }
                    self.attend(secrets, id, round, swept, deadline).await;
                }
                start = page.next;
                if start.is_none() {
                    break;
                }
            }
        }
        Ok(true)
    }

    /// Deals with one payment. What cannot be dealt with is left for the next run and keeps nobody
    /// else waiting.
    async fn attend(
        &self,
        secrets: &Arc<Secrets>,
        id: PaymentId,
        round: Round,
        swept: &mut Swept,
        deadline: Deadline,
    ) {
        let looked = match round {
            Round::Announce => self.announce(secrets, id).await,
            Round::Lapse => {
                let each = Deadline::within(deadline.remaining().min(EACH));
                self.look_after(secrets, id, each).await
            }
        };
        match looked {
            Ok(None) => return,
            Ok(Some(Verdict::LapseAnnounced)) => swept.announced += 1,
            Ok(Some(Verdict::Expired)) => swept.expired += 1,
            Ok(Some(_)) => {}
            Err(error) => {
                tracing::warn!(paymentId = %id, %error, "a payment that is due is left for later");
                swept.left += 1;
            }
        }
        swept.due += 1;
    }

    async fn due_payment(&self, id: PaymentId) -> Result<Option<Payment>, AppError> {
        let payment = self.store.payment(id).await?;
        let now = self.clock.now();
        // The index lags: somebody may have dealt with it already.
        Ok(payment.filter(|payment| payment.due_at().is_some_and(|due| due <= now)))
    }

    async fn announce(
        &self,
        secrets: &Arc<Secrets>,
        id: PaymentId,
    ) -> Result<Option<Verdict>, AppError> {
        let Some(payment) = self.due_payment(id).await? else {
            return Ok(None);
        };
        let now = self.clock.now();
        if payment.overdue(now) != Some(Verdict::LapseAnnounced) {
            return Ok(None);
        }
        self.conclude_due(secrets, payment, Verdict::LapseAnnounced)
            .await
    }

    /// Ends an authorisation that has lapsed, once DOKU says that the money is still merely held: it
    /// may have been captured without our knowing.
    async fn look_after(
        &self,
        secrets: &Arc<Secrets>,
        id: PaymentId,
        deadline: Deadline,
    ) -> Result<Option<Verdict>, AppError> {
        let Some(payment) = self.due_payment(id).await? else {
            return Ok(None);
        };
        let payment = if payment.is_capturing() {
            self.settle_left_capture(secrets, payment, deadline).await?
        } else {
            payment
        };
        if payment.status != PaymentStatus::Authorized {
            return Ok(Some(Verdict::NoNews));
        }
        let Some(verdict) = payment.overdue(self.clock.now()) else {
            return Err(AppError::Illegal("its capture is not known yet"));
        };
        let Asked::Found(found) = self.ask(secrets, &payment, deadline).await? else {
            return Err(AppError::Illegal("DOKU does not say how it stands"));
        };
        let merely_held = matches!(
            &found,
            // Said outright: "success" alone may be of a capture.
            Told::Card(found) if found.meaning() == Meaning::Payment(Verdict::Authorized)
        );
        if !merely_held {
            self.record_found(secrets, payment, found, &Along::only(None))
                .await?;
            let again = self.store.payment(id).await?;
            return match again.map(|payment| payment.status) {
                Some(PaymentStatus::Authorized) => Err(AppError::Illegal(
                    "DOKU does not say that it is merely held",
                )),
                Some(PaymentStatus::Expired) => Ok(Some(Verdict::Expired)),
                _ => Ok(Some(Verdict::NoNews)),
            };
        }
        self.conclude_due(secrets, payment, verdict).await
    }

    async fn conclude_due(
        &self,
        secrets: &Arc<Secrets>,
        payment: Payment,
        verdict: Verdict,
    ) -> Result<Option<Verdict>, AppError> {
        let outcome = Outcome::new(verdict, self.clock.now());
        self.record_payment(secrets, payment, &outcome, &Along::only(None))
            .await?;
        Ok(Some(verdict))
    }
}
