//! What DOKU says about a payment or refund, whichever way it says it.
//!
//! An answer, a notification and a status check all become an [`Outcome`] (or [`RefundOutcome`])
//! and pass through the same function, which is what makes their order irrelevant.

use crate::clock::Timestamp;

use super::card::UsedCard;
use super::failure::Failure;
use super::money::{Rupiah, StatedAmount};
use super::movement::RefundKind;
use super::sealed::Sealed;
use super::settlement::Settlement;

/// What happened to a payment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// DOKU took the payment; the customer must confirm it.
    Accepted,
    /// A status check says that the customer has not confirmed yet.
    AwaitingCustomer,
    /// The customer confirmed; the bank has not decided.
    Processing,
    /// Money is held, to be captured.
    Authorized,
    /// Money was taken.
    Paid,
    /// A card was declined; the customer may try another one on the page.
    AttemptFailed(Failure),
    /// Nobody paid in time, or nobody captured.
    Expired,
    /// The hold was given up.
    Voided,
    /// Money that was held was taken.
    Captured,
    /// DOKU works on the capture.
    CapturePending,
    /// Nothing was captured.
    CaptureFailed(Failure),
    /// A capture was sent, and nobody knows.
    CaptureUnknown,
    /// The authorisation is about to lapse: the merchant is told.
    LapseAnnounced,
    /// No money was taken.
    Failed(Failure),
    /// The OTP was not accepted; the payment is still open.
    OtpRejected(Failure),
    /// The customer or the bank cancelled.
    Cancelled,
    /// Sent, and nobody knows.
    Unknown,
    /// DOKU used a status that we do not know: the payment stays as it is.
    Unrecognised,
    /// DOKU told of a refund that is none of ours: for a person to look at.
    RefundUnmatched,
    /// What DOKU stated under the payment's reference is about another transaction: it decides nothing.
    NotOurs,
    /// Nothing was said; only the journal is brought up to date.
    NoNews,
}

impl Verdict {
    /// True when it says that money was taken or is held: then the amount must be ours.
    pub const fn is_success(self) -> bool {
        matches!(self, Self::Authorized | Self::Paid | Self::Captured)
    }
}

/// What DOKU tells of the card beside a verdict.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CardNews {
    /// Names the authorisation.
    pub authorize_id: Option<String>,
    /// When DOKU says it happened.
    pub happened_at: Option<Timestamp>,
    /// The card.
    pub used: UsedCard,
}

/// A verdict with what came beside it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    /// What happened.
    pub verdict: Verdict,
    /// When we learned of it.
    pub at: Timestamp,
    /// The amount DOKU states, if it states one.
    pub stated: Option<StatedAmount>,
    /// DOKU's id for the payment.
    pub reference_no: Option<String>,
    /// The seven digits, as received.
    pub response_code: Option<String>,
    /// Id of the request that it is about, where it is said.
    pub request_id: Option<String>,
    /// Where to send the customer, sealed.
    pub redirect_url: Option<Sealed>,
    /// When it happened, as DOKU dates it.
    pub happened_at: Option<Timestamp>,
    /// The card that was used.
    pub card: CardNews,
    /// An operator's settlement, which is all that the outcome says then.
    pub settlement: Option<Box<Settlement>>,
}

impl Outcome {
    /// A verdict with nothing beside it.
    pub fn new(verdict: Verdict, at: Timestamp) -> Self {
        Self {
            verdict,
            at,
            stated: None,
            reference_no: None,
            response_code: None,
            request_id: None,
            redirect_url: None,
            happened_at: None,
            card: CardNews::default(),
            settlement: None,
        }
    }
}

/// What happened to a refund.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RefundVerdict {
    /// Money went back.
    Succeeded,
    /// The bank is working on it.
    Pending,
    /// No money went back.
    Failed(Failure),
    /// Sent, and nobody knows.
    Unknown,
}

/// A refund's verdict with what came beside it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RefundOutcome {
    /// What happened.
    pub verdict: RefundVerdict,
    /// When we learned of it.
    pub at: Timestamp,
    /// The amount DOKU states, if it states one.
    pub stated: Option<StatedAmount>,
    /// DOKU's id for the refund.
    pub refund_no: Option<String>,
    /// How DOKU does it, where it says so.
    pub kind: Option<RefundKind>,
    /// The seven digits, as received.
    pub response_code: Option<String>,
    /// An operator's settlement, which is all that the outcome says then.
    pub settlement: Option<Box<Settlement>>,
    /// The amount of a refund that was found at DOKU under our name, although this deployment does not
    /// remember that it was sent.
    pub adopted: Option<Rupiah>,
}

impl RefundOutcome {
    /// A verdict with nothing beside it.
    pub const fn new(verdict: RefundVerdict, at: Timestamp) -> Self {
        Self {
            verdict,
            at,
            stated: None,
            refund_no: None,
            kind: None,
            response_code: None,
            settlement: None,
            adopted: None,
        }
    }
}
