//! Taking money that a card payment holds: all of it or a part, once, within seven days.

mod earlier;
mod finding;

use std::sync::Arc;

use secrecy::ExposeSecret;

use earlier::adopt_capture;
use finding::{About, about_capture, answered_outcome, earlier_outcome};

use super::adopting::{Comparison, Earlier, compare_capture};
use super::answer::Answer;
use super::asking::{Asked, IfAbsent, Told as StatusReport};
use super::beginning::Begun;
use super::context::Context;
use super::recording::{Along, put_back};
use super::sending::{NonSnapOrder, Sent};
use super::{Actor, App, AppError, Deadline, Idempotency};
use crate::clock::Timestamp;
use crate::doku::wire::card::capture as wire;
use crate::domain::channel::Capability;
use crate::domain::evidence::EvidenceKind;
use crate::domain::failure::Failure;
use crate::domain::ids::{ExternalId, PaymentId};
use crate::domain::money::Rupiah;
use crate::domain::movement::MovementStatus;
use crate::domain::operation::{Operation, OperationKind, OperationState, Step};
use crate::domain::outcome::{Outcome, Verdict};
use crate::domain::payment::{Capture, Payment, PaymentStatus};
use crate::domain::reference::{self, Subject};
use crate::domain::sealed::Sealed;
use crate::domain::watch::Watch;
use crate::secrets::Secrets;
use crate::store::{Claim, Target};

/// What a capture asks for.
#[derive(Debug, Clone)]
pub struct CaptureCommand {
    /// Of which payment.
    pub payment: PaymentId,
    /// How much; `None` for all that is held.
    pub amount: Option<Rupiah>,
}

fn body_context(id: PaymentId) -> String {
    format!("PAYMENT#{id}/capture")
}

impl App {
    /// Captures a payment, or continues what the same request began before.
    pub async fn capture(
        &self,
        actor: &Actor,
        command: &CaptureCommand,
        idempotency: &Idempotency,
        deadline: Deadline,
    ) -> Result<Answer, AppError> {
        let ctx = self.context(actor.attribution()).await?;
        if let Some(claim) = self.of_earlier_release(idempotency).await? {
            return self
                .resume_capture(&ctx, idempotency, claim, deadline)
                .await;
        }
        let own = idempotency.claim_key();
        let mut round = 0;
        loop {
            let ready = self.capturable(&ctx, actor, command, &own, deadline).await;
            let (mut payment, amount, authorize_id) = match ready {
                Ok(ready) => ready,
                Err(error) => {
                    let claim = self.begun_before(idempotency, error).await?;
                    return self
                        .resume_capture(&ctx, idempotency, claim, deadline)
                        .await;
                }
            };
            let now = self.clock.now();
            let claim = idempotency.claim(&ctx.secrets, Target::Capture(payment.id), now);
            let body = wire::request(&authorize_id, amount);
            let sealed = ctx.secrets.keyring().seal(&body_context(payment.id), &body);
            let family = payment.channel.family;
            let earlier = payment.captures_so_far();
            payment.watch = Watch::default();
            payment.capture = Some(Capture {
                earlier,
                amount,
                status: MovementStatus::Pending,
                failure: None,
                adopted: false,
                operation: Operation {
                    external_id: reference::for_request(
                        OperationKind::Capture,
                        Subject::Payment(payment.id),
                        &idempotency.key,
                        1,
                    ),
                    body: Some(Sealed(sealed)),
                    ..self.intend(OperationKind::Capture, family, claim.key.clone(), deadline)?
                },
            });
            let mut write = self.store.write();
            let stored = write.claim(&claim).payment(&payment).commit().await;
            match Self::begun(stored, &mut round, deadline).await? {
                Begun::Stored => {
                    payment.version += 1;
                    return self.send_capture(&ctx, payment, deadline).await;
                }
                Begun::Before(claim) => {
                    return self
                        .resume_capture(&ctx, idempotency, claim, deadline)
                        .await;
                }
                Begun::LookAgain => {}
            }
        }
    }

    /// Reads the payment and checks that this much of it may be captured now, by the request of that
    /// claim.
    async fn capturable(
        &self,
        ctx: &Context,
        actor: &Actor,
        command: &CaptureCommand,
        claim: &str,
        deadline: Deadline,
    ) -> Result<(Payment, Rupiah, String), AppError> {
        let mut payment = self.payment_for(actor, command.payment).await?;
        if !payment.channel.can(Capability::Capture) {
            return Err(self.not_offered(&[Capability::Capture], "paymentId"));
        }
        if payment.status == PaymentStatus::Authorized && !payment.is_capturing() {
            payment = self.check_after_restore(ctx, payment, deadline).await?;
        }
        let left = payment.capture.as_ref().filter(|_| payment.is_capturing());
        if left.is_some_and(|left| left.operation.claim != claim) {
            payment = self.settle_left_capture(ctx, payment, deadline).await?;
        }
        if let Some(why) = not_capturable(&payment, self.clock.now()) {
            return Err(AppError::Illegal(why));
        }
        let amount = command.amount.unwrap_or(payment.charged);
        if amount > payment.charged {
            return Err(AppError::Illegal(
                "The capture is more than what was authorised.",
            ));
        }
        let named = |payment: &Payment| payment.card()?.authorize_id.clone();
        if named(&payment).is_none() {
            // DOKU did not name the authorisation when it told of it: ask for the name.
            payment = self.ask_for_news(ctx, payment, deadline).await?;
        }
        let authorize_id = named(&payment).ok_or(AppError::Illegal(
            "DOKU has not named the authorisation yet; try again in a minute.",
        ))?;
        Ok((payment, amount, authorize_id))
    }

    /// Finds out about a capture that another request left behind, before this one may begin.
    async fn settle_left_capture(
        &self,
        ctx: &Context,
        payment: Payment,
        deadline: Deadline,
    ) -> Result<Payment, AppError> {
        let id = payment.id;
        self.find_left_capture(ctx, payment, deadline).await?;
        let again = self.store.payment(id).await?;
        again.ok_or(AppError::PaymentNotFound)
    }

    /// Finds out about a capture that whoever asked for it does not ask for any more. Never by sending it
    /// again: were it not at DOKU, it would take the money now.
    pub(super) async fn find_left_capture(
        &self,
        ctx: &Context,
        payment: Payment,
        deadline: Deadline,
    ) -> Result<(), AppError> {
        match self.capture_step(&payment) {
            Step::Busy(wait) | Step::TooEarly(wait) => Err(AppError::InProgress(wait)),
            Step::Done => Ok(()),
            Step::Send | Step::Ask => self
                .continue_capture(ctx, payment, Step::Ask, IfAbsent::End, deadline)
                .await
                .map(drop),
        }
    }

    fn capture_step(&self, payment: &Payment) -> Step {
        let Some(capture) = &payment.capture else {
            return Step::Done;
        };
        let operation = &capture.operation;
        match operation.next_step(self.clock.now(), self.patience()) {
            // What DOKU has is not what would be sent.
            Step::Send
                if payment.is_contradicted() && operation.state != OperationState::Unsent =>
            {
                Step::Ask
            }
            step => step,
        }
    }

    /// Continues a capture that was left behind, under a lease of our own.
    pub(super) async fn continue_capture(
        &self,
        ctx: &Context,
        mut payment: Payment,
        step: Step,
        if_absent: IfAbsent,
        deadline: Deadline,
    ) -> Result<Answer, AppError> {
        let now = self.clock.now();
        let fresh = self.external_id()?;
        let Some(capture) = &mut payment.capture else {
            return Err(AppError::Internal("no capture to be continued"));
        };
        if step == Step::Send {
            capture.operation.renew(fresh, now);
            payment.watch = Watch::default();
        }
        capture.operation.lease(now, deadline.remaining());
        let payment = self.lease(payment).await?;
        if step == Step::Send {
            self.send_capture(ctx, payment, deadline).await
        } else {
            self.ask_about_capture(ctx, payment, if_absent, deadline)
                .await
        }
    }

    /// Sends the frozen body and records how it went.
    async fn send_capture(
        &self,
        ctx: &Context,
        payment: Payment,
        deadline: Deadline,
    ) -> Result<Answer, AppError> {
        let Some(operation) = payment.capture.as_ref().map(|it| it.operation.clone()) else {
            return Err(AppError::Internal("no capture to be sent"));
        };
        let Some(sealed) = &operation.body else {
            return Err(AppError::Internal("a capture to be sent has no body"));
        };
        let body = self.open(&body_context(payment.id), sealed).await?;
        if !operation.resent {
            match self
                .earlier_work(&ctx.secrets, &operation.external_id, deadline)
                .await
            {
                Earlier::None => {}
                Earlier::Found(found) => {
                    return self
                        .record_earlier_capture(ctx, payment, &found, &operation)
                        .await;
                }
                Earlier::NoAnswer(error) => return self.put_back_capture(payment, error).await,
            }
        }
        let order = NonSnapOrder {
            path: wire::PATH,
            request_id: &operation.external_id,
            body: Some(body.expose_secret()),
        };
        let sent = self.send_non_snap(&ctx.secrets, order, deadline).await;
        let now = self.clock.now();
        let (ctx, outcome, is_adopted) = match sent.in_all(&operation) {
            Sent::NotTaken(error) => return self.put_back_capture(payment, error).await,
            Sent::Lost(_) | Sent::CustomerGone => {
                let lost = Outcome::new(Verdict::CaptureUnknown, now);
                (ctx.clone(), lost, false)
            }
            Sent::Answered(answer, _) => {
                let own = payment.card().and_then(|card| card.authorize_id.as_deref());
                let told = answered_outcome(own, &answer, now);
                self.doubting_capture(ctx, &payment, &operation, told, deadline)
                    .await?
            }
        };
        let mut payment = payment;
        let own = || Some(operation.external_id.to_string());
        let mut outcome = Outcome {
            request_id: outcome.request_id.clone().or_else(own),
            ..outcome
        };
        if outcome.verdict == Verdict::Captured && payment.is_about_another_capture(&outcome) {
            // The money was taken by another capture, which is why this one was refused.
            let recorded = self
                .record_payment(&ctx, payment, &outcome, &Along::only(None))
                .await?;
            payment = recorded.resource;
            outcome = Outcome {
                request_id: own(),
                ..Outcome::new(Verdict::CaptureFailed(Failure::WrongState), now)
            };
        }
        let mark = |payment: &mut Payment| {
            if is_adopted {
                adopt_capture(payment, &operation);
            }
        };
        self.record_marked_capture(&ctx, payment, &outcome, (&operation.claim, &mark))
            .await
    }

    /// Stores how the capture went, and answers the request that asked for it.
    pub(super) async fn record_capture(
        &self,
        ctx: &Context,
        payment: Payment,
        outcome: &Outcome,
        claim: &str,
    ) -> Result<Answer, AppError> {
        self.record_marked_capture(ctx, payment, outcome, (claim, &|_| {}))
            .await
    }

    /// The same, with a mark on the payment.
    async fn record_marked_capture(
        &self,
        ctx: &Context,
        payment: Payment,
        outcome: &Outcome,
        (claim, mark): (&str, &(dyn Fn(&mut Payment) + Sync)),
    ) -> Result<Answer, AppError> {
        let now = self.clock.now();
        let settle = |payment: &mut Payment| {
            mark(payment);
            let own = payment.capture.as_mut();
            if let Some(capture) = own.filter(|capture| capture.operation.claim == claim) {
                if capture.status.is_decided() {
                    capture.operation.finish();
                } else {
                    capture.operation.leave_unknown(now);
                }
            }
        };
        let along = Along {
            settle: &settle,
            claim: Some((claim, 200)),
            seen: None,
        };
        let recorded = self.record_payment(ctx, payment, outcome, &along).await?;
        Ok(self.with_advice(recorded.answer))
    }

    /// Notes that nothing was sent, so that a repeat of the request may send it.
    async fn put_back_capture(
        &self,
        mut payment: Payment,
        error: AppError,
    ) -> Result<Answer, AppError> {
        if let Some(capture) = &mut payment.capture {
            capture.operation.put_back(self.clock.now());
        }
        put_back(self.store.write().payment(&payment).commit().await, error)
    }

    async fn resume_capture(
        &self,
        ctx: &Context,
        idempotency: &Idempotency,
        claim: Claim,
        deadline: Deadline,
    ) -> Result<Answer, AppError> {
        if let Some(answer) = self.answered(&ctx.secrets, idempotency, &claim).await? {
            return Ok(answer);
        }
        let Target::Capture(id) = claim.target else {
            return Err(AppError::Internal("a claim of another kind"));
        };
        let payment = self.store.payment(id).await?;
        let payment = payment.ok_or(AppError::PaymentNotFound)?;
        let own = payment
            .capture
            .as_ref()
            .filter(|capture| capture.operation.claim == claim.key);
        let Some(own) = own else {
            return Err(AppError::Illegal(
                "Another capture of this payment took the place of this one.",
            ));
        };
        let (decided, unsent) = (
            own.status.is_decided(),
            own.operation.state == OperationState::Unsent,
        );
        match self.capture_step(&payment) {
            // A notification decided it.
            _ if decided => self.conclude_capture(ctx, payment, &claim.key).await,
            _ if unsent && let Some(why) = not_capturable(&payment, self.clock.now()) => {
                Err(AppError::Illegal(why))
            }
            Step::Busy(wait) => Err(AppError::InProgress(wait)),
            Step::Done => self.conclude_capture(ctx, payment, &claim.key).await,
            Step::TooEarly(wait) => {
                let answer = self.payment_answer(&payment, 200).await?;
                Ok(answer.ask_again_after(wait))
            }
            step @ (Step::Send | Step::Ask) => {
                self.continue_capture(ctx, payment, step, IfAbsent::Send, deadline)
                    .await
            }
        }
    }

    /// Answers a request whose capture is over, from the payment as it is.
    async fn conclude_capture(
        &self,
        ctx: &Context,
        payment: Payment,
        claim: &str,
    ) -> Result<Answer, AppError> {
        if let Some(answer) = self.answered_meanwhile(claim).await? {
            return Ok(answer);
        }
        let outcome = Outcome::new(Verdict::NoNews, self.clock.now());
        self.record_capture(ctx, payment, &outcome, claim).await
    }

    /// Asks what became of a capture whose lease the caller holds.
    async fn ask_about_capture(
        &self,
        ctx: &Context,
        mut payment: Payment,
        if_absent: IfAbsent,
        deadline: Deadline,
    ) -> Result<Answer, AppError> {
        let asked = self.ask(ctx, &payment, deadline).await?;
        let now = self.clock.now();
        let patience = self.patience();
        let is_contradicted = payment.is_contradicted();
        let as_read = payment.clone();
        let Some(capture) = &as_read.capture else {
            return Err(AppError::Internal("no capture to ask about"));
        };
        let claim = capture.operation.claim.clone();
        let asked_about = capture.operation.external_id.clone();
        let contradicted = match &asked {
            Asked::Found(StatusReport::Card(found)) if is_contradicted => {
                compare_capture(found, &as_read) != Comparison::Same
            }
            Asked::Found(_) | Asked::NotFound | Asked::Nothing => false,
        };
        let mut about = about_capture(&asked, &asked_about, now);
        let is_voided = matches!(about, About::Voided);
        if is_voided {
            about = self
                .about_voided(&ctx.secrets, &asked_about, deadline)
                .await;
        }
        let Some(capture) = &mut payment.capture else {
            return Err(AppError::Internal("no capture to ask about"));
        };
        let mut has_lasted =
            matches!(about, About::Absent) && capture.operation.note_absent(now, patience);
        if has_lasted && if_absent == IfAbsent::End {
            // To end it frees what is held: only a proven absence counts.
            let since = capture.operation.absent_since.unwrap_or(now);
            let (kind, channel) = (EvidenceKind::Capture, payment.channel);
            has_lasted = self.absence_is_proven(kind, channel, since, now).await?;
        }
        let outcome = match about {
            About::Told(_) | About::Absent if contradicted => Outcome {
                request_id: Some(asked_about.to_string()),
                ..Outcome::new(Verdict::CaptureUnknown, now)
            },
            About::Told(outcome) => *outcome,
            About::Absent if has_lasted => match if_absent {
                IfAbsent::Send => {
                    let again =
                        self.continue_capture(ctx, payment, Step::Send, if_absent, deadline);
                    return Box::pin(again).await;
                }
                IfAbsent::End => Outcome {
                    request_id: Some(asked_about.to_string()),
                    ..Outcome::new(Verdict::CaptureFailed(Failure::NotSent), now)
                },
            },
            About::Absent | About::Voided | About::Nothing => Outcome {
                request_id: Some(asked_about.to_string()),
                ..Outcome::new(Verdict::CaptureUnknown, now)
            },
        };
        let absent_since = capture.operation.absent_since;
        let settle = |payment: &mut Payment| {
            if is_voided {
                // What was voided is found out next.
                payment.doubt_refunds(now);
            }
            let own = payment.capture.as_mut();
            if let Some(capture) = own.filter(|capture| capture.operation.claim == claim) {
                if capture.status.is_decided() {
                    capture.operation.finish();
                } else {
                    capture.operation.absent_since = absent_since;
                    capture.operation.leave_unknown(now);
                }
            }
        };
        let along = Along {
            settle: &settle,
            claim: Some((&claim, 200)),
            seen: None,
        };
        let ctx = &ctx.status_check();
        let recorded = self.record_payment(ctx, payment, &outcome, &along).await?;
        Ok(self.with_advice(recorded.answer))
    }

    /// What the status of its own request says of a capture, after something of the payment was voided.
    async fn about_voided(
        &self,
        secrets: &Arc<Secrets>,
        own: &ExternalId,
        deadline: Deadline,
    ) -> About {
        let found = self.earlier_work(secrets, own, deadline).await;
        let now = self.clock.now();
        match found {
            Earlier::Found(found) => About::Told(Box::new(earlier_outcome(&found, own, now))),
            // Nothing was captured, and what could have been is gone.
            Earlier::None => About::Told(Box::new(Outcome {
                request_id: Some(own.to_string()),
                ..Outcome::new(Verdict::CaptureFailed(Failure::WrongState), now)
            })),
            Earlier::NoAnswer(_) => About::Nothing,
        }
    }

    /// Asks DOKU about a card payment that nobody waits for, and records what it says.
    pub(super) async fn ask_for_news(
        &self,
        ctx: &Context,
        payment: Payment,
        deadline: Deadline,
    ) -> Result<Payment, AppError> {
        let id = payment.id;
        let found = match self.ask(ctx, &payment, deadline).await? {
            Asked::Found(found) => found,
            Asked::NotFound => return Ok(payment),
            Asked::Nothing => return Err(AppError::Unreachable),
        };
        self.record_found(ctx, payment, found, &Along::only(None))
            .await?;
        let again = self.store.payment(id).await?;
        again.ok_or(AppError::PaymentNotFound)
    }
}

/// Why a payment cannot be captured now, if it cannot.
fn not_capturable(payment: &Payment, now: Timestamp) -> Option<&'static str> {
    if payment.captured.is_some() {
        return Some("The payment was captured already.");
    }
    if payment.is_capturing() {
        return Some("Another capture of this payment is under way.");
    }
    let lapsed = payment.capture_before().is_some_and(|end| now >= end);
    match payment.status {
        PaymentStatus::Authorized | PaymentStatus::Expired if lapsed => {
            Some("The authorisation has lapsed.")
        }
        PaymentStatus::Authorized => None,
        PaymentStatus::Voided => Some("The authorisation was given up."),
        status if status.is_settled() => Some("The payment was not merely authorised, but paid."),
        _ => Some("Only an authorised payment can be captured."),
    }
}
