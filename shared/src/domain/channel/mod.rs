//! The products money moves through, described as data.
//!
//! A channel is one product under one of DOKU's path versions. What it can do, how it spells it and
//! within which limits stands in its description and nowhere else; code asks the description instead
//! of comparing channel codes. Adding a channel is adding a file here.
//!
//! - `parts`: the words of a description
//! - `registry`: the channels of a deployment, with its settings applied
//! - a file for each product, with every path version it is served under

mod allo;
mod bri;
mod bri_token;
mod card;
mod cimb;
mod dana;
mod mandiri;
mod ovo;
mod parts;
mod registry;
mod shopeepay;

use std::time::Duration;

pub use allo::{ALLO, ALLO_ARCHIVED};
pub use bri::{BRI, BRI_ACQUIRER, BRI_ARCHIVED};
pub use bri_token::BRI_TOKEN;
pub use card::CARD;
pub use cimb::{CIMB, CIMB_ARCHIVED};
pub use dana::DANA;
pub use mandiri::MANDIRI;
pub use ovo::{OVO, OVO_ARCHIVED};
pub use parts::{
    Call, Capability, ChannelIdHeader, Confirmation, CustomerIds, CustomerToken, DeviceRules,
    Dialect, Family, Lengths, Otp, OtpSpelling, PathVersion, Recurring, RefundNames, Registration,
    TokenKind, Wanted,
};
pub use registry::{ChannelSettings, Channels, LikeAnother, SettingFault};
pub use shopeepay::{SHOPEEPAY, SHOPEEPAY_ARCHIVED};

/// One channel of DOKU's, under one path version.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is one independent fact of the channel"
)]
pub struct Channel {
    /// DOKU's code, also ours: `DIRECT_DEBIT_CIMB_SNAP`.
    pub code: &'static str,
    /// The bank or wallet that moves the money.
    pub acquirer: &'static str,
    /// Which of DOKU's two protocols it speaks.
    pub family: Family,
    /// Under which of DOKU's paths.
    pub version: PathVersion,
    /// What its paths begin with, without a slash at the end. Check status has a path of its own.
    pub prefix: &'static str,
    /// How its bodies are spelt.
    pub dialect: Dialect,
    /// What it can do.
    pub capabilities: &'static [Capability],
    /// What of that nobody has read DOKU's own table of: refused unless the deployment allows it.
    pub unconfirmed: &'static [Capability],
    /// How a customer is linked; `None` where nothing is.
    pub registration: Option<Registration>,
    /// What `custIdMerchant` may be.
    pub customer_ids: CustomerIds,
    /// What stands for the customer in later calls, and which of them carry it in a header.
    pub customer_token: CustomerToken,
    /// How a customer may confirm; the first is the default.
    pub confirmations: &'static [Confirmation],
    /// How a customer is charged again and again without being asked, where that is offered.
    pub recurring: Option<Recurring>,
    /// Confirming by OTP through the API, where it is offered.
    pub otp: Option<Otp>,
    /// Length of the name that a payment goes by (`partnerReferenceNo`, `merchantTrxId`).
    pub payment_reference: Lengths,
    /// Length of `partnerRefundNo`.
    pub refund_reference: Lengths,
    /// How a refund names its payment.
    pub refund_names: RefundNames,
    /// Length of the remark that the customer's statement shows; 0 where there is none.
    pub remarks_max: usize,
    /// Whether a payment lists what is bought.
    pub items: Wanted,
    /// Longest name of an item.
    pub item_name_max: usize,
    /// What a payment may be paid out of (`payOptionDetails`), the default first; empty where a channel
    /// is not asked.
    pub pay_methods: &'static [&'static str],
    /// Whether a payment says what it is paid out of.
    pub pay_options: Wanted,
    /// Whether it may be said who bears the fee.
    pub fee_types: bool,
    /// Whether a payment carries the `chargeToken` of the card.
    pub charge_token: Wanted,
    /// Longest `chargeToken`.
    pub charge_token_max: usize,
    /// Longest time for which a payment may stay open, counted from the order, where there is a limit.
    pub valid_for_max: Option<Duration>,
    /// Whether a payment may say that the checkout's address is opened as a deep link
    /// (`supportDeepLinkCheckoutUrl`).
    pub deep_link_checkout: bool,
    /// Whether a payment may carry a text for the wallet (`metadata`).
    pub wallet_metadata: bool,
    /// Whether the phone number identifies the account that is linked.
    pub account_by_phone: bool,
    /// What DOKU wants to know of the customer's device.
    pub device: DeviceRules,
    /// When a payment carries `X-CHANNEL-ID`.
    pub channel_id_header: ChannelIdHeader,
    /// `serviceCode` of a status check. DOKU's SDKs send 55; SNAP itself would want 54.
    pub status_service_code: &'static str,
    /// Whether a status check that knows nothing of a payment proves, after a while, that DOKU has never
    /// got it: it may be sent again then.
    pub absence_is_proof: bool,
}

impl Channel {
    /// True when the channel offers it.
    pub fn can(&self, capability: Capability) -> bool {
        self.capabilities.contains(&capability)
    }

    /// True when the channel may be asked for it: what nobody has read the table of may not.
    pub fn is_confirmed(&self, capability: Capability) -> bool {
        !self.unconfirmed.contains(&capability)
    }

    /// True when this call carries the customer's token as `Authorization-customer`.
    pub fn in_header(&self, call: Call) -> bool {
        self.customer_token.header.contains(&call)
    }

    /// True where a binding, a payment or a setting may name it. What is charged with a merchant's own
    /// token is named by the token.
    pub const fn can_be_named(&self) -> bool {
        !matches!(self.recurring, Some(Recurring::Token))
    }

    /// What `method.type` of a payment through it is, in the API.
    pub const fn method_type(&self) -> &'static str {
        match (self.family, self.recurring, self.registration) {
            (Family::NonSnap, Some(Recurring::Token), _) => "bri_token",
            (Family::NonSnap, ..) => "card",
            (Family::Snap, _, Some(_)) => "direct_debit",
            (Family::Snap, _, None) => "wallet",
        }
    }

    /// The path of one of its operations, such as `debit/refund`.
    pub fn path(&self, tail: &str) -> String {
        format!("{}/{tail}", self.prefix)
    }
}

/// What most channels do under DOKU's present paths.
const CORE: Channel = Channel {
    code: "",
    acquirer: "",
    family: Family::Snap,
    version: PathVersion::Core,
    prefix: "/direct-debit/core/v1",
    dialect: Dialect::Core,
    capabilities: &[],
    unconfirmed: &[],
    registration: Some(Registration::Account),
    customer_ids: CustomerIds {
        max: 64,
        symbols: true,
    },
    customer_token: CustomerToken {
        kind: TokenKind::Exchanged,
        header: &[Call::Pay, Call::PaymentOtp, Call::Refund, Call::Balance],
    },
    confirmations: &[Confirmation::Page],
    recurring: None,
    otp: None,
    payment_reference: Lengths { min: 1, max: 64 },
    refund_reference: Lengths { min: 1, max: 64 },
    refund_names: RefundNames::OurReference,
    remarks_max: 40,
    items: Wanted::No,
    item_name_max: 255,
    pay_methods: &[],
    pay_options: Wanted::No,
    fee_types: false,
    charge_token: Wanted::No,
    charge_token_max: 40,
    valid_for_max: None,
    deep_link_checkout: false,
    wallet_metadata: false,
    account_by_phone: false,
    device: DeviceRules::NONE,
    channel_id_header: ChannelIdHeader::Never,
    status_service_code: "55",
    absence_is_proof: true,
};

/// The archived family `/direct-debit/{acquirer}/v1.0`: the customer's token travels in bodies, and
/// success may be an HTTP 201. It knows no unlinking.
///
/// Nothing in a payment says how the customer is to confirm it: the bank has one way, by OTP, and DOKU's
/// page where no source knows of OTPs.
///
/// Source: DOKU's earlier documentation, "Account binding", "Balance inquiry", "Direct debit payment",
/// "Verify OTP" and "Refund" (read 2026-11-20). That an OTP has six digits and may be tried three
/// times is assumed.
const ACQUIRER: Channel = Channel {
    version: PathVersion::Archived,
    dialect: Dialect::Acquirer,
    capabilities: &[
        Capability::BindAccount,
        Capability::Balance,
        Capability::Pay,
        Capability::PaymentOtp,
        Capability::FullRefund,
        Capability::PartialRefund,
    ],
    account_by_phone: true,
    customer_token: CustomerToken {
        kind: TokenKind::Exchanged,
        header: &[],
    },
    confirmations: &[Confirmation::Otp],
    otp: Some(Otp {
        spelling: OtpSpelling::Typed,
        length: Lengths { min: 6, max: 6 },
        attempts: 3,
        counted_for: None,
    }),
    ..CORE
};

/// The same where the customer confirms on DOKU's page.
const ACQUIRER_WITH_PAGE: Channel = Channel {
    capabilities: &[
        Capability::BindAccount,
        Capability::Balance,
        Capability::Pay,
        Capability::FullRefund,
        Capability::PartialRefund,
    ],
    confirmations: &[Confirmation::Page],
    otp: None,
    ..ACQUIRER
};

/// Every call of the archived paths that ask for the customer's device.
const EVERY_CALL: &[Call] = &[
    Call::Bind,
    Call::BindingOtp,
    Call::Pay,
    Call::PaymentOtp,
    Call::Refund,
    Call::Balance,
    Call::Unbind,
];
