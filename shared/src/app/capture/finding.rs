//! What DOKU says of a capture: in its answer, and when it is asked.

use super::super::asking::{Asked, Told};
use crate::clock::Timestamp;
use crate::doku::exchange;
use crate::doku::non_snap::declined;
use crate::doku::reading::Reading;
use crate::doku::wire::card::capture as wire;
use crate::doku::wire::card::transaction::{Meaning, Transaction};
use crate::domain::failure::Failure;
use crate::domain::ids::ExternalId;
use crate::domain::movement::RefundKind;
use crate::domain::outcome::{Outcome, Verdict};

/// What an answer to a capture says. The card's own `response_code` is not looked at where the
/// status says that it went well: DOKU's sample carries `01` beside `SUCCESS`.
pub(super) fn answered_outcome(
    own: Option<&str>,
    answer: &exchange::Answer,
    at: Timestamp,
) -> Outcome {
    let mut code = answer.response_code.clone();
    let verdict = match answer.reading {
        Reading::Success => {
            let captured = wire::read(&answer.body);
            let another = captured
                .authorize_id
                .as_deref()
                .is_some_and(|id| Some(id) != own);
            let verdict = match captured.status.as_deref() {
                _ if another => {
                    tracing::error!("DOKU answered about another authorisation");
                    Verdict::CaptureUnknown
                }
                Some("SUCCESS") => Verdict::Captured,
                Some("FAILED") => {
                    Verdict::CaptureFailed(declined(captured.response_code.as_deref()))
                }
                Some("PENDING") => Verdict::CapturePending,
                _ => Verdict::CaptureUnknown,
            };
            code = captured.response_code;
            verdict
        }
        Reading::InProgress => Verdict::CapturePending,
        Reading::Refused(failure) | Reading::OtpRejected(failure) => {
            Verdict::CaptureFailed(failure)
        }
        Reading::Inconsistent => Verdict::CaptureFailed(Failure::DuplicateReference),
        Reading::NotFound | Reading::WrongState | Reading::OtpSent => {
            Verdict::CaptureFailed(Failure::WrongState)
        }
        Reading::Ambiguous
        | Reading::RenewB2b
        | Reading::RenewCustomer
        | Reading::Throttled
        | Reading::Misconfigured => Verdict::CaptureUnknown,
    };
    let mut outcome = Outcome::new(verdict, at);
    outcome.response_code = code;
    outcome
}

/// What asking about a payment says about its capture.
pub(super) enum About {
    /// How it stands.
    Told(Box<Outcome>),
    /// The money is held and was not captured.
    Absent,
    /// Something was voided: the hold, or what was captured of it.
    Voided,
    /// Nothing that says anything.
    Nothing,
}

pub(super) fn about_capture(asked: &Asked, own: &ExternalId, at: Timestamp) -> About {
    let Asked::Found(Told::Card(found)) = asked else {
        return About::Nothing;
    };
    let told = |verdict| {
        let mut outcome = found.outcome(verdict, at);
        if matches!(verdict, Verdict::CaptureFailed(_)) {
            // The one that was asked about, whichever call the answer names.
            outcome.request_id = Some(own.to_string());
        }
        About::Told(Box::new(outcome))
    };
    match found.meaning() {
        // "Success" of what?
        Meaning::Payment(_) if found.kind.is_none() => About::Nothing,
        Meaning::Payment(Verdict::Authorized | Verdict::AttemptFailed(_)) => About::Absent,
        // The hold is gone, and with it what could have been captured.
        Meaning::Payment(Verdict::Expired) => told(Verdict::CaptureFailed(Failure::WrongState)),
        // The hold, or what was captured of it?
        Meaning::Refund {
            kind: Some(RefundKind::Void),
            failed: None,
        } => About::Voided,
        Meaning::Payment(verdict @ (Verdict::Captured | Verdict::CaptureFailed(_))) => {
            told(verdict)
        }
        // What is paid, or was given back, was captured before.
        Meaning::Payment(Verdict::Paid) => told(Verdict::Captured),
        Meaning::Refund { failed: None, kind } if kind != Some(RefundKind::Void) => {
            told(Verdict::Captured)
        }
        _ => About::Nothing,
    }
}

/// What the status of an earlier request under the capture's own id says of the capture.
pub(super) fn earlier_outcome(found: &Transaction, own: &ExternalId, at: Timestamp) -> Outcome {
    let verdict = match found.meaning() {
        Meaning::Payment(Verdict::Captured | Verdict::Paid) => Verdict::Captured,
        Meaning::Payment(Verdict::CaptureFailed(failure) | Verdict::AttemptFailed(failure)) => {
            Verdict::CaptureFailed(failure)
        }
        // What was given back was captured before.
        Meaning::Refund { failed: None, kind } if kind != Some(RefundKind::Void) => {
            Verdict::Captured
        }
        Meaning::Open => Verdict::CapturePending,
        Meaning::Payment(_) | Meaning::Refund { .. } => Verdict::CaptureUnknown,
    };
    let mut outcome = found.outcome(verdict, at);
    outcome.request_id = Some(own.to_string());
    outcome
}
