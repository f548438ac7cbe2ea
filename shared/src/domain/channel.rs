//! The products money moves through, described as data.
//!
//! What a channel can do, and within which limits, stands here and nowhere else; code asks the
//! description instead of comparing channel codes.

use super::error::Rule;

/// Smallest and largest number of characters, both allowed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Lengths {
    /// At least this many.
    pub min: usize,
    /// At most this many.
    pub max: usize,
}

impl Lengths {
    /// True when `length` is allowed.
    pub const fn contains(self, length: usize) -> bool {
        self.min <= length && length <= self.max
    }
}

/// How a customer says yes to a payment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Confirmation {
    /// The merchant's app asks for the OTP and passes it on (`X-CHANNEL-ID: H2H`).
    Otp,
    /// The customer goes to DOKU's page (`X-CHANNEL-ID: DH`).
    Page,
}

impl Confirmation {
    /// The word in the API and in the table.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Otp => "otp",
            Self::Page => "page",
        }
    }

    /// Reads the word.
    pub fn parse(raw: &str) -> Result<Self, Rule> {
        match raw {
            "otp" => Ok(Self::Otp),
            "page" => Ok(Self::Page),
            _ => Err(Rule("must be otp or page")),
        }
    }
}

/// Which of DOKU's two protocols a channel speaks.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Family {
    /// Bank Indonesia's standard. A request is repeated under a new id, and only after asking.
    Snap,
    /// DOKU's own. A request is repeated under its own id, and answered with the first answer.
    NonSnap,
}

/// What a channel may be asked to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Capability {
    /// Link a customer's account.
    BindAccount,
    /// Charge a linked account.
    Pay,
    /// Take money that was held.
    Capture,
    /// Confirm a payment with an OTP by API.
    PaymentOtp,
    /// Give the whole amount back.
    FullRefund,
    /// Give part of the amount back.
    PartialRefund,
    /// Tell what a linked account holds.
    Balance,
    /// Unlink an account.
    UnbindAccount,
}

impl Capability {
    /// The word in the API.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::BindAccount => "bind_account",
            Self::Pay => "pay",
            Self::Capture => "capture",
            Self::PaymentOtp => "payment_otp",
            Self::FullRefund => "full_refund",
            Self::PartialRefund => "partial_refund",
            Self::Balance => "balance",
            Self::UnbindAccount => "unbind_account",
        }
    }
}

/// One channel of DOKU's.
#[derive(Debug, PartialEq, Eq)]
pub struct Channel {
    /// DOKU's code, also ours: `DIRECT_DEBIT_CIMB_SNAP`.
    pub code: &'static str,
    /// The bank or wallet that moves the money.
    pub acquirer: &'static str,
    /// How it speaks.
    pub family: Family,
    /// What it can do.
    pub capabilities: &'static [Capability],
    /// How a customer may confirm; the first is the default.
    pub confirmations: &'static [Confirmation],
    /// Length of `partnerReferenceNo`.
    pub payment_reference: Lengths,
    /// Length of `partnerRefundNo`.
    pub refund_reference: Lengths,
    /// Length of the remark that the customer's statement shows.
    pub remarks_max: usize,
    /// Digits of an OTP.
    pub otp_digits: usize,
    /// Wrong OTPs after which we stop, so that the bank does not block the customer.
    pub otp_attempts: u8,
    /// What a payment may be paid out of (`payOptionDetails`), the default first; empty where a channel
    /// is not asked.
    pub pay_methods: &'static [&'static str],
    /// Whether it may be said who bears the fee.
    pub fee_types: bool,
    /// `serviceCode` of a status check. DOKU's SDKs send 55; SNAP itself would want 54.
    pub status_service_code: &'static str,
}

impl Channel {
    /// True when the channel offers it.
    pub fn can(&self, capability: Capability) -> bool {
        self.capabilities.contains(&capability)
    }

    /// The channel with this code.
    pub fn parse(code: &str) -> Result<&'static Self, Rule> {
        CHANNELS
            .iter()
            .copied()
            .find(|channel| channel.code == code)
            .ok_or(Rule("must be a channel this service offers"))
    }
}

/// Every channel on offer.
pub static CHANNELS: &[&Channel] = &[&CIMB, &OVO, &CARD];

/// CIMB Niaga direct debit.
///
/// Source: DOKU developers, "CIMB Direct Debit" (read 2026-11-20). The number of wrong OTPs that
/// CIMB forgives is not published; three is the usual figure.
pub static CIMB: Channel = Channel {
    code: "DIRECT_DEBIT_CIMB_SNAP",
    acquirer: "CIMB",
    family: Family::Snap,
    capabilities: &[
        Capability::BindAccount,
        Capability::Pay,
        Capability::PaymentOtp,
        Capability::FullRefund,
        Capability::PartialRefund,
        Capability::UnbindAccount,
    ],
    confirmations: &[Confirmation::Otp, Confirmation::Page],
    payment_reference: Lengths { min: 1, max: 12 },
    refund_reference: Lengths { min: 1, max: 12 },
    remarks_max: 40,
    otp_digits: 6,
    otp_attempts: 3,
    pay_methods: &[],
    fee_types: false,
    status_service_code: "55",
};

/// OVO, a wallet. The customer confirms on DOKU's page.
///
/// Source: DOKU's SDKs and their READMEs (read 2026-11-20). A payment takes references of 64
/// characters there, but its refund only 32: a payment that could not be refunded is not made.
pub static OVO: Channel = Channel {
    code: "EMONEY_OVO_SNAP",
    acquirer: "OVO",
    family: Family::Snap,
    capabilities: &[
        Capability::BindAccount,
        Capability::Pay,
        Capability::FullRefund,
        Capability::PartialRefund,
        Capability::Balance,
        Capability::UnbindAccount,
    ],
    confirmations: &[Confirmation::Page],
    payment_reference: Lengths { min: 1, max: 32 },
    refund_reference: Lengths { min: 1, max: 64 },
    remarks_max: 40,
    otp_digits: 0,
    otp_attempts: 0,
    pay_methods: &["CASH", "POINTS"],
    fee_types: true,
    status_service_code: "55",
};

/// Cards, by DOKU's payment page. Nothing is linked and nothing is confirmed by OTP here: the page
/// does it, 3-D Secure included.
///
/// Source: DOKU developers, "Cards: payment page integration guide" (read 2026-11-20). A refund is
/// named by its `Request-Id`, so that its reference is one of those.
pub static CARD: Channel = Channel {
    code: "CREDIT_CARD",
    acquirer: "cards",
    family: Family::NonSnap,
    capabilities: &[
        Capability::Pay,
        Capability::Capture,
        Capability::FullRefund,
        Capability::PartialRefund,
    ],
    confirmations: &[Confirmation::Page],
    payment_reference: Lengths { min: 1, max: 64 },
    refund_reference: Lengths { min: 1, max: 64 },
    remarks_max: 0,
    otp_digits: 0,
    otp_attempts: 0,
    pay_methods: &[],
    fee_types: false,
    status_service_code: "",
};
