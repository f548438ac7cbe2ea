//! Going on with a payment that somebody began: the same request again, or whoever finds it.

use std::time::Duration;

use super::super::answer::Answer;
use super::super::asking::IfAbsent;
use super::super::context::Context;
use super::super::recording::Along;
use super::super::{Actor, App, AppError, Deadline, Idempotency};
use crate::domain::operation::Step;
use crate::domain::outcome::{Outcome, Verdict};
use crate::domain::payment::Payment;
use crate::store::{Claim, Target};

impl App {
    /// Continues, or answers again, what the same request began before, although it could not be begun
    /// now; `None` where nothing was.
    pub async fn pay_again(
        &self,
        actor: &Actor,
        idempotency: &Idempotency,
        deadline: Deadline,
    ) -> Result<Option<Answer>, AppError> {
        let Some((secrets, claim)) = self.same_before(idempotency).await? else {
            return Ok(None);
        };
        let by = actor.attribution();
        let ctx = Context { secrets, by };
        let answer = self.resume_pay(&ctx, idempotency, claim, deadline);
        answer.await.map(Some)
    }

    /// Continues, or answers again, what an earlier request with the same key began.
    pub(super) async fn resume_pay(
        &self,
        ctx: &Context,
        idempotency: &Idempotency,
        claim: Claim,
        deadline: Deadline,
    ) -> Result<Answer, AppError> {
        if let Some(answer) = self.answered(&ctx.secrets, idempotency, &claim).await? {
            return Ok(answer);
        }
        let Target::Pay(id) = claim.target else {
            return Err(AppError::Internal("a claim of another kind"));
        };
        let payment = self.store.payment(id).await?;
        let payment = payment.ok_or(AppError::Internal("a claim without its payment"))?;
        self.continue_payment(ctx, payment, deadline).await
    }

    /// Continues a payment that somebody else began.
    pub(in crate::app) async fn continue_payment(
        &self,
        ctx: &Context,
        mut payment: Payment,
        deadline: Deadline,
    ) -> Result<Answer, AppError> {
        let now = self.clock.now();
        let step = payment.next_step(now, self.patience());
        match step {
            Step::Busy(wait) => return Err(AppError::InProgress(wait)),
            // Decided by a notification, or by whoever asked.
            _ if !payment.status.is_open() => return self.conclude_pay(ctx, payment).await,
            Step::Done => return self.conclude_pay(ctx, payment).await,
            Step::TooEarly(wait) => {
                let answer = self.payment_answer(&payment, 201).await?;
                return Ok(answer.ask_again_after(wait));
            }
            Step::Send | Step::Ask => {
                // Whoever began may have died before it took in what DOKU had told us already.
                payment = self.join_waiting(ctx, payment).await?;
                if !payment.status.is_open() {
                    return self.conclude_pay(ctx, payment).await;
                }
                match payment.next_step(now, self.patience()) {
                    same if same == step => {}
                    // Somebody else went on with it meanwhile.
                    Step::Done => return self.conclude_pay(ctx, payment).await,
                    _ => return Err(AppError::InProgress(Duration::from_secs(1))),
                }
            }
        }
        if step == Step::Send {
            return self.resend_payment(ctx, payment, deadline).await;
        }
        payment.operation.lease(now, deadline.remaining());
        let payment = self.lease(payment).await?;
        self.ask_about_payment(ctx, payment, IfAbsent::Send, deadline)
            .await
    }

    /// Stores a payment whose lease was taken; `in_progress` when somebody else was faster.
    pub(in crate::app) async fn lease(&self, mut payment: Payment) -> Result<Payment, AppError> {
        let stored = self.store.write().payment(&payment).commit().await;
        stored.map_err(AppError::of_write)?;
        payment.version += 1;
        Ok(payment)
    }

    /// Answers a request whose payment is decided, and ends its operation.
    pub(in crate::app) async fn conclude_pay(
        &self,
        ctx: &Context,
        payment: Payment,
    ) -> Result<Answer, AppError> {
        let claim = payment.operation.claim.clone();
        if let Some(answer) = self.answered_meanwhile(&claim).await? {
            return Ok(answer);
        }
        let along = Along {
            settle: &|payment: &mut Payment| payment.operation.finish(),
            claim: Some((&claim, 201)),
            seen: None,
        };
        let outcome = Outcome::new(Verdict::NoNews, self.clock.now());
        Ok(self
            .record_payment(ctx, payment, &outcome, &along)
            .await?
            .answer)
    }

    /// Adds to a 202 when it makes sense to ask again.
    pub(in crate::app) fn with_advice(&self, answer: Answer) -> Answer {
        if answer.status == 202 {
            let wait = self.config.status_check_after;
            answer.ask_again_after(wait)
        } else {
            answer
        }
    }
}
