//! What an operator saw at DOKU, where DOKU itself does not say: the end of what was escalated.
//!
//! A settlement goes through the same functions as everything that DOKU says ([`Payment::apply`],
//! [`Refund::apply`]). What it says of money that moved stands until another settlement; what it calls
//! failed may still turn out to have moved, by DOKU's word.

mod binding;
mod payment;
mod refund;

use crate::clock::Timestamp;

use super::failure::Failure;
use super::money::Rupiah;

/// How something ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SettledAs {
    /// The payment was taken.
    Paid,
    /// The payment was taken and given back whole.
    Refunded,
    /// The refund went back.
    Succeeded,
    /// The capture took the money.
    Captured,
    /// No money moved; or the account was never linked.
    Failed,
    /// The account is linked no more.
    Unbound,
    /// The account stays linked.
    Active,
}

impl SettledAs {
    /// Every outcome.
    pub const ALL: [Self; 7] = [
        Self::Paid,
        Self::Refunded,
        Self::Succeeded,
        Self::Captured,
        Self::Failed,
        Self::Unbound,
        Self::Active,
    ];

    /// The word in events and in the table.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Paid => "paid",
            Self::Refunded => "refunded",
            Self::Succeeded => "succeeded",
            Self::Captured => "captured",
            Self::Failed => "failed",
            Self::Unbound => "unbound",
            Self::Active => "active",
        }
    }

    /// Reads the word.
    pub fn parse(raw: &str) -> Option<Self> {
        Self::ALL
            .into_iter()
            .find(|outcome| outcome.as_str() == raw)
    }

    /// True when it says that money moved: then its amount and DOKU's number are stated.
    pub const fn moved_money(self) -> bool {
        match self {
            Self::Paid | Self::Refunded | Self::Succeeded | Self::Captured => true,
            Self::Failed | Self::Unbound | Self::Active => false,
        }
    }
}

/// An operator's statement of how something ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settlement {
    /// How it ended.
    pub outcome: SettledAs,
    /// True when it is about the payment's capture, and not about its charge.
    pub of_capture: bool,
    /// DOKU's number for it.
    pub reference_no: Option<String>,
    /// How much moved.
    pub amount: Option<Rupiah>,
    /// The operator, in the operator's own words.
    pub by: String,
    /// The reason, with what was seen where.
    pub reason: String,
    /// When it was made.
    pub at: Timestamp,
}

impl Settlement {
    /// True when the other one says the same, whenever it was made.
    pub fn says_the_same(&self, other: &Self) -> bool {
        let at = self.at;
        Self {
            at,
            ..other.clone()
        } == *self
    }

    /// The failure to show: without a number of DOKU's, DOKU never had it.
    const fn failure(&self) -> Failure {
        if self.reference_no.is_some() {
            Failure::Declined
        } else {
            Failure::NotSent
        }
    }
}

/// Why a settlement is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum NotSettled {
    /// It is neither open nor settled: DOKU itself said how it ended.
    Decided,
    /// It is still being asked about.
    NotEscalated,
    /// The payment has no capture that is open; or it has one, which comes first.
    Capture,
    /// The outcome is none of this kind of thing.
    Outcome,
    /// Another amount of the payment was taken than is stated.
    Amount,
    /// Refunds of the payment went through or are on their way, which the outcome leaves no money for.
    Refunds,
}

impl NotSettled {
    /// The reason, for the operator.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Decided => {
                "DOKU itself said how it ended; only what was settled is settled again"
            }
            Self::NotEscalated => "it is not escalated: DOKU is still asked about it",
            Self::Amount => "another amount was taken; state that one, or none",
            Self::Capture => {
                "capture must be true while a capture of the payment is open, and only then"
            }
            Self::Outcome => "it cannot end like that",
            Self::Refunds => "refunds of it went through, or are open: settle those first",
        }
    }
}
