//! What was charged, captured and given back.

use std::time::Duration;

use doku_shared::clock::Timestamp;
use serde::Serialize;

use super::page::{Choice, PaymentType};

/// How long an authorisation can be captured.
pub const CAPTURE_WITHIN: Duration = Duration::from_hours(7 * 24);
/// When a captured charge settles by itself.
const SETTLES_AFTER: Duration = Duration::from_hours(24);

/// One charge or authorisation. Two for one invoice are a double charge.
#[derive(Debug, Clone)]
pub struct Charge {
    /// The invoice.
    pub invoice: String,
    /// `Request-Id` of the page.
    pub request_id: String,
    /// What kind of payment it became.
    pub kind: PaymentType,
    /// Whole rupiah charged or reserved.
    pub amount: u64,
    /// Rupiah that a promo took off.
    pub discount: u64,
    /// With what.
    pub choice: Choice,
    /// Of an authorisation.
    pub authorize_id: Option<String>,
    /// The bank's.
    pub approval_code: String,
    /// Of 3-D Secure; none without it.
    pub authentication_id: Option<String>,
    /// When.
    pub at: Timestamp,
    /// Rupiah taken from the card; zero until an authorisation is captured.
    pub captured: u64,
    /// When it was taken.
    pub captured_at: Option<Timestamp>,
    /// Settled by order, before its time.
    pub settled: bool,
    /// Rupiah given back, those that DOKU's staff still work on included.
    pub refunded: u64,
    /// Taken back as a whole before it settled, or a hold that was given up.
    pub voided: bool,
}

impl Charge {
    /// Whether the bank has paid out: by order, or a day after the capture.
    pub fn is_settled(&self, now: Timestamp) -> bool {
        self.settled
            || self
                .captured_at
                .is_some_and(|at| now >= at.plus(SETTLES_AFTER))
    }

    /// Whether an authorisation can no longer be captured.
    pub fn has_lapsed(&self, now: Timestamp) -> bool {
        self.captured_at.is_none() && now > self.at.plus(CAPTURE_WITHIN)
    }

    /// Where it stands, in a word for the ledger.
    pub fn status(&self) -> &'static str {
        match self.captured_at {
            _ if self.voided => "voided",
            None => "authorized",
            Some(_) if self.refunded == 0 => "captured",
            Some(_) if self.refunded < self.captured => "partially_refunded",
            Some(_) => "refunded",
        }
    }
}

/// How a capture or a refund went.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "UPPERCASE")]
pub enum Outcome {
    /// Done.
    Success,
    /// Not done, and it will not be.
    Failed,
    /// Not decided.
    Pending,
}

impl Outcome {
    /// The word on the wire.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Success => "SUCCESS",
            Self::Failed => "FAILED",
            Self::Pending => "PENDING",
        }
    }
}

/// One capture, whoever ordered it.
#[derive(Debug, Clone)]
pub struct Capture {
    /// The invoice.
    pub invoice: String,
    /// `Request-Id` of the call; made up when DOKU captured by itself.
    pub request_id: String,
    /// `Request-Id` of the page.
    pub page_request_id: String,
    /// Of which authorisation.
    pub authorize_id: String,
    /// Whole rupiah.
    pub amount: u64,
    /// How it went.
    pub outcome: Outcome,
    /// `merchant` or `doku`.
    pub by: &'static str,
    /// The bank's.
    pub approval_code: String,
    /// When.
    pub at: Timestamp,
}

/// One refund or void.
#[derive(Debug, Clone)]
pub struct CardRefund {
    /// The invoice.
    pub invoice: String,
    /// `Request-Id` of the call, its key.
    pub request_id: String,
    /// `Request-Id` of the page.
    pub page_request_id: String,
    /// Whole rupiah; zero of a hold that is given up.
    pub amount: u64,
    /// `VOID`, `PARTIAL_REFUND`, `FULL_REFUND` or one of the `MANUAL_` ones.
    pub kind: &'static str,
    /// `merchant` or `doku`.
    pub by: &'static str,
    /// True when its notification gives no `Request-Id` of its own.
    pub nameless: bool,
    /// How it went. A manual one is answered with success and stays pending here.
    pub outcome: Outcome,
    /// The bank's.
    pub approval_code: String,
    /// When.
    pub at: Timestamp,
}
