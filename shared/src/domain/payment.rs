//! A payment, and the one function through which its status changes.

mod capture;
mod reversal;
mod status;
mod unclear;

pub use capture::{CAPTURE_WITHIN, Capture, EarlierCapture};
pub use status::PaymentStatus;

use std::time::Duration;

use crate::clock::Timestamp;

use super::calendar::Date;
use super::card::Card;
use super::channel::{Channel, Confirmation};
use super::event::EventType;
use super::failure::Failure;
use super::ids::{
    BindingId, CustomerId, ExternalId, InvoiceNumber, PaymentId, Reference, SubscriptionId,
};
use super::invoice::{InvoiceName, InvoiceScope};
use super::money::{Rupiah, StatedAmount};
use super::operation::{Operation, OperationState, Patience, Step};
use super::outcome::{Outcome, Verdict};
use super::sealed::Sealed;
use super::settlement::Settlement;
use super::stored::Stored;
use super::text::{Description, Metadata};
use super::watch::Watch;

/// How long after a restore payments are created that are checked all the same.
const AROUND_A_RESTORE: Duration = Duration::from_hours(24);

/// Something about a payment that a person should look at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Flag {
    /// DOKU stated another amount or currency than ours.
    AmountMismatch,
    /// DOKU told of a refund that is none of ours.
    RefundUnmatched,
    /// More went back than was taken.
    RefundOverrun,
    /// DOKU stated another channel or another id than ours.
    IdentityMismatch,
    /// News of another transaction came under its reference, and decided nothing.
    ForeignNews,
    /// DOKU reported a failure that happened after the success that it had reported.
    ReversalReported,
}

impl Flag {
    /// The word in the API and in the table.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::AmountMismatch => "amount_mismatch",
            Self::RefundUnmatched => "refund_unmatched",
            Self::RefundOverrun => "refund_overrun",
            Self::IdentityMismatch => "identity_mismatch",
            Self::ForeignNews => "foreign_news",
            Self::ReversalReported => "reversal_reported",
        }
    }

    /// Reads the word.
    pub fn parse(raw: &str) -> Option<Self> {
        [
            Self::AmountMismatch,
            Self::RefundUnmatched,
            Self::RefundOverrun,
            Self::IdentityMismatch,
            Self::ForeignNews,
            Self::ReversalReported,
        ]
        .into_iter()
        .find(|flag| flag.as_str() == raw)
    }
}

/// Where the money comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// A linked account.
    Account(BindingId),
    /// A wallet that the customer jumps to.
    Wallet,
    /// A card, entered on DOKU's page.
    Card(Box<Card>),
    /// A token of BRI's that the merchant holds: the frozen body carries it.
    Token,
}

/// The period of a subscription that a payment is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Period {
    /// Whose.
    pub subscription: SubscriptionId,
    /// The day it fell due.
    pub date: Date,
}

/// One payment.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Payment {
    /// Our id.
    pub id: PaymentId,
    /// Who pays.
    pub customer: CustomerId,
    /// From where.
    pub source: Source,
    /// For which period of which subscription, if for one.
    pub period: Option<Period>,
    /// Through which channel.
    pub channel: &'static Channel,
    /// The merchant's name for it, or the customer's.
    pub invoice: InvoiceNumber,
    /// Whose number that is.
    pub invoice_scope: InvoiceScope,
    /// Our name for it towards DOKU.
    pub reference: Reference,
    /// What is to be paid.
    pub amount: Rupiah,
    /// What DOKU charges or holds: the amount, or less where a promo applies.
    pub charged: Rupiah,
    /// What was captured of it, once something was.
    pub captured: Option<Rupiah>,
    /// What went back.
    pub refunded: Rupiah,
    /// What refunds in flight would send back.
    pub reserved: Rupiah,
    /// Where it stands.
    pub status: PaymentStatus,
    /// How the customer confirms.
    pub confirmation: Confirmation,
    /// OTPs the customer may still try.
    pub otp_attempts_left: u8,
    /// DOKU's id.
    pub reference_no: Option<String>,
    /// Id of the request that DOKU took, once DOKU said so.
    pub taken_external_id: Option<ExternalId>,
    /// DOKU's latest response code, as received.
    pub response_code: Option<String>,
    /// Why it failed, or why the last OTP did.
    pub failure: Option<Failure>,
    /// What a person should look at.
    pub flags: Vec<Flag>,
    /// True when it was found at DOKU, although this deployment does not remember that it was sent.
    pub adopted: bool,
    /// DOKU's page for it, sealed.
    pub redirect_url: Option<Sealed>,
    /// The customer's device, sealed.
    pub device: Option<Sealed>,
    /// What the statement says.
    pub description: Option<Description>,
    /// The merchant's notes.
    pub metadata: Metadata,
    /// When it was stored.
    pub created_at: Timestamp,
    /// When it last changed.
    pub updated_at: Timestamp,
    /// When we learned that money was taken.
    pub paid_at: Option<Timestamp>,
    /// When money was taken, as DOKU dates it.
    pub taken_at: Option<Timestamp>,
    /// Since when DOKU reports a refund that cannot be told from others: it is asked until it is clear.
    pub refunds_unclear_since: Option<Timestamp>,
    /// Journal of the charge.
    pub operation: Operation,
    /// Journal of the latest OTP.
    pub otp: Option<Operation>,
    /// The capture, once one was asked for.
    pub capture: Option<Capture>,
    /// When it was checked at DOKU after the table had been restored.
    pub checked_at: Option<Timestamp>,
    /// Who looks after it while it is not finished.
    pub watch: Watch,
    /// What an operator stated, the latest time.
    pub settlement: Option<Settlement>,
    /// Counts writes: each write names the version it replaces.
    pub version: u64,
    /// The form in which the table holds it.
    pub stored: Stored,
}

impl Payment {
    /// Its invoice number with the name space that it lives in.
    pub const fn invoice_name(&self) -> InvoiceName<'_> {
        InvoiceName::new(self.invoice_scope, &self.customer, &self.invoice)
    }

    /// The linked account it is charged to, if it is one.
    pub const fn binding(&self) -> Option<BindingId> {
        match self.source {
            Source::Account(binding) => Some(binding),
            Source::Wallet | Source::Card(_) | Source::Token => None,
        }
    }

    /// The card's side, if it is a card payment.
    pub fn card(&self) -> Option<&Card> {
        match &self.source {
            Source::Account(_) | Source::Wallet | Source::Token => None,
            Source::Card(card) => Some(card),
        }
    }

    fn card_mut(&mut self) -> Option<&mut Card> {
        match &mut self.source {
            Source::Account(_) | Source::Wallet | Source::Token => None,
            Source::Card(card) => Some(card),
        }
    }

    /// What whoever finds its charge half-done has to do.
    pub fn next_step(&self, now: Timestamp, patience: Patience) -> Step {
        let step = self.operation.next_step(now, patience);
        let unsent = self.operation.state == OperationState::Unsent;
        match (step, &self.source) {
            // What DOKU has is not what would be sent.
            (Step::Send, _) if !unsent && self.is_contradicted() => Step::Ask,
            // Whether DOKU answers a charge by token again with its first answer, nobody has read.
            (Step::Send, Source::Token) if !unsent => Step::Ask,
            _ => step,
        }
    }

    /// True when it may have changed at DOKU without the table knowing: the table was restored, this went
    /// into service at `restored_at`, and it was not checked since. Creation is given a day, for the
    /// restore may have been noted before it was over.
    ///
    /// A payment that was adopted is one that the table forgot: its refunds may be forgotten, too.
    pub fn needs_check(&self, restored_at: Option<Timestamp>) -> bool {
        if self.adopted && self.checked_at.is_none() {
            return true;
        }
        restored_at.is_some_and(|restored| {
            let is_from_before = self.created_at < restored.plus(AROUND_A_RESTORE);
            is_from_before && self.checked_at.is_none_or(|checked| checked < restored)
        })
    }

    /// DOKU's number of the payment as DOKU gave it. What an operator typed confirms news, and refuses none.
    pub fn number_by_doku(&self) -> Option<&str> {
        let settlement = self.settlement.as_ref();
        let typed = settlement.and_then(|settlement| settlement.reference_no.as_deref());
        let number = self.reference_no.as_deref();
        number.filter(|_| number != typed)
    }

    /// True while DOKU knows the payment, or its capture, with another amount or other ids: it is never
    /// sent then, and nothing that does not match is believed.
    pub fn is_contradicted(&self) -> bool {
        let mismatch = [Flag::AmountMismatch, Flag::IdentityMismatch];
        mismatch.iter().any(|flag| self.flags.contains(flag))
    }

    /// What was taken, if it was: what was captured, or the whole charge.
    pub fn taken(&self) -> Rupiah {
        self.captured.unwrap_or(self.charged)
    }

    /// What could still be refunded: taken, less what went back or is on its way.
    pub fn refundable(&self) -> Rupiah {
        if !self.status.is_settled() {
            return Rupiah::ZERO;
        }
        self.left_to_return()
    }

    /// True when DOKU may charge this much: the amount, or what one of the promos makes of it.
    pub fn may_charge(&self, stated: Rupiah) -> bool {
        let discounts = self.card().map_or(&[][..], |card| &card.discounts);
        stated == self.amount
            || discounts
                .iter()
                .any(|discount| self.amount.minus(*discount) == Some(stated))
    }

    /// Whether the amount beside a success is one that we asked for. A capture may be stated by what
    /// was captured or by what was charged.
    fn believes(&self, outcome: &Outcome) -> bool {
        let Some(stated) = &outcome.stated else {
            return true;
        };
        // A capture that is none of ours was made in DOKU's dashboard, for all or a part.
        stated.rupiah().is_some_and(|stated| {
            self.may_charge(stated)
                || self.is_settled_as_taken() && stated == self.taken()
                || outcome.verdict == Verdict::Captured
                    && match &self.capture {
                        Some(capture) if !self.is_about_another_capture(outcome) => {
                            capture.amount == stated
                        }
                        _ => stated <= self.charged && !stated.is_zero(),
                    }
        })
    }

    /// Removes the frozen body of what is decided, whoever decided it: nobody sends it any more, and it
    /// may hold what is the customer's business.
    pub fn forget_what_was_sent(&mut self) {
        if !self.status.is_open() {
            self.operation.body = None;
        }
    }

    /// Marks it for a person to look at, once.
    pub fn flag(&mut self, flag: Flag) {
        if !self.flags.contains(&flag) {
            self.flags.push(flag);
        }
    }

    /// Brings the next status check forward, while its outcome is open.
    fn check_soon(&mut self, now: Timestamp) {
        if let Some(began) = self.open_since() {
            self.watch.bring_forward(began, now);
        }
    }

    /// Applies what DOKU says. Pure: the same payment and outcome always give the same result, and
    /// an outcome that comes twice, late or out of order changes nothing that it should not.
    pub fn apply(&self, outcome: &Outcome) -> Applied {
        if let Some(settlement) = &outcome.settlement {
            let settled = self.settled(settlement);
            let (next, event) = settled.map_or_else(
                |_| (self.clone(), None),
                |(next, event)| (next, Some(event)),
            );
            return Applied::of(self, next, outcome.at, event);
        }
        let mut next = self.clone();
        if outcome.verdict.is_success() && !self.believes(outcome) {
            next.flag(Flag::AmountMismatch);
            return Applied::of(
                self,
                next,
                outcome.at,
                Some(EventType::PaymentAmountMismatch),
            );
        }
        if outcome.verdict == Verdict::RefundUnmatched {
            next.flag(Flag::RefundUnmatched);
            return Applied::of(
                self,
                next,
                outcome.at,
                Some(EventType::PaymentRefundUnmatched),
            );
        }
        if outcome.verdict == Verdict::NotOurs {
            next.flag(Flag::ForeignNews);
            next.check_soon(outcome.at);
            let is_new = !self.flags.contains(&Flag::ForeignNews);
            let event = is_new.then_some(EventType::PaymentForeignNews);
            return Applied::of(self, next, outcome.at, event);
        }
        if self.is_reversed_by(outcome) {
            next.flag(Flag::ReversalReported);
            let event = EventType::PaymentReversalReported;
            return Applied::of(self, next, outcome.at, Some(event));
        }
        if self.is_settled_as_taken() {
            // DOKU did not say so; what it says now changes nothing of it.
            return Applied::of(self, next, outcome.at, None);
        }
        next.learn(outcome);
        let event = match outcome.verdict {
            Verdict::Captured
            | Verdict::CapturePending
            | Verdict::CaptureFailed(_)
            | Verdict::CaptureUnknown => next.advance_capture(outcome),
            Verdict::LapseAnnounced => next.announce_lapse(),
            Verdict::AttemptFailed(failure) => next.note_attempt(failure),
            _ => next.advance(outcome),
        };
        Applied::of(self, next, outcome.at, event)
    }

    /// Takes in what a success tells of the card, whenever it comes: a capture needs the name of the
    /// authorisation.
    fn learn(&mut self, outcome: &Outcome) {
        self.learn_when_taken(outcome);
        let created_at = self.created_at;
        let uncharged = !self.status.is_settled()
            && !matches!(
                self.status,
                PaymentStatus::Authorized | PaymentStatus::Voided
            );
        let Some(card) = self.card_mut().filter(|_| outcome.verdict.is_success()) else {
            return;
        };
        let news = &outcome.card;
        if card.authorize_id.is_none() {
            card.authorize_id.clone_from(&news.authorize_id);
        }
        let used = &mut card.used;
        for (known, told) in [
            (&mut used.masked, &news.used.masked),
            (&mut used.brand, &news.used.brand),
            (&mut used.issuer, &news.used.issuer),
            (&mut used.kind, &news.used.kind),
        ] {
            if known.is_none() {
                known.clone_from(told);
            }
        }
        if outcome.verdict == Verdict::Authorized && card.authorized_at.is_none() {
            // A time before the payment or after now cannot be when it happened.
            let told = news
                .happened_at
                .filter(|at| (created_at..=outcome.at).contains(at));
            card.authorized_at = Some(told.unwrap_or(outcome.at));
            self.watch = Watch::default();
        }
        if uncharged && let Some(stated) = outcome.stated.as_ref().and_then(StatedAmount::rupiah) {
            let charges = outcome.verdict != Verdict::Captured || self.capture.is_none();
            if charges && self.may_charge(stated) {
                self.charged = stated;
            }
        }
    }

    /// A card was declined. The page takes another one, so that the payment stays open.
    fn note_attempt(&mut self, failure: Failure) -> Option<EventType> {
        if !self.status.is_open() {
            return None;
        }
        self.failure = Some(failure);
        Some(EventType::PaymentAttemptFailed)
    }

    fn advance(&mut self, outcome: &Outcome) -> Option<EventType> {
        let (target, failure) = self.target(outcome)?;
        // A rejected OTP leaves the status where it is, and is worth an event all the same.
        let rejected = matches!(outcome.verdict, Verdict::OtpRejected(_));
        let stays = target == self.status && rejected;
        if !stays && !self.status.may_become(target) {
            return None;
        }
        self.status = target;
        self.failure = failure;
        if let Some(reference_no) = &outcome.reference_no {
            self.reference_no = Some(reference_no.clone());
        }
        if let Some(response_code) = &outcome.response_code {
            self.response_code = Some(response_code.clone());
        }
        if outcome.redirect_url.is_some() {
            self.redirect_url.clone_from(&outcome.redirect_url);
        }
        if !target.is_open() {
            // The page is of no more use, and its address is a secret.
            self.redirect_url = None;
        }
        if target == PaymentStatus::Paid {
            self.paid_at.get_or_insert(outcome.at);
        }
        Some(event_of(target, rejected))
    }

    /// The status that a verdict leads to from here, and the reason to show beside it.
    fn target(&self, outcome: &Outcome) -> Option<(PaymentStatus, Option<Failure>)> {
        use PaymentStatus::{
            Authorized, Cancelled, Created, Expired, Failed, OtpRequired, Paid, Processing,
            RedirectRequired, Unknown, Voided,
        };
        let untouched = matches!(self.status, Created | Unknown);
        let has_page = outcome.redirect_url.is_some() || self.redirect_url.is_some();
        match outcome.verdict {
            Verdict::Accepted | Verdict::AwaitingCustomer if untouched => {
                Some(match self.confirmation {
                    // The bank may yet take the last one, which nobody heard of.
                    Confirmation::Otp if self.otp_attempts_left == 0 && self.otp.is_some() => {
                        (Processing, None)
                    }
                    Confirmation::Otp if self.otp_attempts_left == 0 => {
                        (Failed, Some(Failure::OtpAttemptsExceeded))
                    }
                    Confirmation::Otp => {
                        // An OTP whose answer was lost was not taken after all.
                        let lost = self.otp.is_some() && self.status == Unknown;
                        (OtpRequired, lost.then_some(Failure::OtpOutcomeUnknown))
                    }
                    // A card may have been declined on the page before our own answer came.
                    Confirmation::Page if has_page => (RedirectRequired, self.failure),
                    // The page's address was lost with the answer, or nobody is asked: only time can
                    // tell.
                    Confirmation::Page | Confirmation::Unasked => (Processing, None),
                })
            }
            Verdict::Accepted
            | Verdict::AwaitingCustomer
            | Verdict::Unrecognised
            | Verdict::RefundUnmatched
            | Verdict::NotOurs
            | Verdict::NoNews
            | Verdict::AttemptFailed(_)
            | Verdict::Captured
            | Verdict::CapturePending
            | Verdict::CaptureFailed(_)
            | Verdict::CaptureUnknown
            | Verdict::LapseAnnounced => None,
            Verdict::Authorized => Some((Authorized, None)),
            Verdict::Voided => Some((Voided, None)),
            Verdict::Processing => Some((Processing, None)),
            Verdict::Paid => Some((Paid, None)),
            // What is captured at this moment may turn out to be taken.
            Verdict::Failed(_) | Verdict::Expired if self.is_capturing() => None,
            // A page that expired late takes no hold back: that one lapses in its own time.
            Verdict::Expired
                if self.status == Authorized
                    && self.capture_before().is_some_and(|end| outcome.at < end) =>
            {
                None
            }
            Verdict::Expired => Some((Expired, Some(Failure::Expired))),
            Verdict::Failed(failure) => Some((Failed, Some(failure))),
            Verdict::OtpRejected(failure) => {
                if !matches!(self.status, OtpRequired | Unknown) {
                    return None;
                }
                let over = self.otp_attempts_left == 0 || failure == Failure::OtpBlocked;
                Some(if over {
                    let blocked = failure == Failure::OtpBlocked;
                    let why = if blocked {
                        failure
                    } else {
                        Failure::OtpAttemptsExceeded
                    };
                    (Failed, Some(why))
                } else {
                    (OtpRequired, Some(failure))
                })
            }
            Verdict::Cancelled => Some((Cancelled, Some(Failure::CancelledByCustomer))),
            Verdict::Unknown => Some((Unknown, None)),
        }
    }
}

const fn event_of(status: PaymentStatus, otp_rejected: bool) -> EventType {
    use PaymentStatus as S;
    match status {
        S::OtpRequired if otp_rejected => EventType::PaymentOtpRejected,
        S::OtpRequired => EventType::PaymentOtpRequired,
        S::RedirectRequired => EventType::PaymentRedirectRequired,
        S::Created | S::Processing => EventType::PaymentProcessing,
        S::Authorized => EventType::PaymentAuthorized,
        S::Unknown => EventType::PaymentUnknown,
        S::Paid | S::PartiallyRefunded | S::Refunded => EventType::PaymentPaid,
        S::Failed => EventType::PaymentFailed,
        S::Expired => EventType::PaymentExpired,
        S::Cancelled => EventType::PaymentCancelled,
        S::Voided => EventType::PaymentVoided,
    }
}

/// A payment after an outcome.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Applied {
    /// The payment as it should be stored. Its version is still the one it replaces.
    pub payment: Payment,
    /// What to write on the timeline.
    pub event: Option<EventType>,
}

impl Applied {
    fn of(before: &Payment, mut after: Payment, at: Timestamp, event: Option<EventType>) -> Self {
        let changed = event.is_some() && after != *before;
        // Flagging the same mismatch again is nothing new.
        if changed {
            // News may have come before the payment, and waited for it.
            after.updated_at = at.max(before.updated_at);
        }
        Self {
            payment: after,
            event: event.filter(|_| changed),
        }
    }

    /// True when there is something to store.
    pub const fn changed(&self) -> bool {
        self.event.is_some()
    }
}

#[cfg(test)]
mod card_tests;
#[cfg(test)]
pub(crate) mod tests;
