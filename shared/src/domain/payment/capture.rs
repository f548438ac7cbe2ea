//! Taking money that is held: at most once, all of it or a part, and within seven days.

use std::time::Duration;

use super::{Payment, PaymentStatus};
use crate::clock::Timestamp;
use crate::domain::event::EventType;
use crate::domain::failure::Failure;
use crate::domain::money::{Rupiah, StatedAmount};
use crate::domain::movement::MovementStatus;
use crate::domain::operation::{Operation, OperationState};
use crate::domain::outcome::{Outcome, Verdict};
use crate::domain::watch::{UNSENT_FOR, Watch};

/// How long an authorisation may be captured.
///
/// Source: DOKU developers, "Cards: payment page integration guide" (read 2026-11-20).
pub const CAPTURE_WITHIN: Duration = Duration::from_hours(7 * 24);

/// How long before it lapses the merchant is told.
const ANNOUNCED_BEFORE: Duration = Duration::from_hours(24);

/// The capture of a payment; a new one takes the place of one that failed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Capture {
    /// How much.
    pub amount: Rupiah,
    /// Where it stands.
    pub status: MovementStatus,
    /// Why it failed.
    pub failure: Option<Failure>,
    /// True when it was found at DOKU, although this deployment does not remember that it was sent.
    pub adopted: bool,
    /// Journal of the call.
    pub operation: Operation,
    /// The captures that failed before it.
    pub earlier: Vec<EarlierCapture>,
}

/// A capture of which another one took the place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EarlierCapture {
    /// Id of its request.
    pub request_id: String,
    /// How much it was to take.
    pub amount: Rupiah,
}

impl Payment {
    /// When the authorisation lapses: capture before.
    pub fn capture_before(&self) -> Option<Timestamp> {
        let authorized_at = self.card()?.authorized_at?;
        Some(authorized_at.plus(CAPTURE_WITHIN))
    }

    /// True while a capture may still turn out to have taken the money. One that certainly did not
    /// reach DOKU may be repeated by whoever asked for it, and stands in nobody's way.
    pub fn is_capturing(&self) -> bool {
        self.capture.as_ref().is_some_and(|capture| {
            !capture.status.is_decided() && capture.operation.state != OperationState::Unsent
        })
    }

    /// When the latest call began whose outcome is open, or since when a refund is not clear; `None` when
    /// nothing is open, or when a subscription looks after it.
    pub fn open_since(&self) -> Option<Timestamp> {
        let capture = self.capture.as_ref().filter(|_| self.is_capturing());
        if let Some(capture) = capture {
            return Some(capture.operation.started_at);
        }
        if !self.status.is_open() {
            return self.refunds_unclear_since;
        }
        if self.period.is_some() {
            return None;
        }
        let otp = self.otp.as_ref().map(|otp| otp.started_at);
        otp.max(Some(self.operation.started_at))
    }

    /// When somebody has to look at the payment although nobody asks for it.
    pub fn due_at(&self) -> Option<Timestamp> {
        let open = self.open_since().and_then(|began| self.watch.due_at(began));
        let others = [self.lapse_due_at(), self.unsent_capture_ends_at()];
        others.into_iter().flatten().chain(open).min()
    }

    /// When the merchant is told that the authorisation lapses, and when it does. Not while a capture
    /// may be taking the money, or a refund says that it was taken: that is looked after first.
    fn lapse_due_at(&self) -> Option<Timestamp> {
        let is_in_doubt = self.is_capturing() || self.refunds_unclear_since.is_some();
        if self.status != PaymentStatus::Authorized || is_in_doubt {
            return None;
        }
        let lapses_at = self.capture_before()?;
        if self.card().is_some_and(|card| card.lapse_announced) {
            self.watch.due_from(lapses_at)
        } else {
            Some(lapses_at.minus(ANNOUNCED_BEFORE))
        }
    }

    /// When a capture that did not reach DOKU, and that nobody repeated, is given up.
    pub fn unsent_capture_ends_at(&self) -> Option<Timestamp> {
        let capture = self.capture.as_ref()?;
        let waits = !capture.status.is_decided() && !self.is_capturing();
        waits.then(|| capture.operation.started_at.plus(UNSENT_FOR))
    }

    /// What time alone makes of the payment at `now`.
    pub fn overdue(&self, now: Timestamp) -> Option<Verdict> {
        if self.lapse_due_at()? > now {
            return None;
        }
        Some(if now < self.capture_before()? {
            Verdict::LapseAnnounced
        } else {
            Verdict::Expired
        })
    }

    pub(super) fn announce_lapse(&mut self) -> Option<EventType> {
        if self.status != PaymentStatus::Authorized {
            return None;
        }
        let card = self.card_mut()?;
        let first = !card.lapse_announced;
        card.lapse_announced = true;
        first.then_some(EventType::PaymentCaptureDue)
    }

    /// Nothing is left to announce: the authorisation should have lapsed by now, and is checked by
    /// its watch alone.
    pub fn announce_no_more(&mut self) {
        if let Some(card) = self.card_mut() {
            card.lapse_announced = true;
        }
    }

    /// What a verdict about the capture makes of it and of the payment.
    pub(super) fn advance_capture(&mut self, outcome: &Outcome) -> Option<EventType> {
        let (target, failure) = match outcome.verdict {
            Verdict::Captured => (MovementStatus::Succeeded, None),
            Verdict::CapturePending => (MovementStatus::Pending, None),
            Verdict::CaptureFailed(failure) => (MovementStatus::Failed, Some(failure)),
            Verdict::CaptureUnknown => (MovementStatus::Unknown, None),
            _ => return None,
        };
        let another = self.is_about_another_capture(outcome);
        match &mut self.capture {
            // An earlier capture, of which a later one took the place.
            _ if another && target == MovementStatus::Succeeded => {}
            Some(_) if another => return None,
            Some(capture) if capture.status.may_become(target) => {
                capture.status = target;
                capture.failure = failure;
            }
            // Captured without us: by DOKU itself, or by hand in its dashboard.
            None if target == MovementStatus::Succeeded => {}
            Some(_) | None => return None,
        }
        if outcome.response_code.is_some() {
            self.response_code.clone_from(&outcome.response_code);
        }
        match target {
            MovementStatus::Succeeded => self.take_captured(outcome, another),
            MovementStatus::Failed => {
                self.watch = Watch::default(); // what comes next is the lapse
                Some(EventType::PaymentCaptureFailed)
            }
            MovementStatus::Unknown => Some(EventType::PaymentCaptureUnknown),
            MovementStatus::Pending => None,
        }
    }

    /// True when an outcome is about a capture that is not this payment's latest: one of which that
    /// took the place, or one that DOKU made by itself. It names neither ours nor the page, whose id
    /// DOKU may give for all that happens to the payment. A name that nobody knows is taken for ours
    /// while ours is not decided, if the amount is ours too.
    pub fn is_about_another_capture(&self, outcome: &Outcome) -> bool {
        let Some(capture) = &self.capture else {
            return false;
        };
        let told = outcome.request_id.as_deref();
        if told == Some(capture.operation.external_id.as_str()) {
            return false;
        }
        if self.earlier_capture(outcome).is_some() {
            return true;
        }
        let stated = outcome.stated.as_ref().and_then(StatedAmount::rupiah);
        let other_amount = stated.is_some_and(|stated| stated != capture.amount);
        // Ours took nothing, as far as we know.
        let over = capture.status == MovementStatus::Failed
            || capture.operation.state == OperationState::Unsent;
        if told.is_none_or(|told| told == self.operation.external_id.as_str()) {
            // Which of them failed? Not to be guessed: the latest may have the money.
            let failed = matches!(outcome.verdict, Verdict::CaptureFailed(_));
            return failed && !capture.earlier.is_empty() || over && other_amount;
        }
        over || other_amount
    }

    /// What to remember when another capture takes the place of this payment's.
    pub fn captures_so_far(&self) -> Vec<EarlierCapture> {
        let Some(capture) = &self.capture else {
            return Vec::new();
        };
        let mut earlier = capture.earlier.clone();
        earlier.push(EarlierCapture {
            request_id: capture.operation.external_id.to_string(),
            amount: capture.amount,
        });
        earlier
    }

    fn earlier_capture(&self, outcome: &Outcome) -> Option<&EarlierCapture> {
        let told = outcome.request_id.as_ref()?;
        let earlier = &self.capture.as_ref()?.earlier;
        earlier.iter().find(|earlier| earlier.request_id == *told)
    }

    fn take_captured(&mut self, outcome: &Outcome, another: bool) -> Option<EventType> {
        let own = self.capture.as_ref().filter(|_| !another);
        if let Some(capture) = own {
            self.captured = Some(capture.amount);
        } else if self.captured.is_none() {
            let earlier = self.earlier_capture(outcome).map(|earlier| earlier.amount);
            let stated = outcome.stated.as_ref().and_then(StatedAmount::rupiah);
            self.captured = earlier.or(stated).or(Some(self.charged));
        }
        if !self.status.may_become(PaymentStatus::Paid) {
            return None;
        }
        self.status = PaymentStatus::Paid;
        self.failure = None;
        self.redirect_url = None;
        self.paid_at.get_or_insert(outcome.at);
        Some(EventType::PaymentPaid)
    }
}
