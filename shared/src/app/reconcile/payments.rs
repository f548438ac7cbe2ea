//! Payments whose outcome is open, and authorisations that lapse.

use std::time::Duration;

use super::super::asking::{Asked, IfAbsent, Told};
use super::super::context::Context;
use super::super::recording::Along;
use super::super::{App, AppError, Deadline};
use super::Looked;
use crate::clock::Timestamp;
use crate::doku::wire::card::transaction::Meaning;
use crate::domain::event::EventType;
use crate::domain::evidence::EvidenceKind;
use crate::domain::failure::Failure;
use crate::domain::ids::PaymentId;
use crate::domain::operation::{OperationState, Step};
use crate::domain::outcome::{Outcome, Verdict};
use crate::domain::payment::{Payment, PaymentStatus};
use crate::domain::watch::UNSENT_FOR;
use crate::store::Rejected;

impl App {
    async fn due_payment(&self, id: PaymentId) -> Result<Option<Payment>, AppError> {
        let payment = self.store.payment(id).await?;
        let now = self.clock.now();
        // The index lags: somebody may have dealt with it already.
        Ok(payment.filter(|payment| payment.due_at().is_some_and(|due| due <= now)))
    }

    /// Finds out what became of a payment, or announces or ends an authorisation that lapses.
    pub(super) async fn look_at_payment(
        &self,
        ctx: &Context,
        id: PaymentId,
        deadline: Deadline,
    ) -> Result<Looked, AppError> {
        let Some(payment) = self.due_payment(id).await? else {
            return Ok(Looked::NotDue);
        };
        let now = self.clock.now();
        if payment
            .unsent_capture_ends_at()
            .is_some_and(|end| end <= now)
        {
            return match self.end_unsent_capture(ctx, payment, deadline).await {
                // Somebody repeats it at this moment.
                Err(AppError::InProgress(_)) => Ok(Looked::Open),
                looked => looked,
            };
        }
        if payment.open_since().is_none() {
            return self.lapse(ctx, payment, deadline).await;
        }
        let looked = self.look_at_open(ctx, payment, deadline).await;
        let payment = self.store.payment(id).await?;
        let payment = payment.ok_or(AppError::PaymentNotFound)?;
        let wait = match looked {
            Ok(wait) | Err(AppError::InProgress(wait)) => wait,
            Err(error) => {
                // DOKU may be down for long: what was to be asked is asked again in its time.
                tracing::info!(paymentId = %id, %error, "a payment stays open");
                Duration::ZERO
            }
        };
        self.note_look(ctx, payment, wait, deadline).await
    }

    /// One look at a payment whose outcome is open: how long to wait, at least, before the next.
    async fn look_at_open(
        &self,
        ctx: &Context,
        payment: Payment,
        deadline: Deadline,
    ) -> Result<Duration, AppError> {
        let now = self.clock.now();
        if payment.is_capturing() {
            self.find_left_capture(ctx, payment, deadline).await?;
            return Ok(Duration::ZERO);
        }
        if payment.operation.state != OperationState::Final {
            let payment = self.join_waiting(ctx, payment).await?;
            if !payment.status.is_open() {
                self.conclude_pay(ctx, payment).await?;
                return Ok(Duration::ZERO);
            }
            return self.look_at_call(ctx, payment, deadline).await;
        }
        let otp = payment.otp.as_ref();
        match otp.map(|otp| otp.next_step(now, self.patience())) {
            Some(Step::Busy(wait) | Step::TooEarly(wait)) => return Ok(wait),
            Some(Step::Ask) => {
                self.settle_lost_otp(ctx, payment, IfAbsent::End, deadline)
                    .await?;
            }
            // Nothing is on its way: DOKU says what its page, or the bank, has come to.
            Some(Step::Send | Step::Done) | None => {
                self.ask_for_news(ctx, payment, deadline).await?;
            }
        }
        Ok(Duration::ZERO)
    }

    /// Looks at a charge whose own call is not finished.
    async fn look_at_call(
        &self,
        ctx: &Context,
        mut payment: Payment,
        deadline: Deadline,
    ) -> Result<Duration, AppError> {
        let now = self.clock.now();
        match payment.next_step(now, self.patience()) {
            Step::Busy(wait) | Step::TooEarly(wait) => return Ok(wait),
            Step::Done => {}
            Step::Send if payment.operation.state == OperationState::Unsent => {
                let until = payment.operation.started_at.plus(UNSENT_FOR);
                if now < until {
                    // Whoever asked for it may ask again.
                    return Ok(until.since(now));
                }
                // Under a lease: whoever repeats it at this moment must not have it ended meanwhile.
                payment.operation.lease(now, deadline.remaining());
                let payment = self.lease(payment).await?;
                self.end_never_sent(ctx, payment, Failure::NotSent, deadline)
                    .await?;
            }
            // The same request again brings the first answer.
            Step::Send => {
                self.resend_payment(ctx, payment, deadline).await?;
            }
            Step::Ask => {
                payment.operation.lease(now, deadline.remaining());
                let payment = self.lease(payment).await?;
                self.ask_about_payment(ctx, payment, IfAbsent::End, deadline)
                    .await?;
            }
        }
        Ok(Duration::ZERO)
    }

    /// Notes that somebody looked at a payment, and when somebody does again if it is still open.
    async fn note_look(
        &self,
        ctx: &Context,
        payment: Payment,
        wait: Duration,
        deadline: Deadline,
    ) -> Result<Looked, AppError> {
        let now = self.clock.now();
        let Some(began) = payment.open_since() else {
            if payment.due_at().is_some_and(|due| due <= now) {
                return self.lapse(ctx, payment, deadline).await;
            }
            return Ok(Looked::Finished);
        };
        self.look_again(ctx, payment, began, now, wait).await
    }

    /// Stores when somebody looks again at what is still open; or tells a person.
    async fn look_again(
        &self,
        ctx: &Context,
        payment: Payment,
        began: Timestamp,
        now: Timestamp,
        wait: Duration,
    ) -> Result<Looked, AppError> {
        let mut next = payment;
        let told = next.watch.note_look(began, now, wait);
        let mut write = self.store.write();
        write.payment(&next);
        if told {
            let kind = EventType::PaymentNeedsAttention;
            let event = self.payment_event(ctx, kind, &next)?;
            write.payment_event(&next, &event);
        }
        match write.commit().await {
            Ok(()) if told => Ok(Looked::Told),
            // Somebody else wrote meanwhile: it stays due, and is looked at again.
            Ok(()) | Err(Rejected::Stale) => Ok(Looked::Open),
            Err(rejected) => Err(AppError::of_write(rejected)),
        }
    }

    /// Gives up a capture that did not reach DOKU and that nobody repeated.
    async fn end_unsent_capture(
        &self,
        ctx: &Context,
        mut payment: Payment,
        deadline: Deadline,
    ) -> Result<Looked, AppError> {
        let now = self.clock.now();
        let Some(capture) = &mut payment.capture else {
            return Ok(Looked::NotDue);
        };
        if let Step::Busy(wait) = capture.operation.next_step(now, self.patience()) {
            return Err(AppError::InProgress(wait));
        }
        capture.operation.lease(now, deadline.remaining());
        let claim = capture.operation.claim.clone();
        let outcome = Outcome {
            request_id: Some(capture.operation.external_id.to_string()),
            ..Outcome::new(Verdict::CaptureFailed(Failure::NotSent), now)
        };
        let payment = self.lease(payment).await?;
        self.record_capture(ctx, payment, &outcome, &claim).await?;
        Ok(Looked::Finished)
    }

    /// Ends an authorisation that has lapsed, once DOKU says that the money is still merely held: it
    /// may have been captured without our knowing.
    async fn lapse(
        &self,
        ctx: &Context,
        payment: Payment,
        deadline: Deadline,
    ) -> Result<Looked, AppError> {
        let now = self.clock.now();
        let lapsed = payment.capture_before();
        let (Some(verdict), Some(lapsed)) = (payment.overdue(now), lapsed) else {
            return Ok(Looked::NotDue);
        };
        if verdict == Verdict::LapseAnnounced {
            self.conclude_due(ctx, payment, verdict).await?;
            return Ok(Looked::Announced);
        }
        let id = payment.id;
        match self.ask(ctx, &payment, deadline).await {
            Ok(Asked::Found(found))
                if says_merely_held(&found) && self.lapse_is_proven(&payment, now).await? =>
            {
                self.conclude_due(ctx, payment, verdict).await?;
                return Ok(Looked::Expired);
            }
            Ok(Asked::Found(found)) => {
                self.record_found(ctx, payment, found, &Along::only(None))
                    .await?;
            }
            Ok(Asked::NotFound | Asked::Nothing) => {}
            Err(error) => tracing::info!(paymentId = %id, %error, "DOKU was not asked"),
        }
        let again = self.store.payment(id).await?;
        let mut payment = again.ok_or(AppError::PaymentNotFound)?;
        // An open capture may have left no time to announce it.
        payment.announce_no_more();
        match payment.status {
            // DOKU does not say how it stands: it may yet.
            PaymentStatus::Authorized => {
                self.look_again(ctx, payment, lapsed, now, Duration::ZERO)
                    .await
            }
            PaymentStatus::Expired => Ok(Looked::Expired),
            _ => Ok(Looked::Finished),
        }
    }

    /// True when a status check that shows the money as merely held proves that nothing was captured: no
    /// capture was sent, or one would be shown by now.
    async fn lapse_is_proven(&self, payment: &Payment, now: Timestamp) -> Result<bool, AppError> {
        let Some(capture) = &payment.capture else {
            return Ok(true);
        };
        // One that ended as not sent did not leave, or its absence was proven then; and a refusal of DOKU's is
        // an answer, which the status check agrees with.
        let is_answered = !payment.settlement.as_ref().is_some_and(|it| it.of_capture);
        if capture.failure == Some(Failure::NotSent) || capture.status.is_decided() && is_answered {
            return Ok(true);
        }
        let (kind, since) = (EvidenceKind::Capture, capture.operation.started_at);
        self.absence_is_proven(kind, payment.channel, since, now)
            .await
    }

    async fn conclude_due(
        &self,
        ctx: &Context,
        payment: Payment,
        verdict: Verdict,
    ) -> Result<(), AppError> {
        let outcome = Outcome::new(verdict, self.clock.now());
        self.record_payment(ctx, payment, &outcome, &Along::only(None))
            .await
            .map(drop)
    }
}

/// Said outright: "success" alone may be of a capture.
fn says_merely_held(found: &Told) -> bool {
    matches!(found, Told::Card(found) if found.meaning() == Meaning::Payment(Verdict::Authorized))
}
