//! BRI direct debit: a card, not an account, is linked.

use std::time::Duration;

use super::{
    ACQUIRER, CORE, Call, Capability, Channel, Confirmation, CustomerIds, CustomerToken,
    DeviceRules, Dialect, EVERY_CALL, Lengths, Otp, OtpSpelling, PathVersion, Recurring,
    RefundNames, Registration, TokenKind, Wanted,
};

/// DOKU's BRI page: five wrong OTPs block a card for a day. We stop one short of that.
const CARD_OTP: Otp = Otp {
    spelling: OtpSpelling::OfReference,
    length: Lengths { min: 1, max: 18 },
    attempts: 4,
    counted_for: Some(Duration::from_hours(24)),
};

/// Longest `chargeToken` under the present paths, by DOKU's PHP SDK; SNAP itself allows 40.
pub(super) const CHARGE_TOKEN_MAX: usize = 32;

/// Under the present paths, where the customer agrees on DOKU's page.
///
/// Source: DOKU developers, "BRI Direct Debit", and DOKU's SDKs (read 2026-11-20). A payment takes
/// references of 64 characters, but its refund only 12: a payment that could not be refunded is not
/// made. The table of the OTP verification could not be read: the archived one's words are taken.
/// DOKU's library for PHP demands a `chargeToken`, but no library's answer type of the registration can
/// hold one, and those for Go and Java send an empty one in their samples: it is sent where DOKU gave one.
pub static BRI: Channel = Channel {
    code: "DIRECT_DEBIT_BRI_SNAP",
    acquirer: "BRI",
    capabilities: &[
        Capability::BindCard,
        Capability::BindingOtp,
        Capability::Pay,
        Capability::PaymentOtp,
        Capability::FullRefund,
        Capability::PartialRefund,
        Capability::UnbindCard,
    ],
    unconfirmed: &[Capability::BindingOtp, Capability::PaymentOtp],
    registration: Some(Registration::EncryptedCard),
    customer_ids: CustomerIds {
        max: 64,
        symbols: false,
    },
    confirmations: &[Confirmation::Page, Confirmation::Otp],
    recurring: Some(Recurring::PaymentType),
    otp: Some(CARD_OTP),
    payment_reference: Lengths { min: 1, max: 12 },
    refund_reference: Lengths { min: 1, max: 12 },
    charge_token: Wanted::Maybe,
    charge_token_max: CHARGE_TOKEN_MAX,
    ..CORE
};

/// Under BRI's own archived paths, where the customer gives OTPs to the merchant's app.
///
/// Source: DOKU developers, archive, "BRI Direct Debit" (read 2026-11-20). That DOKU's check of a status
/// and its notifications name such a payment by its `merchantTrxId` is assumed; a status check that does
/// not find it therefore says nothing.
pub static BRI_ARCHIVED: Channel = Channel {
    code: BRI.code,
    acquirer: BRI.acquirer,
    version: PathVersion::ArchivedBri,
    prefix: "/wtd-direct-debit-snap-bri/snap/v1.0",
    dialect: Dialect::Bri,
    capabilities: &[
        Capability::BindCard,
        Capability::BindingOtp,
        Capability::Pay,
        Capability::PaymentOtp,
        Capability::FullRefund,
        Capability::UnbindCard,
    ],
    registration: Some(Registration::CardDigits),
    customer_ids: CustomerIds {
        max: 18,
        symbols: false,
    },
    customer_token: CustomerToken {
        kind: TokenKind::Card,
        header: &[Call::Pay, Call::Refund],
    },
    confirmations: &[Confirmation::Otp, Confirmation::Unasked],
    recurring: Some(Recurring::Unasked),
    otp: Some(CARD_OTP),
    refund_names: RefundNames::DokusNumber,
    remarks_max: 0,
    items: Wanted::Maybe,
    item_name_max: 32,
    device: DeviceRules {
        id: EVERY_CALL,
        ip_address_welcome: true,
        ..DeviceRules::NONE
    },
    absence_is_proof: false,
    ..CORE
};

/// Under the archived paths that acquirers share, where an account is linked.
///
/// Source: DOKU's earlier documentation (read 2026-11-20).
pub static BRI_ACQUIRER: Channel = Channel {
    code: BRI.code,
    acquirer: BRI.acquirer,
    prefix: "/direct-debit/bri/v1.0",
    ..ACQUIRER
};
