//! Captures that may have been made before, and are not remembered.

use super::super::adopting::{Comparison, compare_capture};
use super::super::answer::Answer;
use super::super::asking::{Asked, Told};
use super::super::context::Context;
use super::super::{App, AppError, Deadline};
use super::finding::{About, about_capture, earlier_outcome};
use crate::clock::Timestamp;
use crate::doku::doubt;
use crate::doku::wire::card::transaction::Transaction;
use crate::domain::evidence::EvidenceKind;
use crate::domain::failure::Failure;
use crate::domain::operation::{Operation, OperationKind};
use crate::domain::outcome::{Outcome, Verdict};
use crate::domain::payment::Payment;

impl App {
    /// Doubts the refusal of a capture that was repeated under its own id, or that may be about an earlier
    /// one that is not remembered: asking tells, and makes what is recorded that of a status
    /// check. Gives the context to record in, the outcome, and true when an earlier capture is adopted.
    pub(super) async fn doubting_capture(
        &self,
        ctx: &Context,
        payment: &Payment,
        operation: &Operation,
        told: Outcome,
        deadline: Deadline,
    ) -> Result<(Context, Outcome, bool), AppError> {
        // "Known already" is doubted at once: known as what?
        let known = told.verdict == Verdict::CaptureFailed(Failure::DuplicateReference);
        let refused = matches!(told.verdict, Verdict::CaptureFailed(_));
        let doubt = doubt::doubt(
            payment.channel.family,
            OperationKind::Capture,
            told.response_code.as_deref(),
        );
        if !refused || !(operation.resent || known || doubt.is_some()) {
            return Ok((ctx.clone(), told, false));
        }
        let asked = self.ask(ctx, payment, deadline).await?;
        let is_same = match &asked {
            Asked::Found(Told::Card(found)) => compare_capture(found, payment) == Comparison::Same,
            Asked::Found(Told::Snap(_)) | Asked::NotFound | Asked::Nothing => false,
        };
        let mut about = about_capture(&asked, &operation.external_id, told.at);
        if matches!(about, About::Voided) && (known || operation.resent) {
            let own = &operation.external_id;
            about = self.about_voided(&ctx.secrets, own, deadline).await;
        }
        let outcome = match about {
            About::Told(outcome) => *outcome,
            // It may be known because the first attempt is being worked on.
            About::Absent if known && operation.resent => {
                Outcome::new(Verdict::CaptureUnknown, told.at)
            }
            // This attempt took nothing of what was voided.
            About::Voided => told,
            // That it is not there ends it only where an absence was proven to mean that: the check may
            // lag behind the capture that the refusal is about.
            About::Absent
                if doubt.is_none()
                    || self.capture_is_absent(payment, operation, told.at).await? =>
            {
                told
            }
            About::Absent | About::Nothing => Outcome::new(Verdict::CaptureUnknown, told.at),
        };
        let is_adopted = is_same && !operation.resent && outcome.verdict == Verdict::Captured;
        Ok((ctx.status_check(), outcome, is_adopted))
    }

    /// True when it is proven that DOKU did not make a capture that its status check does not show.
    async fn capture_is_absent(
        &self,
        payment: &Payment,
        operation: &Operation,
        now: Timestamp,
    ) -> Result<bool, AppError> {
        let since = operation.started_at;
        self.absence_is_proven(EvidenceKind::Capture, payment.channel, since, now)
            .await
    }

    /// Records what DOKU knows of a capture that was not sent by this deployment as it is: adopted where
    /// everything matches, else left unknown and flagged.
    pub(super) async fn record_earlier_capture(
        &self,
        ctx: &Context,
        payment: Payment,
        found: &Transaction,
        operation: &Operation,
    ) -> Result<Answer, AppError> {
        let ctx = &ctx.status_check();
        let now = self.clock.now();
        let outcome = match compare_capture(found, &payment) {
            Comparison::Same => earlier_outcome(found, &operation.external_id, now),
            Comparison::Other(flag) => {
                let outcome = Outcome {
                    request_id: Some(operation.external_id.to_string()),
                    ..Outcome::new(Verdict::CaptureUnknown, now)
                };
                let mark = |payment: &mut Payment| payment.flag(flag);
                return self
                    .record_marked_capture(ctx, payment, &outcome, (&operation.claim, &mark))
                    .await;
            }
        };
        let mark = |payment: &mut Payment| adopt_capture(payment, operation);
        self.record_marked_capture(ctx, payment, &outcome, (&operation.claim, &mark))
            .await
    }
}

/// Marks the capture of that operation as found at DOKU.
pub(super) fn adopt_capture(payment: &mut Payment, operation: &Operation) {
    let capture = payment.capture.as_mut();
    let own = capture.filter(|it| it.operation.external_id == operation.external_id);
    if let Some(capture) = own {
        capture.adopted = true;
    }
}
