//! The words of a channel's description.

use std::time::Duration;

use crate::domain::error::Rule;

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
    /// The merchant's app asks for the OTP and passes it on.
    Otp,
    /// The customer goes to DOKU's page, or to the wallet's app.
    Page,
    /// Not at all: the account is charged at once.
    Unasked,
}

impl Confirmation {
    /// The word in the API and in the table.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Otp => "otp",
            Self::Page => "page",
            Self::Unasked => "none",
        }
    }

    /// Reads the word.
    pub fn parse(raw: &str) -> Result<Self, Rule> {
        [Self::Otp, Self::Page, Self::Unasked]
            .into_iter()
            .find(|confirmation| confirmation.as_str() == raw)
            .ok_or(Rule("must be otp, page or none"))
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

/// Under which of DOKU's paths a channel is spoken to. New bindings and payments use the one that the
/// deployment chose; those that exist keep theirs.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PathVersion {
    /// The present ones.
    Core,
    /// `/direct-debit/{acquirer}/v1.0`.
    Archived,
    /// `/wtd-direct-debit-snap-bri/snap/v1.0`.
    ArchivedBri,
}

impl PathVersion {
    /// The word in the settings and in the table.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Core => "core",
            Self::Archived => "archived",
            Self::ArchivedBri => "archived-bri",
        }
    }

    /// Reads the word.
    pub fn parse(raw: &str) -> Result<Self, Rule> {
        [Self::Core, Self::Archived, Self::ArchivedBri]
            .into_iter()
            .find(|version| version.as_str() == raw)
            .ok_or(Rule("must be core, archived or archived-bri"))
    }
}

/// How a channel's bodies are spelt.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Dialect {
    /// As on the present paths.
    Core,
    /// As wallets do that the customer jumps to: a payment names a way back and no customer.
    JumpApp,
    /// As on the archived paths of the acquirers: `bankCardToken` in every body.
    Acquirer,
    /// As on BRI's archived paths: `transAmount`, `merchantTrxId`, `originalReferenceNo`.
    Bri,
}

/// How a customer is charged again and again without being asked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Recurring {
    /// A payment says that it is a recurring one (`paymentType`).
    PaymentType,
    /// A payment says that no OTP is wanted, as any that nobody is asked about.
    Unasked,
    /// By a call of its own, with a token that the merchant holds.
    Token,
}

/// What a channel may be asked to do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Capability {
    /// Link a customer's account.
    BindAccount,
    /// Link a customer's card.
    BindCard,
    /// Confirm the linking with an OTP by API.
    BindingOtp,
    /// Charge.
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
    /// Unlink a card.
    UnbindCard,
}

impl Capability {
    /// The word in the API.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::BindAccount => "bind_account",
            Self::BindCard => "bind_card",
            Self::BindingOtp => "binding_otp",
            Self::Pay => "pay",
            Self::Capture => "capture",
            Self::PaymentOtp => "payment_otp",
            Self::FullRefund => "full_refund",
            Self::PartialRefund => "partial_refund",
            Self::Balance => "balance",
            Self::UnbindAccount => "unbind_account",
            Self::UnbindCard => "unbind_card",
        }
    }

    /// Reads the word.
    pub fn parse(raw: &str) -> Option<Self> {
        [
            Self::BindAccount,
            Self::BindCard,
            Self::BindingOtp,
            Self::Pay,
            Self::Capture,
            Self::PaymentOtp,
            Self::FullRefund,
            Self::PartialRefund,
            Self::Balance,
            Self::UnbindAccount,
            Self::UnbindCard,
        ]
        .into_iter()
        .find(|capability| capability.as_str() == raw)
    }
}

/// One of the calls to DOKU that concern a customer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Call {
    /// Link.
    Bind,
    /// Confirm the linking.
    BindingOtp,
    /// Charge.
    Pay,
    /// Confirm the charge.
    PaymentOtp,
    /// Give back.
    Refund,
    /// Ask what the account holds.
    Balance,
    /// Unlink.
    Unbind,
}

impl Call {
    /// Those that are made for a binding.
    pub const OF_BINDINGS: &[Self] = &[Self::Bind, Self::BindingOtp, Self::Balance, Self::Unbind];
    /// Those that are made for a payment.
    pub const OF_PAYMENTS: &[Self] = &[Self::Pay, Self::PaymentOtp, Self::Refund];
}

/// How a customer is linked.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Registration {
    /// By phone number; the customer agrees on DOKU's page.
    Account,
    /// By the card, which the caller encrypted for DOKU (`cardData`); the customer agrees on DOKU's
    /// page.
    EncryptedCard,
    /// By the card's last four digits; the customer gives an OTP to the merchant's app.
    CardDigits,
}

impl Registration {
    /// The word in the API.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::Account => "account",
            Self::EncryptedCard => "encrypted_card",
            Self::CardDigits => "card_digits",
        }
    }
}

/// What `custIdMerchant` may be. One that does not fit is replaced by a hash of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CustomerIds {
    /// At most this many characters.
    pub max: usize,
    /// Whether others than letters and digits are taken.
    pub symbols: bool,
}

/// What stands for the customer.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TokenKind {
    /// Nothing: the customer proves who they are in the wallet's app each time.
    None,
    /// The B2B2C token, bought with an `authCode` and renewed.
    Exchanged,
    /// The `bankCardToken` that the registration of the card answered.
    Card,
}

/// How the customer's token travels. Where it stands in a body is the body's business.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CustomerToken {
    /// What it is.
    pub kind: TokenKind,
    /// Calls that carry it as `Authorization-customer`.
    pub header: &'static [Call],
}

/// How an OTP is spelt on the wire.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum OtpSpelling {
    /// `originalPartnerReferenceNo` and `action`.
    Action,
    /// `originalPartnerReferenceNo` and `type` in capitals.
    Typed,
    /// `originalReferenceNo` and `type`, of a card or of a payment.
    OfReference,
}

/// Confirming by OTP.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Otp {
    /// How it is spelt.
    pub spelling: OtpSpelling,
    /// Its digits.
    pub length: Lengths,
    /// OTPs after which we stop, so that the bank does not block the customer.
    pub attempts: u8,
    /// How long the bank counts wrong OTPs of a card, over all its payments; `None` where each payment
    /// is counted for itself.
    pub counted_for: Option<Duration>,
}

/// How a refund names the payment it is of.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RefundNames {
    /// By our reference; the id of the payment's request stands beside it where it is known.
    OurReference,
    /// By DOKU's number of it, and by the id of its request.
    DokusNumber,
}

/// Whether something belongs to a request.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wanted {
    /// It is refused, or not passed on.
    No,
    /// It may be given.
    Maybe,
    /// It has to be there.
    Must,
}

/// What DOKU wants to know of the customer's device.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct DeviceRules {
    /// Calls that must carry `X-DEVICE-ID`.
    pub id: &'static [Call],
    /// Calls that must carry `X-IP-ADDRESS`.
    pub ip_address: &'static [Call],
    /// Whether every call may carry `X-DEVICE-ID`, where it is known.
    pub id_welcome: bool,
    /// Whether every call may carry `X-IP-ADDRESS`, where it is known.
    pub ip_address_welcome: bool,
    /// Whether linking tells the device's model, its system and the app.
    pub details: bool,
}

impl DeviceRules {
    /// Nothing.
    pub const NONE: Self = Self {
        id: &[],
        ip_address: &[],
        id_welcome: false,
        ip_address_welcome: false,
        details: false,
    };

    /// True when one of `calls` must carry the device's id.
    pub fn wants_id(&self, calls: &[Call]) -> bool {
        calls.iter().any(|call| self.id.contains(call))
    }

    /// True when one of `calls` must carry the customer's address.
    pub fn wants_ip_address(&self, calls: &[Call]) -> bool {
        calls.iter().any(|call| self.ip_address.contains(call))
    }
}

/// When a payment carries `X-CHANNEL-ID`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ChannelIdHeader {
    /// Not at all.
    Never,
    /// `H2H` or `DH`, by how the customer confirms.
    ByConfirmation,
    /// `DH`.
    Hosted,
}
